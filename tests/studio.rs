//! The studio as a person uses it, without a display: real window code, a silent player, and a worker that writes
//! notes without a model.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use lacuna::score::{Edit, Mask, Region};
use lacuna::studio::command::{Command, TABLE};
use lacuna::studio::{Overlay, Purpose, picked_path, why_not};
use support::{Desk, piece};

#[test]
fn every_command_works_on_an_empty_and_on_a_full_desk() {
    for full in [false, true] {
        let mut desk = Desk::new();
        if full {
            desk.fill();
        } else {
            desk.edit(|s| {
                for t in s.document().score.tracks.clone() {
                    s.edit(Edit::RemoveTrack(t.id));
                }
            });
        }
        let document = desk.state().document().clone();
        let selection = desk.state().selection.clone();
        for spec in TABLE {
            desk.edit(|s| {
                s.show_document(document.clone(), None);
                s.selection.clone_from(&selection);
                s.show_take(Some(1));
                if full {
                    s.transport.set_loop(Some((0, 3840)), true);
                }
                s.overlay = None;
                s.quitting = false;
            });
            desk.frames(1);
            desk.invoke(spec.command);
            desk.frames(2);
            // A second time: toggles go back, and nothing minds being asked twice.
            desk.invoke(spec.command);
            desk.frames(1);
        }
    }
}

#[test]
fn every_command_that_cannot_be_used_says_why() {
    let mut desk = Desk::new();
    desk.edit(|s| {
        for t in s.document().score.tracks.clone() {
            s.edit(Edit::RemoveTrack(t.id));
        }
    });
    for spec in TABLE {
        if let Some(why) = why_not(spec.command, desk.state()) {
            assert!(why.ends_with('.') && why.len() > 15, "{}: {why}", spec.id);
        }
    }
    assert!(why_not(Command::Generate, desk.state()).is_some());
}

#[test]
fn open_mask_generate_switch_accept_undo_save_and_open_again() {
    let mut desk = Desk::new();
    desk.wait("the engine", |s| s.jobs.device.is_some());
    let midi = desk.folder().join("song.mid");
    lacuna::format::save_midi(&midi, &piece()).unwrap();

    // Open.
    desk.drop_file(&midi);
    desk.wait("the file", |s| {
        s.document().score.note_count() == piece().note_count()
    });
    assert_eq!(desk.state().document().score.title, "song");
    assert!(!desk.state().is_dirty());

    // Mask bars of a note by key.
    desk.edit(|s| {
        let note = s.document().score.tracks[0].notes[9].id;
        s.selection = [note].into();
    });
    desk.key("ctrl shift M");
    assert!(!desk.state().document().mask.is_empty());
    let original = desk.state().document().score.clone();

    // Generate by key; takes arrive.
    desk.key("ctrl Enter");
    desk.wait("the takes", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes.len(), 4);
    assert_eq!(
        desk.state().takes.take,
        Some(0),
        "the first take is shown as soon as it is there"
    );

    // Switch.
    desk.key("]");
    assert_eq!(desk.state().takes.take, Some(1));
    desk.key("[");
    desk.key("[");
    assert_eq!(
        desk.state().takes.take,
        None,
        "the original is before the first take"
    );
    desk.key("[");
    assert_eq!(
        desk.state().takes.take,
        Some(3),
        "and before it comes the last take"
    );

    // Accept is one step, and undo brings the takes back.
    let heard = desk.edit(|s| s.preview());
    desk.key("alt Enter");
    assert_eq!(*desk.state().document().score, *heard);
    assert!(desk.state().document().takes.is_empty());
    desk.key("ctrl Z");
    assert_eq!(*desk.state().document().score, *original);
    assert_eq!(desk.state().document().takes.len(), 4);
    desk.key("ctrl shift Z");
    assert_eq!(*desk.state().document().score, *heard);

    // Save and open again.
    let project = desk.folder().join("song.lacuna");
    desk.key("ctrl S");
    assert!(matches!(desk.state().overlay, Some(Overlay::Browser(_))));
    desk.edit(|s| {
        s.overlay = None;
        picked_path(s, Purpose::Save(None), project.clone());
    });
    desk.wait("the file", |s| !s.is_dirty());
    let saved = desk.state().document().clone();
    desk.key("ctrl N");
    assert_eq!(desk.state().document().score.note_count(), 0);
    desk.drop_file(&project);
    desk.wait("the project", |s| s.document().score.note_count() > 0);
    assert_eq!(*desk.state().document(), saved);
}

