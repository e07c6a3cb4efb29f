//! What is remembered rather than composed: PhraseLDM's rule on the words of the melody (systems.md 4.6), and stretches
//! of a training song in any key ([`nearest`](crate::evaluation::nearest)).

use crate::evaluation::registry::{Direction, Measure, Metric, Sets};
use crate::evaluation::sample::Sample;

const fn entry(
    key: &'static str,
    title: &'static str,
    unit: &'static str,
    source: &'static str,
    about: &'static str,
    measure: fn(Sets<'_>) -> Vec<Option<f64>>,
) -> Metric {
    Metric {
        key,
        title,
        unit,
        direction: Direction::Match,
        family: "memory",
        source,
        about,
        measure: Measure::Beside(measure),
        slow: true,
    }
}

const PHRASE: &str = "PhraseLDM: word error rate of the melody's REMI-z words";
const LACUNA: &str = "Lacuna: notes of four bars found in one place of a song, in any key";

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "mem_rate",
        "Likeness to the nearest training melody",
        "share",
        PHRASE,
        "1 less the share of words to be changed to make the nearest training melody of it; real unseen songs have some.",
        |s| words(s, |w| 1.0 - w.best),
    ),
    entry(
        "top2_ratio",
        "Nearest melody over the second nearest",
        "ratio",
        PHRASE,
        "Word errors against the nearest training melody over those against the second: far below 1, it is that one melody.",
        |s| words(s, Words::ratio),
    ),
    entry(
        "new_sample_rate",
        "New melodies",
        "share",
        PHRASE,
        "Share of pieces whose nearest training melody is not far nearer than the second (ratio above a third).",
        |s| words(s, |w| f64::from(u8::from(w.ratio() > 1.0 / 3.0))),
    ),
    entry(
        "copied_share",
        "Notes of the most copied four bars",
        "share",
        LACUNA,
        "Largest share of the notes of any four bars that stands in one place of a training song, in any key.",
        |s| {
            let found = s.judged.nearest_in(s.reference).iter();
            found
                .map(|f| Some(f.as_ref().map_or(0.0, |f| f.share)))
                .collect()
        },
    ),
    entry(
        "copied_rate",
        "Pieces that hold a copy",
        "share",
        LACUNA,
        "Share of pieces with four bars three quarters of whose notes stand in one place of a training song.",
        |s| {
            let found = s.judged.nearest_in(s.reference).iter();
            let copy = |f: &Option<_>| {
                f.as_ref()
                    .is_some_and(crate::evaluation::nearest::Found::is_copy)
            };
            found.map(|f| Some(f64::from(u8::from(copy(f))))).collect()
        },
    ),
    entry(
        "ngram_overlap",
        "Figures that stand in a training song",
        "share",
        "Lacuna: six notes in a row, as intervals and distances in time",
        "Share of the figures of six notes of any line that some training song has in some key.",
        |s| {
            let index = s.reference.index();
            crate::evaluation::set::side_by_side(s.judged, |p| index.overlap(p))
        },
    ),
];

fn words(sets: Sets<'_>, of: impl Fn(&Words) -> f64) -> Vec<Option<f64>> {
    let words = sets.judged.words_in(sets.reference).iter();
    words.map(|w| w.as_ref().map(&of)).collect()
}

/// Word errors against the two nearest melodies, over the words of those.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Words {
    best: f64,
    second: f64,
}

impl Words {
    /// Of a piece beside melodies; `None` where it has no melody or there are fewer than two.
    pub fn of(piece: &Sample, melodies: &[Melody]) -> Option<Words> {
        let own = Melody::of(piece);
        if own.words.is_empty() {
            return None;
        }
        let pattern = Pattern::of(&own.words);
        let mut words = Words {
            best: f64::INFINITY,
            second: f64::INFINITY,
        };
        let some = melodies.iter().filter(|m| !m.words.is_empty());
        let mut others: Vec<(f64, &Melody)> = some
            .map(|m| (own.least(m) as f64 / m.words.len() as f64, m))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (least, other) in others {
            // Neither this one nor those after it can come among the two nearest.
            if least >= words.second {
                break;
            }
            let rate = pattern.distance(&other.words) as f64 / other.words.len() as f64;
            if rate < words.best {
                words.second = words.best;
                words.best = rate;
            } else if rate < words.second {
                words.second = rate;
            }
        }
        words.second.is_finite().then_some(words)
    }

