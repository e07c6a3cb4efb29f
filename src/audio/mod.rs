//! Sound: the SoundFont, the device-free engine, the outputs that pull it, and rendering to a file.
//!
//! [`Player`] is what a window holds. Behind it an [`AudioEngine`] is pulled by a sound device, by a silent
//! clock where there is none, or by [`render`]; all three hear the same samples.

pub mod bank;
mod clip;
pub mod engine;
pub mod font;
mod font_check;
pub mod midi;
pub mod output;
pub mod player;
pub mod render;
pub mod sequence;
pub mod stems;
#[cfg(test)]
mod testing;

pub use clip::clip;
pub use engine::{AudioEngine, EngineError, Remote};
pub use font::{Font, FontError, find_system_fonts};
pub use output::OutputInfo;
pub use player::Player;
pub use render::{RenderError, Rendered, WavFormat, render, render_wav, write_wav};
pub use sequence::{Routing, Sequence};
pub use stems::{StemOptions, stem_tracks, stems};
