//! `lacuna fine-tune`: a model made one's own on a folder of MIDI files.

use super::prepare::{self, PrepareArgs};
use super::{CliError, Progress, interrupted};
use crate::dataset::cache::Cache;
use crate::dataset::encoder::FREE_OCTUPLE;
use crate::dataset::prepared;
use crate::device;
use crate::model::Library;
use crate::model::card::TOKENIZER;
use crate::training::fine_tune::{self, FineTune};
use crate::training::{self, Compute, Training, Which};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Make a model one's own: minutes of training on a folder of MIDI files
///
/// Some pieces (or the end of the only one) are held out to tell whether it helps; it ends when it no longer does, and
/// says when it begins to copy. The new model stands in the window's list afterwards.
#[derive(Debug, Args)]
pub struct FineTuneArgs {
    /// The folder with the pieces
    #[arg(long)]
    pub root_dir: PathBuf,
    /// Id of the model to start from
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// Id of the new model [default: the folder's name]
    #[arg(long)]
    pub id: Option<String>,
    /// Most steps
    #[arg(long, default_value_t = 400)]
    pub train_steps: u64,
    /// Stop after so many minutes
    #[arg(long, default_value_t = 10.0)]
    pub minutes: f64,
    /// How many of the last blocks learn
    #[arg(long, default_value_t = 2)]
    pub last_blocks: usize,
    /// Threads that share a batch on a CPU
    #[arg(long, default_value_t = 2)]
    pub num_workers: usize,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    /// The folder the new model's folder goes into [default: LACUNA_MODELS, else the user's data folder]
    #[arg(long)]
    pub output_dir: Option<PathBuf>,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

fn folder_name(path: &Path) -> Result<String, CliError> {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .ok_or_else(|| failed(format!("{}: name a folder", path.display())))
}

/// Runs the subcommand.
pub fn run(args: FineTuneArgs) -> Result<(), CliError> {
    let name = folder_name(&args.root_dir)?;
    let id = args.id.unwrap_or_else(|| format!("own-{name}"));
    let dataset = prepared::root().join(&name);
    prepare::run(PrepareArgs {
        dataset_id: "midi".into(),
        root_dir: Some(args.root_dir.clone()),
        tokenizer_id: FREE_OCTUPLE.into(),
        bars: 0,
        stride: None,
        max_tensors_per_ns: None,
        cache_path: Some(dataset.clone()),
        limit: 0,
        num_workers: None,
        strict_tempo: false,
        normalise_key: false,
    })?;
    let cache = Cache::load(&dataset, TOKENIZER).map_err(failed)?;
    let library = Library::find(&Library::folders());
    let (base, _) = library.weights(&args.model).map_err(failed)?;
    let ask = FineTune {
        name: format!("{} ({name})", base.name),
        id: id.clone(),
        dataset: name,
        steps: args.train_steps,
        last_blocks: args.last_blocks,
    };
    let recipe = fine_tune::recipe(base, &ask, cache).map_err(failed)?;
    let opened = device::open(args.device);
    let compute = if opened.info.kind == device::Kind::Cpu {
        Compute::Cpu {
            threads: args.num_workers,
        }
    } else {
        Compute::Tensors
    };
    let folder = PathBuf::from("runs").join(&id);
    let mut run =
        training::open(recipe, &dataset, &opened.device, compute, &folder).map_err(failed)?;
    // The averaged weights are none yet before the first step.
    let before = run.validate().weights.total;
    eprintln!(
        "held-out pieces: loss {before:.3} with {} as it is",
        args.model
    );
    let (stop, started) = (interrupted(), std::time::Instant::now());
    let mut bar = Progress::new("fine-tuning", args.train_steps, "steps");
    while !run.finished() {
        let p = run.advance().map_err(failed)?;
        if let Some(v) = &p.validation {
            bar.say(&format!(
                "step {}: held-out pieces: loss {:.3} ({:+.3}){}",
                p.step,
                v.average.total,
                v.average.total - before,
                copying(&*run)
            ));
        }
        bar.at(p.step, &format!("loss {:.3}", p.losses.total));
        if started.elapsed().as_secs_f64() > args.minutes * 60.0 || stop.load(Ordering::Acquire) {
            run.save().map_err(failed)?;
            break;
        }
    }
    let into = args
        .output_dir
        .unwrap_or_else(Library::own_folder)
        .join(&id);
    let on = format!("{}, {} threads", opened.info.name, args.num_workers);
    // A run that was stopped before its first validation has no best weights yet.
    let card = run
        .export(&into, Which::Best, &on)
        .or_else(|_| run.export(&into, Which::Now, &on))
        .map_err(failed)?;
    let after: f32 = card.training.validation.iter().sum();
    bar.finish(&format!(
        "{}: the model \"{id}\" after {} steps; held-out pieces: loss {before:.3} before, {after:.3} now{}",
        into.display(),
        card.training.steps,
        copying(&*run)
    ));
    if after >= before {
        eprintln!(
            "warning: it understands the held-out pieces no better than {}; more pieces would help",
            args.model
        );
    }
    Ok(())
}

/// What the fills of the held-out pieces quote, where they quote more than the originals.
fn copying(run: &dyn Training) -> String {
    let Ok(samples) = run.sample() else {
        return String::new();
    };
    let quoted = samples.iter().filter_map(|(p, t)| run.quoted(p, t));
    let worst = quoted
        .filter(|q| q.fill > q.original)
        .max_by_key(|q| q.fill);
    worst.map_or_else(String::new, |q| {
        let what = if q.fill >= q.bars {
            "it begins to copy"
        } else {
            "it quotes"
        };
        format!(
            "; {what}: {} of {} bars of a fill stand so in a piece it learns from (original: {})",
            q.fill, q.bars, q.original
        )
    })
}
