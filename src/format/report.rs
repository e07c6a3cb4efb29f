//! What was changed or dropped on the way in, in sentences a person can read.

/// What an import changed or left out. Empty when the file came in whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One sentence each, with counts, most important first.
    pub sentences: Vec<String>,
}

impl Report {
    /// Whether nothing was changed or dropped.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Adds `sentence` when `count` is not zero; `{}` in it stands for the count and `{s}` for the plural.
    pub(super) fn count(&mut self, count: u64, sentence: &str) {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            self.sentences.push(
                sentence
                    .replace("{}", &count.to_string())
                    .replace("{s}", plural),
            );
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, s) in self.sentences.iter().enumerate() {
            write!(f, "{}{s}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}
