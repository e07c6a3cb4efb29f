//! Digits and the few letters that rulers and keys need, for the pictures made of pixels.

use super::Place;

/// Glyphs of three by five cells, a row a number, the leftmost cell the highest bit.
const GLYPHS: [(char, [u8; 5]); 13] = [
    ('0', [7, 5, 5, 5, 7]),
    ('1', [2, 6, 2, 2, 7]),
    ('2', [7, 1, 7, 4, 7]),
    ('3', [7, 1, 7, 1, 7]),
    ('4', [5, 5, 7, 1, 1]),
    ('5', [7, 4, 7, 1, 7]),
    ('6', [7, 4, 7, 5, 7]),
    ('7', [7, 1, 2, 2, 2]),
    ('8', [7, 5, 7, 5, 7]),
    ('9', [7, 5, 7, 1, 7]),
    ('C', [7, 4, 4, 4, 7]),
    ('-', [0, 0, 7, 0, 0]),
    ('#', [5, 7, 5, 7, 5]),
];

/// The cells of a text as rectangles of a pixel; it begins at `x`, and `y` is its baseline. What has no glyph is a gap.
pub(super) fn places(x: f32, y: f32, text: &str) -> Vec<Place> {
    let mut list = Vec::new();
    for (i, c) in text.chars().enumerate() {
        let Some((_, rows)) = GLYPHS.iter().find(|g| g.0 == c) else {
            continue;
        };
        for (row, bits) in rows.iter().enumerate() {
            for column in 0..3 {
                if bits >> (2 - column) & 1 == 1 {
                    list.push(Place {
                        x: x.floor() + (i * 4 + column) as f32,
                        y: y.floor() - 5.0 + row as f32,
                        width: 1.0,
                        height: 1.0,
                    });
                }
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_one_stands_on_its_baseline() {
        let cells = places(10.0, 20.0, "1");
        assert_eq!(cells.len(), 8);
        assert!(cells.iter().all(|c| c.y >= 15.0 && c.y < 20.0));
        assert!(cells.iter().any(|c| (c.x, c.y) == (12.0, 19.0)));
    }
}
