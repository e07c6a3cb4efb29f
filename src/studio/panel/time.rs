//! Tempo, metre and markers of the whole piece: the tempo as a curve and each of them as a list.

use super::transport::place;
use crate::score::timeline::{micros, ramp};
use crate::score::{Edit, Meter, Tempo};
use crate::studio::arrangement::DockPane;
use crate::studio::state::State;
use crate::studio::theme::{Theme, alpha, size};
use eframe::egui::{self, DragValue, Pos2, Rect, RichText, Sense, Ui, pos2, vec2};

/// Height of the curve, in points.
const CURVE: f32 = 90.0;

/// What the fields for a ramp are set to, while the pane is open.
#[derive(Clone, Copy)]
struct Ramp {
    /// Bars, from 1; the ramp ends where the second begins.
    bars: (u32, u32),
    bpm: (f64, f64),
}

/// Draws the pane over the roll; whether it was closed.
pub fn show(ui: &mut Ui, state: &mut State) -> bool {
    ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 48.0));
    super::steps::head(ui, state, DockPane::Time, "Tempo, metre and markers");
    curve(ui, state);
    let most = (ui.ctx().content_rect().height() - 330.0).max(120.0);
    egui::ScrollArea::vertical()
        .max_height(most)
        .show(ui, |ui| lists(ui, state));
    ui.separator();
    ui.button("Close").clicked()
}

/// Draws the pane among the tiles.
pub fn docked(ui: &mut Ui, state: &mut State) {
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            // The scroll bar lies over the edge.
            ui.set_max_width(ui.available_width() - size::PAD);
            curve(ui, state);
            lists(ui, state);
        });
}

fn lists(ui: &mut Ui, state: &mut State) {
    super::heading(ui, "Tempo");
    tempos(ui, state);
    ramps(ui, state);
    ui.separator();
    super::heading(ui, "Metre");
    meters(ui, state);
    ui.separator();
    super::heading(ui, "Markers");
    markers(ui, state);
}

fn head(state: &State) -> u32 {
    state.transport.position().max(0.0) as u32
}

/// The tempo over the piece; a stretch is dragged up and down.
fn curve(ui: &mut Ui, state: &mut State) {
    let t = Theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), CURVE), Sense::click_and_drag());
    let response = response.on_hover_text("Drag a stretch up or down to change its tempo");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, "Tempo curve"));
    let end = f64::from(state.derived().end.max(1));
    let score = state.document().score.clone();
    let mut map = score.tempos.clone();
    if map.first().is_none_or(|t| t.tick > 0) {
        map.insert(
            0,
            Tempo {
                tick: 0,
                micros_per_quarter: micros(120.0),
            },
        );
    }
    let bounds = map.iter().fold((60.0f64, 160.0f64), |(a, b), t| {
        (a.min(t.bpm() - 10.0), b.max(t.bpm() + 10.0))
    });
    let x = |tick: f64| rect.left() + (tick / end).min(1.0) as f32 * rect.width();
    let y = |bpm: f64| {
        let share = (bpm - bounds.0) / (bounds.1 - bounds.0);
        rect.bottom() - share as f32 * rect.height()
    };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, size::RADIUS, t.field);
    let mut points: Vec<Pos2> = Vec::new();
    for (i, tempo) in map.iter().enumerate() {
        let next = map.get(i + 1).map_or(end, |n| f64::from(n.tick));
        let height = y(tempo.bpm());
        points.push(pos2(x(f64::from(tempo.tick)), height));
        points.push(pos2(x(next), height));
    }
    for pair in points.windows(2) {
        if let [a, b] = *pair {
            let under = Rect::from_min_max(pos2(a.x, a.y.min(b.y)), pos2(b.x, rect.bottom()));
            painter.rect_filled(under, 0.0, alpha(t.playing, 0.15));
            painter.line_segment([a, b], (1.5, t.playing));
        }
    }
    let at = x(f64::from(head(state)));
    painter.vline(at, rect.y_range(), (1.0, t.text_weak));
    let font = egui::FontId::proportional(size::TEXT_SMALL);
    for (bpm, align) in [
        (bounds.0, egui::Align2::LEFT_BOTTOM),
        (bounds.1, egui::Align2::LEFT_TOP),
    ] {
        let at = pos2(rect.left() + size::UNIT, y(bpm));
        painter.text(at, align, format!("{bpm:.0}"), font.clone(), t.text_weak);
    }
    let held = response.id.with("held");
    if response.drag_started()
        && let Some(p) = ui.input(|i| i.pointer.press_origin())
    {
        let tick = f64::from((p.x - rect.left()) / rect.width()).max(0.0) * end;
        let tempo = map.iter().rev().find(|t| f64::from(t.tick) <= tick);
        let tempo = tempo.copied();
        ui.data_mut(|d| d.insert_temp(held, tempo.map(|t| (t.tick, t.bpm()))));
    }
    let kept: Option<(u32, f64)> = ui.data(|d| d.get_temp(held)).flatten();
    if let (true, Some((tick, bpm)), Some(delta)) =
        (response.dragged(), kept, response.total_drag_delta())
    {
        // A point is half a beat a minute, whatever the curve's scale is by now.
        let new = (bpm - f64::from(delta.y) * 0.5).round().clamp(10.0, 400.0);
        let gesture = state.widget_gesture(&response);
        if score.bpm_at(tick) != new {
            let micros_per_quarter = micros(new);
            state.edit_in(
                gesture,
                Edit::SetTempo(Tempo {
                    tick,
                    micros_per_quarter,
                }),
            );
        }
    }
}

