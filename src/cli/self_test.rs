//! `lacuna self-test-gpu`, hidden: the child in which a graphics driver may crash without harm.

use super::CliError;
use crate::device;

/// Test the GPU and print the verdict (used by Lacuna itself)
#[derive(Debug, clap::Args)]
pub struct SelfTestArgs {
    /// Only say which adapter is found
    #[arg(long)]
    identify: bool,
}

pub fn run(args: SelfTestArgs) -> Result<(), CliError> {
    if device::self_test(args.identify)? {
        Ok(())
    } else {
        Err(CliError::Failed(
            "the GPU did not pass its self-test".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use clap::Parser;

    #[test]
    fn the_device_room_asks_with_words_the_command_line_knows() {
        let words = ["lacuna", crate::device::SUBCOMMAND, crate::device::IDENTIFY];
        assert!(Cli::try_parse_from(words).is_ok());
    }
}
