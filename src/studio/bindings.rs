//! Which key asks for which command: the table's keys, and what a person changed of them. A key asks for one thing only.

use super::command::{Command, TABLE, key_text};
use super::shortcut::matches;
use eframe::egui::{Context, Id, Key, KeyboardShortcut, Modifiers};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was changed: keys as text by a command's id, none for a command without a key.
pub type Changes = BTreeMap<String, Vec<String>>;

/// The keys of every command.
#[derive(Clone, Debug, PartialEq)]
pub struct Bindings {
    /// By place in the table.
    keys: Vec<Vec<KeyboardShortcut>>,
}

impl Default for Bindings {
    fn default() -> Self {
        Bindings::of(&Changes::new())
    }
}

/// Why a key cannot be given to a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{key} is on \"{}\" already. Take it away there first, or choose another key.", .other.spec().name)]
    Taken { key: String, other: Command },
    #[error("{key} is kept for {what}.")]
    Kept { key: String, what: &'static str },
}

/// Whether a key does something only together with another.
pub fn is_modifier(key: Key) -> bool {
    use Key as K;
    matches!(
        key,
        K::ShiftLeft
            | K::ShiftRight
            | K::ControlLeft
            | K::ControlRight
            | K::AltLeft
            | K::AltRight
            | K::SuperLeft
            | K::SuperRight
    )
}

/// Keys that mean something of their own, and what.
fn kept(key: &KeyboardShortcut) -> Option<&'static str> {
    let ctrl = key.modifiers.command;
    match key.logical_key {
        key if is_modifier(key) => Some("holding with another key"),
        Key::Tab => Some("going from one control to the next"),
        Key::Escape => Some("letting go of things"),
        Key::A if key.modifiers.is_none() => Some("the mask tool while it is held"),
        Key::Plus | Key::Minus | Key::Equals | Key::Num0 if ctrl => Some("the size of the window"),
        _ => None,
    }
}

/// Keys of a command that cannot be changed: the way out of everything must not be lost.
pub fn is_fixed(command: Command) -> bool {
    command == Command::LetGo
}

impl Bindings {
    /// The table's keys with these changes. What cannot be understood in them is left out; of two commands on one key
    /// the one that was changed has it, else the first.
    pub fn of(changes: &Changes) -> Bindings {
        let mut taken: Vec<KeyboardShortcut> = Vec::new();
        let mut keys = vec![Vec::new(); TABLE.len()];
        let changed = |i: usize| {
            let spec = TABLE.get(i).filter(|s| !is_fixed(s.command))?;
            changes.get(spec.id)
        };
        let mut give = |place: &mut Vec<KeyboardShortcut>, key: KeyboardShortcut| {
            if !taken.contains(&key) {
                taken.push(key);
                place.push(key);
            }
        };
        for (i, place) in keys.iter_mut().enumerate() {
            for key in changed(i).into_iter().flatten().filter_map(|t| parse(t)) {
                if kept(&key).is_none() {
                    give(place, key);
                }
            }
        }
        for (i, (place, spec)) in keys.iter_mut().zip(TABLE).enumerate() {
            if changed(i).is_none() {
                for key in spec.keys {
                    give(place, *key);
                }
            }
        }
        Bindings { keys }
    }

    /// The keys of a command; the first one is shown.
    pub fn keys(&self, command: Command) -> &[KeyboardShortcut] {
        self.keys.get(command as usize).map_or(&[], Vec::as_slice)
    }

    /// The command that has a key.
    pub fn owner(&self, key: &KeyboardShortcut) -> Option<Command> {
        let place = self.keys.iter().position(|k| k.contains(key));
        place.and_then(|i| TABLE.get(i)).map(|s| s.command)
    }

