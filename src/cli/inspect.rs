//! `lacuna inspect`: what is in a file, a data set or a model.

use super::{CliError, Progress, interrupted, prepare};
use crate::dataset::parallel::{self, in_order};
use crate::dataset::prepared::{self, INDEX, Index};
use crate::dataset::statistics::{Counter, Summary};
use crate::dataset::{self, SOURCES, Source};
use crate::format::{self, npy};
use crate::model::Library;
use crate::model::store::parse_card;
use crate::score::{Score, key};
use crate::training::{self, Recipe};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Most songs, tracks or reasons that are listed.
const SHOWN: usize = 40;
/// Songs whose onsets lie farther from the 16ths than this, in 16ths on average, are named.
const OFF: f64 = 0.1;
/// No array larger is looked into.
const SIZE_LIMIT: u64 = 4 << 30;

/// Say what is in a piece, a token file, a data set or a model
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A MIDI file, project, .npy, training recipe, folder of MIDI files, prepared data set (folder or name), data
    /// set (pop909, jsb, ...) or model (id or folder)
    pub what: String,
    /// Folder of the data set [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// Only the first N songs of a data set; 0 means all
    #[arg(long, default_value_t = 0)]
    pub limit: usize,
    /// Songs read at the same time [default: one a core]
    #[arg(long)]
    pub num_workers: Option<usize>,
    /// Print the statistics of a data set as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the statistics of a data set (text, JSON, plots as SVG) into this folder
    #[arg(long, value_name = "FOLDER")]
    pub report_dir: Option<PathBuf>,
}

fn failed(e: impl std::fmt::Display) -> CliError {
    CliError::Failed(e.to_string())
}

/// Runs the subcommand.
pub fn run(args: InspectArgs) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let path = PathBuf::from(&args.what);
    let known = SOURCES.iter().any(|e| e.id == args.what);
    if known && !path.is_file() {
        return data_set(&args.what, args.root_dir.clone(), &args, &mut out);
    }
    if path.join(INDEX).is_file() {
        return prepared_set(&path, &mut out);
    }
    let card = path.join("card.ron");
    if card.is_file() {
        let text = std::fs::read_to_string(&card).map_err(failed)?;
        writeln!(out, "{:#?}", parse_card(&text, &card).map_err(failed)?)?;
        return Ok(());
    }
    if path.is_dir() {
        return data_set("midi", Some(path), &args, &mut out);
    }
    if path.is_file() {
        return file(&path, &mut out);
    }
    let named = prepared::root().join(&args.what);
    if named.join(INDEX).is_file() {
        return prepared_set(&named, &mut out);
    }
    let library = Library::find(&Library::folders());
    if let Some(card) = library.cards().find(|c| c.id == args.what) {
        writeln!(out, "{card:#?}")?;
        return Ok(());
    }
    let sets = prepared::all(&prepared::root());
    let names = SOURCES.iter().map(|e| e.id.to_owned());
    let names = names.chain(sets.into_iter().map(|s| s.0));
    let names = names.chain(library.cards().map(|c| c.id.clone()));
    let names: Vec<String> = names.collect();
    Err(CliError::Failed(format!(
        "there is no file, data set or model '{}'; there are: {}",
        args.what,
        names.join(", ")
    )))
}

fn file(path: &Path, out: &mut impl Write) -> Result<(), CliError> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("npy") => array(path, out),
        Some("lacuna") => {
            let project = format::open_project(path)?;
            score(&project.document.score, out)?;
            writeln!(
                out,
                "gestures of the mask {}",
                project.document.mask.gestures.len()
            )?;
            writeln!(out, "takes                {}", project.document.takes.len())?;
            Ok(())
        }
        Some("ron") => recipe(path, out),
        _ => {
            let imported = format::open_midi(path)?;
            score(&imported.score, out)?;
            for sentence in &imported.report.sentences {
                writeln!(out, "note: {sentence}")?;
            }
            Ok(())
        }
    }
}

