//! Ten thousand things a restless person does while a piece plays, against a second account of what ought to sound,
//! kept note by note and as simply as possible.

use super::*;
use crate::audio::sequence::Routing;
use crate::audio::testing::small_font;
use crate::process::generator;
use crate::score::{Note, NoteId, Score, Track, TrackId};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

const RATE: u32 = 48_000;
const ACTIONS: usize = 10_000;
/// Frames a tick at 120 beats a minute and 480 ticks a beat.
const TICK: u64 = 50;
/// Ticks of the piece: eight bars.
const END: u32 = 8 * 1920;
/// The least of a loop, as the transport has it.
const SHORTEST_LOOP: u64 = 1024;

/// A key of a track.
type Key = (TrackId, u8);

/// Three tracks, no two notes of one pitch on a track at one time: which notes sound is then which keys are down.
fn piece() -> Score {
    let mut score = Score::default();
    for (channel, program) in [(0, 0), (1, 48), (9, 0)] {
        let t = score.add_track("t", channel, program);
        for i in 0..96u32 {
            let pitch = 36 + (i * 5 % 24) as u8;
            score.add_note(t, i * 160, 100 + i % 7 * 60, pitch, 90);
        }
    }
    score
}

/// Takes some notes away, and puts some elsewhere, still none over another of its pitch.
fn edited(score: &Score, rng: &mut ChaCha8Rng) -> Score {
    let mut score = score.clone();
    let ids: Vec<TrackId> = score.tracks.iter().map(|t| t.id).collect();
    for id in ids {
        let next = score.next_id;
        score.next_id += 1;
        let Some(track) = score.track_mut(id) else {
            continue;
        };
        // As many as there were at first: a thinned-out piece would hardly sound.
        if track.notes.len() >= 96 {
            let gone = rng.random_range(0..track.notes.len());
            track.notes.remove(gone);
        }
        let note = Note {
            id: NoteId(next),
            start: rng.random_range(0..END - 700),
            length: rng.random_range(20..700),
            pitch: rng.random_range(36..60),
            velocity: 90,
            release: None,
        };
        let free =
            |n: &Note| n.pitch != note.pitch || n.end() <= note.start || n.start >= note.end();
        if track.notes.iter().all(free) {
            track.notes.push(note);
            track.sort();
        }
    }
    score
}

/// What ought to be, told by notes alone.
struct Account {
    score: Score,
    frame: u64,
    playing: bool,
    looped: Option<(u64, u64)>,
    down: BTreeSet<Key>,
    /// Attacks so far.
    attacks: u64,
}

impl Account {
    fn end(&self) -> u64 {
        let bars = self.score.bars();
        let last = bars.count_until(self.score.end()).saturating_sub(1);
        u64::from(bars.end(last)) * TICK
    }

    /// Plays from the playhead up to a frame, which is not played.
    fn play_to(&mut self, to: u64) {
        let from = self.frame;
        for track in &self.score.tracks {
            for n in &track.notes {
                let key = (track.id, n.pitch);
                let (start, end) = (u64::from(n.start) * TICK, u64::from(n.end()) * TICK);
                if (from..to).contains(&start) {
                    self.attacks += 1;
                    if end >= to {
                        self.down.insert(key);
                    }
                }
            }
            for n in &track.notes {
                let (start, end) = (u64::from(n.start) * TICK, u64::from(n.end()) * TICK);
                let again = |m: &Note| {
                    let at = u64::from(m.start) * TICK;
                    m.pitch == n.pitch && (end..to).contains(&at) && u64::from(m.end()) * TICK >= to
                };
                if (from..to).contains(&end) && start < end && !track.notes.iter().any(again) {
                    self.down.remove(&(track.id, n.pitch));
                }
            }
        }
        self.frame = to;
    }

    fn run(&mut self, frames: u64) {
        let mut left = frames;
        while left > 0 && self.playing {
            let border = match self.looped {
                Some((_, to)) if self.frame < to => to,
                _ => self.end().max(self.frame),
            };
            let to = (self.frame + left).min(border);
            left -= to - self.frame;
            self.play_to(to);
            if to == border {
                self.down.clear();
                match self.looped {
                    Some((from, end)) if end == border => self.frame = from,
                    _ => self.playing = false,
                }
            }
        }
    }

