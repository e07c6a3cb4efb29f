//! `lacuna bench`: how fast this machine is, in figures that can be compared.

mod fill;
#[cfg(feature = "studio")]
mod scratch;
#[cfg(feature = "studio")]
mod soak;
#[cfg(feature = "studio")]
mod studio;
mod training;

use super::CliError;
use clap::{Args, Subcommand};

/// Measure how fast this machine fills, trains, or draws the window
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Fill(fill::FillArgs),
    #[cfg(feature = "studio")]
    Soak(soak::SoakArgs),
    #[cfg(feature = "studio")]
    Studio(studio::StudioArgs),
    Training(training::TrainingArgs),
}

/// Runs the subcommand.
pub fn run(args: BenchArgs) -> Result<(), CliError> {
    match args.what {
        What::Fill(args) => fill::run(args),
        #[cfg(feature = "studio")]
        What::Soak(args) => soak::run(args),
        #[cfg(feature = "studio")]
        What::Studio(args) => studio::run(args),
        What::Training(args) => training::run(args),
    }
}
