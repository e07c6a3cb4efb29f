"""MusPy's fourteen metrics of every MIDI file of a folder, on so many processes; prints the mean of each."""

import multiprocessing
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")
import muspy  # noqa: E402


def measure(path):
    music = muspy.read_midi(path)
    bar = 4 * music.resolution
    return {
        "n_pitches_used": muspy.n_pitches_used(music),
        "n_pitch_classes_used": muspy.n_pitch_classes_used(music),
        "pitch_range": muspy.pitch_range(music),
        "empty_beat_rate-reference": muspy.empty_beat_rate(music),
        "empty_measure_rate-reference": muspy.empty_measure_rate(music, bar),
        "polyphony": muspy.polyphony(music),
        "polyphony_rate-reference": muspy.polyphony_rate(music),
        "pitch_in_scale_rate": muspy.pitch_in_scale_rate(music, 0, "major"),
        "scale_consistency": muspy.scale_consistency(music),
        "drum_in_pattern_rate": muspy.drum_in_pattern_rate(music, "duple"),
        "drum_pattern_consistency": muspy.drum_pattern_consistency(music),
        "pitch_entropy": muspy.pitch_entropy(music),
        "pitch_class_entropy": muspy.pitch_class_entropy(music),
        "groove_consistency-reference": muspy.groove_consistency(music, bar),
    }


def main():
    folder, workers = sys.argv[1], int(sys.argv[2])
    paths = sorted(str(p) for p in pathlib.Path(folder).rglob("*.mid"))
    with multiprocessing.Pool(workers) as pool:
        rows = pool.map(measure, paths)
    for key in rows[0]:
        values = [r[key] for r in rows if r[key] == r[key]]
        print(key, sum(values) / len(values) if values else "-")


if __name__ == "__main__":
    main()
