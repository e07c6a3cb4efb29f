//! The modules that read files from outside, without the tensors above them: instrumenting those would take half
//! an hour, and nothing here needs one.
#![allow(dead_code, unused_imports)]

#[path = "../src/dataset/mod.rs"]
pub mod dataset;
#[path = "../src/format/mod.rs"]
pub mod format;
#[path = "../src/score/mod.rs"]
pub mod score;
#[path = "../src/tokenizer/mod.rs"]
pub mod tokenizer;
