//! Tensors on the CPU as plain memory, to be worked on in place: burn makes a new tensor of every operation.

use burn::tensor::{Device, Tensor, TensorData};

/// The values of a tensor on the CPU: its own memory where nobody else holds it, else a copy. A tensor on
/// another device comes back as it was.
///
/// # Errors
/// The tensor, when it is not on the CPU.
pub fn taken<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Tensor<D>> {
    if tensor.device() != Device::flex() {
        return Err(tensor);
    }
    let values = tensor.into_data().try_into_vec_as::<f32>();
    Ok(values.expect("fp32 in this process's own memory can be read"))
}

/// A tensor on the CPU of these values, without a copy.
pub fn given<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, dims), &Device::flex())
}
