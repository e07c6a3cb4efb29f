//! `lacuna evaluate-chorale`: how good a chorale model is on chorales it never saw, beside Bach and what knows nothing.

use super::sample::{SamplerArgs, load_chorale};
use super::{CliError, Progress, interrupted};
use crate::dataset::{self, Split};
use crate::device;
use crate::evaluation::counterpoint::Counterpoint;
use crate::evaluation::framewise::{FrameScore, Framewise, Holding};
use crate::evaluation::table::ROUNDS;
use crate::evaluation::{Row, Table, mean_interval};
use crate::model::chorale::ChoraleModel;
use crate::model::fill::Filling;
use crate::process::frames::sampler::FrameDenoiser;
use crate::process::generator;
use crate::score::{Mask, Region, Score};
use crate::tokenizer::grid::frames::{Frame, Place, VOICES, of_score, places};
use clap::Args;
use rand::Rng;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Measure a chorale model: framewise likelihood, and four-voice writing
///
/// The likelihood follows the framewise protocol of Coconet (arXiv 1903.07227). Then the soprano of each chorale is
/// harmonised, and parallels, ranges and clashes are counted beside Bach's own.
#[derive(Debug, Args)]
pub struct EvaluateChoraleArgs {
    /// Id of the model
    #[arg(long, default_value = "chorale")]
    pub model: String,
    /// Which data set of four voices
    #[arg(long, default_value = "jsb")]
    pub dataset_id: String,
    /// Folder that holds it [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// Songs of which split: validation (to choose settings) or test
    #[arg(long, default_value = "test")]
    pub split: String,
    /// At most so many songs; 0 means all
    #[arg(long, default_value_t = 0)]
    pub n_midis: usize,
    /// Judge one frame in so many by its likelihood; 1 judges all, 0 none
    #[arg(long, default_value_t = 16)]
    pub every: usize,
    /// Random orders the likelihood is averaged over
    #[arg(long, default_value_t = 5)]
    pub orders: usize,
    /// Also take the likelihood with frames in the order in which they sound
    #[arg(long)]
    pub chronological: bool,
    /// Harmonise no soprano
    #[arg(long)]
    pub likelihood_only: bool,
    /// Harmonise with the model left to itself: parallel fifths and octaves are not held back
    #[arg(long)]
    pub without_rules: bool,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    #[command(flatten)]
    pub sampler: SamplerArgs,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// A song that is judged.
struct Song {
    score: Score,
    frames: Vec<Frame>,
    places: Vec<Place>,
}

impl Song {
    fn of(score: Score) -> Song {
        let frames = of_score(&score);
        Song {
            places: places(&score.bars(), score.ppq, frames.len(), score.end()),
            score,
            frames,
        }
    }
}

/// A row of the likelihoods of all judged frames.
fn likelihoods(
    name: &str,
    denoiser: &mut dyn FrameDenoiser,
    protocol: &Framewise,
    songs: &[Song],
    stop: &AtomicBool,
) -> Result<Row, CliError> {
    let mut bar = Progress::new("likelihood", songs.len() as u64, "songs");
    let mut all: Vec<FrameScore> = Vec::new();
    for (i, song) in songs.iter().enumerate() {
        // The same frames and orders for every row.
        let mut rng = generator(1903, i as u64);
        let scores = protocol.score(denoiser, &song.frames, &song.places, &mut rng);
        all.extend(scores.into_iter().map(|(_, score)| score));
        if stop.load(Ordering::Acquire) {
            return Err(CliError::Interrupted);
        }
        bar.at(i as u64 + 1, name);
    }
    bar.finish(&format!("{name}: {} frames", all.len()));
    let figure = |of: fn(&FrameScore) -> f64| {
        mean_interval(&all.iter().map(of).collect::<Vec<_>>(), ROUNDS, 0)
    };
    let metrics = [
        ("a: own, mean probability", figure(|s| s.own_ensemble)),
        ("b: own, mean nats", figure(|s| s.own)),
        ("c: chain, mean probability", figure(|s| s.chain_ensemble)),
        ("d: chain, mean nats", figure(|s| s.chain)),
    ];
    Ok(Row {
        name: name.into(),
        metrics: metrics
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_string(), value?)))
            .collect(),
    })
}

