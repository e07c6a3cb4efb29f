//! Which instrument each of General MIDI's 128 programs is, and how it is bent towards it.

use super::build::Builder;
use super::sf2::{Preset, Zone, generator as g};
use super::{drums, keys, piano, plucked, standing};

/// The instruments there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Is {
    Piano,
    Tine,
    Harpsichord,
    Vibes,
    Glocken,
    Bells,
    Marimba,
    Organ,
    Church,
    FreeReed,
    Nylon,
    Steel,
    Drive,
    Bass,
    SynthBass,
    Bowed,
    Strings,
    Choir,
    Pad,
    Brass,
    Reed,
    Clarinet,
    Flute,
    Saw,
    Square,
    Noise,
    Timpani,
    Cymbal,
}

type Maker = fn(&mut Builder) -> Vec<Zone>;

const INSTRUMENTS: [(Is, &str, Maker); 27] = [
    (Is::Piano, "Piano", piano::zones),
    (Is::Tine, "Electric Piano", keys::electric_piano),
    (Is::Harpsichord, "Harpsichord", plucked::harpsichord),
    (Is::Vibes, "Vibraphone", keys::vibraphone),
    (Is::Glocken, "Glockenspiel", keys::glockenspiel),
    (Is::Bells, "Tubular Bells", keys::bells),
    (Is::Marimba, "Marimba", keys::marimba),
    (Is::Organ, "Organ", keys::organ),
    (Is::Church, "Church Organ", keys::church_organ),
    (Is::FreeReed, "Free Reed", standing::free_reed),
    (Is::Nylon, "Nylon Guitar", plucked::nylon),
    (Is::Steel, "Steel Guitar", plucked::steel),
    (Is::Drive, "Overdrive Guitar", standing::overdrive),
    (Is::Bass, "Bass", plucked::bass),
    (Is::SynthBass, "Synth Bass", standing::synth_bass),
    (Is::Bowed, "Bowed String", standing::bowed),
    (Is::Strings, "Strings", standing::strings),
    (Is::Choir, "Choir", standing::choir),
    (Is::Pad, "Pad", standing::pad),
    (Is::Brass, "Brass", standing::brass),
    (Is::Reed, "Reed", standing::reed),
    (Is::Clarinet, "Clarinet", standing::clarinet),
    (Is::Flute, "Flute", standing::flute),
    (Is::Saw, "Saw", standing::saw),
    (Is::Square, "Square", standing::square),
    (Is::Noise, "Noise", standing::noise),
    (Is::Timpani, "Timpani", drums::pitched),
];

/// A program: its name, its instrument, and how that is changed.
struct Program(&'static str, Is, &'static [Bend]);

/// A change of an instrument, added to what its zones say.
#[derive(Clone, Copy)]
enum Bend {
    /// Low-pass lowered by so many cents from wide open (13 500) or from where the zone has it.
    Darker(i16),
    /// Decibels quieter.
    Softer(i16),
    /// Octaves up or down.
    Octave(i16),
    /// Envelope times multiplied.
    Attack(f64),
    Release(f64),
    Decay(f64),
    /// Decibels of tremolo at a rate in cents from 8.176 Hz.
    Tremolo(i16, i16),
    /// Cents out of tune.
    Detune(i16),
}

impl Bend {
    fn add_to(self, list: &mut Vec<(u16, i16)>) {
        let times = |x: f64| (1200.0 * x.log2()).round() as i16;
        let one = match self {
            Bend::Darker(cents) => (g::FILTER_CUTOFF, -cents),
            Bend::Softer(db) => (g::ATTENUATION, db * 25),
            Bend::Octave(n) => (g::COARSE_TUNE, 12 * n),
            Bend::Attack(x) => (g::VOL_ENV_ATTACK, times(x)),
            Bend::Release(x) => (g::VOL_ENV_RELEASE, times(x)),
            Bend::Decay(x) => (g::VOL_ENV_DECAY, times(x)),
            Bend::Tremolo(db, rate) => {
                list.push((g::MOD_LFO_RATE, rate));
                (g::MOD_LFO_TO_VOLUME, db * 10)
            }
            Bend::Detune(cents) => (g::FINE_TUNE, cents),
        };
        list.push(one);
    }
}

