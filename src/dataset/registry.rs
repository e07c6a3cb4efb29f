//! The table of known data sets.

use super::eighth_notes::EighthNotes;
use super::jsb::Jsb;
use super::lakh::Lakh;
use super::maestro::Maestro;
use super::nes::Nes;
use super::pop909::Pop909;
use super::scales::Scales;
use super::{DatasetError, Source, giantmidi, midi, played, symphony_net};
use std::path::{Path, PathBuf};

/// One row of the table.
pub struct Entry {
    pub id: &'static str,
    /// One line for menus.
    pub summary: &'static str,
    /// Folder under the data root where it is looked for when no folder is named. Empty where none is needed.
    pub folder: &'static str,
    /// Makes the source from its root folder. Nothing is read yet.
    pub open: fn(&Path) -> Box<dyn Source>,
}

/// Every known data set.
pub const SOURCES: &[Entry] = &[
    Entry {
        id: "pop909",
        summary: "POP909: Chinese pop songs as melody, bridge and piano, put on their annotated beats",
        folder: "pop909",
        open: |root| Box::new(Pop909::new(root)),
    },
    Entry {
        id: "jsb",
        summary: "JSB chorales: four voices on a grid of 16ths, with the usual split",
        folder: "jsb",
        open: |root| Box::new(Jsb::new(root)),
    },
    Entry {
        id: "pop909-reference",
        summary: "POP909 as the reference system took it: 001 to 859 for training, 860 to 909 for tests, on the files' own ticks",
        folder: "pop909",
        open: |root| Box::new(Pop909::reference(root)),
    },
    Entry {
        id: "midi",
        summary: "Any folder of MIDI files, with all folders in it",
        folder: "midi",
        open: |root| Box::new(midi::source(root)),
    },
    Entry {
        id: "played",
        summary: "Any folder of MIDI files; where they were played in freely, their beats are found from what sounds",
        folder: "midi",
        open: |root| Box::new(played::source(root)),
    },
    Entry {
        id: "maestro",
        summary: "MAESTRO v3: piano competitions, in seconds and without beats, with the official split",
        folder: "maestro",
        open: |root| Box::new(Maestro::new(root)),
    },
    Entry {
        id: "giantmidi",
        summary: "GiantMIDI-Piano: piano recordings written down by machine, in seconds and without beats",
        folder: "giantmidi",
        open: |root| Box::new(giantmidi::source(root)),
    },
    Entry {
        id: "nes",
        summary: "NES-MDB: game music for two pulses, triangle and noise, in seconds, with the official split",
        folder: "nes",
        open: |root| Box::new(Nes::new(root)),
    },
    Entry {
        id: "symphony-net",
        summary: "SymphonyNet: orchestral music, classical and contemporary",
        folder: "symphony-net",
        open: |root| Box::new(symphony_net::source(root)),
    },
    Entry {
        id: "lakh",
        summary: "Lakh MIDI: MIDI files of every kind from the web, all or those matched to recordings",
        folder: "lakh",
        open: |root| Box::new(Lakh::new(root)),
    },
    Entry {
        id: "scales",
        summary: "Twelve major and twelve minor scales, made here: the smallest set that can be learned",
        folder: "",
        open: |_| Box::new(Scales),
    },
    Entry {
        id: "eighth-notes",
        summary: "Eight eighths of one pitch, twelve times, made here: does anything learn at all",
        folder: "",
        open: |_| Box::new(EighthNotes),
    },
];

/// The folder that holds the data sets: `LACUNA_DATA`, else `../shared/data` beside the checkout.
pub fn default_root() -> PathBuf {
    std::env::var_os("LACUNA_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
}

/// Opens a data set by name, in `root` or in its usual folder under [`default_root`].
pub fn open(id: &str, root: Option<&Path>) -> Result<Box<dyn Source>, DatasetError> {
    let Some(entry) = SOURCES.iter().find(|e| e.id == id) else {
        let nearest = SOURCES
            .iter()
            .min_by_key(|e| distance(e.id, id))
            .map_or("", |e| e.id);
        return Err(DatasetError::Unknown {
            id: id.into(),
            nearest: nearest.into(),
            known: SOURCES.iter().map(|e| e.id).collect::<Vec<_>>().join(", "),
        });
    };
    let folder = root.map_or_else(|| default_root().join(entry.folder), Path::to_path_buf);
    Ok((entry.open)(&folder))
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut previous = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = previous + usize::from(x != *y);
            previous = row[j + 1];
            row[j + 1] = cost.min(previous + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_answered_with_the_nearest() {
        let error = open("pop90", None).err().unwrap();
        assert!(error.to_string().contains("nearest is 'pop909'"), "{error}");
    }

    #[test]
    fn ids_are_unique_and_answer_to_their_row() {
        for entry in SOURCES {
            assert_eq!((entry.open)(Path::new(".")).id(), entry.id);
            assert_eq!(SOURCES.iter().filter(|e| e.id == entry.id).count(), 1);
        }
    }
}
