//! Training on the rows of registered tokenizers: the models of the first reference line.
//!
//! The binomial diffusion on rolls is another learner: its examples are planes, not rows of ids.

mod config;
mod data;
mod step;
#[cfg(test)]
mod tests;

pub use config::{Loader, Padding, TokenConfig};

use super::config::{Recipe, TrainerConfig};
use super::learner::{Compute, Learner, Losses, Probe, fill_probe};
use crate::dataset::prepared::Reader;
use crate::model::card::{Card, Clock, NetworkConfig, TokenNetworkCard};
use crate::model::store;
use crate::model::tokens::TokenModel;
use crate::network::{TokenNet, TokenNetwork};
use crate::process::tokens::Example;
use crate::process::{Time, TimeSampler, generator};
use crate::score::{Mask, Region, Take};
use crate::tokenizer::{Tokenizer, Tokens, registry};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use config::Resolved;
use data::{Cutter, Items};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::path::Path;
use step::Setting;

/// Probes of a run.
const PROBES: usize = 3;
/// Bars of a window where whole songs were prepared.
const USUAL_BARS: u32 = 64;

/// See the module.
pub struct TokenLearner {
    recipe: Recipe,
    config: TokenConfig,
    resolved: Resolved,
    tokenizer: &'static dyn Tokenizer,
    items: Items,
    cutter: Cutter,
    times: TimeSampler,
    /// Most bars of an item.
    window_bars: u32,
    rows_a_bar: f32,
    /// Where the songs are from, and what was left out, for the card.
    source: String,
}

impl TokenLearner {
    /// A learner on a prepared data set.
    ///
    /// # Errors
    /// A sentence, when its tokenizer is none that the model reads, or nothing is left to train on.
    pub fn new(
        recipe: &Recipe,
        config: &TokenConfig,
        reader: &mut Reader,
    ) -> Result<TokenLearner, String> {
        let tokenizer = registry::find(&reader.index.plan.tokenizer)?;
        let resolved = config.resolve(tokenizer)?;
        let most = config.network.most_rows();
        let (items, left_out) =
            Items::read(reader, config.loader, &resolved.schema).map_err(|e| e.to_string())?;
        if items.train.is_empty() {
            return Err("the data set has no items to train on; prepare more songs".into());
        }
        if items.validation.is_empty() {
            return Err(
                "the data set has no items to validate on; prepare more songs, or change its splits.ron".into(),
            );
        }
        let plan = &reader.index.plan;
        let sliced = if plan.slicing.bars == 0 {
            USUAL_BARS
        } else {
            plan.slicing.bars
        };
        let songs: HashSet<usize> = items.train.iter().map(|i| i.song).collect();
        let (mut rows, mut bars) = (0, 0);
        for item in &items.train {
            let (r, b) = item.extent(&resolved.schema);
            (rows, bars) = (rows + r, bars + b);
        }
        Ok(TokenLearner {
            recipe: recipe.clone(),
            config: config.clone(),
            cutter: Cutter::new(config.loader, &resolved, most, config.transpose, tokenizer),
            times: TimeSampler::new(config.times, config.importance),
            window_bars: sliced,
            rows_a_bar: rows as f32 / bars.max(1) as f32,
            source: format!(
                "{} as {}: {} training items of {} songs, {} for validation{}; test songs never seen",
                plan.source,
                tokenizer.id(),
                items.train.len(),
                songs.len(),
                items.validation.len(),
                match left_out {
                    0 => String::new(),
                    n => format!(", {n} left out because the codebooks do not hold their ids"),
                }
            ),
            resolved,
            tokenizer,
            items,
        })
    }

    fn trainer(&self) -> &TrainerConfig {
        &self.recipe.trainer
    }

    fn setting(&self, examples: &[Example]) -> Setting<'_> {
        Setting::new(&self.config, &self.resolved, self.trainer().seed, examples)
    }

    /// What the strategy's time is a share of: whether it ever chooses among less than the whole window.
    fn clock(&self) -> Clock {
        let schema = &self.resolved.schema;
        let mut rng = generator(0, 0);
        let item = &self.items.train[0];
        let Ok(window) = self.cutter.cut(item, false, &mut rng) else {
            return Clock::Window;
        };
        let of = self.config.times.max(1);
        let least = (0..16).map(|_| {
            let time = Time::uniform(of, of);
            let example = self
                .resolved
                .strategy
                .corrupt(schema, &window, time, &mut rng);
            example.free
        });
        match least.min() {
            Some(free) if free < window.real * schema.fields() => Clock::Hole,
            _ => Clock::Window,
        }
    }
}

impl Learner for TokenLearner {
    type Network = TokenNet;
    type Example = Example;

    fn parts(&self) -> Vec<String> {
        let fields = self.tokenizer.fields();
        let mut parts: Vec<String> = fields.iter().map(|f| f.name.replace(' ', "_")).collect();
        parts.push("bound_in_bits".into());
        if self.config.monotonicity {
            parts.push("monotonicity".into());
        }
        parts
    }

    fn network(&self, rng: &mut ChaCha8Rng, device: &Device) -> TokenNet {
        let built = self
            .config
            .network
            .build(&self.resolved.schema.sizes, rng, device);
        built.unwrap_or_else(|e| panic!("a network that was checked cannot be built: {e}"))
    }

