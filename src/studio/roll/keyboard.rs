//! The keys at the left, with names; for a drum track the names of the drums.

use super::grid::is_black;
use super::mesh::{Layer, crisp};
use super::notes::focus_is_drums;
use super::scene::{Look, Scene, look};
use crate::score::pitch_name;
use crate::studio::theme::{mix, size};
use eframe::egui::{Align2, Color32, FontId, Painter, Rect, pos2};

/// A row must be this tall for every key to be named.
const NAME_ROOM: f32 = 14.0;
/// Part of the keyboard's width a black key takes.
const BLACK: f32 = 0.6;

/// Paints the keys. `hovered` is the pitch under the pointer, wherever on the roll it is.
pub fn paint(painter: &Painter, scene: &Scene, hovered: Option<u8>) {
    let (t, g, area) = (scene.theme, &scene.g, scene.parts.keys);
    if !area.is_positive() {
        return;
    }
    let sounding = sounding(scene);
    let drums = focus_is_drums(scene);
    let mut layer = Layer::default();
    let mut names: Vec<(f32, String, Color32)> = Vec::new();
    layer.rect(area, if drums { t.panel } else { t.key });
    let folded = g.rows.count() < 128.0;
    let named = scene.input.rows.names;
    for pitch in g.shown() {
        let top = crisp(g.y(pitch as f64 + 1.0), scene.pixels);
        let bottom = crisp(g.y(pitch as f64), scene.pixels);
        let strip = |right: f32| {
            Rect::from_min_max(pos2(area.left(), top), pos2(right, bottom)).intersect(area)
        };
        let lit = sounding[pitch as usize & 127];
        let hover = hovered == Some(pitch);
        if drums {
            let fill = match lit {
                Some(c) => c,
                None if hover => t.hovered,
                None => t.panel,
            };
            layer.rect(strip(area.right()), fill);
            layer.rect(
                Rect::from_min_max(pos2(area.left(), bottom - 1.0), pos2(area.right(), bottom))
                    .intersect(area),
                t.line,
            );
            if let Some(name) = drum_name(pitch).filter(|_| g.row >= 10.0) {
                let colour = if lit.is_some() {
                    t.text_on(fill)
                } else {
                    t.text_weak
                };
                names.push(((top + bottom) / 2.0, name.into(), colour));
            }
            continue;
        }
        let black = is_black(pitch);
        let right = if black {
            area.left() + (area.width() * BLACK).round()
        } else {
            area.right()
        };
        let base = if black { t.key_black } else { t.key };
        let fill = match lit {
            Some(c) => c,
            None if hover => mix(base, t.selected, if t.dark == black { 0.18 } else { 0.0 }),
            None => base,
        };
        let fill = if hover && lit.is_none() && fill == base {
            mix(base, t.key_black, 0.2)
        } else {
            fill
        };
        if black {
            // The crack between the white keys runs behind the black one.
            let middle = crisp((top + bottom) / 2.0, scene.pixels);
            if lit.is_none() || hover {
                layer.rect(
                    Rect::from_min_max(pos2(right, middle), pos2(area.right(), middle + 1.0))
                        .intersect(area),
                    t.key_line,
                );
            }
            layer.rect(strip(right), fill);
        } else {
            if fill != base {
                layer.rect(strip(right), fill);
            }
            if folded || matches!(pitch % 12, 0 | 5) {
                layer.rect(
                    Rect::from_min_max(pos2(area.left(), bottom - 1.0), pos2(area.right(), bottom))
                        .intersect(area),
                    t.key_line,
                );
            }
        }
        let is_c = pitch.is_multiple_of(12);
        // Folded, an octave is no longer seen by its C.
        let least = if folded { 12.0 } else { NAME_ROOM };
        if (is_c && !folded) || (named && g.row >= least && !black) {
            let colour = if lit.is_some() {
                t.text_on(fill)
            } else {
                t.key_text
            };
            names.push(((top + bottom) / 2.0, pitch_name(pitch), colour));
        } else if named && g.row >= least && black {
            names.push((
                (top + bottom) / 2.0,
                format!("\0{}", pitch_name(pitch)),
                mix(t.key, t.key_black, 0.3),
            ));
        }
    }
    if folded {
        // Beyond the last row there are no keys.
        let (top, bottom) = (g.y(128.0), g.y(0.0));
        let above = Rect::from_min_max(area.min, pos2(area.right(), top));
        let below = Rect::from_min_max(pos2(area.left(), bottom), area.max);
        layer.rect(above.intersect(area), t.panel);
        layer.rect(below.intersect(area), t.panel);
    }
    layer.rect(
        Rect::from_min_max(pos2(area.right() - 1.0, area.top()), area.max),
        t.line,
    );
    layer.paint(painter);
    let painter = painter.with_clip_rect(area.intersect(painter.clip_rect()));
    let font = FontId::proportional(size::TEXT_SMALL);
    for (y, name, colour) in names {
        let (x, align) = match (drums, name.strip_prefix('\0')) {
            (true, _) => (area.left() + size::GAP, Align2::LEFT_CENTER),
            (_, Some(_)) => (area.left() + size::UNIT, Align2::LEFT_CENTER),
            _ => (area.right() - 6.0, Align2::RIGHT_CENTER),
        };
        painter.text(
            pos2(x, y),
            align,
            name.trim_start_matches('\0'),
            font.clone(),
            colour,
        );
    }
}

