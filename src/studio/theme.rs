//! Every colour, space and size of the window: one table, dark and light, read by widgets and canvases alike.

use crate::score::{Score, TrackId};
use crate::training::picture::TRACKS;
use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    RichText, Shadow, Stroke, Style, TextStyle, Ui, Visuals, vec2,
};
use std::sync::Arc;

/// Sizes in points. Everything sits on a grid of four.
pub mod size {
    /// The grid.
    pub const UNIT: f32 = 4.0;
    /// Between two things that belong together.
    pub const GAP: f32 = 8.0;
    /// Between a pane's edge and what it holds.
    pub const PAD: f32 = 12.0;
    /// Height of buttons, fields and list rows.
    pub const ROW: f32 = 28.0;
    /// Corner radius of buttons and fields.
    pub const RADIUS: u8 = 4;
    /// Ordinary text.
    pub const TEXT: f32 = 13.0;
    /// Captions, rulers, note names.
    pub const TEXT_SMALL: f32 = 11.0;
    /// Icons beside ordinary text.
    pub const ICON: f32 = 16.0;
}

/// The tokens of one theme.
#[derive(Debug)]
pub struct Theme {
    pub dark: bool,
    /// Between panes.
    pub window: Color32,
    /// Fill of a pane.
    pub panel: Color32,
    /// Buttons, cards, menus.
    pub raised: Color32,
    pub hovered: Color32,
    pub pressed: Color32,
    /// Behind text that can be typed, and slider rails.
    pub field: Color32,
    /// Hairlines.
    pub line: Color32,
    pub text: Color32,
    /// Captions and what stands back.
    pub text_weak: Color32,
    /// Text and icons on `mask` or `playing`.
    pub text_on_accent: Color32,
    /// "Will be rewritten": the mask, and the button that acts on it.
    pub mask: Color32,
    /// "Playing": the playhead, the lit take, the running transport.
    pub playing: Color32,
    pub error: Color32,
    /// Outline of what is selected or focused.
    pub selected: Color32,

    /// Rows of the roll under white and black keys.
    pub row: Color32,
    pub row_black: Color32,
    /// Line under each C.
    pub line_octave: Color32,
    pub line_bar: Color32,
    pub line_beat: Color32,
    pub line_division: Color32,
    pub key: Color32,
    pub key_black: Color32,
    pub key_line: Color32,
    pub key_text: Color32,
    /// Notes of hidden tracks.
    pub ghost: Color32,
    /// Ten colours for tracks; no two are alike to the colour-blind, none is the mask's or the playhead's.
    pub tracks: [Color32; 10],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// [`rgb`] of each.
const fn colours(hexes: &[u32; 10]) -> [Color32; 10] {
    let mut colours = [Color32::BLACK; 10];
    let mut i = 0;
    while i < hexes.len() {
        colours[i] = rgb(hexes[i]);
        i += 1;
    }
    colours
}

/// The dark theme.
pub static DARK: Theme = Theme {
    dark: true,
    window: rgb(0x101114),
    panel: rgb(0x1a1c20),
    raised: rgb(0x25282d),
    hovered: rgb(0x2e3238),
    pressed: rgb(0x3a3f47),
    field: rgb(0x121316),
    line: rgb(0x2e3238),
    text: rgb(0xe6e8eb),
    text_weak: rgb(0xa3a9b2),
    text_on_accent: rgb(0x171204),
    mask: rgb(0xffb224),
    playing: rgb(0x86e04a),
    error: rgb(0xff8078),
    selected: rgb(0xffffff),
    row: rgb(0x1f2126),
    row_black: rgb(0x1a1c20),
    line_octave: rgb(0x33373e),
    line_bar: rgb(0x4b515b),
    line_beat: rgb(0x31353b),
    line_division: rgb(0x272a2f),
    key: rgb(0xc3c7cd),
    key_black: rgb(0x25282d),
    key_line: rgb(0x9298a1),
    key_text: rgb(0x2b2e34),
    ghost: rgb(0x4a4f58),
    tracks: colours(&TRACKS),
};

/// The light theme.
pub static LIGHT: Theme = Theme {
    dark: false,
    window: rgb(0xe4e4e1),
    panel: rgb(0xf5f5f3),
    raised: rgb(0xffffff),
    hovered: rgb(0xececea),
    pressed: rgb(0xddddda),
    field: rgb(0xffffff),
    line: rgb(0xd6d6d2),
    text: rgb(0x1d1f23),
    text_weak: rgb(0x5a5f68),
    text_on_accent: rgb(0xffffff),
    mask: rgb(0xb45309),
    playing: rgb(0x3f7d0a),
    error: rgb(0xb42318),
    selected: rgb(0x000000),
    row: rgb(0xfcfcfb),
    row_black: rgb(0xf1f1ef),
    line_octave: rgb(0xd2d2ce),
    line_bar: rgb(0xb0b1ae),
    line_beat: rgb(0xdadad7),
    line_division: rgb(0xe9e9e6),
    key: rgb(0xffffff),
    key_black: rgb(0x3a3d43),
    key_line: rgb(0xcfcfcb),
    key_text: rgb(0x43474e),
    ghost: rgb(0xc4c5c2),
    tracks: [
        rgb(0x2946ae),
        rgb(0xb53c80),
        rgb(0x0f6f5c),
        rgb(0x7158ca),
        rgb(0x412f00),
        rgb(0xad3b44),
        rgb(0x04739d),
        rgb(0x125309),
        rgb(0x7b2589),
        rgb(0x4d475f),
    ],
};

impl Theme {
    /// The table the widgets of this `ui` are drawn with.
    pub fn of(ui: &Ui) -> &'static Theme {
        Theme::get(ui.visuals().dark_mode)
    }

