//! What the commands of versions do: keep the piece as it is under a name, compare with it, go back to it.

use super::state::State;
use crate::score::{Edit, Version};
use std::time::{SystemTime, UNIX_EPOCH};

/// The version in hand: the one last chosen or kept, as long as it is there.
pub fn in_hand(state: &State) -> Option<usize> {
    let count = state.document().versions.len();
    let last = count.checked_sub(1)?;
    Some(state.version.unwrap_or(last).min(last))
}

/// Keeps the piece as it is, under the next name that is free.
pub fn keep(state: &mut State) {
    let document = state.document();
    let taken = |name: &String| document.versions.iter().any(|v| v.name == *name);
    let mut names = (document.versions.len() + 1..).map(|n| format!("Version {n}"));
    let Some(name) = names.find(|n| !taken(n)) else {
        return;
    };
    let kept = SystemTime::now().duration_since(UNIX_EPOCH);
    let version = Version {
        name: name.clone(),
        kept: kept.map_or(0, |d| d.as_secs()),
        score: document.score.clone(),
    };
    state.edit(Edit::KeepVersion(version));
    state.version = state.document().versions.len().checked_sub(1);
    state.toasts.success(&format!("{name} is kept"));
}

/// Shows what differs from the version in hand, or no longer.
pub fn compare(state: &mut State) {
    let hand = in_hand(state);
    state.compared = match state.compared {
        Some(_) => None,
        None => hand,
    };
    let Some(version) = state.compared else {
        return;
    };
    let name = state.document().versions.get(version);
    let name = name.map(|v| v.name.clone()).unwrap_or_default();
    if let Some(difference) = super::trial::of_version(state) {
        let words = difference.words();
        state.toasts.info(&format!("Since {name}: {words}"));
    }
}

/// Makes the piece what it was in the version in hand.
pub fn restore(state: &mut State) {
    let Some(version) = in_hand(state) else {
        return;
    };
    let before = state.document().score.clone();
    state.edit(Edit::RestoreVersion(version));
    state.show_change(&before);
}

/// "5 minutes ago".
pub fn ago(kept: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let minutes = now.map_or(0, |d| d.as_secs()).saturating_sub(kept) / 60;
    let count = |n: u64, word| super::stats::count(n as usize, word) + " ago";
    match minutes {
        0 => "a moment ago".to_owned(),
        1..60 => count(minutes, "minute"),
        60..2880 => count(minutes / 60, "hour"),
        _ => count(minutes / 1440, "day"),
    }
}
