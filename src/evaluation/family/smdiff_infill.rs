//! The infilling figures of smdiff (systems.md 1.7). They compare rows by their index, which punishes a note more or
//! less and rewards constants: every published accuracy lies below what the most frequent value of the context scores.
//! They are here so that tables can be compared; `notes` and `context` are what to judge by.
//!
//! Corrected, the rows are those whose bar lies in the hole, and a row that has no partner is wrong. The published form
//! (`-reference`) takes rows 256 to 511 of the window, wherever the hole is. Values near a hole's edges are to be near
//! the originals', not small.

use super::mean_of;
use crate::evaluation::hole::Hole;
use crate::evaluation::metrics::GridNote;
use crate::evaluation::registry::{Direction, Family, Measure, Metric, Statistic};
use crate::evaluation::sample::{Sample, SampleNote};
use crate::evaluation::statistics::{kl, pooled};

const OF: Family = Family {
    name: "smdiff infill",
    source: "smdiff (Octuple_MDLM), infilling",
};

/// Whether two rows agree in what is asked.
type Agree = fn(&SampleNote, &SampleNote) -> bool;
const BAR: Agree = |a, b| a.bar == b.bar;
const POSITION: Agree = |a, b| a.position == b.position;
const PITCH: Agree = |a, b| (a.pitch, a.drum) == (b.pitch, b.drum);
const DURATION: Agree = |a, b| a.duration_code == b.duration_code;
const STRUCTURE: Agree = |a, b| (a.bar, a.position) == (b.bar, b.position);
const TOKEN: Agree = |a, b| {
    BAR(a, b)
        && POSITION(a, b)
        && PITCH(a, b)
        && DURATION(a, b)
        && a.track == b.track
        && a.velocity / 4 == b.velocity / 4
};

macro_rules! accuracy {
    ($key:literal, $agree:ident, $title:literal, $what:literal) => {
        [
            OF.entry(
                concat!($key, "_accuracy"),
                concat!("Rows right in ", $title),
                "%",
                Direction::Higher,
                concat!(
                    "Share of the rows of the hole that are right in ",
                    $what,
                    ", the first beside the first and so on."
                ),
                Measure::Hole(|h| rows(h, $agree)),
            ),
            OF.entry(
                concat!($key, "_accuracy-reference"),
                concat!("Rows 256 to 511 right in ", $title),
                "%",
                Direction::Higher,
                concat!(
                    "Share of rows 256 to 511 that are right in ",
                    $what,
                    ", wherever the hole lies."
                ),
                Measure::Hole(|h| rows_reference(h, $agree)),
            ),
        ]
    };
}

/// The entries.
pub const METRICS: &[Metric] = &{
    let accuracies = [
        accuracy!("bar", BAR, "their bar", "the bar they lie in"),
        accuracy!(
            "position",
            POSITION,
            "their place in the bar",
            "the place in the bar"
        ),
        accuracy!("pitch", PITCH, "their pitch", "the pitch"),
        accuracy!("duration", DURATION, "their length", "the length"),
        accuracy!(
            "structure",
            STRUCTURE,
            "bar and place",
            "bar and place in it"
        ),
        accuracy!("token", TOKEN, "all their values", "every value they have"),
    ];
    let mut flat = [REST[0]; 12 + REST.len()];
    let mut i = 0;
    while i < flat.len() {
        flat[i] = if i < 12 {
            accuracies[i / 2][i % 2]
        } else {
            REST[i - 12]
        };
        i += 1;
    }
    flat
};

