//! The free octuple as critic: a window of bars on the grid, its notes hidden in groups.

use super::super::critic::{ALTERNATIVES, CriticError, NoteSurprise, Passage};
use super::super::windows::Window;
use super::{MOST_ROWS, Network, OctupleModel};
use crate::process::critic::{Judged, Plan, judge};
use crate::process::generator;
use crate::score::{Bars, NoteId, Score, TrackId};
use crate::tokenizer::octuple::Piece;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

/// The written bars of a window, with the fingerprint of all that the model hears of it.
pub(super) fn passage(score: &Score, bars: &Bars, window: &Window) -> Passage {
    let piece = seen(score, bars, window);
    let mut hasher = DefaultHasher::new();
    window.written.hash(&mut hasher);
    for b in &piece.bars {
        (b.steps, b.tempo).hash(&mut hasher);
    }
    for v in &piece.voices {
        (v.track.0, v.role as u8).hash(&mut hasher);
    }
    for n in &piece.notes {
        (
            n.bar, n.voice, n.onset, n.pitch, n.duration, n.velocity, n.id.0,
        )
            .hash(&mut hasher);
    }
    Passage {
        bars: window.written.clone(),
        fingerprint: hasher.finish(),
    }
}

/// Judges the notes that begin in the written bars of `window`. Notes of drums, and of tracks beyond the voices the
/// grid has, are not judged.
pub(super) fn window(
    model: &OctupleModel,
    score: &Score,
    bars: &Bars,
    window: &Window,
    plan: &Plan,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Vec<NoteSurprise>, CriticError> {
    let piece = seen(score, bars, window);
    let inside: HashMap<NoteId, (TrackId, u32)> = score
        .notes()
        .map(|(track, n)| (n.id, (track, bars.bar_at(n.start))))
        .filter(|(_, (_, bar))| window.written.contains(bar))
        .collect();
    let asked = |n: &crate::tokenizer::octuple::GridNote| inside.contains_key(&n.id);
    // The same groups whatever was judged before.
    let mut rng = generator(0, u64::from(window.written.start));
    let judged = judge(&mut Network(model), &piece, asked, plan, &mut rng, go_on);
    let judged = judged.ok_or(CriticError::Cancelled)?;
    let of_note = |j: &Judged| {
        let note = piece.notes.get(j.note)?;
        let &(track, bar) = inside.get(&note.id)?;
        Some(NoteSurprise {
            note: note.id,
            track,
            bar,
            nats: j.answers.map(|a| a.nats),
            entropy: j.answers.map(|a| a.entropy),
            least: j.answers[1].least,
            alternatives: likeliest(&j.pitches, note.pitch),
        })
    };
    Ok(judged.iter().filter_map(of_note).collect())
}

/// The window on the grid: context is left out until it has no more rows than the network takes.
fn seen(score: &Score, bars: &Bars, window: &Window) -> Piece {
    let Window { mut seen, written } = window.clone();
    loop {
        let piece = Piece::of_score(score, bars, seen.start, seen.end, &[]);
        if piece.notes.len() <= MOST_ROWS || seen == written {
            return piece;
        }
        seen = (seen.start + 1).min(written.start)..(seen.end - 1).max(written.end);
    }
}

/// The likeliest pitches but `own`.
fn likeliest(pitches: &[f32], own: u8) -> Vec<(u8, f32)> {
    let mut all: Vec<(u8, f32)> = (0..=127u8)
        .zip(pitches.iter().copied())
        .filter(|&(p, share)| p != own && share > 0.0)
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(ALTERNATIVES);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_the_likeliest_others() {
        let mut p = vec![0.0; 128];
        for (pitch, share) in [
            (60, 0.5),
            (62, 0.2),
            (64, 0.1),
            (65, 0.08),
            (67, 0.05),
            (69, 0.04),
            (71, 0.03),
        ] {
            p[pitch] = share;
        }
        let pitches: Vec<u8> = likeliest(&p, 60).iter().map(|a| a.0).collect();
        assert_eq!(pitches, [62, 64, 65, 67, 69]);
    }
}
