//! `lacuna evaluate --task uncond`: whole pieces, written by models or lying in folders, beside the training songs.

use super::output::{self, Heard};
use super::{Job, failed, pieces};
use crate::cli::sample::{blank, load};
use crate::cli::{CliError, Progress, interrupted};
use crate::dataset::Split;
use crate::dataset::transform::crop::crop;
use crate::evaluation::controls::{self, Marginals};
use crate::evaluation::report::distributions;
use crate::evaluation::{Comparison, Kind, Line, Measuring, Sample, Set};
use crate::model::fill::{FillError, Filling};
use crate::process::generator;
use crate::score::{Mask, Region, Score};
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

/// Bars of a piece unless told otherwise, as in the reference.
const BARS: u32 = 64;
/// Pieces of a row of nonsense; more make no other figure.
const NONSENSE: usize = 100;
/// What the training songs that stand for real music are drawn by, whatever the sampler's seed.
const DRAW: u64 = 0x666c_6f6f;

/// Pieces of one row, by name.
type Pieces = Vec<(String, Score)>;

pub fn run(job: &Job) -> Result<(), CliError> {
    let bars = job.args.bars.unwrap_or(BARS).max(1);
    let mut rows: Vec<(String, Kind, Pieces, Vec<bool>)> = Vec::new();
    let mut notes = Vec::new();
    for (name, folder) in &job.folders {
        let most = if job.args.n_midis == 0 {
            usize::MAX
        } else {
            job.args.n_midis
        };
        let read = pieces::read(folder, job.args.tokenizer_id.as_deref(), most)?;
        let legal = read.iter().map(|p| p.legal).collect();
        let list = read.into_iter().map(|p| (p.name, p.score)).collect();
        rows.push((name.clone(), Kind::Model, list, legal));
    }
    for id in &job.models {
        let list = write(job, id, bars)?;
        let legal = vec![true; list.len()];
        rows.push((id.clone(), Kind::Model, list, legal));
    }
    let mut reference = None;
    if !job.args.no_floors {
        let source = job.source()?;
        notes.extend(job.missing(&*source));
        let mut training = job.songs(&*source, Split::Train, 0)?;
        let test = job.songs(&*source, job.split()?, job.args.n_midis)?;
        if training.len() < 10 || test.is_empty() {
            return Err(failed(format!(
                "{} has {} training songs and {} {} songs; floors need ten and one (--no-floors does without)",
                job.args.dataset_id,
                training.len(),
                test.len(),
                job.args.split
            )));
        }
        let mut rng = generator(DRAW, 0);
        training.shuffle(&mut rng);
        let own = training.split_off(training.len() - (training.len() / 5).min(NONSENSE));
        let mut window = |songs: &Pieces| -> Pieces {
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
        let set = Set::windows(
            windows.into_iter().map(sample),
            training.into_iter().map(sample),
        );
        let marginals = Marginals::of(set.iter());
        let some: Pieces = test.iter().take(NONSENSE).cloned().collect();
        let each = |make: &mut dyn FnMut(&Score) -> Score| -> Pieces {
            some.iter().map(|(id, s)| (id.clone(), make(s))).collect()
        };
        let made = |list: Vec<Score>| -> Pieces {
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
        let mut add = |name: &str, kind, list: Pieces| {
            let legal = vec![true; list.len()];
            rows.push((name.to_string(), kind, list, legal));
        };
        add("training against training", Kind::Floor, own);
        add(
            &format!("{} against training", job.args.split),
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
        reference = Some(set);
    }
    compare(job, bars, rows, reference, notes)
}

/// Measures the rows and writes what there is to write.
fn compare(
    job: &Job,
    bars: u32,
    rows: Vec<(String, Kind, Pieces, Vec<bool>)>,
    reference: Option<Set>,
    notes: Vec<String>,
) -> Result<(), CliError> {
    let stop = interrupted();
    let metrics: Vec<_> = job
        .metrics
        .iter()
        .filter(|m| !m.is_of_holes())
        .copied()
        .collect();
    let measuring = |quick| Measuring {
        metrics: &metrics,
        rounds: job.args.rounds,
        stop: &stop,
        quick,
    };
    let mut progress = Progress::new("measuring", rows.len() as u64 + 1, "rows");
    let targets: BTreeMap<String, f64> = match &reference {
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
    progress.at(1, "");
    let mut lines: Vec<Line> = Vec::new();
    let mut heard = Vec::new();
    heard.extend(reference.as_ref().map(|set| Heard {
        row: "training songs".into(),
        kind: Kind::Floor,
        pieces: Vec::new(),
        nearest: Vec::new(),
        distributions: distributions(set),
    }));
    for (at, (name, kind, list, legal)) in rows.into_iter().enumerate() {
        let sample = |((name, s), legal): (&(String, Score), bool)| Sample {
            valid: legal && s.note_count() > 0,
            ..Sample::of(name.clone(), s)
        };
        let set = Set::of(list.iter().zip(legal).map(sample));
        let quick = matches!(kind, Kind::Nonsense | Kind::Displaced);
        let line = measuring(quick).pieces(name.clone(), kind, &set, reference.as_ref());
        lines.push(line);
        if let Some(reference) = reference
            .as_ref()
            .filter(|_| !quick && wants_copies(&metrics))
        {
            output::copies(&mut heard, &name, &set, reference);
        }
        if kind == Kind::Model && job.args.save_samples {
            output::save(job, &name, &list)?;
        }
        heard.push(Heard {
            row: name.clone(),
            kind,
            pieces: list.into_iter().take(job.args.sounds.max(1)).collect(),
            nearest: Vec::new(),
            distributions: match kind {
                Kind::Model => distributions(&set),
                _ => Vec::new(),
            },
        });
        progress.at(at as u64 + 2, &name);
        if stop.load(Ordering::Acquire) {
            return Err(CliError::Interrupted);
        }
    }
    progress.finish("");
    let mut comparison = Comparison::of(
        format!("Pieces of {bars} bars beside {}", job.args.dataset_id),
        &metrics,
        targets,
        lines,
    );
    comparison.notes = notes;
    output::write(job, "uncond", &comparison, heard)
}

fn wants_copies(metrics: &[&'static crate::evaluation::Metric]) -> bool {
    metrics.iter().any(|m| m.key.starts_with("copied_"))
}

/// Pieces a model writes from nothing.
fn write(job: &Job, id: &str, bars: u32) -> Result<Pieces, CliError> {
    let (model, device) = load(id, job.args.device)?;
    let score = blank(id);
    let mask = Mask::of(Region::time(0, score.bars().start(bars), None));
    let (settings, constraints) = (job.args.sampler.settings(), job.args.sampler.constraints());
    let filling = Filling {
        score: &score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: &device,
    };
    let stop = interrupted();
    let takes: Vec<u32> = (0..job.args.n_samples.max(1) as u32).collect();
    let progress = Mutex::new(Progress::new(
        format!("{id} writes"),
        takes.len() as u64,
        "pieces",
    ));
    let mut list = Pieces::new();
    let written = filling.takes(
        &*model,
        &takes,
        |_, _| match stop.load(Ordering::Acquire) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        },
        |take| {
            list.push((
                format!("take {}", take.recipe.take + 1),
                score.with_take(&mask, &take),
            ));
            let mut progress = progress
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            progress.at(list.len() as u64, "");
        },
    );
    match written {
        Err(FillError::Cancelled) => Err(CliError::Interrupted),
        Err(e) => Err(failed(format!("{id}: {e}"))),
        Ok(()) => Ok(list),
    }
}
