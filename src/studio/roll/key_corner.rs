//! The key in the corner over the keyboard: the one that was chosen, else the one found in the notes; and the list it is
//! chosen from.

use super::RollAction;
use super::gesture::number;
use super::scene::Scene;
use crate::score::Edit;
use crate::score::key::Key;
use crate::studio::theme::size;
use eframe::egui::{Button, Popup, Rect, RichText, ScrollArea, Ui, pos2};

/// "C", "F#m".
fn short(key: Key) -> String {
    let long = key.to_string();
    match long.split_once(' ') {
        Some((tonic, "minor")) => format!("{tonic}m"),
        Some((tonic, _)) => tonic.to_owned(),
        None => long,
    }
}

/// Draws the button, and the list while it is open; what was chosen.
pub fn show(ui: &mut Ui, scene: &Scene) -> Option<RollAction> {
    let corner = scene.parts.corner;
    if !corner.is_positive() {
        return None;
    }
    let t = scene.theme;
    let chosen = scene.input.original.key;
    let found = Key::major(scene.input.rows.major_tonic);
    let (text, colour) = match chosen {
        Some(key) => (short(key), t.text),
        None => (
            format!("{} / {}", short(found), short(found.relative())),
            t.text_weak,
        ),
    };
    let name = match chosen {
        Some(key) => format!("Key: {key}"),
        None => format!("Key: {found}, found in the notes"),
    };
    let place = Rect::from_min_max(
        corner.min + eframe::egui::vec2(2.0, 3.0),
        pos2(corner.right() - 2.0, scene.parts.ruler.bottom() - 3.0),
    );
    ui.spacing_mut().button_padding.x = 2.0;
    let button = Button::new(RichText::new(text).size(size::TEXT_SMALL).color(colour))
        .truncate()
        .frame_when_inactive(false);
    let button = ui
        .put(place, button)
        .accessible_name(&name)
        .on_hover_text(format!(
            "{name}\nWhat the commands that speak of the key mean"
        ));
    let mut new = None;
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(130.0);
        let auto = Button::selectable(chosen.is_none(), "Found in the notes");
        if ui.add(auto).clicked() {
            new = Some(None);
            ui.close();
        }
        ui.separator();
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for key in Key::all() {
                let on = chosen == Some(key);
                if ui.add(Button::selectable(on, key.to_string())).clicked() {
                    new = Some(Some(key));
                    ui.close();
                }
            }
        });
    });
    let key = new.filter(|k| *k != chosen)?;
    Some(RollAction::Edit {
        gesture: number(),
        edit: Edit::SetKey(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_chord_sheets_write_them() {
        assert_eq!(
            (short(Key::major(6)), short(Key::minor(9))),
            ("F#".into(), "Am".into())
        );
    }
}
