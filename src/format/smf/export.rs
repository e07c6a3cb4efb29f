//! A score becomes a Standard MIDI File.

use super::conductor::{self, Conductor, KEY, METER, TEMPO};
use super::import::starting_programs;
use super::names::{TRACK_NAME, fallback, readable};
use super::reader::MAX_TICK;
use crate::format::error::FormatError;
use crate::score::{ChannelEventKind, MetaKind, Note, Score, Track};
use std::collections::HashSet;

/// What stands first on a tick: the name, ends of notes, metas, controllers and programs, beginnings of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    Off,
    Meta,
    Channel,
    On,
}

enum Message<'a> {
    Short([u8; 3], usize),
    Meta(u8, std::borrow::Cow<'a, [u8]>),
    Exclusive(u8, &'a [u8]),
}

struct Line<'a> {
    tick: u32,
    rank: Rank,
    /// Orders the ends of notes by their beginnings, as first in, first out pairing expects.
    since: u32,
    message: Message<'a>,
}

/// Writes a Standard MIDI File: type 0 when everything lies in one chunk, else type 1 with the tempo map in
/// chunk 0. A chunk keeps the end tick it came with unless its events reach beyond it.
///
/// A note that lies wholly inside a longer note of the same pitch, channel and chunk cannot be told apart from
/// two overlapping ones in a MIDI file; such a pair comes back with its ends exchanged.
///
/// # Errors
/// When the piece is longer than 268 435 455 ticks or needs more than 65 535 chunks.
pub fn export(score: &Score) -> Result<Vec<u8>, FormatError> {
    let tracks = score.tracks.iter().map(|t| usize::from(t.chunk) + 1).max();
    let metas = score.metas.iter().map(|m| usize::from(m.chunk) + 1).max();
    let count = score
        .chunks
        .len()
        .max(tracks.unwrap_or(1))
        .max(metas.unwrap_or(1))
        .max(1);
    let Ok(count16) = u16::try_from(count) else {
        return Err(FormatError::NotWritable {
            what: format!("it needs {count} track chunks and 65535 are possible; merge tracks"),
        });
    };
    let mut lines: Vec<Vec<Line>> = Vec::new();
    lines.resize_with(count, Vec::new);
    let names = chunk_names(score, count);
    add_metas(score, names, &mut lines);
    for (track, starting) in score.tracks.iter().zip(starting_programs(score)) {
        let new = usize::from(track.chunk) >= score.chunks.len();
        let program = (new || track.program != starting).then_some(track.program);
        if let Some(lines) = lines.get_mut(usize::from(track.chunk)) {
            add_track(track, program, lines);
        }
    }
    let mut out = Vec::new();
    out.extend_from_slice(b"MThd\0\0\0\x06");
    out.extend_from_slice(&u16::from(count > 1).to_be_bytes());
    out.extend_from_slice(&count16.to_be_bytes());
    out.extend_from_slice(&score.ppq.clamp(1, 0x7FFF).to_be_bytes());
    for (chunk, lines) in lines.iter_mut().enumerate() {
        lines.sort_by_key(|l| (l.tick, l.rank, l.since));
        let end = score.chunk_ends.get(chunk).copied().unwrap_or(0);
        write_chunk(lines, end, &mut out)?;
    }
    Ok(out)
}

