//! One page that holds everything: tables, plots, rolls and sound, and refers to nothing outside itself.

use super::distribution::Distribution;
use super::{escaped, number, plot};
use crate::evaluation::comparison::{Comparison, Kind, Line};
use crate::evaluation::registry::{Direction, Metric, find};
use std::fmt::Write;

/// A piece to be seen and heard.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub name: String,
    /// The piano roll as SVG.
    pub roll: String,
    /// A WAV file; none where it is not to be heard.
    pub sound: Option<Vec<u8>>,
    /// The self-similarity matrix of its bars; empty where it is not shown.
    pub similarity: Vec<Vec<f64>>,
}

/// What is shown of one row.
#[derive(Clone, Debug, Default)]
pub struct Exhibit {
    /// The name of the row.
    pub row: String,
    pub pieces: Vec<Shown>,
    /// How the row's notes are spread.
    pub distributions: Vec<Distribution>,
    /// What of it stands in training songs, a sentence each.
    pub nearest: Vec<String>,
}

const STYLE: &str = ":root{color-scheme:light}\
body{font:15px/1.5 system-ui,sans-serif;color:#1d1f23;background:#fff;max-width:1240px;margin:0 auto;padding:20px}\
h1{font-size:24px}h2{font-size:19px;margin-top:44px;padding-bottom:4px;border-bottom:1px solid #dcdcd8}h3{font-size:16px;margin:28px 0 6px}\
p,ul{max-width:860px}\
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}\
td,th{padding:4px 6px;border-bottom:1px solid #e6e6e2;text-align:right;vertical-align:top}\
thead th{background:#fff;border-bottom:2px solid #8a8d92;vertical-align:bottom}\
td:first-child,th:first-child{text-align:left;min-width:180px}\
.family th{background:#f3f3f1;padding-top:10px}.what{font-size:11px;color:#6b6e73}\
.wide{overflow-x:auto}.grey td,.grey .what,.grey .interval{color:#85888d}.interval{display:block;font-size:10.5px;color:#6b6e73;white-space:nowrap}\
figure{margin:14px 0}figcaption{font-size:13px;color:#43474e;max-width:720px}svg,img{max-width:100%;height:auto}\
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(560px,100%),1fr));gap:4px 28px}\
.card{border-top:1px solid #e6e6e2;padding-top:8px;margin-bottom:18px}.card img{width:100%}\
.beside{display:flex;flex-wrap:wrap;gap:28px;align-items:flex-start}audio{flex:1 1 320px;max-width:560px}\
.floor{color:#0f6f5c}.displaced{color:#b5730f}.nonsense{color:#ad3b44}.model{color:#2946ae}";

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Model => "model",
        Kind::Floor => "floor",
        Kind::Displaced => "displaced",
        Kind::Nonsense => "nonsense",
    }
}

/// The page. `made` says when and by what, in words.
pub fn html(c: &Comparison, exhibits: &[Exhibit], made: &str) -> String {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">",
    );
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        page,
        "<title>{}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1><p>{}</p>\n",
        escaped(&c.title),
        escaped(&c.title),
        escaped(made)
    );
    page.push_str("<p>Colours: <b class=\"model\">what is judged</b>, <b class=\"floor\">real music and what comes near it</b>, <b class=\"displaced\">real music in the wrong order or place</b>, <b class=\"nonsense\">nonsense, some of it made to score well</b>. Every figure stands with the interval that holds it 95 times in a hundred when the pieces are drawn anew.</p>\n");
    if !c.notes.is_empty() {
        page.push_str("<ul>");
        c.notes.iter().for_each(|n| {
            let _ = write!(page, "<li>{}</li>", escaped(n));
        });
        page.push_str("</ul>\n");
    }
    if !c.standings.is_empty() {
        page.push_str("<h2>Distance from real music</h2>\n");
        chart(
            &mut page,
            &plot::standings(c),
            "How far beyond the reach of real music each row lies, over all metrics that can tell nonsense from music (families of metrics count alike). 0: no metric tells it from real songs. 1: as far as the middle of the nonsense. It says what notes look like in figures, not how they sound.",
        );
    }
    table(&mut page, c);
    exhibited(&mut page, c, exhibits);
    charts(&mut page, c);
    page.push_str("</body></html>\n");
    page
}

fn chart(page: &mut String, svg: &str, caption: &str) {
    let _ = writeln!(
        page,
        "<figure>{svg}<figcaption>{}</figcaption></figure>",
        escaped(caption)
    );
}

fn direction(d: Direction) -> &'static str {
    match d {
        Direction::Lower => "less is better",
        Direction::Higher => "more is better",
        Direction::Match => "nearer to real music is better",
    }
}

