//! Tempo, meter and key events: their bytes, and where in the file they stood.
//!
//! The score holds one map for the whole piece, a file may state the same thing in every chunk. An event
//! that stands once, in chunk 0, lives in the map alone. All others are kept as raw metas beside the map,
//! which say where it is written; such a meta is written only as long as the map still holds its value,
//! so an edit of the map wins.

use super::tally::Tally;
use crate::score::{KeySignature, Meter, Score, Tempo};
use std::collections::{HashMap, HashSet};

pub const TEMPO: u8 = 0x51;
pub const METER: u8 = 0x58;
pub const KEY: u8 = 0x59;

/// One value of one of the three maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conductor {
    Tempo(Tempo),
    Meter(Meter),
    Key(KeySignature),
}

impl Conductor {
    pub fn kind(&self) -> u8 {
        match self {
            Conductor::Tempo(_) => TEMPO,
            Conductor::Meter(_) => METER,
            Conductor::Key(_) => KEY,
        }
    }

    pub fn tick(&self) -> u32 {
        match self {
            Conductor::Tempo(t) => t.tick,
            Conductor::Meter(m) => m.tick,
            Conductor::Key(k) => k.tick,
        }
    }

    /// The body of the meta event. A tempo slower than three bytes can say becomes the slowest.
    pub fn body(&self) -> Vec<u8> {
        match self {
            Conductor::Tempo(t) => {
                let micros = t.micros_per_quarter.clamp(1, 0xFF_FFFF);
                micros.to_be_bytes()[1..].to_vec()
            }
            Conductor::Meter(m) => {
                let exponent = m.denominator.max(1).ilog2() as u8;
                vec![m.numerator.max(1), exponent, m.clocks, m.thirty_seconds]
            }
            Conductor::Key(k) => vec![k.sharps.clamp(-7, 7) as u8, u8::from(k.minor)],
        }
    }

    /// Reads the exact form that `body` writes; `None` for anything else.
    pub fn exact(kind: u8, tick: u32, body: &[u8]) -> Option<Conductor> {
        let found = Conductor::lenient(kind, tick, body, &mut Tally::default())??;
        (found.body() == body).then_some(found)
    }

    /// Reads a meta body, mending or dropping (`Some(None)`) what makes no sense. `None`: not of these
    /// three kinds, or too short to be read.
    pub fn lenient(
        kind: u8,
        tick: u32,
        body: &[u8],
        tally: &mut Tally,
    ) -> Option<Option<Conductor>> {
        match (kind, body) {
            (TEMPO, [a, b, c, rest @ ..]) => {
                let micros_per_quarter = u32::from_be_bytes([0, *a, *b, *c]);
                if micros_per_quarter == 0 {
                    tally.zero_tempos += 1;
                    return Some(None);
                }
                tally.odd_tempos += u64::from(!rest.is_empty());
                Some(Some(Conductor::Tempo(Tempo {
                    tick,
                    micros_per_quarter,
                })))
            }
            (METER, [numerator, exponent, rest @ ..]) => {
                if *numerator == 0 || *exponent > 7 {
                    tally.bad_meters += 1;
                    return Some(None);
                }
                tally.odd_meters += u64::from(rest.len() != 2);
                let mut meter = Meter::new(tick, *numerator, 1 << *exponent);
                if let [clocks, thirty_seconds, ..] = rest {
                    meter.clocks = *clocks;
                    meter.thirty_seconds = *thirty_seconds;
                }
                Some(Some(Conductor::Meter(meter)))
            }
            (KEY, [sharps, mode, rest @ ..]) => {
                let sharps = i8::from_be_bytes([*sharps]);
                if !(-7..=7).contains(&sharps) {
                    tally.bad_keys += 1;
                    return Some(None);
                }
                tally.odd_keys += u64::from(*mode > 1 || !rest.is_empty());
                Some(Some(Conductor::Key(KeySignature {
                    tick,
                    sharps,
                    minor: *mode != 0,
                })))
            }
            _ => None,
        }
    }
}

/// Everything the maps of a score hold, tempo, meter, key.
pub fn of(score: &Score) -> Vec<Conductor> {
    let tempos = score.tempos.iter().copied().map(Conductor::Tempo);
    let meters = score.meters.iter().copied().map(Conductor::Meter);
    let keys = score.keys.iter().copied().map(Conductor::Key);
    tempos.chain(meters).chain(keys).collect()
}

/// Collects the events of a file into the maps. Gives the (kind, tick) pairs that stand once, in chunk 0.
pub fn fill(score: &mut Score, mut placed: Vec<(u16, Conductor)>) -> HashSet<(u8, u32)> {
    placed.sort_by_key(|(_, c)| c.tick());
    let mut count: HashMap<(u8, u32), (usize, bool)> = HashMap::new();
    for (chunk, c) in &placed {
        let e = count.entry((c.kind(), c.tick())).or_insert((0, true));
        *e = (e.0 + 1, e.1 && *chunk == 0);
    }
    // Of equal statements the last stays: it is the one that would win on playback.
    let mut seen = HashSet::new();
    let mut kept: Vec<Conductor> = placed
        .iter()
        .rev()
        .filter(|(_, c)| seen.insert(*c))
        .map(|(_, c)| *c)
        .collect();
    kept.reverse();
    for c in kept {
        match c {
            Conductor::Tempo(t) => score.tempos.push(t),
            Conductor::Meter(m) => score.meters.push(m),
            Conductor::Key(k) => score.keys.push(k),
        }
    }
    count
        .into_iter()
        .filter(|(_, (n, first))| *n == 1 && *first)
        .map(|(k, _)| k)
        .collect()
}
