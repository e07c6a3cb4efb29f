//! What the whole file must hold: a golden piece, and for any piece that the bars are full and every note is there.

use super::grid::Sounding;
use super::*;
use crate::score::{Meter, Tempo as ScoreTempo};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A small piece with everything: two staves, a tie over the bar, a triplet, a change of metre, drums, two voices.
fn small() -> Score {
    let mut s = Score {
        title: "Small & <simple>".into(),
        ..Score::default()
    };
    s.tempos.push(ScoreTempo {
        tick: 0,
        micros_per_quarter: 625_000,
    });
    s.tempos.push(ScoreTempo {
        tick: 2400,
        micros_per_quarter: 500_000,
    });
    s.meters.push(Meter::new(0, 4, 4));
    s.meters.push(Meter::new(1920, 6, 8));
    s.keys.push(crate::score::KeySignature {
        tick: 0,
        sharps: -1,
        minor: true,
    });
    let piano = s.add_track("Piano", 0, 0);
    for (start, length, pitch) in [
        (0, 480, 74),
        (480, 160, 73),
        (640, 160, 74),
        (800, 160, 76),
        (960, 1680, 77),
        (960, 480, 69),
        (0, 1920, 50),
        (0, 1920, 57),
        (1920, 720, 45),
        (2640, 720, 50),
        (2640, 720, 74),
    ] {
        s.add_note(piano, start, length, pitch, 80);
    }
    let drums = s.add_track("Drums", 9, 0);
    for (start, key) in [
        (0, 36),
        (0, 42),
        (240, 42),
        (480, 38),
        (480, 42),
        (1920, 36),
    ] {
        s.add_note(drums, start, 120, key, 100);
    }
    s
}

#[test]
fn the_golden_piece_is_written_as_it_was() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/format/musicxml/golden.musicxml");
    let now = export(&small()).unwrap();
    assert!(now.report.is_empty(), "{}", now.report);
    // Written anew with LACUNA_GOLDEN=1, to be looked at before it is committed.
    if std::env::var_os("LACUNA_GOLDEN").is_some() {
        std::fs::write(&path, &now.text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(now.text == golden, "{}", now.text);
}

/// A tag of our own files: they have one tag a line.
struct Line<'a> {
    name: &'a str,
    attributes: &'a str,
    text: &'a str,
}

fn lines(xml: &str) -> impl Iterator<Item = Line<'_>> {
    xml.lines().skip(2).map(|line| {
        let line = line.trim();
        let inside = line.strip_prefix('<').unwrap();
        let (tag, rest) = inside.split_once('>').unwrap();
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let text = rest.split_once("</").map_or("", |r| r.0);
        Line {
            name,
            attributes,
            text,
        }
    })
}

/// Start and end in divisions, and the pitch.
type Heard = (u64, u64, i32);

/// What was read of a part: notes joined by their ties, and how long each voice of each measure lasts.
#[derive(Default)]
struct Read {
    notes: Vec<Heard>,
    /// By measure and voice.
    lengths: BTreeMap<(usize, u32), u64>,
    unjoined: usize,
}

#[derive(Default)]
struct Head {
    pitch: i32,
    duration: u64,
    voice: u32,
    chord: bool,
    rest: bool,
    stops: bool,
    starts: bool,
}

