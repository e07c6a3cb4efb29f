//! What the window costs a composer, measured on whole frames without a display: `lacuna bench studio`.

mod piece;

pub use piece::wall;

use super::headless::{Frame, Headless};
use super::run::StudioOptions;
use super::{command::Command, invoke};
use crate::score::{Document, Mask, Rect, Region, Score};
use eframe::egui::{Event, Key, PointerButton, Pos2, Vec2, pos2, vec2};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// A frame at 60 a second.
const STEP: f64 = 1.0 / 60.0;
/// Longest wait for tasks and engine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    /// Milliseconds of processor time allowed for the median frame.
    pub bar: Option<f64>,
    /// Milliseconds of each frame, in ascending order.
    pub millis: Vec<f64>,
    /// Corners of the triangles of the last frame.
    pub vertices: usize,
}

impl Row {
    fn of(name: &'static str, bar: Option<f64>, frames: &[Frame]) -> Row {
        let mut millis: Vec<f64> = frames.iter().map(|f| f.cpu.as_secs_f64() * 1e3).collect();
        millis.sort_unstable_by(f64::total_cmp);
        Row {
            name,
            bar,
            millis,
            vertices: frames.last().map_or(0, |f| f.vertices),
        }
    }

    /// The value below which this share of the frames lies; `NAN` without a frame.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.millis.len().saturating_sub(1);
        let i = (last as f64 * share).round() as usize;
        self.millis.get(i).copied().unwrap_or(f64::NAN)
    }
}

/// Puts a piece on the desk and waits until the window has come to rest.
pub fn open(desk: &mut Headless, score: Score) {
    desk.studio.state.show_document(Document::new(score), None);
    desk.settle(PATIENCE);
}

/// Frames of a piece with 20 000 notes in view, and of one with 100 000; `frames` of each kind.
///
/// # Errors
/// When the studio cannot be started.
pub fn frames(options: StudioOptions, frames: usize) -> Result<Vec<Row>, std::io::Error> {
    let mut desk = Headless::start(options)?;
    let mut rows = Vec::new();
    let mut row = |name, bar, desk: &mut Headless, act: &mut dyn FnMut(&mut Headless, usize)| {
        let mut list = Vec::new();
        for i in 0..frames + WARM_UP {
            act(desk, i);
            let frame = desk.frame(STEP);
            if i >= WARM_UP {
                list.push(frame);
            }
        }
        rows.push(Row::of(name, bar, &list));
    };

    open(&mut desk, wall(20_000, 15));
    look_at_all(&mut desk);
    let name = "20 000 notes drawn one by one, pointer moving";
    row(name, Some(2.0), &mut desk, &mut wander);
    let name = "20 000 notes drawn one by one, scrolling";
    row(name, Some(2.0), &mut desk, &mut scroll);

    desk.resize(vec2(2560.0, 1440.0));
    look_at_all(&mut desk);
    let name = "the same on 2560 x 1440 points, pointer moving";
    row(name, Some(2.0), &mut desk, &mut wander);
    desk.resize(vec2(1280.0, 800.0));

    open(&mut desk, wall(20_000, 64));
    look_at_all(&mut desk);
    let name = "20 000 notes in 64 bars, whole piece, pointer moving";
    row(name, Some(2.0), &mut desk, &mut wander);

    open(&mut desk, wall(100_000, 400));
    look_at_all(&mut desk);
    let name = "100 000 notes, whole piece, pointer moving";
    row(name, Some(4.0), &mut desk, &mut wander);
    let name = "100 000 notes, whole piece, scrolling pitches";
    row(name, Some(4.0), &mut desk, &mut scroll);
    choose_one(&mut desk);
    let name = "100 000 notes, whole piece, a note moved by key";
    row(name, Some(4.0), &mut desk, &mut transpose);
    mask_by_lasso(&mut desk);
    let name = "the same with a freehand mask of 200 boxes";
    row(name, Some(4.0), &mut desk, &mut transpose);
    desk.studio.state.change_mask(|m| *m = Mask::default());
    look_at_bars(&mut desk, 200, 216);
    let name = "100 000 notes, 16 bars in view, pointer moving";
    row(name, None, &mut desk, &mut wander);
    let name = "100 000 notes, 16 bars in view, a note moved by key";
    row(name, Some(4.0), &mut desk, &mut transpose);
    let mut drag = Drag::find(&mut desk);
    let name = "100 000 notes, 16 bars in view, a note dragged";
    row(name, Some(4.0), &mut desk, &mut |d, i| drag.step(d, i));
    drag.end(&mut desk);
    let name = "100 000 notes, undo and redo";
    row(name, Some(4.0), &mut desk, &mut |d, i| {
        d.studio.state.step_history(i.is_multiple_of(2));
    });
    Ok(rows)
}

/// Frames before those that count.
const WARM_UP: usize = 10;

/// Zooms out until all is in view, in time and in pitch.
fn look_at_all(desk: &mut Headless) {
    invoke(Command::ZoomPiece, &mut desk.studio.state);
    desk.frame(STEP);
    // All 84 pitches: as tall as rows can be.
    let height = desk.window().height() - 260.0;
    let roll = &mut desk.studio.state.roll;
    (roll.row, roll.top) = (height / 86.0, 110.0);
    desk.settle(PATIENCE);
}

