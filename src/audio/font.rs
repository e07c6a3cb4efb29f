//! SoundFonts: the bundled one, and those a person brings.

use super::font_check;
use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Largest file that is read. The largest SoundFonts in use are about 4 GB, but those do not fit a session's memory.
const LARGEST: u64 = 2 << 30;

/// A loaded SoundFont. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Font(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sound_font: Arc<SoundFont>,
    name: String,
    path: Option<PathBuf>,
    gain: f32,
}

/// Why a SoundFont could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("{name} is larger than 2 GB; choose a smaller SoundFont")]
    TooLarge { name: String },
    #[error(
        "{name} is a compressed SoundFont (SF3), which this program cannot play; open it in a SoundFont editor such as Polyphone and save it as .sf2"
    )]
    Compressed { name: String },
    #[error("{name} cannot be used: the file {fault}")]
    Malformed { name: String, fault: String },
}

impl Font {
    /// The SoundFont that comes with the program. Loaded once.
    pub fn bundled() -> Font {
        static FONT: OnceLock<Font> = OnceLock::new();
        FONT.get_or_init(|| {
            let bytes = super::bank::bundled_bytes();
            match load(bytes, "Lacuna") {
                Ok(sound_font) => Font::around(sound_font, "Lacuna".into(), None),
                Err(e) => unreachable!("the bundled SoundFont is tested: {e}"),
            }
        })
        .clone()
    }

    /// Loads a SoundFont (`.sf2`).
    ///
    /// # Errors
    /// When the file cannot be read, is compressed (SF3) or damaged.
    pub fn open(path: &Path) -> Result<Font, FontError> {
        let unreadable = |why| FontError::Unreadable {
            path: path.into(),
            why,
        };
        let file_name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_else(|| path.display().to_string());
        if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
            return Err(FontError::TooLarge { name: file_name });
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let sound_font = load(&bytes, &file_name)?;
        let inside = sound_font.get_info().get_bank_name().trim().to_string();
        let name = if inside.is_empty() { file_name } else { inside };
        Ok(Font::around(sound_font, name, Some(path.into())))
    }

    /// A SoundFont from memory.
    ///
    /// # Errors
    /// When it is compressed (SF3) or damaged.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Font, FontError> {
        Ok(Font::around(load(bytes, name)?, name.into(), None))
    }

    fn around(sound_font: SoundFont, name: String, path: Option<PathBuf>) -> Font {
        let sound_font = Arc::new(sound_font);
        let gain = gain(&sound_font);
        Font(Arc::new(Inner {
            sound_font,
            name,
            path,
            gain,
        }))
    }

    /// Gain that brings this font's notes to the loudness all fonts are played at.
    pub fn gain(&self) -> f32 {
        self.0.gain
    }

    /// What a person reads in the list.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it was loaded from; `None` for the bundled one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The samples and presets.
    pub fn sound_font(&self) -> &Arc<SoundFont> {
        &self.0.sound_font
    }
}

/// Loudness one note of velocity 90 is brought to, in decibels below full scale.
const NOTE_LOUDNESS: f64 = -31.0;

/// Fonts differ in level by 20 dB and more. A few notes of common programs tell how loud this one is.
fn gain(font: &Arc<SoundFont>) -> f32 {
    const RATE: i32 = 32_000;
    let probe = |program: i32, key: i32| -> Option<f64> {
        let mut settings = SynthesizerSettings::new(RATE);
        settings.enable_reverb_and_chorus = false;
        settings.maximum_polyphony = 16;
        let mut synth = Synthesizer::new(font, &settings).ok()?;
        let n = RATE as usize / 2;
        let (mut left, mut right) = (vec![0f32; n], vec![0f32; n]);
        // A damaged font may make the synth panic; then it is no measure.
        catch_unwind(AssertUnwindSafe(|| {
            synth.process_midi_message(0, 0xC0, program, 0);
            synth.note_on(0, key, 90);
            synth.render(&mut left, &mut right);
        }))
        .ok()?;
        let power: f64 = [left, right]
            .iter()
            .map(|side| {
                let side: Vec<f64> = side.iter().map(|x| f64::from(*x)).collect();
                10f64.powf(super::bank::loudness(&side, f64::from(RATE)) / 10.0)
            })
            .sum();
        (power.is_finite() && power > 1e-9).then(|| 10.0 * power.log10())
    };
    let mut heard: Vec<f64> = [(0, 60), (25, 60), (33, 40), (48, 64), (73, 72)]
        .into_iter()
        .filter_map(|(program, key)| probe(program, key))
        .collect();
    heard.sort_by(f64::total_cmp);
    let middle = heard.get(heard.len() / 2).copied().unwrap_or(-40.0);
    (10f64.powf((NOTE_LOUDNESS - middle) / 20.0) as f32).clamp(0.25, 12.0)
}

fn load(bytes: &[u8], name: &str) -> Result<SoundFont, FontError> {
    let malformed = |fault: String| FontError::Malformed {
        name: name.into(),
        fault,
    };
    if font_check::is_compressed(bytes) {
        return Err(FontError::Compressed { name: name.into() });
    }
    font_check::check(bytes).map_err(|fault| malformed(fault.into()))?;
    let loaded = catch_unwind(AssertUnwindSafe(|| SoundFont::new(&mut &bytes[..])));
    match loaded {
        Ok(Ok(font)) if font.get_presets().is_empty() => {
            Err(malformed("holds no instrument at all".into()))
        }
        Ok(Ok(font)) => Ok(font),
        Ok(Err(rustysynth::SoundFontError::UnsupportedSampleFormat)) => {
            Err(FontError::Compressed { name: name.into() })
        }
        Ok(Err(e)) => Err(malformed(format!("is damaged ({e})"))),
        Err(_) => Err(malformed(
            "is damaged in a way the loader cannot name".into(),
        )),
    }
}

