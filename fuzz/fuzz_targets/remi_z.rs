//! Text as REMI-z: words that are read are written again as the same tokens, and never panic as a piece.
#![no_main]

use lacuna::tokenizer::{registry, remi_z};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(tokens) = remi_z::from_text(text) else {
        return;
    };
    let again = remi_z::from_text(&remi_z::to_text(&tokens));
    assert_eq!(again.expect("our own words"), tokens);
    let tokenizer = registry::find("remi_z").expect("it is registered");
    if let Ok(score) = tokenizer.decode(&tokens) {
        let _ = tokenizer.encode(&score);
    }
});
