//! The token cache: a whole data set on the grid, in two NumPy tables and a list of songs. Training reads
//! this and nothing else, so a machine without the data can train from a cache.
//!
//! `notes.npy`: one row a note: song, bar, voice, onset, pitch, duration id, velocity id. `bars.npy`: one
//! row a bar: song, steps, tempo class. `songs.ron`: id, split and voices of each song, and what was left
//! out and why. Rows are in song order.

use super::{DatasetError, Source, Split};
use crate::format::{FormatError, file, npy};
use crate::score::{NoteId, TrackId};
use crate::tokenizer::octuple::piece::Role;
use crate::tokenizer::octuple::{BarInfo, GridNote, Piece, VoiceInfo};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Songs whose onsets lie farther from the 16ths than this (mean, in steps) are left out of training: a
/// grid of 16ths would teach their rhythm wrong.
const MOST_GRID_ERROR: f64 = 0.12;
/// No cache of ours is larger; a limit against reading something else by mistake.
const SIZE_LIMIT: u64 = 4 << 30;

/// One song of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedSong {
    pub id: String,
    pub split: Split,
    pub piece: Piece,
    /// As [`Song::grid_error`](super::Song::grid_error); `None` in caches made before it was kept.
    pub grid_error: Option<f64>,
}

/// `songs.ron`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Index {
    source: String,
    tokenizer: String,
    songs: Vec<Entry>,
    left_out: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    id: String,
    split: Split,
    voices: Vec<Role>,
    #[serde(default)]
    grid_error: Option<f64>,
}

/// A data set on the grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cache {
    /// Id of the source.
    pub source: String,
    pub songs: Vec<CachedSong>,
    /// Songs that could not be used: id and reason.
    pub left_out: Vec<(String, String)>,
}

impl Cache {
    /// Reads every song of a source. `on_song` hears how many are done, of how many, and breaks off by
    /// returning false.
    ///
    /// # Errors
    /// When the source itself cannot be read; a song that cannot is left out, with its reason.
    pub fn build(
        source: &dyn Source,
        limit: usize,
        mut on_song: impl FnMut(usize, usize) -> bool,
    ) -> Result<Cache, DatasetError> {
        let mut list = source.songs()?;
        if limit > 0 {
            list.truncate(limit);
        }
        let mut cache = Cache {
            source: source.id().to_owned(),
            ..Cache::default()
        };
        for (i, song) in list.iter().enumerate() {
            match source.load(song) {
                Ok(s) if s.split == Split::Train && s.grid_error > MOST_GRID_ERROR => {
                    cache.left_out.push((
                        s.id,
                        format!(
                            "its onsets lie {:.2} steps from the 16ths on average",
                            s.grid_error
                        ),
                    ))
                }
                Ok(s) => {
                    let bars = s.score.bars();
                    let piece = Piece::of_score(&s.score, &bars, 0, s.score.bar_count(), &[]);
                    cache.songs.push(CachedSong {
                        id: s.id,
                        split: s.split,
                        piece,
                        grid_error: Some(s.grid_error),
                    });
                }
                Err(e) => cache.left_out.push((song.id.clone(), e.to_string())),
            }
            if !on_song(i + 1, list.len()) {
                break;
            }
        }
        Ok(cache)
    }

    /// Pieces of one split.
    pub fn pieces(&self, split: Split) -> Vec<Piece> {
        self.songs
            .iter()
            .filter(|s| s.split == split)
            .map(|s| s.piece.clone())
            .collect()
    }

