//! Holds the direction of the house: a module uses what stands before it in [`ORDER`], never what
//! stands after it. `ARCHITECTURE.md` gives the reasons.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Ground floor first.
const ORDER: &[&str] = &[
    "score",
    "format",
    "tokenizer",
    "dataset",
    "device",
    "network",
    "process",
    "model",
    "training",
    "evaluation",
    "audio",
    "engine",
    "studio",
    "cli",
];

/// Crates that belong to some modules alone.
const CRATES: &[(&str, &[&str])] = &[
    ("egui", &["studio"]),
    ("eframe", &["studio"]),
    ("rfd", &["studio"]),
    ("rodio", &["audio"]),
    ("cpal", &["audio"]),
    ("midir", &["audio"]),
    (
        "burn",
        &[
            "device",
            "network",
            "process",
            "model",
            "training",
            "evaluation",
            "engine",
        ],
    ),
];

#[test]
fn no_module_uses_one_that_stands_after_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let messages = message_types(&read(&src.join("engine").join("message.rs")));
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(!files.is_empty(), "no sources below {}", src.display());
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).expect("collected below src");
        let Some(module) = module_of(inside) else {
            continue;
        };
        for (line, complaint) in complaints(&module, &read(&file), &messages) {
            wrong.push(format!("src/{}:{line}: {complaint}", inside.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_order_here_is_the_order_in_the_architecture_document() {
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    let mut last = 0;
    for module in ORDER {
        let heading = format!("\n### `{module}`");
        let at = text
            .find(&heading)
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no paragraph on `{module}`"));
        assert!(at > last, "`{module}` is out of order in ARCHITECTURE.md");
        last = at;
    }
}

#[test]
fn the_reader_of_paths_sees_lists_and_skips_comments() {
    let source = "\
use crate::studio::Roll; // crate::cli
/// See [`crate::cli`].
use crate::{
    score::{Note, Score},
    cli::Progress,
};
let x = crate::engine::Snapshot::default();
let y = crate::engine::Engine::start();
";
    let messages = HashSet::from(["Snapshot".to_owned()]);
    let found: Vec<usize> = complaints("model", source, &messages)
        .into_iter()
        .map(|(line, _)| line)
        .collect();
    assert_eq!(found, [1, 5, 8]);
    assert_eq!(complaints("model", "use egui::Ui;\n", &messages).len(), 1);
    assert_eq!(complaints("studio", "use egui::Ui;\n", &messages).len(), 0);
    assert_eq!(complaints("cellar", "use std::fs;\n", &messages).len(), 1);
}

/// What is wrong in one file: line number and a sentence.
fn complaints(module: &str, source: &str, messages: &HashSet<String>) -> Vec<(usize, String)> {
    let Some(floor) = ORDER.iter().position(|m| *m == module) else {
        let what = format!(
            "`{module}` has no place in the order of the house; give it one in \
             ARCHITECTURE.md and in tests/module_direction.rs"
        );
        return vec![(1, what)];
    };
    let source = without_comments(source);
    let mut wrong = Vec::new();
    for (line, path) in crate_paths(&source) {
        let mut parts = path.split("::");
        let used = parts.next().unwrap_or_default();
        let Some(other) = ORDER.iter().position(|m| *m == used) else {
            continue;
        };
        let is_message = || {
            let mut rest = parts.clone();
            match rest.next() {
                Some("message") => true,
                Some(name) => messages.contains(name),
                None => false,
            }
        };
        if other > floor && !(module == "model" && used == "engine" && is_message()) {
            wrong.push((
                line,
                format!("`{module}` uses `crate::{path}`, but `{used}` stands after it"),
            ));
        }
    }
    for (name, allowed) in CRATES {
        if allowed.contains(&module) {
            continue;
        }
        for (at, _) in source.match_indices(&format!("{name}::")) {
            if !continues_a_word(&source, at) {
                wrong.push((
                    line_of(&source, at),
                    format!("`{module}` uses the crate `{name}`, which it must not know"),
                ));
            }
        }
    }
    wrong
}

/// All paths that begin with `crate::`, lists spelled out, each with its line and without `crate::`.
fn crate_paths(source: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (at, word) in source.match_indices("crate::") {
        // `$crate::` in a macro is a path like any other; `some_crate::` is not ours.
        if !continues_a_word(source, at) {
            expand(source, at + word.len(), String::new(), &mut paths);
        }
    }
    paths
}

/// Reads one path from `at` and returns where it ends; `{a, b::c}` becomes several paths.
fn expand(
    source: &str,
    mut at: usize,
    mut prefix: String,
    paths: &mut Vec<(usize, String)>,
) -> usize {
    let begin = at;
    loop {
        let rest = &source[at..];
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if !name.is_empty() {
            at += name.len();
            prefix.push_str(&name);
            if source[at..].starts_with("::") {
                at += 2;
                prefix.push_str("::");
                continue;
            }
        } else if rest.starts_with('{') {
            at += 1;
            while at < source.len() && !source[at..].starts_with('}') {
                let c = source[at..].chars().next().unwrap_or('}');
                if c == '{' || c == '_' || c.is_alphanumeric() {
                    at = expand(source, at, prefix.clone(), paths);
                } else {
                    at += c.len_utf8();
                }
            }
            return (at + 1).min(source.len());
        }
        paths.push((line_of(source, begin), prefix));
        // Step over whatever stopped us, unless it is for the list around us.
        return at;
    }
}

fn continues_a_word(source: &str, at: usize) -> bool {
    source[..at]
        .chars()
        .next_back()
        .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
}

fn line_of(source: &str, at: usize) -> usize {
    source[..at].matches('\n').count() + 1
}

/// The source with line comments blanked, so that line numbers stay. A `//` inside a string blanks
/// the rest of its line too, which can hide a path but never invents one.
fn without_comments(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines() {
        text.push_str(line.split("//").next().unwrap_or_default());
        text.push('\n');
    }
    text
}

/// Names of the public types in `engine/message.rs`: small facts that `model` may build.
fn message_types(source: &str) -> HashSet<String> {
    source
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub struct ")
                .or_else(|| line.strip_prefix("pub enum "))
        })
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

/// `score` for `score/note.rs` and `score.rs`; nothing for `lib.rs` and `main.rs`.
fn module_of(inside: &Path) -> Option<String> {
    let first = inside.components().next()?.as_os_str().to_str()?;
    match first {
        "lib.rs" | "main.rs" => None,
        other => Some(other.trim_end_matches(".rs").to_owned()),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}
