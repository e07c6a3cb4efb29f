"""MidiTok's octuples of every MIDI file below a folder, with so many processes, as one array and offsets."""

import sys
import time
from multiprocessing import Pool
from pathlib import Path

import numpy
from miditok import Octuple, TokenizerConfig
from symusic import Score

# The resolution and vocabulary of the octuple line: 16 positions a beat, 32 velocities, tempo and metre.
CONFIG = TokenizerConfig(
    beat_res={(0, 128): 16},
    num_velocities=32,
    use_tempos=True,
    use_time_signatures=True,
    use_programs=True,
    # Without it songs are cut after 60 bars.
    max_bar_embedding=1024,
)
TOKENIZER = Octuple(CONFIG)


def encode(path):
    try:
        return numpy.array(TOKENIZER(Score(path)).ids, dtype=numpy.int16)
    except Exception as error:
        return f"{path}: {error}"


def main():
    root, workers, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    begun = time.perf_counter()
    files = sorted(str(p) for p in Path(root).rglob("*.mid") if "versions" not in p.parts)
    with Pool(workers) as pool:
        made = pool.map(encode, files, chunksize=8)
    songs = [m for m in made if not isinstance(m, str)]
    rows = numpy.concatenate(songs)
    numpy.save(f"{out}/octuple.npy", rows)
    numpy.save(f"{out}/octuple_offsets.npy", numpy.cumsum([0] + [len(s) for s in songs]))
    seconds = time.perf_counter() - begun
    print(f"{len(songs)} of {len(files)} songs, {len(rows)} rows, {seconds:.2f} s without imports")


if __name__ == "__main__":
    main()
