//! The pane of settings as a person uses it, what is kept of it, and that a studio at rest stays at rest.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Event, Modifiers, MouseWheelUnit, Shape, TouchPhase, vec2};
use egui_kittest::kittest::Queryable;
use lacuna::audio::midi::FakePorts;
use lacuna::score::{Document, Edit, Score};
use lacuna::studio::command::Command;
use lacuna::studio::{Look, Overlay};
use std::time::Duration;
use support::Desk;

const PORT: &str = "Keystation";

/// A desk with the pane open, showing what is found for these words.
fn looking_for(words: &str) -> Desk {
    let mut desk = Desk::new();
    desk.key("ctrl Comma");
    find(&mut desk, words);
    desk
}

fn find(desk: &mut Desk, words: &str) {
    desk.frames(2);
    desk.type_text(words);
    desk.frames(2);
}

fn press(desk: &mut Desk, role: Role, name: &str) {
    desk.harness.get_by_role_and_label(role, name).click();
    desk.frames(3);
}

/// Chooses from the list of a setting.
fn choose(desk: &mut Desk, setting: &str, value: &str) {
    press(desk, Role::ComboBox, setting);
    press(desk, Role::Button, value);
}

/// The settings file, as soon as it holds a text.
fn written(desk: &mut Desk, text: &str) -> String {
    let path = desk.state().settings_file.path().unwrap().to_owned();
    let read = || std::fs::read_to_string(&path).unwrap_or_default();
    desk.wait(text, |_| read().contains(text));
    read()
}

#[test]
fn a_setting_is_found_by_a_word_of_its_explanation_changed_and_kept() {
    let mut desk = looking_for("bright room");
    assert!(desk.harness.query_by_label("Latency").is_none());
    choose(&mut desk, "Colours", "Light");
    assert_eq!(desk.state().settings.look, Look::Light);
    assert_eq!(desk.state().context.theme(), egui::Theme::Light);
    written(&mut desk, "look: Light");
    press(&mut desk, Role::Button, "Reset Colours");
    assert_eq!(desk.state().settings.look, Look::Dark);
    assert!(desk.harness.query_by_label("Reset Colours").is_none());
    written(&mut desk, "look: Dark");
}

#[test]
fn escape_leaves_the_search_then_the_pane() {
    let mut desk = looking_for("latency");
    desk.key("Esc");
    let Some(Overlay::Settings(pane)) = &desk.state().overlay else {
        panic!("the pane is closed");
    };
    assert_eq!(pane.query, "");
    desk.key("Esc");
    assert!(desk.state().overlay.is_none());
}

#[test]
fn switches_and_sizes_hold_at_once() {
    let mut desk = looking_for("click");
    press(&mut desk, Role::CheckBox, "Metronome");
    assert!(desk.state().settings.metronome);
    desk.key("Esc");
    find(&mut desk, "size");
    choose(&mut desk, "Size", "120 %");
    assert_eq!(desk.state().context.zoom_factor(), 1.2);
    desk.edit(|s| s.settings.scale = 1.0);
    desk.key("Esc");
    find(&mut desk, "smoothly");
    desk.edit(|s| s.settings.follow = false);
    press(&mut desk, Role::CheckBox, "Follow smoothly");
    assert!(desk.state().settings.follow, "smoothly is following too");
}

#[test]
fn all_are_reset_and_the_reset_is_undone() {
    let mut desk = Desk::new();
    // The model is chosen when the engine is there.
    desk.open_piece();
    desk.edit(|s| {
        s.settings.reduce_motion = true;
        s.settings.record_latency = 35.0;
        s.settings.generate.takes = 7;
        s.settings
            .shortcuts
            .insert("edit.undo".into(), vec!["F9".into()]);
    });
    let before = desk.state().settings.clone();
    desk.key("ctrl Comma");
    // The pane has found its size.
    desk.frames(3);
    press(&mut desk, Role::Button, "Reset all");
    let now = &desk.state().settings;
    let kept = (now.reduce_motion, now.record_latency, now.generate.takes);
    assert_eq!(kept, (false, 0.0, 4));
    assert_eq!(
        now.shortcuts, before.shortcuts,
        "they have a pane of their own"
    );
    press(&mut desk, Role::Button, "Undo reset");
    assert_eq!(desk.state().settings, before);
}

