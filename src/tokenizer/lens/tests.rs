use super::*;
use crate::score::{ChannelEvent, ChannelEventKind, MetaEvent, MetaKind, Meter, Tempo};
use crate::tokenizer::{Field, Tokens};
use proptest::prelude::*;

/// A piece of one pitched track at 480 ticks a quarter: (start, length, pitch, velocity).
fn piece(notes: &[(u32, u32, u8, u8)]) -> Score {
    let mut s = Score::default();
    let t = s.add_track("Piano", 0, 0);
    for &(start, length, pitch, velocity) in notes {
        s.add_note(t, start, length, pitch, velocity);
    }
    s
}

/// The fates in the order of the score's notes.
fn fates(score: &Score, id: &str) -> Vec<Fate> {
    let trip = round_trip(score, id).unwrap();
    score.notes().map(|(_, n)| trip.fates[&n.id]).collect()
}

fn changed(fate: Fate) -> Change {
    match fate {
        Fate::Changed(c) => c,
        other => panic!("{other:?} is no change"),
    }
}

#[test]
fn an_onset_beside_the_grid_is_moved_to_it() {
    let s = piece(&[(30, 480, 60, 100), (480, 480, 62, 100)]);
    let f = fates(&s, "roll");
    let c = changed(f[0]);
    assert_eq!((c.kind, c.start, c.moved), (Kind::Moved, 0, -30));
    assert_eq!(f[1], Fate::Kept);
}

#[test]
fn a_length_that_is_on_no_list_gets_the_nearest() {
    // Seventeen 16ths: the free octuple knows 16 and 18.
    let s = piece(&[(0, 17 * 120, 60, 84)]);
    let c = changed(fates(&s, OCTUPLE)[0]);
    assert_eq!((c.kind, c.length, c.longer), (Kind::Length, 1920, -120));
}

#[test]
fn a_velocity_gets_the_middle_of_its_step() {
    let s = piece(&[(0, 480, 60, 80)]);
    let c = changed(fates(&s, "remi_z")[0]);
    assert_eq!((c.kind, c.velocity, c.louder), (Kind::Velocity, 82, 2));
    // Where velocity is not spoken of at all, that is said once and not of every note.
    let trip = round_trip(&s, "mmt").unwrap();
    assert_eq!(trip.counts.kept, 1);
    assert!(
        trip.losses.contains(&Loss::Velocity(64)),
        "{:?}",
        trip.losses
    );
}

#[test]
fn drums_and_pitches_out_of_range_are_lost_with_their_reason() {
    let mut s = piece(&[(0, 480, 60, 100), (480, 480, 110, 100)]);
    let drums = s.add_track("Drums", 9, 0);
    s.add_note(drums, 0, 120, 36, 100);
    let f = fates(&s, "roll");
    assert_eq!(f[1], Fate::Lost(Reason::Range { low: 21, high: 108 }));
    assert_eq!(f[2], Fate::Lost(Reason::Drums));
    assert_eq!(fates(&s, "remi_z_plain")[2], Fate::Kept);
    assert_eq!(fates(&s, OCTUPLE)[2], Fate::Lost(Reason::Drums));
}

#[test]
fn a_voice_keeps_one_note_of_a_chord() {
    let s = piece(&[(0, 480, 60, 80), (0, 480, 64, 80), (0, 480, 67, 80)]);
    let lost = Fate::Lost(Reason::Polyphony);
    assert_eq!(fates(&s, "melody"), [lost, lost, Fate::Kept]);
}

#[test]
fn tracks_beyond_the_voices_are_lost_whole() {
    let mut s = Score::default();
    for i in 0..4u8 {
        let t = s.add_track(format!("Voice {i}"), i, 0);
        s.add_note(t, 480 * u32::from(i), 480, 60, 80);
    }
    let f = fates(&s, "trio");
    assert_eq!(f[..3], [Fate::Kept; 3]);
    assert_eq!(f[3], Fate::Lost(Reason::Track));
}

#[test]
fn what_lies_behind_the_last_place_is_said_to() {
    let s = piece(&[(0, 480, 60, 80), (300 * 480, 480, 60, 80)]);
    assert_eq!(fates(&s, "mmt"), [Fate::Kept, Fate::Lost(Reason::TooFar)]);
}

#[test]
fn frames_are_compared_by_the_clock_and_repeated_notes_run_together() {
    let mut s = piece(&[(0, 480, 60, 100), (480, 480, 60, 100), (960, 480, 64, 100)]);
    // Twice as slow as the tempo frames are decoded at.
    s.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 1_000_000,
    });
    let f = fates(&s, "frame_roll");
    let c = changed(f[0]);
    assert_eq!((c.kind, c.start, c.length), (Kind::Length, 0, 960));
    assert_eq!(f[1], Fate::Lost(Reason::SameKey));
    assert_eq!(f[2], Fate::Kept);
}

