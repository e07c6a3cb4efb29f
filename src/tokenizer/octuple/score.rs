//! A piece on the grid as a score: for songs that are only in a token cache, to be seen and heard.

use super::piece::{Piece, Role};
use super::vocabulary::{DURATIONS, STEPS_PER_QUARTER, tempo_bpm, velocity_of};
use crate::score::{Meter, Score, Tempo};

const PPQ: u16 = 480;
const STEP: u32 = PPQ as u32 / STEPS_PER_QUARTER;

/// The meter of a bar of so many 16ths: quarters where they fit.
fn meter(tick: u32, steps: u8) -> Meter {
    if steps.is_multiple_of(4) {
        Meter::new(tick, steps / 4, 4)
    } else if steps.is_multiple_of(2) {
        Meter::new(tick, steps / 2, 8)
    } else {
        Meter::new(tick, steps, 16)
    }
}

impl Piece {
    /// The piece as a score: a track a voice, named after its role; tempo to the width of its class.
    pub fn to_score(&self, title: &str) -> Score {
        let mut score = Score {
            title: title.into(),
            ppq: PPQ,
            ..Score::default()
        };
        let mut starts = Vec::with_capacity(self.bars.len());
        let (mut tick, mut steps, mut tempo) = (0, None, None);
        for bar in &self.bars {
            starts.push(tick);
            if steps.replace(bar.steps) != Some(bar.steps) {
                score.meters.push(meter(tick, bar.steps.max(1)));
            }
            if tempo.replace(bar.tempo) != Some(bar.tempo) {
                score.tempos.push(Tempo {
                    tick,
                    micros_per_quarter: (60e6 / tempo_bpm(bar.tempo)).round() as u32,
                });
            }
            tick += u32::from(bar.steps.max(1)) * STEP;
        }
        let tracks: Vec<_> = (0u8..)
            .zip(&self.voices)
            .map(|(i, voice)| {
                let name = match voice.role {
                    Role::Melody => "Melody",
                    Role::Bridge => "Bridge",
                    Role::Accompaniment => "Piano",
                };
                score.add_track(name, i % 9, 0)
            })
            .collect();
        for n in &self.notes {
            if let (Some(&track), Some(start)) =
                (tracks.get(n.voice as usize), starts.get(n.bar as usize))
            {
                let length = DURATIONS.get(n.duration as usize).copied().unwrap_or(1);
                score.add_note(
                    track,
                    start + u32::from(n.onset) * STEP,
                    u32::from(length) * STEP,
                    n.pitch,
                    velocity_of(n.velocity),
                );
            }
        }
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_comes_back_as_it_was() {
        let mut s = Score {
            meters: vec![Meter::new(0, 3, 4), Meter::new(3 * 480 * 2, 7, 8)],
            ..Score::default()
        };
        for (name, pitch) in [("Melody", 70), ("Piano", 50)] {
            let t = s.add_track(name, 0, 0);
            for k in 0..12u32 {
                s.add_note(t, k * 480, 360, pitch + k as u8 % 5, 80);
            }
        }
        let piece = Piece::of_score(&s, &s.bars(), 0, s.bar_count(), &[]);
        let back = piece.to_score("x");
        let again = Piece::of_score(&back, &back.bars(), 0, piece.bars.len() as u32, &[]);
        let notes = |p: &Piece| {
            let list: Vec<_> = p
                .notes
                .iter()
                .map(|n| (n.bar, n.voice, n.onset, n.pitch, n.duration, n.velocity))
                .collect();
            list
        };
        assert_eq!(notes(&piece), notes(&again));
        assert_eq!(piece.bars, again.bars);
    }
}
