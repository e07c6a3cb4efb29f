//! A row of the track list in the hand: a line shows where it would go, letting go puts it there.

use crate::score::TrackId;
use crate::studio::state::State;
use crate::studio::theme::Theme;
use crate::studio::tracks;
use eframe::egui::{CursorIcon, Key, Rect, Response, Ui, pos2, vec2};

/// Points from the edge of the list where it begins to scroll.
const EDGE: f32 = 18.0;

/// The place in front of which something lands that is let go at a height: the number of rows whose middle is above.
fn place(rows: &[(TrackId, Response)], y: f32) -> usize {
    let above = rows.iter().filter(|(_, r)| r.rect.center().y < y);
    above.count()
}

/// Follows a drag over the rows, in the order of the list.
pub fn drag(ui: &mut Ui, state: &mut State, rows: &[(TrackId, Response)]) {
    if let Some((track, _)) = rows.iter().find(|(_, r)| r.drag_started()) {
        state.tracks.dragged = Some(*track);
    }
    let Some(track) = state.tracks.dragged else {
        return;
    };
    let Some((from, row)) = rows
        .iter()
        .enumerate()
        .find(|(_, (t, _))| *t == track)
        .map(|(i, (_, r))| (i, r))
    else {
        return;
    };
    let pointer = ui.input(|i| i.pointer.latest_pos());
    let escaped = ui.input(|i| i.key_pressed(Key::Escape));
    let Some(pointer) = pointer.filter(|_| !escaped && (row.dragged() || row.drag_stopped()))
    else {
        state.tracks.dragged = None;
        return;
    };
    let before = place(rows, pointer.y);
    // Taken out first, the places behind it are one less.
    let to = if before > from { before - 1 } else { before };
    if row.drag_stopped() {
        state.tracks.dragged = None;
        tracks::move_to(state, track, to);
        return;
    }
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let clip = ui.clip_rect();
    if pointer.y < clip.top() + EDGE {
        ui.scroll_with_delta(vec2(0.0, 6.0));
    } else if pointer.y > clip.bottom() - EDGE {
        ui.scroll_with_delta(vec2(0.0, -6.0));
    }
    let t = Theme::of(ui);
    ui.painter()
        .rect_filled(row.rect, 3.0, crate::studio::theme::alpha(t.panel, 0.5));
    if to == from {
        return;
    }
    let y = match rows.get(before) {
        Some((_, r)) => r.rect.top() - 2.0,
        None => rows.last().map_or(0.0, |(_, r)| r.rect.bottom() + 2.0),
    };
    let line = Rect::from_min_max(
        pos2(row.rect.left(), y - 1.0),
        pos2(row.rect.right(), y + 1.0),
    );
    ui.painter().rect_filled(line, 1.0, t.selected);
}
