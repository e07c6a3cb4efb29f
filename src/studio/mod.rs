//! The window. `app` draws the panes and carries out commands; `state` is all there is to know; `command` is the
//! one table of what can be asked; `roll` is the piano roll.

mod app;
mod autosave;
mod browser;
pub mod command;
mod data;
mod demos;
mod export;
mod files;
mod gauge;
mod import;
pub mod input;
mod instruments;
mod invoke;
mod jobs;
mod lens;
mod notes;
mod options;
mod palette;
mod panel;
pub mod roll;
mod roll_pane;
mod run;
mod selecting;
mod settings;
mod shaping;
mod shortcut;
mod state;
mod stats;
mod tasks;
mod templates;
pub mod theme;
mod toasts;
mod training;
mod transport;
mod view;

pub use app::Studio;
pub use browser::Purpose;
pub use export::Export;
pub use files::{Then, picked_path};
pub use invoke::{invoke, why_not};
pub use options::Pane;
pub use run::{Renderer, StudioError, StudioOptions, run, start};
pub use settings::Look;
pub use state::{Overlay, State};
pub use training::{Tab, Training};
