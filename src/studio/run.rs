//! Opening the window: which renderer, which sound, and what to say when there is no display.

use super::app::Studio;
use super::autosave::{self, Autosave};
use super::files;
use super::jobs::Jobs;
use super::settings::{SettingsFile, config_folder};
use super::state::{Parts, State};
use super::transport::Transport;
use crate::audio::{Font, Player};
use crate::device::heap;
use crate::engine::{Engine, Worker};
use crate::format::Recovery;
use eframe::egui;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// How the window is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renderer {
    /// wgpu on a real GPU, OpenGL where only a software adapter exists; the other one if that fails.
    #[default]
    Auto,
    Wgpu,
    Glow,
}

/// What the command line says of the window.
pub struct StudioOptions {
    /// Owner of models and devices; it runs on the engine's thread.
    pub worker: Box<dyn Worker>,
    /// Opened at the start.
    pub file: Option<PathBuf>,
    pub renderer: Renderer,
    /// No sound device is opened.
    pub silent: bool,
    /// Where settings are kept; `None` is the platform's place.
    pub settings_folder: Option<PathBuf>,
    /// Where automatic copies are kept; `None` is the platform's place.
    pub recovery_folder: Option<PathBuf>,
}

impl StudioOptions {
    /// The usual window around a worker.
    pub fn new(worker: Box<dyn Worker>) -> Self {
        StudioOptions {
            worker,
            file: None,
            renderer: Renderer::Auto,
            silent: false,
            settings_folder: None,
            recovery_folder: None,
        }
    }
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    #[error(
        "There is no display to open a window on. Start Lacuna from a desktop session, or set DISPLAY or WAYLAND_DISPLAY; `lacuna help` lists what works without a window."
    )]
    NoDisplay,
    #[error(
        "The window could not be opened: {0}. Update the graphics driver, or try `--renderer glow` or `--renderer wgpu`."
    )]
    Window(String),
}

impl StudioError {
    /// What the process should exit with.
    pub fn exit_code(&self) -> u8 {
        2
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When there is no display, or neither renderer can draw on it.
pub fn run(options: StudioOptions) -> Result<(), StudioError> {
    heap::share_one_arena();
    let first = match options.renderer {
        Renderer::Auto if has_real_gpu() => eframe::Renderer::Wgpu,
        Renderer::Wgpu => eframe::Renderer::Wgpu,
        Renderer::Auto | Renderer::Glow => eframe::Renderer::Glow,
    };
    let second = match first {
        eframe::Renderer::Wgpu => eframe::Renderer::Glow,
        _ => eframe::Renderer::Wgpu,
    };
    // The creator runs only when the renderer works, so what it needs is still there for a second try.
    let options = Arc::new(Mutex::new(Some(options)));
    match open(first, &options) {
        Ok(()) => Ok(()),
        Err(e) if is_no_display(&e) => Err(StudioError::NoDisplay),
        Err(e)
            if options
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_none() =>
        {
            Err(StudioError::Window(e.to_string()))
        }
        Err(e) => {
            log::warn!("{first:?} does not work here ({e}); trying {second:?}");
            open(second, &options)
                .map_err(|second| StudioError::Window(format!("{e}; then {second}")))
        }
    }
}

fn is_no_display(e: &eframe::Error) -> bool {
    matches!(e, eframe::Error::WinitEventLoop(_))
}

/// Whether any adapter is more than a program that imitates one.
fn has_real_gpu() -> bool {
    use eframe::wgpu;
    let backends = wgpu::Backends::PRIMARY;
    let descriptor = wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapters = pollster::block_on(instance.enumerate_adapters(backends));
    adapters
        .iter()
        .any(|a| a.get_info().device_type != wgpu::DeviceType::Cpu)
}

fn open(
    renderer: eframe::Renderer,
    options: &Arc<Mutex<Option<StudioOptions>>>,
) -> Result<(), eframe::Error> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Lacuna")
        .with_app_id("lacuna")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([800.0, 520.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        renderer,
        ..Default::default()
    };
    let options = options.clone();
    eframe::run_native(
        "lacuna",
        native,
        Box::new(move |creation| {
            let options = options
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let options = options.ok_or("the window was opened twice")?;
            let mut studio = start(&creation.egui_ctx, options)?;
            studio.state.frame_millis = if is_software(creation) { 33 } else { 16 };
            Ok(Box::new(studio))
        }),
    )
}

fn is_software(creation: &eframe::CreationContext<'_>) -> bool {
    if let Some(state) = &creation.wgpu_render_state {
        return state.adapter.get_info().device_type == eframe::wgpu::DeviceType::Cpu;
    }
    // OpenGL is only chosen where no real GPU was seen, or asked for by hand.
    true
}

/// Builds the studio on a context: settings, engine, sound, the first piece. Also the entry for tests.
///
/// # Errors
/// When the system gives no thread for the engine.
pub fn start(context: &egui::Context, options: StudioOptions) -> Result<Studio, std::io::Error> {
    heap::share_one_arena();
    let wake = context.clone();
    let engine = Engine::start(options.worker, move || wake.request_repaint())?;
    let settings_file = SettingsFile::new(options.settings_folder.or_else(config_folder));
    let (settings, broken) = settings_file.load();
    let font = Font::bundled();
    let player = if options.silent {
        Player::open_silent(font)
    } else {
        let wake = context.clone();
        Player::open(font, move || wake.request_repaint())
    };
    let recovery = match &options.recovery_folder {
        Some(folder) => Recovery::start_in(folder),
        None => Recovery::start(),
    };
    let (recovery, no_copies) = match recovery {
        Ok(r) => (Some(r), None),
        Err(e) => (None, Some(e.to_string())),
    };
    let soundfont = settings.soundfont.clone();
    let first_time = !settings.welcomed && settings.recent.is_empty();
    let mut state = State::new(Parts {
        context: context.clone(),
        jobs: Jobs::new(engine),
        transport: Transport::new(player),
        settings,
        settings_file,
        autosave: Autosave::new(recovery),
        own_browser: !files::has_system_dialog(),
    });
    state.quiet = options.silent;
    #[cfg(feature = "audio-device")]
    if !options.silent {
        state
            .input
            .set_ports(crate::audio::midi::SystemPorts, context);
    }
    if let Some(why) = broken {
        state.toasts.warning(&why, "");
    }
    if let Some(why) = no_copies {
        state
            .toasts
            .warning("No automatic copies are made; save by hand.", &why);
    }
    if let Some(path) = soundfont {
        files::load_soundfont(&mut state, path, false);
    }
    match options.file {
        Some(path) => files::load(&mut state, path),
        None if first_time => files::first_start(&mut state),
        None => {}
    }
    autosave::offer(&mut state);
    Ok(Studio::new(state))
}
