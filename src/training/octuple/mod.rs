//! Training on the free octuple: the learner of the studio's own models.

mod batch;
mod step;

use super::config::{Recipe, TrainerConfig};
use super::gradient;
use super::learner::{Compute, Learner, Losses, Probe, Quoted, fill_probe};
use crate::dataset::cache::Cache;
use crate::dataset::quotes::{Line, Quotes};
use crate::dataset::{Domain, Split, domain};
use crate::model::card::{Card, NetworkConfig, TOKENIZER};
use crate::model::octuple::OctupleModel;
use crate::model::{Library, store};
use crate::network::{Transformer, TransformerConfig};
use crate::process::{Corruption, Example, Weighting};
use crate::score::{Mask, Region, Score, Take};
use crate::tokenizer::octuple::Piece;
use crate::tokenizer::octuple::features::WIDTH;
use crate::tokenizer::octuple::vocabulary::LOGITS;
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::OnceLock;

/// What belongs to the free octuple in a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OctupleConfig {
    pub network: TransformerConfig,
    #[serde(default)]
    pub corruption: Corruption,
    #[serde(default)]
    pub weighting: Weighting,
    /// Fewest and most bars of a window.
    pub bars: (usize, usize),
    /// Lowest and highest transposition in semitones.
    #[serde(default)]
    pub transpose: (i8, i8),
    /// Share of windows from which one voice is left out, so that pieces with fewer are known too.
    #[serde(default)]
    pub drop_voice: f32,
    /// Begin with the weights of a model instead of fresh ones.
    #[serde(default)]
    pub start: Option<Start>,
}

/// Where a run begins that goes on from a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Id of the model.
    pub model: String,
    /// How many of the last blocks learn, with the output; the rest stays as it is. `None` lets everything learn.
    #[serde(default)]
    pub last_blocks: Option<usize>,
}

/// Bars of a probe, and which of them are masked.
const PROBE_BARS: usize = 16;
const PROBE_HOLE: std::ops::Range<u32> = 6..10;
/// Probes of a run.
const PROBES: usize = 3;

/// See the module.
pub struct OctupleLearner {
    recipe: Recipe,
    config: OctupleConfig,
    songs: Vec<Piece>,
    validation: Vec<(String, Piece)>,
    /// Figures of the training songs, for the gauge.
    domain: Domain,
    /// Where the songs are from, for the card.
    source: String,
    /// Weights of the model it starts from, that fit the network.
    start: Option<Vec<u8>>,
    /// The training songs' figures, made when they are first asked for.
    quotes: OnceLock<Quotes>,
}

impl OctupleLearner {
    /// A learner on the training and validation songs of a cache; the model that a run may start from is looked for in
    /// `library`.
    ///
    /// # Errors
    /// A sentence, when no song is as long as a window, or there is no model to start from.
    pub fn new(
        recipe: &Recipe,
        config: &OctupleConfig,
        cache: &Cache,
        library: &Library,
    ) -> Result<OctupleLearner, String> {
        let songs = cache.pieces(Split::Train);
        if !songs.iter().any(|s| s.bars.len() >= config.bars.1) {
            return Err(format!(
                "no training song is as long as the {} bars a window has; prepare more data or lower model.bars",
                config.bars.1
            ));
        }
        let start = match &config.start {
            Some(start) => Some(weights_of(start, &config.network, library)?),
            None => None,
        };
        let held_out = cache.songs.iter().filter(|s| s.split == Split::Validation);
        Ok(OctupleLearner {
            recipe: recipe.clone(),
            config: config.clone(),
            songs,
            validation: held_out.map(|s| (s.id.clone(), s.piece.clone())).collect(),
            domain: Domain::of_cache(cache),
            source: cache.source.clone(),
            start,
            quotes: OnceLock::new(),
        })
    }

    fn trainer(&self) -> &TrainerConfig {
        &self.recipe.trainer
    }

    /// Whether a parameter learns.
    fn learns(&self, path: &str) -> bool {
        let Some(last) = self.config.start.as_ref().and_then(|s| s.last_blocks) else {
            return true;
        };
        let first = self.config.network.layers.saturating_sub(last);
        let block = path
            .strip_prefix("blocks.")
            .and_then(|p| p.split('.').next());
        match block.and_then(|b| b.parse::<usize>().ok()) {
            Some(block) => block >= first,
            None => !path.starts_with("embed"),
        }
    }
}