use Bend::{Attack, Darker, Decay, Detune, Octave, Release, Softer, Tremolo};
use Is::{
    Bass, Bells, Bowed, Brass, Choir, Church, Clarinet, Cymbal, Drive, Flute, FreeReed, Glocken,
    Harpsichord, Marimba, Noise, Nylon, Organ, Pad, Piano, Reed, Saw, Square, Steel, Strings,
    SynthBass, Timpani, Tine, Vibes,
};

const PROGRAMS: [Program; 128] = [
    Program("Grand Piano", Piano, &[]),
    Program("Bright Piano", Piano, &[Decay(0.85)]),
    Program("Electric Grand", Piano, &[Release(0.8), Decay(0.7)]),
    Program("Honky-tonk Piano", Piano, &[Decay(0.7), Detune(4)]),
    Program("Electric Piano 1", Tine, &[]),
    Program("Electric Piano 2", Tine, &[Decay(1.3), Release(1.4)]),
    Program("Harpsichord", Harpsichord, &[]),
    Program(
        "Clavinet",
        Harpsichord,
        &[Darker(2200), Decay(0.6), Release(0.5)],
    ),
    Program("Celesta", Glocken, &[Darker(2500)]),
    Program("Glockenspiel", Glocken, &[]),
    Program("Music Box", Glocken, &[Darker(1500), Decay(1.2)]),
    Program("Vibraphone", Vibes, &[Tremolo(2, -650)]),
    Program("Marimba", Marimba, &[]),
    Program("Xylophone", Marimba, &[Decay(0.6), Softer(-1)]),
    Program("Tubular Bells", Bells, &[]),
    Program("Dulcimer", Steel, &[Decay(0.7), Release(2.0)]),
    Program("Drawbar Organ", Organ, &[]),
    Program("Percussive Organ", Organ, &[Attack(0.5)]),
    Program("Rock Organ", Organ, &[Tremolo(2, 0)]),
    Program("Church Organ", Church, &[]),
    Program("Reed Organ", FreeReed, &[Darker(3200), Attack(2.0)]),
    Program("Accordion", FreeReed, &[]),
    Program("Harmonica", FreeReed, &[Darker(2000)]),
    Program("Bandoneon", FreeReed, &[Darker(1500)]),
    Program("Nylon Guitar", Nylon, &[]),
    Program("Steel Guitar", Steel, &[]),
    Program("Jazz Guitar", Nylon, &[Darker(2600), Decay(1.4)]),
    Program("Clean Guitar", Steel, &[Darker(1700)]),
    Program(
        "Muted Guitar",
        Steel,
        &[Decay(0.16), Release(0.5), Darker(1900), Softer(-4)],
    ),
    Program("Overdrive Guitar", Drive, &[Darker(500)]),
    Program("Distortion Guitar", Drive, &[]),
    Program("Guitar Harmonics", Glocken, &[Darker(3000)]),
    Program("Acoustic Bass", Bass, &[Darker(1500), Decay(0.55)]),
    Program("Finger Bass", Bass, &[Darker(500)]),
    Program("Pick Bass", Bass, &[]),
    Program(
        "Fretless Bass",
        Bass,
        &[Darker(1500), Attack(20.0), Decay(1.3)],
    ),
    Program("Slap Bass 1", Bass, &[Decay(0.7)]),
    Program("Slap Bass 2", Bass, &[Decay(0.6)]),
    Program("Synth Bass 1", SynthBass, &[]),
    Program("Synth Bass 2", SynthBass, &[Darker(500)]),
    Program("Violin", Bowed, &[]),
    Program("Viola", Bowed, &[Darker(2600)]),
    Program("Cello", Bowed, &[Darker(3000), Attack(1.3)]),
    Program("Contrabass", Bowed, &[Darker(3600), Attack(1.4)]),
    Program("Tremolo Strings", Strings, &[Tremolo(6, 0), Attack(0.6)]),
    Program(
        "Pizzicato",
        Nylon,
        &[Decay(0.22), Release(1.4), Darker(900), Softer(-4)],
    ),
    Program("Harp", Nylon, &[Decay(1.3), Release(5.0)]),
    Program("Timpani", Timpani, &[Softer(-2)]),
    Program("Strings", Strings, &[]),
    Program("Slow Strings", Strings, &[Attack(2.6), Release(1.5)]),
    Program("Synth Strings 1", Strings, &[Darker(2400), Attack(1.4)]),
    Program("Synth Strings 2", Pad, &[Attack(0.6)]),
    Program("Choir Aahs", Choir, &[]),
    Program("Voice Oohs", Choir, &[Darker(5500)]),
    Program("Synth Voice", Choir, &[Darker(4000), Attack(0.6)]),
    Program("Orchestra Hit", Strings, &[Attack(0.06), Release(0.7)]),
    Program("Trumpet", Brass, &[]),
    Program("Trombone", Brass, &[Darker(500), Attack(1.2)]),
    Program("Tuba", Brass, &[Darker(1100), Attack(1.2)]),
    Program("Muted Trumpet", Brass, &[Darker(900)]),
    Program("French Horn", Brass, &[Darker(1500), Attack(1.7)]),
    Program("Brass Section", Brass, &[Attack(0.9), Release(1.2)]),
    Program("Synth Brass 1", Saw, &[Attack(3.0), Darker(700)]),
    Program("Synth Brass 2", Saw, &[Attack(5.0), Darker(1300)]),
    Program("Soprano Sax", Reed, &[Darker(2000)]),
    Program("Alto Sax", Reed, &[Darker(2800)]),
    Program("Tenor Sax", Reed, &[Darker(3300)]),
    Program("Baritone Sax", Reed, &[Darker(3800)]),
    Program("Oboe", Reed, &[]),
    Program("English Horn", Reed, &[Darker(3000)]),
    Program("Bassoon", Reed, &[Darker(4200)]),
    Program("Clarinet", Clarinet, &[]),
    Program("Piccolo", Flute, &[]),
    Program("Flute", Flute, &[]),
    Program("Recorder", Flute, &[Attack(0.6)]),
    Program("Pan Flute", Flute, &[Attack(1.3), Darker(3600)]),
    Program("Blown Bottle", Flute, &[Attack(1.6), Darker(4600)]),
    Program("Shakuhachi", Flute, &[Attack(1.4)]),
    Program("Whistle", Flute, &[Darker(4000)]),
    Program("Ocarina", Flute, &[Darker(4400)]),
    Program("Square Lead", Square, &[]),
    Program("Saw Lead", Saw, &[]),
    Program("Calliope Lead", Flute, &[Attack(0.5)]),
    Program("Chiff Lead", Organ, &[Attack(4.0)]),
    Program("Charang Lead", Drive, &[]),
    Program("Voice Lead", Choir, &[Attack(0.4)]),
    Program("Fifths Lead", Saw, &[Darker(400)]),
    Program("Bass Lead", SynthBass, &[]),
    Program("New Age Pad", Pad, &[Attack(0.5)]),
    Program("Warm Pad", Pad, &[Darker(4600)]),
    Program(
        "Polysynth Pad",
        Saw,
        &[Attack(12.0), Release(5.0), Darker(1300)],
    ),
    Program("Choir Pad", Choir, &[Attack(2.0), Release(2.0)]),
    Program("Bowed Pad", Pad, &[Attack(2.0)]),
    Program("Metallic Pad", Church, &[Attack(6.0), Release(3.0)]),
    Program(
        "Halo Pad",
        Choir,
        &[Attack(3.0), Release(2.5), Darker(3400)],
    ),
    Program(
        "Sweep Pad",
        Strings,
        &[Attack(5.0), Release(2.5), Darker(3600)],
    ),
    Program("Rain", Glocken, &[Darker(3000), Release(1.5)]),
    Program("Soundtrack", Pad, &[Attack(3.0), Release(1.6)]),
    Program("Crystal", Glocken, &[Decay(1.4)]),
    Program("Atmosphere", Nylon, &[Decay(1.4), Release(6.0)]),
    Program("Brightness", Strings, &[Attack(0.4), Release(1.6)]),
    Program("Goblins", Pad, &[Attack(4.0), Darker(4300)]),
    Program("Echoes", Pad, &[Attack(0.3), Release(2.0)]),
    Program("Sci-fi", Saw, &[Attack(20.0), Release(6.0), Darker(1600)]),
    Program("Sitar", Harpsichord, &[Decay(1.4)]),
    Program("Banjo", Steel, &[Decay(0.28), Softer(-3)]),
    Program(
        "Shamisen",
        Harpsichord,
        &[Decay(0.4), Darker(1600), Softer(-2)],
    ),
    Program("Koto", Steel, &[Decay(0.7)]),
    Program("Kalimba", Marimba, &[Decay(1.6)]),
    Program("Bagpipe", Reed, &[Attack(0.5)]),
    Program("Fiddle", Bowed, &[Attack(0.6)]),
    Program("Shanai", Reed, &[]),
    Program("Tinkle Bell", Glocken, &[]),
    Program("Agogo", Glocken, &[Decay(0.3), Release(0.3), Softer(-4)]),
    Program("Steel Drums", Vibes, &[Decay(0.35), Softer(-2)]),
    Program("Woodblock", Marimba, &[Decay(0.25), Softer(-4)]),
    Program("Taiko", Timpani, &[Octave(-1)]),
    Program("Melodic Tom", Timpani, &[Softer(-2)]),
    Program("Synth Drum", Timpani, &[Darker(4000), Softer(-2)]),
    Program("Reverse Cymbal", Cymbal, &[Attack(1500.0), Softer(-6)]),
    Program(
        "Fret Noise",
        Noise,
        &[Attack(0.02), Release(0.2), Softer(3)],
    ),
    Program(
        "Breath Noise",
        Noise,
        &[Attack(0.3), Release(0.4), Darker(2500)],
    ),
    Program(
        "Seashore",
        Noise,
        &[Attack(4.0), Release(3.0), Darker(3000)],
    ),
    Program("Bird Tweet", Flute, &[Octave(1), Tremolo(6, 0), Softer(4)]),
    Program("Telephone", Square, &[Octave(1), Tremolo(9, 0), Softer(4)]),
    Program("Helicopter", Noise, &[Darker(4200), Tremolo(9, 0)]),
    Program("Applause", Noise, &[Attack(2.0), Release(2.0)]),
    Program("Gunshot", Cymbal, &[Darker(3600), Softer(-6)]),
];

