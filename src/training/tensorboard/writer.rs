//! The writer of a run's event file.

use super::{Histogram, event, record};
use crate::training::picture::Picture;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Start of the names by which TensorBoard knows its files. The seconds since 1970 follow: it reads the files of a
/// folder in the order of their names.
const PREFIX: &str = "events.out.tfevents.";

/// Why an event could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("the picture {tag} cannot be encoded: {why}")]
    Picture { tag: String, why: String },
    #[error("the TensorBoard events '{}' cannot be written: {source}. Check that the folder is yours and has room", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "a sound of {samples} samples in {channels} channels at {rate} Hz cannot be written as WAV: {why}"
    )]
    Sound {
        samples: usize,
        channels: u16,
        rate: u32,
        why: String,
    },
}

/// Appends events to a file in a run's folder.
///
/// Every record goes to the system in one call when it is written, so a TensorBoard that watches the folder sees it at
/// once, and a kill can tear only the last one.
#[derive(Debug)]
pub struct EventWriter {
    file: File,
    path: PathBuf,
}

impl EventWriter {
    /// Opens the event file of `folder`, which is made if it is not there, to write steps from `next_step` on.
    ///
    /// A file from an earlier sitting is taken up: a record torn by a kill is cut off, and events of `next_step` and
    /// later are superseded, by the mark that makes TensorBoard drop them (`SessionLog::START`; the file keeps them).
    /// Where the file is damaged further up, TensorBoard would never read past that, so a new one is begun beside it.
    ///
    /// # Errors
    /// When the folder cannot be made, or the file not be read or written.
    pub fn open(folder: &Path, next_step: u64) -> Result<EventWriter, EventError> {
        let at = |path: &Path| {
            let path = path.to_path_buf();
            move |source| EventError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(at(folder))?;
        let last = newest(folder).map_err(at(folder))?;
        let again = last.is_some();
        if let Some(path) = &last {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .open(path)
                .map_err(at(path))?;
            if take_up(&mut file).map_err(at(path))? {
                let mut writer = EventWriter {
                    file,
                    path: path.clone(),
                };
                writer.begin(next_step, again)?;
                return Ok(writer);
            }
        }
        let (path, file) = create(folder, last.as_deref()).map_err(at(folder))?;
        let mut writer = EventWriter { file, path };
        writer.begin(next_step, again)?;
        Ok(writer)
    }

    /// The file that is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Some numbers of a step. Names with a common part before a `/` are drawn as one section.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn scalars(&mut self, step: u64, values: &[(&str, f32)]) -> Result<(), EventError> {
        let values: Vec<_> = values
            .iter()
            .map(|(tag, v)| event::scalar(tag, *v))
            .collect();
        self.write(&event::values(now(), step, &values))
    }

    /// How values are spread at a step.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn histogram(&mut self, step: u64, tag: &str, h: &Histogram) -> Result<(), EventError> {
        self.write(&event::values(now(), step, &[event::histogram(tag, h)]))
    }

    /// A picture at a step.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn picture(&mut self, step: u64, tag: &str, picture: &Picture) -> Result<(), EventError> {
        let (width, height) = (picture.width(), picture.height());
        let png = picture.png().map_err(|e| EventError::Picture {
            tag: tag.to_owned(),
            why: e.to_string(),
        })?;
        let value = event::image(tag, width, height, &png);
        self.write(&event::values(now(), step, &[value]))
    }

    /// A sound at a step: samples of -1..=1, interleaved, at `rate` hertz. Written with 16 bits.
    ///
    /// # Errors
    /// When the samples are no sound (no channels, half a frame) or the disk does not take them.
    pub fn sound(
        &mut self,
        step: u64,
        tag: &str,
        samples: &[f32],
        channels: u16,
        rate: u32,
    ) -> Result<(), EventError> {
        let wav = wav(samples, channels, rate).map_err(|why| EventError::Sound {
            samples: samples.len(),
            channels,
            rate,
            why,
        })?;
        let frames = (samples.len() / usize::from(channels.max(1))) as u64;
        let value = event::audio(tag, rate, channels, frames, &wav);
        self.write(&event::values(now(), step, &[value]))
    }

    fn begin(&mut self, next_step: u64, again: bool) -> Result<(), EventError> {
        let at = |source| EventError::Io {
            path: self.path.clone(),
            source,
        };
        if self.file.stream_position().map_err(at)? == 0 {
            self.write(&event::version(now()))?;
        }
        if again {
            self.write(&event::start(now(), next_step))?;
        }
        Ok(())
    }

    fn write(&mut self, event: &[u8]) -> Result<(), EventError> {
        let record = record::frame(event);
        self.file
            .write_all(&record)
            .map_err(|source| EventError::Io {
                path: self.path.clone(),
                source,
            })
    }
}

