//! NumPy's `.npy`: the tables a prepared data set is made of, and the arrays other systems leave behind.
//!
//! Written are plain tables of whole numbers, in the narrowest type that holds them. Read are whole numbers,
//! truth values and fractions without a fraction, of any width and either byte order, and the pickled
//! object arrays (lists of arrays or of paths) that smdiff caches its data in; see [`pickle`].

mod header;
mod pickle;

use super::error::FormatError;
pub use header::{HEADER_BYTES, Kind};

/// Bytes of the largest array that is read into memory.
const LIMIT: usize = 4 << 30;

/// A dense array of whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Array {
    /// Sizes, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<i32>,
}

/// One element of an object array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    Array(Array),
    Text(String),
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Npy {
    Array(Array),
    Objects(Vec<Object>),
}

/// Integers a table is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    U8,
    U16,
    I32,
    I64,
}

impl Width {
    /// The narrowest type for the ids 0 to `size` - 1.
    pub fn for_size(size: usize) -> Width {
        match size {
            0..=0x100 => Width::U8,
            0x101..=0x1_0000 => Width::U16,
            _ => Width::I32,
        }
    }

    /// Bytes a number.
    pub fn bytes(self) -> usize {
        match self {
            Width::U8 => 1,
            Width::U16 => 2,
            Width::I32 => 4,
            Width::I64 => 8,
        }
    }

    fn descr(self) -> &'static str {
        match self {
            Width::U8 => "|u1",
            Width::U16 => "<u2",
            Width::I32 => "<i4",
            Width::I64 => "<i8",
        }
    }

    /// Numbers from bytes; a rest that is none is left out.
    pub fn get(self, bytes: &[u8]) -> Vec<i32> {
        let chunks = bytes.chunks_exact(self.bytes());
        match self {
            Width::U8 => bytes.iter().map(|&b| b.into()).collect(),
            Width::U16 => chunks
                .map(|b| u16::from_le_bytes([b[0], b[1]]).into())
                .collect(),
            Width::I32 => chunks
                .map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
            Width::I64 => chunks
                .map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
        }
    }

    /// Appends numbers as bytes. Numbers that do not fit are cut: the caller knows its range.
    pub fn put(self, values: &[i32], bytes: &mut Vec<u8>) {
        match self {
            Width::U8 => bytes.extend(values.iter().map(|&v| v as u8)),
            Width::U16 => bytes.extend(values.iter().flat_map(|&v| (v as u16).to_le_bytes())),
            Width::I32 => bytes.extend(values.iter().flat_map(|&v| v.to_le_bytes())),
            Width::I64 => bytes.extend(values.iter().flat_map(|&v| i64::from(v).to_le_bytes())),
        }
    }
}

/// The first [`HEADER_BYTES`] bytes of a file with an array of that shape. Always the same number of them, so
/// that a file can be filled first and its header written when the size is known.
pub fn header(width: Width, shape: &[usize]) -> Vec<u8> {
    header::write(width.descr(), shape)
}

/// A table as `.npy`: `values` row-major, `columns` a row.
pub fn write(values: &[i32], columns: usize, width: Width) -> Vec<u8> {
    let mut bytes = header(width, &[values.len() / columns.max(1), columns]);
    width.put(values, &mut bytes);
    bytes
}

