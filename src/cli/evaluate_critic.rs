//! `lacuna evaluate-critic`: whether a model finds wrong notes planted in songs it never saw, beside critics that know
//! only keys, only counts, or nothing.

use super::sample::load;
use super::{CliError, Progress, interrupted};
use crate::dataset::{self, Split};
use crate::device;
use crate::evaluation::critic::{Finding, Slip, at_random, by_key, by_rarity, finding, plant};
use crate::evaluation::table::ROUNDS;
use crate::evaluation::{Row, Table, mean_interval};
use crate::model::critic::{CriticError, NoteSurprise, judge_all};
use crate::process::critic::{Plan, Together};
use crate::process::generator;
use crate::score::NoteId;
use clap::{Args, ValueEnum};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// How far wrong notes lie from the right ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SlipArg {
    /// Any other pitch up to an octave away, within the compass of the track
    Octave,
    /// A semitone or a tone away
    Neighbour,
}

/// Measure a critic: wrong notes are planted, and it is counted how many it finds
///
/// In every song, notes get another pitch. Each critic ranks all notes; told is the share of the wrong ones among the
/// oddest 5 % and 2 %, and how often a wrong note is odder than a right one (mean and 95 % interval over songs).
#[derive(Debug, Args)]
pub struct EvaluateCriticArgs {
    /// Id of the model
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// Which data set
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
    /// One note in so many is wrong
    #[arg(long, default_value_t = 50)]
    pub one_in: usize,
    /// How far wrong notes lie from the right ones
    #[arg(long, value_enum, default_value = "octave")]
    pub slip: SlipArg,
    /// Groups the notes are hidden in
    #[arg(long, default_value_t = Plan::default().groups)]
    pub groups: usize,
    /// What is hidden together, a round each: n (note by note) or o (all of a voice that begin together)
    #[arg(long, default_value = "no")]
    pub rounds: String,
    /// Same seed, same wrong notes
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write every judged note with its figures into this file, as CSV
    #[arg(long)]
    pub csv: Option<PathBuf>,
    /// Folder for metrics_critic.json and metrics_critic.md
    #[arg(long)]
    pub output_dir: Option<PathBuf>,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Ways to make one figure of what the model says about a note.
type Oddness = fn(&NoteSurprise) -> f32;

/// The critics made of the model, by what they rank notes by; the first is the one the studio uses.
const RANKINGS: [(&str, Oddness); 4] = [
    ("oddness (nats of the pitch)", NoteSurprise::oddness),
    ("nats of all values", NoteSurprise::total),
    ("pitch less its entropy", |s| s.nats[1] - s.entropy[1]),
    ("pitch against the likeliest", |s| s.nats[1] - s.least),
];

/// Runs the subcommand.
pub fn run(args: EvaluateCriticArgs) -> Result<(), CliError> {
    let split = match args.split.as_str() {
        "test" => Split::Test,
        "validation" => Split::Validation,
        other => {
            return Err(failed(format!(
                "--split {other}: evaluate on validation or test; scores on training songs mean nothing"
            )));
        }
    };
    let plan = Plan {
        groups: args.groups.clamp(4, 4096),
        rounds: args
            .rounds
            .chars()
            .map(|c| match c {
                'n' => Ok(Together::Note),
                'o' => Ok(Together::Onset),
                other => Err(failed(format!("--rounds {other}: rounds are n or o"))),
            })
            .collect::<Result<_, _>>()?,
    };
    if plan.rounds.is_empty() {
        return Err(failed("--rounds names no round; say n, o or no"));
    }
    let slip = match args.slip {
        SlipArg::Octave => Slip::Octave,
        SlipArg::Neighbour => Slip::Neighbour,
    };
    let source = dataset::open(&args.dataset_id, args.root_dir.as_deref()).map_err(failed)?;
    let mut songs = source.songs_of(split).map_err(failed)?;
    if args.n_midis > 0 {
        songs.truncate(args.n_midis);
    }
    let (model, device) = load(&args.model, args.device)?;
    let stop = interrupted();
    let mut bar = Progress::new("judging", songs.len() as u64, "songs");
    let names = RANKINGS
        .iter()
        .map(|(name, _)| format!("{}: {name}", args.model))
        .chain(
            [
                "out of key first",
                "rarest pitch of the track first",
                "at random",
            ]
            .map(String::from),
        );
    let mut rows: Vec<(String, Vec<Finding>)> = names.map(|n| (n, Vec::new())).collect();
    let mut table = String::from(CSV_HEAD);
    let (mut notes, mut wrong, mut used) = (0usize, 0usize, 0usize);
    let started = std::time::Instant::now();
    for (i, song) in songs.iter().enumerate() {
        // A song the source refuses (no usable beats) is no test of the model.
        let Ok(song) = source.load(song) else {
            continue;
        };
        // The same wrong notes however many songs are judged.
        let mut rng = generator(args.seed, i as u64);
        let planted = plant(&song.score, args.one_in, slip, &mut rng);
        let go_on = |_: usize, _: usize| match stop.load(Ordering::Acquire) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let judged = match judge_all(&*model, &planted.score, &plan, &go_on) {
            // What is judged so far is told.
            Err(CriticError::Cancelled) => break,
            other => other.map_err(failed)?,
        };
        let ranked = |of: Oddness| -> HashMap<NoteId, f64> {
            judged.iter().map(|s| (s.note, f64::from(of(s)))).collect()
        };
        let critics = RANKINGS.iter().map(|(_, of)| ranked(*of)).chain([
            by_key(&planted.score),
            by_rarity(&planted.score),
            at_random(&planted.score, &mut rng),
        ]);
        for ((_, row), oddness) in rows.iter_mut().zip(critics) {
            row.extend(finding(&oddness, &planted.wrong));
        }
        notes += judged.len();
        wrong += planted.wrong.len();
        used += 1;
        if args.csv.is_some() {
            table.push_str(&lines(&song.id, &judged, &planted.wrong));
        }
        bar.at(i as u64 + 1, "");
    }
    let stopped = stop.load(Ordering::Acquire);
    if used == 0 && stopped {
        return Err(CliError::Interrupted);
    }
    if used == 0 {
        return Err(failed("no song of this set could be read"));
    }
    bar.finish(&format!(
        "{notes} notes of {used} songs, {wrong} of them wrong, {:.2} s a song on {device} ({} passes a window)",
        started.elapsed().as_secs_f64() / used as f64,
        plan.passes()
    ));
    let table_of = Table {
        title: format!(
            "Wrong notes found in {used} {} songs: one note in {} up to {} semitones off; mean and 95 % interval over songs",
            split.name(),
            args.one_in,
            if slip == Slip::Octave { 12 } else { 2 }
        ),
        rows: rows
            .iter()
            .map(|(name, findings)| row(name, findings))
            .collect(),
    };
    print!("{}", table_of.to_text());
    if let Some(path) = &args.csv {
        crate::format::file::write_atomic(path, table.as_bytes()).map_err(failed)?;
    }
    if let Some(folder) = &args.output_dir {
        std::fs::create_dir_all(folder).map_err(|source| CliError::File {
            doing: "create",
            path: folder.clone(),
            source,
        })?;
        let json = table_of.to_json().map_err(failed)?;
        for (name, text) in [
            ("metrics_critic.json", json),
            ("metrics_critic.md", table_of.to_markdown()),
        ] {
            crate::format::file::write_atomic(&folder.join(name), text.as_bytes())
                .map_err(failed)?;
        }
    }
    match stopped {
        true => Err(CliError::Interrupted),
        false => Ok(()),
    }
}

/// One figure of a song.
type Figure = fn(&Finding) -> f64;

fn row(name: &str, findings: &[Finding]) -> Row {
    let figures: [(&str, Figure); 3] = [
        ("among the oddest 5 %", |f| f.found),
        ("among the oddest 2 %", |f| f.found_at_once),
        ("told apart", |f| f.told_apart),
    ];
    let metrics: BTreeMap<String, _> = figures
        .into_iter()
        .filter_map(|(name, of)| {
            let values: Vec<f64> = findings.iter().map(of).collect();
            Some((name.to_owned(), mean_interval(&values, ROUNDS, 0)?))
        })
        .collect();
    Row {
        name: name.into(),
        metrics,
    }
}

const CSV_HEAD: &str = "song,bar,track,note,wrong,least,onset_nats,pitch_nats,duration_nats,velocity_nats,onset_entropy,pitch_entropy,duration_entropy,velocity_entropy\n";

fn lines(song: &str, judged: &[NoteSurprise], wrong: &HashSet<NoteId>) -> String {
    let mut text = String::new();
    for s in judged {
        let figures = s.nats.iter().chain(&s.entropy);
        let figures: Vec<String> = figures.map(|x| format!("{x:.4}")).collect();
        text.push_str(&format!(
            "{song},{},{},{},{},{:.4},{}\n",
            s.bar,
            s.track.0,
            s.note.0,
            u8::from(wrong.contains(&s.note)),
            s.least,
            figures.join(",")
        ));
    }
    text
}
