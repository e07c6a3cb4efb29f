use super::*;
use crate::score::{Document, Edit, History, Region, TrackId};
use proptest::prelude::*;

const BAR: u32 = 1920;

fn piece() -> Score {
    let mut s = Score::default();
    let t = s.add_track("A", 0, 0);
    for bar in 0..6 {
        s.add_note(t, bar * BAR, 480, 60 + bar as u8, 80);
    }
    s
}

fn starts(s: &Score) -> Vec<u32> {
    s.notes().map(|(_, n)| n.start).collect()
}

fn apply(s: &Score, edit: Edit) -> Score {
    (*edit.apply(&Document::new(s.clone())).unwrap().score).clone()
}

#[test]
fn bars_go_in_before_a_note_and_the_beginning_stays_the_beginning() {
    let mut s = piece();
    s.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 400_000,
    });
    s.tempos.push(Tempo {
        tick: BAR,
        micros_per_quarter: 300_000,
    });
    let s = apply(
        &s,
        Edit::InsertTime {
            at: 0,
            length: 2 * BAR,
        },
    );
    assert_eq!(starts(&s)[..2], [2 * BAR, 3 * BAR]);
    let ticks: Vec<u32> = s.tempos.iter().map(|t| t.tick).collect();
    assert_eq!(ticks, [0, 3 * BAR]);
}

#[test]
fn a_bar_cut_short_by_a_change_of_metre_stays_short() {
    let mut s = piece();
    s.meters = vec![Meter::new(0, 4, 4), Meter::new(BAR + 480, 3, 4)];
    let after = apply(
        &s,
        Edit::InsertTime {
            at: BAR + 480,
            length: BAR,
        },
    );
    let bars = after.bars();
    let lengths: Vec<u32> = (0..4).map(|b| bars.length(b)).collect();
    assert_eq!(lengths, [BAR, 480, BAR, 1440]);
}

#[test]
fn what_is_in_force_behind_time_taken_out_stays_in_force() {
    let mut s = piece();
    s.tempos = vec![
        Tempo {
            tick: 0,
            micros_per_quarter: 500_000,
        },
        Tempo {
            tick: BAR,
            micros_per_quarter: 400_000,
        },
        Tempo {
            tick: BAR + 480,
            micros_per_quarter: 300_000,
        },
    ];
    let event = |tick, controller, value| ChannelEvent {
        tick,
        kind: ChannelEventKind::Controller { controller, value },
    };
    s.track_mut(TrackId(1)).unwrap().events = vec![
        event(0, 7, 100),
        event(BAR + 10, 7, 90),
        event(BAR + 20, 7, 80),
        event(BAR + 30, 64, 0),
        event(3 * BAR, 7, 70),
    ];
    s.set_marker(BAR, Some("gone".into()));
    s.set_marker(2 * BAR, Some("stays".into()));
    let after = apply(
        &s,
        Edit::RemoveTime {
            from: BAR,
            to: 2 * BAR,
        },
    );
    assert_eq!(starts(&after), [0, BAR, 2 * BAR, 3 * BAR, 4 * BAR]);
    assert_eq!(after.bpm_at(BAR), s.bpm_at(2 * BAR));
    assert_eq!(after.tempos.len(), 2);
    let wanted = [
        event(0, 7, 100),
        event(BAR, 7, 80),
        event(BAR, 64, 0),
        event(2 * BAR, 7, 70),
    ];
    assert_eq!(after.tracks[0].events, wanted);
    let markers: Vec<(u32, String)> = after
        .markers()
        .into_iter()
        .map(|m| (m.tick, m.name))
        .collect();
    assert_eq!(markers, [(BAR, "stays".to_owned())]);
}

#[test]
fn a_note_that_sounds_into_removed_time_is_shortened_by_it() {
    let mut s = Score::default();
    let t = s.add_track("A", 0, 0);
    s.add_note(t, 0, 3 * BAR, 60, 80);
    s.add_note(t, 100, BAR, 62, 80);
    let after = apply(
        &s,
        Edit::RemoveTime {
            from: BAR,
            to: 2 * BAR,
        },
    );
    let lengths: Vec<u32> = after.notes().map(|(_, n)| n.length).collect();
    assert_eq!(lengths, [2 * BAR, BAR - 100]);
}

