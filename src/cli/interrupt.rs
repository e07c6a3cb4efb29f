//! Ctrl-C: the first asks the command to stop and keep what it has, the second ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// A flag that Ctrl-C raises. Long work looks at it between steps, saves, and returns
/// [`CliError::Interrupted`](super::CliError::Interrupted). Every call gives the same flag.
///
/// Where the system allows no handler, Ctrl-C keeps ending the process at once.
pub fn interrupted() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let raised = flag.clone();
        let set = ctrlc::set_handler(move || {
            if raised.swap(true, Ordering::AcqRel) {
                std::process::exit(130);
            }
            eprintln!("\nStopping after this step; Ctrl-C again to stop at once.");
        });
        if let Err(e) = set {
            log::warn!("Ctrl-C will stop at once without saving: {e}");
        }
        flag
    })
    .clone()
}
