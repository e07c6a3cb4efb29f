//! The training pane as a researcher uses it: real trainings of a network of a few thousand parameters on a few made-up
//! songs.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::{NodeT, Queryable};
use lacuna::engine::RunState;
use lacuna::format::save_midi;
use lacuna::score::Score;
use lacuna::studio::command::Command;
use lacuna::studio::{State, Tab, why_not};
use std::path::{Path, PathBuf};
use support::Desk;

const TINY: &str = "(
    id: \"tiny\", dataset: \"made-up\",
    model: Octuple(
        network: (width: 32, layers: 1, heads: 2, feed_forward: 2),
        weighting: MaskedMean, bars: (2, 4),
    ),
    trainer: (
        batch: 2, steps: 30, warm_up: 2, learning_rate: 0.01, average: (decay: 0.9), seed: 7,
        validate_every: 10, validation_windows: 4, checkpoint_every: 10, sample_every: 10,
    ),
)";

/// A desk whose folders are its own, with one recipe, nothing prepared, and the pane open.
fn bare() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    let folder = desk.folder();
    std::fs::create_dir_all(folder.join("configs")).unwrap();
    std::fs::write(folder.join("configs/tiny.ron"), TINY).unwrap();
    desk.edit(|s| {
        let places = &mut s.training.places;
        places.cache = folder.join("cache");
        places.configs = folder.join("configs");
        places.runs = folder.join("runs");
    });
    desk.key("F4");
    desk.wait("the lists", |s| s.training.looked);
    desk
}

/// Songs of sixteen bars that no two share a bar, as MIDI files.
fn songs(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for song in 0..40u64 {
        let mut score = Score::default();
        let mut chance = song + 1;
        for (name, low, every) in [("Melody", 64, 240), ("Bass", 36, 960)] {
            let track = score.add_track(name, 0, 0);
            for start in (0..16 * 1920).step_by(every) {
                chance = chance
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(song);
                let pitch = low + (chance >> 40) as u8 % 17;
                score.add_note(track, start as u32, every as u32, pitch, 80);
            }
        }
        save_midi(&folder.join(format!("{song:02}.mid")), &score).unwrap();
    }
}

/// The same with the songs prepared, by way of the data pane.
fn desk() -> Desk {
    let mut desk = bare();
    desk.click("Open the data pane");
    assert!(desk.state().data.open && !desk.state().training.open);
    let folder = desk.folder();
    songs(&folder.join("songs"));
    desk.edit(|s| {
        s.data.set = "midi";
        s.data.folder = folder.join("songs").display().to_string();
        s.data.cache = folder.join("cache/made-up").display().to_string();
    });
    desk.frames(2);
    desk.click("Read");
    desk.wait("the songs", |s| s.data.found.is_some());
    desk.frames(2);
    desk.click("Prepare for training");
    desk.wait("the cache", |s| s.data.busy.is_none());
    assert_eq!(desk.state().data.trouble, None);
    desk.key("F4");
    desk.wait("the data set", |s| !s.training.sets.is_empty());
    desk.edit(|s| {
        let (rows, sets) = (s.training.recipes.clone(), s.training.sets.clone());
        let tiny = rows.iter().find(|r| r.name == "tiny").unwrap();
        s.training.form.take(tiny, &sets);
        s.training.form.threads = 1;
    });
    desk.frames(2);
    desk
}

fn run(desk: &Desk, name: &str) -> PathBuf {
    desk.folder().join("runs").join(name)
}

fn state_of(s: &State) -> Option<RunState> {
    s.training.live_in_hand().map(|l| l.state.clone())
}

fn steps(s: &State) -> u64 {
    s.training.live_in_hand().map_or(0, |l| l.step())
}

/// Starts a run of so many steps and waits until it makes them.
fn start(desk: &mut Desk, steps_: u64, name: &str) {
    desk.edit(|s| {
        s.training.form.steps = steps_;
        s.training.form.name = name.into();
    });
    desk.frames(2);
    let before = desk.state().training.live.len();
    desk.click("Start training");
    desk.wait("the run", |s| s.training.live.len() > before);
    let chosen = desk.state().training.chosen.clone();
    let name = if name.is_empty() {
        "tiny_made-up"
    } else {
        name
    };
    assert_eq!(chosen, Some(run(desk, name)));
    desk.wait("the first steps", |s| {
        if let Some(RunState::Failed(why)) = state_of(s) {
            panic!("{why}");
        }
        steps(s) > 0
    });
}

