//! One listener on the way through a test: what can be heard now, what has been answered, one answer back.

use super::{Answer, BlindError, Design, Record, Side, Test};
use crate::score::Score;
use std::ops::Range;
use std::sync::Arc;

/// A test that is being taken. It knows no clock and plays nothing: whoever holds it says how much time goes by
/// ([`Session::wait`]) and plays what [`Session::hear`] gives.
pub struct Session {
    test: Test,
    answered: Vec<Record>,
    heard: [u32; 2],
    millis: u64,
}

/// Where a session stands.
pub enum Stage<'a> {
    Asks(Question<'a>),
    /// All is answered; the log is whole.
    Finished(&'a [Record]),
}

/// All that a listener is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// From 1.
    pub number: usize,
    pub of: usize,
    pub design: Design,
    /// How often each sound was heard.
    pub heard: &'a [u32],
    /// An answer would be taken: everything was heard.
    pub ready: bool,
}

/// Something to play.
#[derive(Clone)]
pub struct Sound {
    pub score: Arc<Score>,
    /// The bars that are heard.
    pub bars: Range<u32>,
}

impl Session {
    /// At the first question.
    pub fn begin(test: Test) -> Session {
        Session {
            test,
            answered: Vec::new(),
            heard: [0; 2],
            millis: 0,
        }
    }

    /// After answers that were given before.
    ///
    /// # Errors
    /// When they are not answers to this test.
    pub fn resume(test: Test, answered: Vec<Record>) -> Result<Session, BlindError> {
        let mut session = Session::begin(test);
        for (at, record) in answered.into_iter().enumerate() {
            let same = session.record(at, record.answer).is_some_and(|own| {
                let counts = Record {
                    millis: record.millis,
                    heard: record.heard.clone(),
                    ..own
                };
                counts == record
            });
            if !same {
                return Err(BlindError::OtherTest(at + 1));
            }
            session.answered.push(record);
        }
        Ok(session)
    }

