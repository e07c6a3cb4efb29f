//! Writes SoundFont 2.01 files (the layout is E-mu's "SoundFont Technical Specification", sections 5 to 8).

/// Generator numbers (section 8.1.2 of the specification) this project uses.
pub mod generator {
    pub const START_OFFSET: u16 = 0;
    pub const VIB_LFO_TO_PITCH: u16 = 6;
    pub const MOD_ENV_TO_PITCH: u16 = 7;
    pub const FILTER_CUTOFF: u16 = 8;
    pub const FILTER_Q: u16 = 9;
    pub const MOD_ENV_TO_FILTER: u16 = 11;
    pub const MOD_LFO_TO_VOLUME: u16 = 13;
    pub const PAN: u16 = 17;
    pub const MOD_LFO_DELAY: u16 = 21;
    pub const MOD_LFO_RATE: u16 = 22;
    pub const VIB_LFO_DELAY: u16 = 23;
    pub const VIB_LFO_RATE: u16 = 24;
    pub const MOD_ENV_ATTACK: u16 = 26;
    pub const MOD_ENV_DECAY: u16 = 28;
    pub const MOD_ENV_SUSTAIN: u16 = 29;
    pub const MOD_ENV_RELEASE: u16 = 30;
    pub const VOL_ENV_ATTACK: u16 = 34;
    pub const VOL_ENV_HOLD: u16 = 35;
    pub const VOL_ENV_DECAY: u16 = 36;
    pub const VOL_ENV_SUSTAIN: u16 = 37;
    pub const VOL_ENV_RELEASE: u16 = 38;
    pub const INSTRUMENT: u16 = 41;
    pub const KEY_RANGE: u16 = 43;
    pub const VELOCITY_RANGE: u16 = 44;
    pub const ATTENUATION: u16 = 48;
    pub const COARSE_TUNE: u16 = 51;
    pub const FINE_TUNE: u16 = 52;
    pub const SAMPLE: u16 = 53;
    pub const SAMPLE_MODES: u16 = 54;
    pub const SCALE_TUNING: u16 = 56;
    pub const EXCLUSIVE_CLASS: u16 = 57;
}

/// A recorded (here: computed) mono sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// At most 19 ASCII characters.
    pub name: String,
    pub data: Vec<i16>,
    /// Frames a second.
    pub rate: u32,
    /// MIDI key at which it sounds as recorded.
    pub root: u8,
    /// Frames `[from, to)` repeated while the key is down.
    pub looped: Option<(u32, u32)>,
}

/// Where in an instrument a sample sounds, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Index into [`SoundFile::samples`].
    pub sample: usize,
    /// Lowest and highest key.
    pub keys: (u8, u8),
    /// Lowest and highest velocity.
    pub velocities: (u8, u8),
    /// Generators with their amounts.
    pub generators: Vec<(u16, i16)>,
}

/// An instrument: zones over keys and velocities.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    pub name: String,
    pub zones: Vec<Zone>,
}

/// What a MIDI bank and program number stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    pub name: String,
    /// 0 for melodic instruments, 128 for drums.
    pub bank: u16,
    pub program: u16,
    /// Index into [`SoundFile::instruments`].
    pub instrument: usize,
    /// Generators added to the instrument's, such as an attenuation or a tuning.
    pub generators: Vec<(u16, i16)>,
}

/// A whole SoundFont.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoundFile {
    pub name: String,
    pub copyright: String,
    pub samples: Vec<Sample>,
    pub instruments: Vec<Instrument>,
    pub presets: Vec<Preset>,
}

/// Zero frames the specification asks for after every sample.
const PADDING: u32 = 46;

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut v = Vec::with_capacity(body.len() + 8);
    v.extend(id);
    v.extend((body.len() as u32).to_le_bytes());
    v.extend(body);
    v
}

fn list(kind: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    let mut body = kind.to_vec();
    for p in parts {
        body.extend(p);
    }
    chunk(b"LIST", &body)
}

fn name20(s: &str) -> [u8; 20] {
    let mut n = [0u8; 20];
    for (to, c) in n.iter_mut().take(19).zip(s.bytes()) {
        *to = c;
    }
    n
}

/// Text with its final zero, padded to an even length.
fn text(s: &str) -> Vec<u8> {
    let mut v = s.as_bytes().to_vec();
    v.push(0);
    if v.len() % 2 == 1 {
        v.push(0);
    }
    v
}

fn put(to: &mut Vec<u8>, words: &[u16]) {
    for w in words {
        to.extend(w.to_le_bytes());
    }
}

fn range(r: (u8, u8)) -> i16 {
    i16::from_le_bytes([r.0, r.1])
}

