//! Parts and measures as MusicXML 4.0, partwise. The order of the tags is that of its schema.

use super::drums;
use super::grid::{Measure, QUARTER};
use super::part::Part;
use super::pieces::{Piece, Tuplet, pieces, within};
use super::spelling::spell;
use super::voices::VOICES;
use crate::format::xml::Xml;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>
<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" \"http://www.musicxml.org/dtds/partwise.dtd\">
";

/// MIDI velocity that MusicXML calls 100 percent: its forte.
const FORTE: f64 = 90.0;

/// A change of tempo in the first part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tempo {
    /// Divisions from the start of the piece.
    pub at: u64,
    pub bpm: f64,
}

/// A change of key signature at the start of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Place of the measure, from 0.
    pub measure: usize,
    pub sharps: i8,
    pub minor: bool,
}

/// What all parts share.
pub(super) struct Sheet<'a> {
    pub title: &'a str,
    pub measures: &'a [Measure],
    pub tempos: &'a [Tempo],
    pub keys: &'a [Key],
}

/// The whole file.
pub(super) fn write(sheet: &Sheet<'_>, parts: &[Part]) -> String {
    let mut xml = Xml::new(HEAD);
    xml.open("score-partwise", &[("version", &"4.0")]);
    xml.open("work", &[]);
    xml.leaf("work-title", sheet.title);
    xml.close();
    xml.open("identification", &[]);
    xml.open("encoding", &[]);
    xml.leaf("software", concat!("Lacuna ", env!("CARGO_PKG_VERSION")));
    xml.close();
    xml.close();
    xml.open("part-list", &[]);
    for (i, part) in parts.iter().enumerate() {
        score_part(&mut xml, &format!("P{}", i + 1), part);
    }
    xml.close();
    for (i, part) in parts.iter().enumerate() {
        let writer = Writer {
            sheet,
            part,
            id: format!("P{}", i + 1),
            first: i == 0,
        };
        writer.part(&mut xml);
    }
    xml.finish()
}

fn score_part(xml: &mut Xml, id: &str, part: &Part) {
    xml.open("score-part", &[("id", &id)]);
    xml.leaf("part-name", &part.name);
    // A part of drums has an instrument a drum: only so its notes say which one they mean.
    let instruments: Vec<(u8, &str)> = match &part.drums {
        Some(keys) => keys.iter().map(|k| (*k, drums::of(*k).name)).collect(),
        None => vec![(0, part.instrument)],
    };
    for (key, name) in &instruments {
        xml.open("score-instrument", &[("id", &instrument(id, *key))]);
        xml.leaf("instrument-name", name);
        xml.close();
    }
    for (key, _) in &instruments {
        xml.open("midi-instrument", &[("id", &instrument(id, *key))]);
        xml.leaf("midi-channel", part.channel);
        xml.leaf("midi-program", part.program);
        if part.drums.is_some() {
            xml.leaf("midi-unpitched", key + 1);
        }
        xml.close();
    }
    xml.close();
}

fn instrument(part: &str, key: u8) -> String {
    format!("{part}-I{}", key + 1)
}

struct Writer<'a> {
    sheet: &'a Sheet<'a>,
    part: &'a Part,
    id: String,
    first: bool,
}

/// Where a note is written.
struct Place {
    /// 1 and up, counted through the staves of the part.
    voice: usize,
    /// 1 and up, where the part has several.
    staff: Option<usize>,
    /// Sharps in force.
    sharps: i8,
}

