//! Whether what is drawn can be read, by everybody.

use super::*;

fn each(test: impl Fn(&Theme)) {
    for theme in THEMES {
        test(theme);
    }
}

/// What WCAG 2 asks of text: AA, and AAA where the theme promises more.
fn readable(t: &Theme) -> f32 {
    if t.high { 7.0 } else { 4.5 }
}

#[test]
fn text_reads_on_every_surface() {
    each(|t| {
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
                    c >= readable(t),
                    "{text:?} on {surface:?}: {c:.2} (dark: {}, high: {})",
                    t.dark,
                    t.high
                );
            }
        }
        for accent in [t.mask, t.playing] {
            let c = contrast(t.text_on_accent, accent);
            assert!(c >= readable(t), "on accent {accent:?}: {c:.2}");
            let c = contrast(accent, t.panel);
            assert!(
                c >= readable(t),
                "accent {accent:?} as text on a pane: {c:.2}"
            );
        }
        assert!(contrast(t.error, t.panel) >= readable(t));
        assert!(contrast(t.key_text, t.key) >= readable(t));
        assert!(contrast(t.text, t.visuals_selection()) >= readable(t));
    });
}

#[test]
fn the_softest_note_stands_out_from_its_row() {
    each(|t| {
        for track in t.tracks {
            for velocity in [1, 64, 127] {
                for row in [t.row, t.row_black] {
                    let c = contrast(t.note(track, velocity), row);
                    // WCAG asks 3 of what is drawn; high contrast gives it what others give text.
                    let wanted = if t.high { 4.5 } else { 3.0 };
                    assert!(
                        c >= wanted,
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
    each(|t| {
        for track in t.tracks {
            for velocity in [1, 64, 127] {
                let fill = t.note(track, velocity);
                let c = contrast(t.text_on(fill), fill);
                assert!(c >= readable(t), "{fill:?}: {c:.2} (high: {})", t.high);
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
    each(|t| {
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

#[test]
fn a_context_wears_the_look_it_is_given_and_its_widgets_know_which() {
    let ctx = Context::default();
    apply(&ctx);
    for look in Look::ALL {
        wear(&ctx, look, false);
        let worn = Theme::worn(&ctx.global_style().visuals);
        assert!(std::ptr::eq(worn, Theme::of_look(look)), "{look:?}");
    }
}

#[test]
fn themes_are_told_apart_by_their_panes() {
    for (i, a) in THEMES.iter().enumerate() {
        assert!(THEMES[i + 1..].iter().all(|b| a.panel != b.panel));
    }
}
