//! Which songs are held out, kept in a file a person can read and change.
//!
//! A split is settled once a song and stays: new files never move old ones, and near-duplicates (see
//! [`super::duplicates`]) stand on one side, so that nothing a model is judged by was in its training.

use super::Split;
use crate::format::{FormatError, file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Usual name of the file.
pub const FILE: &str = "splits.ron";

/// No list of songs is larger; a limit against reading something else by mistake.
const SIZE_LIMIT: u64 = 256 << 20;

/// Shares of songs held out; the rest is for training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// 0..1.
    pub validation: f64,
    /// 0..1; together with `validation` less than 1.
    pub test: f64,
}

impl Default for Shares {
    /// A tenth each.
    fn default() -> Self {
        Shares {
            validation: 0.1,
            test: 0.1,
        }
    }
}

/// The split of every song of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splits {
    /// Id of the source; those of several sources are not to be mixed.
    pub source: String,
    /// Another seed holds out other songs.
    pub seed: u64,
    pub shares: Shares,
    /// Songs by id. What stands here never changes by itself; songs that are gone stay, in case they come back.
    pub songs: BTreeMap<String, Split>,
    /// Near-duplicates, two songs or more each, no song in two groups.
    pub groups: Vec<Vec<String>>,
}

/// A song that must not be trained on, though its split is training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub id: String,
    /// A clause for a report: "it is nearly the same as ...".
    pub reason: String,
}