impl Writer<'_> {
    fn part(&self, xml: &mut Xml) {
        xml.open("part", &[("id", &self.id)]);
        let mut sharps = 0;
        for (i, measure) in self.sheet.measures.iter().enumerate() {
            xml.open("measure", &[("number", &(i + 1))]);
            self.attributes(xml, i, measure, &mut sharps);
            if self.first {
                self.tempos(xml, measure);
            }
            self.notes(xml, measure, sharps);
            xml.close();
        }
        xml.close();
    }

    fn attributes(&self, xml: &mut Xml, i: usize, measure: &Measure, sharps: &mut i8) {
        let before = i.checked_sub(1).and_then(|i| self.sheet.measures.get(i));
        let key = self.sheet.keys.iter().find(|k| k.measure == i);
        let key = key.filter(|_| self.part.drums.is_none());
        let beat = |m: &Measure| (m.meter.numerator.max(1), m.meter.denominator.max(1));
        let meter = before.is_none_or(|b| beat(b) != beat(measure));
        if i > 0 && key.is_none() && !meter {
            return;
        }
        xml.open("attributes", &[]);
        if i == 0 {
            xml.leaf("divisions", QUARTER);
        }
        if let Some(key) = key {
            *sharps = key.sharps;
            xml.open("key", &[]);
            xml.leaf("fifths", key.sharps);
            xml.leaf("mode", if key.minor { "minor" } else { "major" });
            xml.close();
        }
        if meter {
            let (beats, unit) = beat(measure);
            xml.open("time", &[]);
            xml.leaf("beats", beats);
            xml.leaf("beat-type", unit);
            xml.close();
        }
        if i == 0 {
            self.clefs(xml);
        }
        xml.close();
    }

    fn clefs(&self, xml: &mut Xml) {
        let several = self.part.staves.len() > 1;
        if several {
            xml.leaf("staves", self.part.staves.len());
        }
        for (i, staff) in self.part.staves.iter().enumerate() {
            if several {
                xml.open("clef", &[("number", &(i + 1))]);
            } else {
                xml.open("clef", &[]);
            }
            xml.leaf("sign", staff.clef.sign);
            if self.part.drums.is_none() {
                xml.leaf("line", staff.clef.line);
            }
            if staff.clef.octaves != 0 {
                xml.leaf("clef-octave-change", staff.clef.octaves);
            }
            xml.close();
        }
    }

    fn tempos(&self, xml: &mut Xml, measure: &Measure) {
        let from = self.sheet.tempos.partition_point(|t| t.at < measure.start);
        let to = self.sheet.tempos.partition_point(|t| t.at < measure.end());
        for tempo in self.sheet.tempos.get(from..to).unwrap_or_default() {
            let bpm = (tempo.bpm * 100.0).round() / 100.0;
            xml.open("direction", &[("placement", &"above")]);
            xml.open("direction-type", &[]);
            xml.open("metronome", &[]);
            xml.leaf("beat-unit", "quarter");
            xml.leaf("per-minute", bpm);
            xml.close();
            xml.close();
            if tempo.at > measure.start {
                xml.text("offset", &[("sound", &"yes")], tempo.at - measure.start);
            }
            xml.empty("sound", &[("tempo", &bpm)]);
            xml.close();
        }
    }

    fn notes(&self, xml: &mut Xml, measure: &Measure, sharps: i8) {
        let several = self.part.staves.len() > 1;
        let mut written = false;
        for (s, staff) in self.part.staves.iter().enumerate() {
            for v in 0..staff.voices.len().max(1) {
                let voice = staff.voices.get(v).map_or(&[][..], Vec::as_slice);
                let silent = within(voice, measure).is_empty();
                if silent && v > 0 {
                    continue;
                }
                if written {
                    xml.open("backup", &[]);
                    xml.leaf("duration", measure.length);
                    xml.close();
                }
                written = true;
                let place = Place {
                    voice: s * VOICES + v + 1,
                    staff: several.then_some(s + 1),
                    sharps,
                };
                if silent {
                    whole_rest(xml, measure, &place);
                    continue;
                }
                for piece in pieces(voice, measure) {
                    self.piece(xml, &piece, &place, v > 0);
                }
            }
        }
    }

    /// `hidden` rests fill the second and later voices, where the first says already how the measure goes.
    fn piece(&self, xml: &mut Xml, piece: &Piece<'_>, place: &Place, hidden: bool) {
        let Some(chord) = piece.chord else {
            if hidden {
                xml.open("note", &[("print-object", &"no")]);
            } else {
                xml.open("note", &[]);
            }
            xml.empty("rest", &[]);
            xml.leaf("duration", piece.duration);
            xml.leaf("voice", place.voice);
            value(xml, piece);
            end_note(xml, piece, place, true);
            return;
        };
        for (i, (pitch, velocity)) in chord.notes.iter().enumerate() {
            let percent = (f64::from(*velocity) * 1e4 / FORTE).round() / 100.0;
            xml.open("note", &[("dynamics", &percent)]);
            if i > 0 {
                xml.empty("chord", &[]);
            }
            let drum = self.part.drums.is_some().then(|| drums::of(*pitch));
            match drum {
                Some(drum) => {
                    xml.open("unpitched", &[]);
                    xml.leaf("display-step", drum.step);
                    xml.leaf("display-octave", drum.octave);
                    xml.close();
                }
                None => {
                    let name = spell(*pitch, place.sharps);
                    xml.open("pitch", &[]);
                    xml.leaf("step", name.step);
                    if name.alter != 0 {
                        xml.leaf("alter", name.alter);
                    }
                    xml.leaf("octave", name.octave);
                    xml.close();
                }
            }
            xml.leaf("duration", piece.duration);
            if piece.tied_from {
                xml.empty("tie", &[("type", &"stop")]);
            }
            if piece.tied_to {
                xml.empty("tie", &[("type", &"start")]);
            }
            if drum.is_some() {
                xml.empty("instrument", &[("id", &instrument(&self.id, *pitch))]);
            }
            xml.leaf("voice", place.voice);
            value(xml, piece);
            if drum.is_some_and(|d| d.cross) {
                xml.leaf("notehead", "x");
            }
            end_note(xml, piece, place, i == 0);
        }
    }
}

fn whole_rest(xml: &mut Xml, measure: &Measure, place: &Place) {
    xml.open("note", &[]);
    xml.empty("rest", &[("measure", &"yes")]);
    xml.leaf("duration", measure.length);
    xml.leaf("voice", place.voice);
    if let Some(staff) = place.staff {
        xml.leaf("staff", staff);
    }
    xml.close();
}

fn value(xml: &mut Xml, piece: &Piece<'_>) {
    xml.leaf("type", piece.value);
    for _ in 0..piece.dots {
        xml.empty("dot", &[]);
    }
    if piece.tuplet.is_some() {
        xml.open("time-modification", &[]);
        xml.leaf("actual-notes", 3);
        xml.leaf("normal-notes", 2);
        xml.leaf("normal-type", "eighth");
        xml.close();
    }
}

/// What stands after the head of a note; `first` of its chord, which alone carries the bracket of a tuplet.
fn end_note(xml: &mut Xml, piece: &Piece<'_>, place: &Place, first: bool) {
    if let Some(staff) = place.staff {
        xml.leaf("staff", staff);
    }
    let edge = piece.tuplet.filter(|t| first && (t.begins || t.ends));
    if piece.tied_from || piece.tied_to || edge.is_some() {
        xml.open("notations", &[]);
        if piece.tied_from {
            xml.empty("tied", &[("type", &"stop")]);
        }
        if piece.tied_to {
            xml.empty("tied", &[("type", &"start")]);
        }
        match edge {
            Some(Tuplet { begins: true, .. }) => tuplet(xml, "start"),
            Some(_) => tuplet(xml, "stop"),
            None => {}
        }
        xml.close();
    }
    xml.close();
}

fn tuplet(xml: &mut Xml, kind: &str) {
    xml.empty("tuplet", &[("type", &kind), ("number", &1)]);
}
