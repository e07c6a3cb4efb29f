//! What a data set says about stretches of a song: keys and chords.

use super::DatasetError;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A label on the half-open tick range `[start, end)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Annotation {
    pub start: u32,
    pub end: u32,
    pub text: String,
}

/// Reads lines of "seconds from, seconds to, label" and puts them on ticks with `to_tick`. Stretches that are empty on
/// the tick grid are dropped.
pub fn parse(
    text: &str,
    path: &Path,
    to_tick: impl Fn(f64) -> u32,
) -> Result<Vec<Annotation>, DatasetError> {
    let mut list = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let fail = |problem: &str| DatasetError::Text {
            path: path.to_path_buf(),
            line: i + 1,
            problem: format!("{problem} in '{line}'"),
        };
        let mut words = line.split_whitespace();
        let mut seconds = || {
            let word = words.next()?;
            word.parse::<f64>().ok().filter(|s| s.is_finite())
        };
        let from = seconds().ok_or_else(|| fail("no start in seconds"))?;
        let to = seconds().ok_or_else(|| fail("no end in seconds"))?;
        let label: Vec<&str> = words.collect();
        if label.is_empty() {
            return Err(fail("no label"));
        }
        let (start, end) = (to_tick(from), to_tick(to));
        if end > start {
            list.push(Annotation {
                start,
                end,
                text: label.join(" "),
            });
        }
    }
    list.sort_by_key(|a| (a.start, a.end));
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_tick_ranges_and_faults_name_their_line() {
        let to_tick = |s: f64| (s * 100.0).round() as u32;
        let list = parse(
            "0.5 1.0 C:maj\n1.0\t2.0\tN\n2 2 X\n",
            Path::new("x"),
            to_tick,
        )
        .unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(
            (list[1].start, list[1].end, list[1].text.as_str()),
            (100, 200, "N")
        );
        let error = parse("0 1 C\n0 nonsense C\n", Path::new("x"), to_tick).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(parse("0 1\n", Path::new("x"), to_tick).is_err());
    }
}
