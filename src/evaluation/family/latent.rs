//! Fréchet distances of bars as a model hears them (PhraseLDM's PhraseFID and n-gram FID, systems.md 4.6, with the
//! proper root). The encoder is not PhraseVAE's but a network of the free octuple, so the figures are no published
//! ones: they compare rows beside one reference, heard by one model, which the notes of the table name.

use crate::evaluation::matrix::Sums;
use crate::evaluation::registry::{Direction, Family, Measure, Metric, Sets, Statistic};

const LATENT: Family = Family {
    name: "latent",
    source: "PhraseLDM's PhraseFID and n-gram FID, on the bars as --latent-model hears them",
};

const fn entry(
    key: &'static str,
    title: &'static str,
    about: &'static str,
    measure: for<'a> fn(Sets<'a>) -> Option<Statistic<'a>>,
) -> Metric {
    LATENT.entry(
        key,
        title,
        "squared spreads",
        Direction::Lower,
        about,
        Measure::Sets(measure),
    )
}

/// The entries.
pub const METRICS: &[Metric] = &[
    entry(
        "latent_fd",
        "Bars as a model hears them, Fréchet distance",
        "How far the bars, as a trained network hears them among their neighbours, lie from those of the reference.",
        |s| runs(s, 1),
    ),
    entry(
        "latent_2gram_fd",
        "Pairs of bars as a model hears them, Fréchet distance",
        "As latent_fd, of two bars in a row: whether neighbours belong together.",
        |s| runs(s, 2),
    ),
    entry(
        "latent_4gram_fd",
        "Four bars as a model hears them, Fréchet distance",
        "As latent_fd, of four bars in a row.",
        |s| runs(s, 4),
    ),
];

fn runs<'a>(sets: Sets<'a>, bars: usize) -> Option<Statistic<'a>> {
    let cloud = sets.reference.cloud()?;
    let judged: Vec<Sums> = sets.judged.iter().map(|p| cloud.sums(p, bars)).collect();
    Some(Box::new(move |chosen: &[usize]| {
        let chosen: Vec<&Sums> = chosen.iter().filter_map(|i| judged.get(*i)).collect();
        cloud.distance(bars, &chosen)
    }))
}
