//! From a song to rows of numbers: the free octuple that the studio's models read, or any registered
//! tokenizer.

use super::prepared::{Column, Entry, Item, Plan};
use super::slices::{Slices, Slicing};
use super::transform::normalise;
use super::transform::tempo::{self, TempoPolicy};
use super::{Song, Split};
use crate::format::npy;
use crate::tokenizer::octuple::piece::{Piece, Role};
use crate::tokenizer::octuple::vocabulary;
use crate::tokenizer::{Cut, Tokenizer, Tokens, registry};
use std::borrow::Cow;

/// Name of the free octuple among the tokenizers of `prepare`.
pub const FREE_OCTUPLE: &str = vocabulary::NAME;

/// Training songs whose onsets lie farther from the 16ths than this (mean, in steps) are left out where the
/// grid of 16ths would teach their rhythm wrong.
const MOST_GRID_ERROR: f64 = 0.12;

/// What a song became.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    pub voices: Vec<Role>,
    /// Rows of (steps, tempo class), one a bar, a byte a number.
    pub bars: Vec<u8>,
    pub items: Vec<Item>,
    /// The rows of all items as they stand in the file.
    pub tokens: Vec<u8>,
}

/// Turns songs into rows.
pub enum Encoder {
    /// Whole songs on the studio's grid. Its windows are cut while training, anew each time.
    FreeOctuple,
    Registered {
        tokenizer: &'static dyn Tokenizer,
        slicing: Slicing,
    },
}

impl Encoder {
    /// The encoder of a tokenizer's name.
    ///
    /// # Errors
    /// The names there are, when there is none of that name.
    pub fn find(tokenizer: &str, slicing: Slicing) -> Result<Encoder, String> {
        if tokenizer == FREE_OCTUPLE || tokenizer == vocabulary::ID {
            return Ok(Encoder::FreeOctuple);
        }
        let tokenizer = registry::find(tokenizer)
            .map_err(|e| format!("{e}, {FREE_OCTUPLE} (what the studio's models read)"))?;
        Ok(Encoder::Registered { tokenizer, slicing })
    }

    /// Name of the tokenizer, with the version of its layout where it has one.
    pub fn id(&self) -> &str {
        match self {
            Encoder::FreeOctuple => vocabulary::ID,
            Encoder::Registered { tokenizer, .. } => tokenizer.id(),
        }
    }

    /// The plan of every song of a source, as it is.
    pub fn plan(&self, source: &str) -> Plan {
        Plan {
            source: source.to_owned(),
            tokenizer: self.id().to_owned(),
            slicing: self.slicing(),
            tempo: self.usual_tempo(),
            key: None,
            limit: 0,
        }
    }

    /// How songs are cut before they are written; the free octuple takes them whole.
    pub fn slicing(&self) -> Slicing {
        match self {
            Encoder::FreeOctuple => Slicing::WHOLE,
            Encoder::Registered { slicing, .. } => *slicing,
        }
    }

    /// What becomes of tempo where nothing else is asked: smdiff plays every song at one tempo.
    pub fn usual_tempo(&self) -> TempoPolicy {
        match self {
            Encoder::Registered { tokenizer, .. } => match tokenizer.cut() {
                Cut::ReferenceGrid | Cut::ReferenceOctuple => TempoPolicy::ReferenceCompatible,
                Cut::Bars | Cut::Rows(_) => TempoPolicy::Keep,
            },
            Encoder::FreeOctuple => TempoPolicy::Keep,
        }
    }

    /// The columns of a row.
    pub fn columns(&self) -> Vec<Column> {
        let column = |name: &str, size| Column {
            name: name.to_owned(),
            size,
        };
        match self {
            Encoder::FreeOctuple => vec![
                column("bar", 1 << 16),
                column("voice", 8),
                column("onset", 32),
                column("pitch", 128),
                column("duration", 24),
                column("velocity", 16),
            ],
            Encoder::Registered { tokenizer, .. } => {
                let fields = tokenizer.fields();
                fields.iter().map(|f| column(f.name, f.size)).collect()
            }
        }
    }

    /// Why a song must not be used for what its split, its grid error and its beats are, if so. Whoever finds beats judges
    /// them by a measure of his own: hands are never as exact as a grid.
    pub fn refuses(&self, song: &Entry) -> Option<String> {
        let off = matches!(self, Encoder::FreeOctuple)
            && song.split == Split::Train
            && song.grid_error > MOST_GRID_ERROR
            && !song.found_beats;
        off.then(|| {
            format!(
                "its onsets lie {:.2} steps from the 16ths on average; the data set `played` finds the beats of files \
                 that were played freely",
                song.grid_error
            )
        })
    }

