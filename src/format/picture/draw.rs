//! A piece as shapes.

use super::{Colours, Drawing, Group, Look, Place, Rgb, Shape};
use crate::score::{Bars, Mask, Note, Score, Track};
use std::ops::Range;

/// Height of a pitch.
const ROW: f32 = 8.0;
/// Width of a quarter note, where the picture does not grow too wide.
const QUARTER: f64 = 24.0;
/// Widest picture: longer pieces are drawn narrower, so that every program can open them.
const WIDEST: f64 = 16_000.0;
/// Width of the keys.
const KEYS: f32 = 36.0;
/// Height of the bar numbers.
const RULER: f32 = 18.0;
/// Fewest pitches shown, two octaves.
const FEWEST: u8 = 24;
/// Room a bar number wants.
const NUMBER: f32 = 28.0;

struct Sheet<'a> {
    score: &'a Score,
    colours: &'a Colours,
    bars: Bars,
    range: Range<u32>,
    low: u8,
    high: u8,
    /// Pixels a tick.
    scale: f64,
    width: f32,
    height: f32,
}

/// Draws a piece: from the lowest pitch shown to the highest and one beyond each, two octaves at least; 24 pixels a quarter
/// note, or as many as let the picture be 16 000 wide; eight a pitch.
pub fn draw(score: &Score, look: &Look<'_>) -> Drawing {
    let bars = score.bars();
    let end = bars.end(score.bar_count() - 1);
    let range = look.range.clone().unwrap_or(0..end);
    let range = range.start..range.end.max(range.start.saturating_add(1));
    let shown: Vec<(usize, &Track)> = score
        .tracks
        .iter()
        .enumerate()
        .filter(|(_, t)| !look.hidden.contains(&t.id))
        .map(|(i, t)| (i, t.as_ref()))
        .collect();
    let sounds = |n: &&Note| n.start < range.end && n.end().max(n.start + 1) > range.start;
    let pitches = || {
        let notes = shown.iter().flat_map(|(_, t)| &t.notes);
        notes.filter(sounds).map(|n| n.pitch.min(127))
    };
    let (low, high) = rows(pitches().min(), pitches().max());
    let ticks = f64::from(range.end - range.start);
    let scale = (QUARTER / f64::from(score.ppq.max(1))).min(WIDEST / ticks);
    let sheet = Sheet {
        score,
        colours: &look.colours,
        bars,
        low,
        high,
        scale,
        width: KEYS + (ticks * scale).ceil() as f32,
        height: RULER + f32::from(high - low + 1) * ROW,
        range: range.clone(),
    };
    let mut groups = vec![sheet.rows(), sheet.grid()];
    if let Some(mask) = look.mask.filter(|m| !m.is_empty()) {
        groups.push(sheet.mask(mask, &shown));
    }
    for (place, track) in &shown {
        let notes = track.notes.iter().filter(sounds);
        groups.push(sheet.notes(*place, track, notes, look.mask.filter(|_| !look.filled)));
    }
    groups.push(sheet.keys());
    groups.push(sheet.ruler());
    Drawing {
        width: sheet.width as u32,
        height: sheet.height as u32,
        title: score.title.clone(),
        groups,
    }
}

/// The pitches that are shown.
fn rows(lowest: Option<u8>, highest: Option<u8>) -> (u8, u8) {
    let (low, high) = match (lowest, highest) {
        (Some(low), Some(high)) => (low, high),
        _ => (60, 71),
    };
    let spare = FEWEST.saturating_sub(high - low + 1).div_ceil(2).max(1);
    (
        low.saturating_sub(spare),
        high.saturating_add(spare).min(127),
    )
}

fn is_black(pitch: u8) -> bool {
    matches!(pitch % 12, 1 | 3 | 6 | 8 | 10)
}

fn group(id: impl Into<String>, shapes: Vec<Shape>) -> Group {
    Group {
        id: id.into(),
        title: String::new(),
        shapes,
    }
}

fn rect(x: f32, y: f32, width: f32, height: f32, colour: Rgb) -> Shape {
    Shape::Rect {
        place: Place {
            x,
            y,
            width,
            height,
        },
        colour,
        opacity: 1.0,
    }
}

