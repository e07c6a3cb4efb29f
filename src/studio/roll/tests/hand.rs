//! A window with nothing but the roll, and a hand that presses, drags and turns the wheel.

use super::*;

/// A stand-in for the shell: it owns the document and does what the roll asks.
pub(super) struct Desk {
    pub(super) history: History,
    pub(super) view: RollView,
    pub(super) selection: BTreeSet<NoteId>,
    pub(super) hidden: BTreeSet<TrackId>,
    pub(super) focus: Option<TrackId>,
    pub(super) tool: Tool,
    pub(super) scope_focus: bool,
    pub(super) snap: Snap,
    pub(super) seek: Option<u32>,
    pub(super) looped: Option<(u32, u32)>,
    pub(super) playing_at: Option<f64>,
    pub(super) heard: Vec<u8>,
    pub(super) stops: usize,
    pub(super) section: Option<u32>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let mut s = Score::default();
        let melody = s.add_track("Melody", 0, 0);
        let piano = s.add_track("Piano", 1, 0);
        for bar in 0..12 {
            s.add_note(melody, bar * BAR, 480, 72, 80);
            s.add_note(piano, bar * BAR + 960, 480, 60, 80);
        }
        Desk {
            history: History::new(Document::new(s)),
            view: RollView::default(),
            selection: BTreeSet::new(),
            hidden: BTreeSet::new(),
            focus: Some(melody),
            tool: Tool::Select,
            scope_focus: false,
            snap: Snap::Division(4),
            seek: None,
            looped: None,
            playing_at: None,
            heard: Vec::new(),
            stops: 0,
            section: None,
        }
    }

    pub(super) fn show(&mut self, ui: &mut egui::Ui) {
        let doc = self.history.document().clone();
        let bars = doc.score.bars();
        let none = BTreeMap::new();
        let input = RollInput {
            score: &doc.score,
            original: &doc.score,
            bars: &bars,
            mask: &doc.mask,
            selection: &self.selection,
            focus_track: self.focus,
            hidden_tracks: &self.hidden,
            ghosts: true,
            unseen_tracks: &BTreeSet::new(),
            rows: RowLook::default(),
            tool: self.tool,
            snap: self.snap,
            mask_scope_focus: self.scope_focus,
            playhead: Some(self.playing_at.unwrap_or(0.0)),
            playing: self.playing_at.is_some(),
            follow: true,
            follow_smooth: false,
            loop_range: self.looped,
            looping: true,
            snapshot: None,
            progress: None,
            take_notes: &none,
            lens: None,
            difference: None,
            surprises: None,
            reduce_motion: true,
        };
        for action in super::show(ui, &mut self.view, &input) {
            match action {
                RollAction::Select(s) => self.selection = s,
                RollAction::Edit { gesture, edit } => {
                    self.history
                        .apply_in(Some(gesture), edit)
                        .expect("the edit applies");
                }
                RollAction::Mask(m) => self
                    .history
                    .apply(Edit::SetMask(m))
                    .expect("a mask applies"),
                RollAction::Seek(t) => self.seek = Some(t),
                RollAction::Loop(l) => self.looped = l,
                RollAction::Range(r) => self.looped = Some(r),
                RollAction::Audition { pitch, .. } => self.heard.push(pitch),
                RollAction::AuditionStop => self.stops += 1,
                RollAction::FocusTrack(t) => self.focus = Some(t),
                RollAction::Section(t) => self.section = Some(t),
                RollAction::EditMarkers => {}
            }
        }
    }

    pub(super) fn score(&self) -> &Score {
        &self.history.document().score
    }

    pub(super) fn mask(&self) -> &Mask {
        &self.history.document().mask
    }

    pub(super) fn steps(&self) -> usize {
        self.history.labels().count()
    }

    pub(super) fn note(&self, track: usize, index: usize) -> crate::score::Note {
        self.score().tracks[track].notes[index]
    }
}

pub(super) struct Hand {
    pub(super) h: Harness<'static, Desk>,
}

impl Hand {
    pub(super) fn new() -> Self {
        Hand::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Desk)) -> Self {
        let mut desk = Desk::new();
        change(&mut desk);
        let mut h = Harness::builder()
            .with_size(egui::vec2(1000.0, 640.0))
            .with_step_dt(1.0 / 60.0)
            .build_ui_state(|ui, desk: &mut Desk| desk.show(ui), desk);
        h.run();
        Hand { h }
    }

    pub(super) fn rect(&self, name: &str) -> Rect {
        self.h.get_by_label(name).rect()
    }

    /// Where a tick and the middle of a pitch's row are.
    pub(super) fn at(&self, tick: f64, pitch: u8) -> Pos2 {
        let v = &self.h.state().view;
        let canvas = self.rect("Piano roll");
        pos2(
            canvas.left() + ((tick - v.start) * v.scale) as f32,
            canvas.top() + ((v.top - pitch as f64 - 0.5) * v.row as f64) as f32,
        )
    }

    pub(super) fn button(
        &mut self,
        pos: Pos2,
        button: PointerButton,
        pressed: bool,
        modifiers: Modifiers,
    ) {
        self.h.event(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers,
        });
        self.h.run_steps(1);
    }

    pub(super) fn held(&mut self, modifiers: Modifiers) {
        self.h.event(Event::ModifiersChanged(modifiers));
        self.h.run_steps(1);
    }

    /// Press, move through the points, release.
    pub(super) fn drag_with(
        &mut self,
        points: &[Pos2],
        button: PointerButton,
        modifiers: Modifiers,
    ) {
        self.press(points, button, modifiers);
        let last = points[points.len() - 1];
        self.button(last, button, false, modifiers);
        self.held(Modifiers::NONE);
        self.h.run_steps(2);
    }

    pub(super) fn press(&mut self, points: &[Pos2], button: PointerButton, modifiers: Modifiers) {
        self.held(modifiers);
        self.h.hover_at(points[0]);
        self.h.run_steps(1);
        self.button(points[0], button, true, modifiers);
        for p in &points[1..] {
            self.h.hover_at(*p);
            self.h.run_steps(1);
        }
    }

    pub(super) fn drag(&mut self, points: &[Pos2]) {
        self.drag_with(points, PointerButton::Primary, Modifiers::NONE);
    }

    pub(super) fn click(&mut self, pos: Pos2) {
        self.drag(&[pos]);
    }

    pub(super) fn desk(&self) -> &Desk {
        self.h.state()
    }

    pub(super) fn wheel(&mut self, pos: Pos2, delta: Vec2, modifiers: Modifiers) {
        self.held(modifiers);
        self.h.hover_at(pos);
        self.h.run_steps(1);
        self.h.event(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            modifiers,
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
        });
        self.h.run_steps(30);
        self.held(Modifiers::NONE);
    }
}
