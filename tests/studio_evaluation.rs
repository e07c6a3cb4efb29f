//! The evaluation pane as a researcher uses it.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::studio::command::Command;
use lacuna::studio::evaluation::{Search, Tab, Wanted};
use support::{Desk, songs};

/// A desk with the pane open on a folder of songs.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    let folder = desk.folder().join("songs");
    songs(&folder);
    desk.wait("the device", |s| s.jobs.device.is_some());
    desk.press(Command::Evaluation);
    assert!(desk.state().evaluation.open);
    desk.edit(|s| {
        let form = &mut s.evaluation.form;
        form.set = "midi";
        form.root = folder.display().to_string();
        (form.window, form.hole) = (8, (3, 5));
    });
    desk.frames(2);
    desk
}

/// The same, measured by some metrics.
fn measured() -> Desk {
    measured_on(2, "note_f1,onset_f1,chord_accuracy,infilled_pch_kl,variety")
}

fn measured_on(songs: usize, metrics: &str) -> Desk {
    let mut desk = desk();
    desk.edit(|s| {
        let form = &mut s.evaluation.form;
        (form.songs, form.metrics) = (songs, metrics.into());
    });
    desk.frames(2);
    press_measure(&mut desk);
    desk.wait("the study", |s| s.evaluation.busy.is_none());
    let e = &desk.state().evaluation;
    assert_eq!(e.trouble, None);
    assert!(e.study.is_some());
    desk.frames(2);
    desk
}

/// The button of the form; an empty pane has a second one of that name.
fn press_measure(desk: &mut Desk) {
    let first = desk.harness.get_all_by_label("Measure").next().unwrap();
    first.click();
    desk.frames(2);
    assert!(desk.state().evaluation.busy.is_some());
}

#[test]
fn a_model_is_measured_beside_real_music_and_nonsense_and_a_figure_leads_to_its_pieces() {
    let mut desk = measured_on(3, "");
    let study = desk.state().evaluation.study.clone().unwrap();
    let names: Vec<&str> = study.rows.iter().map(|r| r.name.as_str()).collect();
    assert!(names[0].starts_with("pop (12 steps"), "{names:?}");
    assert!(names.contains(&"originals") && names.contains(&"constants"));
    assert_eq!(study.rows[0].pieces.len(), 3, "three songs");
    assert_eq!(
        study.rows[0].pieces[0].takes.len(),
        2,
        "two takes of a hole"
    );
    // The table and the standings say it.
    let figure = study.comparison.rows[1].figures["note_f1"].interval.mean;
    assert_eq!(figure, 1.0, "the originals find themselves");
    desk.harness
        .get_by_label("Notes found again, originals: 1, between 1 to 1");
    let standings = &study.comparison.standings;
    assert_eq!(
        (standings[0].row.as_str(), standings[0].distance),
        ("originals", 0.0)
    );
    desk.harness.get_by_label("originals: 0 from real music");
    // A click on a figure of a piece shows the row's pieces, the worst first.
    let mean = &study.comparison.rows[0].figures["note_f1"];
    let n = lacuna::evaluation::report::number;
    let i = &mean.interval;
    let label = format!(
        "Notes found again, {}: {}, between {} to {}",
        names[0],
        n(i.mean),
        n(i.low),
        n(i.high)
    );
    desk.click(&label);
    let e = &desk.state().evaluation;
    assert_eq!(
        (e.tab, e.sort, e.falling),
        (Tab::Samples, Some("note_f1"), false)
    );
    let order = e.sorted();
    let value = |p: usize| e.figure(0, p, "note_f1").unwrap();
    assert!(value(order[0]) <= value(order[1]));
    assert_eq!(e.hand.piece, order[0]);
}

#[test]
fn a_sample_is_heard_as_written_and_as_composed_and_opened_with_its_hole_masked() {
    let mut desk = measured();
    desk.click("Samples tab");
    let piece = desk.state().evaluation.piece().cloned().unwrap();
    desk.click(&format!("Sample {}", piece.name));
    assert!(desk.state().transport.is_playing() && desk.state().evaluation.listening);
    let heard = desk.edit(|s| s.heard());
    assert_eq!(heard.note_count(), piece.takes[1].note_count());
    desk.click("Take 1 of the hole");
    assert_eq!(desk.edit(|s| s.heard()), piece.takes[0]);
    desk.click("Hear it as composed");
    assert_eq!(desk.edit(|s| s.heard()), piece.original.clone().unwrap());
    assert!(desk.state().transport.is_playing(), "it goes on");
    desk.click("Stop the piece in hand");
    assert!(!desk.state().transport.is_playing());
    desk.click("Open the piece in the roll");
    assert!(!desk.state().evaluation.open);
    let document = desk.state().document();
    assert_eq!(document.score.note_count(), piece.takes[0].note_count());
    let lines = document.score.bars();
    let track = document.score.tracks[0].id;
    assert!(document.mask.covers(track, lines.start(3), 60));
    assert!(!document.mask.covers(track, lines.start(5), 60));
}

#[test]
fn the_nearest_training_song_is_found_and_the_two_are_heard_in_turn() {
    let mut desk = measured();
    // The bars of a random training song are copies by their making.
    let row = |s: &lacuna::studio::State| {
        let study = s.evaluation.study.clone().unwrap();
        let random = |r: &lacuna::evaluation::study::Row| r.name.starts_with("bars of a random");
        study.rows.iter().position(random).unwrap()
    };
    let place = row(desk.state());
    desk.edit(|s| {
        lacuna::studio::evaluation::show(s, place, 0);
        s.evaluation.tab = Tab::Nearest;
    });
    desk.frames(2);
    desk.wait("the search", |s| {
        matches!(s.evaluation.hand.search, Search::Found(_) | Search::Nothing)
    });
    let near = desk.state().evaluation.hand.near().cloned().unwrap();
    assert!(near.found.is_copy(), "{:?}", near.found);
    desk.frames(2);
    desk.click("Hear the song");
    assert_eq!(desk.edit(|s| s.heard()), near.song);
    desk.key("X");
    assert_eq!(desk.edit(|s| s.heard()), near.stretch);
    assert!(desk.state().transport.is_playing());
}

