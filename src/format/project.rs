//! The project file, `.lacuna`: one header line, then the document as RON.
//!
//! The header reads `LACUNA <version> <bytes of the body> <SHA-256 of the body>`, so that a file cut short and
//! a file with flipped bits are told apart, and a file from a newer Lacuna is refused before it is misread.

use super::error::{FormatError, check_size};
use super::invariants;
use super::report::Report;
use crate::score::Document;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version this Lacuna writes; older ones are read.
pub const VERSION: u32 = 1;
/// Project files larger than this many bytes are refused.
pub const SIZE_LIMIT: u64 = 1 << 30;

const MAGIC: &str = "LACUNA";

/// What a project file holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub document: Document,
    /// What the window looked like, in the studio's own words (RON); nothing here reads it.
    #[serde(default)]
    pub view: Option<String>,
}

/// The bytes of a project file.
///
/// # Errors
/// When the document cannot be put into words, which only a fault in this program could cause, or the file would
/// be larger than [`SIZE_LIMIT`].
pub fn write(project: &Project) -> Result<Vec<u8>, FormatError> {
    let body = ron::to_string(project).map_err(|e| FormatError::NotSavable {
        what: e.to_string(),
    })?;
    check_size(body.len() as u64, SIZE_LIMIT - 200)?;
    Ok(seal(VERSION, body.as_bytes()))
}

/// Puts the header line before a body.
pub(super) fn seal(version: u32, body: &[u8]) -> Vec<u8> {
    let mut out = format!("{MAGIC} {version} {} {}\n", body.len(), hash(body)).into_bytes();
    out.extend_from_slice(body);
    out
}

fn hash(body: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(body)
        .iter()
        .fold(String::with_capacity(64), |mut s, b| {
            // Writing to a string cannot fail.
            let _ = write!(s, "{b:02x}");
            s
        })
}

/// Reads a project file. What breaks a rule of the score (order, ranges, unique ids) is mended, and a warning logged.
///
/// # Errors
/// Empty, foreign, damaged and cut files, files of a newer version, and pieces that cannot be mended.
pub fn read(bytes: &[u8]) -> Result<Project, FormatError> {
    let (project, report) = read_reported(bytes)?;
    for s in &report.sentences {
        log::warn!("project file: {s}");
    }
    Ok(project)
}

/// As [`read`], with what was mended.
///
/// # Errors
/// As [`read`].
pub fn read_reported(bytes: &[u8]) -> Result<(Project, Report), FormatError> {
    if bytes.is_empty() {
        return Err(FormatError::Empty);
    }
    check_size(bytes.len() as u64, SIZE_LIMIT)?;
    let body = open(bytes)?;
    let text = std::str::from_utf8(body).map_err(|_| damaged("it is not text"))?;
    let mut project: Project = ron::from_str(text).map_err(|e| {
        damaged(&format!(
            "line {} cannot be understood ({})",
            e.span.start.line, e.code
        ))
    })?;
    let report = invariants::mend(&mut project.document)?;
    Ok((project, report))
}

fn damaged(what: &str) -> FormatError {
    FormatError::Damaged { what: what.into() }
}