#[test]
fn everything_outside_the_mask_is_as_it_was() {
    let mut desk = Desk::new();
    desk.fill();
    let before = desk.state().document().clone();
    desk.edit(|s| s.show_take(Some(2)));
    desk.invoke(Command::Accept);
    let after = desk.state().document().score.clone();
    for (t, n) in before
        .score
        .notes()
        .filter(|(t, n)| !before.mask.selects(*t, n))
    {
        assert_eq!(after.track(t).unwrap().note(n.id), Some(n));
    }
}

#[test]
fn editing_a_shown_take_keeps_it_in_one_step() {
    let mut desk = Desk::new();
    desk.fill();
    desk.edit(|s| {
        s.show_take(Some(1));
        let new = s.document().score.next_id;
        let preview = s.preview();
        let note = preview
            .notes()
            .map(|(_, n)| *n)
            .find(|n| n.id.0 >= new)
            .expect("a note of the take");
        s.selection = [note.id].into();
    });
    let before = desk.state().document().clone();
    desk.key("Up");
    assert!(desk.state().document().takes.is_empty());
    assert_eq!(desk.state().selection.len(), 1);
    desk.key("ctrl Z");
    assert_eq!(desk.state().document().score, before.score);
    assert_eq!(desk.state().document().takes.len(), before.takes.len());
}

#[test]
fn a_new_mask_drops_the_takes_of_the_old_one_and_undo_brings_them_back() {
    let mut desk = Desk::new();
    desk.fill();
    let takes = desk.state().document().takes.len();
    desk.edit(|s| {
        s.show_take(None);
        s.change_mask(|m| *m = Mask::of(Region::time(0, 480, None)));
    });
    assert!(desk.state().document().takes.is_empty());
    desk.key("ctrl Z");
    assert_eq!(desk.state().document().takes.len(), takes);
}

#[test]
fn masking_on_while_a_take_is_shown_keeps_the_take() {
    let mut desk = Desk::new();
    desk.fill();
    let heard = desk.edit(|s| {
        s.show_take(Some(2));
        s.preview()
    });
    let before = desk.state().document().clone();
    desk.edit(|s| s.change_mask(|m| m.add(Region::time(0, 1920, None))));
    let now = desk.state().document().clone();
    assert_eq!(*now.score, *heard);
    assert_eq!(
        now.mask.gestures.len(),
        1,
        "the bars of the kept take are not masked any more"
    );
    desk.key("ctrl Z");
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn escape_stops_the_writing_and_finished_takes_stay() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.mask_bars(2, 4);
    desk.hold();
    desk.key("ctrl Enter");
    desk.wait("the writing", |s| {
        s.jobs.running.as_ref().is_some_and(|r| r.done > 0)
    });
    desk.let_one_take_pass();
    desk.wait("a take", |s| s.document().takes.len() == 1);
    desk.key("Esc");
    desk.wait("the end", |s| s.jobs.running.is_none());
    assert_eq!(desk.state().document().takes.len(), 1);
}

#[test]
fn a_failure_is_said_with_details_and_leaves_the_piece() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.mask_bars(2, 4);
    desk.fail_next("The model needs 9 GB and there are 4 GB. Choose a smaller one.");
    let before = desk.state().document().clone();
    desk.key("ctrl Enter");
    desk.wait("the end", |s| s.jobs.running.is_none());
    assert_eq!(*desk.state().document(), before);
    let toast = desk.state().toasts.list().last().unwrap().clone();
    assert!(toast.text.contains("9 GB") && toast.details.unwrap().contains("seed"));
}