#[test]
fn a_rest_that_is_cut_moves_everything_behind_it_in_order() {
    // Forty quarters of silence; the longest shift is 128 twelfths of a quarter, and the third note asks for
    // it once more.
    let s = piece(&[
        (0, 480, 60, 80),
        (19_200, 480, 60, 80),
        (19_680, 480, 60, 80),
    ]);
    let f = fates(&s, "tpd");
    assert_eq!(f[0], Fate::Kept);
    let starts = [changed(f[1]).start, changed(f[2]).start];
    assert_eq!(starts, [128 * 40, 256 * 40]);
}

#[test]
fn tracks_that_come_back_as_one_are_said_once() {
    let mut s = piece(&[(0, 480, 60, 100)]);
    let other = s.add_track("Flute", 1, 73);
    s.add_note(other, 480, 480, 72, 100);
    let trip = round_trip(&s, "roll").unwrap();
    assert_eq!(trip.counts.kept, 2);
    assert!(trip.losses.contains(&Loss::Tracks {
        before: 2,
        after: 1
    }));
    assert!(trip.losses.contains(&Loss::Instruments(1)));
}

#[test]
fn two_tracks_on_one_key_at_a_time_leave_one_note() {
    let mut s = piece(&[(0, 480, 60, 100)]);
    let other = s.add_track("Flute", 1, 73);
    s.add_note(other, 0, 240, 60, 100);
    let trip = round_trip(&s, "roll").unwrap();
    assert_eq!((trip.counts.notes, trip.counts.lost()), (2, 1));
    assert_eq!(trip.counts.lost.keys().next(), Some(&Reason::SameKey));
}

#[test]
fn what_is_lost_besides_notes_is_named_and_counted() {
    let mut s = piece(&[(0, 480, 60, 64)]);
    s.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 400_000,
    });
    s.meters.push(Meter::new(0, 3, 4));
    s.meters.push(Meter::new(1440, 4, 4));
    let controller = |controller| ChannelEventKind::Controller {
        controller,
        value: 1,
    };
    let program = |program| ChannelEventKind::Program { program };
    let kinds = [
        program(0),
        program(5),
        controller(64),
        controller(7),
        controller(7),
        ChannelEventKind::PitchBend { value: 0 },
    ];
    let id = s.tracks[0].id;
    s.track_mut(id).unwrap().events = kinds.map(|kind| ChannelEvent { tick: 0, kind }).into();
    s.metas.push(MetaEvent {
        tick: 0,
        chunk: 0,
        kind: MetaKind::Lyric(b"la".to_vec()),
    });
    let trip = round_trip(&s, "mmt").unwrap();
    let said: Vec<String> = trip.losses.iter().map(Loss::to_string).collect();
    assert_eq!(
        said,
        [
            "tempo: 150.0 comes back as 100.0",
            "metre: 3/4 with 1 change comes back as 4/4",
            "1 change of instrument",
            "1 pedal event",
            "2 controller events",
            "1 pitch bend",
            "1 syllable of lyrics",
        ]
    );
    // The free octuple writes only what is masked: nothing of the piece around it is at stake.
    let trip = round_trip(&s, OCTUPLE).unwrap();
    assert_eq!((trip.scope, trip.losses.len()), (Scope::Mask, 0));
}

#[test]
fn a_piece_that_cannot_be_written_is_answered_in_words() {
    let mut s = Score::default();
    let drums = s.add_track("Drums", 9, 0);
    s.add_note(drums, 0, 120, 36, 100);
    let e = round_trip(&s, "chorale").unwrap_err();
    assert!(e.to_string().contains("A0 and C8"), "{e}");
    let e = round_trip(&s, "nothing").unwrap_err();
    assert!(e.to_string().contains("there are: "), "{e}");
}

#[test]
fn a_card_s_tokenizer_is_found_among_the_choices() {
    assert_eq!(of_card("octuple-free/3"), Some(OCTUPLE));
    assert_eq!(of_card("remi_z/1"), Some("remi_z"));
    assert_eq!(of_card("unheard/1"), None);
}

/// Gives back another piece, whatever it is asked.
struct Liar(fn(&mut Score));

impl Tokenizer for Liar {
    fn id(&self) -> &'static str {
        "liar"
    }
    fn about(&self) -> &'static str {
        "For tests"
    }
    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }
    fn keeps(&self) -> &'static [Aspect] {
        &[Aspect::Tracks, Aspect::Polyphony]
    }
    fn encode(&self, _: &Score) -> Result<Tokens, TokenError> {
        Ok(Tokens::new(1))
    }
    fn decode(&self, _: &Tokens) -> Result<Score, TokenError> {
        let mut score = two_tracks();
        self.0(&mut score);
        Ok(score)
    }
}

fn two_tracks() -> Score {
    let mut s = Score::default();
    for (i, pitch) in [60u8, 40].into_iter().enumerate() {
        let t = s.add_track(format!("{i}"), i as u8, 0);
        for k in 0..4u32 {
            s.add_note(t, k * 480, 480, pitch + k as u8, 80);
        }
    }
    s
}

