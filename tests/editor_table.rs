//! The table of the editor names tests. Each of them is there, and so is each file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every Rust source of the library and of the tests.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Names of the functions in a text.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("fn ")?;
        rest.split(['(', '<']).next()
    })
}

/// What stands between backticks in the last cell of a row.
fn quoted(row: &str) -> Vec<&str> {
    let cells: Vec<&str> = row.trim().trim_matches('|').split(" | ").collect();
    let last = cells.last().copied().unwrap_or_default();
    last.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_test_and_every_file_the_table_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    sources(&root.join("tests"), &mut files);
    let texts: Vec<String> = files
        .iter()
        .map(|f| std::fs::read_to_string(f).unwrap())
        .collect();
    let known: BTreeSet<&str> = texts.iter().flat_map(|t| functions(t)).collect();
    let table = std::fs::read_to_string(root.join("docs/editor.md")).unwrap();
    let mut named = 0;
    for row in table.lines().filter(|l| l.starts_with('|')) {
        for word in quoted(row) {
            let word = word.trim_start_matches("roll::tests::");
            if word.ends_with(".rs") {
                let path = root.join(word);
                let short = root.join("src").join(word);
                assert!(path.exists() || short.exists(), "no file {word}: {row}");
            } else if word.matches('_').count() >= 2 {
                named += 1;
                assert!(known.contains(word), "no test {word}: {row}");
            }
        }
    }
    assert!(named > 100, "{named} tests are named");
}
