//! A study watched on the terminal: a bar for each thing it does.

use crate::cli::{Progress, interrupted};
use crate::evaluation::study::Watch;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shows on standard error how far a study is; stops it at Ctrl+C.
pub struct Terminal {
    /// What is done now, and its bar.
    bar: Mutex<Option<(String, Progress)>>,
    stop: Arc<AtomicBool>,
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal {
            bar: Mutex::new(None),
            stop: interrupted(),
        }
    }
}

impl Terminal {
    fn bar(&self) -> MutexGuard<'_, Option<(String, Progress)>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the last bar away.
    pub fn end(&self) {
        if let Some((_, bar)) = self.bar().take() {
            bar.clear();
        }
    }
}

impl Watch for Terminal {
    fn at(&self, doing: &str, done: u64, of: u64, what: &'static str) {
        let mut bar = self.bar();
        let other = bar.as_ref().is_none_or(|(now, _)| now != doing);
        if other && let Some((_, old)) = bar.take() {
            old.clear();
        }
        let (_, bar) =
            bar.get_or_insert_with(|| (doing.to_owned(), Progress::new(doing, of, what)));
        bar.at(done, "");
    }

    fn say(&self, sentence: &str) {
        match &*self.bar() {
            Some((_, bar)) => bar.say(sentence),
            None => eprintln!("{sentence}"),
        }
    }

    fn stop(&self) -> &AtomicBool {
        &self.stop
    }
}