fn read(xml: &str) -> Vec<Read> {
    let mut parts: Vec<Read> = Vec::new();
    let mut open: Vec<(u64, u64, i32, u32)> = Vec::new();
    let (mut now, mut start, mut measure, mut longest) = (0u64, 0u64, 0usize, 0u64);
    let (mut note, mut step, mut alter) = (None::<Head>, 0, 0);
    let (mut onset, mut backup) = (0, false);
    for line in lines(xml) {
        let number = || line.text.parse::<i64>().unwrap();
        match line.name {
            "part" => {
                parts.push(Read::default());
                (now, measure) = (0, 0);
            }
            "measure" => (start, longest) = (now, now),
            "/measure" => {
                now = longest.max(start);
                measure += 1;
            }
            "note" => note = Some(Head::default()),
            "backup" => backup = true,
            "/backup" => backup = false,
            "duration" if backup => now -= number() as u64,
            "rest" => note.as_mut().unwrap().rest = true,
            "chord" => note.as_mut().unwrap().chord = true,
            "step" => {
                step = [0, 2, 4, 5, 7, 9, 11]["CDEFGAB".find(line.text).unwrap()];
                alter = 0;
            }
            "alter" => alter = number() as i32,
            "octave" => {
                note.as_mut().unwrap().pitch = 12 * (number() as i32 + 1) + step + alter;
            }
            "instrument" if note.is_some() => {
                let key = line.attributes.split_once("-I").unwrap().1;
                note.as_mut().unwrap().pitch =
                    key.trim_end_matches('"').parse::<i32>().unwrap() - 1;
            }
            "duration" => note.as_mut().unwrap().duration = number() as u64,
            "voice" => note.as_mut().unwrap().voice = number() as u32,
            "tie" if line.attributes.contains("stop") => note.as_mut().unwrap().stops = true,
            "tie" => note.as_mut().unwrap().starts = true,
            "/note" => {
                let n = note.take().unwrap();
                let part = parts.last_mut().unwrap();
                if !n.chord {
                    onset = now;
                    now += n.duration;
                    longest = longest.max(now);
                    *part.lengths.entry((measure, n.voice)).or_default() += n.duration;
                }
                if n.rest {
                    continue;
                }
                let end = onset + n.duration;
                let held = open
                    .iter()
                    .position(|o| (o.1, o.2, o.3) == (onset, n.pitch, n.voice));
                let from = match held {
                    Some(i) if n.stops => open.remove(i).0,
                    _ => {
                        part.unjoined += usize::from(n.stops);
                        onset
                    }
                };
                if n.starts {
                    open.push((from, end, n.pitch, n.voice));
                } else {
                    part.notes.push((from, end, n.pitch));
                }
            }
            "/part" => {
                let part = parts.last_mut().unwrap();
                part.unjoined += open.len();
                open.clear();
                part.notes.sort_unstable();
            }
            _ => {}
        }
    }
    parts
}

/// The notes of the parts before they are written.
fn planned(score: &Score) -> (Vec<Vec<Heard>>, Vec<Measure>) {
    let measures = grid::measures(score);
    let parts = part::parts(score, &measures, &mut Told::default());
    let notes = parts.iter().map(|p| {
        let chords = p.staves.iter().flat_map(|s| s.voices.iter().flatten());
        let mut list: Vec<Heard> = chords
            .flat_map(|c| c.notes.iter().map(|n| (c.start, c.end, i32::from(n.0))))
            .collect();
        list.sort_unstable();
        list
    });
    (notes.collect(), measures)
}

fn check(score: &Score) {
    let xml = export(score).unwrap().text;
    let (expected, measures) = planned(score);
    let parts = read(&xml);
    assert_eq!(parts.len(), score.tracks.len());
    for (part, expected) in parts.iter().zip(&expected) {
        assert_eq!(part.unjoined, 0, "a tie leads nowhere\n{xml}");
        assert_eq!(&part.notes, expected, "{xml}");
        for ((measure, voice), length) in &part.lengths {
            assert_eq!(
                *length, measures[*measure].length,
                "{measure} {voice}\n{xml}"
            );
        }
    }
}

#[test]
fn the_golden_piece_reads_back() {
    check(&small());
}

#[test]
fn a_piece_of_no_notes_is_a_bar_of_rest_and_one_without_tracks_is_refused() {
    let mut s = Score::default();
    assert!(export(&s).unwrap_err().to_string().contains("no tracks"));
    s.add_track("a", 0, 0);
    assert_eq!(export(&s).unwrap().text.matches("<measure ").count(), 1);
}

#[test]
fn a_note_at_the_end_of_the_world_is_refused() {
    let mut s = Score::default();
    let t = s.add_track("a", 0, 0);
    s.add_note(t, u32::MAX - 2, 1, 60, 80);
    assert!(export(&s).unwrap_err().to_string().contains("bars"));
}