/// Names, other metas, and the tempo, meter and key maps: where a meta says an event stood, else in chunk 0.
fn add_metas<'a>(score: &'a Score, mut names: Vec<ChunkName<'a>>, lines: &mut [Vec<Line<'a>>]) {
    let map = conductor::of(score);
    let held: HashSet<Conductor> = map.iter().copied().collect();
    let mut written: HashSet<Conductor> = HashSet::new();
    let mut put = |chunk: usize, tick: u32, message: Message<'a>| {
        if let Some(lines) = lines.get_mut(chunk) {
            lines.push(Line {
                tick,
                rank: Rank::Meta,
                since: 0,
                message,
            });
        }
    };
    for meta in &score.metas {
        let (kind, body) = match &meta.kind {
            MetaKind::Text(b) => (0x01, b),
            MetaKind::Copyright(b) => (0x02, b),
            MetaKind::InstrumentName(b) => (0x04, b),
            MetaKind::Lyric(b) => (0x05, b),
            MetaKind::Marker(b) => (0x06, b),
            MetaKind::CuePoint(b) => (0x07, b),
            MetaKind::ProgramName(b) => (0x08, b),
            MetaKind::DeviceName(b) => (0x09, b),
            MetaKind::SequencerSpecific(b) => (0x7F, b),
            MetaKind::Other(kind, b) => (*kind, b),
            MetaKind::SysEx(b) => {
                put(meta.chunk.into(), meta.tick, Message::Exclusive(0xF0, b));
                continue;
            }
            MetaKind::Escape(b) => {
                put(meta.chunk.into(), meta.tick, Message::Exclusive(0xF7, b));
                continue;
            }
        };
        if matches!(kind, TEMPO | METER | KEY)
            && let Some(c) = Conductor::exact(kind, meta.tick, body)
        {
            if !held.contains(&c) {
                continue;
            }
            written.insert(c);
        }
        let body = match names.get_mut(usize::from(meta.chunk)) {
            // A new name takes the place of the first readable one.
            Some(n) if kind == TRACK_NAME && n.due && !readable(body).is_empty() => {
                n.due = false;
                n.name.as_bytes()
            }
            _ => body,
        };
        // The end of the track is ours to write.
        if kind != 0x2F {
            put(
                meta.chunk.into(),
                meta.tick,
                Message::Meta(kind, body.into()),
            );
        }
    }
    for c in map {
        if !written.contains(&c) {
            put(0, c.tick(), Message::Meta(c.kind(), c.body().into()));
        }
    }
    for (n, lines) in names.iter().zip(lines) {
        if n.due && !n.name.is_empty() {
            lines.push(Line {
                tick: 0,
                rank: Rank::Name,
                since: 0,
                message: Message::Meta(TRACK_NAME, n.name.as_bytes().into()),
            });
        }
    }
}

/// What a chunk is to be called.
struct ChunkName<'a> {
    name: &'a str,
    /// Still to be written: it is not what a name event of the chunk says already.
    due: bool,
}

/// The names of the chunks: a track's own where that was given by hand, else the one its chunk came with.
fn chunk_names(score: &Score, count: usize) -> Vec<ChunkName<'_>> {
    let mut tracks: Vec<(Option<&Track>, usize)> = vec![(None, 0); count];
    for track in &score.tracks {
        if let Some((first, n)) = tracks.get_mut(usize::from(track.chunk)) {
            first.get_or_insert(track);
            *n += 1;
        }
    }
    // Names that stand among the metas need no second mention, unless they were changed.
    let mut stated = vec![false; count];
    for meta in &score.metas {
        if matches!(meta.kind, MetaKind::Other(TRACK_NAME, _))
            && let Some(s) = stated.get_mut(usize::from(meta.chunk))
        {
            *s = true;
        }
    }
    tracks
        .iter()
        .zip(stated)
        .enumerate()
        .map(|(chunk, ((first, n), stated))| {
            let came_with = score.chunks.get(chunk).map(String::as_str);
            let name = match (*first, came_with) {
                (Some(t), Some("")) if t.name == fallback(t) => "",
                (Some(t), Some(_)) if *n == 1 => &t.name,
                (_, Some(name)) => name,
                (Some(t), None) => &t.name,
                (None, None) if chunk == 0 => &score.title,
                (None, None) => "",
            };
            let changed = came_with.is_some_and(|old| old != name);
            ChunkName {
                name,
                due: changed || !stated,
            }
        })
        .collect()
}

