//! The piece in hand: seen, heard, opened, and looked for in the training songs.

use super::super::research;
use super::super::state::State;
use super::super::tasks::After;
use super::Evaluation;
use crate::dataset::transform::crop::crop;
use crate::evaluation::Sample;
use crate::evaluation::nearest::{BARS, Found};
use crate::score::{Document, Mask, Region, Score};
use crate::studio::DockPane;
use std::sync::Arc;

/// What is heard of the piece in hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    /// What was written.
    #[default]
    Written,
    /// What stood there.
    Original,
    /// The stretch of it that a training song comes near.
    Stretch,
    /// That stretch of the training song.
    Song,
}

/// What was found of the piece in hand in the training songs.
#[derive(Clone, Debug, Default)]
pub enum Search {
    /// Nobody looked.
    #[default]
    Not,
    Looking,
    /// Nothing is like it, or it is too short.
    Nothing,
    Found(Box<Nearby>),
}

/// A stretch of the piece and the one of the song it comes nearest to, both `bars` long.
#[derive(Clone, Debug)]
pub struct Nearby {
    pub found: Found,
    pub stretch: Arc<Score>,
    pub song: Arc<Score>,
}

/// The piece in hand.
#[derive(Clone, Debug, Default)]
pub struct Hand {
    /// Place of its row in the study.
    pub row: usize,
    /// Place among the pieces of the row.
    pub piece: usize,
    /// Which take of it.
    pub take: usize,
    pub voice: Voice,
    pub search: Search,
    /// Counts searches, so that a late answer is known for one.
    asked: u64,
}

impl Hand {
    /// The music of the voice in hand.
    pub fn heard(&self, e: &Evaluation) -> Option<Arc<Score>> {
        let piece = e.piece()?;
        let near = match &self.search {
            Search::Found(near) => Some(near),
            _ => None,
        };
        match self.voice {
            Voice::Written => piece.takes.get(self.take).or(piece.shown()).cloned(),
            Voice::Original => piece.original.clone(),
            Voice::Stretch => near.map(|n| n.stretch.clone()),
            Voice::Song => near.map(|n| n.song.clone()),
        }
    }

    /// What was found in the training songs.
    pub fn near(&self) -> Option<&Nearby> {
        match &self.search {
            Search::Found(near) => Some(near),
            _ => None,
        }
    }
}

/// Takes a piece in hand.
pub fn show(state: &mut State, row: usize, piece: usize) {
    let hand = &mut state.evaluation.hand;
    if (hand.row, hand.piece) == (row, piece) {
        return;
    }
    let asked = hand.asked + 1;
    *hand = Hand {
        row,
        piece,
        asked,
        ..Hand::default()
    };
    let take = state.evaluation.piece().map_or(0, |p| p.takes.len());
    state.evaluation.hand.take = take.saturating_sub(1);
    stop_listening(state);
    if state.evaluation.tab == super::Tab::Nearest {
        look_for_nearest(state);
    }
}

/// Another voice of the piece in hand. While it sounds it goes on at the same place.
pub fn say_as(state: &mut State, voice: Voice) {
    state.evaluation.hand.voice = voice;
    if state.evaluation.listening && state.evaluation.hand.heard(&state.evaluation).is_none() {
        stop_listening(state);
    }
}

/// Plays the piece in hand from its beginning, or stops.
pub fn listen(state: &mut State) {
    research::listen(state, DockPane::Evaluation);
}

/// The transport belongs to the piece again.
pub fn stop_listening(state: &mut State) {
    research::stop_listening(state, DockPane::Evaluation);
}

/// Puts the piece in hand on the desk, what was a hole masked.
pub fn open_in_roll(state: &mut State) {
    stop_listening(state);
    if state.evaluation.tab == super::Tab::Arena {
        return super::arena::open_in_roll(state);
    }
    let hand = &state.evaluation.hand;
    let Some(piece) = state.evaluation.piece() else {
        return;
    };
    let Some(score) = piece.takes.get(hand.take).or(piece.shown()).cloned() else {
        return;
    };
    let mut document = Document::new((*score).clone());
    if let Some(hole) = &piece.hole {
        let lines = score.bars();
        let region = Region::time(lines.start(hole.start), lines.start(hole.end), None);
        document.mask = Arc::new(Mask::of(region));
    }
    state.show_document(document, None);
    super::super::autosave::forget(state);
    state.roll.fit(&score);
}

/// Looks for the piece in hand in the training songs: of a filled hole what lies in it, and no note around it.
pub fn look_for_nearest(state: &mut State) {
    let e = &mut state.evaluation;
    if !matches!(e.hand.search, Search::Not) {
        return;
    }
    let Some((study, piece)) = e.study.clone().zip(e.piece().cloned()) else {
        return;
    };
    let (Some(training), Some(score)) = (
        study.training.clone(),
        piece.takes.get(e.hand.take).or(piece.shown()).cloned(),
    ) else {
        e.hand.search = Search::Nothing;
        return;
    };
    e.hand.asked += 1;
    let asked = e.hand.asked;
    e.hand.search = Search::Looking;
    state.tasks.spawn("", move || {
        let part = match &piece.hole {
            Some(hole) => crop(&score, hole.clone()),
            None => (*score).clone(),
        };
        let found = piece.nearest.clone();
        let sample = Sample::of(piece.name.clone(), &part);
        let found = found.or_else(|| training.index().find(&sample));
        let near = found.and_then(|found| {
            let (_, song) = study.songs.get(found.song)?;
            let bars = BARS as u32;
            let cut = |score: &Score, from: u32| Arc::new(crop(score, from..from + bars));
            Some(Nearby {
                stretch: cut(&part, found.at),
                song: cut(song, found.from),
                found,
            })
        });
        let after: After = Box::new(move |state: &mut State| {
            let hand = &mut state.evaluation.hand;
            if hand.asked == asked {
                hand.search = match near {
                    Some(near) => Search::Found(Box::new(near)),
                    None => Search::Nothing,
                };
            }
        });
        after
    });
}
