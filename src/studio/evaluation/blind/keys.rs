//! The keys of a listening test. While it is taken they belong to it, whatever they do elsewhere.

use super::{Side, Tab, answer, go_on, has_keys, pause, play, undo};
use crate::evaluation::blind::{Answer, Design};
use crate::studio::state::State;
use eframe::egui::{Context, Event, Key, Modifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Answer(Answer),
    /// Play this side, the one that is not heard, the one that was heard last.
    Play(Side),
    Other,
    Again,
    Undo,
    Pause,
}

fn asked(key: Key, design: Design) -> Option<Asked> {
    let of_all = match key {
        Key::Space => Some(Asked::Again),
        Key::Backspace => Some(Asked::Undo),
        Key::Escape => Some(Asked::Pause),
        _ => None,
    };
    let of_design = || match (design, key) {
        (Design::Pairs, Key::ArrowLeft) => Some(Asked::Answer(Answer::Prefers(Side::A))),
        (Design::Pairs, Key::ArrowRight) => Some(Asked::Answer(Answer::Prefers(Side::B))),
        (Design::Pairs, Key::ArrowDown) => Some(Asked::Answer(Answer::Neither)),
        (Design::Pairs, Key::Tab) => Some(Asked::Other),
        (Design::Pairs, Key::A) => Some(Asked::Play(Side::A)),
        (Design::Pairs, Key::B) => Some(Asked::Play(Side::B)),
        (Design::Rating, Key::Num1) => Some(Asked::Answer(Answer::Rates(1))),
        (Design::Rating, Key::Num2) => Some(Asked::Answer(Answer::Rates(2))),
        (Design::Rating, Key::Num3) => Some(Asked::Answer(Answer::Rates(3))),
        (Design::Rating, Key::Num4) => Some(Asked::Answer(Answer::Rates(4))),
        (Design::Rating, Key::Num5) => Some(Asked::Answer(Answer::Rates(5))),
        _ => None,
    };
    of_all.or_else(of_design)
}

/// Whether a paused test is shown.
fn waits(state: &State) -> bool {
    let e = &state.evaluation;
    let shown = e.open && e.tab == Tab::Blind && state.overlay.is_none();
    shown && e.blind.paused && e.blind.session.is_some()
}

/// Takes the keys of the test out of the events, and does what they ask for.
pub fn take_keys(ctx: &Context, state: &mut State) {
    if waits(state) {
        // A button that has the keyboard is pressed by Space as anywhere.
        let free = ctx.memory(|m| m.focused().is_none());
        if free && ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Space)) {
            go_on(state);
        }
        return;
    }
    if !has_keys(state) {
        return;
    }
    let Some(session) = &state.evaluation.blind.session else {
        return;
    };
    let design = session.test().plan().design;
    let mut list = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key {
                key,
                pressed,
                repeat,
                modifiers,
                ..
            } = event
            else {
                return !matches!(event, Event::Text(_));
            };
            let plain = *modifiers == Modifiers::NONE || *modifiers == Modifiers::SHIFT;
            match asked(*key, design).filter(|_| plain) {
                Some(what) => {
                    // A key that is held answers once.
                    if *pressed && !repeat {
                        list.push(what);
                    }
                    false
                }
                None => true,
            }
        });
    });
    for what in list {
        // The one before may have ended the test.
        if !has_keys(state) {
            return;
        }
        let side = state.evaluation.blind.side;
        match what {
            Asked::Answer(given) => answer(state, given),
            Asked::Play(side) => play(state, side),
            Asked::Other => play(state, side.other()),
            Asked::Again => play(state, side),
            Asked::Undo => undo(state),
            Asked::Pause => pause(state),
        }
    }
}
