//! Everything the window knows. Panels read it and ask for commands; only here and in `invoke` it changes.

use super::bindings::Bindings;
use super::data::Data;
use super::derived::Derived;
use super::dock::Dock;
use super::files::Question;
use super::gauge::Gauging;
use super::input::Input;
use super::jobs::Jobs;
use super::lens::Lens;
use super::options::{Options, Pane};
use super::palette::Palette;
pub use super::renumber::Renumber;
use super::roll::{RollView, Snap, Tool};
use super::settings::{Settings, SettingsFile};
use super::stats::MaskStats;
use super::tasks::Tasks;
use super::toasts::Toasts;
use super::tour::Tour;
use super::tracks::Tracks;
use super::training::Training;
use super::transport::{Transport, same_but_mix};
use super::{autosave::Autosave, browser::Browser};
use crate::score::{Document, Edit, History, Mask, Note, NoteId, Score, TrackId};
use eframe::egui;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What lies over the window and has the keyboard.
pub enum Overlay {
    Palette(Palette),
    /// A small pane that asks how.
    Options(Pane),
    /// Tempo, metre and markers.
    Time,
    Help,
    History,
    Versions,
    Shortcuts(Box<super::shortcuts::Shortcuts>),
    Settings(Box<super::settings::pane::Pane>),
    Browser(Box<Browser>),
    Question(Question),
}

/// A name that is being typed.
pub enum Renaming {
    Title(String),
    Track(TrackId, String),
}

/// Which take is shown and heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// `None` is the original.
    pub take: Option<usize>,
    /// The writing under way is watched instead of anything finished.
    pub watching: bool,
}

/// The state of the studio.
pub struct State {
    pub context: egui::Context,
    pub history: History,
    /// The project file, once there is one.
    pub file: Option<PathBuf>,
    /// The document as it stands in the file (or as it was opened).
    pub saved: Document,
    pub selection: BTreeSet<NoteId>,
    /// The track in hand.
    pub track: Option<TrackId>,
    pub hidden: BTreeSet<TrackId>,
    /// What else is known of the tracks: armed, never a ghost.
    pub tracks: Tracks,
    pub roll: RollView,
    pub tool: Tool,
    pub snap: Snap,
    /// The key of a tool that is down, and what it gives back.
    pub held_tool: Option<super::held_tool::HeldTool>,
    /// What the open pane would do.
    pub trial: Option<super::trial::Trial>,
    /// The version in hand, from 0; the newest if none was chosen.
    pub version: Option<usize>,
    /// The version that the roll is compared with, from 0.
    pub compared: Option<usize>,
    pub comparison: Option<super::trial::Comparison>,
    /// The gesture of a version's name being typed.
    pub naming: u64,
    /// What is looked for on the page of keys.
    pub help_query: String,
    /// Which key asks for what.
    pub bindings: Arc<Bindings>,
    /// New masks mean the track in hand only.
    pub mask_in_hand_only: bool,
    pub takes: Shown,
    pub clipboard: super::clipboard::Clipboard,
    /// What the small panes were last set to.
    pub options: Options,
    pub jobs: Jobs,
    pub data: Data,
    pub training: Training,
    pub evaluation: super::evaluation::Evaluation,
    pub lens: Lens,
    pub critic: super::critic::Critic,
    pub trails: super::trails::Trails,
    pub gauge: Gauging,
    pub input: Input,
    pub transport: Transport,
    pub settings: Settings,
    pub settings_file: SettingsFile,
    pub tasks: Tasks,
    pub toasts: Toasts,
    pub autosave: Autosave,
    pub overlay: Option<Overlay>,
    /// What comes back when the overlay is closed.
    pub behind: Option<Overlay>,
    /// Which panes the last frame showed.
    pub dock: Dock,
    pub tour: Tour,
    /// The hint of the first start stands.
    pub hint: bool,
    /// What is being renamed, with the text as typed so far.
    pub renaming: Option<Renaming>,
    /// The generate button takes the keyboard in the next frame.
    pub focus_generate: bool,
    /// The window may close now.
    pub quitting: bool,
    /// Files are picked in the studio's own browser, because the system has no dialog to offer.
    pub own_browser: bool,
    /// Milliseconds between two frames while playing.
    pub frame_millis: u64,
    /// No sound device is wanted.
    pub quiet: bool,
    /// Size of the roll in the last frame, in points.
    pub roll_width: f32,
    pub roll_height: f32,
    /// When the note of an audition ends.
    audition_until: Option<Instant>,
    gesture: u64,
    /// The gesture of the roll under way when a take was kept by its first edit.
    renumber: Option<Renumber>,
    /// The gesture of the slider in hand.
    widget_gesture: u64,
    derived: Option<Derived>,
}

