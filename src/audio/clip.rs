//! A piece as a small sound file, for pages that carry their sound with them.

use super::{Font, RenderError, render};
use crate::score::Score;

/// Samples a second: what speech on a telephone has twice, and as low as the synth goes.
const RATE: u32 = 16_000;

/// A piece as the bytes of a WAV file of one channel, 16 bits, 16 kHz.
///
/// # Errors
/// As [`render`].
pub fn clip(score: &Score, font: &Font) -> Result<Vec<u8>, RenderError> {
    let sound = render(score, font, RATE, 1.0, |_| true)?;
    let samples = sound.samples.chunks_exact(2).map(|s| {
        let both: f32 = s.iter().sum();
        ((both / 2.0).clamp(-1.0, 1.0) * 32767.0).round() as i16
    });
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
    for sample in samples {
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_can_be_read_back_and_sounds() {
        let mut score = Score::default();
        let t = score.add_track("A", 0, 0);
        score.add_note(t, 0, 480, 60, 100);
        let bytes = clip(&score, &Font::bundled()).unwrap();
        let mut reader = hound::WavReader::new(&bytes[..]).unwrap();
        assert_eq!(reader.spec().channels, 1);
        assert!(reader.duration() > RATE / 2);
        let loudest = reader.samples::<i16>().map(|s| s.unwrap().unsigned_abs());
        assert!(loudest.max() > Some(1000));
    }
}
