//! A folder of one's own MIDI files, some of which may have been played in freely: the ticks of such a file are no beats, so
//! its beats are found from what sounds and the notes are laid on them. Files that lie on a grid stay as they are.

use super::beat_finder::{self, Heard};
use super::beats::{BeatGrid, PPQ};
use super::folder::{self, MidiFolder};
use super::{DatasetError, Song, SongRef, Source, grid_error};
use crate::score::Score;
use std::path::Path;
use std::sync::Arc;

/// Onsets on a grid lie no farther from it on average, in steps: of 16ths, or of the triplets of a quarter or an eighth.
const ON_GRID: f64 = 0.12;
/// Found beats that leave onsets farther than this from the 16ths on average are no beats; chance is 0.25.
const NO_BEATS: f64 = 0.2;

/// The MIDI files below a folder, on their own beats or on those that were found.
pub struct Played(MidiFolder);

/// The MIDI files below `root`. Nothing is read yet.
pub fn source(root: &Path) -> Played {
    Played(MidiFolder::new("played", root, true))
}

impl Source for Played {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        self.0.songs()
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        let file = folder::load(song)?;
        if [4, 3, 6].iter().any(|&n| grid_error(&file, n) <= ON_GRID) {
            return Ok(Song::plain(song, file, true));
        }
        let refused = |reason: String| DatasetError::Refused {
            id: song.id.clone(),
            reason,
        };
        let (score, offset) = on_found_beats(&file).map_err(refused)?;
        let mut found = Song::plain(song, score, true);
        (found.offset, found.found_beats) = (offset, true);
        if found.grid_error > NO_BEATS {
            return Err(refused(format!(
                "it was played freely and no beats were found in it: on the likeliest, onsets lie {:.2} steps from the \
                 16ths on average, where chance is 0.25; play it to a metronome, or put it on a grid in a sequencer",
                found.grid_error
            )));
        }
        Ok(found)
    }

    fn has_own_splits(&self) -> bool {
        false
    }

    fn has_named_voices(&self) -> bool {
        false
    }
}

/// The notes of a score as they sound.
pub(super) fn heard(score: &Score) -> Vec<Heard> {
    let clock = score.clock();
    let seconds = |tick: u32| clock.seconds(f64::from(tick));
    let hear = |n: &crate::score::Note| Heard {
        onset: seconds(n.start),
        length: seconds(n.end()) - seconds(n.start),
        pitch: n.pitch,
        velocity: n.velocity,
    };
    let mut notes: Vec<Heard> = score.notes().map(|(_, n)| hear(n)).collect();
    notes.sort_by(|a, b| a.onset.total_cmp(&b.onset).then(a.pitch.cmp(&b.pitch)));
    notes
}

/// The score on the beats that are heard in it, with the tempos and bars that belong to them, and the seconds at its
/// tick 0. Every note sounds when it did.
///
/// # Errors
/// A clause, when it holds too little to hear beats in.
pub fn on_found_beats(file: &Score) -> Result<(Score, f64), String> {
    let notes = heard(file);
    let first = notes.first().map_or(0.0, |n| n.onset);
    let beats = beat_finder::find(&notes);
    let grid = BeatGrid::new(&beats, first).map_err(|_| {
        format!(
            "it was played freely and is too short for beats to be heard in it ({} notes); leave it out, or put it on a \
             grid in a sequencer",
            notes.len()
        )
    })?;
    let clock = file.clock();
    let tick = |t: u32| grid.tick(clock.seconds(f64::from(t)));
    let mut score = file.clone();
    (score.ppq, score.tempos, score.meters) = (PPQ, grid.tempos(), grid.meters());
    score.chunk_ends.clear();
    score.keys.iter_mut().for_each(|k| k.tick = tick(k.tick));
    score.metas.iter_mut().for_each(|m| m.tick = tick(m.tick));
    for track in &mut score.tracks {
        let track = Arc::make_mut(track);
        for n in &mut track.notes {
            let (start, end) = (tick(n.start), tick(n.end()));
            (n.start, n.length) = (start, end.saturating_sub(start).max(1));
        }
        track.notes.sort_by_key(|n| n.order());
        track.events.iter_mut().for_each(|e| e.tick = tick(e.tick));
    }
    Ok((score, grid.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::testing::write;

    /// Eighths over a bass, in ticks of a clock that knows nothing of their beats, and how the tempo breathes.
    fn rubato() -> Vec<(u32, u32, u8)> {
        let (mut notes, mut now) = (Vec::new(), 333.0f64);
        for beat in 0..64u32 {
            let length = 610.0 * (1.0 + 0.15 * (f64::from(beat) * 0.25).sin());
            let at = |share: f64| (now + share * length) as u32;
            if beat % 4 == 0 {
                notes.push((at(0.0), 1500, 36 + (beat / 4 % 3) as u8 * 5));
            }
            notes.push((at(0.0), 250, 60 + (beat * 5 % 12) as u8));
            notes.push((at(0.5), 250, 67 + (beat * 7 % 10) as u8));
            now += length;
        }
        notes
    }

    fn load(notes: &[(u32, u32, u8)]) -> Result<Song, DatasetError> {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("a.mid"), notes);
        let source = source(dir.path());
        source.load(&source.songs().unwrap()[0])
    }

    #[test]
    fn a_piece_on_a_grid_keeps_its_ticks() {
        let song = load(&[(30, 480, 60), (480, 480, 62), (960, 480, 64)]).unwrap();
        assert_eq!(song.score.tracks[0].notes[0].start, 30);
        assert!(!song.found_beats);
        // Triplets are a grid too.
        let triplets: Vec<_> = (0..40).map(|i| (i * 160, 100, 60)).collect();
        assert!(!load(&triplets).unwrap().found_beats);
    }

    #[test]
    fn a_piece_played_freely_is_laid_on_its_beats_and_sounds_as_it_did() {
        let song = load(&rubato()).unwrap();
        assert!(song.found_beats && song.on_beats);
        assert!(song.grid_error < 0.12, "{}", song.grid_error);
        let clock = song.score.clock();
        let mut on_beat = 0;
        let notes = &song.score.tracks[0].notes;
        for n in notes {
            on_beat += usize::from((n.start + 30) % 240 < 60);
            let _ = clock.seconds(f64::from(n.start));
        }
        assert!(
            on_beat * 10 > notes.len() * 9,
            "{on_beat} of {}",
            notes.len()
        );
        let mut before: Vec<f64> = rubato().iter().map(|n| f64::from(n.0) / 960.0).collect();
        before.sort_by(f64::total_cmp);
        for (n, seconds) in notes.iter().zip(before) {
            let now = clock.seconds(f64::from(n.start)) + song.offset;
            assert!((now - seconds).abs() < 0.01, "{seconds} became {now}");
        }
    }

    #[test]
    fn what_has_no_beats_is_refused_with_what_to_do() {
        let short = load(&[(31, 100, 60), (517, 100, 61), (777, 100, 64)]);
        let text = short.unwrap_err().to_string();
        assert!(
            text.contains("too short") && text.contains("sequencer"),
            "{text}"
        );
    }
}
