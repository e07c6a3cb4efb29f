//! The blind listening test in the window: rows of the study and of the arena become a test, its answers lie in a file
//! after every one of them, and keys are all that is needed to take it.

mod keep;
mod keys;
mod rows;

use super::super::browser::Purpose;
use super::super::files;
use super::super::research;
use super::super::state::State;
use super::super::tasks::After;
use super::Tab;
use crate::evaluation::blind::{
    Answer, BlindError, Plan, Record, Report, Session, Side, Stage, Test, log,
};
use crate::format::file::write_atomic;
use crate::score::Score;
use crate::studio::DockPane;
use keep::{Keeper, Place};
pub use keep::{Left, discard};
pub use keys::take_keys;
pub use rows::{Candidate, candidates};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// The tab, taken or not.
#[derive(Default)]
pub struct Blind {
    /// The test to come.
    pub plan: Plan,
    /// Names of the rows left out of it.
    pub left_out: Vec<String>,
    /// It is being made.
    pub making: bool,
    /// The test that is taken.
    pub session: Option<Session>,
    /// Nobody listens; time stands still.
    pub paused: bool,
    /// What plays, or played last.
    pub side: Side,
    sound: Option<Arc<Score>>,
    /// Why the last key did nothing.
    pub notice: String,
    /// What came of the last test, and its answers.
    pub result: Option<(Report, Vec<Record>)>,
    /// A test that an earlier session did not finish.
    pub left: Option<Box<Left>>,
    looked: bool,
    keeper: Option<Keeper>,
    /// Why answers are not kept, as a sentence.
    pub unkept: Option<String>,
    since: Option<Instant>,
}

impl Blind {
    /// What plays.
    pub fn heard(&self) -> Option<Arc<Score>> {
        self.sound.clone()
    }

    /// Somebody is at a question.
    pub fn is_taken(&self) -> bool {
        let asks = |s: &Session| matches!(s.stage(), Stage::Asks(_));
        !self.paused && self.session.as_ref().is_some_and(asks)
    }

    /// Time that went by since it was last counted.
    fn count(&mut self) {
        let passed = self.since.take().map(|s| s.elapsed().as_millis() as u64);
        if let (Some(session), Some(passed)) = (&mut self.session, passed) {
            session.wait(passed);
        }
    }
}

/// Whether the keys belong to the test now.
pub fn has_keys(state: &State) -> bool {
    let e = &state.evaluation;
    e.open && e.tab == Tab::Blind && e.blind.is_taken() && state.overlay.is_none()
}

/// The pane was opened: a test under way waits, and one that was not finished is looked for.
pub fn opened(state: &mut State) {
    if state.evaluation.blind.session.is_some() {
        pause(state);
    }
    if std::mem::replace(&mut state.evaluation.blind.looked, true) {
        return;
    }
    if let Some(place) = Place::of(state) {
        state.tasks.spawn("", move || {
            let left = place.newest();
            let after: After = Box::new(move |state: &mut State| {
                let blind = &mut state.evaluation.blind;
                if blind.session.is_none() {
                    blind.left = left.map(Box::new);
                }
            });
            after
        });
    }
}

/// Makes a test of the rows that are ticked, and begins it.
pub fn begin(state: &mut State) {
    if state.evaluation.blind.making {
        return;
    }
    let blind = &mut state.evaluation.blind;
    blind.making = true;
    blind.notice.clear();
    if !state.settings.generate.keep_seed {
        blind.plan.seed = super::super::invoke::fresh_seed();
    }
    let (plan, left_out) = (blind.plan.clone(), blind.left_out.clone());
    let (study, arena) = (
        state.evaluation.study.clone(),
        state.evaluation.arena.shown(),
    );
    let place = Place::of(state);
    state.tasks.spawn("", move || {
        let rows = rows::rows(study.as_deref(), arena.as_deref(), &left_out);
        let made = Test::of(rows, plan);
        let kept = match (&made, place) {
            (Ok(test), Some(place)) => place.take(test).map(Some),
            _ => Ok(None),
        };
        let after: After = Box::new(move |state: &mut State| made_test(state, made, kept));
        after
    });
}

fn made_test(
    state: &mut State,
    made: Result<Test, BlindError>,
    kept: Result<Option<PathBuf>, String>,
) {
    let blind = &mut state.evaluation.blind;
    blind.making = false;
    match made {
        Err(e) => blind.notice = e.to_string(),
        Ok(test) => {
            let (folder, unkept) = match kept {
                Ok(folder) => (folder, None),
                Err(why) => (None, Some(why)),
            };
            blind.unkept = unkept;
            enter(state, Session::begin(test), folder);
        }
    }
}

/// Goes on with the test that an earlier session did not finish.
pub fn resume(state: &mut State) {
    let Some(left) = state.evaluation.blind.left.take() else {
        return;
    };
    let Left {
        folder,
        test,
        answered,
    } = *left;
    match Session::resume(test, answered) {
        Ok(session) => enter(state, session, Some(folder)),
        Err(e) => state.evaluation.blind.notice = e.to_string(),
    }
}

