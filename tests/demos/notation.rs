//! The notation of the demo pieces, described in `assets/demos/README.md`. Every fault names its line.

use lacuna::score::{ChannelEvent, ChannelEventKind, Meter, Score, Tempo, TrackId};

const PPQ: u16 = 480;
const STEP: u32 = PPQ as u32 / 4;
const BAR: u32 = 16;
/// A note ends this many ticks before the next, so that a repeated pitch is struck anew.
const GAP: u32 = 8;

/// Bars of one voice, each with the line it stands on.
type Bars<'a> = Vec<(usize, &'a str)>;

enum Kind {
    Voice,
    /// Drum pitch and usual velocity.
    Grid(u8, u8),
}

struct Reader {
    score: Score,
    swing: u32,
    track: Option<TrackId>,
    pedal: Option<u32>,
    halves: Vec<u32>,
    bars: u32,
}

/// Reads a piece.
pub fn parse(text: &str) -> Result<Score, String> {
    let mut reader = Reader {
        score: Score {
            ppq: PPQ,
            chunks: vec![String::new()],
            ..Score::default()
        },
        swing: 0,
        track: None,
        pedal: None,
        halves: Vec::new(),
        bars: 0,
    };
    let mut open: Option<(Kind, Bars)> = None;
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(bars) = line.strip_prefix('|') {
            let (_, list) = open
                .as_mut()
                .ok_or(format!("line {}: bars without a voice", i + 1))?;
            list.extend(bars.split('|').map(|b| (i + 1, b.trim())));
            continue;
        }
        reader.close(open.take())?;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match word {
            "voice" => {
                open = Some((Kind::Voice, Vec::new()));
                Some(())
            }
            "grid" => numbers(rest).map(|n| {
                open = Some((Kind::Grid(n[0] as u8, n[1] as u8), Vec::new()));
            }),
            _ => reader.directive(word, rest),
        };
        done.ok_or(format!("line {}: cannot read '{line}'", i + 1))?;
    }
    reader.close(open)?;
    reader.pedal_track();
    reader.restrike();
    Ok(reader.score)
}

fn numbers(text: &str) -> Option<[u32; 2]> {
    let (a, b) = text.split_once(' ')?;
    Some([a.parse().ok()?, b.trim().parse().ok()?])
}

impl Reader {
    fn directive(&mut self, word: &str, rest: &str) -> Option<()> {
        match word {
            "title" => self.score.title = rest.into(),
            "tempo" => {
                let bpm: f64 = rest.parse().ok().filter(|b| *b > 0.0)?;
                self.score.tempos.push(Tempo {
                    tick: 0,
                    micros_per_quarter: (60e6 / bpm).round() as u32,
                });
            }
            "meter" => {
                let (n, d) = rest.split_once('/')?;
                let meter = Meter::new(0, n.parse().ok()?, d.parse().ok()?);
                (meter.bar_ticks(PPQ) == BAR * STEP).then_some(())?;
                self.score.meters.push(meter);
            }
            "swing" => self.swing = rest.parse().ok()?,
            "pedal" => self.pedal = Some(rest.parse().ok()?),
            "halves" => {
                self.halves = rest
                    .split_whitespace()
                    .map(|w| w.parse().ok())
                    .collect::<Option<_>>()?;
            }
            "track" => {
                self.pedal_track();
                let mut words = rest.split_whitespace();
                let name = words.next()?;
                let (channel, program) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
                let id = self.score.add_track(name, channel, program);
                self.score.chunks.push(name.into());
                let event = ChannelEventKind::Program { program };
                self.score.track_mut(id)?.events.push(ChannelEvent {
                    tick: 0,
                    kind: event,
                });
                self.track = Some(id);
                (self.pedal, self.halves, self.bars) = (None, Vec::new(), 0);
            }
            _ => return None,
        }
        Some(())
    }

