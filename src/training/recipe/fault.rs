//! What a type did not accept of a recipe, and how it is told: with path, place and the nearest name.

use super::known::nearest;
use super::tree::join;
use super::{Layer, Node, Origin, RecipeError, Value};
use serde::de;
use std::fmt;

/// What a type did not accept.
#[derive(Debug)]
pub(super) struct Fault {
    what: What,
    /// Where it was found; `None` while on its way up to the value it is about.
    place: Option<(String, Origin)>,
}

#[derive(Debug)]
pub(super) enum What {
    Unknown { known: &'static [&'static str] },
    Wrong { found: String, expected: String },
    Missing(&'static str),
    Refused(String),
}

impl Fault {
    /// Placed, unless it is so already.
    pub(super) fn at(mut self, path: &str, origin: &Origin) -> Fault {
        self.place
            .get_or_insert_with(|| (path.to_owned(), origin.clone()));
        self
    }

    /// The fault as it is told. `paths` are all the type knows, `tree` is what was read.
    pub(super) fn told(self, tree: &Node, paths: &[String]) -> RecipeError {
        let (path, origin) = self
            .place
            .unwrap_or_else(|| (String::new(), tree.origin.clone()));
        let place = origin.to_string();
        let whole = |path: String| {
            if path.is_empty() {
                "the recipe".to_owned()
            } else {
                path
            }
        };
        match self.what {
            What::Unknown { known } => {
                let path = longest(tree, path);
                let hint = hint(&path, known, paths);
                RecipeError::Unknown { path, hint, place }
            }
            What::Wrong { found, expected } => RecipeError::Wrong {
                path: whole(path),
                found,
                expected,
                place,
            },
            What::Missing(field) => RecipeError::Missing {
                path: join(&path, field),
                place: match origin.layer() {
                    Layer::Default => "no layer speaks of it".into(),
                    _ => place,
                },
            },
            What::Refused(why) => RecipeError::Refused {
                path: whole(path),
                why,
                place,
            },
        }
    }
}

/// An unknown path, made longer while its value is a group of one field: what the user wrote as one word.
fn longest(tree: &Node, mut path: String) -> String {
    let mut node = path
        .split('.')
        .try_fold(tree, |node, name| node.field(name));
    while let Some(Value::Group(None, fields)) = node.map(|n| &n.value)
        && let [(name, inner)] = fields.as_slice()
    {
        path = join(&path, name);
        node = Some(inner);
    }
    path
}

/// The nearest path, else the same name elsewhere, else what is known at this place.
fn hint(path: &str, known: &[&str], paths: &[String]) -> String {
    let last = |p: &str| p.rsplit('.').next().unwrap_or(p).to_owned();
    let all = || paths.iter().map(String::as_str);
    let found = nearest(path, all())
        .or_else(|| all().find(|p| last(p) == last(path)))
        .map(str::to_owned)
        .or_else(|| {
            let above = path.rsplit_once('.').map_or("", |(above, _)| above);
            nearest(&last(path), known.iter().copied()).map(|name| join(above, name))
        });
    match found {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known here: {}", known.join(", ")),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Fault {}

impl From<What> for Fault {
    fn from(what: What) -> Fault {
        Fault { what, place: None }
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(why: T) -> Self {
        What::Refused(why.to_string()).into()
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        What::Wrong {
            found: found.to_string(),
            expected: expected.to_string(),
        }
        .into()
    }

    fn missing_field(field: &'static str) -> Self {
        What::Missing(field).into()
    }
}
