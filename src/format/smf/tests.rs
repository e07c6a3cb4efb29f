//! Round trips, with midly as an independent reader, and the ways real files are broken.

use super::*;
use crate::format::FormatError;
use crate::score::*;
use midly::{MetaMessage, Smf, TrackEventKind};
use proptest::prelude::*;
use std::sync::Arc;

/// Every event of a file as midly sees it: tick, chunk, event; sorted. End-of-track events included.
pub fn events(bytes: &[u8]) -> Vec<(u32, usize, String)> {
    let smf = Smf::parse(bytes).expect("midly reads it");
    let mut all = Vec::new();
    for (chunk, track) in smf.tracks.iter().enumerate() {
        let mut tick = 0;
        for e in track {
            tick += e.delta.as_int();
            all.push((tick, chunk, format!("{:?}", e.kind)));
            if matches!(e.kind, TrackEventKind::Meta(MetaMessage::EndOfTrack)) {
                break;
            }
        }
    }
    all.sort();
    all
}

pub fn number(n: u32) -> Vec<u8> {
    let mut out = vec![(n & 0x7F) as u8];
    let mut n = n >> 7;
    while n > 0 {
        out.insert(0, (n & 0x7F) as u8 | 0x80);
        n >>= 7;
    }
    out
}

pub fn chunk(body: &[u8]) -> Vec<u8> {
    let mut out = b"MTrk".to_vec();
    out.extend((body.len() as u32).to_be_bytes());
    out.extend(body);
    out
}

pub fn file(kind: u16, division: u16, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"MThd\0\0\0\x06".to_vec();
    out.extend(kind.to_be_bytes());
    out.extend((chunks.len() as u16).to_be_bytes());
    out.extend(division.to_be_bytes());
    for c in chunks {
        out.extend(c);
    }
    out
}

pub const END: [u8; 4] = [0, 0xFF, 0x2F, 0];
/// Middle C for 96 ticks, without an end-of-track event.
pub const NOTE: [u8; 8] = [0, 0x90, 60, 80, 96, 0x80, 60, 64];

pub fn note_chunk() -> Vec<u8> {
    chunk(&[&NOTE[..], &END[..]].concat())
}

pub fn whole(bytes: &[u8]) -> Score {
    let got = import(bytes, "t").unwrap();
    assert!(got.report.is_empty(), "{}", got.report);
    got.score
}

pub fn says(bytes: &[u8], words: &str) -> Score {
    let got = import(bytes, "t").unwrap();
    assert!(
        got.report.sentences.iter().any(|s| s.contains(words)),
        "no word of {words:?} in: {}",
        got.report
    );
    // What came in must go out and come in again, whole this time.
    let again = import(&export(&got.score).unwrap(), "t").unwrap();
    assert_eq!(again.score.note_count(), got.score.note_count());
    got.score
}

pub fn notes(score: &Score) -> Vec<(u32, u32, u8)> {
    score
        .notes()
        .map(|(_, n)| (n.start, n.length, n.pitch))
        .collect()
}

#[derive(Clone, Debug)]
enum E {
    On(u8, u8, u8),
    Off(u8, u8, Option<u8>),
    Channel(u8, u8, u8, u8),
    Meta(u8, Vec<u8>),
    Sys(u8, Vec<u8>),
}

