//! A song as the items a model trains on: windows of bars, each as tokens.

use super::prepared::Item;
use super::transform::crop::crop;
use super::transform::{bar_count, windows};
use crate::score::Score;
use crate::tokenizer::{Cut, TokenError, Tokenizer, Tokens};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Rows of the longest item in smdiff's data, and of the shortest rest it keeps.
const REFERENCE_ROWS: usize = 1024;
const REFERENCE_REST: usize = 256;
/// Grid rows a bar.
const GRID_BAR: usize = 16;

/// How a song is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slicing {
    /// Bars of a window; 0 takes the song whole.
    pub bars: u32,
    /// Bars from one window to the next.
    pub stride: u32,
    /// Most windows of a song; 0 sets no limit.
    pub per_song: usize,
}

/// The items of a song, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slices {
    /// The rows of all items.
    pub tokens: Tokens,
    pub items: Vec<Item>,
}

impl Slices {
    /// The piece as a single item.
    pub fn whole(tokens: Tokens) -> Slices {
        let rows = tokens.len() as u32;
        Slices {
            tokens,
            items: vec![Item { bar: 0, rows }],
        }
    }

    fn none(fields: usize) -> Slices {
        Slices {
            tokens: Tokens::new(fields),
            items: Vec::new(),
        }
    }

    fn push(&mut self, bar: u32, ids: &[i32]) {
        self.tokens.ids.extend_from_slice(ids);
        let rows = (ids.len() / self.tokens.fields.max(1)) as u32;
        self.items.push(Item { bar, rows });
    }
}

impl Slicing {
    /// Songs whole.
    pub const WHOLE: Slicing = Slicing {
        bars: 0,
        stride: 1,
        per_song: 0,
    };

    fn limit(&self) -> Option<usize> {
        (self.per_song > 0).then_some(self.per_song)
    }

    /// The items of a song, cut as the tokenizer wants it. Windows of bars without notes are none; each of the
    /// others is a piece of its own, with the metre and tempo it stands in.
    ///
    /// # Errors
    /// When no window can be written, the first reason.
    pub fn slices(&self, tokenizer: &dyn Tokenizer, score: &Score) -> Result<Slices, TokenError> {
        if self.bars == 0 {
            return Ok(Slices::whole(tokenizer.encode(score)?));
        }
        match tokenizer.cut() {
            Cut::Bars => self.bars(tokenizer, score),
            Cut::ReferenceGrid => Ok(self.reference_grid(&tokenizer.encode(score)?)),
            Cut::ReferenceOctuple => Ok(self.reference_octuple(&tokenizer.encode(score)?)),
            Cut::Rows(rows) => {
                let mut tokens = tokenizer.encode(score)?;
                let items = self.equal(tokens.len(), rows);
                tokens.ids.truncate(items.len() * rows * tokens.fields);
                Ok(Slices { tokens, items })
            }
        }
    }

    /// The items of [`Slicing::slices`], their ids written into `bytes`, from a tokenizer that writes bytes and is
    /// cut by rows; `None` for the others.
    pub fn bytes(
        &self,
        tokenizer: &dyn Tokenizer,
        score: &Score,
        bytes: &mut Vec<u8>,
    ) -> Option<Result<Vec<Item>, TokenError>> {
        let (Cut::Rows(rows), Some(writer)) = (tokenizer.cut(), tokenizer.bytes()) else {
            return None;
        };
        Some(writer.write_bytes(score, bytes).map(|()| {
            let fields = tokenizer.fields().len().max(1);
            let have = bytes.len() / fields;
            let items = self.equal(have, if self.bars == 0 { have } else { rows });
            bytes.truncate(items.iter().map(|i| i.rows as usize).sum::<usize>() * fields);
            items
        }))
    }

    /// Items of so many rows each, of as many as there are.
    fn equal(&self, have: usize, rows: usize) -> Vec<Item> {
        let count = (have / rows.max(1)).min(self.limit().unwrap_or(usize::MAX));
        let item = Item {
            bar: 0,
            rows: rows as u32,
        };
        vec![item; count]
    }

