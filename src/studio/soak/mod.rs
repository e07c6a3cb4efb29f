//! A monkey at the desk for as long as one likes: random gestures, keys, commands, fills and playback by a fixed seed,
//! on whole frames without a display. It must find no panic, no growing memory, and no automatic copy that does not
//! load: `lacuna bench soak`, and a short form in the tests.

mod monkey;
mod scribe;

use super::State;
use super::bench::wall;
use super::headless::Headless;
use super::run::StudioOptions;
use crate::device::resident;
use crate::format::{self, project};
use crate::process::generator;
use crate::score::{Document, Edit};
use monkey::{MOST_NOTES, Monkey};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Frames of a minute of the monkey's time.
pub const MINUTE: u64 = 60 * 60;
/// Minutes before memory counts: fonts, caches and the allocator, which keeps what tasks once needed, have found their size.
pub const WARM_UP: usize = 10;
/// Longest wait for an automatic copy.
const PATIENCE: Duration = Duration::from_secs(120);

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// What a soak has come to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub frames: u64,
    pub gestures: u64,
    /// Commands called by name, beside those that keys and the pointer reached.
    pub commands: u64,
    /// Pieces put on the desk, the first included.
    pub pieces: u64,
    /// Automatic copies read back.
    pub copies: u64,
    /// Panics on any thread, caught ones included.
    pub panics: usize,
    /// Bytes in use at the end of each minute with the same piece on the desk; empty where the system does not tell.
    pub memory: Vec<u64>,
}

impl Report {
    /// Growth of memory after the warm-up, as a share of what it was then; `None` before that.
    pub fn growth(&self) -> Option<f64> {
        let before = *self.memory.get(WARM_UP - 1)?;
        let most = self.memory.get(WARM_UP..)?.iter().max()?;
        Some(*most as f64 / before.max(1) as f64 - 1.0)
    }
}

/// Why a soak ended early.
#[derive(Debug, thiserror::Error)]
pub enum SoakError {
    #[error("the studio could not be started: {0}")]
    Start(#[from] std::io::Error),
    #[error("the files for the monkey could not be written: {0}")]
    Files(#[from] format::FormatError),
    #[error("no automatic copy was made in time: {0}")]
    NoCopy(String),
    #[error("the automatic copy {path} does not load: {why}", path = path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("the automatic copy {path} is not the piece", path = path.display())]
    Other { path: PathBuf },
    #[error("something panicked after {0} frames; the message above says where")]
    Panicked(u64),
}

/// Lets a monkey at a fresh studio for so many frames; everything it writes stays in `folder`. `told` hears of every
/// minute.
///
/// # Errors
/// The first panic, and the first automatic copy that is missing, does not load, or is not what was on the desk.
pub fn soak(
    folder: &Path,
    seed: u64,
    frames: u64,
    told: &mut dyn FnMut(&Report),
) -> Result<Report, SoakError> {
    count_panics();
    let before = PANICS.load(Relaxed);
    let files = litter(folder)?;
    let mut options = StudioOptions::new(Box::new(scribe::Scribe));
    options.silent = true;
    options.settings_folder = Some(folder.join("settings"));
    let copies = folder.join("recovery");
    options.recovery_folder = Some(copies.clone());
    let mut desk = Headless::start(options)?;
    desk.studio.state.own_browser = true;
    let mut monkey = Monkey::new(generator(seed, 0), folder, files);
    let mut report = Report::default();
    anew(&mut desk, &mut report);
    let mut next = MINUTE;
    while monkey.frames < frames {
        monkey.act(&mut desk);
        let panics = PANICS.load(Relaxed) - before;
        if panics > 0 {
            return Err(SoakError::Panicked(monkey.frames));
        }
        if desk.studio.state.document().score.note_count() > MOST_NOTES {
            anew(&mut desk, &mut report);
        }
        if monkey.frames >= next || monkey.frames >= frames {
            next += MINUTE;
            check(&mut desk, &copies, report.copies)?;
            report.copies += 1;
            anew(&mut desk, &mut report);
            report.memory.extend(resident());
            report.frames = monkey.frames;
            (report.gestures, report.commands) = (monkey.gestures, monkey.commands);
            told(&report);
        }
    }
    report.panics = PANICS.load(Relaxed) - before;
    Ok(report)
}

/// Panics that are caught count as well: those of tasks, of the engine, of the lens.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Relaxed);
            usual(info);
        }));
    });
}

/// Files of every sort for the monkey to find.
fn litter(folder: &Path) -> Result<Vec<PathBuf>, SoakError> {
    std::fs::create_dir_all(folder)?;
    let piece = wall(300, 12);
    let path = |name: &str| folder.join(name);
    format::save_midi(&path("piece.mid"), &piece)?;
    let document = Document::new(piece);
    let bytes = project::write(&project::Project {
        document,
        view: None,
    })?;
    std::fs::write(path("piece.lacuna"), &bytes)?;
    let half = bytes.get(..bytes.len() / 2).unwrap_or(&[]);
    std::fs::write(path("half.lacuna"), half)?;
    std::fs::write(
        path("noise.mid"),
        b"MThd\0\0\0\x06\0\x01\xff\xff\x01\xe0MTrk\0\0\0\x04\0\xff",
    )?;
    std::fs::write(path("nothing.txt"), b"")?;
    let names = [
        "piece.mid",
        "piece.lacuna",
        "half.lacuna",
        "noise.mid",
        "nothing.txt",
        "missing.mid",
    ];
    Ok(names.into_iter().map(path).collect())
}

/// The piece it all begins with, and settings that let one see.
fn anew(desk: &mut Headless, report: &mut Report) {
    report.pieces += 1;
    let state = &mut desk.studio.state;
    state.overlay = None;
    state.show_document(Document::new(wall(400, 16)), None);
    state.settings.scale = 1.0;
    state.clipboard = Default::default();
    state.toasts.clear();
    desk.settle(Duration::from_millis(500));
}

/// A change that is in no copy yet must soon be in one that loads and is the piece to the byte.
fn check(desk: &mut Headless, copies: &Path, number: u64) -> Result<(), SoakError> {
    let begun = Instant::now();
    let name = format!("Check {number}");
    desk.studio.state.jobs.cancel();
    desk.studio.state.tasks.cancel();
    desk.studio.state.edit(Edit::SetTitle(name));
    while begun.elapsed() < PATIENCE {
        desk.frame(1.0 / 60.0);
        std::thread::sleep(Duration::from_millis(5));
        let state = &desk.studio.state;
        let busy = state.jobs.running.is_some() || state.tasks.shown().next().is_some();
        if !state.autosaved() || busy {
            continue;
        }
        return newest(copies, state);
    }
    let state = &desk.studio.state;
    Err(SoakError::NoCopy(format!(
        "revision {}",
        state.history.revision()
    )))
}

fn newest(copies: &Path, state: &State) -> Result<(), SoakError> {
    let list = std::fs::read_dir(copies)?.flatten().map(|e| e.path());
    let mut found = false;
    for path in list.filter(|p| p.extension().is_some_and(|e| e == "lacuna")) {
        let project = format::open_project(&path).map_err(|e| SoakError::Damaged {
            path: path.clone(),
            why: e.to_string(),
        })?;
        if project.document != *state.document() {
            return Err(SoakError::Other { path });
        }
        found = true;
    }
    match found {
        true => Ok(()),
        false => Err(SoakError::NoCopy("the folder is empty".into())),
    }
}