/// What a training recipe would train.
fn recipe(path: &Path, out: &mut impl Write) -> Result<(), CliError> {
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let recipe = Recipe::parse(&text)
        .map_err(|e| failed(format!("{} is no training recipe: {e}", path.display())))?;
    writeln!(out, "{}: {}", recipe.id, recipe.summary)?;
    writeln!(out, "data set   {}", recipe.dataset)?;
    let t = &recipe.trainer;
    writeln!(
        out,
        "training   {} steps of {} windows",
        t.steps,
        t.batch * t.accumulate
    )?;
    for (tokenizer, count) in training::parameters(&recipe.model).map_err(failed)? {
        writeln!(out, "parameters {count} on {tokenizer}")?;
    }
    Ok(())
}

fn score(score: &Score, out: &mut impl Write) -> Result<(), CliError> {
    let clock = score.clock();
    let notes = || score.notes().map(|(_, n)| n);
    writeln!(out, "{}", score.title)?;
    writeln!(
        out,
        "{} notes on {} tracks, {} bars, {:.1} seconds, {} ticks a quarter",
        score.note_count(),
        score.tracks.len(),
        score.bar_count(),
        clock.seconds(f64::from(score.end())),
        score.ppq
    )?;
    let meters: Vec<String> = score
        .meters
        .iter()
        .map(|m| format!("{}/{}", m.numerator, m.denominator))
        .collect();
    let tempos = score.tempos.iter().map(|t| t.bpm());
    writeln!(
        out,
        "metres   {}",
        shortened(&meters, "4/4 (none is written)")
    )?;
    writeln!(out, "tempo    {}", Summary::of(tempos.collect()))?;
    match key::detect(score) {
        Some(key) => writeln!(out, "key      {key}, by its notes and chords")?,
        None => writeln!(out, "key      none: no pitched notes")?,
    }
    writeln!(
        out,
        "grid     onsets lie {:.3} of a 16th from the nearest, {:.3} of a triplet",
        dataset::grid_error(score, 4),
        dataset::grid_error(score, 3)
    )?;
    writeln!(
        out,
        "pitch    {}",
        Summary::of(notes().map(|n| n.pitch.into()).collect())
    )?;
    writeln!(
        out,
        "velocity {}",
        Summary::of(notes().map(|n| n.velocity.into()).collect())
    )?;
    for t in score.tracks.iter().take(SHOWN) {
        writeln!(
            out,
            "track {:24} {:6} notes  {:5} events  channel {:2}  {}",
            t.name,
            t.notes.len(),
            t.events.len(),
            t.channel + 1,
            format::instruments::instrument_name(t.channel, t.first_program())
        )?;
    }
    Ok(())
}

/// The first of a list, and how many more.
fn shortened(list: &[String], none: &str) -> String {
    match list {
        [] => none.to_owned(),
        list if list.len() <= 8 => list.join(" "),
        list => format!("{} ... ({} in all)", list[..8].join(" "), list.len()),
    }
}

fn array(path: &Path, out: &mut impl Write) -> Result<(), CliError> {
    let bytes = format::file::read(path, SIZE_LIMIT)?;
    let say = |out: &mut dyn Write, a: &npy::Array| -> std::io::Result<()> {
        let (min, max) = (a.values.iter().min(), a.values.iter().max());
        match (min, max) {
            (Some(min), Some(max)) => writeln!(out, "array {:?} of {min} to {max}", a.shape),
            _ => writeln!(out, "array {:?}, empty", a.shape),
        }
    };
    match npy::read(&bytes, &path.display().to_string())? {
        npy::Npy::Array(a) => {
            say(out, &a)?;
            // Column by column, where there are few.
            if let [.., columns @ 2..=16] = a.shape[..] {
                for c in 0..columns {
                    let column = a.values.iter().skip(c).step_by(columns);
                    let values = Summary::of(column.map(|&v| f64::from(v)).collect());
                    writeln!(out, "  column {c:2}  {values}")?;
                }
            }
        }
        npy::Npy::Objects(list) => {
            writeln!(out, "{} objects", list.len())?;
            for object in list.iter().take(SHOWN) {
                match object {
                    npy::Object::Array(a) => say(out, a)?,
                    npy::Object::Text(t) => writeln!(out, "text {t}")?,
                }
            }
        }
    }
    Ok(())
}

