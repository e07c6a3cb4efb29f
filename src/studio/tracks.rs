//! What is done to whole tracks: lock, arm, the eye, another place in the list. And what a lock refuses, in words.

use super::command::Command;
use super::state::State;
use crate::score::{Edit, Mix, TrackId};
use std::collections::BTreeSet;

/// What is known of the tracks that is not part of the piece.
#[derive(Clone, Debug, Default)]
pub struct Tracks {
    /// Plays and records what hands play; without it the track in hand does.
    pub armed: Option<TrackId>,
    /// Of the hidden tracks those that are not shown as ghosts either.
    pub unseen: BTreeSet<TrackId>,
    /// The row of the list that is dragged.
    pub dragged: Option<TrackId>,
    /// The gesture whose edits a lock refused: what follows of it is refused as well.
    refused: Option<u64>,
}

impl Tracks {
    /// Forgets tracks that are gone.
    pub fn retain(&mut self, there: &BTreeSet<TrackId>) {
        self.armed = self.armed.filter(|t| there.contains(t));
        self.unseen.retain(|t| there.contains(t));
        self.dragged = self.dragged.filter(|t| there.contains(t));
    }

    /// Whether a lock refused the edit made last.
    pub fn was_refused(&self) -> bool {
        self.refused.is_some()
    }
}

/// How much of a track is seen on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    Shown,
    /// Behind the others, as long as ghosts are shown.
    Ghost,
    Away,
}

/// How much of a track is seen.
pub fn eye(state: &State, track: TrackId) -> Eye {
    match (
        state.hidden.contains(&track),
        state.tracks.unseen.contains(&track),
    ) {
        (false, _) => Eye::Shown,
        (true, false) => Eye::Ghost,
        (true, true) => Eye::Away,
    }
}

/// The next of shown, ghost and away.
pub fn step_eye(state: &mut State, track: TrackId) {
    match eye(state, track) {
        Eye::Shown => {
            state.tracks.unseen.remove(&track);
            state.hidden.insert(track);
        }
        Eye::Ghost => {
            state.tracks.unseen.insert(track);
        }
        Eye::Away => {
            state.hidden.remove(&track);
            state.tracks.unseen.remove(&track);
        }
    }
}

/// Takes a track out of the ghosts, or back among them. A track that was shown becomes hidden.
pub fn toggle_ghost(state: &mut State, track: TrackId) {
    match eye(state, track) {
        Eye::Away => {
            state.tracks.unseen.remove(&track);
        }
        Eye::Shown | Eye::Ghost => {
            state.hidden.insert(track);
            state.tracks.unseen.insert(track);
        }
    }
}

/// Whether the track may not be changed.
pub fn is_locked(state: &State, track: TrackId) -> bool {
    let track = state.document().score.track(track);
    track.is_some_and(|t| t.locked)
}

/// Locks a track, or unlocks it.
pub fn toggle_lock(state: &mut State, track: TrackId) {
    let locked = !is_locked(state, track);
    state.edit(Edit::SetLock { track, locked });
}

/// Has a track play and record what hands play, or no longer.
pub fn toggle_arm(state: &mut State, track: TrackId) {
    state.tracks.armed = match state.tracks.armed {
        Some(armed) if armed == track => None,
        _ => Some(track),
    };
}

/// The track that plays and records what hands play: the armed one, else the one in hand.
pub fn played(state: &State) -> Option<TrackId> {
    state.tracks.armed.or(state.track)
}

/// Carries out a command on the tracks, most of them on the one in hand.
pub fn invoke(command: Command, state: &mut State) {
    use Command as C;
    match command {
        C::NextTrack => step_track(state, 1),
        C::PreviousTrack => step_track(state, -1),
        C::AddTrack => add_track(state),
        C::Mute => mix_in_hand(state, |m| m.mute = !m.mute),
        C::Solo => mix_in_hand(state, |m| m.solo = !m.solo),
        _ => {}
    }
    let Some(track) = state.track else { return };
    match command {
        C::RemoveTrack => state.edit(Edit::RemoveTrack(track)),
        C::HideTrack => {
            let shown = !state.hidden.remove(&track);
            state.hidden.extend(shown.then_some(track));
        }
        C::GhostTrack => toggle_ghost(state, track),
        C::LockTrack => toggle_lock(state, track),
        C::ArmTrack => toggle_arm(state, track),
        C::TrackUp | C::TrackDown => {
            let tracks = &state.document().score.tracks;
            let at = tracks.iter().position(|t| t.id == track).unwrap_or(0);
            let by = if command == C::TrackUp { -1 } else { 1 };
            let to = at.saturating_add_signed(by).min(tracks.len() - 1);
            move_to(state, track, to);
        }
        _ => {}
    }
}

/// Moves a track to another place of the list, from 0; nothing happens if it is there.
pub fn move_to(state: &mut State, track: TrackId, to: usize) {
    let tracks = &state.document().score.tracks;
    let at = tracks.iter().position(|t| t.id == track);
    if at.is_some_and(|at| at != to) {
        state.edit(Edit::MoveTrack { track, to });
    }
}

fn sentence(state: &State, name: &str) -> String {
    let key = Command::LockTrack.spec().key(&state.context);
    let name = if name.is_empty() { "This track" } else { name };
    format!(
        "{name} is locked, so nothing on it changes. Unlock it in the track list, or with {key}."
    )
}

/// Whether a lock refuses an edit; says so, once a gesture.
pub fn refused(state: &mut State, gesture: u64, edit: &Edit) -> bool {
    if state.tracks.refused == Some(gesture) {
        return true;
    }
    state.tracks.refused = None;
    let locked = edit.locked(&state.document().score);
    let Some(name) = locked.map(|t| t.name.clone()) else {
        return false;
    };
    let text = sentence(state, &name);
    state.toasts.info(&text);
    state.tracks.refused = Some(gesture);
    true
}

/// Why a command that writes on a track cannot be used: the track is locked.
pub fn why_not(command: Command, state: &State) -> Option<String> {
    use Command as C;
    let track = match command {
        C::PutNote | C::Stamp | C::StampBy | C::MaskTrack | C::RemoveTrack => state.track?,
        C::Record | C::StepInput => played(state)?,
        _ => return None,
    };
    let track = state.document().score.track(track).filter(|t| t.locked)?;
    Some(sentence(state, &track.name))
}

fn step_track(state: &mut State, by: isize) {
    let tracks = &state.document().score.tracks;
    let at = tracks
        .iter()
        .position(|t| Some(t.id) == state.track)
        .unwrap_or(0);
    let next = at
        .saturating_add_signed(by)
        .min(tracks.len().saturating_sub(1));
    state.track = tracks.get(next).map(|t| t.id);
}

fn add_track(state: &mut State) {
    let score = &state.document().score;
    let used: BTreeSet<u8> = score.tracks.iter().map(|t| t.channel).collect();
    // The drum channel is not given away by chance; beyond sixteen tracks channels are shared.
    let channel = (0..16).find(|c| *c != 9 && !used.contains(c)).unwrap_or(0);
    let name = format!("Track {}", score.tracks.len() + 1);
    state.edit(Edit::AddTrack {
        name,
        channel,
        program: 0,
    });
    state.track = state.document().score.tracks.last().map(|t| t.id);
}

fn mix_in_hand(state: &mut State, change: impl FnOnce(&mut Mix)) {
    let Some(id) = state.track else { return };
    let Some(mut mix) = state.document().score.track(id).map(|t| t.mix) else {
        return;
    };
    change(&mut mix);
    state.edit(Edit::SetMix { track: id, mix });
}
