//! The one thread that owns models and devices. The window and the command line ask it for takes; it
//! answers with small events on a channel and with the newest snapshot of what is being written.

mod message;
mod thread;
mod worker;

pub use message::{
    DeviceInfo, Event, FillRequest, JobId, ModelInfo, Outcome, Snapshot, SnapshotNote,
};
pub use thread::{Engine, FillContext, Worker};
pub use worker::{ModelWorker, OpenDevice};
