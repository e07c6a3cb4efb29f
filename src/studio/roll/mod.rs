//! The piano roll: draws a score and turns gestures into actions. It owns no document: what is shown comes
//! in with [`RollInput`], what a person did goes out as [`RollAction`]s, and [`RollView`] only remembers how
//! one looks at it.

use crate::engine::Snapshot;
use crate::score::{Bars, Difference, Edit, Mask, NoteId, Score, TrackId};
use crate::studio::theme::{Theme, size};
use crate::tokenizer::lens::RoundTrip;
use eframe::egui::{self, FontId, Rect, Sense, pos2, vec2};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod access;
pub(super) mod cells;
pub mod commands;
mod difference_layer;
mod extent;
mod geometry;
mod gesture;
mod grid;
mod key_corner;
mod keyboard;
mod lane;
mod layout;
mod lens_layer;
mod mask_layer;
mod mesh;
mod minimap;
mod notes;
mod overlay;
mod overview;
mod pointer;
mod rows;
mod ruler;
mod scene;
mod section_strip;
mod sheet;
mod snap;
mod surprise;
mod tempo_lane;
mod thumbnail;
mod velocity;
mod view;
mod wheel_lane;

pub use keyboard::drum_name;
pub use lane::Lane;
pub use rows::{Fold, Rows};
pub use snap::{Grid, SnapMode};
pub use surprise::{Surprises, percent, words};
pub use thumbnail::{ThumbNote, hole, of_score, of_take, pitches, thumbnail, thumbnail_between};
pub use view::{Caret, RollView};

use scene::Scene;

/// What a press on the roll does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tool {
    #[default]
    Select,
    Draw,
    Erase,
    MaskRect,
    MaskLasso,
    Split,
    SelectLasso,
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
    /// So many steps a quarter note, every second line late: 50 % of its pair is straight, 67 as triplets swing.
    Swing {
        division: u32,
        percent: u8,
    },
}

impl Default for Snap {
    fn default() -> Self {
        Snap::Division(4)
    }
}

/// How rows, keys and notes are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLook {
    /// Notes and keys bear their names.
    pub names: bool,
    /// The rows of the key are lit, its tonic most of all.
    pub highlight: bool,
    /// Tonic of the major key with the notes of the piece's key, 0..=11.
    pub major_tonic: u8,
    /// Tonic of the piece's key, 0..=11.
    pub tonic: u8,
}

