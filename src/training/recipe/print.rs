//! A tree as RON to be read by people: a field a line, short values on one.

use super::read::{plain_name, whole};
use super::{Node, Origin, Value};

/// Longest line before a group is spread over several.
const WIDEST: usize = 100;
const INDENT: &str = "    ";

/// The text, with a line break at its end. With `origins`, every line of a value ends in where it came from.
pub(super) fn print(node: &Node, origins: bool) -> String {
    let mut printer = Printer {
        text: String::new(),
        origins,
    };
    match &node.value {
        // The outermost group is always spread.
        Value::Group(name, fields) => printer.spread(name, fields, 0, ""),
        _ => printer.node(node, 0, 0, ""),
    }
    printer.text
}

struct Printer {
    text: String,
    origins: bool,
}

impl Printer {
    /// A value after `used` columns of its line, then `after` and the end of the line.
    fn node(&mut self, node: &Node, depth: usize, used: usize, after: &str) {
        let line = one_line(node);
        let short = used + line.chars().count() + after.len() <= WIDEST;
        let one_origin = !self.origins || origin_of_all(node).is_some();
        if !node.value.is_composite() || (short && one_origin) {
            self.text += &line;
            self.end(after, Some(origin_of_all(node).unwrap_or(&node.origin)));
            return;
        }
        match &node.value {
            Value::Group(name, fields) => self.spread(name, fields, depth, after),
            Value::List(items) => self.items("[", items, "]", depth, after),
            Value::Tuple(name, items) => {
                let open = format!("{}(", name.as_deref().unwrap_or_default());
                // A variant around one value adds no depth of its own.
                if let (Some(_), [item]) = (name, items.as_slice()) {
                    self.text += &open;
                    let used = used + open.chars().count();
                    self.node(item, depth, used, &format!("){after}"));
                } else {
                    self.items(&open, items, ")", depth, after);
                }
            }
            Value::Map(entries) => {
                self.text += "{";
                self.end("", None);
                for (key, node) in entries {
                    let key = format!("{}{}: ", INDENT.repeat(depth + 1), one_line(key));
                    self.text += &key;
                    self.node(node, depth + 1, key.chars().count(), ",");
                }
                self.close("}", depth, after);
            }
            _ => {}
        }
    }

    fn spread(
        &mut self,
        name: &Option<String>,
        fields: &[(String, Node)],
        depth: usize,
        after: &str,
    ) {
        self.text += name.as_deref().unwrap_or_default();
        self.text += "(";
        self.end("", None);
        for (key, node) in fields {
            let key = format!("{}{}: ", INDENT.repeat(depth + 1), name_of(key));
            self.text += &key;
            self.node(node, depth + 1, key.chars().count(), ",");
        }
        self.close(")", depth, after);
    }

    fn items(&mut self, open: &str, items: &[Node], close: &str, depth: usize, after: &str) {
        self.text += open;
        self.end("", None);
        for item in items {
            let indent = INDENT.repeat(depth + 1);
            self.text += &indent;
            self.node(item, depth + 1, indent.len(), ",");
        }
        self.close(close, depth, after);
    }

    fn close(&mut self, close: &str, depth: usize, after: &str) {
        self.text += &INDENT.repeat(depth);
        self.text += close;
        self.end(after, None);
    }

    fn end(&mut self, after: &str, origin: Option<&Origin>) {
        self.text += after;
        if let Some(origin) = origin.filter(|_| self.origins) {
            // A word of the command line may hold line breaks, which would end the comment.
            let place = origin.to_string().replace(char::is_control, " ");
            self.text += &format!("  // {place}");
        }
        self.text += "\n";
    }
}

/// The origin that all single values in a node share.
fn origin_of_all(node: &Node) -> Option<&Origin> {
    let mut inside: Vec<&Node> = Vec::new();
    match &node.value {
        Value::List(items) | Value::Tuple(_, items) => inside.extend(items),
        Value::Group(_, fields) => inside.extend(fields.iter().map(|(_, n)| n)),
        Value::Map(entries) => inside.extend(entries.iter().map(|(_, n)| n)),
        _ => {}
    }
    let Some((first, others)) = inside.split_first() else {
        return Some(&node.origin);
    };
    let origin = origin_of_all(first)?;
    let same = others.iter().all(|n| origin_of_all(n) == Some(origin));
    same.then_some(origin)
}

/// A value without line breaks, as `ron` reads it.
pub(super) fn one_line(node: &Node) -> String {
    let list = |items: &[Node]| items.iter().map(one_line).collect::<Vec<_>>().join(", ");
    match &node.value {
        Value::Bool(b) => b.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => format!("\"{}\"", escaped(text)),
        Value::Char(c) => format!("'{}'", escaped(&c.to_string())),
        Value::Name(name) => name_of(name),
        Value::List(items) => format!("[{}]", list(items)),
        Value::Tuple(name, items) => {
            let name = name.as_deref().map(name_of).unwrap_or_default();
            format!("{name}({})", list(items))
        }
        Value::Group(name, fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(k, n)| format!("{}: {}", name_of(k), one_line(n)))
                .collect();
            let name = name.as_deref().map(name_of).unwrap_or_default();
            format!("{name}({})", fields.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(k, v)| format!("{}: {}", one_line(k), one_line(v)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        // Only in trees that no type has read yet.
        Value::Word { text, read } => match read {
            Some(node) => one_line(node),
            None => format!("\"{}\"", escaped(text)),
        },
    }
}

fn name_of(name: &str) -> String {
    // `inf` and `NaN` as names would read as numbers, `true` as a truth.
    if plain_name(name) && !["true", "false", "inf", "NaN"].contains(&name) && whole(name).is_none()
    {
        name.to_owned()
    } else {
        format!("r#{name}")
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '"' | '\'' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if c.is_control() => out += &format!("\\u{{{:x}}}", u32::from(c)),
            c => out.push(c),
        }
    }
    out
}
