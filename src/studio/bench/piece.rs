//! Made-up pieces of a given size.

use crate::score::Score;

/// How many tracks the notes are dealt out to.
const TRACKS: u32 = 8;

/// A piece of so many notes on eight tracks over so many bars of 4/4, with pitches 24..=107: equally dense everywhere,
/// no two notes of a track at one place.
pub fn wall(notes: u32, bars: u32) -> Score {
    let mut score = Score {
        title: format!("{notes} notes"),
        ..Score::default()
    };
    let tracks: Vec<_> = (0..TRACKS)
        .map(|i| score.add_track(format!("Track {}", i + 1), i as u8, (i * 8) as u8))
        .collect();
    let slots = u64::from(bars * 16);
    // Coprime with the number of cells, so that places come in no order one could see.
    let mut place = 0u64;
    let cells = slots * 84;
    let mut dealt: Vec<Vec<(u32, u8)>> = vec![Vec::new(); tracks.len()];
    for i in 0..notes {
        place = (place + 7_919) % cells;
        let (slot, row) = (place % slots, place / slots);
        if let Some(list) = dealt.get_mut((i % TRACKS) as usize) {
            list.push((slot as u32 * 120, 24 + row as u8));
        }
    }
    for (track, mut list) in tracks.into_iter().zip(dealt) {
        list.sort_unstable();
        for (i, (start, pitch)) in list.into_iter().enumerate() {
            let velocity = 40 + (i * 13 % 80) as u8;
            score.add_note(track, start, 110, pitch, velocity);
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_notes_and_bars_asked_for() {
        let s = wall(20_000, 64);
        assert_eq!((s.note_count(), s.bar_count()), (20_000, 64));
        let most = s.tracks.iter().map(|t| t.notes.len()).max();
        assert_eq!(most, Some(2500));
    }
}
