//! What real collections hold, case by case. Each is read, mended with a word in the report, or refused in a sentence:
//!
//! | case | test |
//! |---|---|
//! | running status, also over metas and exclusive messages | here; `tests::broken_files_are_mended_...` |
//! | film frames instead of beats (SMPTE) | `tests::film_frames_become_a_tempo`; odd rates here |
//! | independent sequences (type 2) | `tests::sequences_are_laid_...`; thousands of them here |
//! | notes without length, stacked and overlapping notes | `tests::zero_length_and_stacked_...`; here |
//! | notes that never stop, stops without a note | `tests::broken_files_...` |
//! | stops in another track or on another channel | here |
//! | missing end of track, wrong lengths, junk between chunks | `tests::broken_files_...` |
//! | tempo zero, impossible metres and keys | `tests::broken_files_...` |
//! | a metre that changes inside a bar | here |
//! | empty files, files cut anywhere | `tests::what_is_no_midi_file_...`; here |
//! | huge files | here |
//! | anything else | `format::mutation`, and the fuzz targets |

use super::import::import_within;
use super::tests::{END, NOTE, chunk, events, file, note_chunk, notes, number, says, whole};
use super::{MEMORY_LIMIT, SIZE_LIMIT, export, import};
use crate::format::FormatError;
use crate::score::{ChannelEvent, MetaEvent, Note};

#[test]
fn running_status_holds_until_another_status_comes() {
    let body = [
        // Two notes and their stops under one status, with an exclusive message in between.
        &[0, 0x90, 60, 80, 10, 64, 80, 10, 60, 0][..],
        &[0, 0xF0, 2, 1, 0xF7, 5, 64, 0],
        // One byte of data, running as well.
        &[0, 0xC0, 7, 1, 8, 0, 0x90, 67, 1, 4, 67, 0],
        &END,
    ]
    .concat();
    let score = whole(&file(0, 96, &[chunk(&body)]));
    assert_eq!(notes(&score), [(0, 20, 60), (10, 15, 64), (26, 4, 67)]);
    assert_eq!(score.tracks[0].events.len(), 2);
}

