//! The items of a prepared data set in memory, and the windows that are cut from them.

use super::config::{Loader, Padding, Resolved};
use crate::dataset::Split;
use crate::dataset::prepared::Reader;
use crate::format::FormatError;
use crate::model::tokens::bars;
use crate::process::Notation;
use crate::process::tokens::{Schema, Window, WindowError};
use crate::tokenizer::Tokenizer;
use crate::training::TrainerConfig;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Share of the items that smdiff validates on: one in so many, the first.
const REFERENCE_VALIDATION: usize = 20;
/// First of the streams that orders of items are drawn from.
const ORDERS: u64 = 1 << 63;

/// One item.
pub struct Item {
    /// Number of its song in the index.
    pub song: usize,
    /// `[rows, fields]`. No field of a registered tokenizer has more ids than fit here.
    ids: Vec<u16>,
}

impl Item {
    /// Its ids.
    pub fn ids(&self) -> Vec<i32> {
        self.ids.iter().map(|&id| i32::from(id)).collect()
    }

    /// Rows, and bars up to its last.
    pub fn extent(&self, schema: &Schema) -> (usize, usize) {
        let of_row = bars(schema, &self.ids());
        (of_row.len(), of_row.last().map_or(0, |b| *b as usize + 1))
    }
}

/// The items a run learns and validates on. Test songs are not among them.
pub struct Items {
    pub train: Vec<Item>,
    pub validation: Vec<Item>,
}

impl Items {
    /// Reads a data set, and divides it as the loader does. Items that a model's codebooks cannot hold are left out;
    /// how many is returned beside.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        reader: &mut Reader,
        loader: Loader,
        schema: &Schema,
    ) -> Result<(Items, usize), FormatError> {
        let (mut train, mut validation) = (Vec::new(), Vec::new());
        let mut left_out = 0;
        let songs: std::collections::HashMap<String, usize> = reader
            .index
            .songs
            .iter()
            .enumerate()
            .map(|(i, s)| (s.id.clone(), i))
            .collect();
        for i in 0..reader.len() {
            let Some((entry, _, tokens)) = reader.item(i)? else {
                break;
            };
            if entry.split == Split::Test || tokens.is_empty() {
                continue;
            }
            if Window::new(schema, &tokens.ids, tokens.len()).is_err() {
                left_out += 1;
                continue;
            }
            let item = Item {
                song: songs.get(&entry.id).copied().unwrap_or(0),
                ids: tokens.ids.iter().map(|&id| id as u16).collect(),
            };
            match (loader, entry.split) {
                (Loader::Corrected, Split::Validation) => validation.push(item),
                _ => train.push(item),
            }
        }
        if matches!(loader, Loader::Reference(_)) {
            let first = train.len() / REFERENCE_VALIDATION;
            let rest = train.split_off(first);
            validation = std::mem::replace(&mut train, rest);
        }
        Ok((Items { train, validation }, left_out))
    }
}

/// The items of a batch: every item once an epoch, each epoch in an order of its own.
pub fn order(trainer: &TrainerConfig, items: usize, batch: u64) -> Vec<usize> {
    if items == 0 {
        return Vec::new();
    }
    let (size, items) = (trainer.batch as u64, items as u64);
    let mut epoch = None;
    let place = |at: u64| {
        let number = at / items;
        let drawn = match epoch.take() {
            Some((n, order)) if n == number => order,
            _ => {
                let stream = ORDERS.wrapping_add(number);
                let mut rng = crate::process::generator(trainer.seed, stream);
                let mut order: Vec<usize> = (0..items as usize).collect();
                order.shuffle(&mut rng);
                order
            }
        };
        let item = drawn[(at % items) as usize];
        epoch = Some((number, drawn));
        item
    };
    (batch * size..(batch + 1) * size).map(place).collect()
}

/// Cuts items into what a network sees.
pub struct Cutter {
    pub loader: Loader,
    pub schema: Schema,
    /// Rows of the longest window.
    pub most: usize,
    /// Lowest and highest transposition.
    pub transpose: (i8, i8),
    /// The fields that hold pitches, and how many of their last ids are none (drums).
    pitches: Vec<(usize, usize)>,
}

impl Cutter {
    pub fn new(
        loader: Loader,
        resolved: &Resolved,
        most: usize,
        transpose: (i8, i8),
        tokenizer: &dyn Tokenizer,
    ) -> Cutter {
        let grid = resolved.schema.notation == Notation::Grid;
        let fields = tokenizer.fields();
        let pitches = fields.iter().enumerate().filter_map(|(i, f)| match grid {
            true => Some((i, f.size)),
            false => (f.name == "pitch").then_some((i, f.size.min(128))),
        });
        Cutter {
            loader,
            schema: resolved.schema.clone(),
            most,
            transpose,
            pitches: pitches.collect(),
        }
    }