/// The parts a state is put together from.
pub struct Parts {
    pub context: egui::Context,
    pub jobs: Jobs,
    pub transport: Transport,
    pub settings: Settings,
    pub settings_file: SettingsFile,
    pub autosave: Autosave,
    pub own_browser: bool,
}

impl State {
    /// An empty piece, nothing open.
    pub fn new(parts: Parts) -> Self {
        let tasks = Tasks::new(parts.context.clone());
        let mut state = State {
            context: parts.context,
            history: History::default(),
            file: None,
            saved: Document::default(),
            selection: BTreeSet::new(),
            track: None,
            hidden: BTreeSet::new(),
            tracks: Tracks::default(),
            roll: RollView::default(),
            tool: Tool::default(),
            snap: Snap::default(),
            held_tool: None,
            trial: None,
            version: None,
            compared: None,
            comparison: None,
            naming: 0,
            help_query: String::new(),
            bindings: Arc::default(),
            mask_in_hand_only: false,
            takes: Shown::default(),
            clipboard: Default::default(),
            options: parts.settings.options.clone(),
            jobs: parts.jobs,
            data: Data::default(),
            training: Training::default(),
            evaluation: Default::default(),
            lens: Lens::default(),
            critic: Default::default(),
            trails: Default::default(),
            gauge: Gauging::default(),
            input: Input::default(),
            transport: parts.transport,
            settings: parts.settings,
            settings_file: parts.settings_file,
            tasks,
            toasts: Toasts::default(),
            autosave: parts.autosave,
            overlay: None,
            behind: None,
            dock: Dock::default(),
            tour: Tour::default(),
            hint: false,
            renaming: None,
            focus_generate: false,
            quitting: false,
            own_browser: parts.own_browser,
            frame_millis: 16,
            // The roll numbers its gestures from 1; ours must not meet them.
            quiet: false,
            roll_width: 800.0,
            roll_height: 400.0,
            audition_until: None,
            gesture: 1 << 63,
            renumber: None,
            widget_gesture: 0,
            derived: None,
        };
        state
            .transport
            .player
            .set_metronome(state.settings.metronome);
        let count_in = u8::from(state.settings.count_in);
        state.transport.player.set_count_in(count_in);
        state.show_document(Document::new(empty_piece()), None);
        state
    }

    /// The present document.
    pub fn document(&self) -> &Document {
        self.history.document()
    }

    /// Puts another document on the desk: history, selection and takes begin anew.
    pub fn show_document(&mut self, document: Document, file: Option<PathBuf>) {
        self.jobs.cancel_stale();
        self.transport.player.stop();
        self.transport.set_loop(None, false);
        self.transport.seek(0);
        self.saved = document.clone();
        self.track = document.score.tracks.first().map(|t| t.id);
        self.history = History::new(document);
        self.file = file;
        self.selection.clear();
        (self.version, self.compared) = (None, None);
        (self.trial, self.comparison) = (None, None);
        self.hidden.clear();
        self.tracks = Tracks::default();
        self.takes = Shown::default();
        self.renaming = None;
        super::research::close_all(self);
        self.roll = RollView::default();
        self.derived = None;
        if let Some((from, to)) = self.derived().stats.span {
            self.roll.show_range(from..to);
        }
        self.autosave.opened(self.history.revision());
        // The piece that was there, its history and its takes are gone.
        crate::device::heap::give_back();
    }

    /// Opens a pane, or closes it if it is open.
    pub fn toggle(&mut self, pane: Overlay) {
        let kind = std::mem::discriminant(&pane);
        self.overlay = match &self.overlay {
            Some(open) if std::mem::discriminant(open) == kind => None,
            _ => Some(pane),
        };
    }

