//! A stretch of a score on the grid of 16ths: what the network can see of it.

use super::vocabulary::{MAX_STEPS, STEPS_PER_QUARTER, duration_id, tempo_class, velocity_id};
use crate::score::{Bars, NoteId, Score, Track, TrackId};
use serde::{Deserialize, Serialize};

/// Voices told apart in one window; further tracks stay unseen.
pub const MAX_VOICES: usize = 8;

/// One bar of context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BarInfo {
    /// Length in 16ths, 1..=32 (longer bars are cut to what the grid can hold).
    pub steps: u8,
    /// [`tempo_class`] in force where the bar starts.
    pub tempo: u8,
}

/// What a voice does in the texture. Named after POP909's three tracks, which the roles were learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Melody = 0,
    /// A second line: answers, fills, basses.
    Bridge = 1,
    /// Chords and accompaniment.
    Accompaniment = 2,
}

/// One voice of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceInfo {
    pub track: TrackId,
    pub role: Role,
}

/// A note on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridNote {
    /// Bar, counted from the first of the piece.
    pub bar: u16,
    /// Index into [`Piece::voices`].
    pub voice: u8,
    /// Step in the bar.
    pub onset: u8,
    pub pitch: u8,
    /// Duration id.
    pub duration: u8,
    /// Velocity id.
    pub velocity: u8,
    /// The note of the score this stands for.
    pub id: NoteId,
}

/// Bars, voices and notes on the grid, notes sorted by bar, voice, onset, pitch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub bars: Vec<BarInfo>,
    pub voices: Vec<VoiceInfo>,
    pub notes: Vec<GridNote>,
}

/// Ticks of one grid step, with its fraction.
pub fn step_ticks(ppq: u16) -> f64 {
    ppq.max(1) as f64 / STEPS_PER_QUARTER as f64
}

/// Steps in bar `bar`, at least 1 and at most [`MAX_STEPS`].
pub fn bar_steps(bars: &Bars, bar: u32, ppq: u16) -> u8 {
    (bars.length(bar) as f64 / step_ticks(ppq))
        .ceil()
        .clamp(1.0, MAX_STEPS as f64) as u8
}

/// Tick of a step in a bar.
pub fn step_tick(bars: &Bars, bar: u32, step: u8, ppq: u16) -> u32 {
    bars.start(bar) + (step as f64 * step_ticks(ppq)).round() as u32
}

/// Guesses what a track does from its name, else from how many of its notes sound together and how high.
pub fn role_of(track: &Track) -> Role {
    let name = track.name.to_lowercase();
    let named = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if named(&["melody", "vocal", "voice", "lead", "soprano"]) {
        return Role::Melody;
    }
    if named(&["bridge", "alto", "tenor", "bass", "counter"]) {
        return Role::Bridge;
    }
    if named(&["piano", "chord", "pad", "accomp"]) {
        return Role::Accompaniment;
    }
    let n = track.notes.len().max(1) as f64;
    let together = track
        .notes
        .windows(2)
        .filter(|w| w[0].start == w[1].start)
        .count() as f64
        / n;
    let height = track.notes.iter().map(|n| n.pitch as f64).sum::<f64>() / n;
    match (together > 0.2, height > 64.0) {
        (true, _) => Role::Accompaniment,
        (false, true) => Role::Melody,
        (false, false) => Role::Bridge,
    }
}

