//! Infilling: a hole in every song, written anew by models or taken from folders of filled pieces, beside the original
//! and what needs no model.

use super::{
    Contestant, Holes, Piece, Request, Row, Songs, Study, StudyError, Watch, folder, songs, stopped,
};
use crate::dataset::Split;
use crate::dataset::transform::crop::crop;
use crate::evaluation::copies::Copies;
use crate::evaluation::family::likelihood::brought;
use crate::evaluation::report::distributions;
use crate::evaluation::rows::{CONSTANTS, DRAWN, ORIGINALS, PREVIOUS};
use crate::evaluation::{
    Case, Comparison, Hole, Kind, Line, Measuring, Protocol, Sample, Set, baselines, controls,
    variety,
};
use crate::model::Likelihood;
use crate::model::fill::{FillError, Filling};
use crate::process::generator;
use crate::score::{Score, Take, TakeNote};
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// Take numbers of one round of holes: more holes than an evaluation has.
const HOLES_A_TAKE: u32 = 1 << 16;
/// Training songs that random bars are drawn from.
const SONGS_TO_DRAW_FROM: usize = 200;
/// Holes of a song at most.
const CASES_A_SONG: usize = 8;

/// A hole to be filled.
struct Place<'a> {
    song: u32,
    name: &'a str,
    score: &'a Score,
    case: Case,
}

/// Holes of one row in one region.
#[derive(Default)]
struct Filled {
    holes: Vec<Hole>,
    /// Milliseconds of all takes.
    millis: u64,
}

/// Conducts it.
pub(super) fn run(
    request: &Request,
    asked: &Holes,
    contestants: &[Contestant<'_>],
    watch: &dyn Watch,
) -> Result<Study, StudyError> {
    check(asked)?;
    let mut notes = Vec::new();
    let training = match request.floors {
        false => Songs::new(),
        true => {
            let source = songs::source(request)?;
            notes.extend(songs::remarks(request, &*source));
            songs::of_split(request, &*source, Split::Train, 0, watch)?
        }
    };
    let judged = songs::judged(request, watch)?;
    let copies = Copies::of(training.iter().map(|(_, s)| s));
    let mut folders = Vec::new();
    for (name, path) in &request.folders {
        let read = folder::read(path, request.tokenizer.as_deref(), usize::MAX, watch)?;
        folders.push((name, read));
    }
    let mut study = Study::default();
    let mut pooled: Vec<(String, Kind, Filled)> = Vec::new();
    for region in &asked.regions {
        let places = places(request, asked, &judged, region);
        if places.is_empty() {
            return Err(StudyError::Cannot(format!(
                "no song is long enough for a window of {} bars with notes in bars {} to {}",
                asked.window, region.start, region.end
            )));
        }
        let mut rows = Vec::new();
        for c in contestants {
            let filled = fill(asked, c, &places, &copies, watch)?;
            rows.push((c.name.clone(), Kind::Model, filled));
        }
        for (name, read) in &folders {
            let filled = filled_already(&places, read, &copies)?;
            rows.push(((*name).clone(), Kind::Model, filled));
        }
        if request.floors {
            rows.extend(floors(request, asked, &places, &training, &copies));
        }
        if asked.regions.len() > 1 {
            let regions = std::slice::from_ref(region);
            let comparison = compare(request, asked, regions, &rows, &notes, watch)?;
            study.regions.push((region.clone(), comparison));
        }
        match pooled.is_empty() {
            true => pooled = rows,
            false => {
                for (all, (_, _, some)) in pooled.iter_mut().zip(rows) {
                    all.2.holes.extend(some.holes);
                    all.2.millis += some.millis;
                }
            }
        }
    }
    study.comparison = compare(request, asked, &asked.regions, &pooled, &notes, watch)?;
    study.rows = pooled.iter().map(row).collect();
    study.reference = study
        .rows
        .iter()
        .find(|r| r.name == ORIGINALS)
        .map(|r| r.distributions.clone())
        .unwrap_or_default();
    if request.floors {
        let samples = training.iter().map(|(id, s)| Sample::of(id.clone(), s));
        study.training = Some(Arc::new(Set::of(samples)));
        study.songs = training
            .into_iter()
            .map(|(id, s)| (id, Arc::new(s)))
            .collect();
    }
    Ok(study)
}

/// What is to be seen and heard of a row: hole by hole, the takes of one together.
fn row((name, kind, filled): &(String, Kind, Filled)) -> Row {
    let inside = |h: &Hole| Sample::of(h.name.clone(), &crop(&h.new_window, h.bars.clone()));
    let inside: Vec<Sample> = filled.holes.iter().map(inside).collect();
    let takes = filled.holes.chunk_by(|a, b| a.name == b.name);
    let pieces = takes.filter_map(|takes| {
        let first = takes.first()?;
        Some(Piece {
            name: first.name.clone(),
            takes: takes
                .iter()
                .map(|h| Arc::new(h.new_window.clone()))
                .collect(),
            original: Some(Arc::new(first.window.clone())),
            hole: Some(first.bars.clone()),
            nearest: None,
        })
    });
    let count = filled.holes.len().max(1) as f64;
    Row {
        name: name.clone(),
        kind: *kind,
        pieces: pieces.collect(),
        distributions: distributions(&inside),
        millis: (filled.millis > 0).then(|| filled.millis as f64 / count),
    }
}

fn check(asked: &Holes) -> Result<(), StudyError> {
    match asked
        .regions
        .iter()
        .find(|r| r.start >= r.end || r.end > asked.window)
    {
        None => Ok(()),
        Some(r) => Err(StudyError::Cannot(format!(
            "bars {} to {} are no hole in a window of {} bars; choose others, or more --bars",
            r.start, r.end, asked.window
        ))),
    }
}

fn places<'a>(
    request: &Request,
    asked: &Holes,
    songs: &'a [(String, Score)],
    region: &Range<u32>,
) -> Vec<Place<'a>> {
    let protocol = Protocol {
        window: asked.window,
        hole: region.clone(),
    };
    let first = match (&request.input, request.folders.is_empty()) {
        // Pieces of a folder are looked at from their beginning, so that those filled elsewhere fit.
        (Some(_), _) | (_, false) => 0,
        _ => asked.first_bar,
    };
    let mut places = Vec::new();
    for (i, (name, score)) in songs.iter().enumerate() {
        let mut cases: Vec<Case> = match asked.stride {
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
    asked: &Holes,
    contestant: &Contestant<'_>,
    places: &[Place<'_>],
    copies: &Copies,
    watch: &dyn Watch,
) -> Result<Filled, StudyError> {
    let (model, takes) = (contestant.model, asked.takes.max(1));
    let write = |place: &Place<'_>| {
        let mask = place.case.mask(place.score);
        let filling = Filling {
            score: place.score,
            mask: &mask,
            settings: &contestant.settings,
            constraints: &contestant.constraints,
            device: contestant.device,
        };
        let one = |take| {
            // The first takes are numbered by their songs, whatever the number of takes.
            filling.take(model, take * HOLES_A_TAKE + place.song, |_| {
                match stopped(watch) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
        };
        let written: Result<Vec<Take>, FillError> = (0..takes).map(one).collect();
        let told = match asked.stages {
            0 => Likelihood::default(),
            stages => model.likelihood(place.score, &mask, stages, u64::from(place.song)),
        };
        written.map(|takes| (takes, told))
    };
    let doing = format!("{} fills", contestant.name);
    let (mut filled, mut done) = (Filled::default(), 0);
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
                Err(FillError::Cancelled) => return Err(StudyError::Stopped),
                Err(e) => return Err(StudyError::Cannot(format!("{}: {e}", contestant.name))),
                Ok(written) => written,
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
                filled.millis += u64::from(take.millis);
            }
            done += 1;
            watch.at(&doing, done, places.len() as u64, "holes");
        }
    }
    watch.say(&format!(
        "{}: {} holes, {:.0} ms a take on {}",
        contestant.name,
        places.len(),
        filled.millis as f64 / filled.holes.len().max(1) as f64,
        contestant.device
    ));
    Ok(filled)
}

