//! Where a value came from: layer, file and line, or the word of the command line.

use std::fmt;
use std::sync::Arc;

/// The layers, the weakest first. This order is the precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// What the program does when nobody says otherwise.
    Default,
    /// A preset: model, optimiser, schedule, trainer. Several may be given, the later wins.
    Preset,
    /// What suits a data set.
    DataSet,
    /// The user's own file.
    UserFile,
    /// A preset that someone put over a whole recipe, as the menus of the window do.
    Over,
    /// `key=value`.
    CommandLine,
}

impl Layer {
    /// As it stands in messages and comments.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Default => "default",
            Layer::Preset => "preset",
            Layer::DataSet => "data set",
            Layer::UserFile => "user file",
            Layer::Over => "preset over it",
            Layer::CommandLine => "command line",
        }
    }
}

/// Where a value came from. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    layer: Layer,
    name: Arc<str>,
    /// From 1; 0 where there are no lines.
    line: u32,
}

impl Origin {
    /// A whole file or word.
    pub fn new(layer: Layer, name: &str) -> Origin {
        Origin {
            layer,
            name: name.into(),
            line: 0,
        }
    }

    /// The same at a line, from 1.
    pub fn at(&self, line: u32) -> Origin {
        Origin {
            line,
            ..self.clone()
        }
    }

    /// Which layer.
    pub fn layer(&self) -> Layer {
        self.layer
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { layer, name, line } = self;
        match layer {
            Layer::Default => write!(f, "{}", layer.name()),
            Layer::CommandLine => write!(f, "{} '{name}'", layer.name()),
            _ if *line == 0 => write!(f, "{} {name}", layer.name()),
            _ => write!(f, "{} {name}:{line}", layer.name()),
        }
    }
}
