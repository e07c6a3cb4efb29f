//! From a tree to a typed configuration: a serde deserialiser that knows for every value its path and where it came
//! from. The names that may stand in a group or as a variant are those serde hands over with the type, whether or not
//! the type denies unknown fields.

use super::fault::{Fault, What};
use super::known::nearest;
use super::read::{real, whole};
use super::tree::join;
use super::{Layer, Node, Origin, Value};
use serde::Deserializer;
use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::fmt;

/// Reads a tree into a type.
pub(super) fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Fault> {
    T::deserialize(Typed {
        node,
        path: String::new(),
    })
}

struct Typed<'a> {
    node: &'a Node,
    path: String,
}

impl<'a> Typed<'a> {
    /// The value, a word counting as what it reads as.
    fn value(&self) -> &'a Value {
        match &self.node.value {
            Value::Word {
                read: Some(node), ..
            } => &node.value,
            value => value,
        }
    }

    /// Another value at the same path.
    fn inner<'b>(&self, node: &'b Node) -> Typed<'b> {
        Typed {
            node,
            path: self.path.clone(),
        }
    }

    fn wrong(&self, expected: impl Into<String>) -> Fault {
        let what = What::Wrong {
            found: self.node.value.describe(),
            expected: expected.into(),
        };
        Fault::from(what).at(&self.path, &self.node.origin)
    }

    fn placed<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.at(&self.path, &self.node.origin))
    }

    fn items<'de, V: Visitor<'de>>(self, items: &[Node], visitor: V) -> Result<V::Value, Fault> {
        let access = Items {
            items: items.iter(),
            path: &self.path,
            at: 0,
        };
        self.placed(visitor.visit_seq(access))
    }

    /// Fields of a group whose names are known.
    fn fields<'de, V: Visitor<'de>>(
        self,
        fields: &[(String, Node)],
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Some((name, node)) = fields.iter().find(|(k, _)| !known.contains(&k.as_str())) {
            let path = join(&self.path, name);
            return Err(Fault::from(What::Unknown { known }).at(&path, &node.origin));
        }
        self.entries(fields, visitor)
    }

    fn entries<'de, V: Visitor<'de>>(
        self,
        fields: &[(String, Node)],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let access = Fields {
            fields: fields.iter(),
            next: None,
            path: &self.path,
        };
        self.placed(visitor.visit_map(access))
    }
}

macro_rules! wholes {
    ($($method:ident $visit:ident $t:ident $range:expr),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = match self.value() {
                Value::Number(text) => whole(text).and_then(|n| $t::try_from(n).ok()),
                _ => None,
            };
            match number {
                Some(n) => self.placed(visitor.$visit(n)),
                None => Err(self.wrong($range)),
            }
        }
    )*};
}

fn between<T: fmt::Display>(least: T, most: T) -> String {
    format!("a whole number from {least} to {most}")
}

