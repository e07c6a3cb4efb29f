//! How odd a model finds the notes: a lane under the roll with the mean of every bar and a stem for every note, colours
//! for notes, and words.

use super::grid;
use super::mesh::{Layer, crisp};
use super::scene::{Look, Scene};
use crate::model::critic::NoteSurprise;
use crate::score::{Note, NoteId, pitch_name};
use crate::studio::theme::{Theme, alpha, mix, size};
use eframe::egui::{Align2, Color32, FontId, Painter, Rect, Response, Ui, pos2, vec2};
use std::collections::HashMap;

/// Height of the lane.
pub const LANE: f32 = 48.0;
/// Nats at the top of the lane: one chance in three thousand.
const MOST: f32 = 8.0;
/// Nats from which on a colour is as hot as it gets: one chance in four hundred.
const HOT: f32 = 6.0;
/// Entropy, in nats, of a place where nearly anything could stand: some twenty pitches alike.
const OPEN: f32 = 3.0;
/// Space above and below.
const MARGIN: f32 = 4.0;

/// What was found and how it is shown.
#[derive(Clone, Copy)]
pub struct Surprises<'a> {
    pub notes: &'a HashMap<NoteId, NoteSurprise>,
    /// The lane is shown, and words at the pointer.
    pub lane: bool,
    /// Notes have the colour of their surprise.
    pub colours: bool,
}

/// The colour of so many nats: what the model expected stands back, what it did not glows.
pub fn heat(theme: &Theme, nats: f32) -> Color32 {
    let share = (nats / HOT).clamp(0.0, 1.0);
    mix(theme.ghost, theme.error, share)
}

/// The fill of a note: its own, or that of its surprise.
pub fn fill(scene: &Scene, id: NoteId, own: Color32) -> Color32 {
    let surprises = scene.input.surprises.filter(|s| s.colours);
    match surprises.and_then(|s| s.notes.get(&id)) {
        Some(n) => heat(scene.theme, n.oddness()),
        None => own,
    }
}

/// Frames around coloured notes: the brighter, the more the model thought possible there. A hot note in a bright frame
/// is one of many choices, one in a dim frame goes against what the model was sure of.
pub fn frames(painter: &Painter, scene: &Scene) {
    let Some(s) = scene.input.surprises.filter(|s| s.colours) else {
        return;
    };
    if scene.overview() {
        return;
    }
    let mut layer = Layer::default();
    for (place, look) in scene.drawing_order(scene.input.score) {
        let track = scene.input.score.tracks.get(place);
        let Some(track) = track.filter(|_| look > Look::Ghost) else {
            continue;
        };
        for n in scene.in_view(track) {
            let Some(found) = s.notes.get(&n.id) else {
                continue;
            };
            let rect = scene.note_rect(n.start, n.length, n.pitch);
            if rect.width() >= 6.0 && rect.height() >= 6.0 && rect.intersects(scene.g.canvas) {
                let open = (found.entropy[1] / OPEN).clamp(0.0, 1.0);
                layer.frame(rect, 1.0, alpha(scene.theme.text, open * 0.9));
            }
        }
    }
    layer.paint(painter);
}

fn height(lane: Rect, nats: f32) -> f32 {
    let room = (lane.height() - 2.0 * MARGIN).max(1.0);
    lane.bottom() - MARGIN - room * (nats / MOST).clamp(0.0, 1.0)
}

