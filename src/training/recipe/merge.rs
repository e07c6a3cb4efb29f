//! One tree over another: groups and maps by key, everything else replaced.

use super::{Node, Value};

/// Lays `upper` over `lower`.
///
/// Groups are merged field by field and maps key by key, also inside `Some(..)` and inside a variant when both name the
/// same one; a bare `Variant` over `Variant(..)` keeps what stands in it. Lists, tuples and single values are replaced.
pub(super) fn merge(lower: &mut Node, upper: Node) {
    let Some(upper) = merged_inside(lower, upper) else {
        return;
    };
    *lower = upper;
}

/// Merges where there is something to merge into, else gives `upper` back.
fn merged_inside(lower: &mut Node, upper: Node) -> Option<Node> {
    if upper.value.is_empty() && lower.value.is_composite() {
        // `()` is a group that changes nothing.
        return match lower.value {
            Value::Group(..) | Value::Tuple(Some(_), _) | Value::Map(_) => None,
            _ => Some(upper),
        };
    }
    // A word counts as the variant it may be, where fields follow (`schedule=Cosine schedule.floor=0.1`).
    if let (
        Value::Word {
            read: Some(read), ..
        },
        Value::Group(..),
    ) = (&lower.value, &upper.value)
        && matches!(read.value, Value::Name(_))
    {
        lower.value = read.value.clone();
    }
    if let Some(name) = variant(&upper.value)
        && named(&lower.value) == Some(name)
    {
        return None;
    }
    match &mut lower.value {
        Value::Group(own, fields) => match upper.value {
            Value::Group(name, new) if name.is_none() || own.is_none() || *own == name => {
                *own = name.or(own.take());
                for (key, node) in new {
                    match fields.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, old)) => merge(old, node),
                        None => fields.push((key, node)),
                    }
                }
                None
            }
            value => Some(Node::new(value, upper.origin)),
        },
        Value::Name(own) if own != "None" => match upper.value {
            Value::Group(name, fields) if name.as_ref().is_none_or(|n| n == own) => Some(
                Node::new(Value::Group(Some(own.clone()), fields), upper.origin),
            ),
            value => Some(Node::new(value, upper.origin)),
        },
        Value::Tuple(Some(own), items) if items.len() == 1 => match upper.value {
            Value::Tuple(Some(name), mut new) if *own == name && new.len() == 1 => {
                if let Some(node) = new.pop() {
                    merge(&mut items[0], node);
                }
                None
            }
            Value::Group(name, fields) if name.as_ref().is_none_or(|n| n == own) => {
                merge(
                    &mut items[0],
                    Node::new(Value::Group(None, fields), upper.origin),
                );
                None
            }
            value => Some(Node::new(value, upper.origin)),
        },
        Value::Map(entries) => match upper.value {
            Value::Map(new) => {
                for (key, node) in new {
                    match entries.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, old)) => merge(old, node),
                        None => entries.push((key, node)),
                    }
                }
                None
            }
            // The path of a word: `weights.pitch=2`.
            Value::Group(None, new) => {
                for (key, node) in new {
                    match entries.iter_mut().find(|(k, _)| k.text() == Some(&key)) {
                        Some((_, old)) => merge(old, node),
                        None => {
                            let key = Node::new(Value::Text(key), node.origin.clone());
                            entries.push((key, node));
                        }
                    }
                }
                None
            }
            value => Some(Node::new(value, upper.origin)),
        },
        _ => Some(upper),
    }
}

/// The bare name this is, or may be where it is a word.
fn variant(value: &Value) -> Option<&str> {
    match value {
        Value::Name(name) => Some(name),
        Value::Word {
            read: Some(read), ..
        } => variant(&read.value),
        _ => None,
    }
}

/// The name in front of a value's brackets.
fn named(value: &Value) -> Option<&str> {
    match value {
        Value::Group(name, _) | Value::Tuple(name, _) => name.as_deref(),
        _ => None,
    }
}

/// Gives the values of `node` the origins that the values at the same paths of `from` have.
pub(super) fn take_origins(node: &mut Node, from: &Node) {
    match (&mut node.value, &from.value) {
        (Value::Group(_, fields), _) => {
            for (name, node) in fields {
                if let Some(from) = from.field(name) {
                    take_origins(node, from);
                }
            }
        }
        (Value::Tuple(Some(_), items), Value::Tuple(Some(_), olds))
            if items.len() == 1 && olds.len() == 1 =>
        {
            take_origins(&mut items[0], &olds[0]);
        }
        // A variant or `Some` that a layer left out or wrote without its brackets.
        (Value::Tuple(Some(_), items), _) if items.len() == 1 => take_origins(&mut items[0], from),
        (Value::List(items) | Value::Tuple(_, items), _) => {
            for item in items {
                paint(item, from);
            }
        }
        (Value::Map(entries), _) => {
            for (key, node) in entries {
                let place = key.text().and_then(|k| from.field(k)).unwrap_or(from);
                take_origins(node, place);
                paint(key, from);
            }
        }
        _ => {}
    }
    if !matches!(node.value, Value::Group(..)) {
        node.origin = from.origin.clone();
    }
}

/// One origin for a value and all in it.
fn paint(node: &mut Node, from: &Node) {
    node.origin = from.origin.clone();
    match &mut node.value {
        Value::List(items) | Value::Tuple(_, items) => {
            items.iter_mut().for_each(|n| paint(n, from))
        }
        Value::Group(_, fields) => fields.iter_mut().for_each(|(_, n)| paint(n, from)),
        Value::Map(entries) => entries.iter_mut().for_each(|(k, v)| {
            paint(k, from);
            paint(v, from);
        }),
        _ => {}
    }
}
