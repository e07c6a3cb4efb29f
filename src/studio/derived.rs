//! What panes and roll ask for in every frame and what hangs on nothing but the document and the shown take.

use super::stats::MaskStats;
use crate::score::{Bars, Document, NoteId, Score, Take, TrackId, key};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What follows from the document and the shown take, worked out once for both.
pub struct Derived {
    /// Revision of the document, and the shown take.
    pub key: (u64, Option<usize>),
    /// The score that is shown and heard.
    pub preview: Arc<Score>,
    /// New notes of the shown take with the model's confidence.
    pub take_notes: BTreeMap<NoteId, f32>,
    pub bars: Bars,
    pub stats: MaskStats,
    /// End of the last bar with music, in ticks.
    pub end: u32,
    /// Tonic of the major key with the notes of the piece's key, 0..=11.
    pub major_tonic: u8,
    /// Bars of the document's score, whatever take is shown.
    pub bar_count: u32,
}

impl Derived {
    /// Works it out. `was` is what stood before; the mask's size does not depend on the shown take and is taken over.
    pub fn of(document: &Document, key: (u64, Option<usize>), was: Option<Derived>) -> Derived {
        let (revision, take) = key;
        let preview = document.preview(take);
        let take_notes = match take.and_then(|i| document.takes.get(i)) {
            Some(take) => confidences(&preview, document.score.next_id, take),
            None => BTreeMap::new(),
        };
        let bars = preview.bars();
        let end = bars.end(preview.bar_count() - 1);
        let bar_count = match take {
            Some(_) => document.score.bar_count(),
            None => bars.bar_at(end.saturating_sub(1)) + 1,
        };
        let stats = match was.filter(|d| d.key.0 == revision) {
            Some(d) => d.stats,
            None => MaskStats::of(document),
        };
        Derived {
            key,
            preview,
            take_notes,
            bars,
            stats,
            end,
            major_tonic: key::scale_tonic(&document.score),
            bar_count,
        }
    }
}

/// The new notes of a shown take with the confidence the model gave them.
fn confidences(preview: &Score, first_new: u32, take: &Take) -> BTreeMap<NoteId, f32> {
    let known: HashMap<(TrackId, u32, u8), f32> = take
        .notes
        .iter()
        .map(|n| ((n.track, n.start, n.pitch), n.confidence))
        .collect();
    preview
        .notes()
        .filter(|(_, n)| n.id.0 >= first_new)
        .map(|(t, n)| {
            (
                n.id,
                known.get(&(t, n.start, n.pitch)).copied().unwrap_or(1.0),
            )
        })
        .collect()
}
