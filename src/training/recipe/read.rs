//! Reading RON into a tree that knows lines: what recipes need of the format (no byte strings, no number suffixes).

use super::{Layer, Node, Origin, RecipeError, Value};

/// Deepest nesting; a recipe has five.
const DEEPEST: usize = 64;

/// Reads a whole text. Text without a value is an empty layer.
pub(super) fn read(text: &str, origin: &Origin) -> Result<Node, RecipeError> {
    let mut reader = Reader {
        text,
        at: 0,
        origin,
    };
    reader.attributes()?;
    reader.space()?;
    if reader.rest().is_empty() {
        return Ok(reader.node(Value::Tuple(None, Vec::new()), 0));
    }
    let node = reader.value(0)?;
    reader.space()?;
    if reader.rest().is_empty() {
        Ok(node)
    } else {
        Err(reader.fault(format!("{} after the end of the value", reader.here())))
    }
}

/// Reads `a.b.c=value` of the command line into the groups around its value.
pub(super) fn word(word: &str) -> Result<Node, RecipeError> {
    let fault = |why: String| RecipeError::Word {
        word: word.to_owned(),
        why,
    };
    let (path, text) = word
        .split_once('=')
        .ok_or_else(|| fault("there is no `=` in it".into()))?;
    let (path, text) = (path.trim(), text.trim());
    if path.split('.').any(|name| name.trim().is_empty()) {
        return Err(fault("a name before the `=` is empty".into()));
    }
    let origin = Origin::new(Layer::CommandLine, word);
    let found = match read(text, &origin) {
        Ok(node) if node.value.is_composite() && !text.is_empty() => node.value,
        // What opens a bracket or quotes means to be RON.
        Err(RecipeError::Syntax { why, .. }) if text.starts_with(['(', '[', '{', '"']) => {
            return Err(fault(why));
        }
        found => Value::Word {
            text: text.to_owned(),
            read: found.ok().filter(|_| !text.is_empty()).map(Box::new),
        },
    };
    let node = Node::new(found, origin.clone());
    Ok(path.rsplit('.').fold(node, |inner, name| {
        let fields = vec![(name.trim().to_owned(), inner)];
        Node::new(Value::Group(None, fields), origin.clone())
    }))
}

/// The whole number a literal is, with RON's signs, underscores and bases.
pub(super) fn whole(text: &str) -> Option<i128> {
    let digits = text.replace('_', "");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let (base, digits) = [("0x", 16), ("0b", 2), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, base)| Some((base, digits.strip_prefix(prefix)?)))
        .unwrap_or((10, digits));
    if digits.starts_with(['+', '-']) {
        return None;
    }
    Some(sign * i128::from_str_radix(digits, base).ok()?)
}

/// The number a literal is, in the type the field has.
pub(super) fn real<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.replace('_', "").parse().ok()
}