fn event() -> impl Strategy<Value = E> {
    let text = prop::collection::vec(any::<u8>(), 0..6);
    prop_oneof![
        6 => (0u8..3, 58u8..63, 1u8..128).prop_map(|(c, p, v)| E::On(c, p, v)),
        6 => (0u8..3, 58u8..63, prop::option::of(0u8..128)).prop_map(|(c, p, r)| E::Off(c, p, r)),
        3 => (0xAu8..0xF, 0u8..16, 0u8..128, 0u8..128).prop_map(|(s, c, a, b)| E::Channel(s << 4, c, a, b)),
        2 => (0u8..0x60, text.clone()).prop_map(|(k, b)| match k {
            // These four are judged by what they say; here they say something valid.
            0x2F => E::Meta(0x01, b),
            0x51 | 0x10 => E::Meta(0x51, vec![7, 0, b.len() as u8]),
            0x58 | 0x11 => E::Meta(0x58, vec![3, 2, 24, b.len() as u8]),
            0x59 | 0x12 => E::Meta(0x59, vec![(b.len() as u8).wrapping_sub(3), 1]),
            // midly gives up on, or normalises, short bodies of these.
            0x00 | 0x20 | 0x21 | 0x54 => E::Meta(k, vec![1, 2, 3, 4, 5]),
            _ => E::Meta(k, b),
        }),
        1 => prop_oneof![Just(0xF0u8), Just(0xF7u8)].prop_flat_map(move |s| (Just(s), text.clone()))
            .prop_map(|(s, b)| E::Sys(s, b)),
    ]
}

/// Bytes of a chunk in which every note-off has its note and every note its note-off.
fn render(list: &[(u32, E)], tail: u32) -> Vec<u8> {
    let mut body = Vec::new();
    let mut open = std::collections::BTreeMap::<(u8, u8), u32>::new();
    let mut wait = 0;
    for (delta, e) in list {
        wait += delta;
        let bytes = match e {
            E::On(c, p, v) => {
                *open.entry((*c, *p)).or_default() += 1;
                vec![0x90 | c, *p, *v]
            }
            E::Off(c, p, r) => {
                match open.get_mut(&(*c, *p)) {
                    Some(n) if *n > 0 => *n -= 1,
                    _ => continue,
                }
                match r {
                    Some(r) => vec![0x80 | c, *p, *r],
                    None => vec![0x90 | c, *p, 0],
                }
            }
            E::Channel(s @ (0xC0 | 0xD0), c, a, _) => vec![s | c, *a],
            E::Channel(s, c, a, b) => vec![s | c, *a, *b],
            E::Meta(k, b) => [&[0xFF, *k][..], &number(b.len() as u32), b].concat(),
            E::Sys(s, b) => [&[*s][..], &number(b.len() as u32), b].concat(),
        };
        body.extend(number(wait));
        body.extend(bytes);
        wait = 0;
    }
    for ((c, p), n) in open {
        for _ in 0..n {
            body.extend(number(wait));
            body.extend([0x80 | c, p, 64]);
            wait = 0;
        }
    }
    body.extend(number(wait + tail));
    body.extend([0xFF, 0x2F, 0]);
    chunk(&body)
}

proptest! {
    #[test]
    fn an_untouched_file_keeps_every_event(
        lists in prop::collection::vec(
            (prop::collection::vec((0u32..3, event()), 0..40), 0u32..5), 1..4),
        division in 1u16..0x8000,
    ) {
        let chunks: Vec<Vec<u8>> = lists.iter().map(|(l, tail)| render(l, *tail)).collect();
        let bytes = file(u16::from(chunks.len() > 1), division, &chunks);
        let score = whole(&bytes);
        let out = export(&score).unwrap();
        prop_assert_eq!(events(&bytes), events(&out));
        prop_assert_eq!(&bytes[..14], &out[..14]);
        prop_assert_eq!(whole(&out), score);
    }

    #[test]
    fn a_piece_made_here_comes_back_equal(
        tracks in prop::collection::vec(
            (prop::collection::btree_map((0u8..128, 0u32..40), (0u32..60, 1u8..128), 0..30), 0u8..16, 0u8..128),
            0..4),
        tempos in prop::collection::btree_map(0u32..2000, 1u32..0x100_0000, 0..4),
        meters in prop::collection::btree_map(0u32..2000, (1u8..30, 0u32..8), 0..4),
        keys in prop::collection::btree_map(0u32..2000, (-7i8..8, any::<bool>()), 0..4),
    ) {
        let mut score = Score { title: "Song".into(), ..Score::default() };
        for (i, (list, channel, program)) in tracks.into_iter().enumerate() {
            let id = score.add_track(format!("Voice {i}"), channel, program);
            for ((pitch, slot), (length, velocity)) in list {
                // Slots keep notes of one pitch from lying inside each other.
                score.add_note(id, slot * 60, length, pitch, velocity);
            }
        }
        score.tempos = tempos.into_iter()
            .map(|(tick, micros_per_quarter)| Tempo { tick, micros_per_quarter }).collect();
        score.meters = meters.into_iter().map(|(t, (n, d))| Meter::new(t, n, 1 << d)).collect();
        score.keys = keys.into_iter()
            .map(|(tick, (sharps, minor))| KeySignature { tick, sharps, minor }).collect();
        let back = whole(&export(&score).unwrap());
        let plain = |s: &Score| -> Vec<(String, u8, u8, Vec<Note>)> {
            s.tracks.iter().map(|t| {
                let notes = t.notes.iter().map(|n| Note { id: NoteId(0), ..*n }).collect();
                (t.name.clone(), t.channel, t.first_program(), notes)
            }).collect()
        };
        // A voice without notes still has its program event, so it comes back as well.
        prop_assert_eq!(plain(&back), plain(&score));
        prop_assert_eq!((&back.tempos, &back.meters, &back.keys), (&score.tempos, &score.meters, &score.keys));
        prop_assert_eq!(&back.chunks[0], "Song");
    }
}