/// Notes and channel events; `program` is written at the start if the track sets none itself.
fn add_track(track: &Track, program: Option<u8>, lines: &mut Vec<Line>) {
    let channel = track.channel & 15;
    let mut put = |tick: u32, rank: Rank, since: u32, status: u8, a: u8, b: u8, len: usize| {
        let message = Message::Short([status | channel, a & 0x7F, b & 0x7F], len);
        lines.push(Line {
            tick,
            rank,
            since,
            message,
        });
    };
    let programs = track
        .events
        .iter()
        .any(|e| matches!(e.kind, ChannelEventKind::Program { .. }));
    if !programs && let Some(program) = program {
        put(0, Rank::Channel, 0, 0xC0, program, 0, 2);
    }
    for e in &track.events {
        let (status, a, b, len) = match e.kind {
            ChannelEventKind::Controller { controller, value } => (0xB0, controller, value, 3),
            ChannelEventKind::Program { program } => (0xC0, program, 0, 2),
            ChannelEventKind::PitchBend { value } => {
                let value = value.min(0x3FFF);
                (0xE0, (value & 0x7F) as u8, (value >> 7) as u8, 3)
            }
            ChannelEventKind::ChannelPressure { pressure } => (0xD0, pressure, 0, 2),
            ChannelEventKind::KeyPressure { key, pressure } => (0xA0, key, pressure, 3),
        };
        put(e.tick, Rank::Channel, 0, status, a, b, len);
    }
    let mut notes: Vec<&Note> = track.notes.iter().collect();
    // Of notes that start together the shortest comes first, so that pairing gives each its own end; a note
    // without length ends at once, before the next begins.
    notes.sort_by_key(|n| (n.start, n.pitch, n.length, n.id));
    for n in notes {
        put(
            n.start,
            Rank::On,
            n.start,
            0x90,
            n.pitch,
            n.velocity.clamp(1, 127),
            3,
        );
        let (status, velocity) = match n.release {
            Some(v) => (0x80, v),
            None => (0x90, 0),
        };
        let rank = if n.length == 0 { Rank::On } else { Rank::Off };
        put(n.end(), rank, n.start, status, n.pitch, velocity, 3);
    }
}

fn write_chunk(lines: &[Line], end: u32, out: &mut Vec<u8>) -> Result<(), FormatError> {
    let start = out.len() + 8;
    out.extend_from_slice(b"MTrk\0\0\0\0");
    let mut now = 0;
    let mut running = 0;
    for line in lines {
        if line.tick > MAX_TICK {
            return Err(FormatError::NotWritable {
                what: format!(
                    "something stands at tick {} and a MIDI file ends at {MAX_TICK}; move or delete what lies that far out",
                    line.tick
                ),
            });
        }
        number(line.tick - now, out);
        now = line.tick;
        match &line.message {
            Message::Short(bytes, len) => {
                let from = usize::from(bytes[0] == running);
                running = bytes[0];
                out.extend_from_slice(bytes.get(from..*len).unwrap_or_default());
            }
            Message::Meta(kind, body) => {
                running = 0;
                out.extend_from_slice(&[0xFF, *kind]);
                write_body(body, out)?;
            }
            Message::Exclusive(status, body) => {
                running = 0;
                out.push(*status);
                write_body(body, out)?;
            }
        }
    }
    number(end.min(MAX_TICK).saturating_sub(now), out);
    out.extend_from_slice(&[0xFF, 0x2F, 0]);
    let size = u32::try_from(out.len() - start).map_err(|_| FormatError::NotWritable {
        what: "a track is larger than 4 GB; split the piece".into(),
    })?;
    if let Some(place) = out.get_mut(start - 4..start) {
        place.copy_from_slice(&size.to_be_bytes());
    }
    Ok(())
}

fn write_body(body: &[u8], out: &mut Vec<u8>) -> Result<(), FormatError> {
    let size = u32::try_from(body.len())
        .ok()
        .filter(|n| *n <= MAX_TICK)
        .ok_or_else(|| FormatError::NotWritable {
            what: "a text or system message is larger than 256 MB; delete it".into(),
        })?;
    number(size, out);
    out.extend_from_slice(body);
    Ok(())
}

/// A variable-length number, at most 28 bits.
fn number(value: u32, out: &mut Vec<u8>) {
    for shift in [21, 14, 7] {
        if value >> shift > 0 {
            out.push((value >> shift) as u8 | 0x80);
        }
    }
    out.push((value & 0x7F) as u8);
}