/// Colour of each pitch that sounds under the running playhead.
fn sounding(scene: &Scene) -> [Option<Color32>; 128] {
    let mut lit = [None; 128];
    let Some(tick) = scene
        .input
        .playhead
        .filter(|t| scene.input.playing && *t >= 0.0)
    else {
        return lit;
    };
    let tick = tick as u32;
    for (place, l) in scene.drawing_order(scene.input.score) {
        let Some(track) = scene.input.score.tracks.get(place) else {
            continue;
        };
        if l <= Look::Ghost || look(scene.input, track.id) <= Look::Ghost {
            continue;
        }
        for n in scene.extents.reaching(track, tick..tick.saturating_add(1)) {
            if n.start <= tick && tick < n.end() {
                lit[n.pitch as usize & 127] =
                    Some(scene.theme.track(scene.input.score.colour(place)));
            }
        }
    }
    lit
}

/// Name of a General MIDI drum.
pub fn drum_name(pitch: u8) -> Option<&'static str> {
    const NAMES: [&str; 47] = [
        "Kick 2",
        "Kick",
        "Rim",
        "Snare",
        "Clap",
        "Snare 2",
        "Low floor tom",
        "Hat closed",
        "High floor tom",
        "Hat pedal",
        "Low tom",
        "Hat open",
        "Low-mid tom",
        "High-mid tom",
        "Crash",
        "High tom",
        "Ride",
        "China",
        "Ride bell",
        "Tambourine",
        "Splash",
        "Cowbell",
        "Crash 2",
        "Vibraslap",
        "Ride 2",
        "High bongo",
        "Low bongo",
        "Conga mute",
        "High conga",
        "Low conga",
        "High timbale",
        "Low timbale",
        "High agogo",
        "Low agogo",
        "Cabasa",
        "Maracas",
        "Short whistle",
        "Long whistle",
        "Short guiro",
        "Long guiro",
        "Claves",
        "High block",
        "Low block",
        "Cuica mute",
        "Cuica open",
        "Triangle mute",
        "Triangle open",
    ];
    NAMES.get(usize::from(pitch.checked_sub(35)?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drums_are_named_as_general_midi_numbers_them() {
        assert_eq!(drum_name(36), Some("Kick"));
        assert_eq!(drum_name(38), Some("Snare"));
        assert_eq!(drum_name(42), Some("Hat closed"));
        assert_eq!(drum_name(49), Some("Crash"));
        assert_eq!(drum_name(56), Some("Cowbell"));
        assert_eq!(drum_name(81), Some("Triangle open"));
        assert_eq!((drum_name(34), drum_name(82)), (None, None));
    }
}
