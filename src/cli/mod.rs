//! The command line. One file a subcommand, each with its arguments and a `run`; to add one, add
//! the file, a `mod` line, an arm of [`Command`] and an arm of [`dispatch`].

mod arena;
mod bench;
mod convert;
mod convert_piece;
mod critic;
mod devices;
mod error;
mod evaluate;
mod evaluate_chorale;
mod evaluate_critic;
mod files;
mod fine_tune;
mod inspect;
mod interrupt;
mod prepare;
mod progress;
mod render;
mod sample;
mod self_test;
mod soundfont;
mod studio;
mod train;

pub use error::CliError;
pub use interrupt::interrupted;
pub use progress::Progress;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Compose with discrete diffusion.
///
/// Without a command the studio opens.
#[derive(Debug, Parser)]
#[command(
    name = "lacuna",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    studio: studio::StudioArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    Studio(studio::StudioArgs),
    Prepare(prepare::PrepareArgs),
    Convert(convert::ConvertArgs),
    Inspect(inspect::InspectArgs),
    Train(train::TrainArgs),
    FineTune(fine_tune::FineTuneArgs),
    Sample(sample::SampleArgs),
    Evaluate(evaluate::EvaluateArgs),
    Arena(arena::ArenaArgs),
    EvaluateChorale(evaluate_chorale::EvaluateChoraleArgs),
    Critic(critic::CriticArgs),
    EvaluateCritic(evaluate_critic::EvaluateCriticArgs),
    Bench(bench::BenchArgs),
    Render(render::RenderArgs),
    Soundfont(soundfont::SoundfontArgs),
    Devices(devices::DevicesArgs),
    #[command(name = crate::device::SUBCOMMAND, hide = true)]
    SelfTest(self_test::SelfTestArgs),
}

fn dispatch(command: Command) -> Result<(), CliError> {
    match command {
        Command::Studio(args) => studio::run(args),
        Command::Prepare(args) => prepare::run(args),
        Command::Convert(args) => convert::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Train(args) => train::run(args),
        Command::FineTune(args) => fine_tune::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Arena(args) => arena::run(args),
        Command::EvaluateChorale(args) => evaluate_chorale::run(args),
        Command::Critic(args) => critic::run(args),
        Command::EvaluateCritic(args) => evaluate_critic::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Render(args) => render::run(args),
        Command::Soundfont(args) => soundfont::run(args),
        Command::Devices(args) => devices::run(args),
        Command::SelfTest(args) => self_test::run(args),
    }
}

/// Reads the arguments and runs what they ask for.
///
/// Exit codes: 0 done, 1 failed (with one line `error: ...`), 2 wrong usage, 130 stopped by Ctrl-C.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Some(command) => dispatch(command),
        None => studio::run(cli.studio),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.is_closed_pipe() => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(e.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
