//! The blind listening test: its form, the question, the pause, the result.

use super::super::wide;
use super::{form, weak};
use crate::evaluation::blind::{Answer, Design, FEWEST, Part, Question, Report, Side, Stage};
use crate::evaluation::report::number;
use crate::studio::evaluation::blind::{self, Candidate};
use crate::studio::state::State;
use crate::studio::stats::count;
use crate::studio::theme::{self, Theme, size};
use eframe::egui::{
    Align, Button, Grid, Label, Layout, ProgressBar, Rect, RichText, ScrollArea, Ui, UiBuilder,
    vec2,
};
use lucide_icons::Icon;

/// Width of the question, in points, and size of its letters.
const WIDE: f32 = 640.0;
const LETTER: f32 = 56.0;
/// Size of a sound's field.
const FIELD: eframe::egui::Vec2 = vec2(200.0, 140.0);
/// What the points of a rating stand for (ITU-T P.800).
const POINTS: [&str; 5] = ["bad", "poor", "fair", "good", "excellent"];

/// Draws the form of a test to come.
pub fn form(ui: &mut Ui, state: &mut State) {
    let candidates = blind::candidates(state);
    let b = &mut state.evaluation.blind;
    ui.add_enabled_ui(b.session.is_none(), |ui| {
        ui.horizontal(|ui| {
            for (design, name, what) in [
                (
                    Design::Pairs,
                    "Pairs",
                    "The same hole by two of the rows: which is better?",
                ),
                (
                    Design::Rating,
                    "Rating",
                    "One filled hole at a time, from 1 (bad) to 5 (excellent)",
                ),
            ] {
                let label = ui.selectable_label(b.plan.design == design, name);
                if label.on_hover_text(what).clicked() {
                    b.plan.design = design;
                }
            }
        });
        ui.add_space(size::UNIT);
        ui.label(weak(ui, "Who is heard").small());
        for c in &candidates {
            tick(ui, &mut b.left_out, c);
        }
        ui.add_space(size::GAP);
        for (name, value, most, what) in [
            (
                "trials",
                &mut b.plan.trials,
                400,
                "Trials that count, at most; every pair of rows gets as many, and none is heard in the same hole twice",
            ),
            (
                "again",
                &mut b.plan.repeats,
                40,
                "Of these, as many come once more with their sides swapped: they say how consistent the answers are",
            ),
            (
                "checks",
                &mut b.plan.catches,
                40,
                "Trials with nonsense beside the original: they say whether somebody listens",
            ),
        ] {
            ui.horizontal(|ui| {
                form::caption(ui, name);
                let mut n = *value as u32;
                form::number(ui, &mut n, 0..=most, "", what);
                *value = n as usize;
            });
        }
        b.plan.trials = b.plan.trials.max(1);
    });
    ui.add_space(size::GAP);
    let few = candidates
        .iter()
        .filter(|c| takes_part(&b.left_out, c))
        .count();
    let why = match (b.session.is_some(), b.making, candidates.is_empty()) {
        (true, ..) => Some("A test is under way; go on with it, or end it."),
        (_, true, _) => Some("The test is being made; a moment."),
        (_, _, true) => {
            Some("Nothing was measured yet: measure models with \"Fill holes\", or run the arena.")
        }
        _ if few < b.plan.design.sounds() => Some("Tick more rows."),
        _ => None,
    };
    let button = wide(
        ui,
        theme::icon(Icon::Headphones),
        RichText::new("Begin").strong(),
    );
    let button = ui.add_enabled(why.is_none(), button);
    let button = button.accessible_name("Begin the listening test");
    if button
        .on_disabled_hover_text(why.unwrap_or_default())
        .clicked()
    {
        blind::begin(state);
    }
    let notice = state.evaluation.blind.notice.clone();
    let size = match why {
        None => how_large(state, &candidates),
        Some(_) => String::new(),
    };
    for words in why.into_iter().chain([size.as_str(), notice.as_str()]) {
        if !words.is_empty() {
            ui.add(Label::new(weak(ui, words).small()).wrap());
        }
    }
    if let Some(unkept) = &state.evaluation.blind.unkept {
        let text = RichText::new(unkept).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
}

/// How often each comparison would be heard, and whether that is enough.
fn how_large(state: &State, candidates: &[Candidate]) -> String {
    let b = &state.evaluation.blind;
    let judged = candidates.iter().filter(|c| takes_part(&b.left_out, c));
    let pieces: Vec<usize> = judged.map(|c| c.pieces).collect();
    let (n, fewest) = (pieces.len(), pieces.iter().copied().min().unwrap_or(0));
    let (groups, what) = match b.plan.design {
        Design::Pairs => (n * n.saturating_sub(1) / 2, "pair"),
        Design::Rating => (n, "row"),
    };
    let each = (b.plan.trials / groups.max(1)).clamp(1, fewest.max(1));
    let words = format!("{}, {} of each.", count(groups, what), count(each, "trial"));
    match each < FEWEST {
        true => format!(
            "{words} Below {FEWEST} of each nothing can be said: take fewer rows, more trials or more holes."
        ),
        false => words,
    }
}

fn takes_part(left_out: &[String], c: &Candidate) -> bool {
    c.part != Part::Nonsense && !left_out.contains(&c.name)
}

fn tick(ui: &mut Ui, left_out: &mut Vec<String>, c: &Candidate) {
    super::super::training::outline(ui);
    let mut on = !left_out.contains(&c.name);
    let tick = ui.checkbox(&mut on, &c.name);
    let tick = tick.accessible_name(format!("Hear {}", c.name));
    let what = match c.part {
        Part::Judged => "It is judged",
        Part::Original => "It is judged: what a person wrote",
        Part::Nonsense => "It is not judged: it checks whether somebody listens",
    };
    let what = format!("{}\n{what}; {}", c.name, count(c.pieces, "piece"));
    if tick.on_hover_text(what).clicked() {
        left_out.retain(|l| *l != c.name);
        if !on {
            left_out.push(c.name.clone());
        }
    }
}

/// Draws what there is beside the question: an unfinished test, the pause, the result.
pub fn show(ui: &mut Ui, state: &mut State) {
    if state.evaluation.blind.session.is_some() {
        return paused(ui, state);
    }
    if let Some(left) = &state.evaluation.blind.left {
        let (done, of) = (left.answered.len(), left.test.len());
        return unfinished(ui, state, done, of);
    }
    if let Some((report, records)) = state.evaluation.blind.result.clone() {
        return result(ui, state, &report, records.len());
    }
    let words = "You hear what models and people wrote, two and two or one by one, and are not told which is which. At the end stands a table with intervals, and it says plainly what your answers cannot tell apart. Put on headphones; the keys are all you need.";
    super::super::empty::show(ui, Icon::Headphones, "Blind listening test", words, |_| {});
}

fn unfinished(ui: &mut Ui, state: &mut State, done: usize, of: usize) {
    let words = format!("{done} of {of} trials are answered, and the answers are kept.");
    let title = "A test was not finished";
    let (mut resume, mut discard) = (false, false);
    super::super::empty::show(ui, Icon::Headphones, title, &words, |ui| {
        resume = ui.button("Go on with it").clicked();
        discard = ui.button("Throw it away").clicked();
    });
    if resume {
        blind::resume(state);
    }
    if discard {
        blind::discard(state);
    }
}

fn paused(ui: &mut Ui, state: &mut State) {
    let session = state.evaluation.blind.session.as_ref();
    let (done, of) = session.map_or((0, 0), |s| (s.answered().len(), s.test().len()));
    let words = format!(
        "{done} of {of} trials are answered. The clock stands still, and nothing is asked away. Space goes on."
    );
    let (mut on, mut end) = (false, false);
    super::super::empty::show(ui, Icon::Pause, "Paused", &words, |ui| {
        on = ui.button("Go on").clicked();
        let button = ui.button("End the test here");
        let what = "What was answered so far is the result";
        end = button.on_hover_text(what).clicked();
    });
    if on {
        blind::go_on(state);
    }
    if end {
        blind::end(state);
    }
}

/// Draws the question, and nothing that tells what is heard.
pub fn listening(ui: &mut Ui, state: &mut State) {
    let Some(session) = &state.evaluation.blind.session else {
        return;
    };
    let Stage::Asks(q) = session.stage() else {
        return;
    };
    // Tab switches sides here; it must not move the keyboard round the window as well.
    ui.memory_mut(|m| m.focused().map(|id| m.surrender_focus(id)));
    let heard: Vec<u32> = q.heard.to_vec();
    let q = Question { heard: &heard, ..q };
    let room = ui.available_rect_before_wrap();
    let width = room.width().min(WIDE);
    let above = ((room.height() - 420.0) * 0.4).max(0.0);
    let place = Rect::from_min_size(
        room.center_top() + vec2(-width / 2.0, above),
        vec2(width, (room.height() - above).max(0.0)),
    );
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.y = size::PAD;
        ui.label(weak(ui, format!("Trial {} of {}", q.number, q.of)));
        let bar = ProgressBar::new((q.number - 1) as f32 / q.of.max(1) as f32)
            .desired_height(4.0)
            .desired_width(width * 0.6)
            .fill(Theme::of(ui).text_weak);
        ui.add(bar).accessible_name("Test, share answered");
        ui.add_space(size::PAD);
        let words = match q.design {
            Design::Pairs => "Which is better?",
            Design::Rating => "How good is it?",
        };
        ui.label(RichText::new(words).heading());
        sounds(ui, state, &q);
        answers(ui, state, &q, width);
        let notice = state.evaluation.blind.notice.clone();
        let words = match (notice.is_empty(), q.ready, q.design) {
            (false, ..) => notice,
            (true, false, Design::Pairs) => "Tab plays the other one.".into(),
            _ => " ".into(),
        };
        ui.label(words);
        let keys = match q.design {
            Design::Pairs => {
                "Space plays again   ·   Tab, A, B switch   ·   Backspace takes the last answer back   ·   Esc pauses"
            }
            Design::Rating => {
                "Space plays again   ·   Backspace takes the last answer back   ·   Esc pauses"
            }
        };
        ui.add(Label::new(weak(ui, keys).small()).wrap());
    });
}

