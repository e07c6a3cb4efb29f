//! How well words typed by hand fit a name: the words in any order, each by its letters in order, so that parts of words
//! and beginnings of several do.

/// Points for a letter: at the beginning of the name, at that of a word, right behind the letter before it, elsewhere.
const FIRST: i32 = 10;
const BEGINS: i32 = 8;
const FOLLOWS: i32 = 6;
const STRAY: i32 = -1;
/// For a whole word of the name.
const WHOLE: i32 = 4;
/// A typed word must earn as much a letter, less one, or its letters are in the name by chance.
const LEAST: i32 = 3;
/// Below no score that can be.
const NEVER: i32 = i32::MIN / 2;

/// How well all of the words fit a name; `None` when one of them does not. Among names that fit equally the shorter is
/// better. No words fit everything.
pub fn score(query: &str, name: &str) -> Option<i32> {
    let each = query.split_whitespace().map(|w| word(w, name));
    let total: i32 = each.sum::<Option<i32>>()?;
    Some(total - length(name))
}

/// What a name loses for its length.
pub fn length(name: &str) -> i32 {
    name.chars().count() as i32 / 8
}

/// How well one word fits a name: the best way to find its letters there, one behind the other.
pub fn word(word: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let begins = |i: usize| match i.checked_sub(1).and_then(|i| name.get(i)) {
        Some(before) => !before.is_alphanumeric(),
        None => true,
    };
    // The best with the letter before at each place of the name; for the first letter there is none before.
    let mut before: Option<Vec<i32>> = None;
    for letter in &word {
        let mut here = vec![NEVER; name.len()];
        let mut best = NEVER;
        for (i, place) in here.iter_mut().enumerate() {
            let own = match begins(i) {
                true if i == 0 => FIRST,
                true => BEGINS,
                false => STRAY,
            };
            let behind = i.checked_sub(1).and_then(|i| before.as_ref()?.get(i));
            let behind = behind.copied().unwrap_or(NEVER);
            best = best.max(behind);
            if name.get(i) != Some(letter) {
                continue;
            }
            *place = match before {
                None => own,
                Some(_) => (best + own).max(behind + FOLLOWS),
            };
        }
        before = Some(here);
    }
    let best = before?.into_iter().max().unwrap_or(NEVER);
    let whole = name
        .split(|c| !c.is_alphanumeric())
        .any(|w| w == word.as_slice());
    let total = best + if whole { WHOLE } else { 0 };
    (total >= LEAST * word.len() as i32 - 1).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_in_any_order_and_all_must() {
        let name = "Export WAV...";
        assert_eq!(score("wav export", name), score("export wav", name));
        assert!(score("wav", name).is_some());
        assert_eq!(score("wav import", name), None);
        assert!(score("", name).is_some());
    }

    #[test]
    fn parts_beginnings_and_gaps_fit_but_not_chance() {
        for (query, name) in [
            ("quant", "Quantise"),
            ("uantis", "Quantise"),
            ("quntise", "Quantise"),
            ("do", "Undo"),
            ("msn", "Mask selected notes"),
            ("mask not", "Mask selected notes"),
            ("gridtri", "Grid in triplets"),
            ("später", "Ein Takt SPÄTER"),
        ] {
            assert!(score(query, name).is_some(), "{query} in {name}");
        }
        for (query, name) in [
            ("acb", "abc"),
            ("zz", "Zoom"),
            ("gen", "Change length"),
            ("undo", "Choose SoundFont"),
            ("quantisee", "Quantise"),
        ] {
            assert_eq!(score(query, name), None, "{query} in {name}");
        }
    }

    #[test]
    fn what_fits_better_is_worth_more() {
        let better = |query: &str, good: &str, less: &str| {
            assert!(
                score(query, good) > score(query, less),
                "{query}: {good} before {less}"
            );
        };
        better("gen", "Generate", "Cancel generating");
        better("up", "Caret up", "Group stretch");
        better("mask", "Clear mask", "Select masked notes");
        better("undo", "Undo", "Undo everything there is");
        better("sn", "Select none", "Listen");
        // The best way is found, not the first: the G of "generate", not that of "go".
        assert_eq!(word("generate", "Go to generate"), Some(8 + 7 * 6 + 4));
    }
}
