//! What a monkey does at the desk: whatever comes to its hands, by a seed.

use crate::score::Region;
use crate::studio::command::{Command, TABLE};
use crate::studio::headless::Headless;
use crate::studio::{Overlay, invoke, picked_path};
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};

/// Frames at 60 a second.
const STEP: f64 = 1.0 / 60.0;
/// Frames after which long tasks are cancelled.
const PATIENCE: u64 = 30;
/// More notes than this, and another piece is put on the desk: pasting doubles fast.
pub const MOST_NOTES: usize = 6000;

/// The monkey.
pub struct Monkey {
    pub rng: ChaCha8Rng,
    /// Where it may read and write.
    folder: PathBuf,
    /// What it finds to drop and to open.
    files: Vec<PathBuf>,
    at: Pos2,
    pub frames: u64,
    pub gestures: u64,
    pub commands: u64,
    saved: u64,
}

impl Monkey {
    /// A monkey that keeps to a folder.
    pub fn new(rng: ChaCha8Rng, folder: &Path, files: Vec<PathBuf>) -> Monkey {
        Monkey {
            rng,
            folder: folder.to_owned(),
            files,
            at: Pos2::new(600.0, 400.0),
            frames: 0,
            gestures: 0,
            commands: 0,
            saved: 0,
        }
    }

    /// Draws frames; a dialog that has opened meanwhile is answered before anything else can reach it, because the
    /// disk of the machine lies behind it.
    pub fn frames(&mut self, desk: &mut Headless, n: u32) {
        for _ in 0..n {
            desk.frame(STEP);
            self.frames += 1;
            self.answer(desk);
            let state = &mut desk.studio.state;
            state.quitting = false;
            // Sound of whole pieces takes longer than the monkey's time lasts, and would pile up.
            if self.frames.is_multiple_of(PATIENCE) {
                state.tasks.cancel();
            }
        }
    }

    fn answer(&mut self, desk: &mut Headless) {
        let state = &mut desk.studio.state;
        let Some(Overlay::Browser(browser)) = &state.overlay else {
            return;
        };
        let purpose = browser.purpose.clone();
        state.overlay = None;
        if self.rng.random_bool(0.5) {
            return;
        }
        let path = match purpose.writes() {
            true => {
                self.saved += 1;
                self.folder.join(format!("out-{}", self.saved % 8))
            }
            false if purpose.is_folder() => return,
            false => self.file(),
        };
        picked_path(state, purpose, path);
    }

    fn file(&mut self) -> PathBuf {
        let i = self.rng.random_range(0..self.files.len().max(1));
        self.files.get(i).cloned().unwrap_or_default()
    }

    /// One thing a person would do, or would not.
    pub fn act(&mut self, desk: &mut Headless) {
        self.gestures += 1;
        desk.hold(self.modifiers());
        match self.rng.random_range(0..100u32) {
            0..30 => self.drag(desk),
            30..42 => self.click(desk),
            42..50 => self.wheel(desk),
            50..68 => self.press(desk),
            68..88 => self.command(desk),
            88..91 => self.type_text(desk),
            91..95 => self.compose(desk),
            95..97 => self.play(desk),
            97 => {
                let file = self.file();
                desk.drop_file(file);
                self.frames(desk, 2);
            }
            98 => {
                let size = vec2(
                    self.rng.random_range(700.0..2600.0),
                    self.rng.random_range(480.0..1500.0),
                );
                desk.resize(size);
                self.frames(desk, 1);
            }
            _ => {
                // A moment's thought.
                let n = self.rng.random_range(1..60);
                self.frames(desk, n);
            }
        }
        desk.hold(Modifiers::NONE);
        // Whatever lies over the window is not always noticed at once.
        if desk.studio.state.overlay.is_some() && self.rng.random_bool(0.3) {
            desk.key(Key::Escape);
            self.frames(desk, 1);
        }
    }

    fn modifiers(&mut self) -> Modifiers {
        let mut m = Modifiers::NONE;
        m.shift = self.rng.random_bool(0.15);
        m.alt = self.rng.random_bool(0.1);
        m.ctrl = self.rng.random_bool(0.15);
        m.command = m.ctrl;
        m
    }

    /// Anywhere, but on the roll more often than not.
    fn place(&mut self, desk: &Headless) -> Pos2 {
        let w = desk.window();
        let share = vec2(self.rng.random(), self.rng.random());
        let inner = w.shrink2(vec2(240.0, 90.0));
        let area = match self.rng.random_bool(0.6) && inner.is_positive() {
            true => inner,
            false => w,
        };
        area.min + area.size() * share
    }