/// The piece with its three lower voices written anew.
fn harmonised(
    model: &ChoraleModel,
    song: &Song,
    args: &EvaluateChoraleArgs,
    index: u32,
    stop: &AtomicBool,
) -> Result<Score, CliError> {
    let lower = song.score.tracks.iter().skip(1).map(|t| t.id).collect();
    let mask = Mask::of(Region::time(0, song.score.end(), Some(lower)));
    let (settings, constraints) = (args.sampler.settings(), args.sampler.constraints());
    let filling = Filling {
        score: &song.score,
        mask: &mask,
        settings: &settings,
        constraints: &constraints,
        device: "",
    };
    let take = filling.take(model, index, |_| match stop.load(Ordering::Acquire) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    if stop.load(Ordering::Acquire) {
        return Err(CliError::Interrupted);
    }
    Ok(song.score.with_take(&mask, &take.map_err(failed)?))
}

/// A row of counts: figures over all pieces together, intervals over pieces.
fn counts(name: &str, pieces: &[Counterpoint]) -> Row {
    let mut all = Counterpoint::default();
    pieces.iter().for_each(|p| all.add(p));
    let mut metrics = BTreeMap::new();
    for (i, figure) in Counterpoint::NAMES.iter().enumerate() {
        let values: Vec<f64> = pieces.iter().filter_map(|p| p.values()[i]).collect();
        if let (Some(mut interval), Some(mean)) =
            (mean_interval(&values, ROUNDS, i as u64), all.values()[i])
        {
            interval.mean = mean;
            metrics.insert((*figure).to_string(), interval);
        }
    }
    Row {
        name: name.into(),
        metrics,
    }
}

/// The soprano of one song over the lower voices of another.
fn over_another(song: &Song, other: &Song) -> Vec<Frame> {
    let n = other.frames.len().max(1);
    let frames = song.frames.iter().enumerate();
    frames
        .map(|(i, frame)| {
            let mut mixed = other.frames.get(i % n).copied().unwrap_or(*frame);
            mixed[0] = frame[0];
            mixed
        })
        .collect()
}

/// Runs the subcommand.
pub fn run(args: EvaluateChoraleArgs) -> Result<(), CliError> {
    let split = match args.split.as_str() {
        "test" => Split::Test,
        "validation" => Split::Validation,
        other => {
            return Err(failed(format!(
                "--split {other}: evaluate on validation or test; scores on training songs mean nothing"
            )));
        }
    };
    let source = dataset::open(&args.dataset_id, args.root_dir.as_deref()).map_err(failed)?;
    let load_songs = |split: Split, most: usize| -> Result<Vec<Song>, CliError> {
        let refs = source.songs_of(split).map_err(failed)?;
        let most = if most == 0 { refs.len() } else { most };
        let loaded = refs.iter().filter_map(|r| source.load(r).ok());
        let songs = loaded.map(|s| Song::of(s.score));
        Ok(songs.filter(|s| !s.frames.is_empty()).take(most).collect())
    };
    let (songs, training) = (
        load_songs(split, args.n_midis)?,
        load_songs(Split::Train, 0)?,
    );
    if songs.is_empty() || training.is_empty() {
        return Err(failed("there are no songs of four voices in this data set"));
    }
    let mut model = load_chorale(&args.model, args.device)?;
    if args.without_rules {
        model = model.without_rules();
    }
    let stop = interrupted();
    if args.every > 0 {
        for chronological in [false, true] {
            if chronological && !args.chronological {
                continue;
            }
            let protocol = Framewise {
                window: model.window(),
                every: args.every,
                orders: args.orders,
                chronological,
            };
            let mut holding = Holding::of(training.iter().map(|s| &s.frames[..]));
            let rows = vec![
                likelihoods(
                    "the nearest known frame held",
                    &mut holding,
                    &protocol,
                    &songs,
                    &stop,
                )?,
                likelihoods(&args.model, &mut model.denoiser(), &protocol, &songs, &stop)?,
            ];
            let table = Table {
                title: format!(
                    "Nats a frame (16th, {VOICES} voices), {} {} songs, one frame in {}, {} orders, frames {}; \
                     a is the protocol of Coconet's released evaluator, which the paper reports as {} (sixteenths)",
                    songs.len(),
                    split.name(),
                    args.every,
                    args.orders,
                    if chronological {
                        "as they sound"
                    } else {
                        "in random order"
                    },
                    if chronological { "2.22" } else { "0.57" },
                ),
                rows,
            };
            print!("{}", table.to_text());
        }
    }
    if args.likelihood_only {
        return Ok(());
    }
    let mut bar = Progress::new("harmonising", songs.len() as u64, "songs");
    let mut rng = generator(args.sampler.seed, u64::MAX);
    let (mut bach, mut mixed, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    let mut agree = (0usize, 0usize);
    for (i, song) in songs.iter().enumerate() {
        let other = &training[rng.random_range(0..training.len())];
        let written = of_score(&harmonised(&model, song, &args, i as u32, &stop)?);
        bach.push(Counterpoint::of(&song.frames));
        mixed.push(Counterpoint::of(&over_another(song, other)));
        ours.push(Counterpoint::of(&written));
        for (a, b) in song.frames.iter().zip(&written) {
            agree.0 += (1..VOICES).filter(|&v| a[v] == b[v]).count();
            agree.1 += VOICES - 1;
        }
        bar.at(i as u64 + 1, "");
    }
    bar.finish(&format!(
        "{} sopranos; {:.1} % of the cells of the lower voices are Bach's",
        songs.len(),
        100.0 * agree.0 as f64 / agree.1.max(1) as f64
    ));
    let table = Table {
        title: format!(
            "Harmonised sopranos of {} {} songs; parallels of 100 changes of chord, shares of the rest",
            songs.len(),
            split.name()
        ),
        rows: vec![
            counts("Bach", &bach),
            counts("lower voices of a random training song", &mixed),
            counts(
                &match args.without_rules {
                    true => format!("{} without rules", args.model),
                    false => args.model.clone(),
                },
                &ours,
            ),
        ],
    };
    print!("{}", table.to_text());
    Ok(())
}
