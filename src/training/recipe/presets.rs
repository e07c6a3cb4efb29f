//! Presets by name: files below `configs/` where the program runs, else those built into the binary.

use super::RecipeError;
use super::known::nearest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The text of a preset of this repository.
macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../configs/", $name, ".ron")))),*]
    };
}

/// The presets of this repository, so that one binary works anywhere: name below `configs/` without `.ron`, text.
pub static BUNDLED: &[(&str, &str)] = bundled![
    "binomial_unet",
    "chorale",
    "data/jsb",
    "data/pop909",
    "model/octuple-23m",
    "model/octuple-5m",
    "octuple_ddpm",
    "octuple_ddpm_paper",
    "octuple_mask_ddpm",
    "octuple_mask_ddpm_paper",
    "optimiser/adam",
    "optimiser/adamw",
    "optimiser/muon",
    "optimiser/sgd",
    "piano-roll",
    "pop",
    "schedule/constant",
    "schedule/cosine",
    "schedule/plateau",
    "schedule/restarts",
    "schmu_conv_vae",
    "schmu_conv_vae_paper",
    "schmu_tx_vae",
    "schmu_tx_vae_paper",
    "trainer/laptop",
    "trainer/smdiff",
    "trainer/smoke",
];

/// Where a preset was found and its text, or why it could not be read.
type Read = Result<(String, String), String>;

/// Where presets are looked for.
#[derive(Clone, Debug)]
pub struct Presets {
    folder: PathBuf,
    /// Place and text of each file, or why it cannot be read, where they were all read at once.
    read: Option<BTreeMap<String, Read>>,
}

impl Default for Presets {
    /// `configs/` in the working folder.
    fn default() -> Self {
        Presets::below(Path::new("configs"))
    }
}

impl Presets {
    /// Presets of another folder; the bundled ones stay behind them.
    pub fn below(folder: &Path) -> Presets {
        Presets {
            folder: folder.to_path_buf(),
            read: None,
        }
    }

    /// The same, all read now: whoever asks later waits for no disk and sees what was there.
    pub fn read(folder: &Path) -> Presets {
        let below = Presets::below(folder);
        let mut names = BTreeSet::new();
        gather(folder, "", &mut names);
        let read = names.into_iter().map(|name| {
            let text = below.find(&name).map_err(|e| match e {
                RecipeError::Read { why, .. } => why,
                other => other.to_string(),
            });
            (name, text)
        });
        Presets {
            read: Some(read.collect()),
            ..below
        }
    }

    /// Only those built in.
    pub fn built_in() -> Presets {
        Presets {
            folder: PathBuf::new(),
            read: Some(BTreeMap::new()),
        }
    }

    /// Names of all presets, sorted, such as `pop` and `model/pop`.
    pub fn names(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = BUNDLED.iter().map(|(n, _)| (*n).to_owned()).collect();
        match &self.read {
            Some(read) => names.extend(read.keys().cloned()),
            None => gather(&self.folder, "", &mut names),
        }
        names.into_iter().collect()
    }

    /// Where a preset stands, for messages, and its text. A file of the folder goes before a bundled one.
    ///
    /// # Errors
    /// An unknown name, or a file that cannot be read.
    pub fn find(&self, name: &str) -> Result<(String, String), RecipeError> {
        // A name is no way out of the folder.
        let inside = name
            .split('/')
            .all(|part| !part.is_empty() && part != ".." && !part.contains('\\'));
        let path = self.folder.join(format!("{name}.ron"));
        if let Some(read) = &self.read {
            if let Some(found) = read.get(name) {
                return found.clone().map_err(|why| RecipeError::Read { path, why });
            }
        } else if inside && path.is_file() {
            return match std::fs::read_to_string(&path) {
                Ok(text) => Ok((path.display().to_string(), text)),
                Err(e) => Err(RecipeError::Read {
                    path,
                    why: e.to_string(),
                }),
            };
        }
        if let Some((name, text)) = BUNDLED.iter().find(|(n, _)| *n == name) {
            return Ok((format!("(built in) {name}"), (*text).to_owned()));
        }
        let names = self.names();
        // `octuple` for `model/octuple`.
        let last = names.iter().map(|n| n.rsplit('/').next().unwrap_or(n));
        let near = nearest(name, names.iter().map(String::as_str)).or_else(|| {
            let near = nearest(name, last)?;
            names
                .iter()
                .map(String::as_str)
                .find(|n| n.rsplit('/').next() == Some(near))
        });
        let near = near.map_or_else(|| ".".to_owned(), |n| format!("; did you mean '{n}'?"));
        Err(RecipeError::Preset {
            name: name.to_owned(),
            hint: format!("{near} There are: {}", names.join(", ")),
        })
    }
}

