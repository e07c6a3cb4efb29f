//! What an evaluation leaves: metrics_TASK.json, Markdown, CSV, plots, a page; and tables over several runs.

use super::{EvaluateArgs, Job, failed};
use crate::audio::{self, Font};
use crate::cli::sample::Task;
use crate::cli::{CliError, Progress};
use crate::dataset::transform::crop::crop;
use crate::evaluation::report::{self, Distribution, Exhibit, Shown};
use crate::evaluation::{Comparison, Kind, Sample, Set, embedding, registry};
use crate::format;
use crate::format::file::write_atomic;
use crate::format::picture::{self, Colours, Look};
use crate::score::{Mask, Region, Score};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// Samples a second of sounds in the report: what speech on a telephone has twice, and as low as the synth goes.
const RATE: u32 = 16_000;
/// Bars of a piece that are heard, and seen.
const HEARD_BARS: u32 = 8;
const SEEN_BARS: u32 = 16;

/// Some pieces of a row, for eyes and ears.
pub struct Heard {
    pub row: String,
    pub kind: Kind,
    pub pieces: Vec<(String, Score)>,
    pub nearest: Vec<String>,
    /// How its notes are spread, where that is shown.
    pub distributions: Vec<Distribution>,
}

/// Adds, for a row, which of its pieces come nearest to a training song.
pub fn copies(heard: &mut Vec<Heard>, row: &str, set: &Set, reference: &Set) {
    let found = set.nearest_in(reference).iter().zip(set.iter());
    let mut found: Vec<_> = found.filter_map(|(f, p)| Some((f.as_ref()?, p))).collect();
    found.sort_by(|a, b| b.0.share.total_cmp(&a.0.share));
    let sentence = |(f, p): &(&crate::evaluation::nearest::Found, &Sample)| {
        format!(
            "{}: {:.0} % of the notes of bars {} to {} stand in song {} from bar {}{}{}",
            p.name,
            100.0 * f.share,
            f.at + 1,
            f.at + crate::evaluation::nearest::BARS as u32,
            f.name,
            f.from + 1,
            match f.shift {
                0 => String::new(),
                s => format!(", moved by {s:+} semitones"),
            },
            if f.is_copy() {
                "; it counts as a copy"
            } else {
                ""
            }
        )
    };
    heard.push(Heard {
        row: row.to_string(),
        kind: Kind::Model,
        pieces: Vec::new(),
        nearest: found.iter().take(3).map(sentence).collect(),
        distributions: Vec::new(),
    });
}

/// Prints the table and, where there is an output folder, writes everything into it.
pub fn write(
    job: &Job,
    task: &str,
    comparison: &Comparison,
    heard: Vec<Heard>,
) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report::text(comparison))?;
    drop(out);
    let Some(folder) = &job.args.output_dir else {
        return Ok(());
    };
    files(folder, task, comparison)?;
    if heard.is_empty() {
        return Ok(());
    }
    let exhibits = exhibits(job, heard)?;
    let made = format!(
        "Made by lacuna {} evaluate --task {}, seed {}.",
        env!("CARGO_PKG_VERSION"),
        if job.args.task == Task::Uncond {
            "uncond"
        } else {
            "infill"
        },
        job.args.sampler.seed
    );
    let page = report::html(comparison, &exhibits, &made);
    let path = folder.join("report.html");
    write_atomic(&path, page.as_bytes()).map_err(failed)?;
    eprintln!("{}: {:.1} MB", path.display(), page.len() as f64 / 1e6);
    Ok(())
}

fn make(folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|source| CliError::File {
        doing: "create",
        path: folder.to_path_buf(),
        source,
    })
}

/// JSON, Markdown, CSV and a plot of every metric.
fn files(folder: &Path, task: &str, comparison: &Comparison) -> Result<(), CliError> {
    let plots = folder.join("plots");
    make(&plots)?;
    let json = comparison.to_json().map_err(failed)?;
    for (ending, text) in [
        ("json", json),
        ("md", report::markdown(comparison)),
        ("csv", report::csv(comparison)),
    ] {
        let path = folder.join(format!("metrics_{task}.{ending}"));
        write_atomic(&path, text.as_bytes()).map_err(failed)?;
    }
    for m in comparison.metrics.iter().filter_map(|k| registry::find(k)) {
        let path = plots.join(format!("{task}_{}.svg", m.key));
        write_atomic(&path, report::figure(comparison, m).as_bytes()).map_err(failed)?;
    }
    if !comparison.standings.is_empty() {
        let path = plots.join(format!("{task}_distance.svg"));
        write_atomic(&path, report::standings(comparison).as_bytes()).map_err(failed)?;
    }
    Ok(())
}