    /// Whether the document differs from its file.
    pub fn is_dirty(&self) -> bool {
        let (a, b) = (self.document(), &self.saved);
        !(same(&a.score, &b.score)
            && same(&a.mask, &b.mask)
            && same(&a.takes, &b.takes)
            && same(&a.versions, &b.versions))
    }

    /// Whether closing now would lose work one would miss: a mask alone is drawn again in a second.
    pub fn would_lose_work(&self) -> bool {
        let (a, b) = (self.document(), &self.saved);
        !same(&a.score, &b.score)
            || !same(&a.versions, &b.versions)
            || (!a.takes.is_empty() && !same(&a.takes, &b.takes))
    }

    /// Whether the present revision is in an automatic copy (or needs none).
    pub fn autosaved(&self) -> bool {
        self.autosave.holds(self.history.revision())
    }

    /// Number for the edits of one gesture of the window's own.
    pub fn next_gesture(&mut self) -> u64 {
        self.gesture += 1;
        self.gesture
    }

    /// Number for the edits of a slider or number field: one while it is dragged.
    pub fn widget_gesture(&mut self, response: &egui::Response) -> u64 {
        if response.drag_started() || !response.dragged() {
            self.widget_gesture = self.next_gesture();
        }
        self.widget_gesture
    }

    /// Lets a track's instrument be heard for a moment: middle C.
    pub fn audition(&mut self, track: &crate::score::Track, program: u8) {
        self.hear(track, program, 60, 90);
    }

    /// Lets a note of a track be heard for a moment.
    pub fn hear(&mut self, track: &crate::score::Track, program: u8, pitch: u8, velocity: u8) {
        self.transport
            .player
            .preview(Some(track.id), program, track.is_drums(), pitch, velocity);
        self.audition_until = Some(Instant::now() + Duration::from_millis(500));
    }

    /// Ends an audition whose time is over.
    pub fn end_audition(&mut self) {
        let Some(until) = self.audition_until else {
            return;
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.audition_until = None;
            self.transport.player.preview_stop();
        } else {
            self.context.request_repaint_after(left);
        }
    }

    /// Zooms time about the middle of the roll.
    pub fn zoom(&mut self, factor: f64) {
        self.roll.zoom_time(factor, self.roll_width);
    }

    /// Brings ticks into view without changing the zoom: their beginning, where they do not fit.
    pub fn reveal(&mut self, from: u32, to: u32) {
        let view = self.visible_ticks();
        let fits = ((view.end - view.start) as f64 * 0.8) as u32;
        self.roll
            .show_range(from..to.min(from.saturating_add(fits.max(1))));
    }

    /// The ticks the roll shows.
    pub fn visible_ticks(&self) -> std::ops::Range<u32> {
        let width = self.roll_width as f64 / self.roll.scale.max(1e-6);
        let start = self.roll.start.max(0.0);
        start as u32..(start + width) as u32
    }

    /// Shows these ticks as large as possible.
    pub fn zoom_to(&mut self, from: u32, to: u32) {
        self.roll.scale = self.roll_width as f64 * 0.9 / to.saturating_sub(from).max(1) as f64;
        self.roll.show_range(from..to);
    }

    /// Applies an edit as one undo step.
    pub fn edit(&mut self, edit: Edit) {
        let gesture = self.next_gesture();
        self.edit_in(gesture, edit);
    }

