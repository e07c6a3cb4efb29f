//! The keys of a listening test. While it is taken they belong to it, whatever they do elsewhere.

use super::{Side, answer, has_keys, pause, play, undo};
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

/// Takes the keys of the test out of the events, and does what they ask for.
pub fn take_keys(ctx: &Context, state: &mut State) {
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
    if !list.is_empty() {
        // Tab has moved the keyboard to some widget already.
        ctx.memory_mut(|m| m.focused().map(|id| m.surrender_focus(id)));
    }
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