#[test]
fn type_0_comes_back_as_type_0_and_the_end_stays() {
    let body = [&NOTE[..], &[0x87, 0x68], &END[1..]].concat();
    let score = whole(&file(0, 480, &[chunk(&body)]));
    assert_eq!(score.chunk_ends, [96 + 1000]);
    let out = export(&score).unwrap();
    assert_eq!(out[9], 0);
    assert_eq!(whole(&out), score);
}

#[test]
fn zero_length_and_stacked_notes_keep_their_order() {
    // One note ends, another without length stands, a third begins, all on one tick.
    let body = [
        &[0, 0x90, 60, 1, 10, 0x90, 60, 2, 0, 0x80, 60, 11][..],
        &[0, 0x80, 60, 12, 0, 0x90, 60, 3, 5, 0x80, 60, 13],
        &END,
    ]
    .concat();
    let bytes = file(0, 96, &[chunk(&body)]);
    let score = whole(&bytes);
    assert_eq!(notes(&score), [(0, 10, 60), (10, 0, 60), (10, 5, 60)]);
    assert_eq!(events(&export(&score).unwrap()), events(&bytes));
}

#[test]
fn tempo_meter_and_key_stay_in_the_chunks_they_came_from_until_edited() {
    let meter = [0, 0xFF, 0x58, 4, 3, 2, 24, 8];
    let tempo = [0, 0xFF, 0x51, 3, 7, 0xA1, 0x20];
    let one = chunk(&[&meter[..], &tempo, &END].concat());
    let two = chunk(&[&meter[..], &NOTE, &END].concat());
    let bytes = file(1, 96, &[one, two]);
    let mut score = whole(&bytes);
    assert_eq!((score.meters.len(), score.tempos.len()), (1, 1));
    assert_eq!(events(&export(&score).unwrap()), events(&bytes));
    score.meters[0].numerator = 5;
    let back = whole(&export(&score).unwrap());
    assert_eq!(back.meters, score.meters);
}

#[test]
fn names_come_from_the_chunk_or_the_instrument() {
    let named = chunk(&[&[0, 0xFF, 3, 4], &b"Lead"[..], &NOTE, &END].concat());
    let violin = chunk(&[&[0, 0xC0, 40][..], &NOTE, &END].concat());
    let drums = chunk(&[&[0, 0x99, 36, 80, 1, 0x89, 36, 0][..], &END].concat());
    let latin = chunk(&[&[0, 0xFF, 3, 2, 0xE9, 0x20][..], &NOTE, &END].concat());
    let bytes = file(1, 96, &[named, violin, drums, latin]);
    let mut score = whole(&bytes);
    let names: Vec<&str> = score.tracks.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["Lead", "Violin", "Drums", "é"]);
    assert_eq!(events(&export(&score).unwrap()), events(&bytes));
    // Renaming reaches the file, whichever way the name was kept.
    for i in [0, 1, 3] {
        Arc::make_mut(&mut score.tracks[i]).name = format!("New {i}");
    }
    let back = whole(&export(&score).unwrap());
    let names: Vec<&str> = back.tracks.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["New 0", "New 1", "Drums", "New 3"]);
}

