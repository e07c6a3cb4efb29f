//! DEFLATE (RFC 1951) for pictures that are mostly runs: one block of the fixed codes, whose only copies are of the byte
//! before. A roll, each row less the one above, comes to a hundredth of its pixels; a compressor of its own would be a
//! dependency for a few kilobytes.

/// Longest copy.
const LONGEST: usize = 258;
const SHORTEST: usize = 3;
const END_OF_BLOCK: u16 = 256;

/// First length of each length code from 257 on.
const LENGTHS: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
];

struct Bits {
    bytes: Vec<u8>,
    buffer: u32,
    count: u32,
}

impl Bits {
    /// The lowest `count` bits, the lowest first.
    fn put(&mut self, bits: u32, count: u32) {
        self.buffer |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.count -= 8;
        }
    }

    /// A symbol by the fixed code, whose bits go out the highest first.
    fn symbol(&mut self, symbol: u16) {
        let s = u32::from(symbol);
        let (code, count) = match symbol {
            0..144 => (0x30 + s, 8),
            144..256 => (0x190 + s - 144, 9),
            256..280 => (s - 256, 7),
            _ => (0xC0 + s - 280, 8),
        };
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    /// A copy of `length` bytes from one byte back.
    fn run(&mut self, length: usize) {
        let length = length as u16;
        let code = LENGTHS.partition_point(|first| *first <= length) - 1;
        self.symbol(257 + code as u16);
        let extra = match code {
            0..8 | 28 => 0,
            _ => code as u32 / 4 - 1,
        };
        self.put(u32::from(length - LENGTHS[code]), extra);
        // Distance code 0: one byte back.
        self.put(0, 5);
    }
}

/// The data in one block.
pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut bits = Bits {
        bytes: Vec::new(),
        buffer: 0,
        count: 0,
    };
    // The last block, with fixed codes.
    bits.put(0b011, 3);
    for run in data.chunk_by(|a, b| a == b) {
        let byte = u16::from(run[0]);
        bits.symbol(byte);
        for part in run[1..].chunks(LONGEST) {
            if part.len() < SHORTEST {
                part.iter().for_each(|_| bits.symbol(byte));
            } else {
                bits.run(part.len());
            }
        }
    }
    bits.symbol(END_OF_BLOCK);
    bits.put(0, 7);
    bits.bytes
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads what [`deflate`] writes, from the RFC's own tables.
    pub fn inflate(bytes: &[u8]) -> Vec<u8> {
        let mut at = 0;
        let mut bit = || {
            let b = bytes[at / 8] >> (at % 8) & 1;
            at += 1;
            u32::from(b)
        };
        assert_eq!((bit(), bit(), bit()), (1, 1, 0), "last block, fixed codes");
        let mut out = Vec::new();
        loop {
            let mut code = 0;
            let mut symbol = None;
            for length in 1..=9 {
                code = code << 1 | bit();
                symbol = match (length, code) {
                    (7, 0..0x18) => Some(code + 256),
                    (8, 0x30..0xC0) => Some(code - 0x30),
                    (8, 0xC0..0xC8) => Some(code - 0xC0 + 280),
                    (9, 0x190..) => Some(code - 0x190 + 144),
                    _ => None,
                };
                if symbol.is_some() {
                    break;
                }
            }
            match symbol.expect("a code of at most nine bits") {
                256 => return out,
                literal @ 0..256 => out.push(literal as u8),
                length => {
                    // The RFC's table of section 3.2.5, as it stands there.
                    let (extra, first) = [
                        (0, 3),
                        (0, 4),
                        (0, 5),
                        (0, 6),
                        (0, 7),
                        (0, 8),
                        (0, 9),
                        (0, 10),
                        (1, 11),
                        (1, 13),
                        (1, 15),
                        (1, 17),
                        (2, 19),
                        (2, 23),
                        (2, 27),
                        (2, 31),
                        (3, 35),
                        (3, 43),
                        (3, 51),
                        (3, 59),
                        (4, 67),
                        (4, 83),
                        (4, 99),
                        (4, 115),
                        (5, 131),
                        (5, 163),
                        (5, 195),
                        (5, 227),
                        (0, 258),
                    ][length as usize - 257];
                    let more: u32 = (0..extra).map(|i| bit() << i).sum();
                    assert_eq!((0..5).map(|_| bit()).sum::<u32>(), 0, "one byte back");
                    let byte = *out.last().unwrap();
                    (0..first + more).for_each(|_| out.push(byte));
                }
            }
        }
    }

    /// zlib's own bytes for the same data, with its fixed codes. (Of a run it copies one byte less.)
    #[test]
    fn literals_are_coded_as_zlib_does() {
        assert_eq!(deflate(b"abc"), [0x4B, 0x4C, 0x4A, 0x06, 0x00]);
    }

    #[test]
    fn every_length_of_a_run_comes_back() {
        for n in 0..600 {
            assert_eq!(inflate(&deflate(&vec![7; n])), vec![7; n], "{n}");
        }
        assert!(deflate(&[0; 100_000]).len() < 800);
    }

    proptest! {
        #[test]
        fn any_data_comes_back(data in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..300)) {
            prop_assert_eq!(inflate(&deflate(&data)), data);
        }
    }
}
