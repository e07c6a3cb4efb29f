//! Values before their type is known, each with the place it came from.

use super::Origin;

/// A value and where it came from. Equality looks at the value alone.
#[derive(Clone, Debug)]
pub struct Node {
    pub value: Value,
    pub origin: Origin,
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.value == other.value
    }
}

/// What RON can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    /// As it was written, so that no digit is lost and `1.2e-3` is printed as such.
    Number(String),
    Text(String),
    Char(char),
    /// A bare name: a variant without fields, `None`.
    Name(String),
    /// `[1, 2]`
    List(Vec<Node>),
    /// `(1, 2)`, `Name(1, 2)`, `Some(1)`; without name and items it is `()`. See [`Value::tuple`].
    Tuple(Option<String>, Vec<Node>),
    /// `(a: 1)` or `Name(a: 1)`.
    Group(Option<String>, Vec<(String, Node)>),
    /// `{"a": 1}`
    Map(Vec<(Node, Node)>),
    /// A single word of the command line. Whether `12` or `pop` is text, a number or a variant is for the field to
    /// say: `read` is what it is as RON, if it is any.
    Word {
        text: String,
        read: Option<Box<Node>>,
    },
}

impl Value {
    /// A tuple, or what stands in its brackets where a name is around one group or tuple alone: `Name((a: 1))` and
    /// `Name(a: 1)` mean the same and are one here, the second form. It is the one that `format::text` reads and writes.
    pub(super) fn tuple(name: Option<String>, mut items: Vec<Node>) -> Value {
        if name.is_none() || items.len() != 1 {
            return Value::Tuple(name, items);
        }
        match items.pop().map(|n| (n.value, n.origin)) {
            Some((Value::Group(None, fields), _)) => Value::Group(name, fields),
            Some((Value::Tuple(None, inner), _)) => Value::Tuple(name, inner),
            other => Value::Tuple(
                name,
                other.into_iter().map(|(v, o)| Node::new(v, o)).collect(),
            ),
        }
    }

    /// Whether this is `()`, a group or tuple with nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Tuple(None, items) => items.is_empty(),
            Value::Group(None, fields) => fields.is_empty(),
            _ => false,
        }
    }

    /// Whether other values lie in this one.
    pub fn is_composite(&self) -> bool {
        matches!(
            self,
            Value::List(_) | Value::Tuple(..) | Value::Group(..) | Value::Map(_)
        )
    }

    /// In words, for messages: `the number 3`, `a list of 2 values`.
    pub fn describe(&self) -> String {
        let of = |n: usize, one: &str, more: &str| match n {
            1 => format!("one {one}"),
            n => format!("{n} {more}"),
        };
        match self {
            Value::Bool(b) => b.to_string(),
            Value::Number(text) => format!("the number {text}"),
            Value::Text(text) => format!("the text \"{}\"", short(text)),
            Value::Char(c) => format!("the letter '{c}'"),
            Value::Name(name) => format!("the name {name}"),
            Value::List(items) => format!("a list of {}", of(items.len(), "value", "values")),
            Value::Tuple(None, items) if items.is_empty() => "()".into(),
            Value::Tuple(None, items) => {
                format!("a tuple of {}", of(items.len(), "value", "values"))
            }
            Value::Tuple(Some(name), items) => {
                format!("{name}(..) of {}", of(items.len(), "value", "values"))
            }
            Value::Group(None, fields) => match fields.first() {
                Some((name, _)) if fields.len() == 1 => format!("a group with the field `{name}`"),
                _ => format!("a group of {}", of(fields.len(), "field", "fields")),
            },
            Value::Group(Some(name), fields) => {
                format!("{name}(..) of {}", of(fields.len(), "field", "fields"))
            }
            Value::Map(entries) => format!("a map of {}", of(entries.len(), "entry", "entries")),
            Value::Word { text, read } => match read.as_ref().map(|n| &n.value) {
                Some(value) => value.describe(),
                None => format!("the word '{}'", short(text)),
            },
        }
    }
}

/// The beginning of a text, for messages of bounded length.
fn short(text: &str) -> String {
    let mut s: String = text.chars().take(40).collect();
    if s.len() < text.len() {
        s.push('…');
    }
    s
}

impl Node {
    pub fn new(value: Value, origin: Origin) -> Node {
        Node { value, origin }
    }

    /// The field `name`, looked for through `Some(..)` and other names around a single value.
    pub fn field(&self, name: &str) -> Option<&Node> {
        match &self.value {
            Value::Group(_, fields) => fields.iter().find(|(k, _)| k == name).map(|(_, v)| v),
            Value::Map(entries) => entries
                .iter()
                .find(|(k, _)| k.text() == Some(name))
                .map(|(_, v)| v),
            Value::Tuple(Some(_), items) if items.len() == 1 => items[0].field(name),
            _ => None,
        }
    }

    /// The value as text, where it is text or a bare word.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Name(text) => Some(text),
            Value::Word { text, read } => match read.as_ref().map(|n| &n.value) {
                Some(Value::Text(quoted)) => Some(quoted),
                _ => Some(text),
            },
            _ => None,
        }
    }

    /// Every value that holds no others, with its path in dots, as RON; lists, tuples and maps count as one value, and
    /// the name of a variant stands at the path of its fields.
    pub fn leaves(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.gather("", &mut found);
        found
    }

    fn gather(&self, path: &str, found: &mut Vec<(String, String)>) {
        match &self.value {
            Value::Group(name, fields) => {
                if let Some(name) = name.as_ref().filter(|n| *n != "Some" && !path.is_empty()) {
                    found.push((path.to_owned(), name.clone()));
                }
                for (name, node) in fields {
                    node.gather(&join(path, name), found);
                }
            }
            Value::Tuple(Some(name), items) if name == "Some" && items.len() == 1 => {
                items[0].gather(path, found);
            }
            _ => found.push((path.to_owned(), super::print::one_line(self))),
        }
    }
}

/// `a.b` and `c` as `a.b.c`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