/// Offsets (or any long list) as a `.npy` of one dimension.
pub fn write_list(values: &[i64]) -> Vec<u8> {
    let mut bytes = header(Width::I64, &[values.len()]);
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// Reads what a `.npy` holds. `name` stands in the error.
///
/// # Errors
/// When the bytes are no `.npy`, are cut off, or hold something else than whole numbers, arrays of them, or
/// texts.
pub fn read(bytes: &[u8], name: &str) -> Result<Npy, FormatError> {
    parse(bytes).map_err(|problem| FormatError::Content {
        what: name.to_owned(),
        problem,
    })
}

/// Reads a table of two dimensions; returns the values and the number of columns.
///
/// # Errors
/// As [`read`], and when the array has another number of dimensions.
pub fn read_table(bytes: &[u8], name: &str) -> Result<(Vec<i32>, usize), FormatError> {
    match read(bytes, name)? {
        Npy::Array(Array { shape, values }) if shape.len() == 2 => Ok((values, shape[1])),
        _ => Err(FormatError::Content {
            what: name.to_owned(),
            problem: "it is not a table of rows and columns".into(),
        }),
    }
}

fn parse(bytes: &[u8]) -> Result<Npy, String> {
    let (header, data) = header::read(bytes)?;
    if header.fortran && header.shape.len() > 1 {
        return Err(
            "its columns come first (Fortran order); save it with numpy.ascontiguousarray".into(),
        );
    }
    if header.kind == Kind::Object {
        return pickle::read(data).map(Npy::Objects);
    }
    let count = count(&header.shape)?;
    if let Kind::Text { big, length } = header.kind {
        let texts = pickle::texts(data, count, length, big)?;
        return Ok(Npy::Objects(texts.into_iter().map(Object::Text).collect()));
    }
    let values = header.kind.values(data, count)?;
    Ok(Npy::Array(Array {
        shape: header.shape,
        values,
    }))
}

/// Elements of a shape, within reason.
fn count(shape: &[usize]) -> Result<usize, String> {
    shape
        .iter()
        .try_fold(1usize, |n, &s| n.checked_mul(s))
        .filter(|n| *n <= LIMIT)
        .ok_or_else(|| "its size is beyond reason".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Found by fuzzing: 56 million texts of nothing in a file of 128 bytes.
    #[test]
    fn texts_without_length_are_refused() {
        let of = |shape: &str| {
            let text =
                format!("{{'descr': '<U0', 'fortran_order': False, 'shape': ({shape},), }}\n");
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            read(&bytes, "x").map_err(|e| e.to_string())
        };
        let why = of("56547441").unwrap_err();
        assert!(why.contains("no length"), "{why}");
        assert!(matches!(of("0"), Ok(Npy::Objects(o)) if o.is_empty()));
    }

    #[test]
    fn a_table_comes_back_and_begins_where_numpy_wants_it() {
        for width in [Width::U8, Width::U16, Width::I32, Width::I64] {
            let values: Vec<i32> = (0..12).map(|v| v * 21).collect();
            let bytes = write(&values, 3, width);
            assert_eq!(bytes.len(), HEADER_BYTES + 12 * width.bytes());
            assert_eq!(width.get(&bytes[HEADER_BYTES..]), values);
            assert_eq!(read_table(&bytes, "x").unwrap(), (values, 3));
        }
        assert_eq!(HEADER_BYTES % 64, 0);
    }

    #[test]
    fn the_narrowest_type_holds_every_id() {
        for (size, width) in [
            (256, Width::U8),
            (257, Width::U16),
            (65_536, Width::U16),
            (65_537, Width::I32),
        ] {
            assert_eq!(Width::for_size(size), width);
            let ids = [size as i32 - 1];
            assert_eq!(read_table(&write(&ids, 1, width), "x").unwrap().0, ids);
        }
    }

    #[test]
    fn a_list_keeps_its_single_dimension() {
        let bytes = write_list(&[0, 7, 9]);
        let Npy::Array(a) = read(&bytes, "x").unwrap() else {
            panic!("a list is an array")
        };
        assert_eq!((a.shape, a.values), (vec![3], vec![0, 7, 9]));
    }

    #[test]
    fn every_number_of_numpy_is_understood_or_refused() {
        let file = |descr: &str, data: &[u8]| {
            let mut bytes = header::write(descr, &[1]);
            bytes.extend(data);
            read(&bytes, "x")
        };
        let one = |descr: &str, data: &[u8]| match file(descr, data) {
            Ok(Npy::Array(a)) => Some(a.values[0]),
            _ => None,
        };
        assert_eq!(one("|b1", &[1]), Some(1));
        assert_eq!(one("|i1", &[0xFF]), Some(-1));
        assert_eq!(one(">i2", &[1, 2]), Some(258));
        assert_eq!(one("<u4", &[1, 0, 0, 0]), Some(1));
        assert_eq!(one("<u4", &[255; 4]), None, "beyond what an id can be");
        assert_eq!(one("<i8", &(-5i64).to_le_bytes()), Some(-5));
        assert_eq!(one("<f4", &3f32.to_le_bytes()), Some(3));
        assert_eq!(
            one("<f8", &0.5f64.to_le_bytes()),
            None,
            "a fraction is no id"
        );
        assert_eq!(one("<c8", &[0; 8]), None);
    }

    #[test]
    fn damage_is_refused() {
        let bytes = write(&[1, 2, 3, 4], 2, Width::I32);
        for n in 0..bytes.len() {
            assert!(read(&bytes[..n], "x").is_err());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(
            head in prop::sample::select(vec![0usize, 8, 40, 128]),
            noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut bytes = header::write("|O", &[2]);
            bytes.truncate(head);
            bytes.extend(noise);
            let _ = read(&bytes, "x");
        }
    }
}