/// The weights of the model a run starts from.
fn weights_of(
    start: &Start,
    network: &TransformerConfig,
    library: &Library,
) -> Result<Vec<u8>, String> {
    let (card, weights) = library.weights(&start.model).map_err(|e| e.to_string())?;
    if card.tokenizer != TOKENIZER || card.network != NetworkConfig::Transformer(network.clone()) {
        return Err(format!(
            "the recipe starts from \"{}\", whose network is another; give the run the same model.network",
            start.model
        ));
    }
    let mut rng = crate::process::generator(0, 0);
    store::load_weights(&start.model, &weights, || {
        Transformer::new(network, WIDTH, LOGITS, &mut rng, &Device::flex())
    })
    .map_err(|e| e.to_string())?;
    Ok(weights)
}

impl Learner for OctupleLearner {
    type Network = Transformer;
    type Example = Example;

    fn parts(&self) -> Vec<String> {
        ["presence", "onset", "pitch", "duration", "velocity"]
            .map(String::from)
            .to_vec()
    }

    fn network(&self, rng: &mut ChaCha8Rng, device: &Device) -> Transformer {
        let fresh = Transformer::new(&self.config.network, WIDTH, LOGITS, rng, device);
        let Some(weights) = &self.start else {
            return fresh;
        };
        let as_it_was = fresh.clone();
        store::load_weights("start", weights, || fresh).unwrap_or_else(|e| {
            // They were loaded once before, when the learner was made.
            log::error!("{e}");
            as_it_was
        })
    }

    fn batch(&self, batch: u64) -> Vec<Example> {
        batch::draw(&self.config, self.trainer(), &self.songs, batch)
    }

    fn validation(&self) -> Vec<Example> {
        let songs: Vec<Piece> = self.validation.iter().map(|(_, p)| p.clone()).collect();
        batch::validation(&self.config, self.trainer(), &songs)
    }

    fn gradients(
        &self,
        network: &Transformer,
        device: &Device,
        examples: &[Example],
        _batch: u64,
        compute: Compute,
    ) -> (GradientsParams, Losses) {
        let (mut gradients, losses) =
            step::gradients(network, device, &self.config, examples, compute);
        if self
            .config
            .start
            .as_ref()
            .is_some_and(|s| s.last_blocks.is_some())
        {
            gradient::keep(network, &mut gradients, |path| self.learns(path));
        }
        (gradients, losses)
    }

    fn losses(&self, network: &Transformer, examples: &[Example], compute: Compute) -> Losses {
        step::evaluate(network, &self.config, examples, compute)
    }

    fn probes(&self) -> Vec<Probe> {
        let long = |(_, p): &&(String, Piece)| p.bars.len() >= PROBE_BARS;
        self.validation
            .iter()
            .filter(long)
            .take(PROBES)
            .map(|(id, piece)| {
                let first = (piece.bars.len() - PROBE_BARS) / 2;
                let score = piece.window(first, PROBE_BARS).to_score(id);
                let bars = score.bars();
                let hole = Region::time(
                    bars.start(PROBE_HOLE.start),
                    bars.start(PROBE_HOLE.end),
                    None,
                );
                Probe {
                    name: id.clone(),
                    mask: Mask::of(hole),
                    score,
                }
            })
            .collect()
    }

    fn fill(
        &self,
        network: &Transformer,
        device: &Device,
        probe: &Probe,
        seed: u64,
    ) -> Result<Take, String> {
        let card = self.card(network);
        let model = OctupleModel::new(card, String::new(), network.clone(), device);
        fill_probe(&model, probe, seed)
    }

    fn quoted(&self, probe: &Probe, take: &Take) -> Option<Quoted> {
        let quotes = self.quotes.get_or_init(|| Quotes::of(&self.songs, true));
        let bars = probe.score.bars();
        let hole = PROBE_HOLE.start as usize..PROBE_HOLE.end as usize;
        let longest = |score: &Score| {
            let piece = Piece::of_score(score, &bars, 0, PROBE_BARS as u32, &[]);
            let voices = (0..piece.voices.len() as u8).map(Line::Voice);
            voices
                .map(|line| quotes.longest(&piece, line, hole.clone()).bars)
                .max()
                .unwrap_or(0)
        };
        Some(Quoted {
            fill: longest(&probe.score.with_take(&probe.mask, take)),
            original: longest(&probe.score),
            bars: hole.len(),
        })
    }

