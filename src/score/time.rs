//! Tempo, meter and key over time, and the bars they make.

use serde::{Deserialize, Serialize};

/// A tempo from a tick on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tempo {
    pub tick: u32,
    /// Microseconds a quarter note, as MIDI writes it (500 000 is 120 bpm).
    pub micros_per_quarter: u32,
}

impl Tempo {
    /// Quarter notes a minute. A tempo of 0 microseconds counts as 1.
    pub fn bpm(&self) -> f64 {
        60e6 / self.micros_per_quarter.max(1) as f64
    }
}

/// A time signature from a tick on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Meter {
    pub tick: u32,
    pub numerator: u8,
    /// The note value itself (4 for quarters), a power of two up to 128... as MIDI stores its exponent.
    pub denominator: u16,
    /// MIDI clocks a metronome click, kept for the file's sake.
    pub clocks: u8,
    /// 32nd notes a quarter, kept for the file's sake.
    pub thirty_seconds: u8,
}

impl Meter {
    /// A meter with the usual metronome bytes.
    pub fn new(tick: u32, numerator: u8, denominator: u16) -> Self {
        Meter {
            tick,
            numerator,
            denominator,
            clocks: 24,
            thirty_seconds: 8,
        }
    }

    /// Length of a bar in ticks, at least 1.
    pub fn bar_ticks(&self, ppq: u16) -> u32 {
        let (n, d) = (self.numerator.max(1) as u64, self.denominator.max(1) as u64);
        ((ppq as u64 * 4 * n / d) as u32).max(1)
    }

    /// Length of one beat (one denominator unit) in ticks, at least 1.
    pub fn beat_ticks(&self, ppq: u16) -> u32 {
        (ppq as u32 * 4 / self.denominator.max(1) as u32).max(1)
    }
}

/// A key signature from a tick on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeySignature {
    pub tick: u32,
    /// Sharps (positive) or flats (negative), -7..=7.
    pub sharps: i8,
    pub minor: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    first_bar: u32,
    start: u32,
    meter: Meter,
    bar_ticks: u32,
    /// Tick at which the next segment starts; the last bar of a segment may be cut short by it.
    end: u32,
}

/// The bars of a piece: bar 0 starts at tick 0, and a meter change always starts a new bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    segments: Vec<Segment>,
}

impl Bars {
    /// Bars under these meters (4/4 where none stands), `ppq` ticks a quarter.
    pub fn new(meters: &[Meter], ppq: u16) -> Self {
        let mut list: Vec<Meter> = meters.to_vec();
        list.sort_by_key(|m| m.tick);
        if list.first().is_none_or(|m| m.tick > 0) {
            list.insert(0, Meter::new(0, 4, 4));
        }
        // Of several meters on one tick the last one counts.
        let mut kept: Vec<Meter> = Vec::with_capacity(list.len());
        for m in list {
            match kept.last_mut() {
                Some(last) if last.tick == m.tick => *last = m,
                _ => kept.push(m),
            }
        }
        let mut segments: Vec<Segment> = Vec::with_capacity(kept.len());
        let mut bar = 0;
        for (i, m) in kept.iter().enumerate() {
            let bar_ticks = m.bar_ticks(ppq);
            let end = kept.get(i + 1).map_or(u32::MAX, |n| n.tick);
            segments.push(Segment {
                first_bar: bar,
                start: m.tick,
                meter: *m,
                bar_ticks,
                end,
            });
            bar += (end - m.tick).div_ceil(bar_ticks);
        }
        Bars { segments }
    }

    fn segment_of_bar(&self, bar: u32) -> &Segment {
        let i = self.segments.partition_point(|s| s.first_bar <= bar);
        &self.segments[i.max(1) - 1]
    }

    fn segment_at(&self, tick: u32) -> &Segment {
        let i = self.segments.partition_point(|s| s.start <= tick);
        &self.segments[i.max(1) - 1]
    }

    /// Index (from 0) of the bar that holds `tick`.
    pub fn bar_at(&self, tick: u32) -> u32 {
        let s = self.segment_at(tick);
        s.first_bar + (tick - s.start) / s.bar_ticks
    }

    /// Tick at which bar `bar` starts.
    pub fn start(&self, bar: u32) -> u32 {
        let s = self.segment_of_bar(bar);
        let offset = (bar - s.first_bar) as u64 * s.bar_ticks as u64;
        (s.start as u64 + offset).min(s.end as u64) as u32
    }

    /// Tick at which bar `bar` ends, that is, the next one starts.
    pub fn end(&self, bar: u32) -> u32 {
        self.start(bar.saturating_add(1))
    }

