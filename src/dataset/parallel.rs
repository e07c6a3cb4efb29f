//! Work on many songs side by side, with the results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Condvar, Mutex};

/// Elements that may be finished before an earlier one is: keeps the memory bounded while one worker chews on a
/// huge file.
const AHEAD: usize = 64;

/// Threads for as many as the machine has cores.
pub fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs `work` on every element with so many threads and hands the results to `take` in order, until it returns
/// false.
pub fn in_order<T: Sync, R: Send>(
    list: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let stop = AtomicBool::new(false);
    // The next to be worked on, and how many were taken.
    let place = Mutex::new((0usize, 0usize));
    let room = Condvar::new();
    let (sender, results): (_, Receiver<(usize, R)>) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1).min(list.len().max(1)) {
            let sender = sender.clone();
            let (stop, place, room, work) = (&stop, &place, &room, &work);
            scope.spawn(move || {
                loop {
                    let i = {
                        let held = place.lock().unwrap_or_else(|e| e.into_inner());
                        let mut held = room
                            .wait_while(held, |(next, taken)| {
                                *next >= *taken + AHEAD && !stop.load(Ordering::Relaxed)
                            })
                            .unwrap_or_else(|e| e.into_inner());
                        let i = held.0;
                        held.0 += 1;
                        i
                    };
                    if i >= list.len() || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    if sender.send((i, work(&list[i]))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        'all: for (i, result) in results {
            early.insert(i, result);
            while let Some(result) = early.remove(&next) {
                next += 1;
                place.lock().unwrap_or_else(|e| e.into_inner()).1 = next;
                room.notify_all();
                if !take(result) {
                    stop.store(true, Ordering::Relaxed);
                    room.notify_all();
                    break 'all;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn results_come_in_order_and_end_where_asked(
            count in 0usize..300,
            workers in 0usize..5,
            stop in 0usize..400,
        ) {
            let list: Vec<usize> = (0..count).collect();
            let mut seen = Vec::new();
            in_order(&list, workers, |i| i * 3, |r| {
                seen.push(r);
                seen.len() < stop
            });
            let wanted: Vec<usize> = list.iter().map(|i| i * 3).take(stop.max(1)).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}
