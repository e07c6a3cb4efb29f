//! A prepared data set of the free octuple in memory: what training reads. A machine without the data can train
//! from a cache.

use super::Split;
use super::prepared::Index;
use crate::format::{FormatError, file, npy};
use crate::score::{NoteId, TrackId};
use crate::tokenizer::octuple::{BarInfo, GridNote, Piece, VoiceInfo};
use std::path::Path;

/// No table of ours is larger; a limit against reading something else by mistake.
const SIZE_LIMIT: u64 = 4 << 30;

/// One song of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedSong {
    pub id: String,
    pub split: Split,
    pub piece: Piece,
    /// As [`Song::grid_error`](super::Song::grid_error).
    pub grid_error: f64,
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
    /// Pieces of one split.
    pub fn pieces(&self, split: Split) -> Vec<Piece> {
        self.songs
            .iter()
            .filter(|s| s.split == split)
            .map(|s| s.piece.clone())
            .collect()
    }

    /// Reads a data set that was prepared for `tokenizer`.
    ///
    /// # Errors
    /// When a file is missing, damaged, or made for another tokenizer.
    pub fn load(folder: &Path, tokenizer: &str) -> Result<Cache, FormatError> {
        let index = Index::load(folder)?;
        if index.plan.tokenizer != tokenizer {
            return Err(content(
                folder,
                &format!(
                    "made for the tokenizer {}, not {tokenizer}",
                    index.plan.tokenizer
                ),
            ));
        }
        let table = |name: &str, columns: usize| -> Result<Vec<i32>, FormatError> {
            let bytes = file::read(&folder.join(name), SIZE_LIMIT)?;
            let (values, found) = npy::read_table(&bytes, name)?;
            if found == columns {
                Ok(values)
            } else {
                Err(content(folder, &format!("{name} has {found} columns")))
            }
        };
        let (tokens, bars) = (table("tokens.npy", 6)?, table("bars.npy", 2)?);
        let (mut tokens, mut bars) = (tokens.chunks_exact(6), bars.chunks_exact(2));
        let short = |name| content(folder, &format!("{name} is shorter than the index says"));
        let mut songs = Vec::with_capacity(index.songs.len());
        let mut id = 0;
        for entry in index.songs {
            let mut piece = Piece {
                voices: (0..)
                    .zip(entry.voices)
                    .map(|(i, role)| VoiceInfo {
                        track: TrackId(i),
                        role,
                    })
                    .collect(),
                ..Piece::default()
            };
            for _ in 0..entry.bars {
                let row = bars.next().ok_or_else(|| short("bars.npy"))?;
                piece.bars.push(BarInfo {
                    steps: small(row[0], 1, 32),
                    tempo: small(row[1], 0, 24),
                });
            }
            for _ in 0..entry.items.iter().map(|i| i.rows).sum::<u32>() {
                let row = tokens.next().ok_or_else(|| short("tokens.npy"))?;
                let (bar, voice) = (row[0] as usize, row[1] as usize);
                if bar >= piece.bars.len() || voice >= piece.voices.len() {
                    return Err(content(
                        folder,
                        "tokens.npy names a bar or voice that is not there",
                    ));
                }
                piece.notes.push(GridNote {
                    bar: bar as u16,
                    voice: voice as u8,
                    onset: small(row[2], 0, 31),
                    pitch: small(row[3], 0, 127),
                    duration: small(row[4], 0, 23),
                    velocity: small(row[5], 0, 15),
                    id: NoteId(id),
                });
                id += 1;
            }
            songs.push(CachedSong {
                id: entry.id,
                split: entry.split,
                piece,
                grid_error: entry.grid_error,
            });
        }
        Ok(Cache {
            source: index.plan.source,
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
    use crate::dataset::encoder::Encoder;
    use crate::dataset::prepare::prepare;
    use crate::dataset::prepared::Plan;
    use crate::dataset::slices::Slicing;
    use crate::dataset::transform::tempo::TempoPolicy;
    use crate::dataset::{DatasetError, Song, SongRef, Source};
    use crate::score::Score;

    struct One;

    impl Source for One {
        fn id(&self) -> &str {
            "one"
        }

        fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
            let song = |id: &str| SongRef {
                id: id.into(),
                path: "x".into(),
                split: Split::Test,
            };
            Ok(vec![song("bad"), song("good")])
        }

        fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
            if song.id == "bad" {
                return Err(DatasetError::Refused {
                    id: "bad".into(),
                    reason: "why".into(),
                });
            }
            Ok(Song {
                id: song.id.clone(),
                split: song.split,
                score: score(),
                offset: 0.0,
                grid_error: 0.25,
                on_beats: true,
                found_beats: false,
                keys: vec![],
                chords: vec![],
            })
        }
    }

    fn score() -> Score {
        let mut s = Score::default();
        for name in ["Melody", "Piano"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..40u32 {
                s.add_note(t, k * 360, 240, 50 + (k % 20) as u8, 80);
            }
        }
        s
    }

    #[test]
    fn a_cache_comes_back_but_for_ids() {
        let encoder = Encoder::FreeOctuple;
        let plan = Plan {
            source: "one".into(),
            tokenizer: encoder.id().into(),
            slicing: Slicing::WHOLE,
            tempo: TempoPolicy::Keep,
            key: None,
            limit: 0,
        };
        let dir = tempfile::tempdir().unwrap();
        prepare(&One, &encoder, &plan, dir.path(), 1, &mut |_| true).unwrap();
        let back = Cache::load(dir.path(), encoder.id()).unwrap();
        let wanted = Piece::of_score(&score(), &score().bars(), 0, score().bar_count(), &[]);
        let plain = |p: &Piece| {
            let notes = p.notes.iter().map(|n| GridNote {
                id: NoteId(0),
                ..*n
            });
            let roles: Vec<_> = p.voices.iter().map(|v| v.role).collect();
            (p.bars.clone(), notes.collect::<Vec<_>>(), roles)
        };
        assert_eq!(back.songs.len(), 1);
        assert_eq!(plain(&back.songs[0].piece), plain(&wanted));
        assert_eq!(
            (back.songs[0].split, back.songs[0].grid_error),
            (Split::Test, 0.25)
        );
        assert_eq!(back.left_out, [("bad".to_owned(), "why".to_owned())]);
        let other = Cache::load(dir.path(), "other/1").unwrap_err().to_string();
        assert!(other.contains(encoder.id()), "{other}");
        // A table that was cut short is refused, not read as a shorter song.
        let path = dir.path().join("bars.npy");
        std::fs::write(&path, npy::write(&[16, 5], 2, npy::Width::U8)).unwrap();
        let short = Cache::load(dir.path(), encoder.id()).unwrap_err();
        assert!(short.to_string().contains("bars.npy is shorter"), "{short}");
    }
}
