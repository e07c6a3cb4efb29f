//! The curves of the run in hand, and those of the ticked runs over them.

use super::bars::{self, Bars};
use super::plot::{self, Line, Look, Plot};
use super::{outline, weak};
use crate::studio::state::State;
use crate::studio::theme::{Theme, alpha, size};
use crate::studio::training::{Channel, Figures, name_of};
use crate::training::tally::Tally;
use eframe::egui::{Color32, FontId, Label, ScrollArea, Sense, Ui, pos2, vec2};
use std::path::{Path, PathBuf};

/// Heights in points.
const LOSS: f32 = 190.0;
const SMALL: f32 = 82.0;
const BARS: f32 = 92.0;
/// Room of a line in the legend.
const LEGEND: f32 = 24.0;
/// Below this width plots stand under each other.
const SIDE_BY_SIDE: f32 = 520.0;

/// Draws everything.
pub fn show(ui: &mut Ui, state: &mut State, folder: &Path) {
    ScrollArea::vertical()
        .id_salt("training-curves")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let ticked = state.training.ticked.clone();
            legend(ui, state, folder, &ticked);
            losses(ui, state, folder, &ticked);
            let Some(figures) = state.training.figures(folder) else {
                return;
            };
            ui.add_space(size::GAP);
            pair(ui, figures, state.training.log_scale);
            ui.add_space(size::GAP);
            breakdowns(ui, figures);
        });
}

/// Which colour is which run, and the scale.
fn legend(ui: &mut Ui, state: &mut State, folder: &Path, ticked: &[PathBuf]) {
    let t = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        // A line and its words stay together where the row is full.
        let entry = |ui: &mut Ui, colour: Color32, width: f32, text: String| {
            let font = FontId::proportional(size::TEXT_SMALL);
            let words = ui.painter().layout_no_wrap(text, font, t.text);
            let room = vec2(LEGEND + words.size().x, size::ROW - 8.0);
            let (space, _) = ui.allocate_exact_size(room, Sense::hover());
            let line = space.left()..=space.left() + LEGEND - size::UNIT * 1.5;
            ui.painter().hline(line, space.center().y, (width, colour));
            let at = pos2(
                space.left() + LEGEND,
                space.center().y - words.size().y / 2.0,
            );
            ui.painter().galley(at, words, t.text);
        };
        let compared = others(folder, ticked).next().is_some();
        let judged = match compared {
            true => format!("{}: validation, averaged weights", name_of(folder)),
            false => "validation, averaged weights".into(),
        };
        entry(ui, t.track(0), 2.0, judged);
        let faint = alpha(t.track(0), 0.6);
        entry(ui, faint, 1.0, "validation, weights as they are".into());
        entry(ui, t.text_weak, 1.0, "training".into());
        if state.training.before(folder).is_some() {
            entry(ui, t.mask, 1.0, "before the fine-tune".into());
        }
        for (i, other) in others(folder, ticked).enumerate() {
            entry(ui, t.track(i + 1), 2.0, name_of(other));
        }
        outline(ui);
        ui.checkbox(&mut state.training.log_scale, "log scale")
            .on_hover_text("Loss and gradient on a logarithmic scale");
    });
}

/// The ticked runs besides the one in hand.
fn others<'a>(folder: &'a Path, ticked: &'a [PathBuf]) -> impl Iterator<Item = &'a PathBuf> {
    ticked.iter().filter(move |f| *f != folder)
}