    /// Puts the notes of a finished voice on the track.
    fn close(&mut self, voice: Option<(Kind, Bars)>) -> Result<(), String> {
        let Some((kind, bars)) = voice else {
            return Ok(());
        };
        self.bars = self.bars.max(bars.len() as u32);
        let mut state = Voice::default();
        for (i, (line, bar)) in bars.iter().enumerate() {
            let fail = |e: String| format!("line {line}, bar {}: {e}", i + 1);
            let start = i as u32 * BAR;
            match kind {
                Kind::Voice => self.voice_bar(&mut state, bar, start).map_err(fail)?,
                Kind::Grid(pitch, level) => {
                    self.grid_bar(bar, start, pitch, level).map_err(fail)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, step: u32, steps: u32, pitch: u8, velocity: i32) -> Result<(), String> {
        let track = self.track.ok_or("no track to write on")?;
        // Odd 16ths come late; what ends on one ends late, too.
        let at = |s: u32| s * STEP + self.swing * (s % 2);
        let (start, end) = (at(step), at(step + steps).saturating_sub(GAP));
        let velocity = velocity.clamp(1, 127) as u8;
        self.score
            .add_note(track, start, end - start, pitch, velocity);
        Ok(())
    }

    fn voice_bar(&mut self, state: &mut Voice, bar: &str, start: u32) -> Result<(), String> {
        let mut at = 0;
        state.from = state.to;
        for word in bar.split_whitespace() {
            if let Some((from, to)) = dynamics(word) {
                (state.from, state.to) = (from, to);
                continue;
            }
            let (names, rest) = word.split_once(':').ok_or(format!("'{word}' has no ':'"))?;
            let digits = rest.trim_end_matches(['\'', '>']);
            let marks = &rest[digits.len()..];
            let steps: u32 = digits
                .parse()
                .map_err(|_| format!("'{word}' has no length"))?;
            if steps == 0 || at + steps > BAR {
                return Err(format!("'{word}' does not fit the bar"));
            }
            if names != "r" {
                let level = state.from + (state.to - state.from) * at as i32 / BAR as i32;
                let level = level + metric(at) + if marks.contains('>') { 10 } else { 0 };
                let short = marks.contains('\'');
                let chord = names
                    .split('+')
                    .map(pitch)
                    .collect::<Option<Vec<u8>>>()
                    .ok_or(format!("'{word}' names no pitch"))?;
                let top = chord.iter().copied().max().unwrap_or(0);
                for p in chord {
                    // The top of a chord is heard; no two strokes are quite alike.
                    let under = if p < top { -6 } else { 0 };
                    let alive = ((start + at) * 7 + u32::from(p) * 5) as i32 % 7 - 3;
                    let length = if short { steps.div_ceil(2) } else { steps };
                    self.add(start + at, length, p, level + under + alive)?;
                }
            }
            at += steps;
        }
        if at == BAR {
            Ok(())
        } else {
            Err(format!("{at} 16ths instead of {BAR}"))
        }
    }

    fn grid_bar(&mut self, bar: &str, start: u32, pitch: u8, level: u8) -> Result<(), String> {
        if bar.len() != BAR as usize {
            return Err(format!("{} cells instead of {BAR}", bar.len()));
        }
        for (at, cell) in (0u32..).zip(bar.chars()) {
            let alive = ((start + at) * 5) as i32 % 7 - 3;
            let level = i32::from(level) + alive;
            match cell {
                'X' => self.add(start + at, 1, pitch, level + 12)?,
                'x' => self.add(start + at, 1, pitch, level)?,
                'o' => self.add(start + at, 1, pitch, level - 18)?,
                '.' => {}
                other => return Err(format!("'{other}' is no stroke")),
            }
        }
        Ok(())
    }

    /// Two voices of a track may meet on a key: the later stroke ends the earlier note, of two at once the longer stays.
    fn restrike(&mut self) {
        for id in self.score.tracks.iter().map(|t| t.id).collect::<Vec<_>>() {
            let Some(track) = self.score.track_mut(id) else {
                continue;
            };
            let all = track.notes.clone();
            track.notes.retain(|n| {
                !all.iter().any(|o| {
                    let same = o.pitch == n.pitch && o.start == n.start && o.id != n.id;
                    same && (o.length, n.id) > (n.length, o.id)
                })
            });
            for n in &mut track.notes {
                let next = all
                    .iter()
                    .filter(|o| o.pitch == n.pitch && o.start > n.start)
                    .map(|o| o.start)
                    .min();
                if let Some(next) = next.filter(|next| *next < n.end()) {
                    n.length = next - n.start - GAP.min(next - n.start - 1);
                }
            }
        }
    }

    /// Presses the pedal of the finished track anew with each harmony.
    fn pedal_track(&mut self) {
        let (Some(every), Some(id)) = (self.pedal, self.track) else {
            return;
        };
        let mut events = Vec::new();
        for bar in 0..self.bars {
            let every = if self.halves.contains(&(bar + 1)) {
                BAR / 2
            } else {
                every.clamp(1, BAR)
            };
            for at in (0..BAR).step_by(every as usize) {
                let tick = (bar * BAR + at) * STEP;
                // Lifted with the new harmony, caught again just after it.
                for (tick, value) in [(tick, 0), (tick + 40, 127)] {
                    let controller = 64;
                    let kind = ChannelEventKind::Controller { controller, value };
                    events.push(ChannelEvent { tick, kind });
                }
            }
        }
        let kind = ChannelEventKind::Controller {
            controller: 64,
            value: 0,
        };
        let tick = self.bars * BAR * STEP + STEP;
        events.push(ChannelEvent { tick, kind });
        if let Some(track) = self.score.track_mut(id) {
            track.events.extend(events);
        }
    }
}

/// Where a voice's loudness starts and ends in the bar.
struct Voice {
    from: i32,
    to: i32,
}

impl Default for Voice {
    fn default() -> Self {
        Voice { from: 82, to: 82 }
    }
}

/// Velocity added for the place in the bar.
fn metric(step: u32) -> i32 {
    match step % BAR {
        0 => 5,
        8 => 2,
        s if s % 4 == 0 => 0,
        s if s % 2 == 0 => -3,
        _ => -5,
    }
}

/// Velocities of "mf" or "mp<f": from, to.
fn dynamics(word: &str) -> Option<(i32, i32)> {
    let level = |w: &str| {
        const LEVELS: [(&str, i32); 6] = [
            ("pp", 46),
            ("p", 58),
            ("mp", 70),
            ("mf", 82),
            ("f", 95),
            ("ff", 107),
        ];
        LEVELS.iter().find(|l| l.0 == w).map(|l| l.1)
    };
    match word.split_once('<') {
        Some((a, b)) => Some((level(a)?, level(b)?)),
        None => level(word).map(|l| (l, l)),
    }
}

/// MIDI pitch of a name such as "F#4" (C4 is 60).
fn pitch(name: &str) -> Option<u8> {
    let octave_at = name.find(|c: char| c.is_ascii_digit())?;
    let (letter, octave) = name.split_at(octave_at);
    const NAMES: [&str; 12] = [
        "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    ];
    let class = NAMES.iter().position(|n| *n == letter)?;
    u8::try_from((octave.parse::<usize>().ok()? + 1) * 12 + class).ok()
}
