//! `lacuna arena`: the same holes filled by models with every order, number of steps and temperature, quality beside the
//! time a take costs.

use super::CliError;
use super::evaluate::{cli_error, watch::Terminal};
use super::sample::load;
use crate::dataset::Split;
use crate::device;
use crate::evaluation::arena::{self, Arena, Order, Plan, Setup, Spot};
use crate::evaluation::copies::Copies;
use crate::evaluation::study::{self, Holes, Request, Task};
use crate::evaluation::{Metric, registry, report};
use crate::format::file::write_atomic;
use crate::model::Model;
use crate::score::{Constraints, SamplerSettings};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Set models, orders, steps and temperatures against each other in the same holes: quality against milliseconds.
///
/// Every model fills every hole with every combination of the lists. Real music and nonsense stand beside; a metric that
/// cannot tell them apart cannot choose the best. Ctrl-C keeps those that had their turn.
#[derive(Debug, Args)]
pub struct ArenaArgs {
    /// Ids of models, with commas between
    #[arg(long, value_delimiter = ',', default_value = "pop")]
    pub model: Vec<String>,
    /// Numbers of reverse steps (effort)
    #[arg(
        long,
        visible_alias = "steps",
        value_delimiter = ',',
        default_value = "8,16,32"
    )]
    pub sample_steps: Vec<u32>,
    /// Temperatures (surprise)
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub temperature: Vec<f32>,
    /// In which order values are decided: sure (the most certain first), random, reference
    #[arg(long, value_delimiter = ',', value_parser = order, default_value = "sure")]
    pub order: Vec<Order>,
    /// Only the likeliest values that hold this share of the probability
    #[arg(long, default_value_t = SamplerSettings::default().top_p)]
    pub top_p: f32,
    /// Share of the decided values each step takes back, least certain first
    #[arg(long, default_value_t = 0.0)]
    pub remask: f32,
    /// Fewer (-1) or more (1) notes than the model would write
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    pub density: f32,
    /// Pull towards the key of the music around the mask, in nats
    #[arg(long, default_value_t = 0.0)]
    pub in_key: f32,
    /// Same seed, same takes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Takes of every hole; variety needs two or more
    #[arg(long, default_value_t = 2)]
    pub takes: u32,
    /// Which data set (pop909, jsb, or midi with --root-dir)
    #[arg(long, default_value = "pop909")]
    pub dataset_id: String,
    /// Folder that holds it [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// Fill the pieces of this folder of MIDI files rather than songs of the data set
    #[arg(long)]
    pub input_midi_dir: Option<PathBuf>,
    /// Songs of which split: validation (to choose settings) or test (for the last word)
    #[arg(long, default_value = "validation")]
    pub split: String,
    /// Which song is in which split, for data sets that name no hold-out: splits.ron of a prepared data set
    #[arg(long)]
    pub splits: Option<PathBuf>,
    /// At most so many songs; 0 means all
    #[arg(long, default_value_t = 12)]
    pub n_midis: usize,
    /// Bars of the window the hole lies in
    #[arg(long, default_value_t = 16)]
    pub bars: u32,
    /// First bar of the hole within the window
    #[arg(long, default_value_t = 6)]
    pub mask_start_bar: u32,
    /// Bar after the last of the hole within the window
    #[arg(long, default_value_t = 10)]
    pub mask_end_bar: u32,
    /// Bar of the song at which the window starts
    #[arg(long, default_value_t = 14)]
    pub first_bar: u32,
    /// Put all pitched tracks of a song on one, for models that know no tracks (piano-roll)
    #[arg(long)]
    pub merge_tracks: bool,
    /// Look for what is written in the training songs as well, which reads all of them
    #[arg(long)]
    pub copies: bool,
    /// Metrics to take: keys, starts of keys with *, families, or all [default: all but the reference-compatible ones]
    #[arg(long, value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// The metric that chooses the best [default: the first that tells nonsense from music]
    #[arg(long)]
    pub by: Option<String>,
    /// Resamples behind each interval
    #[arg(long, default_value_t = 400)]
    pub rounds: usize,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    /// Folder for arena.csv, arena.md and plots/
    #[arg(long)]
    pub output_dir: Option<PathBuf>,
}

