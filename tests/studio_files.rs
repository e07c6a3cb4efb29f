//! A person takes pieces in and out of the studio: templates, imports, and every export by the palette.

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::format::{open_midi, save_midi};
use lacuna::score::{Edit, NoteId, Region, Score, Tempo};
use lacuna::studio::command::{Command, TABLE, of_menu};
use lacuna::studio::{Export, Overlay, Purpose};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use support::Desk;

/// Finds a command in the palette by its whole name and runs it.
fn by_palette(desk: &mut Desk, name: &str) {
    desk.key("ctrl P");
    desk.frames(2);
    desk.type_text(name.trim_end_matches("..."));
    desk.key("Enter");
    desk.frames(2);
}

/// Types a whole path into the studio's own file dialog and presses Enter.
fn name_it(desk: &mut Desk, path: &Path) {
    desk.edit(|s| match &mut s.overlay {
        Some(Overlay::Browser(browser)) => browser.name = path.display().to_string(),
        _ => panic!("no dialog is open"),
    });
    desk.frames(2);
    desk.key("Enter");
}

fn purpose(desk: &Desk) -> Purpose {
    match &desk.state().overlay {
        Some(Overlay::Browser(browser)) => browser.purpose.clone(),
        _ => panic!("no dialog is open"),
    }
}

/// Exports by palette and dialog, and waits for the word of success.
fn export(desk: &mut Desk, command: Command, file: &str) -> PathBuf {
    let path = desk.folder().join(file);
    by_palette(desk, command.spec().name);
    let what = Export::of(command).unwrap();
    assert_eq!(purpose(desk), Purpose::Export(what));
    name_it(desk, &path);
    desk.wait(file, |s| {
        let said = |t: &str| t.contains("ported ") || t.contains("endered ");
        s.toasts.list().iter().any(|t| said(&t.text))
    });
    desk.edit(|s| while s.toasts.clear() {});
    path
}

/// Two bars of the test piece: an unoptimised synth takes its time.
fn short_piece(desk: &mut Desk) {
    desk.open_piece();
    desk.edit(|s| {
        let late = s.document().score.notes().filter(|(_, n)| n.start >= 3840);
        let late: BTreeSet<NoteId> = late.map(|(_, n)| n.id).collect();
        s.edit(Edit::RemoveNotes(late));
        s.settings.welcomed = true;
    });
}

#[test]
fn chosen_tracks_and_the_selection_become_midi_files_of_their_own() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    desk.edit(|s| s.track = Some(s.document().score.tracks[2].id));
    let path = export(&mut desk, Command::ExportMidiTracks, "bass.mid");
    let score = open_midi(&path).unwrap().score;
    assert_eq!(score.tracks.len(), 1);
    assert_eq!(score.tracks[0].name, "Bass");
    assert_eq!(score.note_count(), 4);

    // The second bar of melody and bass: what is selected says which tracks are meant.
    let chosen: BTreeSet<NoteId> = desk.edit(|s| {
        let score = s.document().score.clone();
        let notes = score.notes().filter(|(t, n)| {
            n.start >= 1920 && (*t == score.tracks[0].id || *t == score.tracks[2].id)
        });
        notes.map(|(_, n)| n.id).collect()
    });
    desk.edit(|s| s.selection = chosen.clone());
    let path = export(&mut desk, Command::ExportMidiTracks, "two.mid");
    assert_eq!(open_midi(&path).unwrap().score.tracks.len(), 2);
    let path = export(&mut desk, Command::ExportMidiSelection, "bar.mid");
    let score = open_midi(&path).unwrap().score;
    assert_eq!(score.note_count(), chosen.len());
    assert!(score.end() <= 1920, "it begins at its first bar");
    assert_eq!(score.bpm_at(0), 96.0);
}

#[test]
fn notation_and_pictures_are_written_where_one_says() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    desk.mask_bars(1, 2);
    // The ending is added where a person leaves it out.
    let path = export(&mut desk, Command::ExportMusicXml, "sheet");
    let xml = std::fs::read_to_string(path.with_extension("musicxml")).unwrap();
    assert!(xml.contains("<part-name>Melody</part-name>"));
    assert_eq!(xml.matches("<measure number=\"2\">").count(), 3);

    let path = export(&mut desk, Command::ExportSvg, "roll.svg");
    let whole = std::fs::read_to_string(path).unwrap();
    assert!(whole.contains("url(#hatch)"), "the mask is drawn");
    assert!(whole.contains("<title>Bass</title>"));
    // A loop of the first bar: half as wide, and without the mask of the second.
    desk.edit(|s| s.transport.set_loop(Some((0, 1920)), true));
    let path = export(&mut desk, Command::ExportSvg, "loop.svg");
    let part = std::fs::read_to_string(path).unwrap();
    assert!(!part.contains("url(#hatch)"));
    assert!(part.matches("<rect").count() < whole.matches("<rect").count());

    let path = export(&mut desk, Command::ExportPng, "roll.png");
    let reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let reader = reader.read_info().unwrap();
    assert_eq!(reader.info().width, 36 + 4 * 24);
}

#[test]
fn stems_go_into_a_folder_of_their_own() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    desk.edit(|s| {
        let track = s.document().score.tracks[1].id;
        let mut mix = s.document().score.tracks[1].mix;
        mix.mute = true;
        s.edit(Edit::SetMix { track, mix });
    });
    let folder = export(&mut desk, Command::ExportStems, "Sketch stems");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["01 Melody.wav", "02 Bass.wav"]);
}

