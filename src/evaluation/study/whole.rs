//! Whole pieces, written by models or lying in folders, beside the training songs.

use super::heard::samples;
use super::{
    Contestant, Hearing, Piece, Request, Row, Songs, Study, StudyError, Watch, folder, songs,
    stopped,
};
use crate::dataset::Split;
use crate::dataset::transform::crop::crop;
use crate::evaluation::controls::{self, Marginals};
use crate::evaluation::report::distributions;
use crate::evaluation::{Comparison, Kind, Line, Measuring, Metric, Sample, Set};
use crate::model::blank::blank;
use crate::model::fill::{FillError, Filling};
use crate::process::generator;
use crate::score::{Mask, Region, Score};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Pieces of a row of nonsense; more make no other figure.
const NONSENSE: usize = 100;
/// What the training songs that stand for real music are drawn by, whatever the sampler's seed.
const DRAW: u64 = 0x666c_6f6f;

/// A row before it is measured.
struct Written {
    name: String,
    kind: Kind,
    pieces: Songs,
    /// Whether the tokens of each were legal.
    legal: Vec<bool>,
    millis: Option<f64>,
}

impl Written {
    fn new(name: impl Into<String>, kind: Kind, pieces: Songs) -> Written {
        Written {
            name: name.into(),
            kind,
            legal: vec![true; pieces.len()],
            pieces,
            millis: None,
        }
    }
}

/// What the others are judged by.
struct Reference {
    set: Arc<Set>,
    songs: Vec<(String, Arc<Score>)>,
}

