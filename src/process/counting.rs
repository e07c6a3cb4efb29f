//! The baseline of the likelihood of the free octuple: values and numbers of notes as often as they are around the hole,
//! voice by voice, each by itself.

use super::sampler::Denoiser;
use super::told::counted;
use crate::tokenizer::octuple::rows::Rows;
use crate::tokenizer::octuple::vocabulary::{LOGITS, SIZES};
use crate::tokenizer::octuple::{Channel, Hole, HoleCell, Piece};

/// A denoiser that sees nothing but what it counted.
pub(super) struct Counting {
    /// Logits of the values of a note, by voice.
    values: Vec<Vec<f32>>,
    /// By voice: probability that a bar has more notes than so many.
    more: Vec<Vec<f32>>,
}

impl Counting {
    /// Counts what of `piece` is not in the hole.
    pub fn of(piece: &Piece, hole: &Hole) -> Counting {
        let rows = Rows::layout(piece, hole, true);
        let voices = 0..piece.voices.len() as u8;
        let values = voices.clone().map(|voice| {
            let mut logits = vec![0.0; LOGITS];
            for channel in &Channel::ALL[1..] {
                let c = *channel as usize;
                let around = rows.rows.iter().filter(|r| r.voice == voice && !r.free[c]);
                let around = around.map(|r| usize::from(r.value[c]));
                let at = channel.offset();
                logits[at..at + SIZES[c]].copy_from_slice(&counted(SIZES[c], around));
            }
            logits
        });
        let more = voices.map(|voice| {
            let most = hole.slots(piece, voice);
            let here = |bar: usize, c: &HoleCell| (usize::from(c.bar), c.voice) == (bar, voice);
            let in_hole = |bar: usize| hole.cells.iter().any(|c| here(bar, c));
            let mut notes = vec![0usize; piece.bars.len()];
            for row in rows.rows.iter().filter(|r| r.voice == voice && !r.free[0]) {
                notes[usize::from(row.bar)] += 1;
            }
            let around = (0..notes.len()).filter(|&bar| !in_hole(bar));
            let counts = counted(most + 1, around.map(|bar| notes[bar].min(most)));
            let shares: Vec<f32> = counts.iter().map(|l| l.exp()).collect();
            let all: f32 = shares.iter().sum();
            let above = |k: usize| shares[k + 1..].iter().sum::<f32>() / all;
            (0..most).map(above).collect()
        });
        Counting {
            values: values.collect(),
            more: more.collect(),
        }
    }
}

impl Denoiser for Counting {
    fn logits(&mut self, _: &Piece, rows: &Rows) -> Vec<f32> {
        let mut all = Vec::with_capacity(rows.rows.len() * LOGITS);
        for row in &rows.rows {
            let voice = usize::from(row.voice);
            let from = all.len();
            match self.values.get(voice) {
                Some(values) => all.extend_from_slice(values),
                None => all.resize(from + LOGITS, 0.0),
            }
            let more = self
                .more
                .get(voice)
                .and_then(|m| m.get(usize::from(row.slot)));
            if let Some(p) = more {
                all[from + 1] = (p / (1.0 - p)).ln();
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::generator;
    use super::super::likelihood::bound;
    use super::*;
    use crate::score::Score;

    #[test]
    fn numbers_and_values_cost_what_their_shares_around_the_hole_say() {
        // Three bars of one note, in the first and last on the pitch of the hole's; a fourth without notes.
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for (bar, pitch) in [(0, 60), (1, 60), (2, 62)] {
            s.add_note(t, bar * 1920, 240, pitch, 80);
        }
        let p = Piece::of_score(&s, &s.bars(), 0, 4, &[]);
        let hole = Hole::bars(&p, |bar, _| bar == 1);
        let mut counting = Counting::of(&p, &hole);
        let b = bound(&mut counting, &p, &hole, 400, &mut generator(1, 0)).unwrap();
        let slots = hole.slots(&p, 0) as f64;
        // Among the bars around it two have one note and one has none.
        let number = ((3.0 + (slots + 1.0) / 2.0) / 2.5f64).ln();
        assert!((b.nats[0] - number).abs() < 1e-4, "{b:?} {number}");
        let pitch = ((2.0 + 64.0) / 1.5f64).ln();
        // The number of open values differs from stage to stage, so this is a mean.
        assert!((b.nats[2] / pitch - 1.0).abs() < 0.1, "{b:?} {pitch}");
        assert_eq!((b.numbers, b.values, b.notes), (1, 4, 1));
    }
}
