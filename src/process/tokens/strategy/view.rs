//! A window as a rule sees it: without its padding, or, in the reference's forms, with it.

use super::super::super::{Holes, Time};
use super::super::{Example, Schema, Window};
use crate::tokenizer::registry::Form;
use rand::{Rng, RngCore};

pub(super) struct View<'a> {
    pub schema: &'a Schema,
    window: &'a Window,
    pub time: Time,
    pub form: Form,
    pub holes: &'a Holes,
    /// Rows a rule looks at.
    pub rows: usize,
    pub fields: usize,
}

/// What a rule masks, `[rows of the view, fields]`, and of how many elements it chose.
pub(super) struct Chosen {
    pub masked: Vec<bool>,
    pub free: usize,
    /// Probability that anything is masked, where only such draws were kept.
    pub chance: f32,
    /// Another truth than the window's, where a hole changes what is around it.
    pub x0: Option<Vec<i32>>,
}

impl Chosen {
    pub fn nothing(view: &View) -> Chosen {
        Chosen::of(vec![false; view.rows * view.fields])
    }

    /// Masked elements among all of the view.
    pub fn of(masked: Vec<bool>) -> Chosen {
        Chosen {
            free: masked.len(),
            masked,
            chance: 1.0,
            x0: None,
        }
    }
}

impl<'a> View<'a> {
    pub fn new(
        schema: &'a Schema,
        window: &'a Window,
        time: Time,
        form: Form,
        holes: &'a Holes,
    ) -> View<'a> {
        View {
            schema,
            window,
            time,
            form,
            holes,
            rows: match form {
                Form::Corrected => window.real,
                Form::ReferenceCompatible => window.rows,
            },
            fields: schema.fields(),
        }
    }

    /// The ids of the real rows.
    pub fn ids(&self) -> &[i32] {
        &self.window.ids[..self.window.real * self.fields]
    }

    pub fn is_corrected(&self) -> bool {
        self.form == Form::Corrected
    }

    /// Whether something happens that happens with probability t/T.
    pub fn coin(&self, rng: &mut dyn RngCore) -> bool {
        rng.random_bool(f64::from(self.time.share().clamp(0.0, 1.0)))
    }

    /// The bar of every row of the view; padding, where a rule sees it, is in bar `padding`.
    pub fn bars(&self, padding: i64) -> Vec<i64> {
        let real = self.window.bars.iter().map(|&b| b as i64);
        let bars = real.chain(std::iter::repeat(padding));
        bars.take(self.rows).collect()
    }

    /// So many of `n` units as the time says: rounded by a draw with the right mean, or to the nearest, halves to
    /// even, as the reference does.
    pub fn quota(&self, n: usize, rng: &mut dyn RngCore) -> usize {
        if self.is_corrected() {
            return self.drawn_quota(n, rng);
        }
        (n as f32 * self.time.share()).round_ties_even() as usize
    }

    /// Floor of n t/T, and one more with the probability of the rest.
    pub fn drawn_quota(&self, n: usize, rng: &mut dyn RngCore) -> usize {
        let wanted = f64::from(self.time.t) * n as f64 / f64::from(self.time.of.max(1));
        let floor = wanted.floor();
        (floor as usize + usize::from(rng.random_bool((wanted - floor).clamp(0.0, 1.0)))).min(n)
    }

    /// Masks where `at(row, field)`.
    pub fn fill(&self, mut at: impl FnMut(usize, usize) -> bool) -> Vec<bool> {
        let fields = self.fields;
        (0..self.rows * fields)
            .map(|i| at(i / fields, i % fields))
            .collect()
    }

    /// The example. Padding that a rule of the reference masked looks masked but is not asked for.
    pub fn example(&self, chosen: Chosen) -> Example {
        let mut x0 = self.window.ids.clone();
        if let Some(own) = chosen.x0 {
            x0[..own.len()].copy_from_slice(&own);
        }
        let mut xt = x0.clone();
        let mut masked = vec![false; xt.len()];
        for (i, _) in chosen.masked.iter().enumerate().filter(|(_, m)| **m) {
            xt[i] = self.schema.mask(i % self.fields);
            masked[i] = i < self.window.real * self.fields;
        }
        Example {
            rows: self.window.rows,
            fields: self.fields,
            real: self.window.real,
            x0,
            xt,
            masked,
            bars: self.window.bars.clone(),
            free: chosen.free,
            chance: chosen.chance,
            time: self.time,
        }
    }
}
