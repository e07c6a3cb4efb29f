//! Filling a hole in frames, the surest cells first.
//!
//! Every evaluation of the network decides at most one voice of a 16th, so that no two voices are drawn side by side
//! without hearing each other; that is what makes parallels and clashes. Neighbouring 16ths of a voice that are
//! decided together draw with the same noise (a Gumbel-max coupling: each draw alone is what it would be), so that a
//! note is not broken into shivers.

use super::super::draw::gumbel;
use super::parallels;
use crate::score::{Constraints, SamplerSettings};
use crate::tokenizer::grid::frames::{
    CLASSES, Canvas, Frame, LOGITS, Place, REST, Rhythm, UNKNOWN, Unit, VOICES, pitch_of,
};
use rand::Rng;
use rand::seq::SliceRandom;
use std::ops::{ControlFlow, Range};

/// Temperatures up to this one always take the likeliest.
const COLDEST: f32 = 0.01;
/// Widest nucleus: four voices on a small data set leave a tail of wrong notes.
const NUCLEUS: f32 = 0.92;
/// 16ths that draw with the same noise.
const BEAT: usize = 4;
/// Nats by which the strongest wish for fewer or more notes raises or lowers holding on.
const DENSITY: f32 = 2.0;

/// What the sampler asks for logits.
pub trait FrameDenoiser {
    /// Logits `[asked.len(), LOGITS]` of the steps in `asked`, counted within these frames.
    fn logits(
        &mut self,
        frames: &[Frame],
        rhythm: &[Rhythm],
        places: &[Place],
        asked: &[usize],
    ) -> Vec<f32>;
}

/// Where the sampler stands.
pub struct FrameStep<'a> {
    /// Evaluations done, of how many.
    pub done: u32,
    pub of: u32,
    /// Class of each unit, [`UNKNOWN`] where it is not decided.
    pub drawn: &'a [u8],
    /// The latest guess for each unit, decided or not.
    pub guess: &'a [u8],
}

/// What was drawn, one value a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub classes: Vec<u8>,
    /// Probability of the class when it was decided; 1 where it was kept.
    pub confidence: Vec<f32>,
}

/// A stretch of a piece: the steps the network sees, and those of them whose units are decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub seen: Range<usize>,
    pub written: Range<usize>,
}

/// Cuts the units of a hole into spans of which the network sees at most `most` steps at once and writes half of it.
pub fn spans(canvas: &Canvas, most: usize) -> Vec<Span> {
    let most = most.max(2);
    let mut starts: Vec<usize> = canvas.units.iter().map(|u| u.steps.start).collect();
    starts.sort_unstable();
    starts.dedup();
    let end = canvas.frames.len();
    let mut spans = Vec::new();
    let mut i = 0;
    while i < starts.len() {
        let first = starts[i];
        while i < starts.len() && starts[i] < first + most / 2 {
            i += 1;
        }
        let last = starts[i - 1] + 1;
        let room = most - (last - first);
        let from = first.saturating_sub(room / 2);
        let to = (from + most).min(end);
        spans.push(Span {
            seen: to.saturating_sub(most)..to,
            written: first..last,
        });
    }
    spans
}

/// Number of evaluations a span takes.
pub fn evaluations(canvas: &Canvas, span: &Span, settings: &SamplerSettings) -> u32 {
    let inside = |u: &&Unit| span.written.contains(&u.steps.start);
    let units = canvas.units.iter().filter(inside);
    let mut voices = [0u32; VOICES];
    units.for_each(|u| voices[u.voice] += 1);
    let busy = voices.iter().filter(|n| **n > 0).count() as u32;
    (settings.steps.max(1) * busy)
        .min(voices.iter().sum())
        .max(1)
}

/// Writes a class into every step of a unit.
pub(super) fn put(frames: &mut [Frame], unit: &Unit, class: u8) {
    let last = unit.steps.end.min(frames.len());
    for frame in &mut frames[unit.steps.start.min(last)..last] {
        frame[unit.voice] = class;
    }
}