/// Means of the bars in view: bar and mean oddness of the judged notes that begin in it, on all tracks to be seen.
fn means(scene: &Scene, s: &Surprises) -> Vec<(u32, f32)> {
    let (ticks, bars) = (scene.g.ticks(), scene.input.bars);
    let (first, last) = (bars.bar_at(ticks.start), bars.bar_at(ticks.end.max(1) - 1));
    let (from, to) = (bars.start(first), bars.end(last));
    let mut sums = vec![(0.0f32, 0u32); (last - first + 1) as usize];
    for (place, look) in scene.drawing_order(scene.input.score) {
        let track = scene.input.score.tracks.get(place);
        let Some(track) = track.filter(|_| look > Look::Ghost) else {
            continue;
        };
        let notes = track.notes.get(track.starting_in(from, to)).unwrap_or(&[]);
        for n in notes {
            let bar = bars.bar_at(n.start) - first;
            if let (Some(found), Some(sum)) = (s.notes.get(&n.id), sums.get_mut(bar as usize)) {
                sum.0 += found.oddness();
                sum.1 += 1;
            }
        }
    }
    let all = (first..).zip(sums).filter(|(_, s)| s.1 > 0);
    all.map(|(bar, (sum, n))| (bar, sum / n as f32)).collect()
}

/// Paints the lane and its label.
pub fn paint(painter: &Painter, scene: &Scene) {
    let (t, lane) = (scene.theme, scene.parts.surprise);
    let Some(s) = scene.input.surprises.filter(|_| lane.is_positive()) else {
        return;
    };
    let label = scene.parts.surprise_label;
    let mut layer = Layer::default();
    layer.rect(lane, t.row_black);
    layer.rect(label, t.panel);
    grid::lines(scene, lane, &mut |x, c| {
        let c = if c == t.line_bar {
            t.line_beat
        } else {
            t.line_division
        };
        layer.rect(
            Rect::from_min_max(pos2(x, lane.top()), pos2(x + 1.0, lane.bottom())),
            c,
        );
    });
    for odds in [10f32, 100.0, 1000.0] {
        let y = crisp(height(lane, odds.ln()), scene.pixels);
        layer.rect(
            Rect::from_min_max(pos2(lane.left(), y), pos2(lane.right(), y + 1.0)),
            t.line_division,
        );
    }
    let base = lane.bottom() - MARGIN;
    for (bar, mean) in means(scene, &s) {
        let (a, b) = (scene.input.bars.start(bar), scene.input.bars.end(bar));
        let (a, b) = (
            crisp(scene.g.x(a as f64), scene.pixels),
            crisp(scene.g.x(b as f64), scene.pixels),
        );
        let rect =
            Rect::from_min_max(pos2(a + 1.0, height(lane, mean)), pos2(b, base)).intersect(lane);
        layer.rect(rect, alpha(heat(t, mean * 2.0), 0.45));
    }
    let width = if scene.overview() { 1.0 } else { 2.0 };
    for (place, look) in scene.drawing_order(scene.input.score) {
        let track = scene.input.score.tracks.get(place);
        let Some(track) = track.filter(|_| look > Look::Ghost) else {
            continue;
        };
        let ticks = scene.g.ticks();
        let notes = track
            .notes
            .get(track.starting_in(ticks.start, ticks.end))
            .unwrap_or(&[]);
        for n in notes {
            let Some(found) = s.notes.get(&n.id) else {
                continue;
            };
            let odd = found.oddness();
            let x = crisp(scene.g.x(n.start as f64), scene.pixels);
            let top = crisp(height(lane, odd), scene.pixels);
            let chosen = scene.input.selection.contains(&n.id);
            let colour = if chosen { t.selected } else { heat(t, odd) };
            layer.rect(
                Rect::from_min_max(pos2(x, top), pos2(x + width, base)).intersect(lane),
                colour,
            );
            let head = Rect::from_center_size(pos2(x + width / 2.0, top), vec2(4.0, 4.0));
            if !scene.overview() && odd > 1.0 && lane.contains_rect(head.shrink(1.0)) {
                layer.soft_rect(head, colour, 1.0 / scene.pixels);
            }
        }
    }
    let edge = pos2(scene.parts.all.left(), lane.top() - 1.0);
    layer.rect(
        Rect::from_min_max(edge, pos2(scene.parts.all.right(), lane.top())),
        t.line,
    );
    layer.paint(painter);
    let painter = painter.with_clip_rect(label.intersect(painter.clip_rect()));
    let font = FontId::proportional(size::TEXT_SMALL);
    let at = pos2(label.right() - size::GAP, label.top() + size::GAP + 4.0);
    painter.text(at, Align2::RIGHT_CENTER, "Surprise", font, t.text_weak);
}

