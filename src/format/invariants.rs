//! What every score must hold, checked on what comes from a project file: order, ranges, unique ids.

use super::error::FormatError;
use super::report::Report;
use crate::score::{ChannelEventKind, Document, Mix, Note, NoteId, Score, Track, TrackId, Version};
use std::collections::HashSet;
use std::sync::Arc;

/// Brings a document back within its rules; the report says what had to be touched.
///
/// # Errors
/// A grid that gives no tick a meaning, or ids used up to the last.
pub fn mend(document: &mut Document) -> Result<Report, FormatError> {
    let mut report = Report::default();
    whole(&mut document.score, &mut report)?;
    versions(document, &mut report);
    takes(document, &mut report);
    Ok(report)
}

/// Mends every version. One that cannot be mended goes: the piece is not lost for it.
fn versions(document: &mut Document, report: &mut Report) {
    let sound = |v: &Version| has_grid(&v.score) && in_order(&v.score);
    if document.versions.iter().all(sound) {
        return;
    }
    let versions = Arc::make_mut(&mut document.versions);
    let before = versions.len();
    versions.retain_mut(|v| whole(&mut v.score, report).is_ok());
    let dropped = (before - versions.len()) as u64;
    report.count(dropped, "{} kept version{s} past mending dropped.");
}

/// Whether its ticks mean anything.
fn has_grid(score: &Score) -> bool {
    (1..=0x7FFF).contains(&score.ppq)
}

/// Mends one score.
fn whole(shared: &mut Arc<Score>, report: &mut Report) -> Result<(), FormatError> {
    let score = &*shared;
    if !has_grid(score) {
        return Err(FormatError::Damaged {
            what: format!(
                "it counts {} ticks a quarter note and 1 to 32767 are possible",
                score.ppq
            ),
        });
    }
    // Only a faulty score is copied and changed.
    if !in_order(score) {
        let score = Arc::make_mut(shared);
        maps(score, report);
        tracks(score, report);
        ids(score, report)?;
        origins(score, report);
    }
    Ok(())
}

/// Brings the notes of takes into range.
fn takes(document: &mut Document, report: &mut Report) {
    let odd = |pitch: u8, velocity: u8, confidence: f32| {
        pitch > 127 || !(1..=127).contains(&velocity) || !(0.0..=1.0).contains(&confidence)
    };
    let faulty = document
        .takes
        .iter()
        .flat_map(|t| &t.notes)
        .filter(|n| odd(n.pitch, n.velocity, n.confidence))
        .count();
    if faulty > 0 {
        for take in Arc::make_mut(&mut document.takes) {
            for n in &mut take.notes {
                n.pitch = n.pitch.min(127);
                n.velocity = n.velocity.clamp(1, 127);
                n.confidence = if n.confidence.is_finite() {
                    n.confidence.clamp(0.0, 1.0)
                } else {
                    0.0
                };
            }
        }
        report.count(
            faulty as u64,
            "{} note{s} of takes had values out of range, which were brought into range.",
        );
    }
}

/// Whether the score keeps every rule.
fn in_order(score: &Score) -> bool {
    let mut copy = score.clone();
    let mut report = Report::default();
    maps(&mut copy, &mut report);
    tracks(&mut copy, &mut report);
    let numbered = ids(&mut copy, &mut report).is_ok();
    origins(&mut copy, &mut report);
    numbered && report.is_empty()
}

fn sorted<T>(list: &[T], tick: impl Fn(&T) -> u32) -> bool {
    list.windows(2).all(|w| match w {
        [a, b] => tick(a) <= tick(b),
        _ => true,
    })
}

fn maps(score: &mut Score, report: &mut Report) {
    let before = score.tempos.len() + score.meters.len() + score.keys.len();
    score.tempos.retain(|t| t.micros_per_quarter > 0);
    score
        .meters
        .retain(|m| m.numerator > 0 && m.denominator.is_power_of_two() && m.denominator <= 128);
    score.keys.retain(|k| (-7..=7).contains(&k.sharps));
    let keyless = score.key.take_if(|k| k.tonic > 11).is_some();
    let before = before + usize::from(keyless);
    let after = score.tempos.len() + score.meters.len() + score.keys.len();
    report.count(
        (before - after) as u64,
        "{} impossible tempo{s}, time signatures or keys dropped.",
    );
    let mut unsorted = 0;
    if !sorted(&score.tempos, |t| t.tick) {
        score.tempos.sort_by_key(|t| t.tick);
        unsorted += 1;
    }
    if !sorted(&score.meters, |m| m.tick) {
        score.meters.sort_by_key(|m| m.tick);
        unsorted += 1;
    }
    if !sorted(&score.keys, |k| k.tick) {
        score.keys.sort_by_key(|k| k.tick);
        unsorted += 1;
    }
    if !sorted(&score.metas, |m| m.tick) {
        score.metas.sort_by_key(|m| m.tick);
        unsorted += 1;
    }
    report.count(unsorted, "{} list{s} of events put back in order.");
}

