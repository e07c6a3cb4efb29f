//! A piece as the metrics see it: its notes once, with every clock a metric counts on.

use crate::score::{ChannelEventKind, Score};
use crate::tokenizer::codes;

/// 16ths of a quarter: the octuple's positions a quarter, and the clock of [`SampleNote::position`].
const POSITIONS: u32 = 16;

/// One note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleNote {
    /// Bar the onset lies in, from 0.
    pub bar: u32,
    /// 16ths of a quarter from the start of the bar.
    pub position: u32,
    /// Index of the track.
    pub track: u16,
    /// MIDI pitch.
    pub pitch: u8,
    /// Duration code of the octuple, 0..=127.
    pub duration_code: u8,
    /// MIDI velocity.
    pub velocity: u8,
    /// Whether it lies on a drum track.
    pub drum: bool,
    /// Onset in ticks.
    pub start: u32,
    /// End in ticks.
    pub end: u32,
    /// Onset in 16ths from the start of the piece, halves up.
    pub step: u32,
    /// Length in 16ths, at least 1.
    pub steps: u32,
}

/// A piece ready to be measured.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// What a person knows it by: the id of a song, the name of a file.
    pub name: String,
    /// Ticks a quarter.
    pub ppq: u32,
    /// Sorted as the rows of an octuple: by bar, position, track, pitch and so on.
    pub notes: Vec<SampleNote>,
    /// Bars up to the end of the last note.
    pub bars: u32,
    /// First tick of each bar and of the one after the last.
    pub bar_starts: Vec<u32>,
    /// Number of tracks, with notes or without.
    pub tracks: u16,
    /// Tick of the last controller of any track, 0 without: a pedal is often lifted after the last note, and MusPy takes
    /// that for the end of the music.
    pub last_controller: u32,
    /// Whether the tokens it came from were all legal; pieces that were never tokens are.
    pub valid: bool,
    /// Its bars as a model hears them ([`Model::latents`](crate::model::Model::latents)); empty where nobody asked one.
    pub latents: Vec<Vec<f32>>,
}

impl Sample {
    /// Reads a piece. Notes keep their own ticks; the clocks of 16ths are rounded.
    pub fn of(name: impl Into<String>, score: &Score) -> Sample {
        let lines = score.bars();
        let ppq = u32::from(score.ppq.max(1));
        let step =
            |tick: u32| ((u64::from(tick) * 8 + u64::from(ppq)) / (2 * u64::from(ppq))) as u32;
        let bars = score.bar_count();
        let mut notes = Vec::with_capacity(score.note_count());
        for (track, t) in score.tracks.iter().enumerate() {
            let drum = t.is_drums();
            for n in &t.notes {
                let bar = lines.bar_at(n.start);
                let at = |tick| codes::position(tick, score.ppq, POSITIONS);
                let length = at(n.end()).saturating_sub(at(n.start)).max(1);
                notes.push(SampleNote {
                    bar,
                    position: at(n.start - lines.start(bar)),
                    track: track as u16,
                    pitch: n.pitch,
                    duration_code: codes::duration(length),
                    velocity: n.velocity,
                    drum,
                    start: n.start,
                    end: n.end(),
                    step: step(n.start),
                    steps: step(n.end()).saturating_sub(step(n.start)).max(1),
                });
            }
        }
        notes.sort_unstable();
        Sample {
            name: name.into(),
            ppq,
            valid: !notes.is_empty(),
            notes,
            bars,
            bar_starts: (0..=bars).map(|b| lines.start(b)).collect(),
            tracks: score.tracks.len() as u16,
            latents: Vec::new(),
            last_controller: last_controller(score),
        }
    }

    /// Notes that have a pitch: those not on drum tracks.
    pub fn pitched(&self) -> impl Iterator<Item = &SampleNote> + Clone {
        self.notes.iter().filter(|n| !n.drum)
    }