/// Log-probabilities of a unit before anything is struck out: the mean over its steps that are seen.
pub(super) fn mean_logs(
    unit: &Unit,
    span: &Span,
    logits: &[f32],
    row_of: &[Option<usize>],
) -> [f32; CLASSES] {
    let mut sum = [0.0f32; CLASSES];
    let mut rows = 0;
    for step in unit.steps.clone().filter(|s| span.seen.contains(s)) {
        let Some(row) = row_of[step - span.seen.start] else {
            continue;
        };
        let part = &logits[row * LOGITS + unit.voice * CLASSES..][..CLASSES];
        let most = part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = part.iter().map(|x| (x - most).exp()).sum();
        let log = total.ln() + most;
        for (to, x) in sum.iter_mut().zip(part) {
            *to += x - log;
        }
        rows += 1;
    }
    sum.map(|x| x / rows.max(1) as f32)
}

/// The same with illegal classes struck out.
fn log_probabilities(
    unit: &Unit,
    span: &Span,
    logits: &[f32],
    row_of: &[Option<usize>],
    add: &[f32; CLASSES],
) -> [f32; CLASSES] {
    let mut sum = mean_logs(unit, span, logits, row_of);
    let mut most = f32::NEG_INFINITY;
    for (class, x) in sum.iter_mut().enumerate() {
        *x = if unit.legal.allows(class as u8) {
            *x + add[class]
        } else {
            f32::NEG_INFINITY
        };
        most = most.max(*x);
    }
    let total: f32 = sum.iter().map(|x| (x - most).exp()).sum();
    let log = total.ln() + most;
    sum.map(|x| x - log)
}

/// The steps of a span that are asked for `units`, counted within it, and the row of logits of each.
pub(super) fn asked(
    canvas: &Canvas,
    span: &Span,
    units: &[usize],
) -> (Vec<usize>, Vec<Option<usize>>) {
    let mut row_of = vec![None; span.seen.len()];
    for &u in units {
        let steps = canvas.units[u].steps.clone();
        for step in steps.filter(|s| span.seen.contains(s)) {
            row_of[step - span.seen.start] = Some(0);
        }
    }
    let asked: Vec<usize> = (0..row_of.len()).filter(|&s| row_of[s].is_some()).collect();
    for (row, &step) in asked.iter().enumerate() {
        row_of[step] = Some(row);
    }
    (asked, row_of)
}

/// A draw at a temperature within the nucleus (Holtzman et al. 2020), by adding `noise` to the log-probabilities.
fn draw(log: &[f32; CLASSES], settings: &SamplerSettings, noise: &[f32; CLASSES]) -> usize {
    let mut order: Vec<usize> = (0..CLASSES).filter(|&c| log[c].is_finite()).collect();
    order.sort_by(|&a, &b| log[b].total_cmp(&log[a]).then(a.cmp(&b)));
    let likeliest = order.first().copied().unwrap_or(REST as usize);
    let temperature = settings.temperature;
    if temperature <= COLDEST {
        return likeliest;
    }
    let scaled = |c: usize| log[c] / temperature;
    let most = scaled(likeliest);
    let all: f32 = order.iter().map(|&c| (scaled(c) - most).exp()).sum();
    let mut kept = 0.0;
    let mut best = (f32::NEG_INFINITY, likeliest);
    for &c in &order {
        let value = scaled(c) + noise[c];
        if value > best.0 {
            best = (value, c);
        }
        kept += (scaled(c) - most).exp() / all;
        if kept >= settings.top_p.min(NUCLEUS) {
            break;
        }
    }
    best.1
}

/// Units still open, and what is known of the others.
struct State<'a> {
    canvas: &'a Canvas,
    frames: Vec<Frame>,
    drawn: Vec<u8>,
    guess: Vec<u8>,
    confidence: Vec<f32>,
}

