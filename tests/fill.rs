//! The promise that only what is masked changes, through the whole path: window, tokens, network, sampler,
//! decoding, merging. The network has random weights: it asks for anything at all.

use lacuna::model::card::{Card, NetworkConfig, TOKENIZER, Training};
use lacuna::model::fill::{FillError, Filling};
use lacuna::model::octuple::OctupleModel;
use lacuna::model::store;
use lacuna::network::{Transformer, TransformerConfig};
use lacuna::score::{
    Attributes, Constraints, Mask, Meter, NoteId, Rect, Region, SamplerSettings, Score, TrackId,
};
use lacuna::tokenizer::octuple::features::WIDTH;
use lacuna::tokenizer::octuple::vocabulary::LOGITS;
use proptest::prelude::*;
use rand::SeedableRng;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

fn card() -> Card {
    Card {
        id: "random".into(),
        name: "Random".into(),
        summary: "Random weights".into(),
        tokenizer: TOKENIZER.into(),
        network: NetworkConfig::Transformer(TransformerConfig {
            width: 16,
            layers: 1,
            heads: 2,
            feed_forward: 2,
        }),
        parameters: 0,
        window_bars: 16,
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

fn network(card: &Card) -> Transformer {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let NetworkConfig::Transformer(config) = &card.network else {
        panic!("{:?}", card.network);
    };
    Transformer::new(
        config,
        WIDTH,
        LOGITS,
        &mut rng,
        &burn::tensor::Device::flex(),
    )
}

fn model() -> OctupleModel {
    let card = card();
    let network = network(&card);
    OctupleModel::new(card, "none".into(), network, &burn::tensor::Device::flex())
}

/// Tracks of (channel, notes as (start, length, pitch, velocity)), and meters.
fn score() -> impl Strategy<Value = Score> {
    let note = (0u32..9000, 0u32..1500, 20u8..110, 1u8..128);
    let track = (0u8..12, prop::collection::vec(note, 0..40));
    let meter = (0u32..9000, 1u8..9, 1u32..4);
    (
        prop::collection::vec(track, 1..5),
        prop::collection::vec(meter, 0..3),
        prop::sample::select(vec![96u16, 120, 480, 17]),
    )
        .prop_map(|(tracks, meters, ppq)| {
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
            s.meters = meters
                .into_iter()
                .map(|(t, n, d)| Meter::new(t, n, 1 << d))
                .collect();
            s.meters.sort_by_key(|m| m.tick);
            s
        })
}

fn mask() -> impl Strategy<Value = Mask> {
    let rect =
        (0u32..9000, 1u32..6000, 0u8..110, 1u8..127).prop_map(|(start, length, low, height)| {
            Rect {
                start,
                end: start + length,
                low,
                high: low.saturating_add(height).min(127),
            }
        });
    let region = (
        rect,
        prop::option::of(1u32..60),
        prop::collection::vec(1u32..120, 0..4),
    )
        .prop_map(|(rect, track, notes)| {
            let mut r = Region::rect(rect, track.map(|t| BTreeSet::from([TrackId(t)])));
            r.notes = notes.into_iter().map(NoteId).collect();
            r
        });
    let attributes = prop_oneof![
        3 => Just(Attributes::ALL),
        1 => any::<(bool, bool, bool, bool)>().prop_map(|(pitch, onset, duration, velocity)| Attributes {
            pitch, onset, duration, velocity
        }),
    ];
    (prop::collection::vec((0u8..4, region), 1..4), attributes).prop_map(
        |(gestures, attributes)| {
            let mut m = Mask {
                attributes,
                ..Mask::default()
            };
            for (kind, region) in gestures {
                match kind {
                    0 => m.subtract(region),
                    1 => m.invert(8000),
                    _ => m.add(region),
                }
            }
            m
        },
    )
}

/// Everything of a score that the mask does not cover, note ids included.
fn outside(score: &Score, mask: &Mask, original: &Score) -> Vec<(TrackId, lacuna::score::Note)> {
    let known: BTreeMap<NoteId, TrackId> = original.notes().map(|(t, n)| (n.id, t)).collect();
    score
        .notes()
        .filter(|(t, n)| known.contains_key(&n.id) && !mask.selects(*t, n))
        .map(|(t, n)| (t, *n))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_outside_the_mask_changes_by_a_tick(
        score in score(), mask in mask(), seed in 0u64..100, change in prop::sample::select(vec![1.0f32, 0.5, 0.0])
    ) {
        let settings = SamplerSettings { steps: 3, seed, change, ..SamplerSettings::default() };
        let constraints = Constraints::default();
        let filling = Filling {
            score: &score, mask: &mask, settings: &settings, constraints: &constraints, device: "CPU",
        };
        let take = match filling.take(&model(), 0, |_| ControlFlow::Continue(())) {
            Ok(take) => take,
            Err(FillError::Empty | FillError::OnlyDrums | FillError::BarTooLong { .. }) => return Ok(()),
            Err(e) => return Err(TestCaseError::fail(e.to_string())),
        };
        let after = score.with_take(&take.recipe.mask, &take);
        prop_assert_eq!(outside(&after, &mask, &score), outside(&score, &mask, &score));
        // Everything else of the score is untouched, and every new note lies in the mask or takes the
        // place of a masked note.
        prop_assert_eq!(&after.tempos, &score.tempos);
        prop_assert_eq!(&after.meters, &score.meters);
        for (a, b) in after.tracks.iter().zip(&score.tracks) {
            prop_assert_eq!((&a.name, a.channel, &a.events, a.program), (&b.name, b.channel, &b.events, b.program));
        }
        for n in &take.notes {
            let replaced = n.replaces.and_then(|id| score.notes().find(|(_, o)| o.id == id));
            let allowed = mask.covers(n.track, n.start, n.pitch)
                || replaced.is_some_and(|(t, o)| t == n.track && mask.selects(t, o));
            prop_assert!(allowed, "{n:?} lies outside the mask");
        }
        // What was not free comes back to the tick, and no masked note is lost without a rewrite.
        if !mask.attributes.rewrites() {
            prop_assert_eq!(after.note_count(), score.note_count());
        }
    }
}

/// Sixteen bars of quarters.
fn melody() -> Score {
    let mut score = Score::default();
    let t = score.add_track("Melody", 0, 0);
    for k in 0..64 {
        score.add_note(t, k * 480, 480, 60 + (k % 12) as u8, 80);
    }
    score
}

#[test]
fn the_same_recipe_gives_the_same_notes_twice() {
    let score = melody();
    let mask = Mask::of(Region::time(1920 * 4, 1920 * 8, None));
    let (settings, constraints) = (SamplerSettings::default(), Constraints::default());
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: "CPU",
    };
    let model = model();
    let notes = |index| {
        filling
            .take(&model, index, |_| ControlFlow::Continue(()))
            .unwrap()
            .notes
    };
    assert_eq!(notes(0), notes(0));
    assert_ne!(notes(0), notes(1));

    // Nor does it matter what is written beside them; and they come in order.
    let mut beside = Vec::new();
    filling
        .takes(
            &model,
            &[3, 0, 1],
            |_, _| ControlFlow::Continue(()),
            |take| beside.push((take.recipe.take, take.notes)),
        )
        .unwrap();
    assert_eq!(beside, [3, 0, 1].map(|i| (i, notes(i))));
}

#[test]
fn cancelled_takes_end_at_once_and_finished_ones_are_kept() {
    let score = melody();
    let mask = Mask::of(Region::time(1920 * 4, 1920 * 8, None));
    let (settings, constraints) = (SamplerSettings::default(), Constraints::default());
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: "CPU",
    };
    let kept = std::sync::Mutex::new(0);
    let all: Vec<u32> = (0..16).collect();
    let result = filling.takes(
        &model(),
        &all,
        |_, _| match *kept.lock().unwrap() {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        },
        |_| *kept.lock().unwrap() += 1,
    );
    assert_eq!(result, Err(FillError::Cancelled));
    let kept = *kept.lock().unwrap();
    assert!((1..16).contains(&kept), "{kept}");
}

