//! Progress of long work on the terminal, with the time left; plain lines where there is no terminal.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// How often a line is written when nobody watches a terminal (a log file, CI).
const LINE_EVERY: Duration = Duration::from_secs(20);

/// A bar on standard error that shows what is done, of how much, and the time left.
pub struct Progress {
    bar: ProgressBar,
    what: String,
    unit: &'static str,
    last_line: Instant,
}

impl Progress {
    /// Starts a bar: `what` is done ("training"), `of` so many `unit` ("steps").
    pub fn new(what: impl Into<String>, of: u64, unit: &'static str) -> Progress {
        let what = what.into();
        let bar = ProgressBar::new(of);
        let template = "{prefix} {bar:28} {human_pos}/{human_len} {unit}, {eta} left  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(&template.replace("{unit}", unit)) {
            bar.set_style(style);
        }
        bar.set_prefix(what.clone());
        Progress {
            bar,
            what,
            unit,
            last_line: Instant::now(),
        }
    }

    /// Says that `done` units are done, with a few words on how it stands ("loss 1.73").
    pub fn at(&mut self, done: u64, words: &str) {
        self.bar.set_position(done);
        if self.bar.is_hidden() {
            if self.last_line.elapsed() >= LINE_EVERY {
                self.last_line = Instant::now();
                eprintln!("{}", self.line(words));
            }
        } else {
            self.bar.set_message(words.to_owned());
        }
    }

    /// So many units are to be done, as it turns out.
    pub fn reach(&self, of: u64) {
        self.bar.set_length(of);
    }

    /// Prints a line that stays, above the bar.
    pub fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }

    /// Removes the bar.
    pub fn clear(self) {
        self.bar.finish_and_clear();
    }

    /// Removes the bar and leaves one line.
    pub fn finish(self, line: &str) {
        self.bar.finish_and_clear();
        eprintln!("{line}");
    }

    fn line(&self, words: &str) -> String {
        let of = self.bar.length().unwrap_or_default();
        let left = HumanDuration(self.bar.eta());
        let done = self.bar.position();
        format!(
            "{}: {done} of {of} {}, {left} left  {words}",
            self.what, self.unit
        )
        .trim_end()
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_work_the_count_and_the_unit() {
        let mut p = Progress::new("training", 200, "steps");
        p.at(50, "loss 1.5");
        let line = p.line("loss 1.5");
        assert!(line.starts_with("training: 50 of 200 steps, "), "{line}");
        assert!(line.ends_with("left  loss 1.5"), "{line}");
    }
}
