//! The power goes while somebody writes: whatever moment that is, what comes back is the last automatic copy or newer,
//! to the byte, and no file is ever damaged.

#![cfg(feature = "studio")]

use lacuna::engine::{DeviceInfo, FillContext, FillRequest, ModelInfo, Worker};
use lacuna::format::{self, Recovery};
use lacuna::process::generator;
use lacuna::score::{Document, Edit, Note, NoteId};
use lacuna::studio::bench::wall;
use lacuna::studio::command::Command;
use lacuna::studio::headless::Headless;
use lacuna::studio::{StudioOptions, invoke};
use rand::Rng;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Kills without `LACUNA_KILLS`; the bar of the project is 200.
const KILLS: u64 = 6;

struct Nobody;

impl Worker for Nobody {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        let device = DeviceInfo {
            name: "CPU".into(),
            reason: "Nothing is computed here.".into(),
        };
        (Vec::new(), device)
    }

    fn fill(&mut self, _: &FillRequest, _: &mut FillContext<'_>) -> Result<(), String> {
        Err("There is no model.".into())
    }
}

fn first() -> Document {
    Document::new(wall(800, 16))
}

/// The edit of that number: it names the piece by itself, adds a note, and moves another.
fn edit(document: &Document, number: u32) -> Edit {
    let score = &document.score;
    let place = number as usize % score.tracks.len();
    let track = &score.tracks[place];
    let new = Note {
        id: NoteId(0),
        start: number * 60 % 30_000,
        length: 55,
        pitch: 20 + (number % 90) as u8,
        velocity: 70,
        release: None,
    };
    let moved = track.notes[number as usize * 7 % track.notes.len()];
    let moved = Note {
        pitch: (moved.pitch + 1) % 128,
        ..moved
    };
    Edit::Together {
        label: format!("Edit {number}"),
        edits: vec![
            Edit::SetTitle(number.to_string()),
            Edit::AddNotes {
                track: track.id,
                notes: vec![new],
            },
            Edit::ChangeNotes(vec![moved]),
        ],
    }
}

/// The document after so many edits.
fn after(number: u32) -> Document {
    (1..=number).fold(first(), |d, i| edit(&d, i).apply(&d).unwrap())
}

/// Not a test: what the next one starts and kills. A line of `known` is written when a copy, or the file, is known to
/// hold an edit.
#[test]
#[ignore = "runs until it is killed"]
fn write_for_ever() {
    let Some(folder) = std::env::var_os("LACUNA_KILL_TEST") else {
        return;
    };
    let folder = Path::new(&folder);
    let mut options = StudioOptions::new(Box::new(Nobody));
    options.silent = true;
    options.settings_folder = Some(folder.join("settings"));
    options.recovery_folder = Some(folder.join("recovery"));
    let mut desk = Headless::start(options).unwrap();
    let state = &mut desk.studio.state;
    state.show_document(first(), Some(folder.join("piece.lacuna")));
    let mut known = std::fs::File::create(folder.join("known")).unwrap();
    let mut rng = generator(u64::from(std::process::id()), 0);
    let (mut kept, mut saved, mut saving) = (0, 0, 0);
    for number in 1.. {
        let state = &mut desk.studio.state;
        state.overlay = None;
        let edit = edit(state.document(), number);
        state.edit(edit);
        if rng.random_bool(0.05) {
            saving = number;
            invoke(Command::Save, state);
        }
        for _ in 0..rng.random_range(1..12) {
            desk.frame(1.0 / 60.0);
            std::thread::sleep(Duration::from_millis(rng.random_range(0..20)));
            let state = &desk.studio.state;
            if state.autosaved() && kept < number {
                kept = number;
                writeln!(known, "{number}").unwrap();
            }
            let in_file = state.saved.score.title.parse().unwrap_or(0);
            if in_file > saved && in_file >= saving {
                saved = in_file;
                writeln!(known, "{saved}").unwrap();
            }
        }
    }
}

#[test]
fn a_kill_at_any_moment_costs_nothing_that_was_kept() {
    let kills = std::env::var("LACUNA_KILLS").ok();
    let kills = kills.and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let mut rng = generator(9, 0);
    let (mut copies, mut files, mut lost) = (0, 0, 0);
    for round in 0..kills {
        let work = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "write_for_ever"])
            .env("LACUNA_KILL_TEST", work.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let known = work.path().join("known");
        let give_up = Instant::now() + Duration::from_secs(120);
        while std::fs::read(&known).map_or(0, |b| b.len()) == 0 {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < give_up,
                "nothing was kept"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_micros(rng.random_range(0..1_500_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        let text = std::fs::read_to_string(&known).unwrap();
        // The last line may be half of one.
        let whole = text.rsplit_once('\n').map_or("", |t| t.0);
        let known = whole.lines().filter_map(|l| l.parse().ok()).max();
        let known: u32 = known.unwrap_or(0);
        let next = Recovery::start_in(&work.path().join("recovery")).unwrap();
        let copy = next
            .pending()
            .map(|p| format::open_project(&p.path).unwrap());
        let damaged = std::fs::read_dir(work.path().join("recovery")).unwrap();
        let ending = |p: &Path| p.extension().is_some_and(|e| e == "lacuna");
        let left = damaged.flatten().filter(|e| ending(&e.path())).count();
        assert_eq!(left, usize::from(copy.is_some()), "a copy cannot be read");
        let path = work.path().join("piece.lacuna");
        let file = path.exists().then(|| format::open_project(&path).unwrap());
        copies += usize::from(copy.is_some());
        files += usize::from(file.is_some());
        let mut newest = 0;
        for project in copy.into_iter().chain(file) {
            let number = project.document.score.title.parse().unwrap();
            assert_eq!(
                project.document,
                after(number),
                "round {round}, edit {number}"
            );
            newest = newest.max(number);
        }
        assert!(
            newest >= known,
            "round {round}: {newest} came back of {known}"
        );
        lost = lost.max(newest - known);
    }
    println!(
        "{kills} kills: {copies} copies and {files} files read back, at most {lost} edits newer than known"
    );
}
