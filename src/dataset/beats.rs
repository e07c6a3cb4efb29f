//! A grid of annotated beats: from seconds to ticks, with the bar lines and tempos that belong to it.

use super::DatasetError;
use crate::score::{Meter, Tempo};
use std::path::Path;

/// Ticks a beat; a beat is written as a quarter note.
pub const PPQ: u16 = 480;

/// An onset this many beats or less before the first beat is played early, not a pickup.
const EARLY: f64 = 0.125;

/// How far (seconds) the tempo map may run away from the annotation before it is pulled back.
const DRIFT: f64 = 0.002;

/// One annotated beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    pub seconds: f64,
    /// Starts a bar of the simple metre (two or three beats).
    pub simple: bool,
    /// Starts a bar of the compound metre (four or six beats).
    pub compound: bool,
}

/// Reads lines of "seconds, simple downbeat, compound downbeat" (POP909's `beat_midi.txt`).
pub fn parse(text: &str, path: &Path) -> Result<Vec<Beat>, DatasetError> {
    let mut beats = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let values: Vec<f64> = line
            .split_whitespace()
            .map_while(|w| w.parse().ok().filter(|v: &f64| v.is_finite()))
            .collect();
        let &[seconds, simple, compound] = values.as_slice() else {
            return Err(DatasetError::Text {
                path: path.to_path_buf(),
                line: i + 1,
                problem: format!("expected three numbers, found '{line}'"),
            });
        };
        beats.push(Beat {
            seconds,
            simple: simple > 0.5,
            compound: compound > 0.5,
        });
    }
    Ok(beats)
}

/// Beats with the bars on them. Beat 0 is tick 0.
#[derive(Clone, Debug, PartialEq)]
pub struct BeatGrid {
    /// Seconds of each beat, increasing; starts with the beats put before the first annotated one.
    times: Vec<f64>,
    /// Seconds a beat before the first and after the last.
    outer: (f64, f64),
    /// Bar lengths in beats, in order; the last goes on for ever.
    bars: Vec<u32>,
    usual: u32,
}

impl BeatGrid {
    /// A grid that reaches back to `first_onset` (seconds). The error says why the annotation is no use.
    ///
    /// Bar lines are the compound downbeats; where those lie mostly six beats apart and the simple ones three (POP909
    /// writes 3/4 and 6/8 alike so), the simple ones, so that a bar never holds more than four beats' worth of grid.
    /// Beats before the first downbeat are bars of their own. Gaps between downbeats that differ from the usual one are
    /// cut anew: neighbouring odd gaps are joined (five and three beats are a misplaced bar line between two bars of
    /// four), filled with usual bars, and what remains is a shorter bar before the next trusted bar line.
    pub fn new(beats: &[Beat], first_onset: f64) -> Result<BeatGrid, String> {
        if beats.len() < 8 {
            return Err(format!(
                "only {} beats are annotated, at least 8 are needed",
                beats.len()
            ));
        }
        if let Some(i) = beats.windows(2).position(|w| w[1].seconds <= w[0].seconds) {
            return Err(format!(
                "beat {} at {:.3} s does not come after the one before it",
                i + 2,
                beats[i + 1].seconds
            ));
        }
        let gaps: Vec<f64> = beats
            .windows(2)
            .map(|w| w[1].seconds - w[0].seconds)
            .collect();
        let outer = (
            median(&gaps[..4.min(gaps.len())]),
            median(&gaps[gaps.len().saturating_sub(4)..]),
        );
        let first = beats[0].seconds;
        let early = (first - first_onset) / outer.0;
        let lead = if early > EARLY { early.ceil() } else { 0.0 } as usize;
        if lead > 64 {
            return Err(format!(
                "the first note sounds {early:.0} beats before the first annotated beat"
            ));
        }
        let mut times: Vec<f64> = (1..=lead)
            .rev()
            .map(|k| first - k as f64 * outer.0)
            .collect();
        times.extend(beats.iter().map(|b| b.seconds));

        let lines = |choose: &dyn Fn(&Beat) -> bool| -> Vec<usize> {
            (0..beats.len()).filter(|&i| choose(&beats[i])).collect()
        };
        let mut downbeats = lines(&|b| b.compound);
        let usual_of = |d: &[usize]| most_common(d.windows(2).map(|w| w[1] - w[0]));
        let mut usual = usual_of(&downbeats).ok_or("fewer than two bar lines are annotated")?;
        let simple = lines(&|b| b.simple);
        if usual == 6 && usual_of(&simple) == Some(3) {
            downbeats = lines(&|b| b.simple || b.compound);
            usual = 3;
        }
        let usual = u32::try_from(usual)
            .ok()
            .filter(|u| (1..=12).contains(u))
            .ok_or_else(|| format!("bar lines lie {usual} beats apart"))?;

        let mut bars = Vec::new();
        let pickup = downbeats.first().map_or(0, |d| d + lead) as u32;
        if !pickup.is_multiple_of(usual) {
            bars.push(pickup % usual);
        }
        bars.extend(std::iter::repeat_n(usual, (pickup / usual) as usize));
        let mut odd = 0;
        for w in downbeats.windows(2) {
            let gap = (w[1] - w[0]) as u32;
            if gap == usual {
                cut(odd, usual, &mut bars);
                odd = 0;
                bars.push(gap);
            } else {
                odd += gap;
            }
        }
        cut(odd, usual, &mut bars);
        bars.push(usual);
        Ok(BeatGrid {
            times,
            outer,
            bars,
            usual,
        })
    }

