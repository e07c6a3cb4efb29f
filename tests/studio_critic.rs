//! The model as critic, as a person meets it: surprise under the roll, odd notes found and mended, the steps of a take.
//! The model is the bundled one; nothing here is made up.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use egui_kittest::kittest::Queryable;
use lacuna::device::Choice;
use lacuna::engine::ModelWorker;
use lacuna::score::{Document, Edit, Note, NoteId, pitch_name};
use lacuna::studio::command::Command;
use lacuna::studio::roll::percent;
use lacuna::studio::why_not;
use support::{Desk, piece};

/// A desk with the bundled models on the CPU and the test piece, in which one melody note of bar 9 went wrong.
fn desk() -> (Desk, NoteId) {
    let mut desk = Desk::with_worker(ModelWorker::on(Choice::Cpu));
    let mut score = piece();
    let melody = score.tracks[0].id;
    let track = score.track_mut(melody).unwrap();
    let wrong = track
        .notes
        .iter_mut()
        .find(|n| n.start >= 8 * 1920)
        .unwrap();
    // F is the one note that Lydian on C has not, and a tenth lower than anything around it.
    wrong.pitch = 53;
    let id = wrong.id;
    track.sort();
    desk.edit(|s| s.show_document(Document::new(score), None));
    desk.wait("the engine", |s| s.jobs.device.is_some());
    (desk, id)
}

fn pitch(desk: &Desk, id: NoteId) -> Option<u8> {
    let score = &desk.state().document().score;
    score
        .notes()
        .find(|(_, n)| n.id == id)
        .map(|(_, n)| n.pitch)
}

#[test]
fn the_oddest_notes_are_selected_by_key_and_can_be_masked() {
    let (mut desk, wrong) = desk();
    desk.key("alt O");
    // The piece has not been judged yet: the command waits for it.
    desk.wait("the judgement", |s| !s.selection.is_empty());
    assert_eq!(desk.state().selection.len(), 5);
    assert!(desk.state().selection.contains(&wrong));
    let odd = desk.state().selection.clone();
    desk.key("ctrl M");
    assert_eq!(desk.state().document().mask.named_notes(), odd);
}

#[test]
fn surprise_lies_under_the_roll_and_follows_an_edit() {
    let (mut desk, wrong) = desk();
    desk.key("E");
    desk.wait("the judgement", |s| s.critic.done());
    desk.frames(2);
    desk.harness.get_by_label_contains("less than 1 %");
    let note = |id| move |s: &lacuna::studio::State| s.critic.notes().get(&id).cloned();
    let before = note(wrong)(desk.state()).unwrap();
    assert!(before.oddness() > 2.0, "{before:?}");
    let all = desk.state().critic.notes().len();
    assert_eq!(all, desk.state().document().score.note_count());
    // Screen readers hear it at the note.
    desk.edit(|s| s.roll.show_range(8 * 1920..9 * 1920));
    desk.frames(2);
    assert!(desk.harness.query_all_by_label_contains("surprise").count() > 0);
    // Right again: less odd, without anybody asking.
    desk.edit(|s| {
        let n = s
            .document()
            .score
            .notes()
            .find(|(_, n)| n.id == wrong)
            .map(|(_, n)| *n);
        s.edit(Edit::ChangeNotes(vec![Note {
            pitch: 79,
            ..n.unwrap()
        }]));
    });
    desk.wait("the next judgement", |s| {
        note(wrong)(s).is_some_and(|now| now.nats != before.nats) && s.critic.done()
    });
    assert!(note(wrong)(desk.state()).unwrap().oddness() < before.oddness());
    desk.key("E");
    assert!(!desk.state().critic.on);
}

#[test]
fn a_click_on_an_alternative_gives_the_note_that_pitch_in_one_step() {
    let (mut desk, wrong) = desk();
    desk.key("E");
    desk.wait("the judgement", |s| s.critic.done());
    desk.edit(|s| s.selection = [wrong].into());
    desk.frames(2);
    let found = desk.state().critic.notes()[&wrong].clone();
    assert_eq!(found.alternatives.len(), 5);
    let (other, share) = found.alternatives[1];
    desk.click(&format!("{} {}", pitch_name(other), percent(share)));
    assert_eq!(pitch(&desk, wrong), Some(other));
    desk.key("ctrl Z");
    assert_eq!(pitch(&desk, wrong), Some(53));
}

