//! `roll` and `frame_roll`: the 88 keys of a piano as columns, moments of time as rows.
//!
//! `frame_roll` is the binary roll of MusicDiffGen: 24 frames a second, a cell is on while a key sounds, held
//! notes lengthened by the pedal, repeated notes run together. `roll` mends what that loses: its rows are
//! 16ths of the beat grid, and an onset differs from a note held on.

mod infill;

use super::codes;
use super::{
    Aspect, Cut, Field, Lowered, Refusal, TokenError, Tokenizer, Tokens, WriteBytes, Written, empty,
};
use crate::score::{ChannelEventKind, Mask, Score, Track};
use std::ops::RangeInclusive;

const KEYS: usize = 88;
const LOWEST: u8 = 21;
const OFF: i32 = 0;
const ONSET: i32 = 1;
const HELD: i32 = 2;
const FRAMES_A_SECOND: f64 = 24.0;
/// Frames of an item, sixteen seconds.
const SEGMENT: usize = 384;
const STEPS_A_QUARTER: u16 = 4;
const VELOCITY: u8 = 100;
/// Longest roll that is written, an hour of frames: beyond it a file is damaged rather than long.
const MOST_ROWS: usize = 3600 * 24;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Beats,
    Frames,
}

/// See the module.
pub struct Roll {
    clock: Clock,
}

/// The roll on the beat grid.
pub const ROLL: Roll = Roll {
    clock: Clock::Beats,
};
/// The binary roll of frames.
pub const FRAME_ROLL: Roll = Roll {
    clock: Clock::Frames,
};

/// Rows in which keys of a track sound: (start, end, key), `end` excluded.
type Spans = Vec<(usize, usize, usize)>;

/// Rows of the roll, a bit a key: a roll is long, and eighty-eight numbers a row would be most of the work.
struct Keyboards {
    onset: Vec<u128>,
    /// Empty where held on is not told from onset.
    held: Vec<u128>,
}

/// Eight bits as eight bytes, the lowest first.
const SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut bits = 0;
    while bits < 256 {
        let mut i = 0;
        while i < 8 {
            table[bits] |= ((bits as u64 >> i) & 1) << (8 * i);
            i += 1;
        }
        bits += 1;
    }
    table
};

impl Keyboards {
    fn held(&self, row: usize) -> u128 {
        self.held.get(row).copied().unwrap_or(0)
    }

    /// The rows up to the last that sounds.
    fn sounding(&self) -> usize {
        let sounds = |&row: &usize| self.onset[row] | self.held(row) != 0;
        (0..self.onset.len())
            .rev()
            .find(sounds)
            .map_or(0, |r| r + 1)
    }

    /// Appends the ids of so many rows, a byte each.
    fn write(&self, rows: usize, cells: &mut Vec<u8>) {
        cells.reserve(rows * KEYS);
        let mut row = [0; KEYS];
        let mut before = (0, 0);
        for (i, &onset) in self.onset.iter().take(rows).enumerate() {
            let now = (onset, self.held(i));
            // Most rows are like the one before.
            if now != before {
                before = now;
                let (onset, held) = (now.0.to_le_bytes(), now.1.to_le_bytes());
                for (k, ids) in row.chunks_exact_mut(8).enumerate() {
                    let on = SPREAD[usize::from(onset[k])] * ONSET as u64;
                    let held = SPREAD[usize::from(held[k])] * HELD as u64;
                    ids.copy_from_slice(&(on + held).to_le_bytes());
                }
            }
            cells.extend_from_slice(&row);
        }
    }
}

fn key(pitch: u8) -> Option<usize> {
    let key = pitch.checked_sub(LOWEST)? as usize;
    (key < KEYS).then_some(key)
}

fn beats(score: &Score, track: &Track) -> Spans {
    let step = |tick: u32| {
        let ppq = u64::from(score.ppq.max(1));
        ((u64::from(tick) * u64::from(STEPS_A_QUARTER) * 2 + ppq) / (2 * ppq)) as usize
    };
    let span = |n: &crate::score::Note| {
        let start = step(n.start);
        Some((start, step(n.end()).max(start + 1), key(n.pitch)?))
    };
    track.notes.iter().filter_map(span).collect()
}

/// Stretches of ticks in which the sustain pedal is down.
fn pedal(track: &Track) -> Vec<(u32, u32)> {
    let mut down = Vec::new();
    let mut since = None;
    for e in &track.events {
        let ChannelEventKind::Controller {
            controller: 64,
            value,
        } = e.kind
        else {
            continue;
        };
        match (value >= 64, since) {
            (true, None) => since = Some(e.tick),
            (false, Some(from)) => {
                down.push((from, e.tick));
                since = None;
            }
            _ => {}
        }
    }
    down.extend(since.map(|from| (from, track.end())));
    down
}