/// SoundFonts (`.sf2`) in the places where systems and other programs keep them, sorted, without doubles.
pub fn find_system_fonts() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let home = std::env::var_os("HOME")
        .or_else(|| std::env::var_os("USERPROFILE"))
        .map(PathBuf::from);
    if cfg!(target_os = "windows") {
        folders.extend(
            ["ProgramData", "PUBLIC", "APPDATA", "LOCALAPPDATA"]
                .iter()
                .filter_map(std::env::var_os)
                .map(|p| PathBuf::from(p).join("SoundFonts")),
        );
        folders.push("C:\\soundfonts".into());
    } else if cfg!(target_os = "macos") {
        folders.push("/Library/Audio/Sounds/Banks".into());
        folders.extend(home.iter().map(|h| h.join("Library/Audio/Sounds/Banks")));
        folders.push("/opt/homebrew/share/soundfonts".into());
    } else {
        for data in std::env::var("XDG_DATA_DIRS")
            .unwrap_or_default()
            .split(':')
            .chain(["/usr/local/share", "/usr/share"])
            .filter(|d| !d.is_empty())
        {
            folders.push(Path::new(data).join("sounds/sf2"));
            folders.push(Path::new(data).join("soundfonts"));
        }
        let own = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| home.as_ref().map(|h| h.join(".local/share")));
        if let Some(data) = own {
            folders.push(data.join("soundfonts"));
            folders.push(data.join("sounds/sf2"));
        }
    }
    folders.extend(home.iter().map(|h| h.join("SoundFonts")));
    fonts_in(&folders)
}

fn fonts_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found: Vec<(PathBuf, PathBuf)> = folders
        .iter()
        .filter_map(|f| std::fs::read_dir(f).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("sf2")) && p.is_file())
        // `default-GM.sf2` is usually a link to one of its neighbours.
        .filter_map(|p| Some((p.canonicalize().ok()?, p)))
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    found.into_iter().map(|(real, _)| real).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::testing::small_font_bytes;
    use rand::{Rng, SeedableRng};

    #[test]
    fn damaged_fonts_are_refused_with_a_sentence_and_never_panic() {
        let good = small_font_bytes();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        // The parameters, at the end, are where damage does harm.
        let pdta = good.windows(4).position(|w| w == b"pdta").unwrap();
        let mut refused = 0;
        for round in 0..200 {
            let mut bad = good.clone();
            match round % 4 {
                0 => bad.truncate(rng.random_range(0..good.len())),
                1 => {
                    for _ in 0..8 {
                        let i = rng.random_range(0..bad.len());
                        bad[i] = rng.random();
                    }
                }
                _ => {
                    for _ in 0..4 {
                        let i = rng.random_range(pdta..bad.len());
                        bad[i] = rng.random();
                    }
                }
            }
            match Font::from_bytes(&bad, "bad.sf2") {
                Err(e) => {
                    refused += 1;
                    let text = e.to_string();
                    assert!(text.starts_with("bad.sf2 ") && text.len() > 40, "{text}");
                }
                Ok(font) => play_everything(&font),
            }
        }
        assert!(refused > 80, "{refused}");
    }

    fn play_everything(font: &Font) {
        use crate::score::Score;
        let mut score = Score::default();
        for (channel, program) in [(0, 0), (9, 0), (1, 99)] {
            let t = score.add_track("t", channel, program);
            for pitch in (0..128).step_by(9) {
                score.add_note(t, 0, 480, pitch, 100);
            }
        }
        let r = crate::audio::render(&score, font, 44_100, 0.0, |_| true).unwrap();
        assert!(r.samples.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn a_chunk_that_claims_four_gigabytes_is_refused_before_it_is_allocated() {
        let mut bytes = small_font_bytes();
        let smpl = bytes.windows(4).position(|w| w == b"smpl").unwrap();
        bytes[smpl + 4..smpl + 8].copy_from_slice(&0xFFFF_FFF0u32.to_le_bytes());
        assert!(matches!(
            Font::from_bytes(&bytes, "x"),
            Err(FontError::Malformed { .. })
        ));
    }

    #[test]
    fn a_compressed_font_is_named_as_such() {
        let mut bytes = small_font_bytes();
        let ifil = bytes.windows(4).position(|w| w == b"ifil").unwrap();
        bytes[ifil + 8] = 3;
        let text = Font::from_bytes(&bytes, "x.sf3").unwrap_err().to_string();
        assert!(text.contains("SF3") && text.contains(".sf2"), "{text}");
    }

    #[test]
    fn a_missing_file_says_which() {
        let e = Font::open(Path::new("nowhere/nothing.sf2")).unwrap_err();
        assert!(e.to_string().contains("nothing.sf2"));
    }

    #[test]
    fn fonts_are_found_once_however_often_they_are_linked() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.SF2"), b"x").unwrap();
        std::fs::write(dir.path().join("b.txt"), b"x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("a.SF2"), dir.path().join("default.sf2"))
            .unwrap();
        let found = fonts_in(&[dir.path().into(), dir.path().into(), "nowhere".into()]);
        assert_eq!(found.len(), 1);
    }
}