    /// Notes of another piece: what still lasts here goes on, all else is let go.
    fn swap(&mut self, score: Score) {
        self.score = score;
        let frame = self.frame;
        let held = |t: &Track, pitch: u8| {
            t.notes.iter().any(|n| {
                let (start, end) = (u64::from(n.start) * TICK, u64::from(n.end()) * TICK);
                n.pitch == pitch && start < frame && end > frame
            })
        };
        let score = &self.score;
        self.down
            .retain(|(id, pitch)| score.track(*id).is_some_and(|t| held(t, *pitch)));
    }
}

fn sounding(engine: &AudioEngine, routing: &Routing, score: &Score) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    for track in &score.tracks {
        let (slot, channel) = routing.place(track.id).expect("three tracks have places");
        let down = engine.rack.down(slot, channel);
        let on = (0..128u8).filter(|k| down >> k & 1 == 1);
        keys.extend(on.map(|k| (track.id, k)));
    }
    keys
}

#[test]
fn no_note_is_lost_or_hangs_over_ten_thousand_random_actions() {
    let mut rng = generator(20, 0);
    let mut routing = Routing::default();
    let sequence =
        |score: &Score, routing: &mut Routing| Arc::new(Sequence::new(score, routing, RATE));
    let first = sequence(&piece(), &mut routing);
    let (mut engine, mut remote) = AudioEngine::new(&small_font(), first).unwrap();
    let mut account = Account {
        score: piece(),
        frame: 0,
        playing: false,
        looped: None,
        down: BTreeSet::new(),
        attacks: 0,
    };
    let mut buffer = vec![0f32; 2 * BLOCK * 40];
    let send = |remote: &mut Remote, c: Command| assert!(remote.send(c).is_ok());
    let mut longest = 0;
    for action in 0..ACTIONS {
        match rng.random_range(0..10u32) {
            0..2 => {
                let tick = rng.random_range(0..END);
                send(&mut remote, Command::Seek(tick));
                account.down.clear();
                account.frame = u64::from(tick) * TICK;
            }
            2 => {
                let (a, long) = (rng.random_range(0..END), rng.random_range(1..3000u32));
                send(&mut remote, Command::Loop(Some((a, a + long))));
                let from = u64::from(a) * TICK;
                let to = from + (u64::from(long) * TICK).max(SHORTEST_LOOP);
                account.looped = Some((from, to));
            }
            3 => {
                send(&mut remote, Command::Loop(None));
                account.looped = None;
            }
            4 => {
                let slot = rng.random_range(0..3u8);
                let gain = f32::from(u8::from(rng.random_bool(0.5)));
                let gain = (gain, gain);
                send(&mut remote, Command::Gain { slot, gain });
            }
            5..8 => {
                let score = edited(&account.score, &mut rng);
                let new = sequence(&score, &mut routing);
                send(&mut remote, Command::Swap(new));
                account.swap(score);
            }
            8 if rng.random_bool(0.3) => {
                send(&mut remote, Command::Stop);
                account.playing = false;
                account.down.clear();
            }
            _ => {
                send(&mut remote, Command::Play { count_in: 0 });
                account.playing = true;
            }
        }
        let blocks = rng.random_range(1..40usize);
        engine.process(&mut buffer[..2 * BLOCK * blocks]);
        remote.free();
        account.run((BLOCK * blocks) as u64);
        assert_eq!(engine.shared().frame(), account.frame, "action {action}");
        assert_eq!(engine.shared().is_playing(), account.playing);
        let sounds = sounding(&engine, &routing, &account.score);
        let hangs: Vec<_> = sounds.difference(&account.down).collect();
        let lost: Vec<_> = account.down.difference(&sounds).collect();
        assert!(
            hangs.is_empty() && lost.is_empty(),
            "action {action}: {hangs:?} hang, {lost:?} are lost"
        );
        longest = longest.max(sounds.len());
    }
    println!("{} attacks, {longest} at once", account.attacks);
    assert!(account.attacks > 1000 && longest > 2, "and much sounded");
    send(&mut remote, Command::Stop);
    for _ in 0..300 {
        engine.process(&mut buffer);
    }
    engine.process(&mut buffer);
    let loudest = buffer.iter().fold(0f32, |a, x| a.max(x.abs()));
    assert!(loudest < 1e-4, "what was let go rings out: {loudest}");
}

