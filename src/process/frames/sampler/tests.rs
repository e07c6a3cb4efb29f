use super::*;
use crate::process::generator;
use crate::tokenizer::grid::frames::Legal;

/// Wants every voice to go on with what it did before, or with class 40 where that is unknown. Counts how often it
/// was asked and remembers what it saw.
struct Wants {
    class: usize,
    seen: Vec<Vec<Frame>>,
}

impl FrameDenoiser for Wants {
    fn logits(&mut self, frames: &[Frame], _: &[Rhythm], _: &[Place], asked: &[usize]) -> Vec<f32> {
        self.seen.push(frames.to_vec());
        let mut logits = vec![0.0; asked.len() * LOGITS];
        for row in logits.chunks_exact_mut(CLASSES) {
            row[self.class] = 9.0;
        }
        logits
    }
}

fn canvas(steps: usize, hole: Range<usize>) -> Canvas {
    let mut frames = vec![[50, 40, 30, 20]; steps];
    let mut units = Vec::new();
    for voice in 1..VOICES {
        for (step, frame) in frames.iter_mut().enumerate() {
            if !hole.contains(&step) {
                continue;
            }
            frame[voice] = UNKNOWN;
            units.push(Unit {
                voice,
                steps: step..step + 1,
                legal: Legal::Anything,
                struck: false,
            });
        }
    }
    Canvas {
        frames,
        rhythm: vec![[None; VOICES]; steps],
        units,
    }
}

fn run(canvas: &Canvas, settings: &SamplerSettings, wants: &mut Wants) -> Option<Drawn> {
    let places = vec![Place::default(); canvas.frames.len()];
    let kept = vec![None; canvas.units.len()];
    let task = Task {
        canvas,
        places: &places,
        most: 32,
        kept: &kept,
        settings,
        constraints: &Constraints::default(),
        rules: false,
    };
    let mut rng = generator(settings.seed, 0);
    sample(wants, &task, &mut rng, |_| ControlFlow::Continue(()))
}

#[test]
fn a_long_hole_is_cut_into_spans_that_cover_it() {
    let c = canvas(200, 10..150);
    let spans = spans(&c, 32);
    assert!(spans.iter().all(|s| s.seen.len() <= 32));
    assert!(
        spans
            .iter()
            .all(|s| s.seen.start <= s.written.start && s.written.end <= s.seen.end)
    );
    let mut next = 10;
    for span in &spans {
        assert_eq!(span.written.start, next);
        next = span.written.end;
    }
    assert_eq!(next, 150);
}

#[test]
fn everything_is_decided_and_at_most_one_voice_of_a_frame_at_a_time() {
    let c = canvas(60, 4..50);
    let mut wants = Wants {
        class: 44,
        seen: Vec::new(),
    };
    let drawn = run(
        &c,
        &SamplerSettings {
            steps: 6,
            temperature: 0.0,
            ..Default::default()
        },
        &mut wants,
    )
    .unwrap();
    assert!(drawn.classes.iter().all(|&c| c == 44));
    assert!(drawn.confidence.iter().all(|&p| p > 0.9 && p <= 1.0));
    for pair in wants.seen.windows(2) {
        if pair[0].len() != pair[1].len() {
            continue;
        }
        for (a, b) in pair[0].iter().zip(&pair[1]) {
            let new = (0..VOICES)
                .filter(|&v| a[v] == UNKNOWN && b[v] == 44)
                .count();
            assert!(new <= 1, "{a:?} {b:?}");
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_and_another_another() {
    let c = canvas(40, 4..30);
    let flat = |seed| {
        let mut wants = Wants {
            class: 0,
            seen: Vec::new(),
        };
        let settings = SamplerSettings {
            seed,
            temperature: 2.0,
            ..Default::default()
        };
        run(&c, &settings, &mut wants).unwrap().classes
    };
    assert_eq!(flat(1), flat(1));
    assert_ne!(flat(1), flat(2));
}

#[test]
fn what_is_not_legal_is_not_drawn() {
    let mut c = canvas(20, 4..12);
    for (i, unit) in c.units.iter_mut().enumerate() {
        unit.legal = if i % 2 == 0 {
            Legal::Silence
        } else {
            Legal::Pitches
        };
    }
    let mut wants = Wants {
        class: REST as usize,
        seen: Vec::new(),
    };
    let drawn = run(&c, &SamplerSettings::default(), &mut wants).unwrap();
    for (i, class) in drawn.classes.iter().enumerate() {
        assert_eq!(*class == REST, i % 2 == 0);
    }
}

#[test]
fn a_broken_walk_gives_nothing() {
    let c = canvas(20, 4..12);
    let places = vec![Place::default(); 20];
    let mut wants = Wants {
        class: 3,
        seen: Vec::new(),
    };
    let task = Task {
        canvas: &c,
        places: &places,
        most: 32,
        kept: &[],
        settings: &SamplerSettings::default(),
        constraints: &Constraints::default(),
        rules: true,
    };
    let mut rng = generator(0, 0);
    let drawn = sample(&mut wants, &task, &mut rng, |_| ControlFlow::Break(()));
    assert_eq!((drawn, wants.seen.len()), (None, 1));
}
