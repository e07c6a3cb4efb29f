//! What the model promises, by a network of random weights, which asks for anything at all.

use super::*;
use crate::model::card::Training;
use crate::process::binomial::{RollLoss, RollProcess};
use crate::score::{Rect, Region, SamplerSettings, TrackId};
use proptest::prelude::*;
use std::cell::Cell as Count;
use std::collections::BTreeMap;

fn card(tokenizer: &str, network: RollUnetConfig, ratios: Vec<f32>) -> Card {
    Card {
        id: "random".into(),
        name: "Random".into(),
        summary: "Random weights".into(),
        tokenizer: tokenizer.into(),
        network: NetworkConfig::Roll(RollNetworkCard {
            network,
            process: RollProcess { steps: 10, ratios },
            loss: RollLoss::default(),
        }),
        parameters: 0,
        window_bars: 8,
        training: Training {
            data: String::new(),
            licence: String::new(),
            config: String::new(),
            steps: 0,
            windows: 0,
            hours: 0.0,
            device: String::new(),
            validation: Vec::new(),
        },
        scores: Vec::new(),
    }
}

fn tiny(reference: bool) -> RollUnetConfig {
    let form = match reference {
        true => RollUnetConfig::reference(),
        false => RollUnetConfig::default(),
    };
    RollUnetConfig {
        base: 2,
        multipliers: vec![1, 2],
        time: 4,
        ..form
    }
}

fn model_of(tokenizer: &str, config: RollUnetConfig, ratios: Vec<f32>) -> RollModel {
    let device = Device::flex();
    let network = config.build(&mut ChaCha8Rng::seed_from_u64(5), &device);
    let card = card(tokenizer, config, ratios);
    RollModel::new(card, "none".into(), network.unwrap(), &device).unwrap()
}

fn model() -> RollModel {
    model_of("roll", tiny(false), vec![0.02, 0.06])
}

/// A line on one track, and chords on another.
fn piece() -> Score {
    let mut s = Score::default();
    let line = s.add_track("Line", 0, 0);
    let chords = s.add_track("Chords", 1, 0);
    for k in 0..32u32 {
        s.add_note(line, k * 480, 460, 67 + (k % 5) as u8, 80);
        s.add_note(chords, k * 480, 480, 48 + (k % 3) as u8, 50);
    }
    s
}

fn bars(from: u32, to: u32, track: usize, score: &Score) -> Mask {
    let id = score.tracks[track].id;
    let bars = score.bars();
    Mask::of(Region::time(
        bars.start(from),
        bars.start(to),
        Some([id].into_iter().collect()),
    ))
}

fn settings(seed: u64) -> SamplerSettings {
    SamplerSettings {
        seed,
        steps: 4,
        ..SamplerSettings::default()
    }
}

fn take(
    model: &RollModel,
    score: &Score,
    mask: &Mask,
    settings: &SamplerSettings,
    constraints: &Constraints,
) -> Result<Take, FillError> {
    let filling = Filling {
        score,
        mask,
        settings,
        constraints,
        device: "",
    };
    filling.take(model, 0, |_| ControlFlow::Continue(()))
}

fn fill(model: &RollModel, score: &Score, mask: &Mask, seed: u64) -> Take {
    take(model, score, mask, &settings(seed), &Constraints::default()).unwrap()
}

/// Notes that a mask does not select.
fn kept(score: &Score, mask: &Mask) -> BTreeMap<u32, (TrackId, u32, u32, u8, u8)> {
    let notes = score.notes().filter(|(t, n)| !mask.selects(*t, n));
    notes
        .map(|(t, n)| (n.id.0, (t, n.start, n.length, n.pitch, n.velocity)))
        .collect()
}

