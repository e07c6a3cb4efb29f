//! A recipe is a promise: the window and the command line make the same notes of it.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use lacuna::device::Choice;
use lacuna::engine::ModelWorker;
use lacuna::score::Score;
use std::process::Command;
use support::{Desk, piece};

fn notes(score: &Score) -> Vec<(usize, u32, u32, u8, u8)> {
    let mut all: Vec<_> = score
        .tracks
        .iter()
        .enumerate()
        .flat_map(|(t, track)| {
            let note = move |n: &lacuna::score::Note| (t, n.start, n.length, n.pitch, n.velocity);
            track.notes.iter().map(note)
        })
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn a_take_of_the_window_comes_again_from_the_command_line() {
    let mut desk = Desk::with_worker(ModelWorker::on(Choice::Cpu));
    desk.wait("the engine", |s| s.jobs.device.is_some());
    let song = desk.folder().join("song.mid");
    lacuna::format::save_midi(&song, &piece()).unwrap();
    desk.drop_file(&song);
    desk.wait("the file", |s| {
        s.document().score.note_count() == piece().note_count()
    });
    desk.mask_bars(4, 6);
    desk.edit(|s| {
        s.settings.generate.takes = 2;
        s.settings.generate.sampler.steps = 4;
        s.settings.generate.sampler.seed = 11;
    });
    desk.key("ctrl Enter");
    desk.wait("the takes", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes.len(), 2);
    let recipe = desk.state().document().takes[1].recipe.clone();
    let heard = desk.edit(|s| {
        s.show_take(Some(1));
        s.preview()
    });
    assert_ne!(notes(&heard), notes(&piece()), "the take wrote something");

    let file = desk.folder().join("recipe.ron");
    std::fs::write(&file, ron::to_string(&recipe).unwrap()).unwrap();
    let out = desk.folder().join("again");
    let run = Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .args(["sample", "--device", "cpu", "--recipe"])
        .arg(&file)
        .arg("--input-midi")
        .arg(&song)
        .arg("--output-dir")
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let again = lacuna::format::open_midi(&out.join("take_2.mid")).unwrap();
    assert_eq!(notes(&again.score), notes(&heard));
}
