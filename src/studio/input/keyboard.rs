//! The computer's keys as a piano: two rows of letters are white keys, the rows above them the black ones, as
//! trackers and FL Studio have it.

use super::State;
use crate::audio::midi::Message;
use eframe::egui::{Context, Event, Key};

/// Keys in the order of semitones; the lower row begins at middle C, the upper one an octave higher.
const LOWER: [Key; 17] = [
    Key::Z,
    Key::S,
    Key::X,
    Key::D,
    Key::C,
    Key::V,
    Key::G,
    Key::B,
    Key::H,
    Key::N,
    Key::J,
    Key::M,
    Key::Comma,
    Key::L,
    Key::Period,
    Key::Semicolon,
    Key::Slash,
];
const UPPER: [Key; 17] = [
    Key::Q,
    Key::Num2,
    Key::W,
    Key::Num3,
    Key::E,
    Key::R,
    Key::Num5,
    Key::T,
    Key::Num6,
    Key::Y,
    Key::Num7,
    Key::U,
    Key::I,
    Key::Num9,
    Key::O,
    Key::Num0,
    Key::P,
];
/// Loudness of a key that knows none, of 127.
const VELOCITY: u8 = 96;

/// The pitch a key plays, moved by octaves; `None` for keys that are no piano keys or would leave MIDI's range.
pub fn key_pitch(key: Key, octave: i32) -> Option<u8> {
    let at = |keys: &[Key]| keys.iter().position(|k| *k == key);
    let semitones = at(&LOWER).or_else(|| at(&UPPER).map(|i| i + 12))?;
    let pitch = 60 + 12 * octave + semitones as i32;
    u8::try_from(pitch).ok().filter(|p| *p < 128)
}

/// Takes the piano's keys out of this frame's events while the mode is on; keys with Ctrl, Alt or Shift stay
/// shortcuts. A key that is held keeps the pitch it began with.
pub fn take_keys(ctx: &Context, state: &mut State) {
    if !state.input.piano {
        return;
    }
    if ctx.text_edit_focused() || !ctx.input(|i| i.focused) {
        super::let_go(state);
        return;
    }
    let octave = state.input.octave;
    let pressed = &mut state.input.pressed;
    let mut played = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let Event::Key {
                key,
                physical_key,
                pressed: down,
                repeat,
                modifiers,
            } = event
            else {
                return true;
            };
            // The place counts, not the letter: a piano does not change with the language.
            let key = physical_key.unwrap_or(*key);
            if !down {
                let Some(pitch) = pressed.remove(&key) else {
                    return true;
                };
                played.push(Message::Off {
                    key: pitch,
                    velocity: 64,
                });
                return false;
            }
            if modifiers.any() {
                return true;
            }
            let Some(pitch) = key_pitch(key, octave) else {
                return true;
            };
            if !repeat && !pressed.contains_key(&key) {
                pressed.insert(key, pitch);
                played.push(Message::On {
                    key: pitch,
                    velocity: VELOCITY,
                });
            }
            false
        });
    });
    if played.is_empty() {
        return;
    }
    for message in played {
        super::play(state, message);
    }
    // Heard in this frame, not in the next.
    super::take_in(state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_octaves_lie_on_the_rows() {
        assert_eq!(key_pitch(Key::Z, 0), Some(60));
        assert_eq!(key_pitch(Key::M, 0), Some(71));
        assert_eq!(key_pitch(Key::Q, 0), Some(72));
        assert_eq!(key_pitch(Key::I, -1), Some(72));
        assert_eq!(key_pitch(Key::A, 0), None);
        assert_eq!(key_pitch(Key::P, 3), Some(124));
        assert_eq!(key_pitch(Key::P, 4), None, "beyond the highest key");
        assert_eq!(key_pitch(Key::Z, -6), None);
    }
}