fn prepared_set(folder: &Path, out: &mut impl Write) -> Result<(), CliError> {
    let index = Index::load(folder)?;
    writeln!(out, "{}: {}", folder.display(), prepare::summary(&index))?;
    writeln!(
        out,
        "made from {}, {:?}",
        index.plan.source, index.plan.slicing
    )?;
    writeln!(out, "tempo {:?}", index.plan.tempo)?;
    for c in &index.columns {
        writeln!(out, "column {:16} ids 0 to {}", c.name, c.size - 1)?;
    }
    let rows = index.songs.iter().flat_map(|s| &s.items);
    let rows = Summary::of(rows.map(|i| f64::from(i.rows)).collect());
    writeln!(out, "rows an item   {rows}")?;
    let items = index.songs.iter().map(|s| s.items.len() as f64);
    writeln!(out, "items a song   {}", Summary::of(items.collect()))?;
    for group in index.duplicates.iter().take(SHOWN) {
        writeln!(out, "nearly the same: {}", group.join(", "))?;
    }
    for (id, why) in index.left_out.iter().take(SHOWN) {
        writeln!(out, "left out: {id}: {why}")?;
    }
    if index.left_out.len() > SHOWN {
        writeln!(
            out,
            "... and {} more in {INDEX}",
            index.left_out.len() - SHOWN
        )?;
    }
    Ok(())
}

fn data_set(
    id: &str,
    root: Option<PathBuf>,
    args: &InspectArgs,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let source: Box<dyn Source> = dataset::open(id, root.as_deref()).map_err(failed)?;
    let mut songs = source.songs().map_err(failed)?;
    if args.limit > 0 {
        songs.truncate(args.limit);
    }
    let workers = args.num_workers.unwrap_or_else(parallel::workers);
    let stop = interrupted();
    let mut progress = Progress::new("reading", songs.len() as u64, "songs");
    let mut counter = Counter::of(source.as_ref());
    let mut off_grid = Vec::new();
    let mut done = 0;
    in_order(
        &songs,
        workers,
        |song| {
            let mut own = Counter::of(source.as_ref());
            let mut off = None;
            match source.load(song) {
                Ok(song) => {
                    own.add(&song);
                    off = (song.grid_error > OFF).then_some((song.id, song.grid_error));
                }
                Err(e) => own.refuse(&e),
            }
            (own, off)
        },
        |(own, off)| {
            counter.merge(own);
            off_grid.extend(off);
            done += 1;
            progress.at(done, "");
            !stop.load(Ordering::Acquire)
        },
    );
    if stop.load(Ordering::Acquire) {
        return Err(CliError::Interrupted);
    }
    progress.finish(&format!("read {done} songs"));
    let statistics = counter.finish();
    match args.json {
        true => writeln!(out, "{}", statistics.json()?)?,
        false => {
            write!(out, "{statistics}")?;
            if !off_grid.is_empty() {
                let list: Vec<String> = off_grid
                    .iter()
                    .map(|(id, e)| format!("{id} {e:.2}"))
                    .collect();
                writeln!(
                    out,
                    "more than {OFF} from the 16ths on average: {}",
                    list.join(", ")
                )?;
            }
            let missing = source.missing().map_err(failed)?;
            if !missing.is_empty() {
                writeln!(out, "not in the folder: {}", missing.join(", "))?;
            }
        }
    }
    if let Some(folder) = &args.report_dir {
        std::fs::create_dir_all(folder).map_err(|source| CliError::File {
            doing: "create",
            path: folder.clone(),
            source,
        })?;
        for path in statistics.write(folder)? {
            eprintln!("wrote {}", path.display());
        }
    }
    Ok(())
}
