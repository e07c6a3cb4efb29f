//! Bytes as a NumPy table: what is read is written and read again as the same.
#![no_main]

use lacuna::format::npy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((values, columns)) = npy::read(bytes, "fuzz") {
        let again = npy::read(&npy::write(&values, columns), "fuzz");
        assert_eq!(again.expect("our own table"), (values, columns));
    }
});