    /// The dark table or the light one.
    pub fn get(dark: bool) -> &'static Theme {
        if dark { &DARK } else { &LIGHT }
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
        mix(track, self.row, soft * 0.2)
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

/// Gives a context both themes' styles and the icon font. Call once, before the first frame.
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

/// Switches every animation of the widgets off, or back on.
pub fn set_reduce_motion(ctx: &Context, reduce: bool) {
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
        (TextStyle::Heading, proportional(size::TEXT)),
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
    set(&mut w.noninteractive, t.panel, line, t.text);
    set(&mut w.inactive, t.raised, Stroke::NONE, t.text);
    set(&mut w.hovered, t.hovered, Stroke::NONE, t.text);
    set(&mut w.active, t.pressed, Stroke::NONE, t.text);
    set(&mut w.open, t.hovered, Stroke::NONE, t.text);
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(test: impl Fn(&Theme)) {
        test(&DARK);
        test(&LIGHT);
    }

    #[test]
    fn text_reads_on_every_surface() {
        both(|t| {
            for surface in [
                t.window,
                t.panel,
                t.raised,
                t.hovered,
                t.field,
                t.row,
                t.row_black,
            ] {
                for text in [t.text, t.text_weak] {
                    let c = contrast(text, surface);
                    assert!(
                        c >= 4.5,
                        "{text:?} on {surface:?}: {c:.2} (dark: {})",
                        t.dark
                    );
                }
            }
            for accent in [t.mask, t.playing] {
                let c = contrast(t.text_on_accent, accent);
                assert!(c >= 4.5, "on accent {accent:?}: {c:.2}");
                let c = contrast(accent, t.panel);
                assert!(c >= 4.5, "accent {accent:?} as text on a pane: {c:.2}");
            }
            assert!(contrast(t.error, t.panel) >= 4.5);
            assert!(contrast(t.key_text, t.key) >= 4.5);
            assert!(contrast(t.text, t.visuals_selection()) >= 4.5);
        });
    }

    #[test]
    fn the_softest_note_stands_out_from_its_row() {
        both(|t| {
            for track in t.tracks {
                for velocity in [1, 64, 127] {
                    for row in [t.row, t.row_black] {
                        let c = contrast(t.note(track, velocity), row);
                        assert!(
                            c >= 3.0,
                            "{track:?} at {velocity} on {row:?}: {c:.2} (dark: {})",
                            t.dark
                        );
                    }
                }
            }
        });
    }

    #[test]
    fn note_names_read_on_their_notes() {
        both(|t| {
            for track in t.tracks {
                for velocity in [1, 64, 127] {
                    let fill = t.note(track, velocity);
                    let c = contrast(t.text_on(fill), fill);
                    assert!(c >= 4.5, "{fill:?}: {c:.2}");
                }
            }
        });
    }

    /// Oklab of a colour as seen with normal sight, without green cones and without red cones
    /// (matrices of Machado, Oliveira and Fernandes 2009, severity 1).
    fn seen(c: Color32) -> [[f32; 3]; 3] {
        const SIGHT: [[[f32; 3]; 3]; 3] = [
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
            [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
        ];
        let linear = egui::Rgba::from(c);
        let rgb = [linear.r(), linear.g(), linear.b()];
        SIGHT.map(|m| {
            let v = m.map(|row| {
                row.iter()
                    .zip(rgb)
                    .map(|(k, x)| k * x)
                    .sum::<f32>()
                    .clamp(0.0, 1.0)
            });
            let dot = |k: [f32; 3]| k[0] * v[0] + k[1] * v[1] + k[2] * v[2];
            let l = dot([0.412_221_46, 0.536_332_55, 0.051_445_995]).cbrt();
            let m = dot([0.211_903_5, 0.680_699_5, 0.107_396_96]).cbrt();
            let s = dot([0.088_302_46, 0.281_718_85, 0.629_978_7]).cbrt();
            [
                0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
                1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
                0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
            ]
        })
    }

    #[test]
    fn no_two_tracks_look_alike_to_the_colour_blind() {
        both(|t| {
            let colours: Vec<Color32> = t.tracks.iter().copied().chain([t.mask]).collect();
            for (i, a) in colours.iter().enumerate() {
                for b in &colours[i + 1..] {
                    for (a, b) in seen(*a).iter().zip(seen(*b)) {
                        let d = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt();
                        assert!(d >= 0.05, "{a:?} and {b:?}: {d:.3} (dark: {})", t.dark);
                    }
                }
            }
        });
    }

    impl Theme {
        fn visuals_selection(&self) -> Color32 {
            visuals(self).selection.bg_fill
        }
    }
}
