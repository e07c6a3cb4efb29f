//! The GPU adapter that wgpu offers. The only file that differs between builds with and without
//! the feature `gpu`.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// What identifies an adapter: a verdict holds for these and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    pub name: String,
    /// Driver name and version as the driver tells them.
    pub driver: String,
    /// Graphics interface: Vulkan, Metal, Dx12, Gl.
    pub api: String,
    /// Whether it is a program on the CPU posing as a GPU. Those are correct at best and about ten
    /// times slower than the CPU path, so they are never used.
    pub software: bool,
}

/// Opens the adapter that burn would choose. Works once in a process: burn keeps the first.
#[cfg(feature = "gpu")]
pub fn open_adapter() -> Result<(Device, Adapter), String> {
    use burn::tensor::wgpu::wgpu::DeviceType;

    let (device, setup) = Device::wgpu_options()
        .init_with_setup()
        .map_err(|e| format!("no graphics adapter could be opened ({e})"))?;
    let info = setup.adapter.get_info();
    let driver = [info.driver, info.driver_info]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let adapter = Adapter {
        name: info.name,
        driver,
        api: format!("{:?}", info.backend),
        software: info.device_type == DeviceType::Cpu,
    };
    Ok((device, adapter))
}

/// Opens nothing: this build has no GPU support.
#[cfg(not(feature = "gpu"))]
pub fn open_adapter() -> Result<(Device, Adapter), String> {
    Err(super::NOT_BUILT.into())
}
