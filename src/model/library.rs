//! Which models there are: those in the binary, and any in the user's own folders.

use super::card::Card;
use super::store::{self, ModelError, parse_card};
use super::{Model, family};
use crate::dataset::{Domain, domain};
use burn::tensor::Device;
use std::path::{Path, PathBuf};

/// A model shipped in the binary: card, weights, and figures of its training songs.
struct Bundled {
    card: &'static str,
    weights: &'static [u8],
    domain: &'static str,
}

/// Models shipped in the binary.
static BUNDLED: &[Bundled] = &[
    Bundled {
        card: include_str!("../../models/pop/card.ron"),
        weights: include_bytes!("../../models/pop/model.safetensors"),
        domain: include_str!("../../models/pop/domain.ron"),
    },
    Bundled {
        card: include_str!("../../models/chorale/card.ron"),
        weights: include_bytes!("../../models/chorale/model.safetensors"),
        domain: include_str!("../../models/chorale/domain.ron"),
    },
    Bundled {
        card: include_str!("../../models/piano-roll/card.ron"),
        weights: include_bytes!("../../models/piano-roll/model.safetensors"),
        domain: include_str!("../../models/piano-roll/domain.ron"),
    },
];

enum Place {
    Bundled(&'static Bundled),
    Folder(PathBuf),
}

/// The models that can be used, by id.
#[derive(Default)]
pub struct Library {
    models: Vec<(Card, Place)>,
    /// What was found but cannot be used, one sentence each.
    pub refused: Vec<String>,
}

impl Library {
    /// The bundled models, and those in `folders` (each model a folder with `card.ron` and
    /// `model.safetensors`); a folder's model takes the place of a bundled one of the same id.
    pub fn find(folders: &[PathBuf]) -> Library {
        let mut library = Library::default();
        for b in BUNDLED {
            match parse_card(b.card, Path::new("bundled card.ron")) {
                Ok(card) => library.add(card, Place::Bundled(b)),
                Err(e) => library.refused.push(e.to_string()),
            }
        }
        for folder in folders {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
            paths.sort();
            for path in paths.into_iter().filter(|p| p.join("card.ron").is_file()) {
                let file = path.join("card.ron");
                let card = std::fs::read_to_string(&file)
                    .map_err(|source| ModelError::Io {
                        path: file.clone(),
                        source,
                    })
                    .and_then(|text| parse_card(&text, &file));
                // One of no family must not stand in the way of a bundled one that can be used.
                match card.and_then(|card| family::check(&card).map(|()| card)) {
                    Ok(card) => library.add(card, Place::Folder(path)),
                    Err(e) => library.refused.push(e.to_string()),
                }
            }
        }
        library
    }

    /// Folders searched by default: `models/` here, the user's data folder, and `LACUNA_MODELS`, whose
    /// models take the place of all others.
    pub fn folders() -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        folders.push(PathBuf::from("models"));
        let data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/share")));
        folders.extend(data.map(|d| d.join("lacuna/models")));
        folders.extend(std::env::var_os("LACUNA_MODELS").map(PathBuf::from));
        folders
    }

    fn add(&mut self, card: Card, place: Place) {
        self.models.retain(|(c, _)| c.id != card.id);
        self.models.push((card, place));
    }

    /// Whether a model of this id comes with the program.
    pub fn is_bundled(id: &str) -> bool {
        Library::find(&[]).cards().any(|c| c.id == id)
    }

