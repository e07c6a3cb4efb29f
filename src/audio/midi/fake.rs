//! Ports that a test plugs in and plays.

use super::{Connection, Message, MidiError, MidiPorts, Played, Sink};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[derive(Default)]
struct Wires {
    names: Vec<String>,
    /// Who listens, by port; each has a number, so that a dropped connection takes its own away.
    sinks: Vec<(u64, String, Sink)>,
    next: u64,
    /// How often somebody looked which ports there are.
    looks: usize,
}

type Shared = Arc<Mutex<Wires>>;

fn lock(wires: &Shared) -> MutexGuard<'_, Wires> {
    wires.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Made-up ports.
#[derive(Clone, Default)]
pub struct FakePorts(Shared);

/// The hands at made-up ports.
#[derive(Clone)]
pub struct FakeKeyboard(Shared);

impl FakePorts {
    /// No ports yet, and the hands that plug them in and play.
    pub fn new() -> (FakePorts, FakeKeyboard) {
        let ports = FakePorts::default();
        let hands = FakeKeyboard(ports.0.clone());
        (ports, hands)
    }
}

impl FakeKeyboard {
    /// A port of this name is there from now on.
    pub fn plug(&self, name: &str) {
        lock(&self.0).names.push(name.into());
    }

    /// How often somebody has looked which ports there are.
    pub fn looks(&self) -> usize {
        lock(&self.0).looks
    }

    /// It is gone, and so is who listened.
    pub fn unplug(&self, name: &str) {
        let mut wires = lock(&self.0);
        wires.names.retain(|n| n != name);
        wires.sinks.retain(|s| s.1 != name);
    }

    /// Plays bytes that arrive at a given moment; nothing happens where nobody listens or the bytes mean nothing.
    pub fn play_at(&self, name: &str, at: Instant, bytes: &[u8]) {
        let Some(message) = Message::parse(bytes) else {
            return;
        };
        for (_, port, sink) in &mut lock(&self.0).sinks {
            if port == name {
                sink(Played { at, message });
            }
        }
    }

    /// Plays bytes now.
    pub fn play(&self, name: &str, bytes: &[u8]) {
        self.play_at(name, Instant::now(), bytes);
    }
}

struct Plug(Shared, u64);

impl Drop for Plug {
    fn drop(&mut self) {
        lock(&self.0).sinks.retain(|s| s.0 != self.1);
    }
}

impl MidiPorts for FakePorts {
    fn names(&mut self) -> Result<Vec<String>, MidiError> {
        let mut wires = lock(&self.0);
        wires.looks += 1;
        Ok(wires.names.clone())
    }

    fn open(&mut self, name: &str, sink: Sink) -> Result<Connection, MidiError> {
        let mut wires = lock(&self.0);
        if !wires.names.iter().any(|n| n == name) {
            return Err(MidiError::Missing(name.into()));
        }
        wires.next += 1;
        let number = wires.next;
        wires.sinks.push((number, name.into(), sink));
        Ok(Connection(Box::new(Plug(self.0.clone(), number))))
    }
}