    /// What comes next.
    pub fn stage(&self) -> Stage<'_> {
        let of = self.test.len();
        if self.answered.len() >= of {
            return Stage::Finished(&self.answered);
        }
        let design = self.test.plan.design;
        let heard = &self.heard[..design.sounds()];
        Stage::Asks(Question {
            number: self.answered.len() + 1,
            of,
            design,
            heard,
            ready: heard.iter().all(|h| *h > 0),
        })
    }

    /// The sound of one side, to be played from its beginning; it counts as heard. `None` where there is none.
    pub fn hear(&mut self, side: Side) -> Option<Sound> {
        let trial = self.test.trials.get(self.answered.len())?;
        let row = self.test.rows.get(*trial.rows.get(side.at())?)?;
        let stimulus = row.of_hole(&trial.hole)?;
        let count = self.heard.get_mut(side.at())?;
        *count = count.saturating_add(1);
        Some(Sound {
            score: stimulus.score.clone(),
            bars: stimulus.bars.clone(),
        })
    }

    /// Time goes by while the question stands. Pauses are not told.
    pub fn wait(&mut self, millis: u64) {
        self.millis = self.millis.saturating_add(millis);
    }

    /// Takes an answer and goes on to the next question.
    ///
    /// # Errors
    /// When not everything was heard yet, the answer does not answer the question, or none stands.
    pub fn answer(&mut self, answer: Answer) -> Result<(), BlindError> {
        let design = self.test.plan.design;
        let at = self.answered.len();
        let record = self.record(at, answer).ok_or(BlindError::Finished)?;
        if !answer.fits(design) {
            return Err(BlindError::NoAnswer(match design {
                Design::Pairs => "choose A, B or neither",
                Design::Rating => "give one of 1 to 5",
            }));
        }
        match (design, self.heard) {
            (Design::Rating, [0, _]) => return Err(BlindError::NotHeard("it")),
            (Design::Pairs, [0, _]) => return Err(BlindError::NotHeard("A")),
            (Design::Pairs, [_, 0]) => return Err(BlindError::NotHeard("B")),
            _ => (),
        }
        self.answered.push(record);
        self.ask();
        Ok(())
    }

    /// Takes back the last answer and asks it anew, as if it had never been given. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let undone = self.answered.pop().is_some();
        if undone {
            self.ask();
        }
        undone
    }

    /// What was answered, in order.
    pub fn answered(&self) -> &[Record] {
        &self.answered
    }

    /// The test that is taken.
    pub fn test(&self) -> &Test {
        &self.test
    }

    fn ask(&mut self) {
        (self.heard, self.millis) = ([0; 2], 0);
    }

    fn record(&self, at: usize, answer: Answer) -> Option<Record> {
        let trial = self.test.trials.get(at)?;
        let names = trial.rows.iter().map(|r| self.test.system(*r).to_string());
        Some(Record {
            trial: at + 1,
            role: trial.role,
            design: self.test.plan.design,
            hole: trial.hole.clone(),
            systems: names.collect(),
            answer,
            millis: self.millis,
            heard: self.heard[..trial.rows.len().min(2)].to_vec(),
            seed: self.test.plan.seed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::rows;
    use super::super::{Plan, log};
    use super::*;
    use proptest::prelude::*;

    fn session(design: Design, seed: u64) -> Session {
        let plan = Plan {
            design,
            trials: 12,
            seed,
            ..Plan::default()
        };
        Session::begin(Test::of(rows(3, 6), plan).unwrap())
    }

    fn hear_all(session: &mut Session) {
        session.hear(Side::A).unwrap();
        session.hear(Side::B);
        session.wait(1500);
    }

    fn answer() -> impl Strategy<Value = Answer> {
        prop_oneof![
            Just(Answer::Prefers(Side::A)),
            Just(Answer::Prefers(Side::B)),
            Just(Answer::Neither)
        ]
    }

    proptest! {
        #[test]
        fn answers_undone_leave_no_trace(given in proptest::collection::vec((answer(), 0usize..3), 1..12), seed: u64) {
            let (mut straight, mut winding) = (session(Design::Pairs, seed), session(Design::Pairs, seed));
            for (answer, detours) in given {
                for _ in 0..detours {
                    hear_all(&mut winding);
                    winding.hear(Side::B);
                    winding.answer(Answer::Neither).unwrap();
                    prop_assert!(winding.undo());
                }
                for session in [&mut straight, &mut winding] {
                    hear_all(session);
                    session.answer(answer).unwrap();
                }
            }
            prop_assert_eq!(log::csv(straight.answered()), log::csv(winding.answered()));
        }

        #[test]
        fn nothing_the_listener_is_told_names_a_system(seed: u64, rating: bool) {
            let mut session = session(if rating { Design::Rating } else { Design::Pairs }, seed);
            let choice = if rating { Answer::Rates(3) } else { Answer::Neither };
            while let Stage::Asks(question) = session.stage() {
                let told = format!("{question:?}");
                prop_assert!(!told.contains("SECRET") && !told.contains("song"), "{told}");
                // Nor does an error.
                if let Err(e) = session.answer(choice) {
                    prop_assert!(!e.to_string().contains("SECRET"));
                }
                hear_all(&mut session);
                session.answer(choice).unwrap();
            }
            prop_assert_eq!(session.answered().len(), session.test().len());
        }
    }

    #[test]
    fn an_answer_needs_ears_and_must_fit() {
        let mut s = session(Design::Pairs, 1);
        let prefers = Answer::Prefers(Side::A);
        assert_eq!(s.answer(prefers), Err(BlindError::NotHeard("A")));
        s.hear(Side::A).unwrap();
        assert_eq!(s.answer(prefers), Err(BlindError::NotHeard("B")));
        s.hear(Side::B).unwrap();
        assert!(matches!(
            s.answer(Answer::Rates(3)),
            Err(BlindError::NoAnswer(_))
        ));
        let Stage::Asks(q) = s.stage() else { panic!() };
        assert!(q.ready && q.number == 1);
        s.answer(prefers).unwrap();
        assert_eq!(s.answered()[0].heard, [1, 1]);
        let mut s = session(Design::Rating, 1);
        assert!(s.hear(Side::B).is_none());
        s.hear(Side::A).unwrap();
        assert!(s.answer(Answer::Rates(6)).is_err() && s.answer(prefers).is_err());
        assert!(s.answer(Answer::Rates(5)).is_ok());
        assert!(s.undo() && !s.undo());
    }

    #[test]
    fn a_session_goes_on_from_its_log_and_from_no_other() {
        let mut s = session(Design::Pairs, 4);
        for _ in 0..5 {
            hear_all(&mut s);
            s.answer(Answer::Neither).unwrap();
        }
        let kept = log::read(&log::csv(s.answered())).unwrap();
        let again = Session::resume(s.test().clone(), kept.clone()).unwrap();
        assert_eq!(again.answered(), s.answered());
        let other = session(Design::Pairs, 5);
        assert!(matches!(
            Session::resume(other.test().clone(), kept),
            Err(BlindError::OtherTest(_))
        ));
    }
}
