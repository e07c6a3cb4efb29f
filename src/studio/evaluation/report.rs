//! The report of a study, left in a folder.

use super::super::state::State;
use super::super::tasks::After;
use crate::audio::{self, Font};
use crate::evaluation::report::{self, Page};
use std::path::PathBuf;

/// Pieces of a row that are shown on the page.
const PIECES: usize = 2;

/// The folder a report goes to: as typed, or the first that does not exist among one's own.
fn folder(typed: &str) -> PathBuf {
    let typed = typed.trim();
    if !typed.is_empty() {
        return PathBuf::from(typed);
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/share")));
    let all = data.map_or_else(
        || PathBuf::from("evaluations"),
        |d| d.join("lacuna/evaluations"),
    );
    let numbered = (1..10_000).map(|i| all.join(format!("{i:03}")));
    let mut free = numbered.skip_while(|p| p.exists());
    free.next().unwrap_or(all)
}

/// Leaves tables, plots and the page of the study in its folder.
pub fn save(state: &mut State) {
    let e = &state.evaluation;
    let Some(study) = e.study.clone() else { return };
    let target = folder(&e.report);
    let seed = e.form.seed;
    let task = match study
        .rows
        .iter()
        .flat_map(|r| &r.pieces)
        .any(|p| p.hole.is_some())
    {
        true => "infill",
        false => "uncond",
    };
    state
        .tasks
        .spawn_long("Writing the report", move |progress| {
            let font = Font::bundled();
            let sound = |score: &_| audio::clip(score, &font).map_err(|e| e.to_string());
            let page = Page {
                made: format!(
                    "Made by the evaluation pane of Lacuna {}, seed {seed}.",
                    env!("CARGO_PKG_VERSION")
                ),
                pieces: PIECES,
                sound: Some(&sound),
                on_piece: &|done, of| {
                    progress.report(done as f32 / of.max(1) as f32);
                },
            };
            let left = report::leave(&target, task, &study, &page);
            let after: After = Box::new(move |state: &mut State| match left {
                Ok(()) => {
                    let page = target.join("report.html");
                    let text = format!("The report is in {}.", page.display());
                    state.toasts.success(&text);
                }
                Err(e) => state
                    .toasts
                    .error(&format!("The report was not written: {e}."), ""),
            });
            after
        });
}