/// Adds the names of the `.ron` files below a folder. What cannot be listed has no names.
fn gather(folder: &Path, above: &str, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|s| s.to_str()) else {
            continue;
        };
        let name = if above.is_empty() {
            stem.to_owned()
        } else {
            format!("{above}/{stem}")
        };
        // A link is not followed: it may lead back up.
        match entry.file_type() {
            Ok(t) if t.is_dir() => gather(&path, &name, names),
            _ if path.extension().is_some_and(|e| e == "ron") => {
                names.insert(name);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_of_the_repository_is_built_in() {
        let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let mut names = BTreeSet::new();
        gather(&configs, "", &mut names);
        let bundled: BTreeSet<String> = BUNDLED.iter().map(|(n, _)| (*n).to_owned()).collect();
        assert_eq!(names, bundled, "BUNDLED and configs/ differ");
        for (name, text) in BUNDLED {
            let file = std::fs::read_to_string(configs.join(format!("{name}.ron"))).unwrap();
            assert_eq!(&file, text, "{name}");
        }
    }

    #[test]
    fn files_go_before_bundled_ones_and_names_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        let configs = folder.path().join("configs");
        std::fs::create_dir_all(configs.join("model")).unwrap();
        std::fs::write(folder.path().join("secret.ron"), "()").unwrap();
        std::fs::write(configs.join("model/tiny.ron"), "(width: 8)").unwrap();
        let presets = Presets::below(&configs);
        assert_eq!(presets.find("model/tiny").unwrap().1, "(width: 8)");
        assert!(presets.find("pop").unwrap().0.contains("built in"));
        std::fs::write(configs.join("pop.ron"), "(id: \"mine\")").unwrap();
        assert_eq!(presets.find("pop").unwrap().1, "(id: \"mine\")");
        assert!(presets.find("../secret").is_err());
        let read = Presets::read(&configs);
        std::fs::remove_dir_all(&configs).unwrap();
        assert_eq!(read.find("model/tiny").unwrap().1, "(width: 8)");
        assert!(read.find("chorale").unwrap().0.contains("built in"));
        assert!(read.find("../secret").is_err() && read.names().contains(&"pop".to_owned()));
        assert!(Presets::built_in().find("model/tiny").is_err());
        std::fs::create_dir_all(configs.join("model")).unwrap();
        std::fs::write(configs.join("model/tiny.ron"), "()").unwrap();
        assert!(presets.names().contains(&"model/tiny".to_owned()));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_the_list() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("model")).unwrap();
        std::fs::write(folder.path().join("model/octuple.ron"), "()").unwrap();
        let told = |name| {
            let presets = Presets::below(folder.path());
            presets.find(name).unwrap_err().to_string()
        };
        assert!(
            told("popp").starts_with("there is no preset 'popp'; did you mean 'pop'? There are: ")
        );
        assert!(told("octupel").contains("did you mean 'model/octuple'?"));
        let far = told("something else");
        assert!(
            !far.contains("did you mean") && far.contains("model/octuple,") && far.contains("pop")
        );
    }
}
