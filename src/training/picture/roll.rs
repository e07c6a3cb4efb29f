//! A piano roll of a stretch of a piece as a picture.

use super::Picture;
use crate::score::Score;
use std::ops::Range;

/// Ten colours for tracks on a dark ground, as red-green-blue numbers; no two are alike to the colour-blind. The window's
/// dark theme uses the same.
pub const TRACKS: [u32; 10] = [
    0x7093f1, 0xdf6d89, 0x58e2a9, 0xda9fff, 0xebd659, 0xfb8871, 0x74e7ff, 0x80ab3e, 0xc676c7,
    0xadaebe,
];

/// Other colours, before those of the tracks in the palette.
const WHITE_KEY: u8 = 0;
const BLACK_KEY: u8 = 1;
const BEAT: u8 = 2;
const BAR: u8 = 3;
/// Where the model was to write.
const HOLE: u8 = 4;
/// The first column of a note, so that repeated ones are told apart.
const ONSET: u8 = 5;
const FIRST_TRACK: u8 = 6;
const GROUND: [u32; FIRST_TRACK as usize] =
    [0x1f2126, 0x1a1c20, 0x31353b, 0x4b515b, 0x4a3a1a, 0x101114];

/// Pixels of a pitch.
const ROW: u32 = 5;
/// Pixels of a quarter note in a short stretch.
const QUARTER: u32 = 24;
/// Widest picture; longer stretches are drawn narrower.
const WIDEST: u32 = 2048;
/// Fewest pitches shown, two octaves.
const FEWEST_PITCHES: u32 = 24;

/// Draws the notes that sound within `ticks`, a colour a track (its place decides), on rows of pitches from the lowest
/// note to the highest, with lines at beats and bars. The ground of `holes` (ticks) is tinted: what a model filled.
///
/// 24 pixels a quarter note and at most 2048 in all; 5 a pitch.
pub fn roll(score: &Score, ticks: Range<u32>, holes: &[Range<u32>]) -> Picture {
    let length = u64::from(ticks.end.saturating_sub(ticks.start).max(1));
    let natural = length * u64::from(QUARTER) / u64::from(score.ppq.max(1));
    let width = natural.clamp(1, WIDEST.into()) as u32;
    let x = |tick: u32| {
        let inside = u64::from(tick.saturating_sub(ticks.start)).min(length);
        (inside * u64::from(width) / length) as u32
    };
    let sounds = |start: u32, end: u32| start < ticks.end && end.max(start + 1) > ticks.start;
    let (low, high) = score
        .notes()
        .filter(|(_, n)| sounds(n.start, n.end()))
        .fold(
            (None, None),
            |(low, high): (Option<u8>, Option<u8>), (_, n)| {
                let p = n.pitch.min(127);
                (
                    Some(low.map_or(p, |l| l.min(p))),
                    Some(high.map_or(p, |h| h.max(p))),
                )
            },
        );
    let (low, high) = (u32::from(low.unwrap_or(60)), u32::from(high.unwrap_or(60)));
    // A pitch of air on both sides, and no fewer than two octaves.
    let air = FEWEST_PITCHES
        .saturating_sub(high - low + 1)
        .div_ceil(2)
        .max(1);
    let top = (high + air).min(127);
    let bottom = low.saturating_sub(air);
    let rgb = |c: &u32| [(c >> 16) as u8, (c >> 8) as u8, *c as u8];
    let palette = GROUND.iter().chain(&TRACKS).map(rgb).collect();
    let mut picture = Picture::new(width, (top - bottom + 1) * ROW, palette);
    let rows = |pitch: u32| (top - pitch) * ROW..(top - pitch + 1) * ROW;
    for pitch in bottom..=top {
        let black = matches!(pitch % 12, 1 | 3 | 6 | 8 | 10);
        picture.fill(
            0..width,
            rows(pitch),
            if black { BLACK_KEY } else { WHITE_KEY },
        );
    }
    let height = picture.height();
    for hole in holes.iter().filter(|h| sounds(h.start, h.end)) {
        picture.fill(x(hole.start)..x(hole.end), 0..height, HOLE);
    }
    lines(score, &ticks, |tick, colour| {
        let x = x(tick);
        picture.fill(x..x + 1, 0..height, colour);
    });
    for (place, track) in score.tracks.iter().enumerate() {
        let colour = FIRST_TRACK + (place % TRACKS.len()) as u8;
        for note in track.notes.iter().filter(|n| sounds(n.start, n.end())) {
            let pitch = u32::from(note.pitch.min(127));
            // A row of ground stays between two pitches.
            let rows = rows(pitch).start..rows(pitch).end - 1;
            let from = x(note.start);
            let to = x(note.end()).max(from + 2);
            picture.fill(from..to, rows.clone(), colour);
            if note.start >= ticks.start {
                picture.fill(from..from + 1, rows, ONSET);
            }
        }
    }
    picture
}

