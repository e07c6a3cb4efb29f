//! Protocol-buffer encoding of the few field types events use.

/// A message being written. Fields go out in the order of the calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// Wire types of the encoding.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

impl Message {
    fn varint(mut self, mut n: u64) -> Self {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
        self
    }

    fn key(self, field: u64, wire: u64) -> Self {
        self.varint(field << 3 | wire)
    }

    /// A whole number; 0 is the default and takes no room.
    pub fn whole(self, field: u64, n: u64) -> Self {
        if n == 0 {
            return self;
        }
        self.key(field, VARINT).varint(n)
    }

    pub fn double(self, field: u64, n: f64) -> Self {
        let mut message = self.key(field, EIGHT_BYTES);
        message.0.extend(n.to_le_bytes());
        message
    }

    /// A float, written even where it is 0: as one of several alternatives it must be there to count.
    pub fn float(self, field: u64, n: f32) -> Self {
        let mut message = self.key(field, FOUR_BYTES);
        message.0.extend(n.to_le_bytes());
        message
    }

    pub fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        let mut message = self.key(field, LENGTH).varint(bytes.len() as u64);
        message.0.extend(bytes);
        message
    }

    pub fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    pub fn message(self, field: u64, inner: &Message) -> Self {
        self.bytes(field, &inner.0)
    }

    /// Doubles in the packed form.
    pub fn doubles(self, field: u64, numbers: impl Iterator<Item = f64>) -> Self {
        let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
        self.bytes(field, &bytes)
    }

    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Google's description of the encoding.
    #[test]
    fn fields_are_encoded_as_described() {
        assert_eq!(Message::default().whole(1, 150).done(), [0x08, 0x96, 0x01]);
        assert_eq!(
            Message::default().text(2, "testing").done(),
            [0x12, 0x07, b't', b'e', b's', b't', b'i', b'n', b'g']
        );
        let inner = Message::default().whole(1, 150);
        assert_eq!(
            Message::default().message(3, &inner).done(),
            [0x1A, 0x03, 0x08, 0x96, 0x01]
        );
        assert_eq!(Message::default().whole(1, u64::MAX).done().len(), 11);
        assert!(Message::default().whole(1, 0).done().is_empty());
    }
}
