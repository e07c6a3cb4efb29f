//! A picture of the piano roll: rows of keys, bars, what is masked, and the notes in the colours of their tracks.
//!
//! [`draw`] makes a list of shapes of a piece; [`svg`] writes them as lines a drawing program can change, [`png`] as
//! pixels. Both show the same.

mod draw;
mod font;
mod raster;
mod svg;

pub use draw::draw;
pub use raster::png;
pub use svg::svg;

use super::error::FormatError;
use super::file;
use crate::score::{Mask, Score, TrackId};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The colours of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colours {
    /// Rows under white and under black keys.
    pub row: Rgb,
    pub row_black: Rgb,
    /// Lines under each C, at bars and at beats.
    pub octave: Rgb,
    pub bar: Rgb,
    pub beat: Rgb,
    pub key: Rgb,
    pub key_black: Rgb,
    pub key_line: Rgb,
    pub key_text: Rgb,
    /// Behind the bar numbers.
    pub ruler: Rgb,
    pub text: Rgb,
    /// What will be written anew.
    pub mask: Rgb,
    /// By [`Score::colour`]; around the end they begin anew.
    pub tracks: Vec<Rgb>,
}

impl Default for Colours {
    /// Dark notes on white, for paper.
    fn default() -> Self {
        Colours {
            row: [255, 255, 255],
            row_black: [243, 243, 241],
            octave: [205, 205, 200],
            bar: [150, 151, 148],
            beat: [221, 221, 217],
            key: [255, 255, 255],
            key_black: [58, 61, 67],
            key_line: [190, 190, 186],
            key_text: [67, 71, 78],
            ruler: [236, 236, 233],
            text: [29, 31, 35],
            mask: [180, 83, 9],
            tracks: vec![
                [41, 70, 174],
                [181, 60, 128],
                [15, 111, 92],
                [113, 88, 202],
                [65, 47, 0],
                [173, 59, 68],
                [4, 115, 157],
                [18, 83, 9],
                [123, 37, 137],
                [77, 71, 95],
            ],
        }
    }
}

/// What is drawn, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Look<'a> {
    /// Ticks shown; `None` is the whole piece to the end of its last bar.
    pub range: Option<Range<u32>>,
    /// Tracks that are left out.
    pub hidden: &'a BTreeSet<TrackId>,
    /// Hatched where it covers; its notes are pale, as what will be replaced.
    pub mask: Option<&'a Mask>,
    /// What the mask covers was written anew: its notes are as full as the others.
    pub filled: bool,
    pub colours: Colours,
}

/// A shape. Units are pixels of the PNG and user units of the SVG, from the upper left.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Rect {
        place: Place,
        colour: Rgb,
        /// 0..=1.
        opacity: f32,
    },
    /// Lines from lower left to upper right, and a tint.
    Hatch { place: Place, colour: Rgb },
    /// Text that begins at `x` with its baseline at `y`.
    Text {
        x: f32,
        y: f32,
        text: String,
        colour: Rgb,
    },
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// Shapes that belong together, such as the notes of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Such as `rows`, `grid`, `mask`, `track-1`, `keys`, `ruler`.
    pub id: String,
    /// What a person calls it; empty if nothing.
    pub title: String,
    pub shapes: Vec<Shape>,
}

/// A picture as shapes, in the order they are painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub width: u32,
    pub height: u32,
    /// The name of the piece.
    pub title: String,
    pub groups: Vec<Group>,
}

/// Writes a picture as SVG.
///
/// # Errors
/// As [`file::write_atomic`], naming the path.
pub fn save_svg(path: &Path, score: &Score, look: &Look<'_>) -> Result<(), FormatError> {
    file::write_atomic(path, svg(&draw(score, look)).as_bytes())
}

/// Writes a picture as PNG.
///
/// # Errors
/// As [`file::write_atomic`], naming the path.
pub fn save_png(path: &Path, score: &Score, look: &Look<'_>) -> Result<(), FormatError> {
    let bytes = png(&draw(score, look)).map_err(|e| e.at(path))?;
    file::write_atomic(path, &bytes)
}
