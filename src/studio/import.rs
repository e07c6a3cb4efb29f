//! Other files as tracks of the open piece.

use super::files::{Opened, read, short};
use super::state::State;
use super::stats::count;
use super::tasks::After;
use crate::format::tracks_in;
use crate::score::{Edit, Score};
use std::path::PathBuf;

/// Reads files and adds what they hold as tracks, all of them as one step. Tempo and metre of the open piece stay. A
/// file that cannot be read is told, and the others are taken.
pub fn load(state: &mut State, paths: Vec<PathBuf>) {
    state.tasks.spawn("Importing", move || {
        let read: Vec<(String, Result<Opened, String>)> =
            paths.iter().map(|p| (short(p), read(p))).collect();
        let after: After = Box::new(move |state| take_in(state, read));
        after
    });
}

fn take_in(state: &mut State, files: Vec<(String, Result<Opened, String>)>) {
    let mut tracks = Vec::new();
    let mut said: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (name, opened) in files {
        let (score, report): (Score, String) = match opened {
            Ok(Opened::Project(p)) => (Score::clone(&p.document.score), String::new()),
            Ok(Opened::Midi { score, report }) => (*score, report),
            Err(why) => {
                state
                    .toasts
                    .error(&format!("{name} could not be imported."), &why);
                continue;
            }
        };
        let (new, lost) = tracks_in(&state.document().score, &score);
        let sentences = [report, lost.to_string()];
        let sentences = sentences.iter().flat_map(|text| text.lines());
        said.extend(sentences.map(|s| format!("{name}: {s}")));
        tracks.extend(new);
        names.push(name);
    }
    if names.is_empty() {
        return;
    }
    if tracks.is_empty() {
        state
            .toasts
            .warning(&format!("{} holds no tracks.", names.join(", ")), "");
        return;
    }
    let text = format!(
        "Imported {} from {}",
        count(tracks.len(), "track"),
        names.join(", ")
    );
    state.edit(Edit::AddTracks(tracks));
    if said.is_empty() {
        state.toasts.success(&text);
    } else {
        state
            .toasts
            .warning(&format!("{text}, with changes."), &said.join("\n"));
    }
}
