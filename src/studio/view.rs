//! How one looked at a piece, kept in its project file.

use super::roll::{RollView, Snap};
use super::state::State;
use crate::score::TrackId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct View {
    roll: RollView,
    snap: Snap,
    track: Option<TrackId>,
    hidden: BTreeSet<TrackId>,
    /// Of these those that are no ghosts either.
    unseen: BTreeSet<TrackId>,
    armed: Option<TrackId>,
    loop_range: Option<(u32, u32)>,
    looping: bool,
    /// The shown take, from 0.
    take: Option<usize>,
}

/// The present view as text for the project file.
pub fn keep(state: &State) -> Option<String> {
    let view = View {
        roll: state.roll.clone(),
        snap: state.snap,
        track: state.track,
        hidden: state.hidden.clone(),
        unseen: state.tracks.unseen.clone(),
        armed: state.tracks.armed,
        loop_range: state.transport.loop_range,
        looping: state.transport.looping,
        take: state.takes.take,
    };
    ron::to_string(&view).ok()
}

/// Looks at the piece as it was looked at. What cannot be read is not worth a word: the piece is there.
pub fn restore(state: &mut State, view: Option<&str>) {
    let Some(view) = view.and_then(|v| ron::from_str::<View>(v).ok()) else {
        return;
    };
    state.roll = view.roll;
    state.snap = view.snap;
    state.track = view.track.or(state.track);
    state.hidden = view.hidden;
    state.tracks.unseen = view.unseen;
    state.tracks.armed = view.armed;
    state.transport.set_loop(view.loop_range, view.looping);
    state.show_take(view.take);
    state.tidy();
}