    /// The command a key event asks for, if any. `repeat`: the key is being held; `in_text`: a text field has the
    /// keyboard.
    pub fn command_for(
        &self,
        key: Key,
        modifiers: Modifiers,
        repeat: bool,
        in_text: bool,
    ) -> Option<Command> {
        let found = |exact: bool| {
            let rows = TABLE.iter().zip(&self.keys);
            let mut rows = rows.filter(|(s, _)| (!in_text || s.in_text) && (!repeat || s.repeats));
            rows.find(|(_, keys)| keys.iter().any(|k| matches(k, key, modifiers, exact)))
                .map(|(s, _)| s.command)
        };
        found(true).or_else(|| found(false))
    }
}

/// Gives a command a key: in the place of its key number `place`, or as one more.
///
/// # Errors
/// [`Refused`] when the key is another command's, or kept for something else; nothing changes then.
pub fn assign(
    changes: &mut Changes,
    command: Command,
    place: Option<usize>,
    key: KeyboardShortcut,
) -> Result<(), Refused> {
    let now = Bindings::of(changes);
    if let Some(what) = kept(&key) {
        return Err(Refused::Kept {
            key: text(&key),
            what,
        });
    }
    match now.owner(&key) {
        Some(other) if other != command => {
            return Err(Refused::Taken {
                key: text(&key),
                other,
            });
        }
        Some(_) => return Ok(()),
        None => {}
    }
    let mut keys = now.keys(command).to_vec();
    match place.and_then(|i| keys.get_mut(i)) {
        Some(old) => *old = key,
        None => keys.push(key),
    }
    store(changes, command, &keys);
    Ok(())
}

/// Takes a command's key number `place` away.
pub fn remove(changes: &mut Changes, command: Command, place: usize) {
    let mut keys = Bindings::of(changes).keys(command).to_vec();
    if place < keys.len() {
        keys.remove(place);
        store(changes, command, &keys);
    }
}

/// Gives a command the table's keys back.
///
/// # Errors
/// When one of them is another command's by now; nothing changes then.
pub fn reset(changes: &mut Changes, command: Command) -> Result<(), Refused> {
    let now = Bindings::of(changes);
    for key in command.spec().keys {
        if let Some(other) = now.owner(key).filter(|c| *c != command) {
            return Err(Refused::Taken {
                key: text(key),
                other,
            });
        }
    }
    changes.remove(command.spec().id);
    Ok(())
}

fn store(changes: &mut Changes, command: Command, keys: &[KeyboardShortcut]) {
    let spec = command.spec();
    if keys == spec.keys {
        changes.remove(spec.id);
    } else {
        changes.insert(spec.id.into(), keys.iter().map(text).collect());
    }
}

/// A key as settings hold it: `Ctrl+Shift+OpenBracket`. On a Mac, Ctrl is the command key.
pub fn text(key: &KeyboardShortcut) -> String {
    let m = key.modifiers;
    let mut words = Vec::new();
    for (on, word) in [
        (m.command || m.ctrl, "Ctrl"),
        (m.shift, "Shift"),
        (m.alt, "Alt"),
    ] {
        if on {
            words.push(word);
        }
    }
    words.push(key.logical_key.name());
    words.join("+")
}

/// What [`text`] wrote.
pub fn parse(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut key = None;
    for word in text.split('+') {
        match word {
            "Ctrl" => modifiers |= Modifiers::COMMAND,
            "Shift" => modifiers |= Modifiers::SHIFT,
            "Alt" => modifiers |= Modifiers::ALT,
            name => key = Some(Key::from_name(name)?),
        }
    }
    key.map(|key| KeyboardShortcut::new(modifiers, key))
}

/// The shortcut a pressed key is.
pub fn pressed(key: Key, modifiers: Modifiers) -> KeyboardShortcut {
    let mut wanted = Modifiers::NONE;
    if modifiers.command || modifiers.ctrl {
        wanted |= Modifiers::COMMAND;
    }
    wanted.shift = modifiers.shift;
    wanted.alt = modifiers.alt;
    KeyboardShortcut::new(wanted, key)
}

fn place() -> Id {
    Id::unique("the keys of the commands")
}

/// Lets whatever draws in this context know the keys.
pub fn tell(ctx: &Context, bindings: &Arc<Bindings>) {
    ctx.data_mut(|d| d.insert_temp(place(), bindings.clone()));
}