#[test]
fn film_frames_of_rates_that_do_not_exist_still_keep_time() {
    // 60 frames of 20 ticks; 24 frames of no ticks, which is read as one.
    for (division, a_second) in [(0xC414u16, 1200.0), (0xE800, 24.0)] {
        let score = says(&file(0, division, &[note_chunk()]), "film frames");
        assert!((score.clock().seconds(a_second) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn thousands_of_sequences_each_keep_their_own_speed() {
    let fast = [0, 0xFF, 0x51, 3, 3, 0xD0, 0x90];
    let chunks: Vec<Vec<u8>> = (0..3000)
        .map(|i| {
            let tempo = if i % 2 == 0 { &fast[..] } else { &[] };
            chunk(&[tempo, &NOTE[..], &END].concat())
        })
        .collect();
    let score = import(&file(2, 96, &chunks), "t").unwrap().score;
    assert_eq!(score.note_count(), 3000);
    for at in [0u32, 1500, 2998] {
        assert_eq!(score.bpm_at(at * 96), 240.0);
        assert_eq!(score.bpm_at((at + 1) * 96), 120.0);
    }
}

/// Found by fuzzing: the tempo and metre that are put where a sequence begins are events of a chunk like all others.
#[test]
fn sequences_at_the_usual_speed_and_metre_go_out_as_they_came() {
    let fast = [0, 0xFF, 0x51, 3, 3, 0, 0];
    let three = [96, 0xFF, 0x58, 4, 3, 2, 24, 8];
    for first in [
        // It ends where nothing happens, and with a change that holds for no time.
        [&fast[..], &[96], &END[1..]].concat(),
        [&fast[..], &three, &END].concat(),
    ] {
        let bytes = file(2, 96, &[chunk(&first), note_chunk(), chunk(&END)]);
        let score = import(&bytes, "t").unwrap().score;
        assert_eq!(score.bpm_at(96), 120.0);
        assert_eq!(score.bars().meter(1).numerator, 4);
        let again = import(&export(&score).unwrap(), "t").unwrap().score;
        assert_eq!(again, score);
    }
}

#[test]
fn overlapping_notes_of_one_pitch_stop_in_the_order_they_began() {
    let body = [
        &[0, 0x90, 60, 80, 10, 0x90, 60, 90][..],
        &[10, 0x80, 60, 0, 30, 0x80, 60, 0],
        &END,
    ]
    .concat();
    let score = whole(&file(0, 96, &[chunk(&body)]));
    assert_eq!(notes(&score), [(0, 20, 60), (10, 40, 60)]);
}

#[test]
fn a_stop_in_another_track_or_channel_stops_nothing() {
    let start = chunk(&[&[0, 0x90, 60, 80][..], &[50, 0xFF, 0x2F, 0]].concat());
    let stop = chunk(&[&[10, 0x80, 60, 0][..], &END].concat());
    for words in ["never stopped", "without a sounding note"] {
        let score = says(&file(1, 96, &[start.clone(), stop.clone()]), words);
        assert_eq!(notes(&score), [(0, 50, 60)]);
    }
    let other = [&[0, 0x90, 60, 80, 10, 0x81, 60, 0][..], &[40], &END[1..]].concat();
    for words in ["never stopped", "without a sounding note"] {
        let score = says(&file(0, 96, &[chunk(&other)]), words);
        assert_eq!(notes(&score), [(0, 50, 60)]);
    }
}

#[test]
fn a_metre_that_changes_inside_a_bar_begins_a_bar_there() {
    let meter =
        |wait: u32, beats: u8| [&number(wait)[..], &[0xFF, 0x58, 4, beats, 2, 24, 8]].concat();
    let body = [&meter(0, 4)[..], &meter(144, 3), &NOTE, &END].concat();
    let bytes = file(0, 96, &[chunk(&body)]);
    let score = whole(&bytes);
    let bars = score.bars();
    assert_eq!([0, 1, 2].map(|b| bars.start(b)), [0, 144, 144 + 288]);
    assert_eq!(events(&export(&score).unwrap()), events(&bytes));
}

#[test]
fn a_file_cut_anywhere_comes_in_as_far_as_it_goes_and_says_so() {
    let bytes = file(1, 96, &[note_chunk(), note_chunk()]);
    for end in 0..bytes.len() {
        match import(&bytes[..end], "t") {
            Ok(got) => {
                assert!(!got.report.is_empty(), "nothing said at {end}");
                assert!(got.score.note_count() <= 2, "{end}");
            }
            Err(FormatError::Empty) => assert_eq!(end, 0),
            Err(e) => assert!(e.to_string().contains("not a MIDI file"), "{end}: {e}"),
        }
    }
    assert_eq!(whole(&bytes).note_count(), 2);
}

/// A file of that many notes, eight bytes each.
fn long_file(count: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(count * 8 + 4);
    for i in 0..count {
        let pitch = 40 + (i % 40) as u8;
        body.extend([0, 0x90, pitch, 80, 1, 0x80, pitch, 64]);
    }
    body.extend(END);
    file(0, 96, &[chunk(&body)])
}

#[test]
fn twenty_megabytes_of_notes_come_in_whole() {
    let count = 2_500_000;
    let score = whole(&long_file(count));
    assert_eq!(score.note_count(), count);
    assert_eq!(score.end(), count as u32);
}

/// `cargo test -- --ignored a_hundred` under a tool that measures memory.
#[test]
#[ignore = "only to measure memory"]
fn a_hundred_megabytes_of_notes_come_in_whole() {
    let score = whole(&long_file(100_000_000 / 8));
    assert_eq!(score.note_count(), 12_500_000);
}

#[test]
fn a_file_that_needs_too_much_memory_is_refused_before_it_takes_it() {
    // Few bytes a kind of event, so that a small file would become a large score.
    let text = [0, 0xFF, 1, 0];
    let tempo = [0, 0xFF, 0x51, 3, 7, 0xA1, 0x20];
    let program = [0, 0xC0, 7];
    for (event, at_least) in [
        (&text[..], size_of::<MetaEvent>()),
        (&tempo, 2 * size_of::<MetaEvent>()),
        (&program, size_of::<ChannelEvent>()),
        (&NOTE, size_of::<Note>()),
    ] {
        let bytes = file(0, 96, &[chunk(&[&event.repeat(1000)[..], &END].concat())]);
        assert!(import_within(&bytes, "t", MEMORY_LIMIT).is_ok());
        let e = import_within(&bytes, "t", at_least * 999).unwrap_err();
        assert!(matches!(e, FormatError::TooMuch { .. }), "{e}");
        assert!(e.to_string().contains("smaller files"), "{e}");
    }
    // The largest file there may be, all notes, still comes in.
    const { assert!(SIZE_LIMIT as usize / 8 * size_of::<Note>() <= MEMORY_LIMIT) };
}