macro_rules! reals {
    ($($method:ident $visit:ident $t:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.value() {
                Value::Number(text) if real::<$t>(text).is_some() => {
                    let number = real::<$t>(text).unwrap_or_default();
                    self.placed(visitor.$visit(number))
                }
                _ => Err(self.wrong("a number")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = Fault;

    wholes!(
        deserialize_i8 visit_i8 i8 between(i8::MIN, i8::MAX),
        deserialize_i16 visit_i16 i16 between(i16::MIN, i16::MAX),
        deserialize_i32 visit_i32 i32 between(i32::MIN, i32::MAX),
        deserialize_i64 visit_i64 i64 "a whole number",
        deserialize_i128 visit_i128 i128 "a whole number",
        deserialize_u8 visit_u8 u8 between(u8::MIN, u8::MAX),
        deserialize_u16 visit_u16 u16 between(u16::MIN, u16::MAX),
        deserialize_u32 visit_u32 u32 between(u32::MIN, u32::MAX),
        deserialize_u64 visit_u64 u64 "a whole number, 0 or more",
        deserialize_u128 visit_u128 u128 "a whole number, 0 or more"
    );

    reals!(deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Bool(b) => self.placed(visitor.visit_bool(*b)),
            Value::Number(text) => match whole(text) {
                Some(n) => match (i64::try_from(n), u64::try_from(n)) {
                    (_, Ok(n)) => self.placed(visitor.visit_u64(n)),
                    (Ok(n), _) => self.placed(visitor.visit_i64(n)),
                    _ => self.placed(visitor.visit_i128(n)),
                },
                None => self.deserialize_f64(visitor),
            },
            Value::Char(c) => self.placed(visitor.visit_char(*c)),
            Value::List(items) => self.items(items, visitor),
            Value::Tuple(None, items) if items.is_empty() => self.placed(visitor.visit_unit()),
            Value::Tuple(Some(name), _) | Value::Group(Some(name), _) if name == "Some" => {
                self.deserialize_option(visitor)
            }
            Value::Tuple(_, items) => self.items(items, visitor),
            Value::Group(_, fields) => self.entries(fields, visitor),
            Value::Map(_) => self.deserialize_map(visitor),
            Value::Name(name) if name == "None" => self.placed(visitor.visit_none()),
            Value::Text(text) | Value::Name(text) | Value::Word { text, .. } => {
                self.placed(visitor.visit_str(text))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Bool(b) => self.placed(visitor.visit_bool(*b)),
            _ => Err(self.wrong("true or false")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut letters = self.node.text().unwrap_or_default().chars();
        let letter = match self.value() {
            Value::Char(c) => Some(*c),
            _ => letters.next().filter(|_| letters.next().is_none()),
        };
        match letter {
            Some(c) => self.placed(visitor.visit_char(c)),
            None => Err(self.wrong("one letter in single quotes")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // Outside a command line a bare name is a variant, never text: `ron` reads it so too.
        let bare = self.node.origin.layer() == Layer::CommandLine;
        match (&self.node.value, self.node.text()) {
            (Value::Name(_), _) if !bare => Err(self.wrong("text in double quotes")),
            (_, Some(text)) => self.placed(visitor.visit_str(text)),
            _ => Err(self.wrong("text in double quotes")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(self.wrong("raw bytes, which a recipe cannot hold,"))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Name(name) if name == "None" => self.placed(visitor.visit_none()),
            Value::Tuple(Some(name), _) | Value::Group(Some(name), _) if name == "Some" => {
                let node = inside(self.node.origin.clone(), self.value());
                self.placed(visitor.visit_some(self.inner(&node)))
            }
            // A value stands for `Some(value)`.
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            value if value.is_empty() => self.placed(visitor.visit_unit()),
            _ => Err(self.wrong("()")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Name(own) if own == name => self.placed(visitor.visit_unit()),
            _ => self.deserialize_unit(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Tuple(own, items)
                if items.len() == 1 && own.as_ref().is_none_or(|own| own == name) =>
            {
                let inner = self.inner(&items[0]);
                self.placed(visitor.visit_newtype_struct(inner))
            }
            // The bare value, so that a word of the command line needs no brackets.
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            Value::List(items) => self.items(items, visitor),
            _ => Err(self.wrong("a list such as [1, 2]")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Tuple(_, items) | Value::List(items) if items.len() == length => {
                self.items(items, visitor)
            }
            _ => {
                let example: Vec<String> = (1..=length.min(3)).map(|n| n.to_string()).collect();
                let more = if length > 3 { ", .." } else { "" };
                let example = example.join(", ");
                Err(self.wrong(format!(
                    "a tuple of {length} values such as ({example}{more})"
                )))
            }
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Map(entries) => {
                let access = Entries {
                    entries: entries.iter(),
                    next: None,
                    path: &self.path,
                };
                self.placed(visitor.visit_map(access))
            }
            // `weights.pitch=2`, and groups read by flattened types.
            Value::Group(_, fields) => self.entries(fields, visitor),
            value if value.is_empty() => self.entries(&[], visitor),
            _ => Err(self.wrong("a map such as {\"a\": 1}")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.value() {
            Value::Group(own, fields) if own.as_ref().is_none_or(|own| own == name) => {
                self.fields(fields, known, visitor)
            }
            Value::Name(own) if own == name => self.fields(&[], known, visitor),
            value if value.is_empty() => self.fields(&[], known, visitor),
            _ => {
                let example = known.first().copied().unwrap_or_default();
                Err(self.wrong(format!("a group of fields such as ({example}: ..)")))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let one_of = || match variants {
            [only] => (*only).to_owned(),
            _ => format!("one of {}", variants.join(", ")),
        };
        let name = match self.value() {
            Value::Name(name) | Value::Tuple(Some(name), _) | Value::Group(Some(name), _) => name,
            Value::Word { text, .. } => text,
            _ => return Err(self.wrong(one_of())),
        };
        if !variants.contains(&name.as_str()) {
            let meant = nearest(name, variants.iter().copied());
            let meant = meant.map(|m| format!(" (`{m}`?)")).unwrap_or_default();
            let what = What::Wrong {
                found: format!("the name {name}"),
                expected: one_of() + &meant,
            };
            return Err(Fault::from(what).at(&self.path, &self.node.origin));
        }
        let (path, origin) = (self.path.clone(), &self.node.origin);
        visitor
            .visit_enum(Variant { name, typed: self })
            .map_err(|fault| fault.at(&path, origin))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.text() {
            Some(text) => self.placed(visitor.visit_str(text)),
            None => Err(self.wrong("a name")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Node>,
    path: &'a str,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.next() else {
            return Ok(None);
        };
        let path = format!("{}[{}]", self.path, self.at);
        self.at += 1;
        seed.deserialize(Typed { node, path }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'a> {
    fields: std::slice::Iter<'a, (String, Node)>,
    next: Option<(&'a str, &'a Node)>,
    path: &'a str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, node)) = self.fields.next() else {
            return Ok(None);
        };
        self.next = Some((name, node));
        let key: StringDeserializer<Fault> = name.clone().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, node) = self
            .next
            .take()
            .ok_or_else(|| <Fault as de::Error>::custom("a value without its name"))?;
        let path = join(self.path, name);
        seed.deserialize(Typed { node, path })
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, (Node, Node)>,
    next: Option<(&'a Node, &'a Node)>,
    path: &'a str,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, node)) = self.entries.next() else {
            return Ok(None);
        };
        self.next = Some((key, node));
        let path = self.path.to_owned();
        seed.deserialize(Typed { node: key, path }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (key, node) = self
            .next
            .take()
            .ok_or_else(|| <Fault as de::Error>::custom("a value without its key"))?;
        let name = key
            .text()
            .map_or_else(|| super::print::one_line(key), str::to_owned);
        let path = join(self.path, &name);
        seed.deserialize(Typed { node, path })
    }
}

/// What a name is around: its one item, its fields or its items; nothing, where the name stands alone.
fn inside(origin: Origin, value: &Value) -> Node {
    match value {
        Value::Tuple(_, items) if items.len() == 1 => items[0].clone(),
        Value::Tuple(_, items) => Node::new(Value::Tuple(None, items.clone()), origin),
        Value::Group(_, fields) => Node::new(Value::Group(None, fields.clone()), origin),
        _ => Node::new(Value::Tuple(None, Vec::new()), origin),
    }
}

struct Variant<'a> {
    name: &'a str,
    typed: Typed<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name: StringDeserializer<Fault> = self.name.to_owned().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.typed.value() {
            Value::Name(_) | Value::Word { .. } => Ok(()),
            Value::Tuple(_, items) if items.is_empty() => Ok(()),
            _ => Err(self
                .typed
                .wrong(format!("{} with nothing in brackets", self.name))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let node = inside(self.typed.node.origin.clone(), self.typed.value());
        seed.deserialize(self.typed.inner(&node))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.typed.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.typed.value() {
            Value::Group(_, fields) => self.typed.fields(fields, known, visitor),
            Value::Name(_) | Value::Word { .. } => self.typed.fields(&[], known, visitor),
            Value::Tuple(_, items) if items.is_empty() => self.typed.fields(&[], known, visitor),
            _ => {
                let example = known.first().copied().unwrap_or_default();
                let name = self.name;
                Err(self
                    .typed
                    .wrong(format!("{name} with fields such as {name}({example}: ..)")))
            }
        }
    }
}
