//! Binomial diffusion on binary rolls (Sohl-Dickstein et al. 2015, as MusicDiffGen has it): cells of moments and
//! keys turn into coin tosses, and back.
//!
//! [`chain`] is the mathematics of one cell. [`corrupt`] makes examples: with holes of every shape around which
//! the roll is known, onsets apart from held notes; or as the reference does. [`home`] reads all in one key.
//! [`loss`] does not reward silence. [`likelihood`] is the bound. [`sampler`] goes back by the exact posterior; [`reference`] is the reference's
//! walk.

mod canvas;
pub mod chain;
pub mod corrupt;
pub mod home;
pub mod likelihood;
pub mod loss;
pub mod reference;
mod roll;
pub mod sampler;

pub use canvas::{RollCanvas, RollCanvasError};
pub use corrupt::{RollExample, RollProcess, RollProcessError, reference_item};
pub use loss::{RollHostLoss, RollLoss, l1, l1_tensor};
pub use reference::{Known, sample_reference};
pub use roll::{Shape, ids_of, is_legal, planes_of, ratios};
pub use sampler::{RollDenoiser, RollFilled, RollStep, sample};
