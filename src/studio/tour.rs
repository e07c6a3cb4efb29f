//! The tour of the first start: five steps that point at the five things one needs. It is skipped with Esc, walked by
//! keys or clicks, and never comes again by itself.

use super::arrangement::DockPane;
use super::command::Command as C;
use super::state::State;
use eframe::egui::{Context, Id, Key, Modifiers, Rect};

/// What a step points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    Roll,
    Mask,
    Generate,
    Takes,
    Play,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    pub mark: Mark,
    pub title: &'static str,
    /// What there is to say; `{}` stands for the keys of `keys`, in order.
    pub words: &'static str,
    pub keys: &'static [C],
}

/// The tour.
pub static STEPS: [Step; 5] = [
    Step {
        mark: Mark::Roll,
        title: "This is the roll",
        words: "Every note of the piece: time runs to the right, pitch goes up. {} selects, {} draws; the wheel moves, Ctrl and the wheel zoom.",
        keys: &[C::ToolSelect, C::ToolDraw],
    },
    Step {
        mark: Mark::Mask,
        title: "Mask what should be written anew",
        words: "Take this tool ({}) and drag over some bars. What you mask is a gap: it alone may change, everything around it stays to the tick.",
        keys: &[C::ToolMask],
    },
    Step {
        mark: Mark::Generate,
        title: "Have the gap filled",
        words: "A model on this machine reads the notes around the gap and writes several takes. {} does it from anywhere.",
        keys: &[C::Generate],
    },
    Step {
        mark: Mark::Takes,
        title: "Compare, and keep the best",
        words: "Takes stand here beside the original. {} and {} change between them while it plays; {} keeps the one you hear.",
        keys: &[C::PreviousTake, C::NextTake, C::Accept],
    },
    Step {
        mark: Mark::Play,
        title: "Listen",
        words: "{} plays what is shown. {} shows every key, {} finds every command. This tour is in the Help menu.",
        keys: &[C::PlayPause, C::Help, C::Palette],
    },
];

impl Step {
    /// The words with the keys as they are now.
    pub fn text(&self, ctx: &Context) -> String {
        let mut text = String::new();
        let mut keys = self.keys.iter();
        for (i, part) in self.words.split("{}").enumerate() {
            if i > 0
                && let Some(command) = keys.next()
            {
                let key = command.spec().key(ctx);
                // A key that somebody took away leaves the command's name.
                text += if key.is_empty() {
                    command.spec().name
                } else {
                    &key
                };
            }
            text += part;
        }
        text
    }
}

/// Where one is on the tour.
#[derive(Debug, Default)]
pub struct Tour {
    step: Option<usize>,
    wanted: bool,
}

impl Tour {
    /// It begins with the next frame.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// It does not begin, or ends here.
    pub fn end(&mut self) {
        *self = Tour::default();
    }

    /// Whether it is under way.
    pub fn is_on(&self) -> bool {
        self.step.is_some()
    }

    /// The step one is at, from 0.
    pub fn at(&self) -> Option<(usize, &'static Step)> {
        let at = self.step?;
        STEPS.get(at).map(|s| (at, s))
    }

    /// The takes are pointed at, and must be there.
    pub fn wants_takes(&self) -> bool {
        self.at().is_some_and(|(_, s)| s.mark == Mark::Takes)
    }

    /// Goes on, or ends after the last step.
    pub fn next(&mut self) {
        self.step = self.step.map(|s| s + 1).filter(|s| *s < STEPS.len());
    }

    /// Goes a step back.
    pub fn back(&mut self) {
        self.step = self.step.map(|s| s.saturating_sub(1));
    }
}

/// Begins the tour, from its first step; it needs roll and panes to point at.
pub fn begin(state: &mut State) {
    let layout = &state.settings.layout;
    let hidden = !state.settings.panels || layout.closed.contains(&DockPane::Generate);
    if !state.dock.shows_roll() || layout.beside() || hidden {
        super::dock::arrange(state, Default::default());
    }
    state.overlay = None;
    state.settings.welcomed = true;
    state.tour = Tour {
        step: Some(0),
        wanted: false,
    };
}

/// Begins the tour if it is due; takes the keys it goes by out of this frame's events.
pub fn take_keys(ctx: &Context, state: &mut State) {
    if state.tour.wanted && state.overlay.is_none() {
        begin(state);
    }
    // Behind the page of keys, or in a text field, they mean something else.
    if !state.tour.is_on() || state.overlay.is_some() || ctx.text_edit_focused() {
        return;
    }
    let focused = ctx.memory(|m| m.focused().is_some());
    let (on, back, away) = ctx.input_mut(|i| {
        let mut take = |key| i.consume_key(Modifiers::NONE, key);
        // Enter presses the button that has the keyboard.
        let enter = !focused && take(Key::Enter);
        (
            take(Key::ArrowRight) || enter,
            take(Key::ArrowLeft),
            take(Key::Escape),
        )
    });
    match (away, on, back) {
        (true, _, _) => state.tour.end(),
        (_, true, _) => state.tour.next(),
        (_, _, true) => state.tour.back(),
        _ => {}
    }
}

/// Notes where the thing is that a step points at. Called by whoever draws it.
pub fn mark(ctx: &Context, mark: Mark, rect: Rect) {
    let now = ctx.cumulative_pass_nr();
    ctx.data_mut(|d| d.insert_temp(Id::unique(("tour", mark)), (rect, now)));
}

/// Where it is, if it was drawn in this frame or the last.
pub fn marked(ctx: &Context, mark: Mark) -> Option<Rect> {
    let now = ctx.cumulative_pass_nr();
    let (rect, then): (Rect, u64) = ctx.data(|d| d.get_temp(Id::unique(("tour", mark))))?;
    (then + 1 >= now).then_some(rect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_key_for_each_gap_in_its_words() {
        for step in &STEPS {
            let gaps = step.words.matches("{}").count();
            assert_eq!(gaps, step.keys.len(), "{}", step.title);
        }
    }

    #[test]
    fn keys_stand_in_the_words() {
        let text = STEPS[4].text(&Context::default());
        assert!(text.starts_with("Space plays"), "{text}");
        assert!(!text.contains("{}"));
    }

    #[test]
    fn it_ends_after_the_last_step_and_stays_at_the_first() {
        let mut tour = Tour {
            step: Some(0),
            wanted: false,
        };
        tour.back();
        assert_eq!(tour.at().map(|s| s.0), Some(0));
        for _ in 0..STEPS.len() {
            assert!(tour.is_on());
            tour.next();
        }
        assert!(!tour.is_on());
    }
}