impl Default for RowLook {
    fn default() -> Self {
        RowLook {
            names: true,
            highlight: false,
            major_tonic: 0,
            tonic: 0,
        }
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
    /// Of the hidden tracks those that are never shown as ghosts.
    pub unseen_tracks: &'a BTreeSet<TrackId>,
    pub rows: RowLook,
    pub tool: Tool,
    pub snap: Snap,
    /// New masks mean the focus track only; otherwise all visible tracks.
    pub mask_scope_focus: bool,
    /// Ticks.
    pub playhead: Option<f64>,
    pub playing: bool,
    /// Keep the playhead in view while playing.
    pub follow: bool,
    /// Follow without turning pages.
    pub follow_smooth: bool,
    /// Ticks `[start, end)`.
    pub loop_range: Option<(u32, u32)>,
    /// Whether it is repeated; otherwise it only marks time.
    pub looping: bool,
    /// What the model has written so far.
    pub snapshot: Option<&'a Snapshot>,
    /// 0..=1 while generating.
    pub progress: Option<f32>,
    /// The new notes of the shown take, with the model's confidence 0..=1.
    pub take_notes: &'a BTreeMap<NoteId, f32>,
    /// What a representation would lose of the notes shown, while the lens lies on the roll.
    pub lens: Option<&'a RoundTrip>,
    /// What differs from another state of the piece, while it is compared with one.
    pub difference: Option<&'a Difference>,
    /// How odd a model finds the notes, while it is asked.
    pub surprises: Option<Surprises<'a>>,
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
    /// Marks ticks `[start, end)` without repeating them.
    Range((u32, u32)),
    /// Ticks `[start, end)`.
    Loop(Option<(u32, u32)>),
    Audition {
        track: TrackId,
        pitch: u8,
        velocity: u8,
    },
    AuditionStop,
    FocusTrack(TrackId),
    /// The section that holds this tick was clicked.
    Section(u32),
    /// Names of sections are wanted to be changed.
    EditMarkers,
}

/// Bars one may scroll beyond the last, and the least a piece is given.
const SPARE_BARS: u32 = 8;
const LEAST_BARS: u32 = 16;

/// Draws the roll in all the space there is and says what was done on it.
///
/// Edits are of the document's score ([`RollInput::original`]); they show when the document that comes in
/// with the next frame has them, which is asked for at once.
pub fn show(ui: &mut egui::Ui, view: &mut RollView, input: &RollInput) -> Vec<RollAction> {
    let all = ui.available_rect_before_wrap();
    ui.allocate_rect(all, Sense::hover());
    if all.width() < 2.0 || all.height() < 2.0 {
        return Vec::new();
    }
    let mut extents = std::mem::take(&mut view.extents);
    extents.update([input.score, input.original]);
    let bars = input.bars.count_until(extents.end(input.score)) + SPARE_BARS;
    let end = input.bars.start(bars.max(LEAST_BARS)) as f64;
    let focus = input.focus_track.and_then(|t| input.score.track(t));
    let drums = focus.is_some_and(|t| t.is_drums());
    let id = ui.scope_id().with("piano roll");
    let theme = Theme::of(ui);
    let pixels = ui.ctx().pixels_per_point();
    let mut cells = std::mem::take(&mut view.cells);
    let tracks = scene::visible_tracks(input);

    view.surprise_lane = input.surprises.is_some_and(|s| s.lane);
    // First what was done, on the picture the pointer saw; then the picture as it is now.
    let sections = !input.score.markers().is_empty();
    let parts = layout::Parts::of(all, view, drums, sections);
    view.settle(input, parts.canvas);
    let mut g = view.geometry(parts.canvas, input.score, end);
    let areas = pointer::Areas::interact(ui, id, &parts, view.lane);
    view.give_keyboard(&areas.canvas);
    pointer::navigate(ui, view, input, &areas, &mut g, end);
    if !view.is_busy() {
        cells.update(&input.original.open(input.mask), &tracks);
    }
    let scene = Scene {
        input,
        theme,
        parts,
        g,
        cells: &cells,
        extents: &extents,
        pixels,
    };
    let (actions, pointed) = pointer::gestures(ui, view, &scene, &areas);

    let parts = layout::Parts::of(all, view, drums, sections);
    let g = view.geometry(parts.canvas, input.score, end);
    let mask = view.held.0.as_ref().and_then(|h| h.drag.mask());
    let open = input.original.open(mask.unwrap_or(input.mask));
    cells.update(&open, &tracks);
    let scene = Scene {
        input,
        theme,
        parts,
        g,
        cells: &cells,
        extents: &extents,
        pixels,
    };
    let dt = ui.input(|i| i.stable_dt).min(0.1);
    let moving = view.writing.update(input.snapshot, dt, input.reduce_motion);
    paint(ui, view, &scene, &areas, &pointed);
    access::describe(ui, view, &scene, &areas.canvas);
    lane::choose(ui, view, &scene);
    let mut actions = actions;
    actions.extend(key_corner::show(ui, &scene));
    surprise::at_pointer(ui, &scene, &areas.canvas, view.is_busy());

    if !actions.is_empty() {
        ui.ctx().request_repaint();
    } else if moving {
        // The model may be computing on the same cores: half the usual pace is smooth enough.
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(33));
    }
    view.cells = cells;
    view.extents = extents;
    actions
}

