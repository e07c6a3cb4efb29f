use super::*;
use crate::score::{ChannelEvent, Tempo};
use proptest::prelude::*;

fn kinds(s: &Sequence) -> Vec<(u64, EventKind)> {
    s.events().iter().map(|e| (e.frame, e.kind)).collect()
}

#[test]
fn a_retriggered_key_goes_up_between_and_stays_down_to_the_last_end() {
    let mut score = Score::default();
    let t = score.add_track("a", 0, 0);
    score.add_note(t, 0, 960, 60, 100);
    score.add_note(t, 480, 240, 60, 90);
    let s = Sequence::new(&score, &mut Routing::default(), 1000);
    assert_eq!(
        kinds(&s),
        vec![
            (
                0,
                EventKind::On {
                    key: 60,
                    velocity: 100
                }
            ),
            (500, EventKind::Off { key: 60 }),
            (
                500,
                EventKind::On {
                    key: 60,
                    velocity: 90
                }
            ),
            (1000, EventKind::Off { key: 60 }),
        ]
    );
    assert!(s.holds(0, 0, 60, 700) && s.holds(0, 0, 60, 999));
    assert!(!s.holds(0, 0, 60, 1000) && !s.holds(0, 0, 60, 0) && !s.holds(0, 0, 61, 700));
}

#[test]
fn controllers_come_before_the_attack_they_stand_with() {
    let mut score = Score::default();
    let t = score.add_track("a", 0, 0);
    score.add_note(t, 480, 0, 60, 100);
    score.track_mut(t).unwrap().events.push(ChannelEvent {
        tick: 480,
        kind: ChannelEventKind::Program { program: 40 },
    });
    let s = Sequence::new(&score, &mut Routing::default(), 48_000);
    assert!(matches!(
        s.events()[0].kind,
        EventKind::Program { program: 40 }
    ));
    assert!(matches!(s.events()[1].kind, EventKind::On { .. }));
    assert!(s.events()[2].frame > s.events()[1].frame);
}

#[test]
fn a_track_keeps_its_synth_while_others_come_and_go() {
    let mut score = Score::default();
    let a = score.add_track("a", 0, 0);
    let b = score.add_track("b", 1, 0);
    let mut routing = Routing::default();
    routing.assign(&score);
    let place = routing.place(b);
    score.tracks.retain(|t| t.id != a);
    let c = score.add_track("c", 9, 0);
    routing.assign(&score);
    assert_eq!(routing.place(b), place);
    assert_eq!(routing.place(a), None);
    assert_eq!(routing.place(c), Some((0, DRUM_CHANNEL)));
}

#[test]
fn a_hundred_tracks_have_a_hundred_places_and_a_muted_guest_is_left_out() {
    let mut score = Score::default();
    let ids: Vec<TrackId> = (0..100)
        .map(|i| score.add_track(format!("{i}"), 0, 0))
        .collect();
    let guest = ids[99];
    score.add_note(guest, 0, 480, 60, 100);
    let mut routing = Routing::default();
    let s = Sequence::new(&score, &mut routing, 48_000);
    let places: std::collections::BTreeSet<_> =
        ids.iter().map(|i| routing.place(*i).unwrap()).collect();
    assert_eq!(places.len(), 100);
    assert_eq!(s.events().len(), 2);
    score.track_mut(guest).unwrap().mix.mute = true;
    let s = Sequence::new(&score, &mut routing, 48_000);
    assert!(s.events().is_empty());
}

#[test]
fn solo_silences_the_others_and_mute_wins() {
    let mut score = Score::default();
    let a = score.add_track("a", 0, 0);
    let b = score.add_track("b", 1, 0);
    score.track_mut(a).unwrap().mix.solo = true;
    let mut routing = Routing::default();
    routing.assign(&score);
    let g = routing.gains(&score);
    assert!((g[0].0 - 1.0).abs() < 1e-6 && (g[0].1 - 1.0).abs() < 1e-6);
    assert_eq!(g[1], (0.0, 0.0));
    score.track_mut(a).unwrap().mix.mute = true;
    score.track_mut(b).unwrap().mix.pan = -1.0;
    score.track_mut(b).unwrap().mix.solo = true;
    let g = routing.gains(&score);
    assert_eq!(g[0], (0.0, 0.0));
    assert!(g[1].1.abs() < 1e-6 && g[1].0 > 1.0);
}

#[test]
fn six_eight_clicks_six_times_a_bar() {
    let mut score = Score::default();
    score.meters.push(crate::score::Meter::new(0, 6, 8));
    let t = score.add_track("a", 0, 0);
    score.add_note(t, 0, 2000, 60, 100);
    let s = Sequence::new(&score, &mut Routing::default(), 48_000);
    assert_eq!(s.beats().iter().filter(|b| b.accent).count(), 2);
    assert_eq!(s.beats().len(), 12);
    assert_eq!(s.beat_length(0), 12_000);
    assert_eq!(s.beats_in_bar(0), 6);
}

proptest! {
    #[test]
    fn attacks_and_releases_alternate_on_every_key(
        notes in prop::collection::vec((0u32..4000, 0u32..900, 58u8..62), 0..60),
        tempo in 100_000u32..2_000_000,
    ) {
        let mut score = Score::default();
        score.tempos.push(Tempo { tick: 777, micros_per_quarter: tempo });
        let t = score.add_track("a", 0, 0);
        for (start, length, pitch) in notes {
            score.add_note(t, start, length, pitch, 80);
        }
        let s = Sequence::new(&score, &mut Routing::default(), 44_100);
        let mut down = [false; 128];
        for e in s.events() {
            match e.kind {
                // Several notes may attack one key at one instant; the synth then plays both.
                EventKind::On { key, .. } => down[key as usize] = true,
                EventKind::Off { key } => {
                    prop_assert!(down[key as usize]);
                    down[key as usize] = false;
                }
                _ => {}
            }
        }
        prop_assert!(down.iter().all(|d| !d));
    }
}
