//! Bars as a model hears them, in few enough dimensions that their spread can be known: the leading principal directions
//! of the reference, each in units of its own spread there.

use super::matrix::{Gaussian, Sums, Symmetric, frechet};
use super::sample::Sample;

/// Numbers a point of the cloud has, whatever the run: of one bar the 32 leading directions, of each of two bars 16, of
/// each of four 8. Of a hundred pieces of 64 bars there are points enough for that.
const MOST: usize = 32;
/// Bars the directions are found from, at most; spread evenly over the reference.
const BARS: usize = 8192;
/// Lengths of the runs, in bars.
const RUNS: [usize; 3] = [1, 2, 4];

/// Directions in the space of a model's vectors.
#[derive(Clone, Debug)]
struct Space {
    mean: Vec<f64>,
    /// Each divided by the reference's spread along it, the widest first.
    directions: Vec<Vec<f64>>,
}

impl Space {
    /// The principal directions of some bars; `None` of too few to have any.
    fn of(bars: &[&[f32]]) -> Option<Space> {
        let size = bars.first()?.len();
        let mut sums = Sums::new(size);
        let every = bars.len().div_ceil(BARS);
        for bar in bars.iter().step_by(every).filter(|b| b.len() == size) {
            sums.point(&bar.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>());
        }
        let Gaussian { mean, covariance } = sums.gaussian()?;
        let (values, vectors) = covariance.eigen(true);
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let widest = values.get(*order.first()?)?.max(0.0);
        // What does not vary in the reference has no unit.
        let varies = |k: &&usize| values[**k] > 1e-9 * widest;
        let direction = |&k: &usize| {
            let spread = values[k].sqrt();
            let vector = &vectors[k * size..(k + 1) * size];
            vector.iter().map(|x| x / spread).collect()
        };
        let directions: Vec<Vec<f64>> = order
            .iter()
            .filter(varies)
            .take(MOST)
            .map(direction)
            .collect();
        (!directions.is_empty()).then_some(Space { mean, directions })
    }

    /// Numbers of each bar in a run of so many.
    fn of_each(&self, bars: usize) -> usize {
        (MOST / bars).clamp(1, self.directions.len())
    }

    /// The sums of a piece's runs of `bars` bars. Runs with an empty bar are left out: a model holds nothing of it.
    fn sums(&self, piece: &Sample, bars: usize) -> Sums {
        let each = self.of_each(bars);
        let along = |bar: &Vec<f32>| -> Option<Vec<f64>> {
            let centred: Vec<f64> = bar
                .iter()
                .zip(&self.mean)
                .map(|(x, mean)| f64::from(*x) - mean)
                .collect();
            let onto = |d: &Vec<f64>| d.iter().zip(&centred).map(|(a, b)| a * b).sum();
            let known = bar.len() == self.mean.len();
            known.then(|| self.directions[..each].iter().map(onto).collect())
        };
        let all: Vec<Option<Vec<f64>>> = piece.latents.iter().map(along).collect();
        let mut sums = Sums::new(bars * each);
        for run in all.windows(bars) {
            let run: Option<Vec<&Vec<f64>>> = run.iter().map(Option::as_ref).collect();
            if let Some(run) = run {
                sums.point(&run.into_iter().flatten().copied().collect::<Vec<f64>>());
            }
        }
        sums
    }
}

/// The bars of a reference as a cloud, by which others are judged.
pub struct Cloud {
    space: Space,
    /// By length of the run: the cloud and the root of its covariance.
    runs: Vec<(usize, Gaussian, Symmetric)>,
}

impl Cloud {
    /// The cloud of some pieces; `None` where no model was asked, or they have hardly a bar.
    pub fn of(pieces: &[Sample]) -> Option<Cloud> {
        let bars: Vec<&[f32]> = pieces
            .iter()
            .flat_map(|p| p.latents.iter().map(Vec::as_slice))
            .filter(|b| !b.is_empty())
            .collect();
        let space = Space::of(&bars)?;
        let run = |bars: usize| {
            let mut sums = Sums::new(bars * space.of_each(bars));
            pieces.iter().for_each(|p| sums.add(&space.sums(p, bars)));
            let gaussian = sums.gaussian()?;
            let root = gaussian.covariance.root();
            Some((bars, gaussian, root))
        };
        Some(Cloud {
            runs: RUNS.into_iter().filter_map(run).collect(),
            space,
        })
    }

