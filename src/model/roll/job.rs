//! A piece as a roll with a hole, and the notes of a filled roll.

use super::KEYS;
use super::velocity::Velocities;
use crate::model::fill::{FillError, Filling};
use crate::score::{Bars, Mask, NoteId, Score, TakeNote, Track};
use crate::tokenizer::lower::Cell;
use crate::tokenizer::roll::Roll;
use crate::tokenizer::{Lowered, Tokenizer};
use std::collections::HashSet;
use std::ops::Range;

const OFF: i32 = 0;
const ONSET: i32 = 1;
const HELD: i32 = 2;

/// What is to be filled. Other tracks than the one that is written on are heard as known cells: a roll has no tracks.
pub(super) struct Job<'a> {
    tokenizer: &'a Roll,
    pub mask: Mask,
    /// The piece without the pitched tracks that only sound beside.
    view: Score,
    lowered: Lowered,
    velocities: Velocities,
    planes: usize,
    /// The whole roll, all tracks: what is known, and what was there where it is not. `[rows, KEYS]`
    pub ids: Vec<i32>,
    /// Which of them are free.
    free: Vec<bool>,
    /// Rows in which a masked note begins.
    pub onset_rows: HashSet<usize>,
}

impl<'a> Job<'a> {
    pub fn of(
        filling: &Filling<'_>,
        tokenizer: &'a Roll,
        planes: usize,
    ) -> Result<Job<'a>, FillError> {
        let (score, mask) = (filling.score, filling.mask);
        let end = u32::MAX;
        let masked = |t: &Track| {
            t.notes.iter().any(|n| mask.selects(t.id, n)) || !mask.strips(t.id, 0, end).is_empty()
        };
        let pitched = || score.tracks.iter().filter(|t| !t.is_drums());
        let target = pitched().find(|t| masked(t)).map(|t| t.id);
        if pitched().filter(|t| masked(t)).count() > 1 {
            let names: Vec<&str> = pitched().map(|t| t.name.as_str()).collect();
            return Err(FillError::Refused(format!(
                "This model hears all tracks as one piano and writes on one of them. Mask a single track ({}).",
                names.join(", ")
            )));
        }
        let beside = |t: &Track| !t.is_drums() && Some(t.id) != target;
        let (mut view, mut others) = (score.clone(), score.clone());
        view.tracks.retain(|t| !beside(t));
        others.tracks.retain(|t| beside(t));
        let refuse = |e: &dyn std::fmt::Display| FillError::Refused(e.to_string());
        let lowered = tokenizer.lower(&view, mask).map_err(|e| refuse(&e))?;
        let mut ids = lowered.tokens.ids.clone();
        let mut free: Vec<bool> = lowered.cells().iter().map(|c| *c != Cell::Known).collect();
        let mut onset_rows = HashSet::new();
        // What was there, for a change of less than everything; a piece without notes has no roll.
        if let Ok(original) = tokenizer.encode(&view) {
            for (i, &old) in original.ids.iter().enumerate() {
                if free.get(i) == Some(&true) {
                    ids[i] = old;
                    if old == ONSET {
                        onset_rows.insert(i / KEYS);
                    }
                }
            }
        }
        if let Ok(heard) = tokenizer.encode(&others) {
            if heard.ids.len() > ids.len() {
                ids.resize(heard.ids.len(), OFF);
                free.resize(heard.ids.len(), false);
            }
            for (i, &id) in heard.ids.iter().enumerate().filter(|(_, id)| **id != OFF) {
                // Where a note of the track itself is known it stays.
                if free[i] || ids[i] == OFF {
                    (ids[i], free[i]) = (id, false);
                }
            }
        }
        let kept: HashSet<NoteId> = pitched()
            .flat_map(|t| t.notes.iter().filter(|n| !mask.selects(t.id, n)))
            .map(|n| n.id)
            .collect();
        Ok(Job {
            velocities: Velocities::of(&view, score, &kept),
            tokenizer,
            mask: mask.clone(),
            view,
            lowered,
            planes,
            ids,
            free,
            onset_rows,
        })
    }

    /// The rows of some bars.
    pub fn rows(&self, score: &Score, bars: &Bars, range: &Range<u32>) -> Range<usize> {
        let row = |bar: u32| self.tokenizer.row_from(score, bars.start(bar));
        row(range.start)..row(range.end)
    }

    /// Ids and cells of the rows `seen`, of which `written` are to be filled. As in training no note sounds on from
    /// before the window.
    pub fn window(
        &self,
        ids: &[i32],
        seen: &Range<usize>,
        written: &Range<usize>,
    ) -> (Vec<i32>, Vec<Cell>) {
        let cells = seen.start * KEYS..seen.end * KEYS;
        let mut part: Vec<i32> = cells
            .clone()
            .map(|i| ids.get(i).copied().unwrap_or(OFF))
            .collect();
        let inside = written.start * KEYS..written.end * KEYS;
        let hole: Vec<Cell> = cells
            .map(
                |i| match inside.contains(&i) && self.free.get(i) == Some(&true) {
                    true => Cell::Free(OFF..self.planes as i32 + 1),
                    false => Cell::Known,
                },
            )
            .collect();
        for key in 0..KEYS.min(part.len()) {
            let mut i = key;
            while i < part.len() && part[i] == HELD && hole[i] == Cell::Known {
                part[i] = OFF;
                i += KEYS;
            }
        }
        if self.planes == 1 {
            part.iter_mut().for_each(|id| *id = (*id).min(ONSET));
        }
        (part, hole)
    }

    /// Puts what was drawn in a window into the whole roll `to`.
    pub fn put<T: Copy>(&self, drawn: &[T], hole: &[Cell], seen: &Range<usize>, to: &mut [T]) {
        let to = to.iter_mut().skip(seen.start * KEYS);
        for ((to, new), cell) in to.zip(drawn).zip(hole) {
            if *cell != Cell::Known {
                *to = *new;
            }
        }
    }

    /// The notes of a filled roll, each with the cell it begins at; `None` for what comes back as it was.
    pub fn notes(&self, ids: &[i32]) -> Result<Vec<(TakeNote, Option<usize>)>, FillError> {
        let mut filled = self.lowered.tokens.clone();
        let on_beats = self.tokenizer.fields().first().is_some_and(|f| f.size > 2);
        for (i, cell) in self.lowered.cells().iter().enumerate() {
            if *cell == Cell::Known {
                continue;
            }
            let sounding = i >= KEYS && filled.ids[i - KEYS] != OFF;
            filled.ids[i] = match ids.get(i).copied().unwrap_or(OFF) {
                // Another track plays it.
                _ if !self.free[i] => OFF,
                // It held what another track began.
                HELD if !sounding => OFF,
                // One plane cannot tell a repeated note from a long one.
                ONSET if self.planes == 1 && on_beats && sounding => HELD,
                id => id,
            };
        }
        let written = self
            .tokenizer
            .lift(&self.view, &self.mask, &self.lowered, &filled)
            .map_err(|e| FillError::Refused(e.to_string()))?;
        let note = |w: crate::tokenizer::Written| {
            let mut note = w.note;
            if w.at.is_some() {
                note.velocity = self.velocities.at(note.start).unwrap_or(note.velocity);
            }
            (note, w.at)
        };
        Ok(written.into_iter().map(note).collect())
    }
}