#[test]
fn a_program_set_in_one_chunk_holds_in_the_other_and_is_not_written_twice() {
    let one = chunk(&[&[0, 0xC0, 40][..], &NOTE, &END].concat());
    let bytes = file(1, 96, &[one, note_chunk()]);
    let mut score = whole(&bytes);
    assert_eq!(score.tracks[1].first_program(), 40);
    assert_eq!(events(&export(&score).unwrap()), events(&bytes));
    Arc::make_mut(&mut score.tracks[1]).program = 7;
    let back = whole(&export(&score).unwrap());
    assert_eq!(back.tracks[1].first_program(), 7);
}

#[test]
fn film_frames_become_a_tempo() {
    // 25 frames of 40 ticks: 1000 ticks a second.
    let score = says(&file(0, 0xE728, &[note_chunk()]), "film frames");
    assert!((score.clock().seconds(1000.0) - 1.0).abs() < 1e-9);
    // 29.97 frames of 80 ticks.
    let score = says(&file(0, 0xE350, &[note_chunk()]), "29.97");
    assert!((score.clock().seconds(2400.0) - 1.001).abs() < 1e-9);
}

#[test]
fn sequences_are_laid_one_after_another_each_at_its_own_speed() {
    let fast = chunk(&[&[0, 0xFF, 0x51, 3, 3, 0xD0, 0x90][..], &NOTE, &END].concat());
    let score = says(&file(2, 96, &[fast, note_chunk()]), "one after another");
    assert_eq!(notes(&score), [(0, 96, 60), (96, 96, 60)]);
    assert_eq!((score.bpm_at(0), score.bpm_at(96)), (240.0, 120.0));
}

#[test]
fn riff_is_unwrapped() {
    let smf = file(0, 96, &[note_chunk()]);
    let mut bytes = b"RIFF\0\0\0\0RMIDdata".to_vec();
    bytes.extend((smf.len() as u32).to_le_bytes());
    bytes.extend(&smf);
    bytes.extend(b"LIST\x04\0\0\0INFO");
    assert_eq!(whole(&bytes), whole(&smf));
}

