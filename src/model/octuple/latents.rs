//! Bars of a piece as the network of the free octuple hears them: what its rows hold after a layer, over the notes of a
//! bar the mean.

use super::OctupleModel;
use crate::network::Input;
use crate::score::Score;
use crate::tokenizer::octuple::features::features;
use crate::tokenizer::octuple::{Hole, Piece, Rows};
use std::ops::ControlFlow;

/// The layer that is told unless another is asked for, as a share of the layers there are. Of the pop model's six the
/// second tells shuffled bars from real ones best, chosen on validation songs; see docs/evaluation.md.
const USUAL: (usize, usize) = (1, 3);

/// Windows of a piece of `end` bars, of at most `most` bars and about alike in length.
fn windows(end: u32, most: u32) -> impl Iterator<Item = std::ops::Range<u32>> {
    let each = end.div_ceil(end.div_ceil(most.max(1)).max(1)).max(1);
    let firsts = (0..end).step_by(each as usize);
    firsts.map(move |first| first..(first + each).min(end))
}

/// See [`crate::model::Model::latents`]. Every note is known, and its key is read as in a fill.
pub(super) fn latents(
    model: &OctupleModel,
    score: &Score,
    layer: Option<usize>,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Vec<Vec<f32>>> {
    let layers = model.network.layers();
    let layer = layer.unwrap_or(layers * USUAL.0 / USUAL.1).min(layers);
    let (bars, end) = (score.bars(), score.bar_count());
    let mut all = vec![Vec::new(); end as usize];
    for window in windows(end, model.card.window_bars) {
        if go_on().is_break() {
            return None;
        }
        let piece = Piece::of_score(score, &bars, window.start, window.end, &[]);
        let rows = Rows::layout(&piece, &Hole::empty(&piece), false);
        if rows.rows.is_empty() {
            continue;
        }
        let f = features(&piece, &rows);
        let input = Input::stack([(f.columns, &f.bars[..], &f.slots[..])]);
        let width = model.network.width();
        let hidden = model.hidden(&input, layer);
        if hidden.len() != rows.rows.len() * width {
            return None;
        }
        let mut notes = vec![0f32; window.len()];
        for row in &rows.rows {
            notes[usize::from(row.bar)] += 1.0;
        }
        for (row, hidden) in rows.rows.iter().zip(hidden.chunks_exact(width)) {
            let bar = usize::from(row.bar);
            let to: &mut Vec<f32> = &mut all[window.start as usize + bar];
            to.resize(width, 0.0);
            let mean = to.iter_mut().zip(hidden);
            mean.for_each(|(to, x)| *to += x / notes[bar]);
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Library;

    #[test]
    fn windows_cover_a_piece_and_are_about_alike() {
        for (end, most) in [(64, 24), (24, 24), (25, 24), (1, 24), (100, 7)] {
            let all: Vec<_> = windows(end, most).collect();
            let bars: Vec<u32> = all.iter().flat_map(|w| w.clone()).collect();
            assert_eq!(bars, (0..end).collect::<Vec<_>>());
            assert!(all.iter().all(|w| w.len() <= most as usize));
        }
        let lengths: Vec<usize> = windows(64, 24).map(|w| w.len()).collect();
        assert_eq!(lengths, [22, 22, 20]);
        assert_eq!(windows(0, 24).count(), 0);
    }

    #[test]
    fn bars_with_notes_have_a_vector_that_hears_the_notes_and_not_the_key() {
        let library = Library::find(&[]);
        let model = library.load("pop", &burn::tensor::Device::flex()).unwrap();
        let piece = |up: u8, other: u8| {
            let mut s = Score::default();
            let t = s.add_track("Piano", 0, 0);
            for (k, p) in [60, 62, 64, 65, 67, 69, 71, 72].into_iter().enumerate() {
                s.add_note(t, k as u32 * 480, 480, p + up, 80);
            }
            s.add_note(t, 3 * 1920, 480, 60 + up + other, 80);
            s
        };
        let told = |score: &Score| {
            let mut go_on = || ControlFlow::Continue(());
            model.latents(score, None, &mut go_on).unwrap()
        };
        let c = told(&piece(0, 0));
        let lengths: Vec<usize> = c.iter().map(Vec::len).collect();
        assert_eq!(lengths, [256, 256, 0, 256]);
        let apart = |a: &[f32], b: &[f32]| {
            let square = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
            square.sum::<f32>().sqrt()
        };
        let size = apart(&c[3], &[0.0; 256]);
        assert!(
            apart(&told(&piece(2, 0))[3], &c[3]) < 1e-3 * size,
            "another key"
        );
        assert!(
            apart(&told(&piece(0, 1))[3], &c[3]) > 1e-2 * size,
            "another note"
        );
        let mut stop = || ControlFlow::Break(());
        assert_eq!(model.latents(&piece(0, 0), None, &mut stop), None);
    }
}
