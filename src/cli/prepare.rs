//! `lacuna prepare`: a folder of songs becomes a prepared data set.

use super::{CliError, Progress, interrupted};
use crate::dataset::encoder::{Encoder, FREE_OCTUPLE};
use crate::dataset::parallel;
use crate::dataset::prepare::{self, PrepareError};
use crate::dataset::prepared::{self, Index, Plan};
use crate::dataset::slices::Slicing;
use crate::dataset::transform::normalise::Rule;
use crate::dataset::transform::tempo::TempoPolicy;
use crate::dataset::{self, Split};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Turn a folder of songs into a data set that `train` and NumPy read
///
/// Goes on where it was stopped when the same command is given again. Songs that cannot be used are left out
/// and listed with the reason.
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// Which data set: pop909, jsb, midi (any folder of MIDI files), ...; an unknown name lists them all
    #[arg(long, default_value = "pop909")]
    pub dataset_id: String,
    /// Folder that holds it [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// The representation: octuple (what the studio's models read), trio, melody, trio_octuple, roll, remi_z,
    /// ...; NAME-reference writes what the reference system wrote
    #[arg(long, default_value = FREE_OCTUPLE)]
    pub tokenizer_id: String,
    /// Bars of an item; 0 takes songs whole (octuple always does, and cuts while training)
    #[arg(long, default_value_t = 64)]
    pub bars: u32,
    /// Bars from one item to the next [default: half an item]
    #[arg(long)]
    pub stride: Option<u32>,
    /// Most items of a song, 0 for all [default: 0, and 5 for NAME-reference]
    #[arg(long)]
    pub max_tensors_per_ns: Option<usize>,
    /// Where the prepared data set goes [default: cache/<data set>, cache/<data set>_<tokenizer>]
    #[arg(long)]
    pub cache_path: Option<PathBuf>,
    /// Only the first N songs; 0 means all
    #[arg(long, default_value_t = 0)]
    pub limit: usize,
    /// Songs read at the same time [default: one a core]
    #[arg(long)]
    pub num_workers: Option<usize>,
    /// Leave out songs whose tempo changes (NAME-reference: keep their tempo curve, as the reference does)
    #[arg(long)]
    pub strict_tempo: bool,
    /// Move every song to C major or A minor (NAME-reference: by the reference's rule of what its key is)
    #[arg(long)]
    pub normalise_key: bool,
}

/// Name of the prepared data set.
fn name(args: &PrepareArgs) -> String {
    let folder = args.root_dir.as_deref().and_then(Path::file_name);
    let set = match folder {
        // Any folder goes by its own name.
        Some(folder) if args.dataset_id == "midi" => folder.to_string_lossy().into_owned(),
        _ => args.dataset_id.clone(),
    };
    prepared::name(&set, &args.tokenizer_id)
}

/// Runs the subcommand.
pub fn run(args: PrepareArgs) -> Result<(), CliError> {
    let source = dataset::open(&args.dataset_id, args.root_dir.as_deref())
        .map_err(|e| CliError::Failed(e.to_string()))?;
    let reference = args.tokenizer_id.ends_with("-reference");
    let slicing = Slicing {
        bars: args.bars,
        stride: args.stride.unwrap_or((args.bars / 2).max(1)).max(1),
        per_song: args
            .max_tensors_per_ns
            .unwrap_or(if reference { 5 } else { 0 }),
    };
    let encoder = Encoder::find(&args.tokenizer_id, slicing).map_err(CliError::Failed)?;
    let tempo = match (args.strict_tempo, reference) {
        (false, _) => encoder.usual_tempo(),
        (true, false) => TempoPolicy::Refuse,
        (true, true) => TempoPolicy::ReferenceStrict,
    };
    let plan = Plan {
        tempo,
        key: args.normalise_key.then_some(match reference {
            true => Rule::ReferenceCompatible,
            false => Rule::Corrected,
        }),
        limit: args.limit,
        ..encoder.plan(source.id())
    };
    let name = name(&args);
    let folder = args
        .cache_path
        .unwrap_or_else(|| prepared::root().join(&name));
    let workers = args.num_workers.unwrap_or_else(parallel::workers);
    let stop = interrupted();
    let mut bar: Option<Progress> = None;
    let made = prepare::prepare(
        source.as_ref(),
        &encoder,
        &plan,
        &folder,
        workers,
        &mut |p| {
            let bar = bar.get_or_insert_with(|| {
                let bar = Progress::new("preparing", p.of as u64, "songs");
                if p.resumed > 0 {
                    bar.say(&format!("going on after {} songs", p.resumed));
                }
                bar
            });
            bar.at(p.done as u64, &format!("{} left out", p.left_out));
            !stop.load(Ordering::Acquire)
        },
    );
    let index = made.map_err(|e| match e {
        PrepareError::Stopped => CliError::Interrupted,
        other => CliError::Failed(other.to_string()),
    })?;
    let line = format!("{}: {}", folder.display(), summary(&index));
    match bar {
        Some(bar) => bar.finish(&line),
        None => eprintln!("{line}"),
    }
    if let Some(beats) = index.told_of_beats() {
        eprintln!("note: {beats}");
    }
    let loose = index.songs.iter().filter(|s| !s.on_beats).count();
    if loose > 0 {
        eprintln!(
            "note: {loose} songs have no beats of their own; their ticks are taken as they are, which suits \
             frame_roll and the reference forms"
        );
    }
    let mut out = std::io::stdout().lock();
    let missing = source
        .missing()
        .map_err(|e| CliError::Failed(e.to_string()))?;
    if !missing.is_empty() {
        writeln!(out, "not in the folder: {}", missing.join(", "))?;
    }
    for group in &index.duplicates {
        writeln!(out, "nearly the same: {}", group.join(", "))?;
    }
    for (id, why) in &index.left_out {
        writeln!(out, "left out: {id}: {why}")?;
    }
    Ok(())
}

/// A prepared data set in a line.
pub(super) fn summary(index: &Index) -> String {
    let counts: Vec<String> = Split::ALL
        .iter()
        .map(|&split| format!("{} {}", index.songs_of(split).count(), split.name()))
        .collect();
    format!(
        "{} songs ({}), {} items, {} rows of {} for {}, {} left out",
        index.songs.len(),
        counts.join(", "),
        index.items(),
        index.rows(),
        index.columns.len(),
        index.plan.tokenizer,
        index.left_out.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: PrepareArgs,
    }

    #[test]
    fn a_data_set_is_named_after_what_it_holds_and_how() {
        let name_of = |line: &str| name(&Line::parse_from(line.split(' ')).args);
        assert_eq!(name_of("x"), "pop909");
        assert_eq!(name_of("x --tokenizer-id trio"), "pop909_trio");
        assert_eq!(
            name_of("x --dataset-id midi --root-dir /a/waltzes --tokenizer-id roll"),
            "waltzes_roll"
        );
    }
}
