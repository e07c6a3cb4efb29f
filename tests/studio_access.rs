//! The window without eyes and without a mouse: every control has a name, Tab goes round every pane, and every command is
//! reached by its name in the palette.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;
#[path = "studio/walk.rs"]
mod walk;

use eframe::egui::Popup;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use lacuna::score::Edit;
use lacuna::studio::command::{Command as C, Menu, TABLE};
use lacuna::studio::{Overlay, why_not};
use support::Desk;
use walk::{controls, focused, nameless, tab_round};

/// Fails with all that is unnamed, of all panes at once.
struct Walk(Vec<String>);

impl Walk {
    fn see(&mut self, desk: &mut Desk, pane: &str) {
        desk.frames(2);
        let unnamed = nameless(desk);
        self.0
            .extend(unnamed.into_iter().map(|what| format!("{pane}: {what}")));
        assert!(controls(desk) > 5, "{pane} is not there");
    }

    fn end(self) {
        assert!(self.0.is_empty(), "without a name:\n{}", self.0.join("\n"));
    }
}

#[test]
fn every_control_of_the_window_has_a_name() {
    let mut walk = Walk(Vec::new());
    let mut desk = Desk::new();
    walk.see(&mut desk, "a new piece");
    desk.edit(|s| {
        let only = s.document().score.tracks[0].id;
        s.edit(Edit::RemoveTrack(only));
    });
    walk.see(&mut desk, "no track");
    desk.open_piece();
    desk.edit(|s| s.hint = true);
    walk.see(&mut desk, "a piece with the hint");
    desk.edit(|s| s.hint = false);
    desk.mask_bars(4, 8);
    desk.hold();
    desk.key("ctrl Enter");
    desk.wait("the writing", |s| {
        s.jobs.running.as_ref().is_some_and(|r| r.done > 2)
    });
    walk.see(&mut desk, "writing");
    desk.invoke(C::CancelGenerating);
    desk.wait("the end", |s| s.jobs.running.is_none());
    let mut desk = Desk::new();
    desk.fill();
    walk.see(&mut desk, "takes");
    desk.press(C::Lens);
    desk.wait("the lens", |s| s.lens.found().is_some());
    walk.see(&mut desk, "the lens");
    desk.press(C::Lens);
    desk.edit(|s| {
        s.toasts.error("It broke.", "At line 3.");
        s.toasts.info("It is well.");
    });
    walk.see(&mut desk, "messages");
    desk.edit(|s| s.toasts.clear());
    desk.press(C::RenameTrack);
    walk.see(&mut desk, "a track's name being typed");
    desk.key("Esc");
    desk.press(C::RenamePiece);
    walk.see(&mut desk, "the title being typed");
    desk.key("Esc");
    walk.end();
}

/// Clicks the button or list, among others of that name.
fn press(desk: &mut Desk, name: &str) {
    let mut all = desk.harness.get_all_by_label(name);
    // The last is in the menu that opened last.
    let node = all.rfind(|n| matches!(n.accesskit_node().role(), Role::Button | Role::ComboBox));
    node.unwrap_or_else(|| panic!("no {name}")).click();
    drop(all);
    desk.frames(3);
}

