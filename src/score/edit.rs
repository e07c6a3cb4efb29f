//! Edits as values: what a gesture, a menu entry or a command line does to a document.

use super::{
    ChannelEvent, Document, Mask, Meter, Mix, Note, NoteId, Score, Take, Tempo, Track, TrackId,
    Version, key::Key, repeat, timeline,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One change. Applying it to a document gives a new document; the old one is what undo brings back.
#[derive(Clone, Debug)]
pub enum Edit {
    /// New notes on a track; their ids are assigned on the way in.
    AddNotes {
        track: TrackId,
        notes: Vec<Note>,
    },
    RemoveNotes(BTreeSet<NoteId>),
    /// New channel events on a track, behind those of their tick.
    AddEvents {
        track: TrackId,
        events: Vec<ChannelEvent>,
    },
    /// Notes by id with their new values (moves, resizes, velocities, transpositions).
    ChangeNotes(Vec<Note>),
    AddTrack {
        name: String,
        channel: u8,
        program: u8,
    },
    RemoveTrack(TrackId),
    /// Whole tracks behind the others, as another piece had them; ids and chunks are assigned on the way in.
    AddTracks(Vec<Track>),
    RenameTrack {
        track: TrackId,
        name: String,
    },
    SetMix {
        track: TrackId,
        mix: Mix,
    },
    SetProgram {
        track: TrackId,
        program: u8,
    },
    SetMask(Mask),
    /// Takes that answer the present mask, added to those there are.
    AddTakes(Vec<Take>),
    ClearTakes,
    /// Makes take `index` (from 0) part of the score; takes and mask are cleared.
    AcceptTake(usize),
    SetTempo(Tempo),
    SetMeter(Meter),
    /// Whole maps, sorted by tick, in place of those there are.
    SetTempos(Vec<Tempo>),
    SetMeters(Vec<Meter>),
    /// A marker at a tick, in place of those there; `None` takes them away.
    SetMarker {
        tick: u32,
        name: Option<String>,
    },
    /// Empty time in front of `at`, in ticks; everything behind it goes on later, the mask too.
    InsertTime {
        at: u32,
        length: u32,
    },
    /// The ticks `[from, to)` go, with all that begins in them.
    RemoveTime {
        from: u32,
        to: u32,
    },
    /// What lies in the ticks `[from, to)` once more behind them; everything behind goes on later.
    RepeatTime {
        from: u32,
        to: u32,
    },
    /// All channel events of a track, sorted by tick, in place of those there are.
    SetEvents {
        track: TrackId,
        events: Vec<ChannelEvent>,
    },
    /// Whether a track may be changed.
    SetLock {
        track: TrackId,
        locked: bool,
    },
    /// The key of the piece; `None` has it found in the notes.
    SetKey(Option<Key>),
    /// A track to another place of the list, from 0.
    MoveTrack {
        track: TrackId,
        to: usize,
    },
    /// A track's place among the theme's colours.
    SetColour {
        track: TrackId,
        colour: u8,
    },
    SetTitle(String),
    /// The same music counted in half or twice as many quarters. No tick moves and nothing sounds
    /// otherwise: only what a quarter is changes, and the tempo with it.
    RecountBeats {
        halve: bool,
    },
    /// New notes, each with the note it is a part or a copy of: they are by the same hand.
    Inherit(Vec<(NoteId, NoteId)>),
    /// A state of the piece to be kept, behind those that are.
    KeepVersion(Version),
    /// Version `version` (from 0) gets another name.
    NameVersion {
        version: usize,
        name: String,
    },
    /// Version (from 0) is no longer kept.
    DropVersion(usize),
    /// The piece becomes what it was in this version (from 0). Mask and versions stay.
    RestoreVersion(usize),
    /// Several edits as one, all of them or none.
    Together {
        label: String,
        edits: Vec<Edit>,
    },
}

/// Why an edit could not be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("track {} is no longer in the piece", .0.0)]
    NoTrack(TrackId),
    #[error("there is no take {} (there are {have})", .asked + 1)]
    NoTake { asked: usize, have: usize },
    #[error("there is no version {} (there are {have})", .asked + 1)]
    NoVersion { asked: usize, have: usize },
    #[error("the piece already has as many notes as it can name")]
    Full,
    #[error("the beats of this piece cannot be counted otherwise without rounding")]
    Uneven,
    #[error("the piece would be longer than its ticks can count")]
    TooLong,
    #[error("the track {0} is locked; unlock it first")]
    Locked(String),
}