#[test]
fn a_broken_file_is_put_aside_and_the_toast_names_it() {
    let mut desk = Desk::new();
    desk.edit(|s| s.settings.scale = 1.1);
    written(&mut desk, "scale: 1.1");
    let path = desk.state().settings_file.path().unwrap().to_owned();
    std::fs::write(&path, "(scale: \"big\"").unwrap();
    let mut desk = desk.crash();
    desk.frames(2);
    assert_eq!(desk.state().settings.scale, 1.0);
    let bad = path.with_extension("ron.bad");
    let toasts = desk.state().toasts.list();
    assert!(toasts.iter().any(|t| t.text.contains("settings.ron.bad")));
    assert_eq!(std::fs::read_to_string(bad).unwrap(), "(scale: \"big\"");
}

#[test]
fn settings_that_cannot_be_written_are_said() {
    let mut desk = Desk::new();
    let path = desk.state().settings_file.path().unwrap().to_owned();
    // A folder in its place cannot be replaced by a file.
    let _ = std::fs::remove_file(&path);
    std::fs::create_dir_all(path.join("in the way")).unwrap();
    desk.edit(|s| s.settings.scale = 1.1);
    desk.wait("the complaint", |s| {
        let mut toasts = s.toasts.list().iter();
        toasts.any(|t| t.text.contains("could not be written"))
    });
}

#[test]
fn the_midi_port_is_chosen_from_those_there_are() {
    let mut desk = Desk::new();
    let (ports, hands) = FakePorts::new();
    hands.plug("Other");
    desk.edit(|s| {
        let context = s.context.clone();
        s.input.set_ports(ports, &context);
    });
    desk.wait("the port", |s| s.input.port() == Some("Other"));
    desk.key("ctrl Comma");
    find(&mut desk, "keyboard port");
    desk.harness.get_by_label("Listening to Other.");
    hands.plug(PORT);
    press(&mut desk, Role::Button, "Look for MIDI ports");
    desk.wait("the second", |s| s.input.names.len() == 2);
    choose(&mut desk, "MIDI keyboard", PORT);
    desk.wait("the choice", |s| s.input.port() == Some(PORT));
    hands.unplug(PORT);
    press(&mut desk, Role::Button, "Look for MIDI ports");
    desk.wait("the loss", |s| s.input.trouble.is_some());
    let why = desk.state().input.trouble.clone().unwrap();
    assert!(desk.harness.query_all_by_label(&why).next().is_some());
    press(&mut desk, Role::Button, "Reset MIDI keyboard");
    desk.wait("the first there is", |s| s.input.port() == Some("Other"));
}

#[test]
fn shortcuts_and_files_lead_back_to_the_settings() {
    let mut desk = looking_for("shortcuts");
    press(&mut desk, Role::Button, "Change shortcuts...");
    assert!(matches!(desk.state().overlay, Some(Overlay::Shortcuts(_))));
    desk.key("Esc");
    assert!(matches!(desk.state().overlay, Some(Overlay::Settings(_))));
    desk.key("Esc");
    find(&mut desk, "soundfont");
    press(&mut desk, Role::Button, "Choose SoundFont");
    assert!(matches!(desk.state().overlay, Some(Overlay::Browser(_))));
    desk.key("Esc");
    desk.frames(2);
    assert!(matches!(desk.state().overlay, Some(Overlay::Settings(_))));
    desk.key("Esc");
    desk.key("Esc");
    assert!(desk.state().overlay.is_none() && desk.state().behind.is_none());
}

#[test]
fn the_pane_fits_into_a_small_window() {
    // The second is 1024x640 at 200 %.
    for size in [vec2(1024.0, 640.0), vec2(512.0, 320.0), vec2(800.0, 520.0)] {
        let mut desk = Desk::new();
        desk.harness.set_size(size);
        desk.key("ctrl Comma");
        desk.frames(3);
        let room = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
        for name in ["Find a setting", "Close settings", "Reset all"] {
            let rect = desk.harness.get_by_label(name).rect();
            assert!(room.contains_rect(rect), "{name} at {rect:?} in {room:?}");
        }
    }
}

