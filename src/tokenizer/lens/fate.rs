//! What becomes of a note, and how many meet the same fate.

use super::matching::Sound;
use crate::score::pitch_name;
use std::collections::BTreeMap;
use std::fmt;

/// What becomes of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It comes back as it was, as far as the representation speaks of it.
    Kept,
    Changed(Change),
    Lost(Reason),
}

/// How a note comes back that is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is counted as: the gravest of its changes.
    pub kind: Kind,
    /// Onset it comes back with, in ticks of the piece.
    pub start: u32,
    /// Length it comes back with, in ticks of the piece.
    pub length: u32,
    pub pitch: u8,
    pub velocity: u8,
    /// Ticks later (positive) or earlier.
    pub moved: i64,
    /// Ticks longer (positive) or shorter.
    pub longer: i64,
    /// Louder (positive) or softer; 0 where the representation does not speak of velocity.
    pub louder: i16,
}

/// Kinds of change, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// On another track than its neighbours.
    Track,
    Pitch,
    Moved,
    Length,
    Velocity,
}

/// Why a note does not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Drums are not written.
    Drums,
    /// Other tracks are written instead.
    Track,
    /// Its pitch cannot be written; these can.
    Range { low: u8, high: u8 },
    /// A voice is one note at a time, and another was taken.
    Polyphony,
    /// It runs together with another note on its key.
    SameKey,
    /// It lies behind the last place that can be written.
    TooFar,
    /// Rounding to the grid left nothing of it.
    Rounding,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Drums => write!(f, "drums"),
            Reason::Track => write!(f, "their tracks are not read"),
            Reason::Range { low, high } => {
                write!(f, "outside {} to {}", pitch_name(*low), pitch_name(*high))
            }
            Reason::Polyphony => write!(f, "a voice is one note at a time"),
            Reason::SameKey => write!(f, "run together on their key"),
            Reason::TooFar => write!(f, "behind the last place there is"),
            Reason::Rounding => write!(f, "too short for its grid"),
        }
    }
}

/// The fate of a note that came back. `home` says whether it is where most of its track is; velocity
/// counts only if `velocity`; differences up to `slack` ticks are none.
pub(super) fn compare(from: &Sound, to: &Sound, home: bool, velocity: bool, slack: u32) -> Fate {
    let apart = |a: u32, b: u32| {
        if a.abs_diff(b) <= slack {
            0
        } else {
            i64::from(b) - i64::from(a)
        }
    };
    let moved = apart(from.start, to.start);
    // Both ends may be off by the slack.
    let lengths = (from.end - from.start, to.end.saturating_sub(to.start));
    let longer = match apart(lengths.0, lengths.1) {
        l if l.unsigned_abs() <= 2 * u64::from(slack) => 0,
        l => l,
    };
    let louder = match velocity {
        true => i16::from(to.velocity) - i16::from(from.velocity),
        false => 0,
    };
    let kind = match () {
        () if !home => Kind::Track,
        () if from.pitch != to.pitch => Kind::Pitch,
        () if moved != 0 => Kind::Moved,
        () if longer != 0 => Kind::Length,
        () if louder != 0 => Kind::Velocity,
        () => return Fate::Kept,
    };
    Fate::Changed(Change {
        kind,
        start: to.start,
        length: lengths.1,
        pitch: to.pitch,
        velocity: to.velocity,
        moved,
        longer,
        louder,
    })
}

/// How many notes meet which fate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All notes of the piece; the others add up to it, the invented ones apart.
    pub notes: usize,
    pub kept: usize,
    /// Notes that come back changed, by the gravest change, with the greatest one (ticks, or steps of
    /// velocity; 0 for pitch and track).
    pub changed: BTreeMap<Kind, (usize, u64)>,
    pub lost: BTreeMap<Reason, usize>,
    /// Notes that come back and were not there.
    pub invented: usize,
    /// Ticks a quarter, to say ticks in note values.
    ppq: u16,
}

