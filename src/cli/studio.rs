//! `lacuna studio`, which is also what `lacuna` alone does: opens the window.

use super::CliError;
use crate::device::Choice;
use std::path::PathBuf;

/// Open the studio (also what happens without a command)
#[derive(Debug, clap::Args)]
pub struct StudioArgs {
    /// Piece to open: a Lacuna project or a MIDI file
    file: Option<PathBuf>,
    /// Device on which models compute [default: as in the settings]
    #[arg(long, value_enum)]
    device: Option<Choice>,
    /// How the window is drawn
    #[arg(long, value_enum, default_value_t)]
    renderer: Renderer,
    /// Open no sound device
    #[arg(long)]
    silent: bool,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Renderer {
    /// By wgpu on a graphics card, by OpenGL where there is none; the other one if that fails
    #[default]
    Auto,
    /// By wgpu
    Wgpu,
    /// By OpenGL
    Glow,
}

pub fn run(args: StudioArgs) -> Result<(), CliError> {
    if let Some(file) = &args.file
        && !file.exists()
    {
        return Err(CliError::Failed(format!(
            "`{}` is neither a command nor a file; `lacuna help` lists the commands",
            file.display()
        )));
    }
    open(args)
}

#[cfg(not(feature = "studio"))]
fn open(_: StudioArgs) -> Result<(), CliError> {
    Err(CliError::Failed(
        "this build has no window; build it with the feature `studio` (on by default), or see \
         `lacuna help` for what it can do without one"
            .into(),
    ))
}

#[cfg(feature = "studio")]
fn open(args: StudioArgs) -> Result<(), CliError> {
    use crate::engine::ModelWorker;
    use crate::studio::{self, StudioOptions};
    let device = args.device.unwrap_or_else(studio::preferred_device);
    let options = StudioOptions {
        file: args.file,
        renderer: match args.renderer {
            Renderer::Auto => studio::Renderer::Auto,
            Renderer::Wgpu => studio::Renderer::Wgpu,
            Renderer::Glow => studio::Renderer::Glow,
        },
        silent: args.silent,
        ..StudioOptions::new(Box::new(ModelWorker::on(device)))
    };
    studio::run(options).map_err(|e| CliError::NoWindow(e.to_string()))
}
