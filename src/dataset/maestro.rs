//! MAESTRO v3 (Hawthorne and others 2019): about 200 hours of piano competitions, recorded by the piano itself.
//!
//! `maestro-v3.0.0.csv` names the files and says which are held out, so that no work stands on two sides. The files
//! count time at a constant tempo the pianist knew nothing of: there are no beats, onsets lie anywhere, and the songs
//! suit rows of time (the `frame_roll` tokenizer). They are given as they are, with `on_beats` false.

use super::folder::{self, inner};
use super::{DatasetError, Song, SongRef, Source, Split, csv, read_text};
use std::path::{Component, Path, PathBuf};

/// The table looked for.
pub const TABLE: &str = "maestro-v3.0.0.csv";

/// The performances in a folder.
pub struct Maestro {
    root: PathBuf,
}

impl Maestro {
    /// The performances in `root`, the folder with the table or the one above it. Nothing is read yet.
    pub fn new(root: &Path) -> Maestro {
        Maestro {
            root: inner(root, &["maestro-v3.0.0"]),
        }
    }
}

impl Source for Maestro {
    fn id(&self) -> &str {
        "maestro"
    }

    fn songs(&self) -> Result<Vec<SongRef>, DatasetError> {
        let path = self.root.join(TABLE);
        let missing = |missing: String| DatasetError::NotFound {
            source_id: self.id().into(),
            path: self.root.clone(),
            missing,
        };
        if !path.is_file() {
            return Err(missing(format!(
                "{TABLE}, the table that says which performances are held out,"
            )));
        }
        let mut songs = parse(&read_text(&path)?, &path, &self.root)?;
        if !songs.iter().any(|s| s.path.is_file()) {
            return Err(missing(format!("every MIDI file that {TABLE} names")));
        }
        songs.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(songs)
    }

    fn load(&self, song: &SongRef) -> Result<Song, DatasetError> {
        Ok(Song::plain(song, folder::load(song)?, false))
    }
}

/// The songs of the table, in its order. The columns may stand in any order.
fn parse(text: &str, path: &Path, root: &Path) -> Result<Vec<SongRef>, DatasetError> {
    let mut rows = csv::parse(text, path)?.into_iter();
    let fail = |line: usize, problem: String| DatasetError::Text {
        path: path.to_path_buf(),
        line,
        problem,
    };
    let heading = rows
        .next()
        .ok_or_else(|| fail(1, "the table is empty".into()))?;
    let column = |name: &str| {
        let at = heading.fields.iter().position(|f| f.trim() == name);
        at.ok_or_else(|| fail(heading.line, format!("there is no column '{name}'")))
    };
    let (split_at, name_at) = (column("split")?, column("midi_filename")?);
    let mut songs = Vec::new();
    for row in rows {
        let (Some(split), Some(name)) = (row.fields.get(split_at), row.fields.get(name_at)) else {
            let found = row.fields.len();
            let expected = heading.fields.len();
            return Err(fail(
                row.line,
                format!("{found} columns where the heading has {expected}"),
            ));
        };
        let split = match split.trim() {
            "train" => Split::Train,
            "validation" => Split::Validation,
            "test" => Split::Test,
            other => {
                return Err(fail(
                    row.line,
                    format!("the split is '{other}', not train, validation or test"),
                ));
            }
        };
        let id = name.trim().to_owned();
        let inside = Path::new(&id)
            .components()
            .all(|c| matches!(c, Component::Normal(_)));
        if id.is_empty() || !inside {
            return Err(fail(
                row.line,
                format!("'{id}' does not name a file of this folder"),
            ));
        }
        songs.push(SongRef {
            path: root.join(&id),
            id,
            split,
        });
    }
    Ok(songs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::folder::testing::write;

    const HEADING: &str =
        "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n";

    fn folder(rows: &str, files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(TABLE), format!("{HEADING}{rows}")).unwrap();
        for name in files {
            write(&dir.path().join(name), &[(17, 300, 60), (401, 90, 64)]);
        }
        dir
    }

    #[test]
    fn the_table_decides_the_split_and_titles_may_hold_commas() {
        let dir = folder(
            "Alban Berg,Sonata Op. 1,train,2018,2018/a.midi,2018/a.wav,698.6\n\
             \"Chopin, F.\",\"Ballade No. 1, \"\"G minor\"\"\",validation,2008,2008/b.midi,x,5\n\
             Bach,Prelude,test,2004,2004/c.midi,x,5\n",
            &["2018/a.midi", "2008/b.midi", "2004/c.midi"],
        );
        let source = Maestro::new(dir.path());
        assert!(source.has_own_splits());
        let songs = source.songs().unwrap();
        let found: Vec<_> = songs.iter().map(|s| (s.id.as_str(), s.split)).collect();
        assert_eq!(
            found,
            [
                ("2004/c.midi", Split::Test),
                ("2008/b.midi", Split::Validation),
                ("2018/a.midi", Split::Train)
            ]
        );
        let song = source.load(&songs[0]).unwrap();
        assert!(!song.on_beats);
        assert_eq!(song.score.tracks[0].notes[0].start, 17);
    }

    #[test]
    fn years_without_the_table_are_refused_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("2004/a.midi"), &[(0, 100, 60)]);
        let error = Maestro::new(dir.path()).songs().unwrap_err().to_string();
        assert!(
            error.contains(TABLE) && error.contains("held out"),
            "{error}"
        );
    }

    #[test]
    fn a_table_without_its_files_and_a_file_that_is_gone_are_named() {
        let rows = "a,b,train,2018,2018/a.midi,x,1\na,b,test,2018,2018/b.midi,x,1\n";
        let error = Maestro::new(folder(rows, &[]).path()).songs().unwrap_err();
        assert!(error.to_string().contains("every MIDI file"), "{error}");
        let dir = folder(rows, &["2018/a.midi"]);
        let source = Maestro::new(dir.path());
        let songs = source.songs().unwrap();
        assert_eq!(songs.len(), 2);
        let error = source.load(&songs[1]).unwrap_err().to_string();
        assert!(
            error.contains("b.midi") && error.contains("not there"),
            "{error}"
        );
    }

    #[test]
    fn faults_of_the_table_name_their_line() {
        for (rows, words) in [
            ("a,b,trian,2018,2018/a.midi,x,1\n", "'trian'"),
            ("a,b,train\n", "3 columns"),
            ("a,b,train,2018,../secret.midi,x,1\n", "this folder"),
            ("a,\"b,train,2018,2018/a.midi,x,1\n", "never closed"),
        ] {
            let dir = folder(rows, &["2018/a.midi"]);
            let error = Maestro::new(dir.path()).songs().unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("line 2"), "{error}");
        }
    }
}
