//! Reads the chunks and events of a Standard MIDI File, mending what can be mended.
//!
//! The layout follows the Standard MIDI Files 1.0 specification. Real files break it in known ways:
//! chunk lengths that are wrong or all ones (streaming writers), missing end-of-track events, files cut
//! short, padding between chunks, running status carried over meta events, data bytes above 127. Nothing
//! is allocated from a size the file declares; bodies are borrowed.

use super::tally::Tally;
use crate::score::ChannelEventKind;

/// The largest tick kept: any distance between two events then fits one variable-length number.
pub const MAX_TICK: u32 = 0x0FFF_FFFF;

/// What the header chunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// 0, 1 or 2; anything else is as the file had it.
    pub kind: u16,
    pub chunks: u16,
    /// Ticks a quarter, or SMPTE frames and ticks a frame when the top bit is set.
    pub division: u16,
}

/// One event of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    NoteOn {
        channel: u8,
        pitch: u8,
        velocity: u8,
    },
    /// `release` is `None` where the note ends by a note-on of velocity 0.
    NoteOff {
        channel: u8,
        pitch: u8,
        release: Option<u8>,
    },
    Channel {
        channel: u8,
        kind: ChannelEventKind,
    },
    Meta {
        kind: u8,
        body: &'a [u8],
    },
    SysEx(&'a [u8]),
    Escape(&'a [u8]),
}

fn find(bytes: &[u8], from: usize, what: &[u8; 4]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(4).position(|w| w == what).map(|i| from + i)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let b = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let b = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([b[0], b[1]]))
}

/// Walks the MTrk chunks of a file.
pub struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// One MTrk chunk: where its events start, where they should end and where they end at the latest.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    start: usize,
    declared: usize,
    hard: usize,
}

impl<'a> Chunks<'a> {
    /// Finds the header. `None` when the bytes hold neither a header nor an MTrk chunk.
    pub fn open(bytes: &'a [u8], tally: &mut Tally) -> Option<(Header, Chunks<'a>)> {
        let header = find(bytes, 0, b"MThd");
        let track = find(bytes, 0, b"MTrk");
        let at = match (header, track) {
            (Some(h), Some(t)) if h > t => None,
            (h, _) => h,
        };
        let Some(at) = at else {
            tally.no_header = true;
            let header = Header {
                kind: 1,
                chunks: 0,
                division: 480,
            };
            return track.map(|at| (header, Chunks { bytes, at }));
        };
        // RIFF files wrap the MIDI file in a "data" chunk; what follows it is none of ours.
        let mut bytes = bytes;
        if bytes.starts_with(b"RIFF") && at >= 8 && bytes.get(at - 8..at - 4) == Some(b"data") {
            let size = be32(bytes, at - 4).map_or(0, u32::swap_bytes) as usize;
            if let Some(inside) = bytes.get(..at.saturating_add(size))
                && size >= 14
            {
                bytes = inside;
            }
        } else if at > 0 && !bytes.starts_with(b"RIFF") {
            tally.garbage += at as u64;
        }
        let (kind, chunks, division) = match (
            be16(bytes, at + 8),
            be16(bytes, at + 10),
            be16(bytes, at + 12),
        ) {
            (Some(k), Some(c), Some(d)) => (k, c, d),
            _ => {
                tally.no_header = true;
                (1, 0, 480)
            }
        };
        let declared = be32(bytes, at + 4).unwrap_or(6) as usize;
        let usual = at.saturating_add(14);
        let next = at.saturating_add(8).saturating_add(declared);
        // A header longer than six bytes is allowed; believe it only if a chunk or the end follows.
        let next = if declared >= 6 && chunk_or_end(bytes, next) {
            next
        } else {
            usual
        };
        let header = Header {
            kind,
            chunks,
            division,
        };
        Some((
            header,
            Chunks {
                bytes,
                at: next.min(bytes.len()),
            },
        ))
    }

