//! Examples drawn from songs. Every batch follows from the seed and its step alone, so a resumed run sees
//! exactly what an unbroken one would have seen.

use super::OctupleConfig;
use crate::process::{Example, generator};
use crate::tokenizer::octuple::Piece;
use crate::training::TrainerConfig;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The examples of batch `batch`: windows of one length, each from a song drawn by its number of bars.
pub fn draw(
    config: &OctupleConfig,
    trainer: &TrainerConfig,
    songs: &[Piece],
    batch: u64,
) -> Vec<Example> {
    let mut rng = generator(trainer.seed, batch);
    let (low, high) = config.bars;
    let bars = rng.random_range(low..=high.max(low));
    (0..trainer.batch)
        .filter_map(|_| draw_one(config, songs, bars, true, &mut rng))
        .collect()
}

/// The fixed validation set: no transposition, every mask the same at every validation.
pub fn validation(
    config: &OctupleConfig,
    trainer: &TrainerConfig,
    songs: &[Piece],
) -> Vec<Example> {
    let mut rng = generator(trainer.seed, u64::MAX);
    (0..trainer.validation_windows)
        .filter_map(|_| draw_one(config, songs, config.bars.1, false, &mut rng))
        .collect()
}

fn draw_one(
    config: &OctupleConfig,
    songs: &[Piece],
    bars: usize,
    augment: bool,
    rng: &mut ChaCha8Rng,
) -> Option<Example> {
    let starts = |p: &Piece| (p.bars.len() + 1).saturating_sub(bars);
    let all: usize = songs.iter().map(starts).sum();
    if all == 0 {
        return None;
    }
    let mut at = rng.random_range(0..all);
    let song = songs.iter().find(|p| {
        let n = starts(p);
        let here = at < n;
        if !here {
            at -= n;
        }
        here
    })?;
    let mut piece = song.window(at, bars);
    if augment {
        let (low, high) = config.transpose;
        if let Some(moved) = piece.transposed(rng.random_range(low..=high.max(low))) {
            piece = moved;
        }
        arrange_voices(&mut piece, config.drop_voice, rng);
    }
    Some(config.corruption.corrupt(piece, rng))
}

/// Puts the voices in random order, and sometimes leaves one out: at work, pieces come with any.
fn arrange_voices(piece: &mut Piece, drop_voice: f32, rng: &mut ChaCha8Rng) {
    let n = piece.voices.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    if n > 1 && rng.random_bool(drop_voice as f64) {
        order.pop();
    }
    piece.voices = order.iter().map(|&v| piece.voices[v]).collect();
    piece.notes.retain_mut(|note| {
        let place = order.iter().position(|&v| v == note.voice as usize);
        note.voice = place.unwrap_or(0) as u8;
        place.is_some()
    });
    piece.sort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    fn song() -> Piece {
        let mut s = Score::default();
        for name in ["Melody", "Piano"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..200u32 {
                s.add_note(t, k * 240, 240, 50 + (k % 20) as u8, 80);
            }
        }
        Piece::of_score(&s, &s.bars(), 0, 24, &[])
    }

    #[test]
    fn voices_keep_their_notes_when_they_change_places() {
        let before = song();
        let mut rng = generator(1, 1);
        for _ in 0..10 {
            let mut after = before.clone();
            arrange_voices(&mut after, 0.0, &mut rng);
            for n in &after.notes {
                let old = before.notes.iter().find(|o| o.id == n.id).unwrap();
                let track = |p: &Piece, v: u8| p.voices[v as usize].track;
                assert_eq!(track(&after, n.voice), track(&before, old.voice));
            }
        }
    }

    #[test]
    fn songs_too_short_for_a_window_are_never_drawn() {
        let mut short = song();
        short = short.window(0, 3);
        let mut rng = generator(1, 1);
        let config = super::super::tests::config();
        assert!(draw_one(&config, &[short], 8, true, &mut rng).is_none());
    }
}