fn tracks(score: &mut Score, report: &mut Report) {
    let mut faulty = 0;
    for shared in &mut score.tracks {
        if track_is_sound(shared) {
            continue;
        }
        let t = Arc::make_mut(shared);
        t.channel &= 15;
        t.program &= 127;
        let mix = t.mix;
        let finite = |v: f32, low: f32, high: f32, other: f32| {
            if v.is_finite() {
                v.clamp(low, high)
            } else {
                other
            }
        };
        t.mix = Mix {
            volume: finite(mix.volume, 0.0, 1.5, 1.0),
            pan: finite(mix.pan, -1.0, 1.0, 0.0),
            ..mix
        };
        for n in &mut t.notes {
            n.pitch = n.pitch.min(127);
            n.velocity = n.velocity.clamp(1, 127);
            n.release = n.release.map(|r| r.min(127));
            n.length = n.length.min(u32::MAX - n.start);
        }
        for e in &mut t.events {
            e.kind = in_range(e.kind);
        }
        t.sort();
        t.events.sort_by_key(|e| e.tick);
        faulty += 1;
    }
    report.count(
        faulty,
        "{} track{s} held values out of range or order, which were mended.",
    );
}

fn notes_sorted(notes: &[Note]) -> bool {
    notes.windows(2).all(|w| match w {
        [a, b] => a.order() <= b.order(),
        _ => true,
    })
}

fn track_is_sound(t: &Track) -> bool {
    t.channel < 16
        && t.program < 128
        && (0.0..=1.5).contains(&t.mix.volume)
        && (-1.0..=1.0).contains(&t.mix.pan)
        && t.notes.iter().all(|n| {
            n.pitch < 128
                && (1..128).contains(&n.velocity)
                && n.release.is_none_or(|r| r < 128)
                && n.start.checked_add(n.length).is_some()
        })
        && t.events.iter().all(|e| in_range(e.kind) == e.kind)
        && notes_sorted(&t.notes)
        && sorted(&t.events, |e| e.tick)
}

fn in_range(kind: ChannelEventKind) -> ChannelEventKind {
    use ChannelEventKind::{ChannelPressure, Controller, KeyPressure, PitchBend, Program};
    match kind {
        Controller { controller, value } => Controller {
            controller: controller.min(127),
            value: value.min(127),
        },
        Program { program } => Program {
            program: program.min(127),
        },
        PitchBend { value } => PitchBend {
            value: value.min(0x3FFF),
        },
        ChannelPressure { pressure } => ChannelPressure {
            pressure: pressure.min(127),
        },
        KeyPressure { key, pressure } => KeyPressure {
            key: key.min(127),
            pressure: pressure.min(127),
        },
    }
}

/// Gives doubled notes and tracks an id of their own and puts `next_id` beyond all.
fn ids(score: &mut Score, report: &mut Report) -> Result<(), FormatError> {
    let tracks = score.tracks.iter().map(|t| t.id.0);
    let notes = score.notes().map(|(_, n)| n.id.0);
    let last = tracks.chain(notes).max().unwrap_or(0);
    let full = || FormatError::Damaged {
        what: "its note numbers are used up".into(),
    };
    let next = last.checked_add(1).ok_or_else(full)?;
    if score.next_id < next {
        report.count(1, "The counter of note numbers was behind and put right.");
        score.next_id = next;
    }
    let (mut seen_tracks, mut seen_notes) = (HashSet::new(), HashSet::new());
    let mut doubled = 0;
    let mut next = score.next_id;
    for shared in &mut score.tracks {
        let fresh_track = !seen_tracks.insert(shared.id);
        let fresh_notes: Vec<bool> = shared
            .notes
            .iter()
            .map(|n| !seen_notes.insert(n.id))
            .collect();
        if !fresh_track && !fresh_notes.contains(&true) {
            continue;
        }
        let t = Arc::make_mut(shared);
        let mut fresh = || -> Result<u32, FormatError> {
            let id = next;
            next = next.checked_add(1).ok_or_else(full)?;
            doubled += 1;
            Ok(id)
        };
        if fresh_track {
            t.id = TrackId(fresh()?);
        }
        for (n, is_fresh) in t.notes.iter_mut().zip(fresh_notes) {
            if is_fresh {
                n.id = NoteId(fresh()?);
            }
        }
        t.sort();
    }
    score.next_id = next;
    report.count(doubled, "{} doubled note or track number{s} replaced.");
    Ok(())
}

