//! A batch dealt out to the threads of a CPU. Sums of gradients, and so a run to the last bit, hang on who gets what: the
//! rules here never change with the machine, only with the number of threads.

use std::cmp::Reverse;

/// So many shares, dealt out in turn; none is empty unless there is nothing.
pub fn in_turn<E>(examples: &[E], threads: usize) -> Vec<Vec<&E>> {
    let threads = threads.clamp(1, examples.len().max(1));
    let share = |t| examples.iter().skip(t).step_by(threads).collect();
    (0..threads).map(share).collect()
}

/// So many shares of about the same size in all, each example with its place in the batch: the largest first, to whoever
/// has least.
pub fn by_size<E>(
    examples: &[E],
    threads: usize,
    size: impl Fn(&E) -> usize,
) -> Vec<Vec<(usize, &E)>> {
    let mut sorted: Vec<(usize, &E)> = examples.iter().enumerate().collect();
    sorted.sort_by_key(|(_, e)| Reverse(size(e)));
    let threads = threads.clamp(1, examples.len().max(1));
    let mut shares = vec![Vec::new(); threads];
    let mut load = vec![0; threads];
    for (place, e) in sorted {
        let least = (0..threads).min_by_key(|&t| load[t]).unwrap_or(0);
        load[least] += size(e);
        shares[least].push((place, e));
    }
    shares
}

/// Runs `work` on every share, each on a thread of its own, and returns what came out in order. A panic in one goes on
/// here.
pub fn side_by_side<S: Sync, T: Send>(shares: &[S], work: impl Fn(&S) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = shares
            .iter()
            .map(|share| scope.spawn(move || work(share)))
            .collect();
        let join = |h: std::thread::ScopedJoinHandle<'_, T>| {
            h.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        handles.into_iter().map(join).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_goes_to_one_thread() {
        let examples = [5usize, 1, 9, 3, 3];
        assert_eq!(in_turn(&examples, 2), [vec![&5, &9, &3], vec![&1, &3]]);
        assert_eq!(in_turn(&examples, 99).len(), 5);
        assert_eq!(in_turn::<usize>(&[], 2), [Vec::<&usize>::new()]);
        let shares = by_size(&examples, 2, |e| *e);
        let places = |share: &[(usize, &usize)]| share.iter().map(|s| s.0).collect::<Vec<_>>();
        assert_eq!(places(&shares[0]), [2, 1]);
        assert_eq!(places(&shares[1]), [0, 3, 4]);
    }

    #[test]
    fn what_comes_out_is_in_the_order_of_the_shares() {
        let out = side_by_side(&[vec![1, 2], vec![3], vec![]], |share| {
            share.iter().sum::<i32>()
        });
        assert_eq!(out, [3, 3, 0]);
    }
}