    fn batch(&self, batch: u64) -> Vec<Example> {
        let mut rng = generator(self.trainer().seed, batch);
        let mut strategy = self.resolved.strategy.clone();
        if matches!(self.config.loader, Loader::Reference(_)) {
            // smdiff settles a mixture once for a batch.
            strategy = strategy.settle(&mut rng);
        }
        let order = data::order(self.trainer(), self.items.train.len(), batch);
        let draw = |i: usize| {
            let window = self.cutter.cut(&self.items.train[i], true, &mut rng).ok()?;
            let time = self.times.draw(&mut rng);
            Some(strategy.corrupt(&self.resolved.schema, &window, time, &mut rng))
        };
        order.into_iter().filter_map(draw).collect()
    }

    fn validation(&self) -> Vec<Example> {
        let mut rng = generator(self.trainer().seed, u64::MAX);
        let (count, of) = (self.trainer().validation_windows, self.config.times);
        let draw = |i: usize| {
            let item = &self.items.validation[i % self.items.validation.len()];
            let window = self.cutter.cut(item, false, &mut rng).ok()?;
            // Steps evenly over the whole diffusion: less noise than drawing them.
            let t = ((i as f64 + 0.5) / count as f64 * f64::from(of)).ceil() as u32;
            let time = Time::uniform(t, of);
            let strategy = &self.resolved.strategy;
            Some(strategy.corrupt(&self.resolved.schema, &window, time, &mut rng))
        };
        (0..count).filter_map(draw).collect()
    }

    fn gradients(
        &self,
        network: &TokenNet,
        device: &Device,
        examples: &[Example],
        batch: u64,
        compute: Compute,
    ) -> (GradientsParams, Losses) {
        let setting = self.setting(examples);
        step::gradients(network, device, &setting, examples, batch, compute)
    }

    fn losses(&self, network: &TokenNet, examples: &[Example], compute: Compute) -> Losses {
        step::evaluate(network, &self.setting(examples), examples, compute)
    }

    fn observe(&mut self, examples: &[Example], losses: &Losses) {
        if !self.config.importance {
            return;
        }
        for (example, &nats) in examples.iter().zip(&losses.each) {
            let loss = self.config.objective.factor(example) * nats;
            let bound = crate::process::tokens::bound(example, nats);
            self.times.record(example.time.t, loss, bound);
        }
    }

    fn memory(&self) -> String {
        match self.config.importance {
            true => ron::to_string(&self.times).unwrap_or_default(),
            false => String::new(),
        }
    }

    fn recall(&mut self, memory: &str) -> Result<(), String> {
        if memory.is_empty() {
            return Ok(());
        }
        let times: TimeSampler = ron::from_str(memory).map_err(|e| e.to_string())?;
        if times.steps() != self.config.times {
            return Err(format!(
                "it remembers {} steps of the diffusion, and model.times is {}",
                times.steps(),
                self.config.times
            ));
        }
        self.times = times;
        Ok(())
    }

    fn probes(&self) -> Vec<Probe> {
        let mut songs = HashSet::new();
        let mut probes = Vec::new();
        for item in &self.items.validation {
            if probes.len() == PROBES {
                break;
            }
            let tokens = Tokens {
                fields: self.resolved.schema.fields(),
                ids: item.ids(),
            };
            let Ok(score) = self.tokenizer.decode(&tokens) else {
                continue;
            };
            let (bars, count) = (score.bars(), score.bar_count());
            // The middle quarter.
            let (from, to) = (count * 3 / 8, (count * 5 / 8).max(count * 3 / 8 + 1));
            let mask = Mask::of(Region::time(bars.start(from), bars.start(to), None));
            if self.tokenizer.lower(&score, &mask).is_ok() && songs.insert(item.song) {
                probes.push(Probe {
                    name: format!("validation song {}", probes.len() + 1),
                    score,
                    mask,
                });
            }
        }
        probes
    }

    fn fill(
        &self,
        network: &TokenNet,
        device: &Device,
        probe: &Probe,
        seed: u64,
    ) -> Result<Take, String> {
        let card = self.card(network);
        let model = TokenModel::new(card, String::new(), network.clone(), device)?;
        fill_probe(&model, probe, seed)
    }

    fn card(&self, network: &TokenNet) -> Card {
        let about = self.config.published().map_or("", |p| p.about());
        let summary = format!("{} It is {about}.", self.recipe.summary);
        let card = self.recipe.card(
            self.tokenizer.id(),
            NetworkConfig::Tokens(TokenNetworkCard {
                model: self.config.model.clone(),
                network: self.config.network.clone(),
                codebooks: network.sizes().to_vec(),
                strategy: self.resolved.strategy.name(),
                clock: self.clock(),
                rows_a_bar: self.rows_a_bar,
            }),
            network.num_params(),
            self.window_bars,
            self.source.clone(),
        );
        Card {
            summary: summary.trim().into(),
            ..card
        }
    }

    fn export(&self, folder: &Path, card: &Card, network: &TokenNet) -> Result<(), String> {
        store::save(folder, card, network).map_err(|e| e.to_string())
    }
}
