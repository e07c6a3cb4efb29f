//! A Standard MIDI File becomes a score.

use super::conductor::{self, Conductor, KEY, METER, TEMPO};
use super::names::{TRACK_NAME, fallback, readable};
use super::reader::{Chunks, Event, Events, MAX_TICK};
use super::tally::Tally;
use super::{MEMORY_LIMIT, SIZE_LIMIT};
use crate::format::error::{FormatError, check_size};
use crate::format::report::Report;
use crate::score::{
    ChannelEvent, ChannelEventKind, MetaEvent, MetaKind, Meter, Note, NoteId, Score, Tempo, Track,
    TrackId,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// A score from a file, and what had to be changed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub score: Score,
    pub report: Report,
}

/// Reads a Standard MIDI File of type 0, 1 or 2, plain or wrapped in RIFF. One track comes of each channel
/// of each chunk; notes are paired first in, first out. An empty `title` takes the name of the first chunk.
///
/// # Errors
/// Empty files, files above [`SIZE_LIMIT`], files whose score would be above [`MEMORY_LIMIT`], and bytes that hold no
/// MIDI chunk. Everything else comes in, mended where needed, and the report says how.
pub fn import(bytes: &[u8], title: &str) -> Result<Imported, FormatError> {
    import_within(bytes, title, MEMORY_LIMIT)
}

/// [`import`] with another limit on memory, in bytes.
pub(super) fn import_within(
    bytes: &[u8],
    title: &str,
    memory: usize,
) -> Result<Imported, FormatError> {
    if bytes.is_empty() {
        return Err(FormatError::Empty);
    }
    check_size(bytes.len() as u64, SIZE_LIMIT)?;
    let mut tally = Tally::default();
    let Some((header, mut chunks)) = Chunks::open(bytes, &mut tally) else {
        return Err(FormatError::NotMidi {
            what: guess(bytes).into(),
        });
    };
    let sequential = header.kind == 2;
    if header.kind > 2 {
        tally.odd_kind = Some(header.kind);
    }
    let (ppq, tempo) = grid(header.division, &mut tally);
    let mut builder = Builder {
        score: Score {
            ppq,
            ..Score::default()
        },
        placed: Vec::new(),
        pending: vec![VecDeque::new(); 16 * 128],
        smpte: tempo.is_some(),
        changed: [false; 2],
        memory,
    };
    if let Some(micros_per_quarter) = tempo {
        let tempo = Tempo {
            tick: 0,
            micros_per_quarter,
        };
        builder.placed.push((0, Conductor::Tempo(tempo)));
    }
    let mut offset = 0u32;
    while let Some(span) = chunks.next(&mut tally) {
        let chunk = match u16::try_from(builder.score.chunks.len()) {
            Ok(chunk) if chunk < u16::MAX => chunk,
            _ => {
                tally.too_many_chunks = true;
                break;
            }
        };
        let mut events = chunks.events(span);
        let before = builder.placed.len();
        let end = builder.chunk(chunk, offset, &mut events, &mut tally)?;
        if sequential {
            builder.restart(chunk, offset, before);
            offset = end;
        }
        chunks.leave(span, &events, &mut tally);
    }
    let found = builder.score.chunks.len();
    if found != header.chunks as usize && !tally.no_header {
        tally.chunk_count = Some((header.chunks, found));
    }
    if sequential {
        tally.sequences = found as u64;
    }
    Ok(Imported {
        score: builder.finish(title),
        report: tally.report(),
    })
}

/// Ticks a quarter and, where the file counts film frames, the tempo at which that grid is as fast as they.
fn grid(division: u16, tally: &mut Tally) -> (u16, Option<u32>) {
    if division == 0 {
        tally.zero_division = true;
        return (480, None);
    }
    if division < 0x8000 {
        return (division, None);
    }
    let [frames, ticks] = division.to_be_bytes();
    let frames = u16::from(frames.wrapping_neg());
    let (rate, micros_per_two_seconds) = match frames {
        24 => ("24", 1_000_000),
        25 => ("25", 1_000_000),
        29 => ("29.97", 1_001_000),
        30 => ("30", 1_000_000),
        _ => ("an unusual number of", 1_000_000),
    };
    tally.smpte = Some(rate);
    // 29 stands for drop frame: 30 frames in 1.001 seconds.
    let frames = if frames == 29 { 30 } else { frames };
    let a_second = (frames * u16::from(ticks).max(1)).max(1);
    // 120 quarters a minute where the grid divides, else 60.
    if a_second.is_multiple_of(2) {
        (a_second / 2, Some(micros_per_two_seconds / 2))
    } else {
        (a_second, Some(micros_per_two_seconds))
    }
}

