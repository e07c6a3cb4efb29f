//! A take is forked: whatever model wrote it, the fork goes its way up to the step and another way after it.

use lacuna::device::{Choice, open};
use lacuna::model::Library;
use lacuna::model::fill::{Draft, Filling};
use lacuna::score::{Constraints, Fork, Mask, Region, SamplerSettings, Score, Take};
use std::cell::RefCell;
use std::ops::ControlFlow;

/// Four voices, eight bars of quarters.
fn piece() -> Score {
    let mut score = Score::default();
    let voices = [("Soprano", 72), ("Alto", 64), ("Tenor", 57), ("Bass", 48)];
    for (channel, (name, low)) in (0..).zip(voices) {
        let track = score.add_track(name, channel, 0);
        for beat in 0..32u32 {
            let step = [0, 2, 4, 5, 7, 5, 4, 2][beat as usize % 8];
            score.add_note(track, beat * 480, 480, low + step, 80);
        }
    }
    score
}

#[test]
fn a_fork_of_any_bundled_model_keeps_the_first_steps_and_no_more() {
    let score = piece();
    let alto = score.tracks[1].id;
    let mask = Mask::of(Region::time(1920, 5 * 1920, Some([alto].into())));
    let device = open(Choice::Cpu);
    let library = Library::find(&[]);
    let ids: Vec<String> = library.cards().map(|c| c.id.clone()).collect();
    assert!(ids.len() >= 3, "{ids:?}");
    for id in ids {
        let model = library.load(&id, &device.device).unwrap();
        let run = |forks: Vec<Fork>| -> (Take, Vec<Vec<Draft>>) {
            let settings = SamplerSettings {
                steps: 8,
                temperature: 1.5,
                seed: 5,
                forks,
                ..SamplerSettings::default()
            };
            let filling = Filling {
                score: &score,
                mask: &mask,
                settings: &settings,
                constraints: &Constraints::default(),
                device: "CPU",
            };
            let steps = RefCell::new(Vec::new());
            let take = filling.take(&*model, 1, |step| {
                steps.borrow_mut().push(step.draft());
                ControlFlow::Continue(())
            });
            (take.unwrap(), steps.into_inner())
        };
        let (plain, steps) = run(Vec::new());
        let fork = |step, seed| run(vec![Fork { step, seed }]);
        let (forked, forked_steps) = fork(3, 77);
        assert_eq!(
            forked_steps[..3],
            steps[..3],
            "{id}: the way up to the fork"
        );
        assert_ne!(forked.notes, plain.notes, "{id}: the way from there");
        assert_eq!(
            fork(3, 77).0.notes,
            forked.notes,
            "{id}: a recipe makes its take again"
        );
        assert_eq!(
            fork(u32::MAX, 77).0.notes,
            plain.notes,
            "{id}: a fork that is never reached"
        );
    }
}