#[test]
fn spreads_form_and_scatter_are_drawn_and_a_point_takes_its_piece_in_hand() {
    let mut desk = measured();
    desk.click("Spreads tab");
    desk.harness
        .get_by_label("Spread of pitch, by MIDI pitch (60 is middle C)");
    desk.click("Show originals");
    assert_eq!(desk.state().evaluation.drawn(), [0, 1]);
    desk.click("Form tab");
    let second = desk.state().evaluation.row().unwrap().pieces[1]
        .name
        .clone();
    desk.click(&format!("Bars of {second} that are alike"));
    assert_eq!(desk.state().evaluation.hand.piece, 1);
    desk.click("Scatter tab");
    let points: usize = 2 * 2;
    let axes = desk.state().evaluation.axes.unwrap();
    let title = |k: &str| lacuna::evaluation::registry::find(k).unwrap().title;
    let name = format!(
        "{} against {}, {points} pieces",
        title(axes.1),
        title(axes.0)
    );
    desk.harness.get_by_label(&name);
}

#[test]
fn whole_pieces_are_written_and_measured_too() {
    let mut desk = desk();
    desk.edit(|s| {
        let form = &mut s.evaluation.form;
        form.wanted = Wanted::Pieces;
        (form.pieces, form.bars) = (4, 8);
        form.metrics = "pch_kl,no_such_metric".into();
        // Names that do not exist are told, not passed over.
    });
    desk.frames(2);
    assert!(desk.state().evaluation.form.request().is_err());
    desk.edit(|s| s.evaluation.form.metrics = "pch_kl,self_similarity".into());
    desk.frames(2);
    press_measure(&mut desk);
    desk.wait("the study", |s| s.evaluation.busy.is_none());
    let e = &desk.state().evaluation;
    assert_eq!(e.trouble, None);
    let study = e.study.as_ref().unwrap();
    assert_eq!(study.rows[0].pieces.len(), 4);
    assert!(study.comparison.verdicts["pch_kl"].blind_to.len() < study.rows.len());
}

#[test]
fn a_study_is_stopped_and_one_that_cannot_be_says_why() {
    let mut desk = desk();
    desk.hold();
    press_measure(&mut desk);
    desk.click("Stop measuring");
    desk.release();
    desk.wait("the end", |s| s.evaluation.busy.is_none());
    assert!(desk.state().evaluation.study.is_none());
    desk.edit(|s| s.evaluation.form.root = "/nowhere at all".into());
    desk.frames(2);
    press_measure(&mut desk);
    desk.wait("the end", |s| s.evaluation.busy.is_none());
    let trouble = desk.state().evaluation.trouble.clone().unwrap();
    assert!(trouble.contains("/nowhere at all"), "{trouble}");
    desk.edit(|s| s.evaluation.form.models.clear());
    desk.frames(2);
    let words = "Tick a model, or name a folder of music.";
    assert!(desk.harness.query_all_by_label(words).next().is_some());
}

#[test]
fn the_report_is_left_in_a_folder_and_needs_nothing_from_outside() {
    let mut desk = measured();
    let folder = desk.folder().join("report");
    desk.edit(|s| s.evaluation.report = folder.display().to_string());
    desk.frames(2);
    desk.click("Save the report");
    desk.wait("the page", |_| folder.join("report.html").exists());
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("<audio") && page.contains("originals"));
    // Names of XML are no addresses that a browser asks.
    let outside = page.replace("http://www.w3.org/", "");
    assert!(!outside.contains("http://") && !outside.contains("https://"));
    let json = std::fs::read_to_string(folder.join("metrics_infill.json")).unwrap();
    assert!(json.contains("\"note_f1\""));
}

#[test]
fn checkpoints_of_a_run_are_rows_beside_the_models() {
    let mut desk = desk();
    let runs = desk.folder().join("runs");
    for name in ["step_5", "step_10"] {
        let checkpoint = runs.join("mine/checkpoints").join(name);
        std::fs::create_dir_all(&checkpoint).unwrap();
        std::fs::write(checkpoint.join("state.ron"), "()").unwrap();
    }
    desk.edit(|s| s.training.places.runs = runs);
    // They are looked for when the pane is opened.
    desk.press(Command::Evaluation);
    desk.press(Command::Evaluation);
    desk.wait("the runs", |s| !s.evaluation.runs.is_empty());
    desk.click("Checkpoints of mine");
    desk.click("after step 5");
    desk.key("Esc");
    assert!(desk.state().evaluation.open, "only the menu was closed");
    desk.edit(|s| {
        s.evaluation.form.songs = 2;
        s.evaluation.form.metrics = "note_f1".into();
    });
    desk.frames(2);
    press_measure(&mut desk);
    desk.wait("the study", |s| s.evaluation.busy.is_none());
    let e = &desk.state().evaluation;
    assert_eq!(e.trouble, None);
    let names: Vec<&str> = e
        .study
        .as_ref()
        .unwrap()
        .rows
        .iter()
        .map(|r| r.name.as_str())
        .collect();
    assert!(
        names[0].starts_with("pop (") && names[1].starts_with("mine@5 ("),
        "{names:?}"
    );
}
