//! The model as critic of what is on the roll: how odd it finds every note. The engine judges passage by passage when it
//! has nothing more urgent to do; after an edit only what lies around it is judged anew.

use super::invoke::roll_dice;
use super::state::State;
use crate::engine::{JobId, JudgeRequest};
use crate::model::critic::{NoteSurprise, oddest};
use crate::score::{Edit, Note, NoteId, Region, Score};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the piece must have rested before it is judged: a drag changes it in every frame.
const REST: Duration = Duration::from_millis(200);
/// How many odd notes the command selects.
pub const ODD: usize = 5;
/// Share of a take's notes that is written again as doubtful, and how many at least.
const DOUBTFUL: f32 = 0.2;

/// What is judged. Holding the score keeps its address its own.
#[derive(Clone)]
struct Key {
    score: Arc<Score>,
    model: String,
}

impl Key {
    fn is(&self, other: &Key) -> bool {
        self.model == other.model && Arc::ptr_eq(&self.score, &other.score)
    }
}

/// The critic beside the roll.
#[derive(Default)]
pub struct Critic {
    /// The lane lies under the roll.
    pub on: bool,
    /// Notes have the colour of their surprise.
    pub colours: bool,
    /// What was found, of notes that may have gone meanwhile.
    notes: Arc<HashMap<NoteId, NoteSurprise>>,
    /// What is being judged, or was.
    asked: Option<(JobId, Key)>,
    /// Notes that the present job has told of.
    told: HashSet<NoteId>,
    /// Passages to come, of how many.
    pub left: u32,
    pub of: u32,
    /// Why nothing is judged, as a sentence.
    pub refused: Option<String>,
    /// What was seen last, and since when.
    rests: Option<(Key, Instant)>,
    /// The oddest notes are to be selected as soon as they are known.
    selects: bool,
}

impl Critic {
    /// What was found, by note. Of a piece under a gesture it may be a moment old.
    pub fn notes(&self) -> &Arc<HashMap<NoteId, NoteSurprise>> {
        &self.notes
    }

    /// Whether notes are judged at all.
    pub fn wanted(&self) -> bool {
        self.on || self.colours || self.selects
    }

    /// Whether all of what is shown has been judged.
    pub fn done(&self) -> bool {
        self.asked.is_some() && self.left == 0 && self.refused.is_none()
    }
}

/// Asks for a judgement where what is shown, or the model, changed.
pub fn refresh(state: &mut State) {
    if !state.critic.wanted() {
        if state.critic.asked.take().is_some() {
            state.jobs.stop_judging();
            state.critic.rests = None;
        }
        return;
    }
    let Some(model) = state.settings.generate.model.clone() else {
        return;
    };
    if state.jobs.device.is_none() {
        return;
    }
    let key = Key {
        score: state.preview(),
        model,
    };
    let critic = &mut state.critic;
    if critic.asked.as_ref().is_some_and(|(_, k)| k.is(&key)) {
        return;
    }
    let since = match &critic.rests {
        Some((k, since)) if k.is(&key) => *since,
        // The first question need not wait.
        None => Instant::now() - REST,
        Some(_) => Instant::now(),
    };
    critic.rests = Some((key.clone(), since));
    let rested = since.elapsed();
    if rested < REST {
        state.context.request_repaint_after(REST - rested);
        return;
    }
    // Another model means nothing of what was found.
    if critic
        .asked
        .as_ref()
        .is_some_and(|(_, k)| k.model != key.model)
    {
        critic.notes = Arc::default();
    }
    critic.refused = None;
    critic.told.clear();
    (critic.left, critic.of) = (1, 1);
    let first = state.visible_ticks().start;
    let first = state.derived().bars.bar_at(first);
    let job = state.jobs.judge(JudgeRequest {
        score: key.score.clone(),
        model: key.model.clone(),
        first,
    });
    state.critic.asked = Some((job, key));
}

/// Takes in what the engine found.
pub fn judged(state: &mut State, job: JobId, notes: Vec<NoteSurprise>, left: u32, of: u32) {
    let critic = &mut state.critic;
    if critic.asked.as_ref().is_none_or(|(j, _)| *j != job) {
        return;
    }
    (critic.left, critic.of) = (left, of);
    let known = Arc::make_mut(&mut critic.notes);
    for n in notes {
        critic.told.insert(n.note);
        known.insert(n.note, n);
    }
    if left == 0 {
        let told = &critic.told;
        known.retain(|id, _| told.contains(id));
        if std::mem::take(&mut critic.selects) {
            select_oddest(state);
        }
    }
}

