//! Prepared rolls, kept as the cells that are on: about one in twenty.

use crate::dataset::domain::Measure;
use crate::dataset::prepared::Reader;
use crate::dataset::{Domain, Split};
use crate::model::roll::{KEYS, tokenizer};
use crate::tokenizer::octuple::Piece;
use crate::tokenizer::roll::Roll;
use crate::tokenizer::{Tokenizer, Tokens};
use std::path::Path;

/// Rows of a bar of 4/4. Windows end with a whole one.
const BAR: usize = 16;
/// Fewest rows of a window that are worth learning from.
const FEWEST: usize = 4 * BAR;

/// A stretch of a song.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    pub rows: usize,
    /// Row, key and id of what is not off.
    cells: Vec<(u16, u8, u8)>,
}

impl Window {
    /// Of ids `[rows, KEYS]`, filled up with silence to a whole bar and cut after `most` rows.
    pub fn of(ids: &[i32], most: usize) -> Window {
        let rows = (ids.len() / KEYS).next_multiple_of(BAR).min(most);
        let on = ids.iter().enumerate().take(rows * KEYS);
        Window {
            rows,
            cells: on
                .filter(|(_, id)| **id != 0)
                .map(|(i, &id)| ((i / KEYS) as u16, (i % KEYS) as u8, id as u8))
                .collect(),
        }
    }

    /// Ids `[rows, KEYS]`.
    pub fn ids(&self) -> Vec<i32> {
        let mut ids = vec![0; self.rows * KEYS];
        for &(row, key, id) in &self.cells {
            ids[usize::from(row) * KEYS + usize::from(key)] = i32::from(id);
        }
        ids
    }

    /// Cells that are on in each of `planes` planes.
    pub fn on(&self, planes: usize) -> [usize; 2] {
        let onsets = self.cells.iter().filter(|c| c.2 == 1).count();
        match planes {
            1 => [self.cells.len(), 0],
            _ => [onsets, self.cells.len() - onsets],
        }
    }
}

/// The windows of one song that is held out.
pub struct Song {
    pub id: String,
    pub windows: Vec<Window>,
}

/// All of a data set.
pub struct Rolls {
    pub tokenizer: &'static Roll,
    /// Name of the source.
    pub source: String,
    /// Songs that are learnt from.
    pub songs: usize,
    pub train: Vec<Window>,
    pub validation: Vec<Song>,
    /// Figures of the training songs.
    pub domain: Domain,
}

impl Rolls {
    /// Reads a prepared data set; windows are cut after `most` rows.
    ///
    /// # Errors
    /// A sentence, when it cannot be read, is none of rolls, or holds no song to learn from.
    pub fn load(folder: &Path, most: usize) -> Result<Rolls, String> {
        let mut reader = Reader::open(folder).map_err(|e| e.to_string())?;
        let id = reader.index.plan.tokenizer.clone();
        let tokenizer = tokenizer(&id).ok_or_else(|| {
            format!(
                "{} was prepared for {id}; prepare it with --tokenizer-id roll --bars 16",
                folder.display()
            )
        })?;
        let mut rolls = Rolls {
            tokenizer,
            source: reader.index.plan.source.clone(),
            songs: reader.index.songs_of(Split::Train).count(),
            train: Vec::new(),
            validation: Vec::new(),
            domain: Domain::default(),
        };
        let mut whole = Whole::default();
        for i in 0..reader.len() {
            let item = reader.item(i).map_err(|e| e.to_string())?;
            let Some((song, bar, tokens)) = item else {
                break;
            };
            if song.split == Split::Train {
                whole.add(&song.id, bar, &tokens);
            }
            if tokens.len() < FEWEST || tokens.fields != KEYS {
                continue;
            }
            let window = Window::of(&tokens.ids, most);
            match song.split {
                Split::Train => rolls.train.push(window),
                Split::Validation => match rolls.validation.last_mut() {
                    Some(last) if last.id == song.id => last.windows.push(window),
                    _ => rolls.validation.push(Song {
                        id: song.id.clone(),
                        windows: vec![window],
                    }),
                },
                Split::Test => {}
            }
        }
        if rolls.train.is_empty() {
            return Err(format!(
                "{} holds no training song of {} bars or more; prepare more data",
                folder.display(),
                FEWEST / BAR
            ));
        }
        rolls.domain = whole.domain(tokenizer);
        Ok(rolls)
    }

