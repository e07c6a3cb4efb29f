//! A worker that needs no model: it writes whatever comes to its mind into the mask, quickly.

use crate::engine::{DeviceInfo, FillContext, FillRequest, ModelInfo, SnapshotNote, Worker};
use crate::process::generator;
use crate::score::{Recipe, Take, TakeNote};
use rand::Rng;
use std::time::Duration;

/// Steps a take is written in.
const STEPS: u32 = 6;
/// Most notes of a take.
const MOST: usize = 300;

/// The worker.
pub struct Scribe;

impl Worker for Scribe {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        let model = ModelInfo {
            id: "scribe".into(),
            name: "Scribe".into(),
            summary: "Writes at random; trained on nothing at all.".into(),
            parameters: 1,
            tokenizer: "octuple-free/3".into(),
            domain: None,
        };
        let device = DeviceInfo {
            name: "CPU".into(),
            reason: "Nothing is computed here.".into(),
        };
        (vec![model], device)
    }

    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        for take in 0..request.takes {
            let notes = write(request, take);
            for step in 0..STEPS {
                if context.cancelled() {
                    return Ok(());
                }
                context.progress(take * STEPS + step + 1, request.takes * STEPS);
                let share = (step + 1) as f32 / STEPS as f32;
                context.snapshot(take, || {
                    let draft = |n: &TakeNote| SnapshotNote {
                        track: n.track,
                        start: n.start,
                        length: n.length,
                        pitch: n.pitch,
                        velocity: n.velocity,
                        decided: share,
                    };
                    notes.iter().map(draft).collect()
                });
                std::thread::sleep(Duration::from_millis(2));
            }
            context.take(Take {
                name: format!("Take {}", take + 1),
                recipe: Recipe {
                    model: request.model.clone(),
                    model_hash: "0".repeat(64),
                    mask: request.mask.clone(),
                    settings: request.settings.clone(),
                    constraints: request.constraints.clone(),
                    take,
                    device: "CPU".into(),
                },
                notes,
                millis: 12,
            });
        }
        Ok(())
    }
}

fn write(request: &FillRequest, take: u32) -> Vec<TakeNote> {
    let score = &request.score;
    let mut rng = generator(request.settings.seed, u64::from(take));
    let end = score.bars().end(score.bar_count().saturating_sub(1));
    let step = usize::from(score.ppq.max(1));
    let mut notes = Vec::new();
    for track in &score.tracks {
        for strip in request.mask.strips(track.id, 0, end) {
            for start in (strip.start..strip.end).step_by(step) {
                let Some(&(low, high)) = strip.pitches.first() else {
                    continue;
                };
                if notes.len() == MOST {
                    return notes;
                }
                notes.push(TakeNote {
                    track: track.id,
                    start,
                    length: rng.random_range(1..=strip.end - start).min(4 * step as u32),
                    pitch: rng.random_range(low..=high.max(low)),
                    velocity: rng.random_range(1..=127),
                    confidence: rng.random(),
                    replaces: None,
                });
            }
        }
    }
    notes
}
