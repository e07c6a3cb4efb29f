//! The roll among the other panes: what it is given, and what is done with what it answers.

use super::roll::{self, RollAction, RollInput, Surprises};
use super::state::{Renumber, State};
use crate::score::Edit;
use eframe::egui::{Rect, Ui};

/// Draws the roll in all the space there is and carries out what was done on it.
pub fn show(ui: &mut Ui, state: &mut State) -> Rect {
    let rect = ui.available_rect_before_wrap();
    (state.roll_width, state.roll_height) = (rect.width(), rect.height());
    state.derived();
    let mut view = std::mem::take(&mut state.roll);
    // A pane that is open shows what it would do.
    let trial = super::trial::of_pane(state);
    let compared = super::trial::of_version(state);
    let actions = {
        let derived = state.derived();
        let (preview, bars, take_notes) = (
            derived.preview.clone(),
            derived.bars.clone(),
            derived.take_notes.clone(),
        );
        let rows = super::rows::look(state);
        let document = state.document().clone();
        let lens = state.lens.marks();
        let watching = state.takes.watching;
        let snapshot = if watching {
            state.jobs.snapshot()
        } else {
            None
        };
        let running = state.jobs.running.as_ref().filter(|r| !r.stale);
        let (shown, difference) = match trial {
            Some((score, difference)) => (score, Some(difference)),
            None => (preview, compared),
        };
        let critic = state.critic.notes().clone();
        let surprises = (state.critic.on || state.critic.colours).then(|| Surprises {
            notes: &critic,
            lane: state.critic.on,
            colours: state.critic.colours,
        });
        // A step of the take one looks at stands on the piece as the take found it.
        let step = super::trails::snapshot(state);
        let (shown, take_notes) = match &step {
            Some(_) => (document.score.clone(), Default::default()),
            None => (shown, take_notes),
        };
        let snapshot = step.map(std::sync::Arc::new).or(snapshot);
        let stepping = snapshot.is_some() && !watching;
        let input = RollInput {
            score: &shown,
            original: &document.score,
            bars: &bars,
            mask: &document.mask,
            selection: &state.selection,
            focus_track: state.track,
            hidden_tracks: &state.hidden,
            ghosts: state.settings.ghosts,
            unseen_tracks: &state.tracks.unseen,
            rows,
            tool: state.tool,
            snap: state.snap,
            mask_scope_focus: state.mask_in_hand_only,
            playhead: Some(state.transport.position()),
            playing: state.transport.is_playing(),
            follow: state.settings.follow,
            follow_smooth: state.settings.follow_smooth,
            loop_range: state.transport.loop_range,
            looping: state.transport.looping,
            snapshot: snapshot.as_deref(),
            progress: match stepping {
                true => Some(1.0),
                false => running.filter(|_| watching).map(|r| r.share()),
            },
            take_notes: &take_notes,
            lens: lens.as_deref(),
            difference: difference.as_deref(),
            surprises,
            reduce_motion: state.settings.reduce_motion,
        };
        roll::show(ui, &mut view, &input)
    };
    state.roll = view;
    let mut renumber = None;
    let did_anything = !actions.is_empty();
    for action in actions {
        carry_out(state, action, &mut renumber);
    }
    if did_anything && state.tracks.was_refused() {
        // A gesture may have selected what a locked track did not take.
        state.tidy();
    }
    rect
}

fn carry_out(state: &mut State, action: RollAction, renumber: &mut Option<Renumber>) {
    match action {
        RollAction::Select(notes) => {
            state.selection = match renumber {
                Some(r) => notes.into_iter().map(|id| r.id(id)).collect(),
                None => notes,
            }
        }
        RollAction::Edit { gesture, edit } => {
            *renumber = state.edit_in(gesture, edit).or(*renumber)
        }
        RollAction::Mask(mask) => state.edit(Edit::SetMask(mask)),
        RollAction::Seek(tick) => state.transport.seek(tick),
        RollAction::Range(range) => state.transport.set_loop(Some(range), false),
        RollAction::Loop(range) => state.transport.set_loop(range, range.is_some()),
        RollAction::Audition {
            track,
            pitch,
            velocity,
        } => {
            let found = state
                .document()
                .score
                .track(track)
                .map(|t| (t.first_program(), t.is_drums()));
            if let Some((program, drums)) = found {
                state
                    .transport
                    .player
                    .preview(Some(track), program, drums, pitch, velocity);
            }
        }
        RollAction::AuditionStop => state.transport.player.preview_stop(),
        RollAction::FocusTrack(track) => state.track = Some(track),
        RollAction::Section(tick) => super::sections::select_at(state, tick),
        RollAction::EditMarkers => state.overlay = Some(super::state::Overlay::Time),
    }
}