    /// The song as rows. `spare` is a buffer of an earlier song to write them into: a new one a song would cost as
    /// much as the writing.
    ///
    /// # Errors
    /// Why it cannot be written, as a clause.
    pub fn encode(&self, song: &Song, plan: &Plan, mut spare: Vec<u8>) -> Result<Encoded, String> {
        spare.clear();
        let mut score = Cow::Borrowed(&song.score);
        if plan.tempo != TempoPolicy::Keep {
            score = Cow::Owned(tempo::apply(&score, plan.tempo).map_err(|e| e.to_string())?);
        }
        if let Some(rule) = plan.key {
            let moved = normalise::to_c(&score, rule).map_err(|e| e.to_string())?;
            score = Cow::Owned(moved.score);
        }
        let score = score.as_ref();
        match self {
            Encoder::FreeOctuple => {
                let bars = score.bars();
                let piece = Piece::of_score(score, &bars, 0, score.bar_count(), &[]);
                let mut tokens = Tokens::new(6);
                for n in &piece.notes {
                    tokens.push(&[
                        n.bar.into(),
                        n.voice.into(),
                        n.onset.into(),
                        n.pitch.into(),
                        n.duration.into(),
                        n.velocity.into(),
                    ]);
                }
                let bars = piece.bars.iter();
                Ok(Encoded {
                    voices: piece.voices.iter().map(|v| v.role).collect(),
                    bars: bars.flat_map(|b| [b.steps, b.tempo]).collect(),
                    ..self.packed(Slices::whole(tokens))
                })
            }
            Encoder::Registered { tokenizer, slicing } => {
                let encoded = match slicing.bytes(*tokenizer, score, &mut spare) {
                    Some(made) => made.map(|items| Encoded {
                        items,
                        tokens: spare,
                        ..Encoded::default()
                    }),
                    None => slicing.slices(*tokenizer, score).map(|s| self.packed(s)),
                };
                let encoded = encoded.map_err(|e| e.to_string())?;
                if encoded.items.is_empty() {
                    return Err(format!(
                        "it has no window of {} bars with notes",
                        slicing.bars
                    ));
                }
                Ok(encoded)
            }
        }
    }

    /// Numbers the ids are written in.
    pub fn width(&self) -> npy::Width {
        let sizes = self.columns().into_iter().map(|c| c.size);
        npy::Width::for_size(sizes.max().unwrap_or(1))
    }

    fn packed(&self, slices: Slices) -> Encoded {
        let width = self.width();
        let mut tokens = Vec::with_capacity(slices.tokens.ids.len() * width.bytes());
        width.put(&slices.tokens.ids, &mut tokens);
        Encoded {
            items: slices.items,
            tokens,
            ..Encoded::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;

    const WHOLE: Slicing = Slicing {
        bars: 0,
        stride: 1,
        per_song: 0,
    };

    #[test]
    fn every_tokenizer_is_found_and_an_unknown_one_is_answered_with_all() {
        for t in registry::all() {
            assert_eq!(Encoder::find(t.id(), WHOLE).ok().unwrap().id(), t.id());
        }
        assert_eq!(
            Encoder::find("octuple", WHOLE).ok().unwrap().id(),
            vocabulary::ID
        );
        let e = Encoder::find("nothing", WHOLE).err().unwrap();
        assert!(e.contains("remi_z") && e.contains("octuple ("), "{e}");
    }

    #[test]
    fn what_a_tokenizer_writes_in_bytes_is_what_it_writes() {
        let mut score = Score::default();
        let t = score.add_track("Piano", 0, 0);
        for k in 0..90u32 {
            score.add_note(t, k * 480, 400 + 7 * k, 30 + (k * 5 % 60) as u8, 80);
        }
        for (bars, per_song) in [(0, 0), (64, 0), (64, 2)] {
            let slicing = Slicing {
                bars,
                per_song,
                ..WHOLE
            };
            let mut seen = 0;
            for t in registry::all() {
                let mut bytes = Vec::new();
                let Some(items) = slicing.bytes(*t, &score, &mut bytes) else {
                    continue;
                };
                let items = items.unwrap();
                let slices = slicing.slices(*t, &score).unwrap();
                assert_eq!(items, slices.items, "{} by {bars}", t.id());
                let ids: Vec<i32> = bytes.into_iter().map(i32::from).collect();
                assert!(ids == slices.tokens.ids, "{} by {bars}", t.id());
                seen += 1;
            }
            assert!(seen > 0);
        }
    }

    #[test]
    fn only_training_songs_off_the_grid_are_refused_and_only_on_a_grid_of_16ths() {
        let free = Encoder::FreeOctuple;
        let song = |split, grid_error, found_beats| Entry {
            id: "a".into(),
            split,
            grid_error,
            on_beats: true,
            found_beats,
            voices: vec![],
            bars: 0,
            items: vec![],
        };
        assert!(free.refuses(&song(Split::Train, 0.2, false)).is_some());
        assert!(free.refuses(&song(Split::Train, 0.2, true)).is_none());
        assert!(free.refuses(&song(Split::Train, 0.1, false)).is_none());
        assert!(free.refuses(&song(Split::Test, 0.2, false)).is_none());
        let mmt = Encoder::find("mmt", WHOLE).ok().unwrap();
        assert!(mmt.refuses(&song(Split::Train, 0.2, false)).is_none());
    }
}
