//! `lacuna evaluate --task infill`: a hole in every song, written anew by models or taken from folders of filled pieces,
//! beside the original and what needs no model.

use super::output::{self, Heard};
use super::{Job, failed, pieces};
use crate::cli::sample::load;
use crate::cli::{CliError, Progress, interrupted};
use crate::dataset::Split;
use crate::evaluation::copies::Copies;
use crate::evaluation::family::likelihood::brought;
use crate::evaluation::{
    Case, Comparison, Hole, Kind, Line, Measuring, Protocol, baselines, controls, variety,
};
use crate::model::fill::{FillError, Filling};
use crate::model::{Likelihood, Model};
use crate::process::generator;
use crate::score::{Score, Take, TakeNote};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::Ordering;

/// Take numbers of one round of holes: more holes than an evaluation has.
const HOLES_A_TAKE: u32 = 1 << 16;
/// Training songs that random bars are drawn from.
const SONGS_TO_DRAW_FROM: usize = 200;
/// Holes of a song at most.
const CASES_A_SONG: usize = 8;
/// Bars of the window unless told otherwise.
const WINDOW: u32 = 16;

/// A hole to be filled.
struct Place<'a> {
    song: u32,
    name: &'a str,
    score: &'a Score,
    case: Case,
}

/// Holes of one row in one region, and one filled piece to be heard of each.
#[derive(Default)]
struct Filled {
    holes: Vec<Hole>,
    heard: Vec<(String, Score)>,
}

pub fn run(job: &Job) -> Result<(), CliError> {
    let mut notes = Vec::new();
    let (songs, training) = songs(job, &mut notes)?;
    let copies = Copies::of(training.iter().map(|(_, s)| s));
    let regions = regions(job)?;
    let models: Vec<(Box<dyn Model>, String)> = job
        .models
        .iter()
        .map(|id| load(id, job.args.device))
        .collect::<Result<_, _>>()?;
    let mut pooled: Vec<(String, Kind, Filled)> = Vec::new();
    for (at, region) in regions.iter().enumerate() {
        let places = places(job, &songs, region);
        if places.is_empty() {
            return Err(failed(format!(
                "no song is long enough for a window of {} bars with notes in bars {} to {}",
                window(job),
                region.start,
                region.end
            )));
        }
        let mut rows = Vec::new();
        for ((model, device), id) in models.iter().zip(&job.models) {
            rows.push((
                label(job, id),
                Kind::Model,
                fill(job, id, &**model, device, &places, &copies)?,
            ));
        }
        for (name, folder) in &job.folders {
            let read = pieces::read(folder, job.args.tokenizer_id.as_deref(), usize::MAX)?;
            rows.push((
                name.clone(),
                Kind::Model,
                filled_already(&places, &read, &copies)?,
            ));
        }
        if !job.args.no_floors {
            rows.extend(floors(job, &places, &training, &copies));
        }
        if regions.len() > 1 {
            let task = format!("infill_region{}_{}-{}", at + 1, region.start, region.end);
            let comparison = compare(job, std::slice::from_ref(region), &rows, &notes)?;
            output::write(job, &task, &comparison, Vec::new())?;
        }
        match pooled.is_empty() {
            true => pooled = rows,
            false => {
                for (all, (_, _, some)) in pooled.iter_mut().zip(rows) {
                    all.2.holes.extend(some.holes);
                    all.2.heard.extend(some.heard);
                }
            }
        }
    }
    let comparison = compare(job, &regions, &pooled, &notes)?;
    if job.args.save_samples {
        for (name, _, filled) in pooled.iter().filter(|(_, kind, _)| *kind == Kind::Model) {
            output::save(job, name, &filled.heard)?;
        }
    }
    let heard = pooled.into_iter().map(|(row, kind, filled)| Heard {
        row,
        kind,
        pieces: filled
            .heard
            .into_iter()
            .take(job.args.sounds.max(1))
            .collect(),
        nearest: Vec::new(),
        distributions: Vec::new(),
    });
    output::write(job, "infill", &comparison, heard.collect())
}

fn window(job: &Job) -> u32 {
    job.args.bars.unwrap_or(WINDOW)
}

/// The songs that are filled, and those trained on (none without floors).
type Songs = Vec<(String, Score)>;

fn songs(job: &Job, notes: &mut Vec<String>) -> Result<(Songs, Songs), CliError> {
    let training = match job.args.no_floors {
        true => Vec::new(),
        false => {
            let source = job.source()?;
            notes.extend(job.missing(&*source));
            job.songs(&*source, Split::Train, 0)?
        }
    };
    let songs = match &job.args.input_midi_dir {
        Some(folder) => {
            let most = if job.args.n_midis == 0 {
                usize::MAX
            } else {
                job.args.n_midis
            };
            let read = pieces::read(folder, None, most)?;
            read.into_iter().map(|p| (p.name, p.score)).collect()
        }
        None => job.songs(&*job.source()?, job.split()?, job.args.n_midis)?,
    };
    Ok((songs, training))
}