    /// Share of the training cells that are on in each of `planes` planes.
    pub fn ratios(&self, planes: usize) -> Vec<f32> {
        let cells: usize = self.train.iter().map(|w| w.rows * KEYS).sum();
        let on = self.train.iter().map(|w| w.on(planes));
        let on = on.fold([0; 2], |sum, n| [sum[0] + n[0], sum[1] + n[1]]);
        let share = |n: &usize| (*n as f64 / cells.max(1) as f64) as f32;
        on[..planes.min(2)].iter().map(share).collect()
    }
}

/// Training songs put together again from items that may overlap.
#[derive(Default)]
struct Whole {
    songs: Vec<(String, Vec<i32>)>,
}

impl Whole {
    fn add(&mut self, id: &str, bar: u32, tokens: &Tokens) {
        if self.songs.last().is_none_or(|s| s.0 != id) {
            self.songs.push((id.to_owned(), Vec::new()));
        }
        let Some((_, song)) = self.songs.last_mut() else {
            return;
        };
        let from = bar as usize * BAR * KEYS;
        let to = from + tokens.ids.len();
        if song.len() < to {
            song.resize(to, 0);
        }
        // The later item knows no notes from before; what is there already is kept.
        for (old, new) in song[from..to].iter_mut().zip(&tokens.ids) {
            if *old == 0 {
                *old = *new;
            }
        }
    }

    fn domain(self, tokenizer: &Roll) -> Domain {
        let piece = |ids: Vec<i32>| {
            let tokens = Tokens { fields: KEYS, ids };
            let score = tokenizer.decode(&tokens).ok()?;
            Some(Piece::of_score(
                &score,
                &score.bars(),
                0,
                score.bar_count(),
                &[],
            ))
        };
        let pieces: Vec<Piece> = self.songs.into_iter().filter_map(|s| piece(s.1)).collect();
        let mut domain = Domain::of(pieces.iter().map(|p| (p, None)));
        // A roll says neither.
        domain.spreads.remove(&Measure::Tempo);
        domain.spreads.remove(&Measure::Velocity);
        domain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_every_cell_and_ends_with_a_bar() {
        let mut ids = vec![0; 20 * KEYS];
        (ids[3], ids[KEYS + 3], ids[19 * KEYS + 87]) = (1, 2, 1);
        let window = Window::of(&ids, 256);
        assert_eq!(
            (window.rows, window.on(2), window.on(1)),
            (32, [2, 1], [3, 0])
        );
        assert_eq!(window.ids()[..ids.len()], ids);
        assert_eq!(Window::of(&ids, 16).ids().len(), 16 * KEYS);
    }

    #[test]
    fn songs_are_put_together_from_overlapping_items() {
        let item = |ids: Vec<i32>| Tokens { fields: KEYS, ids };
        let mut first = vec![0; 2 * BAR * KEYS];
        (first[0], first[BAR * KEYS + 5]) = (1, 2);
        let mut second = vec![0; 2 * BAR * KEYS];
        (second[6], second[BAR * KEYS]) = (1, 1);
        let mut whole = Whole::default();
        whole.add("a", 0, &item(first));
        whole.add("a", 1, &item(second));
        whole.add("b", 0, &item(vec![0; KEYS]));
        assert_eq!(whole.songs.len(), 2);
        let song = &whole.songs[0].1;
        assert_eq!(song.len(), 3 * BAR * KEYS);
        let on: Vec<usize> = (0..song.len()).filter(|&i| song[i] != 0).collect();
        assert_eq!(on, [0, BAR * KEYS + 5, BAR * KEYS + 6, 2 * BAR * KEYS]);
    }
}
