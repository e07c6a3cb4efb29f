//! The studio's free octuple: one row a note, as MusicBERT and smdiff write music, made free where they
//! are frozen.
//!
//! A row says bar, voice, onset, pitch, duration and velocity. Where music is to be written, every bar of
//! every voice gets *spare rows* whose presence is itself a value the model chooses, so the number of
//! notes is its own decision; bar and voice are fixed by the hole and never drawn; metre and tempo are
//! context given to the network beside the rows and never predicted.

pub mod decode;
mod echo;
pub mod features;
pub mod hole;
pub mod lower;
pub mod piece;
pub mod rows;
mod score;
pub mod vocabulary;

pub use hole::{Hole, HoleCell};
pub use piece::{BarInfo, GridNote, Piece, VoiceInfo};
pub use rows::Rows;
pub use vocabulary::{CHANNELS, Channel};
