//! Which note of a decoded piece is which note of the piece it came from.
//!
//! Representations move notes but do not reorder the notes of one pitch on one track, so these are matched
//! in order, with the least movement added up. That stays right where a long rest was cut and everything
//! behind it comes back early, which the nearest onset alone would get wrong.

use crate::score::{Note, NoteId, Track};
use std::cmp::Reverse;

/// Largest table of one alignment; beyond it notes are matched to the nearest in one walk.
const MOST_CELLS: usize = 20_000_000;

/// A note on either side, in ticks of the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Place of its track among those of its side.
    pub track: usize,
    pub start: u32,
    pub end: u32,
    pub pitch: u8,
    pub velocity: u8,
}

impl Sound {
    /// A note with its ticks brought to the piece's.
    pub fn of(track: usize, n: &Note, ticks: impl Fn(u32) -> u32) -> Sound {
        let start = ticks(n.start);
        Sound {
            track,
            start,
            end: ticks(n.end()).max(start),
            pitch: n.pitch,
            velocity: n.velocity,
        }
    }

    /// As a note without a name.
    pub fn note(&self) -> Note {
        Note {
            id: NoteId(0),
            start: self.start,
            length: self.end - self.start,
            pitch: self.pitch,
            velocity: self.velocity,
            release: None,
        }
    }
}

/// Places of one track's sounds, by pitch and onset.
fn by_pitch(sounds: &[Sound], on: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut places: Vec<usize> = (0..sounds.len()).filter(|&i| on(sounds[i].track)).collect();
    places.sort_by_key(|&i| {
        let s = sounds[i];
        (s.pitch, s.start, s.end, s.velocity, s.track)
    });
    places
}

/// Sounds that are in both lists, which are in the order of [`by_pitch`], give or take `near` ticks.
fn common(a: &[Sound], b: &[Sound], near: u32) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x.pitch == y.pitch && x.start.abs_diff(y.start) <= near {
            (i, j, count) = (i + 1, j + 1, count + 1);
        } else if (x.pitch, x.start) < (y.pitch, y.start) {
            i += 1;
        } else {
            j += 1;
        }
    }
    count
}

/// For each track of the piece the decoded track that holds most of it; of equals the one with its
/// instrument, then the one in its place among those with notes. `None` where nothing was decoded.
pub fn homes(
    tracks: &[&Track],
    decoded: &[&Track],
    originals: &[Sound],
    returned: &[Sound],
    near: u32,
) -> Vec<Option<usize>> {
    let gather = |sounds: &[Sound], track: usize| -> Vec<Sound> {
        let places = by_pitch(sounds, |t| t == track);
        places.into_iter().map(|i| sounds[i]).collect()
    };
    let back: Vec<Vec<Sound>> = (0..decoded.len()).map(|d| gather(returned, d)).collect();
    let filled: Vec<usize> = (0..decoded.len())
        .filter(|&d| !back[d].is_empty())
        .collect();
    let mut place = 0;
    let mut home = |(o, track): (usize, &&Track)| {
        let own = gather(originals, o);
        let best = filled.iter().enumerate().max_by_key(|&(rank, &d)| {
            (
                decoded[d].is_drums() == track.is_drums(),
                common(&own, &back[d], near),
                common(&own, &back[d], u32::MAX),
                decoded[d].first_program() == track.first_program(),
                Reverse(rank.abs_diff(place)),
            )
        });
        place += usize::from(!own.is_empty());
        best.map(|(_, &d)| d)
    };
    tracks.iter().enumerate().map(&mut home).collect()
}

/// For each sound of the piece the one it came back as. No returned sound is taken twice.
pub fn pair(
    originals: &[Sound],
    returned: &[Sound],
    homes: &[Option<usize>],
    near: u32,
) -> Vec<Option<usize>> {
    let mut partners = vec![None; originals.len()];
    let mut taken = vec![false; returned.len()];
    let mut decoded: Vec<usize> = homes.iter().flatten().copied().collect();
    decoded.sort_unstable();
    decoded.dedup();
    for home in decoded {
        let from = by_pitch(originals, |t| homes[t] == Some(home));
        let to = by_pitch(returned, |t| t == home);
        for a in from.chunk_by(|&a, &b| originals[a].pitch == originals[b].pitch) {
            let pitch = originals[a[0]].pitch;
            let first = to.partition_point(|&i| returned[i].pitch < pitch);
            let end = to.partition_point(|&i| returned[i].pitch <= pitch);
            let b = &to[first..end];
            let cost = |x: usize, y: usize| distance(&originals[a[x]], &returned[b[y]]);
            let pairs = if a.len() <= b.len() {
                in_order(a.len(), b.len(), cost)
            } else {
                let pairs = in_order(b.len(), a.len(), |y, x| cost(x, y));
                pairs.into_iter().map(|(y, x)| (x, y)).collect()
            };
            for (x, y) in pairs {
                partners[a[x]] = Some(b[y]);
                taken[b[y]] = true;
            }
        }
    }
    // What is left on both sides changed its track, or its pitch.
    let strays: Vec<usize> = (0..returned.len()).filter(|&i| !taken[i]).collect();
    let same_key = |o: &Sound, r: &Sound| o.pitch == r.pitch;
    let same_track = |o: &Sound, r: &Sound| homes[o.track] == Some(r.track);
    for belongs in [&same_key as &dyn Fn(&Sound, &Sound) -> bool, &same_track] {
        for &stray in &strays {
            if taken[stray] {
                continue;
            }
            let r = &returned[stray];
            let fits = |i: &usize| {
                let o = &originals[*i];
                partners[*i].is_none() && o.start.abs_diff(r.start) <= near && belongs(o, r)
            };
            let nearest = (0..originals.len()).filter(fits).min_by_key(|&i| {
                let o = &originals[i];
                (distance(o, r), o.pitch.abs_diff(r.pitch))
            });
            if let Some(i) = nearest {
                partners[i] = Some(stray);
                taken[stray] = true;
            }
        }
    }
    partners
}

