//! What belongs to models over token rows in a recipe.

use crate::model::published::{self, Published};
use crate::network::TokenNetConfig;
use crate::process::tokens::{Masking, Objective, Schema, Strategy};
use crate::tokenizer::Tokenizer;
use serde::{Deserialize, Serialize};

/// A model of the first reference line and how it is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Its published name, a row of [`published::PUBLISHED`].
    pub model: String,
    pub network: TokenNetConfig,
    /// How windows are masked; left out, the strategy the name stands for.
    #[serde(default)]
    pub masking: Option<Masking>,
    #[serde(default)]
    pub objective: Objective,
    /// Weight of each field's cross-entropies; empty weighs all alike.
    #[serde(default)]
    pub field_weights: Vec<f32>,
    /// Adds smdiff's monotonicity loss, where rows have bar and position.
    #[serde(default)]
    pub monotonicity: bool,
    /// Draws the steps of the diffusion that cost more the more often.
    #[serde(default)]
    pub importance: bool,
    /// Steps of the diffusion, T.
    #[serde(default = "times")]
    pub times: u32,
    #[serde(default)]
    pub loader: Loader,
    /// Lowest and highest transposition in semitones, drawn anew for every window, as far as its pitches allow.
    /// smdiff's augmentation is (-127, 127), and off.
    #[serde(default)]
    pub transpose: (i8, i8),
    /// Codebook size of each field where it is not the tokenizer's own.
    #[serde(default)]
    pub codebooks: Vec<usize>,
}

/// 16 a bar, 64 bars.
fn times() -> u32 {
    1024
}

/// How items become windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Loader {
    /// Validation is on songs of their own. An item longer than the network is cut at bar lines, bars counted from
    /// the cut; a shorter one is not padded.
    #[default]
    Corrected,
    /// smdiff's: the first 20th of the items is validation, whatever songs they are of; a random run of rows is cut
    /// out; every window is as long as the network.
    Reference(Padding),
}

/// What smdiff pads with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Padding {
    /// -1: seen as zeros, never asked for (its later state, and ours).
    Hidden,
    /// Zeros that count as music, so that silence must be learnt too (its first published state).
    Zeros,
}

/// What a recipe's names stand for, found and checked.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub strategy: Strategy,
    pub schema: Schema,
}

impl TokenConfig {
    /// The row of its name.
    ///
    /// # Errors
    /// The names there are.
    pub fn published(&self) -> Result<&'static Published, String> {
        published::find(&self.model)
    }

    /// Codebook sizes on a tokenizer.
    pub fn sizes(&self, tokenizer: &dyn Tokenizer) -> Vec<usize> {
        match self.codebooks.is_empty() {
            true => tokenizer.fields().iter().map(|f| f.size).collect(),
            false => self.codebooks.clone(),
        }
    }

    /// How windows are masked.
    ///
    /// # Errors
    /// The names there are.
    pub fn masking(&self) -> Result<Masking, String> {
        let usual = Masking {
            strategy: self.published()?.strategy.into(),
            ..Masking::default()
        };
        Ok(self.masking.clone().unwrap_or(usual))
    }

    /// Checks everything against the tokenizer of a data set.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    pub fn resolve(&self, tokenizer: &dyn Tokenizer) -> Result<Resolved, String> {
        let row = self.published()?;
        if !row.reads(tokenizer.id()) {
            let known: Vec<&str> = row.tokenizers().iter().map(|t| t.id()).collect();
            return Err(format!(
                "{} does not read {}; prepare the data with one of: {}",
                row.name,
                tokenizer.id(),
                known.join(", ")
            ));
        }
        let fields = tokenizer.fields().len();
        for (key, given) in [
            ("codebooks", self.codebooks.len()),
            ("field_weights", self.field_weights.len()),
        ] {
            if given != 0 && given != fields {
                return Err(format!(
                    "model.{key} has {given} numbers, and {} has {fields} fields: give one a field, or none",
                    tokenizer.id()
                ));
            }
        }
        if self.times == 0 {
            return Err("model.times is 0; it must be at least 1".into());
        }
        let (low, high) = self.transpose;
        if low > high {
            return Err(format!(
                "model.transpose is ({low}, {high}); the lowest comes first"
            ));
        }
        let sizes = self.sizes(tokenizer);
        self.network
            .check(&sizes)
            .map_err(|e| format!("model.network: {e}"))?;
        let strategy = self.masking()?.strategy();
        Ok(Resolved {
            strategy: strategy.map_err(|e| format!("model.masking: {e}"))?,
            schema: Schema::of(tokenizer).with_sizes(&sizes),
        })
    }

    /// Parameters of its network on every tokenizer it reads, as a recipe alone can tell.
    ///
    /// # Errors
    /// As [`TokenConfig::resolve`].
    pub fn parameters(&self) -> Result<Vec<(&'static str, usize)>, String> {
        let mut counts = Vec::new();
        for tokenizer in self.published()?.tokenizers() {
            let sizes = self.sizes(tokenizer);
            if sizes.len() == tokenizer.fields().len() {
                self.network.check(&sizes).map_err(|e| e.to_string())?;
                counts.push((tokenizer.id(), self.network.parameters(&sizes)));
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    fn config(more: &str) -> TokenConfig {
        let text = format!(
            "(model: \"schmu_tx_vae\", network: SchmuTx(width: 16, layers: 1, heads: 2), {more})"
        );
        crate::format::text::read(&text).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let trio = find("trio").unwrap();
        assert_eq!(config("").resolve(trio).unwrap().strategy.name(), "random");
        for (more, tokenizer, word) in [
            ("", "trio_octuple", "melody-reference"),
            ("", "roll", "does not read roll"),
            ("codebooks: [128]", "trio", "model.codebooks has 1"),
            ("field_weights: [1, 2]", "trio", "3 fields"),
            ("masking: (strategy: \"x\")", "trio", "bar_all"),
            ("times: 0", "trio", "model.times"),
            ("transpose: (3, -3)", "trio", "model.transpose"),
        ] {
            let e = config(more).resolve(find(tokenizer).unwrap()).unwrap_err();
            assert!(e.contains(word), "{e}");
        }
        let mut wrong = config("");
        wrong.model = "unet".into();
        assert!(wrong.resolve(trio).unwrap_err().contains("octuple_ddpm"));
    }

    #[test]
    fn masks_of_the_octuple_follow_from_the_name() {
        let mut c = config("");
        c.model = "octuple_mask_ddpm".into();
        let octuple = find("trio_octuple").unwrap();
        assert_eq!(c.resolve(octuple).unwrap().strategy.name(), "bar_attribute");
        let counts = c.parameters().unwrap();
        assert_eq!(counts.len(), 4, "{counts:?}");
    }
}
