//! `lacuna evaluate`: how good the music of models is, beside real music, trivial baselines and an adversary.

mod output;
pub(super) mod watch;

use super::CliError;
use super::sample::{SamplerArgs, Task, load};
use crate::dataset::Split;
use crate::device;
use crate::evaluation::study::{self, Contestant, Hearing, Holes, Request, StudyError};
use crate::evaluation::{Metric, registry};
use crate::model::{Card, Model};
use crate::training::RunWeights;
use clap::Args;
use std::path::PathBuf;
use watch::Terminal;

/// Bars of a whole piece unless told otherwise, as in the reference.
const BARS: u32 = 64;

/// Measure models, or folders of music, on songs nobody trained on.
///
/// With --task infill a hole in every song is written anew and set beside the original; with --task uncond whole pieces
/// are written and set beside the training songs. Every table holds real music, trivial baselines and nonsense made to
/// score well, and greys the metrics that cannot tell them apart.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[arg(long, value_enum, default_value = "infill")]
    pub task: Task,
    /// Ids of models, with commas between, or run:FOLDER and run:FOLDER@STEP for checkpoints of a run [default: pop, or none
    /// with --sample-dir]
    #[arg(long, value_delimiter = ',')]
    pub model: Vec<String>,
    /// Judge what lies in a folder (MIDI, or tokens with --tokenizer-id); NAME=FOLDER names its row; may be repeated
    #[arg(long)]
    pub sample_dir: Vec<String>,
    /// The representation of tokens in --sample-dir [default: the one a prepared data set was made with]
    #[arg(long)]
    pub tokenizer_id: Option<String>,
    /// Which data set (pop909, jsb, or midi with --root-dir)
    #[arg(long, default_value = "pop909")]
    pub dataset_id: String,
    /// Folder that holds it [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// Fill the pieces of this folder of MIDI files rather than songs of the data set
    #[arg(long)]
    pub input_midi_dir: Option<PathBuf>,
    /// Songs of which split: validation (to choose settings) or test
    #[arg(long, default_value = "test")]
    pub split: String,
    /// Which song is in which split, for data sets that name no hold-out: splits.ron of a prepared data set
    #[arg(long)]
    pub splits: Option<PathBuf>,
    /// At most so many songs; 0 means all
    #[arg(long, default_value_t = 0)]
    pub n_midis: usize,
    /// Pieces each model writes, with --task uncond
    #[arg(long, default_value_t = 100)]
    pub n_samples: usize,
    /// Bars of a piece or of the window the hole lies in [default: 64, or 16 for infill]
    #[arg(long)]
    pub bars: Option<u32>,
    /// First bar of the hole within the window
    #[arg(long, default_value_t = 6)]
    pub mask_start_bar: u32,
    /// Bar after the last of the hole within the window
    #[arg(long, default_value_t = 10)]
    pub mask_end_bar: u32,
    /// First bar of a second hole, filled by itself
    #[arg(long, requires = "mask2_end_bar")]
    pub mask2_start_bar: Option<u32>,
    /// Bar after the last of the second hole
    #[arg(long, requires = "mask2_start_bar")]
    pub mask2_end_bar: Option<u32>,
    /// Bar of the song at which the first window starts
    #[arg(long, default_value_t = 14)]
    pub first_bar: u32,
    /// Windows of a song start this many bars apart; 0 takes one a song
    #[arg(long, default_value_t = 0)]
    pub stride: u32,
    /// Takes of every hole; variety needs two or more
    #[arg(long, default_value_t = 1)]
    pub takes: u32,
    /// Stages of the estimate of how likely the model finds the originals (nats per note and per token); 0 leaves it out
    #[arg(long, default_value_t = 16)]
    pub stages: usize,
    /// Put all pitched tracks of a song on one, for models that know no tracks (piano-roll)
    #[arg(long)]
    pub merge_tracks: bool,
    /// Metrics to take: keys, starts of keys with *, families, or all [default: all but the reference-compatible ones]
    #[arg(long, value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// With --task uncond: let this model (of the free octuple, such as pop) hear every bar, for the metrics latent_fd and
    /// so on; some minutes for a data set on a CPU
    #[arg(long)]
    pub latent_model: Option<String>,
    /// Layer of --latent-model whose state is taken, from 0 (what it reads) to all [default: a third of them]
    #[arg(long, requires = "latent_model")]
    pub latent_layer: Option<usize>,
    /// List the metrics there are and end
    #[arg(long)]
    pub list_metrics: bool,
    /// Only the rows asked for: no real music and no nonsense beside them, and no data set needed
    #[arg(long)]
    pub no_floors: bool,
    /// Put the metrics_TASK.json of several runs into one table, and end
    #[arg(long, num_args = 1..)]
    pub compare: Vec<PathBuf>,
    /// Resamples behind each interval
    #[arg(long, default_value_t = 400)]
    pub rounds: usize,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    #[command(flatten)]
    pub sampler: SamplerArgs,
    /// Folder for metrics_TASK.json, .md, .csv, report.html and plots/
    #[arg(long)]
    pub output_dir: Option<PathBuf>,
    /// Keep the pieces as MIDI files under the output folder
    #[arg(long, requires = "output_dir")]
    pub save_samples: bool,
    /// Pieces of each row that are heard in the report
    #[arg(long, default_value_t = 2)]
    pub sounds: usize,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: EvaluateArgs) -> Result<(), CliError> {
    if args.list_metrics {
        return output::list();
    }
    if !args.compare.is_empty() {
        return output::compare(&args);
    }
    let metrics = registry::chosen(&args.metrics).map_err(failed)?;
    let folders: Vec<(String, PathBuf)> = args.sample_dir.iter().map(|s| named(s)).collect();
    let models = match (args.model.is_empty(), folders.is_empty()) {
        (true, true) => vec!["pop".to_string()],
        _ => args.model.clone(),
    };
    let request = request(&args, metrics, folders)?;
    let loaded: Vec<(Box<dyn Model>, String)> = models
        .iter()
        .map(|id| load(id, args.device))
        .collect::<Result<_, _>>()?;
    let contestants: Vec<Contestant<'_>> = loaded
        .iter()
        .map(|(model, device)| Contestant {
            name: name(&args, model.card()),
            model: &**model,
            settings: args.sampler.settings(),
            constraints: args.sampler.constraints(),
            device,
        })
        .collect();
    let watch = Terminal::default();
    let study = study::conduct(&request, &contestants, &watch);
    watch.end();
    output::write(&args, &study.map_err(cli_error)?)
}

