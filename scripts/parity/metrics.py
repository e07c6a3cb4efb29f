"""Golden values for the metrics of src/evaluation from the Python originals: MusPy's own functions, SciPy's matrix root
and kernel densities put together as mgeval does, and the standard library's overlap of Gaussians.

    python3 -m venv target/parity && target/parity/bin/pip install muspy==0.5.0 numpy==2.4.6 scipy==1.17.1
    target/parity/bin/python scripts/parity/metrics.py

Writes tests/fixtures/metrics.json, which tests in src/evaluation compare to 1e-6. The pieces are drawn by a seed.
"""

import json
import math
import pathlib
import random
from statistics import NormalDist

import muspy
import numpy as np
from scipy import integrate, linalg, stats

RESOLUTION = 480


def piece(rng, tracks, bars, drums):
    """Notes on and off the grid; the last bar ends on its line in every other piece."""
    made = []
    for k in range(tracks):
        notes = []
        for _ in range(bars * rng.randint(2, 9)):
            step = rng.choice([60, 120, 160, 240])
            time = rng.randrange(0, bars * 4 * RESOLUTION, step)
            notes.append([time, rng.randint(30, 90), rng.choice([60, 120, 160, 240, 480, 960]), rng.randint(20, 120)])
        notes.sort()
        made.append({"drum": drums and k == tracks - 1, "notes": notes})
    return made


def muspy_values(tracks):
    music = muspy.Music(
        resolution=RESOLUTION,
        tracks=[
            muspy.Track(program=0, is_drum=t["drum"], notes=[muspy.Note(*n) for n in t["notes"]]) for t in tracks
        ],
    )
    measure = 4 * RESOLUTION
    values = {
        "n_pitches_used": muspy.n_pitches_used(music),
        "n_pitch_classes_used": muspy.n_pitch_classes_used(music),
        "pitch_range": muspy.pitch_range(music),
        "empty_beat_rate-reference": muspy.empty_beat_rate(music),
        "empty_measure_rate-reference": muspy.empty_measure_rate(music, measure),
        "polyphony": muspy.polyphony(music),
        # Corrected, two pitches are meant, which MusPy counts when told one.
        "polyphony_rate": muspy.polyphony_rate(music, 1),
        "polyphony_rate-reference": muspy.polyphony_rate(music),
        "pitch_in_scale_rate": muspy.pitch_in_scale_rate(music, 0, "major"),
        "scale_consistency": muspy.scale_consistency(music),
        "drum_in_pattern_rate": muspy.drum_in_pattern_rate(music, "duple"),
        "drum_pattern_consistency": muspy.drum_pattern_consistency(music),
        "pitch_entropy": muspy.pitch_entropy(music),
        "pitch_class_entropy": muspy.pitch_class_entropy(music),
        "groove_consistency-reference": muspy.groove_consistency(music, measure),
    }
    return {k: None if math.isnan(v) else float(v) for k, v in values.items()}


def mgeval(rng):
    within = [round(abs(rng.gauss(3, 2)), 3) for _ in range(90)]
    between = [round(abs(rng.gauss(5, 2)), 3) for _ in range(100)]
    a, b = stats.gaussian_kde(within), stats.gaussian_kde(between)
    own = np.linspace(min(within), max(within), 1000)
    other = np.linspace(min(between), max(between), 1000)
    low, high = min(within + between), max(within + between)
    area = integrate.quad(lambda x: min(a(x)[0], b(x)[0]), low, high, limit=500, epsabs=1e-10)[0]
    return {
        "within": within,
        "between": between,
        "kl-reference": float(stats.entropy(a(own), b(other))),
        "oa": float(area),
    }


def frechet(rng):
    def cloud(size, shift):
        mix = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(4)]
        points = np.array([[rng.gauss(0, 1) for _ in range(4)] for _ in range(size)]) @ np.array(mix) + shift
        return np.round(points, 6)

    a, b = cloud(40, 0.0), cloud(60, 0.7)
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(s @ t).real
    value = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(s + t - 2 * root)
    return {"a": a.tolist(), "b": b.tolist(), "value": float(value)}


def overlap(rng):
    rows = []
    for _ in range(12):
        a = (round(rng.uniform(20, 90), 3), round(rng.uniform(0.5, 12), 3))
        b = (round(rng.uniform(20, 90), 3), round(rng.uniform(0.5, 12), 3))
        rows.append([*a, *b, NormalDist(*a).overlap(NormalDist(*b))])
    return rows


def main():
    rng = random.Random(5)
    pieces = []
    for k in range(6):
        tracks = piece(rng, 1 + k % 3, 3 + k, k in (2, 5))
        pieces.append({"tracks": tracks, "muspy": muspy_values(tracks)})
    golden = {"pieces": pieces, "mgeval": mgeval(rng), "frechet": frechet(rng), "overlap": overlap(rng)}
    path = pathlib.Path(__file__).parents[2] / "tests/fixtures/metrics.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
