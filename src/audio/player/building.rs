//! Flattening a big piece takes longer than a frame may, so it happens on a thread; small ones are done at once.

use crate::audio::sequence::{Routing, Sequence};
use crate::score::Score;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Pieces with fewer notes are flattened in less than a millisecond.
const SMALL: usize = 4000;

/// What comes of it.
pub struct Built {
    pub routing: Routing,
    pub sequence: Arc<Sequence>,
}

/// A piece being flattened.
pub struct Building {
    answer: Receiver<Built>,
    /// The piece changed again since.
    pub stale: bool,
}

impl Building {
    /// Begins on a thread; `None` where the piece is small, or the system gives no thread.
    pub fn start(score: &Score, routing: &Routing, rate: u32) -> Option<Building> {
        if score.note_count() < SMALL {
            return None;
        }
        let (sender, answer) = channel();
        let (score, mut routing) = (score.clone(), routing.clone());
        let work = move || {
            let sequence = Arc::new(Sequence::new(&score, &mut routing, rate));
            // Nobody waits only where another piece was put on the desk.
            let _ = sender.send(Built { routing, sequence });
        };
        let thread = std::thread::Builder::new().name("sequence".into());
        thread.spawn(work).ok()?;
        Some(Building {
            answer,
            stale: false,
        })
    }

    /// What came of it: `Ok(None)` while it is not done, an error where the thread ended without an answer.
    pub fn poll(&self) -> Result<Option<Built>, ()> {
        match self.answer.try_recv() {
            Ok(built) => Ok(Some(built)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(()),
        }
    }

    /// Waits until it is done; `None` where the thread ended without an answer.
    pub fn wait(self) -> Option<Built> {
        self.answer.recv().ok()
    }
}