fn finish(desk: &mut Desk) {
    desk.wait("the end", |s| state_of(s) == Some(RunState::Finished));
    desk.wait("the list", |s| {
        s.training.row_in_hand().is_some_and(|r| r.finished())
    });
}

#[test]
fn an_empty_pane_says_what_to_do() {
    let mut desk = bare();
    desk.harness
        .get_by_label("No prepared data set yet: open the data pane (F3) and prepare one.");
    assert!(desk.harness.query_by_label("Start training").is_none());
    let why = why_not(Command::Delete, desk.state()).unwrap();
    assert!(why.contains("F4"), "{why}");
    desk.key("Esc");
    assert!(!desk.state().training.open);
    assert!(desk.settles(), "the window asks for frames for ever");
}

#[test]
fn a_run_is_trained_from_the_pane_to_its_end() {
    let mut desk = desk();
    start(&mut desk, 30, "");
    let folder = run(&desk, "tiny_made-up");
    finish(&mut desk);
    let live = desk.state().training.live_in_hand().unwrap().clone();
    assert_eq!(live.step(), 30);
    let curves = &live.figures.curves;
    let validated: Vec<u64> = curves.average.iter().map(|p| p.0).collect();
    assert_eq!(validated, [10, 20, 30]);
    assert_eq!(live.figures.channels.len(), 5);
    assert!(live.figures.train.by_time.iter().any(|t| t.count > 0.0));
    assert!(live.figures.validation.by_bar.len() > 1);
    let plot = desk.harness.get_by_label("Plot of loss");
    let told = plot.value().unwrap();
    assert!(told.contains("at step 30"), "{told}");
    desk.harness.get_by_label("Bars of loss by channel");
    desk.harness.get_by_label("Run tiny_made-up");
    assert!(folder.join("checkpoints/step_30").is_dir());
    assert!(folder.join("samples/step_30").is_dir());
    assert!(desk.settles(), "the window asks for frames for ever");
    // The same again gets another name, and the first is not touched.
    let t = &desk.state().training;
    let usual = t.form.usual_name(&t.recipes, &t.taken());
    assert_eq!(usual, "tiny_made-up-2");
}

#[test]
fn a_run_is_paused_resumed_and_stopped_and_taken_up_again() {
    let mut desk = desk();
    start(&mut desk, 1_000_000, "long");
    desk.click("Pause the run");
    desk.wait("the pause", |s| state_of(s) == Some(RunState::Paused));
    let paused = steps(desk.state());
    desk.frames(20);
    assert_eq!(steps(desk.state()), paused);
    desk.click("Resume the run");
    desk.wait("more steps", |s| steps(s) > paused);
    desk.click("Stop the run");
    desk.wait("the stop", |s| state_of(s) == Some(RunState::Stopped));
    let stopped = steps(desk.state());
    let saved = run(&desk, "long").join(format!("checkpoints/step_{stopped}"));
    assert!(saved.is_dir());
    desk.wait("the list", |s| {
        s.training.row_in_hand().is_some_and(|r| r.step == stopped)
    });
    desk.click("Resume the run");
    desk.wait("more steps", |s| steps(s) > stopped);
    desk.wait("the steps before", |s| {
        let live = s.training.live_in_hand().unwrap();
        live.figures.curves.loss[0].0 < stopped
    });
    desk.click("Stop the run");
    desk.wait("the stop", |s| state_of(s) == Some(RunState::Stopped));
}

#[test]
fn a_second_run_waits_in_the_list_until_the_first_makes_room() {
    let mut desk = desk();
    start(&mut desk, 1_000_000, "first");
    desk.edit(|s| {
        s.training.form.steps = 10;
        s.training.form.name = "second".into();
    });
    desk.frames(2);
    desk.click("Start training");
    desk.wait("the second", |s| s.training.live.len() == 2);
    desk.frames(2);
    assert_eq!(state_of(desk.state()), Some(RunState::Queued));
    assert!(!run(&desk, "second").join("config.ron").exists());
    desk.click("Run first");
    desk.click("Run second");
    // Its name is taken, though it has no folder yet.
    desk.edit(|s| s.training.form.name = "second".into());
    desk.frames(2);
    let button = desk.harness.get_by_label("Start training");
    assert!(button.accesskit_node().is_disabled());
    desk.click("Run first");
    desk.click("Pause the run");
    desk.wait("the second's end", |s| {
        let second = s.training.live.iter().find(|l| l.name == "second");
        second.is_some_and(|l| l.state == RunState::Finished)
    });
    assert_eq!(state_of(desk.state()), Some(RunState::Paused));
}

