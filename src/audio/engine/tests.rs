use super::*;
use crate::audio::render::prepare;
use crate::audio::sequence::Routing;
use crate::audio::testing::{demo, small_font};
use crate::score::{Score, Tempo};

const RATE: u32 = 48_000;

fn pull(engine: &mut AudioEngine, frames: usize) -> Vec<f32> {
    let mut out = vec![0f32; frames * 2];
    engine.process(&mut out);
    out
}

fn rms(x: &[f32]) -> f32 {
    (x.iter().map(|x| x * x).sum::<f32>() / x.len().max(1) as f32).sqrt()
}

fn send(remote: &mut Remote, command: Command) {
    assert!(remote.send(command).is_ok());
}

/// One long note on a steady tone, without the room, whose tail would blur levels.
fn drone(pitch: u8, extra: bool) -> Score {
    let mut score = Score::default();
    let t = score.add_track("drone", 0, 0);
    let dry = crate::score::ChannelEventKind::Controller {
        controller: 91,
        value: 0,
    };
    score
        .track_mut(t)
        .unwrap()
        .events
        .push(crate::score::ChannelEvent { tick: 0, kind: dry });
    score.add_note(t, 0, 480 * 16, pitch, 100);
    if extra {
        score.add_note(t, 480 * 12, 480, pitch + 7, 100);
    }
    score
}

#[test]
fn the_playhead_is_the_tempo_maps_tick_at_every_frame() {
    let mut score = demo();
    score.tempos.push(Tempo {
        tick: 4000,
        micros_per_quarter: 777_777,
    });
    let (mut engine, _remote, end) = prepare(&score, &small_font(), RATE).unwrap();
    let clock = score.clock();
    let mut frames = 0u64;
    for n in [1usize, 17, 64, 1000, 4096, 333, 48_000, 7, 90_001] {
        pull(&mut engine, n);
        frames += n as u64;
        assert!(frames < end);
        assert_eq!(engine.shared().frame(), frames);
        let tick = clock.tick(frames as f64 / f64::from(RATE));
        assert!((engine.shared().tick() - tick).abs() <= 0.0005001);
    }
}

#[test]
fn playing_ends_at_the_end_of_the_last_bar() {
    let (mut engine, _remote, end) = prepare(&demo(), &small_font(), RATE).unwrap();
    pull(&mut engine, end as usize - 1);
    assert!(engine.shared().is_playing());
    assert_eq!(engine.shared().frame(), end - 1);
    pull(&mut engine, 5000);
    assert!(!engine.shared().is_playing());
    assert_eq!(engine.shared().frame(), end);
}

#[test]
fn a_loop_goes_round_on_the_very_frame() {
    let (mut engine, mut remote, _) = prepare(&demo(), &small_font(), RATE).unwrap();
    let sequence = engine.transport.sequence.clone();
    let (a, b) = (sequence.frame_at(480.0), sequence.frame_at(1900.0));
    send(&mut remote, Command::Loop(Some((480, 1900))));
    let mut position = 0u64;
    for n in (0..200).map(|i| 100 + i * 7) {
        pull(&mut engine, n);
        position += n as u64;
        if position >= b {
            position = a + (position - b) % (b - a);
        }
        assert_eq!(engine.shared().frame(), position);
    }
    assert!(engine.shared().laps() >= 2);
}

#[test]
fn a_muted_track_is_silent_and_a_soloed_one_alone() {
    let mut score = demo();
    let ids: Vec<_> = score.tracks.iter().map(|t| t.id).collect();
    for id in &ids {
        score.track_mut(*id).unwrap().mix.mute = true;
    }
    let sound = crate::audio::render(&score, &small_font(), RATE, 0.5, |_| true).unwrap();
    assert!(sound.samples.iter().all(|x| *x == 0.0));
    score.track_mut(ids[0]).unwrap().mix.mute = false;
    let one = crate::audio::render(&score, &small_font(), RATE, 0.5, |_| true).unwrap();
    let mut soloed = demo();
    soloed.track_mut(ids[0]).unwrap().mix.solo = true;
    let alone = crate::audio::render(&soloed, &small_font(), RATE, 0.5, |_| true).unwrap();
    assert!(one.samples == alone.samples);
    assert!(rms(&one.samples) > 0.01);
}

