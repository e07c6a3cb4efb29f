//! What hands play: the computer's keys as a piano, a MIDI port, and where it goes: to the synth, into a
//! recording, or step by step onto the caret.

mod keyboard;
mod record;
mod step;

pub use keyboard::{key_pitch, take_keys};
pub use record::{Recorder, toggle as toggle_record};

use super::state::State;
use crate::audio::midi::{Connection, Message, MidiError, MidiPorts, Played, Watch};
use crate::audio::sequence::EventKind;
use crate::score::{ChannelEventKind, TrackId};
use eframe::egui::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Time between two looks at which ports there are.
const LOOK: Duration = Duration::from_secs(2);

/// Everything about playing by hand.
pub struct Input {
    ports: Option<Box<dyn MidiPorts>>,
    watch: Option<Watch>,
    connection: Option<(String, Connection)>,
    sender: Sender<Played>,
    played: Receiver<Played>,
    /// Names of the ports seen last.
    pub names: Vec<String>,
    /// Why nothing is heard from the chosen port; one sentence.
    pub trouble: Option<String>,
    /// Which ports there are is known.
    looked: bool,
    /// Why the system does not say which ports there are.
    unanswered: Option<String>,
    /// When the wanted port was last tried to be opened.
    tried: Option<Instant>,
    /// The computer's keys play notes.
    pub piano: bool,
    /// Octaves the keys are moved by, -4..=4; 0 has middle C on the lower row's left end.
    pub octave: i32,
    /// The computer's keys that are down, each with the pitch it began.
    pressed: BTreeMap<eframe::egui::Key, u8>,
    /// Notes that sound from hands, by key, with their track: a key goes up on the track it went down on.
    sounding: BTreeMap<u8, TrackId>,
    /// Pedal down, and on which track.
    pedal: Option<TrackId>,
    pub recording: Option<Recorder>,
    /// Notes go onto the caret.
    pub step: bool,
    chord: step::Chord,
}

impl Default for Input {
    fn default() -> Self {
        let (sender, played) = channel();
        Input {
            ports: None,
            watch: None,
            connection: None,
            sender,
            played,
            names: Vec::new(),
            trouble: None,
            looked: false,
            unanswered: None,
            tried: None,
            piano: false,
            octave: 0,
            pressed: BTreeMap::new(),
            sounding: BTreeMap::new(),
            pedal: None,
            recording: None,
            step: false,
            chord: step::Chord::default(),
        }
    }
}

impl Input {
    /// Listens to these ports from now on. A thread watches which of them there are, and wakes this context only when
    /// that changes.
    pub fn set_ports(&mut self, ports: impl MidiPorts + Clone + 'static, context: &Context) {
        self.connection = None;
        (self.looked, self.tried) = (false, None);
        let wake = context.clone();
        let watched = Box::new(ports.clone());
        match Watch::start(watched, LOOK, move || wake.request_repaint()) {
            Ok(watch) => self.watch = Some(watch),
            Err(e) => self.trouble = Some(format!("MIDI ports cannot be watched ({e}).")),
        }
        self.ports = Some(Box::new(ports));
    }

    /// Looks at once which ports there are, and tries once more to open the one that is wanted.
    pub fn look_again(&mut self) {
        self.tried = None;
        if let Some(watch) = &self.watch {
            watch.look();
        }
    }

    /// Name of the port that is listened to.
    pub fn port(&self) -> Option<&str> {
        self.connection.as_ref().map(|c| c.0.as_str())
    }

    /// Keys held by hands.
    pub fn held(&self) -> BTreeSet<u8> {
        self.sounding.keys().copied().collect()
    }
}

/// Takes in what was played since the last frame; call it once a frame.
pub fn take_in(state: &mut State) {
    look(state);
    let mut played: Vec<Played> = state.input.played.try_iter().collect();
    played.sort_by_key(|p| p.at);
    let now = Instant::now();
    for p in &played {
        sound(state, p.message);
        step::take(state, p.message);
    }
    record::take(state, now, &played);
}

/// Lets go of the computer's keys, as when the piano mode ends or the window loses the keyboard.
pub fn let_go(state: &mut State) {
    for (_, key) in std::mem::take(&mut state.input.pressed) {
        play(state, Message::Off { key, velocity: 64 });
    }
}

