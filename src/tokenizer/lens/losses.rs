//! What a representation loses of a piece besides notes: found by comparing, so that only what was there
//! is said to be lost.

use crate::score::{ChannelEventKind, MetaKind, Score, Track};
use crate::tokenizer::{Aspect, Tokenizer};
use std::collections::BTreeSet;
use std::fmt;

/// The sustain pedal's controller.
const PEDAL: u8 = 64;

/// Something of the whole piece that does not come back as it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Tempo in quarters a minute at the start, and changes of tempo after it, before and after.
    Tempo {
        before: (f64, usize),
        after: (f64, usize),
    },
    /// Metre at the start, and changes of metre after it, before and after.
    Metre {
        before: ((u8, u16), usize),
        after: ((u8, u16), usize),
    },
    /// Velocities; every note comes back with this one.
    Velocity(u8),
    /// Tracks with notes that are read, and as how many they come back.
    Tracks {
        before: usize,
        after: usize,
    },
    /// Tracks that come back with another instrument.
    Instruments(usize),
    /// Changes of instrument within a track.
    ProgramChanges(usize),
    KeySignatures(usize),
    PedalEvents(usize),
    /// Controllers other than the sustain pedal.
    ControllerEvents(usize),
    PitchBends(usize),
    PressureEvents(usize),
    Lyrics(usize),
    /// Markers and other texts.
    Texts(usize),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = |n: usize| match n {
            0 => String::new(),
            1 => " with 1 change".into(),
            n => format!(" with {n} changes"),
        };
        let counted = |f: &mut fmt::Formatter<'_>, n: usize, thing: &str| {
            write!(f, "{n} {thing}{}", if n == 1 { "" } else { "s" })
        };
        match self {
            Loss::Tempo { before, after } => write!(
                f,
                "tempo: {:.1}{} comes back as {:.1}{}",
                before.0,
                changes(before.1),
                after.0,
                changes(after.1)
            ),
            Loss::Metre { before, after } => {
                let ((n, d), (m, e)) = (before.0, after.0);
                write!(
                    f,
                    "metre: {n}/{d}{} comes back as {m}/{e}{}",
                    changes(before.1),
                    changes(after.1)
                )
            }
            Loss::Velocity(v) => write!(f, "velocity: every note comes back at {v}"),
            Loss::Tracks { before, after: 1 } => write!(f, "{before} tracks come back as one"),
            Loss::Tracks { before, after } => write!(f, "{before} tracks come back as {after}"),
            Loss::Instruments(n) => {
                counted(f, *n, "track")?;
                write!(f, " with another instrument")
            }
            Loss::ProgramChanges(n) => {
                counted(f, *n, "change").and_then(|()| write!(f, " of instrument"))
            }
            Loss::KeySignatures(n) => counted(f, *n, "key signature"),
            Loss::PedalEvents(n) => counted(f, *n, "pedal event"),
            Loss::ControllerEvents(n) => counted(f, *n, "controller event"),
            Loss::PitchBends(n) => counted(f, *n, "pitch bend"),
            Loss::PressureEvents(n) => counted(f, *n, "pressure event"),
            Loss::Lyrics(1) => write!(f, "1 syllable of lyrics"),
            Loss::Lyrics(n) => write!(f, "{n} syllables of lyrics"),
            Loss::Texts(n) => counted(f, *n, "text or marker"),
        }
    }
}