#[test]
fn a_gain_change_slides_and_does_not_step() {
    let (mut engine, mut remote, _) = prepare(&drone(45, false), &small_font(), RATE).unwrap();
    let before = pull(&mut engine, 24_000);
    send(
        &mut remote,
        Command::Gain {
            slot: 0,
            gain: (0.0, 0.0),
        },
    );
    let after = pull(&mut engine, 24_000);
    let jump = |x: &[f32]| {
        x.chunks_exact(2)
            .zip(x.chunks_exact(2).skip(1))
            .map(|(a, b)| (a[0] - b[0]).abs())
            .fold(0.0, f32::max)
    };
    assert!(jump(&after) <= jump(&before[2000..]) * 1.5);
    assert!(rms(&after[24_000..]) < 0.1 * rms(&before[24_000..]));
}

#[test]
fn a_note_that_both_takes_hold_sounds_on_across_the_swap() {
    let font = small_font();
    let mut routing = Routing::default();
    let (mut engine, mut remote, _) = prepare(&drone(57, false), &font, RATE).unwrap();
    pull(&mut engine, 60_000);
    // 2400 frames are eleven periods of this A.
    let before = pull(&mut engine, 2400);
    let new = Arc::new(Sequence::new(&drone(57, true), &mut routing, RATE));
    send(&mut remote, Command::Swap(new));
    let after = pull(&mut engine, 9600);
    for window in after.chunks_exact(4800) {
        let ratio = rms(window) / rms(&before);
        assert!((0.9..1.1).contains(&ratio), "level changed by {ratio}");
    }
    let jump = |x: &[f32]| {
        x.chunks_exact(2)
            .zip(x.chunks_exact(2).skip(1))
            .map(|(a, b)| (a[0] - b[0]).abs())
            .fold(0.0, f32::max)
    };
    assert!(jump(&after) < jump(&before) * 1.1);
    assert_eq!(remote.free(), 1);
}

#[test]
fn a_note_that_the_new_take_lacks_is_let_go() {
    let font = small_font();
    let mut routing = Routing::default();
    let (mut engine, mut remote, _) = prepare(&drone(57, false), &font, RATE).unwrap();
    let before = pull(&mut engine, 48_000);
    let mut other = drone(57, true);
    let track = other.tracks[0].id;
    other.track_mut(track).unwrap().notes.remove(0);
    let new = Arc::new(Sequence::new(&other, &mut routing, RATE));
    send(&mut remote, Command::Swap(new));
    pull(&mut engine, 48_000);
    let after = pull(&mut engine, 4800);
    assert!(rms(&after) < 0.05 * rms(&before));
    assert!(engine.shared().is_playing());
}

#[test]
fn a_swap_to_another_tempo_keeps_the_tick() {
    let font = small_font();
    let mut routing = Routing::default();
    let (mut engine, mut remote, _) = prepare(&drone(57, false), &font, RATE).unwrap();
    pull(&mut engine, 64 * 700);
    let tick = engine.shared().tick();
    let mut slow = drone(57, false);
    slow.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 1_000_000,
    });
    let new = Arc::new(Sequence::new(&slow, &mut routing, RATE));
    send(&mut remote, Command::Swap(new));
    pull(&mut engine, 64);
    let now = engine.shared().tick();
    assert!(
        (now - tick - 64.0 * 480.0 / 48_000.0).abs() < 0.02,
        "{tick} {now}"
    );
}

#[test]
fn a_seek_finds_the_program_and_pedal_in_force() {
    use crate::score::{ChannelEvent, ChannelEventKind};
    let mut score = drone(60, false);
    let id = score.tracks[0].id;
    let track = score.track_mut(id).unwrap();
    track.notes.clear();
    track.events.push(ChannelEvent {
        tick: 0,
        kind: ChannelEventKind::Controller {
            controller: 7,
            value: 0,
        },
    });
    score.add_note(id, 960, 480, 60, 100);
    let (mut engine, mut remote, _) = prepare(&score, &small_font(), RATE).unwrap();
    send(&mut remote, Command::Seek(900));
    let out = pull(&mut engine, 24_000);
    assert!(
        out.iter().all(|x| x.abs() < 1e-4),
        "the volume of tick 0 still counts at tick 900"
    );
}