impl Edit {
    /// What undo and redo call it.
    pub fn label(&self) -> String {
        fn notes(verb: &str, n: usize) -> String {
            format!("{verb} {n} note{}", if n == 1 { "" } else { "s" })
        }
        match self {
            Edit::AddNotes { notes: n, .. } => notes("Add", n.len()),
            Edit::RemoveNotes(n) => notes("Delete", n.len()),
            Edit::AddEvents { .. } => "Add controllers".into(),
            Edit::ChangeNotes(n) => notes("Change", n.len()),
            Edit::AddTrack { name, .. } => format!("Add track {name}"),
            Edit::RemoveTrack(_) => "Remove track".into(),
            Edit::AddTracks(t) => format!(
                "Import {} track{}",
                t.len(),
                if t.len() == 1 { "" } else { "s" }
            ),
            Edit::RenameTrack { name, .. } => format!("Rename track to {name}"),
            Edit::SetMix { .. } => "Change mix".into(),
            Edit::SetProgram { .. } => "Change instrument".into(),
            Edit::SetMask(m) if m.is_empty() => "Clear mask".into(),
            Edit::SetMask(_) => "Mask".into(),
            Edit::AddTakes(t) => format!(
                "Generate {} take{}",
                t.len(),
                if t.len() == 1 { "" } else { "s" }
            ),
            Edit::ClearTakes => "Discard takes".into(),
            Edit::AcceptTake(i) => format!("Accept take {}", i + 1),
            Edit::SetTempo(t) => format!("Set tempo to {:.1}", t.bpm()),
            Edit::SetMeter(m) => format!("Set meter to {}/{}", m.numerator, m.denominator),
            Edit::SetTempos(_) => "Change tempo map".into(),
            Edit::SetMeters(_) => "Change metre map".into(),
            Edit::SetMarker {
                name: Some(name), ..
            } => format!("Set marker {name}"),
            Edit::SetMarker { name: None, .. } => "Remove marker".into(),
            Edit::InsertTime { .. } => "Insert time".into(),
            Edit::RemoveTime { .. } => "Delete time".into(),
            Edit::RepeatTime { .. } => "Repeat time".into(),
            Edit::SetEvents { .. } => "Change controllers".into(),
            Edit::SetLock { locked: true, .. } => "Lock track".into(),
            Edit::SetLock { locked: false, .. } => "Unlock track".into(),
            Edit::SetKey(Some(key)) => format!("Set key to {key}"),
            Edit::SetKey(None) => "Find the key in the notes".into(),
            Edit::MoveTrack { .. } => "Move track".into(),
            Edit::SetColour { .. } => "Change colour".into(),
            Edit::SetTitle(t) => format!("Rename piece to {t}"),
            Edit::RecountBeats { halve: true } => "Half as many beats".into(),
            Edit::RecountBeats { halve: false } => "Twice as many beats".into(),
            Edit::Inherit(pairs) => notes("Copy", pairs.len()),
            Edit::KeepVersion(v) => format!("Keep {}", v.name),
            Edit::NameVersion { name, .. } => format!("Rename version to {name}"),
            Edit::DropVersion(i) => format!("Forget version {}", i + 1),
            Edit::RestoreVersion(i) => format!("Go back to version {}", i + 1),
            Edit::Together { label, .. } => label.clone(),
        }
    }

    /// Whether it adds, removes or changes notes.
    pub fn changes_notes(&self) -> bool {
        match self {
            Edit::AddNotes { .. }
            | Edit::RemoveNotes(_)
            | Edit::ChangeNotes(_)
            | Edit::AddTracks(_)
            | Edit::InsertTime { .. }
            | Edit::RepeatTime { .. }
            | Edit::RemoveTime { .. } => true,
            Edit::Together { edits, .. } => edits.iter().any(Edit::changes_notes),
            _ => false,
        }
    }

