//! Pictures of the roll for a person to look at: nobody can judge it from its code.
//!
//! `LACUNA_LOOK=folder LACUNA_LOOK_MIDI=piece.mid cargo test --lib roll::look -- --ignored`

use super::*;
use crate::engine::{JobId, SnapshotNote};
use crate::score::{Note, Region};
use crate::studio::theme;
use egui_kittest::Harness;

struct Scenery {
    original: Score,
    shown: Score,
    mask: Mask,
    selection: BTreeSet<NoteId>,
    hidden: BTreeSet<TrackId>,
    focus: Option<TrackId>,
    tool: Tool,
    snapshot: Option<Snapshot>,
    progress: Option<f32>,
    take: BTreeMap<NoteId, f32>,
    looped: Option<(u32, u32)>,
    playhead: f64,
    view: RollView,
}

impl Scenery {
    fn new() -> Scenery {
        let original = std::env::var_os("LACUNA_LOOK_MIDI")
            .and_then(|p| std::fs::read(p).ok())
            .and_then(|b| crate::format::smf::import(&b, "Piece").ok())
            .map_or_else(synthetic, |i| i.score);
        Scenery {
            shown: original.clone(),
            mask: Mask::default(),
            selection: BTreeSet::new(),
            hidden: BTreeSet::new(),
            focus: original.tracks.first().map(|t| t.id),
            tool: Tool::Select,
            snapshot: None,
            progress: None,
            take: BTreeMap::new(),
            looped: None,
            playhead: 0.0,
            view: RollView::default(),
            original,
        }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let bars = self.shown.bars();
        let same = self.take.is_empty();
        let input = RollInput {
            score: if same { &self.original } else { &self.shown },
            original: &self.original,
            bars: &bars,
            mask: &self.mask,
            selection: &self.selection,
            focus_track: self.focus,
            hidden_tracks: &self.hidden,
            ghosts: true,
            unseen_tracks: &BTreeSet::new(),
            rows: RowLook::default(),
            tool: self.tool,
            snap: Snap::Division(4),
            mask_scope_focus: false,
            playhead: Some(self.playhead),
            playing: self.playhead > 0.0,
            follow: false,
            follow_smooth: false,
            loop_range: self.looped,
            looping: true,
            snapshot: self.snapshot.as_ref(),
            progress: self.progress,
            take_notes: &self.take,
            lens: None,
            difference: None,
            surprises: None,
            reduce_motion: true,
        };
        super::show(ui, &mut self.view, &input);
    }

    fn bar(&self, bar: u32) -> u32 {
        self.original.bars().start(bar)
    }

    /// The masked notes moved about, as a stand-in for what a model writes.
    fn written(&self) -> Vec<(TrackId, Note)> {
        let masked = self
            .original
            .notes()
            .filter(|(t, n)| self.mask.selects(*t, n));
        masked
            .map(|(t, n)| {
                (
                    t,
                    Note {
                        pitch: n.pitch + (n.id.0 % 5) as u8 - 2,
                        ..*n
                    },
                )
            })
            .collect()
    }
}

fn synthetic() -> Score {
    let mut s = Score::default();
    for (voice, (name, base)) in [("Melody", 72), ("Bridge", 64), ("Piano", 48)]
        .into_iter()
        .enumerate()
    {
        let t = s.add_track(name, voice as u8, 0);
        for i in 0..256u32 {
            let pitch = base + [0, 4, 7, 12, 9, 7, 5, 2][(i as usize * (voice + 3) / 2) % 8];
            let long = [240, 480, 960][(i as usize + voice) % 3];
            s.add_note(
                t,
                i * 480 + 240 * voice as u32 % 480,
                long,
                pitch,
                50 + (i * 37 % 70) as u8,
            );
        }
    }
    s
}

