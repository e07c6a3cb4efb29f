//! PNG with indexed colours, eight bits a pixel (the specification of the W3C, third edition).

use super::Picture;
use super::deflate::deflate;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n'];
/// Each byte less the one above it.
const FILTER_UP: u8 = 2;

pub(super) fn encode(picture: &Picture) -> Vec<u8> {
    let mut png = SIGNATURE.to_vec();
    let mut header = Vec::new();
    header.extend(picture.width.to_be_bytes());
    header.extend(picture.height.to_be_bytes());
    // Eight bits, indexed colours, the one compression, the one set of filters, not interlaced.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"PLTE", picture.palette.as_flattened());
    let width = picture.width as usize;
    let mut rows = Vec::with_capacity(picture.pixels.len() + picture.height as usize);
    let mut above = vec![0; width];
    for row in picture.pixels.chunks_exact(width) {
        rows.push(FILTER_UP);
        rows.extend(row.iter().zip(&above).map(|(a, b)| a.wrapping_sub(*b)));
        above.copy_from_slice(row);
    }
    // A zlib stream: its two bytes say DEFLATE, a window of 32 kilobytes, no dictionary.
    let mut stream = vec![0x78, 0x01];
    stream.extend(deflate(&rows));
    stream.extend(adler32(&rows).to_be_bytes());
    chunk(&mut png, b"IDAT", &stream);
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32(&png[from..]);
    png.extend(sum.to_be_bytes());
}

/// CRC-32 of ISO 3309, bit by bit: a picture is a few kilobytes.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}

/// The sum at the end of a zlib stream (RFC 1950).
fn adler32(data: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % MODULUS;
        (a, (b + a) % MODULUS)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::super::deflate::tests::inflate;
    use super::*;

    #[test]
    fn sums_have_their_known_values() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(&[0xFF; 100_000]), 0x149A_302C);
    }

    #[test]
    fn a_picture_is_a_png_that_holds_its_pixels() {
        let mut picture = Picture::new(5, 3, vec![[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
        picture.fill(1..9, 1..2, 2);
        picture.fill(0..1, 0..9, 1);
        picture.fill(0..5, 0..3, 3);
        let png = picture.png();
        let mut at = 8;
        let mut chunks = Vec::new();
        while at < png.len() {
            let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            let sum =
                u32::from_be_bytes(png[at + 8 + length..at + 12 + length].try_into().unwrap());
            assert_eq!(sum, crc32(&png[at + 4..at + 8 + length]));
            chunks.push((&png[at + 4..at + 8], &png[at + 8..at + 8 + length]));
            at += 12 + length;
        }
        assert_eq!(
            chunks[0],
            (&b"IHDR"[..], &[0, 0, 0, 5, 0, 0, 0, 3, 8, 3, 0, 0, 0][..])
        );
        assert_eq!(chunks[1], (&b"PLTE"[..], &[1, 2, 3, 4, 5, 6, 7, 8, 9][..]));
        let rows = inflate(&chunks[2].1[2..]);
        let sum = &chunks[2].1[chunks[2].1.len() - 4..];
        assert_eq!(sum, adler32(&rows).to_be_bytes());
        // 1 0 0 0 0 / 1 2 2 2 2 / 1 0 0 0 0, each row less the one above.
        assert_eq!(
            rows,
            [2, 1, 0, 0, 0, 0, 2, 0, 2, 2, 2, 2, 2, 0, 254, 254, 254, 254]
        );
        assert_eq!(chunks[3], (&b"IEND"[..], &[][..]));
        assert_eq!(picture.pixel(4, 1), Some([7, 8, 9]));
        assert_eq!((picture.pixel(5, 0), picture.pixel(0, 3)), (None, None));
    }
}