/// Something played at the computer's keys, now.
fn play(state: &mut State, message: Message) {
    let at = Instant::now();
    // The receiver lives as long as the sender.
    let _ = state.input.sender.send(Played { at, message });
    state.context.request_repaint();
}

/// Sounds it with the armed track, else the one in hand.
fn sound(state: &mut State, message: Message) {
    let Some(hand) = super::tracks::played(state) else {
        return;
    };
    let (track, kind) = match message {
        Message::On { key, velocity } => {
            if let Some(before) = state.input.sounding.insert(key, hand) {
                let player = &mut state.transport.player;
                player.live(before, EventKind::Off { key });
            }
            (hand, EventKind::On { key, velocity })
        }
        Message::Off { key, .. } => {
            let track = state.input.sounding.remove(&key).unwrap_or(hand);
            (track, EventKind::Off { key })
        }
        Message::Control(ChannelEventKind::Controller { controller, value }) => {
            let mut track = hand;
            if controller == 64 {
                track = state.input.pedal.unwrap_or(hand);
                state.input.pedal = (value >= 64).then_some(track);
            }
            (track, EventKind::Controller { controller, value })
        }
        Message::Control(ChannelEventKind::PitchBend { value }) => {
            (hand, EventKind::Bend { value })
        }
        // The synth knows no pressure; it is recorded all the same.
        Message::Control(_) => return,
    };
    state.transport.player.live(track, kind);
}

/// Keeps the connection to the chosen port: opens it when it comes, says so when it goes.
fn look(state: &mut State) {
    let chosen = state.settings.midi_input.clone();
    let input = &mut state.input;
    let (Some(ports), Some(watch)) = (&mut input.ports, &input.watch) else {
        return;
    };
    match watch.news() {
        Some(Ok(names)) => {
            (input.names, input.unanswered) = (names, None);
            (input.looked, input.tried) = (true, None);
        }
        Some(Err(e)) => {
            input.names.clear();
            (input.looked, input.unanswered) = (true, Some(e.to_string()));
        }
        None if input.looked => {}
        None => return,
    }
    // Without a choice the first keyboard there is; ALSA's own loop is none.
    let first = input.names.iter().find(|n| !n.starts_with("Midi Through"));
    let wanted = chosen.or_else(|| first.cloned());
    let there = |name: &str| input.names.iter().any(|n| n == name);
    let gone = input
        .connection
        .take_if(|(name, _)| Some(&*name) != wanted.as_ref() || !there(name));
    let unplugged = gone.is_some();
    drop(gone);
    let wait = input.tried.is_some_and(|t| t.elapsed() < LOOK) && !unplugged;
    match wanted {
        None => input.trouble.clone_from(&input.unanswered),
        Some(_) if input.connection.is_some() || wait => {}
        Some(name) => {
            input.tried = Some(Instant::now());
            let (sender, wake) = (input.sender.clone(), state.context.clone());
            let sink = Box::new(move |p| {
                if sender.send(p).is_ok() {
                    wake.request_repaint();
                }
            });
            let open = match there(&name) {
                true => ports.open(&name, sink),
                false => Err(MidiError::Missing(name.clone())),
            };
            match open {
                Ok(connection) => {
                    if input.trouble.take().is_some() {
                        state
                            .toasts
                            .info(&format!("The MIDI port \"{name}\" is back."));
                    }
                    input.connection = Some((name, connection));
                }
                Err(e) => {
                    if input.trouble.is_none() {
                        state.toasts.warning(&e.to_string(), "");
                    }
                    input.trouble = Some(e.to_string());
                }
            }
        }
    }
    if unplugged {
        silence(state);
    }
}

/// Ends all that hands hold: no note-off will come any more.
fn silence(state: &mut State) {
    let_go(state);
    for key in state.input.held() {
        play(state, Message::Off { key, velocity: 64 });
    }
    if state.input.pedal.is_some() {
        let up = ChannelEventKind::Controller {
            controller: 64,
            value: 0,
        };
        play(state, Message::Control(up));
    }
}
