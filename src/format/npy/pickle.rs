//! The part of Python's pickle that NumPy's object arrays use: a stack machine over plain data. Nothing is
//! executed: the only names that are followed are the ones NumPy builds arrays with, and each is a rule here.

use super::header::Kind;
use super::{Array, Object, count};

/// Deepest nesting that is followed; object arrays of arrays have a handful of levels.
const DEEPEST: usize = 64;

#[derive(Clone, Debug, PartialEq)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    /// A dictionary; what is in it is never needed.
    Dict,
    /// Module and name.
    Global(String, String),
    Dtype(String),
    /// An array that `BUILD` has not filled yet.
    Empty,
    Array(Array),
    Objects(Vec<Value>),
    Mark,
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    memo: Vec<Option<Value>>,
}

/// The elements of a pickled object array.
pub(super) fn read(data: &[u8]) -> Result<Vec<Object>, String> {
    let mut machine = Machine {
        rest: data,
        stack: Vec::new(),
        memo: Vec::new(),
    };
    let elements = match machine.run()? {
        Value::Objects(elements) => elements,
        _ => return Err("the pickled object is no array of objects".into()),
    };
    elements
        .into_iter()
        .enumerate()
        .map(|(i, element)| {
            object(element, 0)
                .ok_or_else(|| format!("element {i} is neither an array of numbers nor a text"))
        })
        .collect()
}

/// Lists of lists of numbers count as arrays, as NumPy would make of them.
fn object(value: Value, depth: usize) -> Option<Object> {
    match value {
        Value::Text(text) => Some(Object::Text(text)),
        Value::Array(array) => Some(Object::Array(array)),
        Value::List(list) | Value::Tuple(list) | Value::Objects(list) if depth < DEEPEST => {
            let mut array = Array::default();
            let mut inner: Option<Vec<usize>> = None;
            let length = list.len();
            for element in list {
                let shape = match element {
                    Value::Int(v) => {
                        array.values.push(i32::try_from(v).ok()?);
                        Vec::new()
                    }
                    other => match object(other, depth + 1)? {
                        Object::Array(a) => {
                            array.values.extend(a.values);
                            a.shape
                        }
                        Object::Text(_) => return None,
                    },
                };
                if inner.get_or_insert_with(|| shape.clone()) != &shape {
                    return None;
                }
            }
            array.shape = vec![length];
            array.shape.extend(inner.unwrap_or_default());
            Some(Object::Array(array))
        }
        _ => None,
    }
}

/// `count` texts of `length` characters of four bytes each, padded with zeros.
pub(super) fn texts(
    data: &[u8],
    count: usize,
    length: usize,
    big: bool,
) -> Result<Vec<String>, String> {
    if count.checked_mul(4 * length) != Some(data.len()) {
        return Err("the data is cut off, or there is more than the header says".into());
    }
    if length == 0 && count > 0 {
        // They would cost no bytes of the file and any amount of memory.
        return Err("its texts have no length; NumPy gives each at least one character".into());
    }
    let character = |b: &[u8]| {
        let b: [u8; 4] = b.try_into().ok()?;
        char::from_u32(if big {
            u32::from_be_bytes(b)
        } else {
            u32::from_le_bytes(b)
        })
    };
    data.chunks_exact(4 * length.max(1))
        .map(|text| {
            let text: Option<String> = text.chunks_exact(4).map(character).collect();
            let text = text.ok_or("a text has characters that are none")?;
            Ok(text.trim_end_matches('\0').to_owned())
        })
        .collect()
}

