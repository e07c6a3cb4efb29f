//! A look at the structure of a SoundFont before it is loaded.
//!
//! The loader trusts lengths and indices: a chunk that claims 4 GiB is allocated before it is read (an abort no
//! `catch_unwind` can stop), and an index list out of order panics. What is checked here cannot do either.

/// What is wrong with a file, as the second half of a sentence ("the file ...").
pub type Fault = &'static str;

#[derive(Clone, Copy)]
struct Chunk {
    id: [u8; 4],
    from: usize,
    size: usize,
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let b: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_le_bytes(b) as usize)
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    let b: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_le_bytes(b) as usize)
}

fn id(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok()
}

/// Whether the file is a SoundFont whose samples are compressed (SF3): its `ifil` says version 3, or its samples
/// begin as an Ogg stream does.
pub fn is_compressed(bytes: &[u8]) -> bool {
    let Ok(chunks) = chunks(bytes) else {
        return false;
    };
    chunks.iter().any(|c| match &c.id {
        b"ifil" => half(bytes, c.from) == Some(3),
        b"smpl" => id(bytes, c.from) == Some(*b"OggS"),
        _ => false,
    })
}

fn chunks(bytes: &[u8]) -> Result<Vec<Chunk>, Fault> {
    if id(bytes, 0) != Some(*b"RIFF") || id(bytes, 8) != Some(*b"sfbk") {
        return Err("is not a SoundFont: it does not begin as one (RIFF, sfbk)");
    }
    let mut chunks = Vec::new();
    let mut at = 12;
    for _ in 0..3 {
        if id(bytes, at) != Some(*b"LIST") {
            return Err(
                "ends before its three parts are complete; it was probably cut short while being copied",
            );
        }
        let size = word(bytes, at + 4).ok_or("is cut short inside a header")?;
        let end = at
            .checked_add(8 + size)
            .filter(|e| *e <= bytes.len())
            .ok_or("is shorter than its own table of contents says; it was probably cut short while being copied")?;
        let mut inner = at + 12;
        while inner < end {
            let name = id(bytes, inner).ok_or("is cut short inside a header")?;
            let size = word(bytes, inner + 4).ok_or("is cut short inside a header")?;
            let next = inner
                .checked_add(8 + size)
                .filter(|n| *n <= end)
                .ok_or("has a part that is larger than what it lies in")?;
            chunks.push(Chunk {
                id: name,
                from: inner + 8,
                size,
            });
            // The loader does not skip pad bytes either.
            inner = next;
        }
        at = end;
    }
    Ok(chunks)
}

/// Checks that every part lies inside the file and every index list is in order and in range.
pub fn check(bytes: &[u8]) -> Result<(), Fault> {
    let chunks = chunks(bytes)?;
    let get = |name: &[u8; 4]| {
        chunks
            .iter()
            .find(|c| &c.id == name)
            .copied()
            .ok_or("lacks a part every SoundFont has (presets, instruments or samples)")
    };
    if chunks
        .iter()
        .any(|c| matches!(&c.id, b"ifil" | b"iver") && c.size != 4)
    {
        return Err("has a version field of the wrong size");
    }
    // Rising 16-bit indices at `offset` of records of `record` bytes, none above `limit`; returns how many.
    let rising = |c: Chunk, record: usize, offset: usize, limit: usize| -> Result<usize, Fault> {
        let n = c.size / record;
        if n < 2 || !c.size.is_multiple_of(record) {
            return Err("has a list of the wrong length");
        }
        let mut last = 0;
        for k in 0..n {
            let i =
                half(bytes, c.from + k * record + offset).ok_or("is cut short inside a list")?;
            if i < last || i > limit {
                return Err("has a list whose entries point to the wrong place");
            }
            last = i;
        }
        Ok(n)
    };
    for (header, record, offset, bag, generators) in [
        (b"phdr", 38, 24, b"pbag", b"pgen"),
        (b"inst", 22, 20, b"ibag", b"igen"),
    ] {
        let generators = get(generators)?.size / 4;
        let bags = rising(get(bag)?, 4, 0, generators.saturating_sub(1))?;
        rising(get(header)?, record, offset, bags - 1)?;
    }
    let samples = get(b"shdr")?;
    if samples.size < 92 || !samples.size.is_multiple_of(46) {
        return Err("has a sample list of the wrong length");
    }
    for k in 0..samples.size / 46 - 1 {
        let rate = word(bytes, samples.from + k * 46 + 36).unwrap_or(0);
        if !(1..=1_000_000).contains(&rate) {
            return Err("has a sample with an impossible sample rate");
        }
    }
    Ok(())
}
