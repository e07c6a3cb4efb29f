//! The window.

pub mod roll;
pub mod theme;
