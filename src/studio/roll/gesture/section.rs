//! The strip of sections: a click takes a section's bars, a drag moves the marker that begins it.

use super::{Cx, Drag, number};
use crate::score::{Edit, Marker};
use crate::studio::roll::{RollAction, Snap};
use eframe::egui::CursorIcon;

/// A section under the pointer.
pub struct SectionDrag {
    gesture: u64,
    press: u32,
    /// The marker that is moved; what stands before the first marker has none.
    marker: Option<Marker>,
    others: Vec<Marker>,
    at: u32,
    /// From the pointer to the marker, in ticks, when it was taken.
    grip: f64,
}

impl SectionDrag {
    pub fn new(cx: &mut Cx) -> Self {
        let press = cx.tick().min(f64::from(u32::MAX)) as u32;
        let markers = cx.input.original.markers();
        let section = cx.input.original.section_at(press);
        let from = section.map_or(0, |s| s.from);
        let marker = markers.iter().rfind(|m| m.tick == from).cloned();
        let others = markers.into_iter().filter(|m| m.tick != from).collect();
        SectionDrag {
            gesture: number(),
            press,
            grip: f64::from(from) - cx.tick(),
            at: from,
            marker,
            others,
        }
    }

    fn go(&mut self, cx: &mut Cx, to: u32) {
        let Some(marker) = self.marker.as_ref().filter(|_| to != self.at) else {
            return;
        };
        // What it stood over on its way comes back.
        let under = self.others.iter().find(|m| m.tick == self.at);
        let edits = vec![
            Edit::SetMarker {
                tick: self.at,
                name: under.map(|m| m.name.clone()),
            },
            Edit::SetMarker {
                tick: to,
                name: Some(marker.name.clone()),
            },
        ];
        let label = format!("Move marker {}", marker.name);
        self.at = to;
        cx.edit(self.gesture, Edit::Together { label, edits });
    }
}

impl Drag for SectionDrag {
    fn update(&mut self, cx: &mut Cx) {
        if !cx.moved {
            return;
        }
        let place = (cx.tick() + self.grip).max(0.0);
        // Sections begin with bars; Alt has them begin anywhere.
        let bars = super::Grid {
            snap: Snap::Bar,
            ..cx.grid
        };
        let to = match cx.mods.alt {
            true => place.round() as u32,
            false => bars.round(place),
        };
        self.go(cx, to);
    }

    fn finish(&mut self, cx: &mut Cx) {
        if !cx.moved {
            cx.out.push(RollAction::Section(self.press));
        }
    }

    fn cancel(&mut self, cx: &mut Cx) {
        if let Some(tick) = self.marker.as_ref().map(|m| m.tick) {
            self.go(cx, tick);
        }
    }

    fn cursor(&self) -> CursorIcon {
        CursorIcon::ResizeHorizontal
    }

    fn scrolls(&self) -> (bool, bool) {
        (true, false)
    }
}
