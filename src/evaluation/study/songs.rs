//! The songs of a study.

use super::{Request, StudyError, Watch, folder, stopped};
use crate::dataset::splits::Splits;
use crate::dataset::transform::merge::merge;
use crate::dataset::{self, SongRef, Source, Split, parallel};
use crate::score::Score;
use std::sync::atomic::{AtomicU64, Ordering};

/// Songs by name.
pub type Songs = Vec<(String, Score)>;

/// The data set of a request.
pub(super) fn source(request: &Request) -> Result<Box<dyn Source>, StudyError> {
    Ok(dataset::open(&request.dataset, request.root.as_deref())?)
}

/// Songs of a split by id, at most so many (0 for all). A song the source refuses (no usable beats) is no test.
pub(super) fn of_split(
    request: &Request,
    source: &dyn Source,
    split: Split,
    most: usize,
    watch: &dyn Watch,
) -> Result<Songs, StudyError> {
    let refs = refs(request, source, split)?;
    let most = if most == 0 { refs.len() } else { most };
    let read = AtomicU64::new(0);
    let doing = format!("reading {} songs", split.name());
    let load = |song: &SongRef| -> Option<(String, Score)> {
        let loaded = source.load(song).ok()?.score;
        let score = match request.merge_tracks {
            true => merge(&loaded),
            false => loaded,
        };
        let done = read.fetch_add(1, Ordering::AcqRel) + 1;
        watch.at(&doing, done, refs.len().min(most) as u64, "songs");
        Some((song.id.clone(), score))
    };
    let mut songs = Vec::new();
    parallel::in_order(&refs, parallel::workers(), load, |song| {
        songs.extend(song);
        songs.len() < most && !stopped(watch)
    });
    match stopped(watch) {
        true => Err(StudyError::Stopped),
        false => Ok(songs),
    }
}

/// The songs of a split: as the set says, as a file says, or by their names.
fn refs(request: &Request, source: &dyn Source, split: Split) -> Result<Vec<SongRef>, StudyError> {
    let file = request.splits.as_ref();
    let Some(file) = file.filter(|_| !source.has_own_splits()) else {
        return Ok(source.songs_of(split)?);
    };
    let splits = Splits::load(file)?;
    let mut songs = source.songs()?;
    songs.retain(|s| splits.split_of(&s.id) == Some(split));
    Ok(songs)
}

/// What a reader must know of the data set: which of its songs are not there, and who divided the others.
pub(super) fn remarks(request: &Request, source: &dyn Source) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Ok(ids) = source.missing()
        && !ids.is_empty()
    {
        remarks.push(format!(
            "{} songs of the published set are not in the folder: {}",
            ids.len(),
            ids.join(", ")
        ));
    }
    if !source.has_own_splits() && request.splits.is_none() {
        remarks.push(
            "the data set names no hold-out, so songs were divided by their names: a model trained on this folder may have seen them; --splits takes the splits.ron it was prepared with"
                .into(),
        );
    }
    remarks
}

/// The songs a request has its holes in.
pub(super) fn judged(request: &Request, watch: &dyn Watch) -> Result<Songs, StudyError> {
    match &request.input {
        Some(path) => {
            let read = folder::read(path, None, most(request), watch)?;
            Ok(read.into_iter().map(|p| (p.name, p.score)).collect())
        }
        None => of_split(
            request,
            &*source(request)?,
            request.split,
            request.songs,
            watch,
        ),
    }
}

/// At most so many pieces of a folder.
pub(super) fn most(request: &Request) -> usize {
    match request.songs {
        0 => usize::MAX,
        n => n,
    }
}
