//! The samples of the run in hand: a probe, a slider over the steps at which it was filled, pictures, and the sound.

use super::weak;
use crate::score::Score;
use crate::studio::files;
use crate::studio::roll::{self, ThumbNote};
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, size};
use crate::studio::training;
use crate::training::samples::Sample;
use eframe::egui::{self, Label, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use lucide_icons::Icon;
use std::collections::BTreeSet;

/// Least and most height of a picture, in points; between them it takes what room there is.
const PICTURE: (f32, f32) = (110.0, 260.0);
/// Height of what stands above and between the pictures.
const OTHERS: f32 = 170.0;

/// Draws everything.
pub fn show(ui: &mut Ui, state: &mut State) {
    if let Some(trouble) = &state.training.samples.trouble {
        let text = RichText::new(trouble).color(Theme::of(ui).error);
        ui.add(Label::new(text).wrap());
    }
    let Some(sample) = state.training.samples.in_hand().cloned() else {
        return empty(ui, state);
    };
    let tall = (ui.available_height() - OTHERS) / 2.0;
    let tall = tall.clamp(PICTURE.0, PICTURE.1);
    egui::ScrollArea::vertical()
        .id_salt("training-samples")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            probes(ui, state);
            steps(ui, state, &sample);
            ui.add_space(size::UNIT);
            controls(ui, state);
            ui.add_space(size::UNIT);
            pictures(ui, state, &sample, tall);
        });
}

fn empty(ui: &mut Ui, state: &State) {
    let t = &state.training;
    let every = t.row_in_hand().and_then(|r| r.recipe.as_ref().ok());
    let every = every.map(|r| r.trainer.sample_every);
    let words = match every {
        _ if !t.samples.looked => "Looking for samples...".into(),
        Some(0) => "This run takes no samples: trainer.sample_every is 0 in its recipe.".into(),
        Some(n) => format!(
            "No samples yet. They are written every {n} steps, at every new best, and at the end."
        ),
        None => "No samples yet.".into(),
    };
    ui.add_space(size::PAD);
    ui.add(Label::new(weak(ui, words)).wrap());
}

fn probes(ui: &mut Ui, state: &mut State) {
    let names: Vec<String> = state
        .training
        .samples
        .probes()
        .into_iter()
        .map(String::from)
        .collect();
    ui.horizontal_wrapped(|ui| {
        ui.label(
            RichText::new("probe")
                .small()
                .color(Theme::of(ui).text_weak),
        );
        for name in &names {
            let on = state.training.samples.probe.as_ref() == Some(name);
            let label = ui.selectable_label(on, name);
            let label = label.accessible_name(format!("Probe {name}"));
            if label
                .on_hover_text("A piece of a held-out song, filled again and again")
                .clicked()
            {
                training::choose_probe(state, name);
            }
        }
    });
}

fn steps(ui: &mut Ui, state: &mut State, sample: &Sample) {
    let samples = &mut state.training.samples;
    let count = samples.shown.len();
    ui.horizontal(|ui| {
        let place = samples.place;
        let ways = [
            (Icon::ChevronLeft, "Earlier sample", place.checked_sub(1)),
            (
                Icon::ChevronRight,
                "Later sample",
                Some(place + 1).filter(|p| *p < count),
            ),
        ];
        for (icon, name, to) in ways {
            let button = egui::Button::new(theme::icon(icon));
            let button = ui.add_enabled(to.is_some(), button).accessible_name(name);
            let button = button
                .on_hover_text(name)
                .on_disabled_hover_text("There is none");
            if button.clicked() {
                samples.place = to.unwrap_or(place);
            }
        }
        let text = format!("after step {}", sample.step);
        ui.label(RichText::new(text).monospace());
        ui.label(weak(ui, format!("{} of {count}", samples.place + 1)));
        ui.spacing_mut().slider_width = (ui.available_width() - size::GAP).max(80.0);
        let slider =
            egui::Slider::new(&mut samples.place, 0..=count.saturating_sub(1)).show_value(false);
        ui.add(slider)
            .accessible_name("Checkpoint")
            .on_hover_text("Through the training; while it plays, it goes on playing");
    });
}

fn controls(ui: &mut Ui, state: &mut State) {
    ui.horizontal(|ui| {
        let playing = state.training.listening && state.transport.is_playing();
        let (icon, word) = if playing {
            (Icon::Square, "Stop")
        } else {
            (Icon::Play, "Hear")
        };
        let hear = ui.add(egui::Button::new((theme::icon(icon), word)));
        let hear = hear.accessible_name(format!("{word} the sample"));
        if hear.on_hover_text("Plays it from its beginning").clicked() {
            training::listen(state);
        }
        let original = &mut state.training.samples.original;
        for (value, name) in [(false, "as written"), (true, "as composed")] {
            let label = ui.selectable_label(*original == value, name);
            if label.accessible_name(format!("Hear it {name}")).clicked() {
                *original = value;
            }
        }
        let open = egui::Button::new((theme::icon(Icon::Piano), "Open in the roll"));
        let open = ui.add(open).accessible_name("Open in the roll");
        let what = "The probe as a new piece, its mask, and this sample as a take";
        if open.on_hover_text(what).clicked() {
            files::ask_then(state, files::Then::TrainingSample);
        }
    });
}

fn pictures(ui: &mut Ui, state: &mut State, sample: &Sample, tall: f32) {
    let t = Theme::of(ui);
    let none = BTreeSet::new();
    let original = &sample.document.score;
    let notes = |score: &Score| -> Vec<ThumbNote> { roll::of_score(score, &none, t).collect() };
    let (before, after) = (notes(original), notes(&sample.filled));
    // The same height means the same pitch in both.
    let pitches = roll::pitches(before.iter().chain(&after));
    let bars = original.bars();
    let end = bars.end(original.bar_count().saturating_sub(1)).max(1);
    let written = format!("written after step {}", sample.step);
    for (name, notes, heard) in [
        (written.as_str(), after, false),
        ("as composed", before, true),
    ] {
        ui.label(RichText::new(name).small().color(t.text_weak));
        let width = ui.available_width();
        let (space, response) = ui.allocate_exact_size(vec2(width, tall), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture: {name}")));
        if response.on_hover_text("Click to hear this one").clicked() {
            state.training.samples.original = heard;
            if !state.training.listening {
                training::listen(state);
            }
        }
        let painter = ui.painter().with_clip_rect(space);
        painter.rect_filled(space, f32::from(size::RADIUS), t.row);
        bar_lines(&painter, space, original, end, t);
        roll::hole(&painter, space, original, &sample.document.mask, 0..end, t);
        roll::thumbnail_between(&painter, space, notes, 0..end, pitches);
        let sounding = state.training.listening && state.transport.is_playing();
        if sounding && state.training.samples.original == heard {
            let share = (state.transport.position() / f64::from(end)).clamp(0.0, 1.0) as f32;
            let x = space.left() + share * space.width();
            painter.vline(x, space.y_range(), (1.0, t.playing));
        }
        ui.add_space(size::UNIT);
    }
}

fn bar_lines(painter: &egui::Painter, space: Rect, score: &Score, end: u32, t: &Theme) {
    let bars = score.bars();
    for bar in 1..score.bar_count() {
        let x = space.left() + bars.start(bar) as f32 / end as f32 * space.width();
        painter.vline(x.round(), space.y_range(), (1.0, t.line_division));
    }
}
