//! A desk to test on: the studio in a headless harness, with a worker whose pace the test sets.

// Each test file uses a part of it.
#![allow(dead_code)]

use eframe::egui::{self, Event, Key, Modifiers};
use egui_kittest::{Harness, kittest::Queryable};
use lacuna::dataset::Domain;
use lacuna::engine::{
    DeviceInfo, FillContext, FillRequest, ModelInfo, SnapshotNote, TrainRequest, Worker,
};
use lacuna::model::fill::{FillError, FillStep, Filling};
use lacuna::model::{Card, Library, Model};
use lacuna::score::{Recipe, Region, Score, Take, TakeNote};
use lacuna::studio::command::Command;
use lacuna::studio::{State, Studio, StudioOptions, invoke, start};
use lacuna::tokenizer::octuple::Piece;
use lacuna::training::{self, Compute, Training};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the test tells the worker.
#[derive(Default)]
pub struct Strings {
    hold: AtomicBool,
    passes: AtomicU32,
    fail: Mutex<Option<String>>,
}

/// Writes a scale into every masked strip, one semitone higher in each take. What it trains is really trained.
struct Scribe(Arc<Strings>, Duration, Vec<Lent>);

/// A worker for a window one looks at: it takes its time.
pub fn slow_worker() -> Box<dyn Worker> {
    Box::new(Scribe(
        Arc::default(),
        Duration::from_millis(120),
        Vec::new(),
    ))
}

const STEPS: u32 = 8;

fn written(request: &FillRequest, take: u32) -> Vec<TakeNote> {
    let score = &request.score;
    let end = score.bars().end(score.bar_count() - 1);
    let mut notes = Vec::new();
    for (i, track) in score.tracks.iter().enumerate() {
        for strip in request.mask.strips(track.id, 0, end) {
            for (k, start) in (strip.start..strip.end)
                .step_by(score.ppq as usize)
                .enumerate()
            {
                let low = strip.pitches[0].0;
                let high = strip.pitches[0].1;
                let scale = [0, 2, 4, 5, 7, 9, 11, 12];
                let pitch = 72 - 12 * i as u8 + scale[(k * (take as usize + 2) + i) % 8];
                let length = score.ppq as u32
                    * if (k + take as usize).is_multiple_of(3) {
                        2
                    } else {
                        1
                    };
                notes.push(TakeNote {
                    track: track.id,
                    start,
                    length: length.min(strip.end - start),
                    pitch: pitch.clamp(low, high),
                    velocity: 70 + (k * 7 % 40) as u8,
                    confidence: 0.5 + 0.1 * take as f32,
                    replaces: None,
                });
            }
        }
    }
    notes
}

/// The same scales as a model that is lent.
struct Lent(Card);

impl Lent {
    fn new(id: &str) -> Lent {
        let library = Library::find(&[]);
        let card = library.cards().next().unwrap();
        Lent(Card {
            id: id.into(),
            ..card.clone()
        })
    }
}

impl Model for Lent {
    fn card(&self) -> &Card {
        &self.0
    }

    fn hash(&self) -> &str {
        "0"
    }

    fn parameters(&self) -> usize {
        self.0.parameters
    }

    fn takes_at_a_time(&self) -> usize {
        2
    }

    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        if on_step(FillStep::bare(1, 1)).is_break() {
            return Err(FillError::Cancelled);
        }
        let request = FillRequest {
            score: Arc::new(filling.score.clone()),
            mask: filling.mask.clone(),
            model: self.0.id.clone(),
            settings: filling.settings.clone(),
            constraints: filling.constraints.clone(),
            first: 0,
            takes: 1,
        };
        Ok(Take {
            name: format!("Take {}", index + 1),
            notes: written(&request, index % 5),
            recipe: Recipe {
                model: request.model,
                model_hash: "0".into(),
                mask: request.mask,
                settings: request.settings,
                constraints: request.constraints,
                take: index,
                device: filling.device.into(),
            },
            millis: 10,
        })
    }
}