    /// The best over the second best; 1 where both are nothing.
    fn ratio(&self) -> f64 {
        if self.second > 0.0 {
            self.best / self.second
        } else {
            1.0
        }
    }
}

/// The words of a melody, and the same in order of the words.
#[derive(Clone, Debug, PartialEq)]
pub struct Melody {
    words: Vec<u16>,
    sorted: Vec<u16>,
}

impl Melody {
    /// The melody of a piece, without words where it has none.
    pub fn of(piece: &Sample) -> Melody {
        let words = melody(piece);
        let mut sorted = words.clone();
        sorted.sort_unstable();
        Melody { words, sorted }
    }

    /// Words that have to be added, taken away or changed at least: those of the longer one that the other lacks,
    /// wherever they stand.
    fn least(&self, other: &Melody) -> usize {
        let (mut i, mut j, mut common) = (0, 0, 0);
        while let (Some(a), Some(b)) = (self.sorted.get(i), other.sorted.get(j)) {
            let order = a.cmp(b);
            common += usize::from(order.is_eq());
            i += usize::from(order.is_le());
            j += usize::from(order.is_ge());
        }
        self.sorted.len().max(other.sorted.len()) - common
    }
}

/// Words of REMI-z: onsets in twelfths of a quarter, pitches, lengths, the end of a bar.
const PITCH: u16 = 256;
const LENGTH: u16 = 512;
const BAR: u16 = 1024;

/// The words of the melody, which is the pitched track that lies highest (REMI-z's order of voices).
pub fn melody(piece: &Sample) -> Vec<u16> {
    let tracks = piece
        .by_track()
        .into_iter()
        .filter(|t| t.iter().all(|n| !n.drum));
    let mean = |t: &Vec<_>| {
        let sum: f64 = t
            .iter()
            .map(|n: &crate::evaluation::sample::SampleNote| f64::from(n.pitch))
            .sum();
        sum / t.len().max(1) as f64
    };
    let Some(track) = tracks.max_by(|a, b| mean(a).total_cmp(&mean(b))) else {
        return Vec::new();
    };
    let twelfths = |ticks: u32| (24 * ticks + piece.ppq) / (2 * piece.ppq.max(1));
    let mut words = Vec::new();
    let (mut bar, mut onset) = (0, None);
    for n in &track {
        while bar < n.bar {
            words.push(BAR);
            (bar, onset) = (bar + 1, None);
        }
        let start = piece.bar_starts.get(n.bar as usize).copied().unwrap_or(0);
        let at = twelfths(n.start.saturating_sub(start)).min(127) as u16;
        if onset != Some(at) {
            words.push(at);
            onset = Some(at);
        }
        words.push(PITCH + u16::from(n.pitch));
        words.push(LENGTH + twelfths(n.end - n.start).clamp(1, 127) as u16);
    }
    words.push(BAR);
    words
}

/// A list of words, ready to be compared with many others: Levenshtein's distance in the bit-parallel form of Myers
/// (1999) and Hyyrö (2003), 64 words of the pattern at a time.
struct Pattern {
    length: usize,
    /// For each word the bits where it stands, block by block.
    stands: Vec<Vec<u64>>,
}

impl Pattern {
    fn of(words: &[u16]) -> Pattern {
        let blocks = words.len().div_ceil(64);
        let mut stands = vec![Vec::new(); usize::from(BAR) + 1];
        for (i, w) in words.iter().enumerate() {
            let bits = &mut stands[usize::from(*w).min(usize::from(BAR))];
            if bits.is_empty() {
                bits.resize(blocks, 0u64);
            }
            bits[i / 64] |= 1 << (i % 64);
        }
        Pattern {
            length: words.len(),
            stands,
        }
    }