/// Takes in that nothing is judged.
pub fn not_judged(state: &mut State, job: JobId, why: String) {
    let critic = &mut state.critic;
    if critic.asked.as_ref().is_none_or(|(j, _)| *j != job) {
        return;
    }
    critic.left = 0;
    critic.notes = Arc::default();
    if std::mem::take(&mut critic.selects) {
        state.toasts.info(&why);
    }
    state.critic.refused = Some(why);
}

/// Selects the notes the model finds oddest, among those that are to be seen; waits for the judgement if there is
/// none yet.
pub fn select(state: &mut State) {
    if state.critic.done() && is_fresh(state) {
        return select_oddest(state);
    }
    if let Some(why) = state.critic.refused.clone() {
        return state.toasts.info(&why);
    }
    state.critic.selects = true;
    state
        .toasts
        .info("The model reads the piece; the oddest notes are selected as soon as it is through.");
}

fn is_fresh(state: &mut State) -> bool {
    let preview = state.preview();
    let asked = state.critic.asked.as_ref();
    asked.is_some_and(|(_, k)| Arc::ptr_eq(&k.score, &preview))
}

fn select_oddest(state: &mut State) {
    let score = state.preview();
    let seen = |n: &&NoteSurprise| !state.hidden.contains(&n.track);
    let found: Vec<NoteSurprise> = score
        .notes()
        .filter_map(|(_, n)| state.critic.notes.get(&n.id))
        .filter(seen)
        .cloned()
        .collect();
    let odd = oddest(&found, ODD);
    state.selection = odd.iter().map(|n| n.note).collect();
    let Some(first) = odd.first() else {
        return state
            .toasts
            .info("There is no note the model could judge: drums are not judged.");
    };
    let of_first = score
        .notes()
        .find(|(_, n)| n.id == first.note)
        .map(|(_, n)| *n);
    if let Some(n) = of_first {
        state.reveal(n.start, n.end());
        state.roll.show_pitch(n.pitch);
    }
    let count = super::stats::count(odd.len(), "note");
    state.toasts.info(&format!(
        "The oddest {count} of the piece; Ctrl+M masks them."
    ));
}

/// Why a take has nothing doubtful to be written again.
pub fn why_not_refill(state: &State) -> Option<String> {
    match state.takes.take {
        None => Some("The original is shown; choose a take first.".into()),
        Some(_) if state.jobs.running.is_some() => {
            Some("Takes are being written; cancel first, or wait.".into())
        }
        Some(_) => None,
    }
}

/// Notes of the shown take that the model doubts most: by what it makes of them in the finished take where that is
/// known, else by how sure it was when it wrote them.
fn doubtful(state: &mut State) -> BTreeSet<NoteId> {
    let known = state.critic.notes.clone();
    let mut notes: Vec<(NoteId, f32)> = state
        .derived()
        .take_notes
        .iter()
        .map(|(id, sure)| (*id, known.get(id).map_or(*sure, NoteSurprise::share)))
        .collect();
    let many = ((notes.len() as f32 * DOUBTFUL).ceil() as usize).max(1);
    notes.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    notes.into_iter().take(many).map(|n| n.0).collect()
}

/// Masks the doubtful notes of the shown take, which becomes part of the piece with that, and has them written again.
pub fn refill(state: &mut State) {
    let notes = doubtful(state);
    if notes.is_empty() {
        return state.toasts.info("The take has no notes of its own.");
    }
    state.selection.clear();
    state.change_mask(|m| m.add(Region::notes(notes)));
    super::invoke(super::command::Command::Generate, state);
}

/// The one note that is selected, with what is known of it.
pub fn in_hand(state: &mut State) -> Option<(Note, NoteSurprise)> {
    let id = match state.selection.len() {
        1 => *state.selection.first()?,
        _ => return None,
    };
    let surprise = state.critic.notes.get(&id)?.clone();
    let note = state
        .preview()
        .notes()
        .find(|(_, n)| n.id == id)
        .map(|(_, n)| *n)?;
    Some((note, surprise))
}

/// Gives a note another pitch, and lets it be heard.
pub fn use_pitch(state: &mut State, note: Note, pitch: u8) {
    let track = state.critic.notes.get(&note.id).map(|n| n.track);
    let gesture = state.next_gesture();
    // A take that is shown is kept by this, and its notes keep their numbers.
    state.edit_in(gesture, Edit::ChangeNotes(vec![Note { pitch, ..note }]));
    let document = state.document().clone();
    if let Some(track) = track.and_then(|t| document.score.track(t)) {
        state.hear(track, track.first_program(), pitch, note.velocity);
    }
}

/// A fresh seed, for what goes another way.
pub fn another_seed(state: &State) -> u64 {
    let mut settings = state.settings.generate.clone();
    roll_dice(&mut settings);
    settings.sampler.seed
}
