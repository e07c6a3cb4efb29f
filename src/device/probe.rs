//! A small forward and backward pass of the operations our networks are made of, on one device and
//! on the CPU, and how far the results lie apart.

use burn::tensor::activation::{log_softmax, relu, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Largest allowed distance, as a share of the largest value of the tensor in question. Drivers
/// order sums differently and that costs about 1e-4 in gradients; a wrong kernel costs far more.
const TOLERANCE: f32 = 1e-3;

const VOCABULARY: usize = 130;
const LENGTH: usize = 64;
const WIDTH: usize = 64;
const BATCH: usize = 2;

/// Compares `device` with the CPU.
///
/// # Errors
/// A sentence fragment that names the first result that differs, or could not be read.
pub fn compare_with_cpu(device: &Device) -> Result<(), String> {
    let expected = run(&Device::flex())?;
    let found = run(device)?;
    for ((name, expected), (_, found)) in expected.iter().zip(&found) {
        compare(name, expected, found)?;
    }
    Ok(())
}

fn compare(name: &str, expected: &[f32], found: &[f32]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!(
            "it computes {} values of {name} instead of {}",
            found.len(),
            expected.len()
        ));
    }
    let largest = expected
        .iter()
        .fold(f32::MIN_POSITIVE, |m, v| m.max(v.abs()));
    let distance = expected
        .iter()
        .zip(found)
        .map(|(e, f)| (e - f).abs())
        .fold(
            0.0,
            |m: f32, d| if d.is_nan() { f32::INFINITY } else { m.max(d) },
        );
    if distance <= TOLERANCE * largest {
        Ok(())
    } else {
        Err(format!(
            "it computes {name} wrongly (off by {:.1e} of the largest value)",
            distance / largest
        ))
    }
}

/// Logits, loss and gradients of embedding, layer norm, attention, ReLU² and cross-entropy.
fn run(device: &Device) -> Result<Vec<(&'static str, Vec<f32>)>, String> {
    let device = device.clone().autodiff();
    let table = values([VOCABULARY, WIDTH], 0.1, &device).require_grad();
    let mix = values([WIDTH, WIDTH], 0.7, &device).require_grad();
    let ids: Vec<i32> = (0..BATCH * LENGTH)
        .map(|i| (i * 37 % VOCABULARY) as i32)
        .collect();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [BATCH * LENGTH]), &device);

    let x = table
        .clone()
        .select(0, ids.clone())
        .reshape([BATCH, LENGTH, WIDTH]);
    let (variance, mean) = x.clone().var_mean_bias(2);
    let x = (x - mean) / (variance + 1e-5).sqrt();
    let mixed = x.clone().matmul(mix.clone().unsqueeze::<3>());
    let scores = mixed.clone().matmul(x.clone().swap_dims(1, 2)) / (WIDTH as f32).sqrt();
    let x = x + softmax(scores, 2).matmul(mixed);
    let gate = relu(x.clone());
    let x = x + gate.clone() * gate;
    let logits = x.matmul(table.clone().transpose().unsqueeze::<3>());
    let targets = ids.reshape([BATCH, LENGTH, 1]);
    let loss = log_softmax(logits.clone(), 2)
        .gather(2, targets)
        .mean()
        .neg();

    let gradients = loss.backward();
    let gradient = |leaf: &Tensor<2>| {
        leaf.grad(&gradients)
            .ok_or_else(|| "it gives no gradient".to_owned())
            .and_then(read)
    };
    Ok(vec![
        ("the gradient of the embedding", gradient(&table)?),
        ("the gradient of the projection", gradient(&mix)?),
        ("the logits", read(logits)?),
        ("the loss", read(loss)?),
    ])
}

fn values(shape: [usize; 2], phase: f32, device: &Device) -> Tensor<2> {
    let data: Vec<f32> = (0..shape[0] * shape[1])
        .map(|i| (i as f32 * 0.731 + phase).sin() * 0.3)
        .collect();
    Tensor::from_data(TensorData::new(data, shape), device)
}

fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    tensor
        .try_into_vec_as::<f32>()
        .map_err(|e| format!("its results cannot be read ({e})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_agrees_with_itself_and_every_result_is_alive() {
        compare_with_cpu(&Device::flex()).unwrap();
        for (name, values) in run(&Device::flex()).unwrap() {
            assert!(values.iter().all(|v| v.is_finite()), "{name}");
            assert!(values.iter().any(|v| v.abs() > 1e-6), "{name} is all zero");
        }
    }

    #[test]
    fn a_wrong_value_is_found_and_named() {
        assert!(compare("x", &[1.0, 2.0], &[1.0005, 2.0]).is_ok());
        assert!(
            compare("x", &[1.0, 2.0], &[1.01, 2.0])
                .unwrap_err()
                .contains('x')
        );
        assert!(compare("x", &[1.0, 2.0], &[f32::NAN, 2.0]).is_err());
        assert!(compare("x", &[1.0, 2.0], &[1.0]).is_err());
    }
}
