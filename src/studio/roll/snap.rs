//! The grid gestures keep to.

use super::Snap;
use crate::score::Bars;
use serde::{Deserialize, Serialize};

/// How something that is dragged keeps to the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapMode {
    /// On a line, or as far off one as it was: whichever is nearer.
    #[default]
    Nearest,
    /// As far off a line as it was.
    Relative,
    /// On a line.
    Absolute,
}

impl SnapMode {
    /// Every way, as menus list them.
    pub const ALL: [SnapMode; 3] = [SnapMode::Nearest, SnapMode::Relative, SnapMode::Absolute];

    /// What it is in words.
    pub fn words(self) -> &'static str {
        match self {
            SnapMode::Nearest => "Snap to line or offset",
            SnapMode::Relative => "Snap keeps offsets",
            SnapMode::Absolute => "Snap to lines only",
        }
    }
}

/// A snap setting on the bars of a piece.
#[derive(Clone, Copy)]
pub struct Grid<'a> {
    pub snap: Snap,
    pub bars: &'a Bars,
    /// Ticks a quarter note.
    pub ppq: u16,
}

impl Grid<'_> {
    /// The same grid, or none.
    pub fn unless(self, bypass: bool) -> Self {
        let snap = if bypass { Snap::Off } else { self.snap };
        Grid { snap, ..self }
    }

    /// The cell `[start, end)` that holds a tick. Cells begin anew with every bar.
    pub fn cell(&self, tick: u32) -> (u32, u32) {
        let bar = self.bars.bar_at(tick);
        let (start, end) = (self.bars.start(bar), self.bars.end(bar));
        let step = match self.snap {
            Snap::Off => return (tick, tick.saturating_add(1)),
            Snap::Bar => return (start, end.max(start + 1)),
            Snap::Beat => self.bars.meter(bar).beat_ticks(self.ppq) as f64,
            Snap::Division(n) | Snap::Swing { division: n, .. } => {
                self.ppq.max(1) as f64 / n.max(1) as f64
            }
        };
        let step = step.max(1.0);
        // Steps need not be whole ticks (a fifth of 96), so the cell is found by its rounded edges.
        let mut k = ((tick - start) as f64 / step).floor();
        // Every second line is late by this part of a step, as in quantising.
        let late = match self.snap {
            Snap::Swing { percent, .. } => (f64::from(percent.clamp(50, 75)) - 50.0) / 50.0,
            _ => 0.0,
        };
        let edge = |k: f64| {
            let swung = if k % 2.0 == 1.0 { late } else { 0.0 };
            start.saturating_add(((k + swung) * step).round() as u32)
        };
        if edge(k) > tick {
            k -= 1.0;
        } else if edge(k + 1.0) <= tick {
            k += 1.0;
        }
        (edge(k), edge(k + 1.0).min(end))
    }

    /// Last grid line at or before a tick.
    pub fn floor(&self, tick: f64) -> u32 {
        self.cell(whole(tick)).0
    }

    /// Nearest grid line.
    pub fn round(&self, tick: f64) -> u32 {
        if self.snap == Snap::Off {
            return tick.round().clamp(0.0, u32::MAX as f64) as u32;
        }
        let (a, b) = self.cell(whole(tick));
        if tick - a as f64 <= b as f64 - tick {
            a
        } else {
            b
        }
    }

    /// First grid line at or after a tick.
    pub fn ceil(&self, tick: f64) -> u32 {
        if self.snap == Snap::Off {
            return tick.ceil().clamp(0.0, u32::MAX as f64) as u32;
        }
        let (a, b) = self.cell(whole(tick));
        if tick <= a as f64 { a } else { b }
    }

    /// Length of the step that holds a tick; a sixteenth where there is no grid.
    pub fn step(&self, tick: u32) -> u32 {
        if self.snap == Snap::Off {
            return (self.ppq as u32 / 4).max(1);
        }
        let (a, b) = self.cell(tick);
        (b - a).max(1)
    }

    /// Where something that lay at `from` lands when dragged by `by` ticks: on one of the grid's lines, on one of
    /// the lines as far off the grid as it was before, or on the nearest of both. So loose timing can be kept, or
    /// mended.
    pub fn drag(&self, mode: SnapMode, from: u32, by: f64) -> u32 {
        let to = (from as f64 + by).max(0.0);
        if self.snap == Snap::Off {
            return to.round() as u32;
        }
        let on = self.round(to);
        let offset = from as f64 - self.floor(from as f64) as f64;
        let kept = self.round((to - offset).max(0.0)) as f64 + offset;
        let nearer = (kept - to).abs() < (on as f64 - to).abs();
        if mode == SnapMode::Relative || (mode == SnapMode::Nearest && nearer) {
            kept as u32
        } else {
            on
        }
    }
}

fn whole(tick: f64) -> u32 {
    tick.clamp(0.0, (u32::MAX - 1) as f64) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Meter;
    use proptest::prelude::*;

    #[test]
    fn cells_begin_anew_with_every_bar() {
        // 7/16 at 480: a bar is 840 ticks, so quarters do not fill it.
        let bars = Bars::new(&[Meter::new(0, 7, 16)], 480);
        let g = Grid {
            snap: Snap::Division(1),
            bars: &bars,
            ppq: 480,
        };
        assert_eq!(g.cell(500), (480, 840));
        assert_eq!(g.cell(841), (840, 1320));
        assert_eq!(g.round(700.0), 840);
        assert_eq!(g.floor(839.9), 480);
        assert_eq!(g.ceil(840.0), 840);
        let beats = Grid {
            snap: Snap::Beat,
            ..g
        };
        assert_eq!(beats.cell(130), (120, 240));
    }

    #[test]
    fn a_loose_note_keeps_its_looseness_or_lands_on_the_grid() {
        let bars = Bars::new(&[], 480);
        let g = Grid {
            snap: Snap::Division(4),
            bars: &bars,
            ppq: 480,
        };
        assert_eq!(g.drag(SnapMode::Nearest, 10, 118.0), 130);
        assert_eq!(g.drag(SnapMode::Nearest, 10, 111.0), 120);
        assert_eq!(g.drag(SnapMode::Nearest, 10, -300.0), 0);
        assert_eq!(g.unless(true).drag(SnapMode::Nearest, 10, 118.4), 128);
    }

    proptest! {
        #[test]
        fn the_cell_holds_its_tick(
            changes in prop::collection::vec((0u32..5_000, 1u8..13, 0u32..5), 0..4),
            n in 1u32..13,
            tick in 0u32..20_000,
        ) {
            let meters: Vec<Meter> = changes.iter().map(|&(t, n, d)| Meter::new(t, n, 1 << d)).collect();
            let bars = Bars::new(&meters, 96);
            for snap in [Snap::Division(n), Snap::Beat, Snap::Bar, Snap::Off] {
                let g = Grid { snap, bars: &bars, ppq: 96 };
                let (a, b) = g.cell(tick);
                prop_assert!(a <= tick && tick < b, "{snap:?}: {tick} in {a}..{b}");
                prop_assert_eq!(g.floor(a as f64), a);
                prop_assert_eq!(g.ceil(a as f64), a);
            }
        }
    }
}
