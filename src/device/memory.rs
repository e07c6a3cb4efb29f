//! How much memory this process takes.

/// Bytes of memory this process has in use (its resident set), where the system tells without more ado: on Linux.
pub fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    of_status(&text)
}

/// Counted in kB, so that the size of a page need not be known.
fn of_status(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_set_is_read_in_bytes() {
        let text = "VmHWM:\t   9000 kB\nVmRSS:\t   1234 kB\n";
        assert_eq!(of_status(text), Some(1234 * 1024));
        assert_eq!(of_status("VmRSS: many"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_on_linux_takes_some() {
        assert!(resident().unwrap() > 1 << 20);
    }
}