fn table(page: &mut String, c: &Comparison) {
    page.push_str("<h2>All figures</h2>\n<p>A line a metric, a column a row of pieces: the mean, and below it the interval. Grey lines: some nonsense scores as well as real music, so that the figure says nothing by itself. Point at a name to read what it says; the charts at the end say the same in their captions.</p>\n<div class=\"wide\"><table><thead><tr><th>metric</th>");
    for row in &c.rows {
        let _ = write!(
            page,
            "<th class=\"{}\">{}</th>",
            class(row.kind),
            escaped(&row.name)
        );
    }
    page.push_str("</tr></thead>\n");
    let mut family = "";
    for m in c.metrics.iter().filter_map(|k| find(k)) {
        if m.family != family {
            family = m.family;
            let _ = writeln!(
                page,
                "<tr class=\"family\"><th colspan=\"{}\">{}</th></tr>",
                c.rows.len() + 1,
                escaped(heading(family))
            );
        }
        let verdict = c.verdicts.get(m.key).cloned().unwrap_or_default();
        let grey = if verdict.greyed {
            " class=\"grey\""
        } else {
            ""
        };
        let tip = match verdict.reason.is_empty() {
            true => m.about.to_string(),
            false => format!("{} ({})", m.about, verdict.reason),
        };
        let _ = write!(
            page,
            "<tr{grey}><td title=\"{}\">{}<br><span class=\"what\">{}: {}, {}</span></td>",
            escaped(&tip),
            escaped(m.title),
            escaped(m.key),
            escaped(m.unit),
            direction(m.direction)
        );
        for row in &c.rows {
            cell(page, row, m);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

fn cell(page: &mut String, row: &Line, m: &Metric) {
    let _ = match row.figures.get(m.key) {
        None => write!(page, "<td>-</td>"),
        Some(f) => write!(
            page,
            "<td>{}<span class=\"interval\">{} to {}</span></td>",
            number(f.interval.mean),
            rounded(f.interval.low),
            rounded(f.interval.high)
        ),
    };
}

/// An end of an interval at three digits, so that a table of eight rows is no wider than a page.
fn rounded(v: f64) -> String {
    let digits = match v == 0.0 || !v.is_finite() {
        true => 0,
        false => (2 - v.abs().log10().floor() as i32).clamp(0, 6) as usize,
    };
    number(format!("{v:.digits$}").parse().unwrap_or(v))
}

fn exhibited(page: &mut String, c: &Comparison, exhibits: &[Exhibit]) {
    let with: Vec<(&str, &[Distribution])> = exhibits
        .iter()
        .filter(|e| !e.distributions.is_empty())
        .map(|e| (e.row.as_str(), e.distributions.as_slice()))
        .collect();
    if let Some((_, first)) = with.first() {
        page.push_str("<h2>How the notes are spread</h2>\n<div class=\"charts\">\n");
        for (i, d) in first.iter().enumerate() {
            let sets: Vec<(&str, &Distribution)> = with
                .iter()
                .filter_map(|(name, all)| Some((*name, all.get(i)?)))
                .collect();
            chart(
                page,
                &plot::picture_of_distribution(&sets),
                &format!(
                    "{} Filled: {}. Lines: {}.",
                    d.about,
                    with.first().map_or("", |w| w.0),
                    sets.iter()
                        .skip(1)
                        .map(|s| s.0)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            );
        }
        page.push_str("</div>\n");
    }
    let shown: Vec<&Exhibit> = exhibits.iter().filter(|e| !e.pieces.is_empty()).collect();
    if shown.is_empty() {
        return;
    }
    page.push_str("<h2>To be seen and heard</h2>\n<p>Piano rolls: time runs to the right, the numbers on top are bars; pitch goes upwards along the keys on the left, C4 being middle C; a colour is a track.</p>\n");
    for e in shown {
        let kind = c
            .rows
            .iter()
            .find(|r| r.name == e.row)
            .map_or(Kind::Model, |r| r.kind);
        let _ = writeln!(
            page,
            "<h3 class=\"{}\">{}</h3>",
            class(kind),
            escaped(&e.row)
        );
        if !e.nearest.is_empty() {
            page.push_str("<ul>");
            e.nearest.iter().for_each(|n| {
                let _ = write!(page, "<li>{}</li>", escaped(n));
            });
            page.push_str("</ul>\n");
        }
        for piece in &e.pieces {
            let roll = base64(piece.roll.as_bytes());
            let name = escaped(&piece.name);
            let hole = match piece.roll.contains("url(#hatch)") {
                true => {
                    ": the hatched bars are the hole; what lies in them is of this row, the rest of the song"
                }
                false => "",
            };
            let _ = write!(
                page,
                "<div class=\"card\"><figure><img alt=\"piano roll of {name}\" src=\"data:image/svg+xml;base64,{roll}\"><figcaption>{name}{hole}.</figcaption></figure><div class=\"beside\">",
            );
            if let Some(sound) = &piece.sound {
                let _ = write!(
                    page,
                    "<audio controls preload=\"metadata\" src=\"data:audio/wav;base64,{}\"></audio>",
                    base64(sound)
                );
            }
            if !piece.similarity.is_empty() {
                chart(
                    page,
                    &plot::self_similarity("Likeness of bars", &piece.similarity),
                    "Each cell is a pair of bars: white where they are unlike, dark where they are alike. Dark lines beside the main diagonal are stretches that come back.",
                );
            }
            page.push_str("</div></div>\n");
        }
    }
}

fn charts(page: &mut String, c: &Comparison) {
    page.push_str("<h2>Metric by metric</h2>\n<p>A dot is the mean of a row of pieces, the line through it the interval; a grey line from top to bottom is what real music has.</p>\n");
    let mut family = "";
    for m in c.metrics.iter().filter_map(|k| find(k)) {
        if m.family != family {
            if !family.is_empty() {
                page.push_str("</div>\n");
            }
            family = m.family;
            let _ = writeln!(
                page,
                "<h3>{}</h3>\n<div class=\"charts\">",
                escaped(heading(family))
            );
        }
        let verdict = c.verdicts.get(m.key).cloned().unwrap_or_default();
        let caption = match verdict.reason.is_empty() {
            true => format!("{} After {}.", m.about, m.source),
            false => format!(
                "{} After {}. Careful: {}.",
                m.about, m.source, verdict.reason
            ),
        };
        chart(page, &plot::figure(c, m), &caption);
    }
    if !family.is_empty() {
        page.push_str("</div>\n");
    }
}

/// What a family is about, for readers who do not know the system it is named after; other families by their names.
fn heading(family: &str) -> &str {
    const HEADINGS: [(&str, &str); 13] = [
        ("smdiff", "Notes and their spread, as smdiff measures them"),
        (
            "smdiff grid",
            "The same on a grid of 16ths, a voice a track (smdiff)",
        ),
        (
            "schmubert",
            "Stretches of four bars beside the next (SCHmUBERT)",
        ),
        (
            "muspy",
            "Pitches, polyphony, scale and rhythm of a piece (MusPy)",
        ),
        ("harmony", "Chords and key"),
        ("neighbours", "Bars beside their neighbours"),
        ("structure", "Repetition over the whole piece"),
        (
            "frechet",
            "Runs of bars as clouds of points (Fréchet distance)",
        ),
        ("mgeval", "Differences between pieces (mgeval)"),
        ("memory", "What is remembered of the training songs"),
        ("notes", "Notes of the hole that are found again"),
        (
            "smdiff infill",
            "Rows of the hole compared one by one (smdiff)",
        ),
        ("context", "The hole beside what lies around it"),
    ];
    let found = HEADINGS.iter().find(|(name, _)| *name == family);
    found.map_or(family, |(_, heading)| heading)
}

/// Base 64 as data in an address wants it (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= chunk.len() { digit as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::bootstrap::Interval;
    use crate::evaluation::comparison::Figure;
    use std::collections::BTreeMap;

    #[test]
    fn base_64_has_its_published_values() {
        let of = |t: &str| base64(t.as_bytes());
        assert_eq!(
            [of(""), of("f"), of("fo"), of("foo"), of("foob")],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }

    #[test]
    fn the_page_refers_to_nothing_outside_itself() {
        let figure = Figure {
            interval: Interval {
                mean: 0.5,
                low: 0.4,
                high: 0.6,
                count: 2,
            },
            pieces: vec![Some(0.5)],
        };
        let row = |name: &str, kind| Line {
            name: name.into(),
            kind,
            pieces: vec!["p".into()],
            figures: BTreeMap::from([("scale_consistency".to_string(), figure.clone())]),
        };
        let rows = vec![
            row("<model>", Kind::Model),
            row("test", Kind::Floor),
            row("x", Kind::Nonsense),
        ];
        let metrics = [find("scale_consistency").unwrap()];
        let targets = BTreeMap::from([("scale_consistency".to_string(), 0.9)]);
        let c = Comparison::of("A & B", &metrics, targets, rows);
        let exhibit = Exhibit {
            row: "<model>".into(),
            pieces: vec![Shown {
                name: "p".into(),
                roll: "<svg/>".into(),
                sound: Some(vec![1, 2, 3]),
                similarity: vec![vec![1.0]],
            }],
            distributions: Vec::new(),
            nearest: vec!["near <x>".into()],
        };
        let page = html(&c, &[exhibit], "made by a test");
        for reference in ["src=\"http", "href=", "url(", "<script", "@import", "<link"] {
            assert!(!page.contains(reference), "{reference}");
        }
        assert!(page.contains("&lt;model&gt;") && !page.contains("<model>"));
        assert!(page.contains("data:audio/wav;base64,AQID") && page.contains("class=\"grey\""));
        assert!(page.contains(find("scale_consistency").unwrap().about));
    }
}
