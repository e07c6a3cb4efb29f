//! Where the panes lie, the looks, and the tour of the first start, as a person meets them.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::{self, Rect, vec2};
use egui_kittest::kittest::Queryable;
use lacuna::studio::command::Command;
use lacuna::studio::tour::{Mark, STEPS, marked};
use lacuna::studio::{Arrangement, DockPane, Look, Preset, why_not};
use support::Desk;

fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.open_piece();
    desk
}

fn drawn(desk: &Desk, pane: DockPane) -> bool {
    desk.state().dock.drawn.contains(&pane)
}

fn rect(desk: &Desk, name: &str) -> Rect {
    desk.harness.get_by_label(name).rect()
}

fn drag(desk: &mut Desk, from: egui::Pos2, to: egui::Pos2) {
    desk.harness.hover_at(from);
    desk.frames(1);
    desk.harness.drag_at(from);
    desk.frames(1);
    for step in 1..=4 {
        desk.harness.hover_at(from.lerp(to, step as f32 / 4.0));
        desk.frames(1);
    }
    desk.harness.drop_at(to);
    desk.frames(4);
}

#[test]
fn research_has_data_and_training_beside_the_roll_which_stays_in_use() {
    let mut desk = desk();
    desk.key("F4");
    assert!(!drawn(&desk, DockPane::Roll), "in Compose it lies over it");
    desk.key("F4");
    desk.key("F7");
    desk.frames(3);
    assert!(drawn(&desk, DockPane::Roll) && drawn(&desk, DockPane::Training));
    assert!(desk.state().training.open && !desk.state().data.open);
    assert!(desk.state().training.looked || desk.state().tasks.shown().count() > 0);
    let (ruler, pane) = (rect(&desk, "Ruler"), rect(&desk, "Training pane"));
    assert!(ruler.right() <= pane.left(), "{ruler} {pane}");
    desk.click("Data pane");
    assert!(drawn(&desk, DockPane::Data) && !drawn(&desk, DockPane::Training));
    assert!(desk.state().data.open && !desk.state().training.open);

    // The roll takes keys, and Escape does not close what stands beside it.
    desk.edit(|s| s.selection = s.document().score.notes().map(|(_, n)| n.id).collect());
    desk.key("Delete");
    assert_eq!(desk.state().document().score.note_count(), 0);
    desk.key("Esc");
    assert!(drawn(&desk, DockPane::Data));

    // Its key puts it away, and brings it back to the front.
    desk.key("F3");
    desk.frames(2);
    assert!(!drawn(&desk, DockPane::Data));
    desk.key("F3");
    desk.frames(2);
    assert!(drawn(&desk, DockPane::Data));
    desk.key("F4");
    desk.frames(2);
    assert!(drawn(&desk, DockPane::Training));
}

#[test]
fn in_a_window_too_small_for_both_research_lies_over_the_roll_again() {
    let mut desk = desk();
    desk.invoke(Command::LayoutResearch);
    desk.frames(3);
    assert_eq!(why_not(Command::SelectAll, desk.state()), None);
    desk.harness.set_size(vec2(860.0, 600.0));
    desk.frames(3);
    assert!(!drawn(&desk, DockPane::Roll));
    let why = why_not(Command::SelectAll, desk.state()).unwrap();
    assert!(why.contains("F4"), "{why}");
    desk.key("Esc");
    desk.frames(2);
    assert!(drawn(&desk, DockPane::Roll));
}

#[test]
fn arrangements_are_chosen_by_key_and_by_name_and_reset() {
    let mut desk = desk();
    assert!(drawn(&desk, DockPane::Tracks) && drawn(&desk, DockPane::Generate));
    desk.key("F8");
    desk.frames(2);
    assert!(!drawn(&desk, DockPane::Tracks) && drawn(&desk, DockPane::Generate));
    assert_eq!(desk.state().settings.layout.preset, Preset::Demo);
    // The pieces are at hand, and lie ready to be filled.
    desk.click("Open Second-hand Rain");
    assert!(!desk.state().document().mask.is_empty());
    assert!(drawn(&desk, DockPane::Roll));
    desk.key("ctrl P");
    desk.type_text("research layout");
    desk.harness.key_press(egui::Key::Enter);
    desk.frames(3);
    assert_eq!(desk.state().settings.layout.preset, Preset::Research);
    desk.invoke(Command::ResetLayout);
    desk.frames(3);
    assert_eq!(desk.state().settings.layout, Arrangement::default());
    assert!(!desk.state().training.open && drawn(&desk, DockPane::Tracks));
    desk.key("F7");
    desk.key("F6");
    desk.frames(2);
    assert_eq!(desk.state().settings.layout, Arrangement::default());
}

