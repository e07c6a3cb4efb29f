//! JSB chorales: `Jsb16thSeparated.json`, lists of frames `[soprano, alto, tenor, bass]`, one a 16th, in MIDI pitches;
//! -1 is a rest. The file does not say where a repeated pitch is struck again, so equal neighbours are one held note,
//! and it has no bar lines: pieces are laid in 4/4 with a pickup of a quarter where [`has_pickup`] hears one. Which of
//! the two strong beats is the first stays a guess, and the few chorales in 3/4 are not told apart.

use super::{DatasetError, Song, SongRef, Source, Split, read_text};
use crate::score::{Meter, Score, Tempo};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The file looked for in the root folder.
pub const FILE: &str = "Jsb16thSeparated.json";

/// Names of the four voices, highest first.
pub const VOICES: [&str; 4] = ["Soprano", "Alto", "Tenor", "Bass"];

const PPQ: u16 = 480;
const STEP: u32 = PPQ as u32 / 4;
/// Velocity of every note; the file has none.
const VELOCITY: u8 = 80;
/// Choir aahs.
const PROGRAM: u8 = 52;

type Piece = Vec<Vec<i32>>;

/// The chorales in a folder.
pub struct Jsb {
    root: PathBuf,
    pieces: OnceLock<BTreeMap<String, Vec<Piece>>>,
}

impl Jsb {
    /// The chorales in `root` (or the file itself). Nothing is read yet.
    pub fn new(root: &Path) -> Jsb {
        Jsb {
            root: root.to_path_buf(),
            pieces: OnceLock::new(),
        }
    }

    fn file(&self) -> PathBuf {
        if self.root.is_file() {
            self.root.clone()
        } else {
            self.root.join(FILE)
        }
    }

    /// The parsed file, read once.
    fn pieces(&self) -> Result<&BTreeMap<String, Vec<Piece>>, DatasetError> {
        if let Some(p) = self.pieces.get() {
            return Ok(p);
        }
        let path = self.file();
        if !path.is_file() {
            return Err(DatasetError::NotFound {
                source_id: self.id().into(),
                path: self.root.clone(),
                missing: FILE.into(),
            });
        }
        let parsed =
            serde_json::from_str(&read_text(&path)?).map_err(|e| DatasetError::Content {
                path,
                problem: format!("not the expected lists of pitches ({e})"),
            })?;
        Ok(self.pieces.get_or_init(|| parsed))
    }
}

/// The name of a split in the file.
fn key(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "valid",
        Split::Test => "test",
    }
}

impl Source for Jsb {
    fn id(&self) -> &str {
        "jsb"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let pieces = self.pieces()?;
        let path = self.file();
        let mut songs = Vec::new();
        for split in Split::ALL {
            let count = pieces.get(key(split)).map_or(0, Vec::len);
            songs.extend((0..count).map(|i| SongRef {
                id: format!("{}-{:03}", key(split), i),
                path: path.clone(),
                split,
            }));
        }
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let refused = |reason: &str| DatasetError::Refused {
            id: song.id.clone(),
            reason: reason.into(),
        };
        let index: usize = song
            .id
            .rsplit('-')
            .next()
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| refused("its id does not end in a number"))?;
        let piece = self
            .pieces()?
            .get(key(song.split))
            .and_then(|list| list.get(index))
            .ok_or_else(|| refused("the file has no such piece"))?;
        let score = to_score(piece, &song.id).map_err(|r| refused(&r))?;
        Ok(Song::plain(song, score, true))
    }
}

/// Whether the piece begins with a quarter before its first strong beat: long notes (six 16ths and more) mostly begin on
/// strong beats, and here more of them begin an odd number of quarters after the start than an even one. Agrees with the
/// lengths of the pieces: of 193 clear cases that are a quarter longer than whole bars, 185 have such a pickup.
pub fn has_pickup(piece: &[Vec<i32>]) -> bool {
    let (mut even, mut odd) = (0usize, 0usize);
    for voice in 0..VOICES.len() {
        let at = |i: usize| {
            piece
                .get(i)
                .and_then(|f| f.get(voice))
                .copied()
                .unwrap_or(-1)
        };
        let mut start = 0;
        for i in 1..=piece.len() {
            if i == piece.len() || at(i) != at(start) {
                if i - start >= 6 && at(start) >= 0 {
                    even += usize::from(start % 8 == 0);
                    odd += usize::from(start % 8 == 4);
                }
                start = i;
            }
        }
    }
    odd > even
}

