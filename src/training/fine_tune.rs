//! A model made one's own: a short run on a folder of one's pieces that begins with a model's weights and changes only
//! its last blocks. Pieces held out tell whether it helps, and quotes of the pieces whether it begins to copy.

mod pieces;
mod tuning;

pub use pieces::{PiecesError, id_of, name_of, prepare};
pub use tuning::{Begun, Made, Remark, Tuning};

use super::average::AverageConfig;
use super::config::{ModelConfig, Recipe, TrainerConfig};
use super::octuple::{OctupleConfig, Start};
use super::optimiser::Optimiser;
use super::schedule::Schedule;
use crate::dataset::Split;
use crate::dataset::cache::Cache;
use crate::model::Library;
use crate::model::card::{Card, NetworkConfig, TOKENIZER};
use crate::process::Corruption;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What is asked of a model that is made one's own on a folder of pieces.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Id of the model to start from.
    pub model: String,
    /// Name of the folder.
    pub pieces: String,
    /// Id of the new model, of its data set and of its run.
    pub id: String,
    pub steps: u64,
    pub last_blocks: usize,
}

impl Wish {
    /// The recipe, once [`prepare`] has made the pieces ready in `dataset`.
    ///
    /// # Errors
    /// As [`recipe`], and when there is no such model or the pieces cannot be read.
    pub fn recipe(&self, library: &Library, dataset: &Path) -> Result<Recipe, String> {
        let (base, _) = library.weights(&self.model).map_err(|e| e.to_string())?;
        let cache = Cache::load(dataset, TOKENIZER).map_err(|e| e.to_string())?;
        let ask = FineTune {
            name: format!("{} ({})", base.name, self.pieces),
            id: self.id.clone(),
            pieces: self.pieces.clone(),
            dataset: self.id.clone(),
            steps: self.steps,
            last_blocks: self.last_blocks,
        };
        recipe(base, &ask, cache)
    }
}

/// The same as the recipe has it.
#[derive(Clone, Debug, PartialEq)]
pub struct FineTune {
    /// Id of the new model.
    pub id: String,
    /// What a composer reads in the list.
    pub name: String,
    /// Name of the folder of pieces.
    pub pieces: String,
    /// Name of the prepared data set.
    pub dataset: String,
    /// Most steps; it ends earlier when the held-out pieces are no longer better understood.
    pub steps: u64,
    /// How many of the last blocks learn.
    pub last_blocks: usize,
}

impl FineTune {
    /// Most steps where nobody says otherwise.
    pub const STEPS: u64 = 400;
    /// Most minutes.
    pub const MINUTES: f64 = 10.0;
    /// Blocks that learn.
    pub const LAST_BLOCKS: usize = 2;
}

/// Steps between validations, after each of which the held-out pieces are filled too.
const EVERY: u64 = 25;
/// Fewest bars that a piece must have to be of use.
const FEWEST_BARS: usize = 4;
/// Bars that are worth holding out of a single piece.
const FEWEST_HELD_OUT: usize = 8;

/// Makes sure that something is held out: where the data set holds nothing out (a few pieces often fall on one side),
/// a fifth of the pieces, or the last quarter of the only one.
///
/// # Errors
/// A sentence, when there is too little music.
pub fn hold_out(cache: &mut Cache) -> Result<(), String> {
    let of = |cache: &Cache, split| {
        let long = |s: &&crate::dataset::cache::CachedSong| {
            s.split == split && s.piece.bars.len() >= FEWEST_BARS
        };
        cache.songs.iter().filter(long).count()
    };
    if of(cache, Split::Train) == 0 {
        // All of a small folder fell on the other sides.
        for song in &mut cache.songs {
            song.split = Split::Train;
        }
    }
    if let ([], [(first, why), ..]) = (&cache.songs[..], &cache.left_out[..]) {
        return Err(format!(
            "none of the {} files can be learnt from, the first, {first}: {why}",
            cache.left_out.len()
        ));
    }
    if of(cache, Split::Train) == 0 {
        return Err(format!(
            "there is no piece of {FEWEST_BARS} bars or more in this folder; add some"
        ));
    }
    if of(cache, Split::Validation) > 0 {
        return Ok(());
    }
    let mut order: Vec<usize> = (0..cache.songs.len())
        .filter(|&i| {
            let s = &cache.songs[i];
            s.split == Split::Train && s.piece.bars.len() >= FEWEST_BARS
        })
        .collect();
    order.sort_by_cached_key(|&i| Sha256::digest(cache.songs[i].id.as_bytes()));
    if let [only] = order[..] {
        let song = &cache.songs[only];
        let bars = song.piece.bars.len();
        let kept = bars - (bars / 4).max(FEWEST_HELD_OUT).min(bars);
        if kept < FEWEST_BARS {
            return Err(format!(
                "the only piece has {bars} bars, too few to learn from some and be judged by others; add pieces"
            ));
        }
        let mut end = song.clone();
        end.id = format!("{} from bar {}", song.id, kept + 1);
        end.split = Split::Validation;
        end.piece = song.piece.window(kept, bars - kept);
        cache.songs[only].piece = song.piece.window(0, kept);
        cache.songs.push(end);
        return Ok(());
    }
    for &i in &order[..order.len().div_ceil(5).min(order.len() - 1)] {
        cache.songs[i].split = Split::Validation;
    }
    Ok(())
}

