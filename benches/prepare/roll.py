"""pretty_midi's rolls, 24 frames a second, of every MIDI file below a folder: binary, 88 keys, segments of 384 frames."""

import sys
import time
from multiprocessing import Pool
from pathlib import Path

import numpy
import pretty_midi


def encode(path):
    try:
        roll = pretty_midi.PrettyMIDI(path).get_piano_roll(fs=24)[21:109]
    except Exception as error:
        return f"{path}: {error}"
    cells = (roll > 0).astype(numpy.uint8).T
    segments = len(cells) // 384
    return cells[: segments * 384].reshape(segments, 384, 88)


def main():
    root, workers, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    begun = time.perf_counter()
    files = sorted(str(p) for p in Path(root).rglob("*.mid") if "versions" not in p.parts)
    with Pool(workers) as pool:
        made = pool.map(encode, files, chunksize=8)
    songs = [m for m in made if not isinstance(m, str)]
    segments = numpy.concatenate(songs)
    numpy.save(f"{out}/roll.npy", segments)
    seconds = time.perf_counter() - begun
    print(f"{len(songs)} of {len(files)} songs, {len(segments)} segments, {seconds:.2f} s without imports")


if __name__ == "__main__":
    main()
