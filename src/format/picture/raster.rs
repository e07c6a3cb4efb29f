//! Shapes as pixels, written as PNG. Rectangles are all there is, so edges need no more than their share of a pixel.

use super::svg::{HATCH, LINES, TINT};
use super::{Drawing, Place, Rgb, Shape, font};
use crate::format::error::FormatError;
use ::png::{BitDepth, ColorType, Encoder};

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

/// Writes a drawing as PNG, a pixel a unit, in true colours.
///
/// # Errors
/// Those of the encoder; none is known of a drawing made by [`super::draw`].
pub fn png(drawing: &Drawing) -> Result<Vec<u8>, FormatError> {
    let canvas = paint(drawing);
    let failed = |e: ::png::EncodingError| FormatError::Content {
        what: "the picture".into(),
        problem: e.to_string(),
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, drawing.width.max(1), drawing.height.max(1));
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer
        .write_image_data(canvas.pixels.as_flattened())
        .map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn paint(drawing: &Drawing) -> Canvas {
    let (width, height) = (
        drawing.width.max(1) as usize,
        drawing.height.max(1) as usize,
    );
    let mut canvas = Canvas {
        width,
        height,
        pixels: vec![[255; 3]; width * height],
    };
    for shape in drawing.groups.iter().flat_map(|g| &g.shapes) {
        match shape {
            Shape::Rect {
                place,
                colour,
                opacity,
            } => canvas.rect(*place, *colour, |_, _| *opacity),
            Shape::Hatch { place, colour } => canvas.rect(*place, *colour, |x, y| {
                // As the SVG's pattern: lines where x and y add up to a multiple.
                if ((x + y + 1) as u32).is_multiple_of(HATCH) {
                    LINES
                } else {
                    TINT
                }
            }),
            Shape::Text { x, y, text, colour } => {
                for place in font::places(*x, *y, text) {
                    canvas.rect(place, *colour, |_, _| 1.0);
                }
            }
        }
    }
    canvas
}

impl Canvas {
    /// Blends a colour over a rectangle; a pixel that it covers in part takes that part.
    fn rect(&mut self, place: Place, colour: Rgb, opacity: impl Fn(usize, usize) -> f32) {
        let (left, top) = (place.x.max(0.0), place.y.max(0.0));
        let right = (place.x + place.width).min(self.width as f32);
        let bottom = (place.y + place.height).min(self.height as f32);
        if right <= left || bottom <= top {
            return;
        }
        let share = |i: usize, from: f32, to: f32| {
            ((i as f32 + 1.0).min(to) - (i as f32).max(from)).clamp(0.0, 1.0)
        };
        for y in top as usize..(bottom.ceil() as usize).min(self.height) {
            let tall = share(y, top, bottom);
            for x in left as usize..(right.ceil() as usize).min(self.width) {
                let part = tall * share(x, left, right) * opacity(x, y);
                if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
                    for (old, new) in pixel.iter_mut().zip(colour) {
                        let (a, b) = (f32::from(*old), f32::from(new));
                        *old = (a + (b - a) * part).round() as u8;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::picture::{Colours, Look, draw};
    use crate::score::{Mask, Region, Score};
    use std::collections::BTreeSet;

    #[test]
    fn size_and_pixels_are_those_of_the_drawing() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        s.add_note(t, 0, 480, 72, 127);
        s.add_note(t, 960, 480, 72, 127);
        let mask = Mask::of(Region::time(960, 1920, None));
        let colours = Colours::default();
        let look = Look {
            range: None,
            hidden: &BTreeSet::new(),
            mask: Some(&mask),
            filled: false,
            colours: colours.clone(),
        };
        let drawing = draw(&s, &look);
        let bytes = png(&drawing).unwrap();
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (36 + 4 * 24, 18 + 25 * 8));
        let at = |x: usize, y: usize| -> Rgb {
            let i = (y * info.width as usize + x) * 3;
            [pixels[i], pixels[i + 1], pixels[i + 2]]
        };
        // Pitch 72 is the middle row of 25; its note fills the first quarter but for a pixel.
        let row = 18 + 12 * 8;
        assert_eq!(at(36 + 10, row + 4), colours.tracks[0]);
        assert_eq!(at(36 + 23, row + 4), colours.row);
        // The masked note is pale, and hatched ground is neither row nor mask alone.
        assert_ne!(at(36 + 58, row + 4), colours.tracks[0]);
        assert_ne!(at(36 + 80, row + 4), colours.row);
        // A hatch has lines: not all its pixels are alike.
        let line: BTreeSet<Rgb> = (80..92).map(|x| at(36 + x, row + 3)).collect();
        assert!(line.len() > 1);
        assert_eq!(at(2, 18 + 4), colours.key);
        assert_eq!(at(60, 2), colours.ruler);
    }

    #[test]
    fn half_a_pixel_is_half_its_colour() {
        let mut canvas = Canvas {
            width: 2,
            height: 1,
            pixels: vec![[0; 3]; 2],
        };
        let place = Place {
            x: 0.5,
            y: -3.0,
            width: 9.0,
            height: 9.0,
        };
        canvas.rect(place, [200; 3], |_, _| 1.0);
        assert_eq!(canvas.pixels, [[100; 3], [200; 3]]);
    }
}