#[test]
fn every_entry_of_every_menu_and_list_has_a_name() {
    let mut walk = Walk(Vec::new());
    let mut desk = Desk::new();
    desk.fill();
    for menu in Menu::ALL {
        // The bar of menus is drawn first; a button below may have the same word.
        let mut all = desk.harness.get_all_by_label(menu.name());
        let bar = all.find(|n| n.accesskit_node().role() == Role::Button);
        bar.unwrap_or_else(|| panic!("no {}", menu.name())).click();
        drop(all);
        desk.frames(3);
        assert!(Popup::is_any_open(&desk.harness.ctx), "{}", menu.name());
        walk.see(&mut desk, menu.name());
        desk.key("Esc");
        assert!(!Popup::is_any_open(&desk.harness.ctx), "Escape closes it");
    }
    for (menu, inside) in [
        ("File", "New from template"),
        ("File", "Export more"),
        ("Notes", "Caret"),
        ("View", "Grid"),
    ] {
        press(&mut desk, menu);
        let mut all = desk.harness.get_all_by_label_contains(inside);
        let entry = all.rfind(|n| n.accesskit_node().role() == Role::Button);
        entry.unwrap_or_else(|| panic!("no {inside}")).click();
        drop(all);
        desk.frames(3);
        walk.see(&mut desk, inside);
        desk.key("Esc");
        desk.key("Esc");
        desk.frames(2);
    }
    for list in ["Grid", "Meter", "What new masks mean", "Model"] {
        press(&mut desk, list);
        walk.see(&mut desk, list);
        desk.key("Esc");
        desk.frames(2);
    }
    desk.harness.get_by_label("Track Bass").click_secondary();
    walk.see(&mut desk, "the menu of a track");
    desk.key("Esc");
    desk.frames(2);
    desk.click("Instrument of Bass: Acoustic Bass");
    walk.see(&mut desk, "the instruments");
    walk.end();
}

#[test]
fn every_control_of_what_lies_over_the_window_has_a_name() {
    let mut walk = Walk(Vec::new());
    let mut desk = Desk::new();
    desk.fill();
    for command in [
        C::Palette,
        C::Help,
        C::Shortcuts,
        C::QuantiseBy,
        C::Humanise,
        C::Strum,
        C::Ramp,
        C::StampBy,
        C::SelectBy,
        C::TimeMaps,
        C::History,
        C::Versions,
        C::Open,
        C::SaveAs,
        C::ExportWav,
        C::Soundfont,
        C::ExportStems,
    ] {
        desk.edit(|s| {
            s.overlay = None;
            s.saved = s.document().clone();
        });
        desk.invoke(command);
        assert!(desk.state().overlay.is_some(), "{}", command.spec().id);
        walk.see(&mut desk, command.spec().id);
    }
    desk.edit(|s| s.overlay = None);
    desk.invoke(C::AddMarker);
    desk.invoke(C::KeepVersion);
    for command in [C::TimeMaps, C::Versions] {
        desk.edit(|s| s.overlay = None);
        desk.invoke(command);
        walk.see(&mut desk, "with a marker and a version");
    }
    desk.edit(|s| s.overlay = None);
    desk.invoke(C::New);
    assert!(matches!(desk.state().overlay, Some(Overlay::Question(_))));
    walk.see(&mut desk, "a question");
    walk.end();
}

#[test]
fn every_control_of_the_research_panes_has_a_name() {
    let mut walk = Walk(Vec::new());
    let mut desk = Desk::new();
    desk.open_piece();
    let folder = desk.folder();
    desk.edit(|s| {
        let places = &mut s.training.places;
        places.cache = folder.join("cache");
        places.configs = folder.join("configs");
        places.runs = folder.join("runs");
        places.models = vec![folder.join("models")];
    });
    desk.press(C::Data);
    walk.see(&mut desk, "the data pane");
    desk.edit(|s| {
        s.data.set = "scales";
        s.data.cache = folder.join("cache/scales").display().to_string();
    });
    desk.frames(2);
    desk.click("Read scales");
    desk.wait("the songs", |s| s.data.found.is_some());
    walk.see(&mut desk, "a data set");
    desk.click("Prepare for training");
    desk.wait("the cache", |s| s.data.busy.is_none());
    desk.press(C::Training);
    desk.wait("the data set", |s| !s.training.sets.is_empty());
    walk.see(&mut desk, "the training pane");
    desk.press(C::Evaluation);
    walk.see(&mut desk, "the evaluation pane");
    desk.edit(|s| {
        let form = &mut s.evaluation.form;
        form.set = "midi";
        form.root = folder.join("songs").display().to_string();
        form.songs = 2;
        (form.window, form.hole) = (8, (3, 5));
    });
    support::songs(&folder.join("songs"));
    desk.edit(lacuna::studio::evaluation::start);
    desk.wait("the study", |s| s.evaluation.busy.is_none());
    assert_eq!(desk.state().evaluation.trouble, None);
    for (_, name, _) in lacuna::studio::evaluation::TABS {
        desk.click(&format!("{name} tab"));
        desk.frames(3);
        walk.see(&mut desk, name);
    }
    walk.end();
}