/// A field for each sound; the one that plays is lit.
fn sounds(ui: &mut Ui, state: &mut State, q: &Question<'_>) {
    let playing = state.evaluation.listening && state.transport.is_playing();
    let all = match q.design {
        Design::Pairs => vec![
            (Side::A, "A", RichText::new("A")),
            (Side::B, "B", RichText::new("B")),
        ],
        Design::Rating => vec![(Side::A, "it", theme::icon(Icon::Music))],
    };
    let wide = FIELD.x * all.len() as f32 + size::PAD * (all.len() - 1) as f32;
    let mut play = None;
    ui.allocate_ui(vec2(wide, FIELD.y), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::PAD;
            for (side, name, sign) in all {
                let on = state.evaluation.blind.side == side;
                let button = Button::new(sign.size(LETTER))
                    .min_size(FIELD)
                    .selected(on && playing);
                let button = ui.add(button);
                let times = q.heard.get(if side == Side::A { 0 } else { 1 });
                let state = match (on && playing, times) {
                    (true, _) => "playing",
                    (false, Some(0)) => "not heard yet",
                    _ => "heard",
                };
                if button
                    .accessible_name(format!("Play {name}, {state}"))
                    .clicked()
                {
                    play = Some(side);
                }
            }
        });
    });
    if let Some(side) = play {
        blind::play(state, side);
    }
}

