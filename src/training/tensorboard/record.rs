//! TFRecord framing: length (8 bytes, little-endian), its masked CRC-32C, the data, the data's masked CRC-32C. TensorFlow
//! describes it in its guide to TFRecord.

use std::io::{self, BufReader, Read};

/// Bytes before the data.
const HEAD: u64 = 12;
/// Bytes after it.
const TAIL: u64 = 4;

/// CRC-32C (Castagnoli), bit-reflected polynomial 0x82F63B78.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0x82F6_3B78 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

fn crc32c(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc, byte| {
        TABLE[usize::from((crc as u8) ^ byte)] ^ (crc >> 8)
    })
}

/// TensorFlow masks the sums so that a record of records keeps distinct ones.
fn masked(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// One record around `data`.
pub(super) fn frame(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + (HEAD + TAIL) as usize);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked(data).to_le_bytes());
    record
}

/// How far the records of a file are whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// Bytes up to the end of the last whole record before any fault.
    pub bytes: u64,
    /// Whether what follows is the beginning of a record, as a kill leaves it. Otherwise what follows is damage in the
    /// middle of a file, behind which whole records may stand.
    pub torn: bool,
}

/// Walks over the records of a file of `size` bytes.
pub(super) fn scan(file: impl Read, size: u64) -> io::Result<Whole> {
    let mut file = BufReader::new(file);
    let mut bytes = 0;
    let mut data = Vec::new();
    loop {
        let left = size - bytes;
        if left < HEAD + TAIL {
            return Ok(Whole { bytes, torn: true });
        }
        let mut head = [0; HEAD as usize];
        file.read_exact(&mut head)?;
        let (length, sum) = head.split_at(8);
        if masked(length).to_le_bytes() != sum {
            return Ok(Whole { bytes, torn: false });
        }
        let length = length
            .iter()
            .rev()
            .fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let Some(end) = length
            .checked_add(HEAD + TAIL)
            .filter(|record| *record <= left)
        else {
            return Ok(Whole { bytes, torn: true });
        };
        data.clear();
        let read = file.by_ref().take(length + TAIL).read_to_end(&mut data)?;
        let (body, sum) = data.split_at(read.saturating_sub(TAIL as usize));
        if masked(body).to_le_bytes() != sum {
            // Blocks of the last record that never reached the disk.
            return Ok(Whole {
                bytes,
                torn: end == left,
            });
        }
        bytes += end;
    }
}

#[cfg(test)]
pub(super) fn records(file: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let length = u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
        found.push(file[at + 12..at + 12 + length].to_vec());
        assert_eq!(frame(found.last().unwrap()), file[at..at + 16 + length]);
        at += 16 + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_rfc_3720_and_of_tensorflow() {
        for (data, plain, mask) in [
            (b"123456789".to_vec(), 0xE306_9283, 0xC78A_B0E5),
            (vec![0; 32], 0x8A91_36AA, 0x0FD7_FFFA),
            (vec![0xFF; 32], 0x62A8_AB43, 0xF909_B029),
        ] {
            assert_eq!(crc32c(&data), plain);
            assert_eq!(masked(&data), mask);
        }
    }

    /// The bytes that TensorBoard's own writer makes of this event.
    #[test]
    fn a_record_is_framed_as_tensorflow_does() {
        let data = [
            0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 0x0D, b'b', b'r', b'a', b'i', b'n', b'.',
            b'E', b'v', b'e', b'n', b't', b':', b'2',
        ];
        let record = frame(&data);
        assert_eq!(
            record[..12],
            [0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22]
        );
        assert_eq!(record[12..36], data);
        assert_eq!(record[36..], [0x2A, 0x28, 0x64, 0x6C]);
    }

    #[test]
    fn every_cut_is_found_torn_at_the_last_whole_record() {
        let file: Vec<u8> = [&b"one"[..], b"", b"three"]
            .into_iter()
            .flat_map(frame)
            .collect();
        let ends = [0, 19, 35, 56];
        for cut in 0..=file.len() {
            let whole = scan(&file[..cut], cut as u64).unwrap();
            let end = *ends.iter().rev().find(|e| **e <= cut).unwrap();
            assert_eq!(
                whole,
                Whole {
                    bytes: end as u64,
                    torn: true
                },
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn damage_in_the_middle_is_no_torn_end() {
        let file: Vec<u8> = [&b"one"[..], b"two", b"three"]
            .into_iter()
            .flat_map(frame)
            .collect();
        for at in 19..38 {
            let mut bad = file.clone();
            bad[at] ^= 1;
            let whole = scan(bad.as_slice(), bad.len() as u64).unwrap();
            assert_eq!(
                whole,
                Whole {
                    bytes: 19,
                    torn: false
                },
                "damaged at {at}"
            );
        }
        let mut bad = file.clone();
        let last = bad.len() - 1;
        bad[last] ^= 1;
        assert!(scan(bad.as_slice(), bad.len() as u64).unwrap().torn);
    }
}
