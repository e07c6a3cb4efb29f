//! Shapes as SVG 1.1.

use super::{Drawing, Rgb, Shape};
use crate::format::xml::Xml;

/// Distance of two hatch lines.
pub(super) const HATCH: u32 = 8;
/// Opacity of the tint under the hatch, and of its lines.
pub(super) const TINT: f32 = 0.12;
pub(super) const LINES: f32 = 0.45;

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// To a hundredth: what is finer no eye sees, and the file stays small.
fn short(v: f32) -> f32 {
    (v * 100.0).round() / 100.0
}

/// Writes a drawing as SVG: a group an idea, with the names of the tracks as titles.
pub fn svg(drawing: &Drawing) -> String {
    let mut xml = Xml::new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let size = format!("0 0 {} {}", drawing.width, drawing.height);
    xml.open(
        "svg",
        &[
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("width", &drawing.width),
            ("height", &drawing.height),
            ("viewBox", &size),
        ],
    );
    xml.leaf("title", &drawing.title);
    hatch(&mut xml, drawing);
    for group in &drawing.groups {
        xml.open("g", &[("id", &group.id)]);
        if !group.title.is_empty() {
            xml.leaf("title", &group.title);
        }
        for shape in &group.shapes {
            draw(&mut xml, shape);
        }
        xml.close();
    }
    xml.finish()
}

/// The pattern of the hatch, where there is one.
fn hatch(xml: &mut Xml, drawing: &Drawing) {
    let shapes = drawing.groups.iter().flat_map(|g| &g.shapes);
    let colour = shapes.into_iter().find_map(|s| match s {
        Shape::Hatch { colour, .. } => Some(hex(*colour)),
        _ => None,
    });
    let Some(colour) = colour else { return };
    xml.open("defs", &[]);
    xml.open(
        "pattern",
        &[
            ("id", &"hatch"),
            ("width", &HATCH),
            ("height", &HATCH),
            ("patternUnits", &"userSpaceOnUse"),
        ],
    );
    let square = [
        ("width", &HATCH as &dyn std::fmt::Display),
        ("height", &HATCH),
        ("fill", &colour),
        ("fill-opacity", &TINT),
    ];
    xml.empty("rect", &square);
    // The corners are drawn from the neighbours, so that lines do not thin out where tiles meet.
    let line = format!(
        "M-1,1 L1,-1 M0,{HATCH} L{HATCH},0 M{0},{1} L{1},{0}",
        HATCH - 1,
        HATCH + 1
    );
    xml.empty(
        "path",
        &[
            ("d", &line),
            ("stroke", &colour),
            ("stroke-opacity", &LINES),
        ],
    );
    xml.close();
    xml.close();
}

fn draw(xml: &mut Xml, shape: &Shape) {
    match shape {
        Shape::Rect {
            place,
            colour,
            opacity,
        } => {
            let (x, y) = (short(place.x), short(place.y));
            let (width, height) = (short(place.width), short(place.height));
            let (fill, opacity) = (hex(*colour), short(*opacity));
            let mut attributes: Vec<(&str, &dyn std::fmt::Display)> = vec![
                ("x", &x),
                ("y", &y),
                ("width", &width),
                ("height", &height),
                ("fill", &fill),
            ];
            if opacity < 1.0 {
                attributes.push(("fill-opacity", &opacity));
            }
            xml.empty("rect", &attributes);
        }
        Shape::Hatch { place, .. } => xml.empty(
            "rect",
            &[
                ("x", &short(place.x)),
                ("y", &short(place.y)),
                ("width", &short(place.width)),
                ("height", &short(place.height)),
                ("fill", &"url(#hatch)"),
            ],
        ),
        Shape::Text { x, y, text, colour } => xml.text(
            "text",
            &[
                ("x", &short(*x)),
                ("y", &short(*y)),
                ("font-family", &"sans-serif"),
                ("font-size", &8),
                ("fill", &hex(*colour)),
            ],
            text,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::picture::{Colours, Look, draw as drawing};
    use crate::score::{Mask, Region, Score};
    use std::collections::BTreeSet;
    use std::path::Path;

    fn picture() -> String {
        let mut s = Score {
            title: "Two & two".into(),
            ..Score::default()
        };
        let a = s.add_track("<Flute>", 0, 73);
        for i in 0..4 {
            s.add_note(a, i * 480, 480, 72 + i as u8, 127);
        }
        let mask = Mask::of(Region::time(960, 1920, None));
        svg(&drawing(
            &s,
            &Look {
                range: None,
                hidden: &BTreeSet::new(),
                mask: Some(&mask),
                filled: false,
                colours: Colours::default(),
            },
        ))
    }

    #[test]
    fn the_golden_picture_is_drawn_as_it_was() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/format/picture/golden.svg");
        // Written anew with LACUNA_GOLDEN=1, to be looked at before it is committed.
        if std::env::var_os("LACUNA_GOLDEN").is_some() {
            std::fs::write(&path, picture()).unwrap();
        }
        assert!(
            picture() == std::fs::read_to_string(&path).unwrap(),
            "{}",
            picture()
        );
    }

    #[test]
    fn groups_say_what_they_hold() {
        let text = picture();
        let ids: Vec<&str> = text
            .lines()
            .filter_map(|l| l.trim().strip_prefix("<g id=\"")?.split('"').next())
            .collect();
        assert_eq!(ids, ["rows", "grid", "mask", "track-1", "keys", "ruler"]);
        assert!(text.contains("<title>&lt;Flute&gt;</title>"));
        assert_eq!(text.matches("url(#hatch)").count(), 1);
        assert_eq!(text.matches("fill-opacity=\"0.3\"").count(), 2);
    }
}
