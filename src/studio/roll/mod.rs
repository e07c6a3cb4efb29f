//! The piano roll: draws a score and turns gestures into actions. It owns no document: what is shown comes
//! in with [`RollInput`], what a person did goes out as [`RollAction`]s, and [`RollView`] only remembers how
//! one looks at it.

use crate::engine::Snapshot;
use crate::score::{Bars, Edit, Mask, NoteId, Score, TrackId};
use eframe::egui;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod geometry;
mod view;

pub use view::{Caret, RollView};

/// What a press on the roll does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tool {
    #[default]
    Select,
    Draw,
    Erase,
    MaskRect,
    MaskLasso,
}

/// The grid that gestures keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Snap {
    Off,
    Bar,
    /// The beat of the meter in force.
    Beat,
    /// So many steps a quarter note: 4 is sixteenths, 3 is eighth triplets.
    Division(u32),
}

impl Default for Snap {
    fn default() -> Self {
        Snap::Division(4)
    }
}

/// Everything the roll needs to draw a frame.
pub struct RollInput<'a> {
    /// What is shown: the document's score, or the preview with a take.
    pub score: &'a Score,
    /// The document's score: what edits apply to, and the outlines of notes to be replaced.
    pub original: &'a Score,
    pub bars: &'a Bars,
    pub mask: &'a Mask,
    pub selection: &'a BTreeSet<NoteId>,
    /// The track that gestures write to; drawn in full colour and on top.
    pub focus_track: Option<TrackId>,
    /// Tracks not shown, or shown as ghosts if `ghosts`.
    pub hidden_tracks: &'a BTreeSet<TrackId>,
    pub ghosts: bool,
    pub tool: Tool,
    pub snap: Snap,
    /// New masks mean the focus track only; otherwise all visible tracks.
    pub mask_scope_focus: bool,
    /// Ticks.
    pub playhead: Option<f64>,
    pub playing: bool,
    /// Keep the playhead in view while playing.
    pub follow: bool,
    /// Ticks `[start, end)`.
    pub loop_range: Option<(u32, u32)>,
    /// What the model has written so far.
    pub snapshot: Option<&'a Snapshot>,
    /// 0..=1 while generating.
    pub progress: Option<f32>,
    /// The new notes of the shown take, with the model's confidence 0..=1.
    pub take_notes: &'a BTreeMap<NoteId, f32>,
    pub reduce_motion: bool,
}

/// What a person did on the roll.
#[derive(Clone, Debug)]
pub enum RollAction {
    Select(BTreeSet<NoteId>),
    /// All edits with the same number belong to one undo step.
    Edit {
        gesture: u64,
        edit: Edit,
    },
    Mask(Mask),
    /// Ticks.
    Seek(u32),
    /// Ticks `[start, end)`.
    Loop(Option<(u32, u32)>),
    Audition {
        track: TrackId,
        pitch: u8,
        velocity: u8,
    },
    AuditionStop,
    FocusTrack(TrackId),
}

/// Draws the roll in all the space there is and says what was done on it.
pub fn show(ui: &mut egui::Ui, view: &mut RollView, input: &RollInput) -> Vec<RollAction> {
    let _ = (ui, view, input);
    Vec::new()
}
