use super::*;
use crate::dataset::Split;
use crate::dataset::prepared::{Column, Entry, Index, Item, Plan};
use crate::dataset::slices::Slicing;
use crate::dataset::transform::tempo::TempoPolicy;
use crate::format::npy;
use crate::score::Score;
use crate::training::{ModelConfig, Trainer, Training};
use burn::module::{ModuleVisitor, Param};
use burn::tensor::Tensor;

/// A data set of eight songs of four bars, three times each, the seventh for validation, the eighth for testing.
fn prepared(tokenizer: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let t = registry::find(tokenizer).unwrap();
    let fields = t.fields();
    let columns = fields.iter().map(|f| Column {
        name: f.name.into(),
        size: f.size,
    });
    let plan = Plan {
        source: "made".into(),
        tokenizer: tokenizer.into(),
        slicing: Slicing {
            bars: 4,
            stride: 4,
            per_song: 0,
        },
        tempo: TempoPolicy::Keep,
        key: None,
        limit: 0,
    };
    let mut index = Index::new(plan, columns.collect());
    let mut ids = Vec::new();
    for song in 0..8u32 {
        let mut s = Score::default();
        for (i, name) in ["Melody", "Bridge", "Piano"].iter().enumerate() {
            let track = s.add_track(*name, i as u8, 0);
            for k in 0..16 - song % 3 {
                s.add_note(track, k * 480, 480, (55 + i as u32 * 5 + k % 4) as u8, 80);
            }
        }
        let tokens = t.encode(&s).unwrap();
        index.songs.push(Entry {
            id: format!("song {song}"),
            split: match song {
                6 => Split::Validation,
                7 => Split::Test,
                _ => Split::Train,
            },
            grid_error: 0.0,
            on_beats: true,
            found_beats: false,
            voices: vec![],
            bars: 0,
            items: vec![
                Item {
                    bar: 0,
                    rows: tokens.len() as u32,
                };
                3
            ],
        });
        ids.extend(tokens.ids.repeat(3));
    }
    index.save(folder.path()).unwrap();
    let size = fields.iter().map(|f| f.size).max().unwrap();
    let bytes = npy::write(&ids, fields.len(), npy::Width::for_size(size));
    std::fs::write(folder.path().join("tokens.npy"), bytes).unwrap();
    folder
}

fn recipe(model: &str, more: &str) -> Recipe {
    let (kind, field) = match model.contains("conv") {
        true => ("SchmuConv", "field: 16, "),
        false => ("SchmuTx", ""),
    };
    let sizes = "width: 16, layers: 1, heads: 2, feed_forward: 2, length: 64";
    Recipe::parse(&format!(
        "(id: \"test\", dataset: \"x\", summary: \"A test.\", model: Tokens(
            model: \"{model}\", network: {kind}({field}{sizes}, dropout: 0.2), {more}
        ), trainer: (
            batch: 4, steps: 24, warm_up: 2, learning_rate: 0.01, average: (decay: 0.9), seed: 7,
            validate_every: 12, validation_windows: 6, checkpoint_every: 50,
        ))"
    ))
    .unwrap()
}

fn learner(recipe: &Recipe, tokenizer: &str) -> Result<TokenLearner, String> {
    let folder = prepared(tokenizer);
    let ModelConfig::Tokens(config) = &recipe.model else {
        panic!("{:?}", recipe.model);
    };
    TokenLearner::new(recipe, config, &mut Reader::open(folder.path()).unwrap())
}

fn open(folder: &Path, recipe: &Recipe, tokenizer: &str) -> Trainer<TokenLearner> {
    let learner = learner(recipe, tokenizer).unwrap();
    let compute = Compute::Cpu { threads: 2 };
    Trainer::open(recipe.clone(), learner, &Device::flex(), compute, folder).unwrap()
}

fn losses(t: &mut dyn Training, until: u64) -> Vec<f32> {
    let mut all = Vec::new();
    while t.step() < until && !t.finished() {
        all.push(t.advance().unwrap().losses.total);
    }
    all
}

