//! Pictures of the window for a person to look at: `LACUNA_PICTURES=folder cargo test --test studio_look -- --ignored`.
//! They need a graphics driver, so they are not part of the ordinary run.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use lacuna::studio::command::Command;
use lacuna::studio::{Look, Purpose, picked_path};
use std::path::PathBuf;
use support::Desk;

fn folder() -> PathBuf {
    let folder = PathBuf::from(
        std::env::var("LACUNA_PICTURES").unwrap_or_else(|_| "target/pictures".into()),
    );
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
#[ignore = "draws pictures to look at"]
fn pictures() {
    for (look, name) in [(Look::Dark, "dark"), (Look::Light, "light")] {
        let at = |what: &str| folder().join(format!("{name}-{what}.png"));
        let mut desk = Desk::new();
        desk.edit(|s| s.settings.look = look);
        desk.wait("the engine", |s| s.jobs.device.is_some());
        desk.picture(&at("empty"));
        desk.open_piece();
        desk.picture(&at("open"));
        desk.key("V");
        desk.wait("the lens", |s| s.lens.found().is_some());
        desk.picture(&at("lens"));
        desk.key("V");
        desk.key("F3");
        desk.picture(&at("data-empty"));
        desk.edit(|s| s.data.set = "scales");
        desk.frames(2);
        desk.click("Read scales");
        desk.wait("the songs", |s| s.data.found.is_some());
        desk.picture(&at("data"));
        desk.key("F3");
        desk.mask_bars(4, 8);
        desk.edit(|s| s.hint = true);
        desk.picture(&at("first-start"));
        desk.edit(|s| s.hint = false);
        desk.picture(&at("masked"));
        desk.hold();
        desk.key("ctrl Enter");
        desk.wait("the writing", |s| {
            s.jobs.running.as_ref().is_some_and(|r| r.done > 2)
        });
        desk.picture(&at("generating"));
        desk.let_one_take_pass();
        desk.wait("a take", |s| s.document().takes.len() == 1);
        desk.picture(&at("second-take"));
        for _ in 0..3 {
            desk.let_one_take_pass();
        }
        desk.wait("the takes", |s| s.jobs.running.is_none());
        desk.key("]");
        desk.key("Space");
        desk.frames(5);
        desk.picture(&at("takes"));
        desk.key("Space");
        desk.key("?");
        desk.picture(&at("keys"));
        desk.key("Esc");
        desk.key("ctrl P");
        desk.type_text("ma");
        desk.picture(&at("palette"));
        desk.key("Esc");
        desk.fail_next("The model needs 9 GB of memory and 4 GB are free. Choose a smaller model, or close other programs.");
        desk.key("ctrl Enter");
        desk.wait("the failure", |s| s.jobs.running.is_none());
        desk.picture(&at("error"));
        desk.edit(|s| {
            s.toasts.clear();
            let path = s.settings_file.folder().unwrap().join("none.sf2");
            picked_path(s, Purpose::Soundfont, path);
        });
        desk.key("ctrl S");
        desk.picture(&at("browser"));
        desk.key("Esc");
        desk.invoke(Command::New);
        desk.picture(&at("question"));
        desk.key("Esc");
        desk.click("Instrument of Bass: Acoustic Bass");
        desk.picture(&at("instrument"));
        desk.key("Esc");
        desk.click("File");
        desk.picture(&at("menu"));
    }
}
