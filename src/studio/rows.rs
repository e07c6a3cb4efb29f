//! What the commands on rows and lanes do: which rows there are, how they look, and what stands under the notes.

use super::command::Command;
use super::roll::{Fold, Lane, RowLook};
use super::state::State;
use crate::score::Wheel;
use crate::score::key::{Key, scale_tonic};

/// One press of a key zooms by so much.
const ZOOM: f32 = 1.25;

/// How the roll tells its rows apart.
pub fn look(state: &mut State) -> RowLook {
    let major_tonic = state.derived().major_tonic;
    RowLook {
        names: state.settings.note_names,
        highlight: state.settings.highlight_key,
        major_tonic,
        tonic: state
            .document()
            .score
            .key
            .map_or(major_tonic, |k: Key| k.tonic % 12),
    }
}

/// Carries out a command.
pub fn invoke(command: Command, state: &mut State) {
    use Command as C;
    let wheel = |c| Lane::Wheel(Wheel::Controller(c));
    match command {
        C::HighlightKey => state.settings.highlight_key = !state.settings.highlight_key,
        C::NoteNames => state.settings.note_names = !state.settings.note_names,
        C::FoldUsed => fold(state, Fold::Used),
        C::FoldKey => fold(state, Fold::Key),
        C::RowsTaller => state.roll.zoom_rows(ZOOM, state.roll_height),
        C::RowsLower => state.roll.zoom_rows(1.0 / ZOOM, state.roll_height),
        C::LaneVelocity => lane(state, Lane::Velocity),
        C::LaneTempo => lane(state, Lane::Tempo),
        C::LaneBend => lane(state, Lane::Wheel(Wheel::Bend)),
        C::LaneModulation => lane(state, wheel(1)),
        C::LaneExpression => lane(state, wheel(11)),
        C::LaneSustain => lane(state, wheel(64)),
        C::LaneHidden => state.roll.show_velocity = !state.roll.show_velocity,
        _ => {}
    }
}

fn lane(state: &mut State, lane: Lane) {
    state.roll.lane = lane;
    state.roll.show_velocity = true;
}

fn fold(state: &mut State, fold: Fold) {
    let on = state.roll.fold != fold;
    state.roll.fold = if on { fold } else { Fold::Off };
    if on && fold == Fold::Used && state.preview().note_count() == 0 {
        state
            .toasts
            .info("There are no notes yet; all rows stay until there are.");
    }
    if on && fold == Fold::Key {
        let score = state.preview();
        let key = score.key.unwrap_or(Key::major(scale_tonic(&score)));
        state
            .toasts
            .info(&format!("Rows of {key}, and those that hold a note."));
    }
}