/// Calls `draw` for each beat and, after them, each bar of the stretch; beats only where they stand apart.
fn lines(score: &Score, ticks: &Range<u32>, mut draw: impl FnMut(u32, u8)) {
    let bars = score.bars();
    let most = WIDEST / 4;
    let (first, last) = (bars.bar_at(ticks.start), bars.bar_at(ticks.end.max(1) - 1));
    if last.saturating_sub(first) > most {
        return;
    }
    let mut bar_lines = Vec::new();
    for bar in first..=last {
        let (start, end) = (bars.start(bar), bars.end(bar));
        let beat = bars.meter(bar).beat_ticks(score.ppq);
        let few = (last - first) * (end - start).div_ceil(beat) <= most;
        for tick in (start..end).step_by(beat as usize).skip(1).filter(|_| few) {
            if ticks.contains(&tick) {
                draw(tick, BEAT);
            }
        }
        if ticks.contains(&start) {
            bar_lines.push(start);
        }
    }
    bar_lines.into_iter().for_each(|tick| draw(tick, BAR));
}

#[cfg(test)]
#[allow(
    clippy::reversed_empty_ranges,
    clippy::single_range_in_vec_init,
    reason = "ranges that are none are what is tested, and one hole is one range"
)]
mod tests {
    use super::*;

    fn rgb(c: u32) -> Option<[u8; 3]> {
        Some([(c >> 16) as u8, (c >> 8) as u8, c as u8])
    }

    /// Two notes on two tracks in one bar of 4/4 at 480 ticks a quarter: 96 pixels, 20 ticks each.
    fn picture() -> Picture {
        let mut score = Score::default();
        let (a, b) = (score.add_track("a", 0, 0), score.add_track("b", 1, 0));
        score.add_note(a, 0, 480, 72, 80);
        score.add_note(b, 960, 480, 60, 80);
        score.add_note(b, 1920, 480, 20, 80);
        roll(&score, 0..1920, &[480..960])
    }

    #[test]
    fn notes_stand_at_their_time_and_pitch_in_their_colour() {
        let p = picture();
        // 13 pitches and 6 of air above and below.
        assert_eq!((p.width(), p.height()), (96, 25 * ROW));
        let y = |pitch: u32| (78 - pitch) * ROW + 2;
        assert_eq!(p.pixel(0, y(72)), rgb(GROUND[ONSET as usize]));
        assert_eq!(p.pixel(1, y(72)), rgb(TRACKS[0]));
        assert_eq!(p.pixel(23, y(72)), rgb(TRACKS[0]));
        assert_ne!(p.pixel(24, y(72)), rgb(TRACKS[0]));
        assert_eq!(p.pixel(49, y(60)), rgb(TRACKS[1]));
        assert_ne!(
            p.pixel(49, y(60) + 2),
            rgb(TRACKS[1]),
            "a line of ground below"
        );
    }

    #[test]
    fn the_ground_shows_keys_lines_and_holes() {
        let p = picture();
        let y = |pitch: u32| (78 - pitch) * ROW + 2;
        assert_eq!(p.pixel(80, y(65)), rgb(GROUND[WHITE_KEY as usize]));
        assert_eq!(p.pixel(80, y(66)), rgb(GROUND[BLACK_KEY as usize]));
        assert_eq!(p.pixel(30, y(65)), rgb(GROUND[HOLE as usize]));
        assert_eq!(p.pixel(24, y(65)), rgb(GROUND[BEAT as usize]));
        assert_eq!(p.pixel(0, y(65)), rgb(GROUND[BAR as usize]));
    }

    #[test]
    fn any_stretch_gives_a_picture() {
        let mut score = Score::default();
        let a = score.add_track("a", 0, 0);
        score.add_note(a, u32::MAX - 5, 5, 127, 80);
        score.add_note(a, 0, 0, 0, 80);
        for ticks in [0..0, 5..1, 0..1, 0..u32::MAX, u32::MAX - 1..u32::MAX] {
            let p = roll(&score, ticks, &[0..u32::MAX, 7..3]);
            assert!(p.width() >= 1 && p.width() <= WIDEST);
            assert!(p.height() >= FEWEST_PITCHES / 2 * ROW && p.height() <= 128 * ROW);
        }
        assert!(roll(&Score::default(), 0..1920, &[]).height() >= FEWEST_PITCHES * ROW);
    }
}
