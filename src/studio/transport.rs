//! The player as the window sees it: where it stands, what it loops, and that it always plays what is shown.

use crate::audio::Player;
use crate::score::Score;
use std::sync::Arc;

/// The transport.
pub struct Transport {
    pub player: Player,
    /// Ticks `[start, end)`; kept while looping is off.
    pub loop_range: Option<(u32, u32)>,
    pub looping: bool,
    /// Where playing began, in ticks; *Stop* goes back there.
    pub began: u32,
    given: Option<Arc<Score>>,
}

impl Transport {
    /// Stands at the beginning.
    pub fn new(player: Player) -> Self {
        Transport {
            player,
            loop_range: None,
            looping: false,
            began: 0,
            given: None,
        }
    }

    /// Gives the player what is shown, if that changed. Switching takes does not stop it.
    pub fn give(&mut self, score: &Arc<Score>) {
        match &self.given {
            Some(given) if Arc::ptr_eq(given, score) => return,
            Some(given) if same_but_mix(given, score) => self.player.set_mix(score),
            _ => self.player.set_score(score),
        }
        self.given = Some(score.clone());
    }

    /// Playhead in ticks.
    pub fn position(&self) -> f64 {
        self.player.position()
    }

    /// Whether it is playing.
    pub fn is_playing(&self) -> bool {
        self.player.is_playing()
    }

    /// Plays from the playhead.
    pub fn play(&mut self) {
        self.began = self.position() as u32;
        self.player.play();
    }

    /// Moves the playhead.
    pub fn seek(&mut self, tick: u32) {
        self.began = tick;
        self.player.seek(tick);
    }

    /// Sets or clears the loop range; `on` whether it is played.
    pub fn set_loop(&mut self, range: Option<(u32, u32)>, on: bool) {
        self.loop_range = range.filter(|(a, b)| b > a);
        self.looping = on && self.loop_range.is_some();
        self.player
            .set_loop(if self.looping { self.loop_range } else { None });
    }
}

/// Whether two scores sound the same notes at the same times by the same instruments, whatever their mix.
pub fn same_but_mix(a: &Score, b: &Score) -> bool {
    a.ppq == b.ppq
        && a.tempos == b.tempos
        && a.meters == b.meters
        && a.tracks.len() == b.tracks.len()
        && a.tracks.iter().zip(&b.tracks).all(|(a, b)| {
            Arc::ptr_eq(a, b)
                || (a.id == b.id
                    && a.channel == b.channel
                    && a.program == b.program
                    && a.events == b.events
                    && a.notes == b.notes)
        })
}
