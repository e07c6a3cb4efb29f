//! `lacuna sample`: what the Generate button does, from the command line. Both build the same request, so
//! the same recipe gives the same notes.

use super::{CliError, Progress, files, interrupted};
use crate::device;
use crate::format;
use crate::model::blank::blank;
use crate::model::chorale::{ChoraleModel, tokenizer_id};
use crate::model::fill::{FillError, Filling};
use crate::model::{Library, Model};
use crate::score::{
    Constraints, Mask, Recipe, Rect, Region, SamplerSettings, Score, Take, TrackId,
};
use crate::training::RunWeights;
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// What is asked of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Task {
    /// Write masked bars of a piece anew
    Infill,
    /// Write a piece from nothing
    Uncond,
}

/// How the sampler walks; shared by every command that samples.
#[derive(Clone, Debug, Args)]
pub struct SamplerArgs {
    /// Reverse steps (effort)
    #[arg(long, default_value_t = SamplerSettings::default().steps)]
    pub sample_steps: u32,
    /// Surprise: 0 always takes the likeliest value, 1 draws as the model believes
    #[arg(long, default_value_t = SamplerSettings::default().temperature)]
    pub temperature: f32,
    /// Only the likeliest values that hold this share of the probability
    #[arg(long, default_value_t = SamplerSettings::default().top_p)]
    pub top_p: f32,
    /// Share of the decided values each step takes back, least certain first
    #[arg(long, default_value_t = 0.0)]
    pub remask: f32,
    /// Reveal values in random order rather than the most certain first
    #[arg(long)]
    pub random_order: bool,
    /// Walk as the reference line does (models over token rows): random values by plain draws, never taken back
    #[arg(long)]
    pub reference_sampler: bool,
    /// Fewer (-1) or more (1) notes than the model would write
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub density: f32,
    /// Pull towards the key of the music around the mask, in nats; 0 is off, the window's "Stay in key" is 1.5
    #[arg(long, default_value_t = 0.0)]
    pub in_key: f32,
    /// Same seed, same takes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl SamplerArgs {
    /// As settings, for a rewrite of everything masked.
    pub fn settings(&self) -> SamplerSettings {
        SamplerSettings {
            steps: self.sample_steps.clamp(1, 1024),
            temperature: self.temperature.clamp(0.0, 5.0),
            top_p: self.top_p.clamp(0.0, 1.0),
            remask: self.remask,
            by_confidence: !self.random_order,
            reference: self.reference_sampler,
            change: 1.0,
            seed: self.seed,
            forks: Vec::new(),
        }
    }

    /// As constraints.
    pub fn constraints(&self) -> Constraints {
        Constraints {
            density: self.density,
            in_key: self.in_key,
            ..Constraints::default()
        }
    }
}

/// Fill masked bars of a MIDI file, or write a piece from nothing.
///
/// Bars count from 0 and the end bar is not included.
#[derive(Debug, Args)]
pub struct SampleArgs {
    #[arg(long, value_enum, default_value = "infill")]
    pub task: Task,
    /// MIDI file (or .lacuna project) to fill
    #[arg(long, required_if_eq("task", "infill"))]
    pub input_midi: Option<PathBuf>,
    /// First bar to write
    #[arg(long, default_value_t = 16)]
    pub mask_start_bar: u32,
    /// Bar after the last to write
    #[arg(long, default_value_t = 32)]
    pub mask_end_bar: u32,
    /// Only these tracks, by number from 1 or by name, with commas between
    #[arg(long, value_delimiter = ',')]
    pub tracks: Vec<String>,
    /// Only these MIDI pitches, as LOW-HIGH
    #[arg(long)]
    pub pitches: Option<String>,
    /// How much may change: 1 everything, 0.3 about a third of the notes
    #[arg(long, default_value_t = 1.0)]
    pub change: f32,
    /// Keep the rhythm: new notes on the old onsets
    #[arg(long)]
    pub keep_rhythm: bool,
    /// Bars of a piece written from nothing
    #[arg(long, default_value_t = 16)]
    pub bars: u32,
    /// How many takes
    #[arg(long, default_value_t = 4)]
    pub n_samples: u32,
    /// Id of the model
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    #[command(flatten)]
    pub sampler: SamplerArgs,
    /// Repeat the recipe in this file (as written beside a take); mask and sampler flags are then ignored
    #[arg(long)]
    pub recipe: Option<PathBuf>,
    /// Folder for the takes: take_1.mid, take_1.ron (its recipe), ...
    #[arg(long, default_value = "samples")]
    pub output_dir: PathBuf,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Loads a model, or weights of a run ([`RunWeights`]), onto a device and says which.
pub fn load(id: &str, choice: device::Choice) -> Result<(Box<dyn Model>, String), CliError> {
    let opened = device::open(choice);
    eprintln!("device: {} ({})", opened.info.name, opened.info.reason);
    let library = Library::find(&Library::folders());
    for why in &library.refused {
        eprintln!("warning: {why}");
    }
    let model = match RunWeights::parse(id) {
        Some(weights) => weights.load(&opened.device, &library).map_err(failed)?,
        None => library.load(id, &opened.device).map_err(failed)?,
    };
    Ok((model, opened.info.name))
}

/// Loads a chorale model, which can be asked for more than takes.
pub fn load_chorale(id: &str, choice: device::Choice) -> Result<ChoraleModel, CliError> {
    let opened = device::open(choice);
    eprintln!("device: {} ({})", opened.info.name, opened.info.reason);
    let library = Library::find(&Library::folders());
    let (card, weights) = library.weights(id).map_err(failed)?;
    if card.tokenizer != tokenizer_id() {
        return Err(failed(format!(
            "\"{id}\" is a model of {}, not of four voices ({})",
            card.tokenizer,
            tokenizer_id()
        )));
    }
    ChoraleModel::from_bytes(card.clone(), &weights, &opened.device).map_err(failed)
}

impl SampleArgs {
    fn mask(&self, score: &Score) -> Result<Mask, CliError> {
        let (from, to) = match self.task {
            Task::Infill => (self.mask_start_bar, self.mask_end_bar),
            Task::Uncond => (0, self.bars),
        };
        if from >= to {
            return Err(failed(format!(
                "bars {from} to {to} are no bars: --mask-end-bar must be above --mask-start-bar"
            )));
        }
        let bars = score.bars();
        if from >= score.bar_count() && self.task == Task::Infill {
            return Err(failed(format!(
                "the piece has {} bars, so bar {from} is not in it (bars count from 0)",
                score.bar_count()
            )));
        }
        let (low, high) = match &self.pitches {
            None => (0, 127),
            Some(text) => text
                .split_once('-')
                .and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)))
                .filter(|(a, b): &(u8, u8)| a <= b && *b < 128)
                .ok_or_else(|| {
                    failed(format!(
                        "--pitches {text}: write two MIDI pitches from 0 to 127, as 60-72"
                    ))
                })?,
        };
        let rect = Rect {
            start: bars.start(from),
            end: bars.start(to),
            low,
            high,
        };
        Ok(Mask::of(Region::rect(rect, self.track_ids(score)?)))
    }

    fn track_ids(&self, score: &Score) -> Result<Option<BTreeSet<TrackId>>, CliError> {
        if self.tracks.is_empty() {
            return Ok(None);
        }
        let mut ids = BTreeSet::new();
        for name in &self.tracks {
            let by_number = name
                .parse::<usize>()
                .ok()
                .and_then(|n| score.tracks.get(n.checked_sub(1)?));
            let track = by_number
                .or_else(|| {
                    score
                        .tracks
                        .iter()
                        .find(|t| t.name.eq_ignore_ascii_case(name.trim()))
                })
                .ok_or_else(|| {
                    let known: Vec<String> = score
                        .tracks
                        .iter()
                        .enumerate()
                        .map(|(i, t)| format!("{} {}", i + 1, t.name))
                        .collect();
                    failed(format!(
                        "there is no track \"{name}\"; there are: {}",
                        known.join(", ")
                    ))
                })?;
            ids.insert(track.id);
        }
        Ok(Some(ids))
    }
}

