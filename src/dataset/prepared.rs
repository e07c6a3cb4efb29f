//! A prepared data set on disk: the form NumPy and `train` read.
//!
//! | file | holds |
//! |---|---|
//! | `tokens.npy` | rows of all items, one after another: `[rows, columns]` in the narrowest type that holds the ids |
//! | `offsets.npy` | row at which each item begins, and the number of rows: `[items + 1]`, 64 bits |
//! | `items.npy` | a row an item: song, split (0 train, 1 validation, 2 test), first bar: `[items, 3]` |
//! | `bars.npy` | of the free octuple only: a row a bar: steps, tempo class |
//! | `index.ron` | columns with their sizes, songs, splits, how it was made, what was left out and why |
//! | `splits.ron` | the split of every song, to be kept and changed by hand; see [`super::splits`] |
//!
//! Item `i` is `tokens[offsets[i]:offsets[i + 1]]`. Every folder with an `index.ron` is a data set by the
//! name of that folder; nothing else registers it.

use super::Split;
use super::encoder::FREE_OCTUPLE;
use super::slices::Slicing;
use super::transform::normalise::Rule;
use super::transform::tempo::TempoPolicy;
use crate::format::{FormatError, file, npy};
use crate::tokenizer::Tokens;
use crate::tokenizer::octuple::piece::Role;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Name of the file that makes a folder a prepared data set.
pub const INDEX: &str = "index.ron";
/// Version of the layout; another is refused.
const VERSION: u32 = 2;
/// No index of ours is larger; a limit against reading something else by mistake.
const SIZE_LIMIT: u64 = 1 << 30;

/// How songs become items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Id of the source.
    pub source: String,
    /// Id of the tokenizer, with the version of its layout where it has one.
    pub tokenizer: String,
    pub slicing: Slicing,
    pub tempo: TempoPolicy,
    /// Songs are moved to C major or A minor by this rule; `None` leaves them in their keys.
    #[serde(default)]
    pub key: Option<Rule>,
    /// Only the first songs; 0 takes all.
    pub limit: usize,
}

/// One column of the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// Ids run from 0 to one less.
    pub size: usize,
}

/// One item of a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// First bar of its window in the song.
    pub bar: u32,
    /// Rows of tokens.
    pub rows: u32,
}

/// One song.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub split: Split,
    /// As [`Song::grid_error`](super::Song::grid_error).
    pub grid_error: f64,
    /// As [`Song::on_beats`](super::Song::on_beats).
    pub on_beats: bool,
    /// As [`Song::found_beats`](super::Song::found_beats).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found_beats: bool,
    /// Voices by number, where the tokenizer has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voices: Vec<Role>,
    /// Rows of `bars.npy`.
    #[serde(default)]
    pub bars: u32,
    pub items: Vec<Item>,
}

/// `index.ron`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub version: u32,
    pub plan: Plan,
    pub columns: Vec<Column>,
    pub songs: Vec<Entry>,
    /// Songs that could not be used, or must not be: id and reason.
    pub left_out: Vec<(String, String)>,
    /// Songs that are nearly the same.
    pub duplicates: Vec<Vec<String>>,
}

impl Index {
    /// For how many songs beats were found, as a sentence; `None` where all have beats of their own or none.
    pub fn told_of_beats(&self) -> Option<String> {
        let found = self.songs.iter().filter(|s| s.found_beats).count();
        (found > 0).then(|| {
            format!(
                "{found} of {} pieces were played freely: their beats were found from what sounds, and the notes laid on \
                 them",
                self.songs.len()
            )
        })
    }

    /// An index without songs.
    pub fn new(plan: Plan, columns: Vec<Column>) -> Index {
        Index {
            version: VERSION,
            plan,
            columns,
            songs: Vec::new(),
            left_out: Vec::new(),
            duplicates: Vec::new(),
        }
    }

    /// Reads the index of a folder.
    ///
    /// # Errors
    /// A missing or damaged file, or one of another version; the text says to prepare again.
    pub fn load(folder: &Path) -> Result<Index, FormatError> {
        let path = folder.join(INDEX);
        let bytes = file::read(&path, SIZE_LIMIT)?;
        let content = |problem: String| FormatError::Content {
            what: format!("the prepared data set {}", folder.display()),
            problem: format!("{problem}; run `lacuna prepare` again"),
        };
        let text = String::from_utf8_lossy(&bytes);
        let index: Index = ron::from_str(&text).map_err(|e| content(e.to_string()))?;
        if index.version != VERSION {
            return Err(content(format!(
                "it has layout {}, this is for {VERSION}",
                index.version
            )));
        }
        Ok(index)
    }

    /// Writes the index into a folder.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, folder: &Path) -> Result<(), FormatError> {
        let pretty = ron::ser::PrettyConfig::new().depth_limit(3);
        let text = ron::ser::to_string_pretty(self, pretty).map_err(|e| FormatError::Content {
            what: INDEX.into(),
            problem: e.to_string(),
        })?;
        file::write_atomic(&folder.join(INDEX), text.as_bytes())
    }

    /// Items of all songs.
    pub fn items(&self) -> usize {
        self.songs.iter().map(|s| s.items.len()).sum()
    }

    /// Rows of all items.
    pub fn rows(&self) -> u64 {
        let items = self.songs.iter().flat_map(|s| &s.items);
        items.map(|i| u64::from(i.rows)).sum()
    }

    /// Songs of one split.
    pub fn songs_of(&self, split: Split) -> impl Iterator<Item = &Entry> {
        self.songs.iter().filter(move |s| s.split == split)
    }
}

