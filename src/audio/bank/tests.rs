use super::*;
use crate::audio::Font;
use rustysynth::{Synthesizer, SynthesizerSettings};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/soundfonts/lacuna.sf2");

/// Makes the file anew: `cargo test --lib audio::bank::tests::write_the_soundfont -- --ignored`.
#[test]
#[ignore = "writes soundfonts/lacuna.sf2"]
fn write_the_soundfont() {
    std::fs::write(FILE, generate().to_bytes()).unwrap();
}

/// Bytes of the samples, and all bytes around them.
fn parts(bytes: &[u8]) -> (Vec<i16>, Vec<u8>) {
    let at = bytes.windows(4).position(|w| w == b"smpl").unwrap() + 8;
    let size = u32::from_le_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
    let samples = bytes[at..at + size]
        .chunks_exact(2)
        .map(|b| i16::from_le_bytes([b[0], b[1]]))
        .collect();
    let rest = [&bytes[..at], &bytes[at + size..]].concat();
    (samples, rest)
}

#[test]
fn the_file_is_what_the_generator_makes_and_not_too_large() {
    let made = generate().to_bytes();
    let file = bundled_bytes();
    assert!(file.len() <= 8_000_000, "{} bytes", file.len());
    let ((a, around_a), (b, around_b)) = (parts(&made), parts(file));
    assert!(
        around_a == around_b,
        "instruments differ: write the file anew"
    );
    assert_eq!(a.len(), b.len());
    // Sines differ in their last bits from one system's library to another's.
    let worst = a.iter().zip(&b).map(|(x, y)| x.abs_diff(*y)).max();
    assert!(worst.unwrap() <= 3, "samples differ: write the file anew");
}

#[test]
fn no_sample_clips_and_no_loop_has_a_seam() {
    for s in &generate().samples {
        let top = s.data.iter().map(|x| x.unsigned_abs()).max().unwrap();
        assert!((20_000..32_767).contains(&top), "{}: {top}", s.name);
        let Some((from, to)) = s.looped else { continue };
        let (from, to) = (from as usize, to as usize);
        let step = |a: i16, b: i16| (i32::from(a) - i32::from(b)).abs();
        let inside = s.data[from..to]
            .windows(2)
            .map(|w| step(w[0], w[1]))
            .max()
            .unwrap();
        let seam = step(s.data[to - 1], s.data[from]);
        assert!(seam <= inside + 2, "{}: {seam} > {inside}", s.name);
    }
}

fn play(program: i32, channel: i32, keys: &[i32], velocity: i32, seconds: f64) -> Vec<f32> {
    let mut settings = SynthesizerSettings::new(44_100);
    settings.enable_reverb_and_chorus = false;
    let mut synth = Synthesizer::new(Font::bundled().sound_font(), &settings).unwrap();
    synth.process_midi_message(channel, 0xC0, program, 0);
    for key in keys {
        synth.note_on(channel, *key, velocity);
    }
    let n = (seconds * 44_100.0) as usize;
    let (mut left, mut right) = (vec![0f32; n], vec![0f32; n]);
    synth.render(&mut left, &mut right);
    left.iter().zip(&right).map(|(l, r)| l + r).collect()
}

fn loudness(x: &[f32]) -> f64 {
    let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    dsp::loudness(&x, 44_100.0)
}

#[test]
fn the_instruments_of_a_band_are_equally_loud() {
    // Piano, electric piano, organ, guitars, strings, choir, trumpet, saxophone, flute, leads, pad.
    let programs = [0, 4, 16, 24, 25, 40, 48, 52, 56, 66, 73, 80, 81, 89];
    let loud: Vec<f64> = programs
        .iter()
        .map(|p| loudness(&play(*p, 0, &[60, 64, 67], 90, 0.8)))
        .collect();
    let (low, high) = loud
        .iter()
        .fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
    assert!(high - low < 4.5, "{loud:.1?}");
    let bass = loudness(&play(33, 0, &[36], 90, 0.8));
    assert!((bass - low).abs() < 6.0, "{bass}");
}

#[test]
fn no_program_and_no_drum_is_silent() {
    for program in 0..128 {
        let sound = play(program, 0, &[60], 100, 0.6);
        assert!(loudness(&sound) > -60.0, "program {program}");
        assert!(sound.iter().all(|x| x.abs() < 0.9), "program {program}");
    }
    for key in 27..=87 {
        let sound = play(0, 9, &[key], 100, 0.3);
        assert!(loudness(&sound) > -60.0, "drum {key}");
    }
}
