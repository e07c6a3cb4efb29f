//! `lacuna evaluate`: how good a model's fills are on songs it never saw, beside the originals and
//! baselines that know nothing.

use super::sample::{SamplerArgs, Task, load};
use super::{CliError, Progress, interrupted};
use crate::dataset::transform::merge::merge;
use crate::dataset::{self, Split};
use crate::device;

use crate::evaluation::copies::Copies;
use crate::evaluation::{Case, HoleMetrics, Protocol, Row, Table, baselines, variety};
use crate::model::fill::{FillError, Filling};
use crate::process::generator;
use crate::score::{Score, Take, TakeNote};
use clap::Args;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Measure a model on held-out songs.
///
/// From every song, one window (or more) is taken and a hole in its middle is written anew; the table sets
/// the model beside the originals, the previous bars repeated, and bars of a random training song.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[arg(long, value_enum, default_value = "infill")]
    pub task: Task,
    /// Id of the model
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// Which data set (pop909 or jsb)
    #[arg(long, default_value = "pop909")]
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
    /// Bars of the window the hole lies in
    #[arg(long, default_value_t = 16)]
    pub bars: u32,
    /// First bar of the hole within the window
    #[arg(long, default_value_t = 6)]
    pub mask_start_bar: u32,
    /// Bar after the last of the hole within the window
    #[arg(long, default_value_t = 10)]
    pub mask_end_bar: u32,
    /// Bar of the song at which the first window starts
    #[arg(long, default_value_t = 14)]
    pub first_bar: u32,
    /// Windows of a song start this many bars apart; 0 takes one a song
    #[arg(long, default_value_t = 0)]
    pub stride: u32,
    /// Takes of every hole; variety needs two or more
    #[arg(long, default_value_t = 1)]
    pub takes: u32,
    /// Stages of the estimate of nats per note, for models that have one; 0 leaves it out
    #[arg(long, default_value_t = 16)]
    pub stages: usize,
    /// Put all pitched tracks of a song on one, for models that know no tracks (piano-roll)
    #[arg(long)]
    pub merge_tracks: bool,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
    #[command(flatten)]
    pub sampler: SamplerArgs,
    /// Folder for metrics_infill.json and metrics_infill.md
    #[arg(long)]
    pub output_dir: Option<PathBuf>,
}