    /// Beats of the usual bar.
    pub fn usual_bar(&self) -> u32 {
        self.usual
    }

    /// Seconds at tick 0.
    pub fn offset(&self) -> f64 {
        self.times.first().copied().unwrap_or(0.0)
    }

    /// Seconds of the last annotated beat.
    pub fn last(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// Seconds a beat after the last annotated one.
    pub fn last_beat_seconds(&self) -> f64 {
        self.outer.1
    }

    /// Beats (with their fraction) at `seconds`: linear between beats and beyond both ends; negative before beat 0.
    pub fn beat(&self, seconds: f64) -> f64 {
        let after = self.times.partition_point(|t| *t <= seconds);
        let last = self.times.len().saturating_sub(1);
        match (after.checked_sub(1), self.times.get(after)) {
            (None, _) => (seconds - self.offset()) / self.outer.0,
            (Some(i), Some(next)) => i as f64 + (seconds - self.times[i]) / (next - self.times[i]),
            (Some(_), None) => last as f64 + (seconds - self.last()) / self.outer.1,
        }
    }

    /// The nearest tick at `seconds`; 0 for anything before beat 0.
    pub fn tick(&self, seconds: f64) -> u32 {
        (self.beat(seconds) * f64::from(PPQ)).round().max(0.0) as u32
    }

    /// Meters in quarters: one at tick 0 and one wherever the length of a bar changes.
    pub fn meters(&self) -> Vec<Meter> {
        let mut meters: Vec<Meter> = Vec::new();
        let mut tick = 0u32;
        for &beats in &self.bars {
            let numerator = beats.min(255) as u8;
            if meters.last().is_none_or(|m| m.numerator != numerator) {
                meters.push(Meter::new(tick, numerator, 4));
            }
            tick = tick.saturating_add(beats * u32::from(PPQ));
        }
        meters
    }

    /// Tempos that give the seconds of every beat back within two milliseconds: a new one where the length of a beat
    /// changes by more than half a percent, or where smaller changes have added up.
    pub fn tempos(&self) -> Vec<Tempo> {
        let micros = |seconds: f64| (seconds * 1e6).round().clamp(1e3, 16_777_215.0) as u32;
        let mut tempos: Vec<Tempo> = Vec::new();
        let mut clock = 0.0;
        let mut current = 0.0;
        for (i, w) in self.times.windows(2).enumerate() {
            let (length, target) = (w[1] - w[0], w[1] - self.offset());
            let change = (length - current).abs() > 0.005 * current;
            if change || (clock + current - target).abs() > DRIFT {
                let value = micros(target - clock);
                current = f64::from(value) / 1e6;
                tempos.push(Tempo {
                    tick: i as u32 * u32::from(PPQ),
                    micros_per_quarter: value,
                });
            }
            clock += current;
        }
        let value = micros(self.outer.1);
        if tempos.last().is_none_or(|t| t.micros_per_quarter != value) {
            tempos.push(Tempo {
                tick: self.times.len().saturating_sub(1) as u32 * u32::from(PPQ),
                micros_per_quarter: value,
            });
        }
        tempos
    }
}

/// Cuts `beats` into bars of `usual` beats and a shorter one at the end; a remainder of one beat is shared with the bar
/// before it, since a bar of a single beat is rarer than two short ones.
fn cut(beats: u32, usual: u32, bars: &mut Vec<u32>) {
    let (full, rest) = (beats / usual, beats % usual);
    if rest == 1 && full > 0 && usual > 2 {
        bars.extend(std::iter::repeat_n(usual, full as usize - 1));
        let long = usual / 2 + 1;
        bars.extend([long, usual + 1 - long]);
    } else {
        bars.extend(std::iter::repeat_n(usual, full as usize));
        if rest > 0 {
            bars.push(rest);
        }
    }
}

/// The middle value (upper one of two); 1 for none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(1.0)
}

