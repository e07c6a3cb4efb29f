//! The values a row can take, channel by channel. Every id below a channel's size is legal music; the id
//! equal to the size means *masked* and is never predicted.

/// Name of the representation, for people.
pub const NAME: &str = "octuple";
/// Name of the representation on cards and caches, with the version of its layout (2: pitches read in C;
/// 3: echoes shown).
pub const ID: &str = "octuple-free/3";
/// Grid steps a quarter note.
pub const STEPS_PER_QUARTER: u32 = 4;
/// Longest bar, in steps, that this tokenizer can write (eight quarters).
pub const MAX_STEPS: usize = 32;
/// Number of channels.
pub const CHANNELS: usize = 5;

/// What one value of a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// 0 absent, 1 present.
    Presence = 0,
    /// Step in the bar, 0..=31.
    Onset = 1,
    /// MIDI pitch.
    Pitch = 2,
    /// Index into [`DURATIONS`].
    Duration = 3,
    /// Velocity divided by 8.
    Velocity = 4,
}

impl Channel {
    /// All channels in column order.
    pub const ALL: [Channel; CHANNELS] = [
        Channel::Presence,
        Channel::Onset,
        Channel::Pitch,
        Channel::Duration,
        Channel::Velocity,
    ];

    /// Number of legal values; also the id that means *masked*.
    pub const fn size(self) -> usize {
        SIZES[self as usize]
    }

    /// First column of this channel in the network's output.
    pub const fn offset(self) -> usize {
        let mut sum = 0;
        let mut i = 0;
        while i < self as usize {
            sum += SIZES[i];
            i += 1;
        }
        sum
    }
}

/// Legal values per channel.
pub const SIZES: [usize; CHANNELS] = [2, MAX_STEPS, 128, DURATIONS.len(), 16];
/// Columns of the network's output: the sizes added up.
pub const LOGITS: usize = SIZES[0] + SIZES[1] + SIZES[2] + SIZES[3] + SIZES[4];

/// Lengths in steps that can be written: every step to a 4/4 bar, then coarser.
pub const DURATIONS: [u16; 24] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 24, 28, 32, 40, 48, 64,
];

/// The duration id nearest to a length in steps; the shorter one on a tie.
pub fn duration_id(steps: f64) -> u8 {
    let distance = |d: u16| (d as f64 - steps).abs();
    let mut best = 0;
    for (i, &d) in DURATIONS.iter().enumerate() {
        if distance(d) < distance(DURATIONS[best]) {
            best = i;
        }
    }
    best as u8
}

/// The velocity id of a MIDI velocity.
pub fn velocity_id(velocity: u8) -> u8 {
    velocity.min(127) / 8
}

/// The MIDI velocity an id stands for: the middle of its bin.
pub fn velocity_of(id: u8) -> u8 {
    (id.min(15) * 8 + 4).max(1)
}

/// Tempo as a context class of the octuple code, `round(12 log2(bpm / 16))`, halved to 0..=24.
pub fn tempo_class(bpm: f64) -> u8 {
    let code = (12.0 * (bpm.clamp(16.0, 256.0) / 16.0).log2()).round();
    (code / 2.0) as u8
}

/// A tempo of the class: the middle of what [`tempo_class`] takes together.
pub fn tempo_bpm(class: u8) -> f64 {
    16.0 * ((f64::from(class) * 2.0 + 0.5) / 12.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tempo_of_a_class_is_in_it() {
        for class in 0..=23 {
            assert_eq!(tempo_class(tempo_bpm(class)), class);
        }
    }

    #[test]
    fn offsets_follow_the_sizes() {
        assert_eq!(Channel::Presence.offset(), 0);
        assert_eq!(
            Channel::Velocity.offset() + Channel::Velocity.size(),
            LOGITS
        );
        for pair in Channel::ALL.windows(2) {
            assert_eq!(pair[0].offset() + pair[0].size(), pair[1].offset());
        }
    }

    #[test]
    fn a_length_on_the_list_keeps_its_value() {
        for (i, &d) in DURATIONS.iter().enumerate() {
            assert_eq!(duration_id(d as f64), i as u8);
        }
        assert_eq!(duration_id(0.2), 0);
        assert_eq!(DURATIONS[duration_id(17.0) as usize], 16);
        assert_eq!(DURATIONS[duration_id(1e9) as usize], 64);
    }

    #[test]
    fn velocity_moves_by_less_than_a_bin() {
        for v in 1..=127u8 {
            assert!(velocity_of(velocity_id(v)).abs_diff(v) <= 4);
        }
    }

    #[test]
    fn tempo_follows_the_octuple_code() {
        // Golden values of the octuple code: 16-0, 60-23, 120-35, 256-48; here halved.
        assert_eq!([16.0, 60.0, 120.0, 256.0].map(tempo_class), [0, 11, 17, 24]);
    }
}
