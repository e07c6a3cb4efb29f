//! How good a fill is: figures on the notes of a hole, the baselines that put them in proportion, and tables that show
//! both. A figure is never reported without the originals (the floor) and a trivial baseline beside it.

pub mod baselines;
pub mod bootstrap;
pub mod copies;
pub mod counterpoint;
pub mod critic;
pub mod framewise;
pub mod metrics;
pub mod protocol;
pub mod table;
pub mod variety;

pub use bootstrap::{Interval, mean_interval};
pub use metrics::{GridNote, HoleMetrics, measure};
pub use protocol::{Case, Protocol};
pub use table::{Row, Table};