#[test]
fn what_is_moved_is_told() {
    let mut s = Score::default();
    let t = s.add_track("a", 0, 0);
    s.add_note(t, 17, 400, 60, 80);
    s.add_note(t, 960, 480, 62, 80);
    s.add_note(t, 960, 480, 62, 90);
    let text = export(&s).unwrap().report.to_string();
    assert!(text.contains("1 note did not begin"), "{text}");
    assert!(text.contains("1 note did not end"), "{text}");
    assert!(text.contains("1 note doubled"), "{text}");
}

#[test]
fn a_piece_that_says_no_key_gets_the_one_that_is_heard() {
    let mut s = Score::default();
    let t = s.add_track("a", 0, 0);
    // D major: scale and tonic chord.
    for (i, p) in [62, 64, 66, 67, 69, 71, 73, 74].iter().enumerate() {
        s.add_note(t, i as u32 * 480, 480, *p, 80);
    }
    for p in [62, 66, 69] {
        s.add_note(t, 3840, 1920, p, 80);
    }
    let xml = export(&s).unwrap().text;
    assert!(xml.contains("<fifths>2</fifths>"), "{xml}");
    assert!(xml.contains("<mode>major</mode>"));
}

#[test]
fn the_tempo_that_counts_is_the_last_of_a_sixteenth() {
    let mut s = Score::default();
    let t = s.add_track("a", 0, 0);
    s.add_note(t, 0, 1920, 60, 80);
    for (tick, micros_per_quarter) in [(480, 500_000), (500, 400_000), (960, 400_000)] {
        s.tempos.push(ScoreTempo {
            tick,
            micros_per_quarter,
        });
    }
    let measures = grid::measures(&s);
    let list: Vec<(u64, f64)> = tempos(&s, &measures)
        .iter()
        .map(|t| (t.at, t.bpm))
        .collect();
    assert_eq!(list, [(0, 120.0), (96, 150.0)]);
}

fn scores() -> impl Strategy<Value = Score> {
    let notes = prop::collection::vec((0u32..4000, 1u32..1500, 30u8..100), 0..40);
    let meters = prop::collection::vec((0u32..3000, 1u8..13, 0u32..6), 0..3);
    let ppq = prop::sample::select(vec![24u16, 96, 100, 220, 480, 1]);
    (notes, meters, ppq, 0u8..3, any::<bool>()).prop_map(|(notes, meters, ppq, on, aligned)| {
        let mut s = Score {
            ppq,
            ..Score::default()
        };
        // As if the times were given at 480 ticks a quarter.
        let ticks = |t: u32| t * u32::from(ppq) / 480;
        for (tick, n, d) in meters {
            s.meters.push(Meter::new(ticks(tick), n, 1 << d));
        }
        s.meters.sort_by_key(|m| m.tick);
        let pitched = s.add_track("a", 0, if on == 0 { 0 } else { 73 });
        let drums = s.add_track("b", 9, 0);
        for (start, length, pitch) in notes {
            let track = if pitch % 5 == 0 { drums } else { pitched };
            let grid = if aligned { 80 } else { 1 };
            let start = start / grid * grid;
            s.add_note(track, ticks(start), ticks(length), pitch, 80);
        }
        s
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_voice_fills_its_measures_and_every_note_comes_back(score in scores()) {
        check(&score);
    }

    #[test]
    fn no_note_moves_further_than_half_a_grid_line(score in scores()) {
        let measures = grid::measures(&score);
        let mut told = Told::default();
        let ppq = f64::from(score.ppq);
        for track in &score.tracks {
            let on: Vec<Sounding> = grid::quantise(&track.notes, &measures, score.ppq, &mut told);
            for (note, on) in track.notes.iter().zip(&on) {
                prop_assert!(on.end > on.start);
                // Bars cut short are rounded as a whole, so a note is measured from its own bar.
                let m = measures.iter().rev().find(|m| m.tick <= note.start).unwrap();
                let asked = f64::from(note.start - m.tick) / ppq * QUARTER as f64;
                let got = on.start as f64 - m.start as f64;
                prop_assert!((asked - got).abs() <= 18.0, "{asked} {got}");
            }
        }
    }
}