    /// The next MTrk chunk; what lies between is skipped and counted.
    pub fn next(&mut self, tally: &mut Tally) -> Option<Span> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with(b"MTrk") {
                let size = be32(self.bytes, self.at + 4).unwrap_or(u32::MAX) as usize;
                let after = self.at.saturating_add(8).saturating_add(size);
                let named = rest.len() >= 8 && is_id(&rest[..4]);
                if named && chunk_or_end(self.bytes, after) {
                    tally.foreign_chunks += 1;
                    self.at = after;
                    continue;
                }
                match find(self.bytes, self.at, b"MTrk") {
                    Some(next) => {
                        tally.garbage += (next - self.at) as u64;
                        self.at = next;
                    }
                    None => {
                        tally.garbage += rest.len() as u64;
                        self.at = self.bytes.len();
                        return None;
                    }
                }
            }
            let start = self.at + 8;
            let Some(size) = be32(self.bytes, self.at + 4) else {
                tally.cut += 1;
                self.at = self.bytes.len();
                return None;
            };
            let declared = start.saturating_add(size as usize);
            let hard = if chunk_or_end(self.bytes, declared) {
                declared
            } else {
                find(self.bytes, start, b"MTrk").unwrap_or(self.bytes.len())
            };
            return Some(Span {
                start,
                declared,
                hard,
            });
        }
    }

    /// The events of a chunk.
    pub fn events(&self, span: Span) -> Events<'a> {
        Events {
            bytes: self.bytes,
            at: span.start,
            hard: span.hard,
            tick: 0,
            running: 0,
            ended: false,
        }
    }

    /// Goes on behind a chunk whose events have been read.
    pub fn leave(&mut self, span: Span, events: &Events<'a>, tally: &mut Tally) {
        let trusted = span.hard == span.declared;
        self.at = if trusted {
            tally.after_end += (span.declared - events.at.min(span.declared)) as u64;
            span.declared
        } else {
            tally.wrong_lengths += 1;
            events.at
        };
        if !events.ended {
            tally.no_end += 1;
        }
    }
}

/// Whether four bytes could name a chunk.
fn is_id(id: &[u8]) -> bool {
    id.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ')
}

/// Whether a chunk starts at `at`, or the file ends there. A chunk of unknown name counts if it fits the file.
fn chunk_or_end(bytes: &[u8], at: usize) -> bool {
    if at == bytes.len() {
        return true;
    }
    let (Some(rest), Some(size)) = (bytes.get(at..), be32(bytes, at.saturating_add(4))) else {
        return false;
    };
    let end = at.saturating_add(8).saturating_add(size as usize);
    rest.starts_with(b"MTrk") || (is_id(&rest[..4]) && end <= bytes.len())
}

/// The events of one chunk with their absolute ticks.
pub struct Events<'a> {
    bytes: &'a [u8],
    at: usize,
    hard: usize,
    tick: u32,
    /// Status byte that a data byte in status position repeats; 0 when there is none.
    running: u8,
    ended: bool,
}

impl<'a> Events<'a> {
    /// Tick of the end-of-track event, or of the last event where there was none.
    pub fn tick(&self) -> u32 {
        self.tick
    }

    fn byte(&mut self) -> Option<u8> {
        if self.at >= self.hard {
            return None;
        }
        let b = self.bytes.get(self.at).copied();
        self.at += 1;
        b
    }

    /// A variable-length number; more than four bytes are not one.
    fn number(&mut self, tally: &mut Tally) -> Option<u32> {
        let mut value = 0u32;
        for i in 0..4 {
            let b = self.byte()?;
            value = value << 7 | u32::from(b & 0x7F);
            if b < 0x80 {
                return Some(value);
            }
            if i == 3 {
                tally.bad_bytes += 1;
            }
        }
        Some(value)
    }