/// Take numbers of one round of holes: more holes than an evaluation has.
const HOLES_A_TAKE: u32 = 1 << 16;
/// Training songs that random bars are drawn from.
const SONGS_TO_DRAW_FROM: usize = 200;

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: EvaluateArgs) -> Result<(), CliError> {
    if args.task == Task::Uncond {
        return Err(failed(
            "unconditional evaluation is not there yet; --task infill is",
        ));
    }
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
    let load_songs = |split: Split, most: usize| -> Result<Vec<Score>, CliError> {
        let refs = source.songs_of(split).map_err(failed)?;
        let most = if most == 0 { refs.len() } else { most };
        // A song the source refuses (no usable beats) is no test of the model.
        Ok(refs
            .iter()
            .filter_map(|r| source.load(r).ok())
            .map(|s| match args.merge_tracks {
                true => merge(&s.score),
                false => s.score,
            })
            .take(most)
            .collect())
    };
    let songs = load_songs(split, args.n_midis)?;
    let training = load_songs(Split::Train, 0)?;
    let copies = Copies::of(&training);
    let protocol = Protocol {
        window: args.bars,
        hole: args.mask_start_bar..args.mask_end_bar,
    };
    let (model, device) = load(&args.model, args.device)?;
    let (settings, constraints) = (args.sampler.settings(), args.sampler.constraints());
    let mut rows: [(String, Vec<HoleMetrics>); 4] = [
        ("originals".into(), Vec::new()),
        ("previous bars repeated".into(), Vec::new()),
        ("bars of a random training song".into(), Vec::new()),
        (
            format!(
                "{} ({} steps, T {}, top-p {}{})",
                args.model,
                settings.steps,
                settings.temperature,
                settings.top_p,
                match constraints.in_key {
                    0.0 => String::new(),
                    nats => format!(", in key {nats}"),
                }
            ),
            Vec::new(),
        ),
    ];
    let stop = interrupted();
    let mut cases = Vec::new();
    for (i, song) in songs.iter().enumerate() {
        let mut of_song = match args.stride {
            0 => protocol
                .case(song, args.first_bar)
                .or_else(|| protocol.case(song, 0))
                .into_iter()
                .collect(),
            stride => protocol.cases(song, args.first_bar, stride),
        };
        of_song.truncate(8);
        cases.extend(of_song.into_iter().map(|case| (i as u32, song, case)));
    }
    let takes = args.takes.max(1);
    let fill = |&(index, song, ref case): &(u32, &Score, Case)| {
        let mask = case.mask(song);
        let filling = Filling {
            score: song,
            mask: &mask,
            settings: &settings,
            constraints: &constraints,
            device: &device,
        };
        let one = |take| {
            // The first takes are numbered by their songs, whatever the number of takes.
            filling.take(&*model, take * HOLES_A_TAKE + index, |_| {
                if stop.load(Ordering::Acquire) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        };
        let written: Result<Vec<Take>, FillError> = (0..takes).map(one).collect();
        let nats = match args.stages {
            0 => None,
            stages => model.nats_per_note(song, &mask, stages, u64::from(index)),
        };
        written.map(|takes| (takes, nats))
    };
    let measure = |song: &Score, case: &Case, written: &[TakeNote]| {
        let copied = copies.in_hole(song, case, written);
        HoleMetrics {
            copied_bars: Some(copied.texture as f64),
            copied_bars_of_a_track: Some(copied.line as f64),
            ..case.measure(song, written)
        }
    };
    let mut bar = Progress::new("evaluating", cases.len() as u64, "holes");
    let mut millis = 0u64;
    let mut rng = generator(args.sampler.seed, u64::MAX);
    let (mut done, mut copied) = (0, 0usize);
    for group in cases.chunks(model.takes_at_a_time()) {
        let filled: Vec<_> = std::thread::scope(|scope| {
            let fill = &fill;
            let threads: Vec<_> = group.iter().map(|c| scope.spawn(move || fill(c))).collect();
            threads
                .into_iter()
                .map(|t| {
                    t.join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        for (filled, (_, song, case)) in filled.into_iter().zip(group) {
            let (written, nats) = match filled {
                Err(FillError::Cancelled) => return Err(CliError::Interrupted),
                other => other.map_err(failed)?,
            };
            let (mask, hole) = (case.mask(song), case.hole.clone());
            let some = &training[..training.len().min(SONGS_TO_DRAW_FROM)];
            let random = baselines::random_bars(&mut rng, some, song, &mask, hole.clone());
            let previous = baselines::previous_bars(song, &mask, hole);
            let original = baselines::originals(song, &mask);
            let alike = variety::stretches(case, song, takes as usize);
            rows[0].1.push(HoleMetrics {
                variety: variety::variety(&alike),
                ..measure(song, case, &original)
            });
            rows[1].1.push(measure(song, case, &previous));
            rows[2].1.push(measure(song, case, &random));
            let each: Vec<HoleMetrics> = written
                .iter()
                .map(|take| measure(song, case, &take.notes))
                .collect();
            let whole = f64::from(args.mask_end_bar.saturating_sub(args.mask_start_bar));
            copied += each.iter().filter(|m| m.copied_bars >= Some(whole)).count();
            let on_grid: Vec<_> = written
                .iter()
                .map(|take| case.written(song, &take.notes))
                .collect();
            rows[3].1.push(HoleMetrics {
                variety: variety::variety(&on_grid),
                nats_per_note: nats,
                ..HoleMetrics::mean(&each)
            });
            millis += written.iter().map(|t| u64::from(t.millis)).sum::<u64>();
            done += 1;
            bar.at(done, "");
        }
    }
    let holes = rows[3].1.len();
    if holes == 0 {
        return Err(failed("no song is long enough for this window"));
    }
    bar.finish(&format!(
        "{holes} holes of {} songs, {:.0} ms a take on {device}; {copied} of {} takes stand whole in a training song",
        songs.len(),
        millis as f64 / (holes as u64 * u64::from(takes)) as f64,
        holes as u64 * u64::from(takes)
    ));
    let table = Table {
        title: format!(
            "Infill, {} {} songs, bars {}..{} of {} masked on all tracks{}; mean and 95 % interval",
            songs.len(),
            split.name(),
            args.mask_start_bar,
            args.mask_end_bar,
            args.bars,
            if args.merge_tracks {
                ", which are one"
            } else {
                ""
            }
        ),
        rows: rows
            .iter()
            .map(|(name, values)| Row::of(name.clone(), values))
            .collect(),
    };
    print!("{}", table.to_text());
    if let Some(folder) = &args.output_dir {
        std::fs::create_dir_all(folder).map_err(|source| CliError::File {
            doing: "create",
            path: folder.clone(),
            source,
        })?;
        let json = table.to_json().map_err(failed)?;
        crate::format::file::write_atomic(&folder.join("metrics_infill.json"), json.as_bytes())
            .map_err(failed)?;
        crate::format::file::write_atomic(
            &folder.join("metrics_infill.md"),
            table.to_markdown().as_bytes(),
        )
        .map_err(failed)?;
    }
    Ok(())
}
