//! The whole studio without a window: real frames on a made-up clock. What measures and what pesters it stands on this.

use super::app::Studio;
use super::run::{StudioOptions, start};
use eframe::egui::{self, Event, Modifiers, Pos2, RawInput, Rect, Vec2, ViewportId, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a frame cost, and what it asked for.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Processor time of this thread: events, commands, layout, shapes and tessellation; all but the drawing itself.
    /// Where the system does not tell (anything but Linux), the time that passed.
    pub cpu: Duration,
    /// Corners of the triangles to be drawn.
    pub vertices: usize,
    /// When the next frame is wanted; [`Duration::MAX`] for never.
    pub repaint_after: Duration,
}

/// A studio, its clock, and the events that wait for the next frame.
pub struct Headless {
    pub studio: Studio,
    context: egui::Context,
    clock: f64,
    /// Size of the window in points at a scale of 100 %.
    size: Vec2,
    modifiers: Modifiers,
    waiting: Vec<Event>,
    dropped: Vec<PathBuf>,
}

impl Headless {
    /// Starts the studio in a window of 1280 x 800 points that nobody sees.
    ///
    /// # Errors
    /// As [`start`].
    pub fn start(options: StudioOptions) -> Result<Headless, std::io::Error> {
        let context = egui::Context::default();
        Ok(Headless {
            studio: start(&context, options)?,
            context,
            clock: 0.0,
            size: vec2(1280.0, 800.0),
            modifiers: Modifiers::NONE,
            waiting: Vec::new(),
            dropped: Vec::new(),
        })
    }

    /// The context, for whoever wants to hear of repaints.
    pub fn context(&self) -> &egui::Context {
        &self.context
    }

    /// The window in points.
    pub fn window(&self) -> Rect {
        let zoom = self.context.zoom_factor().max(0.1);
        Rect::from_min_size(Pos2::ZERO, self.size / zoom)
    }

    /// Another size of the window, in points at a scale of 100 %.
    pub fn resize(&mut self, size: Vec2) {
        self.size = size;
    }

    /// Gives the next frame an event.
    pub fn event(&mut self, event: Event) {
        self.waiting.push(event);
    }

    /// From the next frame on these modifiers are held.
    pub fn hold(&mut self, modifiers: Modifiers) {
        self.modifiers = modifiers;
    }

    /// Presses a key and lets it go, with the held modifiers.
    pub fn key(&mut self, key: egui::Key) {
        for pressed in [true, false] {
            let modifiers = self.modifiers;
            self.waiting.push(Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers,
            });
        }
    }

    /// Presses or releases a button of the pointer.
    pub fn button(&mut self, pos: Pos2, button: egui::PointerButton, pressed: bool) {
        let modifiers = self.modifiers;
        self.waiting.push(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers,
        });
    }

    /// Drops a file on the window.
    pub fn drop_file(&mut self, path: PathBuf) {
        self.dropped.push(path);
    }

    /// One frame, so many seconds after the one before.
    pub fn frame(&mut self, seconds: f64) -> Frame {
        self.clock += seconds;
        let mut input = RawInput {
            screen_rect: Some(self.window()),
            time: Some(self.clock),
            predicted_dt: seconds as f32,
            events: std::mem::take(&mut self.waiting),
            dropped_files: self.dropped.drain(..).map(dropped).collect(),
            focused: true,
            ..RawInput::default()
        };
        let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
        viewport.native_pixels_per_point = Some(1.0);
        viewport.focused = Some(true);
        let before = Stopwatch::start();
        let studio = &mut self.studio;
        let mut output = self.context.run_ui(input, |ui| studio.show(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let primitives = self.context.tessellate(shapes, output.pixels_per_point);
        let cpu = before.elapsed();
        let corners = |p: &egui::ClippedPrimitive| match &p.primitive {
            egui::epaint::Primitive::Mesh(m) => m.vertices.len(),
            egui::epaint::Primitive::Callback(_) => 0,
        };
        let delays = output.viewport_output.values().map(|v| v.repaint_delay);
        let frame = Frame {
            cpu,
            vertices: primitives.iter().map(corners).sum(),
            repaint_after: delays.min().unwrap_or(Duration::MAX),
        };
        output.drop_without_applying_deltas();
        frame
    }

    /// Draws frames until none is asked for, tasks and engine included; whether that happened within `most`.
    pub fn settle(&mut self, most: Duration) -> bool {
        let begun = Instant::now();
        let mut quiet = 0;
        while begun.elapsed() < most {
            let frame = self.frame(1.0 / 60.0);
            quiet = match frame.repaint_after {
                Duration::MAX => quiet + 1,
                _ => 0,
            };
            if quiet > 20 {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

fn dropped(path: PathBuf) -> egui::DroppedFileHandle {
    Arc::new(Dropped(path))
}

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

/// Processor time of the thread it was started on.
pub struct Stopwatch(Duration);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Stopwatch {
        Stopwatch(now())
    }

    /// Processor time since the start.
    pub fn elapsed(&self) -> Duration {
        now().saturating_sub(self.0)
    }
}

#[cfg(target_os = "linux")]
fn now() -> Duration {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(t.tv_sec.max(0) as u64, t.tv_nsec.max(0) as u32)
}

#[cfg(not(target_os = "linux"))]
fn now() -> Duration {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    BEGUN.get_or_init(Instant::now).elapsed()
}