/// The first key of a command as told to this context; the table's where nothing was told.
pub fn first(ctx: &Context, command: Command) -> Option<KeyboardShortcut> {
    let told: Option<Arc<Bindings>> = ctx.data(|d| d.get_temp(place()));
    match told {
        Some(bindings) => bindings.keys(command).first().copied(),
        None => command.spec().keys.first().copied(),
    }
}

/// The first key of a command as it stands in a sentence: ` (Alt+V)`; nothing for a command without a key.
pub fn in_brackets(ctx: &Context, command: Command) -> String {
    let key = first(ctx, command).map(|k| format!(" ({})", key_text(ctx, &k)));
    key.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Command as C;

    fn key(text: &str) -> KeyboardShortcut {
        parse(text).unwrap()
    }

    #[test]
    fn every_key_of_the_table_comes_back_from_its_text() {
        for spec in TABLE {
            for k in spec.keys {
                assert_eq!(parse(&text(k)), Some(*k), "{}", spec.id);
            }
        }
        assert_eq!(parse("Ctrl+Nonsense"), None);
        assert_eq!(parse("Ctrl"), None);
    }

    #[test]
    fn a_clash_is_refused_by_the_name_of_the_other() {
        let mut changes = Changes::new();
        let e = assign(&mut changes, C::Undo, None, key("Ctrl+S")).unwrap_err();
        assert!(e.to_string().contains("\"Save\""), "{e}");
        let e = assign(&mut changes, C::Undo, None, key("Tab")).unwrap_err();
        assert!(e.to_string().starts_with("Tab is kept"), "{e}");
        let alone = KeyboardShortcut::new(Modifiers::NONE, Key::ControlLeft);
        assert!(assign(&mut changes, C::Undo, None, alone).is_err());
        assert!(changes.is_empty());
    }

    #[test]
    fn a_key_is_changed_given_on_and_put_back() {
        let mut changes = Changes::new();
        assign(&mut changes, C::Undo, Some(0), key("F9")).unwrap();
        assign(&mut changes, C::Redo, Some(1), key("Ctrl+Z")).unwrap();
        let now = Bindings::of(&changes);
        let of = |k: Key, m| now.command_for(k, m, false, false);
        assert_eq!(of(Key::F9, Modifiers::NONE), Some(C::Undo));
        assert_eq!(of(Key::Z, Modifiers::COMMAND), Some(C::Redo));
        assert_eq!(of(Key::Y, Modifiers::COMMAND), None);
        let e = reset(&mut changes, C::Undo).unwrap_err();
        assert!(e.to_string().contains("\"Redo\""), "{e}");
        reset(&mut changes, C::Redo).unwrap();
        reset(&mut changes, C::Undo).unwrap();
        assert_eq!(Bindings::of(&changes), Bindings::default());
    }

    #[test]
    fn a_damaged_list_gives_no_key_to_two() {
        let keys = |k: &str| vec![k.to_owned(), "rubbish".to_owned()];
        let changes = Changes::from([
            ("edit.undo".into(), keys("Ctrl+S")),
            ("notes.longer".into(), keys("Ctrl+S")),
            ("edit.let_go".into(), keys("F9")),
            ("no.such".into(), keys("F8")),
        ]);
        let b = Bindings::of(&changes);
        assert_eq!(b.owner(&key("Ctrl+S")), Some(C::Undo));
        assert!(b.keys(C::Longer).is_empty() && b.keys(C::Save).is_empty());
        assert_eq!(b.owner(&key("Escape")), Some(C::LetGo));
    }

    #[test]
    fn sentences_have_the_key_there_is() {
        let ctx = Context::default();
        assert_eq!(in_brackets(&ctx, C::KeepVersion), " (Alt+V)");
        let changes = Changes::from([("edit.keep_version".into(), Vec::new())]);
        tell(&ctx, &Arc::new(Bindings::of(&changes)));
        assert_eq!(in_brackets(&ctx, C::KeepVersion), "");
    }
}
