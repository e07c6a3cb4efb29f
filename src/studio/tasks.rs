//! Named one-off threads for everything that may wait: dialogs, files, exports, autosave.
//!
//! A task hands back a closure that is run on the UI thread with the state, so that what comes after the
//! waiting stands beside it in the source.

use super::state::State;
use eframe::egui;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What is done on the UI thread when a task ends.
pub type After = Box<dyn FnOnce(&mut State) + Send>;

/// How far a task is, and whether it should stop.
#[derive(Clone)]
pub struct Progress {
    context: egui::Context,
    /// Hundredths done; above 100 when the task does not tell.
    percent: Arc<AtomicU32>,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
    /// Tells the share done, 0..=1; answers whether to go on.
    pub fn report(&self, share: f32) -> bool {
        let percent = (share.clamp(0.0, 1.0) * 100.0) as u32;
        if self.percent.swap(percent, Relaxed) != percent {
            self.context.request_repaint();
        }
        !self.cancelled.load(Relaxed)
    }
}

struct Running {
    id: u64,
    name: String,
    progress: Progress,
}

/// A task as the status bar shows it.
pub struct Shown<'a> {
    pub name: &'a str,
    /// Hundredths done, where the task tells.
    pub percent: Option<u32>,
}

struct Done {
    id: u64,
    after: After,
}

/// The tasks under way.
pub struct Tasks {
    context: egui::Context,
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    running: Vec<Running>,
    next: u64,
}

impl Tasks {
    /// No tasks; finished ones will wake this context.
    pub fn new(context: egui::Context) -> Self {
        let (sender, receiver) = channel();
        Tasks {
            context,
            sender,
            receiver,
            running: Vec::new(),
            next: 0,
        }
    }

    /// Runs `work` on a thread of its own. `name` is what the status bar says meanwhile, such as
    /// "Rendering WAV"; an empty one is not shown.
    pub fn spawn(&mut self, name: &str, work: impl FnOnce() -> After + Send + 'static) {
        self.spawn_long(name, |_| work());
    }

    /// As [`spawn`](Self::spawn), for work that tells how far it is and can be cancelled.
    pub fn spawn_long(
        &mut self,
        name: &str,
        work: impl FnOnce(&Progress) -> After + Send + 'static,
    ) {
        let id = self.next;
        self.next += 1;
        let progress = Progress {
            context: self.context.clone(),
            percent: Arc::new(AtomicU32::new(u32::MAX)),
            cancelled: Arc::default(),
        };
        let of_thread = progress.clone();
        let work = move || work(&of_thread);
        let (sender, context) = (self.sender.clone(), self.context.clone());
        let label = if name.is_empty() { "task" } else { name };
        let body = move || {
            let after = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
                Box::new(|state: &mut State| {
                    state.toasts.error(
                        "Something went wrong in the background; the piece is untouched.",
                        "A background task panicked. The terminal shows where.",
                    );
                })
            });
            // Nobody listens only when the window is gone.
            let _ = sender.send(Done { id, after });
            context.request_repaint();
        };
        match std::thread::Builder::new()
            .name(label.to_owned())
            .spawn(body)
        {
            Ok(_) => self.running.push(Running {
                id,
                name: name.to_owned(),
                progress,
            }),
            Err(e) => {
                let why = e.to_string();
                let _ = self.sender.send(Done {
                    id,
                    after: Box::new(move |state| {
                        state.toasts.error(
                            "The system gives no more threads; close something and try again.",
                            &why,
                        );
                    }),
                });
            }
        }
    }

    /// The closures of the tasks that have ended.
    pub fn finished(&mut self) -> Vec<After> {
        let mut list = Vec::new();
        while let Ok(done) = self.receiver.try_recv() {
            self.running.retain(|r| r.id != done.id);
            list.push(done.after);
        }
        list
    }

    /// The tasks a person should know of.
    pub fn shown(&self) -> impl Iterator<Item = Shown<'_>> {
        let named = self.running.iter().filter(|r| !r.name.is_empty());
        named.map(|r| Shown {
            name: &r.name,
            percent: Some(r.progress.percent.load(Relaxed)).filter(|p| *p <= 100),
        })
    }

    /// Asks those tasks to stop that can.
    pub fn cancel(&self) {
        for r in &self.running {
            r.progress.cancelled.store(true, Relaxed);
        }
    }
}
