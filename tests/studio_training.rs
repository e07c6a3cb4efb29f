//! The training pane as a researcher uses it: real trainings of a network of a few thousand parameters on a few made-up
//! songs.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::{NodeT, Queryable};
use lacuna::device::{self, Choice};
use lacuna::engine::{
    DeviceInfo, FillContext, FillRequest, ModelInfo, ModelWorker, RunState, Shelf, TrainRequest,
    Worker,
};
use lacuna::format::save_midi;
use lacuna::model::Card;
use lacuna::score::{Score, Take};
use lacuna::studio::command::Command;
use lacuna::studio::{Overlay, Purpose, State, Tab, picked_path, why_not};
use lacuna::training::learner::Quoted;
use lacuna::training::{Probe, Progress, Recipe, TrainError, Training, Validation, Which};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    bare_at(Desk::new())
}

fn bare_at(mut desk: Desk) -> Desk {
    desk.open_piece();
    let folder = desk.folder();
    std::fs::create_dir_all(folder.join("configs")).unwrap();
    std::fs::write(folder.join("configs/tiny.ron"), TINY).unwrap();
    desk.edit(|s| {
        let places = &mut s.training.places;
        places.cache = folder.join("cache");
        places.configs = folder.join("configs");
        places.runs = folder.join("runs");
        places.models = vec![folder.join("models")];
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
    prepared(bare())
}

fn prepared(mut desk: Desk) -> Desk {
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
        .get_by_label("No prepared data set yet: open the data pane and prepare one.");
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

#[test]
fn presets_take_the_place_of_the_recipes_and_what_they_make_is_shown_before_the_start() {
    let mut desk = desk();
    desk.click("Preset of the schedule");
    desk.click("constant");
    desk.click("Preset of the trainer");
    desk.click("smoke");
    assert_eq!(desk.state().training.form.steps, 20);
    desk.edit(|s| s.training.form.steps = 11);
    desk.click("What will be trained");
    let shown = desk.edit(|s| s.training.preview().clone()).unwrap();
    desk.harness.get_by_label(shown.trim_end());
    let line = |name: &str| shown.lines().find(|l| l.contains(name)).unwrap_or_default();
    assert!(
        line("schedule: Constant").contains("schedule/constant"),
        "{shown}"
    );
    assert!(line("warm_up: 2").contains("trainer/smoke"), "{shown}");
    assert!(line("steps: 11").contains("trainer.steps=11"), "{shown}");
    assert!(line("seed: 7").contains("tiny.ron"), "{shown}");
    desk.edit(|s| s.training.form.words = "trainer.bach=3".into());
    desk.frames(2);
    desk.harness
        .get_by_label_contains("did you mean `trainer.batch`");
    desk.edit(|s| s.training.form.words.clear());
    start(&mut desk, 11, "other");
    finish(&mut desk);
    let row = desk.state().training.row_in_hand().unwrap().clone();
    let value = |path: &str| row.summary.value(path).map(str::to_owned);
    assert_eq!(value("trainer.schedule").as_deref(), Some("Constant"));
    assert_eq!(value("trainer.validation_windows").as_deref(), Some("8"));
    // Back to the recipe's own.
    desk.click("Preset of the trainer");
    desk.click("as the recipe has it");
    assert_eq!(desk.state().training.form.steps, 30);
}

/// A desk with the real worker, whose own models lie in a folder of the test.
fn real(worker: impl FnOnce(ModelWorker) -> Box<dyn Worker>) -> (Desk, tempfile::TempDir) {
    let models = tempfile::tempdir().unwrap();
    let folders = vec![models.path().to_owned()];
    let cpu = Box::new(|| device::open(Choice::Cpu));
    let desk = Desk::with_worker(worker(ModelWorker::new(folders, cpu)));
    let mut desk = prepared(bare_at(desk));
    let own = models.path().to_owned();
    desk.edit(|s| s.training.places.models = vec![own]);
    (desk, models)
}

fn said(desk: &Desk, what: &str) -> bool {
    let toasts = desk.state().toasts.list();
    toasts.iter().any(|t| t.text.contains(what))
}

fn use_disabled(desk: &Desk) -> bool {
    let button = desk.harness.get_by_label("Use as model");
    button.accesskit_node().is_disabled()
}

fn offers(s: &State, id: &str) -> bool {
    s.jobs.models.iter().any(|m| m.id == id)
}

#[test]
fn a_run_becomes_the_model_that_generates() {
    let (mut desk, models) = real(|w| Box::new(w));
    let why = why_not(Command::UseRun, desk.state()).unwrap();
    assert!(why.contains("choose a run"), "{why}");
    desk.edit(|s| s.training.form.words = "trainer.validate_every=1000000".into());
    start(&mut desk, 1_000_000, "unjudged");
    desk.click("Stop the run");
    desk.wait("the stop", |s| state_of(s) == Some(RunState::Stopped));
    assert!(use_disabled(&desk));
    let why = why_not(Command::UseRun, desk.state()).unwrap();
    assert!(
        why.contains("no checkpoint") && why.contains("1000000"),
        "{why}"
    );
    desk.edit(|s| s.training.form.words.clear());

    start(&mut desk, 10, "mine");
    finish(&mut desk);
    assert!(!use_disabled(&desk));
    desk.click("Use as model");
    desk.wait("the model", |s| {
        s.settings.generate.model.as_deref() == Some("mine")
    });
    assert!(offers(desk.state(), "mine"));
    assert!(models.path().join("mine/model.safetensors").is_file());
    desk.key("F4");
    desk.mask_bars(4, 6);
    desk.edit(|s| s.settings.generate.takes = 1);
    desk.invoke(Command::Generate);
    desk.wait("the take", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes[0].recipe.model, "mine");

    // Once more brings it up to date; another model under its name stays as it is.
    desk.key("F4");
    desk.wait("the lists", |s| s.training.row_in_hand().is_some());
    let card = models.path().join("mine/card.ron");
    let text = std::fs::read_to_string(&card).unwrap();
    let other = text.replace("name: \"mine\"", "name: \"Another\"");
    assert_ne!(other, text);
    std::fs::write(&card, &other).unwrap();
    desk.invoke(Command::UseRun);
    desk.wait("the refusal", |s| {
        let toasts = s.toasts.list();
        toasts
            .iter()
            .any(|t| t.text.contains("holds another model"))
    });
    assert_eq!(std::fs::read_to_string(&card).unwrap(), other);
}

#[test]
fn a_run_called_like_a_bundled_model_is_refused_in_words() {
    let (mut desk, models) = real(|w| Box::new(w));
    start(&mut desk, 10, "pop");
    finish(&mut desk);
    desk.click("Use as model");
    desk.wait("the refusal", |s| {
        let toasts = s.toasts.list();
        toasts.iter().any(|t| t.text.contains("comes with Lacuna"))
    });
    assert!(!models.path().join("pop").exists());
}

/// The real worker, whose trainings are said to quote every bar of their fills once the flag is up.
struct Parrot(ModelWorker, Arc<AtomicBool>);

impl Worker for Parrot {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        self.0.open()
    }
    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        self.0.fill(request, context)
    }
    fn train(&mut self, request: &TrainRequest) -> Result<Box<dyn Training>, String> {
        Ok(Box::new(Quoting(self.0.train(request)?, self.1.clone())))
    }
    fn shelf(&self, recipe: &Recipe, threads: usize) -> Result<Shelf, String> {
        self.0.shelf(recipe, threads)
    }
    fn models(&mut self, written: &str) -> Vec<ModelInfo> {
        self.0.models(written)
    }
}

struct Quoting(Box<dyn Training>, Arc<AtomicBool>);

impl Training for Quoting {
    fn recipe(&self) -> &Recipe {
        self.0.recipe()
    }
    fn folder(&self) -> &Path {
        self.0.folder()
    }
    fn step(&self) -> u64 {
        self.0.step()
    }
    fn seconds(&self) -> f64 {
        self.0.seconds()
    }
    fn parameters(&self) -> usize {
        self.0.parameters()
    }
    fn parts(&self) -> Vec<String> {
        self.0.parts()
    }
    fn finished(&self) -> bool {
        self.0.finished()
    }
    fn advance(&mut self) -> Result<Progress, TrainError> {
        self.0.advance()
    }
    fn save(&mut self) -> Result<(), TrainError> {
        self.0.save()
    }
    fn sample(&self) -> Result<Vec<(Probe, Take)>, String> {
        self.0.sample()
    }
    fn quoted(&self, probe: &Probe, take: &Take) -> Option<Quoted> {
        let found = self.0.quoted(probe, take)?;
        let copies = self.1.load(Ordering::Acquire);
        Some(Quoted {
            fill: if copies { found.bars } else { 0 },
            original: 0,
            ..found
        })
    }
    fn validate(&self) -> Validation {
        self.0.validate()
    }
    fn weights(&self, folder: &Path, which: Which) -> Result<(), TrainError> {
        self.0.weights(folder, which)
    }
    fn export(&self, folder: &Path, which: Which, on: &str) -> Result<Card, TrainError> {
        self.0.export(folder, which, on)
    }
}

#[test]
fn a_number_given_in_words_is_dead_in_its_field() {
    let mut desk = desk();
    let dead = |desk: &Desk, name: &str| {
        let field = desk.harness.get_by_label(name);
        field.accesskit_node().is_disabled()
    };
    desk.harness.get_by_label_contains("songs, read as");
    assert!(!dead(&desk, "Steps of the whole run"));
    desk.edit(|s| s.training.form.words = "trainer.clip=2 trainer.steps=5".into());
    desk.frames(2);
    assert!(dead(&desk, "Steps of the whole run"));
    assert!(!dead(&desk, "Windows a batch"));
}

/// Asks for a fine-tune on a folder as a person does where the system has no dialog.
fn tune(desk: &mut Desk, folder: &Path) {
    desk.invoke(Command::FineTune);
    desk.frames(2);
    match &mut desk.edit(|s| s.overlay.take()) {
        Some(Overlay::Browser(browser)) if browser.purpose == Purpose::Pieces => {}
        _ => panic!("no folder is asked for"),
    }
    let path = folder.to_owned();
    desk.edit(|s| picked_path(s, Purpose::Pieces, path));
}

#[test]
fn a_model_is_made_ones_own_from_the_pane() {
    let copies = Arc::new(AtomicBool::new(false));
    let flag = copies.clone();
    let (mut desk, models) = real(|w| Box::new(Parrot(w, flag)));
    start(&mut desk, 10, "base");
    finish(&mut desk);
    desk.click("Use as model");
    desk.wait("the model", |s| {
        s.settings.generate.model.as_deref() == Some("base")
    });

    // What cannot be: a model of another representation, a folder without pieces.
    desk.edit(|s| s.settings.generate.model = Some("chorale".into()));
    let why = why_not(Command::FineTune, desk.state()).unwrap();
    assert!(why.contains("Chorale reads"), "{why}");
    desk.edit(|s| s.settings.generate.model = Some("base".into()));
    let empty = desk.folder().join("empty");
    std::fs::create_dir(&empty).unwrap();
    tune(&mut desk, &empty);
    desk.wait("the complaint", |s| {
        let toasts = s.toasts.list();
        toasts
            .iter()
            .any(|t| t.text.contains("cannot be learnt from"))
    });

    // From the roll: the pane opens, the pieces are read, and it trains.
    desk.key("F4");
    desk.edit(|s| s.training.tune.steps = 1_000_000);
    let songs = desk.folder().join("songs");
    tune(&mut desk, &songs);
    assert!(desk.state().training.open);
    let own = run(&desk, "own-songs");
    desk.wait("the run", |s| s.training.chosen.as_ref() == Some(&own));
    desk.wait("the first validation", |s| {
        let live = s.training.live_in_hand().unwrap();
        assert!(!live.state.ended(), "{:?}", live.state);
        live.remark.is_some_and(|r| r.step >= 25)
    });
    // A figure stands in one label with its name, so that no line parts them.
    desk.harness.get_by_label_contains("parameters 0.");
    let remark = |s: &State| s.training.live_in_hand().unwrap().remark.unwrap();
    let first = remark(desk.state());
    assert!(first.before.is_finite() && first.loss != first.before);
    assert!(!first.copies() && !said(&desk, "begins to copy"));
    desk.harness
        .get_by_label_contains("Fine-tune: loss on the held-out pieces");
    copies.store(true, Ordering::Release);
    desk.wait("the warning", |s| remark(s).copies());
    assert!(said(&desk, "begins to copy: 4 of 4 bars"));
    desk.harness.get_by_label_contains("After step ");

    // A stop keeps what was learnt, as a model that is offered at once; the chosen one stays chosen.
    desk.click("Stop the run");
    desk.wait("the model", |s| offers(s, "own-songs"));
    assert_eq!(state_of(desk.state()), Some(RunState::Stopped));
    assert!(models.path().join("own-songs/card.ron").is_file());
    let generates = desk.state().settings.generate.model.clone();
    assert_eq!(generates.as_deref(), Some("base"));
    let info = desk
        .state()
        .jobs
        .models
        .iter()
        .find(|m| m.id == "own-songs");
    assert_eq!(info.unwrap().name, "base (songs)");

    // It goes on, and is judged by what it first began from.
    desk.wait("the list", |s| {
        let row = s.training.row_in_hand();
        row.is_some_and(|r| {
            r.begun.is_some() && r.summary.state == lacuna::training::run::RunState::Stopped
        })
    });
    let stopped = steps(desk.state());
    desk.click("Resume the run");
    desk.wait("more steps", |s| steps(s) > stopped);
    assert_eq!(remark(desk.state()).before, first.before);
    desk.click("Stop the run");
    desk.wait("the stop", |s| state_of(s) == Some(RunState::Stopped));

    // Once more is another run and another model; its minutes end it.
    desk.edit(|s| s.training.tune.minutes = 0.0);
    tune(&mut desk, &songs);
    desk.wait("the second model", |s| offers(s, "own-songs-2"));
    assert_eq!(state_of(desk.state()), Some(RunState::Stopped));
    assert_eq!(steps(desk.state()), 1);
}