/// Makes all instruments and presets.
pub fn all(b: &mut Builder) {
    let mut made: Vec<(Is, usize)> = Vec::new();
    for (is, name, make) in INSTRUMENTS {
        let zones = make(b);
        made.push((is, b.file.add_instrument(name, zones)));
    }
    let (kit, cymbal) = drums::kit(b);
    made.push((Is::Cymbal, b.file.add_instrument("Cymbal", cymbal)));
    let kit = b.file.add_instrument("Drum Kit", kit);
    for (number, Program(name, is, bends)) in PROGRAMS.iter().enumerate() {
        let instrument = made.iter().find(|m| m.0 == *is).map_or(0, |m| m.1);
        let mut generators: Vec<(u16, i16)> = Vec::new();
        for bend in *bends {
            bend.add_to(&mut generators);
        }
        b.file.presets.push(Preset {
            name: (*name).into(),
            bank: 0,
            program: number as u16,
            instrument,
            generators,
        });
    }
    b.file.presets.push(Preset {
        name: "Standard Kit".into(),
        bank: 128,
        program: 0,
        instrument: kit,
        generators: Vec::new(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instrument_is_made_once_and_used() {
        for (is, name, _) in INSTRUMENTS {
            assert_eq!(INSTRUMENTS.iter().filter(|i| i.0 == is).count(), 1);
            assert!(PROGRAMS.iter().any(|p| p.1 == is), "{name} is unused");
        }
        assert!(PROGRAMS.iter().all(|p| p.0.len() < 20));
    }
}