    /// Applies an edit as part of a gesture.
    ///
    /// An edit of notes, or another mask, while a take is shown keeps that take first, in the same step: what
    /// one sees is what one works on. Changed notes or a changed mask end the takes of the mask before.
    ///
    /// Answers how the gesture's own notes are numbered, if that is not as it may have thought.
    pub fn edit_in(&mut self, gesture: u64, edit: Edit) -> Option<Renumber> {
        let shown = self.takes.take;
        self.renumber = self.renumber.filter(|r| r.gesture == gesture);
        let mut edit = match self.renumber {
            Some(r) => r.edit(edit),
            None => edit,
        };
        if super::tracks::refused(self, gesture, &edit) {
            return None;
        }
        let mut renumbered = None;
        let next = self.document().score.next_id;
        let mut ends_takes = edit.ends_takes();
        let mut keeps_take = edit.changes_notes();
        if let Edit::SetMask(mask) = &mut edit {
            let before = &self.history.document().mask;
            if mask.gestures == before.gestures {
                // Only the attributes changed, or nothing: the takes carry their own mask.
                if mask.attributes == before.attributes {
                    return None;
                }
            } else {
                ends_takes = true;
                let further = mask.gestures.len() > before.gestures.len()
                    && mask.gestures.starts_with(&before.gestures);
                let adds = matches!(
                    mask.gestures.last(),
                    Some(crate::score::mask::Gesture::Add(_))
                );
                if shown.is_some() && adds {
                    keeps_take = true;
                    if further {
                        mask.gestures.drain(..before.gestures.len());
                    }
                }
            }
        }
        if let (true, Some(take)) = (keeps_take, shown)
            && self
                .history
                .apply_in(Some(gesture), Edit::AcceptTake(take))
                .is_ok()
        {
            self.takes = Shown::default();
            let by = self.document().score.next_id - next;
            self.renumber = Some(Renumber {
                gesture,
                from: next,
                by,
            });
            renumbered = self.renumber;
            self.toasts.info(&format!(
                "Take {} is part of the piece now. Undo brings the other takes back.",
                take + 1
            ));
        }
        let accepted = matches!(edit, Edit::AcceptTake(_));
        if let Err(e) = self.history.apply_in(Some(gesture), edit) {
            self.toasts.error(&format!("That did not work: {e}."), "");
            return renumbered;
        }
        if ends_takes {
            self.jobs.cancel_stale();
            self.takes = Shown::default();
            if !accepted
                && !self.document().takes.is_empty()
                && self.history.apply_quietly(Edit::ClearTakes).is_ok()
            {
                self.toasts
                    .info("The takes are gone because the piece changed. Undo brings them back.");
            }
        }
        self.tidy();
        renumbered
    }

    /// Drops what names something that is no longer there.
    pub fn tidy(&mut self) {
        let document = self.history.document();
        let takes = document.takes.len();
        self.takes.take = self.takes.take.filter(|&i| i < takes);
        let tracks: BTreeSet<TrackId> = document.score.tracks.iter().map(|t| t.id).collect();
        let versions = document.versions.len();
        self.compared = self.compared.filter(|&v| v < versions);
        self.hidden.retain(|t| tracks.contains(t));
        self.tracks.retain(&tracks);
        if !self.track.is_some_and(|t| tracks.contains(&t)) {
            self.track = document.score.tracks.first().map(|t| t.id);
        }
        let preview = self.derived().preview.clone();
        self.selection = preview.present(&self.selection);
    }

    /// Shows and plays a take (from 0), or the original.
    pub fn show_take(&mut self, take: Option<usize>) {
        let count = self.document().takes.len();
        self.takes = Shown {
            take: take.filter(|&i| i < count),
            watching: false,
        };
        // The ids of one take's notes mean other notes in the next take.
        self.selection = self.document().score.present(&self.selection);
    }

    /// Takes one step back or forth; says what it was.
    pub fn step_history(&mut self, back: bool) {
        let before = self.document().score.clone();
        let Some(label) = self.step_quietly(back) else {
            return;
        };
        self.show_change(&before);
        let verb = if back { "Undone" } else { "Done again" };
        self.toasts.info(&format!("{verb}: {label}"));
    }

    /// Goes to a step of the history: the first so many steps are then done, all others taken back.
    pub fn go_to_step(&mut self, step: usize) {
        let before = self.document().score.clone();
        loop {
            let done = self.history.labels().count();
            if done == step || self.step_quietly(done > step).is_none() {
                break;
            }
        }
        self.show_change(&before);
    }

