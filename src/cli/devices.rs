//! `lacuna devices`: what can compute here, and why the rest cannot.

use super::CliError;
use crate::device::{self, Choice};
use std::io::Write;

/// List the devices that can compute, and why others cannot
#[derive(Debug, clap::Args)]
pub struct DevicesArgs {
    /// Forget earlier verdicts and test the GPU again
    #[arg(long)]
    retest: bool,
}

pub fn run(args: DevicesArgs) -> Result<(), CliError> {
    if args.retest {
        device::forget();
    }
    if cfg!(feature = "gpu") {
        eprintln!("Looking at the GPU; the first time on a machine this takes up to a minute.");
    }
    let mut out = std::io::stdout().lock();
    for entry in device::list() {
        match entry.usable {
            Ok(()) => writeln!(out, "{}: usable", entry.name)?,
            Err(why) => writeln!(out, "{}: not usable: {why}", entry.name)?,
        }
    }
    let chosen = device::open(Choice::Auto).info;
    writeln!(
        out,
        "\nLacuna computes on: {}. {}",
        chosen.name, chosen.reason
    )?;
    Ok(())
}
