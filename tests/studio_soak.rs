//! Some seconds of a monkey at the window; `lacuna bench soak` has it for as long as one likes, and so has this with
//! `LACUNA_SOAK_MINUTES`, with overflow checks.

#![cfg(feature = "studio")]

use lacuna::studio::soak::{MINUTE, soak};

/// Frames with each seed without the variable: a quarter of a minute of the monkey's time.
const FRAMES: u64 = 900;

#[test]
fn a_monkey_finds_no_panic_and_every_automatic_copy_loads() {
    let minutes = std::env::var("LACUNA_SOAK_MINUTES").ok();
    let minutes: Option<u64> = minutes.and_then(|m| m.parse().ok());
    let frames = minutes.map_or(FRAMES, |m| m * MINUTE);
    for seed in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let report = soak(folder.path(), seed, frames, &mut |r| println!("{r:?}")).unwrap();
        assert!(report.frames >= frames && report.gestures > 20);
        assert_eq!(report.panics, 0);
        assert!(report.copies > 0);
        if let Some(growth) = report.growth() {
            assert!(growth <= 0.1, "memory grew by {:.0} %", growth * 100.0);
        }
    }
}