    /// What is needed of a piece to tell how far it lies: its runs of `bars` bars, summed.
    pub fn sums(&self, piece: &Sample, bars: usize) -> Sums {
        self.space.sums(piece, bars)
    }

    /// Fréchet distance of the runs of `bars` bars of several pieces, in squared spreads of the reference. `None` of
    /// fewer than two runs, or a length that is not kept (1, 2 and 4 are).
    pub fn distance(&self, bars: usize, pieces: &[&Sums]) -> Option<f64> {
        let (_, gaussian, root) = self.runs.iter().find(|r| r.0 == bars)?;
        let mut all = Sums::new(gaussian.mean.len());
        pieces.iter().for_each(|s| all.add(s));
        Some(frechet(gaussian, root, &all.gaussian()?).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::generator;
    use rand::Rng;

    /// Bars that drift: each is near the one before. Three numbers of which the last says nothing.
    fn piece(seed: u64, bars: usize, up: f32) -> Sample {
        let mut rng = generator(seed, 0);
        let mut at = [0f32; 2];
        let latents = (0..bars).map(|_| {
            at = at.map(|x| 0.9 * x + rng.random_range(-1.0..1.0f32));
            vec![100.0 * at[0] + up, at[1], 7.0]
        });
        Sample {
            latents: latents.collect(),
            ..Sample::default()
        }
    }

    fn distance(cloud: &Cloud, bars: usize, piece: &Sample) -> f64 {
        cloud.distance(bars, &[&cloud.sums(piece, bars)]).unwrap()
    }

    #[test]
    fn a_cloud_lies_on_itself_and_is_measured_in_its_own_spread() {
        let song = piece(1, 4000, 0.0);
        let cloud = Cloud::of(std::slice::from_ref(&song)).unwrap();
        for bars in RUNS {
            let d = distance(&cloud, bars, &song);
            assert!(d < 1e-9, "{bars}: {d}");
        }
        assert_eq!(
            cloud.space.directions.len(),
            2,
            "what does not vary is left out"
        );
        // Moved by one spread of the first number, whatever its size.
        let sums = cloud.space.sums(&song, 1).gaussian().unwrap();
        assert!((sums.covariance.values[0] - 1.0).abs() < 1e-9);
        let first: Vec<f64> = song.latents.iter().map(|b| f64::from(b[0])).collect();
        let mean = first.iter().sum::<f64>() / 4000.0;
        let square = first.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3999.0;
        let moved = piece(1, 4000, square.sqrt() as f32);
        assert!((distance(&cloud, 1, &moved) - 1.0).abs() < 1e-2);
        assert!((distance(&cloud, 2, &moved) - 2.0).abs() < 2e-2);
    }

    #[test]
    fn single_bars_do_not_hear_their_order_and_pairs_do() {
        let song = piece(2, 4000, 0.0);
        let cloud = Cloud::of(std::slice::from_ref(&song)).unwrap();
        let mut shuffled = song.clone();
        shuffled.latents = (0..4000)
            .map(|i| song.latents[i * 37 % 4000].clone())
            .collect();
        assert!(distance(&cloud, 1, &shuffled) < 1e-9);
        assert!(distance(&cloud, 2, &shuffled) > 0.1);
        assert!(distance(&cloud, 4, &shuffled) > distance(&cloud, 2, &shuffled));
    }

    #[test]
    fn nobody_asked_and_empty_bars_are_left_out() {
        assert!(Cloud::of(&[Sample::default()]).is_none());
        let song = piece(3, 100, 0.0);
        let cloud = Cloud::of(std::slice::from_ref(&song)).unwrap();
        let mut holes = song.clone();
        holes.latents.insert(50, Vec::new());
        let without = |bars| cloud.sums(&holes, bars);
        assert_eq!(without(1), cloud.sums(&song, 1));
        assert_ne!(
            without(2),
            cloud.sums(&song, 2),
            "the run over the gap is gone"
        );
        let nothing = cloud.sums(&Sample::default(), 1);
        assert_eq!(cloud.distance(1, &[&nothing]), None);
        assert_eq!(cloud.distance(3, &[&nothing]), None);
    }
}