    /// Takes one step back or forth; the label of it.
    fn step_quietly(&mut self, back: bool) -> Option<String> {
        let before = self.document().clone();
        let label = if back {
            self.history.undo()
        } else {
            self.history.redo()
        };
        let label = label?;
        let now = self.document();
        let same_question =
            same(&now.mask, &before.mask) && same_but_mix(&now.score, &before.score);
        if self.jobs.running.is_some() && same_question {
            // Takes that arrived meanwhile belong to the job, not to the step taken back.
            if before.takes.len() > now.takes.len() {
                let late = before.takes[now.takes.len()..].to_vec();
                let _ = self.history.apply_quietly(Edit::AddTakes(late));
            }
        } else if self.jobs.running.is_some() {
            self.jobs.cancel_stale();
        }
        if !same(&before.takes, &self.document().takes) {
            self.takes = Shown::default();
        }
        self.tidy();
        Some(label)
    }

    /// Brings the first thing that differs from `before` into view, in time and in pitch.
    pub fn show_change(&mut self, before: &Score) {
        let now = self.document().score.clone();
        let ticks = |n: Note| (n.start..n.end().max(n.start.saturating_add(1)), n.pitch);
        let (came, went) = crate::score::difference::notes(before, &now);
        let changed: Vec<_> = came.into_iter().chain(went).map(ticks).collect();
        if let (Some(a), Some(b)) = (
            changed.iter().map(|r| r.0.start).min(),
            changed.iter().map(|r| r.0.end).max(),
        ) {
            self.reveal(a, b);
            let first = changed.iter().find(|r| r.0.start == a);
            self.roll.show_pitch(first.map_or(60, |r| r.1));
        }
    }

    /// What follows from document and shown take, fresh.
    pub fn derived(&mut self) -> &Derived {
        let key = (self.history.revision(), self.takes.take);
        let stale = self.derived.as_ref().is_none_or(|d| d.key != key);
        if stale {
            let was = self.derived.take();
            self.derived = Some(Derived::of(self.history.document(), key, was));
        }
        // Just filled in above.
        self.derived.as_ref().unwrap_or_else(|| unreachable!())
    }

    /// Whether there is nothing in the mask to write anew.
    pub fn is_mask_empty(&self) -> bool {
        match self
            .derived
            .as_ref()
            .filter(|d| d.key.0 == self.history.revision())
        {
            Some(d) => d.stats.is_empty(),
            None => MaskStats::of(self.document()).is_empty(),
        }
    }

    /// The score shown and heard.
    pub fn preview(&mut self) -> Arc<Score> {
        self.derived().preview.clone()
    }

    /// What is heard: what a pane for research has in hand where one listens to it, else the piece.
    pub fn heard(&mut self) -> Arc<Score> {
        let open = super::research::RESEARCH.iter();
        let mut open = open.filter(|r| (r.is_open)(self));
        match open.find_map(|r| (r.heard)(self)) {
            Some(score) => score,
            None => self.preview(),
        }
    }

    /// The selected notes with their tracks, in the shown score.
    pub fn selected_notes(&mut self) -> Vec<(TrackId, Note)> {
        let preview = self.preview();
        preview
            .notes()
            .filter(|(_, n)| self.selection.contains(&n.id))
            .map(|(t, n)| (t, *n))
            .collect()
    }

    /// Changes the mask by one gesture and its undo step.
    pub fn change_mask(&mut self, change: impl FnOnce(&mut Mask)) {
        let mut mask = (*self.document().mask).clone();
        change(&mut mask);
        self.edit(Edit::SetMask(mask));
    }

    /// What one would want to know of a request that failed.
    pub fn request_details(&self) -> String {
        let Some(r) = &self.jobs.last else {
            return String::new();
        };
        let device = self.jobs.device.as_ref().map_or("", |d| d.name.as_str());
        format!(
            "Model {} on {device}; {} takes, {} steps, temperature {}, seed {}; {}; piece of {} notes on {} tracks, {} ticks a quarter.",
            r.model,
            r.takes,
            r.settings.steps,
            r.settings.temperature,
            r.settings.seed,
            super::stats::MaskStats::of(self.document()).sentence(),
            r.score.note_count(),
            r.score.tracks.len(),
            r.score.ppq,
        )
    }
}

fn same<T: PartialEq>(a: &Arc<T>, b: &Arc<T>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

/// What *New* begins with: one piano track, ready to write on.
pub fn empty_piece() -> Score {
    let mut score = Score::default();
    score.add_track("Piano", 0, 0);
    score
}