impl Piece {
    /// Bars `[first, end)` of a score on the grid. Of more than [`MAX_VOICES`] pitched tracks, those in
    /// `needed` come first, then those with most notes; drum tracks are not seen.
    pub fn of_score(score: &Score, bars: &Bars, first: u32, end: u32, needed: &[TrackId]) -> Piece {
        let (from, to) = (bars.start(first), bars.start(end));
        let mut tracks: Vec<&Track> = score
            .tracks
            .iter()
            .map(|t| t.as_ref())
            .filter(|t| !t.is_drums())
            .collect();
        if tracks.len() > MAX_VOICES {
            tracks.sort_by_key(|t| {
                (
                    !needed.contains(&t.id),
                    std::cmp::Reverse(t.starting_in(from, to).len()),
                )
            });
            tracks.truncate(MAX_VOICES);
        }
        let mut piece = Piece {
            bars: (first..end)
                .map(|b| BarInfo {
                    steps: bar_steps(bars, b, score.ppq),
                    tempo: tempo_class(score.bpm_at(bars.start(b))),
                })
                .collect(),
            voices: tracks
                .iter()
                .map(|t| VoiceInfo {
                    track: t.id,
                    role: role_of(t),
                })
                .collect(),
            notes: Vec::new(),
        };
        let step = step_ticks(score.ppq);
        for (voice, track) in tracks.iter().enumerate() {
            for n in &track.notes[track.starting_in(from, to)] {
                let bar = bars.bar_at(n.start);
                let info = piece.bars[(bar - first) as usize];
                let onset = ((n.start - bars.start(bar)) as f64 / step).round();
                // A note just before the bar line belongs to the next bar's first step, if that is here.
                let (bar, onset) = if onset >= info.steps as f64 && bar + 1 < end {
                    (bar + 1, 0)
                } else {
                    (bar, (onset as usize).min(info.steps as usize - 1) as u8)
                };
                piece.notes.push(GridNote {
                    bar: (bar - first) as u16,
                    voice: voice as u8,
                    onset,
                    pitch: n.pitch,
                    duration: duration_id(n.length as f64 / step),
                    velocity: velocity_id(n.velocity),
                    id: n.id,
                });
            }
        }
        piece.sort();
        piece
    }

    /// Puts the notes in order.
    pub fn sort(&mut self) {
        self.notes
            .sort_by_key(|n| (n.bar, n.voice, n.onset, n.pitch, n.id));
    }

    /// Bars `[first, first + count)` as a piece of their own, bars counted from 0 again.
    pub fn window(&self, first: usize, count: usize) -> Piece {
        let end = (first + count).min(self.bars.len());
        let a = self.notes.partition_point(|n| (n.bar as usize) < first);
        let b = self.notes.partition_point(|n| (n.bar as usize) < end);
        Piece {
            bars: self.bars[first.min(end)..end].to_vec(),
            voices: self.voices.clone(),
            notes: self.notes[a..b]
                .iter()
                .map(|n| GridNote {
                    bar: n.bar - first as u16,
                    ..*n
                })
                .collect(),
        }
    }

    /// The notes moved by `semitones`, or `None` if one would leave 0..=127.
    pub fn transposed(&self, semitones: i8) -> Option<Piece> {
        let mut piece = self.clone();
        for n in &mut piece.notes {
            n.pitch = u8::try_from(n.pitch as i16 + semitones as i16)
                .ok()
                .filter(|&p| p < 128)?;
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_fall_on_their_bar_and_step() {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 0, 480, 60, 80);
        s.add_note(t, 1920 + 239, 120, 62, 80);
        s.add_note(t, 3839, 120, 64, 80);
        let p = Piece::of_score(&s, &s.bars(), 0, 3, &[]);
        let at: Vec<_> = p.notes.iter().map(|n| (n.bar, n.onset, n.pitch)).collect();
        assert_eq!(at, [(0, 0, 60), (1, 2, 62), (2, 0, 64)]);
        // In the last bar of the window there is no next bar to round into.
        let p = Piece::of_score(&s, &s.bars(), 1, 2, &[]);
        assert_eq!(p.notes.last().map(|n| (n.bar, n.onset)), Some((0, 15)));
    }

    #[test]
    fn drums_are_not_seen_and_needed_tracks_are() {
        let mut s = Score::default();
        let drums = s.add_track("Drums", 9, 0);
        s.add_note(drums, 0, 10, 36, 80);
        let mut last = drums;
        for i in 0..12 {
            last = s.add_track(format!("t{i}"), 0, 0);
            if i < 11 {
                s.add_note(last, 0, 10, 60, 80);
            }
        }
        let p = Piece::of_score(&s, &s.bars(), 0, 1, &[last]);
        assert_eq!(p.voices.len(), MAX_VOICES);
        assert!(p.voices.iter().any(|v| v.track == last));
        assert!(p.voices.iter().all(|v| v.track != drums));
    }
}