    /// Cards of all models.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.models.iter().map(|(c, _)| c)
    }

    /// The folder for models made here: `LACUNA_MODELS`, else the user's data folder, else `models/` here.
    pub fn own_folder() -> PathBuf {
        Library::folders()
            .pop()
            .unwrap_or_else(|| PathBuf::from("models"))
    }

    fn find_model(&self, id: &str) -> Result<&(Card, Place), ModelError> {
        self.models.iter().find(|(c, _)| c.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.cards().map(|c| c.id.as_str()).collect();
            ModelError::Unknown {
                id: id.into(),
                known: if known.is_empty() {
                    "none".into()
                } else {
                    known.join(", ")
                },
            }
        })
    }

    /// Card of a model.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn card(&self, id: &str) -> Result<&Card, ModelError> {
        self.find_model(id).map(|(card, _)| card)
    }

    /// Card and weights (safetensors) of a model.
    ///
    /// # Errors
    /// When there is none of that id, or its weights cannot be read.
    pub fn weights(&self, id: &str) -> Result<(&Card, Vec<u8>), ModelError> {
        let (card, place) = self.find_model(id)?;
        let weights = match place {
            Place::Bundled(b) => b.weights.to_vec(),
            Place::Folder(path) => {
                let path = path.join("model.safetensors");
                std::fs::read(&path).map_err(|source| ModelError::Io { path, source })?
            }
        };
        Ok((card, weights))
    }

    /// Loads a model.
    ///
    /// # Errors
    /// When there is none of that id, or its files do not fit together.
    pub fn load(&self, id: &str, device: &Device) -> Result<Box<dyn Model>, ModelError> {
        let (card, place) = self.find_model(id)?;
        match place {
            Place::Bundled(b) => family::build(card.clone(), b.weights, device),
            Place::Folder(path) => store::open(path, device),
        }
    }

    /// Figures of a model's training songs; `Ok(None)` where its folder has none, as those of older models.
    ///
    /// # Errors
    /// A sentence, when there is a file and it cannot be read.
    pub fn domain(&self, id: &str) -> Result<Option<Domain>, String> {
        let Some((_, place)) = self.models.iter().find(|(c, _)| c.id == id) else {
            return Ok(None);
        };
        let (text, file) = match place {
            Place::Bundled(b) => (b.domain.to_owned(), PathBuf::from("bundled domain.ron")),
            Place::Folder(path) => {
                let file = path.join(domain::FILE);
                match std::fs::read_to_string(&file) {
                    Ok(text) => (text, file),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(e) => return Err(format!("{} cannot be read: {e}", file.display())),
                }
            }
        };
        Domain::parse(&text)
            .map(Some)
            .map_err(|why| format!("{} is not understood: {why}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_model_opens_and_says_where_it_comes_from() {
        let library = Library::find(&[]);
        assert!(library.refused.is_empty(), "{:?}", library.refused);
        assert!(!library.models.is_empty());
        for card in library.cards() {
            let model = library.load(&card.id, &Device::flex()).unwrap();
            assert_eq!(model.parameters(), card.parameters);
            let domain = library.domain(&card.id).unwrap();
            assert!(domain.is_some_and(|d| d.songs > 100), "{}", card.id);
            assert!(
                !card.training.licence.is_empty() && card.training.steps > 0,
                "{}",
                card.id
            );
        }
    }

    #[test]
    fn an_outdated_model_does_not_hide_the_bundled_one() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("pop");
        std::fs::create_dir(&folder).unwrap();
        let card = BUNDLED[0]
            .card
            .replace(super::super::card::TOKENIZER, "octuple-free/0");
        std::fs::write(folder.join("card.ron"), card).unwrap();
        let library = Library::find(&[dir.path().to_owned()]);
        assert!(library.load("pop", &Device::flex()).is_ok());
        assert!(
            library.refused[0].contains("octuple-free/0"),
            "{:?}",
            library.refused
        );
    }

    #[test]
    fn a_folder_without_figures_has_none_and_a_broken_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("own");
        std::fs::create_dir(&folder).unwrap();
        let card = BUNDLED[0].card.replace("id: \"pop\"", "id: \"own\"");
        std::fs::write(folder.join("card.ron"), card).unwrap();
        let library = Library::find(&[dir.path().to_owned()]);
        assert_eq!(library.domain("own"), Ok(None));
        std::fs::write(folder.join(domain::FILE), "(songs: many)").unwrap();
        let why = library.domain("own").unwrap_err();
        assert!(why.contains(domain::FILE), "{why}");
    }

    #[test]
    fn an_unknown_model_is_answered_with_those_there_are() {
        let error = Library::find(&[])
            .load("nothing", &Device::flex())
            .err()
            .unwrap();
        assert!(error.to_string().contains("pop"), "{error}");
    }
}
