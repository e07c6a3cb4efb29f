//! The one thread that owns models and devices. The window and the command line ask it for takes and trainings; it
//! answers with small events on a channel and with the newest snapshot of what is being written. A take is written
//! between two steps of a training.

mod message;
mod runs;
mod thread;
mod training;
mod worker;

#[cfg(test)]
mod tests;

pub use message::{
    DeviceInfo, Event, FillRequest, JobId, ModelInfo, Outcome, Snapshot, SnapshotNote,
};
pub use thread::{Engine, FillContext, Worker};
pub use training::{RunInfo, RunState, TrainRequest, TrainingFact};
pub use worker::{ModelWorker, OpenDevice};
