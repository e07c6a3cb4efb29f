//! `lacuna bench fill`: the figures a composer feels, measured on this machine.

use crate::cli::CliError;
use crate::device;
use crate::engine::{Engine, Event, FillRequest, ModelWorker, Outcome};
use crate::score::{Constraints, Mask, Region, SamplerSettings, Score};
use clap::Args;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A fill of 4 bars x 3 tracks in a 16-bar window, through the engine as the window asks for it.
#[derive(Debug, Args)]
pub struct FillArgs {
    /// Id of the model
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// Piece to fill [default: the first bundled demo's like, made here]
    #[arg(long)]
    pub input_midi: Option<std::path::PathBuf>,
    /// Rounds; the median is printed
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Reverse steps
    #[arg(long, default_value_t = SamplerSettings::default().steps)]
    pub sample_steps: u32,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
}

/// Four voices' worth of a pop song: about twenty notes a bar over 32 bars.
fn piece() -> Score {
    let mut score = Score::default();
    let names = ["Melody", "Bridge", "Piano"];
    let tracks = names.map(|n| score.add_track(n, 0, 0));
    for bar in 0..32u32 {
        let chord = [[60u8, 64, 67], [57, 60, 64], [53, 57, 60], [55, 59, 62]][bar as usize % 4];
        for k in 0..4u32 {
            let at = bar * 1920 + k * 480;
            score.add_note(tracks[0], at, 420, chord[(k % 3) as usize] + 12, 96);
            score.add_note(
                tracks[1],
                at + 240,
                240,
                chord[((k + 1) % 3) as usize] + 12,
                84,
            );
            for p in chord {
                score.add_note(tracks[2], at, 460, p - 12, 76);
            }
        }
    }
    score
}

struct Timing {
    first_notes: Duration,
    first_take: Duration,
    all: Duration,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// One request through the engine, timed from the click.
fn fill(engine: &mut Engine, request: &FillRequest) -> Result<Timing, CliError> {
    let started = Instant::now();
    let job = engine.fill(request.clone());
    let (mut first_notes, mut first_take) = (None, None);
    loop {
        if first_notes.is_none()
            && engine
                .snapshot()
                .is_some_and(|s| s.job == job && !s.notes.is_empty())
        {
            first_notes = Some(started.elapsed());
        }
        match engine.wait(Duration::from_millis(1)) {
            Some(Event::Take { .. }) if first_take.is_none() => {
                first_take = Some(started.elapsed())
            }
            Some(Event::Finished {
                outcome: Outcome::Failed(why),
                ..
            }) => return Err(failed(why)),
            Some(Event::Finished { job: j, .. }) if j == job => break,
            _ => {}
        }
    }
    let all = started.elapsed();
    Ok(Timing {
        first_notes: first_notes.unwrap_or(all),
        first_take: first_take.unwrap_or(all),
        all,
    })
}

/// Time from the cancel to the job's end, asked for in the middle of a take.
fn cancel(
    engine: &mut Engine,
    request: &FillRequest,
    after: Duration,
) -> Result<Duration, CliError> {
    let job = engine.fill(request.clone());
    std::thread::sleep(after);
    let asked = Instant::now();
    engine.cancel(job);
    loop {
        if let Some(Event::Finished { job: j, .. }) = engine.wait(Duration::from_secs(30))
            && j == job
        {
            return Ok(asked.elapsed());
        }
    }
}

fn median(mut values: Vec<Duration>) -> f64 {
    values.sort_unstable();
    values
        .get(values.len() / 2)
        .map_or(f64::NAN, |d| d.as_secs_f64() * 1000.0)
}

/// Runs the subcommand.
pub fn run(args: FillArgs) -> Result<(), CliError> {
    let score = match &args.input_midi {
        Some(path) => crate::cli::files::read_score(path)?,
        None => piece(),
    };
    let mut engine = Engine::start(ModelWorker::on(args.device), || {}).map_err(failed)?;
    let opening = Instant::now();
    let device = loop {
        if let Some(Event::Ready { device, models }) = engine.wait(Duration::from_secs(60)) {
            if !models.iter().any(|m| m.id == args.model) {
                return Err(failed(format!("there is no model \"{}\"", args.model)));
            }
            break device;
        }
    };
    println!("device: {} ({})", device.name, device.reason);
    println!(
        "device and model ready after {:.0} ms",
        opening.elapsed().as_secs_f64() * 1000.0
    );
    let bars = score.bars();
    let first = score.bar_count() / 2;
    let request = |takes| FillRequest {
        score: Arc::new(score.clone()),
        mask: Mask::of(Region::time(bars.start(first), bars.start(first + 4), None)),
        model: args.model.clone(),
        settings: SamplerSettings {
            steps: args.sample_steps,
            ..SamplerSettings::default()
        },
        constraints: Constraints::default(),
        first: 0,
        takes,
    };
    fill(&mut engine, &request(1))?;
    let (one, eight) = (request(1), request(8));
    let rounds = args.rounds.max(1);
    let ones = (0..rounds)
        .map(|_| fill(&mut engine, &one))
        .collect::<Result<Vec<_>, _>>()?;
    let eights = (0..rounds)
        .map(|_| fill(&mut engine, &eight))
        .collect::<Result<Vec<_>, _>>()?;
    let cancels = (0..rounds)
        .map(|i| {
            cancel(
                &mut engine,
                &eight,
                Duration::from_millis(130 + 70 * i as u64),
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    println!(
        "4 bars x {} tracks, {} steps, median of {rounds}:",
        score.tracks.len(),
        args.sample_steps
    );
    println!(
        "  first notes visible  {:>7.0} ms",
        median(ones.iter().map(|t| t.first_notes).collect())
    );
    println!(
        "  one take             {:>7.0} ms",
        median(ones.iter().map(|t| t.first_take).collect())
    );
    println!(
        "  eight takes          {:>7.0} ms",
        median(eights.iter().map(|t| t.all).collect())
    );
    println!("  cancel               {:>7.0} ms", median(cancels));
    Ok(())
}
