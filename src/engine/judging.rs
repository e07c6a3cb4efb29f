//! Judging a piece on the engine thread: passage by passage, whenever nothing more urgent is asked for. A passage that is
//! interrupted is begun again later. What was judged is remembered, so that after an edit only the passages around it
//! are judged anew.

use super::message::{Event, JobId};
use super::thread::{Shared, Worker, panic_text};
use crate::model::critic::{NoteSurprise, Passage};
use crate::score::Score;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Passages that are remembered: some twenty states of a long song.
const REMEMBERED: usize = 512;

/// "How odd is every note of this?"
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeRequest {
    pub score: Arc<Score>,
    /// Id of the model.
    pub model: String,
    /// The bar that is judged first, from 0: what one is looking at.
    pub first: u32,
}

/// The piece that is judged.
struct Piece {
    job: JobId,
    request: JudgeRequest,
    /// The next one stands last.
    left: Vec<Passage>,
    of: u32,
}

/// What is judged, and what was.
#[derive(Default)]
pub(super) struct Judging {
    now: Option<Piece>,
    known: HashMap<(String, u64), Vec<NoteSurprise>>,
}

fn broke(panic: &(dyn std::any::Any + Send)) -> String {
    format!(
        "The model stopped unexpectedly while judging ({}). The piece is untouched; try another model.",
        panic_text(panic)
    )
}

impl Judging {
    /// Whether a turn would do something.
    pub fn busy(&self) -> bool {
        self.now.is_some()
    }

    /// Judges this from now on. What is known of it is told at once.
    pub fn ask(
        &mut self,
        job: JobId,
        request: Option<Box<JudgeRequest>>,
        worker: &mut impl Worker,
        shared: &Shared,
    ) {
        self.now = None;
        let Some(request) = request else { return };
        let passages = catch_unwind(AssertUnwindSafe(|| {
            worker.passages(&request.model, &request.score)
        }))
        .unwrap_or_else(|panic| Err(broke(&*panic)));
        let passages = match passages {
            Ok(passages) => passages,
            Err(why) => return shared.send(Event::NotJudged { job, why }),
        };
        let of = passages.len() as u32;
        let mut notes = Vec::new();
        let mut left = Vec::new();
        for p in passages {
            match self.known.get(&(request.model.clone(), p.fingerprint)) {
                Some(known) => notes.extend(known.iter().cloned()),
                None => left.push(p),
            }
        }
        let first = request.first;
        let away = |p: &Passage| {
            first.saturating_sub(p.bars.end.saturating_sub(1)) + p.bars.start.saturating_sub(first)
        };
        left.sort_by_key(|p| std::cmp::Reverse(away(p)));
        let to_come = left.len() as u32;
        if to_come > 0 {
            self.now = Some(Piece {
                job,
                request: *request,
                left,
                of,
            });
        }
        shared.send(Event::Judged {
            job,
            notes,
            left: to_come,
            of,
        });
    }