    /// The notes of each bar, in order.
    pub fn by_bar(&self) -> Vec<&[SampleNote]> {
        let mut bars = Vec::with_capacity(self.bars as usize);
        let mut rest = self.notes.as_slice();
        for bar in 0..self.bars {
            let end = rest.partition_point(|n| n.bar <= bar);
            let (here, after) = rest.split_at(end);
            bars.push(here);
            rest = after;
        }
        bars
    }

    /// The notes of each track in order of onset and pitch, tracks without notes left out.
    pub fn by_track(&self) -> Vec<Vec<SampleNote>> {
        let mut tracks = vec![Vec::new(); self.tracks as usize];
        for n in &self.notes {
            if let Some(list) = tracks.get_mut(n.track as usize) {
                list.push(*n);
            }
        }
        for list in &mut tracks {
            list.sort_by_key(|n| (n.start, n.pitch, n.end));
        }
        tracks.retain(|t| !t.is_empty());
        tracks
    }

    /// The monophonic lines of the grid representations, a list of (step, steps, pitch) a track: of notes that start
    /// together the highest, cut by the next one. Pitches beyond 21..=108 and drums are left out.
    pub fn lines(&self) -> Vec<Vec<(u32, u32, u8)>> {
        let pitched = self.by_track().into_iter();
        pitched
            .filter(|t| t.iter().all(|n| !n.drum))
            .map(|track| {
                let mut line: Vec<(u32, u32, u8)> = track
                    .iter()
                    .filter(|n| (21..=108).contains(&n.pitch))
                    .map(|n| (n.step, n.steps, n.pitch))
                    .collect();
                line.sort_by_key(|&(step, steps, pitch)| (step, std::cmp::Reverse(pitch), steps));
                line.dedup_by_key(|n| n.0);
                for i in 1..line.len() {
                    line[i - 1].1 = line[i - 1].1.min(line[i].0 - line[i - 1].0);
                }
                line
            })
            .collect()
    }

    /// The highest pitched note of every onset: the line a listener follows.
    pub fn skyline(&self) -> Vec<SampleNote> {
        let mut line: Vec<SampleNote> = self.pitched().copied().collect();
        line.sort_by_key(|n| (n.step, std::cmp::Reverse(n.pitch), n.start));
        line.dedup_by_key(|n| n.step);
        line
    }
}

fn last_controller(score: &Score) -> u32 {
    let events = score.tracks.iter().flat_map(|t| &t.events);
    let controllers = events.filter(|e| matches!(e.kind, ChannelEventKind::Controller { .. }));
    controllers.map(|e| e.tick).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> Score {
        let mut s = Score::default();
        let a = s.add_track("A", 0, 0);
        let d = s.add_track("Drums", 9, 0);
        s.add_note(a, 1920 + 240, 480, 64, 80);
        s.add_note(a, 1920 + 240, 240, 60, 80);
        s.add_note(a, 1920 + 480, 960, 62, 80);
        s.add_note(d, 0, 60, 36, 100);
        s
    }

    #[test]
    fn every_clock_says_where_a_note_lies() {
        let s = Sample::of("x", &piece());
        assert_eq!((s.bars, s.notes.len()), (2, 4));
        let low = s.notes[1];
        assert_eq!((low.bar, low.position, low.pitch), (1, 8, 60));
        assert_eq!((low.step, low.steps, low.duration_code), (18, 2, 8));
        assert_eq!(
            s.by_bar().iter().map(|b| b.len()).collect::<Vec<_>>(),
            [1, 3]
        );
        assert_eq!(s.bar_starts, [0, 1920, 3840]);
    }

    #[test]
    fn a_line_keeps_the_highest_and_is_cut_by_the_next() {
        let s = Sample::of("x", &piece());
        assert_eq!(s.lines(), [vec![(18, 2, 64), (20, 8, 62)]]);
        let top: Vec<u8> = s.skyline().iter().map(|n| n.pitch).collect();
        assert_eq!(top, [64, 62]);
    }
}