/// The recipe of a fine-tune of the model with this card on these pieces; [`super::open`] holds the same ones out.
///
/// # Errors
/// A sentence, when that model cannot be fine-tuned or there is too little music.
pub fn recipe(base: &Card, ask: &FineTune, mut cache: Cache) -> Result<Recipe, String> {
    let network = match &base.network {
        NetworkConfig::Transformer(network) if base.tokenizer == TOKENIZER => network,
        _ => {
            return Err(format!(
                "\"{}\" reads {}; only models of {TOKENIZER} can be made one's own",
                base.id, base.tokenizer
            ));
        }
    };
    hold_out(&mut cache)?;
    let longest = |split| {
        let songs = cache.songs.iter().filter(|s| s.split == split);
        songs.map(|s| s.piece.bars.len()).max().unwrap_or(0)
    };
    // Every window must fit into a piece to learn from and one to be judged by.
    let most = longest(Split::Train)
        .min(longest(Split::Validation))
        .min(base.window_bars as usize);
    Ok(Recipe {
        id: ask.id.clone(),
        name: ask.name.clone(),
        summary: format!("{} made one's own: {}", base.name, ask.pieces),
        data_licence: "that of the pieces".into(),
        presets: Vec::new(),
        dataset: ask.dataset.clone(),
        model: ModelConfig::Octuple(OctupleConfig {
            network: network.clone(),
            corruption: Corruption {
                longest: Corruption::default().longest.min(most.max(2) - 1),
                ..Corruption::default()
            },
            weighting: Default::default(),
            bars: (FEWEST_BARS.min(most), most),
            transpose: (0, 0),
            drop_voice: 0.1,
            start: Some(Start {
                model: base.id.clone(),
                last_blocks: Some(ask.last_blocks),
            }),
        }),
        trainer: TrainerConfig {
            batch: 8,
            steps: ask.steps,
            learning_rate: 3e-4,
            warm_up: 20,
            schedule: Schedule::Cosine { floor: 0.1 },
            optimiser: Optimiser::default(),
            average: AverageConfig {
                decay: 0.98,
                every: 1,
                rising: true,
            },
            validate_every: EVERY,
            validation_windows: 48,
            early_stopping: Some(4),
            checkpoint_every: EVERY,
            sample_every: EVERY,
            keep_last: 1,
            ..TrainerConfig::default()
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::octuple::tests::cache;

    fn of(songs: usize, bars: usize) -> Cache {
        let template = cache().songs[0].clone();
        let mut cache = Cache::default();
        for i in 0..songs {
            let mut song = template.clone();
            song.id = format!("song {i}");
            song.piece = song.piece.window(0, bars);
            cache.songs.push(song);
        }
        cache
    }

    fn counts(cache: &Cache) -> (usize, usize) {
        let n = |split| cache.pieces(split).len();
        (n(Split::Train), n(Split::Validation))
    }

    #[test]
    fn something_is_always_held_out() {
        for (songs, expected) in [(1, (1, 1)), (2, (1, 1)), (10, (8, 2))] {
            let mut cache = of(songs, 16);
            hold_out(&mut cache).unwrap();
            assert_eq!(counts(&cache), expected, "{songs}");
        }
        let mut one = of(1, 16);
        hold_out(&mut one).unwrap();
        assert_eq!(one.songs[0].piece.bars.len(), 8);
        assert_eq!(one.songs[1].piece.bars.len(), 8);
        let all_test = |mut c: Cache| {
            c.songs.iter_mut().for_each(|s| s.split = Split::Test);
            c
        };
        let mut cache = all_test(of(3, 16));
        hold_out(&mut cache).unwrap();
        assert_eq!(counts(&cache), (2, 1));
    }

    #[test]
    fn too_little_music_is_refused_in_words() {
        assert!(hold_out(&mut of(0, 4)).unwrap_err().contains("4 bars"));
        assert!(hold_out(&mut of(3, 3)).unwrap_err().contains("4 bars"));
        assert!(hold_out(&mut of(1, 9)).unwrap_err().contains("only piece"));
        let mut none = of(0, 4);
        none.left_out
            .push(("a.mid".into(), "it has no notes".into()));
        let why = hold_out(&mut none).unwrap_err();
        assert!(why.contains("a.mid: it has no notes"), "{why}");
    }

    #[test]
    fn only_the_last_blocks_and_the_output_change() {
        use crate::model::store;
        use crate::training::octuple::OctupleLearner;
        use crate::training::{Compute, Trainer, Training};
        use burn::tensor::Device;
        let mut cache = of(4, 16);
        hold_out(&mut cache).unwrap();
        let library = Library::find(&[]);
        let (card, _) = library.weights("pop").unwrap();
        let ask = FineTune {
            id: "own".into(),
            name: "Own".into(),
            pieces: "x".into(),
            dataset: "x".into(),
            steps: 2,
            last_blocks: 1,
        };
        let mut recipe = recipe(card, &ask, cache.clone()).unwrap();
        recipe.trainer.validation_windows = 2;
        recipe.trainer.batch = 1;
        let ModelConfig::Octuple(config) = &recipe.model else {
            panic!("a fine-tune is one of the free octuple");
        };
        let learner = OctupleLearner::new(&recipe, config, &cache, &library).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let compute = Compute::Cpu { threads: 1 };
        let mut run = Trainer::open(recipe, learner, &Device::flex(), compute, dir.path()).unwrap();
        while !run.finished() {
            run.advance().unwrap();
        }
        let out = dir.path().join("model");
        run.export(&out, crate::training::Which::Now, "CPU")
            .unwrap();
        let old = Library::find(&[]).weights("pop").unwrap().1;
        let new = std::fs::read(out.join("model.safetensors")).unwrap();
        let changed = store::differing_tensors(&old, &new).unwrap();
        assert!(!changed.is_empty());
        let learns = |name: &String| {
            name.starts_with("blocks.5.") || name.starts_with("head.") || name.starts_with("norm.")
        };
        assert!(changed.iter().all(learns), "{changed:?}");
    }
}
