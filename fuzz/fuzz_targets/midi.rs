//! Bytes as a MIDI file: whatever comes in must go out and come in again as the same piece, with nothing to mend.
#![no_main]

use lacuna::format::{export, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(got) = import(bytes, "fuzz") else {
        return;
    };
    let out = export(&got.score).expect("what came in can go out");
    let again = import(&out, "fuzz").expect("what went out comes in");
    assert!(again.report.is_empty(), "{}", again.report);
    if !got.score.chunks.is_empty() {
        assert_eq!(again.score, got.score);
    }
});
