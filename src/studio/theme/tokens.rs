//! The tokens: every colour, space and size of the window, by theme. Three sizes of text and one family of icons; what
//! is louder than its neighbour is brighter or larger, never both.

use crate::training::picture::TRACKS;
use eframe::egui::Color32;

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
    /// What a dialog, a tour's step or an empty pane is about.
    pub const TITLE: f32 = 16.0;
    /// Ordinary text.
    pub const TEXT: f32 = 13.0;
    /// Captions, rulers, note names.
    pub const TEXT_SMALL: f32 = 11.0;
    /// Icons beside ordinary text.
    pub const ICON: f32 = 16.0;
    /// The icon over the words of an empty pane.
    pub const ICON_LARGE: f32 = 28.0;
    /// Height of the bar of tabs over a pane.
    pub const TABS: f32 = 28.0;
}

/// The tokens of one theme.
#[derive(Debug)]
pub struct Theme {
    pub dark: bool,
    /// Text stands at 7:1 instead of 4.5:1, buttons and fields have an edge.
    pub high: bool,
    /// As much as the softest note gives way to its row, 0..=1.
    pub softest: f32,
    /// As much as notes of tracks that are not in hand give way to their row, 0..=1.
    pub aside: f32,
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
    high: false,
    softest: 0.2,
    aside: 0.42,
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
    high: false,
    softest: 0.2,
    aside: 0.42,
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

/// The theme of high contrast: WCAG's AAA for every text, and nothing told by a shade alone.
pub static HIGH: Theme = Theme {
    dark: true,
    high: true,
    // A softer fill would no longer carry a name at 7:1; the velocity lane says how loud a note is.
    softest: 0.0,
    aside: 0.25,
    window: rgb(0x000000),
    panel: rgb(0x000000),
    raised: rgb(0x1c1c1c),
    hovered: rgb(0x2f2f2f),
    pressed: rgb(0x454545),
    field: rgb(0x000000),
    line: rgb(0x8c8c8c),
    text: rgb(0xffffff),
    text_weak: rgb(0xd8d8d8),
    text_on_accent: rgb(0x000000),
    mask: rgb(0xffc400),
    playing: rgb(0x7dff3f),
    error: rgb(0xffa29c),
    selected: rgb(0xffffff),
    row: rgb(0x0d0d0d),
    row_black: rgb(0x000000),
    line_octave: rgb(0x6a6a6a),
    line_bar: rgb(0x8c8c8c),
    line_beat: rgb(0x4a4a4a),
    line_division: rgb(0x2a2a2a),
    key: rgb(0xffffff),
    key_black: rgb(0x1c1c1c),
    key_line: rgb(0x808080),
    key_text: rgb(0x000000),
    ghost: rgb(0x7a7a7a),
    tracks: colours(&[
        0x05f7ff, 0xfb5cf5, 0x17f282, 0xb5bbff, 0xfb6920, 0x10a6fd, 0xfacfc9, 0x25ac58, 0xb287c4,
        0x9fbfa6,
    ]),
};

/// Every theme.
pub static THEMES: [&Theme; 3] = [&DARK, &LIGHT, &HIGH];
