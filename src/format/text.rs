//! RON as people write it here: `Some(...)` may be left out, and so may the second pair of brackets of a variant that
//! holds one struct.

use ron::extensions::Extensions;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// Reads a value.
///
/// # Errors
/// A clause with line and column.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    options().from_str(text).map_err(|e| e.to_string())
}

/// Writes a value as [`read`] reads it, small structs on one line.
///
/// # Errors
/// A clause; only values that RON cannot say.
pub fn write<T: Serialize>(value: &T) -> Result<String, String> {
    let pretty = ron::ser::PrettyConfig::new();
    options()
        .to_string_pretty(value, pretty)
        .map_err(|e| e.to_string())
}