#[test]
fn the_mask_goes_with_its_bars() {
    let mut doc = Document::new(piece());
    doc.mask = Arc::new(Mask::of(Region::time(2 * BAR, 3 * BAR, None)));
    let span = |d: &Document| match &d.mask.gestures[0] {
        Gesture::Add(r) => r.rects.iter().map(|r| (r.start, r.end)).collect::<Vec<_>>(),
        _ => panic!("a region was added"),
    };
    let later = Edit::InsertTime {
        at: BAR,
        length: BAR,
    }
    .apply(&doc)
    .unwrap();
    assert_eq!(span(&later), [(3 * BAR, 4 * BAR)]);
    let gone = Edit::RemoveTime {
        from: 2 * BAR,
        to: 4 * BAR,
    }
    .apply(&doc)
    .unwrap();
    assert_eq!(span(&gone), []);
}

#[test]
fn time_beyond_what_ticks_can_count_is_refused() {
    let doc = Document::new(piece());
    let edit = Edit::InsertTime {
        at: 0,
        length: u32::MAX,
    };
    assert!(edit.apply(&doc).is_err());
}

#[test]
fn a_ramp_replaces_what_stood_in_it_and_stays_at_its_end() {
    let tempo = |tick, bpm| Tempo {
        tick,
        micros_per_quarter: micros(bpm),
    };
    let map = [tempo(0, 120.0), tempo(500, 90.0), tempo(3000, 60.0)];
    let new = ramp(&map, (480, 1440), (120.0, 100.0), 480);
    assert_eq!(
        new,
        [
            tempo(0, 120.0),
            tempo(480, 120.0),
            tempo(960, 110.0),
            tempo(1440, 100.0),
            tempo(3000, 60.0)
        ]
    );
}

#[test]
fn a_moved_track_keeps_its_colour() {
    let mut s = piece();
    s.add_track("B", 1, 0);
    s.add_track("C", 2, 0);
    let after = apply(
        &s,
        Edit::MoveTrack {
            track: TrackId(1),
            to: 2,
        },
    );
    let names: Vec<&str> = after.tracks.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["B", "C", "A"]);
    assert_eq!(
        [after.colour(0), after.colour(1), after.colour(2)],
        [1, 2, 0]
    );
    let painted = apply(
        &after,
        Edit::SetColour {
            track: TrackId(1),
            colour: 5,
        },
    );
    assert_eq!(painted.colour(2), 5);
}

fn edit() -> impl Strategy<Value = Edit> {
    let tick = 0u32..8 * BAR;
    prop_oneof![
        (0u32..8, 1u32..4).prop_map(|(at, n)| Edit::InsertTime {
            at: at * BAR,
            length: n * BAR
        }),
        (0u32..8, 1u32..4).prop_map(|(at, n)| Edit::RemoveTime {
            from: at * BAR,
            to: (at + n) * BAR
        }),
        (tick.clone(), prop::option::of("[a-z]{1,4}"))
            .prop_map(|(tick, name)| Edit::SetMarker { tick, name }),
        (tick.clone(), 20u32..300).prop_map(|(tick, bpm)| Edit::SetTempo(Tempo {
            tick,
            micros_per_quarter: micros(f64::from(bpm)),
        })),
        (0u32..8, 2u8..7).prop_map(|(bar, n)| Edit::SetMeter(Meter::new(bar * BAR, n, 4))),
        (0u8..9).prop_map(|colour| Edit::SetColour {
            track: TrackId(1),
            colour
        }),
    ]
}

proptest! {
    #[test]
    fn time_put_in_and_taken_out_again_leaves_the_piece(at in 0u32..8, n in 1u32..5) {
        let s = piece();
        let (from, length) = (at * BAR, n * BAR);
        let there = apply(&s, Edit::InsertTime { at: from, length });
        prop_assert_eq!(there.note_count(), s.note_count());
        let back = apply(&there, Edit::RemoveTime { from, to: from + length });
        prop_assert_eq!(back, s);
    }

    #[test]
    fn edits_of_time_keep_the_score_in_order_and_are_undone(edits in prop::collection::vec(edit(), 0..20)) {
        let first = Document::new(piece());
        let mut h = History::new(first.clone());
        for e in edits {
            h.apply(e).unwrap();
            let s = &h.document().score;
            prop_assert!(s.tempos.is_sorted_by(|a, b| a.tick < b.tick));
            prop_assert!(s.meters.is_sorted_by(|a, b| a.tick < b.tick));
            prop_assert!(s.metas.is_sorted_by_key(|m| m.tick));
            for t in &s.tracks {
                prop_assert!(t.notes.is_sorted_by_key(|n| n.order()));
                prop_assert!(t.events.is_sorted_by_key(|e| e.tick));
            }
        }
        let last = h.document().clone();
        while h.undo().is_some() {}
        prop_assert_eq!(h.document(), &first);
        while h.redo().is_some() {}
        prop_assert_eq!(h.document(), &last);
    }
}
