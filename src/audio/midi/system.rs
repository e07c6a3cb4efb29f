//! The system's ports, by midir: ALSA's sequencer, CoreMIDI, WinMM.

use super::{Connection, Message, MidiError, MidiPorts, Played, Sink};
use midir::{Ignore, MidiInput, MidiInputPort};
use std::time::Instant;

/// The ports of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPorts;

impl SystemPorts {
    fn client() -> Result<MidiInput, MidiError> {
        let mut input = MidiInput::new("Lacuna").map_err(|e| MidiError::System(e.to_string()))?;
        input.ignore(Ignore::All);
        Ok(input)
    }

    /// Ports with their names.
    fn ports(input: &MidiInput) -> Vec<(String, MidiInputPort)> {
        let named = |p: MidiInputPort| Some((input.port_name(&p).ok()?, p));
        input.ports().into_iter().filter_map(named).collect()
    }
}

/// Without ALSA's sequencer every attempt writes a page of messages on the terminal.
fn likely() -> bool {
    !cfg!(target_os = "linux") || std::path::Path::new("/dev/snd/seq").exists()
}

impl MidiPorts for SystemPorts {
    fn names(&mut self) -> Result<Vec<String>, MidiError> {
        if !likely() {
            return Ok(Vec::new());
        }
        let input = Self::client()?;
        Ok(Self::ports(&input).into_iter().map(|p| p.0).collect())
    }

    fn open(&mut self, name: &str, mut sink: Sink) -> Result<Connection, MidiError> {
        if !likely() {
            return Err(MidiError::Missing(name.into()));
        }
        let input = Self::client()?;
        let found = Self::ports(&input).into_iter().find(|p| p.0 == name);
        let (_, port) = found.ok_or_else(|| MidiError::Missing(name.into()))?;
        let hear = move |_: u64, bytes: &[u8], _: &mut ()| {
            if let Some(message) = Message::parse(bytes) {
                sink(Played {
                    at: Instant::now(),
                    message,
                });
            }
        };
        let open = input.connect(&port, "keyboard", hear, ());
        open.map(|c| Connection(Box::new(c)))
            .map_err(|e| MidiError::Busy {
                name: name.into(),
                why: e.to_string(),
            })
    }
}