impl SoundFile {
    /// Adds a sample and returns its index.
    pub fn add_sample(&mut self, sample: Sample) -> usize {
        self.samples.push(sample);
        self.samples.len() - 1
    }

    /// Adds an instrument and returns its index.
    pub fn add_instrument(&mut self, name: &str, zones: Vec<Zone>) -> usize {
        self.instruments.push(Instrument {
            name: name.into(),
            zones,
        });
        self.instruments.len() - 1
    }

    /// Bytes of all samples, without padding.
    pub fn sample_bytes(&self) -> usize {
        self.samples.iter().map(|s| s.data.len() * 2).sum()
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let info = list(
            b"INFO",
            &[
                chunk(b"ifil", &[2, 0, 1, 0]),
                chunk(b"isng", &text("EMU8000")),
                chunk(b"INAM", &text(&self.name)),
                chunk(b"ICOP", &text(&self.copyright)),
            ],
        );
        let (data, headers) = self.sample_chunks();
        let sdta = list(b"sdta", &[data]);
        let mut pdta = self.preset_chunks();
        pdta.extend(self.instrument_chunks());
        pdta.push(headers);
        let pdta = list(b"pdta", &pdta);
        let mut body = b"sfbk".to_vec();
        body.extend(info);
        body.extend(sdta);
        body.extend(pdta);
        chunk(b"RIFF", &body)
    }

    fn sample_chunks(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut data, mut headers) = (Vec::new(), Vec::new());
        let mut at = 0u32;
        for s in &self.samples {
            let end = at + s.data.len() as u32;
            for x in &s.data {
                data.extend(x.to_le_bytes());
            }
            data.extend(std::iter::repeat_n(0u8, PADDING as usize * 2));
            let (from, to) = s.looped.map_or((at, end), |(a, b)| (at + a, at + b));
            headers.extend(name20(&s.name));
            for v in [at, end, from, to, s.rate] {
                headers.extend(v.to_le_bytes());
            }
            headers.extend([s.root, 0]);
            put(&mut headers, &[0, 1]);
            at = end + PADDING;
        }
        headers.extend(name20("EOS"));
        headers.extend([0u8; 26]);
        (chunk(b"smpl", &data), chunk(b"shdr", &headers))
    }

    fn instrument_chunks(&self) -> Vec<Vec<u8>> {
        use generator as g;
        let (mut inst, mut bags, mut gens) = (Vec::new(), Vec::new(), Vec::new());
        let mut zones = 0u16;
        let gen_count = |gens: &Vec<u8>| (gens.len() / 4) as u16;
        for i in &self.instruments {
            inst.extend(name20(&i.name));
            put(&mut inst, &[zones]);
            for z in &i.zones {
                put(&mut bags, &[gen_count(&gens), 0]);
                zones += 1;
                // Ranges must stand first and the sample last.
                let mut list = vec![
                    (g::KEY_RANGE, range(z.keys)),
                    (g::VELOCITY_RANGE, range(z.velocities)),
                ];
                list.extend(&z.generators);
                if self.samples[z.sample].looped.is_some() {
                    list.push((g::SAMPLE_MODES, 1));
                }
                list.push((g::SAMPLE, z.sample as i16));
                for (kind, amount) in list {
                    put(&mut gens, &[kind, amount as u16]);
                }
            }
        }
        inst.extend(name20("EOI"));
        put(&mut inst, &[zones]);
        put(&mut bags, &[gen_count(&gens), 0]);
        gens.extend([0u8; 4]);
        vec![
            chunk(b"inst", &inst),
            chunk(b"ibag", &bags),
            chunk(b"imod", &[0u8; 10]),
            chunk(b"igen", &gens),
        ]
    }

    fn preset_chunks(&self) -> Vec<Vec<u8>> {
        let (mut headers, mut bags, mut gens) = (Vec::new(), Vec::new(), Vec::new());
        for (n, p) in self.presets.iter().enumerate() {
            headers.extend(name20(&p.name));
            put(&mut headers, &[p.program, p.bank, n as u16]);
            headers.extend([0u8; 12]);
            put(&mut bags, &[(gens.len() / 4) as u16, 0]);
            for (kind, amount) in &p.generators {
                put(&mut gens, &[*kind, *amount as u16]);
            }
            put(&mut gens, &[generator::INSTRUMENT, p.instrument as u16]);
        }
        headers.extend(name20("EOP"));
        put(&mut headers, &[0, 0, self.presets.len() as u16]);
        headers.extend([0u8; 12]);
        put(&mut bags, &[(gens.len() / 4) as u16, 0]);
        gens.extend([0u8; 4]);
        vec![
            chunk(b"phdr", &headers),
            chunk(b"pbag", &bags),
            chunk(b"pmod", &[0u8; 10]),
            chunk(b"pgen", &gens),
        ]
    }
}