/// Conducts it.
pub(super) fn run(
    request: &Request,
    bars: u32,
    count: u32,
    contestants: &[Contestant<'_>],
    watch: &dyn Watch,
) -> Result<Study, StudyError> {
    let mut rows: Vec<Written> = Vec::new();
    let mut notes = Vec::new();
    for (name, path) in &request.folders {
        let tokenizer = request.tokenizer.as_deref();
        let read = folder::read(path, tokenizer, songs::most(request), watch)?;
        rows.push(Written {
            legal: read.iter().map(|p| p.legal).collect(),
            ..Written::new(
                name.clone(),
                Kind::Model,
                read.into_iter().map(|p| (p.name, p.score)).collect(),
            )
        });
    }
    for c in contestants {
        rows.push(write(c, bars, count, watch)?);
    }
    let mut reference = None;
    if request.floors {
        let source = songs::source(request)?;
        notes.extend(songs::remarks(request, &*source));
        let mut training = songs::of_split(request, &*source, Split::Train, 0, watch)?;
        let test = songs::of_split(request, &*source, request.split, request.songs, watch)?;
        if training.len() < 10 || test.is_empty() {
            return Err(StudyError::Cannot(format!(
                "{} has {} training songs and {} {} songs; floors need ten and one (--no-floors does without)",
                request.dataset,
                training.len(),
                test.len(),
                request.split.name()
            )));
        }
        let mut rng = generator(DRAW, 0);
        training.shuffle(&mut rng);
        let own = training.split_off(training.len() - (training.len() / 5).min(NONSENSE));
        let mut window = |songs: &Songs| -> Songs {
            let some = songs.iter().map(|(id, s)| {
                let last = s.bar_count().saturating_sub(bars);
                let start = if last > 0 {
                    rng.random_range(0..=last)
                } else {
                    0
                };
                (id.clone(), crop(s, start..start + bars))
            });
            some.filter(|(_, s)| s.note_count() > 0).collect()
        };
        let (windows, own, test) = (window(&training), window(&own), window(&test));
        notes.push(format!(
            "the reference is a window of {bars} bars of each of {} training songs; {} more stand for training against training",
            windows.len(),
            own.len()
        ));
        let sample = |(id, s): (String, Score)| Sample::of(id, &s);
        let hearing = request.hearing.as_ref();
        notes.extend(hearing.map(Hearing::said));
        let set = Set::windows(
            samples(&windows, hearing, watch)?,
            training.iter().cloned().map(sample),
        );
        let marginals = Marginals::of(set.iter());
        let some: Songs = test.iter().take(NONSENSE).cloned().collect();
        let each = |make: &mut dyn FnMut(&Score) -> Score| -> Songs {
            some.iter().map(|(id, s)| (id.clone(), make(s))).collect()
        };
        let made = |list: Vec<Score>| -> Songs {
            list.into_iter()
                .enumerate()
                .map(|(i, s)| (format!("nonsense {}", i + 1), s))
                .collect()
        };
        let mut rng = generator(DRAW, 1);
        let shuffled = each(&mut |s| controls::shuffled(s, &mut rng));
        let repeated = each(&mut controls::repeated);
        let mut rng = generator(DRAW, 2);
        let independent = (0..NONSENSE).map(|_| controls::independent(&marginals, bars, &mut rng));
        let independent = made(independent.collect());
        let framed = set
            .iter()
            .filter_map(|p| controls::framed(p, bars, &mut rng))
            .take(NONSENSE);
        let framed = made(framed.collect());
        let constants = made(vec![controls::constant(&marginals, bars); 10]);
        let mut add = |name: &str, kind, list: Songs| rows.push(Written::new(name, kind, list));
        add("training against training", Kind::Floor, own);
        add(
            &format!("{} against training", request.split.name()),
            Kind::Floor,
            test,
        );
        add("bars shuffled", Kind::Displaced, shuffled);
        add("first four bars repeated", Kind::Displaced, repeated);
        add("constants", Kind::Nonsense, constants);
        add(
            "adversary: notes drawn one by one",
            Kind::Nonsense,
            independent,
        );
        add("adversary: frames that overlap", Kind::Nonsense, framed);
        reference = Some(Reference {
            set: Arc::new(set),
            songs: training
                .into_iter()
                .map(|(id, s)| (id, Arc::new(s)))
                .collect(),
        });
    }
    let mut study = measure(request, rows, reference.as_ref(), watch)?;
    study.comparison.title = format!("Pieces of {bars} bars beside {}", request.dataset);
    study.comparison.notes = notes;
    if let Some(reference) = reference {
        study.training = Some(reference.set);
        study.songs = reference.songs;
    }
    Ok(study)
}

/// Measures the rows.
fn measure(
    request: &Request,
    rows: Vec<Written>,
    reference: Option<&Reference>,
    watch: &dyn Watch,
) -> Result<Study, StudyError> {
    let reference = reference.map(|r| &*r.set);
    let metrics: Vec<&'static Metric> = request
        .metrics
        .iter()
        .filter(|m| !m.is_of_holes())
        .copied()
        .collect();
    let measuring = |quick| Measuring {
        metrics: &metrics,
        rounds: request.rounds,
        stop: watch.stop(),
        quick,
    };
    let of = rows.len() as u64 + 1;
    watch.at("measuring", 0, of, "rows");
    let targets: BTreeMap<String, f64> = match reference {
        None => BTreeMap::new(),
        Some(set) => {
            // A spread within the set has no target in the set's own size, so some of it stands for all.
            let some = Set::of(set.iter().take(NONSENSE).cloned());
            let line = Measuring {
                rounds: 0,
                ..measuring(true)
            };
            let line = line.pieces("", Kind::Floor, &some, Some(set));
            line.figures
                .into_iter()
                .map(|(key, f)| (key, f.interval.mean))
                .collect()
        }
    };
    watch.at("measuring", 1, of, "rows");
    let looks_for_copies = metrics.iter().any(|m| m.key.starts_with("copied_"));
    let mut lines: Vec<Line> = Vec::new();
    let mut shown: Vec<Row> = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        // Without a reference there is nothing to hear them for.
        let hearing = request.hearing.as_ref().filter(|_| reference.is_some());
        let mut pieces = samples(&row.pieces, hearing, watch)?;
        for (piece, legal) in pieces.iter_mut().zip(&row.legal) {
            piece.valid &= *legal;
        }
        let set = Set::of(pieces);
        let quick = matches!(row.kind, Kind::Nonsense | Kind::Displaced);
        lines.push(measuring(quick).pieces(row.name.clone(), row.kind, &set, reference));
        let nearest = match reference.filter(|_| !quick && looks_for_copies) {
            Some(reference) => set.nearest_in(reference).to_vec(),
            None => vec![None; set.len()],
        };
        let pieces = row.pieces.into_iter().zip(nearest);
        shown.push(Row {
            name: row.name,
            kind: row.kind,
            pieces: pieces
                .map(|((name, score), nearest)| Piece {
                    name,
                    takes: vec![Arc::new(score)],
                    original: None,
                    hole: None,
                    nearest,
                })
                .collect(),
            distributions: distributions(&set),
            millis: row.millis,
        });
        watch.at("measuring", at as u64 + 2, of, "rows");
        if stopped(watch) {
            return Err(StudyError::Stopped);
        }
    }
    Ok(Study {
        comparison: Comparison::of("", &metrics, targets, lines),
        rows: shown,
        reference: reference.map(|set| distributions(set)).unwrap_or_default(),
        ..Study::default()
    })
}

/// Pieces a model writes from nothing.
fn write(
    contestant: &Contestant<'_>,
    bars: u32,
    samples: u32,
    watch: &dyn Watch,
) -> Result<Written, StudyError> {
    let model = contestant.model;
    let score = blank(model.card());
    let mask = Mask::of(Region::time(0, score.bars().start(bars), None));
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &contestant.settings,
        constraints: &contestant.constraints,
        device: contestant.device,
    };
    let takes: Vec<u32> = (0..samples).collect();
    let doing = format!("{} writes", contestant.name);
    let (mut list, mut millis) = (Songs::new(), 0u64);
    let done = AtomicU64::new(0);
    let written = filling.takes(
        model,
        &takes,
        |_, _| match stopped(watch) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        },
        |take| {
            millis += u64::from(take.millis);
            let name = format!("take {}", take.recipe.take + 1);
            list.push((name, score.with_take(&mask, &take)));
            let done = done.fetch_add(1, Ordering::AcqRel) + 1;
            watch.at(&doing, done, u64::from(samples), "pieces");
        },
    );
    match written {
        Err(FillError::Cancelled) => Err(StudyError::Stopped),
        Err(e) => Err(StudyError::Cannot(format!("{}: {e}", contestant.name))),
        Ok(()) => Ok(Written {
            millis: Some(millis as f64 / f64::from(samples)),
            ..Written::new(contestant.name.clone(), Kind::Model, list)
        }),
    }
}