#[test]
fn a_template_is_a_new_piece_with_named_tracks_and_asks_before_it_replaces_one() {
    let mut desk = Desk::new();
    desk.edit(|s| s.settings.welcomed = true);
    let expected = [
        (Command::NewPiano, 2, "Right hand"),
        (Command::NewMelodyChords, 2, "Melody"),
        (Command::NewFourVoices, 4, "Soprano"),
        (Command::NewBand, 5, "Melody"),
    ];
    for (command, count, first) in expected {
        by_palette(&mut desk, command.spec().name);
        let tracks = &desk.state().document().score.tracks;
        assert_eq!((tracks.len(), tracks[0].name.as_str()), (count, first));
        assert!(!desk.state().is_dirty());
    }
    short_piece(&mut desk);
    by_palette(&mut desk, Command::NewBand.spec().name);
    assert!(matches!(desk.state().overlay, Some(Overlay::Question(_))));
    desk.click("Cancel");
    assert_eq!(desk.state().document().score.tracks.len(), 3);
}

/// A file of another grid, tempo and metre: two tracks, of which the second has a note that does not fit.
fn guest(folder: &Path, name: &str) -> PathBuf {
    let mut s = Score {
        ppq: 960,
        ..Score::default()
    };
    s.tempos.push(Tempo {
        tick: 0,
        micros_per_quarter: 300_000,
    });
    let a = s.add_track("Viola", 4, 41);
    let b = s.add_track("Cello", 5, 42);
    s.add_note(a, 960, 480, 60, 80);
    s.add_note(b, 1921, 480, 48, 80);
    let path = folder.join(name);
    save_midi(&path, &s).unwrap();
    path
}

#[test]
fn a_file_is_taken_in_as_tracks_in_one_step_and_the_tempo_stays() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    let before = desk.state().document().clone();
    let path = guest(&desk.folder(), "guest.mid");
    by_palette(&mut desk, Command::ImportTracks.spec().name);
    assert_eq!(purpose(&desk), Purpose::ImportTracks);
    name_it(&mut desk, &path);
    desk.wait("the tracks", |s| s.document().score.tracks.len() == 5);
    let score = desk.state().document().score.clone();
    let viola = &score.tracks[3];
    assert_eq!(
        (viola.name.as_str(), viola.channel, viola.first_program()),
        ("Viola", 4, 41)
    );
    assert_eq!((viola.notes[0].start, viola.notes[0].length), (480, 240));
    assert_eq!(score.tempos, before.score.tempos);
    let said = &desk.state().toasts.list()[0];
    assert!(said.text.contains("Imported 2 tracks"), "{}", said.text);
    let details = said.details.as_deref().unwrap_or_default();
    assert!(details.contains("1 note fell between"), "{details}");
    assert!(details.contains("other tempos"), "{details}");
    desk.key("ctrl Z");
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn of_several_dropped_files_a_person_says_what_they_are_for() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    let (a, b) = (
        guest(&desk.folder(), "a.mid"),
        guest(&desk.folder(), "b.mid"),
    );
    let drop_both = |desk: &mut Desk| {
        desk.drop_files(&[&a, &b]);
        desk.frames(2);
        assert!(matches!(desk.state().overlay, Some(Overlay::Question(_))));
    };
    drop_both(&mut desk);
    desk.click("Cancel");
    assert_eq!(desk.state().document().score.tracks.len(), 3);
    drop_both(&mut desk);
    desk.click("Import all as tracks");
    desk.wait("the tracks", |s| s.document().score.tracks.len() == 7);
    desk.key("ctrl Z");
    assert_eq!(desk.state().document().score.tracks.len(), 3);
    desk.edit(|s| s.saved = s.document().clone());
    drop_both(&mut desk);
    desk.click("Open the first");
    desk.wait("the piece", |s| s.document().score.title == "a");
    assert_eq!(desk.state().document().score.tracks.len(), 2);
}

#[test]
fn an_import_that_fails_says_why_and_changes_nothing() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    let before = desk.state().document().clone();
    let bad = desk.folder().join("bad.mid");
    std::fs::write(&bad, b"GIF89a").unwrap();
    by_palette(&mut desk, Command::ImportTracks.spec().name);
    name_it(&mut desk, &bad);
    desk.wait("the complaint", |s| !s.toasts.list().is_empty());
    assert!(desk.state().toasts.list()[0].text.contains("bad.mid"));
    assert_eq!(*desk.state().document(), before);
}

#[test]
fn commands_inside_a_menu_stand_in_the_menu_that_is_named() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    desk.click("File");
    desk.frames(2);
    for name in ["New from template", "Export more"] {
        let inside = of_menu(Command::New.spec().menu).filter(|s| s.under == Some(name));
        assert!(inside.count() > 1, "{name}");
        let found = desk.harness.query_by_label_contains(name);
        assert!(found.is_some(), "{name}");
    }
    assert!(
        desk.harness
            .query_by_label_contains("Export stems")
            .is_none()
    );
    desk.harness.get_by_label_contains("Export more").click();
    desk.frames(4);
    let stems = desk.harness.query_by_label_contains("Export stems");
    assert!(stems.is_some(), "the menu inside opens");
    let loose = TABLE.iter().filter(|s| s.id.starts_with("file.export_"));
    assert_eq!(loose.count(), 8);
}

#[test]
fn a_selection_is_what_a_picture_shows() {
    let mut desk = Desk::new();
    short_piece(&mut desk);
    desk.edit(|s| {
        let id = s.document().score.tracks[0].notes[0].id;
        s.selection = [id].into();
        s.change_mask(|m| m.add(Region::notes([id])));
    });
    let path = export(&mut desk, Command::ExportPng, "bar.png");
    let reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    assert_eq!(reader.read_info().unwrap().info().width, 36 + 4 * 24);
}