/// What stands at the pointer over a judged note.
pub fn at_pointer(ui: &Ui, scene: &Scene, canvas: &Response, busy: bool) {
    let Some(s) = scene
        .input
        .surprises
        .filter(|s| (s.lane || s.colours) && !busy)
    else {
        return;
    };
    let pos = ui
        .input(|i| i.pointer.latest_pos())
        .filter(|_| canvas.hovered());
    let Some(hit) = pos.and_then(|p| super::notes::at(scene, p)) else {
        return;
    };
    if let Some(found) = s.notes.get(&hit.note.id) {
        canvas
            .clone()
            .on_hover_text_at_pointer(words(hit.note, found));
    }
}

/// What the model makes of a note, in a few lines.
pub fn words(note: &Note, found: &NoteSurprise) -> String {
    let mut text = format!(
        "{}: {} here, {:.1} nats of surprise where {:.1} were to be expected",
        pitch_name(note.pitch),
        percent(found.share()),
        found.nats[1],
        found.entropy[1]
    );
    if !found.alternatives.is_empty() {
        let rather: Vec<String> = found
            .alternatives
            .iter()
            .map(|(p, share)| format!("{} {}", pitch_name(*p), percent(*share)))
            .collect();
        text += &format!("\nOthers: {}", rather.join(", "));
    }
    let [onset, _, duration, velocity] = found.nats;
    text + &format!("\nBeginning {onset:.1}, length {duration:.1}, velocity {velocity:.1} nats")
}

/// A probability as people write it: two figures where it is small.
pub fn percent(share: f32) -> String {
    let p = share * 100.0;
    match p {
        p if p >= 10.0 => format!("{p:.0} %"),
        p if p >= 1.0 => format!("{p:.1} %"),
        p if p >= 0.01 => format!("{p:.2} %"),
        _ => "under .01 %".into(),
    }
}

/// For a screen reader: ", surprise 5.2".
pub fn aside(scene: &Scene, n: &Note) -> String {
    let found = scene.input.surprises.and_then(|s| s.notes.get(&n.id));
    found.map_or(String::new(), |f| format!(", surprise {:.1}", f.oddness()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::TrackId;
    use crate::studio::theme::DARK;

    #[test]
    fn a_note_is_told_in_words() {
        let note = Note {
            id: NoteId(1),
            start: 0,
            length: 240,
            pitch: 61,
            velocity: 80,
            release: None,
        };
        let found = NoteSurprise {
            note: NoteId(1),
            track: TrackId(1),
            bar: 0,
            nats: [0.5, 4.6, 1.0, 2.0],
            entropy: [0.0, 1.2, 0.0, 0.0],
            least: 0.7,
            alternatives: vec![(60, 0.5), (64, 0.034)],
        };
        assert_eq!(
            words(&note, &found),
            "C#4: 1.0 % here, 4.6 nats of surprise where 1.2 were to be expected\nOthers: C4 50 %, E4 3.4 %\nBeginning 0.5, length 1.0, velocity 2.0 nats"
        );
        assert_eq!(percent(0.00001), "under .01 %");
    }

    #[test]
    fn heat_and_height_grow_with_surprise_and_end_somewhere() {
        assert_eq!(heat(&DARK, 0.0), DARK.ghost);
        assert_eq!(heat(&DARK, 99.0), DARK.error);
        let lane = Rect::from_min_max(pos2(0.0, 100.0), pos2(10.0, 148.0));
        assert!(height(lane, 1.0) > height(lane, 2.0));
        assert_eq!(height(lane, 99.0), 104.0);
        assert_eq!(height(lane, 0.0), 144.0);
    }
}
