//! `lacuna fine-tune`: a model made one's own on a folder of MIDI files.

use super::prepare::summary;
use super::{CliError, Progress, interrupted};
use crate::dataset::prepare::PrepareError;
use crate::dataset::{parallel, prepared};
use crate::device;
use crate::model::Library;
use crate::training::fine_tune::{self, FineTune, PiecesError, Tuning, Wish};
use crate::training::{self, Compute};
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
    #[arg(long, default_value_t = FineTune::STEPS)]
    pub train_steps: u64,
    /// Stop after so many minutes
    #[arg(long, default_value_t = FineTune::MINUTES)]
    pub minutes: f64,
    /// How many of the last blocks learn
    #[arg(long, default_value_t = FineTune::LAST_BLOCKS)]
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

/// Prepares the pieces, with a bar.
fn prepare(root: &Path, dataset: &Path) -> Result<(), CliError> {
    let (stop, workers) = (interrupted(), parallel::workers());
    let mut bar: Option<Progress> = None;
    let made = fine_tune::prepare(root, dataset, workers, &mut |p| {
        let bar = bar.get_or_insert_with(|| Progress::new("preparing", p.of as u64, "pieces"));
        bar.at(p.done as u64, &format!("{} left out", p.left_out));
        !stop.load(Ordering::Acquire)
    });
    let index = made.map_err(|e| match e {
        PiecesError::Prepare(PrepareError::Stopped) => CliError::Interrupted,
        other => failed(other),
    })?;
    let line = format!("{}: {}", dataset.display(), summary(&index));
    match bar {
        Some(bar) => bar.finish(&line),
        None => eprintln!("{line}"),
    }
    if let Some(beats) = index.told_of_beats() {
        eprintln!("{beats}");
    }
    for (id, why) in &index.left_out {
        eprintln!("left out: {id}: {why}");
    }
    Ok(())
}

/// Runs the subcommand.
pub fn run(args: FineTuneArgs) -> Result<(), CliError> {
    let name = fine_tune::name_of(&args.root_dir).map_err(failed)?;
    let id = args.id.unwrap_or_else(|| fine_tune::id_of(&name));
    let dataset = prepared::root().join(&id);
    prepare(&args.root_dir, &dataset)?;
    let library = Library::find(&Library::folders());
    let wish = Wish {
        model: args.model.clone(),
        pieces: name,
        id: id.clone(),
        steps: args.train_steps,
        last_blocks: args.last_blocks,
    };
    let recipe = wish.recipe(&library, &dataset).map_err(failed)?;
    let opened = device::open(args.device);
    let compute = if opened.info.kind == device::Kind::Cpu {
        Compute::Cpu {
            threads: args.num_workers,
        }
    } else {
        Compute::Tensors
    };
    let folder = PathBuf::from("runs").join(&id);
    let mut run = training::open(recipe, &dataset, &opened.device, compute, &folder, &library)
        .map_err(failed)?;
    let mut tuning = Tuning::begin(&*run, args.minutes).map_err(failed)?;
    eprintln!(
        "held-out pieces: loss {:.3} with {} as it is",
        tuning.begun().before,
        args.model
    );
    let stop = interrupted();
    let mut bar = Progress::new("fine-tuning", args.train_steps, "steps");
    while !run.finished() {
        let (advanced, remark) = tuning.advance(&mut *run).map_err(failed)?;
        let p = advanced.progress;
        if let Some(Err(why)) = advanced.samples {
            bar.say(&format!("no samples after step {}: {why}", p.step));
        }
        if let Some(r) = remark {
            let warning = r.warning().map_or_else(String::new, |w| format!("; {w}"));
            bar.say(&format!(
                "step {}: held-out pieces: loss {:.3} ({:+.3}){warning}",
                r.step,
                r.loss,
                r.loss - r.before,
            ));
        }
        bar.at(p.step, &format!("loss {:.3}", p.losses.total));
        if tuning.over() || stop.load(Ordering::Acquire) {
            run.save().map_err(failed)?;
            break;
        }
    }
    let into = args
        .output_dir
        .unwrap_or_else(Library::own_folder)
        .join(&id);
    let on = format!("{}, {} threads", opened.info.name, args.num_workers);
    let made = tuning.finish(&*run, &into, &on).map_err(failed)?;
    bar.finish(&format!(
        "{}: the model \"{id}\" after {} steps; {}",
        into.display(),
        made.card.training.steps,
        made.words()
    ));
    if !made.better() {
        eprintln!(
            "warning: it understands the held-out pieces no better than {}; more pieces would help",
            args.model
        );
    }
    Ok(())
}
