//! `lacuna prepare`: a data set becomes a token cache.

use super::{CliError, Progress, interrupted};
use crate::dataset::cache::Cache;
use crate::dataset::{self, Split};
use crate::model::card::TOKENIZER;
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Turn a data set into a token cache that `train` reads.
#[derive(Debug, Args)]
pub struct PrepareArgs {
    /// Which data set (pop909 or jsb)
    #[arg(long, default_value = "pop909")]
    pub dataset_id: String,
    /// Folder that holds it [default: its place under LACUNA_DATA]
    #[arg(long)]
    pub root_dir: Option<PathBuf>,
    /// Where the cache goes [default: cache/<data set>]
    #[arg(long)]
    pub cache_path: Option<PathBuf>,
    /// Only the first N songs; 0 means all
    #[arg(long, default_value_t = 0)]
    pub limit: usize,
}

/// Runs the subcommand.
pub fn run(args: PrepareArgs) -> Result<(), CliError> {
    let source = dataset::open(&args.dataset_id, args.root_dir.as_deref())
        .map_err(|e| CliError::Failed(e.to_string()))?;
    let folder = args
        .cache_path
        .unwrap_or_else(|| PathBuf::from("cache").join(&args.dataset_id));
    let stop = interrupted();
    let mut bar: Option<Progress> = None;
    let cache = Cache::build(source.as_ref(), args.limit, |done, of| {
        bar.get_or_insert_with(|| Progress::new("preparing", of as u64, "songs"))
            .at(done as u64, "");
        !stop.load(Ordering::Acquire)
    })
    .map_err(|e| CliError::Failed(e.to_string()))?;
    if stop.load(Ordering::Acquire) {
        return Err(CliError::Interrupted);
    }
    std::fs::create_dir_all(&folder).map_err(|source| CliError::File {
        doing: "create",
        path: folder.clone(),
        source,
    })?;
    cache
        .save(&folder, TOKENIZER)
        .map_err(|e| CliError::Failed(e.to_string()))?;
    let notes: usize = cache.songs.iter().map(|s| s.piece.notes.len()).sum();
    let counts: Vec<String> = Split::ALL
        .iter()
        .map(|&split| {
            format!(
                "{} {}",
                cache.songs.iter().filter(|s| s.split == split).count(),
                split.name()
            )
        })
        .collect();
    let line = format!(
        "{}: {} songs ({}), {notes} notes, {} left out",
        folder.display(),
        cache.songs.len(),
        counts.join(", "),
        cache.left_out.len()
    );
    match bar {
        Some(bar) => bar.finish(&line),
        None => eprintln!("{line}"),
    }
    for (id, why) in &cache.left_out {
        eprintln!("  {id}: {why}");
    }
    Ok(())
}