#[test]
#[ignore = "makes pictures to be looked at"]
fn look() {
    let Some(folder) = std::env::var_os("LACUNA_LOOK").map(std::path::PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    type Change = fn(&mut Scenery);
    let scenes: [(&str, f32, Change); 9] = [
        ("open", 1.0, |_| {}),
        ("masked", 1.0, |s| {
            s.mask = Mask::of(Region::time(s.bar(4), s.bar(8), None));
            s.looped = Some((s.bar(4), s.bar(8)));
            s.playhead = s.bar(5) as f64 + 700.0;
        }),
        ("shapes", 1.5, |s| {
            let first = s.original.tracks[0].id;
            s.tool = Tool::MaskRect;
            s.mask = Mask::of(Region::rect(
                crate::score::Rect {
                    start: s.bar(1),
                    end: s.bar(3),
                    low: 60,
                    high: 80,
                },
                Some([first].into()),
            ));
            let lasso: Vec<(f64, f64)> = (0..40)
                .map(|i| i as f64 / 40.0 * std::f64::consts::TAU)
                .map(|a| {
                    (
                        s.bar(5) as f64 + a.cos() * s.bar(1) as f64,
                        62.0 + 9.0 * a.sin(),
                    )
                })
                .collect();
            s.mask.add(Region {
                tracks: None,
                rects: crate::score::mask::lasso_rects(&lasso, s.original.ppq as u32 / 4),
                notes: BTreeSet::new(),
            });
            s.selection = s.original.tracks[0]
                .notes
                .iter()
                .skip(4)
                .take(5)
                .map(|n| n.id)
                .collect();
        }),
        ("writing", 1.0, |s| {
            s.mask = Mask::of(Region::time(s.bar(4), s.bar(8), None));
            let notes = s.written().into_iter().map(|(track, n)| SnapshotNote {
                track,
                start: n.start,
                length: n.length,
                pitch: n.pitch,
                velocity: n.velocity,
                decided: (n.id.0 % 4) as f32 / 3.0,
            });
            s.snapshot = Some(Snapshot {
                job: JobId(1),
                take: 0,
                notes: notes.collect(),
            });
            s.progress = Some(0.62);
        }),
        ("take", 1.0, |s| {
            s.mask = Mask::of(Region::time(s.bar(4), s.bar(8), None));
            let new = s.written();
            for t in &mut s.shown.tracks {
                let (mask, id) = (&s.mask, t.id);
                std::sync::Arc::make_mut(t)
                    .notes
                    .retain(|n| !mask.selects(id, n));
            }
            for (t, n) in new {
                let id = s.shown.add_note(t, n.start, n.length, n.pitch, n.velocity);
                s.take.insert(id, (id.0 % 10) as f32 / 9.0);
            }
        }),
        ("close", 1.0, |s| {
            s.focus = None;
            s.view.show_range(s.bar(4)..s.bar(6));
            s.view.row = 18.0;
            s.selection = s.original.tracks[0]
                .notes
                .iter()
                .skip(10)
                .take(3)
                .map(|n| n.id)
                .collect();
        }),
        ("far", 1.0, |s| {
            let score = s.original.clone();
            s.view.fit(&score);
            s.mask = Mask::of(Region::time(s.bar(16), s.bar(24), None));
        }),
        ("drums", 1.0, |s| {
            let t = s.original.add_track("Drums", 9, 0);
            for i in 0..200u32 {
                s.original.add_note(
                    t,
                    i * s.original.ppq as u32 / 2,
                    60,
                    [36, 42, 38, 42][i as usize % 4],
                    100,
                );
            }
            s.shown = s.original.clone();
            s.focus = Some(t);
            s.hidden = s.original.tracks[1..2].iter().map(|t| t.id).collect();
        }),
        ("empty", 1.0, |s| {
            s.original = Score::default();
            s.original.add_track("Melody", 0, 0);
            s.shown = s.original.clone();
        }),
    ];
    for (name, pixels, change) in scenes {
        for dark in [true, false] {
            let mut scenery = Scenery::new();
            change(&mut scenery);
            let mut h = Harness::builder()
                .with_size(egui::vec2(1280.0, 800.0) / pixels)
                .with_pixels_per_point(pixels)
                .with_theme(if dark {
                    egui::Theme::Dark
                } else {
                    egui::Theme::Light
                })
                .with_context_setup(theme::apply)
                .build_ui_state(|ui, s: &mut Scenery| s.show(ui), scenery);
            h.run_steps(3);
            if name == "close" {
                h.state_mut().view.row = 18.0;
                h.state_mut().view.top = 84.0;
                h.run_steps(2);
            }
            let picture = h.render().expect("there is an adapter, if only lavapipe");
            let file = folder.join(format!(
                "{name}-{}.png",
                if dark { "dark" } else { "light" }
            ));
            picture.save(file).expect("the picture can be written");
        }
    }
}

#[test]
#[ignore = "prints how long a frame takes"]
fn pace() {
    for notes in [2_000, 20_000, 100_000u32] {
        let mut score = Score::default();
        for voice in 0..4u32 {
            let t = score.add_track("Voice", voice as u8, 0);
            let track = score.track_mut(t).expect("it was just added");
            track.notes = (0..notes / 4)
                .map(|i| Note {
                    id: NoteId(1000 + i * 4 + voice),
                    start: i * (64 * 1920) / (notes / 4),
                    length: 200,
                    pitch: 30 + ((i * 7 + voice * 13) % 60) as u8,
                    velocity: (i % 127) as u8 + 1,
                    release: None,
                })
                .collect();
        }
        score.next_id = 1_000_000;
        for bars in [4, 64] {
            let mut scenery = Scenery::new();
            (scenery.original, scenery.shown) = (score.clone(), score.clone());
            scenery.focus = None;
            scenery.mask = Mask::of(Region::time(1920, 1920 * 3, None));
            scenery.view.scale = 1200.0 / (bars as f64 * 1920.0);
            let ctx = egui::Context::default();
            let mut frame = || {
                let input = egui::RawInput {
                    screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0))),
                    ..Default::default()
                };
                let from = std::time::Instant::now();
                let output = ctx.run_ui(input, |ui| {
                    scenery.view.scale = 1200.0 / (bars as f64 * 1920.0);
                    scenery.view.start = 0.0;
                    scenery.show(ui);
                });
                let shapes = ctx.tessellate(output.shapes, 1.0);
                (from.elapsed().as_secs_f64() * 1e3, shapes.len())
            };
            for _ in 0..5 {
                frame();
            }
            let mut times: Vec<f64> = (0..30).map(|_| frame().0).collect();
            times.sort_by(f64::total_cmp);
            println!("{notes} notes, {bars} bars: {:.2} ms", times[15]);
        }
    }
}
