//! Tokens that lie in files: our own prepared data sets, the arrays and chunk folders of smdiff, samples, text.

use super::prepared::{INDEX, Reader};
use super::read_text;
use crate::dataset::DatasetError;
use crate::format::{file, npy};
use crate::tokenizer::{Cut, Tokenizer, Tokens, registry, remi_z};
use std::path::{Path, PathBuf};

/// No token file is larger; a limit against reading something else by mistake.
const SIZE_LIMIT: u64 = 4 << 30;
/// Folders in lists in folders that are followed.
const DEEPEST: usize = 4;

/// Hears of one item: a name that can be part of a file name, and its tokens. Breaks off by returning false.
pub type Hear<'a> = dyn FnMut(String, Tokens) -> bool + 'a;

/// Reads every item of a file or folder in turn:
/// - a prepared data set (a folder with an `index.ron`);
/// - a `.npy` with one item (`[rows, columns]`, or `[rows]` for a single column), many (`[items, rows,
///   columns]`), an object array of such, or a list of paths to them, relative to the file;
/// - a folder of `.npy` files, in the order of their names;
/// - REMI-z as text: a `.txt` is one item, each line of a `.jsonl` (a text in quotes) another.
///
/// # Errors
/// When the file cannot be read or holds no tokens of that many columns.
pub fn read(
    path: &Path,
    tokenizer: &dyn Tokenizer,
    hear: &mut Hear<'_>,
) -> Result<(), DatasetError> {
    walk(path, tokenizer, hear, 0).map(drop)
}

/// The tokenizer a prepared data set was made with; `None` for other files.
///
/// # Errors
/// When the index is damaged, or of a tokenizer that cannot be turned back on its own.
pub fn tokenizer_of(path: &Path) -> Result<Option<&'static dyn Tokenizer>, DatasetError> {
    if !path.join(INDEX).is_file() {
        return Ok(None);
    }
    let reader = Reader::open(path).map_err(|e| format_error(path, e))?;
    let tokenizer = registry::find(&reader.index.plan.tokenizer);
    tokenizer.map(Some).map_err(|e| content(path, e))
}

fn format_error(path: &Path, error: crate::format::FormatError) -> DatasetError {
    DatasetError::Format {
        path: path.to_path_buf(),
        error,
    }
}