/// What bytes without a MIDI chunk probably are.
fn guess(bytes: &[u8]) -> &'static str {
    const MAGIC: [(&[u8], &str); 9] = [
        (b"RIFF", "it looks like a sound recording"),
        (b"ID3", "it looks like an MP3 recording"),
        (b"OggS", "it looks like a sound recording"),
        (b"fLaC", "it looks like a sound recording"),
        (b"PK", "it looks like an archive or a compressed score"),
        (b"<?xml", "it looks like an XML file, perhaps MusicXML"),
        (b"LACUNA", "it is a Lacuna project; open it instead"),
        (b"\x1f\x8b", "it looks like a compressed file"),
        (b"%PDF", "it is a PDF"),
    ];
    MAGIC
        .iter()
        .find(|(m, _)| bytes.starts_with(m))
        .map_or("it holds no MIDI header and no MIDI track", |(_, s)| s)
}

struct Builder {
    score: Score,
    /// Tempo, meter and key events with their chunk, in file order.
    placed: Vec<(u16, Conductor)>,
    /// Sounding notes by channel and pitch, oldest first: index into the notes of the channel's track.
    pending: Vec<VecDeque<usize>>,
    smpte: bool,
    /// Whether an earlier sequence of a type 2 file has set a tempo, a meter.
    changed: [bool; 2],
    /// Bytes that may still be used.
    memory: usize,
}

/// Bytes beside its body that a kept meta event takes, the allocation of the body among them.
const META_COST: usize = size_of::<MetaEvent>() + 32;

/// Bytes that an event of the three maps takes beside its meta: it is looked up by kind and tick, and by value.
const CONDUCTOR_COST: usize = 192;

#[derive(Default)]
struct Voice {
    notes: Vec<Note>,
    events: Vec<ChannelEvent>,
}

impl Builder {
    /// Reads one chunk, its tick 0 at `offset`; gives the tick it ends at.
    fn chunk(
        &mut self,
        chunk: u16,
        offset: u32,
        events: &mut Events,
        tally: &mut Tally,
    ) -> Result<u32, FormatError> {
        let limit_mb = (MEMORY_LIMIT >> 20) as u64;
        let mut voices: [Option<Voice>; 16] = Default::default();
        let mut names: Vec<(u32, &[u8])> = Vec::new();
        let first_meta = self.score.metas.len();
        let mut last = 0;
        while let Some((tick, event)) = events.next(tally) {
            let tick = tick.saturating_add(offset).min(MAX_TICK);
            let mut kept = true;
            self.memory = self
                .memory
                .checked_sub(cost(&event))
                .ok_or(FormatError::TooMuch { limit_mb })?;
            match event {
                Event::NoteOn {
                    channel,
                    pitch,
                    velocity,
                } => {
                    let voice = voice(&mut voices, channel);
                    if let Some(queue) = self.pending.get_mut(slot(channel, pitch)) {
                        queue.push_back(voice.notes.len());
                    }
                    voice.notes.push(Note {
                        id: NoteId(0),
                        start: tick,
                        length: 0,
                        pitch,
                        velocity,
                        release: None,
                    });
                }
                Event::NoteOff {
                    channel,
                    pitch,
                    release,
                } => {
                    let queue = self.pending.get_mut(slot(channel, pitch));
                    let index = queue.and_then(VecDeque::pop_front);
                    // A note-off alone makes no voice.
                    let voice = voices
                        .get_mut(usize::from(channel))
                        .and_then(Option::as_mut);
                    match index.zip(voice).and_then(|(i, v)| v.notes.get_mut(i)) {
                        Some(note) => {
                            note.length = tick - note.start;
                            note.release = release;
                        }
                        None => {
                            tally.unmatched += 1;
                            kept = false;
                        }
                    }
                }
                Event::Channel { channel, kind } => {
                    voice(&mut voices, channel)
                        .events
                        .push(ChannelEvent { tick, kind });
                }
                Event::Meta { kind, body } => {
                    if kind == TRACK_NAME {
                        names.push((tick - offset, body));
                    }
                    kept = self.meta(chunk, tick, kind, body, tally);
                }
                Event::SysEx(body) => self.keep(chunk, tick, MetaKind::SysEx(body.to_vec())),
                Event::Escape(body) => self.keep(chunk, tick, MetaKind::Escape(body.to_vec())),
            }
            if kept {
                last = tick;
            }
        }
        let end = events.tick().saturating_add(offset).min(MAX_TICK);
        for (channel, voice) in voices.iter_mut().enumerate() {
            let Some(voice) = voice else { continue };
            for queue in self.pending.iter_mut().skip(channel * 128).take(128) {
                for i in queue.drain(..) {
                    if let Some(note) = voice.notes.get_mut(i) {
                        note.length = end - note.start;
                        tally.hanging += 1;
                        last = end;
                    }
                }
            }
        }
        let name = self.name(&names, first_meta);
        self.tracks(chunk, &name, voices);
        self.score.chunks.push(name);
        self.score.chunk_ends.push(if end > last { end } else { 0 });
        Ok(end)
    }

