//! Writing XML: tags, attributes and text, escaped and indented.

use std::fmt::{Display, Write};

/// Attributes in the order they are written.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

/// An XML text in the making.
pub(super) struct Xml {
    out: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// Begins with the lines that stand before the first tag.
    pub(super) fn new(head: &str) -> Xml {
        Xml {
            out: head.to_owned(),
            open: Vec::new(),
        }
    }

    /// Opens a tag.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.begin(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the tag opened last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push_str(">\n");
        }
    }

    /// A tag without content.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.begin(name, attributes);
        self.out.push_str("/>\n");
    }

    /// A tag around a value.
    pub(super) fn leaf(&mut self, name: &'static str, value: impl Display) {
        self.text(name, &[], value);
    }

    /// A tag with attributes around a value.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        value: impl Display,
    ) {
        self.begin(name, attributes);
        self.out.push('>');
        escape(&value.to_string(), &mut self.out);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    /// The whole text; what is still open is closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }

    fn begin(&mut self, name: &str, attributes: Attributes<'_>) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            // Writing into a text cannot fail.
            let _ = write!(self.out, " {key}=\"");
            escape(&value.to_string(), &mut self.out);
            self.out.push('"');
        }
    }
}

/// Escapes what XML gives a meaning to; characters that XML 1.0 cannot hold are left out.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_cannot_break_out_of_their_tag() {
        let mut xml = Xml::new("");
        xml.open("a", &[("b", &"\"><c>"), ("n", &1)]);
        xml.leaf("d", "x & y < z\u{0}\u{1b}\n!");
        xml.empty("e", &[]);
        assert_eq!(
            xml.finish(),
            "<a b=\"&quot;&gt;&lt;c&gt;\" n=\"1\">\n  <d>x &amp; y &lt; z !</d>\n  <e/>\n</a>\n"
        );
    }
}
