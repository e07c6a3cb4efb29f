//! Runs of the smallest learner, whole.

use super::*;
use crate::training::octuple::OctupleLearner;
use crate::training::octuple::tests::{RECIPE, learner};

fn open(folder: &Path, change: impl FnOnce(&mut Recipe)) -> Trainer<OctupleLearner> {
    let mut recipe = Recipe::parse(RECIPE).unwrap();
    change(&mut recipe);
    let learner = learner(&recipe);
    let compute = Compute::Cpu { threads: 2 };
    Trainer::open(recipe, learner, &Device::flex(), compute, folder).unwrap()
}

fn losses(t: &mut dyn Training, until: u64) -> Vec<f32> {
    let mut all = Vec::new();
    while t.step() < until && !t.finished() {
        all.push(t.advance().unwrap().losses.total);
    }
    all
}

#[test]
fn a_resumed_run_goes_on_to_the_bit_and_learns() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = losses(&mut open(a.path(), |_| {}), 99);
    let mut parts = {
        let mut first = open(b.path(), |_| {});
        let losses = losses(&mut first, 7);
        first.save().unwrap();
        losses
    };
    parts.extend(losses(&mut open(b.path(), |_| {}), 99));
    assert_eq!(whole, parts);
    assert_eq!(whole.len(), 12);
    assert!(whole[11] < whole[0], "{whole:?}");
}

#[test]
fn after_a_crash_the_last_checkpoint_is_taken_up_and_a_damaged_one_passed_over() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let whole = losses(&mut open(a.path(), |_| {}), 99);
    // Checkpoints come every 5 steps; this one dies after 11 and its newest file is torn.
    drop(losses(&mut open(b.path(), |_| {}), 11));
    let torn = b.path().join("checkpoints/step_10/optimiser.bpk");
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let mut again = open(b.path(), |_| {});
    assert_eq!(again.step(), 5);
    assert_eq!(losses(&mut again, 99), whole[5..]);
}

#[test]
fn half_batches_accumulated_see_as_many_windows_and_learn() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = open(dir.path(), |r| {
        r.trainer.batch = 2;
        r.trainer.accumulate = 2;
    });
    let all = losses(&mut t, 99);
    assert!(all[11] < all[0], "{all:?}");
    let out = dir.path().join("model");
    let card = t.export(&out, Which::Best, "CPU").unwrap();
    assert_eq!(card.training.windows, card.training.steps * 4);
    assert!(out.join("model.safetensors").is_file());
}

#[test]
fn a_run_that_no_longer_gets_better_ends_early() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = open(dir.path(), |r| {
        r.trainer.learning_rate = 1e-12;
        r.trainer.validate_every = 1;
        r.trainer.steps = 1000;
        r.trainer.early_stopping = Some(3);
    });
    let all = losses(&mut t, 1000);
    assert!(all.len() < 100, "{}", all.len());
}

#[test]
fn every_parameter_is_trained() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = open(dir.path(), |_| {});
    losses(&mut t, 1);
    // Two moments a parameter: one with none has no gradient and would silently stay as drawn.
    struct Count(usize);
    impl burn::module::ModuleVisitor for Count {
        fn visit_float<const D: usize>(
            &mut self,
            _: &burn::module::Param<burn::tensor::Tensor<D>>,
        ) {
            self.0 += 1;
        }
    }
    let mut count = Count(0);
    t.model.visit(&mut count);
    let record = format!("{:?}", t.optimiser.to_record());
    assert!(
        record.contains(&format!("num_tensors: {},", 2 * count.0)),
        "{record}, {} parameters",
        count.0
    );
}