fn scores() -> impl Strategy<Value = Score> {
    let note = (0u32..9000, 1u32..1500, 15u8..115, 1u8..128);
    let track = (0u8..12, prop::collection::vec(note, 0..30));
    (
        prop::collection::vec(track, 1..4),
        prop::sample::select(vec![96u16, 120, 480, 17]),
    )
        .prop_map(|(tracks, ppq)| {
            let mut s = Score {
                ppq,
                ..Score::default()
            };
            for (channel, notes) in tracks {
                let id = s.add_track("t", channel, 0);
                for (start, length, pitch, velocity) in notes {
                    s.add_note(id, start, length, pitch, velocity);
                }
            }
            s
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_outside_the_mask_changes(
        score in scores(),
        (start, length, low, height) in (0u32..9000, 1u32..5000, 0u8..110, 1u8..100),
        (gap, track, seed) in (0u32..9000, 0usize..4, 0u64..9),
        form in 0..3usize,
    ) {
        let model = match form {
            0 => model(),
            1 => model_of("frame_roll", tiny(true), vec![0.03]),
            _ => model_of("roll", tiny(true), vec![0.03]),
        };
        let tracks = score.tracks.get(track).map(|t| [t.id].into_iter().collect());
        let rect = Rect { start, end: start + length, low, high: low.saturating_add(height).min(127) };
        let mut mask = Mask::of(Region::rect(rect, tracks.clone()));
        mask.subtract(Region::time(gap, gap + 300, tracks));
        let constraints = Constraints { density: 0.5, keep_rhythm: seed % 2 == 0, in_key: 1.0 };
        match take(&model, &score, &mask, &settings(seed), &constraints) {
            Ok(take) => {
                for n in &take.notes {
                    let back = n.replaces.is_some();
                    prop_assert!(back || mask.covers(n.track, n.start, n.pitch), "{n:?}");
                    prop_assert!((0.0..=1.0).contains(&n.confidence));
                }
                let after = score.with_take(&mask, &take);
                let after = kept(&after, &Mask::default());
                for (id, note) in kept(&score, &mask) {
                    prop_assert_eq!(after.get(&id), Some(&note));
                }
                prop_assert_eq!(&take.notes, &super::tests::take(&model, &score, &mask, &settings(seed), &constraints).unwrap().notes);
            }
            Err(e) => prop_assert!(e.to_string().len() > 20, "{e}"),
        }
    }
}

#[test]
fn one_track_is_written_and_the_others_are_heard() {
    let (score, model) = (piece(), model());
    let mask = bars(2, 6, 1, &score);
    let written = fill(&model, &score, &mask, 1);
    assert!(written.notes.len() > 20);
    let (line, chords) = (score.tracks[0].clone(), score.tracks[1].id);
    for n in &written.notes {
        assert_eq!(n.track, chords);
        assert_eq!(n.velocity, 50, "as loud as the track is elsewhere");
        let doubled = line
            .notes
            .iter()
            .any(|l| l.pitch == n.pitch && l.start <= n.start && n.start < l.start + 480);
        assert!(!doubled, "{n:?} sounds already");
    }
    // What the other track plays changes what is written.
    let mut other = score.clone();
    let id = other.tracks[0].id;
    other
        .track_mut(id)
        .unwrap()
        .notes
        .iter_mut()
        .for_each(|n| n.pitch -= 5);
    assert_ne!(fill(&model, &other, &mask, 1).notes, written.notes);
    assert_ne!(fill(&model, &score, &mask, 2).notes, written.notes);
}

#[test]
fn what_it_cannot_do_is_refused_in_words() {
    let (score, model) = (piece(), model());
    let told = |mask: &Mask| {
        let (s, c) = (settings(1), Constraints::default());
        take(&model, &score, mask, &s, &c).unwrap_err().to_string()
    };
    assert!(
        told(&Mask::of(Region::time(0, 960, None))).contains("Mask a single track (Line, Chords)")
    );
    assert!(told(&Mask::default()).contains("Nothing is masked"));
    let mut pitches = bars(0, 1, 0, &score);
    pitches.attributes.onset = false;
    assert!(told(&pitches).contains("free every attribute"));
}

#[test]
fn the_composers_wishes_are_heard() {
    let (score, model) = (piece(), model());
    let mask = bars(1, 7, 0, &score);
    let of = |c: Constraints, change: f32| {
        let s = SamplerSettings {
            change,
            ..settings(4)
        };
        take(&model, &score, &mask, &s, &c).unwrap().notes
    };
    let plain = Constraints::default();
    let few = of(
        Constraints {
            density: -1.0,
            ..plain.clone()
        },
        1.0,
    )
    .len();
    let many = of(
        Constraints {
            density: 1.0,
            ..plain.clone()
        },
        1.0,
    )
    .len();
    assert!(few * 2 < many * 3 / 2 && few > 0, "{few} {many}");
    // Every note begins where one was: on a quarter.
    let rhythm = of(
        Constraints {
            keep_rhythm: true,
            ..plain.clone()
        },
        1.0,
    );
    assert!(!rhythm.is_empty() && rhythm.iter().all(|n| n.start % 480 == 0));
    let strict = of(
        Constraints {
            in_key: 30.0,
            ..plain.clone()
        },
        1.0,
    );
    let heard: Vec<u8> = [67, 68, 69, 70, 71, 48, 49, 50]
        .map(|p: u8| p % 12)
        .to_vec();
    assert!(!strict.is_empty() && strict.iter().all(|n| heard.contains(&(n.pitch % 12))));
    // No change leaves the notes, on the grid.
    let same: Vec<u8> = of(plain, 0.0).iter().map(|n| n.pitch).collect();
    let were: Vec<u8> = score.tracks[0].notes[4..28]
        .iter()
        .map(|n| n.pitch)
        .collect();
    assert_eq!(same, were);
}

#[test]
fn drafts_are_shown_while_it_goes_on_and_it_can_be_cancelled() {
    let (score, model) = (piece(), model());
    // Two windows: more than eight bars are never written at once.
    let mut score = score;
    let id = score.tracks[1].id;
    for k in 32..80u32 {
        score.add_note(id, k * 480, 480, 50, 50);
    }
    let mask = bars(0, 12, 0, &score);
    let (settings, constraints) = (settings(1), Constraints::default());
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: "",
    };
    let steps = Count::new(0);
    let done = filling.take(&model, 0, |step| {
        steps.set(steps.get() + 1);
        assert_eq!((step.done, step.of), (steps.get(), 8));
        let draft = step.draft();
        assert!(!draft.is_empty() && draft.iter().all(|d| d.decided > 0.0 && d.decided <= 1.0));
        ControlFlow::Continue(())
    });
    assert_eq!(steps.get(), 8);
    assert!(done.is_ok());
    let cancelled = filling.take(&model, 0, |_| ControlFlow::Break(()));
    assert_eq!(cancelled.unwrap_err(), FillError::Cancelled);
}

#[test]
fn a_card_that_fits_nothing_is_refused_and_nothing_panics() {
    let refused = |tokenizer: &str, network: RollUnetConfig, ratios: Vec<f32>| {
        let card = card(tokenizer, network, ratios);
        let error = RollModel::from_bytes(card, b"no weights", &Device::flex());
        error.err().map(|e| e.to_string()).unwrap_or_default()
    };
    let odd = RollUnetConfig {
        inputs: 3,
        ..tiny(false)
    };
    assert!(refused("roll", odd, vec![0.1, 0.1]).contains("reads 5 channels"));
    assert!(refused("frame_roll", tiny(false), vec![0.1, 0.1]).contains("no 2 planes"));
    assert!(refused("octuple", tiny(false), vec![0.1, 0.1]).contains("no tokenizer of rolls"));
    let none = RollUnetConfig {
        multipliers: vec![],
        ..tiny(false)
    };
    assert!(refused("roll", none, vec![0.1, 0.1]).contains("cannot be built"));
    assert!(refused("roll", tiny(false), vec![0.1, 7.0]).contains("cannot be run"));
    assert!(refused("roll", tiny(false), vec![0.1, 0.1]).contains("do not fit its card"));
}

#[test]
fn cells_are_told_one_by_one_by_the_mended_form_alone() {
    let score = piece();
    let mask = bars(2, 4, 0, &score);
    let l = model().likelihood(&score, &mask, 3, 1);
    assert!(
        l.nats_per_token.is_some_and(|n| n > 0.0 && n.is_finite()),
        "{l:?}"
    );
    // A line on five keys of 88 is soon counted.
    assert!(
        l.counting_nats_per_token
            .is_some_and(|n| n > 0.0 && n < 0.3),
        "{l:?}"
    );
    assert_eq!((l.illegal_mass, l.nats_per_note), (None, None));
    assert_eq!(l, model().likelihood(&score, &mask, 3, 1));
    let published = model_of("frame_roll", tiny(true), vec![0.03]);
    assert_eq!(
        published.likelihood(&score, &mask, 3, 1),
        Likelihood::default()
    );
}