#[test]
fn the_sides_keep_their_width_and_a_dragged_edge_is_remembered() {
    let mut desk = desk();
    desk.frames(2);
    let roll = |desk: &Desk| rect(desk, "Ruler");
    let wide = roll(&desk).width();
    desk.harness.set_size(vec2(1600.0, 800.0));
    desk.frames(3);
    assert!((roll(&desk).width() - wide - 320.0).abs() < 1.0);
    desk.harness.set_size(vec2(1280.0, 800.0));
    desk.frames(3);
    let edge = egui::pos2(216.5, 400.0);
    drag(&mut desk, edge, edge + vec2(60.0, 0.0));
    assert!((roll(&desk).width() - wide + 60.0).abs() < 3.0);
    let layout = desk.state().settings.layout.clone();
    assert_ne!(layout, Arrangement::default());
    let file = desk.state().settings_file.clone();
    desk.wait("the settings file", |_| file.load().0.layout == layout);
    let mut again = desk.crash();
    again.frames(2);
    assert_eq!(again.state().settings.layout, layout);
}

#[test]
fn a_tab_is_dragged_behind_another_and_both_stay_in_reach() {
    let mut desk = desk();
    desk.frames(2);
    let from = rect(&desk, "Tracks pane").center();
    let to = rect(&desk, "Generate pane").center() + vec2(60.0, 0.0);
    drag(&mut desk, from, to);
    // One of both is in front.
    assert_ne!(
        drawn(&desk, DockPane::Tracks),
        drawn(&desk, DockPane::Generate),
        "{:?}",
        desk.state().settings.layout.shape
    );
    desk.click("Tracks pane");
    assert!(drawn(&desk, DockPane::Tracks) && !drawn(&desk, DockPane::Generate));
    desk.click("Generate pane");
    assert!(!drawn(&desk, DockPane::Tracks) && drawn(&desk, DockPane::Generate));
    let text = desk.state().settings.layout.to_text();
    assert_eq!(
        Arrangement::read(&text).as_ref(),
        Some(&desk.state().settings.layout)
    );
    assert!(desk.settles(), "the tiles ask for frames for ever");
}

#[test]
fn a_broken_layout_is_the_standard_one_and_spoils_no_other_setting() {
    let mut desk = desk();
    desk.edit(|s| s.settings.look = Look::Light);
    let file = desk.state().settings_file.clone();
    desk.wait("the settings file", |_| file.load().0.look == Look::Light);
    let path = file.folder().unwrap().join("settings.ron");
    let text = std::fs::read_to_string(&path).unwrap();
    let broken = text.replace("Pane(Roll)", "Pane(Cellar)");
    assert_ne!(text, broken);
    std::fs::write(&path, broken).unwrap();
    let (settings, why) = file.load();
    assert_eq!(why, None);
    assert_eq!(settings.look, Look::Light);
    assert_eq!(settings.layout, Arrangement::default());
}

#[test]
fn crosses_close_panes_and_their_keys_bring_them_back() {
    let mut desk = desk();
    desk.frames(1);
    desk.click("Close generate");
    assert!(!drawn(&desk, DockPane::Generate) && drawn(&desk, DockPane::Tracks));
    desk.key("B");
    desk.key("B");
    desk.frames(2);
    assert!(drawn(&desk, DockPane::Generate) && drawn(&desk, DockPane::Tracks));

    // The history is a pane over the roll, until it is pinned.
    desk.key("ctrl H");
    assert!(!drawn(&desk, DockPane::History) && desk.state().overlay.is_some());
    desk.click("Keep history in the window");
    desk.frames(2);
    assert!(drawn(&desk, DockPane::History) && desk.state().overlay.is_none());
    desk.key("ctrl H");
    desk.frames(2);
    assert!(!drawn(&desk, DockPane::History));
}