#[test]
fn what_is_played_is_what_is_shown() {
    let mut desk = Desk::new();
    desk.fill();
    desk.key("Space");
    desk.frames(2);
    assert!(desk.state().transport.is_playing());
    desk.key("]");
    desk.frames(1);
    assert!(
        desk.state().transport.is_playing(),
        "switching takes does not stop the music"
    );
    desk.key("Space");
    desk.frames(1);
    assert!(!desk.state().transport.is_playing());
}

#[test]
fn closing_with_unsaved_work_asks_first() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.edit(Edit::SetTitle("Changed".into())));
    desk.invoke(Command::Quit);
    assert!(matches!(desk.state().overlay, Some(Overlay::Question(_))));
    assert!(!desk.state().quitting);
    desk.frames(2);
    desk.click("Don't save");
    assert!(desk.state().quitting);
}

#[test]
fn a_piece_that_was_not_saved_is_offered_again() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.edit(Edit::SetTitle("Nearly lost".into())));
    desk.wait("the automatic copy", |s| s.autosaved());
    let mut again = desk.crash();
    again.frames(2);
    assert!(matches!(again.state().overlay, Some(Overlay::Question(_))));
    again.click("Bring it back");
    again.wait("the piece", |s| s.document().score.title == "Nearly lost");
    assert!(again.state().would_lose_work());
}

#[test]
fn a_file_that_is_no_music_is_refused_with_a_sentence() {
    let mut desk = Desk::new();
    desk.open_piece();
    let before = desk.state().document().clone();
    let bad = desk.folder().join("holiday.mid");
    std::fs::write(&bad, b"GIF89a").unwrap();
    desk.drop_file(&bad);
    desk.wait("the complaint", |s| !s.toasts.list().is_empty());
    assert!(desk.state().toasts.list()[0].text.contains("holiday.mid"));
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn what_is_heard_is_rendered_and_exported() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| {
        // Two bars: an unoptimised synth takes its time.
        let late = s.document().score.notes().filter(|(_, n)| n.start >= 3840);
        let late = late.map(|(_, n)| n.id).collect();
        s.edit(Edit::RemoveNotes(late));
    });
    desk.mask_bars(0, 1);
    desk.key("ctrl Enter");
    desk.wait("the takes", |s| s.jobs.running.is_none());
    let heard = desk.edit(|s| s.preview());
    assert_ne!(heard, desk.state().document().score, "a take is shown");
    let (midi, wav) = (desk.folder().join("out.mid"), desk.folder().join("out"));
    desk.edit(|s| {
        picked_path(s, Purpose::ExportMidi, midi.clone());
        picked_path(s, Purpose::ExportWav, wav.clone());
    });
    let wav = wav.with_extension("wav");
    desk.wait("the sound file", |s| {
        s.toasts.list().iter().any(|t| t.text == "Rendered out.wav")
    });
    assert!(std::fs::metadata(wav).unwrap().len() > 1_000_000);
    let again = lacuna::format::open_midi(&midi).unwrap().score;
    assert_eq!(again.note_count(), heard.note_count());
}

#[test]
fn the_palette_finds_and_runs() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.key("ctrl P");
    desk.frames(2);
    desk.type_text("mask everything");
    desk.frames(1);
    desk.key("Enter");
    desk.frames(1);
    assert!(desk.state().overlay.is_none());
    assert!(!desk.state().document().mask.is_empty());
}

#[test]
fn typing_a_name_is_not_taken_for_shortcuts() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.key("ctrl P");
    desk.frames(2);
    desk.type_text("m");
    desk.frames(1);
    assert!(!desk.state().document().score.tracks[0].mix.mute);
}

#[test]
fn an_idle_window_does_not_draw() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.wait("the engine", |s| s.jobs.device.is_some());
    assert!(desk.settles(), "something asks for frames for ever");
}