#[test]
fn the_count_in_clicks_and_then_plays_from_the_very_frame() {
    let font = small_font();
    let score = drone(57, false);
    let mut routing = Routing::default();
    let sequence = Arc::new(Sequence::new(&score, &mut routing, RATE));
    let (mut engine, mut remote) = AudioEngine::new(&font, sequence).unwrap();
    send(&mut remote, Command::Play { count_in: 1 });
    // Four beats at 120 bpm are 96 000 frames.
    let count = pull(&mut engine, 96_000);
    assert_eq!(engine.shared().frame(), 0);
    for beat in 0..4 {
        let at = beat * 24_000 * 2;
        assert!(rms(&count[at..at + 2000]) > 0.02, "no click on beat {beat}");
        assert!(rms(&count[at + 20_000..at + 40_000]) < 1e-4);
    }
    pull(&mut engine, 1000);
    assert_eq!(engine.shared().frame(), 1000);
}

#[test]
fn the_metronome_clicks_on_the_beats() {
    let font = small_font();
    let (mut engine, mut remote, _) = prepare(&drone(57, false), &font, RATE).unwrap();
    send(&mut remote, Command::Metronome(true));
    for slot in 0..SLOTS as u8 {
        send(
            &mut remote,
            Command::Gain {
                slot,
                gain: (0.0, 0.0),
            },
        );
    }
    let out = pull(&mut engine, 48_000);
    assert!(rms(&out[..2000]) > 0.02 && rms(&out[48_000..50_000]) > 0.02);
    assert!(rms(&out[20_000..40_000]) < 1e-4);
}

#[test]
fn a_preview_sounds_while_stopped_and_ends_when_told() {
    let font = small_font();
    let sequence = Arc::new(Sequence::empty(RATE));
    let (mut engine, mut remote) = AudioEngine::new(&font, sequence).unwrap();
    assert!(pull(&mut engine, 1000).iter().all(|x| *x == 0.0));
    send(
        &mut remote,
        Command::Preview {
            like: None,
            program: 0,
            drums: false,
            key: 60,
            velocity: 100,
        },
    );
    assert!(rms(&pull(&mut engine, 4800)) > 0.01);
    assert!(engine.shared().take_peak(PREVIEW) > 0.01);
    send(&mut remote, Command::PreviewStop);
    pull(&mut engine, 24_000);
    pull(&mut engine, 48_000 * 2);
    assert!(rms(&pull(&mut engine, 4800)) < 1e-4);
}

#[test]
fn the_metronome_goes_on_beyond_the_end_while_recording() {
    let mut score = Score::default();
    score.add_track("empty", 0, 0);
    score.meters.push(crate::score::Meter::new(0, 3, 4));
    let font = small_font();
    let sequence = Arc::new(Sequence::new(&score, &mut Routing::default(), RATE));
    let end = sequence.end() as usize;
    let (mut engine, mut remote) = AudioEngine::new(&font, sequence).unwrap();
    for command in [
        Command::Metronome(true),
        Command::Endless(true),
        Command::Play { count_in: 0 },
    ] {
        send(&mut remote, command);
    }
    assert_eq!(end, 72_000, "three beats at 120 bpm");
    pull(&mut engine, end);
    let beyond = pull(&mut engine, 4 * 24_000);
    let click = |beat: usize| rms(&beyond[beat * 48_000..beat * 48_000 + 2000]);
    for beat in 0..4 {
        let rest = &beyond[beat * 48_000 + 20_000..(beat + 1) * 48_000];
        assert!(click(beat) > 0.02, "no click on beat {beat}");
        assert!(rms(rest) < 1e-4, "a click beside beat {beat}");
    }
    assert!(click(0) > click(1) && click(3) > click(2), "bars of three");
}