    /// Whether takes for the piece before it answer a question that is no longer asked.
    pub fn ends_takes(&self) -> bool {
        match self {
            Edit::RemoveTrack(_)
            | Edit::SetMeter(_)
            | Edit::SetMeters(_)
            | Edit::AcceptTake(_)
            | Edit::RestoreVersion(_)
            | Edit::RecountBeats { .. } => true,
            Edit::Together { edits, .. } => edits.iter().any(Edit::ends_takes),
            other => other.changes_notes(),
        }
    }

    /// The document after this edit.
    ///
    /// # Errors
    /// When the track or take it speaks of is gone, or a track it would change is locked; the document is then
    /// unchanged.
    pub fn apply(self, doc: &Document) -> Result<Document, EditError> {
        if let (false, Some(track)) = (
            matches!(self, Edit::Together { .. }),
            self.locked(&doc.score),
        ) {
            return Err(EditError::Locked(track.name.clone()));
        }
        let mut doc = doc.clone();
        match self {
            Edit::SetMask(mask) => doc.mask = Arc::new(mask),
            Edit::AddTakes(takes) => Arc::make_mut(&mut doc.takes).extend(takes),
            Edit::ClearTakes => doc.takes = Arc::default(),
            Edit::AcceptTake(index) => {
                let have = doc.takes.len();
                let take = doc
                    .takes
                    .get(index)
                    .ok_or(EditError::NoTake { asked: index, have })?;
                doc.score = Arc::new(doc.score.with_take(&take.recipe.mask, take));
                doc.takes = Arc::default();
                doc.mask = Arc::new(Mask {
                    attributes: doc.mask.attributes,
                    ..Mask::default()
                });
            }
            Edit::KeepVersion(version) => Arc::make_mut(&mut doc.versions).push(version),
            Edit::NameVersion { version, name } => named(&mut doc, version)?.name = name,
            Edit::DropVersion(index) => {
                named(&mut doc, index)?;
                Arc::make_mut(&mut doc.versions).remove(index);
            }
            Edit::RestoreVersion(index) => {
                let next = doc.score.next_id;
                doc.score = named(&mut doc, index)?.score.clone();
                if doc.score.next_id < next {
                    // An id never means two notes.
                    Arc::make_mut(&mut doc.score).next_id = next;
                }
            }
            Edit::InsertTime { at, length } => {
                let mask = Arc::make_mut(&mut doc.mask);
                if !timeline::insert(Arc::make_mut(&mut doc.score), mask, at, length) {
                    return Err(EditError::TooLong);
                }
            }
            Edit::RepeatTime { from, to } => {
                let mask = Arc::make_mut(&mut doc.mask);
                repeat::repeat(Arc::make_mut(&mut doc.score), mask, from, to)?;
            }
            Edit::RemoveTime { from, to } => {
                let mask = Arc::make_mut(&mut doc.mask);
                timeline::remove(Arc::make_mut(&mut doc.score), mask, from, to.max(from));
            }
            Edit::Together { edits, .. } => {
                for edit in edits {
                    doc = edit.apply(&doc)?;
                }
            }
            on_score => on_score.apply_to_score(Arc::make_mut(&mut doc.score))?,
        }
        Ok(doc)
    }