/// Rolls, sounds, matrices and spreads of the rows. Sounds are of what is judged, of real music and of one row of
/// nonsense: enough to hear what the figures are about, and a page that can be sent.
fn exhibits(job: &Job, heard: Vec<Heard>) -> Result<Vec<Exhibit>, CliError> {
    let font = Font::bundled();
    let mut exhibits: Vec<Exhibit> = Vec::new();
    let count: usize = heard.iter().map(|h| h.pieces.len()).sum();
    let mut progress = Progress::new("drawing and rendering", count as u64, "pieces");
    let (mut done, mut nonsense) = (0, false);
    for row in heard {
        let at = match exhibits.iter().position(|e| e.row == row.row) {
            Some(at) => at,
            None => {
                exhibits.push(Exhibit {
                    row: row.row.clone(),
                    ..Exhibit::default()
                });
                exhibits.len() - 1
            }
        };
        let samples: Vec<Sample> = row
            .pieces
            .iter()
            .map(|(n, s)| Sample::of(n.clone(), s))
            .collect();
        let aloud = match row.kind {
            Kind::Model | Kind::Floor => true,
            Kind::Displaced => false,
            Kind::Nonsense => !std::mem::replace(&mut nonsense, true),
        };
        let mut pieces = Vec::new();
        for ((name, score), sample) in row.pieces.iter().zip(&samples) {
            let sound = match aloud && job.args.sounds > 0 {
                true => Some(sound(job, score, &font)?),
                false => None,
            };
            let matrix = match job.args.task {
                Task::Uncond => embedding::self_similarity(sample),
                Task::Infill => Vec::new(),
            };
            pieces.push(Shown {
                name: name.clone(),
                roll: roll(job, score),
                sound,
                similarity: matrix,
            });
            done += 1;
            progress.at(done, "");
        }
        let Some(exhibit) = exhibits.get_mut(at) else {
            continue;
        };
        exhibit.pieces.extend(pieces);
        exhibit.nearest.extend(row.nearest);
        exhibit.distributions.extend(row.distributions);
    }
    progress.finish("");
    Ok(exhibits)
}

/// The bars of the hole within a window.
fn hole(job: &Job) -> Option<std::ops::Range<u32>> {
    (job.args.task == Task::Infill).then_some(job.args.mask_start_bar..job.args.mask_end_bar)
}

fn roll(job: &Job, score: &Score) -> String {
    let seen = crop(score, 0..SEEN_BARS.max(hole(job).map_or(0, |h| h.end)));
    let lines = seen.bars();
    let mask =
        hole(job).map(|h| Mask::of(Region::time(lines.start(h.start), lines.start(h.end), None)));
    let hidden = BTreeSet::new();
    let look = Look {
        range: None,
        hidden: &hidden,
        // A filled hole is hatched, so that one sees what was written anew.
        mask: mask.as_ref(),
        colours: Colours::default(),
    };
    picture::svg(&picture::draw(&seen, &look))
}

/// Eight bars as a WAV file with one channel.
fn sound(job: &Job, score: &Score, font: &Font) -> Result<Vec<u8>, CliError> {
    let from = hole(job).map_or(0, |h| h.start.saturating_sub(2));
    let heard = crop(score, from..from + HEARD_BARS);
    let sound =
        audio::render(&heard, font, RATE, 1.0, |_| true).map_err(audio::RenderError::from)?;
    let samples: Vec<i16> = sound
        .samples
        .chunks_exact(2)
        .map(|s| (((s[0] + s[1]) / 2.0).clamp(-1.0, 1.0) * 32767.0).round() as i16)
        .collect();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let write = |bytes: &mut std::io::Cursor<Vec<u8>>| -> Result<(), hound::Error> {
        let mut writer = hound::WavWriter::new(bytes, spec)?;
        for s in &samples {
            writer.write_sample(*s)?;
        }
        writer.finalize()
    };
    write(&mut bytes).map_err(failed)?;
    Ok(bytes.into_inner())
}

/// Keeps the pieces of a row as MIDI files.
pub fn save(job: &Job, row: &str, pieces: &[(String, Score)]) -> Result<(), CliError> {
    let Some(folder) = &job.args.output_dir else {
        return Ok(());
    };
    let plain = |name: &str| -> String {
        name.chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect()
    };
    let folder = folder.join("samples").join(plain(row));
    make(&folder)?;
    for (name, score) in pieces {
        format::save_midi(&folder.join(format!("{}.mid", plain(name))), score)?;
    }
    Ok(())
}

/// Prints the metrics there are.
pub fn list() -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    for m in registry::all() {
        writeln!(
            out,
            "{:34} {:14} {:18} {}",
            m.key, m.family, m.unit, m.about
        )?;
    }
    Ok(())
}

/// One table of several runs.
pub fn compare(args: &EvaluateArgs) -> Result<(), CliError> {
    let mut runs = Vec::new();
    for path in &args.compare {
        let text = std::fs::read_to_string(path).map_err(|source| CliError::File {
            doing: "read",
            path: path.clone(),
            source,
        })?;
        let refuse = |e: &dyn std::fmt::Display| {
            failed(format!(
                "{} is no metrics file of lacuna evaluate: {e}; name its metrics_TASK.json",
                path.display()
            ))
        };
        let mut json: serde_json::Value = serde_json::from_str(&text).map_err(|e| refuse(&e))?;
        let own = json
            .get_mut("lacuna")
            .map(serde_json::Value::take)
            .unwrap_or_default();
        let run: Comparison = serde_json::from_value(own).map_err(|e| refuse(&e))?;
        let name = path.parent().and_then(Path::file_name).unwrap_or_default();
        runs.push((name.to_string_lossy().into_owned(), run));
    }
    let merged = Comparison::merged(runs).ok_or_else(|| failed("no run was named"))?;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", report::text(&merged))?;
    drop(out);
    match &args.output_dir {
        Some(folder) => files(folder, "runs", &merged),
        None => Ok(()),
    }
}
