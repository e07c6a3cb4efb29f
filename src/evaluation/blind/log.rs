//! What was answered, a line a trial, as CSV: enough to make the report again.

use super::{Answer, BlindError, Design, Role, Side};
use serde::{Deserialize, Serialize};

/// One trial and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the test, from 1.
    pub trial: usize,
    pub role: Role,
    pub design: Design,
    /// What was filled: song and bar.
    pub hole: String,
    /// The systems behind A and, of a pair, B.
    pub systems: Vec<String>,
    pub answer: Answer,
    /// Milliseconds from the question to the answer, pauses left out.
    pub millis: u64,
    /// How often A and, of a pair, B were played.
    pub heard: Vec<u32>,
    /// Of the test.
    pub seed: u64,
}

impl Record {
    /// The system that was preferred.
    pub fn preferred(&self) -> Option<&str> {
        match self.answer {
            Answer::Prefers(side) => self.systems.get(side.at()).map(String::as_str),
            _ => None,
        }
    }
}

/// First line of a log.
const HEAD: &str =
    "trial,role,design,stimulus,side_a,side_b,answer,preferred,milliseconds,heard_a,heard_b,seed";

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_string(),
    }
}

fn role(role: Role) -> String {
    match role {
        Role::Counted => "counted".into(),
        Role::Repeat { of } => format!("repeat of {}", of + 1),
        Role::Catch { real: None } => "catch".into(),
        Role::Catch { real: Some(side) } => format!("catch, original is {}", Answer::Prefers(side)),
    }
}

