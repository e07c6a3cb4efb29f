//! What a person finds who types `lacuna` in a terminal.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

fn lacuna(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .args(args)
        .output()
        .expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The help of a command, which must exist and succeed.
fn help_of(command: &[&str]) -> String {
    let output = lacuna(&[command, &["--help"]].concat());
    assert_eq!(output.status.code(), Some(0), "lacuna {command:?} --help");
    text(&output.stdout)
}

/// Names under "Commands:" in the help.
fn commands() -> BTreeSet<String> {
    help_of(&[])
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every `lacuna ...` and `./run ...` in a document, as words; comments after # left out.
fn examples(document: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let source = std::fs::read_to_string(&path).expect("a document of the project");
    let in_code = source.split('`').skip(1).step_by(2);
    let in_blocks = source.lines();
    in_code
        .chain(in_blocks)
        .map(|code| code.trim().trim_start_matches("$ "))
        .filter(|code| code.starts_with("lacuna ") || code.starts_with("./run "))
        .map(|code| code.split('#').next().unwrap_or_default())
        .map(|code| code.split_whitespace().skip(1).map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_command_has_help() {
    let commands = commands();
    assert!(commands.contains("devices"), "{commands:?}");
    for command in commands {
        assert!(help_of(&[&command]).contains("Usage: lacuna"), "{command}");
    }
}

#[test]
fn every_flag_in_the_documents_is_in_the_help() {
    let commands = commands();
    let mut seen = BTreeSet::new();
    for document in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        for words in examples(document) {
            let Some(command) = words.first().filter(|w| commands.contains(*w)) else {
                continue;
            };
            seen.insert(command.clone());
            let mut help = help_of(&[command]);
            // A command of commands: the flags are the inner one's.
            if let (true, Some(inner)) = (help.contains("<COMMAND>"), words.get(1)) {
                help = help_of(&[command, inner]);
            }
            for flag in words.iter().filter(|w| w.starts_with("--")) {
                let flag = flag.split(['=', '|', ']', ',']).next().unwrap_or_default();
                let known = help
                    .split(|c: char| c.is_whitespace() || ",[]=".contains(c))
                    .any(|word| word == flag);
                assert!(
                    known,
                    "{document} shows `{command} {flag}`, its help does not"
                );
            }
        }
    }
    let hidden: Vec<_> = commands.difference(&seen).collect();
    assert!(
        hidden.is_empty(),
        "README.md shows no example of {hidden:?}"
    );
}

#[test]
fn devices_names_the_cpu_and_the_one_chosen() {
    let output = lacuna(&["devices"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let out = text(&output.stdout);
    assert!(out.starts_with("CPU, "), "{out}");
    assert!(out.contains("Lacuna computes on: "), "{out}");
}

#[test]
fn an_error_is_one_sentence_and_code_1_and_wrong_usage_is_code_2() {
    let output = lacuna(&["no-such-thing"]);
    assert_eq!(output.status.code(), Some(1));
    let err = text(&output.stderr);
    assert!(err.starts_with("error: "), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.contains("no-such-thing"), "{err}");
    assert_eq!(lacuna(&["devices", "--nonsense"]).status.code(), Some(2));
}