    /// A window of an item.
    ///
    /// # Errors
    /// When ids lie outside the codebooks; not for items of [`Items::read`].
    pub fn cut(
        &self,
        item: &Item,
        augment: bool,
        rng: &mut ChaCha8Rng,
    ) -> Result<Window, WindowError> {
        let mut ids = item.ids();
        let fields = self.schema.fields();
        let rows = ids.len() / fields.max(1);
        match self.loader {
            Loader::Corrected => self.whole_bars(&mut ids, rng),
            Loader::Reference(_) if rows > self.most => {
                let from = rng.random_range(0..=rows - self.most);
                ids = ids[from * fields..(from + self.most) * fields].to_vec();
            }
            Loader::Reference(_) => {}
        }
        if augment && self.transpose != (0, 0) {
            self.shift(&mut ids, rng);
        }
        let rows = match self.loader {
            Loader::Corrected => ids.len() / fields.max(1),
            Loader::Reference(Padding::Hidden) => self.most,
            Loader::Reference(Padding::Zeros) => {
                ids.resize(self.most * fields, 0);
                self.most
            }
        };
        Window::new(&self.schema, &ids, rows)
    }

    /// Cuts a run of whole bars that fits, any of its starts alike; bars are counted from the first.
    fn whole_bars(&self, ids: &mut Vec<i32>, rng: &mut ChaCha8Rng) {
        let fields = self.schema.fields();
        let of_row = bars(&self.schema, ids);
        let rows = of_row.len();
        if rows > self.most {
            // The last start is that of the bars that fit at the end; rows stand in the order of their bars.
            let begins: Vec<usize> = (0..rows)
                .filter(|&r| r == 0 || of_row[r] != of_row[r - 1])
                .collect();
            let last = begins
                .iter()
                .position(|b| rows - b <= self.most)
                .unwrap_or(begins.len() - 1);
            let from = begins[rng.random_range(0..=last)];
            let mut to = (from + self.most).min(rows);
            // Not in the middle of a bar, unless it is the only one.
            if to < rows
                && let Some(&line) = begins.iter().rev().find(|b| **b <= to && **b > from)
            {
                to = line;
            }
            *ids = ids[from * fields..to * fields].to_vec();
        }
        if let Some(bar) = self.schema.bar {
            let first = ids.chunks_exact(fields).map(|row| row[bar]).min();
            if rows > self.most {
                for row in ids.chunks_exact_mut(fields) {
                    row[bar] -= first.unwrap_or(0);
                }
            }
        }
    }

