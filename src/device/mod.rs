//! Which devices exist, which one computes, and why the others do not.
//!
//! The CPU always works. A GPU is used only after a child process has shown that it computes what
//! the CPU computes: a graphics driver that is not up to it does not return an error, it takes the
//! process with it, and no `catch_unwind` helps. The verdict is remembered, so the test runs once
//! per adapter, driver and version of Lacuna.

mod adapter;
pub mod heap;
pub mod memory;
mod probe;
mod processor;
mod self_test;
mod verdict;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use memory::resident;
pub use processor::processor;
pub use self_test::{IDENTIFY, SUBCOMMAND, forget, self_test};

const NOT_BUILT: &str = "this build has no GPU support; ./run --gpu builds it";

/// Which device to compute on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
pub enum Choice {
    /// The GPU where one is usable, otherwise the CPU
    #[default]
    Auto,
    /// The CPU
    Cpu,
    /// The GPU; where it is not usable the CPU, with the reason said
    Gpu,
}

/// What sort of device an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cpu,
    Gpu,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Cpu => "CPU",
            Kind::Gpu => "GPU",
        })
    }
}

/// The device that computes, and why that one.
#[derive(Clone, Debug)]
pub struct Info {
    pub kind: Kind,
    /// Short name for a status bar: "CPU", or the adapter's name.
    pub name: String,
    /// One sentence: why this device, and why not the other.
    pub reason: String,
}

/// An opened device. It has no autodiff; training asks for `device.clone().autodiff()`.
#[derive(Clone, Debug)]
pub struct Opened {
    pub device: Device,
    pub info: Info,
}

/// A device of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub kind: Kind,
    /// Or one sentence that says why not, and what to do where something can be done.
    pub usable: Result<(), String>,
}

/// Makes burn's own idea of a default device the CPU. burn asks for that default in odd places
/// (restoring an optimiser is one) and would otherwise open a GPU that may not be there, and panic.
///
/// Call it first thing in `main`. A person's own `BURN_DEVICE` is overruled, because Lacuna passes
/// every device by hand and the variable could only do harm.
pub fn keep_default_on_cpu() {
    // SAFETY: `main` calls this before any other thread exists, so nobody reads the environment
    // at the same time.
    unsafe { std::env::set_var("BURN_DEVICE", "flex") };
}

/// Opens the chosen device. Never fails: where the GPU is not usable it is the CPU, and the reason
/// says why. The first call on a machine with a GPU may take a minute, because it tests the GPU.
pub fn open(choice: Choice) -> Opened {
    match choice {
        Choice::Cpu => cpu("The CPU was asked for.".into()),
        Choice::Auto | Choice::Gpu => {
            open_gpu().unwrap_or_else(|why| cpu(format!("The GPU is not used: {why}.")))
        }
    }
}

/// All devices of this machine, the CPU first. May take a minute the first time, like [`open`].
pub fn list() -> Vec<Entry> {
    let mut entries = vec![Entry {
        name: cpu_name(),
        kind: Kind::Cpu,
        usable: Ok(()),
    }];
    entries.push(gpu_entry());
    entries
}

fn cpu(reason: String) -> Opened {
    Opened {
        device: Device::flex(),
        info: Info {
            kind: Kind::Cpu,
            name: "CPU".into(),
            reason,
        },
    }
}

fn cpu_name() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    format!("CPU, {cores} {}", if cores == 1 { "core" } else { "cores" })
}

fn open_gpu() -> Result<Opened, String> {
    let (device, adapter) = self_test::open_checked()?;
    Ok(Opened {
        device,
        info: Info {
            kind: Kind::Gpu,
            reason: format!(
                "{} passed its self-test: it computes what the CPU computes.",
                adapter.name
            ),
            name: adapter.name,
        },
    })
}

fn gpu_entry() -> Entry {
    let (adapter, usable) = self_test::check();
    Entry {
        name: adapter.map_or_else(|| "GPU".into(), |a| format!("{} ({})", a.name, a.api)),
        kind: Kind::Gpu,
        usable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_opens_computes_and_is_listed_first() {
        let opened = open(Choice::Cpu);
        assert_eq!(opened.info.kind, Kind::Cpu);
        let ones = burn::tensor::Tensor::<1>::ones([4], &opened.device);
        assert_eq!(ones.sum().into_scalar::<f32>(), 4.0);
        let entries = list();
        assert_eq!(entries[0].kind, Kind::Cpu);
        assert_eq!(entries[0].usable, Ok(()));
    }

    #[test]
    fn without_a_usable_gpu_the_cpu_answers_and_says_why() {
        // In a test binary there is no self-test to ask, so no GPU can be proved usable.
        let opened = open(Choice::Gpu);
        assert_eq!(opened.info.kind, Kind::Cpu);
        assert!(
            opened.info.reason.starts_with("The GPU is not used: "),
            "{}",
            opened.info.reason
        );
    }
}
