//! Robustness: damaged files are refused in words or come in as something that can go out again; nothing panics.

use super::project::{self, Project};
use super::smf::{export, import};
use crate::score::{Document, MetaEvent, MetaKind, Meter, Score, Tempo};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A piece with a bit of everything.
fn piece(rng: &mut ChaCha8Rng) -> Score {
    let mut score = Score {
        title: "Piece".into(),
        ..Score::default()
    };
    for (i, name) in ["Lead", "Bass", "Drums"].into_iter().enumerate() {
        let id = score.add_track(name, if i == 2 { 9 } else { i as u8 }, 10 * i as u8);
        for step in 0..rng.random_range(5u32..20) {
            let pitch = rng.random_range(30..90);
            score.add_note(id, step * 120, rng.random_range(0..400), pitch, 90);
        }
    }
    for i in 0..4u32 {
        score.tempos.push(Tempo {
            tick: i * 480,
            micros_per_quarter: rng.random_range(200_000..900_000),
        });
        score.metas.push(MetaEvent {
            tick: i * 300,
            chunk: (i % 3) as u16,
            kind: match i {
                0 => MetaKind::SysEx(vec![0x7E, 0x7F, 9, 1, 0xF7]),
                1 => MetaKind::Lyric(b"la".to_vec()),
                2 => MetaKind::Other(0x21, vec![0]),
                _ => MetaKind::Marker(b"MTrk".to_vec()),
            },
        });
    }
    score.meters.push(Meter::new(0, 3, 4));
    score
}

/// Damages bytes in one to four ways.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..6) {
            0 => bytes.truncate(at),
            1 => {
                let junk: Vec<u8> = (0..rng.random_range(1..30)).map(|_| rng.random()).collect();
                bytes.splice(at..at, junk);
            }
            2 => {
                // A piece of another file.
                let from = rng.random_range(0..other.len());
                let to = rng.random_range(from..=other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            3 => {
                let to = (at + rng.random_range(0..40)).min(bytes.len());
                bytes.drain(at..to);
            }
            _ => {
                for _ in 0..rng.random_range(1..8) {
                    if bytes.is_empty() {
                        break;
                    }
                    let i = rng.random_range(0..bytes.len());
                    bytes[i] = match rng.random_range(0..3) {
                        0 => 0xFF,
                        1 => bytes[i] ^ 1 << rng.random_range(0..8),
                        _ => rng.random(),
                    };
                }
            }
        }
    }
}

fn human(message: &str) {
    assert!(message.len() > 20 && message.contains(' '), "{message:?}");
    assert!(
        !message.contains("Error") && !message.contains("::"),
        "{message:?}"
    );
}

/// Whatever came in must go out and come in again as the same piece.
fn goes_round(score: &Score, what: &str) {
    let bytes = match export(score) {
        Ok(bytes) => bytes,
        Err(e) => panic!("{what}: {e}"),
    };
    let again = import(&bytes, &score.title).unwrap();
    assert!(again.report.is_empty(), "{what}: {}", again.report);
    // A file without chunks gets one, with the title for its name.
    if !score.chunks.is_empty() {
        assert_eq!(&again.score, score, "{what}");
    }
}

#[test]
fn damaged_midi_files_are_mended_or_refused() {
    let (mut came_in, mut refused) = (0, 0);
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = export(&piece(&mut rng)).unwrap();
        let other = export(&piece(&mut rng)).unwrap();
        mutate(&mut bytes, &other, &mut rng);
        match import(&bytes, "x") {
            Ok(got) => {
                came_in += 1;
                got.report.sentences.iter().for_each(|s| human(s));
                goes_round(&got.score, &format!("seed {seed}"));
            }
            Err(e) => {
                refused += 1;
                human(&e.to_string());
            }
        }
    }
    assert!(came_in > 150, "{came_in} came in, {refused} refused");
}

#[test]
fn damaged_project_files_are_mended_or_refused() {
    let mut came_in = 0;
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let make = |rng: &mut ChaCha8Rng| {
            let project = Project {
                document: Document::new(piece(rng)),
                view: Some("(a:1)".into()),
            };
            project::write(&project).unwrap()
        };
        let (mut bytes, other) = (make(&mut rng), make(&mut rng));
        if seed % 2 == 0 {
            mutate(&mut bytes, &other, &mut rng);
        } else {
            // A fault the checksum cannot see: single digits of the body, sealed anew.
            let start = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
            let mut body = bytes.split_off(start);
            for _ in 0..rng.random_range(1..4) {
                let i = rng.random_range(0..body.len());
                if body[i].is_ascii_digit() {
                    body[i] = b'0' + rng.random_range(0..10);
                } else if seed % 4 == 1 {
                    mutate(&mut body, &other, &mut rng);
                }
            }
            bytes = project::seal(project::VERSION, &body);
        }
        match project::read(&bytes) {
            Ok(project) => {
                came_in += 1;
                let again = project::read(&project::write(&project).unwrap()).unwrap();
                assert_eq!(again, project, "seed {seed}");
                if let Err(e) = export(&project.document.score) {
                    human(&e.to_string());
                }
            }
            Err(e) => human(&e.to_string()),
        }
    }
    assert!(came_in > 30, "only {came_in} came in");
}