impl Worker for Scribe {
    fn lend(&mut self, model: &str) -> Result<&dyn Model, String> {
        if let Some(why) = self.0.fail.lock().unwrap().take() {
            return Err(why);
        }
        // Held until the test lets it go, so that it can be watched and stopped.
        while self.0.hold.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let lent = &mut self.2;
        if !lent.iter().any(|m| m.0.id == model) {
            lent.push(Lent::new(model));
        }
        let found = lent.iter().find(|m| m.0.id == model);
        found.map(|m| m as &dyn Model).ok_or_else(|| "none".into())
    }

    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        let model = |id: &str, name: &str| ModelInfo {
            id: id.into(),
            name: name.into(),
            summary: "Writes scales; trained on nothing at all.".into(),
            parameters: 4_050_000,
            tokenizer: "octuple-free/3".into(),
            domain: (id == "pop").then(|| Arc::new(homely())),
        };
        let device = DeviceInfo {
            name: "CPU".into(),
            reason: "The tests need no GPU.".into(),
        };
        (
            vec![model("pop", "Pop, free"), model("chorale", "Chorale")],
            device,
        )
    }

    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        if let Some(why) = self.0.fail.lock().unwrap().take() {
            return Err(why);
        }
        for take in 0..request.takes {
            let notes = written(request, take);
            for step in 0..STEPS {
                if context.cancelled() {
                    return Ok(());
                }
                context.progress(take * STEPS + step + 1, request.takes * STEPS);
                let share = (step + 1) as f32 / STEPS as f32;
                let drafts = || {
                    let draft = |(i, n): (usize, &TakeNote)| SnapshotNote {
                        track: n.track,
                        start: n.start,
                        length: n.length,
                        pitch: n.pitch,
                        velocity: n.velocity,
                        decided: if i % 8 <= step as usize {
                            1.0
                        } else {
                            share * 0.4
                        },
                    };
                    notes.iter().enumerate().map(draft).collect()
                };
                context.snapshot(take, drafts);
                std::thread::sleep(self.1);
                // Held in the middle of a take until the test lets it pass.
                while step == STEPS / 2
                    && self.0.hold.load(Ordering::Acquire)
                    && !context.cancelled()
                {
                    let passed =
                        self.0
                            .passes
                            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
                                n.checked_sub(1)
                            });
                    if passed.is_ok() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            context.take(Take {
                name: format!("Take {}", take + 1),
                recipe: Recipe {
                    model: request.model.clone(),
                    model_hash: "0".repeat(64),
                    mask: request.mask.clone(),
                    settings: request.settings.clone(),
                    constraints: request.constraints.clone(),
                    take,
                    device: "CPU".into(),
                },
                notes,
                millis: 620 + take * 35,
            });
        }
        Ok(())
    }

    fn train(&mut self, r: &TrainRequest) -> Result<Box<dyn Training>, String> {
        if let Some(why) = self.0.fail.lock().unwrap().take() {
            return Err(why);
        }
        let device = lacuna::device::open(lacuna::device::Choice::Cpu).device;
        let compute = Compute::Cpu { threads: r.threads };
        let library = Library::default();
        training::open(
            r.recipe.clone(),
            &r.dataset,
            &device,
            compute,
            &r.folder,
            &library,
        )
        .map_err(|e| format!("{e}."))
    }
}

/// Figures of training songs like [`piece`].
fn homely() -> Domain {
    let bars = piece().bar_count();
    let song = Piece::of_score(&piece(), &piece().bars(), 0, bars, &[]);
    Domain::of([(&song, Some(0.0))])
}

/// Three voices, sixteen bars of four quarters: a melody, chords and a bass.
pub fn piece() -> Score {
    let mut s = Score {
        title: "Lydian Sketch".into(),
        ..Score::default()
    };
    s.tempos.push(lacuna::score::Tempo {
        tick: 0,
        micros_per_quarter: 625_000,
    });
    let melody = s.add_track("Melody", 0, 73);
    let chords = s.add_track("Chords", 1, 0);
    let bass = s.add_track("Bass", 2, 32);
    let scale = [0u8, 2, 4, 6, 7, 9, 11];
    for bar in 0..16u32 {
        let root = [0usize, 4, 5, 3][bar as usize % 4];
        for k in 0..8u32 {
            if (bar * 3 + k) % 5 == 4 {
                continue;
            }
            let step = (root + (k * (bar % 3 + 1)) as usize) % 7;
            s.add_note(
                melody,
                bar * 1920 + k * 240,
                if k == 7 { 240 } else { 220 },
                72 + scale[step],
                70 + (k * 6) as u8,
            );
        }
        for third in [0, 2, 4] {
            let step = root + third;
            let pitch = 53 + scale[step % 7] + 12 * (step / 7) as u8;
            s.add_note(chords, bar * 1920, 1900, pitch, 62);
        }
        s.add_note(bass, bar * 1920, 950, 36 + scale[root], 90);
        s.add_note(bass, bar * 1920 + 960, 900, 36 + scale[(root + 4) % 7], 80);
    }
    s
}