fn frames(score: &Score, track: &Track) -> Spans {
    let clock = score.clock();
    // Whole frames stay whole in spite of rounding.
    let frame = |tick: u32| (clock.seconds(tick.into()) * FRAMES_A_SECOND + 1e-6) as usize;
    let pedal: Vec<(usize, usize)> = pedal(track)
        .into_iter()
        .map(|(a, b)| (frame(a), frame(b)))
        .collect();
    // The stretches stand in order and apart, and a note ends near where the one before it did.
    let mut over = 0;
    let span = |n: &crate::score::Note| {
        let (start, mut end) = (frame(n.start), frame(n.end()));
        if start == end {
            return None;
        }
        while over > 0 && pedal[over - 1].1 >= end {
            over -= 1;
        }
        while over < pedal.len() && pedal[over].1 < end {
            over += 1;
        }
        if let Some(&(_, up)) = pedal.get(over).filter(|(down, _)| *down < end) {
            end = up;
        }
        Some((start, end, key(n.pitch)?))
    };
    track.notes.iter().filter_map(span).collect()
}

impl Roll {
    /// The keys of so many rows.
    fn keyboards(&self, spans: &mut Spans, rows: usize) -> Keyboards {
        let mut onset = vec![0; rows];
        if self.clock == Clock::Frames {
            for &mut (start, end, key) in spans {
                let sounding = onset.get_mut(start..end.min(rows)).unwrap_or_default();
                sounding.iter_mut().for_each(|row| *row |= 1u128 << key);
            }
            let held = Vec::new();
            return Keyboards { onset, held };
        }
        let mut held = vec![0; rows];
        // Later spans go over earlier ones.
        spans.sort_unstable();
        for &mut (start, end, key) in spans {
            let bit = 1u128 << key;
            let end = end.min(rows);
            for row in start..end {
                let (yes, no) = match row > start {
                    true => (&mut held, &mut onset),
                    false => (&mut onset, &mut held),
                };
                yes[row] |= bit;
                no[row] &= !bit;
            }
            // The end of an earlier, longer note on this key goes with the key.
            let after = held[end.max(start)..].iter_mut();
            for row in after.take_while(|row| **row & bit != 0) {
                *row &= !bit;
            }
        }
        Keyboards { onset, held }
    }

    /// The keys of the whole piece.
    fn piece(&self, score: &Score) -> Result<Keyboards, TokenError> {
        let tracks = score.tracks.iter().filter(|t| !t.is_drums());
        let mut spans: Spans = tracks
            .flat_map(|t| self.spans(score, t))
            .filter(|s| s.1 <= MOST_ROWS)
            .collect();
        let rows = spans.iter().map(|s| s.1).max().ok_or(TokenError::Lacks {
            tokenizer: self.id(),
            needs: "notes between A0 and C8",
        })?;
        Ok(self.keyboards(&mut spans, rows))
    }

    /// The tick a row begins at.
    fn tick(&self, score: &Score, row: usize) -> u32 {
        match self.clock {
            Clock::Beats => codes::tick(row as u32, score.ppq, STEPS_A_QUARTER.into()),
            Clock::Frames => score.clock().tick(row as f64 / FRAMES_A_SECOND).round() as u32,
        }
    }

    /// The first row that begins at or after a tick.
    pub fn row_from(&self, score: &Score, tick: u32) -> usize {
        let (mut low, mut high) = (0, MOST_ROWS);
        while low < high {
            let middle = (low + high) / 2;
            if self.tick(score, middle) < tick {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Rows in which the keys of the notes of a track sound.
    fn spans(&self, score: &Score, track: &Track) -> Spans {
        match self.clock {
            Clock::Beats => beats(score, track),
            Clock::Frames => frames(score, track),
        }
    }
}

impl WriteBytes for Roll {
    fn write_bytes(&self, score: &Score, bytes: &mut Vec<u8>) -> Result<(), TokenError> {
        let keyboards = self.piece(score)?;
        keyboards.write(keyboards.sounding(), bytes);
        Ok(())
    }
}

impl Tokenizer for Roll {
    fn id(&self) -> &'static str {
        match self.clock {
            Clock::Beats => "roll",
            Clock::Frames => "frame_roll",
        }
    }

    fn about(&self) -> &'static str {
        match self.clock {
            Clock::Beats => {
                "Off, onset or held for each of 88 keys and each 16th, all tracks together"
            }
            Clock::Frames => {
                "On or off for each of 88 keys, 24 frames a second, all tracks together"
            }
        }
    }

    fn fields(&self) -> Vec<Field> {
        let size = match self.clock {
            Clock::Beats => 3,
            Clock::Frames => 2,
        };
        vec![Field { name: "key", size }; KEYS]
    }

    fn keeps(&self) -> &'static [Aspect] {
        &[Aspect::Polyphony]
    }

    fn cut(&self) -> Cut {
        match self.clock {
            Clock::Beats => Cut::Bars,
            Clock::Frames => Cut::Rows(SEGMENT),
        }
    }