    /// Words to be added, taken away or changed.
    fn distance(&self, text: &[u16]) -> usize {
        let blocks = self.length.div_ceil(64);
        if blocks == 0 {
            return text.len();
        }
        let none = vec![0u64; blocks];
        let (mut plus, mut minus) = (vec![u64::MAX; blocks], vec![0u64; blocks]);
        let last = (self.length - 1) % 64;
        let mut distance = self.length;
        for word in text {
            let bits = self
                .stands
                .get(usize::from(*word))
                .filter(|b| !b.is_empty());
            let bits = bits.unwrap_or(&none);
            let (mut up, mut down) = (1u64, 0u64);
            let all = plus.iter_mut().zip(&mut minus).zip(bits).enumerate();
            for (b, ((plus, minus), bits)) in all {
                let (pv, mv) = (*plus, *minus);
                let xv = bits | mv;
                let eq = bits | down;
                let xh = ((eq & pv).wrapping_add(pv) ^ pv) | eq;
                let (ph, mh) = (mv | !(xh | pv), pv & xh);
                if b + 1 == blocks {
                    distance += ((ph >> last) & 1) as usize;
                    distance -= ((mh >> last) & 1) as usize;
                }
                let (next_up, next_down) = (ph >> 63, mh >> 63);
                let (ph, mh) = ((ph << 1) | up, (mh << 1) | down);
                *plus = mh | !(xv | ph);
                *minus = ph & xv;
                (up, down) = (next_up, next_down);
            }
        }
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{piece, tracks};
    use proptest::prelude::*;

    /// The textbook table.
    fn levenshtein(a: &[u16], b: &[u16]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut corner = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = (corner + usize::from(x != y))
                    .min(above + 1)
                    .min(row[j] + 1);
                corner = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_bits_count_what_the_table_counts(
            a in prop::collection::vec(0u16..6, 1..200),
            b in prop::collection::vec(0u16..6, 0..200),
        ) {
            prop_assert_eq!(Pattern::of(&a).distance(&b), levenshtein(&a, &b));
            let melody = |words: &[u16]| {
                let mut sorted = words.to_vec();
                sorted.sort_unstable();
                Melody { words: words.to_vec(), sorted }
            };
            prop_assert!(melody(&a).least(&melody(&b)) <= levenshtein(&a, &b));
        }
    }

    #[test]
    fn the_melody_is_the_highest_track_in_words() {
        let s = Sample::of(
            "x",
            &tracks(&[&[(0, 4, 40)], &[(0, 4, 60), (0, 4, 64), (20, 2, 62)]]),
        );
        assert_eq!(
            melody(&s),
            [
                0,
                PITCH + 60,
                LENGTH + 12,
                PITCH + 64,
                LENGTH + 12,
                BAR,
                12,
                PITCH + 62,
                LENGTH + 6,
                BAR
            ]
        );
    }

    #[test]
    fn a_melody_that_is_there_has_no_errors_and_a_small_ratio() {
        let notes = |k: u32| -> Vec<(u32, u32, u8)> {
            (0..40)
                .map(|i| (4 * i, 4, (50 + (i * k) % 23) as u8))
                .collect()
        };
        let melodies: Vec<Melody> = (2..6).map(|k| Melody::of(&piece(&notes(k)))).collect();
        let own = Words::of(&piece(&notes(3)), &melodies).unwrap();
        assert_eq!((own.best, own.ratio()), (0.0, 0.0));
        let new = Words::of(&piece(&notes(11)), &melodies).unwrap();
        assert!(new.ratio() > 1.0 / 3.0 && new.best > 0.2, "{new:?}");
        assert_eq!(Words::of(&piece(&[]), &melodies), None);
    }
}
