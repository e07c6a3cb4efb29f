//! `lacuna bench training`: steps and evaluations of a transformer on this machine's CPU.

use crate::cli::CliError;
use crate::training::speed::{self, Sizes, Timings};
use clap::Args;

/// Steps and evaluations of the hand-written transformer on the CPU, on made-up rows.
///
/// The sizes that are there by default are those of benches/training/run, which sets PyTorch beside it.
#[derive(Debug, Args)]
pub struct TrainingArgs {
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Steps and evaluations that are timed
    #[arg(long, default_value_t = 10)]
    steps: usize,
    /// Steps and evaluations before, not timed
    #[arg(long, default_value_t = 3)]
    warm_up: usize,
    /// Width of the residual stream
    #[arg(long, default_value_t = Sizes::default().width)]
    width: usize,
    #[arg(long, default_value_t = Sizes::default().layers)]
    layers: usize,
    #[arg(long, default_value_t = Sizes::default().heads)]
    heads: usize,
    /// Rows of a window
    #[arg(long, default_value_t = Sizes::default().rows)]
    rows: usize,
    /// Windows of a step
    #[arg(long, default_value_t = Sizes::default().batch)]
    batch: usize,
    /// Only evaluations
    #[arg(long)]
    forward_only: bool,
    /// Print every time, as `train MS MS ...` and `forward MS MS ...`, for benches/training/run
    #[arg(long)]
    all: bool,
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs the subcommand.
pub fn run(args: TrainingArgs) -> Result<(), CliError> {
    let sizes = Sizes {
        width: args.width,
        layers: args.layers,
        heads: args.heads,
        rows: args.rows,
        batch: args.batch,
    };
    let fits = args.heads > 0 && args.width.is_multiple_of(args.heads.saturating_mul(2));
    if !fits || args.rows == 0 || args.batch == 0 {
        return Err(CliError::Failed(
            "the width has to be a multiple of twice the heads, and there have to be rows and windows".into(),
        ));
    }
    let threads = args.threads.max(1);
    let Timings {
        parameters,
        train,
        forward,
    } = speed::measure(
        &sizes,
        threads,
        args.warm_up,
        args.steps.max(1),
        args.forward_only,
    );
    println!(
        "{parameters} parameters, {} windows of {} rows, {threads} threads, fp32",
        sizes.batch, sizes.rows
    );
    for (name, times) in [("train", train), ("forward", forward)] {
        if times.is_empty() {
            continue;
        }
        if args.all {
            let all: Vec<String> = times.iter().map(|t| format!("{t:.2}")).collect();
            println!("{name} {}", all.join(" "));
        } else {
            let ms = median(&times);
            println!(
                "{name:<8} {ms:>8.1} ms (median of {}), {:.1} windows a second",
                times.len(),
                sizes.batch as f64 / ms * 1000.0
            );
        }
    }
    Ok(())
}