    /// Judges the next passage, unless somebody wants something else meanwhile.
    pub fn turn(&mut self, worker: &mut impl Worker, shared: &Shared) {
        let Some(piece) = &mut self.now else { return };
        let Some(passage) = piece.left.last().cloned() else {
            self.now = None;
            return;
        };
        let request = &piece.request;
        let judged = catch_unwind(AssertUnwindSafe(|| {
            worker.judge(&request.model, &request.score, &passage.bars, &mut || {
                shared.idle()
            })
        }))
        .unwrap_or_else(|panic| Err(broke(&*panic)));
        let job = piece.job;
        match judged {
            Ok(Some(notes)) => {
                piece.left.pop();
                if self.known.len() >= REMEMBERED {
                    self.known.clear();
                }
                let key = (request.model.clone(), passage.fingerprint);
                self.known.insert(key, notes.clone());
                let (left, of) = (piece.left.len() as u32, piece.of);
                if left == 0 {
                    self.now = None;
                }
                shared.send(Event::Judged {
                    job,
                    notes,
                    left,
                    of,
                });
            }
            // Whoever interrupted is heard before the next turn.
            Ok(None) => {}
            Err(why) => {
                self.now = None;
                shared.send(Event::NotJudged { job, why });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::{DeviceInfo, FillRequest, ModelInfo};
    use super::super::thread::{Engine, FillContext};
    use super::*;
    use crate::score::{Constraints, Mask, NoteId, SamplerSettings, TrackId};
    use std::ops::Range;
    use std::sync::Mutex;
    use std::time::Duration;

    /// Four passages of four bars with one note each. Judging a passage waits for a word.
    struct Slow {
        judged: Arc<Mutex<Vec<u32>>>,
        hold: bool,
    }

    impl Worker for Slow {
        fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
            (Vec::new(), DeviceInfo::default())
        }

        fn fill(&mut self, _: &FillRequest, _: &mut FillContext<'_>) -> Result<(), String> {
            // What was held goes on after the first fill.
            self.hold = false;
            Ok(())
        }

        fn passages(&mut self, model: &str, score: &Score) -> Result<Vec<Passage>, String> {
            if model == "mute" {
                return Err("mute cannot judge.".into());
            }
            let changed = score.note_count() as u64;
            let passage = |i: u32| Passage {
                bars: i * 4..i * 4 + 4,
                // An edit changes the second passage alone.
                fingerprint: u64::from(i) + if i == 1 { 100 * changed } else { 0 },
            };
            Ok((0..4).map(passage).collect())
        }

        fn judge(
            &mut self,
            _: &str,
            _: &Score,
            bars: &Range<u32>,
            go_on: &mut dyn FnMut() -> bool,
        ) -> Result<Option<Vec<NoteSurprise>>, String> {
            // No other call of the worker can let go before this one returns.
            if self.hold {
                while go_on() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Ok(None);
            }
            self.judged.lock().unwrap().push(bars.start);
            Ok(Some(vec![NoteSurprise {
                note: NoteId(bars.start),
                track: TrackId(1),
                bar: bars.start,
                nats: [1.0; 4],
                entropy: [1.0; 4],
                least: 0.0,
                alternatives: Vec::new(),
            }]))
        }
    }

    fn slow(hold: bool) -> (Engine, Arc<Mutex<Vec<u32>>>) {
        let judged = Arc::new(Mutex::new(Vec::new()));
        let worker = Slow {
            judged: judged.clone(),
            hold,
        };
        (Engine::start(worker, || {}).unwrap(), judged)
    }

    fn request(model: &str, score: Score) -> JudgeRequest {
        JudgeRequest {
            score: Arc::new(score),
            model: model.into(),
            first: 9,
        }
    }

    /// Notes of every event of the job up to its end.
    fn answers(engine: &Engine, job: JobId) -> Result<Vec<Vec<u32>>, String> {
        let mut all = Vec::new();
        loop {
            match engine
                .wait(Duration::from_secs(10))
                .expect("the engine went silent")
            {
                Event::Judged {
                    job: j,
                    notes,
                    left,
                    of,
                } if j == job => {
                    assert_eq!(of, 4);
                    all.push(notes.iter().map(|n| n.note.0).collect());
                    if left == 0 {
                        return Ok(all);
                    }
                }
                Event::NotJudged { job: j, why } if j == job => return Err(why),
                _ => {}
            }
        }
    }

    #[test]
    fn what_one_looks_at_comes_first_and_what_is_known_is_not_judged_again() {
        let (mut engine, judged) = slow(false);
        let job = engine.judge(request("pop", Score::default()));
        let told = answers(&engine, job).unwrap();
        assert_eq!(told[0], Vec::<u32>::new(), "nothing is known yet");
        assert_eq!(told[1], [8], "bar 9 is in the passage of bar 8");
        let mut edited = Score::default();
        let t = edited.add_track("A", 0, 0);
        edited.add_note(t, 0, 1, 60, 1);
        judged.lock().unwrap().clear();
        let job = engine.judge(request("pop", edited));
        let told = answers(&engine, job).unwrap();
        assert_eq!(told, [vec![0, 8, 12], vec![4]]);
        assert_eq!(*judged.lock().unwrap(), [4]);
    }

    #[test]
    fn a_fill_goes_first_and_the_passage_is_judged_after_it() {
        let (mut engine, judged) = slow(true);
        let job = engine.judge(request("pop", Score::default()));
        let fill = engine.fill(FillRequest {
            score: Arc::default(),
            mask: Mask::default(),
            model: "pop".into(),
            settings: SamplerSettings::default(),
            constraints: Constraints::default(),
            first: 0,
            takes: 1,
        });
        let (mut filled, mut told_before) = (false, 0);
        loop {
            match engine
                .wait(Duration::from_secs(10))
                .expect("the engine went silent")
            {
                Event::Finished { job: j, .. } if j == fill => filled = true,
                Event::Judged {
                    job: j,
                    notes,
                    left,
                    ..
                } if j == job => {
                    told_before += if filled { 0 } else { notes.len() };
                    if left == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        assert_eq!(told_before, 0);
        assert!(filled);
        assert_eq!(judged.lock().unwrap().len(), 4);
    }

    #[test]
    fn a_model_that_cannot_says_so_and_another_question_ends_the_first() {
        let (mut engine, judged) = slow(true);
        let job = engine.judge(request("mute", Score::default()));
        assert_eq!(answers(&engine, job), Err("mute cannot judge.".into()));
        engine.judge(request("pop", Score::default()));
        engine.stop_judging();
        // The engine rests: it would wait for ever in a passage that is held.
        let job = engine.judge(request("mute", Score::default()));
        assert!(answers(&engine, job).is_err());
        assert!(judged.lock().unwrap().is_empty());
    }
}
