//! From key events to commands, before any widget sees them.

use super::bindings::Bindings;
use super::command::Command;
use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

/// Whether the pressed key with these modifiers is the shortcut. Exact, because `Shift+Up` must not be
/// `Up`; but for signs that need Shift or AltGr on some keyboards those modifiers do not count, unless `exact`.
pub fn matches(shortcut: &KeyboardShortcut, key: Key, pressed: Modifiers, exact: bool) -> bool {
    if shortcut.logical_key != key {
        return false;
    }
    let wanted = shortcut.modifiers;
    let sign = matches!(
        key,
        Key::Questionmark
            | Key::OpenBracket
            | Key::CloseBracket
            | Key::Plus
            | Key::Comma
            | Key::Period
    );
    if sign && wanted == Modifiers::NONE && !exact {
        let alt_gr = pressed.alt && pressed.ctrl;
        return alt_gr || !(pressed.command || pressed.ctrl);
    }
    let command = wanted.command || wanted.ctrl;
    command == (pressed.command || pressed.ctrl)
        && wanted.shift == pressed.shift
        && wanted.alt == pressed.alt
}

/// Keys that a button, a list or a slider wants for itself while it has the keyboard: Enter presses it, arrows move it
/// or go on to the next. Space stays with playing.
fn is_of_widgets(key: Key) -> bool {
    matches!(
        key,
        Key::Enter | Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight
    )
}

/// Takes the shortcuts of commands that `may` be used out of this frame's events and returns the commands, in order.
/// `at_widget`: something else than the roll has the keyboard.
///
/// Cut, copy and paste come as events of their own from a real window, and as keys from a test.
pub fn take_commands(
    ctx: &Context,
    bindings: &Bindings,
    at_widget: bool,
    may: impl Fn(Command) -> bool,
) -> Vec<Command> {
    let in_text = ctx.text_edit_focused();
    let dragging = ctx.input(|i| i.pointer.any_down());
    let mut commands = Vec::new();
    let ctrl = |key| bindings.command_for(key, Modifiers::COMMAND, false, in_text);
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let command = match event {
                Event::Copy => ctrl(Key::C),
                Event::Cut => ctrl(Key::X),
                Event::Paste(_) => ctrl(Key::V),
                Event::Key { key, modifiers, .. }
                    if at_widget && modifiers.is_none() && is_of_widgets(*key) =>
                {
                    None
                }
                // Escape in the middle of a drag takes the drag back; the roll sees to that.
                Event::Key {
                    key: Key::Escape, ..
                } if dragging => None,
                Event::Key {
                    key,
                    modifiers,
                    repeat,
                    pressed: true,
                    ..
                } => bindings.command_for(*key, *modifiers, *repeat, in_text),
                _ => None,
            };
            match command.filter(|c| may(*c)) {
                Some(c) => {
                    commands.push(c);
                    false
                }
                None => true,
            }
        });
    });
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_for(key: Key, modifiers: Modifiers, repeat: bool, in_text: bool) -> Option<Command> {
        Bindings::default().command_for(key, modifiers, repeat, in_text)
    }

    #[test]
    fn modifiers_are_exact() {
        let of = |key, m| command_for(key, m, false, false);
        assert_eq!(
            of(Key::ArrowUp, Modifiers::NONE),
            Some(Command::TransposeUp)
        );
        assert_eq!(of(Key::ArrowUp, Modifiers::SHIFT), Some(Command::OctaveUp));
        assert_eq!(
            of(Key::S, Modifiers::COMMAND | Modifiers::CTRL),
            Some(Command::Save)
        );
        assert_eq!(of(Key::S, Modifiers::SHIFT), Some(Command::Solo));
        assert_eq!(of(Key::M, Modifiers::ALT), Some(Command::MaskClear));
        assert_eq!(of(Key::M, Modifiers::COMMAND | Modifiers::ALT), None);
    }

    #[test]
    fn signs_work_on_keyboards_that_need_shift_or_alt_gr_for_them() {
        let alt_gr = Modifiers::ALT | Modifiers::CTRL | Modifiers::COMMAND;
        assert_eq!(
            command_for(Key::Questionmark, Modifiers::SHIFT, false, false),
            Some(Command::Help)
        );
        // A command of its own on the sign with a modifier goes first.
        assert_eq!(
            command_for(Key::Comma, Modifiers::ALT, false, false),
            Some(Command::CaretPreviousNote)
        );
        assert_eq!(
            command_for(Key::OpenBracket, alt_gr, false, false),
            Some(Command::PreviousTake)
        );
    }

    #[test]
    fn a_text_field_keeps_its_keys() {
        assert_eq!(command_for(Key::Space, Modifiers::NONE, false, true), None);
        assert_eq!(command_for(Key::Z, Modifiers::COMMAND, false, true), None);
        assert_eq!(
            command_for(Key::S, Modifiers::COMMAND, false, true),
            Some(Command::Save)
        );
    }

    #[test]
    fn holding_space_does_not_stutter() {
        assert_eq!(command_for(Key::Space, Modifiers::NONE, true, false), None);
        assert!(command_for(Key::ArrowUp, Modifiers::NONE, true, false).is_some());
    }
}
