//! What a newer version wrote into the settings file is kept, as text, by an older one that does not know it.

/// Names and values, as written.
pub type Fields = Vec<(String, String)>;

/// The fields of a RON structure at its outermost level, in order. Empty where the text has a header, or is no
/// structure this simple reader understands: then nothing is kept, and nothing is spoiled.
pub fn fields(text: &str) -> Fields {
    read(text).unwrap_or_default()
}

/// Those fields of `text` that are not among `known`.
pub fn unknown(text: &str, known: &Fields) -> Fields {
    let mut found = fields(text);
    found.retain(|(name, _)| known.iter().all(|k| k.0 != *name));
    found
}

/// `text`, a RON structure of ours, with these fields at its end.
pub fn with(text: &str, more: &Fields) -> String {
    let body = text.trim_end().strip_suffix(')');
    let Some(body) = body.filter(|_| !more.is_empty()) else {
        return text.to_owned();
    };
    let mut out = body.trim_end().to_owned();
    if !out.ends_with(',') && !out.ends_with('(') {
        out.push(',');
    }
    for (name, value) in more {
        out += &format!("\n    {name}: {value},");
    }
    out + "\n)"
}

fn read(text: &str) -> Option<Fields> {
    let plain = Plain::of(text)?;
    let from = plain.find('(')?;
    // An extension changes what values mean; they cannot be carried elsewhere.
    if plain.get(..from)?.contains('#') {
        return None;
    }
    let mut depth = 0usize;
    let mut found = Fields::new();
    let mut begin = from + 1;
    for (i, c) in plain.char_indices().skip_while(|(i, _)| *i < from) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        let ends = (c == ',' && depth == 1) || depth == 0;
        if ends {
            let colon = plain.get(begin..i)?.find(':').map(|at| begin + at);
            if let Some(colon) = colon {
                let name = plain.get(begin..colon)?.trim();
                let value = text.get(colon + 1..i)?.trim();
                found.push((name.to_owned(), value.to_owned()));
            } else if !plain.get(begin..i)?.trim().is_empty() {
                return None;
            }
            begin = i + 1;
        }
        if depth == 0 {
            return Some(found);
        }
    }
    None
}

/// A RON text in which comments are blanks and what stands in quotes is `x`, byte for byte as long as before.
struct Plain;

impl Plain {
    fn of(text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut out = bytes.to_vec();
        let mut i = 0;
        let mut hide = |from: usize, to: usize, with: u8| {
            if let Some(part) = out.get_mut(from..to) {
                part.fill(with);
            }
        };
        while let Some(&b) = bytes.get(i) {
            let rest = text.as_bytes().get(i..)?;
            let length = if rest.starts_with(b"//") {
                let end = rest.iter().position(|b| *b == b'\n');
                let end = end.unwrap_or(rest.len());
                hide(i, i + end, b' ');
                end
            } else if rest.starts_with(b"/*") {
                let end = comment(rest)?;
                hide(i, i + end, b' ');
                end
            } else if b == b'r' && matches!(rest.get(1), Some(b'"' | b'#')) {
                let hashes = rest.iter().skip(1).take_while(|b| **b == b'#').count();
                let close = format!("\"{}", "#".repeat(hashes));
                let body = rest.get(hashes + 2..)?;
                let at = body
                    .windows(close.len())
                    .position(|w| w == close.as_bytes())?;
                let end = hashes + 2 + at + close.len();
                hide(i, i + end, b'x');
                end
            } else if b == b'"' || b == b'\'' {
                let end = quoted(rest, b)?;
                hide(i, i + end, b'x');
                end
            } else {
                1
            };
            i += length;
        }
        // Only whole quotes and comments were replaced, so that other letters are whole.
        String::from_utf8(out).ok()
    }
}

/// Length of a comment that may hold others.
fn comment(rest: &[u8]) -> Option<usize> {
    let (mut depth, mut i) = (0usize, 0);
    loop {
        let here = rest.get(i..)?;
        if here.starts_with(b"/*") {
            (depth, i) = (depth + 1, i + 2);
        } else if here.starts_with(b"*/") {
            (depth, i) = (depth - 1, i + 2);
        } else if here.is_empty() {
            return None;
        } else {
            i += 1;
        }
        if depth == 0 {
            return Some(i);
        }
    }
}

/// Length of what stands in quotes, with them.
fn quoted(rest: &[u8], quote: u8) -> Option<usize> {
    let mut i = 1;
    loop {
        match *rest.get(i)? {
            b'\\' => i += 2,
            b if b == quote => return Some(i + 1),
            _ => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        fields(text).into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn fields_are_found_whatever_stands_in_quotes_and_comments() {
        let text = "// a: (\nSettings(\n  a: 1, /* b: 2, /* ) */ */ c: \"x, \\\" (y\",\n  d: [(e: 1), (f: ')')],\n  g: r#\"\", h: \"#, i: {\"k\": \"ä,\"},\n)";
        assert_eq!(names(text), ["a", "c", "d", "g", "i"]);
        assert_eq!(fields(text)[1].1, "\"x, \\\" (y\"");
        assert_eq!(names("()"), [""; 0]);
        assert_eq!(names("(a: 1)"), ["a"]);
        for odd in [
            "",
            "(",
            "(a: \"1)",
            "#![enable(x)] (a: 1)",
            "(1, 2)",
            "/*",
            "((a: 1)",
        ] {
            assert!(fields(odd).is_empty(), "{odd}");
        }
    }

    #[test]
    fn fields_are_put_at_the_end() {
        let more = vec![("new".to_owned(), "Some((a: 1))".to_owned())];
        assert_eq!(
            with("(\n    a: 1,\n)", &more),
            "(\n    a: 1,\n    new: Some((a: 1)),\n)"
        );
        assert_eq!(with("(a: 1)", &more), "(a: 1,\n    new: Some((a: 1)),\n)");
        assert_eq!(with("(a: 1)", &Fields::new()), "(a: 1)");
        assert_eq!(names(&with("(a: 1)", &more)), ["a", "new"]);
    }
}
