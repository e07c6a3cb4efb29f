//! How far a piece lies from the training songs of a model.

use super::fix::{self, Fix};
use super::measure;
use super::{Domain, Measure, Spread};
use crate::score::{Score, pitch_name};
use crate::tokenizer::octuple::Piece;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bars of a length that fewer of the training bars have are rare to the model.
const RARE: f64 = 0.03;

/// One measure of a piece beside the training songs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    pub measure: Measure,
    pub value: f64,
    /// The middle nine tenths of the training songs.
    pub usual: (f64, f64),
    /// 0 inside the middle nine tenths; outside, how many widths of them away.
    pub distance: f64,
}

impl Reading {
    /// "tempo 180, usually 62 to 128".
    pub fn sentence(&self) -> String {
        let say = |v: f64| match self.measure {
            m if m.is_pitch() => pitch_name(v.round().clamp(0.0, 127.0) as u8),
            Measure::Tempo | Measure::Velocity | Measure::Tracks => format!("{v:.0}"),
            Measure::Downbeats | Measure::Metre => format!("{:.0} %", 100.0 * v),
            Measure::Grid => format!("{v:.2}"),
            _ => format!("{v:.1}"),
        };
        let value = say(self.value);
        match self.measure {
            Measure::Metre if self.value > 0.0 => {
                format!("metre: {value} of the bars have a length it hardly knows")
            }
            Measure::Metre => "metre: bars as it knows them".into(),
            Measure::Grid => format!(
                "{}: {value} of one, usually up to {}",
                self.measure,
                say(self.usual.1)
            ),
            _ => {
                let (low, high) = (say(self.usual.0), say(self.usual.1));
                format!("{}: {value}, usually {low} to {high}", self.measure)
            }
        }
    }
}

/// The distance in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Close,
    Unusual,
    Far,
}

/// How far a piece lies from the training songs, and what would bring it nearer.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// The farthest first.
    pub readings: Vec<Reading>,
    /// Offered, never done unasked; the one that helps most first.
    pub fixes: Vec<Fix>,
}

impl Gauge {
    /// The distance of the farthest measure; 0 where all are at home.
    pub fn distance(&self) -> f64 {
        self.readings.first().map_or(0.0, |r| r.distance)
    }

    /// The distance in a word.
    pub fn verdict(&self) -> Verdict {
        match self.distance() {
            d if d < 0.3 => Verdict::Close,
            d if d < 0.8 => Verdict::Unusual,
            _ => Verdict::Far,
        }
    }

    /// All distances added up: what fixes are compared by.
    pub(super) fn sum(&self) -> f64 {
        self.readings.iter().map(|r| r.distance).sum()
    }
}

/// Least width of a middle: where training songs hardly differ, a hair's breadth is still no distance.
fn least_width(measure: Measure) -> f64 {
    match measure {
        Measure::Density => 6.0,
        Measure::Tempo => 0.5,
        Measure::Together => 1.5,
        Measure::Velocity => 24.0,
        Measure::Grid => 0.05,
        Measure::Downbeats => 0.3,
        Measure::Tracks => 4.0,
        Measure::Metre => 1.0,
        _ => 8.0,
    }
}

impl Spread {
    /// 0 inside the middle; outside, how many of its widths away.
    fn distance(&self, measure: Measure, value: f64) -> f64 {
        // Tempo is heard in ratios.
        let scale = |v: f64| match measure {
            Measure::Tempo => v.max(1.0).log2(),
            _ => v,
        };
        let (low, high, value) = (scale(self.q05), scale(self.q95), scale(value));
        let width = (high - low).max(least_width(measure));
        let (below, above) = ((low - value).max(0.0), (value - high).max(0.0));
        let gap = match measure {
            // Nobody is too well on the grid or on the beat.
            Measure::Grid => above,
            Measure::Downbeats => below,
            _ => below + above,
        };
        let distance = gap / width;
        // Quantiles are kept to four places; what lies on their edge is inside.
        if distance < 1e-3 { 0.0 } else { distance }
    }
}

impl Domain {
    /// How far these bars (from 0) of a score lie from the training songs; `None` where there is no
    /// pitched note.
    pub fn distance(&self, score: &Score, bars: Range<u32>) -> Option<Gauge> {
        let mut gauge = self.readings(score, bars.clone())?;
        gauge.fixes = fix::helpful(self, score, bars, &gauge);
        Some(gauge)
    }

    /// The readings alone.
    pub(super) fn readings(&self, score: &Score, bars: Range<u32>) -> Option<Gauge> {
        let (piece, values) = measured(score, bars)?;
        let mut readings: Vec<Reading> = values
            .iter()
            .filter_map(|(&measure, &value)| {
                let s = self.spreads.get(&measure)?;
                Some(Reading {
                    measure,
                    value,
                    usual: (s.q05, s.q95),
                    distance: s.distance(measure, value),
                })
            })
            .collect();
        let rare = self.rare_bars(&piece);
        readings.push(Reading {
            measure: Measure::Metre,
            value: rare,
            usual: (0.0, RARE),
            distance: rare,
        });
        readings.sort_by(|a, b| b.distance.total_cmp(&a.distance));
        Some(Gauge {
            readings,
            fixes: Vec::new(),
        })
    }

    /// How far the range would be off after transposing by semitones.
    pub(super) fn range_distance(&self, gauge: &Gauge, semitones: i8) -> f64 {
        let pitches = gauge.readings.iter().filter(|r| r.measure.is_pitch());
        let moved = pitches.filter_map(|r| {
            let spread = self.spreads.get(&r.measure)?;
            Some(spread.distance(r.measure, r.value + f64::from(semitones)))
        });
        moved.sum()
    }

    /// Share of bars of a length that is rare in training; a rarer length counts more.
    fn rare_bars(&self, piece: &Piece) -> f64 {
        let rarity = |steps: &u8| {
            let share = self.bars.get(steps).copied().unwrap_or(0.0);
            (1.0 - share / RARE).max(0.0)
        };
        let sum: f64 = piece.bars.iter().map(|b| rarity(&b.steps)).sum();
        sum / piece.bars.len().max(1) as f64
    }

    /// Bar lengths in 16ths that are not rare, the most frequent first.
    pub(super) fn usual_bars(&self) -> Vec<u8> {
        let mut usual: Vec<(u8, f64)> = self
            .bars
            .iter()
            .filter(|(_, share)| **share >= RARE)
            .map(|(&steps, &share)| (steps, share))
            .collect();
        usual.sort_by(|a, b| b.1.total_cmp(&a.1));
        usual.into_iter().map(|(steps, _)| steps).collect()
    }
}

/// A region of a score on the grid and what is measured of it.
pub(super) fn measured(
    score: &Score,
    region: Range<u32>,
) -> Option<(Piece, BTreeMap<Measure, f64>)> {
    let bars = score.bars();
    let end = region.end.min(score.bar_count()).max(region.start);
    let piece = Piece::of_score(score, &bars, region.start, end, &[]);
    if piece.notes.is_empty() {
        return None;
    }
    let (from, to) = (bars.start(region.start), bars.start(end));
    let step = f64::from(score.ppq.max(1)) / 4.0;
    let pitched = score.tracks.iter().filter(|t| !t.is_drums());
    let notes = pitched.flat_map(|t| &t.notes[t.starting_in(from, to)]);
    let (sum, count) = notes.fold((0.0, 0usize), |(sum, count), n| {
        let x = f64::from(n.start) / step;
        (sum + (x - x.round()).abs(), count + 1)
    });
    let values = measure::of(&piece, Some(sum / count.max(1) as f64));
    Some((piece, values))
}