    fn bars(&self, tokenizer: &dyn Tokenizer, score: &Score) -> Result<Slices, TokenError> {
        let mut slices = Slices::none(tokenizer.fields().len());
        let mut refused = None;
        for bar in windows::starts(bar_count(score), self.bars, self.stride, self.limit()) {
            let window = crop(score, bar..bar.saturating_add(self.bars));
            if window.note_count() == 0 {
                continue;
            }
            match tokenizer.encode(&window) {
                Ok(tokens) => slices.push(bar, &tokens.ids),
                Err(e) => drop(refused.get_or_insert(e)),
            }
        }
        match refused {
            Some(e) if slices.items.is_empty() => Err(e),
            _ => Ok(slices),
        }
    }

    /// smdiff's grid windows: a bar apart, none for a short song, equal ones once.
    fn reference_grid(&self, tokens: &Tokens) -> Slices {
        let bar = GRID_BAR * tokens.fields;
        let bars = (tokens.ids.len() / bar.max(1)) as u32;
        let mut slices = Slices::none(tokens.fields);
        let mut seen = HashSet::new();
        for start in windows::reference_grid(bars, self.bars, None) {
            let from = start as usize * bar;
            let ids = &tokens.ids[from..from + self.bars as usize * bar];
            if seen.insert(ids) {
                slices.push(start, ids);
            }
            if Some(slices.items.len()) == self.limit() {
                break;
            }
        }
        slices
    }

    /// smdiff's octuple windows, half a window apart, in blocks of at most 1024 rows. The rows of a later block
    /// keep the bars of their window; a short last block is dropped.
    fn reference_octuple(&self, tokens: &Tokens) -> Slices {
        let rows: Vec<&[i32]> = tokens.rows().collect();
        let bar_of = |row: &[i32]| row.first().copied().unwrap_or(0).max(0) as u32;
        let mut slices = Slices::none(tokens.fields);
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return slices;
        };
        for start in windows::reference_octuple(bar_of(first), bar_of(last), self.limit()) {
            let from = rows.partition_point(|r| bar_of(r) < start);
            let to = rows.partition_point(|r| bar_of(r) < start + self.bars);
            for block in rows[from..to].chunks(REFERENCE_ROWS) {
                if to - from > REFERENCE_ROWS && block.len() <= REFERENCE_REST {
                    continue;
                }
                let mut ids = block.concat();
                for row in ids.chunks_exact_mut(tokens.fields) {
                    row[0] -= start as i32;
                }
                slices.push(start, &ids);
            }
        }
        slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    /// A note a quarter on every bar of each of three tracks.
    fn song(bars: u32) -> Score {
        let mut s = Score::default();
        for name in ["MELODY", "BRIDGE", "PIANO"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..bars * 4 {
                s.add_note(t, k * 480, 480, 40 + (k / 4 % 60) as u8, 80);
            }
        }
        s
    }

    const SLICING: Slicing = Slicing {
        bars: 64,
        stride: 32,
        per_song: 0,
    };

    #[test]
    fn windows_start_at_their_bar_and_hold_nothing_else() {
        let t = find("trio_octuple").unwrap();
        let slices = SLICING.slices(t, &song(100)).unwrap();
        let starts: Vec<_> = slices.items.iter().map(|i| i.bar).collect();
        assert_eq!(starts, [0, 32, 36]);
        let rows: Vec<_> = slices.tokens.rows().collect();
        for (item, rows) in slices.items.iter().zip(rows.chunks(64 * 4 * 3)) {
            assert_eq!(item.rows as usize, rows.len());
            // The pitch tells the bar.
            assert_eq!((rows[0][0], rows[0][3]), (0, (item.bar % 60 + 40) as i32));
        }
    }

