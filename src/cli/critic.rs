//! `lacuna critic`: which notes of a piece a model finds odd.

use super::sample::load;
use super::{CliError, Progress, files, interrupted};
use crate::device;
use crate::model::critic::{CriticError, NoteSurprise, VALUE_NAMES, by_bar, judge_all, oddest};
use crate::process::critic::Plan;
use crate::score::{Note, NoteId, Score, pitch_name};
use clap::Args;
use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// Say which notes and bars of a piece a model finds odd
///
/// Every value of every note is hidden in turn and asked for, the rest of the piece left to be heard; what it then costs
/// is its surprise, in nats: 0 where the model was sure of it, .7 where it gave it one half, 4.6 where one in a hundred.
#[derive(Debug, Args)]
pub struct CriticArgs {
    /// MIDI file (or .lacuna project) to judge
    pub file: PathBuf,
    /// Id of the model
    #[arg(long, default_value = "pop")]
    pub model: String,
    /// So many of the oddest notes are named
    #[arg(long, default_value_t = 10)]
    pub oddest: usize,
    /// Groups the notes are hidden in: more cost more and hide less at a time
    #[arg(long, default_value_t = Plan::default().groups)]
    pub groups: usize,
    /// Write every note with all its figures into this file, as CSV
    #[arg(long)]
    pub csv: Option<PathBuf>,
    /// Where it is computed: auto, cpu or gpu
    #[arg(long, default_value = "auto")]
    pub device: device::Choice,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: CriticArgs) -> Result<(), CliError> {
    let score = files::read_score(&args.file)?;
    let (model, _) = load(&args.model, args.device)?;
    let plan = Plan {
        groups: args.groups.clamp(4, 4096),
        ..Plan::default()
    };
    let windows = model.passages(&score).map_err(failed)?.len();
    let stop = interrupted();
    let progress = Mutex::new(Progress::new("judging", windows as u64, "windows"));
    let go_on = |done: usize, _: usize| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.at(done as u64, "");
        match stop.load(Ordering::Acquire) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let started = std::time::Instant::now();
    let notes = match judge_all(&*model, &score, &plan, &go_on) {
        Err(CriticError::Cancelled) => return Err(CliError::Interrupted),
        other => other.map_err(failed)?,
    };
    let progress = progress
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    progress.finish(&format!(
        "{} of {} notes judged by {} in {:.1} s, {} passes a window of {windows}",
        notes.len(),
        score.note_count(),
        args.model,
        started.elapsed().as_secs_f32(),
        plan.passes()
    ));
    if let Some(path) = &args.csv {
        crate::format::file::write_atomic(path, csv(&score, &notes).as_bytes()).map_err(failed)?;
    }
    print(&score, &notes, args.oddest)?;
    Ok(())
}

/// Where a note is, for people: "bar 17, beat 2.5".
fn place(score: &Score, note: &Note) -> String {
    let bars = score.bars();
    let bar = bars.bar_at(note.start);
    let beat = f64::from(note.start - bars.start(bar)) / f64::from(score.ppq.max(1)) + 1.0;
    let beat = format!("{beat:.2}");
    let beat = beat.trim_end_matches('0').trim_end_matches('.');
    format!("bar {}, beat {beat}", bar + 1)
}

fn print(score: &Score, notes: &[NoteSurprise], most: usize) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let bars = by_bar(notes, score.bar_count());
    let most_odd = bars.iter().map(|b| b.oddness).fold(0.0, f32::max).max(0.01);
    writeln!(out, "bar  notes  oddness  nats of all values")?;
    for (i, bar) in bars.iter().enumerate().filter(|(_, b)| b.notes > 0) {
        let length = (bar.oddness / most_odd * 30.0).round() as usize;
        writeln!(
            out,
            "{:3}  {:5}  {:7.2}  {:7.1}  {}",
            i + 1,
            bar.notes,
            bar.oddness,
            bar.nats,
            "#".repeat(length)
        )?;
    }
    let by_id: HashMap<NoteId, &Note> = score.notes().map(|(_, n)| (n.id, n)).collect();
    writeln!(out, "\nThe oddest notes:")?;
    for s in oddest(notes, most) {
        let Some(note) = by_id.get(&s.note) else {
            continue;
        };
        let track = score.track(s.track).map_or("", |t| t.name.as_str());
        let rather: Vec<String> = s
            .alternatives
            .iter()
            .take(3)
            .map(|(p, share)| format!("{} {:.0} %", pitch_name(*p), share * 100.0))
            .collect();
        writeln!(
            out,
            "{:22} {:12} {:4} oddness {:5.2}, probability {:.2} %; rather {}",
            place(score, note),
            track,
            pitch_name(note.pitch),
            s.oddness(),
            s.share() * 100.0,
            rather.join(", ")
        )?;
    }
    Ok(())
}

/// One line a note.
pub(super) fn csv(score: &Score, notes: &[NoteSurprise]) -> String {
    let by_id: HashMap<NoteId, &Note> = score.notes().map(|(_, n)| (n.id, n)).collect();
    let mut text = String::from("bar,tick,track,pitch,oddness,least");
    for kind in ["nats", "entropy"] {
        for name in VALUE_NAMES {
            text.push_str(&format!(",{name}_{kind}"));
        }
    }
    text.push('\n');
    for s in notes {
        let Some(note) = by_id.get(&s.note) else {
            continue;
        };
        let figures = s.nats.iter().chain(&s.entropy);
        let figures: Vec<String> = figures.map(|x| format!("{x:.4}")).collect();
        text.push_str(&format!(
            "{},{},{},{},{:.4},{:.4},{}\n",
            s.bar + 1,
            note.start,
            s.track.0,
            note.pitch,
            s.oddness(),
            s.least,
            figures.join(",")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_as_musicians_count() {
        let mut s = Score::default();
        let t = s.add_track("A", 0, 0);
        for (tick, words) in [
            (0, "bar 1, beat 1"),
            (1920 + 720, "bar 2, beat 2.5"),
            (120, "bar 1, beat 1.25"),
        ] {
            let id = s.add_note(t, tick, 10, 60, 80);
            let note = s
                .notes()
                .find(|(_, n)| n.id == id)
                .map(|(_, n)| *n)
                .unwrap();
            assert_eq!(place(&s, &note), words);
        }
    }
}