/// How far two sounds are apart: onsets count, ends decide between equals.
fn distance(a: &Sound, b: &Sound) -> u64 {
    8 * u64::from(a.start.abs_diff(b.start)) + u64::from(a.end.abs_diff(b.end))
}

/// Matches each of `few` to one of `many` in order, such that the costs add up to the least.
fn in_order(few: usize, many: usize, cost: impl Fn(usize, usize) -> u64) -> Vec<(usize, usize)> {
    let spare = many - few;
    if spare == 0 {
        return (0..few).map(|i| (i, i)).collect();
    }
    if few.saturating_mul(spare + 1) > MOST_CELLS {
        return nearest(few, many, cost);
    }
    // best[k]: the least cost of those matched so far with k of the many left out before the next;
    // skipped[i][k]: whether the one before was left out rather than matched.
    let mut best = vec![0u64; spare + 1];
    let mut skipped = vec![true; (few + 1) * (spare + 1)];
    for i in 0..few {
        let row = (i + 1) * (spare + 1);
        let mut before = u64::MAX;
        for k in 0..=spare {
            let matched = best[k].saturating_add(cost(i, i + k));
            skipped[row + k] = before <= matched;
            before = before.min(matched);
            best[k] = before;
        }
    }
    let (mut i, mut k) = (few, spare);
    let mut pairs = Vec::with_capacity(few);
    while i > 0 {
        if k > 0 && skipped[i * (spare + 1) + k] {
            k -= 1;
        } else {
            pairs.push((i - 1, i - 1 + k));
            i -= 1;
        }
    }
    pairs
}

/// As [`in_order`] in one walk, not always the least: each takes the nearest that leaves enough for the rest.
fn nearest(few: usize, many: usize, cost: impl Fn(usize, usize) -> u64) -> Vec<(usize, usize)> {
    let mut next = 0;
    (0..few)
        .map(|i| {
            let last = many - (few - i);
            let mut at = next;
            while at < last && cost(i, at + 1) <= cost(i, at) {
                at += 1;
            }
            next = at + 1;
            (i, at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_whole_line_is_matched_with_the_least_movement() {
        let (a, b) = ([10i64, 20, 30], [0i64, 11, 19, 50, 29]);
        let cost = |x: usize, y: usize| a[x].abs_diff(b[y]);
        let mut pairs = in_order(2, 4, cost);
        pairs.sort_unstable();
        assert_eq!(pairs, [(0, 1), (1, 2)]);
        assert_eq!(nearest(2, 4, cost), [(0, 1), (1, 2)]);
    }

    proptest! {
        #[test]
        fn no_other_matching_in_order_moves_less(
            a in prop::collection::vec(0u64..50, 0..5),
            b in prop::collection::vec(0u64..50, 0..8),
        ) {
            let (mut few, mut many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
            few.sort_unstable();
            many.sort_unstable();
            let sum = |pairs: &[(usize, usize)]| {
                pairs.iter().map(|&(x, y)| few[x].abs_diff(many[y])).sum::<u64>()
            };
            // Every choice of as many of the many.
            let all = (0u32..1 << many.len()).filter(|s| s.count_ones() as usize == few.len());
            let least = all
                .map(|s| {
                    let chosen = (0..many.len()).filter(|i| s >> i & 1 == 1);
                    sum(&(0..few.len()).zip(chosen).collect::<Vec<_>>())
                })
                .min();
            let pairs = in_order(few.len(), many.len(), |x, y| few[x].abs_diff(many[y]));
            prop_assert_eq!(pairs.len(), few.len());
            prop_assert_eq!(Some(sum(&pairs)), least);
        }
    }
}
