//! Comma-separated tables as RFC 4180 has them: fields may be quoted, and a quoted field may hold commas, doubled
//! quotes and line breaks.

use super::DatasetError;
use std::path::Path;

/// One row and the line of the file it starts on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    pub fields: Vec<String>,
}

/// The rows of a table, the heading among them; empty lines are passed over.
///
/// # Errors
/// A quote that is never closed, or text right behind a closing one, with the line.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Row>, DatasetError> {
    let fail = |line: usize, problem: &str| DatasetError::Text {
        path: path.to_path_buf(),
        line,
        problem: problem.into(),
    };
    // Excel begins its files with a byte order mark.
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut rows = Vec::new();
    let (mut line, mut start) = (1, 1);
    let mut fields: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut was_quoted = false;
    loop {
        match chars.next() {
            Some('"') if field.is_empty() && !was_quoted => {
                was_quoted = true;
                let opened = line;
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            field.push('"');
                        }
                        Some('"') => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            field.push(c);
                        }
                        None => return Err(fail(opened, "a quote is opened and never closed")),
                    }
                }
            }
            Some(',') => {
                fields.push(std::mem::take(&mut field));
                was_quoted = false;
            }
            Some('\r') if chars.peek() == Some(&'\n') => {}
            end @ (Some('\n') | None) => {
                if !fields.is_empty() || !field.is_empty() || was_quoted {
                    fields.push(std::mem::take(&mut field));
                    rows.push(Row {
                        line: start,
                        fields: std::mem::take(&mut fields),
                    });
                }
                was_quoted = false;
                line += 1;
                start = line;
                if end.is_none() {
                    return Ok(rows);
                }
            }
            Some(_) if was_quoted => {
                return Err(fail(line, "text stands right behind a closing quote"));
            }
            Some(c) => field.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        let rows = parse(text, Path::new("x")).unwrap();
        rows.into_iter().map(|r| r.fields).collect()
    }

    #[test]
    fn quotes_hold_commas_quotes_and_line_breaks() {
        assert_eq!(
            fields("\u{feff}a,b\r\n\"Op. 1, \"\"Moon\"\"\",\r\n\n\"two\nlines\",x"),
            [["a", "b"], ["Op. 1, \"Moon\"", ""], ["two\nlines", "x"]]
        );
        let rows = parse("a\n\"b\nc\"\nd", Path::new("x")).unwrap();
        assert_eq!(
            rows.iter().map(|r| r.line).collect::<Vec<_>>(),
            [1, 2, 4],
            "lines inside a field count"
        );
    }

    #[test]
    fn faults_name_their_line() {
        let says = |text: &str, words: &str| {
            let e = parse(text, Path::new("x")).unwrap_err().to_string();
            assert!(e.contains(words), "{e}");
        };
        says("a\n\"b\nc", "line 2");
        says("a\n\"b\"c", "closing quote");
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(
            table in prop::collection::vec(prop::collection::vec("[a ,\"\r\n;é]{0,6}", 1..4), 0..6),
        ) {
            let text: String = table.iter().map(|row| {
                let cells: Vec<String> =
                    row.iter().map(|f| format!("\"{}\"", f.replace('"', "\"\""))).collect();
                cells.join(",") + "\n"
            }).collect();
            prop_assert_eq!(fields(&text), table);
        }
    }
}
