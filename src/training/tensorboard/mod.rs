//! Event files that TensorBoard opens: scalars, histograms, pictures and sounds of a run.
//!
//! A file is a row of TFRecords ([`record`]), each an `Event` message of TensorFlow's protocol buffers, of which we
//! write the few fields we need by hand ([`message`], [`event`]). The crates that do this were written years ago and
//! bring a protocol-buffer library each. `scripts/check_events.py` reads such files with TensorBoard's own code.

mod event;
mod histogram;
mod message;
mod record;
mod writer;

pub use histogram::Histogram;
pub use writer::{EventError, EventWriter};