fn regions(job: &Job) -> Result<Vec<Range<u32>>, CliError> {
    let args = &job.args;
    let second = args.mask2_start_bar.zip(args.mask2_end_bar);
    let regions: Vec<Range<u32>> = [(args.mask_start_bar, args.mask_end_bar)]
        .into_iter()
        .chain(second)
        .map(|(a, b)| a..b)
        .collect();
    for r in &regions {
        if r.start >= r.end || r.end > window(job) {
            return Err(failed(format!(
                "bars {} to {} are no hole in a window of {} bars; choose others, or more --bars",
                r.start,
                r.end,
                window(job)
            )));
        }
    }
    Ok(regions)
}

fn places<'a>(job: &Job, songs: &'a [(String, Score)], region: &Range<u32>) -> Vec<Place<'a>> {
    let protocol = Protocol {
        window: window(job),
        hole: region.clone(),
    };
    let first = match (&job.args.input_midi_dir, job.folders.is_empty()) {
        // Pieces of a folder are looked at from their beginning, so that those filled elsewhere fit.
        (Some(_), _) | (_, false) => 0,
        _ => job.args.first_bar,
    };
    let mut places = Vec::new();
    for (i, (name, score)) in songs.iter().enumerate() {
        let mut cases: Vec<Case> = match job.args.stride {
            0 => protocol
                .case(score, first)
                .or_else(|| protocol.case(score, 0))
                .into_iter()
                .collect(),
            stride => protocol.cases(score, first, stride),
        };
        cases.truncate(CASES_A_SONG);
        places.extend(cases.into_iter().map(|case| Place {
            song: i as u32,
            name,
            score,
            case,
        }));
    }
    places
}

fn label(job: &Job, id: &str) -> String {
    let (settings, constraints) = (job.args.sampler.settings(), job.args.sampler.constraints());
    format!(
        "{id} ({} steps, T {}, top-p {}{})",
        settings.steps,
        settings.temperature,
        settings.top_p,
        match constraints.in_key {
            0.0 => String::new(),
            nats => format!(", in key {nats}"),
        }
    )
}

impl Place<'_> {
    fn hole(&self, written: &[TakeNote], copies: &Copies) -> Hole {
        let name = format!("{}, bar {}", self.name, self.case.hole.start);
        let mut hole = Hole::of(name, self.score, &self.case, written);
        let copied = copies.in_hole(self.score, &self.case, written);
        hole.brought.insert("copied_bars", copied.texture as f64);
        hole.brought
            .insert("copied_bars_of_a_track", copied.line as f64);
        hole
    }
}

