//! Pictures of rolls, for TensorBoard and for looking at a run from afar: indexed colours, written as PNG.

mod png;
mod roll;

pub use roll::{TRACKS, roll};

/// A picture in at most 256 colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    /// Red, green, blue.
    palette: Vec<[u8; 3]>,
    /// Places in the palette, row by row from the top.
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture of one colour, that of place 0. At least a pixel in size; of a palette the first 256 colours count.
    pub fn new(width: u32, height: u32, mut palette: Vec<[u8; 3]>) -> Picture {
        let (width, height) = (width.max(1), height.max(1));
        palette.truncate(256);
        if palette.is_empty() {
            palette.push([0; 3]);
        }
        Picture {
            width,
            height,
            palette,
            pixels: vec![0; width as usize * height as usize],
        }
    }

    /// In pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green and blue of a pixel; `None` outside the picture.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width {
            return None;
        }
        let index = *self.pixels.get((y * self.width + x) as usize)?;
        self.palette.get(usize::from(index)).copied()
    }

    /// Fills a rectangle with a colour of the palette; what lies outside the picture is left out, and so is a colour
    /// that the palette does not have.
    pub fn fill(&mut self, x: std::ops::Range<u32>, y: std::ops::Range<u32>, colour: u8) {
        if usize::from(colour) >= self.palette.len() {
            return;
        }
        let (from, to) = (x.start.min(self.width), x.end.min(self.width));
        for y in y.start..y.end.min(self.height) {
            let row = (y * self.width) as usize;
            if let Some(pixels) = self.pixels.get_mut(row + from as usize..row + to as usize) {
                pixels.fill(colour);
            }
        }
    }

    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// Those of the encoder; none is known of a picture that was made by [`Picture::new`].
    pub fn png(&self) -> Result<Vec<u8>, ::png::EncodingError> {
        png::encode(self)
    }
}