    /// Moves all pitches by the same number of semitones, as far as all of them can go.
    fn shift(&self, ids: &mut [i32], rng: &mut ChaCha8Rng) {
        let fields = self.schema.fields();
        let lowest = match (self.schema.notation, self.loader) {
            (Notation::Grid, _) | (_, Loader::Reference(_)) => 2,
            _ => 0,
        };
        let is_pitch = |field: usize, id: i32| {
            let at = self.pitches.iter().find(|p| p.0 == field);
            at.is_some_and(|p| (lowest..p.1 as i32).contains(&id))
        };
        let (mut down, mut up) = (i32::from(self.transpose.0), i32::from(self.transpose.1));
        for (i, &id) in ids.iter().enumerate() {
            let field = i % fields;
            if is_pitch(field, id) {
                let size = self
                    .pitches
                    .iter()
                    .find(|p| p.0 == field)
                    .map_or(0, |p| p.1);
                let size = size.min(self.schema.sizes[field]) as i32;
                down = down.max(lowest - id);
                up = up.min(size - 1 - id);
            }
        }
        if down > up {
            return;
        }
        let by = rng.random_range(down..=up);
        for (i, id) in ids.iter_mut().enumerate() {
            if is_pitch(i % fields, *id) {
                *id += by;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TokenConfig;
    use super::*;
    use crate::process::generator;
    use crate::tokenizer::registry::find;

    fn cutter(tokenizer: &str, loader: Loader, most: usize, transpose: (i8, i8)) -> Cutter {
        let model = if tokenizer.contains("octuple") {
            "octuple_ddpm"
        } else {
            "schmu_tx_vae"
        };
        let text = format!("(model: \"{model}\", network: SchmuTx(width: 8, layers: 1, heads: 2))");
        let config: TokenConfig = crate::format::text::read(&text).unwrap();
        let t = find(tokenizer).unwrap();
        Cutter::new(loader, &config.resolve(t).unwrap(), most, transpose, t)
    }

    /// Bars of four notes, the first bar `from`.
    fn octuples(from: u16, bars: u16) -> Item {
        let row = |n: u16| [from + n / 4, n % 4 * 16, 0, 60 + n % 7, 8, 20, 9, 35];
        Item {
            song: 0,
            ids: (0..bars * 4).flat_map(row).collect(),
        }
    }

    #[test]
    fn long_items_are_cut_at_bar_lines_and_counted_from_there() {
        let cutter = cutter("trio_octuple", Loader::Corrected, 22, (0, 0));
        let mut rng = generator(1, 0);
        let mut starts = std::collections::BTreeSet::new();
        for _ in 0..60 {
            let w = cutter.cut(&octuples(3, 12), false, &mut rng).unwrap();
            assert_eq!((w.rows, w.real), (20, 20), "five whole bars of four rows");
            assert_eq!((w.ids[0], w.ids[19 * 8]), (0, 4));
            assert_eq!(w.ids[1], 0, "it begins with a bar");
            starts.insert(w.ids[3]);
        }
        assert!(starts.len() > 3, "{starts:?}");
        // What fits stays as it is, leading silence included.
        let w = cutter.cut(&octuples(3, 2), false, &mut rng).unwrap();
        assert_eq!((w.ids[0], w.rows), (3, 8));
    }

    #[test]
    fn the_reference_cuts_anywhere_keeps_bars_and_pads_as_it_is_told() {
        let mut rng = generator(2, 0);
        let of = |padding| cutter("trio_octuple", Loader::Reference(padding), 22, (0, 0));
        let w = of(Padding::Hidden)
            .cut(&octuples(3, 12), false, &mut rng)
            .unwrap();
        assert!(w.ids[0] >= 3 && w.real == 22);
        let w = of(Padding::Hidden)
            .cut(&octuples(0, 2), false, &mut rng)
            .unwrap();
        assert_eq!((w.real, w.rows), (8, 22));
        let w = of(Padding::Zeros)
            .cut(&octuples(0, 2), false, &mut rng)
            .unwrap();
        assert_eq!((w.real, w.rows, w.ids[8 * 8]), (22, 22, 0));
    }

    #[test]
    fn all_pitches_move_together_and_nothing_else() {
        let mut rng = generator(3, 0);
        let plain = cutter("trio_octuple", Loader::Corrected, 99, (0, 0));
        let moved = cutter("trio_octuple", Loader::Corrected, 99, (-5, 6));
        let item = octuples(0, 3);
        let before = plain.cut(&item, true, &mut rng).unwrap().ids;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let after = moved.cut(&item, true, &mut rng).unwrap().ids;
            let by = after[3] - before[3];
            for (i, (a, b)) in after.iter().zip(&before).enumerate() {
                assert_eq!(a - b, if i % 8 == 3 { by } else { 0 });
            }
            seen.insert(by);
            assert_eq!(moved.cut(&item, false, &mut rng).unwrap().ids, before);
        }
        assert_eq!(seen, (-5..=6).collect());
        // A grid moves as far as its lowest and highest note let it, and keeps its rests.
        let grid = cutter("melody", Loader::Corrected, 99, (-127, 127));
        let item = Item {
            song: 0,
            ids: vec![3, 0, 1, 88],
        };
        for _ in 0..50 {
            let ids = grid.cut(&item, true, &mut rng).unwrap().ids;
            assert!((-1..=1).contains(&(ids[0] - 3)) && ids[1..3] == [0, 1]);
            assert_eq!(ids[3] - 88, ids[0] - 3);
        }
    }

    #[test]
    fn an_epoch_sees_every_item_once_in_an_order_of_its_own() {
        let trainer = TrainerConfig {
            batch: 4,
            ..TrainerConfig::default()
        };
        let epoch = |n: u64| -> Vec<usize> {
            let all = (n * 5..(n + 1) * 5).flat_map(|b| order(&trainer, 10, b));
            all.collect()
        };
        // Five batches of four: two epochs of ten.
        let mut first = epoch(0);
        assert_eq!(first, epoch(0));
        assert_ne!(first, epoch(1));
        first[..10].sort_unstable();
        assert_eq!(first[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert!(order(&trainer, 0, 3).is_empty());
    }
}