impl State<'_> {
    fn decide(&mut self, unit: usize, class: u8, confidence: f32) {
        self.drawn[unit] = class;
        self.guess[unit] = class;
        self.confidence[unit] = confidence;
        put(&mut self.frames, &self.canvas.units[unit], class);
    }

    fn hide(&mut self, unit: usize) {
        self.drawn[unit] = UNKNOWN;
        put(&mut self.frames, &self.canvas.units[unit], UNKNOWN);
    }

    /// What constraints add to the log-probabilities of a unit.
    fn wishes(
        &self,
        unit: &Unit,
        constraints: &Constraints,
        context: &[bool; 12],
    ) -> [f32; CLASSES] {
        let mut add = [0.0; CLASSES];
        if constraints.in_key != 0.0 {
            for (class, add) in add.iter_mut().enumerate() {
                let pitch = pitch_of(class as u8);
                if pitch.is_some_and(|p| context[p as usize % 12]) {
                    *add += constraints.in_key;
                }
            }
        }
        let neighbours = [unit.steps.start.checked_sub(1), Some(unit.steps.end)];
        for frame in neighbours
            .into_iter()
            .flatten()
            .filter_map(|s| self.frames.get(s))
        {
            if let Some(add) = add.get_mut(frame[unit.voice] as usize) {
                *add -= constraints.density * DENSITY / 2.0;
            }
        }
        add
    }
}

/// What is to be filled, and how.
pub struct Task<'a> {
    pub canvas: &'a Canvas,
    /// Where each frame stands.
    pub places: &'a [Place],
    /// Most frames the network sees at once.
    pub most: usize,
    /// The class of units that are not to be drawn; none where it is shorter.
    pub kept: &'a [Option<u8>],
    pub settings: &'a SamplerSettings,
    pub constraints: &'a Constraints,
    /// Whether draws that make parallel fifths and octaves are held back.
    pub rules: bool,
}

/// Fills the hole. `on_step` may break off; then there is no answer.
pub fn sample(
    denoiser: &mut dyn FrameDenoiser,
    task: &Task<'_>,
    rng: &mut impl Rng,
    mut on_step: impl FnMut(FrameStep<'_>) -> ControlFlow<()>,
) -> Option<Drawn> {
    let Task {
        canvas,
        most,
        kept,
        settings,
        ..
    } = *task;
    let count = canvas.units.len();
    let mut context = [false; 12];
    for class in canvas.frames.iter().flatten() {
        if let Some(pitch) = pitch_of(*class) {
            context[pitch as usize % 12] = true;
        }
    }
    let mut state = State {
        canvas,
        frames: canvas.frames.clone(),
        drawn: vec![UNKNOWN; count],
        guess: vec![REST; count],
        confidence: vec![1.0; count],
    };
    for (unit, kept) in kept.iter().enumerate().take(count) {
        if let Some(class) = kept {
            state.decide(unit, *class, 1.0);
        }
    }
    let spans = spans(canvas, most);
    let of = spans
        .iter()
        .map(|s| evaluations(canvas, s, settings))
        .sum::<u32>();
    let mut done = 0;
    for span in &spans {
        let steps = evaluations(canvas, span, settings);
        let mine: Vec<usize> = (0..count)
            .filter(|&u| span.written.contains(&canvas.units[u].steps.start))
            .collect();
        let open = |state: &State<'_>| -> Vec<usize> {
            let hidden = |u: &usize| state.drawn[*u] == UNKNOWN;
            mine.iter().copied().filter(hidden).collect()
        };
        let all = open(&state).len();
        for step in 1..=steps {
            let hidden = open(&state);
            if !hidden.is_empty() {
                let angle = std::f64::consts::FRAC_PI_2 * f64::from(step) / f64::from(steps);
                let stay = (all as f64 * angle.cos()).floor() as usize;
                let last = step == steps;
                let quota = if last {
                    hidden.len()
                } else {
                    hidden.len().saturating_sub(stay).max(1)
                };
                let ask = Ask {
                    span,
                    hidden: &hidden,
                    quota,
                    last,
                    context: &context,
                };
                evaluate(denoiser, task, &mut state, &ask, rng);
                if settings.remask > 0.0 && !last {
                    take_back(&mut state, &mine, kept, settings.remask);
                }
            }
            done += 1;
            let said = on_step(FrameStep {
                done,
                of,
                drawn: &state.drawn,
                guess: &state.guess,
            });
            if said.is_break() {
                return None;
            }
        }
    }
    Some(Drawn {
        classes: state.drawn,
        confidence: state.confidence,
    })
}