/// Four voices of held notes from frames of 16ths. The error says which frame is wrong.
pub fn to_score(piece: &[Vec<i32>], title: &str) -> Result<Score, String> {
    let mut score = Score {
        title: format!("JSB {title}"),
        ppq: PPQ,
        tempos: vec![Tempo {
            tick: 0,
            micros_per_quarter: 750_000,
        }],
        meters: if has_pickup(piece) {
            vec![Meter::new(0, 1, 4), Meter::new(4 * STEP, 4, 4)]
        } else {
            vec![Meter::new(0, 4, 4)]
        },
        ..Score::default()
    };
    score.chunks.push(String::new());
    for (voice, name) in VOICES.iter().enumerate() {
        let track = score.add_track(*name, voice as u8, PROGRAM);
        score.chunks.push((*name).into());
        let mut held: Option<(u32, u8)> = None;
        for (i, frame) in piece.iter().enumerate() {
            let pitch = match frame.get(voice).copied().unwrap_or(-1) {
                -1 => None,
                p => Some(u8::try_from(p).ok().filter(|p| *p < 128).ok_or_else(|| {
                    format!("frame {i} asks for pitch {p} in the {name}, which is not 0..=127")
                })?),
            };
            if held.map(|h| h.1) != pitch {
                let now = i as u32 * STEP;
                if let Some((start, p)) = held {
                    score.add_note(track, start, now - start, p, VELOCITY);
                }
                held = pitch.map(|p| (now, p));
            }
        }
        if let Some((start, p)) = held {
            let end = piece.len() as u32 * STEP;
            score.add_note(track, start, end - start, p, VELOCITY);
        }
    }
    Ok(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::data_root;

    #[test]
    fn equal_frames_are_held_and_minus_one_rests() {
        assert_eq!(to_score(&[Vec::new()], "empty").unwrap().note_count(), 0);
        let piece = vec![vec![60, 50, -1, 40], vec![60, 52, -1], vec![62, 52, 45, 40]];
        let score = to_score(&piece, "x").unwrap();
        let of = |i: usize| -> Vec<(u32, u32, u8)> {
            let notes = &score.tracks[i].notes;
            notes.iter().map(|n| (n.start, n.length, n.pitch)).collect()
        };
        assert_eq!(of(0), [(0, 240, 60), (240, 120, 62)]);
        assert_eq!(of(1), [(0, 120, 50), (120, 240, 52)]);
        assert_eq!(of(2), [(240, 120, 45)]);
        assert_eq!(of(3), [(0, 120, 40), (240, 120, 40)]);
        assert!(to_score(&[vec![128]], "x").is_err());
    }

    #[test]
    fn a_pickup_is_heard_by_where_long_notes_begin() {
        // A quarter, then half notes.
        let frames = |pickup: usize| -> Vec<Vec<i32>> {
            (0..36)
                .map(|i| vec![60 + ((i + 8 - pickup) / 8) as i32; 4])
                .collect()
        };
        assert!(has_pickup(&frames(4)) && !has_pickup(&frames(0)));
        let score = to_score(&frames(4), "x").unwrap();
        assert_eq!(score.bars().start(1), 480);
    }

    #[test]
    fn the_real_file_has_the_usual_split() {
        let Some(root) = data_root() else { return };
        let source = Jsb::new(&root.join("jsb"));
        let songs = source.songs().unwrap();
        let count = |s| songs.iter().filter(|r| r.split == s).count();
        assert_eq!(
            [Split::Train, Split::Validation, Split::Test].map(count),
            [229, 76, 77]
        );
        for song in &songs {
            let score = source.load(song).unwrap().score;
            assert_eq!(score.tracks.len(), 4);
            assert!(score.note_count() > 40, "{}", song.id);
        }
        let pickups = songs
            .iter()
            .filter(|s| source.load(s).unwrap().score.meters.len() == 2)
            .count();
        assert!(
            (200..300).contains(&pickups),
            "{pickups} of 382 begin with a pickup"
        );
    }
}