    fn pitches(&self) -> RangeInclusive<u8> {
        LOWEST..=LOWEST + KEYS as u8 - 1
    }

    fn in_seconds(&self) -> bool {
        self.clock == Clock::Frames
    }

    fn encode(&self, score: &Score) -> Result<Tokens, TokenError> {
        let mut bytes = Vec::new();
        self.write_bytes(score, &mut bytes)?;
        let ids = bytes.into_iter().map(i32::from).collect();
        Ok(Tokens { fields: KEYS, ids })
    }

    fn bytes(&self) -> Option<&dyn WriteBytes> {
        Some(self)
    }

    fn lower(&self, score: &Score, mask: &Mask) -> Result<Lowered, Refusal> {
        infill::lower(self, score, mask)
    }

    fn lift(
        &self,
        score: &Score,
        mask: &Mask,
        lowered: &Lowered,
        filled: &Tokens,
    ) -> Result<Vec<Written>, TokenError> {
        infill::lift(self, score, mask, lowered, filled)
    }

    fn decode(&self, tokens: &Tokens) -> Result<Score, TokenError> {
        // At 12 ticks a quarter and 120 bpm, a tick is a frame.
        let ppq = match self.clock {
            Clock::Beats => STEPS_A_QUARTER,
            Clock::Frames => 12,
        };
        let mut score = empty(self.id(), ppq, 120.0);
        let track = score.add_track("Piano", 0, 0);
        let mut since: [Option<u32>; KEYS] = [None; KEYS];
        let mut end = |score: &mut Score, key: usize, row: u32, next: Option<u32>| {
            if let Some(start) = std::mem::replace(&mut since[key], next) {
                score.add_note(track, start, row - start, LOWEST + key as u8, VELOCITY);
            }
            since[key].is_some()
        };
        let mut on = [false; KEYS];
        for (row, ids) in tokens.rows().enumerate() {
            let bad = |why: String| TokenError::Row {
                tokenizer: self.id(),
                row,
                why,
            };
            if ids.len() != KEYS {
                return Err(bad(format!("it has {} keys, not {KEYS}", ids.len())));
            }
            let now = row as u32;
            for (key, &id) in ids.iter().enumerate() {
                let held = match self.clock {
                    Clock::Beats => id == HELD,
                    Clock::Frames => id == ONSET && on[key],
                };
                on[key] = match id {
                    OFF => end(&mut score, key, now, None),
                    _ if held && on[key] => true,
                    // Held from nothing is an onset that was lost.
                    ONSET => end(&mut score, key, now, Some(now)),
                    HELD if self.clock == Clock::Beats => end(&mut score, key, now, Some(now)),
                    other => return Err(bad(format!("{other} is no state of a key"))),
                };
            }
        }
        for key in 0..KEYS {
            end(&mut score, key, tokens.len() as u32, None);
        }
        Ok(score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::ChannelEvent;

    fn piece() -> Score {
        let mut s = Score::default();
        let t = s.add_track("Piano", 0, 0);
        s.add_note(t, 0, 480, 60, 90);
        s.add_note(t, 480, 480, 60, 90);
        s
    }

    fn column(tokens: &Tokens, pitch: u8) -> Vec<i32> {
        tokens.rows().map(|r| r[(pitch - 21) as usize]).collect()
    }

    #[test]
    fn repeated_notes_stay_apart_on_the_beat_grid_only() {
        let s = piece();
        let cells = column(&ROLL.encode(&s).unwrap(), 60);
        assert_eq!(cells, [1, 2, 2, 2, 1, 2, 2, 2]);
        assert_eq!(
            ROLL.decode(&ROLL.encode(&s).unwrap()).unwrap().note_count(),
            2
        );
        // Half a second each at 120 bpm.
        let tokens = FRAME_ROLL.encode(&s).unwrap();
        assert_eq!(column(&tokens, 60), [1; 24]);
        assert_eq!(FRAME_ROLL.decode(&tokens).unwrap().note_count(), 1);
    }

    #[test]
    fn the_pedal_is_baked_into_the_frames() {
        let mut s = piece();
        let id = s.tracks[0].id;
        let kind = |value| ChannelEventKind::Controller {
            controller: 64,
            value,
        };
        s.track_mut(id).unwrap().events = vec![
            ChannelEvent {
                tick: 700,
                kind: kind(127),
            },
            ChannelEvent {
                tick: 1920,
                kind: kind(0),
            },
        ];
        assert_eq!(FRAME_ROLL.encode(&s).unwrap().len(), 48);
    }

    #[test]
    fn a_cell_that_is_no_state_is_refused() {
        let mut tokens = ROLL.encode(&piece()).unwrap();
        tokens.ids[5] = 3;
        assert!(
            ROLL.decode(&tokens)
                .unwrap_err()
                .to_string()
                .contains("3 is no state")
        );
    }
}