/// Songs of twenty bars, no two alike, in a folder.
pub fn songs(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for song in 0..40u32 {
        let mut score = Score::default();
        for (track, name) in ["Melody", "Bridge", "Piano"].into_iter().enumerate() {
            let id = score.add_track(name, track as u8, 0);
            for k in 0..80u32 {
                let step = (k * k + song * (k / 8 + 1)) % 7;
                let pitch = 72 - 12 * track as u32 + [0, 2, 4, 5, 7, 9, 11][step as usize];
                score.add_note(id, k * 480, 240 + 60 * (k % 4), pitch as u8, 70);
            }
        }
        lacuna::format::save_midi(&folder.join(format!("song {song:02}.mid")), &score).unwrap();
    }
}

/// The studio in a harness.
pub struct Desk {
    pub harness: Harness<'static, Studio>,
    strings: Arc<Strings>,
    folder: Arc<tempfile::TempDir>,
}

impl Desk {
    /// A fresh desk at 1280x800.
    pub fn new() -> Desk {
        Desk::in_folder(Arc::new(tempfile::tempdir().unwrap()), 1.0)
    }

    /// A fresh desk drawn with so many pixels a point.
    pub fn with_pixels(pixels: f32) -> Desk {
        Desk::in_folder(Arc::new(tempfile::tempdir().unwrap()), pixels)
    }

    /// A fresh desk with another worker.
    pub fn with_worker(worker: impl Worker + 'static) -> Desk {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Desk::build(folder, 1.0, Arc::default(), Box::new(worker))
    }

    fn in_folder(folder: Arc<tempfile::TempDir>, pixels: f32) -> Desk {
        let strings = Arc::new(Strings::default());
        let worker = Box::new(Scribe(strings.clone(), Duration::ZERO, Vec::new()));
        Desk::build(folder, pixels, strings, worker)
    }

    fn build(
        folder: Arc<tempfile::TempDir>,
        pixels: f32,
        strings: Arc<Strings>,
        worker: Box<dyn Worker>,
    ) -> Desk {
        Desk::start(folder, pixels, strings, worker, false)
    }