/// An open prepared data set, of which single items are read.
pub struct Reader {
    pub index: Index,
    file: File,
    width: npy::Width,
    /// Song and first row of each item.
    places: Vec<(usize, u64)>,
}

impl Reader {
    /// Opens the data set in a folder. Only its index is read.
    ///
    /// # Errors
    /// A missing or damaged file, or one that does not fit the index.
    pub fn open(folder: &Path) -> Result<Reader, FormatError> {
        let index = Index::load(folder)?;
        let path = folder.join("tokens.npy");
        let file = file::open(&path)?;
        let size = index.columns.iter().map(|c| c.size).max().unwrap_or(1);
        let width = npy::Width::for_size(size);
        let mut places = Vec::new();
        let mut row = 0;
        for (song, entry) in index.songs.iter().enumerate() {
            for item in &entry.items {
                places.push((song, row));
                row += u64::from(item.rows);
            }
        }
        let bytes = npy::HEADER_BYTES as u64 + row * (index.columns.len() * width.bytes()) as u64;
        if file.metadata().map_or(0, |a| a.len()) != bytes {
            return Err(FormatError::Content {
                what: path.display().to_string(),
                problem: "it has another size than the index says; run `lacuna prepare` again"
                    .into(),
            });
        }
        Ok(Reader {
            index,
            file,
            width,
            places,
        })
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Song, first bar and tokens of an item; `None` beyond the last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn item(&mut self, i: usize) -> Result<Option<(&Entry, u32, Tokens)>, FormatError> {
        let Some(&(song, row)) = self.places.get(i) else {
            return Ok(None);
        };
        let first = self.places.partition_point(|p| p.0 < song);
        let entry = &self.index.songs[song];
        let item = entry.items[i - first];
        let fields = self.index.columns.len();
        let bytes = fields * self.width.bytes();
        let mut data = vec![0; item.rows as usize * bytes];
        let from = npy::HEADER_BYTES as u64 + row * bytes as u64;
        self.file
            .seek(SeekFrom::Start(from))
            .and_then(|_| self.file.read_exact(&mut data))
            .map_err(|e| FormatError::Content {
                what: "tokens.npy".into(),
                problem: format!("it cannot be read ({e}); run `lacuna prepare` again"),
            })?;
        let tokens = Tokens {
            fields,
            ids: self.width.get(&data),
        };
        Ok(Some((entry, item.bar, tokens)))
    }
}

/// The folder prepared data sets are looked for in: `LACUNA_CACHE`, else `cache` here.
pub fn root() -> PathBuf {
    std::env::var_os("LACUNA_CACHE").map_or_else(|| PathBuf::from("cache"), PathBuf::from)
}

/// Usual name of a data set in a representation.
pub fn name(set: &str, tokenizer: &str) -> String {
    match tokenizer {
        FREE_OCTUPLE => set.to_owned(),
        other => format!("{set}_{other}"),
    }
}

/// Every prepared data set under a folder, with its name, sorted. Damaged ones are left out.
pub fn all(root: &Path) -> Vec<(String, Index)> {
    let Ok(folders) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut found: Vec<(String, Index)> = folders
        .flatten()
        .filter_map(|f| {
            let name = f.file_name().into_string().ok()?;
            Some((name, Index::load(&f.path()).ok()?))
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> Index {
        let slicing = Slicing {
            bars: 64,
            stride: 32,
            per_song: 0,
        };
        let plan = Plan {
            source: "x".into(),
            tokenizer: "trio".into(),
            slicing,
            tempo: TempoPolicy::Keep,
            key: None,
            limit: 0,
        };
        let column = Column {
            name: "melody".into(),
            size: 90,
        };
        let mut index = Index::new(plan, vec![column]);
        index.songs.push(Entry {
            id: "a".into(),
            split: Split::Test,
            grid_error: 0.5,
            on_beats: true,
            found_beats: false,
            voices: vec![],
            bars: 0,
            items: vec![Item { bar: 0, rows: 7 }, Item { bar: 32, rows: 5 }],
        });
        index
    }

    #[test]
    fn an_index_comes_back_and_makes_its_folder_a_data_set() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("mine");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(root.path().join("other")).unwrap();
        index().save(&folder).unwrap();
        let found = all(root.path());
        assert_eq!(found, [("mine".to_owned(), index())]);
        assert_eq!((index().items(), index().rows()), (2, 12));
    }

    #[test]
    fn single_items_are_read_and_a_table_of_another_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        index().save(folder.path()).unwrap();
        let ids: Vec<i32> = (0..12).collect();
        let path = folder.path().join("tokens.npy");
        std::fs::write(&path, npy::write(&ids, 1, npy::Width::U8)).unwrap();
        let mut reader = Reader::open(folder.path()).unwrap();
        let (song, bar, tokens) = reader.item(1).unwrap().unwrap();
        assert_eq!((song.id.as_str(), bar), ("a", 32));
        assert_eq!(tokens.ids, [7, 8, 9, 10, 11]);
        assert!(reader.item(2).unwrap().is_none());
        std::fs::write(&path, npy::write(&ids[1..], 1, npy::Width::U8)).unwrap();
        let e = Reader::open(folder.path()).err().unwrap().to_string();
        assert!(e.contains("another size"), "{e}");
    }

    #[test]
    fn another_layout_is_refused_with_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        Index {
            version: 1,
            ..index()
        }
        .save(root.path())
        .unwrap();
        let e = Index::load(root.path()).unwrap_err().to_string();
        assert!(e.contains("lacuna prepare"), "{e}");
    }
}