impl Counts {
    pub(super) fn of<'a>(fates: impl Iterator<Item = &'a Fate>, ppq: u16) -> Counts {
        let mut counts = Counts {
            ppq: ppq.max(1),
            ..Counts::default()
        };
        for fate in fates {
            counts.notes += 1;
            match fate {
                Fate::Kept => counts.kept += 1,
                Fate::Lost(why) => *counts.lost.entry(*why).or_default() += 1,
                Fate::Changed(c) => {
                    let by = match c.kind {
                        Kind::Track | Kind::Pitch => 0,
                        Kind::Moved => c.moved.unsigned_abs(),
                        Kind::Length => c.longer.unsigned_abs(),
                        Kind::Velocity => c.louder.unsigned_abs().into(),
                    };
                    let (count, most) = counts.changed.entry(c.kind).or_default();
                    (*count, *most) = (*count + 1, by.max(*most));
                }
            }
        }
        counts
    }

    /// Notes that do not come back at all.
    pub fn lost(&self) -> usize {
        self.lost.values().sum()
    }

    /// "214 notes: 198 kept, 9 moved by up to 1/32, 7 lost (drums)".
    pub fn sentence(&self) -> String {
        let plural = if self.notes == 1 { "" } else { "s" };
        if self.notes == 0 {
            return "There are no notes yet".into();
        }
        // A length or a velocity off by a hair is no reason to say that the note is gone.
        let (near, far): (Vec<_>, Vec<_>) =
            self.changed.iter().partition(|(k, _)| **k >= Kind::Length);
        let in_place = self.kept + near.iter().map(|(_, (n, _))| n).sum::<usize>();
        let say = |&(kind, (count, most)): &(&Kind, &(usize, u64))| {
            let by = || note_value(*most, self.ppq);
            match kind {
                Kind::Track => format!("{count} on another track"),
                Kind::Pitch => format!("{count} at another pitch"),
                Kind::Moved => format!("{count} moved by up to {}", by()),
                Kind::Length => format!("{count} with a length off by up to {}", by()),
                Kind::Velocity => format!("{count} with a velocity off by up to {most}"),
            }
        };
        let all = if in_place == self.notes {
            "all".to_owned()
        } else {
            in_place.to_string()
        };
        let mut parts = vec![if near.is_empty() {
            format!("{all} kept")
        } else {
            let near: Vec<String> = near.iter().map(say).collect();
            format!("{all} in place ({})", near.join(", "))
        }];
        parts.extend(far.iter().map(say));
        if !self.lost.is_empty() {
            let why: Vec<String> = match self.lost.len() {
                1 => self.lost.keys().map(Reason::to_string).collect(),
                _ => {
                    let each = self.lost.iter();
                    each.map(|(why, n)| format!("{n} {why}")).collect()
                }
            };
            parts.push(format!("{} lost ({})", self.lost(), why.join(", ")));
        }
        if self.invented > 0 {
            parts.push(format!("{} more that were not there", self.invented));
        }
        format!("{} note{plural}: {}", self.notes, parts.join(", "))
    }
}

/// A stretch of ticks as the note value that covers it: "1/32"; above a quarter as "2.5 quarters".
fn note_value(ticks: u64, ppq: u16) -> String {
    let quarters = ticks as f64 / f64::from(ppq.max(1));
    for parts in [128u32, 64, 32, 16, 8, 4] {
        if quarters <= 4.0 / f64::from(parts) + 1e-9 {
            return format!("1/{parts}");
        }
    }
    format!("{:.1} quarters", quarters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_said_in_note_values_that_cover_them() {
        let said = [1, 60, 61, 120, 480, 481].map(|t| note_value(t, 480));
        assert_eq!(
            said,
            ["1/128", "1/32", "1/16", "1/16", "1/4", "1.0 quarters"]
        );
    }

    #[test]
    fn counts_are_said_in_words() {
        let fates = [
            Fate::Kept,
            Fate::Lost(Reason::Drums),
            Fate::Changed(Change {
                kind: Kind::Moved,
                start: 0,
                length: 10,
                pitch: 60,
                velocity: 80,
                moved: -60,
                longer: 0,
                louder: 0,
            }),
        ];
        let mut counts = Counts::of(fates.iter(), 480);
        assert_eq!(
            counts.sentence(),
            "3 notes: 1 kept, 1 moved by up to 1/32, 1 lost (drums)"
        );
        counts.lost.insert(Reason::Range { low: 21, high: 108 }, 2);
        assert!(
            counts
                .sentence()
                .ends_with("3 lost (1 drums, 2 outside A0 to C8)"),
            "{}",
            counts.sentence()
        );
        let length = Fate::Changed(Change {
            kind: Kind::Length,
            start: 0,
            length: 240,
            pitch: 60,
            velocity: 80,
            moved: 0,
            longer: 10,
            louder: 0,
        });
        assert_eq!(
            Counts::of([Fate::Kept, length].iter(), 480).sentence(),
            "2 notes: all in place (1 with a length off by up to 1/128)"
        );
        let kept = Counts::of([Fate::Kept].iter(), 480);
        assert_eq!(kept.sentence(), "1 note: all kept");
    }
}