#[test]
fn a_resumed_run_goes_on_to_the_bit_with_dropout_and_importance() {
    // Two steps of the diffusion are both known after some batches: from then on times are drawn by importance.
    let recipe = recipe(
        "octuple_mask_ddpm",
        "importance: true, times: 2, monotonicity: true, transpose: (-3, 3), field_weights: [1, 1, 1, 2, 1, 1, 1, 1]",
    );
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut whole = open(a.path(), &recipe, "trio_octuple");
    let all = losses(&mut whole, 99);
    assert!(whole.learner().times.informed());
    let mut parts = {
        let mut first = open(b.path(), &recipe, "trio_octuple");
        let losses = losses(&mut first, 17);
        first.save().unwrap();
        losses
    };
    parts.extend(losses(&mut open(b.path(), &recipe, "trio_octuple"), 99));
    assert_eq!(all, parts);
    assert_eq!(all.len(), 24);
}

#[test]
fn every_model_learns_on_every_kind_of_tokenizer() {
    for (model, tokenizer, more) in [
        ("octuple_ddpm", "trio_octuple", ""),
        (
            "octuple_mask_ddpm",
            "melody_octuple",
            "masking: (strategy: \"holes\")",
        ),
        ("schmu_tx_vae", "trio", "objective: mlm"),
        ("schmu_conv_vae", "melody", "masking: (strategy: \"holes\")"),
        (
            "octuple_ddpm",
            "trio_octuple-reference",
            "masking: (strategy: \"random-reference\"), loader: Reference(Zeros), \
             objective: reweighted_elbo_reference, codebooks: [260, 132, 133, 132, 132, 36, 258, 53]",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let recipe = recipe(model, more);
        let mut run = open(dir.path(), &recipe, tokenizer);
        let before = run.validate().weights;
        losses(&mut run, 99);
        let after = run.validate().weights;
        assert!(after.total < before.total, "{model}: {before:?} {after:?}");
        let fields = registry::find(tokenizer).unwrap().fields().len();
        assert_eq!(run.parts().len(), fields + 1);
        assert_eq!(after.parts.len(), fields + 1);
        assert_eq!(after.each.len(), 6);
        let out = dir.path().join("model");
        let card = run
            .export(&out, crate::training::Which::Best, "CPU")
            .unwrap();
        assert!(
            card.summary.starts_with("A test. It is "),
            "{}",
            card.summary
        );
        assert_eq!(card.tokenizer, tokenizer);
        assert!(store::open(&out, &Device::flex()).is_ok());
    }
}

#[test]
fn threads_and_batches_give_the_same_gradients() {
    for model in ["octuple_ddpm", "schmu_conv_vae"] {
        let tokenizer = if model == "octuple_ddpm" {
            "trio_octuple"
        } else {
            "trio"
        };
        let mut recipe = recipe(model, "monotonicity: true");
        if let ModelConfig::Tokens(c) = &mut recipe.model {
            match &mut c.network {
                crate::network::TokenNetConfig::SchmuTx(n) => n.dropout = 0.0,
                crate::network::TokenNetConfig::SchmuConv(n) => n.dropout = 0.0,
            }
        }
        let learner = learner(&recipe, tokenizer).unwrap();
        let plain = Device::flex();
        let network = learner.network(&mut generator(1, 1), &plain.clone().autodiff());
        let examples = learner.batch(0);
        let run = |compute| learner.gradients(&network, &plain, &examples, 0, compute);
        let (wanted, a) = run(Compute::Tensors);
        for threads in [1, 3] {
            let (found, b) = run(Compute::Cpu { threads });
            assert!((a.total - b.total).abs() < 1e-4 * a.total, "{a:?} {b:?}");
            for (x, y) in a.parts.iter().zip(&b.parts) {
                assert!((x - y).abs() < 1e-3 * x.abs().max(1.0), "{a:?} {b:?}");
            }
            let time = |l: &Losses| l.breakdown.by_time.map(|t| t.count);
            assert_eq!(time(&a), time(&b));
            struct Compare<'a>(&'a GradientsParams, &'a GradientsParams, f32, usize);
            impl ModuleVisitor for Compare<'_> {
                fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                    let values = |g: &GradientsParams| {
                        let g = g.get::<D>(param.id)?;
                        g.into_data().try_into_vec_as::<f32>().ok()
                    };
                    // One parameter of the reference is read by nothing.
                    let (Some(a), Some(b)) = (values(self.0), values(self.1)) else {
                        return;
                    };
                    self.3 += 1;
                    let largest = a.iter().fold(1.0, |m: f32, x| m.max(x.abs()));
                    for (x, y) in a.into_iter().zip(b) {
                        self.2 = self.2.max((x - y).abs() / largest);
                    }
                }
            }
            let mut compare = Compare(&wanted, &found, 0.0, 0);
            network.visit(&mut compare);
            assert!(compare.2 < 1e-4 && compare.3 > 10, "{}", compare.2);
        }
        let still = network.valid();
        let a = learner.losses(&still, &examples, Compute::Tensors);
        let b = learner.losses(&still, &examples, Compute::Cpu { threads: 2 });
        assert!((a.total - b.total).abs() < 1e-4 * a.total, "{a:?} {b:?}");
    }
}