#[test]
fn a_card_that_describes_no_network_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let good = card();
    store::save(dir.path(), &good, &network(&good)).unwrap();
    let weights = std::fs::read(dir.path().join("model.safetensors")).unwrap();
    let none: [fn(&mut TransformerConfig); 4] = [
        |c| c.layers = 0,
        |c| c.feed_forward = 0,
        |c| c.heads = 0,
        |c| c.width = 0,
    ];
    for change in none {
        let mut card = good.clone();
        let NetworkConfig::Transformer(config) = &mut card.network else {
            panic!("the card above has another network");
        };
        change(config);
        let error = OctupleModel::from_bytes(card, &weights, &burn::tensor::Device::flex()).err();
        let error = error.map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("cannot be built"), "{error}");
    }
}

#[test]
fn two_hundred_damaged_models_are_refused_in_words() {
    use rand::Rng;
    let dir = tempfile::tempdir().unwrap();
    let card = card();
    store::save(dir.path(), &card, &network(&card)).unwrap();
    let device = burn::tensor::Device::flex();
    assert!(
        store::open(dir.path(), &device).is_ok(),
        "the undamaged one opens"
    );
    let files = ["card.ron", "model.safetensors"].map(|f| {
        (
            dir.path().join(f),
            std::fs::read(dir.path().join(f)).unwrap(),
        )
    });
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut refused = 0;
    for i in 0..200 {
        let (path, good) = &files[i % 2];
        let mut bad = good.clone();
        match rng.random_range(0..4) {
            0 => bad.truncate(rng.random_range(0..bad.len())),
            1 => bad[..64.min(good.len())]
                .iter_mut()
                .for_each(|b| *b = rng.random()),
            2 => {
                let at = rng.random_range(0..bad.len().min(600));
                bad[at] = rng.random();
            }
            _ => {
                let at = rng.random_range(0..bad.len());
                let garbage: Vec<u8> = (0..40).map(|_| rng.random()).collect();
                bad.splice(at..at, garbage);
            }
        }
        std::fs::write(path, &bad).unwrap();
        if let Err(e) = store::open(dir.path(), &device) {
            refused += 1;
            assert!(e.to_string().len() > 20, "{e}");
        }
        std::fs::write(path, good).unwrap();
    }
    assert!(refused > 100, "only {refused} of 200 were refused");
}
