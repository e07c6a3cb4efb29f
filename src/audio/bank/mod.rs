//! The bundled SoundFont and how it is made.

mod build;
mod drums;
mod dsp;
mod keys;
mod piano;
mod plucked;
mod programs;
pub mod sf2;
mod standing;
mod tone;

/// Makes the bundled SoundFont from nothing.
pub fn generate() -> SoundFile {
    let mut b = build::Builder::default();
    b.file.name = "Lacuna".into();
    b.file.copyright = "MIT, the Lacuna authors".into();
    programs::all(&mut b);
    b.file
}

pub use dsp::loudness;
use sf2::{Preset, Sample, SoundFile, Zone, generator as g};

/// The file `soundfonts/lacuna.sf2`.
pub fn bundled_bytes() -> &'static [u8] {
    include_bytes!("../../../soundfonts/lacuna.sf2")
}

/// A font of two tones: one for every melodic program, one for drums. For tests, which should not depend on how the
/// real one sounds.
pub fn small() -> SoundFile {
    let mut file = SoundFile {
        name: "Small".into(),
        copyright: "MIT".into(),
        ..SoundFile::default()
    };
    let tone = |name: &str, cycles: usize, looped| Sample {
        name: name.into(),
        data: (0..4410)
            .map(|i| {
                let x = i as f64 / 4410.0 * cycles as f64 * std::f64::consts::TAU;
                ((x.sin() + 0.3 * (2.0 * x).sin()) * 20_000.0) as i16
            })
            .collect(),
        rate: 44_100,
        root: 69,
        looped,
    };
    let tone_index = file.add_sample(tone("tone", 44, Some((0, 4410))));
    let drum_index = file.add_sample(tone("drum", 9, None));
    let zone = |sample, generators| Zone {
        sample,
        keys: (0, 127),
        velocities: (0, 127),
        generators,
    };
    let melodic = file.add_instrument(
        "tone",
        vec![zone(
            tone_index,
            vec![
                (g::VOL_ENV_ATTACK, -9000),
                (g::VOL_ENV_DECAY, 2400),
                (g::VOL_ENV_SUSTAIN, 200),
                (g::VOL_ENV_RELEASE, -2400),
            ],
        )],
    );
    let drums = file.add_instrument(
        "drum",
        vec![zone(
            drum_index,
            vec![(g::SCALE_TUNING, 0), (g::VOL_ENV_RELEASE, 0)],
        )],
    );
    for (bank, instrument) in [(0, melodic), (128, drums)] {
        file.presets.push(Preset {
            name: if bank == 0 { "Tone" } else { "Drum" }.into(),
            bank,
            program: 0,
            instrument,
            generators: Vec::new(),
        });
    }
    file
}

#[cfg(test)]
mod tests;
