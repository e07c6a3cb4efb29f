#!/usr/bin/env python3
"""Reads event files with TensorBoard's own code and prints what TensorBoard will show.

Run by hand; nothing of Lacuna needs it. In any folder outside the repository:

    python3 -m venv tb && tb/bin/pip install tensorboard pillow 'setuptools<81'
    tb/bin/python scripts/check_events.py runs/NAME/events

With --expect-test it also checks the folder that this test writes (a run killed while it wrote step 16 and taken up
at step 13), and ends with an error where TensorBoard sees anything else:

    LACUNA_EVENTS=events-test cargo test --lib -- --ignored a_folder_for_tensorboard
    tb/bin/python scripts/check_events.py events-test --expect-test
"""

import argparse
import io
import wave

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--expect-test", action="store_true")
    arguments = parser.parse_args()

    # 0 keeps every event; the default is a sample of them.
    kinds = ("scalars", "histograms", "images", "audio")
    events = EventAccumulator(arguments.folder, size_guidance={kind: 0 for kind in kinds})
    events.Reload()
    tags = events.Tags()

    for tag in tags["scalars"]:
        points = [(e.step, round(e.value, 6)) for e in events.Scalars(tag)]
        print(f"scalar {tag}: {len(points)} points, {points[:2]} .. {points[-1]}")
    for tag in tags["histograms"]:
        last = events.Histograms(tag)[-1]
        value = last.histogram_value
        steps = [e.step for e in events.Histograms(tag)]
        print(f"histogram {tag}: steps {steps}, {value.num:g} values in {value.min:g}..{value.max:g}, buckets {len(value.bucket)}")
    for tag in tags["images"]:
        last = events.Images(tag)[-1]
        picture = Image.open(io.BytesIO(last.encoded_image_string))
        picture.load()
        assert picture.size == (last.width, last.height)
        steps = [e.step for e in events.Images(tag)]
        size = len(last.encoded_image_string)
        print(f"image {tag}: steps {steps}, {picture.format} {picture.size}, {len(picture.convert('RGB').getcolors())} colours, {size} bytes")
    for tag in tags["audio"]:
        last = events.Audio(tag)[-1]
        with wave.open(io.BytesIO(last.encoded_audio_string)) as sound:
            told = (sound.getnframes(), sound.getnchannels(), sound.getframerate())
        assert told == (last.length_frames, told[1], last.sample_rate)
        print(f"audio {tag}: steps {[e.step for e in events.Audio(tag)]}, frames, channels, rate {told}")

    if arguments.expect_test:
        loss = [(e.step, e.value) for e in events.Scalars("loss/train")]
        assert loss == [(s, s if s < 13 else 100 + s) for s in range(1, 21)], loss
        for read, tag in ((events.Histograms, "weights"), (events.Images, "roll"), (events.Audio, "sample")):
            assert [e.step for e in read(tag)] == [5, 10, 15, 20], tag
        print("as the test wrote it: steps 1 to 12 of the first sitting, 13 to 20 of the second")


if __name__ == "__main__":
    main()