fn enter(state: &mut State, session: Session, folder: Option<PathBuf>) {
    let blind = &mut state.evaluation.blind;
    blind.session = Some(session);
    blind.keeper = folder.map(Keeper::new);
    (blind.result, blind.left) = (None, None);
    state.evaluation.tab = Tab::Blind;
    go_on(state);
}

/// Asks the question at hand (again), from the first sound on.
fn ask(state: &mut State) {
    let blind = &mut state.evaluation.blind;
    blind.notice.clear();
    let records = match blind.session.as_ref().map(Session::stage) {
        Some(Stage::Asks(_)) => {
            blind.since = Some(Instant::now());
            return play(state, Side::A);
        }
        Some(Stage::Finished(records)) => records.to_vec(),
        None => return,
    };
    blind.session = None;
    blind.result = Report::of(&records).map(|report| (report, records));
    silence(state);
}

fn silence(state: &mut State) {
    research::stop_listening(state, DockPane::Evaluation);
    state.evaluation.blind.sound = None;
}

/// Plays one side from its beginning; it counts as heard.
pub fn play(state: &mut State, side: Side) {
    let blind = &mut state.evaluation.blind;
    let Some(sound) = blind.session.as_mut().and_then(|s| s.hear(side)) else {
        return;
    };
    blind.notice.clear();
    (blind.side, blind.sound) = (side, Some(sound.score));
    state.evaluation.listening = true;
    let score = state.heard();
    let range = state.transport.loop_range;
    state.transport.set_loop(range, false);
    state.transport.give(&score);
    state.transport.seek(0);
    state.transport.play();
}

/// Takes an answer, keeps it, and asks the next question.
pub fn answer(state: &mut State, answer: Answer) {
    let blind = &mut state.evaluation.blind;
    blind.count();
    let Some(session) = &mut blind.session else {
        return;
    };
    match session.answer(answer) {
        Ok(()) => {
            keep(state);
            ask(state);
        }
        Err(e) => {
            blind.since = Some(Instant::now());
            blind.notice = e.to_string();
        }
    }
}

/// Takes the last answer back and asks again.
pub fn undo(state: &mut State) {
    let blind = &mut state.evaluation.blind;
    if blind.session.as_mut().is_some_and(Session::undo) {
        keep(state);
        ask(state);
    } else {
        blind.notice = "There is no answer to take back.".into();
    }
}

/// The answers are written on a task's thread.
fn keep(state: &mut State) {
    let blind = &mut state.evaluation.blind;
    let (Some(keeper), Some(session)) = (&mut blind.keeper, &blind.session) else {
        return;
    };
    let (keeping, text) = (keeper.next(), log::csv(session.answered()));
    state.tasks.spawn("", move || {
        let kept = keeping.write(&text);
        let after: After = Box::new(move |state: &mut State| {
            if let Err(why) = kept {
                state.evaluation.blind.unkept = Some(why);
            }
        });
        after
    });
}

/// Stops the sound and the clock; nothing is lost.
pub fn pause(state: &mut State) {
    state.evaluation.blind.count();
    state.evaluation.blind.paused = true;
    silence(state);
}

/// Goes on where it was.
pub fn go_on(state: &mut State) {
    state.evaluation.blind.paused = false;
    ask(state);
}

/// Ends the test here: what was answered is the result.
pub fn end(state: &mut State) {
    silence(state);
    let blind = &mut state.evaluation.blind;
    let Some(session) = blind.session.take() else {
        return;
    };
    let records = session.answered().to_vec();
    blind.result = Report::of(&records).map(|report| (report, records));
    blind.paused = false;
    if let Some(keeper) = blind.keeper.take() {
        // Where nothing was answered there is nothing to keep; an ended test is not offered again.
        let nothing = blind.result.is_none();
        state.tasks.spawn("", move || {
            keeper.close(nothing);
            Box::new(|_: &mut State| ())
        });
    }
}

/// Asks for the file of the answers.
pub fn ask_save(state: &mut State) {
    files::pick(state, Purpose::Listening, " listening test.csv");
}

/// Writes the answers of the last test.
pub fn save(state: &mut State, path: PathBuf) {
    let Some((_, records)) = &state.evaluation.blind.result else {
        return;
    };
    let text = log::csv(records);
    state.tasks.spawn("Saving", move || {
        let written = write_atomic(&path, text.as_bytes());
        let after: After = Box::new(move |state: &mut State| match written {
            Ok(()) => {
                let text = format!("Saved {}", files::short(&path));
                state.toasts.success(&text);
            }
            Err(e) => {
                let text = "The answers could not be saved.";
                state.toasts.error(text, &e.to_string());
            }
        });
        after
    });
}