/// The most common value, the smallest of several.
fn most_common(values: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts = std::collections::BTreeMap::new();
    for v in values {
        *counts.entry(v).or_insert(0usize) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(v, n)| (n, std::cmp::Reverse(v)))
        .map(|(v, _)| v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Bars, Clock};
    use proptest::prelude::*;

    /// Beats half a second apart with compound downbeats at `lines` and simple ones at `halves`.
    fn beats(count: usize, lines: &[usize], halves: &[usize]) -> Vec<Beat> {
        (0..count)
            .map(|i| Beat {
                seconds: 0.1 + i as f64 * 0.5,
                simple: halves.contains(&i),
                compound: lines.contains(&i),
            })
            .collect()
    }

    #[test]
    fn bar_lines_fall_on_downbeats_after_a_pickup() {
        let grid = BeatGrid::new(&beats(20, &[3, 7, 11, 15], &[]), 0.1).unwrap();
        let bars = Bars::new(&grid.meters(), PPQ);
        let starts: Vec<u32> = (0..5).map(|b| bars.start(b) / 480).collect();
        assert_eq!(starts, [0, 3, 7, 11, 15]);
    }

    #[test]
    fn odd_gaps_are_recut() {
        for (lines, expected) in [
            (vec![0, 4, 10, 14, 18], vec![0, 4, 8, 10, 14, 18]), // four and two
            (vec![0, 4, 9, 12, 16], vec![0, 4, 8, 12, 16]),      // a misplaced bar line
            (vec![0, 4, 9, 13, 17], vec![0, 4, 7, 9, 13, 17]),   // five is three and two
            (vec![0, 4, 12, 16, 20], vec![0, 4, 8, 12, 16, 20]), // a missing bar line
        ] {
            let grid = BeatGrid::new(&beats(24, &lines, &[]), 0.1).unwrap();
            let bars = Bars::new(&grid.meters(), PPQ);
            let starts: Vec<u32> = (0..expected.len() as u32)
                .map(|b| bars.start(b) / 480)
                .collect();
            assert_eq!(starts, expected, "{lines:?}");
        }
    }

    #[test]
    fn six_beats_in_threes_are_bars_of_three() {
        let grid =
            BeatGrid::new(&beats(20, &[0, 6, 12, 18], &[0, 3, 6, 9, 12, 15, 18]), 0.1).unwrap();
        assert_eq!(grid.meters(), vec![Meter::new(0, 3, 4)]);
    }

    #[test]
    fn notes_before_the_first_beat_get_beats_of_their_own() {
        let grid = BeatGrid::new(&beats(20, &[0, 4, 8, 12], &[]), -0.6).unwrap();
        assert_eq!(grid.meters()[0].numerator, 2);
        assert_eq!(grid.tick(-0.9), 0);
        assert_eq!(grid.tick(0.1), 960);
        // Slightly early is early, not a pickup.
        let grid = BeatGrid::new(&beats(20, &[0, 4, 8, 12], &[]), 0.07).unwrap();
        assert_eq!((grid.tick(0.07), grid.tick(0.1)), (0, 0));
    }

    #[test]
    fn useless_annotations_say_why() {
        assert!(BeatGrid::new(&beats(20, &[3], &[]), 0.1).is_err());
        assert!(BeatGrid::new(&beats(3, &[0, 2], &[]), 0.1).is_err());
        let mut b = beats(20, &[0, 4, 8], &[]);
        b[5].seconds = b[4].seconds;
        assert!(BeatGrid::new(&b, 0.1).unwrap_err().contains("beat 6"));
    }

    proptest! {
        #[test]
        fn the_tempo_map_gives_every_beat_back(
            lengths in prop::collection::vec(0.25f64..1.5, 12..60),
            at in 0.0f64..1.0,
        ) {
            let mut t = 0.3;
            let list: Vec<Beat> = lengths.iter().enumerate().map(|(i, l)| {
                t += l;
                Beat { seconds: t, simple: i % 2 == 0, compound: i % 4 == 0 }
            }).collect();
            let grid = BeatGrid::new(&list, list[0].seconds).unwrap();
            let clock = Clock::new(&grid.tempos(), PPQ);
            let last = list[list.len() - 1].seconds;
            let seconds = list[0].seconds + (last + 3.0 - list[0].seconds) * at;
            let back = clock.seconds(grid.beat(seconds) * 480.0) + grid.offset();
            prop_assert!((back - seconds).abs() < 0.004, "{seconds} became {back}");
        }
    }
}