/// What one evaluation is for.
struct Ask<'a> {
    span: &'a Span,
    /// Units that are not decided.
    hidden: &'a [usize],
    /// How many of them are to be.
    quota: usize,
    /// Whether it is the span's last.
    last: bool,
    /// Pitch classes of the context.
    context: &'a [bool; 12],
}

/// One evaluation: a guess for every hidden unit, of which some are decided; on the last all, whatever stands beside
/// them.
fn evaluate(
    denoiser: &mut dyn FrameDenoiser,
    task: &Task<'_>,
    state: &mut State<'_>,
    ask: &Ask<'_>,
    rng: &mut impl Rng,
) {
    let Ask {
        span,
        hidden,
        quota,
        last,
        context,
    } = *ask;
    let (settings, places) = (task.settings, task.places);
    let canvas = state.canvas;
    let (asked, row_of) = asked(canvas, span, hidden);
    let seen = span.seen.clone();
    let mut logits = denoiser.logits(
        &state.frames[seen.clone()],
        &canvas.rhythm[seen.clone()],
        &places[seen],
        &asked,
    );
    // A device that failed says nothing; then everything is as likely.
    logits.resize(asked.len() * LOGITS, 0.0);
    let beats = state.frames.len() / BEAT + 1;
    let noise: Vec<[f32; CLASSES]> = (0..beats * VOICES)
        .map(|i| {
            let near = span.written.start / BEAT..=span.written.end / BEAT;
            if near.contains(&(i / VOICES)) {
                std::array::from_fn(|_| gumbel(rng))
            } else {
                [0.0; CLASSES]
            }
        })
        .collect();
    let mut candidates: Vec<(f32, usize, u8, f32)> = Vec::with_capacity(hidden.len());
    for &u in hidden {
        let unit = &canvas.units[u];
        let mut add = state.wishes(unit, task.constraints, context);
        if task.rules {
            parallels::hold_back(&state.frames, unit, &mut add);
        }
        let log = log_probabilities(unit, span, &logits, &row_of, &add);
        let class = draw(
            &log,
            settings,
            &noise[unit.steps.start / BEAT * VOICES + unit.voice],
        );
        state.guess[u] = class as u8;
        candidates.push((log[class], u, class as u8, log[class].exp()));
    }
    if settings.by_confidence {
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    } else {
        candidates.shuffle(rng);
    }
    let mut taken = vec![false; state.frames.len()];
    let mut left = quota;
    for (_, u, class, p) in candidates {
        let steps = canvas.units[u].steps.clone();
        if left == 0 {
            break;
        }
        if !last && taken[steps.clone()].contains(&true) {
            continue;
        }
        taken[steps].fill(true);
        state.decide(u, class, p);
        left -= 1;
    }
}

/// Hides the least certain of what was decided again (remasking, Wang et al. 2025).
fn take_back(state: &mut State<'_>, mine: &[usize], kept: &[Option<u8>], share: f32) {
    let free = |u: &usize| kept.get(*u).copied().flatten().is_none();
    let mut decided: Vec<usize> = mine
        .iter()
        .copied()
        .filter(|u| state.drawn[*u] != UNKNOWN && free(u))
        .collect();
    decided.sort_by(|&a, &b| {
        let by = state.confidence[a].total_cmp(&state.confidence[b]);
        by.then(a.cmp(&b))
    });
    let n = (decided.len() as f32 * share.clamp(0.0, 0.5)) as usize;
    for &u in &decided[..n] {
        state.hide(u);
    }
}

#[cfg(test)]
mod tests;