fn content(path: &Path, problem: impl Into<String>) -> DatasetError {
    DatasetError::Tokens {
        path: path.to_path_buf(),
        problem: problem.into(),
    }
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Returns whether to go on.
fn walk(
    path: &Path,
    tokenizer: &dyn Tokenizer,
    hear: &mut Hear<'_>,
    depth: usize,
) -> Result<bool, DatasetError> {
    if depth > DEEPEST {
        return Err(content(path, "its lists of files go round in circles"));
    }
    if path.join(INDEX).is_file() {
        return prepared(path, tokenizer, hear);
    }
    if path.is_dir() {
        return folder(path, tokenizer, hear, depth);
    }
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("npy") => array_file(path, tokenizer, hear, depth),
        Some("txt") => {
            let tokens = text(path, tokenizer, &read_text(path)?)?;
            Ok(hear(stem(path), tokens))
        }
        Some("jsonl") => {
            for (i, line) in read_text(path)?.lines().enumerate() {
                let bad = |problem: String| DatasetError::Text {
                    path: path.to_path_buf(),
                    line: i + 1,
                    problem,
                };
                let words: String = serde_json::from_str(line)
                    .map_err(|e| bad(format!("no text in quotes ({e})")))?;
                let tokens = text(path, tokenizer, &words).map_err(|e| bad(e.to_string()))?;
                if !hear(format!("{}_{i:05}", stem(path)), tokens) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Err(content(
            path,
            "tokens come as .npy, .txt, .jsonl or in the folder of a prepared data set",
        )),
    }
}

fn prepared(
    path: &Path,
    tokenizer: &dyn Tokenizer,
    hear: &mut Hear<'_>,
) -> Result<bool, DatasetError> {
    let mut reader = Reader::open(path).map_err(|e| format_error(path, e))?;
    let made = reader.index.plan.tokenizer.clone();
    if made != tokenizer.id() {
        let problem = format!("it was made with {made}, not {}", tokenizer.id());
        return Err(content(path, problem));
    }
    for i in 0..reader.len() {
        let item = reader.item(i).map_err(|e| format_error(path, e))?;
        let Some((song, bar, tokens)) = item else {
            break;
        };
        // Ids of folder sources are paths.
        let name = format!("{}_{i:05}_bar{bar:04}", song.id.replace(['/', '\\'], "_"));
        if !hear(name, tokens) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn folder(
    path: &Path,
    tokenizer: &dyn Tokenizer,
    hear: &mut Hear<'_>,
    depth: usize,
) -> Result<bool, DatasetError> {
    let entries = std::fs::read_dir(path).map_err(|error| DatasetError::Read {
        path: path.to_path_buf(),
        error,
    })?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy")));
    files.sort();
    if files.is_empty() {
        return Err(content(
            path,
            "there is no .npy and no prepared data set in it",
        ));
    }
    for f in files {
        if !walk(&f, tokenizer, hear, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn array_file(
    path: &Path,
    tokenizer: &dyn Tokenizer,
    hear: &mut Hear<'_>,
    depth: usize,
) -> Result<bool, DatasetError> {
    let bytes = file::read(path, SIZE_LIMIT).map_err(|e| format_error(path, e))?;
    let held = npy::read(&bytes, "the array").map_err(|e| format_error(path, e))?;
    drop(bytes);
    let fields = tokenizer.fields().len();
    let objects = match held {
        npy::Npy::Array(array) => vec![npy::Object::Array(array)],
        npy::Npy::Objects(objects) => objects,
    };
    let many = objects.len() > 1;
    for (i, object) in objects.into_iter().enumerate() {
        match object {
            npy::Object::Text(name) => {
                let beside = path.parent().unwrap_or(Path::new(""));
                if !walk(&beside.join(name), tokenizer, hear, depth + 1)? {
                    return Ok(false);
                }
            }
            npy::Object::Array(array) => {
                let items = items(array, fields).map_err(|why| {
                    content(
                        path,
                        format!("{why}, and {} has {fields} columns", tokenizer.id()),
                    )
                })?;
                let many = many || items.len() > 1;
                for (k, tokens) in items.into_iter().enumerate() {
                    let name = match many {
                        true => format!("{}_{:05}", stem(path), i + k),
                        false => stem(path),
                    };
                    if !hear(name, tokens) {
                        return Ok(false);
                    }
                }
            }
        }
    }
    Ok(true)
}

/// The items of an array of whatever shape.
fn items(array: npy::Array, fields: usize) -> Result<Vec<Tokens>, String> {
    let rows = match array.shape[..] {
        [rows] if fields == 1 => rows,
        // Many items of a single column.
        [_, rows] if fields == 1 => rows,
        [rows, columns] if columns == fields => rows,
        [_, rows, columns] if columns == fields => rows,
        _ => return Err(format!("it holds an array of shape {:?}", array.shape)),
    };
    if rows == 0 {
        return Ok(Vec::new());
    }
    let items = array.values.chunks_exact(rows * fields);
    Ok(items
        .map(|ids| Tokens {
            fields,
            ids: ids.to_vec(),
        })
        .collect())
}

fn text(path: &Path, tokenizer: &dyn Tokenizer, words: &str) -> Result<Tokens, DatasetError> {
    if !tokenizer.id().starts_with("remi_z") {
        let problem = format!("text holds REMI-z, not {}", tokenizer.id());
        return Err(content(path, problem));
    }
    remi_z::from_text(words).map_err(|e| content(path, e.to_string()))
}

/// Mends what smdiff leaves in its arrays: rows with a -1 are padding and go, symbols its oversized codebooks
/// allow and its grid does not know become *no event*, voices beyond the last are taken modulo their number.
/// Returns how many rows or symbols that were.
pub fn mend(tokenizer: &dyn Tokenizer, tokens: &mut Tokens) -> usize {
    let padded = |row: &[i32]| row.contains(&-1);
    let mut mended = tokens.rows().filter(|r| padded(r)).count();
    if mended > 0 {
        let kept = tokens.rows().filter(|r| !padded(r)).flatten().copied();
        tokens.ids = kept.collect();
    }
    let fields = tokenizer.fields();
    match tokenizer.cut() {
        Cut::ReferenceGrid => {
            for (id, field) in tokens.ids.iter_mut().zip(fields.iter().cycle()) {
                if usize::try_from(*id).map_or(true, |id| id >= field.size) {
                    *id = 0;
                    mended += 1;
                }
            }
        }
        Cut::ReferenceOctuple => {
            let voices = if tokenizer.id().starts_with("trio") {
                3
            } else {
                1
            };
            for row in tokens.ids.chunks_exact_mut(fields.len()) {
                if row[2] >= voices {
                    row[2] %= voices;
                    mended += 1;
                }
            }
        }
        Cut::Bars | Cut::Rows(_) => {}
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::registry::find;

    fn all(path: &Path, tokenizer: &str) -> Result<Vec<(String, Tokens)>, DatasetError> {
        let mut list = Vec::new();
        read(path, find(tokenizer).unwrap(), &mut |name, tokens| {
            list.push((name, tokens));
            true
        })?;
        Ok(list)
    }

    #[test]
    fn arrays_of_every_shape_are_items() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, shape: &[usize]| {
            let count: usize = shape.iter().product();
            let mut bytes = npy::header(npy::Width::U8, shape);
            bytes.extend(vec![0; count]);
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let lengths = |path: &Path, tokenizer| -> Vec<usize> {
            let items = all(path, tokenizer).unwrap();
            items.iter().map(|i| i.1.len()).collect()
        };
        assert_eq!(lengths(&put("a.npy", &[32]), "melody"), [32]);
        assert_eq!(lengths(&put("b.npy", &[2, 16]), "melody"), [16, 16]);
        assert_eq!(lengths(&put("c.npy", &[16, 3]), "trio"), [16]);
        assert_eq!(lengths(&put("d.npy", &[2, 16, 3]), "trio"), [16, 16]);
        let e = all(&put("e.npy", &[16, 4]), "trio").unwrap_err();
        assert!(e.to_string().contains("[16, 4]"), "{e}");
    }

    #[test]
    fn a_list_of_chunks_leads_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let chunks = folder.path().join("chunks");
        std::fs::create_dir(&chunks).unwrap();
        for i in 0..2 {
            let bytes = npy::write(&[i; 16], 8, npy::Width::U8);
            std::fs::write(chunks.join(format!("chunk_{i:08}.npy")), bytes).unwrap();
        }
        let list = folder.path().join("paths.npy");
        std::fs::write(&list, include_bytes!("../format/npy/fixtures/paths.npy")).unwrap();
        for path in [&list, &chunks] {
            let items = all(path, "trio_octuple-reference").unwrap();
            let ids: Vec<_> = items.iter().map(|i| (i.1.len(), i.1.ids[0])).collect();
            assert_eq!(ids, [(2, 0), (2, 1)]);
        }
    }

    #[test]
    fn text_is_remi_z_and_its_errors_name_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bars.jsonl");
        std::fs::write(&path, "\"i-0 o-0 p-60 d-12 b-1\"\n\"p-999\"\n").unwrap();
        let e = all(&path, "remi_z_plain").unwrap_err().to_string();
        assert!(e.contains("line 2") && e.contains("p-999"), "{e}");
        assert!(all(&path, "trio").is_err());
    }

    #[test]
    fn padding_goes_and_symbols_of_oversized_codebooks_are_silent() {
        let grid = find("trio-reference").unwrap();
        let mut tokens = Tokens::of(&[&[89, 127, 0], &[-1, -1, -1]]);
        assert_eq!(mend(grid, &mut tokens), 2);
        assert_eq!(tokens.ids, [89, 0, 0]);
        let octuple = find("trio_octuple-reference").unwrap();
        let mut tokens = Tokens::of(&[&[0, 0, 5, 60, 1, 20, 9, 35]]);
        assert_eq!(mend(octuple, &mut tokens), 1);
        assert_eq!(tokens.ids[2], 2);
    }
}