fn cross(ui: &mut Ui, name: String) -> bool {
    let glyph = crate::studio::theme::icon(lucide_icons::Icon::X);
    ui.add(egui::Button::new(glyph).frame(false))
        .accessible_name(name)
        .on_hover_text("Remove")
        .clicked()
}

fn tempos(ui: &mut Ui, state: &mut State) {
    let score = state.document().score.clone();
    let bars = score.bars();
    for (i, tempo) in score.tempos.iter().enumerate() {
        ui.horizontal(|ui| {
            let at = place(&bars, score.ppq, tempo.tick);
            ui.label(RichText::new(format!("{at:>10}")).monospace());
            let mut bpm = tempo.bpm();
            let field = DragValue::new(&mut bpm).range(10.0..=400.0).max_decimals(2);
            let field = ui
                .add(field.suffix(" bpm"))
                .accessible_name(format!("Tempo at {at}"));
            if field.changed() {
                let gesture = state.widget_gesture(&field);
                let edit = Edit::SetTempo(Tempo {
                    tick: tempo.tick,
                    micros_per_quarter: micros(bpm),
                });
                state.edit_in(gesture, edit);
            }
            if cross(ui, format!("Remove tempo at {at}")) {
                let mut left = score.tempos.clone();
                left.remove(i);
                state.edit(Edit::SetTempos(left));
            }
        });
    }
    if ui.button("Add tempo at playhead").clicked() {
        let tick = head(state);
        let micros_per_quarter = micros(score.bpm_at(tick));
        state.edit(Edit::SetTempo(Tempo {
            tick,
            micros_per_quarter,
        }));
    }
}

