//! Bytes as a NumPy array, pickled ones too: what is read as a table is written and read again as the same.
#![no_main]

use lacuna::format::npy::{self, Npy, Width};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Npy::Array(array)) = npy::read(bytes, "fuzz")
        && let [rows, columns] = array.shape[..]
        && rows * columns > 0
    {
        let again = npy::read_table(&npy::write(&array.values, columns, Width::I32), "fuzz");
        assert_eq!(again.expect("our own table"), (array.values, columns));
    }
});
