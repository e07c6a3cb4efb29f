//! Counts what an import mends or drops, and puts it into sentences.

use crate::format::Report;

/// Counters of one import.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub no_header: bool,
    /// A file type beyond 2, read as 1.
    pub odd_kind: Option<u16>,
    /// Chunks announced and chunks found, where they differ.
    pub chunk_count: Option<(u16, usize)>,
    /// Frames a second of an SMPTE division.
    pub smpte: Option<&'static str>,
    pub zero_division: bool,
    pub sequences: u64,
    pub wrong_lengths: u64,
    pub cut: u64,
    pub no_end: u64,
    pub after_end: u64,
    pub foreign_chunks: u64,
    pub too_many_chunks: bool,
    pub garbage: u64,
    pub bad_bytes: u64,
    pub stray: u64,
    pub late: u64,
    pub hanging: u64,
    pub unmatched: u64,
    pub zero_tempos: u64,
    pub smpte_tempos: u64,
    pub bad_meters: u64,
    pub odd_meters: u64,
    pub bad_keys: u64,
    pub odd_keys: u64,
    pub odd_tempos: u64,
}

impl Tally {
    /// The sentences.
    pub fn report(&self) -> Report {
        let mut r = Report::default();
        if self.no_header {
            r.sentences.push(
                "The file header is missing or cut short; 480 ticks a quarter note are assumed."
                    .into(),
            );
        }
        if let Some(kind) = self.odd_kind {
            r.sentences.push(format!(
                "The file says it is of type {kind}, which does not exist; it was read as type 1."
            ));
        }
        if let Some((said, found)) = self.chunk_count {
            r.sentences.push(format!(
                "The file announces {said} track chunks but holds {found}."
            ));
        }
        if let Some(rate) = self.smpte {
            r.sentences.push(format!(
                "The file counts {rate} film frames a second instead of beats; its times were kept and a tempo with the same speed was put in."
            ));
        }
        if self.zero_division {
            r.sentences
                .push("The file gives no ticks a quarter note; 480 are assumed.".into());
        }
        r.count(
            self.sequences,
            "{} independent sequences (a type 2 file) were placed one after another.",
        );
        if self.too_many_chunks {
            r.sentences
                .push("Track chunks after the 65535th were left out.".into());
        }
        r.count(
            self.cut,
            "{} track chunk{s} broke off in the middle of an event; the rest was lost.",
        );
        r.count(
            self.wrong_lengths,
            "{} track chunk{s} had a wrong length, which was mended.",
        );
        r.count(
            self.no_end,
            "{} track chunk{s} lacked an end; it was put after the last event.",
        );
        r.count(
            self.hanging,
            "{} note{s} never stopped; the end of the track stops them.",
        );
        r.count(
            self.unmatched,
            "{} note-off{s} without a sounding note dropped.",
        );
        r.count(
            self.late,
            "{} event{s} lay beyond the last possible tick (268435455) and moved there.",
        );
        r.count(self.zero_tempos, "{} tempo{s} of zero dropped.");
        r.count(
            self.smpte_tempos,
            "{} tempo{s} without meaning in a file that counts frames dropped.",
        );
        r.count(self.odd_tempos, "{} tempo{s} with surplus bytes mended.");
        r.count(
            self.bad_meters,
            "{} impossible time signature{s} (no beats, or a note value beyond 1/128) dropped.",
        );
        r.count(
            self.odd_meters,
            "{} time signature{s} of the wrong size mended.",
        );
        r.count(
            self.bad_keys,
            "{} impossible key signature{s} (more than seven sharps or flats) dropped.",
        );
        r.count(
            self.odd_keys,
            "{} key signature{s} with an odd mode mended.",
        );
        r.count(
            self.stray,
            "{} system message{s} that no file may hold dropped.",
        );
        r.count(
            self.bad_bytes,
            "{} byte{s} out of range brought into range.",
        );
        r.count(
            self.foreign_chunks,
            "{} chunk{s} that are not tracks left out.",
        );
        r.count(
            self.after_end,
            "{} byte{s} after the end of a track left out.",
        );
        r.count(self.garbage, "{} byte{s} that make no sense skipped.");
        r
    }
}
