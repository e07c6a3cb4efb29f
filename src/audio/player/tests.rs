use super::*;
use crate::audio::testing::{demo, small_font};

/// Ticks until the condition holds; the silent clock runs on another thread.
fn wait(player: &mut Player, what: &str, mut done: impl FnMut(&Player) -> bool) {
    for _ in 0..2000 {
        player.tick();
        if done(player) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("never happened: {what}");
}

#[test]
fn a_silent_player_plays_seeks_loops_and_stops() {
    let mut player = Player::open_silent(small_font());
    let score = demo();
    player.set_score(&score);
    assert!(player.output().silent);
    player.seek(960);
    assert_eq!(player.position(), 960.0);
    player.set_loop(Some((960, 1440)));
    player.play();
    assert!(player.is_playing());
    let melody = score.tracks[0].id;
    wait(&mut player, "the meter moves", |p| p.level(melody) > 0.0);
    wait(&mut player, "the playhead moves", |p| p.position() > 1200.0);
    wait(&mut player, "the loop goes round", |p| {
        (950.0..1100.0).contains(&p.position())
    });
    player.stop();
    assert!(!player.is_playing());
    // Until the engine has obeyed, the playhead is an estimate that may lie a hair ahead.
    wait(&mut player, "the playhead stands", |p| {
        let at = p.position();
        std::thread::sleep(Duration::from_millis(30));
        p.position() == at
    });
    assert!((950.0..1440.5).contains(&player.position()));
    wait(&mut player, "the meter falls", |p| p.level(melody) == 0.0);
}

#[test]
fn playing_from_the_end_begins_at_the_start() {
    let mut player = Player::open_silent(small_font());
    player.set_score(&demo());
    player.seek(16 * 480);
    player.play();
    assert!(player.position() < 480.0);
    player.seek(15 * 480);
    wait(&mut player, "the piece ends", |p| !p.is_playing());
    assert!((player.position() - 16.0 * 480.0).abs() < 0.02);
}

#[test]
fn a_flood_of_commands_is_said_again_when_there_is_room() {
    let mut player = Player::open_silent(small_font());
    player.set_score(&demo());
    for i in 0..5000 {
        player.seek(i % 100);
    }
    player.seek(1234);
    player.play();
    wait(&mut player, "all is said", |p| {
        !p.unsaid && p.position() > 1300.0
    });
}

#[test]
fn another_font_and_a_preview_sound() {
    let mut player = Player::open_silent(small_font());
    player.set_font(small_font());
    player.preview(None, 0, false, 60, 100);
    wait(&mut player, "the preview sounds", |p| {
        p.preview_level() > 0.0
    });
    player.preview_stop();
    wait(&mut player, "the preview ends", |p| {
        p.preview_level() == 0.0
    });
}
