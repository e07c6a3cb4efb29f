//! The data pane as a researcher uses it.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::dataset::Split;
use lacuna::dataset::cache::Cache;
use lacuna::studio::command::Command;
use lacuna::studio::why_not;
use support::Desk;

/// A desk with the data pane open on the scales, which need no folder, and read.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.key("F3");
    assert!(desk.state().data.open);
    desk.edit(|s| s.data.set = "scales");
    desk.frames(2);
    desk.click("Read scales");
    desk.wait("the songs", |s| s.data.found.is_some());
    desk.frames(2);
    desk
}

#[test]
fn a_data_set_is_read_listed_and_filtered() {
    let mut desk = desk();
    let found = desk.state().data.found.as_ref().unwrap();
    assert_eq!((found.songs.len(), found.statistics.songs), (24, 24));
    let ids: Vec<String> = found.songs.iter().map(|r| r.song.id.clone()).collect();
    desk.harness.get_by_label(&format!("Song {}", ids[0]));
    desk.harness.get_by_label("Histogram of pitch");
    desk.edit(|s| s.data.filter = ids[5].clone());
    desk.frames(2);
    desk.harness.get_by_label(&format!("Song {}", ids[5]));
    assert!(
        desk.harness
            .query_by_label(&format!("Song {}", ids[0]))
            .is_none()
    );
    desk.edit(|s| {
        s.data.filter.clear();
        s.data.split = Some(Split::Test);
    });
    let shown = desk.state().data.shown();
    assert!(shown.iter().all(|r| r.song.split == Split::Test) && shown.len() < 24);
}

#[test]
fn a_song_is_heard_and_opened_as_a_new_piece() {
    let mut desk = desk();
    let before = desk.state().document().score.clone();
    let id = desk.state().data.found.as_ref().unwrap().songs[3]
        .song
        .id
        .clone();
    desk.click(&format!("Song {id}"));
    desk.wait("the song", |s| s.data.score().is_some());
    desk.frames(2);
    desk.click("Hear the song");
    assert!(desk.state().transport.is_playing() && desk.state().data.listening);
    desk.click("Stop the song");
    assert!(!desk.state().transport.is_playing());
    assert_eq!(
        desk.state().document().score,
        before,
        "listening changes nothing"
    );
    let song = desk.state().data.score().unwrap().clone();
    desk.click("Open in the roll");
    assert!(!desk.state().data.open);
    assert_eq!(desk.state().document().score.tracks, song.tracks);
    assert!(desk.state().file.is_none());
}

#[test]
fn what_cannot_be_seen_cannot_be_edited() {
    let mut desk = desk();
    desk.edit(|s| s.selection = s.document().score.notes().map(|(_, n)| n.id).collect());
    let before = desk.state().document().clone();
    desk.key("Delete");
    desk.key("Q");
    assert_eq!(*desk.state().document(), before);
    let why = why_not(Command::Delete, desk.state()).unwrap();
    assert!(why.contains("F3"), "{why}");
    desk.key("Esc");
    assert!(!desk.state().data.open);
    desk.key("Delete");
    assert_eq!(desk.state().document().score.note_count(), 0);
}

#[test]
fn a_folder_that_does_not_hold_the_set_is_answered_with_a_sentence() {
    let mut desk = desk();
    let folder = desk.folder().display().to_string();
    desk.edit(|s| {
        s.data.set = "pop909";
        s.data.folder = folder;
    });
    desk.frames(2);
    desk.click("Read");
    desk.wait("the complaint", |s| s.data.trouble.is_some());
    let trouble = desk.state().data.trouble.clone().unwrap();
    assert!(
        trouble.contains("POP909") && trouble.ends_with('.'),
        "{trouble}"
    );
    desk.frames(1);
    desk.harness.get_by_label(&trouble);
    assert!(desk.state().data.busy.is_none());
}

#[test]
fn a_data_set_is_prepared_for_training() {
    let mut desk = desk();
    let folder = desk.folder().join("cache");
    desk.edit(|s| s.data.cache = folder.display().to_string());
    desk.frames(2);
    desk.click("Prepare for training");
    desk.wait("the cache", |s| s.data.busy.is_none());
    assert_eq!(desk.state().data.trouble, None);
    let cache = Cache::load(&folder, lacuna::model::card::TOKENIZER).unwrap();
    assert_eq!(cache.songs.len(), 24);
    assert!(desk.settles(), "the pane asks for frames for ever");
}

#[test]
fn reading_is_stopped_and_what_was_read_stays() {
    if !lacuna::dataset::default_root().join("pop909").is_dir() {
        eprintln!("SKIPPED: no POP909; set LACUNA_DATA to run this test");
        return;
    }
    let mut desk = desk();
    desk.edit(|s| s.data.set = "pop909");
    desk.frames(2);
    desk.click("Read");
    desk.click("Cancel");
    desk.wait("the end", |s| s.data.busy.is_none());
    let found = desk.state().data.found.as_ref().unwrap();
    assert_eq!(found.set, "pop909");
    assert!(found.read > 0 && found.read < found.songs.len());
    assert_eq!(
        found.statistics.songs + found.statistics.refused.len(),
        found.read
    );
    let last = found.songs.last().unwrap();
    assert!(last.size.is_none() && last.refused.is_none());
}
