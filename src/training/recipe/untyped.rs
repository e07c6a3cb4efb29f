//! From a typed configuration to a tree: a serde serialiser that writes what `ron` would.

use super::{Layer, Node, Origin, RecipeError, Value};
use serde::ser::{self, Serialize};
use std::fmt;

/// The tree of a value; every origin is "default".
pub(super) fn tree(value: &impl Serialize) -> Result<Node, RecipeError> {
    value.serialize(Writer).map_err(|e| RecipeError::Print(e.0))
}

fn node(value: Value) -> Node {
    Node::new(value, Origin::new(Layer::Default, ""))
}

fn name(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[derive(Debug)]
pub(super) struct Unwritable(String);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Unwritable(why.to_string())
    }
}

struct Writer;

/// Gathers the parts of a composite value; `close` makes the value of them.
struct Parts<P> {
    name: Option<String>,
    parts: Vec<P>,
    close: fn(Option<String>, Vec<P>) -> Value,
}

impl<P> Parts<P> {
    fn end(self) -> Node {
        node((self.close)(self.name, self.parts))
    }
}

fn list(_: Option<String>, items: Vec<Node>) -> Value {
    Value::List(items)
}

/// A group, which `ron` writes as `()` where it is empty.
fn group(name: Option<String>, fields: Vec<(String, Node)>) -> Value {
    if fields.is_empty() {
        Value::Tuple(name, Vec::new())
    } else {
        Value::Group(name, fields)
    }
}

fn real(text: String) -> Node {
    node(Value::Number(text))
}

macro_rules! numbers {
    ($($method:ident $t:ty),*) => {$(
        fn $method(self, v: $t) -> Result<Node, Unwritable> {
            Ok(node(Value::Number(v.to_string())))
        }
    )*};
}

impl ser::Serializer for Writer {
    type Ok = Node;
    type Error = Unwritable;
    type SerializeSeq = Parts<Node>;
    type SerializeTuple = Parts<Node>;
    type SerializeTupleStruct = Parts<Node>;
    type SerializeTupleVariant = Parts<Node>;
    type SerializeMap = Parts<(Node, Node)>;
    type SerializeStruct = Parts<(String, Node)>;
    type SerializeStructVariant = Parts<(String, Node)>;

    numbers!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64
    );

    fn serialize_bool(self, v: bool) -> Result<Node, Unwritable> {
        Ok(node(Value::Bool(v)))
    }

    // `{:?}` keeps the point of whole numbers and the exponent of small ones, and reads back to the same bits.
    fn serialize_f32(self, v: f32) -> Result<Node, Unwritable> {
        Ok(real(format!("{v:?}")))
    }

    fn serialize_f64(self, v: f64) -> Result<Node, Unwritable> {
        Ok(real(format!("{v:?}")))
    }

    fn serialize_char(self, v: char) -> Result<Node, Unwritable> {
        Ok(node(Value::Char(v)))
    }

    fn serialize_str(self, v: &str) -> Result<Node, Unwritable> {
        Ok(node(Value::Text(v.to_owned())))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Node, Unwritable> {
        Err(Unwritable("a recipe holds no raw bytes".into()))
    }

    fn serialize_none(self) -> Result<Node, Unwritable> {
        Ok(node(Value::Name("None".into())))
    }

    fn serialize_some<T: ?Sized + Serialize>(self, v: &T) -> Result<Node, Unwritable> {
        Ok(node(Value::tuple(name("Some"), vec![v.serialize(Writer)?])))
    }

    fn serialize_unit(self) -> Result<Node, Unwritable> {
        Ok(node(Value::Tuple(None, Vec::new())))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, Unwritable> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Node, Unwritable> {
        Ok(node(Value::Name(variant.to_owned())))
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<Node, Unwritable> {
        Ok(node(Value::Tuple(None, vec![v.serialize(Writer)?])))
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        v: &T,
    ) -> Result<Node, Unwritable> {
        let items = vec![v.serialize(Writer)?];
        Ok(node(Value::tuple(name(variant), items)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<Node>, Unwritable> {
        Ok(Parts {
            name: None,
            parts: Vec::new(),
            close: list,
        })
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<Node>, Unwritable> {
        Ok(Parts {
            name: None,
            parts: Vec::new(),
            close: Value::Tuple,
        })
    }

    fn serialize_tuple_struct(self, _: &'static str, n: usize) -> Result<Parts<Node>, Unwritable> {
        self.serialize_tuple(n)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<Node>, Unwritable> {
        Ok(Parts {
            name: name(variant),
            parts: Vec::new(),
            close: Value::Tuple,
        })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<(Node, Node)>, Unwritable> {
        Ok(Parts {
            name: None,
            parts: Vec::new(),
            close: |_, entries| Value::Map(entries),
        })
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<(String, Node)>, Unwritable> {
        Ok(Parts {
            name: None,
            parts: Vec::new(),
            close: group,
        })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<(String, Node)>, Unwritable> {
        Ok(Parts {
            name: name(variant),
            parts: Vec::new(),
            close: group,
        })
    }
}

macro_rules! items {
    ($($part:ident $method:ident),*) => {$(
        impl ser::$part for Parts<Node> {
            type Ok = Node;
            type Error = Unwritable;
            fn $method<T: ?Sized + Serialize>(&mut self, v: &T) -> Result<(), Unwritable> {
                self.parts.push(v.serialize(Writer)?);
                Ok(())
            }
            fn end(self) -> Result<Node, Unwritable> {
                Ok(Parts::end(self))
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($part:ident),*) => {$(
        impl ser::$part for Parts<(String, Node)> {
            type Ok = Node;
            type Error = Unwritable;
            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                key: &'static str,
                v: &T,
            ) -> Result<(), Unwritable> {
                self.parts.push((key.to_owned(), v.serialize(Writer)?));
                Ok(())
            }
            fn end(self) -> Result<Node, Unwritable> {
                Ok(Parts::end(self))
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Parts<(Node, Node)> {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Unwritable> {
        let key = key.serialize(Writer)?;
        self.parts.push((key, node(Value::Name("None".into()))));
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, v: &T) -> Result<(), Unwritable> {
        let v = v.serialize(Writer)?;
        if let Some((_, value)) = self.parts.last_mut() {
            *value = v;
        }
        Ok(())
    }

    fn end(self) -> Result<Node, Unwritable> {
        Ok(Parts::end(self))
    }
}
