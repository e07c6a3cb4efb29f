//! A thread that looks which ports there are, so that the window need not: it hears of changes only.

use super::{MidiError, MidiPorts};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// What a look at the ports finds: their names, or why the system gives none.
pub type Names = Result<Vec<String>, MidiError>;

/// The watcher's handle; dropping it ends the watcher at its next look.
pub struct Watch {
    nudges: Sender<()>,
    news: Receiver<Names>,
}

impl Watch {
    /// Looks at these ports now and every so often, and calls `changed` when they are not what they were. The first
    /// look counts as a change.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(
        mut ports: Box<dyn MidiPorts>,
        every: Duration,
        changed: impl Fn() + Send + 'static,
    ) -> std::io::Result<Watch> {
        let (nudges, nudged) = channel();
        let (sender, news) = channel();
        let look = move || {
            let mut last: Option<Names> = None;
            loop {
                let now = ports.names();
                if last.as_ref() != Some(&now) {
                    last = Some(now.clone());
                    if sender.send(now).is_err() {
                        return;
                    }
                    changed();
                }
                if let Err(RecvTimeoutError::Disconnected) = nudged.recv_timeout(every) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("MIDI ports".into());
        thread.spawn(look)?;
        Ok(Watch { nudges, news })
    }

    /// Looks at once.
    pub fn look(&self) {
        // Its thread ends with this handle only.
        let _ = self.nudges.send(());
    }

    /// What the newest change brought, if there was one since the last call.
    pub fn news(&self) -> Option<Names> {
        self.news.try_iter().last()
    }
}

#[cfg(test)]
mod tests {
    use super::super::FakePorts;
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn only_changes_are_news() {
        let (ports, hands) = FakePorts::new();
        hands.plug("A");
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let changed = move || {
            counted.fetch_add(1, SeqCst);
        };
        let watch = Watch::start(Box::new(ports), Duration::from_secs(3600), changed).unwrap();
        let looks = |n: usize| {
            while hands.looks() < n {
                std::thread::yield_now();
            }
        };
        for n in 2..5 {
            watch.look();
            looks(n);
        }
        hands.plug("B");
        // One more than needed: when it begins, the one before is done with.
        for n in 5..7 {
            watch.look();
            looks(n);
        }
        assert_eq!(watch.news(), Some(Ok(vec!["A".into(), "B".into()])));
        assert_eq!(watch.news(), None);
        assert_eq!(calls.load(SeqCst), 2, "the first look, and the new port");
    }
}
