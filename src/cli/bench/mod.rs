//! `lacuna bench`: how fast this machine is, in figures that can be compared.

mod fill;
mod training;

use super::CliError;
use clap::{Args, Subcommand};

/// Measure how fast this machine fills, or trains.
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Fill(fill::FillArgs),
    Training(training::TrainingArgs),
}

/// Runs the subcommand.
pub fn run(args: BenchArgs) -> Result<(), CliError> {
    match args.what {
        What::Fill(args) => fill::run(args),
        What::Training(args) => training::run(args),
    }
}
