//! The look of the window: one table of tokens a theme, read by widgets and canvases alike, and the style egui draws
//! with, made from it.

mod tokens;

pub use tokens::{DARK, HIGH, LIGHT, THEMES, Theme, size};

use super::settings::Look;
use crate::score::{Score, TrackId};
use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    RichText, Shadow, Stroke, Style, TextStyle, Ui, Visuals, vec2,
};
use std::sync::Arc;

impl Theme {
    /// The table the widgets of this `ui` are drawn with.
    pub fn of(ui: &Ui) -> &'static Theme {
        Theme::worn(ui.visuals())
    }

    /// The table that these visuals were made from, known by the fill of its panes; without one, the dark or the light.
    pub fn worn(visuals: &Visuals) -> &'static Theme {
        let made = THEMES.into_iter().find(|t| t.panel == visuals.panel_fill);
        made.unwrap_or(if visuals.dark_mode { &DARK } else { &LIGHT })
    }

    /// The table of a look.
    pub fn of_look(look: Look) -> &'static Theme {
        match look {
            Look::Dark => &DARK,
            Look::Light => &LIGHT,
            Look::Contrast => &HIGH,
        }
    }

    /// Colour of the track in place `index` (from 0).
    pub fn track(&self, index: usize) -> Color32 {
        self.tracks[index % self.tracks.len()]
    }

    /// Colour of a track of a score: its own, else by its place.
    pub fn track_of(&self, score: &Score, id: TrackId) -> Color32 {
        let place = score.tracks.iter().position(|t| t.id == id).unwrap_or(0);
        self.track(score.colour(place))
    }

    /// A note's fill: louder is fuller. Even the softest keeps a contrast of 3 against its row.
    pub fn note(&self, track: Color32, velocity: u8) -> Color32 {
        let soft = 1.0 - velocity.min(127) as f32 / 127.0;
        mix(track, self.row, soft * self.softest)
    }

    /// Black or white, whichever reads better on a fill.
    pub fn text_on(&self, fill: Color32) -> Color32 {
        if contrast(Color32::BLACK, fill) >= contrast(Color32::WHITE, fill) {
            Color32::BLACK
        } else {
            Color32::WHITE
        }
    }
}

/// `a` with a share `t` (0..=1) of `b`, in gamma space as designers mix.
pub fn mix(a: Color32, b: Color32, t: f32) -> Color32 {
    a.lerp_to_gamma(b, t.clamp(0.0, 1.0))
}

/// The colour at an opacity of 0..=1.
pub fn alpha(c: Color32, opacity: f32) -> Color32 {
    c.gamma_multiply(opacity.clamp(0.0, 1.0))
}

fn luminance(c: Color32) -> f32 {
    let linear = |v: u8| {
        let v = v as f32 / 255.0;
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
}

/// Contrast of two opaque colours as WCAG 2 defines it, 1..=21.
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// An icon of the one family, at the size that suits ordinary text.
pub fn icon(icon: lucide_icons::Icon) -> RichText {
    RichText::new(char::from(icon)).size(size::ICON)
}

/// Gives a context the styles of the dark and the light theme and the icon font. Call once, before the first frame.
pub fn apply(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert(
        "lucide".into(),
        Arc::new(FontData::from_static(lucide_icons::LUCIDE_FONT_BYTES)),
    );
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        fonts
            .families
            .entry(family)
            .or_default()
            .push("lucide".into());
    }
    ctx.set_fonts(fonts);
    ctx.set_style_of(egui::Theme::Dark, style(&DARK));
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT));
}

/// Dresses a context in a look. egui knows a dark and a light style; high contrast takes the place of the dark one.
pub fn wear(ctx: &Context, look: Look, reduce_motion: bool) {
    let t = Theme::of_look(look);
    let slot = if t.dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    };
    ctx.set_style_of(slot, style(t));
    ctx.set_theme(slot);
    set_reduce_motion(ctx, reduce_motion);
}

/// Switches every animation of the widgets off, or back on.
fn set_reduce_motion(ctx: &Context, reduce: bool) {
    ctx.all_styles_mut(|s| s.animation_time = if reduce { 0.0 } else { 0.1 });
}

fn style(t: &Theme) -> Style {
    let mut style = Style {
        visuals: visuals(t),
        animation_time: 0.1,
        ..Style::default()
    };
    let proportional = |s| FontId::new(s, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, proportional(size::TEXT_SMALL)),
        (TextStyle::Body, proportional(size::TEXT)),
        (TextStyle::Button, proportional(size::TEXT)),
        (TextStyle::Heading, proportional(size::TITLE)),
        (
            TextStyle::Monospace,
            FontId::new(size::TEXT - 1.0, FontFamily::Monospace),
        ),
    ]
    .into();
    let s = &mut style.spacing;
    s.item_spacing = vec2(size::GAP, size::UNIT);
    s.button_padding = vec2(size::GAP, size::UNIT);
    s.interact_size = vec2(size::ROW, size::ROW - size::UNIT);
    s.window_margin = Margin::same(size::PAD as i8);
    s.menu_margin = Margin::same(size::UNIT as i8);
    s.slider_width = 128.0;
    s.slider_rail_height = size::UNIT;
    s.indent = size::PAD;
    s.icon_width = size::ICON;
    style
}

fn visuals(t: &Theme) -> Visuals {
    let mut v = if t.dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    let radius = CornerRadius::same(size::RADIUS);
    let shadow = Shadow {
        offset: [0, 1],
        blur: 2,
        spread: 0,
        color: Color32::from_black_alpha(if t.dark { 96 } else { 40 }),
    };
    v.override_text_color = None;
    v.weak_text_color = Some(t.text_weak);
    v.panel_fill = t.panel;
    v.window_fill = t.panel;
    v.window_stroke = Stroke::new(1.0, t.line);
    v.window_corner_radius = CornerRadius::same(size::RADIUS * 2);
    v.menu_corner_radius = radius;
    v.window_shadow = shadow;
    v.popup_shadow = shadow;
    v.extreme_bg_color = t.field;
    v.faint_bg_color = mix(t.panel, t.raised, 0.5);
    v.code_bg_color = t.raised;
    v.error_fg_color = t.error;
    v.warn_fg_color = t.error;
    v.hyperlink_color = t.text;
    v.selection.bg_fill = mix(t.panel, t.text, 0.24);
    v.selection.stroke = Stroke::new(1.0, t.text);
    let set = |w: &mut egui::style::WidgetVisuals, fill, stroke, text| {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = stroke;
        w.fg_stroke = Stroke::new(1.0, text);
        w.corner_radius = radius;
        w.expansion = 0.0;
    };
    let line = Stroke::new(1.0, t.line);
    let w = &mut v.widgets;
    let (edge, lit) = if t.high {
        (line, Stroke::new(1.0, t.text))
    } else {
        (Stroke::NONE, Stroke::NONE)
    };
    set(&mut w.noninteractive, t.panel, line, t.text);
    set(&mut w.inactive, t.raised, edge, t.text);
    set(&mut w.hovered, t.hovered, lit, t.text);
    set(&mut w.active, t.pressed, lit, t.text);
    set(&mut w.open, t.hovered, lit, t.text);
    // Boxes to tick and the rails of sliders must be seen on a pane; buttons stay calm.
    w.inactive.bg_fill = mix(t.raised, t.text, 0.14);
    v
}

#[cfg(test)]
mod tests;
