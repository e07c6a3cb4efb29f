//! What the commands on sections do: take one, mask it, put it once more behind itself.

use super::state::State;
use crate::score::{Edit, Region, Section};

/// The section commands mean: the one whose bars are marked on the ruler, else the playhead's.
pub fn meant(state: &State) -> Option<Section> {
    let score = &state.document().score;
    let marked = |s: &Section| state.transport.loop_range == Some((s.from, s.to));
    let head = state.transport.position().max(0.0) as u32;
    let marked = score.sections().into_iter().find(marked);
    marked.or_else(|| score.section_at(head))
}

fn words(section: &Section) -> &str {
    match section.name.as_str() {
        "" => "the opening",
        name => name,
    }
}

/// Marks the section's bars on the ruler and selects the notes of all visible tracks that begin in them.
pub fn select(state: &mut State, section: &Section) {
    let looping = state.transport.looping;
    let range = Some((section.from, section.to));
    state.transport.set_loop(range, looping);
    let preview = state.preview();
    let seen = preview
        .tracks
        .iter()
        .filter(|t| !state.hidden.contains(&t.id) || state.track == Some(t.id));
    let notes = seen.flat_map(|t| {
        let range = t.starting_in(section.from, section.to);
        t.notes.get(range).unwrap_or(&[])
    });
    state.selection = notes.map(|n| n.id).collect();
    state.roll.anchor = None;
}

/// The section at a tick, as [`select`].
pub fn select_at(state: &mut State, tick: u32) {
    if let Some(section) = state.document().score.section_at(tick) {
        select(state, &section);
    }
}

/// The section meant, as [`select`].
pub fn select_meant(state: &mut State) {
    if let Some(section) = meant(state) {
        select(state, &section);
        state.reveal(section.from, section.to);
    }
}

/// Masks the section meant, on the tracks that new masks mean.
pub fn mask(state: &mut State) {
    let Some(section) = meant(state) else { return };
    let tracks = super::invoke::scope(state);
    state.change_mask(|m| m.add(Region::time(section.from, section.to, tracks)));
    state.reveal(section.from, section.to);
}

/// Puts the section meant once more behind itself, with all that lies in it.
pub fn duplicate(state: &mut State) {
    let Some(section) = meant(state) else { return };
    let (from, to) = (section.from, section.to);
    let revision = state.history.revision();
    state.edit(Edit::Together {
        label: format!("Duplicate {}", words(&section)),
        edits: vec![Edit::RepeatTime { from, to }],
    });
    if state.history.revision() == revision {
        return;
    }
    let copy = Section {
        from: to,
        to: to.saturating_add(to - from),
        ..section
    };
    select(state, &copy);
    state.reveal(copy.from, copy.to);
}
