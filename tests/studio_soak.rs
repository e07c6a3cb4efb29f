//! Some seconds of a monkey at the window; `lacuna bench soak` has it for as long as one likes.

#![cfg(feature = "studio")]

use lacuna::studio::soak::soak;

/// Frames with each seed: at 60 a second, half a minute of the monkey's time.
const FRAMES: u64 = 900;

#[test]
fn a_monkey_finds_no_panic_and_every_automatic_copy_loads() {
    for seed in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let mut told = 0;
        let report = soak(folder.path(), seed, FRAMES, &mut |_| told += 1).unwrap();
        assert!(report.frames >= FRAMES && report.gestures > 20);
        assert_eq!((report.panics, report.copies, told), (0, 1, 1));
    }
}