/// Whether a character may stand in a name.
pub(super) fn in_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Whether a name needs no `r#` in front.
pub(super) fn plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_alphabetic()) && name.chars().all(in_name)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    origin: &'a Origin,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    fn eat_while(&mut self, which: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !which(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn line(&self, at: usize) -> u32 {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|b| **b == b'\n').count() as u32 + 1
    }

    /// A value that began at byte `from`.
    fn node(&self, value: Value, from: usize) -> Node {
        let origin = match self.origin.layer() {
            Layer::CommandLine => self.origin.clone(),
            _ => self.origin.at(self.line(from)),
        };
        Node::new(value, origin)
    }

    fn fault(&self, why: impl Into<String>) -> RecipeError {
        RecipeError::Syntax {
            place: self.origin.at(self.line(self.at)).to_string(),
            why: why.into(),
        }
    }

    /// What stands here, for messages.
    fn here(&self) -> String {
        match self.peek() {
            Some(c) => format!("'{c}'"),
            None => "the end".into(),
        }
    }

    /// `#![enable(...)]` changes what `ron` accepts; only what this reader accepts anyway is let through.
    fn attributes(&mut self) -> Result<(), RecipeError> {
        loop {
            self.space()?;
            if !self.eat("#!") {
                return Ok(());
            }
            let inside = self.eat_while(|c| c != ']');
            let names = inside.trim().strip_prefix("[").map(str::trim);
            let names = names
                .and_then(|n| {
                    n.strip_prefix("enable")?
                        .trim()
                        .strip_prefix('(')?
                        .strip_suffix(')')
                })
                .map(|n| n.split(',').map(str::trim).filter(|n| !n.is_empty()));
            let known = ["implicit_some", "unwrap_variant_newtypes"];
            if !self.eat("]") || !names.is_some_and(|mut n| n.all(|n| known.contains(&n))) {
                return Err(self.fault(format!(
                    "recipes know no extension but {}, which are always on",
                    known.join(" and ")
                )));
            }
        }
    }

    /// Skips blanks and comments.
    fn space(&mut self) -> Result<(), RecipeError> {
        loop {
            self.eat_while(char::is_whitespace);
            if self.eat("//") {
                self.eat_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn block_comment(&mut self) -> Result<(), RecipeError> {
        let mut depth = 0;
        loop {
            if self.eat("/*") {
                depth += 1;
            } else if self.eat("*/") {
                depth -= 1;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.take().is_none() {
                return Err(self.fault("a comment that begins with /* is not closed"));
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, RecipeError> {
        if depth > DEEPEST {
            return Err(self.fault(format!("more than {DEEPEST} brackets inside each other")));
        }
        self.space()?;
        let from = self.at;
        let value = match self.peek() {
            Some('(') => self.brackets(None, depth)?,
            Some('[') => {
                self.take();
                Value::List(self.until(']', |r| r.value(depth + 1))?)
            }
            Some('{') => {
                self.take();
                Value::Map(self.until('}', |r| {
                    let key = r.value(depth + 1)?;
                    r.colon()?;
                    Ok((key, r.value(depth + 1)?))
                })?)
            }
            Some('"') => Value::Text(self.quoted()?),
            Some('\'') => self.letter()?,
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number()?,
            // `r#` begins a raw text or a raw name.
            Some('r')
                if ["r\"", "r#\"", "r##"]
                    .iter()
                    .any(|s| self.rest().starts_with(s)) =>
            {
                Value::Text(self.raw()?)
            }
            Some(c) if c == '_' || c.is_alphabetic() => {
                let raw = self.rest().starts_with("r#");
                let name = self.name()?;
                match name.as_str() {
                    "true" if !raw => Value::Bool(true),
                    "false" if !raw => Value::Bool(false),
                    "inf" | "NaN" if !raw => Value::Number(name),
                    _ => {
                        let end = self.at;
                        self.space()?;
                        if self.peek() == Some('(') {
                            self.brackets(Some(name), depth)?
                        } else {
                            self.at = end;
                            Value::Name(name)
                        }
                    }
                }
            }
            _ => return Err(self.fault(format!("{} where a value is expected", self.here()))),
        };
        Ok(self.node(value, from))
    }

    /// Items with commas between them up to the closing bracket; a comma may stand after the last.
    fn until<T>(
        &mut self,
        close: char,
        mut item: impl FnMut(&mut Self) -> Result<T, RecipeError>,
    ) -> Result<Vec<T>, RecipeError> {
        let mut items = Vec::new();
        loop {
            self.space()?;
            if self.peek() == Some(close) {
                self.take();
                return Ok(items);
            }
            items.push(item(self)?);
            self.space()?;
            match self.peek() {
                Some(',') => {
                    self.take();
                }
                Some(c) if c == close => {}
                _ => {
                    return Err(self.fault(format!(
                        "{} where ',' or '{close}' is expected",
                        self.here()
                    )));
                }
            }
        }
    }

    fn colon(&mut self) -> Result<(), RecipeError> {
        self.space()?;
        if self.eat(":") {
            Ok(())
        } else {
            Err(self.fault(format!("{} where ':' is expected", self.here())))
        }
    }

    /// A group or a tuple, told apart by the colon after the first name.
    fn brackets(&mut self, name: Option<String>, depth: usize) -> Result<Value, RecipeError> {
        self.take();
        let begin = self.at;
        self.space()?;
        let is_group = self.name().is_ok() && self.colon().is_ok();
        self.at = begin;
        if !is_group {
            return Ok(Value::tuple(name, self.until(')', |r| r.value(depth + 1))?));
        }
        let mut lines: Vec<(String, u32)> = Vec::new();
        let fields = self.until(')', |r| {
            let line = r.line(r.at);
            let key = r.name()?;
            if let Some((_, first)) = lines.iter().find(|(k, _)| *k == key) {
                return Err(r.fault(format!("`{key}` stands here and in line {first}")));
            }
            lines.push((key.clone(), line));
            r.colon()?;
            Ok((key, r.value(depth + 1)?))
        })?;
        Ok(Value::Group(name, fields))
    }

    fn name(&mut self) -> Result<String, RecipeError> {
        let from = self.at;
        let name = if self.eat("r#") {
            self.eat_while(|c| in_name(c) || matches!(c, '.' | '+' | '-'))
        } else if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            ""
        } else {
            self.eat_while(in_name)
        };
        if name.is_empty() {
            self.at = from;
            return Err(self.fault(format!("{} where a name is expected", self.here())));
        }
        Ok(name.to_owned())
    }

    fn number(&mut self) -> Result<Value, RecipeError> {
        let from = self.at;
        let mut last = ' ';
        let rest = self.rest();
        let based = rest.trim_start_matches(['+', '-']).starts_with("0x");
        for c in rest.chars() {
            let sign = matches!(c, '+' | '-')
                && (self.at == from || (matches!(last, 'e' | 'E') && !based));
            if !(sign || c == '.' || in_name(c)) {
                break;
            }
            last = c;
            self.at += c.len_utf8();
        }
        let text = &self.text[from..self.at];
        let words = ["inf", "NaN"].contains(&text.trim_start_matches(['+', '-']));
        // Rust's own reader knows more words than RON.
        let digits = text.contains(|c: char| c.is_ascii_digit()) && real::<f64>(text).is_some();
        if whole(text).is_some() || words || digits {
            return Ok(Value::Number(text.to_owned()));
        }
        self.at = from;
        Err(self.fault(format!("{text} is not a number")))
    }

    fn letter(&mut self) -> Result<Value, RecipeError> {
        self.take();
        let c = match self.take() {
            Some('\\') => Some(self.escape()?),
            Some(c) if c != '\'' => Some(c),
            _ => None,
        };
        match c {
            Some(c) if self.eat("'") => Ok(Value::Char(c)),
            _ => Err(self.fault(
                "between single quotes stands one letter; text stands between double quotes",
            )),
        }
    }

    fn quoted(&mut self) -> Result<String, RecipeError> {
        let from = self.at;
        self.take();
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) => text.push(c),
                None => {
                    self.at = from;
                    return Err(self.fault("a text that begins with \" is not closed"));
                }
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, RecipeError> {
        let c = match self.take() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('0') => '\0',
            Some(c @ ('\\' | '"' | '\'')) => c,
            Some('x') => {
                let digits = self.rest().get(..2).unwrap_or_default();
                self.at += digits.len();
                return self.code(digits);
            }
            Some('u') if self.eat("{") => {
                let digits = self.eat_while(|c| c.is_ascii_hexdigit());
                let c = self.code(digits)?;
                if !self.eat("}") {
                    return Err(self.fault("\\u{...} is not closed"));
                }
                c
            }
            _ => return Err(self.fault("a backslash is written \\\\")),
        };
        Ok(c)
    }

    fn code(&self, digits: &str) -> Result<char, RecipeError> {
        u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(|| self.fault(format!("'{digits}' is no character's number")))
    }

    fn raw(&mut self) -> Result<String, RecipeError> {
        let from = self.at;
        self.take();
        let hashes = self.eat_while(|c| c == '#');
        let end = format!("\"{hashes}");
        if self.eat("\"")
            && let Some(length) = self.rest().find(&end)
        {
            let text = self.rest()[..length].to_owned();
            self.at += length + end.len();
            return Ok(text);
        }
        self.at = from;
        Err(self.fault(format!("a text that begins with r{hashes}\" is not closed")))
    }
}
