//! A model as critic: how odd it finds every note of a piece, in nats.

use super::Model;
use super::fill::FillError;
use super::windows::Window;
use crate::process::critic::Plan;
use crate::score::{NoteId, Score, TrackId};
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Bars of a window that are judged at once; the others are heard around them.
pub const JUDGED: u32 = 12;
/// Other pitches that are named for a note.
pub const ALTERNATIVES: usize = 5;

/// Names of what a note costs, as in [`NoteSurprise::nats`].
pub const VALUE_NAMES: [&str; 4] = ["onset", "pitch", "duration", "velocity"];

/// What a model makes of one note.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteSurprise {
    pub note: NoteId,
    pub track: TrackId,
    /// Bar it begins in, from 0.
    pub bar: u32,
    /// `-ln p` of its onset, pitch, duration and velocity, each given all the rest.
    pub nats: [f32; 4],
    /// What each was expected to cost there: the entropy of the model's answer, in nats.
    pub entropy: [f32; 4],
    /// `-ln p` of the pitch the model would have liked best.
    pub least: f32,
    /// The likeliest other pitches with their probabilities, likeliest first; at most [`ALTERNATIVES`].
    pub alternatives: Vec<(u8, f32)>,
}

impl NoteSurprise {
    /// Nats of all values together: the pseudo-log-likelihood of the note with its sign turned.
    pub fn total(&self) -> f32 {
        self.nats.iter().sum()
    }

    /// How odd the note is. See `docs/models.md`.
    pub fn oddness(&self) -> f32 {
        self.nats[1]
    }

    /// Probability the model gives the pitch that is there, 0..=1.
    pub fn share(&self) -> f32 {
        (-self.nats[1]).exp()
    }
}

/// What the notes of a bar make together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BarSurprise {
    /// Judged notes that begin in it.
    pub notes: u32,
    /// Mean of [`NoteSurprise::oddness`]; 0 of a bar without notes.
    pub oddness: f32,
    /// Nats of all values of its notes.
    pub nats: f32,
}

/// Surprise bar by bar, `bars` bars from the first of the piece.
pub fn by_bar(notes: &[NoteSurprise], bars: u32) -> Vec<BarSurprise> {
    let mut all = vec![BarSurprise::default(); bars as usize];
    for n in notes {
        if let Some(bar) = all.get_mut(n.bar as usize) {
            bar.notes += 1;
            bar.oddness += n.oddness();
            bar.nats += n.total();
        }
    }
    for bar in &mut all {
        bar.oddness /= bar.notes.max(1) as f32;
    }
    all
}

/// The oddest notes, the oddest first, at most `most`. Equals keep the order of the piece.
pub fn oddest(notes: &[NoteSurprise], most: usize) -> Vec<&NoteSurprise> {
    let mut all: Vec<&NoteSurprise> = notes.iter().collect();
    all.sort_by(|a, b| b.oddness().total_cmp(&a.oddness()));
    all.truncate(most);
    all
}

/// Why a model did not judge.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CriticError {
    #[error(
        "{0} cannot judge notes: it does not say how likely a note of its own is. Choose a model of the free octuple, such as pop."
    )]
    Cannot(String),
    #[error("cancelled")]
    Cancelled,
    /// As when it would fill; a sentence for a person.
    #[error(transparent)]
    Fill(#[from] FillError),
}

/// Bars that a model judges together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Bars of the piece, from 0.
    pub bars: Range<u32>,
    /// Of all that is heard in judging them: the same fingerprint, the same judgement.
    pub fingerprint: u64,
}

/// Judges all of a piece, on a CPU as many windows at a time as there are cores; `go_on` is asked before every pass and
/// told how many windows of how many are done. Notes in the order of their bars.
///
/// # Errors
/// As [`Model::judge`].
pub fn judge_all(
    model: &dyn Model,
    score: &Score,
    plan: &Plan,
    go_on: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
) -> Result<Vec<NoteSurprise>, CriticError> {
    type Judged = Result<Vec<NoteSurprise>, CriticError>;
    let passages = model.passages(score)?;
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<Option<Judged>>> = Mutex::new(passages.iter().map(|_| None).collect());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::AcqRel);
            let Some(passage) = passages.get(place) else {
                return;
            };
            let judged = model.judge(score, &passage.bars, plan, &mut || {
                go_on(done.load(Ordering::Acquire), passages.len())
            });
            done.fetch_add(1, Ordering::AcqRel);
            if judged.is_err() {
                next.store(passages.len(), Ordering::Release);
            }
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = results.get_mut(place) {
                *result = Some(judged);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..model.takes_at_a_time().min(passages.len()) {
            scope.spawn(work);
        }
        work();
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut all = Vec::new();
    for judged in results.into_iter().flatten() {
        all.extend(judged?);
    }
    Ok(all)
}

/// Windows in which bars `[0, end)` are judged, each with room for `most` bars.
pub(super) fn windows(end: u32, most: u32) -> Vec<Window> {
    let span = JUDGED.min(most).max(1);
    let judged = |first: u32| first..(first + span).min(end);
    (0..end)
        .step_by(span as usize)
        .map(|first| {
            let written = judged(first);
            Window {
                seen: around(&written, most, end),
                written,
            }
        })
        .collect()
}

/// `most` bars around `inner`, as even on both sides as the piece allows.
fn around(inner: &Range<u32>, most: u32, end: u32) -> Range<u32> {
    let room = most.saturating_sub(inner.end - inner.start);
    let left = inner.start.saturating_sub(room / 2);
    let right = (left + (inner.end - inner.start) + room)
        .min(end)
        .max(inner.end);
    let left = left.min(right.saturating_sub(most));
    left..right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: u32, bar: u32, pitch: f32) -> NoteSurprise {
        NoteSurprise {
            note: NoteId(id),
            track: TrackId(1),
            bar,
            nats: [1.0, pitch, 2.0, 3.0],
            entropy: [0.0; 4],
            least: 0.0,
            alternatives: Vec::new(),
        }
    }

    #[test]
    fn every_bar_is_judged_once_with_as_many_around_it_as_there_is_room_for() {
        for (end, most) in [(1, 24), (12, 24), (13, 24), (100, 24), (30, 8), (5, 1)] {
            let all = windows(end, most);
            let judged: Vec<u32> = all.iter().flat_map(|w| w.written.clone()).collect();
            assert_eq!(judged, (0..end).collect::<Vec<_>>());
            for w in &all {
                assert!(w.seen.start <= w.written.start && w.written.end <= w.seen.end);
                assert_eq!(w.seen.end - w.seen.start, most.min(end), "{end} {most}");
            }
        }
        assert_eq!(windows(100, 24)[3].seen, 30..54);
        assert!(windows(0, 24).is_empty());
    }

    #[test]
    fn bars_average_and_the_oddest_come_first() {
        let notes = [
            note(1, 0, 2.0),
            note(2, 0, 4.0),
            note(3, 2, 7.0),
            note(4, 9, 1.0),
        ];
        let bars = by_bar(&notes, 3);
        assert_eq!((bars[0].notes, bars[0].nats), (2, 18.0));
        assert_eq!(
            (bars[0].oddness, bars[1], bars[2].oddness),
            (3.0, BarSurprise::default(), 7.0)
        );
        let ids: Vec<u32> = oddest(&notes, 2).iter().map(|n| n.note.0).collect();
        assert_eq!(ids, [3, 2]);
    }
}
