//! Which elements of a window are masked: the strategies by name. A new one is a rule and a line here.
//!
//! Every strategy of the reference line exists twice. Under its own name it is corrected: padding takes no part,
//! bars are the bars of the music, no two chosen bars are the same one, and the share of masked elements follows
//! the time of the diffusion. Under `NAME-reference` it masks what smdiff masks.
//!
//! On the share: smdiff's first strategies hide a chosen region whole with probability t/T and else nothing, so
//! that half of the examples ask for nothing, and the sampler's states, half-filled regions, never occur. Here
//! each element of the region is masked with probability t/T instead. smdiff's later strategies round the number
//! of units to the nearest, so that small t mask nothing; here the rounding is a draw with the right mean.

mod holes;
mod later;
mod seed;
mod simple;
mod view;

use super::super::{Holes, Time};
use super::{Example, Schema, Window};
use crate::tokenizer::registry::Form;
use rand::{Rng, RngCore};
use serde::{Deserialize, Serialize};
use view::{Chosen, View};

type Rule = fn(&View, &mut dyn RngCore) -> Chosen;

enum Kind {
    Rule(Rule),
    /// One of these, by chance. The reference draws once for a batch.
    OneOf(&'static [&'static str]),
}

struct Entry {
    name: &'static str,
    about: &'static str,
    kind: Kind,
    /// Whether smdiff has it.
    reference: bool,
}

const fn rule(name: &'static str, about: &'static str, rule: Rule) -> Entry {
    Entry {
        name,
        about,
        kind: Kind::Rule(rule),
        reference: true,
    }
}

const fn one_of(name: &'static str, about: &'static str, names: &'static [&'static str]) -> Entry {
    Entry {
        name,
        about,
        kind: Kind::OneOf(names),
        reference: true,
    }
}

static TABLE: &[Entry] = &[
    Entry {
        name: "holes",
        about: "holes of every shape, filled to any degree: what the sampler meets",
        kind: Kind::Rule(holes::rule),
        reference: false,
    },
    rule(
        "random",
        "each row alone, all its fields together",
        simple::random,
    ),
    rule(
        "elements",
        "each element alone (SCHmUBERT)",
        simple::elements,
    ),
    rule(
        "fixed",
        "exactly the share t/T of the rows, at least one",
        simple::fixed,
    ),
    rule("1_bar_all", "the attributes of one bar", seed::one_bar_all),
    rule(
        "2_bar_all",
        "the attributes of two bars",
        seed::two_bars_all,
    ),
    rule(
        "1_bar_attribute",
        "one attribute of one bar",
        seed::one_bar_attribute,
    ),
    rule(
        "2_bar_attribute",
        "one attribute of two bars",
        seed::two_bars_attribute,
    ),
    rule(
        "rand_attribute",
        "one attribute everywhere",
        seed::attribute,
    ),
    one_of(
        "mixed_bars",
        "one of the five above or random: what \"mixed\" was at smdiff's first published state",
        &[
            "1_bar_all",
            "2_bar_all",
            "1_bar_attribute",
            "2_bar_attribute",
            "rand_attribute",
            "random",
        ],
    ),
    rule(
        "bar_all",
        "as many bars as the time says, all fields",
        later::bar_all,
    ),
    rule(
        "bar_attribute",
        "as many (bar, field) units as the time says",
        later::bar_attribute,
    ),
    one_of(
        "mixed",
        "bar_all, bar_attribute or random",
        &["bar_all", "bar_attribute", "random"],
    ),
    rule(
        "sync_bar",
        "the bar field in blocks of 16 bars, the others in (bar, field) units",
        later::sync_bar,
    ),
    rule(
        "sync_bar_position",
        "bar and position in blocks of 16 bars, the others in (bar, field) units",
        later::sync_bar_position,
    ),
];

/// What the names of the reference's own forms end in.
const REFERENCE: &str = "-reference";

/// There is no strategy of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no masking strategy \"{name}\"; there are: {known}")]
pub struct UnknownStrategy {
    pub name: String,
    pub known: String,
}

/// Every name there is.
pub fn names() -> Vec<String> {
    let corrected = TABLE.iter().map(|e| e.name.to_string());
    let reference = TABLE.iter().filter(|e| e.reference);
    corrected
        .chain(reference.map(|e| format!("{}{REFERENCE}", e.name)))
        .collect()
}

/// A way of masking.
#[derive(Clone)]
pub struct Strategy {
    entry: &'static Entry,
    form: Form,
    holes: Holes,
}

/// The strategy of that name.
///
/// # Errors
/// The names there are.
pub fn find(name: &str) -> Result<Strategy, UnknownStrategy> {
    let (plain, form) = match name.strip_suffix(REFERENCE) {
        Some(plain) => (plain, Form::ReferenceCompatible),
        None => (name, Form::Corrected),
    };
    let entry = TABLE
        .iter()
        .find(|e| e.name == plain && (e.reference || form == Form::Corrected));
    let entry = entry.ok_or_else(|| UnknownStrategy {
        name: name.into(),
        known: names().join(", "),
    })?;
    Ok(Strategy {
        entry,
        form,
        holes: Holes::default(),
    })
}

impl Strategy {
    /// The same with other shapes of holes, which only `holes` draws.
    pub fn with_holes(mut self, holes: Holes) -> Strategy {
        self.holes = holes;
        self
    }

    /// The name it is found by.
    pub fn name(&self) -> String {
        match self.form {
            Form::Corrected => self.entry.name.into(),
            Form::ReferenceCompatible => format!("{}{REFERENCE}", self.entry.name),
        }
    }

    /// One line for a person.
    pub fn about(&self) -> &'static str {
        self.entry.about
    }

    /// A mixture settled on one of its parts, any other strategy as it is. The reference settles once for a
    /// batch; [`Strategy::corrupt`] settles for each example.
    pub fn settle(&self, rng: &mut dyn RngCore) -> Strategy {
        let Kind::OneOf(names) = self.entry.kind else {
            return self.clone();
        };
        let name = names[rng.random_range(0..names.len())];
        let entry = TABLE.iter().find(|e| e.name == name).unwrap_or(self.entry);
        Strategy {
            entry,
            ..self.clone()
        }
    }

    /// Masks a window at a time.
    pub fn corrupt(
        &self,
        schema: &Schema,
        window: &Window,
        time: Time,
        rng: &mut dyn RngCore,
    ) -> Example {
        let settled = self.settle(rng);
        let view = View::new(schema, window, time, settled.form, &self.holes);
        let chosen = match settled.entry.kind {
            Kind::Rule(rule) => rule(&view, rng),
            Kind::OneOf(_) => Chosen::nothing(&view),
        };
        view.example(chosen)
    }
}

impl std::fmt::Debug for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// How a training run masks, as its configuration says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Masking {
    /// A name of [`names`].
    pub strategy: String,
    /// What `holes` draws.
    pub holes: Holes,
}

impl Default for Masking {
    fn default() -> Self {
        Masking {
            strategy: "holes".into(),
            holes: Holes::default(),
        }
    }
}

impl Masking {
    /// The strategy it names.
    ///
    /// # Errors
    /// The names there are.
    pub fn strategy(&self) -> Result<Strategy, UnknownStrategy> {
        Ok(find(&self.strategy)?.with_holes(self.holes.clone()))
    }
}

#[cfg(test)]
mod tests;
