//! What the commands that name and colour things do, so that nobody needs a double click or a right click for it.

use super::state::{Renaming, State};
use super::theme::Theme;
use crate::score::Edit;

/// Begins to type another title for the piece, where it stands.
pub fn piece(state: &mut State) {
    let title = state.document().score.title.clone();
    state.renaming = Some(Renaming::Title(title));
}

/// Begins to type another name for the track in hand, where it stands in the list.
pub fn track(state: &mut State) {
    let Some(id) = state.track else { return };
    let name = state.document().score.track(id).map(|t| t.name.clone());
    state.settings.panels = true;
    state.renaming = name.map(|name| Renaming::Track(id, name));
}

/// Gives the track in hand the next of the theme's colours.
pub fn next_colour(state: &mut State) {
    let score = &state.document().score;
    let place = score.tracks.iter().position(|t| Some(t.id) == state.track);
    let (Some(id), Some(place)) = (state.track, place) else {
        return;
    };
    let count = Theme::of_look(state.settings.look).tracks.len();
    let colour = (score.colour(place) + 1) % count.max(1);
    state.edit(Edit::SetColour {
        track: id,
        colour: colour as u8,
    });
}
