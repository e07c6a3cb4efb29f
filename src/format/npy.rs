//! NumPy's `.npy` (version 1.0) for tables of 32-bit integers: what the token cache is made of.

use super::error::FormatError;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// A table as `.npy`: `values` row-major, `columns` a row.
pub fn write(values: &[i32], columns: usize) -> Vec<u8> {
    let rows = values.len() / columns.max(1);
    let mut header =
        format!("{{'descr': '<i4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // The format wants the data to begin at a multiple of 64 bytes, after a line end.
    let pad = 63 - (MAGIC.len() + 2 + header.len()) % 64;
    header.push_str(&" ".repeat(pad));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}

/// Reads a table written by [`write`] or by NumPy as a C-ordered 2-D `int32` array; returns the values and
/// the number of columns.
///
/// # Errors
/// When the bytes are something else, or fewer than the header says.
pub fn read(bytes: &[u8], name: &str) -> Result<(Vec<i32>, usize), FormatError> {
    let bad = |why: &str| FormatError::Content {
        what: name.to_owned(),
        problem: format!("{why}; prepare the data again"),
    };
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| bad("not a NumPy file of version 1.0"))?;
    let (length, rest) = rest
        .split_first_chunk::<2>()
        .ok_or_else(|| bad("the header is cut off"))?;
    let (header, data) = rest
        .split_at_checked(u16::from_le_bytes(*length) as usize)
        .ok_or_else(|| bad("the header is cut off"))?;
    let header = String::from_utf8_lossy(header);
    if !header.contains("'<i4'") || header.contains("'fortran_order': True") {
        return Err(bad("not a C-ordered table of 32-bit integers"));
    }
    let shape: Vec<usize> = header
        .split_once("'shape': (")
        .and_then(|(_, s)| s.split_once(')'))
        .map(|(s, _)| s.split(',').filter_map(|n| n.trim().parse().ok()).collect())
        .unwrap_or_default();
    let [rows, columns] = shape[..] else {
        return Err(bad("not a table of two dimensions"));
    };
    if rows.checked_mul(columns).and_then(|n| n.checked_mul(4)) != Some(data.len()) {
        return Err(bad("the data is cut off"));
    }
    let values = data
        .chunks_exact(4)
        .map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    Ok((values, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_and_begins_where_numpy_wants_it() {
        let values: Vec<i32> = (-6..6).collect();
        let bytes = write(&values, 3);
        assert_eq!((bytes.len() - values.len() * 4) % 64, 0);
        assert_eq!(read(&bytes, "x").unwrap(), (values, 3));
    }

    #[test]
    fn damage_is_refused() {
        let bytes = write(&[1, 2, 3, 4], 2);
        for n in 0..bytes.len() {
            assert!(read(&bytes[..n], "x").is_err());
        }
    }
}