    fn apply_to_score(self, score: &mut Score) -> Result<(), EditError> {
        fn track(score: &mut Score, id: TrackId) -> Result<&mut Track, EditError> {
            score.track_mut(id).ok_or(EditError::NoTrack(id))
        }
        match self {
            Edit::AddNotes { track: id, notes } => {
                let first = score.next_id;
                let next = u32::try_from(notes.len())
                    .ok()
                    .and_then(|n| first.checked_add(n))
                    .ok_or(EditError::Full)?;
                let t = track(score, id)?;
                t.notes.extend(
                    notes
                        .into_iter()
                        .zip(first..)
                        .map(|(n, i)| Note { id: NoteId(i), ..n }),
                );
                t.sort();
                score.next_id = next;
            }
            Edit::AddEvents { track: id, events } => {
                let t = track(score, id)?;
                t.events.extend(events);
                t.events.sort_by_key(|e| e.tick);
            }
            Edit::RemoveNotes(ids) => {
                let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else {
                    return Ok(());
                };
                let goes = |n: &Note| n.id >= first && n.id <= last && ids.contains(&n.id);
                for t in &mut score.tracks {
                    if t.notes.iter().any(goes) {
                        Arc::make_mut(t).notes.retain(|n| !goes(n));
                    }
                }
            }
            Edit::ChangeNotes(changed) => {
                let new: std::collections::HashMap<NoteId, Note> =
                    changed.into_iter().map(|n| (n.id, n)).collect();
                // Most notes of a big piece are told apart by the range of ids alone.
                let (Some(&first), Some(&last)) = (new.keys().min(), new.keys().max()) else {
                    return Ok(());
                };
                let change = |n: &Note| match n.id >= first && n.id <= last {
                    true => new.get(&n.id),
                    false => None,
                };
                for t in &mut score.tracks {
                    if t.notes.iter().any(|n| change(n).is_some()) {
                        let t = Arc::make_mut(t);
                        for n in &mut t.notes {
                            if let Some(c) = change(n) {
                                *n = *c;
                            }
                        }
                        t.sort();
                    }
                }
            }
            Edit::AddTrack {
                name,
                channel,
                program,
            } => {
                score.add_track(name, channel, program);
            }
            Edit::AddTracks(tracks) => {
                let wanted: usize = tracks.iter().map(|t| t.notes.len() + 1).sum();
                u32::try_from(wanted)
                    .ok()
                    .and_then(|n| score.next_id.checked_add(n))
                    .ok_or(EditError::Full)?;
                for mut new in tracks {
                    // A place behind the others, with a chunk of its own.
                    let id =
                        score.add_track(std::mem::take(&mut new.name), new.channel, new.program);
                    for note in &mut new.notes {
                        note.id = NoteId(score.fresh());
                    }
                    if let Some(t) = score.track_mut(id) {
                        (t.notes, t.events, t.mix) = (new.notes, new.events, new.mix);
                        (t.colour, t.locked) = (new.colour, new.locked);
                        t.sort();
                    }
                }
            }
            Edit::RemoveTrack(id) => {
                track(score, id)?;
                score.tracks.retain(|t| t.id != id);
            }
            Edit::RenameTrack { track: id, name } => track(score, id)?.name = name,
            Edit::SetMix { track: id, mix } => track(score, id)?.mix = mix,
            Edit::SetProgram { track: id, program } => {
                use super::ChannelEventKind::Program;
                let t = track(score, id)?;
                t.program = program;
                // The first program event is the instrument's; later ones are the composer's changes.
                if let Some(e) = t
                    .events
                    .iter_mut()
                    .find(|e| matches!(e.kind, Program { .. }))
                {
                    e.kind = Program { program };
                }
            }
            Edit::SetTempo(tempo) => {
                score.tempos.retain(|t| t.tick != tempo.tick);
                let at = score.tempos.partition_point(|t| t.tick < tempo.tick);
                score.tempos.insert(at, tempo);
            }
            Edit::SetMeter(meter) => {
                score.meters.retain(|m| m.tick != meter.tick);
                let at = score.meters.partition_point(|m| m.tick < meter.tick);
                score.meters.insert(at, meter);
            }
            Edit::SetTempos(tempos) => score.tempos = tempos,
            Edit::SetMeters(meters) => score.meters = meters,
            Edit::SetMarker { tick, name } => score.set_marker(tick, name),
            Edit::MoveTrack { track: id, to } => {
                let from = score.tracks.iter().position(|t| t.id == id);
                score.move_track(from.ok_or(EditError::NoTrack(id))?, to);
            }
            Edit::SetEvents { track: id, events } => track(score, id)?.events = events,
            Edit::SetLock { track: id, locked } => track(score, id)?.locked = locked,
            Edit::SetKey(key) => score.key = key,
            Edit::SetColour { track: id, colour } => track(score, id)?.colour = Some(colour),
            Edit::SetTitle(title) => score.title = title,
            Edit::RecountBeats { halve } => recount_beats(score, halve)?,
            Edit::Inherit(pairs) => score.inherit(&pairs),
            Edit::SetMask(_)
            | Edit::KeepVersion(_)
            | Edit::NameVersion { .. }
            | Edit::DropVersion(_)
            | Edit::RestoreVersion(_)
            | Edit::AddTakes(_)
            | Edit::ClearTakes
            | Edit::AcceptTake(_)
            | Edit::InsertTime { .. }
            | Edit::RepeatTime { .. }
            | Edit::RemoveTime { .. }
            | Edit::Together { .. } => {}
        }
        Ok(())
    }
}