#[test]
fn a_model_that_cannot_judge_says_so() {
    let (mut desk, _) = desk();
    desk.edit(|s| s.settings.generate.model = Some("chorale".into()));
    desk.key("E");
    desk.wait("the refusal", |s| s.critic.refused.is_some());
    desk.frames(2);
    desk.harness.get_by_label_contains("cannot judge notes");
    // Asked again it says it again, and selects nothing.
    desk.key("alt O");
    assert!(desk.state().selection.is_empty());
    desk.edit(|s| s.settings.generate.model = Some("pop".into()));
    desk.wait("the other model", |s| s.critic.done());
}

#[test]
fn notes_glow_by_their_surprise_and_no_longer() {
    let (mut desk, _) = desk();
    desk.key("alt W");
    desk.wait("the judgement", |s| s.critic.done());
    desk.frames(3);
    let pixels = |desk: &mut Desk| desk.harness.render().unwrap().into_raw();
    let glowing = pixels(&mut desk);
    desk.key("alt W");
    desk.frames(3);
    assert_ne!(pixels(&mut desk), glowing);
}

/// Takes of two bars, in so many steps.
fn takes(desk: &mut Desk, takes: u32) {
    desk.edit(|s| {
        s.settings.generate.takes = takes;
        s.settings.generate.sampler.steps = 8;
    });
    desk.mask_bars(4, 6);
    desk.invoke(Command::Generate);
    desk.wait("the takes", |s| s.jobs.running.is_none());
    desk.frames(2);
}

#[test]
fn the_steps_of_a_take_are_gone_through_and_forked_by_key() {
    let (mut desk, _) = desk();
    takes(&mut desk, 2);
    desk.edit(|s| s.show_take(Some(1)));
    desk.key("J");
    desk.harness.get_by_label("Step of the take");
    let why = why_not(Command::ForkTake, desk.state()).unwrap();
    assert!(why.contains("Choose a step"), "{why}");
    let take = desk.state().document().takes[1].clone();
    let trail = desk.state().trails.of(&take).unwrap().clone();
    assert!(
        trail.len() >= 8 && trail.bytes() < 20_000,
        "{}",
        trail.bytes()
    );
    // The last step is the take.
    let last: Vec<u8> = trail.at(trail.len()).iter().map(|n| n.pitch).collect();
    assert_eq!(
        last,
        take.notes.iter().map(|n| n.pitch).collect::<Vec<u8>>()
    );

    desk.edit(|s| s.trails.look(1, Some(3)));
    desk.frames(2);
    desk.harness.get_by_label(&format!("3 of {}", trail.len()));
    desk.key("shift J");
    desk.wait("the fork", |s| {
        s.jobs.running.is_none() && s.document().takes.len() == 3
    });
    desk.frames(2);
    assert_eq!(desk.state().takes.take, Some(2), "the fork is shown");
    let forked = desk.state().document().takes[2].clone();
    assert_eq!(forked.recipe.settings.forks.len(), 1);
    assert_eq!(
        (forked.recipe.take, forked.recipe.settings.forks[0].step),
        (1, 3)
    );
    let way = desk.state().trails.of(&forked).unwrap().clone();
    for step in 1..=3 {
        assert_eq!(
            way.at(step),
            trail.at(step),
            "step {step} is still the first take's"
        );
    }
    assert_ne!(forked.notes, take.notes, "another seed goes another way");
}

#[test]
fn what_the_model_doubts_is_masked_and_written_again_by_key() {
    let (mut desk, _) = desk();
    takes(&mut desk, 1);
    let written = desk.state().document().takes[0].notes.clone();
    let notes = written.len();
    desk.key("alt D");
    desk.wait("the new takes", |s| s.jobs.running.is_none());
    desk.frames(2);
    let document = desk.state().document();
    let named = document.mask.named_notes();
    assert_eq!(named.len(), notes.div_ceil(5));
    assert_eq!(document.takes.len(), 1);
    // The least sure of the take are masked, and they are in the piece now.
    let sure = |id: &NoteId| {
        let (track, n) = document.score.notes().find(|(_, n)| n.id == *id).unwrap();
        let of = written
            .iter()
            .find(|w| (w.track, w.start, w.pitch) == (track, n.start, n.pitch));
        of.unwrap().confidence
    };
    let mut all: Vec<f32> = written.iter().map(|n| n.confidence).collect();
    all.sort_by(f32::total_cmp);
    let mut masked: Vec<f32> = named.iter().map(sure).collect();
    masked.sort_by(f32::total_cmp);
    assert_eq!(masked, all[..masked.len()]);
    // Whole takes come back by undo.
    desk.key("ctrl Z");
    assert!(desk.state().document().mask.named_notes().is_empty());
}
