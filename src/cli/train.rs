//! `lacuna train`: a run in its folder, started or taken up again, and the model it ends in.

mod flags;

use super::{CliError, Progress, interrupted};
use crate::audio::{Font, render};
use crate::dataset::prepared;
use crate::device;
use crate::model::Library;
use crate::training::recipe::{self, Presets};
use crate::training::recorder::{Render, Sound};
use crate::training::{self, Compute, Losses, Which, samples};
use clap::Args;
use flags::Flags;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Train a model, or go on with a run that was stopped.
///
/// Ctrl-C stops after the step and saves; the same command goes on from there. A recipe is made of layers: presets, settings of
/// the data set, the file of --config, and words such as trainer.batch=8; what comes later goes before.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Values of the recipe: KEY=VALUE, such as trainer.batch=8 or model.network.width=384
    pub words: Vec<String>,
    /// The recipe: a RON file, or the name of one in configs/ (built in: pop) [default: pop]
    #[arg(long)]
    pub config: Option<String>,
    /// A preset below configs/, such as model/octuple-5m, data/pop909 or trainer/laptop; may be given several times
    #[arg(long)]
    pub preset: Vec<String>,
    /// Print the recipe with where every value comes from; train nothing
    #[arg(long)]
    pub print_config: bool,
    #[command(flatten)]
    pub flags: Flags,
    /// The prepared data set [default: the recipe's, in cache/]
    #[arg(long)]
    pub dataset_path: Option<PathBuf>,
    /// The run folder [default: runs/<model>_<data set>]
    #[arg(long)]
    pub run_dir: Option<PathBuf>,
    /// Stop (and save) after so many minutes; the run can be taken up again
    #[arg(long)]
    pub minutes: Option<f64>,
    /// Threads that share a batch on a CPU
    #[arg(long, default_value_t = 2)]
    pub num_workers: usize,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    /// Write the averaged weights of the best validation as a model into this folder, with figures of the training songs; train nothing
    #[arg(long)]
    pub export: Option<PathBuf>,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// `total (part value, ...)`.
fn told(losses: &Losses, parts: &[String]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .zip(&losses.parts)
        .map(|(name, value)| format!("{name} {value:.3}"))
        .collect();
    format!("{:.4} ({})", losses.total, parts.join(", "))
}

/// Plays samples with the bundled SoundFont, for TensorBoard.
fn renderer() -> Render {
    const RATE: u32 = 22_050;
    let font = Font::bundled();
    Arc::new(move |score| {
        let sound = render(score, &font, RATE, 1.0, |_| true).map_err(|e| e.to_string())?;
        Ok(Sound {
            samples: sound.samples,
            channels: 2,
            rate: RATE,
        })
    })
}

/// Runs the subcommand.
pub fn run(args: TrainArgs) -> Result<(), CliError> {
    let named = args.config.as_deref();
    // Presets alone may make a whole recipe; without anything the bundled model is trained.
    let config = named.or(args.preset.is_empty().then_some("pop"));
    let mut words = args.flags.words();
    words.extend(args.words);
    let (recipe, layers) =
        recipe::gather(config, &args.preset, &words, &Presets::default()).map_err(failed)?;
    if args.print_config {
        let text = layers.print(&recipe, true).map_err(failed)?;
        writeln!(std::io::stdout().lock(), "{text}")?;
        return Ok(());
    }
    let opened = device::open(args.device);
    eprintln!("device: {} ({})", opened.info.name, opened.info.reason);
    let compute = if opened.info.kind == device::Kind::Cpu {
        Compute::Cpu {
            threads: args.num_workers,
        }
    } else {
        Compute::Tensors
    };
    let dataset = args
        .dataset_path
        .unwrap_or_else(|| prepared::root().join(&recipe.dataset));
    let folder = args
        .run_dir
        .unwrap_or_else(|| PathBuf::from("runs").join(format!("{}_{}", recipe.id, recipe.dataset)));
    let library = Library::find(&Library::folders());
    let mut run = training::open(recipe, &dataset, &opened.device, compute, &folder, &library)
        .map_err(failed)?;
    let parts = run.parts();
    if let Some(out) = args.export {
        let on = format!("{}, {} threads", opened.info.name, args.num_workers);
        let card = run.export(&out, Which::Best, &on).map_err(failed)?;
        let named = parts.iter().zip(&card.training.validation);
        let validation: Vec<String> = named.map(|(name, v)| format!("{name} {v:.3}")).collect();
        eprintln!(
            "{}: {} parameters after {} steps, validation {}",
            out.display(),
            card.parameters,
            card.training.steps,
            validation.join(", "),
        );
        return Ok(());
    }
    run.hear(renderer());
    let steps = run.recipe().trainer.steps;
    eprintln!(
        "{}: {} parameters, step {} of {steps}",
        folder.display(),
        run.parameters(),
        run.step(),
    );
    let stop = interrupted();
    let started = std::time::Instant::now();
    let mut bar = Progress::new("training", steps, "steps");
    let mut last = String::new();
    while !run.finished() {
        let advanced = samples::advance(&mut *run).map_err(failed)?;
        let p = advanced.progress;
        if let Some(Err(why)) = advanced.samples {
            bar.say(&format!("no samples after step {}: {why}", p.step));
        }
        if let Some(v) = &p.validation {
            last = format!("step {}: validation {}", p.step, told(&v.average, &parts));
            bar.say(&last);
        }
        bar.at(
            p.step,
            &format!("loss {:.3}, {:.1} windows/s", p.losses.total, p.throughput),
        );
        let late = args
            .minutes
            .is_some_and(|m| started.elapsed().as_secs_f64() > m * 60.0);
        if late || stop.load(Ordering::Acquire) {
            run.save().map_err(failed)?;
            break;
        }
    }
    bar.finish(&format!(
        "{}: {} steps in {:.2} h. {last}",
        folder.display(),
        run.step(),
        run.seconds() / 3600.0
    ));
    if stop.load(Ordering::Acquire) {
        Err(CliError::Interrupted)
    } else {
        Ok(())
    }
}