    fn button(&mut self) -> PointerButton {
        match self.rng.random_range(0..10u32) {
            0..7 => PointerButton::Primary,
            7..9 => PointerButton::Secondary,
            _ => PointerButton::Middle,
        }
    }

    fn go(&mut self, desk: &mut Headless, to: Pos2) {
        self.at = to;
        desk.event(Event::PointerMoved(to));
    }

    fn click(&mut self, desk: &mut Headless) {
        let (to, button) = (self.place(desk), self.button());
        self.go(desk, to);
        self.frames(desk, 1);
        for _ in 0..self.rng.random_range(1..=2) {
            desk.button(to, button, true);
            self.frames(desk, 1);
            desk.button(to, button, false);
            self.frames(desk, 1);
        }
    }

    fn drag(&mut self, desk: &mut Headless) {
        let (from, to, button) = (self.place(desk), self.place(desk), self.button());
        self.go(desk, from);
        self.frames(desk, 1);
        desk.button(from, button, true);
        self.frames(desk, 1);
        let steps = self.rng.random_range(2..12u32);
        for i in 1..=steps {
            let shake = vec2(
                self.rng.random_range(-9.0..9.0),
                self.rng.random_range(-9.0..9.0),
            );
            self.go(desk, from + (to - from) * (i as f32 / steps as f32) + shake);
            if self.rng.random_bool(0.04) {
                self.press(desk);
            }
            self.frames(desk, 1);
        }
        if self.rng.random_bool(0.05) {
            desk.event(Event::PointerGone);
        }
        let at = self.at;
        desk.button(at, button, false);
        self.frames(desk, 1);
    }

    fn wheel(&mut self, desk: &mut Headless) {
        let to = self.place(desk);
        self.go(desk, to);
        let modifiers = self.modifiers();
        for _ in 0..self.rng.random_range(1..8) {
            desk.event(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(
                    self.rng.random_range(-80.0..80.0),
                    self.rng.random_range(-80.0..80.0),
                ),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers,
            });
            self.frames(desk, 1);
        }
    }

    fn press(&mut self, desk: &mut Headless) {
        let key = Key::ALL[self.rng.random_range(0..Key::ALL.len())];
        desk.key(key);
        self.frames(desk, 1);
    }

    fn command(&mut self, desk: &mut Headless) {
        for _ in 0..self.rng.random_range(1..4) {
            let i = self.rng.random_range(0..TABLE.len());
            if let Some(spec) = TABLE.get(i) {
                self.commands += 1;
                invoke(spec.command, &mut desk.studio.state);
            }
            self.answer(desk);
            self.frames(desk, 1);
        }
    }

    fn type_text(&mut self, desk: &mut Headless) {
        let words = [
            "12",
            "3/8",
            "-7",
            "A",
            "é",
            "",
            "99999999999",
            "Allegro",
            "0",
            "/",
        ];
        let word = words[self.rng.random_range(0..words.len())];
        desk.event(Event::Text(word.into()));
        self.frames(desk, 1);
        if self.rng.random_bool(0.5) {
            desk.key(Key::Enter);
            self.frames(desk, 1);
        }
    }

    /// Masks some bars, has them written, and keeps what comes, or not.
    fn compose(&mut self, desk: &mut Headless) {
        let state = &mut desk.studio.state;
        state.overlay = None;
        let bars = state.document().score.bars();
        let first = self.rng.random_range(0..12);
        let end = first + self.rng.random_range(1..6);
        let region = Region::time(bars.start(first), bars.start(end), None);
        state.change_mask(|m| m.add(region));
        self.commands += 1;
        invoke(Command::Generate, state);
        let n = self.rng.random_range(2..40);
        self.frames(desk, n);
        let then = [
            Command::Accept,
            Command::NextTake,
            Command::Discard,
            Command::Undo,
            Command::LetGo,
        ];
        let then = then[self.rng.random_range(0..then.len())];
        invoke(then, &mut desk.studio.state);
        self.frames(desk, 2);
    }

    fn play(&mut self, desk: &mut Headless) {
        let state = &mut desk.studio.state;
        state.transport.play();
        let tick = self.rng.random_range(0..30_000);
        state.transport.seek(tick);
        if self.rng.random_bool(0.5) {
            let length = self.rng.random_range(1..8000);
            state
                .transport
                .set_loop(Some((tick, tick + length)), self.rng.random_bool(0.7));
        }
        let n = self.rng.random_range(1..20);
        self.frames(desk, n);
    }
}
