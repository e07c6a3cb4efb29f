//! What a screen reader is told, and what tests take hold of.

use super::scene::{Look, Scene};
use super::snap::Grid;
use super::view::{Caret, RollView};
use crate::score::{Note, pitch_name};
use crate::tokenizer::lens::{Fate, Kind};
use eframe::egui::accesskit::Live;
use eframe::egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Most notes that get a node of their own.
const MOST: usize = 300;

/// Describes the canvas, and the notes in view if anybody asks.
pub fn describe(ui: &Ui, view: &RollView, scene: &Scene, canvas: &Response) {
    canvas.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, true, "Piano roll");
        info.current_text_value = Some(summary(scene));
        info
    });
    if !ui.ctx().has_accesskit_node(canvas.id) {
        return;
    }
    if view.has_caret {
        caret(ui, view, scene, canvas);
    }
    let mut left = MOST;
    for (place, look) in scene.drawing_order(scene.input.score).into_iter().rev() {
        let Some(track) = scene
            .input
            .score
            .tracks
            .get(place)
            .filter(|_| look > Look::Ghost)
        else {
            continue;
        };
        for n in scene.in_view(track) {
            let rect = scene
                .note_rect(n.start, n.length, n.pitch)
                .intersect(scene.g.canvas);
            if !rect.is_positive() {
                continue;
            }
            if left == 0 {
                return;
            }
            left -= 1;
            let chosen = scene.input.selection.contains(&n.id);
            let id = canvas.id.with(n.id.0);
            // It only hovers: clicks and drags go to the canvas beneath.
            let node = ui.interact(rect, id, Sense::hover());
            node.widget_info(|| {
                let mut info =
                    WidgetInfo::labeled(Role::ListItem, true, describe_note(scene, &track.name, n));
                info.selected = Some(chosen);
                info
            });
            ui.ctx()
                .accesskit_node_builder(id, |b| b.set_selected(chosen));
        }
    }
}

/// Says where the caret is and what sounds there, whenever that changes: a live region, which a screen reader reads
/// out by itself.
fn caret(ui: &Ui, view: &RollView, scene: &Scene, canvas: &Response) {
    let c = view.caret;
    let corner = pos2(scene.g.x(c.tick as f64), scene.g.y(c.pitch as f64 + 1.0));
    let rect = Rect::from_min_size(corner, vec2(2.0, scene.g.row)).intersect(scene.g.canvas);
    let rect = if rect.is_positive() {
        rect
    } else {
        Rect::from_min_size(scene.g.canvas.min, vec2(2.0, 2.0))
    };
    let id = canvas.id.with("caret");
    let node = ui.interact(rect, id, Sense::hover());
    let words = caret_words(view, scene);
    node.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    ui.ctx()
        .accesskit_node_builder(id, |b| b.set_live(Live::Polite));
}

/// "C4, bar 2 beat 3, on C4, bar 2 beat 3, 1 beat, Melody".
fn caret_words(view: &RollView, scene: &Scene) -> String {
    let c = view.caret;
    let mut words = place(scene, c);
    let grid = Grid {
        snap: scene.input.snap,
        bars: scene.input.bars,
        ppq: scene.input.score.ppq,
    };
    let area = view.caret_box(&grid);
    if view.anchor.is_some() {
        let chosen = scene.input.selection.len();
        words = format!("Box to {words}, {} selected", plural(chosen, "note"));
    }
    let (from, to) = (c.tick, area.end.max(c.tick.saturating_add(1)));
    for (position, look) in scene.drawing_order(scene.input.score).into_iter().rev() {
        let track = scene.input.score.tracks.get(position);
        let Some(track) = track.filter(|_| look > Look::Ghost) else {
            continue;
        };
        let here = scene.extents.reaching(track, from..to);
        let under = |n: &&Note| n.pitch == c.pitch && n.start < to && n.end() > from;
        if let Some(n) = here.iter().find(under) {
            let chosen = match scene.input.selection.contains(&n.id) {
                true => ", selected",
                false => "",
            };
            words += &format!(", on {}{chosen}", describe_note(scene, &track.name, n));
            break;
        }
    }
    words
}

/// "C4, bar 2 beat 3".
fn place(scene: &Scene, c: Caret) -> String {
    let bars = scene.input.bars;
    let bar = bars.bar_at(c.tick);
    let beat = bars.meter(bar).beat_ticks(scene.input.score.ppq) as f64;
    let at = (c.tick - bars.start(bar)) as f64 / beat + 1.0;
    format!(
        "{}, bar {} beat {}",
        pitch_name(c.pitch),
        bar + 1,
        number(at)
    )
}

/// At most two places, no zeros at the end.
fn number(v: f64) -> String {
    let text = format!("{v:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn plural(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// The state in a line: "200 notes, 1 selected, bars 5-8 masked".
fn summary(scene: &Scene) -> String {
    let score = scene.input.score;
    let mut words = format!(
        "{}, {} selected",
        plural(score.note_count(), "note"),
        scene.input.selection.len()
    );
    let masked = scene.cells.words(scene.input.bars, scene.input.original);
    if !masked.is_empty() {
        words.push_str(", ");
        words.push_str(&masked);
    }
    if let Some(trip) = scene.input.lens {
        words.push_str(&format!(", {} lost through the lens", trip.counts.lost()));
    }
    if let Some(difference) = scene.input.difference {
        words.push_str(&format!(", compared: {}", difference.words()));
    }
    if let Some(p) = scene.input.progress {
        words.push_str(&format!(", writing {:.0} %", p.clamp(0.0, 1.0) * 100.0));
    }
    words
}

/// "C4, bar 2 beat 3, 1 beat, Melody".
fn describe_note(scene: &Scene, track: &str, n: &Note) -> String {
    let bars = scene.input.bars;
    let bar = bars.bar_at(n.start);
    let beat = bars.meter(bar).beat_ticks(scene.input.score.ppq) as f64;
    let at = (n.start - bars.start(bar)) as f64 / beat + 1.0;
    let long = n.length as f64 / beat;
    format!(
        "{}, bar {} beat {}, {} beat{}, {track}{}",
        pitch_name(n.pitch),
        bar + 1,
        number(at),
        number(long),
        if (long - 1.0).abs() < 1e-9 { "" } else { "s" },
        fate(scene, n) + &super::surprise::aside(scene, n),
    )
}

/// What the lens found of a note: ", lost: drums".
fn fate(scene: &Scene, n: &Note) -> String {
    match scene.input.lens.and_then(|trip| trip.fates.get(&n.id)) {
        Some(Fate::Lost(why)) => format!(", lost: {why}"),
        Some(Fate::Changed(c)) if c.kind <= Kind::Moved => ", would come back elsewhere".into(),
        _ => String::new(),
    }
}