impl Machine<'_> {
    fn take(&mut self, n: usize) -> Result<&[u8], String> {
        let (taken, rest) = self
            .rest
            .split_at_checked(n)
            .ok_or("the pickled data is cut off")?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<usize, String> {
        let taken = self.take(bytes)?;
        let n = taken.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b));
        usize::try_from(n).map_err(|_| "the pickled data is cut off".into())
    }

    fn line(&mut self) -> Result<String, String> {
        let end = self.rest.iter().position(|&b| b == b'\n');
        let end = end.ok_or("the pickled data is cut off")?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(text)
    }

    fn text(&mut self, width: usize) -> Result<Value, String> {
        let n = self.number(width)?;
        Ok(Value::Text(
            String::from_utf8_lossy(self.take(n)?).into_owned(),
        ))
    }

    fn bytes(&mut self, width: usize) -> Result<Value, String> {
        let n = self.number(width)?;
        Ok(Value::Bytes(self.take(n)?.to_vec()))
    }

    fn pop(&mut self) -> Result<Value, String> {
        match self.stack.pop() {
            None | Some(Value::Mark) => Err("the pickled data is damaged".into()),
            Some(value) => Ok(value),
        }
    }

    fn since_mark(&mut self) -> Result<Vec<Value>, String> {
        let at = self.stack.iter().rposition(|v| *v == Value::Mark);
        let at = at.ok_or("the pickled data is damaged")?;
        let list = self.stack.split_off(at + 1);
        self.stack.pop();
        Ok(list)
    }

    fn put(&mut self, at: usize) -> Result<(), String> {
        // Memos are numbered in order; a number far beyond them is damage, and would only fill memory.
        if at > self.memo.len() + 1024 {
            return Err("the pickled data is damaged".into());
        }
        if at >= self.memo.len() {
            self.memo.resize(at + 1, None);
        }
        self.memo[at] = self.stack.last().cloned();
        Ok(())
    }

    fn get(&mut self, at: usize) -> Result<(), String> {
        let value = self.memo.get(at).cloned().flatten();
        self.stack
            .push(value.ok_or("the pickled data refers to nothing")?);
        Ok(())
    }

    fn tuple(&mut self, n: usize) -> Result<(), String> {
        let at = self.stack.len().checked_sub(n);
        let list = self
            .stack
            .split_off(at.ok_or("the pickled data is damaged")?);
        self.stack.push(Value::Tuple(list));
        Ok(())
    }

    fn run(&mut self) -> Result<Value, String> {
        loop {
            let op = self.take(1)?[0];
            match op {
                0x80 => drop(self.take(1)?),
                0x95 => drop(self.take(8)?),
                b'.' => return self.pop(),
                b'(' => self.stack.push(Value::Mark),
                b'0' => drop(self.stack.pop()),
                b'N' => self.stack.push(Value::None),
                0x88 => self.stack.push(Value::Bool(true)),
                0x89 => self.stack.push(Value::Bool(false)),
                b'K' | b'M' | b'J' => {
                    let width = match op {
                        b'K' => 1,
                        b'M' => 2,
                        _ => 4,
                    };
                    let n = self.number(width)? as i64;
                    let n = if op == b'J' { i64::from(n as i32) } else { n };
                    self.stack.push(Value::Int(n));
                }
                0x8a => {
                    let n = self.number(1)?;
                    let bytes = self.take(n)?;
                    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
                    let mut full = [if negative { 0xFF } else { 0 }; 8];
                    let room = full.get_mut(..n).ok_or("a number is too long")?;
                    room.copy_from_slice(bytes);
                    self.stack.push(Value::Int(i64::from_le_bytes(full)));
                }
                b'I' | b'L' => {
                    let text = self.line()?;
                    let n = text.trim_end_matches('L').parse();
                    self.stack
                        .push(Value::Int(n.map_err(|_| "a number cannot be read")?));
                }
                b'X' | 0x8c | 0x8d => {
                    let text = self.text(match op {
                        b'X' => 4,
                        0x8c => 1,
                        _ => 8,
                    })?;
                    self.stack.push(text);
                }
                b'B' | b'C' | 0x8e | b'T' | b'U' => {
                    let bytes = self.bytes(match op {
                        b'B' | b'T' => 4,
                        b'C' | b'U' => 1,
                        _ => 8,
                    })?;
                    self.stack.push(bytes);
                }
                b')' => self.stack.push(Value::Tuple(Vec::new())),
                0x85 => self.tuple(1)?,
                0x86 => self.tuple(2)?,
                0x87 => self.tuple(3)?,
                b't' => {
                    let list = self.since_mark()?;
                    self.stack.push(Value::Tuple(list));
                }
                b']' => self.stack.push(Value::List(Vec::new())),
                b'l' => {
                    let list = self.since_mark()?;
                    self.stack.push(Value::List(list));
                }
                b'a' | b'e' => {
                    let new = if op == b'a' {
                        vec![self.pop()?]
                    } else {
                        self.since_mark()?
                    };
                    match self.stack.last_mut() {
                        Some(Value::List(list)) => list.extend(new),
                        _ => return Err("the pickled data is damaged".into()),
                    }
                }
                b'}' => self.stack.push(Value::Dict),
                b's' => {
                    self.pop()?;
                    self.pop()?;
                }
                b'u' => drop(self.since_mark()?),
                b'q' | b'r' => {
                    let at = self.number(if op == b'q' { 1 } else { 4 })?;
                    self.put(at)?;
                }
                0x94 => self.put(self.memo.len())?,
                b'h' | b'j' => {
                    let at = self.number(if op == b'h' { 1 } else { 4 })?;
                    self.get(at)?;
                }
                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.stack.push(Value::Global(module, name));
                }
                0x93 => match (self.pop()?, self.pop()?) {
                    (Value::Text(name), Value::Text(module)) => {
                        self.stack.push(Value::Global(module, name));
                    }
                    _ => return Err("the pickled data is damaged".into()),
                },
                b'R' => {
                    let (arguments, function) = (self.pop()?, self.pop()?);
                    let made = reduce(function, arguments)?;
                    self.stack.push(made);
                }
                b'b' => {
                    let (state, object) = (self.pop()?, self.pop()?);
                    let built = build(object.clone(), state)?;
                    // Later arrays refer to the type as it is once built: only then is its byte order known.
                    if matches!(object, Value::Dtype(_)) {
                        for known in self.memo.iter_mut().flatten() {
                            if *known == object {
                                *known = built.clone();
                            }
                        }
                    }
                    self.stack.push(built);
                }
                other => {
                    return Err(format!(
                        "the pickled data uses what NumPy does not (code {other})"
                    ));
                }
            }
        }
    }
}