/// Cuts a torn record off and goes to the end. False for a file that is damaged further up, which stays as it is.
fn take_up(file: &mut File) -> io::Result<bool> {
    let size = file.metadata()?.len();
    let whole = record::scan(&mut *file, size)?;
    if whole.torn {
        file.set_len(whole.bytes)?;
        file.seek(SeekFrom::End(0))?;
    }
    Ok(whole.torn)
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// The event file that TensorBoard reads last.
fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let mut last: Option<PathBuf> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let named = path
            .file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| n.starts_with(PREFIX));
        if named && path.is_file() && last.as_ref().is_none_or(|l| *l < path) {
            last = Some(path);
        }
    }
    Ok(last)
}

/// A new file whose name sorts behind `last`.
fn create(folder: &Path, last: Option<&Path>) -> io::Result<(PathBuf, File)> {
    let of_last = last
        .and_then(|p| p.file_name()?.to_str()?.strip_prefix(PREFIX)?.get(..10))
        .and_then(|digits| digits.parse::<u64>().ok());
    let seconds = (now() as u64).max(of_last.map_or(0, |s| s + 1));
    let path = folder.join(format!(
        "{PREFIX}{seconds:010}.lacuna.{}",
        std::process::id()
    ));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    Ok((path, file))
}

/// The bytes of a 16-bit WAV file.
fn wav(samples: &[f32], channels: u16, rate: u32) -> Result<Vec<u8>, String> {
    if channels == 0 || rate == 0 || !samples.len().is_multiple_of(channels.into()) {
        return Err("whole frames of at least one channel are needed".into());
    }
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = io::Cursor::new(Vec::new());
    let mut write = || -> Result<(), hound::Error> {
        let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
        for s in samples {
            writer.write_sample((s.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
        }
        writer.finalize()
    };
    write().map_err(|e| e.to_string())?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::tensorboard::record::records;

    fn events(path: &Path) -> Vec<Vec<u8>> {
        records(&fs::read(path).unwrap())
    }

    /// An event without its time.
    fn without_time(event: &[u8]) -> &[u8] {
        &event[9..]
    }

    #[test]
    fn a_new_file_begins_with_its_version_and_holds_each_event_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::open(&folder.path().join("run"), 0).unwrap();
        assert_eq!(events(writer.path()).len(), 1);
        writer.scalars(3, &[("loss", 0.5), ("rate", 0.1)]).unwrap();
        let found = events(writer.path());
        assert_eq!(without_time(&found[0]), without_time(&event::version(0.0)));
        let values = [event::scalar("loss", 0.5), event::scalar("rate", 0.1)];
        assert_eq!(
            without_time(&found[1]),
            without_time(&event::values(0.0, 3, &values))
        );
    }

    #[test]
    fn a_resume_cuts_the_torn_record_and_marks_the_step() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::open(folder.path(), 0).unwrap();
        for step in 1..=3 {
            writer.scalars(step, &[("loss", 1.0)]).unwrap();
        }
        let path = writer.path().to_path_buf();
        drop(writer);
        let mut torn = fs::read(&path).unwrap();
        torn.truncate(torn.len() - 5);
        fs::write(&path, &torn).unwrap();
        let mut writer = EventWriter::open(folder.path(), 3).unwrap();
        writer.scalars(3, &[("loss", 2.0)]).unwrap();
        assert_eq!(writer.path(), path);
        let found = events(&path);
        assert_eq!(
            found.len(),
            5,
            "version, steps 1 and 2, the mark, step 3 anew"
        );
        assert_eq!(without_time(&found[3]), without_time(&event::start(0.0, 3)));
        let last = event::values(0.0, 3, &[event::scalar("loss", 2.0)]);
        assert_eq!(without_time(&found[4]), without_time(&last));
    }

    #[test]
    fn a_damaged_file_is_left_and_a_later_one_begun() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::open(folder.path(), 0).unwrap();
        for step in 1..=3 {
            writer.scalars(step, &[("loss", 1.0)]).unwrap();
        }
        let first = writer.path().to_path_buf();
        let mut bad = fs::read(&first).unwrap();
        bad[50] ^= 1;
        fs::write(&first, &bad).unwrap();
        let writer = EventWriter::open(folder.path(), 4).unwrap();
        assert!(writer.path() > first.as_path(), "TensorBoard reads by name");
        assert_eq!(fs::read(&first).unwrap(), bad);
        let found = events(writer.path());
        assert_eq!(without_time(&found[0]), without_time(&event::version(0.0)));
        assert_eq!(without_time(&found[1]), without_time(&event::start(0.0, 4)));
    }

    #[test]
    fn a_file_torn_in_its_first_record_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("{PREFIX}0000000001.x"));
        fs::write(&path, [1, 2, 3]).unwrap();
        let writer = EventWriter::open(folder.path(), 5).unwrap();
        assert_eq!(writer.path(), path);
        assert_eq!(events(&path).len(), 2);
    }

    #[test]
    fn a_sound_is_a_wav_file() {
        let bytes = wav(&[0.0, 1.0, -1.0, 2.0], 2, 8000).unwrap();
        let mut reader = hound::WavReader::new(bytes.as_slice()).unwrap();
        assert_eq!(
            (reader.spec().channels, reader.spec().sample_rate),
            (2, 8000)
        );
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        assert_eq!(samples, [0, 32767, -32767, 32767]);
        assert!(wav(&[0.0; 3], 2, 8000).is_err());
        assert!(wav(&[], 0, 8000).is_err());
    }

    /// Writes a folder for `scripts/check_events.py`, which names this test.
    #[test]
    #[ignore = "writes where LACUNA_EVENTS says, for scripts/check_events.py"]
    fn a_folder_for_tensorboard() {
        let folder =
            std::env::var_os("LACUNA_EVENTS").expect("set LACUNA_EVENTS to an empty folder");
        let folder = Path::new(&folder);
        let mut score = crate::score::Score::default();
        for (track, pitch) in [(0, 72), (1, 60), (2, 48)] {
            let id = score.add_track(format!("voice {track}"), track, 0);
            for i in 0..16 {
                score.add_note(id, i * 480, 400, pitch + (i * 5 % 12) as u8, 90);
            }
        }
        let picture =
            crate::training::picture::roll(&score, 0..7680, std::slice::from_ref(&(1920..3840)));
        let sine: Vec<f32> = (0..8000).map(|i| (i as f32 * 0.3).sin() * 0.5).collect();
        let spread: Vec<f32> = (0..1000).map(|i| ((i as f32) * 0.7).sin()).collect();
        let write = |writer: &mut EventWriter, step: u64, loss: f32| {
            writer
                .scalars(step, &[("loss/train", loss), ("rate", 1e-3)])
                .unwrap();
            if step.is_multiple_of(5) {
                writer
                    .histogram(step, "weights", &Histogram::of(&spread))
                    .unwrap();
                writer.picture(step, "roll", &picture).unwrap();
                writer.sound(step, "sample", &sine, 1, 8000).unwrap();
            }
        };
        let mut writer = EventWriter::open(folder, 0).unwrap();
        (1..=15).for_each(|step| write(&mut writer, step, step as f32));
        // Killed while it wrote step 16; the last checkpoint was at step 12.
        writer.file.write_all(&[24, 0, 0, 0, 0, 0]).unwrap();
        let mut writer = EventWriter::open(folder, 13).unwrap();
        (13..=20).for_each(|step| write(&mut writer, step, 100.0 + step as f32));
    }
}