/// What can be answered, each with its key.
fn answers(ui: &mut Ui, state: &mut State, q: &Question<'_>, width: f32) {
    let all: Vec<(RichText, &str, Answer)> = match q.design {
        Design::Pairs => vec![
            (
                theme::icon(Icon::ArrowLeft),
                "A is better",
                Answer::Prefers(Side::A),
            ),
            (
                theme::icon(Icon::ArrowDown),
                "No preference",
                Answer::Neither,
            ),
            (
                theme::icon(Icon::ArrowRight),
                "B is better",
                Answer::Prefers(Side::B),
            ),
        ],
        Design::Rating => POINTS
            .iter()
            .zip(1u8..)
            .map(|(word, n)| {
                (
                    RichText::new(n.to_string()).strong(),
                    *word,
                    Answer::Rates(n),
                )
            })
            .collect(),
    };
    let each = ((width - size::PAD * all.len() as f32) / all.len() as f32).min(180.0);
    let wide = each * all.len() as f32 + size::PAD * (all.len() - 1) as f32;
    let mut given = None;
    ui.allocate_ui(vec2(wide, 48.0), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::PAD;
            for (key, word, answer) in all {
                let button = Button::new((key, word)).min_size(vec2(each, 44.0));
                let button = ui.add_enabled(q.ready, button);
                let button = button.accessible_name(format!("Answer: {word}"));
                let why = "Listen to all of it first";
                if button.on_disabled_hover_text(why).clicked() {
                    given = Some(answer);
                }
            }
        });
    });
    if let Some(answer) = given {
        blind::answer(state, answer);
    }
}

fn result(ui: &mut Ui, state: &mut State, report: &Report, answered: usize) {
    ui.label(RichText::new("What your answers say").heading());
    let what = match report.design {
        Design::Pairs => "share of trials preferred",
        Design::Rating => "mean of 1 to 5",
    };
    let words = format!(
        "{} answered, {} of them count; {} s to an answer in the middle. Intervals are 95 %.",
        count(answered, "trial"),
        report.counted,
        number(report.seconds)
    );
    ui.add(Label::new(weak(ui, words)).wrap());
    ui.add_space(size::GAP);
    ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let strong = |ui: &mut Ui, text: &str| {
                let text = weak(ui, text).small();
                ui.label(text);
            };
            Grid::new("blind-standings")
                .striped(true)
                .spacing(vec2(size::PAD * 2.0, 6.0))
                .show(ui, |ui| {
                    for head in ["row", what, "from", "to", "trials"] {
                        strong(ui, head);
                    }
                    ui.end_row();
                    for s in &report.standings {
                        ui.label(&s.system);
                        for v in [s.figure.mean, s.figure.low, s.figure.high] {
                            ui.label(number(v));
                        }
                        ui.label(s.trials.to_string());
                        ui.end_row();
                    }
                });
            ui.add_space(size::PAD);
            for sentence in report.sentences() {
                ui.add(Label::new(sentence).wrap());
            }
            ui.add_space(size::PAD);
            ui.horizontal(|ui| {
                let save = Button::new((theme::icon(Icon::FileText), "Save CSV..."));
                let save = ui.add(save).accessible_name("Save the answers as CSV");
                let what =
                    "A line a trial, rows and sides and all: enough to make this table again";
                if save.on_hover_text(what).clicked() {
                    blind::ask_save(state);
                }
                if ui.button("Another test").clicked() {
                    state.evaluation.blind.result = None;
                }
            });
        });
}