    #[test]
    fn the_references_grid_windows_are_a_bar_apart_and_different() {
        let t = find("trio-reference").unwrap();
        let starts = |bars| -> Vec<u32> {
            let slicing = Slicing {
                per_song: 5,
                ..SLICING
            };
            let slices = slicing.slices(t, &song(bars)).unwrap();
            slices.items.iter().map(|i| i.bar).collect()
        };
        assert!(starts(63).is_empty());
        assert_eq!(starts(64), [0]);
        assert_eq!(starts(70), [0, 1, 2, 3, 4]);
        // Every bar alike: one window.
        let mut same = song(1);
        let t = same.tracks[0].id;
        for track in same.tracks.clone() {
            for bar in 1..70 {
                same.add_note(track.id, bar * 1920, 480, 60, 80);
            }
        }
        assert!(same.track(t).is_some());
        let slices = SLICING.slices(find("melody-reference").unwrap(), &same);
        assert!(slices.unwrap().items.len() < 7);
    }

    #[test]
    fn the_references_octuple_blocks_have_1024_rows_and_their_windows_bars() {
        // 18 rows a bar: 1152 in a window of 64, of which the last 128 are dropped.
        let mut s = song(70);
        let t = s.tracks[0].id;
        for k in 0..70 * 6 {
            s.add_note(t, k * 320, 100, 100, 80);
        }
        let blocks = SLICING
            .slices(find("trio_octuple-reference").unwrap(), &s)
            .unwrap();
        let shape: Vec<_> = blocks.items.iter().map(|i| (i.bar, i.rows)).collect();
        assert_eq!(shape, [(0, 1024), (5, 1024)]);
        assert_eq!(blocks.tokens.rows().nth(1024).unwrap()[0], 0);
    }

    /// Section 1.2 of the reference sheet: 154 octuple blocks of 50 test songs, 206 grid windows of 42 of them.
    /// Where songs are missing, each can have added at most what the rules allow.
    #[test]
    fn the_references_test_songs_give_its_published_counts() {
        use crate::dataset::transform::tempo::{TempoPolicy, apply};
        use crate::dataset::{Source, Split, pop909::Pop909};
        let Some(root) = crate::dataset::testing::data_root() else {
            return;
        };
        let source = Pop909::reference(&root.join("pop909"));
        let missing = source.missing().unwrap();
        let missing: Vec<&String> = missing.iter().filter(|id| id.as_str() >= "860").collect();
        let slicing = Slicing {
            per_song: 5,
            ..SLICING
        };
        let mut counts = [(0, 0); 2];
        for song in source.songs_of(Split::Test).unwrap() {
            let song = source.load(&song).unwrap();
            let score = apply(&song.score, TempoPolicy::ReferenceCompatible).unwrap();
            for (count, id) in counts
                .iter_mut()
                .zip(["trio_octuple-reference", "trio-reference"])
            {
                let items = slicing
                    .slices(find(id).unwrap(), &score)
                    .map_or(0, |s| s.items.len());
                *count = (count.0 + usize::from(items > 0), count.1 + items);
            }
        }
        println!("songs and items: {counts:?}; missing: {missing:?}");
        if missing == ["873", "881", "889"] {
            // The three have 12 blocks, and 5 windows each, the most there can be.
            assert_eq!(counts, [(50 - 3, 154 - 12), (42 - 3, 206 - 15)]);
        } else if missing.is_empty() {
            assert_eq!(counts, [(50, 154), (42, 206)]);
        }
    }

    #[test]
    fn frames_are_cut_into_segments_and_the_rest_is_dropped() {
        // 20 bars of two seconds: 960 frames.
        let slices = SLICING
            .slices(find("frame_roll").unwrap(), &song(20))
            .unwrap();
        let rows: Vec<_> = slices.items.iter().map(|i| i.rows).collect();
        assert_eq!(rows, [384, 384]);
        assert_eq!(slices.tokens.len(), 768);
    }

    #[test]
    fn a_song_that_cannot_be_written_says_why() {
        let drums = {
            let mut s = Score::default();
            let t = s.add_track("Drums", 9, 0);
            s.add_note(t, 0, 10, 36, 80);
            s
        };
        let e = SLICING.slices(find("trio").unwrap(), &drums).unwrap_err();
        assert!(e.to_string().contains("trio"), "{e}");
    }
}
