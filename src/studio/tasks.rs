//! Named one-off threads for everything that may wait: dialogs, files, exports, autosave.
//!
//! A task hands back a closure that is run on the UI thread with the state, so that what comes after the
//! waiting stands beside it in the source.

use super::state::State;
use eframe::egui;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What is done on the UI thread when a task ends.
pub type After = Box<dyn FnOnce(&mut State) + Send>;

struct Done {
    id: u64,
    after: After,
}

/// The tasks under way.
pub struct Tasks {
    context: egui::Context,
    sender: Sender<Done>,
    receiver: Receiver<Done>,
    running: Vec<(u64, String)>,
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
        let id = self.next;
        self.next += 1;
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
            Ok(_) => self.running.push((id, name.to_owned())),
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
            self.running.retain(|(id, _)| *id != done.id);
            list.push(done.after);
        }
        list
    }

    /// Names of the tasks a person should know of.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.running
            .iter()
            .map(|(_, n)| n.as_str())
            .filter(|n| !n.is_empty())
    }

    /// Whether anything is under way.
    pub fn any(&self) -> bool {
        !self.running.is_empty()
    }
}