fn read_recipe(path: &Path) -> Result<Recipe, CliError> {
    let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
        doing: "read",
        path: path.to_path_buf(),
        source,
    })?;
    ron::from_str(&text).map_err(|e| failed(format!("{} is not a recipe: {e}", path.display())))
}

/// Runs the subcommand.
pub fn run(args: SampleArgs) -> Result<(), CliError> {
    let recipe = args.recipe.as_deref().map(read_recipe).transpose()?;
    let id = recipe
        .as_ref()
        .map_or(args.model.as_str(), |r| r.model.as_str());
    let (model, device) = load(id, args.device)?;
    let score = match &args.input_midi {
        Some(path) => files::read_score(path)?,
        None => blank(model.card()),
    };
    let (mask, settings, constraints) = match &recipe {
        Some(r) => (r.mask.clone(), r.settings.clone(), r.constraints.clone()),
        None => {
            let settings = SamplerSettings {
                change: args.change,
                ..args.sampler.settings()
            };
            let constraints = Constraints {
                keep_rhythm: args.keep_rhythm,
                ..args.sampler.constraints()
            };
            // What is locked in a project is no hole.
            let mask = score.open(&args.mask(&score)?).into_owned();
            (mask, settings, constraints)
        }
    };
    if let Some(r) = recipe.as_ref().filter(|r| r.model_hash != model.hash()) {
        eprintln!(
            "warning: the recipe was made with other weights of \"{}\"; the notes will differ",
            r.model
        );
    }
    let takes: Vec<u32> = match &recipe {
        Some(r) => vec![r.take],
        None => (0..args.n_samples.max(1)).collect(),
    };
    std::fs::create_dir_all(&args.output_dir).map_err(|source| CliError::File {
        doing: "create",
        path: args.output_dir.clone(),
        source,
    })?;
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: &device,
    };
    let stop = interrupted();
    let bar: Mutex<Option<Progress>> = Mutex::new(None);
    let lock = || bar.lock().unwrap_or_else(PoisonError::into_inner);
    let mut saved = Ok(());
    let written = filling.takes(
        &*model,
        &takes,
        |place, _| {
            lock()
                .get_or_insert_with(|| Progress::new("sampling", place.of as u64, "steps"))
                .at(place.done as u64, "");
            if stop.load(Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
        |take| {
            if saved.is_err() {
                return;
            }
            saved = save(&args.output_dir, &score, &take).map(|line| match &*lock() {
                Some(bar) => bar.say(&line),
                None => eprintln!("{line}"),
            });
        },
    );
    match written {
        Err(FillError::Cancelled) => Err(CliError::Interrupted),
        Err(e) => Err(failed(e)),
        Ok(()) => saved,
    }
}

/// Writes a take's piece and recipe and says so.
fn save(folder: &Path, score: &Score, take: &Take) -> Result<String, CliError> {
    let path = folder.join(format!("take_{}.mid", take.recipe.take + 1));
    format::save_midi(&path, &score.with_take(&take.recipe.mask, take)).map_err(failed)?;
    let text = ron::ser::to_string_pretty(&take.recipe, ron::ser::PrettyConfig::default())
        .map_err(failed)?;
    format::file::write_atomic(&path.with_extension("ron"), text.as_bytes()).map_err(failed)?;
    Ok(format!(
        "{}: {} notes in {} ms",
        path.display(),
        take.notes.len(),
        take.millis
    ))
}
