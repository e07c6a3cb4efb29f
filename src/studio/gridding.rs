//! What the commands of the grid do: finer, coarser, triplets, swing, off and on.

use super::command::Command;
use super::roll::{Snap, SnapMode};
use super::state::State;

/// Finest and coarsest step: so many a quarter note.
const DIVISIONS: (u32, u32) = (1, 16);
/// As triplets swing, in percent.
const SWING: u8 = 67;

/// The grid that a command makes of one. `before` is the grid that was last on.
pub fn changed(command: Command, snap: Snap, before: Snap) -> Snap {
    use Command as C;
    let (division, swing) = match snap {
        Snap::Division(n) => (n, None),
        Snap::Swing { division, percent } => (division, Some(percent)),
        // Without steps: a bar is as coarse as can be, no grid as fine.
        _ => {
            return match (command, snap) {
                (C::GridOff, Snap::Off) if before == Snap::Off => Snap::default(),
                (C::GridOff, Snap::Off) => before,
                (C::GridOff, _) => Snap::Off,
                (C::GridFiner, Snap::Bar) => Snap::Beat,
                (C::GridFiner, Snap::Beat) => Snap::Division(2),
                (C::GridCoarser, Snap::Beat | Snap::Bar) => Snap::Bar,
                (C::GridTriplets, _) => Snap::Division(3),
                (C::GridSwing, _) => Snap::Swing {
                    division: 2,
                    percent: SWING,
                },
                _ => before,
            };
        }
    };
    let triplets = division.is_multiple_of(3);
    let of = |division: u32| match swing {
        Some(percent) => Snap::Swing { division, percent },
        None => Snap::Division(division),
    };
    match command {
        C::GridFiner if division * 2 <= DIVISIONS.1 => of(division * 2),
        C::GridFiner => snap,
        C::GridCoarser if division > DIVISIONS.0 && division != 3 => of(division / 2),
        C::GridCoarser => Snap::Beat,
        // A triplet takes the time of two.
        C::GridTriplets if triplets => Snap::Division(division / 3 * 2),
        C::GridTriplets => Snap::Division((division / 2).max(1) * 3),
        C::GridSwing if swing.is_some() => Snap::Division(division),
        C::GridSwing => Snap::Swing {
            division: if triplets { division / 3 * 2 } else { division },
            percent: SWING,
        },
        _ => Snap::Off,
    }
}

/// Carries a command of the grid out, and says what the grid is now.
pub fn change(state: &mut State, command: Command) {
    let snap = changed(command, state.snap, state.roll.last_grid);
    if state.snap != Snap::Off {
        state.roll.last_grid = state.snap;
    }
    state.snap = snap;
    let name = super::panel::transport::snap_name(snap);
    state.toasts.info(&format!("Grid {name}"));
}

/// How things that are dragged keep to the grid from now on.
pub fn keep_to(state: &mut State, mode: SnapMode) {
    state.roll.snap_mode = mode;
    state.toasts.info(mode.words());
}

#[cfg(test)]
mod tests {
    use super::*;
    use Command as C;

    #[test]
    fn the_grid_goes_finer_and_coarser_to_its_ends() {
        let mut snap = Snap::Bar;
        let mut seen = Vec::new();
        for _ in 0..7 {
            snap = changed(C::GridFiner, snap, Snap::Off);
            seen.push(snap);
        }
        let d = Snap::Division;
        assert_eq!(seen, [Snap::Beat, d(2), d(4), d(8), d(16), d(16), d(16)]);
        for _ in 0..9 {
            snap = changed(C::GridCoarser, snap, Snap::Off);
        }
        assert_eq!(snap, Snap::Bar);
    }

    #[test]
    fn triplets_take_the_time_of_two_and_swing_has_none() {
        let triplets = changed(C::GridTriplets, Snap::Division(4), Snap::Off);
        assert_eq!(triplets, Snap::Division(6));
        assert_eq!(
            changed(C::GridTriplets, triplets, Snap::Off),
            Snap::Division(4)
        );
        let swing = changed(C::GridSwing, triplets, Snap::Off);
        let eighths = |division| Snap::Swing {
            division,
            percent: 67,
        };
        assert_eq!(swing, eighths(4));
        assert_eq!(changed(C::GridCoarser, swing, Snap::Off), eighths(2));
        assert_eq!(changed(C::GridSwing, swing, Snap::Off), Snap::Division(4));
    }

    #[test]
    fn the_grid_comes_back_as_it_was() {
        assert_eq!(changed(C::GridOff, Snap::Beat, Snap::Bar), Snap::Off);
        assert_eq!(changed(C::GridOff, Snap::Off, Snap::Beat), Snap::Beat);
        assert_eq!(changed(C::GridOff, Snap::Off, Snap::Off), Snap::Division(4));
    }
}
