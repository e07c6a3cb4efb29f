//! Quads and soft lines, gathered into one mesh a layer: a note costs a few vertices and no tessellation.

use eframe::egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Vec2, epaint::Vertex, pos2, vec2};

/// A mesh being filled.
#[derive(Default)]
pub struct Layer {
    mesh: Mesh,
}

impl Layer {
    /// Hands the mesh to the painter.
    pub fn paint(self, painter: &Painter) {
        if !self.mesh.is_empty() {
            painter.add(Shape::mesh(self.mesh));
        }
    }

    /// The mesh itself, to be kept.
    pub fn into_mesh(self) -> Mesh {
        self.mesh
    }

    /// Four corners in the order of reading, each with its colour.
    pub fn shaded(&mut self, corners: [(Pos2, Color32); 4]) {
        let i = self.mesh.vertices.len() as u32;
        let corners = corners.map(|(p, c)| Vertex::untextured(p, c));
        self.mesh.vertices.extend_from_slice(&corners);
        self.mesh
            .indices
            .extend_from_slice(&[i, i + 1, i + 2, i + 2, i + 1, i + 3]);
    }

    /// Makes room for so many rectangles.
    pub fn reserve(&mut self, rects: usize) {
        self.mesh.reserve_vertices(4 * rects);
        self.mesh.reserve_triangles(2 * rects);
    }

    /// A filled rectangle.
    pub fn rect(&mut self, r: Rect, c: Color32) {
        if r.is_positive() {
            self.shaded([
                (r.left_top(), c),
                (r.right_top(), c),
                (r.left_bottom(), c),
                (r.right_bottom(), c),
            ]);
        }
    }

    /// A rectangle without its four corner pixels, which the eye takes for round.
    pub fn soft_rect(&mut self, r: Rect, c: Color32, pixel: f32) {
        if r.width() < 5.0 * pixel || r.height() < 5.0 * pixel {
            self.rect(r, c);
            return;
        }
        let side = vec2(pixel, r.height() - 2.0 * pixel);
        self.rect(r.shrink2(vec2(pixel, 0.0)), c);
        self.rect(Rect::from_min_size(r.min + vec2(0.0, pixel), side), c);
        self.rect(
            Rect::from_min_size(pos2(r.right() - pixel, r.top() + pixel), side),
            c,
        );
    }

    /// The four sides of a rectangle, drawn inwards.
    pub fn frame(&mut self, r: Rect, width: f32, c: Color32) {
        let w = width.min(r.width() / 2.0).min(r.height() / 2.0);
        if w <= 0.0 {
            return;
        }
        let inner = r.shrink(w);
        self.rect(Rect::from_min_max(r.min, pos2(r.right(), inner.top())), c);
        self.rect(Rect::from_min_max(pos2(r.left(), inner.bottom()), r.max), c);
        self.rect(
            Rect::from_min_max(pos2(r.left(), inner.top()), inner.left_bottom()),
            c,
        );
        self.rect(
            Rect::from_min_max(inner.right_top(), pos2(r.right(), inner.bottom())),
            c,
        );
    }

    /// A straight line with soft edges: the mesh is not anti-aliased otherwise.
    pub fn line(&mut self, a: Pos2, b: Pos2, width: f32, c: Color32) {
        let along = b - a;
        if along == Vec2::ZERO {
            return;
        }
        let out = along.normalized().rot90() * (width / 2.0 + 0.5);
        let clear = Color32::TRANSPARENT;
        self.shaded([(a - out, clear), (b - out, clear), (a, c), (b, c)]);
        self.shaded([(a, c), (b, c), (a + out, clear), (b + out, clear)]);
    }

    /// Diagonal hatching of a rectangle. Lines of neighbouring rectangles meet: they hang on the screen,
    /// not on the rectangle.
    pub fn hatch(&mut self, r: Rect, spacing: f32, width: f32, c: Color32) {
        if !r.is_positive() || spacing <= 0.0 {
            return;
        }
        // Lines where x + y is a whole number of spacings.
        let first = ((r.left() + r.top()) / spacing).ceil() as i64;
        let last = ((r.right() + r.bottom()) / spacing).floor() as i64;
        for k in first..=last {
            let sum = k as f32 * spacing;
            let top = r.top().max(sum - r.right());
            let bottom = r.bottom().min(sum - r.left());
            if bottom > top {
                self.line(pos2(sum - top, top), pos2(sum - bottom, bottom), width, c);
            }
        }
    }
}

/// A place moved to the nearest pixel edge.
pub fn crisp(v: f32, pixels_per_point: f32) -> f32 {
    (v * pixels_per_point).round() / pixels_per_point
}

/// A rectangle moved to pixel edges.
pub fn crisp_rect(r: Rect, pixels_per_point: f32) -> Rect {
    let p = |v: Pos2| pos2(crisp(v.x, pixels_per_point), crisp(v.y, pixels_per_point));
    Rect::from_min_max(p(r.min), p(r.max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatching_stays_inside_and_meets_across_a_seam() {
        let left = Rect::from_min_max(pos2(0.0, 0.0), pos2(40.0, 40.0));
        let right = left.translate(vec2(40.0, 0.0));
        let whole = left.union(right);
        let centres = |rects: &[Rect]| {
            let mut l = Layer::default();
            for r in rects {
                l.hatch(*r, 8.0, 1.0, Color32::WHITE);
            }
            for v in &l.mesh.vertices {
                assert!(whole.expand(1.0).contains(v.pos));
            }
            // Total length of ink does not depend on how the area is cut up.
            l.mesh
                .vertices
                .chunks(8)
                .map(|q| (q[2].pos - q[3].pos).length())
                .sum::<f32>()
        };
        let (cut, one) = (centres(&[left, right]), centres(&[whole]));
        assert!((cut - one).abs() < 0.01 * one, "{cut} against {one}");
    }
}
