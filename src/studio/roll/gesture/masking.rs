//! What all masking gestures share: whom a new region means, and how it joins the mask there is.

use super::Cx;
use crate::score::mask::Gesture;
use crate::score::{Mask, Region, TrackId};
use crate::studio::roll::scene::visible_tracks;
use crate::studio::roll::{RollAction, notes};
use std::collections::BTreeSet;

/// The tracks a new region means: the one in focus if that is the scope, else all that are visible
/// (`None`, so tracks added later too, when none is hidden).
pub fn scope(cx: &Cx) -> Option<BTreeSet<TrackId>> {
    match cx.input.focus_track {
        Some(focus) if cx.input.mask_scope_focus => Some([focus].into()),
        _ => {
            let visible = visible_tracks(cx.input);
            let all = visible.len() == cx.input.original.tracks.len();
            (!all).then(|| visible.into_iter().collect())
        }
    }
}

/// The mask with a region added (Shift), taken away (Alt), or in place of what there was.
pub fn joined(cx: &Cx, region: Region) -> Mask {
    let mut mask = cx.input.mask.clone();
    if cx.mods.alt {
        mask.subtract(region);
    } else if cx.mods.shift {
        mask.add(region);
    } else {
        mask.gestures = vec![Gesture::Add(region)];
    }
    mask
}

/// What a click with a mask tool does: the note under the pointer is the region. A plain click on empty
/// roll clears the mask, as a click clears a selection.
pub fn clicked(cx: &mut Cx) {
    let hit = notes::at(cx.scene, cx.pos)
        .filter(|h| h.editable)
        .map(|h| h.id());
    match hit {
        Some(id) => {
            let mask = joined(cx, Region::notes([id]));
            emit(cx, mask);
        }
        None if !cx.mods.shift && !cx.mods.alt => {
            let mut mask = cx.input.mask.clone();
            mask.clear();
            emit(cx, mask);
        }
        None => {}
    }
}

/// Sends a mask, if it is another one.
pub fn emit(cx: &mut Cx, mask: Mask) {
    if mask != *cx.input.mask {
        cx.out.push(RollAction::Mask(mask));
    }
}