#[test]
fn the_looks_go_round_by_name() {
    let mut desk = desk();
    for look in [Look::Light, Look::Contrast, Look::Dark] {
        desk.invoke(Command::ThemeToggle);
        desk.frames(2);
        assert_eq!(desk.state().settings.look, look);
        let dark = desk.harness.ctx.global_style().visuals.dark_mode;
        assert_eq!(dark, look != Look::Light);
    }
}

#[test]
fn an_empty_piece_says_what_to_do() {
    let mut desk = Desk::new();
    desk.invoke(Command::New);
    desk.edit(|s| s.show_document(lacuna::score::Document::new(Default::default()), None));
    desk.frames(2);
    desk.harness.get_by_label("No tracks");
    desk.invoke(Command::AddTrack);
    desk.frames(2);
    desk.harness.get_by_label("An empty piece");
    desk.open_piece();
    desk.frames(2);
    assert!(desk.harness.query_by_label("An empty piece").is_none());
}

#[test]
fn everything_stays_in_a_small_window_and_at_twice_the_size() {
    let mut desk = desk();
    desk.mask_bars(4, 8);
    for (size, scale) in [((1024.0, 640.0), 1.0), ((1600.0, 1040.0), 2.0)] {
        desk.edit(|s| s.settings.scale = scale);
        desk.harness.set_size(vec2(size.0, size.1));
        desk.frames(4);
        let window = desk.harness.ctx.content_rect();
        for name in ["Undo", "Redo", "Grid", "Tracks pane", "Ruler"] {
            let rect = rect(&desk, name);
            assert!(window.contains_rect(rect), "{name} {rect} in {window}");
        }
        let generate = marked(&desk.harness.ctx, Mark::Generate).unwrap();
        assert!(window.contains_rect(generate), "{generate} in {window}");
        assert!(
            rect(&desk, "Grid").right() <= rect(&desk, "Undo").left(),
            "the transport line lies over itself"
        );
        let roll = rect(&desk, "Ruler").width();
        assert!(roll >= 200.0, "{roll} points of roll in {window}");
    }
}

#[test]
fn the_tour_points_at_real_things_and_goes_by_keys() {
    let mut desk = desk();
    desk.mask_bars(4, 8);
    desk.invoke(Command::Tour);
    for (i, step) in STEPS.iter().enumerate() {
        desk.frames(3);
        desk.harness.get_by_label(step.title);
        assert_eq!(desk.state().tour.at().map(|s| s.0), Some(i));
        let mark = marked(&desk.harness.ctx, step.mark);
        assert!(mark.is_some_and(|r| r.is_positive()), "{:?}", step.mark);
        if step.mark == Mark::Takes {
            desk.harness.get_by_label("No takes yet");
        }
        if i == 2 {
            // Back and forth, and the card does not lie on what it points at.
            desk.key("Left");
            assert_eq!(desk.state().tour.at().map(|s| s.0), Some(1));
            desk.key("Right");
            desk.frames(2);
            let card = rect(&desk, "Next step of the tour");
            assert!(!card.intersects(mark.unwrap()));
        }
        desk.key(if i % 2 == 0 { "Right" } else { "Enter" });
    }
    assert!(!desk.state().tour.is_on());
    // The keys are the piece's again.
    desk.edit(|s| {
        s.selection = s
            .document()
            .score
            .notes()
            .map(|(_, n)| n.id)
            .take(1)
            .collect()
    });
    desk.key("Esc");
    assert!(desk.state().selection.is_empty());
}

#[test]
fn the_tour_comes_once_is_skipped_and_is_found_again_in_the_menu() {
    let mut desk = Desk::first_start();
    desk.wait("the tour", |s| s.tour.is_on());
    assert!(desk.state().settings.welcomed);
    // Commands work meanwhile: whoever reads "Ctrl+P" may try it.
    desk.key("4");
    desk.click("Skip the tour");
    assert!(!desk.state().tour.is_on());
    let file = desk.state().settings_file.clone();
    desk.wait("the settings file", |_| file.load().0.welcomed);
    let mut again = desk.crash_into_tour();
    again.frames(5);
    assert!(
        !again.state().tour.is_on(),
        "it never comes again by itself"
    );
    again.key("ctrl P");
    again.type_text("take the tour");
    again.harness.key_press(egui::Key::Enter);
    again.frames(3);
    assert!(again.state().tour.is_on());
    again.key("Esc");
    assert!(!again.state().tour.is_on());
}
