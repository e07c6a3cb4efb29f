//! The arena as a composer uses it: the bundled model in the mask of the piece on the desk.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use lacuna::device::Choice;
use lacuna::engine::ModelWorker;
use lacuna::studio::command::Command;
use lacuna::studio::evaluation::Tab;
use lacuna::studio::evaluation::arena::Ground;
use lacuna::studio::{Purpose, picked_path};
use support::Desk;

/// A desk at the tab, two bars masked, and lists of few steps.
fn desk() -> Desk {
    let mut desk = Desk::with_worker(ModelWorker::on(Choice::Cpu));
    desk.open_piece();
    desk.wait("the models", |s| !s.jobs.models.is_empty());
    desk.mask_bars(6, 8);
    desk.invoke(Command::Arena);
    desk.frames(2);
    assert_eq!(desk.state().evaluation.tab, Tab::Arena);
    desk.click("Arena on: The mask");
    desk.edit(|s| {
        s.evaluation.form.models = vec!["pop".into()];
        s.evaluation.form.steps = "1, 2".into();
    });
    desk.click("Order: random");
    assert_eq!(desk.state().evaluation.arena.ground, Ground::Mask);
    desk
}

fn cells(desk: &Desk) -> usize {
    let shown = desk.state().evaluation.arena.shown();
    shown.map_or(0, |a| a.cells.len())
}

#[test]
fn contenders_fill_the_mask_and_are_heard_sorted_opened_and_exported() {
    let mut desk = desk();
    desk.click("Run the arena");
    desk.wait("the arena", |s| s.evaluation.arena.busy.is_none());
    assert_eq!(desk.state().evaluation.arena.trouble, None);
    desk.frames(2);
    // Two orders, two numbers of steps; real music and nonsense beside them.
    assert_eq!(cells(&desk), 4);
    let arena = desk.state().evaluation.arena.shown().unwrap();
    assert_eq!(arena.comparison.rows.len(), 4 + 4);
    assert!(arena.cells.iter().all(|c| c.takes.len() == 2));
    let metric = desk.state().evaluation.arena.metric_of(&arena).unwrap();
    assert!(!arena.front(metric).unwrap().is_empty());
    desk.click("Sort by ms a take");
    let pane = &desk.state().evaluation.arena;
    let order = pane.sorted(&arena);
    let millis: Vec<f64> = order.iter().map(|i| arena.cells[*i].millis.mean).collect();
    assert!(millis.is_sorted(), "{millis:?}");
    desk.click("Takes of pop, random, 2 steps, T 1");
    desk.click("Hear the take in hand");
    assert!(desk.state().evaluation.listening && desk.state().transport.is_playing());
    let cell = desk.state().evaluation.arena.cell.unwrap();
    let written = arena.cells[cell].takes[0].window.clone();
    let heard = |desk: &mut Desk| desk.edit(|s| s.heard());
    assert!(std::sync::Arc::ptr_eq(&heard(&mut desk), &written));
    desk.click("Hear the take as composed");
    assert!(!std::sync::Arc::ptr_eq(&heard(&mut desk), &written));
    let folder = desk.folder().join("arena");
    desk.edit(|s| picked_path(s, Purpose::Arena, folder.clone()));
    let csv = folder.join("arena.csv");
    desk.wait("the tables", |s| {
        csv.exists() && s.tasks.shown().count() == 0
    });
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.contains("\"pop, random, 2 steps, T 1\",\"pop\",random,2,1,"));
    assert!(folder.join("arena.md").exists());
    desk.edit(lacuna::studio::evaluation::open_in_roll);
    desk.frames(2);
    let opened = desk.state().document();
    assert_eq!(opened.score.note_count(), written.note_count());
    assert!(!opened.mask.is_empty(), "what was a hole is masked");
}

#[test]
fn whoever_stops_keeps_those_that_had_their_turn() {
    let mut desk = desk();
    desk.edit(|s| s.evaluation.form.steps = "1, 400".into());
    desk.edit(|s| s.evaluation.arena.orders.truncate(1));
    desk.click("Run the arena");
    desk.wait("the first", |s| {
        let shown = s.evaluation.arena.shown();
        shown.is_some_and(|a| a.cells.len() == 1)
    });
    desk.click("Stop the arena");
    desk.wait("the end", |s| s.evaluation.arena.busy.is_none());
    assert_eq!(cells(&desk), 1);
    assert!(desk.state().evaluation.arena.shown().unwrap().stopped);
}

#[test]
fn what_is_missing_is_said_before_anything_runs() {
    let mut desk = desk();
    let why = |desk: &Desk| {
        let button = egui_kittest::kittest::Queryable::get_by_label(&desk.harness, "Run the arena");
        egui_kittest::kittest::NodeT::accesskit_node(&button).is_disabled()
    };
    assert!(!why(&desk));
    desk.edit(|s| s.evaluation.form.steps = "many".into());
    desk.frames(2);
    assert!(why(&desk));
    desk.edit(|s| s.evaluation.form.steps = "2".into());
    desk.edit(|s| s.change_mask(|m| m.clear()));
    desk.frames(2);
    assert!(why(&desk), "nothing is masked");
}