#[test]
fn tab_goes_round_every_pane_and_stops_only_at_what_has_a_name() {
    let mut desk = Desk::new();
    desk.fill();
    let stops = tab_round(&mut desk, "the window");
    for name in [
        "File",
        "Play",
        "Tempo",
        "Grid",
        "Track Melody",
        "Mute Bass",
        "Volume of Chords",
        "Piano roll",
        "Surprise",
        "Generate",
        "Take 2",
    ] {
        assert!(stops.iter().any(|s| s == name), "{name} in {stops:?}");
    }
    for (command, name) in [
        (C::QuantiseBy, "Strength"),
        (C::SelectBy, "Mask them"),
        (C::TimeMaps, "Add tempo at playhead"),
        (C::History, "0  As it was opened"),
        (C::Versions, "Keep a version"),
        (C::Shortcuts, "Ctrl+S for Save"),
        (C::Open, "Cancel"),
    ] {
        desk.edit(|s| {
            s.overlay = None;
            s.saved = s.document().clone();
        });
        desk.invoke(command);
        desk.frames(2);
        if command == C::Shortcuts {
            desk.type_text("save");
        }
        let stops = tab_round(&mut desk, command.spec().id);
        assert!(stops.iter().any(|s| s == name), "{name} in {stops:?}");
        // Nothing behind the pane is reached.
        assert!(!stops.iter().any(|s| s == "Piano roll"), "{stops:?}");
    }
}

/// Walks by Tab to what is called that.
fn tab_to(desk: &mut Desk, name: &str) {
    for _ in 0..300 {
        if focused(desk).is_some_and(|f| f.1 == name) {
            return;
        }
        desk.key("Tab");
    }
    panic!("Tab does not come to {name}");
}

#[test]
fn a_control_with_the_keyboard_has_arrows_and_enter_to_itself_and_control_arrows_lead_back() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.selection = s.document().score.notes().map(|(_, n)| n.id).collect());
    let before = desk.state().document().clone();
    let volume = |d: &Desk| d.state().document().score.tracks[0].mix.volume;
    tab_to(&mut desk, "Volume of Melody");
    desk.key("ArrowLeft");
    assert!(volume(&desk) < 1.0, "the slider moves");
    assert_eq!(
        desk.state().document().score.tracks[0].notes,
        before.score.tracks[0].notes,
        "and the notes do not"
    );
    desk.key("ctrl Z");
    assert_eq!(volume(&desk), 1.0);
    tab_to(&mut desk, "Mute Chords");
    desk.key("Enter");
    assert!(desk.state().document().score.tracks[1].mix.mute);
    desk.key("ctrl ArrowRight");
    desk.frames(1);
    assert_eq!(focused(&desk).unwrap().1, "Piano roll");
    desk.key("ArrowUp");
    assert_ne!(
        desk.state().document().score.tracks[0].notes,
        before.score.tracks[0].notes,
        "on the roll the arrow moves what is selected"
    );
}

/// Presses Down until what is called that has the keyboard.
fn down_to(desk: &mut Desk, name: &str) {
    let mut seen = Vec::new();
    for _ in 0..60 {
        let now = focused(desk).map(|f| f.1).unwrap_or_default();
        if now == name {
            return;
        }
        seen.push(now);
        desk.key("ArrowDown");
    }
    panic!("Down does not come to {name}: {seen:?}");
}

