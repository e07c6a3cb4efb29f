//! An evaluation to be read: text for a terminal, Markdown, CSV, plots as SVG, and one HTML page that needs nothing else.

mod distribution;
mod folder;
mod html;
mod plot;
mod table;
mod tradeoff;

pub use distribution::{Distribution, distributions};
pub use folder::{LeaveError, MakeSound, Page, heard, leave, samples, tables};
pub use html::{Exhibit, Shown, html};
pub use plot::{figure, picture_of_distribution, self_similarity, standings};
pub use table::{csv, markdown, text};
pub use tradeoff::{Level, Point, tradeoff};

/// A number at four digits that matter.
pub fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let digits = (3 - v.abs().log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{v:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// Text that can stand between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Characters no XML may hold, such as those of damaged names.
            c if c < ' ' && c != '\n' && c != '\t' => (),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_what_matters() {
        let texts = [0.0, 0.00123456, 12.0, 1234.56, -0.5, 99.99999].map(number);
        assert_eq!(texts, ["0", "0.001235", "12", "1235", "-0.5", "100"]);
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn names_cannot_break_a_page() {
        assert_eq!(escaped("<b> & \"x\"\u{1}"), "&lt;b&gt; &amp; &quot;x&quot;");
    }
}