    fn start(
        folder: Arc<tempfile::TempDir>,
        pixels: f32,
        strings: Arc<Strings>,
        worker: Box<dyn Worker>,
        tour: bool,
    ) -> Desk {
        let path = folder.path().to_owned();
        let harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 800.0))
            .with_pixels_per_point(pixels)
            .with_step_dt(1.0 / 60.0)
            .build_eframe(move |creation| {
                let mut options = StudioOptions::new(worker);
                options.silent = true;
                options.settings_folder = Some(path.join("settings"));
                options.recovery_folder = Some(path.join("recovery"));
                let mut studio = start(&creation.egui_ctx, options).unwrap();
                studio.state.own_browser = true;
                // The first start's tour takes Enter, Escape and arrows for itself.
                if !tour {
                    studio.state.tour.end();
                }
                studio.state.settings.generate.keep_seed = true;
                studio
            });
        Desk {
            harness,
            strings,
            folder,
        }
    }

    /// A desk on which the tour of the first start is due.
    pub fn first_start() -> Desk {
        Desk::with_tour(Arc::new(tempfile::tempdir().unwrap()))
    }

    fn with_tour(folder: Arc<tempfile::TempDir>) -> Desk {
        let strings = Arc::new(Strings::default());
        let worker = Box::new(Scribe(strings.clone(), Duration::ZERO, Vec::new()));
        Desk::start(folder, 1.0, strings, worker, true)
    }

    /// The same settings in a new process, where a tour that is due would come.
    pub fn crash_into_tour(self) -> Desk {
        let folder = self.folder.clone();
        drop(self.harness);
        Desk::with_tour(folder)
    }

    /// The same settings and copies after the process was killed.
    pub fn crash(self) -> Desk {
        let folder = self.folder.clone();
        drop(self.harness);
        Desk::in_folder(folder, 1.0)
    }

    /// A place for files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The studio's state.
    pub fn state(&self) -> &State {
        &self.harness.state().state
    }

    /// Changes the state directly.
    pub fn edit<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.harness.state_mut().state)
    }

    /// Invokes a command as the palette would.
    pub fn invoke(&mut self, command: Command) {
        self.edit(|s| invoke(command, s));
    }

    /// Draws so many frames.
    pub fn frames(&mut self, n: usize) {
        self.harness.run_steps(n);
    }

    /// Draws frames until something is so.
    pub fn wait(&mut self, what: &str, until: impl Fn(&State) -> bool) {
        let give_up = Instant::now() + Duration::from_secs(180);
        while !until(self.state()) {
            assert!(Instant::now() < give_up, "{what} did not come");
            self.frames(1);
            std::thread::sleep(Duration::from_millis(2));
        }
        self.frames(1);
    }

    /// Presses a key: "ctrl shift M".
    pub fn key(&mut self, keys: &str) {
        let mut modifiers = Modifiers::NONE;
        let mut key = None;
        for word in keys.split(' ') {
            match word {
                "ctrl" => modifiers |= Modifiers::COMMAND | Modifiers::CTRL,
                "shift" => modifiers |= Modifiers::SHIFT,
                "alt" => modifiers |= Modifiers::ALT,
                "[" => key = Some(Key::OpenBracket),
                "]" => key = Some(Key::CloseBracket),
                "Esc" => key = Some(Key::Escape),
                "Up" => key = Some(Key::ArrowUp),
                "Right" => key = Some(Key::ArrowRight),
                "Left" => key = Some(Key::ArrowLeft),
                "?" => key = Some(Key::Questionmark),
                name => key = Some(Key::from_name(name).unwrap()),
            }
        }
        self.harness.key_press_modifiers(modifiers, key.unwrap());
        self.frames(2);
    }

    /// Presses the key of a command, whichever it is.
    pub fn press(&mut self, command: Command) {
        let keys = self.state().bindings.keys(command);
        let key = *keys
            .first()
            .unwrap_or_else(|| panic!("no key for {command:?}"));
        self.harness
            .key_press_modifiers(key.modifiers, key.logical_key);
        self.frames(2);
    }

    /// Runs what the palette finds first for these words.
    pub fn palette(&mut self, words: &str) {
        self.key("ctrl P");
        self.type_text(words);
        self.key("Enter");
    }

    /// Types text into whatever has the keyboard.
    pub fn type_text(&mut self, text: &str) {
        self.harness.event(Event::Text(text.into()));
        self.frames(1);
    }

    /// Clicks what is called that.
    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.frames(3);
    }

    /// Drops a file on the window.
    pub fn drop_file(&mut self, path: &Path) {
        let file: Arc<dyn egui::DroppedFile + Send + Sync> = Arc::new(Dropped(path.to_owned()));
        self.harness.input_mut().dropped_files.push(file);
        self.frames(1);
    }

    /// Drops several files on the window at once.
    pub fn drop_files(&mut self, paths: &[&Path]) {
        for path in paths {
            let file: Arc<dyn egui::DroppedFile + Send + Sync> =
                Arc::new(Dropped(path.to_path_buf()));
            self.harness.input_mut().dropped_files.push(file);
        }
        self.frames(1);
    }

    /// Puts the test piece on the desk.
    pub fn open_piece(&mut self) {
        self.edit(|s| s.show_document(lacuna::score::Document::new(piece()), None));
        self.wait("the engine", |s| s.jobs.device.is_some());
    }

    /// Masks bars (from 0) of all tracks.
    pub fn mask_bars(&mut self, first: u32, end: u32) {
        self.edit(|s| s.change_mask(|m| m.add(Region::time(first * 1920, end * 1920, None))));
        self.frames(1);
    }

    /// The piece, a mask, takes, a selection, a loop and a clipboard.
    pub fn fill(&mut self) {
        self.open_piece();
        self.edit(|s| {
            s.selection = s.document().score.tracks[0]
                .notes
                .iter()
                .take(5)
                .map(|n| n.id)
                .collect();
            s.transport.set_loop(Some((0, 3840)), true);
        });
        self.invoke(Command::Copy);
        self.mask_bars(4, 8);
        self.invoke(Command::Generate);
        self.wait("the takes", |s| s.jobs.running.is_none());
        assert_eq!(self.state().document().takes.len(), 4);
    }

    /// The worker stops in the middle of every take.
    pub fn hold(&mut self) {
        self.strings.hold.store(true, Ordering::Release);
    }

    /// Whatever is held goes on.
    pub fn release(&mut self) {
        self.strings.hold.store(false, Ordering::Release);
    }

    /// One held take goes on.
    pub fn let_one_take_pass(&mut self) {
        self.strings.passes.fetch_add(1, Ordering::AcqRel);
    }

    /// The next request fails with this sentence.
    pub fn fail_next(&mut self, why: &str) {
        *self.strings.fail.lock().unwrap() = Some(why.into());
    }

    /// Whether the window comes to rest.
    pub fn settles(&mut self) -> bool {
        for _ in 0..200 {
            self.frames(1);
            let output = &self.harness.output().viewport_output;
            if output
                .values()
                .all(|v| v.repaint_delay > Duration::from_secs(1))
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// Saves a picture of the window.
    pub fn picture(&mut self, path: &Path) {
        self.frames(3);
        self.harness.render().unwrap().save(path).unwrap();
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}
