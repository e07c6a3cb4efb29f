//! Recipes in layers: presets < settings of the data set < the user's file < presets put over it < `key=value` words of the command line.
//!
//! A layer is RON, as `format::text` reads it, in which everything may be missing. Layers are merged as trees ([`Node`]), and only the result is
//! read into the typed configuration, whose own serde implementation says which names there are. `ron::Value` cannot
//! carry the trees: it forgets the names of enum variants, and where a value stood.
//!
//! ```
//! use lacuna::training::recipe::{Layer, Layers};
//! # #[derive(serde::Serialize, serde::Deserialize)]
//! # struct Config { steps: u64, optimiser: Optimiser }
//! # #[derive(serde::Serialize, serde::Deserialize)]
//! # struct Optimiser { learning_rate: f64 }
//! let mut recipe = Layers::default();
//! recipe.text(Layer::Preset, "a", "(steps: 100, optimiser: (learning_rate: 1e-3))")?;
//! recipe.word("optimiser.learning_rate=3e-4")?;
//! let config: Config = recipe.build()?;
//! assert_eq!(config.optimiser.learning_rate, 3e-4);
//! # Ok::<(), lacuna::training::recipe::RecipeError>(())
//! ```

mod error;
mod fault;
mod gather;
mod known;
mod merge;
mod origin;
mod presets;
mod print;
mod read;
mod told;
mod tree;
mod typed;
mod untyped;

pub use error::RecipeError;
pub use gather::{gather, gather_over};
pub use known::known;
pub use origin::{Layer, Origin};
pub use presets::{BUNDLED, Presets};
pub use told::{keep, told};
pub use tree::{Node, Value};

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Largest recipe file in bytes; real ones have a few thousand.
const LARGEST: u64 = 1 << 20;

/// Layers on their way to one configuration.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    layers: Vec<(Layer, Node)>,
}

impl Layers {
    /// Adds a layer from RON text; `name` is where it came from, for messages.
    ///
    /// # Errors
    /// Text that is no RON, with the line; a layer that is no group of fields.
    pub fn text(&mut self, layer: Layer, name: &str, text: &str) -> Result<(), RecipeError> {
        let node = read::read(text, &Origin::new(layer, name))?;
        match &node.value {
            Value::Group(..) => {}
            value if value.is_empty() => {}
            other => {
                return Err(RecipeError::Syntax {
                    place: node.origin.to_string(),
                    why: format!(
                        "a recipe is a group of fields in round brackets, not {}",
                        other.describe()
                    ),
                });
            }
        }
        self.layers.push((layer, node));
        Ok(())
    }

    /// Adds a layer from a file.
    ///
    /// # Errors
    /// A file that cannot be read, or as [`Layers::text`].
    pub fn file(&mut self, layer: Layer, path: &Path) -> Result<(), RecipeError> {
        let unreadable = |why: String| RecipeError::Read {
            path: path.to_path_buf(),
            why,
        };
        let bytes =
            crate::format::file::read(path, LARGEST).map_err(|e| unreadable(e.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".into()))?;
        self.text(layer, &path.display().to_string(), &text)
    }

    /// Adds a preset by its name below `configs/`, such as `pop` or `model/pop`.
    ///
    /// # Errors
    /// An unknown name, answered with the nearest and the list; or as [`Layers::text`].
    pub fn preset(
        &mut self,
        presets: &Presets,
        layer: Layer,
        name: &str,
    ) -> Result<(), RecipeError> {
        let (place, text) = presets.find(name)?;
        self.text(layer, &place, &text)
    }

    /// Adds the values of `defaults` below every other layer, for types whose fields have no serde defaults.
    ///
    /// # Errors
    /// Values that RON cannot write.
    pub fn defaults(&mut self, defaults: &impl Serialize) -> Result<(), RecipeError> {
        let node = untyped::tree(defaults)?;
        self.layers.push((Layer::Default, node));
        Ok(())
    }

    /// Adds one `a.b.c=value` of the command line. The value is RON; where the field wants text, any word will do.
    ///
    /// # Errors
    /// A word without `=`, an empty name on the path, a value that begins like RON and is none.
    pub fn word(&mut self, word: &str) -> Result<(), RecipeError> {
        let node = read::word(word)?;
        self.layers.push((Layer::CommandLine, node));
        Ok(())
    }

    /// All layers as one tree, the lowest first. Within a layer what was added later wins.
    pub fn merged(&self) -> Node {
        let mut layers: Vec<&(Layer, Node)> = self.layers.iter().collect();
        layers.sort_by_key(|(layer, _)| *layer);
        let mut all = Node::new(
            Value::Group(None, Vec::new()),
            Origin::new(Layer::Default, "nothing given"),
        );
        for (_, node) in layers {
            merge::merge(&mut all, node.clone());
        }
        all
    }

    /// The value at a path such as `optimiser.learning_rate`, before any type is known: to learn from a user's file
    /// which preset it builds on.
    pub fn get(&self, path: &str) -> Option<Node> {
        let merged = self.merged();
        path.split('.')
            .try_fold(&merged, |node, name| node.field(name))
            .cloned()
    }

    /// Reads the merged layers into a configuration.
    ///
    /// # Errors
    /// A name the type does not know, a value of another type, a missing one; each with its path and the layer it
    /// came from.
    pub fn build<T: DeserializeOwned>(&self) -> Result<T, RecipeError> {
        let merged = self.merged();
        typed::read(&merged).map_err(|fault| fault.told(&merged, &known::known::<T>()))
    }

    /// `value`, which these layers built, as RON that reads back to the same value, here and by `format::text`. With
    /// `origins` every line ends in a comment that says which layer its value came from.
    ///
    /// # Errors
    /// Values that RON cannot write.
    pub fn print(&self, value: &impl Serialize, origins: bool) -> Result<String, RecipeError> {
        let mut node = untyped::tree(value)?;
        merge::take_origins(&mut node, &self.merged());
        Ok(print::print(&node, origins))
    }
}

/// Every value of a configuration that is not known by its type, with its path in dots, as RON.
///
/// # Errors
/// Text that is no RON.
pub fn values(text: &str) -> Result<Vec<(String, String)>, RecipeError> {
    let node = read::read(text, &Origin::new(Layer::UserFile, "the configuration"))?;
    let mut values = node.leaves();
    values.retain(|(path, _)| !path.is_empty());
    Ok(values)
}

#[cfg(test)]
mod tests;