    /// Settles the chunk's name. A plain name lives in `chunks`; names that a plain one cannot stand for (several,
    /// late, padded, in another encoding) stay among the metas as well, byte for byte.
    fn name(&mut self, names: &[(u32, &[u8])], first_meta: usize) -> String {
        let name = names
            .iter()
            .map(|(_, raw)| readable(raw))
            .find(|n| !n.is_empty())
            .unwrap_or_default();
        if let [(0, raw)] = names
            && *raw == name.as_bytes()
            && !raw.is_empty()
            && let Some(i) = self.score.metas[first_meta..]
                .iter()
                .position(|m| matches!(m.kind, MetaKind::Other(TRACK_NAME, _)))
        {
            self.score.metas.remove(first_meta + i);
        }
        name
    }

    fn tracks(&mut self, chunk: u16, name: &str, voices: [Option<Voice>; 16]) {
        let several = voices.iter().flatten().count() > 1;
        for (channel, voice) in voices.into_iter().enumerate() {
            let Some(voice) = voice else { continue };
            let id = TrackId(self.score.fresh());
            let mut track = Track::new(id, "", channel as u8, 0);
            track.chunk = chunk;
            track.notes = voice.notes;
            track.events = voice.events;
            // Ids follow the kept order, so that the same piece gets the same ids however its file was laid out.
            track.notes.sort_by_key(|n| (n.start, n.pitch));
            for note in &mut track.notes {
                note.id = NoteId(self.score.fresh());
            }
            // A name that several voices share tells none of them apart.
            if !several {
                track.name = name.to_string();
            }
            self.score.tracks.push(Arc::new(track));
        }
    }

    fn keep(&mut self, chunk: u16, tick: u32, kind: MetaKind) {
        self.score.metas.push(MetaEvent { tick, chunk, kind });
    }

    /// Keeps a meta event; false if it makes no sense and was dropped.
    fn meta(&mut self, chunk: u16, tick: u32, kind: u8, body: &[u8], tally: &mut Tally) -> bool {
        if kind == TEMPO && self.smpte {
            tally.smpte_tempos += 1;
            return false;
        }
        let raw = match Conductor::lenient(kind, tick, body, tally) {
            Some(None) => return false,
            Some(Some(c)) => {
                self.placed.push((chunk, c));
                c.body()
            }
            None => body.to_vec(),
        };
        let kind = match kind {
            0x01 => MetaKind::Text(raw),
            0x02 => MetaKind::Copyright(raw),
            0x04 => MetaKind::InstrumentName(raw),
            0x05 => MetaKind::Lyric(raw),
            0x06 => MetaKind::Marker(raw),
            0x07 => MetaKind::CuePoint(raw),
            0x08 => MetaKind::ProgramName(raw),
            0x09 => MetaKind::DeviceName(raw),
            0x7F => MetaKind::SequencerSpecific(raw),
            other => MetaKind::Other(other, raw),
        };
        self.keep(chunk, tick, kind);
        true
    }