/// Draws until the window asks for no further frame.
fn rests(desk: &mut Desk) {
    for _ in 0..2000 {
        desk.frames(1);
        if !desk.state().context.has_requested_repaint() {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("never at rest: {:?}", desk.state().context.repaint_causes());
}

#[test]
fn a_studio_at_rest_asks_for_no_frame_until_a_port_comes() {
    let mut desk = Desk::new();
    let (ports, hands) = FakePorts::new();
    hands.plug(PORT);
    desk.open_piece();
    desk.edit(|s| {
        let context = s.context.clone();
        s.input.set_ports(ports, &context);
    });
    desk.wait("the port", |s| s.input.port().is_some());
    let look = |desk: &mut Desk| {
        let before = hands.looks();
        desk.edit(|s| s.input.look_again());
        while hands.looks() == before {
            std::thread::yield_now();
        }
    };
    // What the window itself began (the gauge, the search for old copies) may end just now, each once.
    let quiet = (0..5).any(|_| {
        rests(&mut desk);
        for _ in 0..4 {
            look(&mut desk);
        }
        !desk.state().context.has_requested_repaint()
    });
    assert!(quiet, "{:?}", desk.state().context.repaint_causes());
    rests(&mut desk);
    hands.plug("Another");
    // When the second begins, what the first found has been said.
    look(&mut desk);
    look(&mut desk);
    assert!(desk.state().context.has_requested_repaint());
    rests(&mut desk);
    assert_eq!(desk.state().input.names.len(), 2);
}

#[test]
fn who_scrolls_away_is_called_back_by_the_key_of_following() {
    let mut desk = Desk::new();
    desk.open_piece();
    desk.edit(|s| s.zoom(6.0));
    desk.frames(2);
    desk.key("Space");
    let canvas = desk.harness.get_by_label("Piano roll").rect().center();
    desk.harness.hover_at(canvas);
    desk.frames(1);
    desk.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(-900.0, 0.0),
        modifiers: Modifiers::NONE,
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
    });
    desk.wait("the look away", |s| {
        s.roll.looks_away && s.roll.start > 1000.0
    });
    // The wheel runs out.
    desk.frames(60);
    desk.key("F");
    assert!(desk.state().settings.follow && !desk.state().roll.looks_away);
    desk.wait("the playhead", |s| {
        s.visible_ticks().contains(&(s.transport.position() as u32))
    });
    desk.key("F");
    assert!(!desk.state().settings.follow);
}

fn vertices(shape: &Shape) -> usize {
    match shape {
        Shape::Mesh(mesh) => mesh.vertices.len(),
        Shape::Vec(shapes) => shapes.iter().map(vertices).sum(),
        _ => 0,
    }
}

#[test]
fn a_comparison_far_away_is_drawn_by_pixels_not_by_notes() {
    let mut desk = Desk::new();
    let mut score = Score::default();
    let track = score.add_track("Piano", 0, 0);
    for i in 0..20_000u32 {
        score.add_note(track, i / 4 * 120, 120, 40 + (i % 37) as u8, 80);
    }
    desk.edit(|s| s.show_document(Document::new(score), None));
    desk.invoke(Command::KeepVersion);
    desk.edit(|s| {
        let notes = s.document().score.tracks[0].notes.iter();
        let notes = notes.take(19_999).map(|n| n.id).collect();
        s.edit(Edit::RemoveNotes(notes));
    });
    desk.invoke(Command::ZoomPiece);
    desk.frames(2);
    let drawn = |desk: &Desk| -> usize {
        let shapes = &desk.harness.output().shapes;
        shapes.iter().map(|s| vertices(&s.shape)).sum()
    };
    let without = drawn(&desk);
    desk.invoke(Command::CompareVersion);
    desk.frames(2);
    assert!(desk.state().compared.is_some());
    let more = drawn(&desk) - without;
    assert!(
        (100..40_000).contains(&more),
        "{more} vertices for 20 000 notes"
    );
}

#[test]
#[ignore = "draws pictures to look at"]
fn pictures() {
    let folder = std::env::var("LACUNA_PICTURES").unwrap_or_else(|_| "target/pictures".into());
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (look, name) in [(Look::Dark, "dark"), (Look::Light, "light")] {
        for (size, pixels) in [
            (vec2(1280.0, 800.0), 1.0),
            (vec2(1024.0, 640.0), 1.0),
            (vec2(512.0, 320.0), 2.0),
        ] {
            let mut desk = Desk::with_pixels(pixels);
            desk.open_piece();
            desk.harness.set_size(size);
            desk.edit(|s| {
                s.settings.look = look;
                s.settings.record_latency = 12.0;
            });
            desk.frames(3);
            desk.key("ctrl Comma");
            let at = |what: &str| folder.join(format!("settings-{name}-{}-{what}.png", size.x));
            desk.picture(&at("top"));
            find(&mut desk, "record");
            desk.picture(&at("found"));
            desk.key("Esc");
            find(&mut desk, "path");
            desk.picture(&at("folders"));
            desk.key("Esc");
            find(&mut desk, "generating");
            desk.picture(&at("generating"));
        }
    }
}
