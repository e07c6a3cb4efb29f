//! What a keyboard at a MIDI port plays: a trait for ports, the system's behind it, and made-up ones for tests.

mod fake;
#[cfg(feature = "audio-device")]
mod system;
mod watch;

pub use fake::{FakeKeyboard, FakePorts};
#[cfg(feature = "audio-device")]
pub use system::SystemPorts;
pub use watch::{Names, Watch};

use crate::score::ChannelEventKind;
use std::any::Any;
use std::time::Instant;

/// What somebody did at a keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A key went down; velocity 1..=127.
    On { key: u8, velocity: u8 },
    /// A key went up; release velocity 0..=127.
    Off { key: u8, velocity: u8 },
    /// A pedal, a wheel or pressure.
    Control(ChannelEventKind),
}

impl Message {
    /// Reads one MIDI 1.0 channel message, whatever its channel. `None` for all others and for damaged ones.
    /// A note-on of velocity 0 is a note-off, as the standard says.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let data = |i: usize| bytes.get(i).copied().filter(|b| *b < 128);
        let (a, b) = (data(1)?, data(2));
        let control = |kind| Some(Message::Control(kind));
        match bytes.first()? >> 4 {
            0x8 => Some(Message::Off {
                key: a,
                velocity: b?,
            }),
            0x9 if b? == 0 => Some(Message::Off {
                key: a,
                velocity: 64,
            }),
            0x9 => Some(Message::On {
                key: a,
                velocity: b?,
            }),
            0xA => control(ChannelEventKind::KeyPressure {
                key: a,
                pressure: b?,
            }),
            0xB => control(ChannelEventKind::Controller {
                controller: a,
                value: b?,
            }),
            0xD => control(ChannelEventKind::ChannelPressure { pressure: a }),
            0xE => control(ChannelEventKind::PitchBend {
                value: u16::from(b?) << 7 | u16::from(a),
            }),
            _ => None,
        }
    }
}

/// A message with the moment at which it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    pub at: Instant,
    pub message: Message,
}

/// Takes what is played, on a thread of the port's own.
pub type Sink = Box<dyn FnMut(Played) + Send>;

/// An open port; closes when dropped.
pub struct Connection(#[expect(dead_code, reason = "only held to be dropped")] Box<dyn Any>);

/// Why there is nothing to listen to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MidiError {
    #[error(
        "The MIDI system of this machine gives no answer ({0}); the computer's keys still play."
    )]
    System(String),
    #[error(
        "The MIDI port \"{0}\" is not there. Plug it in, or choose another one in the settings."
    )]
    Missing(String),
    #[error("The MIDI port \"{name}\" cannot be opened ({why}); another program may hold it.")]
    Busy { name: String, why: String },
}

/// The ports one can listen to.
pub trait MidiPorts: Send {
    /// Names of the ports there are now, in the system's order.
    ///
    /// # Errors
    /// When the system cannot be asked.
    fn names(&mut self) -> Result<Vec<String>, MidiError>;

    /// Listens to the port of that name until the connection is dropped.
    ///
    /// # Errors
    /// When it is gone, or held by somebody else.
    fn open(&mut self, name: &str, sink: Sink) -> Result<Connection, MidiError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_damaged_ones_are_not() {
        let on = Message::On {
            key: 60,
            velocity: 99,
        };
        assert_eq!(Message::parse(&[0x93, 60, 99]), Some(on));
        let off = Message::Off {
            key: 60,
            velocity: 64,
        };
        assert_eq!(Message::parse(&[0x90, 60, 0]), Some(off));
        let bend = ChannelEventKind::PitchBend { value: 8192 };
        assert_eq!(Message::parse(&[0xE0, 0, 64]), Some(Message::Control(bend)));
        for bad in [
            &[][..],
            &[0x90],
            &[0x90, 60],
            &[0x90, 200, 1],
            &[0xF8],
            &[0xF0, 1, 2],
        ] {
            assert_eq!(Message::parse(bad), None, "{bad:?}");
        }
    }
}
