//! A model is a tokenizer, a network, a process, weights and a card that says what they are.

pub mod card;
pub mod fill;
pub mod library;
pub mod store;

pub use card::Card;
pub use library::Library;
pub use store::{Model, ModelError};
