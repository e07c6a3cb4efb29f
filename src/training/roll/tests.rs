use super::rolls::Song;
use super::*;
use crate::dataset::Domain;
use crate::model::fill::Filling;
use crate::score::{Constraints, SamplerSettings};
use crate::training::config::ModelConfig;
use crate::training::trainer::{Trainer, Training as _};
use burn::module::{ModuleVisitor, Param};
use burn::tensor::Tensor;
use std::ops::ControlFlow;

const RECIPE: &str = "(
    id: \"test\", dataset: \"x\",
    model: Roll(
        network: (base: 4, multipliers: [1, 2], time: 8),
        rows: 64,
    ),
    trainer: (
        batch: 4, steps: 12, warm_up: 2, learning_rate: 0.01, average: (decay: 0.9), seed: 7,
        validate_every: 6, validation_windows: 4, checkpoint_every: 5, sample_every: 0,
    ),
)";

/// Four bars of quarters on the notes of a chord, and a bass that is held.
fn window(chord: [usize; 3]) -> Window {
    let mut ids = vec![0; 64 * KEYS];
    for row in 0..64 {
        let state = |length: usize| if row % length == 0 { 1 } else { 2 };
        ids[row * KEYS + 15 + chord[0]] = state(16);
        ids[row * KEYS + 39 + chord[row / 4 % 3]] = state(4);
    }
    Window::of(&ids, 64)
}

fn learner(recipe: &Recipe) -> RollLearner {
    let ModelConfig::Roll(config) = &recipe.model else {
        panic!("the recipe is of rolls");
    };
    let chords = [[0, 4, 7], [5, 9, 12], [7, 11, 14], [9, 12, 16]];
    let songs: Vec<Window> = chords.map(window).to_vec();
    let validation = vec![Song {
        id: "b".into(),
        windows: vec![songs[0].clone()],
    }];
    let rolls = Rolls {
        tokenizer: crate::model::roll::tokenizer("roll").unwrap(),
        source: "test".into(),
        songs: 4,
        train: songs,
        validation,
        domain: Domain::default(),
    };
    RollLearner::with(recipe, config, rolls).unwrap()
}

fn recipe(change: impl FnOnce(&mut Recipe)) -> Recipe {
    let mut recipe = Recipe::parse(RECIPE).unwrap();
    change(&mut recipe);
    recipe
}

fn reference(recipe: &mut Recipe) {
    if let ModelConfig::Roll(config) = &mut recipe.model {
        config.network = RollUnetConfig {
            base: 4,
            multipliers: vec![1, 2],
            ..RollUnetConfig::reference()
        };
    }
}

fn open(folder: &Path, recipe: Recipe) -> Trainer<RollLearner> {
    let learner = learner(&recipe);
    let compute = Compute::Cpu { threads: 2 };
    Trainer::open(recipe, learner, &Device::flex(), compute, folder).unwrap()
}

fn losses(t: &mut Trainer<RollLearner>, until: u64) -> Vec<f32> {
    let mut all = Vec::new();
    while t.step() < until && !t.finished() {
        all.push(t.advance().unwrap().losses.total);
    }
    all
}

#[test]
fn a_resumed_run_goes_on_to_the_bit_and_learns() {
    for change in [|_: &mut Recipe| {}, reference] {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let whole = losses(&mut open(a.path(), recipe(change)), 99);
        let mut parts = {
            let mut first = open(b.path(), recipe(change));
            let losses = losses(&mut first, 7);
            first.save().unwrap();
            losses
        };
        parts.extend(losses(&mut open(b.path(), recipe(change)), 99));
        assert_eq!(whole, parts);
        assert_eq!(whole.len(), 12);
        assert!(whole[11] < whole[0], "{whole:?}");
    }
}