    /// Length of bar `bar` in ticks.
    pub fn length(&self, bar: u32) -> u32 {
        (self.end(bar) - self.start(bar)).max(1)
    }

    /// The meter in force in bar `bar`.
    pub fn meter(&self, bar: u32) -> Meter {
        self.segment_of_bar(bar).meter
    }

    /// Bars from the start up to and including the one that holds `end - 1`; at least one.
    pub fn count_until(&self, end: u32) -> u32 {
        if end == 0 {
            1
        } else {
            self.bar_at(end - 1) + 1
        }
    }
}

/// Converts between ticks and seconds under a tempo map.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// (tick, seconds at that tick, seconds a tick from there on)
    points: Vec<(u32, f64, f64)>,
}

impl Clock {
    /// A clock for these tempos (120 bpm where none stands), `ppq` ticks a quarter.
    pub fn new(tempos: &[Tempo], ppq: u16) -> Self {
        let mut list: Vec<Tempo> = tempos.to_vec();
        list.sort_by_key(|t| t.tick);
        let per_tick = |micros: u32| micros.max(1) as f64 / 1e6 / ppq.max(1) as f64;
        let mut points = vec![(0u32, 0.0f64, per_tick(500_000))];
        for t in list {
            let (tick, seconds, rate) = points[points.len() - 1];
            let now = seconds + (t.tick - tick) as f64 * rate;
            let point = (t.tick, now, per_tick(t.micros_per_quarter));
            if tick == t.tick {
                let last = points.len() - 1;
                points[last] = point;
            } else {
                points.push(point);
            }
        }
        Clock { points }
    }

    /// Seconds from the start to `tick` (fractions of a tick allowed).
    pub fn seconds(&self, tick: f64) -> f64 {
        let i = self.points.partition_point(|p| (p.0 as f64) <= tick).max(1) - 1;
        let (at, seconds, rate) = self.points[i];
        seconds + (tick - at as f64) * rate
    }

    /// Tick (with its fraction) that sounds `seconds` after the start.
    pub fn tick(&self, seconds: f64) -> f64 {
        let i = self.points.partition_point(|p| p.1 <= seconds).max(1) - 1;
        let (at, from, rate) = self.points[i];
        at as f64 + (seconds - from) / rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bars_follow_meter_changes_and_cut_the_last_bar_short() {
        // 4/4 for one bar and a half, then 3/4.
        let bars = Bars::new(&[Meter::new(0, 4, 4), Meter::new(720, 3, 4)], 120);
        assert_eq!((bars.start(0), bars.start(1), bars.start(2)), (0, 480, 720));
        assert_eq!(bars.length(1), 240);
        assert_eq!(bars.start(3), 720 + 360);
        assert_eq!(bars.bar_at(719), 1);
        assert_eq!(bars.bar_at(720), 2);
        assert_eq!(bars.count_until(721), 3);
    }

    #[test]
    fn a_meter_of_nothing_still_makes_bars() {
        let bars = Bars::new(&[Meter::new(0, 0, 0)], 1);
        assert!(bars.length(7) >= 1);
    }

    #[test]
    fn tempo_changes_add_up() {
        let clock = Clock::new(
            &[
                Tempo {
                    tick: 0,
                    micros_per_quarter: 500_000,
                },
                Tempo {
                    tick: 480,
                    micros_per_quarter: 1_000_000,
                },
            ],
            480,
        );
        assert!((clock.seconds(480.0) - 0.5).abs() < 1e-12);
        assert!((clock.seconds(960.0) - 1.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn bar_starts_and_bar_at_agree(
            changes in prop::collection::vec((0u32..20_000, 1u8..13, 0u32..5), 0..6),
            tick in 0u32..40_000,
        ) {
            let meters: Vec<Meter> =
                changes.iter().map(|&(t, n, d)| Meter::new(t, n, 1 << d)).collect();
            let bars = Bars::new(&meters, 96);
            let bar = bars.bar_at(tick);
            prop_assert!(bars.start(bar) <= tick && tick < bars.end(bar));
        }

        #[test]
        fn ticks_and_seconds_are_inverse(
            changes in prop::collection::vec((0u32..20_000, 1_000u32..2_000_000), 0..6),
            tick in 0u32..40_000,
        ) {
            let tempos: Vec<Tempo> = changes
                .iter()
                .map(|&(tick, micros_per_quarter)| Tempo { tick, micros_per_quarter })
                .collect();
            let clock = Clock::new(&tempos, 480);
            let back = clock.tick(clock.seconds(tick as f64));
            prop_assert!((back - tick as f64).abs() < 1e-3, "{tick} became {back}");
        }
    }
}