#[test]
fn takes_are_written_while_a_model_trains() {
    let mut desk = desk();
    start(&mut desk, 1_000_000, "long");
    desk.key("F4");
    desk.mask_bars(4, 8);
    desk.invoke(Command::Generate);
    desk.wait("the takes", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes.len(), 4);
    assert_eq!(state_of(desk.state()), Some(RunState::Running));
    let then = steps(desk.state());
    desk.wait("more steps", |s| steps(s) > then);
}

#[test]
fn a_sample_is_scrubbed_heard_and_opened() {
    let mut desk = desk();
    start(&mut desk, 30, "");
    finish(&mut desk);
    desk.click("Samples");
    desk.wait("the samples", |s| s.training.samples.shown.len() == 3);
    let at = |s: &State| s.training.samples.in_hand().unwrap().step;
    assert_eq!(at(desk.state()), 30);
    desk.click("Earlier sample");
    desk.click("Earlier sample");
    assert_eq!(at(desk.state()), 10);
    desk.harness.get_by_label("Picture: written after step 10");
    let before = desk.state().document().score.clone();
    desk.click("Hear the sample");
    assert!(desk.state().transport.is_playing() && desk.state().training.listening);
    let heard = desk.edit(|s| s.heard());
    assert_eq!(
        heard,
        desk.state().training.samples.in_hand().unwrap().filled
    );
    desk.click("Hear it as composed");
    let heard = desk.edit(|s| s.heard());
    let sample = desk.state().training.samples.in_hand().unwrap().clone();
    assert_eq!(heard, sample.document.score);
    desk.click("Stop the sample");
    assert_eq!(desk.state().document().score, before);
    desk.click("Open in the roll");
    let document = desk.state().document();
    assert!(!desk.state().training.open);
    assert_eq!(*document, sample.document);
    assert_eq!(desk.state().takes.take, Some(0));
}

#[test]
fn runs_are_compared_searched_and_noted() {
    let mut desk = desk();
    start(&mut desk, 10, "first");
    finish(&mut desk);
    start(&mut desk, 20, "second");
    finish(&mut desk);
    desk.click("Compare first");
    desk.wait("its curves", |s| {
        let first = &s.training.ticked[0];
        s.training
            .figures(first)
            .is_some_and(|f| !f.curves.average.is_empty())
    });
    desk.frames(2);
    let told = desk.harness.get_by_label("Plot of loss").value().unwrap();
    assert!(
        told.contains("first") && told.contains("at step 10"),
        "{told}"
    );
    desk.edit(|s| {
        s.training.tab = Tab::Notes;
        s.training.notes.text = "Too few steps".into();
    });
    desk.frames(2);
    desk.click("Curves");
    let notes = run(&desk, "second").join("notes.txt");
    desk.wait("the notes", |_| notes.is_file());
    desk.edit(|s| s.training.search = "too FEW".into());
    desk.frames(2);
    desk.harness.get_by_label("Run second");
    assert!(desk.harness.query_by_label("Run first").is_none());
}

#[test]
fn what_cannot_be_trained_is_a_sentence() {
    let mut desk = desk();
    desk.fail_next("The model needs 9 GB of memory and 4 GB are free. Choose a smaller model.");
    desk.edit(|s| s.training.form.name = "big".into());
    desk.frames(2);
    desk.click("Start training");
    desk.wait("the failure", |s| {
        matches!(state_of(s), Some(RunState::Failed(_)))
    });
    let toasts = desk.state().toasts.list();
    assert!(toasts.iter().any(|t| t.text.contains("9 GB")));
    desk.edit(|s| s.training.form.words = "trainer.bach=3".into());
    desk.frames(2);
    desk.click("Start training");
    desk.wait("the complaint", |s| {
        s.toasts
            .list()
            .iter()
            .any(|t| t.text.contains("trainer.batch"))
    });
    desk.edit(|s| s.training.form.words.clear());
    // A name with a run under it, and one that leads out of the folder.
    start(&mut desk, 10, "first");
    finish(&mut desk);
    for name in ["first", "../out"] {
        desk.edit(|s| s.training.form.name = name.into());
        desk.frames(2);
        let button = desk.harness.get_by_label("Start training");
        assert!(button.accesskit_node().is_disabled(), "{name}");
    }
}