/// The log as CSV. Of a rating the columns of B are empty.
pub fn csv(records: &[Record]) -> String {
    let mut text = format!("{HEAD}\n");
    for r in records {
        let system = |at: usize| quoted(r.systems.get(at).map_or("", String::as_str));
        let heard = |at: usize| r.heard.get(at).map_or(String::new(), u32::to_string);
        let cells = [
            r.trial.to_string(),
            quoted(&role(r.role)),
            r.design.word().to_string(),
            quoted(&r.hole),
            system(0),
            system(1),
            r.answer.to_string(),
            quoted(r.preferred().unwrap_or_default()),
            r.millis.to_string(),
            heard(0),
            heard(1),
            r.seed.to_string(),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// Reads a log back.
///
/// # Errors
/// The line that cannot be read, and why.
pub fn read(text: &str) -> Result<Vec<Record>, BlindError> {
    let mut lines = cells(text).into_iter().enumerate();
    let at = |line: usize, why: &str| BlindError::Log {
        line: line + 1,
        why: why.into(),
    };
    match lines.next() {
        Some((_, head)) if head.join(",") == HEAD => (),
        _ => return Err(at(0, &format!("a log begins with {HEAD}"))),
    }
    lines
        .map(|(i, line)| record(&line).map_err(|why| at(i, &why)))
        .collect()
}

fn record(cells: &[String]) -> Result<Record, String> {
    let [
        trial,
        role,
        design,
        hole,
        a,
        b,
        answer,
        _,
        millis,
        heard_a,
        heard_b,
        seed,
    ] = cells
    else {
        return Err(format!("it has {} cells rather than 12", cells.len()));
    };
    let design = [Design::Pairs, Design::Rating]
        .into_iter()
        .find(|d| d.word() == design)
        .ok_or_else(|| format!("\"{design}\" is no design"))?;
    let (mut systems, mut heard) = (vec![a.clone()], vec![number(heard_a)?]);
    if design.sounds() == 2 {
        systems.push(b.clone());
        heard.push(number(heard_b)?);
    }
    let given = [
        Answer::Prefers(Side::A),
        Answer::Prefers(Side::B),
        Answer::Neither,
    ];
    let answer = given
        .into_iter()
        .chain((1..=5).map(Answer::Rates))
        .find(|g| g.to_string() == *answer && g.fits(design))
        .ok_or_else(|| format!("\"{answer}\" is no answer"))?;
    Ok(Record {
        trial: number(trial)?,
        role: role_of(role)?,
        design,
        hole: hole.clone(),
        systems,
        answer,
        millis: number(millis)?,
        heard,
        seed: number(seed)?,
    })
}

fn number<T: std::str::FromStr>(cell: &str) -> Result<T, String> {
    cell.parse()
        .map_err(|_| format!("\"{cell}\" is no number that fits"))
}

fn role_of(word: &str) -> Result<Role, String> {
    if let Some(of) = word.strip_prefix("repeat of ") {
        let of: usize = number(of)?;
        let of = of.checked_sub(1).ok_or("trials count from 1")?;
        return Ok(Role::Repeat { of });
    }
    [
        Role::Counted,
        Role::Catch { real: None },
        Role::Catch {
            real: Some(Side::A),
        },
        Role::Catch {
            real: Some(Side::B),
        },
    ]
    .into_iter()
    .find(|r| role(*r) == word)
    .ok_or_else(|| format!("\"{word}\" is no role"))
}

/// Lines of cells; what stands in quotes may hold commas and line ends.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut inside, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if inside && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => line.push(std::mem::take(&mut cell)),
            '\r' if !inside => (),
            '\n' if !inside => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !line.is_empty() {
        line.push(cell);
        lines.push(line);
    }
    // An empty line at the end is no trial.
    lines.retain(|l: &Vec<String>| l.iter().any(|c| !c.is_empty()));
    lines
}

#[cfg(test)]
mod tests {
    use super::super::Report;
    use super::*;
    use proptest::prelude::*;

    fn records() -> impl Strategy<Value = Vec<Record>> {
        let role = prop_oneof![
            3 => Just(Role::Counted),
            1 => (0usize..3).prop_map(|of| Role::Repeat { of }),
            1 => Just(Role::Catch { real: Some(Side::B) }),
        ];
        let one = (
            role,
            0u8..3,
            0usize..4,
            "[a-c ,\"\n]{1,4}",
            any::<u32>(),
            1u32..9,
        );
        (
            any::<bool>(),
            any::<u64>(),
            proptest::collection::vec(one, 0..30),
        )
            .prop_map(|(rating, seed, list)| {
                let design = if rating {
                    Design::Rating
                } else {
                    Design::Pairs
                };
                let list = list.into_iter().enumerate();
                list.map(|(i, (role, answer, system, hole, millis, heard))| Record {
                    trial: i + 1,
                    role: match role {
                        Role::Catch { .. } if rating => Role::Catch { real: None },
                        role => role,
                    },
                    design,
                    hole,
                    systems: [format!("s{system}"), format!("\"t\", {}", answer)]
                        .into_iter()
                        .take(design.sounds())
                        .collect(),
                    answer: match (rating, answer) {
                        (true, a) => Answer::Rates(a + 2),
                        (false, 0) => Answer::Prefers(Side::A),
                        (false, 1) => Answer::Prefers(Side::B),
                        (false, _) => Answer::Neither,
                    },
                    millis: u64::from(millis),
                    heard: vec![heard; design.sounds()],
                    seed,
                })
                .collect()
            })
    }

    proptest! {
        #[test]
        fn a_log_read_back_gives_the_same_lines_and_the_same_report(records in records()) {
            let back = read(&csv(&records)).unwrap();
            prop_assert_eq!(&back, &records);
            prop_assert_eq!(Report::of(&back), Report::of(&records));
        }
    }

    #[test]
    fn a_line_says_what_was_heard_and_answered() {
        let record = Record {
            trial: 7,
            role: Role::Repeat { of: 1 },
            design: Design::Pairs,
            hole: "song 3, bar 12".into(),
            systems: vec!["pop".into(), "originals".into()],
            answer: Answer::Prefers(Side::B),
            millis: 4200,
            heard: vec![1, 2],
            seed: 9,
        };
        assert_eq!(
            csv(&[record]).lines().nth(1).unwrap(),
            "7,repeat of 2,pairs,\"song 3, bar 12\",pop,originals,b,originals,4200,1,2,9"
        );
    }

    #[test]
    fn what_is_no_log_is_refused_with_its_line() {
        assert!(matches!(
            read("a,b\n"),
            Err(BlindError::Log { line: 1, .. })
        ));
        for bad in [
            "1,counted,pairs",
            "1,counted,pairs,x,a,b,5,,10,1,1,0",
            "1,counted,rating,x,a,,6,,10,1,,0",
            "one,counted,pairs,x,a,b,a,,10,1,1,0",
            "1,repeat of 0,pairs,x,a,b,a,,10,1,1,0",
        ] {
            let error = read(&format!("{HEAD}\n{bad}\n"));
            assert!(
                matches!(error, Err(BlindError::Log { line: 2, .. })),
                "{bad}"
            );
        }
    }
}