/// Checks the header line; gives the body.
fn open(bytes: &[u8]) -> Result<&[u8], FormatError> {
    // The header is short; a file without a line break near its start is none of ours.
    let end = bytes.iter().take(200).position(|b| *b == b'\n');
    let header = bytes.get(..end.unwrap_or(bytes.len().min(200)));
    let header = header
        .and_then(|h| std::str::from_utf8(h).ok())
        .unwrap_or("");
    let mut words = header.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(FormatError::NotProject);
    }
    let version: u32 = words
        .next()
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| damaged("its first line is broken"))?;
    if version > VERSION {
        return Err(FormatError::TooNew {
            found: version,
            known: VERSION,
        });
    }
    let size: Option<u64> = words.next().and_then(|v| v.parse().ok());
    let (Some(end), Some(size), Some(sum), None) = (end, size, words.next(), words.next()) else {
        return Err(damaged("its first line is broken"));
    };
    let body = bytes.get(end + 1..).unwrap_or_default();
    if (body.len() as u64) < size {
        let missing = size - body.len() as u64;
        return Err(damaged(&format!(
            "it was cut short and {missing} of {size} bytes are missing"
        )));
    }
    if body.len() as u64 != size || hash(body) != sum {
        return Err(damaged("its contents were changed after it was saved"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    pub fn sample() -> Project {
        let mut score = Score {
            title: "Ständchen \"in\" D\n".into(),
            ..Score::default()
        };
        let t = score.add_track("Melody", 0, 40);
        let a = score.add_note(t, 0, 480, 60, 80);
        score.add_note(t, 480, 0, 62, 80);
        score.metas.push(MetaEvent {
            tick: 3,
            chunk: 0,
            kind: MetaKind::SysEx(vec![0, 255, 0xF7]),
        });
        let mask = Mask::of(Region::notes([a]));
        let take = Take {
            name: "Take 1".into(),
            notes: vec![TakeNote {
                track: t,
                start: 0,
                length: 240,
                pitch: 64,
                velocity: 90,
                confidence: 0.1,
                replaces: Some(a),
            }],
            recipe: Recipe {
                model: "pop".into(),
                model_hash: "ab".into(),
                mask: mask.clone(),
                settings: SamplerSettings::default(),
                constraints: Constraints::default(),
                take: 0,
                device: "CPU".into(),
            },
            millis: 12,
        };
        let score = Arc::new(score);
        let version = Version {
            name: "Before \"it\"".into(),
            kept: 1_795_000_000,
            score: score.clone(),
        };
        Project {
            document: Document {
                score,
                mask: Arc::new(mask),
                takes: Arc::new(vec![take]),
                versions: Arc::new(vec![version]),
            },
            view: Some("(zoom:1.5)".into()),
        }
    }

    proptest! {
        #[test]
        fn a_project_comes_back_equal(
            title in any::<String>(), view in any::<Option<String>>(),
            notes in prop::collection::vec((any::<u16>(), any::<u16>(), 0u8..128, 1u8..128), 0..50),
            body in prop::collection::vec(any::<u8>(), 0..20),
            gain in 0.0f32..1.5, confidence in 0.0f32..1.0,
        ) {
            let mut project = sample();
            let score = Arc::make_mut(&mut project.document.score);
            score.title = title;
            let t = score.add_track("B", 9, 0);
            for (start, length, pitch, velocity) in notes {
                score.add_note(t, start.into(), length.into(), pitch, velocity);
            }
            score.metas.push(MetaEvent { tick: 9, chunk: 0, kind: MetaKind::Other(0x60, body) });
            if let Some(t) = score.track_mut(t) {
                t.mix.volume = gain;
            }
            Arc::make_mut(&mut project.document.takes)[0].notes[0].confidence = confidence;
            project.view = view;
            let (back, report) = read_reported(&write(&project).unwrap()).unwrap();
            prop_assert!(report.is_empty(), "{}", report);
            prop_assert_eq!(back, project);
        }
    }

    /// The body of a file as version 1 first wrote it. It must open for ever: a new field of the score or of a take
    /// needs `#[serde(default)]`.
    const FIRST: &str = r#"(document:(score:(title:"Old",ppq:480,tracks:[(id:(1),name:"Melody",chunk:1,channel:0,
        notes:[(id:(2),start:0,length:480,pitch:60,velocity:80,release:Some(64))],
        events:[(tick:0,kind:Controller(controller:64,value:127))],program:40,
        mix:(volume:1.0,pan:0.0,mute:false,solo:false))],
        tempos:[(tick:0,micros_per_quarter:500000)],
        meters:[(tick:0,numerator:4,denominator:4,clocks:24,thirty_seconds:8)],
        keys:[(tick:0,sharps:-3,minor:true)],metas:[(tick:3,chunk:0,kind:Text([97]))],
        chunks:["",""],chunk_ends:[0,960],next_id:3),
        mask:(gestures:[Add((tracks:Some([(1)]),rects:[(start:0,end:480,low:0,high:127)],notes:[(2)]))],
        attributes:(pitch:true,onset:true,duration:true,velocity:true)),
        takes:[(name:"Take 1",notes:[(track:(1),start:0,length:240,pitch:64,velocity:90,confidence:0.5,replaces:None)],
        recipe:(model:"pop",model_hash:"ab",mask:(gestures:[],attributes:(pitch:true,onset:true,duration:true,velocity:true)),
        settings:(steps:12,temperature:1.0,top_p:0.92,remask:0.0,by_confidence:true,change:1.0,seed:7),
        constraints:(density:0.0,keep_rhythm:false,in_key:0.0),take:0,device:"CPU"),millis:12)]),view:None)"#;

    #[test]
    fn a_file_of_version_1_opens() {
        let (project, report) = read_reported(&seal(1, FIRST.as_bytes())).unwrap();
        assert!(report.is_empty(), "{report}");
        let document = project.document;
        assert_eq!(document.score.tracks[0].notes[0].pitch, 60);
        assert_eq!(document.takes[0].recipe.settings.seed, 7);
        assert!(document.mask.covers(TrackId(1), 0, 60));
    }

    #[test]
    fn damage_is_named_for_what_it_is() {
        let good = write(&sample()).unwrap();
        let says = |bytes: &[u8], words: &str| {
            let e = read(bytes).unwrap_err().to_string();
            assert!(e.contains(words), "{e}");
        };
        says(&[], "empty");
        says(b"MThd", "not a Lacuna project");
        says(&good[..good.len() - 9], "9 of ");
        says(&good[..20], "first line");
        let mut flipped = good.clone();
        let last = flipped.len() - 20;
        flipped[last] ^= 1;
        says(&flipped, "changed after");
        says(&seal(VERSION + 1, b"()"), "newer Lacuna");
        says(&seal(VERSION, b"(document:7)"), "line 1");
        says(&seal(VERSION, &[0xFF]), "not text");
    }
}
