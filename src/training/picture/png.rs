//! A picture as PNG with indexed colours.

use super::Picture;
use ::png::{BitDepth, ColorType, Encoder, EncodingError};

pub(super) fn encode(picture: &Picture) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(picture.palette.as_flattened());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_comes_back_in_its_colour() {
        let mut picture = Picture::new(9, 5, vec![[0, 0, 0], [250, 10, 20], [7, 8, 9]]);
        picture.fill(2..6, 1..4, 1);
        picture.fill(8..9, 0..5, 2);
        let bytes = picture.png().unwrap();
        let mut decoder = ::png::Decoder::new(std::io::Cursor::new(&bytes));
        decoder.set_transformations(::png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgb).unwrap();
        for (i, pixel) in rgb.chunks_exact(3).enumerate() {
            let (x, y) = (i as u32 % 9, i as u32 / 9);
            assert_eq!(
                picture.pixel(x, y).as_ref().map(|p| &p[..]),
                Some(pixel),
                "{x} {y}"
            );
        }
    }
}