    fn body(&mut self, tally: &mut Tally) -> Option<&'a [u8]> {
        let size = self.number(tally)? as usize;
        let end = self.at.checked_add(size).filter(|e| *e <= self.hard)?;
        let body = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(body)
    }

    fn data(&mut self, tally: &mut Tally) -> Option<u8> {
        let b = self.byte()?;
        if b >= 0x80 {
            tally.bad_bytes += 1;
        }
        Some(b & 0x7F)
    }

    /// The next event, or `None` at the chunk's end.
    pub fn next(&mut self, tally: &mut Tally) -> Option<(u32, Event<'a>)> {
        let event = self.read(tally);
        if event.is_none() && !self.ended && self.at != self.hard {
            // Cut off in the middle of an event: nothing after it can be told apart.
            tally.cut += 1;
            self.at = self.hard;
        }
        event
    }

    fn read(&mut self, tally: &mut Tally) -> Option<(u32, Event<'a>)> {
        loop {
            if self.ended || self.at >= self.hard {
                return None;
            }
            let at = self.at;
            let Some(delta) = self.number(tally) else {
                self.at = at;
                return None;
            };
            let tick = self.tick.saturating_add(delta);
            if tick > MAX_TICK {
                tally.late += 1;
            }
            self.tick = tick.min(MAX_TICK);
            let at_status = self.at;
            match self.event(tally) {
                Found::Event(event) => return Some((self.tick, event)),
                Found::End => {
                    self.ended = true;
                    return None;
                }
                Found::Nothing => {}
                Found::Cut => {
                    // Leaves `at` short of `hard`, which `next` counts.
                    self.at = at_status.min(self.hard.saturating_sub(1));
                    return None;
                }
            }
        }
    }

    fn event(&mut self, tally: &mut Tally) -> Found<'a> {
        self.parse(tally).unwrap_or(Found::Cut)
    }

    fn parse(&mut self, tally: &mut Tally) -> Option<Found<'a>> {
        let mut status = self.byte()?;
        if status < 0x80 {
            if self.running != 0 {
                self.at -= 1;
                status = self.running;
            } else {
                // Data without a status: skip to the next status byte.
                while status < 0x80 {
                    tally.garbage += 1;
                    status = self.byte()?;
                }
            }
        }
        let channel = status & 0x0F;
        let event = match status {
            0x80..=0xEF => {
                self.running = status;
                let a = self.data(tally)?;
                let b = if matches!(status & 0xF0, 0xC0 | 0xD0) {
                    0
                } else {
                    self.data(tally)?
                };
                channel_event(status & 0xF0, channel, a, b)
            }
            // Running status stays in force over meta and exclusive events: the specification forbids
            // relying on it, and files that do mean this.
            0xFF => {
                let kind = self.byte()?;
                let body = self.body(tally)?;
                if kind == 0x2F {
                    return Some(Found::End);
                }
                Event::Meta { kind, body }
            }
            0xF0 => Event::SysEx(self.body(tally)?),
            0xF7 => Event::Escape(self.body(tally)?),
            _ => {
                // System common and real-time messages have no place in a file.
                tally.stray += 1;
                let data = match status {
                    0xF1 | 0xF3 => 1,
                    0xF2 => 2,
                    _ => 0,
                };
                for _ in 0..data {
                    self.byte()?;
                }
                return Some(Found::Nothing);
            }
        };
        Some(Found::Event(event))
    }
}

enum Found<'a> {
    Event(Event<'a>),
    End,
    /// Something that is skipped; its delta time counts.
    Nothing,
    Cut,
}

fn channel_event<'a>(status: u8, channel: u8, a: u8, b: u8) -> Event<'a> {
    let kind = match status {
        0x80 => {
            return Event::NoteOff {
                channel,
                pitch: a,
                release: Some(b),
            };
        }
        0x90 if b == 0 => {
            return Event::NoteOff {
                channel,
                pitch: a,
                release: None,
            };
        }
        0x90 => {
            return Event::NoteOn {
                channel,
                pitch: a,
                velocity: b,
            };
        }
        0xA0 => ChannelEventKind::KeyPressure {
            key: a,
            pressure: b,
        },
        0xB0 => ChannelEventKind::Controller {
            controller: a,
            value: b,
        },
        0xC0 => ChannelEventKind::Program { program: a },
        0xD0 => ChannelEventKind::ChannelPressure { pressure: a },
        _ => ChannelEventKind::PitchBend {
            value: u16::from(b) << 7 | u16::from(a),
        },
    };
    Event::Channel { channel, kind }
}