impl Splits {
    /// An assignment without songs.
    ///
    /// # Errors
    /// Shares that leave nothing to train on or are no shares.
    pub fn new(source: &str, seed: u64, shares: Shares) -> Result<Splits, FormatError> {
        check(shares, FILE)?;
        Ok(Splits {
            source: source.into(),
            seed,
            shares,
            ..Splits::default()
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// A missing or damaged file, with the line, or shares that are none.
    pub fn load(path: &Path) -> Result<Splits, FormatError> {
        let bytes = file::read(path, SIZE_LIMIT)?;
        let what = path.display().to_string();
        let content = |problem: String| FormatError::Content {
            what: what.clone(),
            problem: format!("{problem}; mend it or delete the file, and the songs are split anew"),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| content("it is no text".into()))?;
        let mut splits: Splits =
            ron::from_str(text).map_err(|e| content(format!("it is no list of splits ({e})")))?;
        check(splits.shares, &what)?;
        // A hand-made file may name a song in two groups.
        splits.groups = join(&splits.groups, &[]);
        Ok(splits)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, path: &Path) -> Result<(), FormatError> {
        let text =
            ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).map_err(|e| {
                FormatError::Content {
                    what: path.display().to_string(),
                    problem: format!("the splits cannot be written ({e})"),
                }
            })?;
        file::write_atomic(path, text.as_bytes())
    }

    /// Settles the split of every song, given its official one where the source has one, and the groups of
    /// near-duplicates among them. In this order:
    /// - a song settled before stays where it is;
    /// - an official split holds;
    /// - a song of a group goes where the group is. A group that stands on several sides draws to the strictest (test,
    ///   then validation); a group not settled at all goes where its first song by name would go alone;
    /// - any other song goes by a hash of seed and id, so that adding songs moves none.
    ///
    /// The order of the songs and of the groups makes no difference. Groups add to those already known; groups that
    /// share a song become one.
    #[must_use]
    pub fn settle(&self, songs: &[(String, Option<Split>)], groups: &[Vec<String>]) -> Splits {
        let mut next = self.clone();
        next.groups = join(&self.groups, groups);
        for (id, official) in songs {
            if let Some(split) = official {
                next.songs.entry(id.clone()).or_insert(*split);
            }
        }
        let mut side_of: BTreeMap<&str, Split> = BTreeMap::new();
        for group in &next.groups {
            let settled = group.iter().filter_map(|id| next.songs.get(id)).max();
            let side = match (settled, group.first()) {
                (Some(split), _) => *split,
                (None, Some(first)) => by_hash(self.seed, self.shares, first),
                (None, None) => continue,
            };
            side_of.extend(group.iter().map(|id| (id.as_str(), side)));
        }
        for (id, _) in songs {
            if !next.songs.contains_key(id) {
                let alone = || by_hash(self.seed, self.shares, id);
                let split = side_of.get(id.as_str()).copied().unwrap_or_else(alone);
                next.songs.insert(id.clone(), split);
            }
        }
        next
    }

    /// Training songs that are near-duplicates of a held-out one, by id. They come of official splits, and of two groups
    /// that a later song has joined: neither is moved, so the training side is left out.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut list = Vec::new();
        for group in &self.groups {
            let split_of = |id: &String| self.songs.get(id).copied();
            let held_out = group
                .iter()
                .filter_map(|id| Some((split_of(id)?, id)))
                .filter(|(split, _)| *split != Split::Train)
                .max_by_key(|(split, id)| (*split, std::cmp::Reverse(*id)));
            let Some((split, other)) = held_out else {
                continue;
            };
            let training = group.iter().filter(|id| split_of(id) == Some(Split::Train));
            list.extend(training.map(|id| LeftOut {
                id: id.clone(),
                reason: format!(
                    "it is nearly the same as {other}, which is held out for {}",
                    split.name()
                ),
            }));
        }
        list.sort_by(|a, b| a.id.cmp(&b.id));
        list
    }

    /// The split of a song; `None` for one that was never settled.
    pub fn split_of(&self, id: &str) -> Option<Split> {
        self.songs.get(id).copied()
    }
}

/// The split of a song by its id alone, with the usual seed and shares: what a folder source says of its songs before
/// they are settled.
pub fn provisional(id: &str) -> Split {
    by_hash(0, Shares::default(), id)
}

/// Where a song goes by seed and id.
fn by_hash(seed: u64, shares: Shares, id: &str) -> Split {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(id.as_bytes())
        .finalize();
    // 53 bits are what an f64 holds exactly.
    let bits = digest
        .iter()
        .take(8)
        .fold(0u64, |x, b| x << 8 | u64::from(*b))
        >> 11;
    let at = bits as f64 / (1u64 << 53) as f64;
    if at < shares.test {
        Split::Test
    } else if at < shares.test + shares.validation {
        Split::Validation
    } else {
        Split::Train
    }
}

fn check(shares: Shares, what: &str) -> Result<(), FormatError> {
    let Shares { validation, test } = shares;
    if validation >= 0.0 && test >= 0.0 && validation + test < 1.0 {
        return Ok(());
    }
    Err(FormatError::Content {
        what: what.into(),
        problem: format!(
            "shares of {validation} for validation and {test} for tests leave nothing to train on; \
             give two numbers from 0 up that are less than 1 together"
        ),
    })
}

/// All groups of both lists, those that share a song joined into one: each sorted, in order of their first songs.
fn join(old: &[Vec<String>], new: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut home: BTreeMap<&str, usize> = BTreeMap::new();
    let mut joined: Vec<BTreeSet<&str>> = Vec::new();
    for group in old.iter().chain(new) {
        let homes: BTreeSet<usize> = group
            .iter()
            .filter_map(|id| home.get(id.as_str()).copied())
            .collect();
        // The largest takes the others in, so that a song moves only a few times.
        let largest = homes.iter().copied().max_by_key(|i| joined[*i].len());
        let into = largest.unwrap_or_else(|| {
            joined.push(BTreeSet::new());
            joined.len() - 1
        });
        let mut coming: BTreeSet<&str> = group.iter().map(String::as_str).collect();
        for other in homes.into_iter().filter(|i| *i != into) {
            coming.append(&mut joined[other]);
        }
        home.extend(coming.iter().map(|id| (*id, into)));
        joined[into].append(&mut coming);
    }
    let mut groups: Vec<Vec<String>> = joined
        .into_iter()
        .filter(|g| g.len() > 1)
        .map(|g| g.into_iter().map(str::to_owned).collect())
        .collect();
    groups.sort();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|s| (*s).to_owned()).collect()
    }

    fn plain(ids: &[String]) -> Vec<(String, Option<Split>)> {
        ids.iter().map(|id| (id.clone(), None)).collect()
    }

    fn empty() -> Splits {
        Splits::new("x", 7, Shares::default()).unwrap()
    }

    #[test]
    fn shares_are_kept_and_another_seed_holds_out_others() {
        let ids: Vec<String> = (0..2000).map(|i| format!("{i}.mid")).collect();
        let one = empty().settle(&plain(&ids), &[]);
        for split in [Split::Validation, Split::Test] {
            let count = one.songs.values().filter(|s| **s == split).count();
            assert!((150..250).contains(&count), "{count} of {split:?}");
        }
        let other = Splits { seed: 8, ..empty() }.settle(&plain(&ids), &[]);
        assert_ne!(one.songs, other.songs);
    }

    #[test]
    fn an_official_split_is_not_moved_and_the_training_twin_is_left_out() {
        let songs = vec![
            ("a".to_owned(), Some(Split::Train)),
            ("b".to_owned(), Some(Split::Validation)),
            ("c".to_owned(), Some(Split::Test)),
            ("d".to_owned(), Some(Split::Train)),
        ];
        let splits = empty().settle(&songs, &[names(&["a", "b", "c"])]);
        for (id, official) in &songs {
            assert_eq!(splits.split_of(id), *official);
        }
        let left = splits.left_out();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].id, "a");
        assert!(left[0].reason.contains("c, which is held out for test"));
    }

    #[test]
    fn a_song_that_joins_two_settled_groups_leaves_the_training_one_out() {
        let mut old = empty();
        old.songs = BTreeMap::from([
            ("a".to_owned(), Split::Train),
            ("z".to_owned(), Split::Test),
        ]);
        let ids = plain(&names(&["a", "m", "z"]));
        let splits = old.settle(&ids, &[names(&["a", "m"]), names(&["m", "z"])]);
        assert_eq!(splits.groups, [names(&["a", "m", "z"])]);
        assert_eq!(splits.split_of("a"), Some(Split::Train));
        assert_eq!(splits.split_of("m"), Some(Split::Test));
        let left: Vec<String> = splits.left_out().into_iter().map(|l| l.id).collect();
        assert_eq!(left, ["a"]);
    }

    #[test]
    fn the_file_comes_back_and_reads_like_a_list() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let ids = names(&["a/1.mid", "b \"2\".mid", "c"]);
        let splits = empty().settle(&plain(&ids), &[names(&["a/1.mid", "c"])]);
        splits.save(&path).unwrap();
        assert_eq!(Splits::load(&path).unwrap(), splits);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"a/1.mid\": "), "{text}");
    }

    #[test]
    fn a_damaged_file_and_impossible_shares_are_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let says = |words: &[&str]| {
            let e = Splits::load(&path).unwrap_err().to_string();
            assert!(words.iter().all(|w| e.contains(w)), "{e}");
        };
        says(&["not there"]);
        empty().save(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("test: 0.1", "test: 0.95")).unwrap();
        says(&["0.95", "nothing to train on"]);
        std::fs::write(&path, text.replace("seed", "sead")).unwrap();
        says(&["sead", "split anew"]);
        std::fs::write(&path, [0xFF, 0xFE]).unwrap();
        says(&["no text"]);
        for test in [f64::NAN, -0.1, 1.0] {
            let shares = Shares {
                validation: 0.0,
                test,
            };
            assert!(Splits::new("x", 0, shares).is_err(), "{test}");
        }
    }

    /// Songs of small numbers with an official split or none, and groups among them.
    type Drawn = (Vec<(String, Option<Split>)>, Vec<Vec<String>>);

    fn drawn(official: bool) -> impl Strategy<Value = Drawn> {
        let split = prop::sample::select(Split::ALL.to_vec());
        let songs = prop::collection::btree_map(0u8..60, split, 0..40);
        let group = prop::collection::vec(0u8..60, 0..4);
        (songs, prop::collection::vec(group, 0..12)).prop_map(move |(songs, groups)| {
            let songs = songs
                .into_iter()
                .map(|(id, split)| (id.to_string(), official.then_some(split)))
                .collect();
            let name = |g: Vec<u8>| g.iter().map(u8::to_string).collect();
            (songs, groups.into_iter().map(name).collect())
        })
    }

    fn sides(splits: &Splits, skip: &[LeftOut]) -> Vec<BTreeSet<Split>> {
        let side = |g: &Vec<String>| {
            g.iter()
                .filter(|id| !skip.iter().any(|l| l.id == **id))
                .filter_map(|id| splits.split_of(id))
                .collect()
        };
        splits.groups.iter().map(side).collect()
    }

    proptest! {
        #[test]
        fn no_group_of_a_folder_stands_on_two_sides((songs, groups) in drawn(false)) {
            let splits = empty().settle(&songs, &groups);
            prop_assert!(sides(&splits, &[]).iter().all(|s| s.len() <= 1));
            prop_assert!(splits.left_out().is_empty());
            prop_assert!(songs.iter().all(|(id, _)| splits.split_of(id).is_some()));
        }

        #[test]
        fn nothing_trained_on_is_like_anything_held_out(
            (songs, groups) in drawn(true), (more, joins) in drawn(false),
        ) {
            let one = empty().settle(&songs, &groups);
            for (id, official) in &songs {
                prop_assert_eq!(one.split_of(id), *official);
            }
            for splits in [one.clone(), one.settle(&more, &joins)] {
                let left = splits.left_out();
                for side in sides(&splits, &left) {
                    prop_assert!(!side.contains(&Split::Train) || side.len() == 1, "{side:?}");
                }
            }
        }

        #[test]
        fn adding_songs_moves_none(
            (songs, groups) in drawn(false), (more, joins) in drawn(false),
        ) {
            let one = empty().settle(&songs, &groups);
            let two = one.settle(&more, &joins);
            for (id, split) in &one.songs {
                prop_assert_eq!(two.split_of(id), Some(*split));
            }
            // Without near-duplicates not even the file is needed.
            let fresh = empty().settle(&[songs.clone(), more].concat(), &[]);
            for (id, split) in &empty().settle(&songs, &[]).songs {
                prop_assert_eq!(fresh.split_of(id), Some(*split));
            }
        }

        #[test]
        fn order_makes_no_difference((songs, groups) in drawn(false)) {
            let mut back = (songs.clone(), groups.clone());
            back.0.reverse();
            back.1.reverse();
            back.1.iter_mut().for_each(|g| g.reverse());
            prop_assert_eq!(empty().settle(&songs, &groups), empty().settle(&back.0, &back.1));
        }
    }
}