const REST: [Metric; 10] = [
    OF.entry(
        "infilled_pch_kl",
        "Pitch classes of the holes, distance",
        "nats",
        Direction::Lower,
        "How far the pitch classes written into all holes lie from those of the originals.",
        Measure::Holes(pitch_classes),
    ),
    OF.entry(
        "infilled_count_error",
        "Notes too many or too few",
        "notes",
        Direction::Lower,
        "Difference in the number of notes of the hole, whichever way.",
        Measure::Hole(|h| Some(h.original.len().abs_diff(h.filled.len()) as f64)),
    ),
    OF.entry(
        "boundary_pitch_smoothness",
        "Step into the hole",
        "semitones",
        Direction::Match,
        "Semitones from the last note before the hole to the first in it, in the same track; right is what the originals have.",
        Measure::Hole(|h| edge(h).map(|(a, b)| f64::from(a.pitch.abs_diff(b.pitch)))),
    ),
    OF.entry(
        "boundary_rhythm_smoothness",
        "Change of note length into the hole",
        "length codes",
        Direction::Match,
        "Steps of note length from the last note before the hole to the first in it; right is what the originals have.",
        Measure::Hole(|h| {
            edge(h).map(|(a, b)| f64::from(a.duration_code.abs_diff(b.duration_code)))
        }),
    ),
    OF.entry(
        "boundary_matches_pct",
        "Holes with a note before the first",
        "%",
        Direction::Match,
        "Share of holes whose first note has one before the hole in its track; the two figures above are of these.",
        Measure::Hole(|h| Some(if edge(h).is_some() { 100.0 } else { 0.0 })),
    ),
    OF.entry(
        "grid_token_accuracy",
        "Cells right",
        "%",
        Direction::Higher,
        "Share of cells (16th by track) with the right symbol; silence or holding everywhere is right more than half the time.",
        Measure::Hole(|h| cells(h).map(|c| c.share(c.right, c.all))),
    ),
    OF.entry(
        "correct_was_zero_pct",
        "Right cells that were empty",
        "%",
        Direction::Match,
        "Share of the right cells in which the original has no event either.",
        Measure::Hole(|h| {
            cells(h)
                .filter(|c| c.right > 0)
                .map(|c| c.share(c.right_zero, c.right))
        }),
    ),
    OF.entry(
        "nonzero_token_accuracy",
        "Events right",
        "%",
        Direction::Higher,
        "Share of the events written that are right in place and pitch.",
        Measure::Hole(|h| {
            cells(h)
                .filter(|c| c.written > 0)
                .map(|c| c.share(c.right - c.right_zero, c.written))
        }),
    ),
    OF.entry(
        "infilled_duration_total_error",
        "Sounding time too much or too little",
        "16ths",
        Direction::Lower,
        "Difference in the summed length of all notes of the hole, whichever way.",
        Measure::Hole(|h| {
            let sum = |notes: &[GridNote]| notes.iter().map(|n| i64::from(n.duration)).sum::<i64>();
            Some((sum(&h.original) - sum(&h.filled)).abs() as f64)
        }),
    ),
    OF.entry(
        "infilled_density_error",
        "Notes too many or too few, over the notes that were there",
        "share",
        Direction::Lower,
        "Difference in the number of notes over the original number (the seed commit divided by rows of its window).",
        Measure::Hole(|h| {
            let n = h.original.len();
            (n > 0).then(|| n.abs_diff(h.filled.len()) as f64 / n as f64)
        }),
    ),
];

fn percent<'a>(
    old: impl Iterator<Item = &'a SampleNote> + Clone,
    new: impl Iterator<Item = &'a SampleNote> + Clone,
    agree: Agree,
) -> Option<f64> {
    let all = old.clone().count().max(new.clone().count());
    let right = old.zip(new).filter(|(a, b)| agree(a, b)).count();
    (all > 0).then(|| 100.0 * right as f64 / all as f64)
}

fn rows(hole: &Hole, agree: Agree) -> Option<f64> {
    let inside = |p: &'_ Sample| -> Vec<SampleNote> {
        p.notes
            .iter()
            .filter(|n| hole.bars.contains(&n.bar))
            .copied()
            .collect()
    };
    let (old, new) = (inside(&hole.piece), inside(&hole.new_piece));
    percent(old.iter(), new.iter(), agree)
}

fn rows_reference(hole: &Hole, agree: Agree) -> Option<f64> {
    let some = |p: &'_ Sample| -> Vec<SampleNote> {
        p.notes.iter().take(512).skip(256).copied().collect()
    };
    let (old, new) = (some(&hole.piece), some(&hole.new_piece));
    percent(old.iter(), new.iter(), agree)
}

/// The first row of the hole and the last one before the hole in the same track.
fn edge(hole: &Hole) -> Option<(SampleNote, SampleNote)> {
    let notes = &hole.new_piece.notes;
    let first = notes.iter().find(|n| hole.bars.contains(&n.bar))?;
    let before = notes
        .iter()
        .rfind(|n| n.bar < hole.bars.start && n.track == first.track);
    Some((*before?, *first))
}

fn pitch_classes(holes: &[Hole]) -> Option<Statistic<'_>> {
    let histogram = |notes: &[GridNote]| {
        let mut h = vec![0.0; 12];
        for n in notes.iter().filter(|n| n.pitched) {
            h[usize::from(n.pitch % 12)] += 1.0;
        }
        h
    };
    let old: Vec<_> = holes.iter().map(|h| histogram(&h.original)).collect();
    let new: Vec<_> = holes.iter().map(|h| histogram(&h.filled)).collect();
    if holes.is_empty() {
        return mean_of(Vec::new());
    }
    Some(Box::new(move |chosen: &[usize]| {
        let (p, q) = (pooled(&old, chosen), pooled(&new, chosen));
        let some = |h: &[f64]| h.iter().sum::<f64>() > 0.0;
        (some(&p) && some(&q)).then(|| kl(&p, &q))
    }))
}

/// What became of the cells of a hole on the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cells {
    all: usize,
    right: usize,
    /// Right, and nothing in the original.
    right_zero: usize,
    /// Events written.
    written: usize,
}