fn look_at_bars(desk: &mut Headless, first: u32, end: u32) {
    desk.studio.state.zoom_to(first * 1920, end * 1920);
    desk.settle(PATIENCE);
}

/// The place on the roll that a share of it in both directions means.
fn on_roll(desk: &Headless, share: Vec2) -> Pos2 {
    let window = desk.window();
    // Tracks on the left, the generate pane on the right, transport above, velocities below.
    let (from, to) = (
        pos2(300.0, 140.0),
        pos2(window.right() - 260.0, window.bottom() - 180.0),
    );
    from + (to - from) * share
}

fn wander(desk: &mut Headless, i: usize) {
    let t = i as f32;
    let at = on_roll(
        desk,
        vec2(0.5 + 0.45 * (t * 0.11).sin(), 0.5 + 0.45 * (t * 0.07).cos()),
    );
    desk.event(Event::PointerMoved(at));
}

/// A wheel that never stands still; up and down, because the whole piece is in view.
fn scroll(desk: &mut Headless, i: usize) {
    wander(desk, i);
    let roll = &mut desk.studio.state.roll;
    roll.top += if i.is_multiple_of(2) { 0.3 } else { -0.3 };
}

/// What a freehand line leaves: many narrow boxes of different heights.
fn mask_by_lasso(desk: &mut Headless) {
    let rects = (0..200u32).map(|i| Rect {
        start: 192_000 + i * 240,
        end: 192_000 + (i + 1) * 240,
        low: 40 + (i % 7) as u8,
        high: 70 + (i % 11) as u8,
    });
    let region = Region {
        rects: rects.collect(),
        ..Region::default()
    };
    desk.studio.state.change_mask(|m| m.add(region));
    desk.settle(PATIENCE);
}

fn choose_one(desk: &mut Headless) {
    let state = &mut desk.studio.state;
    let id = state
        .document()
        .score
        .tracks
        .get(3)
        .and_then(|t| t.notes.get(t.notes.len() / 2))
        .map(|n| n.id);
    state.selection = id.into_iter().collect();
    desk.settle(PATIENCE);
}

fn transpose(desk: &mut Headless, i: usize) {
    desk.key(if i.is_multiple_of(2) {
        Key::ArrowUp
    } else {
        Key::ArrowDown
    });
}

/// A note held by the pointer.
struct Drag {
    at: Pos2,
}

impl Drag {
    /// Takes a note near the middle of the roll in hand: one that answers to being dragged.
    fn find(desk: &mut Headless) -> Drag {
        let mut at = on_roll(desk, vec2(0.5, 0.5));
        for i in 0..200 {
            at = on_roll(desk, vec2(0.5, 0.3) + vec2(0.001, 0.002) * i as f32);
            let before = desk.studio.state.history.revision();
            desk.event(Event::PointerMoved(at));
            desk.frame(STEP);
            desk.button(at, PointerButton::Primary, true);
            desk.frame(STEP);
            desk.event(Event::PointerMoved(at + vec2(40.0, 0.0)));
            desk.frame(STEP);
            desk.frame(STEP);
            if desk.studio.state.history.revision() != before {
                break;
            }
            desk.key(Key::Escape);
            desk.button(at, PointerButton::Primary, false);
            desk.frame(STEP);
        }
        Drag { at }
    }

    fn step(&mut self, desk: &mut Headless, i: usize) {
        let away = vec2(40.0, 0.0) * ((i % 12) as f32 + 1.0) / 4.0;
        desk.event(Event::PointerMoved(self.at + away));
    }

    fn end(&self, desk: &mut Headless) {
        desk.button(self.at, PointerButton::Primary, false);
        desk.frame(STEP);
    }
}

/// How often an idle window with a piece of 100 000 notes asks for a frame within `time`, once it has come to rest;
/// `None` if it never does.
///
/// # Errors
/// When the studio cannot be started.
pub fn idle(options: StudioOptions, time: Duration) -> Result<Option<usize>, std::io::Error> {
    let mut desk = Headless::start(options)?;
    open(&mut desk, wall(100_000, 400));
    if !desk.settle(PATIENCE) {
        return Ok(None);
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    desk.context().set_request_repaint_callback(move |_| {
        count.fetch_add(1, Relaxed);
    });
    std::thread::sleep(time);
    Ok(Some(asked.load(Relaxed)))
}

/// Bytes in use with a piece of 100 000 notes: when it is on the desk, and after so many edits of single notes.
///
/// # Errors
/// When the studio cannot be started.
pub fn memory(options: StudioOptions, edits: usize) -> Result<[Option<u64>; 2], std::io::Error> {
    let mut desk = Headless::start(options)?;
    open(&mut desk, wall(100_000, 400));
    look_at_all(&mut desk);
    let opened = crate::device::resident();
    choose_one(&mut desk);
    for i in 0..edits {
        transpose(&mut desk, i);
        desk.frame(STEP);
    }
    desk.settle(PATIENCE);
    Ok([opened, crate::device::resident()])
}

/// Draws the first frame of a start.
///
/// # Errors
/// When the studio cannot be started.
pub fn first_frame(options: StudioOptions) -> Result<Frame, std::io::Error> {
    Ok(Headless::start(options)?.frame(STEP))
}
