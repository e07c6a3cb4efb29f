//! Lowering: from the mask a person drew on a score to the hole in a window of tokens.

use super::hole::{Hole, HoleCell};
use super::piece::{Piece, step_tick};
use super::vocabulary::CHANNELS;
use crate::score::{Bars, Mask, Note, NoteId, Score, TrackId};
use std::collections::HashMap;

/// The hole that `mask` makes in `piece`, which shows bars from `first` on of `score`.
///
/// A new note may only start on a step whose tick the mask covers at that pitch, so whatever is drawn
/// stays inside the mask. Bars outside `[write_from, write_to)` (bar numbers of the score) stay context
/// even where they are masked: they are another window's work.
pub fn lower(
    score: &Score,
    bars: &Bars,
    piece: &Piece,
    first: u32,
    write: std::ops::Range<u32>,
    mask: &Mask,
) -> Hole {
    let mut hole = Hole::empty(piece);
    let notes: HashMap<NoteId, (TrackId, &Note)> =
        score.notes().map(|(t, n)| (n.id, (t, n))).collect();
    let named = mask.named_notes();
    let a = mask.attributes;
    for (grid, free) in piece.notes.iter().zip(&mut hole.notes) {
        let Some(&(track, note)) = notes.get(&grid.id) else {
            continue;
        };
        // The score's own bar decides, not the one rounding put the note in.
        if !write.contains(&bars.bar_at(note.start)) || !mask.selects(track, note) {
            continue;
        }
        // A note pointed at by name is rewritten, not removed.
        let may_vanish = a.rewrites() && !named.contains(&grid.id);
        *free = [may_vanish, a.onset, a.pitch, a.duration, a.velocity];
    }
    if a.rewrites() {
        for (bar, info) in piece.bars.iter().enumerate() {
            let number = first + bar as u32;
            if !write.contains(&number) {
                continue;
            }
            for (voice, v) in piece.voices.iter().enumerate() {
                let strips = mask.strips(v.track, bars.start(number), bars.end(number));
                if strips.is_empty() {
                    continue;
                }
                let held = held_notes(score, mask, v.track, bars.start(number), bars.end(number));
                let legal: Vec<u128> = (0..info.steps)
                    .map(|step| {
                        let tick = step_tick(bars, number, step, score.ppq);
                        let taken = held
                            .iter()
                            .filter(|n| n.start <= tick && tick < n.end())
                            .fold(0u128, |bits, n| bits | 1 << n.pitch.min(127));
                        let open = strips
                            .iter()
                            .filter(|s| (s.start..s.end).contains(&tick))
                            .flat_map(|s| s.pitches.iter())
                            .fold(0u128, |bits, &(low, high)| {
                                bits | (u128::MAX >> (127 - (high - low) as u32)) << low
                            });
                        open & !taken
                    })
                    .collect();
                if legal.iter().any(|&bits| bits != 0) {
                    hole.cells.push(HoleCell {
                        bar: bar as u16,
                        voice: voice as u8,
                        legal,
                    });
                }
            }
        }
    }
    // A note that rounding moved into a bar without a cell can be rewritten there but not vanish.
    for (grid, free) in piece.notes.iter().zip(&mut hole.notes) {
        if free[0]
            && !hole
                .cells
                .iter()
                .any(|c| (c.bar, c.voice) == (grid.bar, grid.voice))
        {
            *free = [false; CHANNELS];
        }
    }
    hole
}

/// Notes that stay and sound in `[from, to)`. A new note on a key that is still down would, once written
/// to MIDI, swap its end with the held note's: the held note would change.
fn held_notes<'a>(
    score: &'a Score,
    mask: &Mask,
    track: TrackId,
    from: u32,
    to: u32,
) -> Vec<&'a Note> {
    score.track(track).map_or_else(Vec::new, |t| {
        t.notes
            .iter()
            .take_while(|n| n.start < to)
            .filter(|n| n.end() > from && !mask.selects(track, n))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Rect, Region};

    fn score() -> (Score, TrackId) {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for i in 0..16 {
            s.add_note(t, i * 480, 480, 60 + i as u8, 80);
        }
        (s, t)
    }

    #[test]
    fn a_rectangle_frees_its_notes_and_only_its_pitches() {
        let (s, t) = score();
        let bars = s.bars();
        let piece = Piece::of_score(&s, &bars, 0, 4, &[]);
        let mask = Mask::of(Region::rect(
            Rect {
                start: 1920,
                end: 2880,
                low: 60,
                high: 64,
            },
            Some([t].into()),
        ));
        let hole = lower(&s, &bars, &piece, 0, 0..4, &mask);
        let free: Vec<u8> = piece
            .notes
            .iter()
            .zip(&hole.notes)
            .filter(|(_, f)| f[0])
            .map(|(n, _)| n.pitch)
            .collect();
        assert_eq!(free, [64]);
        assert_eq!(hole.cells.len(), 1);
        let legal = &hole.cells[0].legal;
        assert_eq!(legal[7], 0b11111 << 60);
        assert_eq!(legal[8], 0, "the mask ends in the middle of the bar");
    }

    #[test]
    fn attributes_free_values_but_not_the_notes() {
        let (s, _) = score();
        let bars = s.bars();
        let piece = Piece::of_score(&s, &bars, 0, 4, &[]);
        let mut mask = Mask::of(Region::time(0, 1920, None));
        mask.attributes = crate::score::Attributes {
            pitch: true,
            onset: false,
            duration: false,
            velocity: false,
        };
        let hole = lower(&s, &bars, &piece, 0, 0..4, &mask);
        assert!(hole.cells.is_empty());
        assert_eq!(hole.notes[0], [false, false, true, false, false]);
        assert_eq!(hole.notes[4], [false; 5]);
    }

    #[test]
    fn bars_of_another_window_stay_context() {
        let (s, _) = score();
        let bars = s.bars();
        let piece = Piece::of_score(&s, &bars, 0, 4, &[]);
        let hole = lower(
            &s,
            &bars,
            &piece,
            0,
            1..2,
            &Mask::of(Region::time(0, 7680, None)),
        );
        assert_eq!(hole.cells.iter().map(|c| c.bar).collect::<Vec<_>>(), [1]);
        assert!(hole.notes[..4].iter().all(|f| !f[0]) && hole.notes[4][0]);
    }
}
