//! smdiff's monotonicity loss: a guessed place in the piece should be near the true one.
//!
//! The place of a row is 200 bar + position. Where the bar is masked, the guess is the same of the mean bar and
//! mean position under the model's probabilities ("soft argmax"), and the loss is 1e-4 times the mean squared
//! difference over those rows.

use super::{Example, Schema};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};

/// Weight of the loss in the reference.
pub const WEIGHT: f32 = 1e-4;
/// Places a bar counts.
const BAR: f32 = 200.0;

/// Number of rows of an example the loss is taken over: those whose bar is masked. 0 where rows have no bar or no
/// position.
pub fn rows(schema: &Schema, example: &Example) -> usize {
    ordered(schema, example).count()
}

/// Rows the loss is taken over.
fn ordered(schema: &Schema, example: &Example) -> impl Iterator<Item = usize> {
    let fields = example.fields;
    let bar = schema.bar.filter(|_| schema.position.is_some());
    (0..example.real).filter(move |r| bar.is_some_and(|b| example.masked[r * fields + b]))
}

/// The truth of each row, where the loss is taken over it.
pub(super) fn truth(schema: &Schema, example: &Example) -> Vec<Option<f32>> {
    let mut places = vec![None; example.rows];
    if let (Some(bar), Some(position)) = (schema.bar, schema.position) {
        for row in ordered(schema, example) {
            let id = |field: usize| example.x0[row * example.fields + field] as f32;
            places[row] = Some(BAR * id(bar) + id(position));
        }
    }
    places
}

/// Loss of one row with the true `place`, from the logits of its bar and its position, which are replaced by its
/// gradient. `weight` is [`WEIGHT`] over the number of rows.
pub fn row_loss(bar: &mut [f32], position: &mut [f32], place: f32, weight: f32) -> f32 {
    let mean = |logits: &mut [f32]| {
        super::super::draw::softmax(logits, 1.0);
        let p = logits.iter().enumerate();
        p.map(|(k, p)| k as f32 * p).sum::<f32>()
    };
    let (mean_bar, mean_position) = (mean(bar), mean(position));
    let off = BAR * mean_bar + mean_position - place;
    let pull = |p: &mut [f32], mean: f32, unit: f32| {
        for (k, p) in p.iter_mut().enumerate() {
            *p *= 2.0 * weight * off * unit * (k as f32 - mean);
        }
    };
    pull(bar, mean_bar, BAR);
    pull(position, mean_position, 1.0);
    weight * off * off
}

/// The loss of a batch from logits `[batch, rows, logits]`; 0 where no bar is masked.
pub fn tensor_loss(logits: Tensor<3>, schema: &Schema, examples: &[Example]) -> Tensor<1> {
    let device = logits.device();
    let [batch, rows, _] = logits.dims();
    let (Some(bar), Some(position)) = (schema.bar, schema.position) else {
        return Tensor::zeros([1], &device);
    };
    let offsets = schema.offsets();
    let mean = |field: usize| {
        let size = schema.sizes[field];
        let p = softmax(logits.clone().narrow(2, offsets[field], size), 2);
        let ids: Vec<f32> = (0..size).map(|k| k as f32).collect();
        let ids = Tensor::<3>::from_data(TensorData::new(ids, [1, 1, size]), &device);
        (p * ids).sum_dim(2)
    };
    let mut places = vec![0f32; batch * rows];
    let mut here = vec![0f32; batch * rows];
    for (b, e) in examples.iter().enumerate() {
        for (row, place) in truth(schema, e).into_iter().enumerate() {
            if let Some(place) = place {
                places[b * rows + row] = place;
                here[b * rows + row] = 1.0;
            }
        }
    }
    let n = here.iter().sum::<f32>().max(1.0);
    let on_device =
        |v: Vec<f32>| Tensor::<3>::from_data(TensorData::new(v, [batch, rows, 1]), &device);
    let off = mean(bar).mul_scalar(BAR) + mean(position) - on_device(places);
    (off.clone() * off * on_device(here))
        .sum()
        .mul_scalar(WEIGHT / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_the_squared_distance_of_the_places() {
        // Bar surely 1, position 0 or 2 alike: the place 201, against 203.
        let (mut bar, mut position) = ([0.0, 60.0], [0.0, -60.0, 0.0]);
        let l = row_loss(&mut bar, &mut position, 203.0, WEIGHT);
        assert!((l - 4e-4).abs() < 1e-8, "{l}");
        // d/dl_k = 2 w (place - truth) p_k (k - mean).
        assert!((position[2] - 2.0 * WEIGHT * -2.0 * 0.5).abs() < 1e-8);
        assert!((position[0] + position[2]).abs() < 1e-9);
    }

    #[test]
    fn the_gradient_is_the_slope() {
        let (bar, position) = ([0.3f32, -0.2, 0.9], [0.1f32, 0.7, -0.4, 0.2]);
        let value = |bar: [f32; 3], position: [f32; 4]| {
            row_loss(&mut bar.clone(), &mut position.clone(), 250.0, WEIGHT)
        };
        let (mut gb, mut gp) = (bar, position);
        row_loss(&mut gb, &mut gp, 250.0, WEIGHT);
        for k in 0..3 {
            let h = 1e-2;
            let (mut up, mut down) = (bar, bar);
            up[k] += h;
            down[k] -= h;
            let slope = (value(up, position) - value(down, position)) / (2.0 * h);
            assert!(
                (slope - gb[k]).abs() < 1e-2 * gb[k].abs().max(0.1),
                "{slope} {}",
                gb[k]
            );
        }
        for k in 0..4 {
            let h = 1e-1;
            let (mut up, mut down) = (position, position);
            up[k] += h;
            down[k] -= h;
            let slope = (value(bar, up) - value(bar, down)) / (2.0 * h);
            assert!(
                (slope - gp[k]).abs() < 2e-2 * gp[k].abs().max(1e-2),
                "{slope} {}",
                gp[k]
            );
        }
    }
}
