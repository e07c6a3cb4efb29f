//! Which names a configuration type knows, learnt from the type itself, and which of them is nearest to a wrong one.

use super::tree::join;
use serde::Deserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::cell::RefCell;
use std::collections::HashMap;

/// Rounds of reading a type; each takes another variant of every enum, so this bounds how many variants are seen.
const ROUNDS: usize = 48;
/// Deepest nesting that is looked into, for types that hold themselves.
const DEEPEST: usize = 12;

/// Every path of `T`, such as `optimiser.learning_rate`, in the order of its declaration; groups stand before what is
/// in them.
///
/// Serde hands the names of fields and variants to whoever deserialises, so `T` is read from made-up values and the
/// names are taken down. A type that refuses the made-up values shows fewer paths; nothing else depends on them than
/// what is suggested to a user.
pub fn known<T: DeserializeOwned>() -> Vec<String> {
    let notes = RefCell::new(Notes::default());
    for _ in 0..ROUNDS {
        let probe = Probe {
            path: String::new(),
            depth: 0,
            notes: &notes,
        };
        // What is refused half way has still shown its names.
        let _ = T::deserialize(probe);
    }
    notes.into_inner().paths
}

/// The candidate with the fewest letters changed, added, left out or swapped; `None` where none is near.
pub(super) fn nearest<'a>(
    wrong: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).clamp(1, 3);
    candidates
        .map(|name| (distance(wrong, name), name))
        .filter(|(d, _)| *d <= most)
        .min_by_key(|(d, _)| *d)
        .map(|(_, name)| name)
}

/// Edit distance with neighbours swapped counting once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let other = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + other);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[derive(Default)]
struct Notes {
    paths: Vec<String>,
    /// How often the enum at a path was met.
    met: HashMap<String, usize>,
}

/// Says "yes, and it is 1" to whatever a type asks for.
struct Probe<'a> {
    path: String,
    depth: usize,
    notes: &'a RefCell<Notes>,
}

impl<'a> Probe<'a> {
    fn inside(&self, name: &str) -> Probe<'a> {
        Probe {
            path: join(&self.path, name),
            ..self.same()
        }
    }

    fn same(&self) -> Probe<'a> {
        Probe {
            path: self.path.clone(),
            depth: self.depth + 1,
            notes: self.notes,
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.depth > DEEPEST {
            return Err(de::Error::custom("too deep"));
        }
        Ok(())
    }
}

macro_rules! ones {
    ($($method:ident $visit:ident $value:expr),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    ones!(
        deserialize_bool visit_bool true, deserialize_char visit_char 'a',
        deserialize_i8 visit_i8 1, deserialize_i16 visit_i16 1, deserialize_i32 visit_i32 1,
        deserialize_i64 visit_i64 1, deserialize_i128 visit_i128 1,
        deserialize_u8 visit_u8 1, deserialize_u16 visit_u16 1, deserialize_u32 visit_u32 1,
        deserialize_u64 visit_u64 1, deserialize_u128 visit_u128 1,
        deserialize_f32 visit_f32 1.0, deserialize_f64 visit_f64 1.0,
        deserialize_str visit_str "a", deserialize_string visit_str "a",
        deserialize_bytes visit_bytes b"", deserialize_byte_buf visit_bytes b"",
        deserialize_any visit_u64 1, deserialize_identifier visit_str "a",
    );

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.check()?;
        visitor.visit_some(self.same())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    // Lists and maps have no names of their own; an empty one satisfies most types.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Sames {
            probe: self,
            left: 0,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Names {
            probe: self,
            names: [].iter(),
            name: "",
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Sames {
            probe: self,
            left: length,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.check()?;
        visitor.visit_map(Names {
            probe: self,
            names: fields.iter(),
            name: "",
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.check()?;
        let turn = {
            let mut notes = self.notes.borrow_mut();
            let met = notes.met.entry(self.path.clone()).or_default();
            *met += 1;
            *met - 1
        };
        let name = variants
            .get(turn % variants.len().max(1))
            .ok_or_else(|| <Error as de::Error>::custom("an enum without variants"))?;
        visitor.visit_enum(Chosen { probe: self, name })
    }
}

struct Sames<'a> {
    probe: Probe<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Sames<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        // What lies in a tuple is replaced whole and has no path.
        let apart = RefCell::new(Notes::default());
        let probe = Probe {
            notes: &apart,
            path: String::new(),
            depth: self.probe.depth + 1,
        };
        seed.deserialize(probe).map(Some)
    }
}

struct Names<'a> {
    probe: Probe<'a>,
    names: std::slice::Iter<'static, &'static str>,
    name: &'static str,
}

impl<'de> MapAccess<'de> for Names<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.names.next() else {
            return Ok(None);
        };
        self.name = name;
        let path = join(&self.probe.path, name);
        let mut notes = self.probe.notes.borrow_mut();
        if !notes.paths.contains(&path) {
            // New names of a later variant stand after what is in the same group already.
            notes.paths.push(path);
        }
        drop(notes);
        let key: StrDeserializer<'_, Error> = name.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.probe.inside(self.name))
    }
}

struct Chosen<'a> {
    probe: Probe<'a>,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.probe.same())
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.probe.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_slips() {
        for (a, b, d) in [
            ("", "", 0),
            ("rate", "rate", 0),
            ("raet", "rate", 1),
            ("optimizer", "optimiser", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(a, b), d, "{a} {b}");
            assert_eq!(distance(b, a), d, "{b} {a}");
        }
    }

    #[test]
    fn a_short_name_is_near_to_few() {
        let near = |wrong| nearest(wrong, ["id", "seed", "steps", "learning_rate"].into_iter());
        assert_eq!(near("sede"), Some("seed"));
        assert_eq!(near("lr"), None);
        assert_eq!(near("step"), Some("steps"));
        assert_eq!(near("learnig_rat"), Some("learning_rate"));
    }
}
