//! How much the takes of one hole differ, and what that is to be compared with.

use super::metrics::{GridNote, note_f1};
use super::protocol::Case;
use crate::score::Score;

/// One less the mean note F1 of all pairs: 0 where all takes are the same, 1 where no two share a note. `None` of
/// fewer than two.
pub fn variety(takes: &[Vec<GridNote>]) -> Option<f64> {
    let (mut sum, mut pairs) = (0.0, 0usize);
    for (i, a) in takes.iter().enumerate() {
        for b in &takes[..i] {
            sum += 1.0 - note_f1(a, b);
            pairs += 1;
        }
    }
    (pairs > 0).then(|| sum / pairs as f64)
}

/// What real music offers beside takes: stretches of the same song as long as the hole, end to end, the hole itself
/// first and then those nearest to it, as many as `most`. Stretches without notes are passed over.
pub fn stretches(case: &Case, score: &Score, most: usize) -> Vec<Vec<GridNote>> {
    let hole = &case.hole;
    let length = (hole.end - hole.start).max(1);
    let mut starts: Vec<u32> = (hole.start % length..)
        .step_by(length as usize)
        .take_while(|start| start + length <= score.bar_count())
        .collect();
    starts.sort_by_key(|start| (start.abs_diff(hole.start), *start));
    let notes = starts.into_iter().map(|start| {
        let there = Case {
            window: case.window.clone(),
            hole: start..start + length,
        };
        there.original(score)
    });
    notes.filter(|n| !n.is_empty()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Protocol;

    #[test]
    fn the_same_takes_have_no_variety_and_strangers_have_all() {
        let note = |pitch| GridNote {
            track: 0,
            onset: 0,
            pitch,
            duration: 4,
            pitched: true,
        };
        let (a, b) = (vec![note(60), note(64)], vec![note(61), note(65)]);
        let half = vec![note(60), note(65)];
        assert_eq!(variety(&[a.clone(), a.clone()]), Some(0.0));
        assert_eq!(variety(&[a.clone(), b.clone()]), Some(1.0));
        // Pairs: 1, .5, .5.
        assert_eq!(variety(&[a.clone(), b, half]), Some(2.0 / 3.0));
        assert_eq!(variety(&[a]), None);
    }

    #[test]
    fn stretches_lie_end_to_end_around_the_hole() {
        let mut score = Score::default();
        let t = score.add_track("A", 0, 0);
        for bar in 0..20 {
            score.add_note(t, bar * 1920, 480, 40 + bar as u8, 80);
        }
        let case = Protocol::default().case(&score, 1).unwrap();
        assert_eq!(case.hole, 7..11);
        let first = |most| -> Vec<u8> {
            let all = stretches(&case, &score, most);
            assert!(all.iter().all(|s| s.len() == 4 && s[0].onset == 0));
            all.iter().map(|s| s[0].pitch).collect()
        };
        assert_eq!(first(8), [47, 43, 51, 55]);
        assert_eq!(first(2), [47, 43]);
    }
}
