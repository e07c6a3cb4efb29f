//! The round-trip lens and the gauge as a composer uses them.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::score::Document;
use lacuna::studio::State;
use lacuna::studio::command::Command;
use support::{Desk, piece};

/// The test piece with a drum track of eight strokes.
fn with_drums() -> Document {
    let mut s = piece();
    let drums = s.add_track("Drums", 9, 0);
    for k in 0..8 {
        s.add_note(drums, k * 480, 120, 62, 100);
    }
    Document::new(s)
}

fn counts(s: &State) -> Option<&lacuna::tokenizer::lens::Counts> {
    Some(&s.lens.found()?.ok()?.counts)
}

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.wait("the engine", |s| s.jobs.device.is_some());
    desk.edit(|s| s.show_document(with_drums(), None));
    desk.frames(1);
    desk
}

#[test]
fn the_lens_says_before_generating_what_the_model_will_not_see() {
    let mut desk = desk();
    desk.key("V");
    desk.wait("the lens", |s| counts(s).is_some());
    desk.frames(2);
    let found = counts(desk.state()).unwrap().clone();
    assert_eq!(found.notes, with_drums().score.note_count());
    assert_eq!(found.lost(), 8);
    let sentence = found.sentence();
    assert!(sentence.ends_with("8 lost (drums)"), "{sentence}");
    // It stands over the roll, and on it each lost note says so.
    desk.harness.get_by_label(&sentence);
    desk.edit(|s| s.track = s.document().score.tracks.last().map(|t| t.id));
    desk.frames(3);
    desk.harness
        .get_by_label("D4, bar 1 beat 1, 0.25 beats, Drums, lost: drums");
    desk.key("V");
    assert!(desk.state().lens.marks().is_none());
    assert!(desk.harness.query_by_label(&sentence).is_none());
}

#[test]
fn an_edit_is_looked_at_again() {
    let mut desk = desk();
    desk.invoke(Command::Lens);
    desk.wait("the lens", |s| counts(s).is_some());
    desk.edit(|s| {
        let drums = s.document().score.tracks.last().map(|t| t.id);
        s.edit(lacuna::score::Edit::RemoveTrack(drums.unwrap()));
    });
    desk.wait("the lens", |s| counts(s).is_some_and(|c| c.lost() == 0));
    assert!(desk.settles(), "looking asks for frames for ever");
}

#[test]
fn another_representation_is_chosen_and_refusals_are_sentences() {
    let mut desk = desk();
    desk.invoke(Command::Lens);
    desk.frames(2);
    desk.click("Representation");
    desk.click("melody");
    desk.wait("the lens", |s| {
        s.lens
            .found()
            .is_some_and(|f| f.is_ok_and(|t| t.id == "melody"))
    });
    let below = desk.state().lens.found().unwrap().unwrap().losses.len();
    assert!(below > 0, "the tempo is lost");
    // Drums alone are nothing a melody could be made of.
    desk.edit(|s| {
        let pitched: Vec<_> = s.document().score.tracks[..3]
            .iter()
            .map(|t| t.id)
            .collect();
        for t in pitched {
            s.edit(lacuna::score::Edit::RemoveTrack(t));
        }
    });
    desk.wait("the refusal", |s| {
        s.lens.found().is_some_and(|f| f.is_err())
    });
    let why = desk.state().lens.found().unwrap().unwrap_err().to_owned();
    assert!(why.contains("melody") && why.ends_with('.'), "{why}");
    desk.frames(1);
    desk.harness.get_by_label(&why);
}

#[test]
fn a_piece_out_of_range_is_told_and_one_click_and_one_undo_mend_it() {
    let mut desk = desk();
    desk.edit(|s| s.show_document(Document::new(piece()), None));
    // The gauge of the demo that was open may still stand there.
    desk.wait("the gauge", |s| {
        s.gauge.found().is_some_and(|g| g.distance() == 0.0)
    });
    desk.frames(2);
    desk.harness
        .get_all_by_label("Close to its training songs")
        .next()
        .unwrap();
    let home = desk.state().document().score.clone();
    desk.edit(|s| {
        let up = lacuna::dataset::domain::Fix::Transpose(24);
        let edit = up.edit(&s.document().score).unwrap();
        s.edit(edit);
    });
    let far = desk.state().document().score.clone();
    desk.wait("the gauge", |s| {
        s.gauge.found().is_some_and(|g| g.distance() > 1.0)
    });
    desk.frames(2);
    desk.harness
        .get_all_by_label("Far from its training songs")
        .next()
        .unwrap();
    desk.click("2 octaves down");
    assert_eq!(desk.state().document().score.tracks, home.tracks);
    desk.wait("the gauge", |s| {
        s.gauge.found().is_some_and(|g| g.distance() == 0.0)
    });
    desk.key("ctrl Z");
    assert_eq!(desk.state().document().score.tracks, far.tracks);
}

#[test]
fn a_model_without_figures_says_so() {
    let mut desk = desk();
    desk.edit(|s| s.settings.generate.model = Some("chorale".into()));
    desk.frames(2);
    desk.harness
        .get_by_label("Its training songs are not known");
    assert!(desk.state().gauge.found().is_none());
}