#[test]
fn menus_and_lists_are_opened_by_enter_walked_by_arrows_and_closed_by_escape() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.selection = s.document().score.notes().map(|(_, n)| n.id).collect());
    let before = desk.state().document().clone();
    tab_to(&mut desk, "Edit");
    desk.key("Enter");
    desk.frames(3);
    down_to(&mut desk, "Keep a version");
    desk.key("Enter");
    assert_eq!(desk.state().document().versions.len(), 1);
    assert_eq!(desk.state().document().score, before.score, "nothing moved");
    desk.frames(3);
    tab_to(&mut desk, "Meter");
    desk.key("Enter");
    desk.frames(3);
    down_to(&mut desk, "3/4");
    desk.key("Enter");
    let meter = desk.state().document().score.meters[0];
    assert_eq!((meter.numerator, meter.denominator), (3, 4));
    desk.frames(3);
    press(&mut desk, "View");
    assert!(Popup::is_any_open(&desk.harness.ctx));
    let selected = desk.state().selection.len();
    desk.key("Esc");
    assert!(!Popup::is_any_open(&desk.harness.ctx));
    assert_eq!(
        desk.state().selection.len(),
        selected,
        "Escape was the menu's"
    );
}

#[test]
fn enter_stops_while_the_roll_has_the_keyboard() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.key("ctrl ArrowRight");
    desk.frames(1);
    assert_eq!(focused(&desk).unwrap().1, "Piano roll");
    desk.key("Space");
    assert!(desk.state().transport.is_playing());
    desk.key("Enter");
    assert!(!desk.state().transport.is_playing());
}

#[test]
fn names_and_colours_are_changed_by_key() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.key("PageDown");
    desk.press(C::RenameTrack);
    desk.key("ctrl A");
    desk.type_text("Pads");
    desk.harness.key_press(eframe::egui::Key::Enter);
    desk.frames(3);
    assert_eq!(desk.state().document().score.tracks[1].name, "Pads");
    desk.press(C::NextColour);
    assert_eq!(desk.state().document().score.colour(1), 2);
    desk.press(C::RenamePiece);
    desk.key("ctrl A");
    desk.type_text("Study");
    desk.harness.key_press(eframe::egui::Key::Enter);
    desk.frames(3);
    assert_eq!(desk.state().document().score.title, "Study");
    assert_eq!(desk.state().history.labels().count(), 3);
}

#[test]
fn every_command_is_reached_by_its_name_and_a_refused_one_says_why() {
    let mut empty = Desk::new();
    empty.edit(|s| {
        let only = s.document().score.tracks[0].id;
        s.edit(Edit::RemoveTrack(only));
    });
    let mut full = Desk::new();
    full.fill();
    let (mut done, mut refused) = (0, 0);
    for desk in [&mut empty, &mut full] {
        let document = desk.state().document().clone();
        let selection = desk.state().selection.clone();
        // The palette is open while its own name is looked for.
        for spec in TABLE.iter().filter(|s| s.command != C::Palette) {
            desk.edit(|s| {
                s.show_document(document.clone(), None);
                s.selection.clone_from(&selection);
                s.overlay = None;
                s.quitting = false;
                s.input.piano = false;
                s.toasts.clear();
            });
            // What one command began would end while the next is being looked for.
            desk.wait("the end", |s| s.jobs.running.is_none());
            let why = why_not(spec.command, desk.state());
            desk.palette(spec.name);
            let palette = matches!(desk.state().overlay, Some(Overlay::Palette(_)));
            assert!(!palette, "{} does not come first", spec.name);
            let Some(why) = why else {
                done += 1;
                continue;
            };
            refused += 1;
            assert!(why.ends_with('.') && why.len() > 15, "{}: {why}", spec.id);
            let said = desk.state().toasts.list().last().map(|t| t.text.clone());
            assert_eq!(said.as_deref(), Some(why.as_str()), "{}", spec.id);
            assert_eq!(*desk.state().document(), document, "{}", spec.id);
        }
    }
    assert!(done > 250 && refused > 50, "{done} done, {refused} refused");
}

#[test]
fn a_command_is_found_by_its_words_in_any_order_and_by_parts_of_them() {
    for words in ["everything mask", "evry mask", "mas eve"] {
        let mut desk = Desk::new();
        desk.open_piece();
        desk.palette(words);
        assert!(!desk.state().document().mask.is_empty(), "{words}");
    }
}