#[test]
fn broken_files_are_mended_and_the_report_says_how() {
    let good = note_chunk();
    let open = chunk(&NOTE);
    let mut huge = good.clone();
    huge[4..8].copy_from_slice(&[0xFF; 4]);
    let mut short = good.clone();
    short[7] = 3;
    // No end of track; the next chunk is found all the same.
    let s = says(&file(1, 96, &[open, good.clone()]), "lacked an end");
    assert_eq!(s.note_count(), 2);
    for wrong in [huge, short] {
        let s = says(&file(1, 96, &[wrong, good.clone()]), "wrong length");
        assert_eq!(notes(&s), [(0, 96, 60), (0, 96, 60)]);
    }
    let bytes = file(
        1,
        96,
        &[good.clone(), b"\0\0junk\x90\x80".to_vec(), good.clone()],
    );
    assert_eq!(says(&bytes, "make no sense").note_count(), 2);
    let bytes = file(1, 96, &[b"XFIH\0\0\0\x03abc".to_vec(), good.clone()]);
    assert_eq!(says(&bytes, "not tracks").note_count(), 1);
    // Cut in the middle of the note-off.
    let bytes = file(0, 96, std::slice::from_ref(&good));
    let s = says(&bytes[..bytes.len() - 6], "broke off");
    assert_eq!(s.note_count(), 1);
    // The header lost: only the track is there.
    assert_eq!(says(&good, "header is missing").note_count(), 1);
    // A note-off alone, a note alone.
    let bytes = file(0, 96, &[chunk(&[&[0, 0x80, 60, 0][..], &END].concat())]);
    says(&bytes, "without a sounding note");
    let hanging = [&[0, 0x90, 60, 80, 50, 0xFF, 0x2F, 0][..]].concat();
    let s = says(&file(0, 96, &[chunk(&hanging)]), "never stopped");
    assert_eq!(notes(&s), [(0, 50, 60)]);
    // Nonsense in the tempo map.
    let odd = [
        &[0, 0xFF, 0x51, 3, 0, 0, 0, 0, 0xFF, 0x58, 4, 4, 9, 24, 8][..],
        &[0, 0xFF, 0x59, 2, 9, 0],
        &END,
    ]
    .concat();
    let bytes = file(0, 0, &[chunk(&odd)]);
    for words in ["tempo of zero", "time signature", "key signature", "480"] {
        let s = says(&bytes, words);
        assert!(s.tempos.is_empty() && s.meters.is_empty() && s.keys.is_empty());
    }
    // Running status over a meta event, as some sequencers write it.
    let run = [&[0, 0x90, 60, 80, 0, 0xFF, 1, 0, 10, 60, 0][..], &END].concat();
    assert_eq!(notes(&whole(&file(0, 96, &[chunk(&run)]))), [(0, 10, 60)]);
}

#[test]
fn times_beyond_the_last_tick_are_held_there() {
    let far = [0xFF, 0xFF, 0xFF, 0x7F, 0x90, 60, 80];
    let body = [
        &far[..],
        &far,
        &[0x10, 0x80, 60, 0, 0x10, 0x80, 60, 0],
        &END,
    ]
    .concat();
    let s = says(&file(0, 96, &[chunk(&body)]), "last possible tick");
    assert_eq!(s.end(), reader::MAX_TICK);
}

#[test]
fn what_is_no_midi_file_is_refused_in_words() {
    assert!(matches!(import(&[], ""), Err(FormatError::Empty)));
    for bytes in [&b"RIFF....WAVEfmt "[..], b"hello", b"MTr", b"PK\x03\x04"] {
        let e = import(bytes, "").unwrap_err().to_string();
        assert!(e.contains("not a MIDI file") && e.contains(".mid"), "{e}");
    }
}

#[test]
fn a_piece_too_long_for_the_format_is_refused() {
    let mut s = Score::default();
    let t = s.add_track("x", 0, 0);
    s.add_note(t, u32::MAX - 3, 2, 60, 60);
    let e = export(&s).unwrap_err().to_string();
    assert!(e.contains("268435455"), "{e}");
}

/// Real files, every n-th of POP909; `LACUNA_DATA` names the folder of the data sets.
#[test]
fn real_files_keep_every_event() {
    let root = std::env::var_os("LACUNA_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        Into::into,
    );
    let folder = root.join("pop909/POP909");
    let mut songs: Vec<_> = match std::fs::read_dir(&folder) {
        Ok(list) => list.flatten().map(|e| e.path()).collect(),
        Err(_) => {
            eprintln!(
                "SKIPPED: no POP909 in {}; set LACUNA_DATA",
                folder.display()
            );
            return;
        }
    };
    songs.sort();
    let step = (songs.len() / 60).max(1);
    let mut seen = 0;
    for song in songs.iter().step_by(step) {
        let Some(name) = song.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        let Ok(bytes) = std::fs::read(song.join(format!("{name}.mid"))) else {
            continue;
        };
        let got = import(&bytes, name).unwrap();
        assert!(got.report.is_empty(), "{name}: {}", got.report);
        let out = export(&got.score).unwrap();
        assert_eq!(events(&bytes), events(&out), "song {name}");
        seen += 1;
    }
    assert!(seen > 0, "no song in {}", folder.display());
}
