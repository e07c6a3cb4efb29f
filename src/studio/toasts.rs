//! Short messages that stand over the window for a moment; errors stay until they are closed.

use super::theme::icon;
use eframe::egui::{self, Align2, Area, Context, Id, Order, Rect, RichText, Ui, vec2};
use lucide_icons::Icon;
use std::time::{Duration, Instant};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Success,
    Warning,
    Error,
}

/// One message.
#[derive(Clone, Debug)]
pub struct Toast {
    pub severity: Severity,
    /// What happened and what to do now, in a sentence or two.
    pub text: String,
    /// More for whoever wants to report it; *Copy details* copies text and details.
    pub details: Option<String>,
    until: Option<Instant>,
    open: bool,
    id: u64,
}

/// The messages that stand.
#[derive(Default)]
pub struct Toasts {
    list: Vec<Toast>,
    next: u64,
}

/// More than these on top of each other say nothing any more; the oldest goes.
const MOST: usize = 5;

impl Toasts {
    fn push(
        &mut self,
        severity: Severity,
        text: &str,
        details: Option<String>,
        seconds: Option<u64>,
    ) {
        // The same message again replaces the one that stands.
        self.list.retain(|t| t.text != text);
        while self.list.len() >= MOST {
            self.list.remove(0);
        }
        let until = seconds.map(|s| Instant::now() + Duration::from_secs(s));
        self.list.push(Toast {
            severity,
            text: text.into(),
            details,
            until,
            open: false,
            id: self.next,
        });
        self.next += 1;
    }

    /// Something worth knowing, gone after a few seconds.
    pub fn info(&mut self, text: &str) {
        self.push(Severity::Info, text, None, Some(5));
    }

    /// Something asked for was done.
    pub fn success(&mut self, text: &str) {
        self.push(Severity::Success, text, None, Some(4));
    }

    /// Something was not quite as it should be; it went on all the same.
    pub fn warning(&mut self, text: &str, details: &str) {
        self.push(Severity::Warning, text, some(details), Some(15));
    }

    /// Something failed. Stays until it is closed.
    pub fn error(&mut self, text: &str, details: &str) {
        log::error!("{text} {details}");
        self.push(Severity::Error, text, some(details), None);
    }

    /// What stands now, oldest first.
    pub fn list(&self) -> &[Toast] {
        &self.list
    }

    /// Closes everything; returns whether there was anything.
    pub fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.list).is_empty()
    }

    /// Draws the messages in the lower right corner of `over`, the roll: panels with buttons stay free.
    pub fn show(&mut self, ctx: &Context, over: Rect) {
        let now = Instant::now();
        self.list.retain(|t| t.until.is_none_or(|u| u > now));
        if let Some(next) = self.list.iter().filter_map(|t| t.until).min() {
            ctx.request_repaint_after(next.saturating_duration_since(now));
        }
        if self.list.is_empty() {
            return;
        }
        let mut closed = None;
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .pivot(Align2::RIGHT_BOTTOM)
            .fixed_pos(over.right_bottom() - vec2(12.0, 12.0))
            .show(ctx, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                for toast in &mut self.list {
                    if toast_ui(ui, toast) {
                        closed = Some(toast.id);
                    }
                }
            });
        if let Some(id) = closed {
            self.list.retain(|t| t.id != id);
        }
    }
}

fn some(details: &str) -> Option<String> {
    (!details.is_empty()).then(|| details.to_owned())
}

/// Draws one; returns whether it was closed.
fn toast_ui(ui: &mut Ui, toast: &mut Toast) -> bool {
    let visuals = ui.visuals();
    let (glyph, colour, word) = match toast.severity {
        Severity::Info => (Icon::Info, visuals.text_color(), "Note"),
        Severity::Success => (Icon::CircleCheck, visuals.text_color(), "Done"),
        Severity::Warning => (Icon::TriangleAlert, visuals.warn_fg_color, "Warning"),
        Severity::Error => (Icon::CircleX, visuals.error_fg_color, "Error"),
    };
    let mut closed = false;
    egui::Frame::popup(ui.style())
        .stroke(egui::Stroke::new(
            1.0,
            if toast.severity == Severity::Error {
                colour
            } else {
                visuals.window_stroke().color
            },
        ))
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(340.0);
            ui.horizontal_top(|ui| {
                super::sign::telling(ui, icon(glyph).color(colour), word);
                ui.vertical(|ui| {
                    ui.set_width(282.0);
                    let text = ui.add(egui::Label::new(&toast.text).wrap());
                    // A screen reader reads it out when it comes.
                    let live = match toast.severity {
                        Severity::Error => egui::accesskit::Live::Assertive,
                        _ => egui::accesskit::Live::Polite,
                    };
                    let of = |b: &mut egui::accesskit::Node| b.set_live(live);
                    ui.ctx().accesskit_node_builder(text.id, of);
                    if toast.open
                        && let Some(details) = &toast.details
                    {
                        egui::ScrollArea::vertical()
                            .max_height(160.0)
                            .id_salt(toast.id)
                            .show(ui, |ui| {
                                ui.add(
                                    egui::Label::new(RichText::new(details).weak().small()).wrap(),
                                );
                            });
                    }
                    if let Some(details) = &toast.details {
                        ui.horizontal(|ui| {
                            let word = if toast.open {
                                "Hide details"
                            } else {
                                "Details"
                            };
                            if ui.small_button(word).clicked() {
                                toast.open = !toast.open;
                                toast.until = None;
                            }
                            if ui.small_button("Copy details").clicked() {
                                ui.ctx().copy_text(format!("{}\n{details}", toast.text));
                            }
                        });
                    }
                });
                let close = egui::Button::new(icon(Icon::X)).frame(false);
                let close = ui.add(close).on_hover_text("Close this message");
                let name = format!("Close: {}", toast.text);
                if close.accessible_name(name).clicked() {
                    closed = true;
                }
            });
        });
    closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_does_not_pile_up_and_old_ones_go() {
        let mut t = Toasts::default();
        t.error("a", "1");
        t.error("a", "2");
        assert_eq!(t.list().len(), 1);
        assert_eq!(t.list()[0].details.as_deref(), Some("2"));
        for i in 0..9 {
            t.info(&format!("n{i}"));
        }
        assert_eq!(t.list().len(), MOST);
    }
}
