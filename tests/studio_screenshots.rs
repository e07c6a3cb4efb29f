//! The pictures of docs/screenshots.md: `docs/screenshots.sh` makes them. They need a graphics driver (a software one
//! will do), so they are not part of the ordinary run. The takes in them are written by the bundled model.

#![cfg(feature = "studio")]

#[path = "studio/support.rs"]
mod support;

use eframe::egui::vec2;
use lacuna::device::Choice;
use lacuna::engine::ModelWorker;
use lacuna::studio::command::{Command as C, TABLE};
use lacuna::studio::{Look, State};
use std::path::{Path, PathBuf};
use support::Desk;

fn folder() -> PathBuf {
    let folder = std::env::var("LACUNA_PICTURES").unwrap_or_else(|_| "target/screenshots".into());
    std::fs::create_dir_all(&folder).unwrap();
    folder.into()
}

/// Writes a picture as small as PNG can be: these lie in the repository.
fn write(path: &Path, (width, height): (u32, u32), rgba: &[u8]) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let rgb: Vec<u8> = rgba
        .chunks_exact(4)
        .flat_map(|p| [p[0], p[1], p[2]])
        .collect();
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&rgb)
        .unwrap();
}

struct Studio(Desk);

impl Studio {
    /// The bundled model, and the first demo piece on the desk with four bars masked.
    fn open() -> Studio {
        let mut desk = Desk::with_worker(ModelWorker::on(Choice::Cpu));
        desk.wait("the engine", |s| s.jobs.device.is_some());
        desk.edit(|s| {
            s.settings.welcomed = true;
            s.settings.generate.sampler.seed = 7;
        });
        desk.invoke(C::FirstSteps);
        desk.edit(|s| s.hint = false);
        desk.frames(2);
        Studio(desk)
    }

    fn size(&mut self, width: f32, height: f32) {
        self.0.harness.set_size(vec2(width, height));
        self.0.frames(3);
    }

    fn picture(&mut self, name: &str) {
        // The pointer is elsewhere, and lights nothing up.
        self.0.harness.remove_cursor();
        self.0.frames(4);
        self.0.edit(|s| s.toasts.clear());
        self.0.frames(2);
        let picture = self.0.harness.render().unwrap();
        let path = folder().join(format!("{name}.png"));
        write(&path, picture.dimensions(), picture.as_raw());
    }

    fn edit<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        let value = self.0.edit(change);
        self.0.frames(2);
        value
    }
}

#[test]
#[ignore = "draws pictures for the docs"]
fn screenshots() {
    let mut s = Studio::open();
    s.picture("masked");

    s.0.invoke(C::Generate);
    s.0.wait("the writing", |s| {
        s.jobs
            .running
            .as_ref()
            .is_some_and(|r| r.finished >= 1 || r.share() > 0.3)
            && s.jobs.snapshot().is_some()
    });
    s.picture("generating");
    s.0.wait("the takes", |s| s.jobs.running.is_none());

    s.edit(|s| s.show_take(Some(1)));
    s.picture("takes");
    s.0.key("ctrl P");
    s.0.type_text("take");
    s.picture("palette");
    s.0.key("Esc");
    s.edit(|s| s.settings.look = Look::Light);
    s.picture("light");
    s.edit(|s| s.settings.look = Look::Contrast);
    s.picture("contrast");
    s.edit(|s| s.settings.look = Look::Dark);
    s.size(1024.0, 640.0);
    s.picture("small");
    s.size(1600.0, 1040.0);
    s.edit(|s| s.settings.scale = 2.0);
    s.picture("double");
    s.edit(|s| s.settings.scale = 1.0);
    s.size(1280.0, 800.0);

    s.0.key("alt Enter");
    s.0.invoke(C::MaskClear);
    s.edit(|s| {
        let score = s.document().score.clone();
        let notes = &score.tracks[0].notes;
        s.selection = notes.iter().skip(6).take(9).map(|n| n.id).collect();
        s.transport.set_loop(Some((1920 * 2, 1920 * 4)), true);
    });
    s.0.key("shift Q");
    s.picture("editing");
    s.0.key("Esc");

    if let Some(settings) = TABLE.iter().find(|s| s.id == "edit.settings") {
        s.0.invoke(settings.command);
        s.picture("settings");
        s.0.key("Esc");
        s.edit(|s| s.overlay = None);
    }

    s.0.invoke(C::LayoutResearch);
    s.0.frames(2);
    s.0.key("F3");
    s.edit(|s| s.data.set = "scales");
    s.0.click("Read scales");
    s.0.wait("the songs", |s| s.data.found.is_some());
    s.picture("research");
    s.0.invoke(C::LayoutCompose);

    s.edit(|s| s.show_document(lacuna::score::Document::new(Default::default()), None));
    s.0.invoke(C::AddTrack);
    s.picture("empty");

    s.edit(|s| s.show_document(lacuna::score::Document::new(Default::default()), None));
    s.0.invoke(C::FirstSteps);
    s.edit(|s| s.hint = false);
    s.0.invoke(C::Tour);
    s.0.key("Right");
    s.0.key("Right");
    s.picture("tour");
}

/// Of the evaluation: on POP909 where it lies beside the repository, else on made-up songs.
#[test]
#[ignore = "draws pictures for the docs"]
fn evaluation() {
    use lacuna::studio::evaluation::{self, Search, Tab};
    let mut s = Studio::open();
    let pop = "../shared/data/pop909";
    let real = Path::new(pop).is_dir();
    let made_up = s.0.folder().join("songs");
    if !real {
        support::songs(&made_up);
    }
    if real {
        s.0.press(C::Data);
        s.edit(|s| s.data.folder = pop.into());
        s.0.click("Read pop909");
        s.0.wait("the songs", |s| s.data.found.is_some());
        s.edit(|s| s.data.folder = "data/pop909".into());
        s.picture("data");
    }
    s.0.press(C::Evaluation);
    s.edit(|s| {
        let form = &mut s.evaluation.form;
        match real {
            true => form.root = pop.into(),
            false => {
                form.set = "midi";
                form.root = made_up.display().to_string();
                (form.window, form.hole) = (8, (3, 5));
            }
        }
        form.temperatures = "1, 1.3".into();
        evaluation::start(s);
    });
    s.0.wait("the study", |s| s.evaluation.busy.is_none());
    assert_eq!(s.0.state().evaluation.trouble, None);
    s.edit(|s| {
        s.evaluation.form.root.clear();
        s.evaluation.form.set = "pop909";
        s.evaluation.form.root = "data/pop909".into();
    });
    s.picture("evaluation");
    s.edit(|s| {
        let e = &mut s.evaluation;
        (e.tab, e.sort, e.falling) = (Tab::Samples, Some("note_f1"), true);
    });
    s.picture("samples");
    s.edit(|s| {
        s.evaluation.tab = Tab::Spreads;
        s.settings.look = Look::Light;
    });
    s.picture("spreads");
    s.edit(|s| s.evaluation.tab = Tab::Scatter);
    s.picture("scatter");
    s.edit(|s| {
        s.settings.look = Look::Dark;
        s.evaluation.tab = Tab::Form;
    });
    s.picture("form");
    s.edit(|s| s.evaluation.tab = Tab::Nearest);
    s.0.wait("the search", |s| {
        matches!(s.evaluation.hand.search, Search::Found(_) | Search::Nothing)
    });
    s.picture("nearest");
}
