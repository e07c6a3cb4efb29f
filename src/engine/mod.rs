//! The one thread that owns models and devices. The window and the command line ask it for takes and trainings; it
//! answers with small events on a channel and with the newest snapshot of what is being written. A take is written
//! between two steps of a training.

mod errand;
mod export;
mod judging;
mod message;
mod remote;
mod runs;
mod thread;
mod trail;
mod training;
mod worker;

#[cfg(test)]
mod tests;

pub use errand::Errands;
pub use judging::JudgeRequest;
pub use message::{
    DeviceInfo, Event, FillRequest, JobId, ModelInfo, Outcome, Snapshot, SnapshotNote,
};
pub use remote::RemoteModel;
pub use thread::{Engine, FillContext, Shelf, Worker};
pub use trail::Trail;
pub use training::{Made, RunInfo, RunState, TrainRequest, TrainingFact, Tune};
pub use worker::{ModelWorker, OpenDevice};
