//! The fused transformer beside burn's.

use super::super::transformer::{TransformerConfig, sparse};
use super::*;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const INPUTS: usize = 9;
const OUTPUTS: usize = 7;

fn network(device: &Device) -> Transformer {
    let config = TransformerConfig {
        width: 32,
        layers: 2,
        heads: 2,
        feed_forward: 3,
    };
    Transformer::new(
        &config,
        INPUTS,
        OUTPUTS,
        &mut ChaCha8Rng::seed_from_u64(1),
        device,
    )
}

/// Two windows of different lengths, so that burn has to pad.
fn input() -> Input {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let windows: Vec<_> = [19, 11]
        .map(|rows| {
            let features: Vec<f32> = (0..rows * INPUTS)
                .map(|_| rng.random_bool(0.4) as u8 as f32)
                .collect();
            let first: Vec<f32> = (0..rows).map(|r| (r / 3) as f32).collect();
            let second: Vec<f32> = (0..rows).map(|r| (r % 3) as f32).collect();
            (features, first, second)
        })
        .into();
    Input::stack(
        windows
            .iter()
            .map(|(f, a, b)| (sparse(f, INPUTS), &a[..], &b[..])),
    )
}

fn close(a: &[f32], b: &[f32], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = b.iter().fold(1e-3f32, |m, x| m.max(x.abs()));
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() < 2e-4 * scale, "{what}[{i}]: {x} {y}");
    }
}

#[test]
fn logits_are_burns() {
    let network = network(&Device::flex());
    let input = input();
    let theirs = network
        .forward(&input, false)
        .into_data()
        .try_into_vec_as::<f32>()
        .unwrap();
    let ours = Fused::of(&network);
    for window in 0..2 {
        let asked: Vec<usize> = (0..input.lengths[window]).collect();
        let logits = ours.logits(&ours.window(&input, window), &asked);
        let from = window * input.rows * OUTPUTS;
        close(&logits, &theirs[from..from + logits.len()], "logits");
    }
}

#[test]
fn some_rows_are_answered_as_when_all_are_asked() {
    let fused = Fused::of(&network(&Device::flex()));
    let window = fused.window(&input(), 0);
    let all = fused.logits(&window, &(0..19).collect::<Vec<_>>());
    let asked = [17, 2, 11];
    let some = fused.logits(&window, &asked);
    for (row, logits) in asked.into_iter().zip(some.chunks_exact(OUTPUTS)) {
        close(logits, &all[row * OUTPUTS..(row + 1) * OUTPUTS], "logits");
    }
}

#[test]
fn memory_left_over_from_another_pass_changes_nothing() {
    let network = network(&Device::flex());
    let input = input();
    let fused = Fused::of(&network);
    let pass = |window: usize| {
        let asked: Vec<usize> = (0..input.lengths[window]).collect();
        let mut gradients = fused.zero_gradients();
        let window = fused.window(&input, window);
        fused.backward(&window, &asked, |_| (), &mut gradients);
        (fused.logits(&window, &asked), gradients.0)
    };
    let fresh = pass(1);
    pass(0);
    assert_eq!(pass(1), fresh);
}

#[test]
fn attention_computed_again_gives_the_same_gradients_to_the_bit() {
    let input = input();
    let mut fused = Fused::of(&network(&Device::flex()));
    let mut pass = |most_kept: usize| {
        fused.most_kept = most_kept;
        let mut gradients = fused.zero_gradients();
        fused.backward(&fused.window(&input, 0), &[0, 7], |_| (), &mut gradients);
        gradients.0
    };
    let kept = pass(usize::MAX);
    assert!(kept.iter().flatten().any(|&g| g != 0.0));
    assert_eq!(pass(0), kept);
}

#[test]
fn a_window_without_rows_is_nothing_to_learn_from() {
    let network = network(&Device::flex());
    let fused = Fused::of(&network);
    let mut input = input();
    input.lengths[1] = 0;
    let window = fused.window(&input, 1);
    let mut gradients = fused.zero_gradients();
    fused.backward(&window, &[], |_| (), &mut gradients);
    assert!(gradients.0.iter().flatten().all(|&g| g == 0.0));
    assert!(fused.logits(&window, &[]).is_empty());
}

#[test]
fn gradients_are_burns() {
    let device = Device::flex();
    let network = network(&device.clone().autodiff());
    let input = input();
    // Half the sum of squares of every third row: the gradient is the logits themselves.
    let asked = |w: usize| (0..input.lengths[w]).step_by(3).collect::<Vec<_>>();
    let mut chosen = vec![0f32; 2 * input.rows];
    for w in 0..2 {
        for r in asked(w) {
            chosen[w * input.rows + r] = 0.5;
        }
    }
    let chosen = Tensor::<3>::from_data(TensorData::new(chosen, [2, input.rows, 1]), &device);
    let logits = network.forward(&input, true);
    let loss = (logits.clone() * logits * chosen).sum();
    let theirs = GradientsParams::from_grads(loss.backward(), &network);

    let ours = Fused::of(&network);
    let mut sum = ours.zero_gradients();
    for w in 0..2 {
        ours.backward(&ours.window(&input, w), &asked(w), |_| (), &mut sum);
    }
    struct Compare<'a>(&'a GradientsParams, std::vec::IntoIter<Vec<f32>>, usize);
    impl ModuleVisitor for Compare<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let theirs = self.0.get::<D>(param.id).unwrap();
            let theirs = theirs.into_data().try_into_vec_as::<f32>().unwrap();
            let name = format!("tensor {}", self.2);
            close(&self.1.next().unwrap(), &theirs, &name);
            self.2 += 1;
        }
    }
    let mut compare = Compare(&theirs, sum.0.into_iter(), 0);
    network.visit(&mut compare);
    assert_eq!(compare.2, 1 + 2 * place::ALL + 4);
}
