//! The header of a `.npy`: a Python dictionary that says type, order and shape.

const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes before the data in the files we write: room for shapes of any size, a multiple of 64 as the format
/// wants.
pub const HEADER_BYTES: usize = 128;

/// What the elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Signed {
        bytes: usize,
        big: bool,
    },
    Unsigned {
        bytes: usize,
        big: bool,
    },
    Float {
        bytes: usize,
        big: bool,
    },
    /// So many characters of four bytes.
    Text {
        length: usize,
        big: bool,
    },
    /// Pickled.
    Object,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: Kind,
    pub fortran: bool,
    pub shape: Vec<usize>,
}

/// A header of version 1.0 for a C-ordered array.
pub(super) fn write(descr: &str, shape: &[usize]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|s| format!("{s}, ")).collect();
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}");
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    // Shapes of more than a few dimensions would need more room; none of ours has.
    let length = (HEADER_BYTES - bytes.len() - 2).max(text.len() + 1);
    bytes.extend((length as u16).to_le_bytes());
    text.push_str(&" ".repeat(length - 1 - text.len()));
    bytes.extend(text.as_bytes());
    bytes.push(b'\n');
    bytes
}

/// The header, and the data behind it.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, &[u8]), String> {
    let cut = || "the header is cut off".to_owned();
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("it is not a NumPy array (.npy)")?;
    let (&[major, _], rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (length, rest) = match major {
        1 => {
            let (n, rest) = rest.split_first_chunk().ok_or_else(cut)?;
            (u16::from_le_bytes(*n) as usize, rest)
        }
        2 | 3 => {
            let (n, rest) = rest.split_first_chunk().ok_or_else(cut)?;
            (u32::from_le_bytes(*n) as usize, rest)
        }
        _ => return Err(format!("version {major} of the .npy format is not known")),
    };
    let (text, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let text = String::from_utf8_lossy(text);
    let value = |key: &str| {
        let (_, rest) = text.split_once(&format!("'{key}':"))?;
        Some(rest.trim_start())
    };
    let descr = value("descr").ok_or("its header names no type")?;
    let descr = descr
        .strip_prefix('\'')
        .and_then(|d| d.split_once('\''))
        .map(|d| d.0)
        .ok_or("its elements are records, which nothing here writes")?;
    let shape = value("shape")
        .and_then(|s| s.strip_prefix('('))
        .and_then(|s| s.split_once(')'))
        .ok_or("its header names no shape")?
        .0;
    let shape: Option<Vec<usize>> = shape
        .split(',')
        .map(|s| s.trim().trim_end_matches('L'))
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().ok())
        .collect();
    let header = Header {
        kind: Kind::parse(descr).ok_or_else(|| {
            format!("its elements have the type {descr:?}; whole numbers are wanted")
        })?,
        fortran: value("fortran_order").is_some_and(|f| f.starts_with("True")),
        shape: shape.ok_or("its shape cannot be read")?,
    };
    Ok((header, data))
}

impl Kind {
    /// The type NumPy calls `descr`, such as `<i4`.
    pub(super) fn parse(descr: &str) -> Option<Kind> {
        let mut letters = descr.chars();
        let first = letters.next()?;
        let (big, letter) = match first {
            '<' | '|' | '=' => (false, letters.next()?),
            '>' => (true, letters.next()?),
            other => (false, other),
        };
        let size = letters.as_str();
        if letter == 'O' {
            return Some(Kind::Object);
        }
        let size: usize = size.parse().ok()?;
        match (letter, size) {
            ('b', 1) => Some(Kind::Bool),
            ('i', 1 | 2 | 4 | 8) => Some(Kind::Signed { bytes: size, big }),
            ('u', 1 | 2 | 4 | 8) => Some(Kind::Unsigned { bytes: size, big }),
            ('f', 4 | 8) => Some(Kind::Float { bytes: size, big }),
            ('U', n) if n < 1 << 20 => Some(Kind::Text { length: n, big }),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Kind::Bool => 1,
            Kind::Signed { bytes, .. }
            | Kind::Unsigned { bytes, .. }
            | Kind::Float { bytes, .. } => bytes,
            Kind::Text { length, .. } => 4 * length,
            Kind::Object => 0,
        }
    }

    /// `count` elements as whole numbers.
    pub(super) fn values(self, data: &[u8], count: usize) -> Result<Vec<i32>, String> {
        let size = self.bytes();
        if size == 0 || count.checked_mul(size) != Some(data.len()) {
            return Err("the data is cut off, or there is more than the header says".into());
        }
        let mut values = Vec::with_capacity(count);
        for element in data.chunks_exact(size) {
            let value = self.value(element);
            values.push(value.ok_or_else(|| {
                format!(
                    "element {} is no whole number that could be an id",
                    values.len()
                )
            })?);
        }
        Ok(values)
    }

    fn value(self, element: &[u8]) -> Option<i32> {
        let bits = |big: bool| {
            element.iter().enumerate().fold(0u64, |bits, (i, &b)| {
                let place = if big { element.len() - 1 - i } else { i };
                bits | u64::from(b) << (8 * place)
            })
        };
        match self {
            Kind::Bool => Some(i32::from(element != [0])),
            Kind::Unsigned { big, .. } => i32::try_from(bits(big)).ok(),
            Kind::Signed { bytes, big } => {
                let unused = 64 - 8 * bytes as u32;
                i32::try_from((bits(big) << unused) as i64 >> unused).ok()
            }
            Kind::Float { bytes, big } => {
                let x = if bytes == 4 {
                    f64::from(f32::from_bits(bits(big) as u32))
                } else {
                    f64::from_bits(bits(big))
                };
                (x.fract() == 0.0 && x.abs() < 2e9).then_some(x as i32)
            }
            Kind::Text { .. } | Kind::Object => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_every_version_are_read() {
        let text = b"{'descr': '<i8', 'fortran_order': True, 'shape': (3,), }\n";
        for major in [1u8, 2, 3] {
            let mut bytes = MAGIC.to_vec();
            bytes.extend([major, 0]);
            match major {
                1 => bytes.extend((text.len() as u16).to_le_bytes()),
                _ => bytes.extend((text.len() as u32).to_le_bytes()),
            }
            bytes.extend(text);
            let (header, data) = read(&bytes).unwrap();
            assert_eq!(header.shape, [3]);
            assert!(header.fortran && data.is_empty());
        }
    }

    #[test]
    fn a_header_has_room_for_the_largest_shape() {
        for shape in [vec![], vec![usize::MAX], vec![usize::MAX, usize::MAX]] {
            assert_eq!(write("<i4", &shape).len(), HEADER_BYTES);
        }
    }

    #[test]
    fn records_are_refused_in_words() {
        let bytes = write("<i4', 'x'", &[1]);
        assert!(read(&bytes).is_ok(), "only the first type counts here");
        let mut records = write("<i4", &[1]);
        let at = records.iter().position(|&b| b == b'<').unwrap();
        records[at - 1] = b'[';
        assert!(read(&records).unwrap_err().contains("records"));
    }
}