    /// Writes the cache into a folder.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, folder: &Path, tokenizer: &str) -> Result<(), FormatError> {
        let (mut notes, mut bars) = (Vec::new(), Vec::new());
        let mut index = Index {
            source: self.source.clone(),
            tokenizer: tokenizer.to_owned(),
            songs: Vec::new(),
            left_out: self.left_out.clone(),
        };
        for (i, s) in self.songs.iter().enumerate() {
            for n in &s.piece.notes {
                notes.extend([
                    i as i32,
                    n.bar as i32,
                    n.voice as i32,
                    n.onset as i32,
                    n.pitch as i32,
                    n.duration as i32,
                    n.velocity as i32,
                ]);
            }
            for b in &s.piece.bars {
                bars.extend([i as i32, b.steps as i32, b.tempo as i32]);
            }
            let voices = s.piece.voices.iter().map(|v| v.role).collect();
            index.songs.push(Entry {
                id: s.id.clone(),
                split: s.split,
                voices,
                grid_error: s.grid_error,
            });
        }
        let text = ron::ser::to_string_pretty(&index, ron::ser::PrettyConfig::default())
            .map_err(|e| content(folder, &e.to_string()))?;
        file::write_atomic(&folder.join("notes.npy"), &npy::write(&notes, 7))?;
        file::write_atomic(&folder.join("bars.npy"), &npy::write(&bars, 3))?;
        file::write_atomic(&folder.join("songs.ron"), text.as_bytes())
    }

    /// Reads a cache that was made for `tokenizer`.
    ///
    /// # Errors
    /// When a file is missing, damaged, or made for another tokenizer.
    pub fn load(folder: &Path, tokenizer: &str) -> Result<Cache, FormatError> {
        let read = |name: &str| file::read(&folder.join(name), SIZE_LIMIT);
        let index: Index = ron::from_str(&String::from_utf8_lossy(&read("songs.ron")?))
            .map_err(|e| content(folder, &e.to_string()))?;
        if index.tokenizer != tokenizer {
            return Err(content(
                folder,
                &format!(
                    "made for the tokenizer {}, not {tokenizer}",
                    index.tokenizer
                ),
            ));
        }
        let mut songs: Vec<CachedSong> = index
            .songs
            .into_iter()
            .map(|e| CachedSong {
                id: e.id,
                split: e.split,
                grid_error: e.grid_error,
                piece: Piece {
                    voices: (0..)
                        .zip(e.voices)
                        .map(|(i, role)| VoiceInfo {
                            track: TrackId(i),
                            role,
                        })
                        .collect(),
                    ..Piece::default()
                },
            })
            .collect();
        let table = |name: &str, columns: usize| -> Result<Vec<i32>, FormatError> {
            let (values, found) = npy::read(&read(name)?, name)?;
            if found == columns {
                Ok(values)
            } else {
                Err(content(folder, &format!("{name} has {found} columns")))
            }
        };
        for row in table("bars.npy", 3)?.chunks_exact(3) {
            let song = usize::try_from(row[0]).ok().and_then(|i| songs.get_mut(i));
            let bar = BarInfo {
                steps: small(row[1], 1, 32),
                tempo: small(row[2], 0, 24),
            };
            song.ok_or_else(|| content(folder, "bars.npy names a song that is not listed"))?
                .piece
                .bars
                .push(bar);
        }
        for (id, row) in (0..).zip(table("notes.npy", 7)?.chunks_exact(7)) {
            let song = usize::try_from(row[0])
                .ok()
                .and_then(|i| songs.get_mut(i))
                .filter(|s| {
                    (0..s.piece.bars.len() as i32).contains(&row[1])
                        && (0..s.piece.voices.len() as i32).contains(&row[2])
                })
                .ok_or_else(|| {
                    content(
                        folder,
                        "notes.npy names a song, bar or voice that is not there",
                    )
                })?;
            song.piece.notes.push(GridNote {
                bar: row[1] as u16,
                voice: row[2] as u8,
                onset: small(row[3], 0, 31),
                pitch: small(row[4], 0, 127),
                duration: small(row[5], 0, 23),
                velocity: small(row[6], 0, 15),
                id: NoteId(id),
            });
        }
        Ok(Cache {
            source: index.source,
            songs,
            left_out: index.left_out,
        })
    }
}

fn small(value: i32, low: i32, high: i32) -> u8 {
    value.clamp(low, high) as u8
}

fn content(folder: &Path, why: &str) -> FormatError {
    FormatError::Content {
        what: format!("token cache {}", folder.display()),
        problem: format!("{why}; run `lacuna prepare` again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    #[test]
    fn a_cache_comes_back_but_for_ids() {
        let mut s = Score::default();
        for name in ["Melody", "Piano"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..40u32 {
                s.add_note(t, k * 360, 240, 50 + (k % 20) as u8, 80);
            }
        }
        let piece = Piece::of_score(&s, &s.bars(), 0, 8, &[]);
        let song = CachedSong {
            id: "001".into(),
            split: Split::Test,
            piece,
            grid_error: Some(0.03),
        };
        let cache = Cache {
            source: "x".into(),
            songs: vec![song],
            left_out: vec![("2".into(), "why".into())],
        };
        let dir = tempfile::tempdir().unwrap();
        cache.save(dir.path(), "t/1").unwrap();
        let back = Cache::load(dir.path(), "t/1").unwrap();
        let plain = |c: &Cache| {
            let p = &c.songs[0].piece;
            let notes: Vec<_> = p
                .notes
                .iter()
                .map(|n| GridNote {
                    id: NoteId(0),
                    ..*n
                })
                .collect();
            (
                p.bars.clone(),
                notes,
                p.voices.iter().map(|v| v.role).collect::<Vec<_>>(),
                c.left_out.clone(),
                c.songs[0].grid_error,
            )
        };
        assert_eq!(plain(&back), plain(&cache));
        assert!(
            Cache::load(dir.path(), "other/1")
                .unwrap_err()
                .to_string()
                .contains("t/1")
        );
    }
}
