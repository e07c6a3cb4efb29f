//! Where windows of bars begin. A window is `[start, start + length)`.

/// Windows `stride` bars apart, all within a song of `bars` bars, and a last one that ends with the song: with a stride
/// no longer than the window every bar is in one. A song shorter than the window gives one window, from bar 0.
///
/// With a `limit` the windows that stay are spread over the song. (The reference keeps the first few, so that its models
/// never see how a song goes on.) A length or stride of 0 counts as 1.
pub fn starts(bars: u32, length: u32, stride: u32, limit: Option<usize>) -> Vec<u32> {
    let last = bars.saturating_sub(length.max(1));
    let mut list: Vec<u32> = (0..last).step_by(stride.max(1) as usize).collect();
    list.push(last);
    spread(list, limit)
}

/// As many of the values as allowed, the first and the last among them where there are two or more.
fn spread(list: Vec<u32>, limit: Option<usize>) -> Vec<u32> {
    let Some(limit) = limit.filter(|l| *l < list.len()) else {
        return list;
    };
    let steps = limit.saturating_sub(1).max(1);
    (0..limit)
        .map(|i| list[i * (list.len() - 1) / steps])
        .collect()
}

/// The grid windows of smdiff: every bar from which a whole window fits, none for a song that is too short, the first
/// `limit` of them (5 in its preparation). It drops windows of equal content before it counts; that is left to whoever
/// has the content.
pub fn reference_grid(bars: u32, length: u32, limit: Option<usize>) -> Vec<u32> {
    let count = (bars + 1).saturating_sub(length.max(1));
    (0..count).take(limit.unwrap_or(usize::MAX)).collect()
}

/// The octuple windows of smdiff, 64 bars long, over the bars `first..=last` that hold notes: every 32 bars while the
/// window fits, and one that starts 64 bars before `last`. That one ends a bar too soon, so the last bar is in no window
/// unless it is the only one.
pub fn reference_octuple(first: u32, last: u32, limit: Option<usize>) -> Vec<u32> {
    let mut list = vec![first];
    if last.saturating_sub(first) >= 64 {
        list = (first..last - 63).step_by(32).collect();
        if list.last() != Some(&(last - 64)) {
            list.push(last - 64);
        }
    }
    list.truncate(limit.unwrap_or(usize::MAX));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_references_windows_are_the_ones_of_its_rule() {
        assert_eq!(reference_octuple(0, 63, None), [0]);
        assert_eq!(reference_octuple(0, 64, None), [0]);
        assert_eq!(reference_octuple(2, 67, None), [2, 3]);
        assert_eq!(reference_octuple(0, 95, None), [0, 31]);
        assert_eq!(reference_octuple(0, 96, None), [0, 32]);
        assert_eq!(reference_octuple(1, 130, None), [1, 33, 65, 66]);
        assert_eq!(reference_octuple(0, 300, Some(5)), [0, 32, 64, 96, 128]);
        assert_eq!(reference_grid(63, 64, Some(5)), [] as [u32; 0]);
        assert_eq!(reference_grid(66, 64, Some(5)), [0, 1, 2]);
        assert_eq!(reference_grid(90, 64, Some(5)), [0, 1, 2, 3, 4]);
    }

    proptest! {
        #[test]
        fn windows_cover_the_song(bars in 1u32..400, length in 1u32..80, stride in 1u32..80) {
            let stride = stride.min(length);
            let list = starts(bars, length, stride, None);
            prop_assert!(list.is_sorted_by(|a, b| a < b));
            for bar in 0..bars {
                prop_assert!(list.iter().any(|s| (*s..s + length).contains(&bar)), "bar {bar}");
            }
            prop_assert!(bars < length || list.iter().all(|s| s + length <= bars));
        }

        #[test]
        fn a_limit_keeps_windows_from_start_to_end(
            bars in 1u32..400,
            length in 1u32..80,
            limit in 2usize..10,
        ) {
            let all = starts(bars, length, 1, None);
            let some = starts(bars, length, 1, Some(limit));
            prop_assert_eq!(some.len(), all.len().min(limit));
            prop_assert!(some.is_sorted_by(|a, b| a < b));
            prop_assert_eq!((some[0], some.last()), (0, all.last()));
        }
    }
}