fn paint(
    ui: &egui::Ui,
    view: &mut RollView,
    scene: &Scene,
    areas: &pointer::Areas,
    pointed: &pointer::Pointed,
) {
    let painter = ui
        .painter()
        .with_clip_rect(scene.parts.all.intersect(ui.clip_rect()));
    let inside = painter.with_clip_rect(scene.g.canvas.intersect(painter.clip_rect()));
    grid::paint(&inside, scene);
    mask_layer::paint_under(&inside, scene);
    if scene.overview() {
        overview::paint(&inside, scene, &mut view.overview);
    }
    notes::paint(&inside, scene);
    surprise::frames(&inside, scene);
    lens_layer::paint(&inside, scene);
    difference_layer::paint(&inside, scene);
    view.writing.paint(&inside, scene);
    mask_layer::paint_over(&inside, scene);
    overlay::loop_edges(&inside, scene);
    if let Some(rect) = pointed.note {
        overlay::hover(&inside, scene, rect, scene.input.tool == Tool::Erase);
    }
    if areas.canvas.has_focus() {
        let grid = Grid {
            snap: scene.input.snap,
            bars: scene.input.bars,
            ppq: scene.input.score.ppq,
        };
        let caret = view.caret;
        if view.anchor.is_some() {
            let area = view.caret_box(&grid);
            let ends = (area.start as f64, area.end as f64);
            let rect = scene.g.cell(ends.0, ends.1, area.low, area.high);
            overlay::marquee(&inside, scene, rect);
        }
        overlay::caret(
            &inside,
            scene,
            caret.tick,
            grid.step(caret.tick),
            caret.pitch,
        );
    }
    if let Some(held) = &view.held.0 {
        held.drag.paint(&inside, scene);
    }
    ruler::paint_scope(&inside, scene);
    // A piece with tracks and no notes is the studio's to explain: it has buttons.
    if scene.input.score.tracks.is_empty() && scene.input.snapshot.is_none() {
        let words = "Drop a MIDI file here, or add a track to write on.";
        let font = FontId::proportional(size::TEXT);
        let galley = inside.layout_no_wrap(words.into(), font, scene.theme.text_weak);
        let plate = Rect::from_center_size(
            scene.g.canvas.center(),
            galley.size() + vec2(2.0, 1.0) * size::PAD,
        );
        inside.rect_filled(plate, size::RADIUS, scene.theme.panel);
        inside.galley(
            plate.center() - galley.size() / 2.0,
            galley,
            scene.theme.text_weak,
        );
    }
    keyboard::paint(&painter, scene, pointed.pitch);
    lane::paint(&painter, view, scene);
    surprise::paint(&painter, scene);
    if let Some(held) = &view.held.0 {
        held.drag.paint_lane(&painter, scene);
    }
    ruler::paint(&painter, scene);
    section_strip::paint(&painter, scene);
    let mut picture = std::mem::take(&mut view.picture);
    minimap::paint(&painter, scene, &mut picture, view.end());
    view.picture = picture;
    let t = scene.theme;
    let parts = &scene.parts;
    let right = Rect::from_min_max(
        pos2(
            parts.velocity.right().max(parts.canvas.right()),
            parts.canvas.top(),
        ),
        pos2(
            parts.all.right(),
            parts.minimap.top().min(parts.all.bottom()),
        ),
    );
    painter.rect_filled(right, 0.0, t.panel);
    if parts.grip.is_positive() {
        painter.rect_filled(
            parts.grip,
            0.0,
            if pointed.grip { t.hovered } else { t.panel },
        );
    }
    let bar = scroll_bar(scene);
    if bar.is_positive() {
        let strength = if pointed.scroll { 0.55 } else { 0.28 };
        let fill = crate::studio::theme::mix(t.panel, t.text, strength);
        painter.rect_filled(bar.shrink2(vec2(2.0, 1.0)), 2.0, fill);
    }
    ruler::paint_playhead(&painter, scene);
}

/// The movable part of the vertical scroll bar.
fn scroll_bar(scene: &Scene) -> Rect {
    let track = scene.parts.scroll;
    if !track.is_positive() {
        return Rect::NOTHING;
    }
    let y = |row: f64| {
        let share = (1.0 - row / scene.g.rows.count()).clamp(0.0, 1.0) as f32;
        track.top() + share * track.height()
    };
    let bottom = scene.g.row_at(scene.g.canvas.bottom());
    Rect::from_min_max(
        pos2(track.left(), y(scene.g.top)),
        pos2(track.right(), y(bottom)),
    )
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod look;