/// Fills every hole, as many times as there are takes.
fn fill(
    job: &Job,
    id: &str,
    model: &dyn Model,
    device: &str,
    places: &[Place<'_>],
    copies: &Copies,
) -> Result<Filled, CliError> {
    let (settings, constraints) = (job.args.sampler.settings(), job.args.sampler.constraints());
    let (stop, takes) = (interrupted(), job.args.takes.max(1));
    let write = |place: &Place<'_>| {
        let mask = place.case.mask(place.score);
        let filling = Filling {
            score: place.score,
            mask: &mask,
            settings: &settings,
            constraints: &constraints,
            device,
        };
        let one = |take| {
            // The first takes are numbered by their songs, whatever the number of takes.
            filling.take(model, take * HOLES_A_TAKE + place.song, |_| {
                match stop.load(Ordering::Acquire) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
        };
        let written: Result<Vec<Take>, FillError> = (0..takes).map(one).collect();
        let told = match job.args.stages {
            0 => Likelihood::default(),
            stages => model.likelihood(place.score, &mask, stages, u64::from(place.song)),
        };
        written.map(|takes| (takes, told))
    };
    let mut bar = Progress::new(format!("{id} fills"), places.len() as u64, "holes");
    let (mut filled, mut millis, mut done) = (Filled::default(), 0u64, 0);
    for group in places.chunks(model.takes_at_a_time()) {
        let written: Vec<_> = std::thread::scope(|scope| {
            let write = &write;
            let threads: Vec<_> = group
                .iter()
                .map(|p| scope.spawn(move || write(p)))
                .collect();
            let join = threads
                .into_iter()
                .map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
            join.collect()
        });
        for (written, place) in written.into_iter().zip(group) {
            let (takes, told) = match written {
                Err(FillError::Cancelled) => return Err(CliError::Interrupted),
                other => other.map_err(failed)?,
            };
            let on_grid: Vec<_> = takes
                .iter()
                .map(|t| place.case.written(place.score, &t.notes))
                .collect();
            let variety = variety::variety(&on_grid);
            for take in &takes {
                let mut hole = place.hole(&take.notes, copies);
                hole.brought.extend(variety.map(|v| ("variety", v)));
                hole.brought.extend(brought(&told));
                filled.holes.push(hole);
                millis += u64::from(take.millis);
            }
            if let Some(hole) = filled.holes.last() {
                filled
                    .heard
                    .push((place.name.to_string(), hole.new_window.clone()));
            }
            done += 1;
            bar.at(done, "");
        }
    }
    bar.finish(&format!(
        "{id}: {} holes, {:.0} ms a take on {device}",
        places.len(),
        millis as f64 / filled.holes.len().max(1) as f64
    ));
    Ok(filled)
}

/// Pieces that someone else has filled: each is found by the name of the song, and what lies in its hole counts.
fn filled_already(
    places: &[Place<'_>],
    read: &[pieces::Piece],
    copies: &Copies,
) -> Result<Filled, CliError> {
    let mut filled = Filled::default();
    for place in places {
        let Some(piece) = read.iter().find(|p| p.name == place.name) else {
            continue;
        };
        let written = notes_in(place, &piece.score);
        let hole = place.hole(&written, copies);
        filled
            .heard
            .push((place.name.to_string(), hole.new_window.clone()));
        filled.holes.push(hole);
    }
    match filled.holes.is_empty() {
        true => Err(failed(
            "no filled piece has the name of a song; name the folder of the originals with --input-midi-dir",
        )),
        false => Ok(filled),
    }
}

/// The notes of a filled piece in the hole, on the song's tracks and ticks, track by track in order.
fn notes_in(place: &Place<'_>, piece: &Score) -> Vec<TakeNote> {
    let lines = place.score.bars();
    let hole = lines.start(place.case.hole.start)..lines.start(place.case.hole.end);
    let scale =
        |t: u32| (u64::from(t) * u64::from(place.score.ppq) / u64::from(piece.ppq.max(1))) as u32;
    let tracks = place.score.tracks.iter().zip(&piece.tracks);
    tracks
        .flat_map(|(own, theirs)| {
            theirs.notes.iter().map(|n| TakeNote {
                track: own.id,
                start: scale(n.start),
                length: scale(n.length).max(1),
                pitch: n.pitch,
                velocity: n.velocity,
                confidence: 1.0,
                replaces: None,
            })
        })
        .filter(|n| hole.contains(&n.start))
        .collect()
}

/// The rows beside the models.
fn floors(
    job: &Job,
    places: &[Place<'_>],
    training: &[(String, Score)],
    copies: &Copies,
) -> Vec<(String, Kind, Filled)> {
    let some: Vec<Score> = training
        .iter()
        .take(SONGS_TO_DRAW_FROM)
        .map(|(_, s)| s.clone())
        .collect();
    let mut rng = generator(job.args.sampler.seed, u64::MAX);
    let names = [
        ("originals", Kind::Floor),
        ("previous bars repeated", Kind::Floor),
        ("bars of a random training song", Kind::Displaced),
        ("constants", Kind::Nonsense),
        (
            "adversary: notes of the context drawn one by one",
            Kind::Nonsense,
        ),
    ];
    let mut rows: Vec<(String, Kind, Filled)> = names
        .map(|(name, kind)| (name.to_string(), kind, Filled::default()))
        .into();
    for place in places {
        let (mask, hole) = (place.case.mask(place.score), place.case.hole.clone());
        let alike = variety::stretches(&place.case, place.score, job.args.takes.max(1) as usize);
        let answers = [
            baselines::originals(place.score, &mask),
            baselines::previous_bars(place.score, &mask, hole.clone()),
            baselines::random_bars(&mut rng, &some, place.score, &mask, hole),
            controls::constant_hole(place.score, &place.case),
            controls::independent_hole(place.score, &place.case, &mut rng),
        ];
        for (at, (row, written)) in rows.iter_mut().zip(answers).enumerate() {
            let mut hole = place.hole(&written, copies);
            if at == 0 {
                hole.brought
                    .extend(variety::variety(&alike).map(|v| ("variety", v)));
            }
            row.2
                .heard
                .push((place.name.to_string(), hole.new_window.clone()));
            row.2.holes.push(hole);
        }
    }
    rows
}

fn compare(
    job: &Job,
    regions: &[Range<u32>],
    rows: &[(String, Kind, Filled)],
    notes: &[String],
) -> Result<Comparison, CliError> {
    let stop = interrupted();
    let metrics: Vec<_> = job
        .metrics
        .iter()
        .filter(|m| m.is_of_holes())
        .copied()
        .collect();
    let measuring = Measuring {
        metrics: &metrics,
        rounds: job.args.rounds,
        stop: &stop,
        quick: false,
    };
    let lines: Vec<Line> = rows
        .iter()
        .map(|(name, kind, filled)| measuring.holes(name.clone(), *kind, &filled.holes))
        .collect();
    if stop.load(Ordering::Acquire) {
        return Err(CliError::Interrupted);
    }
    let originals = lines.iter().find(|l| l.name == "originals");
    let targets: BTreeMap<String, f64> = originals
        .map(|l| {
            l.figures
                .iter()
                .map(|(k, f)| (k.clone(), f.interval.mean))
                .collect()
        })
        .unwrap_or_default();
    let bars: Vec<String> = regions
        .iter()
        .map(|r| format!("{}..{}", r.start, r.end))
        .collect();
    let mut comparison = Comparison::of(
        format!(
            "Bars {} of {} masked on all tracks{}",
            bars.join(" and "),
            window(job),
            if job.args.merge_tracks {
                ", which are one"
            } else {
                ""
            }
        ),
        &metrics,
        targets,
        lines,
    );
    comparison.notes = notes.to_vec();
    Ok(comparison)
}