/// A kept version by its place.
fn named(doc: &mut Document, asked: usize) -> Result<&mut Version, EditError> {
    let have = doc.versions.len();
    let versions = Arc::make_mut(&mut doc.versions);
    versions
        .get_mut(asked)
        .ok_or(EditError::NoVersion { asked, have })
}

/// Slowest tempo a Standard MIDI File can write, in microseconds a quarter.
const SLOWEST: u32 = 0xff_ffff;
/// Most ticks a quarter that one can write.
const FINEST: u16 = 0x7fff;

fn recount_beats(score: &mut Score, halve: bool) -> Result<(), EditError> {
    if score.tempos.first().is_none_or(|t| t.tick > 0) {
        let standard = Tempo {
            tick: 0,
            micros_per_quarter: 500_000,
        };
        score.tempos.insert(0, standard);
    }
    if halve {
        let ppq = score.ppq.checked_mul(2).filter(|p| *p <= FINEST);
        score.ppq = ppq.ok_or(EditError::Uneven)?;
    } else if score.ppq.is_multiple_of(2) && score.ppq > 0 {
        score.ppq /= 2;
    } else {
        return Err(EditError::Uneven);
    }
    for t in &mut score.tempos {
        let micros = t.micros_per_quarter;
        t.micros_per_quarter = match halve {
            true if micros <= SLOWEST / 2 => micros * 2,
            // Half a microsecond a quarter is nothing anybody hears.
            false if micros > 1 => micros / 2,
            _ => return Err(EditError::Uneven),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> Document {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        s.add_note(t, 480, 480, 60, 80);
        Document::new(s)
    }

    #[test]
    fn counting_in_other_beats_changes_nothing_one_hears() {
        let before = piece();
        for halve in [true, false] {
            let after = Edit::RecountBeats { halve }.apply(&before).unwrap();
            let seconds = |d: &Document| d.score.clock().seconds(480.0);
            assert_eq!(seconds(&before), seconds(&after));
            assert_eq!(before.score.tracks, after.score.tracks);
            let bpm = after.score.bpm_at(0);
            assert_eq!(bpm, if halve { 60.0 } else { 240.0 });
            let back = Edit::RecountBeats { halve: !halve }.apply(&after).unwrap();
            assert_eq!(back.score.ppq, 480);
        }
        let mut odd = (*before.score).clone();
        odd.ppq = 15;
        let e = Edit::RecountBeats { halve: false }.apply(&Document::new(odd));
        assert_eq!(e, Err(EditError::Uneven));
    }

    #[test]
    fn imported_tracks_get_ids_and_chunks_of_their_own() {
        let before = piece();
        let guest = before.score.tracks[0].as_ref().clone();
        let edit = Edit::AddTracks(vec![guest.clone(), guest]);
        assert!(edit.changes_notes());
        assert_eq!(edit.label(), "Import 2 tracks");
        let after = edit.apply(&before).unwrap();
        let tracks = &after.score.tracks;
        assert_eq!(tracks.len(), 3);
        let ids: BTreeSet<NoteId> = after.score.notes().map(|(_, n)| n.id).collect();
        assert_eq!(ids.len(), 3);
        let chunks: BTreeSet<u16> = tracks.iter().map(|t| t.chunk).collect();
        assert_eq!(chunks.len(), 3);
        assert_eq!(tracks[2].name, "Melody");
        assert!(after.score.next_id > ids.last().unwrap().0);
    }

    #[test]
    fn edits_together_are_done_all_or_none() {
        let together = |edits| Edit::Together {
            label: "Both".into(),
            edits,
        };
        let title = Edit::SetTitle("New".into());
        let before = piece();
        let gone = Edit::RemoveTrack(TrackId(99));
        assert!(together(vec![title.clone(), gone]).apply(&before).is_err());
        let id = before.score.tracks[0].notes[0].id;
        let remove = Edit::RemoveNotes([id].into());
        let both = together(vec![title, remove]);
        assert!(both.changes_notes() && both.ends_takes());
        let after = both.apply(&before).unwrap();
        assert_eq!(
            (after.score.title.as_str(), after.score.note_count()),
            ("New", 0)
        );
    }
}
