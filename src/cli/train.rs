//! `lacuna train`: a run in its folder, started or taken up again, and the model it ends in.

use super::{CliError, Progress, interrupted};
use crate::dataset::cache::Cache;
use crate::dataset::{Domain, Split, domain};
use crate::device;
use crate::model::card::{Card, TOKENIZER, Training};
use crate::model::store;
use crate::training::{Compute, TrainConfig, Trainer};
use clap::Args;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Train a model, or go on with a run that was stopped.
///
/// Ctrl-C stops after the step and saves; the same command goes on from there.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The recipe, a RON file as in configs/
    #[arg(long, default_value = "configs/pop.ron")]
    pub config: PathBuf,
    /// The data set that `prepare` wrote, as octuple
    #[arg(long, default_value = "cache/pop909")]
    pub dataset_path: PathBuf,
    /// The run folder [default: runs/<model>_<data set>]
    #[arg(long)]
    pub run_dir: Option<PathBuf>,
    /// Change the number of steps of the recipe
    #[arg(long)]
    pub train_steps: Option<u64>,
    /// Stop (and save) after so many minutes; the run can be taken up again
    #[arg(long)]
    pub minutes: Option<f64>,
    /// Threads that share a batch on a CPU
    #[arg(long, default_value_t = 2)]
    pub num_workers: usize,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    /// Write the averaged weights of the run as a model into this folder, with figures of the training songs; train nothing
    #[arg(long)]
    pub export: Option<PathBuf>,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: TrainArgs) -> Result<(), CliError> {
    let text = std::fs::read_to_string(&args.config).map_err(|source| CliError::File {
        doing: "read",
        path: args.config.clone(),
        source,
    })?;
    let mut config: TrainConfig = ron::from_str(&text)
        .map_err(|e| CliError::Failed(format!("{}: {e}", args.config.display())))?;
    if let Some(steps) = args.train_steps {
        config.steps = steps;
    }
    let cache = Cache::load(&args.dataset_path, TOKENIZER).map_err(failed)?;
    let opened = device::open(args.device);
    eprintln!("device: {} ({})", opened.info.name, opened.info.reason);
    let compute = if opened.info.kind == device::Kind::Cpu {
        Compute::Cpu {
            threads: args.num_workers,
        }
    } else {
        Compute::Tensors
    };
    let folder = args
        .run_dir
        .unwrap_or_else(|| PathBuf::from("runs").join(format!("{}_{}", config.id, cache.source)));
    let songs = cache.pieces(Split::Train);
    let (trained, bars) = (
        songs.len(),
        songs.iter().map(|s| s.bars.len()).sum::<usize>(),
    );
    let mut trainer = Trainer::open(
        config.clone(),
        songs,
        &cache.pieces(Split::Validation),
        &opened.device,
        compute,
        &folder,
    )
    .map_err(failed)?;
    if let Some(out) = args.export {
        let validation = trainer.validate();
        let card = Card {
            id: config.id.clone(),
            name: config.name.clone(),
            summary: config.summary.clone(),
            tokenizer: TOKENIZER.into(),
            network: config.network.clone(),
            parameters: trainer.parameters(),
            window_bars: config.bars.1 as u32,
            training: Training {
                data: format!(
                    "{}: {trained} training songs, {bars} bars; test and validation songs never seen",
                    cache.source
                ),
                licence: config.data_licence.clone(),
                config: args.config.display().to_string(),
                steps: trainer.step(),
                windows: trainer.step() * config.batch as u64,
                hours: trainer.seconds() / 3600.0,
                device: format!("{}, {} threads", opened.info.name, args.num_workers),
                validation: validation.channels.to_vec(),
            },
            scores: Vec::new(),
        };
        store::save(&out, &card, &trainer.averaged()).map_err(failed)?;
        let figures = Domain::of_cache(&cache).to_ron();
        let path = out.join(domain::FILE);
        crate::format::file::write_atomic(&path, figures.as_bytes()).map_err(failed)?;
        eprintln!(
            "{}: {} parameters after {} steps, validation loss {:.3}",
            out.display(),
            card.parameters,
            card.training.steps,
            validation.total
        );
        return Ok(());
    }
    eprintln!(
        "{}: {} parameters, step {} of {}",
        folder.display(),
        trainer.parameters(),
        trainer.step(),
        config.steps
    );
    let stop = interrupted();
    let started = std::time::Instant::now();
    let mut bar = Progress::new("training", config.steps, "steps");
    let mut last = String::new();
    trainer
        .run(|p| {
            if let Some(v) = &p.validation {
                let [a, b, c, d, e] = v.channels;
                last = format!(
                    "step {}: validation {:.4} (presence {a:.3}, onset {b:.3}, pitch {c:.3}, duration {d:.3}, velocity {e:.3})",
                    p.step, v.total
                );
                bar.say(&last);
            }
            bar.at(p.step, &format!("loss {:.3}, {:.1} windows/s", p.losses.total, p.throughput));
            let late = args.minutes.is_some_and(|m| started.elapsed().as_secs_f64() > m * 60.0);
            if late || stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .map_err(failed)?;
    bar.finish(&format!(
        "{}: {} steps in {:.2} h. {last}",
        folder.display(),
        trainer.step(),
        trainer.seconds() / 3600.0
    ));
    if stop.load(Ordering::Acquire) {
        Err(CliError::Interrupted)
    } else {
        Ok(())
    }
}
