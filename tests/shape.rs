//! The operations on notes, in any order on any piece: nothing beside the choice changes, every score they make
//! keeps the rules of one, and undo and redo lead to the byte back and forth.

use lacuna::format::project::{Project, read_reported, write};
use lacuna::process::generator;
use lacuna::score::shape::{self, Change, Direction, Humanise, Quantise};
use lacuna::score::{
    Document, History, Mask, Meter, Note, NoteId, Recipe, Region, SamplerSettings, Score, Take,
    TakeNote, Tempo, select,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Operation = fn(&Score, &BTreeSet<NoteId>, u32) -> Change;

/// Every operation, with a number from which it takes its settings.
static OPERATIONS: [(&str, Operation); 18] = [
    ("legato", |s, n, _| shape::legato(s, n)),
    ("overlaps", |s, n, _| shape::trim_overlaps(s, n)),
    ("join", |s, n, _| shape::join(s, n)),
    ("glue", shape::glue),
    ("split", |s, n, k| shape::split_at(s, n, k % 5000)),
    ("chop", |s, n, k| {
        let step = 1 + k % 500;
        shape::chop(s, n, &|t| (t / step).saturating_add(1).saturating_mul(step))
    }),
    ("reverse", |s, n, _| shape::reverse(s, n)),
    ("invert", |s, n, _| shape::invert(s, n)),
    ("double", |s, n, _| shape::stretch(s, n, 2.0)),
    ("halve", |s, n, _| shape::stretch(s, n, 0.5)),
    ("stretch", |s, n, k| {
        shape::stretch(s, n, f64::from(k) / 1e5)
    }),
    ("level", |s, n, _| shape::flatten(s, n)),
    ("ramp", |s, n, k| {
        shape::ramp(s, n, (k % 256) as u8, (k / 256 % 256) as u8)
    }),
    ("key", |s, n, _| shape::into_key(s, n)),
    ("strum", |s, n, k| {
        let ways = [Direction::Up, Direction::Down, Direction::Alternate];
        shape::strum(s, n, (k % 2000) as f32, ways[k as usize % 3])
    }),
    ("humanise", |s, n, k| {
        let how = Humanise {
            millis: (k % 3000) as f32,
            velocity: (k % 256) as u8,
        };
        shape::humanise(s, n, how, &mut generator(u64::from(k), 0))
    }),
    ("quantise", |s, n, k| {
        let how = Quantise {
            division: k % 13,
            swing: (k % 100) as f32,
            strength: (k % 150) as f32 / 100.0,
            onsets: k % 3 != 0,
            lengths: k % 2 == 0,
        };
        shape::quantise(s, &s.bars(), n, &how)
    }),
    ("stamp", |s, n, k| {
        let root = s.notes().find(|(_, m)| n.contains(&m.id));
        let (_, chord) = shape::CHORDS[k as usize % shape::CHORDS.len()];
        root.map_or(Change::default(), |(t, m)| {
            shape::stamp(t, m, chord, (k % 12) as u8)
        })
    }),
];

/// Three tracks, the last of drums; some notes are a model's, some have no length, some reach to the last tick.
fn piece(notes: &[(u8, u32, u32, u8, u8)]) -> Document {
    let mut s = Score::default();
    s.meters.push(Meter::new(0, 7, 8));
    s.meters.push(Meter::new(2000, 3, 4));
    s.tempos.push(Tempo {
        tick: 700,
        micros_per_quarter: 300_000,
    });
    let tracks = [
        s.add_track("A", 0, 0),
        s.add_track("B", 1, 0),
        s.add_track("Drums", 9, 0),
    ];
    for &(place, start, length, pitch, velocity) in notes {
        s.add_note(tracks[place as usize % 3], start, length, pitch, velocity);
    }
    let mask = Mask::of(Region::time(1000, 2000, None));
    let written = |start, pitch| TakeNote {
        track: tracks[0],
        start,
        length: 300,
        pitch,
        velocity: 90,
        confidence: 1.0,
        replaces: None,
    };
    let take = Take {
        name: "Take 1".into(),
        notes: vec![written(1000, 61), written(1300, 66)],
        recipe: Recipe {
            model: "pop".into(),
            model_hash: "0".into(),
            mask: mask.clone(),
            settings: SamplerSettings::default(),
            constraints: Default::default(),
            take: 0,
            device: "CPU".into(),
        },
        millis: 1,
    };
    Document::new(s.with_take(&mask, &take))
}

/// What is saved of a document.
fn bytes(document: &Document) -> Vec<u8> {
    let project = Project {
        document: document.clone(),
        view: None,
    };
    write(&project).unwrap()
}

/// About half of the notes, by chance.
fn some(score: &Score, chance: u32) -> BTreeSet<NoteId> {
    let mixed = |id: u32| (id.wrapping_mul(2_654_435_761) ^ chance).count_ones();
    let notes = score.notes().map(|(_, n)| n.id);
    notes.filter(|id| mixed(id.0) % 2 == 0).collect()
}

fn all(score: &Score) -> BTreeMap<NoteId, Note> {
    score.notes().map(|(_, n)| (n.id, *n)).collect()
}

fn notes() -> impl Strategy<Value = Vec<(u8, u32, u32, u8, u8)>> {
    let length = prop_oneof![8 => 0u32..900, 1 => Just(0), 1 => Just(u32::MAX - 5000)];
    prop::collection::vec((0u8..3, 0u32..4500, length, 0u8..128, 1u8..128), 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn undoing_any_operations_gives_the_first_score_back_and_redoing_the_last(
        notes in notes(),
        steps in prop::collection::vec((0..OPERATIONS.len(), any::<u32>()), 0..12),
    ) {
        let first = piece(&notes);
        let mut history = History::new(first.clone());
        for (which, chance) in steps {
            let (name, operation) = OPERATIONS[which];
            let before = history.document().score.clone();
            // Chopping grows a piece; it need not grow for ever.
            if before.note_count() > 20_000 {
                break;
            }
            let chosen = some(&before, chance);
            let Some((edit, new)) = operation(&before, &chosen, chance).edit(&before, name) else {
                continue;
            };
            history.apply(edit).unwrap();
            let after = history.document().score.clone();

            // Nothing beside the choice changed.
            let (was, is) = (all(&before), all(&after));
            for (id, note) in was.iter().filter(|(id, _)| !chosen.contains(id)) {
                prop_assert_eq!(is.get(id), Some(note), "{} changed another note", name);
            }
            // What is new is what was said to be.
            let more: BTreeSet<NoteId> = is.keys().filter(|id| !was.contains_key(id)).copied().collect();
            prop_assert_eq!(&more, &new, "{}", name);
            let same = (&before.tempos, &before.meters, &before.title) == (&after.tempos, &after.meters, &after.title);
            prop_assert!(same, "{} is about notes only", name);
            // The score keeps every rule: nothing in it needs mending.
            let (project, report) = read_reported(&bytes(history.document())).unwrap();
            prop_assert!(report.is_empty(), "{}: {}", name, report);
            prop_assert_eq!(&project.document, history.document());
        }
        let last = bytes(history.document());
        while history.undo().is_some() {}
        prop_assert_eq!(bytes(history.document()), bytes(&first));
        while history.redo().is_some() {}
        prop_assert_eq!(bytes(history.document()), last);
    }

    #[test]
    fn parts_of_a_models_notes_stay_the_models(notes in notes(), chance in any::<u32>()) {
        let document = piece(&notes);
        let tracks: Vec<_> = document.score.tracks.iter().map(|t| t.id).collect();
        let of_model = select::written(&document.score, &tracks, false);
        prop_assert_eq!(of_model.len(), 2);
        let step = 1 + chance % 100;
        let chop = shape::chop(&document.score, &of_model, &|t| (t / step + 1) * step);
        let Some((edit, new)) = chop.edit(&document.score, "Chop") else { return Ok(()) };
        let score = edit.apply(&document).unwrap().score;
        let after = select::written(&score, &tracks, false);
        prop_assert_eq!(after, of_model.union(&new).copied().collect::<BTreeSet<_>>());
    }
}

#[test]
fn an_operation_on_nothing_is_nothing() {
    let document = piece(&[(0, 0, 480, 60, 80)]);
    for (name, operation) in &OPERATIONS {
        let change = operation(&document.score, &BTreeSet::new(), 1);
        assert!(change.edit(&document.score, name).is_none(), "{name}");
    }
}