fn losses(ui: &mut Ui, state: &State, folder: &Path, ticked: &[PathBuf]) {
    let t = Theme::of(ui);
    let mut lines = Vec::new();
    let before = state.training.before(folder);
    let last = state.training.figures(folder).map(|f| &f.curves);
    let last = last.and_then(|c| c.loss.last()).map_or(1, |p| p.0);
    let level = before.map(|loss| [(0, loss), (last, loss)]);
    let line = |name: &str, points, colour, width, look| Line {
        name: name.to_owned(),
        points,
        colour,
        width,
        look,
    };
    if let Some(f) = state.training.figures(folder) {
        let c = &f.curves;
        lines.push(line("training", &c.loss[..], t.text_weak, 1.0, Look::Noisy));
        let faint = alpha(t.track(0), 0.6);
        lines.push(line(
            "validation, weights",
            &c.validation,
            faint,
            1.0,
            Look::Plain,
        ));
        lines.push(line("validation", &c.average, t.track(0), 2.0, Look::Dots));
    }
    if let Some(level) = &level {
        lines.push(line("before", level, t.mask, 1.0, Look::Plain));
    }
    for (i, other) in others(folder, ticked).enumerate() {
        if let Some(f) = state.training.figures(other) {
            let name = name_of(other);
            lines.push(line(
                &name,
                &f.curves.average,
                t.track(i + 1),
                2.0,
                Look::Dots,
            ));
        }
    }
    let plot = Plot {
        title: "loss",
        unit: "nats",
        height: LOSS,
        log: state.training.log_scale,
        empty: "The first steps will be drawn here.",
    };
    plot::show(ui, &plot, &lines);
}

/// Learning rate and gradient.
fn pair(ui: &mut Ui, figures: &Figures, log: bool) {
    let t = Theme::of(ui);
    let one = |ui: &mut Ui, title: &str, unit: &str, points: &[(u64, f64)], log: bool, look| {
        let plot = Plot {
            title,
            unit,
            height: SMALL,
            log,
            empty: "Nothing yet.",
        };
        let line = Line {
            name: title.to_owned(),
            points,
            colour: t.text_weak,
            width: 1.5,
            look,
        };
        plot::show(ui, &plot, &[line]);
    };
    let c = &figures.curves;
    let columns = columns(ui, 2);
    ui.columns(columns, |ui| {
        one(&mut ui[0], "learning rate", "", &c.rate, false, Look::Plain);
        let last = &mut ui[columns - 1];
        one(
            last,
            "gradient norm",
            "before clipping",
            &c.gradient,
            log,
            Look::Noisy,
        );
    });
}

fn columns(ui: &Ui, most: usize) -> usize {
    if ui.available_width() >= SIDE_BY_SIDE {
        most
    } else {
        1
    }
}

/// Loss by diffusion time, by channel and by bar.
fn breakdowns(ui: &mut Ui, figures: &Figures) {
    let means = |tallies: &[Tally]| tallies.iter().map(Tally::mean).collect::<Vec<_>>();
    let (train, validation) = (&figures.train, &figures.validation);
    let times = train.by_time.len();
    let last = train.by_bar.len().max(validation.by_bar.len());
    let by = |f: fn(&Channel) -> Option<f64>| figures.channels.iter().map(f).collect();
    let all = [
        Bars {
            title: "loss by diffusion time",
            unit: "nats, by share hidden",
            height: BARS,
            labels: (0..times)
                .map(|i| format!("{}-{} %", i * 100 / times, (i + 1) * 100 / times))
                .collect(),
            values: means(&train.by_time),
            marks: means(&validation.by_time),
            empty: "Measured at every validation.",
        },
        Bars {
            title: "loss by channel",
            unit: "nats",
            height: BARS,
            labels: figures.channels.iter().map(|c| c.name.clone()).collect(),
            values: by(|c| c.train),
            marks: by(|c| c.validation),
            empty: "Measured from the first step on.",
        },
        Bars {
            title: "loss by bar of the window",
            unit: "nats",
            height: BARS,
            labels: (1..=last).map(|b| b.to_string()).collect(),
            values: means(&train.by_bar),
            marks: means(&validation.by_bar),
            empty: "Measured at every validation.",
        },
    ];
    let columns = columns(ui, 3);
    ui.columns(columns, |ui| {
        for (i, b) in all.iter().enumerate() {
            bars::show(&mut ui[i % columns], b);
        }
    });
    let words =
        "Bars: the last steps. Coloured lines: the averaged weights at the last validation.";
    ui.add(Label::new(weak(ui, words).small()).wrap());
}
