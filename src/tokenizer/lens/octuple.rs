//! Through the studio's own free octuple. Its rows name the notes they stand for, so nothing is matched.

use super::fate::{self, Fate, Reason};
use super::matching::Sound;
use super::{RoundTrip, Scope};
use crate::score::{NoteId, Score};
use crate::tokenizer::octuple::Piece;
use crate::tokenizer::octuple::piece::{step_tick, step_ticks};
use crate::tokenizer::octuple::vocabulary::{DURATIONS, velocity_of};
use std::collections::HashMap;

/// Its name among the choices of the lens.
pub const ID: &str = crate::tokenizer::octuple::vocabulary::NAME;
pub(super) const ABOUT: &str =
    "What the studio's own models see: 16ths, 24 lengths and 16 velocities on up to eight tracks";

/// What of the piece the free octuple says.
pub(super) fn round_trip(score: &Score) -> RoundTrip {
    let bars = score.bars();
    let piece = Piece::of_score(score, &bars, 0, score.bar_count(), &[]);
    let mut fates: HashMap<NoteId, Fate> = HashMap::with_capacity(score.note_count());
    let sources: HashMap<NoteId, Sound> = score
        .notes()
        .map(|(_, n)| (n.id, Sound::of(0, n, |t| t)))
        .collect();
    for n in &piece.notes {
        let Some(from) = sources.get(&n.id) else {
            continue;
        };
        let start = step_tick(&bars, n.bar.into(), n.onset, score.ppq);
        let steps = f64::from(DURATIONS[usize::from(n.duration).min(DURATIONS.len() - 1)]);
        let length = ((steps * step_ticks(score.ppq)).round() as u32).max(1);
        let to = Sound {
            track: 0,
            start,
            end: start.saturating_add(length),
            pitch: n.pitch,
            velocity: velocity_of(n.velocity),
        };
        fates.insert(n.id, fate::compare(from, &to, true, true, 0));
    }
    for track in &score.tracks {
        let why = if track.is_drums() {
            Reason::Drums
        } else {
            Reason::Track
        };
        for n in &track.notes {
            fates.entry(n.id).or_insert(Fate::Lost(why));
        }
    }
    RoundTrip::new(ID, Scope::Mask, score.ppq, fates)
}