/// The largest step between two samples of a side.
fn largest_step(sound: &[f32]) -> f32 {
    sound
        .chunks_exact(2)
        .zip(sound.chunks_exact(2).skip(1))
        .map(|(a, b)| (a[0] - b[0]).abs().max((a[1] - b[1]).abs()))
        .fold(0.0, f32::max)
}

/// The piece with another take in bars 3 to 6 of the first two tracks.
fn take(number: u8) -> Score {
    let mut score = piece();
    let ids: Vec<TrackId> = score.tracks.iter().take(2).map(|t| t.id).collect();
    for id in ids {
        let hole = 2 * 1920..6 * 1920;
        if let Some(track) = score.track_mut(id) {
            track.notes.retain(|n| !hole.contains(&n.start));
        }
        for i in 0..32u32 {
            let pitch = 40 + ((i * 3 + u32::from(number) * 4) % 20) as u8;
            let length = 120 + (i + u32::from(number)) % 3 * 150;
            score.add_note(id, hole.start + i * 240, length, pitch, 90);
        }
    }
    score
}

fn played(swaps: bool, first: u8) -> Vec<f32> {
    let mut rng = generator(3, u64::from(first));
    let mut routing = Routing::default();
    let mut sequence = |n| Arc::new(Sequence::new(&take(n), &mut routing, RATE));
    let (mut engine, mut remote) = AudioEngine::new(&small_font(), sequence(first)).unwrap();
    for slot in 0..3 {
        let gain = (0.5, 0.5);
        assert!(remote.send(Command::Gain { slot, gain }).is_ok());
    }
    assert!(remote.send(Command::Play { count_in: 0 }).is_ok());
    let mut sound = Vec::new();
    while sound.len() < 2 * (u64::from(END) * TICK) as usize {
        let frames = rng.random_range(1000..12_000usize);
        let mut part = vec![0f32; 2 * frames];
        engine.process(&mut part);
        sound.extend(part);
        if swaps {
            let next = sequence(rng.random_range(0..4));
            assert!(remote.send(Command::Swap(next)).is_ok());
            remote.free();
        }
    }
    sound
}

#[test]
fn swapping_takes_makes_no_larger_step_than_playing_them() {
    let plain = (0..4).map(|n| largest_step(&played(false, n)));
    let plain = plain.fold(0.0, f32::max);
    let swapped = (0..4).map(|n| largest_step(&played(true, n)));
    let swapped = swapped.fold(0.0, f32::max);
    assert!(plain > 0.001, "it was not silent");
    assert!(
        swapped <= plain,
        "{swapped} while swapping, {plain} otherwise"
    );
}

#[test]
fn a_loop_sounds_the_same_to_the_bit_each_time_round() {
    let mut score = Score::default();
    let t = score.add_track("dry", 0, 0);
    let dry = crate::score::ChannelEventKind::Controller {
        controller: 91,
        value: 0,
    };
    if let Some(track) = score.track_mut(t) {
        let event = crate::score::ChannelEvent { tick: 0, kind: dry };
        track.events.push(event);
    }
    for i in 0..16 {
        score.add_note(t, i * 480, 60, 60 + (i % 5) as u8, 90);
    }
    let mut routing = Routing::default();
    let sequence = Arc::new(Sequence::new(&score, &mut routing, RATE));
    let (mut engine, mut remote) = AudioEngine::new(&small_font(), sequence).unwrap();
    let commands = [
        Command::Gain {
            slot: 0,
            gain: (1.0, 1.0),
        },
        // 1920 ticks are 96 000 frames and so 1500 blocks: each time round begins with a block.
        Command::Loop(Some((480, 2400))),
        Command::Play { count_in: 0 },
    ];
    for c in commands {
        assert!(remote.send(c).is_ok());
    }
    let mut lap = |frames: usize| {
        let mut out = vec![0f32; 2 * frames];
        engine.process(&mut out);
        out
    };
    lap(120_000 + DELAY);
    let (second, third) = (lap(96_000), lap(96_000));
    assert!(second.iter().any(|x| x.abs() > 0.01), "it was not silent");
    let first = second.iter().zip(&third).position(|(a, b)| a != b);
    assert_eq!(first, None, "the first sample that differs");
}
