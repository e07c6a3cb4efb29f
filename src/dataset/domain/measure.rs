//! What is measured of a piece on the grid.

use crate::tokenizer::octuple::Piece;
use crate::tokenizer::octuple::piece::Role;
use crate::tokenizer::octuple::vocabulary::{DURATIONS, velocity_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing that is measured, one value a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Middle MIDI pitch of the melody.
    MelodyPitch,
    /// Middle MIDI pitch of second lines.
    BridgePitch,
    /// Middle MIDI pitch of accompaniments.
    AccompanimentPitch,
    /// Notes a bar of sixteen 16ths, all tracks together.
    Density,
    /// Middle tempo in quarters a minute, as fine as the model is told it.
    Tempo,
    /// Notes that sound at a time, where any does.
    Together,
    /// Mean velocity.
    Velocity,
    /// Mean distance of onsets from the 16ths, in 16ths.
    Grid,
    /// Share of bars in which a note begins with the bar.
    Downbeats,
    /// Pitched tracks with notes.
    Tracks,
    /// Share of bars of a length that training songs hardly have. Has no spread of its own.
    Metre,
}

impl Measure {
    /// The pitch of a role.
    pub(super) fn pitch_of(role: Role) -> Measure {
        match role {
            Role::Melody => Measure::MelodyPitch,
            Role::Bridge => Measure::BridgePitch,
            Role::Accompaniment => Measure::AccompanimentPitch,
        }
    }

    /// Whether it is a pitch, which transposing moves.
    pub fn is_pitch(self) -> bool {
        matches!(
            self,
            Measure::MelodyPitch | Measure::BridgePitch | Measure::AccompanimentPitch
        )
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Measure::MelodyPitch => "melody range",
            Measure::BridgePitch => "second line range",
            Measure::AccompanimentPitch => "accompaniment range",
            Measure::Density => "notes a bar",
            Measure::Tempo => "tempo",
            Measure::Together => "notes at a time",
            Measure::Velocity => "velocity",
            Measure::Grid => "distance from 16ths",
            Measure::Downbeats => "bars that begin with a note",
            Measure::Tracks => "tracks",
            Measure::Metre => "metre",
        })
    }
}

/// Quarters a minute in the middle of a tempo class.
fn bpm(class: u8) -> f64 {
    16.0 * 2f64.powf((2.0 * f64::from(class) + 0.5) / 12.0)
}

/// The middle value, the lower of two; `None` for none.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// First step of each bar, and the end of the last.
pub(super) fn bar_starts(piece: &Piece) -> Vec<usize> {
    let mut starts = vec![0];
    for bar in &piece.bars {
        starts.push(starts[starts.len() - 1] + usize::from(bar.steps));
    }
    starts
}

/// Everything that can be measured of a piece, `grid` being its distance from the 16ths. Empty for a piece
/// without notes.
pub(super) fn of(piece: &Piece, grid: Option<f64>) -> BTreeMap<Measure, f64> {
    let mut values = BTreeMap::new();
    let (Some(first), Some(last)) = (
        piece.notes.iter().map(|n| n.bar).min(),
        piece.notes.iter().map(|n| n.bar).max(),
    ) else {
        return values;
    };
    let starts = bar_starts(piece);
    for role in [Role::Melody, Role::Bridge, Role::Accompaniment] {
        let notes = piece.notes.iter();
        let of_role = notes.filter(|n| piece.voices[usize::from(n.voice)].role == role);
        let mut pitches: Vec<f64> = of_role.map(|n| f64::from(n.pitch)).collect();
        if let Some(pitch) = median(&mut pitches) {
            values.insert(Measure::pitch_of(role), pitch);
        }
    }
    let played = usize::from(first)..usize::from(last) + 1;
    let steps = (starts[played.end] - starts[played.start]).max(1) as f64;
    let count = piece.notes.len() as f64;
    values.insert(Measure::Density, count * 16.0 / steps);
    let mut tempos: Vec<f64> = piece.bars[played.clone()]
        .iter()
        .map(|b| bpm(b.tempo))
        .collect();
    if let Some(tempo) = median(&mut tempos) {
        values.insert(Measure::Tempo, tempo);
    }
    values.insert(Measure::Together, together(piece, &starts));
    let velocity: f64 = piece
        .notes
        .iter()
        .map(|n| f64::from(velocity_of(n.velocity)))
        .sum();
    values.insert(Measure::Velocity, velocity / count);
    if let Some(grid) = grid {
        values.insert(Measure::Grid, grid);
    }
    let bars = |first_step: bool| -> f64 {
        let notes = piece.notes.iter().filter(|n| !first_step || n.onset == 0);
        notes.map(|n| n.bar).collect::<BTreeSet<_>>().len() as f64
    };
    values.insert(Measure::Downbeats, bars(true) / bars(false));
    let voices: BTreeSet<u8> = piece.notes.iter().map(|n| n.voice).collect();
    values.insert(Measure::Tracks, voices.len() as f64);
    values
}

/// Mean number of notes that sound, over the steps in which any does.
fn together(piece: &Piece, starts: &[usize]) -> f64 {
    let end = starts[starts.len() - 1];
    let mut change = vec![0i64; end + 1];
    for n in &piece.notes {
        let from = (starts[usize::from(n.bar)] + usize::from(n.onset)).min(end);
        let length = DURATIONS[usize::from(n.duration).min(DURATIONS.len() - 1)];
        change[from] += 1;
        change[(from + usize::from(length)).min(end)] -= 1;
    }
    let (mut sounding, mut sum, mut steps) = (0, 0, 0);
    for c in &change[..end] {
        sounding += c;
        sum += sounding;
        steps += i64::from(sounding > 0);
    }
    sum as f64 / steps.max(1) as f64
}