/// What calling one of NumPy's functions makes.
fn reduce(function: Value, arguments: Value) -> Result<Value, String> {
    let (Value::Global(module, name), Value::Tuple(arguments)) = (function, arguments) else {
        return Err("the pickled data is damaged".into());
    };
    let numpy = module == "numpy" || module.starts_with("numpy.");
    match (name.as_str(), &arguments[..]) {
        ("_reconstruct", _) if numpy => Ok(Value::Empty),
        ("dtype", [Value::Text(descr), ..]) if numpy => Ok(Value::Dtype(descr.clone())),
        // A single number that NumPy made.
        ("scalar", [Value::Dtype(descr), Value::Bytes(data)]) if numpy => {
            let kind = Kind::parse(descr).ok_or("a number has a type that is not known")?;
            let value = kind.values(data, 1)?;
            Ok(Value::Int(i64::from(value[0])))
        }
        (
            "_frombuffer",
            [
                Value::Bytes(data),
                Value::Dtype(descr),
                Value::Tuple(shape),
                ..,
            ],
        ) if numpy => array(descr, shape, Value::Bytes(data.clone())),
        // How old protocols write bytes: text of which each character is one.
        ("encode", [Value::Text(text), ..]) if module == "_codecs" => {
            let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(c as u32)).collect();
            Ok(Value::Bytes(bytes.map_err(|_| "bytes cannot be read")?))
        }
        _ => Err(format!(
            "the pickled data asks for {module}.{name}, which is not followed"
        )),
    }
}

/// What `__setstate__` makes of an object.
fn build(object: Value, state: Value) -> Result<Value, String> {
    match (object, state) {
        // (version, byte order, ...)
        (Value::Dtype(descr), Value::Tuple(state)) => {
            let big = matches!(state.get(1), Some(Value::Text(order)) if order == ">");
            let bare = descr.trim_start_matches(['<', '>', '|', '=']);
            let order = if big { ">" } else { "<" };
            Ok(Value::Dtype(format!("{order}{bare}")))
        }
        (Value::Empty, Value::Tuple(mut state)) => {
            let data = state.pop();
            let fortran = state.pop();
            match (&state[..], fortran, data) {
                (
                    [.., Value::Tuple(shape), Value::Dtype(descr)],
                    Some(Value::Bool(fortran)),
                    Some(data),
                ) if !fortran || shape.len() < 2 => array(descr, shape, data),
                _ => Err("an array in it is stored in a way that is not known".into()),
            }
        }
        (object, _) => Ok(object),
    }
}