fn ramps(ui: &mut Ui, state: &mut State) {
    let id = ui.scope_id().with("ramp");
    let now = state.document().score.bpm_at(head(state)).round();
    let first = Ramp {
        bars: (1, 5),
        bpm: (now, (now * 0.9).round()),
    };
    let mut r: Ramp = ui.data(|d| d.get_temp(id)).unwrap_or(first);
    ui.horizontal_wrapped(|ui| {
        ui.label("From bar");
        ui.add(DragValue::new(&mut r.bars.0).range(1..=9999))
            .accessible_name("Ramp from bar");
        ui.add(
            DragValue::new(&mut r.bpm.0)
                .range(10.0..=400.0)
                .suffix(" bpm"),
        )
        .accessible_name("Ramp from tempo");
        ui.label("to bar");
        ui.add(DragValue::new(&mut r.bars.1).range(1..=9999))
            .accessible_name("Ramp to bar");
        ui.add(
            DragValue::new(&mut r.bpm.1)
                .range(10.0..=400.0)
                .suffix(" bpm"),
        )
        .accessible_name("Ramp to tempo");
        let sense = r.bars.0 < r.bars.1;
        if ui.add_enabled(sense, egui::Button::new("Ramp")).clicked() {
            let score = state.document().score.clone();
            let bars = score.bars();
            let span = (bars.start(r.bars.0 - 1), bars.start(r.bars.1 - 1));
            // A step a beat of a quarter: finer ones are not heard, and fill the list.
            let map = ramp(&score.tempos, span, r.bpm, u32::from(score.ppq));
            state.edit(Edit::Together {
                label: "Ramp tempo".into(),
                edits: vec![Edit::SetTempos(map)],
            });
        }
    });
    ui.data_mut(|d| d.insert_temp(id, r));
}

fn meters(ui: &mut Ui, state: &mut State) {
    const UNITS: [u16; 5] = [1, 2, 4, 8, 16];
    let score = state.document().score.clone();
    let bars = score.bars();
    for (i, meter) in score.meters.iter().enumerate() {
        let bar = bars.bar_at(meter.tick) + 1;
        ui.horizontal(|ui| {
            ui.label(RichText::new(format!("Bar {bar:>4}")).monospace());
            let (mut n, mut d) = (meter.numerator, meter.denominator);
            let field = ui
                .add(DragValue::new(&mut n).range(1..=32))
                .accessible_name(format!("Beats at bar {bar}"));
            ui.label("/");
            egui::ComboBox::from_id_salt(("unit", i))
                .selected_text(d.to_string())
                .width(48.0)
                .show_ui(ui, |ui| {
                    for unit in UNITS {
                        ui.selectable_value(&mut d, unit, unit.to_string());
                    }
                })
                .response
                .accessible_name(format!("Unit at bar {bar}"));
            if (n, d) != (meter.numerator, meter.denominator) {
                let gesture = state.widget_gesture(&field);
                state.edit_in(gesture, Edit::SetMeter(Meter::new(meter.tick, n, d)));
            }
            if cross(ui, format!("Remove metre at bar {bar}")) {
                let mut left = score.meters.clone();
                left.remove(i);
                state.edit(Edit::SetMeters(left));
            }
        });
    }
    if ui.button("Add metre at playhead's bar").clicked() {
        let bar = bars.bar_at(head(state));
        let tick = bars.start(bar);
        state.edit(Edit::SetMeter(Meter {
            tick,
            ..bars.meter(bar)
        }));
    }
}

fn markers(ui: &mut Ui, state: &mut State) {
    let score = state.document().score.clone();
    let bars = score.bars();
    for marker in score.markers() {
        ui.horizontal(|ui| {
            let at = place(&bars, score.ppq, marker.tick);
            ui.label(RichText::new(format!("{at:>10}")).monospace());
            let id = ui.scope_id().with(("marker", marker.tick));
            let typed: Option<String> = ui.data(|d| d.get_temp(id));
            let mut text = typed.unwrap_or_else(|| marker.name.clone());
            let field = ui
                .add(egui::TextEdit::singleline(&mut text).desired_width(180.0))
                .accessible_name(format!("Name of marker at {at}"));
            if field.lost_focus() {
                ui.data_mut(|d| d.remove::<String>(id));
                let text = text.trim();
                if !text.is_empty() && text != marker.name {
                    state.edit(Edit::SetMarker {
                        tick: marker.tick,
                        name: Some(text.to_owned()),
                    });
                }
            } else if field.has_focus() {
                ui.data_mut(|d| d.insert_temp(id, text));
            }
            if cross(ui, format!("Remove marker at {at}")) {
                state.edit(Edit::SetMarker {
                    tick: marker.tick,
                    name: None,
                });
            }
        });
    }
    if ui.button("Add marker at playhead").clicked() {
        crate::studio::time::add_marker(state);
    }
}