    /// Gives a sequence of a type 2 file its own default tempo and meter, where the one before changed them and
    /// it says nothing itself. `before` is how many events were placed before the sequence. They stand in the sequence's
    /// own chunk, so that they still come last where the one before ends with a change.
    fn restart(&mut self, chunk: u16, offset: u32, before: usize) {
        for (i, kind) in [TEMPO, METER].into_iter().enumerate() {
            let own = self.placed[before..].iter().map(|(_, c)| c);
            let own: Vec<u32> = own
                .filter(|c| c.kind() == kind)
                .map(Conductor::tick)
                .collect();
            let changed = self.changed[i];
            self.changed[i] |= !own.is_empty();
            if own.contains(&offset) || !changed || (kind == TEMPO && self.smpte) {
                continue;
            }
            let c = if kind == TEMPO {
                Conductor::Tempo(Tempo {
                    tick: offset,
                    micros_per_quarter: 500_000,
                })
            } else {
                Conductor::Meter(Meter::new(offset, 4, 4))
            };
            self.placed.insert(before, (chunk, c));
            self.keep(chunk, offset, MetaKind::Other(kind, c.body()));
            // The chunk has an event there now, beyond which its end may no longer lie.
            if let Some(end) = self.score.chunk_ends.last_mut()
                && *end <= offset
            {
                *end = 0;
            }
        }
    }

    fn finish(self, title: &str) -> Score {
        let mut score = self.score;
        let simple = conductor::fill(&mut score, self.placed);
        score.metas.retain(|m| match m.kind {
            MetaKind::Other(kind @ (TEMPO | METER | KEY), ref raw) => {
                !simple.contains(&(kind, m.tick)) || Conductor::exact(kind, m.tick, raw).is_none()
            }
            _ => true,
        });
        score.metas.sort_by_key(|m| m.tick);
        let programs = starting_programs(&score);
        for (track, program) in score.tracks.iter_mut().zip(programs) {
            let track = Arc::make_mut(track);
            track.program = program;
            if track.name.is_empty() {
                track.name = fallback(track).to_string();
            }
        }
        let first = score.chunks.iter().find(|n| !n.is_empty());
        score.title = match (title.trim(), first) {
            ("", Some(name)) => name.clone(),
            ("", None) => "Untitled".into(),
            (given, _) => given.to_string(),
        };
        score
    }
}

/// Bytes that an event takes in the score, or on the way there.
fn cost(event: &Event) -> usize {
    match event {
        Event::NoteOn { .. } => size_of::<Note>(),
        Event::NoteOff { .. } => 0,
        Event::Channel { .. } => size_of::<ChannelEvent>(),
        Event::Meta {
            kind: TEMPO | METER | KEY,
            body,
        } => CONDUCTOR_COST + META_COST + body.len(),
        Event::Meta { body, .. } | Event::SysEx(body) | Event::Escape(body) => {
            META_COST + body.len()
        }
    }
}

fn voice(voices: &mut [Option<Voice>; 16], channel: u8) -> &mut Voice {
    voices[channel as usize & 15].get_or_insert_default()
}

fn slot(channel: u8, pitch: u8) -> usize {
    channel as usize * 128 + pitch as usize
}

/// The programs the tracks of a file start with, in order: a track's own if that comes before its notes, else the
/// first one that any other track sets on the same channel (a channel's program is shared by all chunks), else 0.
pub(super) fn starting_programs(score: &Score) -> Vec<u8> {
    let firsts: Vec<Option<(u32, u8)>> = score
        .tracks
        .iter()
        .map(|t| {
            t.events.iter().find_map(|e| match e.kind {
                ChannelEventKind::Program { program } => Some((e.tick, program)),
                _ => None,
            })
        })
        .collect();
    // The two earliest on each channel: one of them is not the track's own.
    let mut earliest: [[Option<(u32, usize, u8)>; 2]; 16] = Default::default();
    for (i, (track, first)) in score.tracks.iter().zip(&firsts).enumerate() {
        let Some((tick, program)) = *first else {
            continue;
        };
        let pair = &mut earliest[track.channel as usize & 15];
        let new = Some((tick, i, program));
        match pair {
            [Some(a), _] if a.0 <= tick => match pair {
                [_, Some(b)] if b.0 <= tick => {}
                [_, b] => *b = new,
            },
            [a, b] => {
                *b = *a;
                *a = new;
            }
        }
    }
    let start = |t: &Track| t.notes.first().map_or(u32::MAX, |n| n.start);
    score
        .tracks
        .iter()
        .zip(&firsts)
        .enumerate()
        .map(|(i, (track, first))| match first {
            Some((tick, program)) if *tick <= start(track) => *program,
            _ => earliest[track.channel as usize & 15]
                .iter()
                .flatten()
                .find(|(_, of, _)| *of != i)
                .map_or(0, |(_, _, program)| *program),
        })
        .collect()
}