fn array(descr: &str, shape: &[Value], data: Value) -> Result<Value, String> {
    let shape: Option<Vec<usize>> = shape
        .iter()
        .map(|s| match s {
            Value::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        })
        .collect();
    let shape = shape.ok_or("an array in it has no shape")?;
    let count = count(&shape)?;
    let kind = Kind::parse(descr).ok_or_else(|| {
        format!("an array in it has the type {descr:?}; whole numbers are wanted")
    })?;
    match (kind, data) {
        (Kind::Object, Value::List(list)) if list.len() == count => Ok(Value::Objects(list)),
        (Kind::Text { length, big }, Value::Bytes(data)) => {
            let texts = texts(&data, count, length, big)?;
            Ok(Value::Objects(texts.into_iter().map(Value::Text).collect()))
        }
        (_, Value::Bytes(data)) => Ok(Value::Array(Array {
            values: kind.values(&data, count)?,
            shape,
        })),
        _ => Err("an array in it is damaged".into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::format::npy::{Array, Npy, Object, read};

    /// Files written by NumPy itself: `numpy.save` of an object array of a (2, 8) and a (1, 8) array of 64-bit
    /// numbers, and of two paths, by the versions in use (2.x) and the old pickle protocol (1.x wrote the same
    /// with other module names).
    const ROWS: &[u8] = include_bytes!("fixtures/rows.npy");
    const ROWS_OLD: &[u8] = include_bytes!("fixtures/rows_protocol2.npy");
    const PATHS: &[u8] = include_bytes!("fixtures/paths.npy");
    const TEXTS: &[u8] = include_bytes!("fixtures/texts.npy");
    /// The same rows as big-endian 16-bit numbers, which the second array says by reference to the first.
    const ROWS_BIG: &[u8] = include_bytes!("fixtures/rows_big_endian.npy");

    #[test]
    fn object_arrays_of_numpy_are_read() {
        for bytes in [ROWS, ROWS_OLD, ROWS_BIG] {
            let Npy::Objects(list) = read(bytes, "rows.npy").unwrap() else {
                panic!("an object array holds objects")
            };
            let wanted = |rows: usize, from: i32| {
                Object::Array(Array {
                    shape: vec![rows, 8],
                    values: (from..from + 8 * rows as i32).collect(),
                })
            };
            assert_eq!(list, [wanted(2, -1), wanted(1, 100)]);
        }
    }

    #[test]
    fn lists_of_paths_are_read() {
        for bytes in [PATHS, TEXTS] {
            let paths = ["chunks/chunk_00000000.npy", "chunks/chunk_00000001.npy"];
            assert_eq!(
                read(bytes, "paths.npy").unwrap(),
                Npy::Objects(paths.map(|p| Object::Text(p.into())).to_vec())
            );
        }
    }

    #[test]
    fn a_pickle_that_would_run_something_is_refused() {
        let at = ROWS.windows(12).position(|w| w == b"_reconstruct").unwrap();
        let mut bytes = ROWS.to_vec();
        bytes[at..at + 12].copy_from_slice(b"system_calls");
        let error = read(&bytes, "x").unwrap_err().to_string();
        assert!(error.contains("not followed"), "{error}");
    }

    #[test]
    fn a_damaged_pickle_is_refused_in_words() {
        for n in 0..ROWS.len() {
            assert!(read(&ROWS[..n], "x").is_err(), "cut after {n}");
        }
        for at in 128..ROWS.len() {
            for flip in [1u8, 0x80, 0xFF] {
                let mut bytes = ROWS.to_vec();
                bytes[at] ^= flip;
                // Either still an array, or refused; never a panic.
                let _ = read(&bytes, "x");
            }
        }
    }
}