/// Drops origins of ids that cannot be: turned round, laid over another, or not given to any note yet.
fn origins(score: &mut Score, report: &mut Report) {
    let before = score.origins.len();
    let (mut free, next) = (0, score.next_id);
    score.origins.retain(|o| {
        let sound = free <= o.first && o.first < o.end && o.end <= next;
        if sound {
            free = o.end;
        }
        sound
    });
    let dropped = (before - score.origins.len()) as u64;
    report.count(dropped, "{} record{s} of who wrote a note dropped.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{ChannelEvent, Meter, Origin, Tempo};

    fn faulty() -> Document {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 100, 10, 60, 80);
        s.add_note(t, 200, 10, 60, 80);
        let t = Arc::make_mut(&mut s.tracks[0]);
        t.notes.swap(0, 1);
        t.notes[0].pitch = 200;
        t.notes[0].velocity = 0;
        t.notes[1].id = t.notes[0].id;
        t.notes[1].length = u32::MAX;
        t.channel = 77;
        t.mix.volume = f32::NAN;
        t.events.push(ChannelEvent {
            tick: 0,
            kind: ChannelEventKind::PitchBend { value: 0xFFFF },
        });
        s.tempos.push(Tempo {
            tick: 0,
            micros_per_quarter: 0,
        });
        s.meters = vec![
            Meter::new(9, 4, 4),
            Meter::new(3, 3, 4),
            Meter::new(5, 3, 5),
        ];
        s.next_id = 0;
        let origin = |first, end| Origin {
            first,
            end,
            model: "pop".into(),
            seed: 0,
            take: 0,
        };
        s.origins = vec![origin(1, 2), origin(1, 3), origin(2, 9999)];
        Document::new(s)
    }

    #[test]
    fn every_rule_is_restored_at_once() {
        let mut d = faulty();
        let report = mend(&mut d).unwrap();
        assert!(report.sentences.len() >= 4, "{report}");
        assert!(in_order(&d.score));
        assert_eq!(d.score.note_count(), 2);
        assert_eq!(d.score.origins.len(), 1, "the sound one stays");
        assert!(mend(&mut d).unwrap().is_empty());
    }

    #[test]
    fn a_sound_document_is_not_copied() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 100, 10, 60, 80);
        let mut d = Document::new(s);
        let before = Arc::as_ptr(&d.score);
        assert!(mend(&mut d).unwrap().is_empty());
        assert_eq!(before, Arc::as_ptr(&d.score));
    }

    #[test]
    fn a_version_is_mended_like_the_piece_and_dropped_where_that_fails() {
        let version = |name: &str, score: Score| Version {
            name: name.into(),
            kept: 0,
            score: Arc::new(score),
        };
        let odd = faulty().score;
        let grid = |ppq| Score {
            ppq,
            ..Score::default()
        };
        let all = vec![
            version("sound", Score::default()),
            version("odd", (*odd).clone()),
            version("no grid", grid(0)),
            version("too fine a grid", grid(0x8000)),
        ];
        let mut d = Document::new(Score::default());
        d.versions = Arc::new(all);
        let report = mend(&mut d).unwrap();
        let names: Vec<&str> = d.versions.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["sound", "odd"]);
        assert!(d.versions.iter().all(|v| in_order(&v.score)));
        let told = report.to_string();
        assert!(
            told.contains("2 kept versions past mending dropped."),
            "{told}"
        );
        assert!(mend(&mut d).unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_mended_is_refused() {
        let mut d = faulty();
        Arc::make_mut(&mut d.score).ppq = 0;
        assert!(mend(&mut d).unwrap_err().to_string().contains("ticks"));
        let mut d = faulty();
        let s = Arc::make_mut(&mut d.score);
        Arc::make_mut(&mut s.tracks[0]).id = TrackId(u32::MAX);
        assert!(mend(&mut d).unwrap_err().to_string().contains("used up"));
    }
}