/// Pieces that someone else has filled: each is found by the name of the song, and what lies in its hole counts.
fn filled_already(
    places: &[Place<'_>],
    read: &[folder::Piece],
    copies: &Copies,
) -> Result<Filled, StudyError> {
    let mut filled = Filled::default();
    for place in places {
        let Some(piece) = read.iter().find(|p| p.name == place.name) else {
            continue;
        };
        let written = notes_in(place, &piece.score);
        filled.holes.push(place.hole(&written, copies));
    }
    match filled.holes.is_empty() {
        true => Err(StudyError::Cannot(
            "no filled piece has the name of a song; name the folder of the originals with --input-midi-dir".into(),
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
    request: &Request,
    asked: &Holes,
    places: &[Place<'_>],
    training: &[(String, Score)],
    copies: &Copies,
) -> Vec<(String, Kind, Filled)> {
    let some: Vec<Score> = training
        .iter()
        .take(SONGS_TO_DRAW_FROM)
        .map(|(_, s)| s.clone())
        .collect();
    let mut rng = generator(request.seed, u64::MAX);
    let names = [
        (ORIGINALS, Kind::Floor),
        (PREVIOUS, Kind::Floor),
        ("bars of a random training song", Kind::Displaced),
        (CONSTANTS, Kind::Nonsense),
        (DRAWN, Kind::Nonsense),
    ];
    let mut rows: Vec<(String, Kind, Filled)> = names
        .map(|(name, kind)| (name.to_string(), kind, Filled::default()))
        .into();
    for place in places {
        let (mask, hole) = (place.case.mask(place.score), place.case.hole.clone());
        let alike = variety::stretches(&place.case, place.score, asked.takes.max(1) as usize);
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
            row.2.holes.push(hole);
        }
    }
    rows
}

fn compare(
    request: &Request,
    asked: &Holes,
    regions: &[Range<u32>],
    rows: &[(String, Kind, Filled)],
    notes: &[String],
    watch: &dyn Watch,
) -> Result<Comparison, StudyError> {
    let metrics: Vec<_> = request
        .metrics
        .iter()
        .filter(|m| m.is_of_holes())
        .copied()
        .collect();
    let measuring = Measuring {
        metrics: &metrics,
        rounds: request.rounds,
        stop: watch.stop(),
        quick: false,
    };
    let mut lines: Vec<Line> = Vec::new();
    for (name, kind, filled) in rows {
        lines.push(measuring.holes(name.clone(), *kind, &filled.holes));
        watch.at("measuring", lines.len() as u64, rows.len() as u64, "rows");
    }
    if stopped(watch) {
        return Err(StudyError::Stopped);
    }
    let originals = lines.iter().find(|l| l.name == ORIGINALS);
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
        .map(|r| format!("{} to {}", r.start + 1, r.end))
        .collect();
    let mut comparison = Comparison::of(
        format!(
            "Bars {} of a window of {} masked on all tracks{}",
            bars.join(" and "),
            asked.window,
            if request.merge_tracks {
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
