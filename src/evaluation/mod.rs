//! How good music is that a model wrote: the metrics of the field by name, beside what real music, trivial baselines and
//! an adversary score, with intervals. A figure is never reported without them.

pub mod arena;
pub mod baselines;
pub mod blind;
pub mod bootstrap;
pub mod comparison;
pub mod controls;
pub mod copies;
pub mod counterpoint;
pub mod critic;
pub mod embedding;
pub mod family;
#[cfg(test)]
mod floors;
pub mod framewise;
pub mod hole;
pub mod latent;
pub mod matrix;
pub mod metrics;
pub mod nearest;
#[cfg(test)]
mod parity;
pub mod protocol;
#[cfg(test)]
mod real;
pub mod registry;
pub mod report;
pub mod rows;
pub mod sample;
pub mod set;
pub mod statistics;
pub mod study;
pub mod table;
#[cfg(test)]
pub mod testing;
pub mod variety;
pub mod wilson;

pub use bootstrap::{Interval, mean_interval};
pub use comparison::{Comparison, Kind, Line, Measuring};
pub use hole::Hole;
pub use metrics::{GridNote, HoleMetrics, measure};
pub use protocol::{Case, Protocol};
pub use registry::{Direction, Measure, Metric};
pub use sample::Sample;
pub use set::Set;
pub use table::{Row, Table};
