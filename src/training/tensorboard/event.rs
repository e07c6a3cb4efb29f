//! The `Event` and `Summary` messages of TensorFlow, as far as a run needs them. Field numbers are those of
//! `event.proto` and `summary.proto`.

use super::Histogram;
use super::message::Message;

/// The first event of a file. TensorBoard heeds [`start`] from this version on.
pub(super) fn version(time: f64) -> Vec<u8> {
    Message::default()
        .double(1, time)
        .text(3, "brain.Event:2")
        .done()
}

/// "The run begins again at this step": TensorBoard forgets what it read of this step and later ones.
pub(super) fn start(time: f64, step: u64) -> Vec<u8> {
    const START: u64 = 1;
    let log = Message::default().whole(1, START);
    at(time, step).message(7, &log).done()
}

/// An event of values, made by the functions below.
pub(super) fn values(time: f64, step: u64, values: &[Message]) -> Vec<u8> {
    let summary = values.iter().fold(Message::default(), |summary, value| {
        summary.message(1, value)
    });
    at(time, step).message(5, &summary).done()
}

fn at(time: f64, step: u64) -> Message {
    Message::default().double(1, time).whole(2, step)
}

fn tagged(tag: &str) -> Message {
    Message::default().text(1, tag)
}

pub(super) fn scalar(tag: &str, value: f32) -> Message {
    tagged(tag).float(2, value)
}

pub(super) fn image(tag: &str, width: u32, height: u32, png: &[u8]) -> Message {
    /// Of the decoded picture.
    const RGB: u64 = 3;
    let image = Message::default()
        .whole(1, height.into())
        .whole(2, width.into())
        .whole(3, RGB)
        .bytes(4, png);
    tagged(tag).message(4, &image)
}

pub(super) fn histogram(tag: &str, h: &Histogram) -> Message {
    let histogram = Message::default()
        .double(1, h.least)
        .double(2, h.most)
        .double(3, h.count as f64)
        .double(4, h.sum)
        .double(5, h.sum_of_squares)
        .doubles(6, h.limits.iter().copied())
        .doubles(7, h.counts.iter().map(|n| *n as f64));
    tagged(tag).message(5, &histogram)
}

/// `frames` of `channels` at `rate` hertz, as the bytes of a WAV file.
pub(super) fn audio(tag: &str, rate: u32, channels: u16, frames: u64, wav: &[u8]) -> Message {
    let audio = Message::default()
        .float(1, rate as f32)
        .whole(2, channels.into())
        .whole(3, frames)
        .bytes(4, wav)
        .text(5, "audio/wav");
    tagged(tag).message(6, &audio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    /// What the Python classes of TensorBoard 2.21 make of the same values.
    #[test]
    fn events_are_the_bytes_that_tensorboard_writes() {
        assert_eq!(
            version(1.5),
            bytes("09000000000000f83f1a0d627261696e2e4576656e743a32")
        );
        assert_eq!(start(2.0, 7), bytes("09000000000000004010073a020801"));
        assert_eq!(
            values(2.0, 300, &[scalar("loss", 0.25)]),
            bytes("09000000000000004010ac022a0d0a0b0a046c6f7373150000803e")
        );
        let h = Histogram {
            least: -1.0,
            most: 1.0,
            count: 3,
            sum: 0.5,
            sum_of_squares: 2.25,
            limits: vec![0.0, 1.0],
            counts: vec![1, 2],
        };
        assert_eq!(
            values(2.0, 1, &[histogram("w", &h)]),
            bytes(concat!(
                "09000000000000004010012a580a560a01772a5109000000000000f0bf11000000000000f03f1900000000000008",
                "4021000000000000e03f29000000000000024032100000000000000000000000000000f03f3a10000000000000f0",
                "3f0000000000000040"
            ))
        );
        assert_eq!(
            values(2.0, 1, &[image("i", 3, 2, b"png")]),
            bytes("09000000000000004010012a120a100a0169220b0802100318032203706e67")
        );
        assert_eq!(
            values(2.0, 1, &[audio("a", 8000, 1, 2, b"wav")]),
            bytes(
                "09000000000000004010012a200a1e0a016132190d0000fa451001180222037761762a09617564696f2f776176"
            )
        );
    }
}