#[test]
fn dropout_follows_from_the_batch_and_not_from_the_threads() {
    let learner = learner(&recipe("schmu_tx_vae", ""), "trio").unwrap();
    let plain = Device::flex();
    let network = learner.network(&mut generator(1, 1), &plain.clone().autodiff());
    let examples = learner.batch(0);
    let each = |batch, threads| {
        let compute = Compute::Cpu { threads };
        learner
            .gradients(&network, &plain, &examples, batch, compute)
            .1
            .each
    };
    assert_eq!(each(0, 1), each(0, 2));
    assert_ne!(each(0, 1), each(1, 1));
}

#[test]
fn validation_is_on_other_songs_or_as_the_reference_has_it() {
    let songs = |more: &str| {
        let learner = learner(&recipe("schmu_tx_vae", more), "trio").unwrap();
        let of = |items: &[data::Item]| -> Vec<usize> { items.iter().map(|i| i.song).collect() };
        (of(&learner.items.train), of(&learner.items.validation))
    };
    let (train, validation) = songs("");
    assert_eq!((train.len(), train[0], train[17]), (18, 0, 5));
    assert_eq!(validation, [6, 6, 6]);
    // The 20th part of 21 items is one, of a song that is trained on too.
    let (train, validation) = songs("loader: Reference(Hidden)");
    assert_eq!((train.len(), train[0], validation), (20, 0, vec![0]));
}

#[test]
fn validation_is_the_same_every_time_and_batches_are_not() {
    let learner = learner(&recipe("octuple_ddpm", ""), "trio_octuple").unwrap();
    assert_eq!(learner.validation(), learner.validation());
    assert_eq!(learner.batch(3), learner.batch(3));
    assert_ne!(learner.batch(3), learner.batch(4));
    let times: Vec<u32> = learner.validation().iter().map(|e| e.time.t).collect();
    assert_eq!(times, [86, 256, 427, 598, 768, 939]);
}

#[test]
fn probes_are_filled_only_where_they_are_masked() {
    for (model, tokenizer) in [("octuple_ddpm", "trio_octuple"), ("schmu_conv_vae", "trio")] {
        let learner = learner(&recipe(model, ""), tokenizer).unwrap();
        let device = Device::flex();
        let network = learner.network(&mut generator(1, 1), &device);
        let probes = learner.probes();
        assert_eq!(probes.len(), 1, "one validation song");
        let take = learner.fill(&network, &device, &probes[0], 3).unwrap();
        let inside = |n: &crate::score::TakeNote| probes[0].mask.covers(n.track, n.start, n.pitch);
        assert!(!take.notes.is_empty() && take.notes.iter().all(inside));
        let again = learner.fill(&network, &device, &probes[0], 3).unwrap();
        assert_eq!(take.notes, again.notes);
    }
}

#[test]
fn the_clock_is_that_of_the_strategy() {
    for (strategy, clock) in [
        ("random", Clock::Window),
        ("bar_attribute", Clock::Window),
        ("sync_bar", Clock::Window),
        ("holes", Clock::Hole),
        ("1_bar_all", Clock::Hole),
    ] {
        let more = format!("masking: (strategy: \"{strategy}\")");
        let learner = learner(&recipe("octuple_mask_ddpm", &more), "trio_octuple").unwrap();
        assert_eq!(learner.clock(), clock, "{strategy}");
    }
}

#[test]
fn another_model_s_data_is_refused_in_words() {
    let e = learner(&recipe("octuple_ddpm", ""), "trio").err().unwrap();
    assert!(
        e.contains("does not read trio") && e.contains("melody_octuple"),
        "{e}"
    );
}