/// What is lost on the way from `score` to `back`. `tracks` are those that are read, `homes` where each
/// came back, `ticks` brings ticks of `back` to the piece's.
pub(super) fn of(
    tokenizer: &dyn Tokenizer,
    score: &Score,
    back: &Score,
    tracks: &[&Track],
    homes: &[Option<usize>],
    ticks: impl Fn(u32) -> u32,
) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    let (before, after) = (tempos(score, |t| t), tempos(back, &ticks));
    if before != after {
        let summary = |list: &[(u32, u32)]| (60e6 / f64::from(list[0].1), list.len() - 1);
        losses.push(Loss::Tempo {
            before: summary(&before),
            after: summary(&after),
        });
    }
    let (before, after) = (meters(score, |t| t), meters(back, &ticks));
    if before != after {
        let summary = |list: &[(u32, (u8, u16))]| (list[0].1, list.len() - 1);
        losses.push(Loss::Metre {
            before: summary(&before),
            after: summary(&after),
        });
    }
    if !tokenizer.keeps().contains(&Aspect::Velocity)
        && let Some(velocity) = back.notes().map(|(_, n)| n.velocity).next()
        && tracks
            .iter()
            .any(|t| t.notes.iter().any(|n| n.velocity != velocity))
    {
        losses.push(Loss::Velocity(velocity));
    }
    let placed = || {
        tracks
            .iter()
            .zip(homes)
            .filter(|(t, _)| !t.notes.is_empty())
    };
    let (count, distinct) = (
        placed().count(),
        placed()
            .filter_map(|(_, home)| *home)
            .collect::<BTreeSet<_>>(),
    );
    if distinct.len() < count && !distinct.is_empty() {
        losses.push(Loss::Tracks {
            before: count,
            after: distinct.len(),
        });
    }
    let other = |(t, home): &(&&Track, &Option<usize>)| {
        let home = home.and_then(|h| back.tracks.get(h));
        !t.is_drums() && home.is_some_and(|h| h.first_program() != t.first_program())
    };
    let counted = [
        (
            placed().filter(other).count(),
            Loss::Instruments as fn(usize) -> Loss,
        ),
        (
            events(score, back, |k| {
                matches!(k, ChannelEventKind::Program { .. })
            }),
            |n| Loss::ProgramChanges(n),
        ),
        (
            score.keys.len().saturating_sub(back.keys.len()),
            Loss::KeySignatures,
        ),
        (events(score, back, is_pedal), Loss::PedalEvents),
        (
            events(score, back, |k| {
                matches!(k, ChannelEventKind::Controller { .. }) && !is_pedal(k)
            }),
            Loss::ControllerEvents,
        ),
        (
            events(score, back, |k| {
                matches!(k, ChannelEventKind::PitchBend { .. })
            }),
            Loss::PitchBends,
        ),
        (events(score, back, is_pressure), Loss::PressureEvents),
        (
            metas(score, |m| matches!(m, MetaKind::Lyric(_))),
            Loss::Lyrics,
        ),
        (
            metas(score, |m| {
                matches!(
                    m,
                    MetaKind::Text(_) | MetaKind::Marker(_) | MetaKind::CuePoint(_)
                )
            }),
            Loss::Texts,
        ),
    ];
    losses.extend(
        counted
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, loss)| loss(n)),
    );
    losses
}

fn is_pedal(kind: &ChannelEventKind) -> bool {
    matches!(
        kind,
        ChannelEventKind::Controller {
            controller: PEDAL,
            ..
        }
    )
}

fn is_pressure(kind: &ChannelEventKind) -> bool {
    matches!(
        kind,
        ChannelEventKind::ChannelPressure { .. } | ChannelEventKind::KeyPressure { .. }
    )
}

/// Events of a kind that are in `score` and not in `back`. The first program of a track is its instrument
/// and no event.
fn events(score: &Score, back: &Score, of: impl Fn(&ChannelEventKind) -> bool) -> usize {
    let count = |s: &Score| -> usize {
        let on = |t: &Track| {
            let mut first = true;
            let counts = |k: &ChannelEventKind| {
                let instrument =
                    matches!(k, ChannelEventKind::Program { .. }) && std::mem::take(&mut first);
                of(k) && !instrument
            };
            t.events
                .iter()
                .map(|e| &e.kind)
                .map(counts)
                .filter(|c| *c)
                .count()
        };
        s.tracks.iter().map(|t| on(t)).sum()
    };
    count(score).saturating_sub(count(back))
}

fn metas(score: &Score, of: impl Fn(&MetaKind) -> bool) -> usize {
    score.metas.iter().filter(|m| of(&m.kind)).count()
}

/// The tempos in force from tick to tick, never empty, each unlike the one before.
fn tempos(score: &Score, ticks: impl Fn(u32) -> u32) -> Vec<(u32, u32)> {
    let own = score
        .tempos
        .iter()
        .map(|t| (ticks(t.tick), t.micros_per_quarter));
    in_force((0, 500_000), own)
}

/// The metres in force, as [`tempos`].
fn meters(score: &Score, ticks: impl Fn(u32) -> u32) -> Vec<(u32, (u8, u16))> {
    let own = score
        .meters
        .iter()
        .map(|m| (ticks(m.tick), (m.numerator, m.denominator)));
    in_force((0, (4, 4)), own)
}

fn in_force<T: PartialEq + Copy>(
    first: (u32, T),
    own: impl Iterator<Item = (u32, T)>,
) -> Vec<(u32, T)> {
    let mut list = vec![first];
    for (tick, value) in own {
        let last = list.len() - 1;
        if list[last].0 == tick {
            list[last].1 = value;
        } else if list[last].1 != value {
            list.push((tick, value));
        }
    }
    list.dedup_by_key(|(_, value)| *value);
    list
}