    fn card(&self, network: &Transformer) -> Card {
        let bars: usize = self.songs.iter().map(|s| s.bars.len()).sum();
        self.recipe.card(
            TOKENIZER,
            NetworkConfig::Transformer(self.config.network.clone()),
            network.num_params(),
            self.config.bars.1 as u32,
            format!(
                "{}: {} training songs, {bars} bars; test and validation songs never seen",
                self.source,
                self.songs.len()
            ),
        )
    }

    fn export(&self, folder: &Path, card: &Card, network: &Transformer) -> Result<(), String> {
        store::save(folder, card, network).map_err(|e| e.to_string())?;
        let path = folder.join(domain::FILE);
        crate::format::file::write_atomic(&path, self.domain.to_ron().as_bytes())
            .map_err(|e| e.to_string())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::dataset::cache::CachedSong;
    use crate::training::config::ModelConfig;

    pub(crate) const RECIPE: &str = "(
        id: \"test\", dataset: \"x\",
        model: Octuple(
            network: (width: 32, layers: 1, heads: 2, feed_forward: 2),
            weighting: MaskedMean, bars: (2, 4), transpose: (-2, 2), drop_voice: 0.1,
        ),
        trainer: (
            batch: 4, steps: 12, warm_up: 2, learning_rate: 0.01, average: (decay: 0.9), seed: 7,
            validate_every: 6, validation_windows: 4, checkpoint_every: 5,
        ),
    )";

    pub(super) fn config() -> OctupleConfig {
        match Recipe::parse(RECIPE).unwrap().model {
            ModelConfig::Octuple(config) => config,
            other => panic!("{other:?}"),
        }
    }

    /// A data set of two songs that are the same, one for training, one for validation.
    pub(crate) fn cache() -> Cache {
        let mut s = Score::default();
        for name in ["Melody", "Piano"] {
            let t = s.add_track(name, 0, 0);
            for k in 0..64u32 {
                s.add_note(t, k * 480, 480, 60 + (k % 4) as u8, 80);
            }
        }
        let piece = Piece::of_score(&s, &s.bars(), 0, 16, &[]);
        let song = |id: &str, split| CachedSong {
            id: id.into(),
            split,
            piece: piece.clone(),
            grid_error: 0.0,
        };
        Cache {
            source: "test".into(),
            songs: vec![song("a", Split::Train), song("b", Split::Validation)],
            left_out: vec![],
        }
    }

    pub(crate) fn learner(recipe: &Recipe) -> OctupleLearner {
        let ModelConfig::Octuple(config) = &recipe.model else {
            panic!("{:?}", recipe.model);
        };
        OctupleLearner::new(recipe, config, &cache(), &Library::default()).unwrap()
    }

    #[test]
    fn data_too_short_is_refused_in_words() {
        let mut cache = cache();
        cache.songs.clear();
        let recipe = Recipe::parse(RECIPE).unwrap();
        let error = OctupleLearner::new(&recipe, &config(), &cache, &Library::default())
            .err()
            .unwrap();
        assert!(error.contains("4 bars"), "{error}");
    }

    #[test]
    fn probes_are_filled_only_where_they_are_masked() {
        let recipe = Recipe::parse(RECIPE).unwrap();
        let learner = learner(&recipe);
        let device = Device::flex();
        let network = learner.network(&mut crate::process::generator(1, 1), &device);
        let probe = &learner.probes()[0];
        let take = learner.fill(&network, &device, probe, 3).unwrap();
        let bars = probe.score.bars();
        let hole = bars.start(PROBE_HOLE.start)..bars.start(PROBE_HOLE.end);
        assert!(!take.notes.is_empty());
        assert!(take.notes.iter().all(|n| hole.contains(&n.start)));
        assert_eq!(
            take.notes,
            learner.fill(&network, &device, probe, 3).unwrap().notes
        );
    }
}