impl Sheet<'_> {
    fn x(&self, tick: u32) -> f32 {
        let tick = tick.clamp(self.range.start, self.range.end);
        KEYS + (f64::from(tick - self.range.start) * self.scale) as f32
    }

    /// Upper edge of a pitch.
    fn y(&self, pitch: u8) -> f32 {
        RULER + f32::from(self.high.saturating_sub(pitch)) * ROW
    }

    fn rows(&self) -> Group {
        let row = |p: u8| {
            let colour = if is_black(p) {
                self.colours.row_black
            } else {
                self.colours.row
            };
            rect(KEYS, self.y(p), self.width - KEYS, ROW, colour)
        };
        group("rows", (self.low..=self.high).map(row).collect())
    }

    /// Bars in view, from the first one that begins or goes on there.
    fn bars_in_view(&self) -> Range<u32> {
        self.bars.bar_at(self.range.start)..self.bars.bar_at(self.range.end - 1) + 1
    }

    fn grid(&self) -> Group {
        let c = self.colours;
        let mut shapes: Vec<Shape> = (self.low..=self.high)
            .filter(|p| p % 12 == 0)
            .map(|p| {
                rect(
                    KEYS,
                    self.y(p) + ROW - 1.0,
                    self.width - KEYS,
                    1.0,
                    c.octave,
                )
            })
            .collect();
        let mut line = |tick: u32, colour: Rgb| {
            if self.range.contains(&tick) {
                let height = self.height - RULER;
                shapes.push(rect(self.x(tick).floor(), RULER, 1.0, height, colour));
            }
        };
        for bar in self.bars_in_view() {
            let (start, end) = (self.bars.start(bar), self.bars.end(bar));
            let beat = self.bars.meter(bar).beat_ticks(self.score.ppq);
            // Nearer than four pixels lines are a grey.
            if f64::from(beat) * self.scale >= 4.0 {
                let beats = (start..end).step_by(beat as usize).skip(1);
                beats.for_each(|tick| line(tick, c.beat));
            }
            if f64::from(end - start) * self.scale >= 2.0 {
                line(start, c.bar);
            }
        }
        group("grid", shapes)
    }

    fn mask(&self, mask: &Mask, shown: &[(usize, &Track)]) -> Group {
        let strips: Vec<_> = shown
            .iter()
            .flat_map(|(_, t)| mask.strips(t.id, self.range.start, self.range.end))
            .collect();
        let mut cuts: Vec<u32> = strips.iter().flat_map(|s| [s.start, s.end]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        // What is masked on any track is one area, so that hatches do not lie over each other.
        let mut spans: Vec<(u32, u32, u128)> = Vec::new();
        for cut in cuts.windows(2) {
            let [from, to] = *cut else { continue };
            let over = strips.iter().filter(|s| s.start <= from && s.end >= to);
            let bits = over
                .flat_map(|s| &s.pitches)
                .flat_map(|(low, high)| *low..=*high)
                .fold(0u128, |bits, p| bits | 1 << p.min(127));
            match spans.last_mut() {
                Some(last) if last.1 == from && last.2 == bits => last.1 = to,
                _ if bits == 0 => {}
                _ => spans.push((from, to, bits)),
            }
        }
        let mut shapes = Vec::new();
        for (from, to, bits) in spans {
            let mut pitch = self.low;
            while pitch <= self.high {
                let first = pitch;
                while pitch <= self.high && bits >> pitch & 1 == 1 {
                    pitch += 1;
                }
                if pitch > first {
                    let top = self.y(pitch - 1);
                    let place = Place {
                        x: self.x(from),
                        y: top,
                        width: self.x(to) - self.x(from),
                        height: self.y(first) + ROW - top,
                    };
                    shapes.push(Shape::Hatch {
                        place,
                        colour: self.colours.mask,
                    });
                }
                pitch += 1;
            }
        }
        group("mask", shapes)
    }

    fn notes<'n>(
        &self,
        place: usize,
        track: &Track,
        notes: impl Iterator<Item = &'n Note>,
        mask: Option<&Mask>,
    ) -> Group {
        let colours = &self.colours.tracks;
        let colour = colours
            .get(self.score.colour(place) % colours.len().max(1))
            .copied()
            .unwrap_or(self.colours.text);
        let shape = |n: &Note| {
            let (from, to) = (self.x(n.start), self.x(n.end()));
            // A pixel stays free at its end, so that repeated notes are told apart.
            let width = (to - from - 1.0).max(1.0);
            let masked = mask.is_some_and(|m| m.selects(track.id, n));
            Shape::Rect {
                place: Place {
                    x: from,
                    y: self.y(n.pitch.min(127)) + 1.0,
                    width,
                    height: ROW - 2.0,
                },
                colour,
                // As in the window, what is louder is fuller; what will be replaced is pale.
                opacity: if masked {
                    0.3
                } else {
                    1.0 - (1.0 - f32::from(n.velocity.min(127)) / 127.0) * 0.3
                },
            }
        };
        Group {
            id: format!("track-{}", place + 1),
            title: track.name.clone(),
            shapes: notes.map(shape).collect(),
        }
    }

    fn keys(&self) -> Group {
        let c = self.colours;
        let mut shapes = vec![rect(0.0, RULER, KEYS, self.height - RULER, c.key)];
        for p in self.low..=self.high {
            let y = self.y(p);
            if is_black(p) {
                shapes.push(rect(0.0, y, KEYS * 0.6, ROW, c.key_black));
            }
            // White keys meet between E and F, B and C.
            if matches!(p % 12, 0 | 5) {
                shapes.push(rect(0.0, y + ROW - 1.0, KEYS, 1.0, c.key_line));
            }
            if p % 12 == 0 {
                shapes.push(Shape::Text {
                    x: KEYS - 15.0,
                    y: y + ROW - 1.5,
                    text: crate::score::pitch_name(p),
                    colour: c.key_text,
                });
            }
        }
        shapes.push(rect(
            KEYS - 1.0,
            RULER,
            1.0,
            self.height - RULER,
            c.key_line,
        ));
        group("keys", shapes)
    }

    fn ruler(&self) -> Group {
        let c = self.colours;
        let mut shapes = vec![
            rect(0.0, 0.0, self.width, RULER, c.ruler),
            rect(0.0, RULER - 1.0, self.width, 1.0, c.bar),
        ];
        let mut free = 0.0;
        for bar in self.bars_in_view() {
            let tick = self.bars.start(bar);
            let x = self.x(tick);
            if tick < self.range.start || x < free || x + NUMBER / 2.0 > self.width {
                continue;
            }
            free = x + NUMBER;
            shapes.push(rect(x.floor(), RULER - 5.0, 1.0, 4.0, c.bar));
            shapes.push(Shape::Text {
                x: x + 3.0,
                y: RULER - 5.0,
                text: (bar + 1).to_string(),
                colour: c.text,
            });
        }
        group("ruler", shapes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Region, TrackId};
    use std::collections::BTreeSet;

    fn piece() -> Score {
        let mut s = Score::default();
        let a = s.add_track("A", 0, 0);
        let b = s.add_track("B", 1, 0);
        for i in 0..8 {
            s.add_note(a, i * 480, 480, 60 + i as u8, 80);
            s.add_note(b, i * 480, 480, 48, 80);
        }
        s
    }

    fn look<'a>(hidden: &'a BTreeSet<TrackId>, mask: Option<&'a Mask>) -> Look<'a> {
        Look {
            range: None,
            hidden,
            mask,
            filled: false,
            colours: Colours::default(),
        }
    }

    fn count(d: &Drawing, id: &str) -> usize {
        let group = d.groups.iter().find(|g| g.id == id);
        group.map_or(0, |g| g.shapes.len())
    }

    #[test]
    fn every_note_in_range_is_there_once() {
        let none = BTreeSet::new();
        let d = draw(&piece(), &look(&none, None));
        assert_eq!((count(&d, "track-1"), count(&d, "track-2")), (8, 8));
        assert_eq!(d.width, 36 + 8 * 24);
        // 48 to 67 are twenty pitches; two more on each side make two octaves.
        assert_eq!((d.height, count(&d, "rows")), (18 + 24 * 8, 24));
        let bar = Look {
            range: Some(1920..3840),
            ..look(&none, None)
        };
        let d = draw(&piece(), &bar);
        assert_eq!((count(&d, "track-1"), d.width), (4, 36 + 4 * 24));
        let hidden = [piece().tracks[0].id].into();
        assert_eq!(count(&draw(&piece(), &look(&hidden, None)), "track-1"), 0);
    }

    #[test]
    fn what_is_masked_on_several_tracks_is_hatched_once_and_its_notes_are_pale() {
        let none = BTreeSet::new();
        let mask = Mask::of(Region::time(1920, 3840, None));
        let d = draw(&piece(), &look(&none, Some(&mask)));
        assert_eq!(count(&d, "mask"), 1);
        let notes = d.groups.iter().find(|g| g.id == "track-1").unwrap();
        let pale = notes
            .shapes
            .iter()
            .filter(|s| matches!(s, Shape::Rect { opacity, .. } if *opacity < 0.5));
        assert_eq!(pale.count(), 4);
        let filled = Look {
            filled: true,
            ..look(&none, Some(&mask))
        };
        let d = draw(&piece(), &filled);
        assert_eq!(count(&d, "mask"), 1);
        let notes = d.groups.iter().find(|g| g.id == "track-1").unwrap();
        let full = |s: &Shape| matches!(s, Shape::Rect { opacity, .. } if *opacity > 0.5);
        assert!(notes.shapes.iter().all(full));
    }

    #[test]
    fn a_track_has_its_own_colour_wherever_it_stands() {
        let mut s = piece();
        std::sync::Arc::make_mut(&mut s.tracks[0]).colour = Some(7);
        let none = BTreeSet::new();
        let d = draw(&s, &look(&none, None));
        let group = d.groups.iter().find(|g| g.id == "track-1").unwrap();
        let Shape::Rect { colour, .. } = group.shapes[0] else {
            panic!("notes are rectangles");
        };
        assert_eq!(colour, Colours::default().tracks[7]);
    }

    #[test]
    fn a_piece_of_hours_is_no_wider_than_programs_open() {
        let mut s = piece();
        let t = s.tracks[0].id;
        s.add_note(t, 480 * 100_000, 480, 60, 80);
        let none = BTreeSet::new();
        let d = draw(&s, &look(&none, None));
        assert!(d.width <= 16_100, "{}", d.width);
        let numbers = count(&d, "ruler");
        assert!((100..1300).contains(&numbers), "{numbers}");
    }

    #[test]
    fn nothing_at_all_is_an_empty_roll() {
        let none = BTreeSet::new();
        let d = draw(&Score::default(), &look(&none, None));
        assert!(d.width > 36 && d.height > 18);
    }
}