#[test]
fn a_note_on_another_track_or_pitch_is_found_again_and_a_new_one_is_invented() {
    let s = two_tracks();
    let first = s.tracks[0].notes[2].id;
    let kind = |lie| {
        let trip = through(&Liar(lie), &s).unwrap();
        let kinds: Vec<Kind> = trip.counts.changed.keys().copied().collect();
        (kinds, trip.fates[&first], trip.counts.invented)
    };
    let (kinds, fate, invented) = kind(|s| {
        let (a, b) = (s.tracks[0].id, s.tracks[1].id);
        let n = s.track_mut(a).unwrap().notes.remove(2);
        s.add_note(b, n.start, n.length, n.pitch, n.velocity);
    });
    assert_eq!((kinds, invented), (vec![Kind::Track], 0));
    assert_eq!(changed(fate).moved, 0);
    let (kinds, fate, invented) = kind(|s| {
        let a = s.tracks[0].id;
        s.track_mut(a).unwrap().notes[2].pitch = 70;
    });
    assert_eq!((kinds, invented), (vec![Kind::Pitch], 0));
    assert_eq!(changed(fate).pitch, 70);
    let (kinds, fate, invented) = kind(|s| {
        let a = s.tracks[0].id;
        s.add_note(a, 9600, 480, 90, 80);
    });
    assert_eq!((kinds, fate, invented), (Vec::new(), Fate::Kept, 1));
}

fn score() -> impl Strategy<Value = Score> {
    let note = (0u32..6000, 0u32..1500, 0u8..128, 1u8..128);
    let track = (0u8..128, 0u8..4, prop::collection::vec(note, 0..40));
    (
        prop::collection::vec(track, 0..5),
        prop::sample::select(vec![12u16, 100, 480]),
        prop::collection::vec((0u32..6000, 200_000u32..900_000), 0..3),
        prop::collection::vec((0u32..6000, 1u8..8), 0..3),
    )
        .prop_map(|(tracks, ppq, mut tempos, mut meters)| {
            let scaled = |tick: u32| tick * u32::from(ppq) / 120;
            tempos.sort_unstable();
            meters.sort_unstable();
            let mut s = Score {
                ppq,
                tempos: tempos
                    .iter()
                    .map(|&(tick, micros_per_quarter)| Tempo {
                        tick: scaled(tick),
                        micros_per_quarter,
                    })
                    .collect(),
                meters: meters
                    .iter()
                    .map(|&(tick, n)| Meter::new(scaled(tick), n, 4))
                    .collect(),
                ..Score::default()
            };
            for (i, (program, drums, notes)) in tracks.into_iter().enumerate() {
                let channel = if drums == 0 { 9 } else { i as u8 };
                let t = s.add_track("t", channel, program);
                for (start, length, pitch, velocity) in notes {
                    s.add_note(t, scaled(start), scaled(length), pitch, velocity);
                }
            }
            s
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_note_has_exactly_one_fate_and_the_counts_add_up(score in score()) {
        for choice in choices() {
            let Ok(trip) = round_trip(&score, choice.id) else { continue };
            prop_assert_eq!(trip.fates.len(), score.note_count(), "{}", choice.id);
            let c = &trip.counts;
            let changed: usize = c.changed.values().map(|(n, _)| n).sum();
            prop_assert_eq!(c.kept + changed + c.lost(), c.notes, "{}", choice.id);
            prop_assert_eq!(c.notes, score.note_count());
        }
    }

    #[test]
    fn a_piece_that_came_out_of_a_representation_goes_through_it_whole(score in score()) {
        for t in registry::all() {
            let Ok(tokens) = t.encode(&score) else { continue };
            let back = t.decode(&tokens).unwrap();
            let trip = through(*t, &back).unwrap();
            prop_assert_eq!(trip.counts.kept, back.note_count(), "{}: {}", t.id(), trip.counts.sentence());
            prop_assert_eq!(trip.counts.invented, 0, "{}", t.id());
            prop_assert!(trip.losses.is_empty(), "{}: {:?}", t.id(), trip.losses);
        }
    }

    #[test]
    fn what_the_free_octuple_gives_back_it_keeps(mut score in score()) {
        let trip = round_trip(&score, OCTUPLE).unwrap();
        for track in &mut score.tracks {
            let track = std::sync::Arc::make_mut(track);
            track.notes.retain(|n| !matches!(trip.fates[&n.id], Fate::Lost(_)));
            for n in &mut track.notes {
                if let Fate::Changed(c) = trip.fates[&n.id] {
                    (n.start, n.length, n.velocity) = (c.start, c.length, c.velocity);
                }
            }
            track.sort();
        }
        let again = round_trip(&score, OCTUPLE).unwrap();
        prop_assert_eq!(again.counts.kept, score.note_count(), "{}", again.counts.sentence());
    }
}
