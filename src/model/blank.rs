//! The piece a model begins with where there is none.

use super::Card;
use crate::score::Score;
use crate::tokenizer::{Tokens, registry};

/// An empty piece with the voices a model knows best: those its tokenizer writes without being told of any, or melody,
/// bridge and piano.
pub fn blank(card: &Card) -> Score {
    let written = registry::find(&card.tokenizer).ok().and_then(|tokenizer| {
        let nothing = Tokens::new(tokenizer.fields().len());
        tokenizer.decode(&nothing).ok()
    });
    let voices: Vec<String> = match written {
        Some(score) => score.tracks.iter().map(|t| t.name.clone()).collect(),
        None => ["Melody", "Bridge", "Piano"].map(String::from).to_vec(),
    };
    let mut score = Score::default();
    for (channel, name) in voices.into_iter().enumerate() {
        score.add_track(name, channel as u8, 0);
    }
    score
}
