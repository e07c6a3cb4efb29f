//! What computes on this machine when nothing else does, for figures that name it.

/// The processor's name and how many threads it gives this process; "unknown" where the system does not tell.
pub fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!(
        "{}, {threads} threads",
        name_in(&text).unwrap_or("unknown processor")
    )
}

fn name_in(text: &str) -> Option<&str> {
    let line = text.lines().find(|l| l.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_among_the_rest() {
        let text = "processor\t: 0\nmodel\t\t: 2\nmodel name\t: Some CPU\nstepping: 1\n";
        assert_eq!(name_in(text), Some("Some CPU"));
        assert_eq!(name_in("nothing"), None);
    }
}