impl Cells {
    fn share(&self, some: usize, of: usize) -> f64 {
        if of == 0 {
            return 0.0;
        }
        100.0 * some as f64 / of as f64
    }
}

fn cells(hole: &Hole) -> Option<Cells> {
    let mut sum = Cells::default();
    for track in hole.tracks() {
        let old = symbols(&hole.original, track, hole.steps());
        let new = symbols(&hole.filled, track, hole.steps());
        for (a, b) in old.iter().zip(&new) {
            sum.all += 1;
            sum.written += usize::from(*b != 0);
            sum.right += usize::from(a == b);
            sum.right_zero += usize::from(a == b && *a == 0);
        }
    }
    (sum.all > 0).then_some(sum)
}

/// The symbols of a track in the hole: 0 nothing new, 1 note off, else pitch + 2.
fn symbols(notes: &[GridNote], track: u32, steps: usize) -> Vec<u16> {
    let mut line: Vec<&GridNote> = notes.iter().filter(|n| n.track == track).collect();
    line.sort_by_key(|n| (n.onset, std::cmp::Reverse(n.pitch)));
    line.dedup_by_key(|n| n.onset);
    let mut symbols = vec![0; steps];
    let mut set = |at: i64, symbol| {
        if let Some(s) = usize::try_from(at).ok().and_then(|at| symbols.get_mut(at)) {
            *s = symbol;
        }
    };
    for (i, n) in line.iter().enumerate() {
        let end = n.onset + i64::from(n.duration);
        if line.get(i + 1).is_none_or(|next| next.onset > end) {
            set(end, 1);
        }
        set(n.onset, u16::from(n.pitch) + 2);
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;
    use crate::evaluation::baselines::originals;
    use crate::evaluation::testing::score;
    use crate::score::TakeNote;

    /// Sixteen bars of four quarters that rise by a semitone a bar, the hole filled as `change` says.
    fn hole(change: impl Fn(&mut Vec<TakeNote>)) -> Hole {
        let notes: Vec<_> = (0..64).map(|i| (4 * i, 4, 40 + (i / 4) as u8)).collect();
        let score = score(&notes);
        let case = Protocol::default().case(&score, 0).unwrap();
        let mut written = originals(&score, &case.mask(&score));
        change(&mut written);
        Hole::of("x", &score, &case, &written)
    }

    fn value(hole: &Hole, key: &str) -> Option<f64> {
        let metric = METRICS.iter().find(|m| m.key == key).unwrap();
        match metric.measure {
            Measure::Hole(f) => f(hole),
            Measure::Holes(f) => f(std::slice::from_ref(hole))?(&[0]),
            _ => None,
        }
    }

    #[test]
    fn the_originals_are_all_right() {
        let h = hole(|_| ());
        for key in ["bar", "position", "pitch", "duration", "structure", "token"] {
            assert_eq!(value(&h, &format!("{key}_accuracy")), Some(100.0), "{key}");
        }
        assert_eq!(value(&h, "infilled_count_error"), Some(0.0));
        assert_eq!(value(&h, "boundary_pitch_smoothness"), Some(1.0));
        assert_eq!(value(&h, "grid_token_accuracy"), Some(100.0));
        assert_eq!(value(&h, "nonzero_token_accuracy"), Some(100.0));
        // 16 quarters in 64 cells, each cut by the next, so no note-off but the last, which lies beyond the hole.
        assert_eq!(value(&h, "correct_was_zero_pct"), Some(75.0));
        assert!(value(&h, "infilled_pch_kl").unwrap().abs() < 1e-12);
    }

    #[test]
    fn one_wrong_pitch_in_sixteen_and_one_note_missing() {
        let h = hole(|notes| notes[0].pitch += 5);
        assert_eq!(value(&h, "pitch_accuracy"), Some(93.75));
        assert_eq!(value(&h, "structure_accuracy"), Some(100.0));
        assert_eq!(value(&h, "boundary_pitch_smoothness"), Some(6.0));
        assert_eq!(value(&h, "nonzero_token_accuracy"), Some(93.75));
        // The first note gone, every row lies beside the next one's: bars agree in three of four, places nowhere.
        let h = hole(|notes| {
            notes.remove(0);
        });
        assert_eq!(value(&h, "bar_accuracy"), Some(75.0));
        assert_eq!(value(&h, "position_accuracy"), Some(0.0));
        assert_eq!(value(&h, "infilled_count_error"), Some(1.0));
        assert_eq!(value(&h, "infilled_duration_total_error"), Some(4.0));
        assert_eq!(value(&h, "infilled_density_error"), Some(1.0 / 16.0));
    }

    #[test]
    fn the_published_form_looks_at_rows_by_number() {
        let h = hole(|_| ());
        assert_eq!(value(&h, "pitch_accuracy-reference"), None, "64 rows");
    }
}
