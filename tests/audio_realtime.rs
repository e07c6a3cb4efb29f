//! The engine's callback makes and frees no memory, whatever is asked of it meanwhile.

use lacuna::audio::engine::Command;
use lacuna::audio::{AudioEngine, Font, Routing, Sequence};
use lacuna::score::{ChannelEvent, ChannelEventKind, Score, Tempo};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|c| c.set(c.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        let _ = COUNT.try_with(|c| c.set(c.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn piece(variant: u8) -> Score {
    let mut score = Score::default();
    score.tempos.push(Tempo {
        tick: 1000,
        micros_per_quarter: 350_000 + u32::from(variant) * 50_000,
    });
    for (channel, program) in [(0, 0), (1, 48), (2, 33), (9, 0), (3, 73)] {
        let t = score.add_track("track", channel, program);
        for i in 0..64u32 {
            let pitch = 40 + ((i * 7 + u32::from(variant + channel)) % 36) as u8;
            score.add_note(t, i * 120, 110 + i * 5, pitch, 60 + (i % 60) as u8);
        }
        let events = (0..32u32).map(|i| ChannelEvent {
            tick: i * 240,
            kind: match i % 3 {
                0 => ChannelEventKind::Controller {
                    controller: 64,
                    value: if i % 2 == 0 { 127 } else { 0 },
                },
                1 => ChannelEventKind::PitchBend {
                    value: 8192 + (i * 100) as u16,
                },
                _ => ChannelEventKind::Program {
                    program: (i * 3) as u8,
                },
            },
        });
        if let Some(track) = score.track_mut(t) {
            track.events = events.collect();
        }
    }
    score
}

#[test]
fn no_memory_is_made_or_freed_while_processing() {
    let font = Font::bundled();
    let mut routing = Routing::default();
    let mut sequence = |v| Arc::new(Sequence::new(&piece(v), &mut routing, 48_000));
    let (mut engine, mut remote) = AudioEngine::new(&font, sequence(0)).expect("48 kHz works");
    let mut buffer = vec![0f32; 4096];
    let mut counted = 0;
    let mut loudest = 0f32;
    for round in 0..1100u32 {
        let commands: Vec<Command> = match round % 11 {
            0 => vec![Command::Play { count_in: 0 }],
            1 => (0..5)
                .map(|slot| Command::Gain {
                    slot,
                    gain: (1.0, 0.8),
                })
                .collect(),
            2 => vec![Command::Swap(sequence((round % 5) as u8))],
            3 => vec![Command::Seek(round % 6000)],
            4 => vec![Command::Loop(Some((round % 3000, round % 3000 + 700)))],
            5 => vec![Command::Metronome(round % 2 == 0)],
            6 => vec![Command::Preview {
                like: Some(0),
                program: (round % 128) as u8,
                drums: round % 7 == 0,
                key: 60,
                velocity: 100,
            }],
            7 => vec![Command::Swap(sequence(1)), Command::Swap(sequence(2))],
            8 if round % 33 == 8 => vec![Command::Stop, Command::Play { count_in: 1 }],
            9 => vec![Command::Loop(None), Command::PreviewStop],
            _ => Vec::new(),
        };
        for c in commands {
            assert!(remote.send(c).is_ok());
        }
        let n = 2 * [64usize, 100, 333, 512, 1024][round as usize % 5];
        let before = COUNT.with(Cell::get);
        engine.process(&mut buffer[..n]);
        counted += COUNT.with(Cell::get) - before;
        loudest = buffer[..n].iter().fold(loudest, |a, x| a.max(x.abs()));
        remote.free();
    }
    assert_eq!(counted, 0, "allocations and frees in the callback");
    assert!(loudest > 0.05, "and it was not silent: {loudest}");
}

#[test]
fn a_full_trash_delays_commands_instead_of_freeing() {
    let font = Font::bundled();
    let mut routing = Routing::default();
    let empty = Arc::new(Sequence::new(&piece(0), &mut routing, 48_000));
    let (mut engine, mut remote) = AudioEngine::new(&font, empty.clone()).expect("48 kHz works");
    for _ in 0..600 {
        assert!(remote.send(Command::Swap(empty.clone())).is_ok());
    }
    let mut buffer = vec![0f32; 256];
    let before = COUNT.with(Cell::get);
    engine.process(&mut buffer);
    engine.process(&mut buffer);
    assert_eq!(COUNT.with(Cell::get), before);
    let obeyed = remote.shared().obeyed();
    assert!(obeyed < 600);
    while remote.free() > 0 {
        engine.process(&mut buffer);
    }
    assert_eq!(remote.shared().obeyed(), 600);
}
