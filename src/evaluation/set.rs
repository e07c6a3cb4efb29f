//! A set of pieces, with what several metrics would otherwise work out again.

use super::family::memory::{Melody, Words};
use super::latent::Cloud;
use super::nearest::{Found, Nearest};
use super::sample::Sample;
use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What is worked out once for a set: whose it is, and which of its kind.
type Name = (&'static str, usize);
type Kept = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;

/// Pieces that are judged together, or that others are judged by.
///
/// What is found in the reference is kept, so a set is judged by one reference only.
#[derive(Default)]
pub struct Set {
    pieces: Vec<Sample>,
    /// The songs the pieces are windows of, for what is looked for anywhere in them.
    whole: Option<Vec<Sample>>,
    index: OnceLock<Nearest>,
    found: OnceLock<Vec<Option<Found>>>,
    words: OnceLock<Vec<Option<Words>>>,
    cloud: OnceLock<Option<Cloud>>,
    kept: Mutex<HashMap<Name, Kept>>,
}

impl Set {
    /// A set of pieces.
    pub fn of(pieces: impl IntoIterator<Item = Sample>) -> Set {
        Set {
            pieces: pieces.into_iter().collect(),
            ..Set::default()
        }
    }

    /// Windows of songs, with the songs themselves: copies are looked for in all of a song, and spreads are compared with
    /// windows as long as what is judged.
    pub fn windows(
        pieces: impl IntoIterator<Item = Sample>,
        whole: impl IntoIterator<Item = Sample>,
    ) -> Set {
        Set {
            whole: Some(whole.into_iter().collect()),
            ..Set::of(pieces)
        }
    }

    /// What `make` makes of this set, made when first asked for by this name and kept. Several metrics ask for the same
    /// of a set, and every row asks for the same of the reference.
    pub fn kept<T: Send + Sync + 'static>(
        &self,
        name: &'static str,
        which: usize,
        make: impl Fn(&Set) -> T,
    ) -> Arc<T> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(all.entry((name, which)).or_default());
        // Others may ask for other things while this is made.
        drop(all);
        let value = slot.get_or_init(|| Arc::new(make(self)));
        // One name is one type, unless two families take the same name; then nothing is kept.
        Arc::clone(value)
            .downcast()
            .unwrap_or_else(|_| Arc::new(make(self)))
    }

    /// The songs, as far as they are known whole.
    pub fn songs(&self) -> &[Sample] {
        self.whole.as_deref().unwrap_or(&self.pieces)
    }

    /// The index of this set's notes, made when first asked for.
    pub fn index(&self) -> &Nearest {
        self.index.get_or_init(|| Nearest::of(self.songs()))
    }

    /// For each piece the stretch of `reference` it is nearest to.
    pub fn nearest_in(&self, reference: &Set) -> &[Option<Found>] {
        self.found.get_or_init(|| {
            let index = reference.index();
            side_by_side(&self.pieces, |p| index.find(p))
        })
    }

    /// The bars of its pieces as a model hears them, as one cloud; `None` where nobody asked a model.
    pub fn cloud(&self) -> Option<&Cloud> {
        self.cloud.get_or_init(|| Cloud::of(&self.pieces)).as_ref()
    }

    /// For each piece how far its melody lies from those of `reference`, word by word.
    pub fn words_in(&self, reference: &Set) -> &[Option<Words>] {
        self.words.get_or_init(|| {
            let melodies =
                reference.kept("melodies", 0, |set| side_by_side(set.songs(), Melody::of));
            side_by_side(&self.pieces, |p| Words::of(p, &melodies))
        })
    }
}

impl Deref for Set {
    type Target = [Sample];

    fn deref(&self) -> &[Sample] {
        &self.pieces
    }
}

/// Something of every piece, in order, a stretch of the set on each core.
pub fn side_by_side<T: Send>(pieces: &[Sample], of: impl Fn(&Sample) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let each = pieces.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let of = &of;
        let threads: Vec<_> = pieces
            .chunks(each)
            .map(|some| scope.spawn(move || some.iter().map(of).collect::<Vec<T>>()))
            .collect();
        let mut all = Vec::with_capacity(pieces.len());
        for thread in threads {
            all.extend(
                thread
                    .join()
                    .unwrap_or_else(|p| std::panic::resume_unwind(p)),
            );
        }
        all
    })
}