#[test]
fn threads_and_burn_give_the_same_losses_and_gradients() {
    for change in [|_: &mut Recipe| {}, reference] {
        let learner = learner(&recipe(change));
        let plain = Device::flex();
        let device = plain.clone().autodiff();
        let network = learner.network(&mut generator(1, 1), &device);
        let examples = learner.batch(3);
        assert_eq!(examples.len(), 4);
        let run = |compute| learner.gradients(&network, &plain, &examples, 0, compute);
        let (burns, a) = run(Compute::Tensors);
        for threads in [1, 3] {
            let (ours, b) = run(Compute::Cpu { threads });
            assert!((a.total - b.total).abs() < 1e-4 * a.total, "{a:?} {b:?}");
            assert_eq!(a.parts.len(), learner.parts().len());
            for (x, y) in a.parts.iter().zip(&b.parts) {
                assert!((x - y).abs() < 1e-4, "{a:?} {b:?}");
            }
            assert_eq!(a.breakdown.by_bar.len(), 4);
            struct Compare<'a>(&'a GradientsParams, &'a GradientsParams, f32);
            impl ModuleVisitor for Compare<'_> {
                fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                    let values = |g: &GradientsParams| {
                        let g = g.get::<D>(param.id);
                        g.map(|g| g.into_data().try_into_vec_as::<f32>().unwrap())
                    };
                    // The published form's layers for the time are read by nothing.
                    let (Some(a), Some(b)) = (values(self.0), values(self.1)) else {
                        return;
                    };
                    for (x, y) in a.into_iter().zip(b) {
                        self.2 = self.2.max((x - y).abs());
                    }
                }
            }
            let mut compare = Compare(&burns, &ours, 0.0);
            network.visit(&mut compare);
            assert!(compare.2 < 1e-4, "{}", compare.2);
        }
        let network = network.valid();
        let a = learner.losses(&network, &examples, Compute::Tensors);
        let b = learner.losses(&network, &examples, Compute::Cpu { threads: 2 });
        assert!((a.total - b.total).abs() < 1e-4 * a.total, "{a:?} {b:?}");
    }
}

#[test]
fn out_of_nothing_come_about_as_many_notes_as_in_the_songs() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = open(
        dir.path(),
        recipe(|r| {
            r.trainer.steps = 150;
            r.trainer.validate_every = 150;
            r.trainer.checkpoint_every = 150;
        }),
    );
    let all = losses(&mut t, 150);
    assert!(all[149] < all[0] / 3.0, "{} {}", all[0], all[149]);
    let out = dir.path().join("model");
    t.export(&out, crate::training::trainer::Which::Now, "CPU")
        .unwrap();
    let model = store::open(&out, &Device::flex()).unwrap();
    assert!(out.join(domain::FILE).is_file());
    let mut score = crate::score::Score::default();
    score.add_track("Piano", 0, 0);
    let mask = Mask::of(Region::time(0, score.bars().start(4), None));
    let mut notes = 0;
    for seed in 0..4 {
        let filling = Filling {
            score: &score,
            mask: &mask,
            settings: &SamplerSettings {
                seed,
                steps: 20,
                ..SamplerSettings::default()
            },
            constraints: &Constraints::default(),
            device: "",
        };
        let take = filling.take(&*model, 0, |_| ControlFlow::Continue(()));
        notes += take.unwrap().notes.len();
    }
    // Twenty notes a window.
    assert!((40..160).contains(&notes), "{notes}");
}

#[test]
fn examples_are_read_in_c_and_follow_from_seed_and_number() {
    let learner = learner(&recipe(|r| {
        if let ModelConfig::Roll(config) = &mut r.model {
            config.any_key = 0.0;
        }
    }));
    let (a, b) = (learner.batch(5), learner.batch(5));
    assert_eq!(a, b);
    assert_ne!(a, learner.batch(6));
    assert_eq!(learner.validation(), learner.validation());
    let examples = (0..20).flat_map(|i| learner.batch(i));
    for e in examples.filter(|e| e.free.contains(&false)) {
        assert!((0..e.xt.len()).all(|i| e.free[i % e.shape.cells()] || e.xt[i] == e.x0[i]));
        assert_eq!(e.shift_to_c(), 0);
    }
}

#[test]
fn a_recipe_that_makes_no_network_and_another_data_set_are_refused_in_words() {
    let bad = recipe(|r| {
        if let ModelConfig::Roll(config) = &mut r.model {
            config.network.inputs = 4;
        }
    });
    let ModelConfig::Roll(config) = &bad.model else {
        return;
    };
    let rolls = learner(&recipe(|_| {})).rolls;
    let error = RollLearner::with(&bad, config, rolls).err().unwrap();
    assert!(error.contains("reads 5 channels"), "{error}");
    let dir = tempfile::tempdir().unwrap();
    assert!(RollLearner::new(&bad, config, dir.path()).is_err());
}

#[test]
fn probes_are_filled_only_where_they_are_masked() {
    let learner = learner(&recipe(|_| {}));
    let network = learner.network(&mut generator(1, 1), &Device::flex());
    let probe = &learner.probes()[0];
    let take = learner.fill(&network, &Device::flex(), probe, 3).unwrap();
    let bars = probe.score.bars();
    let hole = bars.start(1)..bars.start(3);
    assert!(!take.notes.is_empty());
    assert!(take.notes.iter().all(|n| hole.contains(&n.start)));
    let again = learner.fill(&network, &Device::flex(), probe, 3).unwrap();
    assert_eq!(take.notes, again.notes);
}
