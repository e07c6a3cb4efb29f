//! Stems: each track in a sound file of its own.

use super::font::Font;
use super::render::{RenderError, WavFormat, render, write_wav};
use super::sequence::audible;
use crate::score::{Score, TrackId};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The piece with one track soloed: what a person hears who presses its solo button alone.
pub fn soloed(score: &Score, track: TrackId) -> Score {
    let mut alone = score.clone();
    for t in &mut alone.tracks {
        if t.mix.solo != (t.id == track) {
            Arc::make_mut(t).mix.solo = t.id == track;
        }
    }
    alone
}

/// How stems are rendered, as [`render`] has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StemOptions {
    /// Frames a second.
    pub rate: u32,
    /// Seconds after the last bar.
    pub tail: f32,
    pub format: WavFormat,
}

/// Tracks that get a stem: those that are heard now and have notes.
pub fn stem_tracks(score: &Score) -> Vec<(TrackId, String)> {
    let heard = score
        .tracks
        .iter()
        .filter(|t| audible(score, t) && !t.notes.is_empty());
    heard
        .enumerate()
        .map(|(i, t)| (t.id, file_name(i + 1, &t.name)))
        .collect()
}

/// Two digits and the track's name, without what file systems refuse.
fn file_name(number: usize, name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() => '-',
            c => c,
        })
        .take(80)
        .collect();
    let clean = clean.trim().trim_end_matches(['.', ' ']);
    let clean = if clean.is_empty() { "Track" } else { clean };
    format!("{number:02} {clean}.wav")
}

/// Renders every heard track alone into a file of `folder`, which is made if it is not there; all stems are equally
/// long. A stem is sample for sample what [`render`] gives with that track soloed. (Their sum is the whole piece as long
/// as the limiter of the whole has nothing to do.) Answers the files in the order of the tracks, or `None` if
/// `progress`, called with 0..=1, answered `false`: then nothing that was begun is left.
///
/// # Errors
/// When the synth cannot run at the rate, or a file cannot be written.
pub fn stems(
    score: &Score,
    font: &Font,
    folder: &Path,
    options: StemOptions,
    mut progress: impl FnMut(f32) -> bool,
) -> Result<Option<Vec<PathBuf>>, RenderError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |e: std::io::Error| RenderError::Write {
            path,
            why: hound::Error::IoError(e),
        }
    };
    std::fs::create_dir_all(folder).map_err(wrong(folder))?;
    let tracks = stem_tracks(score);
    let mut done: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut go = || -> Result<bool, RenderError> {
        for (i, (track, name)) in tracks.iter().enumerate() {
            let alone = soloed(score, *track);
            let sound = render(&alone, font, options.rate, options.tail, |share| {
                progress((i as f32 + share) / tracks.len() as f32)
            })?;
            if sound.cancelled {
                return Ok(false);
            }
            let path = folder.join(name);
            let part = folder.join(format!("{name}.part"));
            done.push((part.clone(), path));
            write_wav(&part, &sound, options.format)?;
        }
        Ok(true)
    };
    let whole = go();
    if !matches!(whole, Ok(true)) {
        for (part, _) in &done {
            // The first error is the one worth telling.
            let _ = std::fs::remove_file(part);
        }
        return whole.map(|_| None);
    }
    // Old stems are replaced only when all new ones are there.
    for (part, path) in &done {
        std::fs::rename(part, path).map_err(wrong(path))?;
    }
    Ok(Some(done.into_iter().map(|d| d.1).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::render::prepare;
    use crate::audio::testing::{demo, small_font};

    const OPTIONS: StemOptions = StemOptions {
        rate: 32_000,
        tail: 0.25,
        format: WavFormat::Float32,
    };

    fn samples(path: &Path) -> Vec<f32> {
        let mut reader = hound::WavReader::open(path).unwrap();
        reader.samples().map(Result::unwrap).collect()
    }

    #[test]
    fn a_stem_is_to_the_bit_what_its_track_sounds_like_soloed_live() {
        let (mut score, font) = (demo(), small_font());
        let chords = score.tracks[1].id;
        score.track_mut(chords).unwrap().mix.pan = -0.5;
        let dir = tempfile::tempdir().unwrap();
        let files = stems(&score, &font, dir.path(), OPTIONS, |_| true)
            .unwrap()
            .unwrap();
        assert_eq!(files.len(), 3);
        for (file, i) in files.iter().zip(0..) {
            // By hand, as the button does it, and pulled in odd lengths, as a device does it.
            let mut by_hand = score.clone();
            let id = by_hand.tracks[i].id;
            by_hand.track_mut(id).unwrap().mix.solo = true;
            let (mut engine, _remote, _) = prepare(&by_hand, &font, OPTIONS.rate).unwrap();
            let stem = samples(file);
            let mut live = Vec::new();
            for n in [1usize, 63, 64, 333, 4801].iter().cycle() {
                let n = (*n).min((stem.len() - live.len()) / 2);
                if n == 0 {
                    break;
                }
                let mut buffer = vec![9f32; n * 2];
                engine.process(&mut buffer);
                live.extend(buffer);
            }
            assert!(stem == live, "{}", file.display());
            assert!(stem.iter().any(|x| x.abs() > 0.01), "{}", file.display());
        }
    }

    #[test]
    fn quiet_stems_add_up_to_the_whole() {
        let (mut score, font) = (demo(), small_font());
        for id in score.tracks.iter().map(|t| t.id).collect::<Vec<_>>() {
            score.track_mut(id).unwrap().mix.volume = 0.1;
        }
        let whole = render(&score, &font, 32_000, 0.25, |_| true).unwrap();
        let mut sum = vec![0f32; whole.samples.len()];
        for track in &score.tracks {
            let alone = render(&soloed(&score, track.id), &font, 32_000, 0.25, |_| true).unwrap();
            for (s, x) in sum.iter_mut().zip(&alone.samples) {
                *s += x;
            }
        }
        let worst = sum.iter().zip(&whole.samples).map(|(a, b)| (a - b).abs());
        let worst = worst.fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
    }

    #[test]
    fn what_is_not_heard_gets_no_stem() {
        let mut score = demo();
        let melody = score.tracks[0].id;
        score.track_mut(melody).unwrap().mix.mute = true;
        score.add_track("empty", 3, 0);
        let names: Vec<String> = stem_tracks(&score).into_iter().map(|t| t.1).collect();
        assert_eq!(names, ["01 chords.wav", "02 drums.wav"]);
        assert_eq!(file_name(7, "a/b: ..."), "07 a-b-.wav");
        assert_eq!(file_name(12, "\u{7}"), "12 -.wav");
        assert_eq!(file_name(1, " "), "01 Track.wav");
    }

    #[test]
    fn cancelled_stems_leave_nothing_and_old_ones_stay() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("01 melody.wav");
        std::fs::write(&old, "old").unwrap();
        let mut calls = 0;
        let none = stems(&demo(), &small_font(), dir.path(), OPTIONS, |share| {
            calls += 1;
            share < 0.5
        });
        assert_eq!(none.unwrap(), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(&old).unwrap(), b"old");
    }
}