fn order(word: &str) -> Result<Order, String> {
    Order::find(word).ok_or_else(|| {
        let known: Vec<&str> = arena::ORDERS.iter().map(|o| o.1).collect();
        format!(
            "there is no order \"{word}\"; there are: {}",
            known.join(", ")
        )
    })
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

impl ArenaArgs {
    fn plan(&self) -> Plan {
        Plan {
            models: self.model.clone(),
            orders: self.order.clone(),
            steps: self.sample_steps.clone(),
            temperatures: self.temperature.clone(),
            takes: self.takes,
            settings: SamplerSettings {
                top_p: self.top_p.clamp(0.0, 1.0),
                remask: self.remask,
                seed: self.seed,
                ..SamplerSettings::default()
            },
            constraints: Constraints {
                density: self.density,
                in_key: self.in_key,
                ..Constraints::default()
            },
        }
    }

    fn holes(&self) -> Result<Holes, CliError> {
        if self.mask_start_bar >= self.mask_end_bar || self.mask_end_bar > self.bars {
            return Err(failed(format!(
                "bars {} to {} are no hole in a window of {} bars; choose others, or more --bars",
                self.mask_start_bar, self.mask_end_bar, self.bars
            )));
        }
        Ok(Holes {
            window: self.bars,
            regions: std::iter::once(self.mask_start_bar..self.mask_end_bar).collect(),
            first_bar: if self.input_midi_dir.is_some() {
                0
            } else {
                self.first_bar
            },
            takes: self.takes,
            ..Holes::default()
        })
    }

    /// The songs to fill, as a study chooses them.
    fn request(&self, holes: &Holes, metrics: Vec<&'static Metric>) -> Result<Request, CliError> {
        let split = match self.split.as_str() {
            "test" => Split::Test,
            "validation" => Split::Validation,
            other => {
                return Err(failed(format!(
                    "--split {other}: hold an arena on validation or test; scores on training songs mean nothing"
                )));
            }
        };
        Ok(Request {
            task: Task::Infill(holes.clone()),
            dataset: self.dataset_id.clone(),
            root: self.root_dir.clone(),
            split,
            splits: self.splits.clone(),
            songs: self.n_midis,
            input: self.input_midi_dir.clone(),
            folders: Vec::new(),
            tokenizer: None,
            merge_tracks: self.merge_tracks,
            floors: true,
            metrics,
            rounds: self.rounds,
            seed: self.seed,
            hearing: None,
        })
    }
}

/// Runs the subcommand.
pub fn run(args: ArenaArgs) -> Result<(), CliError> {
    let metrics = registry::chosen(&args.metrics).map_err(failed)?;
    let by = match &args.by {
        None => None,
        Some(key) => Some(registry::find(key).filter(|m| m.is_of_holes()).ok_or_else(|| {
            failed(format!(
                "--by {key}: there is no such metric of holes; lacuna evaluate --list-metrics lists them"
            ))
        })?),
    };
    let (plan, holes) = (args.plan(), args.holes()?);
    plan.check().map_err(failed)?;
    let request = args.request(&holes, metrics.clone())?;
    let watch = Terminal::default();
    let spots = Spot::of_songs(
        study::judged_songs(&request, &watch).map_err(cli_error)?,
        &holes,
    );
    let copies = match args.copies {
        false => None,
        true => {
            let songs = study::training_songs(&request, &watch).map_err(cli_error)?;
            Some(Copies::of(songs.iter().map(|(_, s)| s)))
        }
    };
    watch.end();
    let loaded: Vec<(Box<dyn Model>, String)> = args
        .model
        .iter()
        .map(|id| load(id, args.device))
        .collect::<Result<_, _>>()?;
    let ids = args.model.iter().map(String::as_str);
    let models: Vec<(&str, &dyn Model)> = ids.zip(loaded.iter().map(|(m, _)| &**m)).collect();
    let setup = Setup {
        title: format!(
            "Bars {}..{} of {} masked in {} songs ({})",
            args.mask_start_bar,
            args.mask_end_bar,
            args.bars,
            spots.len(),
            args.split
        ),
        spots: &spots,
        metrics: &metrics,
        models: &models,
        device: loaded.first().map_or("", |(_, device)| device),
        copies: copies.as_ref(),
        rounds: args.rounds,
        notes: Vec::new(),
    };
    let arena = arena::run(&plan, &setup, &watch, &mut |_| {}).map_err(failed)?;
    watch.end();
    let chosen = by.or_else(|| arena.first_choice());
    let mut out = std::io::stdout().lock();
    write!(out, "{}", arena::text(&arena, chosen))?;
    drop(out);
    if let Some(folder) = &args.output_dir {
        leave(folder, &arena, chosen)?;
    }
    if let Some(Err(e)) = by.map(|m| arena.front(m)) {
        return Err(failed(e));
    }
    match arena.stopped {
        true => Err(CliError::Interrupted),
        false => Ok(()),
    }
}

/// The tables, and a plot of every metric against time.
fn leave(folder: &Path, arena: &Arena, by: Option<&Metric>) -> Result<(), CliError> {
    let plots = folder.join("plots");
    std::fs::create_dir_all(&plots).map_err(|source| CliError::File {
        doing: "create",
        path: plots.clone(),
        source,
    })?;
    let csv = arena::csv(arena);
    write_atomic(&folder.join("arena.csv"), csv.as_bytes())?;
    let markdown = arena::markdown(arena, by);
    write_atomic(&folder.join("arena.md"), markdown.as_bytes())?;
    let keys = arena.comparison.metrics.iter();
    for m in keys.filter_map(|k| registry::find(k)) {
        let path = plots.join(format!("arena_{}.svg", m.key));
        write_atomic(&path, report::tradeoff(arena, m).as_bytes())?;
    }
    eprintln!("{}", folder.join("arena.md").display());
    Ok(())
}