pub(super) fn cli_error(e: StudyError) -> CliError {
    match e {
        StudyError::Stopped => CliError::Interrupted,
        e => failed(e),
    }
}

/// What is asked of a study.
fn request(
    args: &EvaluateArgs,
    metrics: Vec<&'static Metric>,
    folders: Vec<(String, PathBuf)>,
) -> Result<Request, CliError> {
    let split = match args.split.as_str() {
        "test" => Split::Test,
        "validation" => Split::Validation,
        other => {
            return Err(failed(format!(
                "--split {other}: evaluate on validation or test; scores on training songs mean nothing"
            )));
        }
    };
    let usual = Holes::default();
    let task = match args.task {
        Task::Uncond => study::Task::Uncond {
            bars: args.bars.unwrap_or(BARS),
            samples: args.n_samples.max(1) as u32,
        },
        Task::Infill => {
            let second = args.mask2_start_bar.zip(args.mask2_end_bar);
            let regions = [(args.mask_start_bar, args.mask_end_bar)].into_iter();
            study::Task::Infill(Holes {
                window: args.bars.unwrap_or(usual.window),
                regions: regions.chain(second).map(|(a, b)| a..b).collect(),
                first_bar: args.first_bar,
                stride: args.stride,
                takes: args.takes,
                stages: args.stages,
            })
        }
    };
    let hearing = match (&args.latent_model, args.task) {
        (Some(id), Task::Uncond) => Some(Hearing {
            model: load(id, args.device)?.0.into(),
            layer: args.latent_layer,
        }),
        (Some(_), Task::Infill) => {
            return Err(failed(
                "--latent-model hears whole pieces; add --task uncond",
            ));
        }
        (None, _) => None,
    };
    Ok(Request {
        task,
        dataset: args.dataset_id.clone(),
        root: args.root_dir.clone(),
        split,
        splits: args.splits.clone(),
        songs: args.n_midis,
        input: args.input_midi_dir.clone(),
        folders,
        tokenizer: args.tokenizer_id.clone(),
        merge_tracks: args.merge_tracks,
        floors: !args.no_floors,
        metrics,
        rounds: args.rounds,
        seed: args.sampler.seed,
        hearing,
    })
}

/// What a row of a model is called: of holes with the settings that figures hang on.
fn name(args: &EvaluateArgs, card: &Card) -> String {
    let id = RunWeights::parse(&card.id).map_or_else(|| card.id.clone(), |w| w.name());
    match args.task {
        Task::Uncond => id,
        Task::Infill => study::row_name(&id, &args.sampler.settings(), &args.sampler.constraints()),
    }
}

/// A folder and its row: `NAME=FOLDER`, or the folder by its own name.
fn named(text: &str) -> (String, PathBuf) {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() => (name.to_string(), PathBuf::from(folder)),
        _ => {
            let path = PathBuf::from(text);
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            (name.unwrap_or_else(|| text.to_string()), path)
        }
    }
}
