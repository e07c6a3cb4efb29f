//! The GPU self-test, both sides: the child that risks its life, and the parent that asks.
//!
//! The child prints one line of RON for the adapter and, unless it was only to identify it, one for
//! the verdict. Whatever else happens (a crash, silence, other words) means "not usable".

use super::adapter::{Adapter, open_adapter};
use super::verdict::{self, Verdict};
use super::{NOT_BUILT, probe};
use burn::tensor::Device;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The hidden subcommand under which the binary runs the child's side.
pub const SUBCOMMAND: &str = "self-test-gpu";
/// The flag with which the child only says which adapter it finds.
pub const IDENTIFY: &str = "--identify";
/// Set for the child, so that nothing in it ever starts a child of its own.
const IN_CHILD: &str = "LACUNA_IN_GPU_SELF_TEST";
/// Compiling and tuning kernels for the first time takes a while even on a good GPU.
const LIMIT: Duration = Duration::from_secs(60);

/// The child's side: identifies the adapter and, unless `identify_only`, tests it. Returns whether
/// all went well.
///
/// # Errors
/// When standard output is gone.
pub fn self_test(identify_only: bool) -> std::io::Result<bool> {
    // A parent that was killed cannot stop us, and a hanging driver would keep us for ever.
    let _ = std::thread::Builder::new().spawn(|| {
        std::thread::sleep(LIMIT);
        std::process::exit(3);
    });
    let mut out = std::io::stdout().lock();
    let mut say = |line: Result<String, ron::Error>| {
        writeln!(out, "{}", line.map_err(std::io::Error::other)?)?;
        out.flush()
    };
    let opened = guarded(open_adapter);
    say(ron::to_string(&opened.as_ref().map(|(_, adapter)| adapter)))?;
    let Ok((device, adapter)) = opened else {
        return Ok(false);
    };
    if identify_only {
        return Ok(true);
    }
    let started = Instant::now();
    let usable = guarded(|| probe::compare_with_cpu(&device));
    let good = usable.is_ok();
    let seconds = started.elapsed().as_secs_f32();
    say(ron::to_string(&Verdict::new(adapter, usable, seconds)))?;
    Ok(good)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("the graphics driver failed while it was tested".into()))
}

/// The adapter found, and whether it may be used. Asked once in a process; the answer is kept.
pub fn check() -> (Option<Adapter>, Result<(), String>) {
    type Answer = (Option<Adapter>, Result<(), String>);
    static ANSWER: Mutex<Option<Answer>> = Mutex::new(None);
    ANSWER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_with(ask)
        .clone()
}

/// Opens the GPU in this process, if [`check`] allows it.
///
/// # Errors
/// Why not, as a part of a sentence.
pub fn open_checked() -> Result<(Device, Adapter), String> {
    // burn opens an adapter once in a process, so everybody shares the first.
    static OPENED: OnceLock<Result<(Device, Adapter), String>> = OnceLock::new();
    check().1?;
    OPENED.get_or_init(|| guarded(open_adapter)).clone()
}

/// Forgets all remembered verdicts, so that the next [`check`] of a new process tests again. Without
/// a cache there is nothing to forget.
pub fn forget() {
    if let Some(file) = verdict::default_file() {
        let _ = std::fs::remove_file(file);
    }
}

fn ask() -> (Option<Adapter>, Result<(), String>) {
    if !cfg!(feature = "gpu") {
        return (None, Err(NOT_BUILT.into()));
    }
    if std::env::var_os(IN_CHILD).is_some() {
        return (None, Err("this process is testing it".into()));
    }
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => {
            let why = format!("it cannot be tested, because Lacuna cannot find itself ({e})");
            return (None, Err(why));
        }
    };
    let child = |extra: &[&str]| {
        let mut command = Command::new(&program);
        command.arg(SUBCOMMAND).args(extra).env(IN_CHILD, "1");
        command
    };
    judge(
        child(&[IDENTIFY]),
        child(&[]),
        verdict::default_file().as_deref(),
        LIMIT,
    )
}

/// Identifies the adapter with one child; where no verdict on it is remembered, tests it with
/// another. Nothing of the driver runs in this process.
fn judge(
    identify: Command,
    test: Command,
    memory: Option<&Path>,
    limit: Duration,
) -> (Option<Adapter>, Result<(), String>) {
    let adapter = match first_line(&listen(identify, limit)) {
        Ok(adapter) => adapter,
        Err(why) => return (None, Err(why)),
    };
    let usable = if adapter.software {
        Err(format!(
            "{} only imitates a GPU on the CPU, which is slower than the CPU itself",
            adapter.name
        ))
    } else if let Some(verdict) = memory.and_then(|file| verdict::recall(file, &adapter)) {
        verdict.usable
    } else {
        let verdict = second_line(&listen(test, limit), &adapter, limit);
        if let Some(file) = memory {
            verdict::remember(file, verdict.clone());
        }
        verdict.usable
    };
    let usable = usable.map_err(|why| {
        if adapter.software {
            why
        } else {
            format!(
                "{} with driver {} failed its self-test: {why}; after a driver update, \
                 `lacuna devices --retest` tests it again",
                adapter.name, adapter.driver
            )
        }
    });
    (Some(adapter), usable)
}

/// What a child said, and how it ended.
struct Heard {
    text: String,
    end: End,
}

enum End {
    Exited,
    Crashed(std::process::ExitStatus),
    TimedOut,
    NotStarted(std::io::Error),
}

fn listen(mut command: Command, limit: Duration) -> Heard {
    let not_started = |e| Heard {
        text: String::new(),
        end: End::NotStarted(e),
    };
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(e) => return not_started(e),
    };
    let reader = child.stdout.take().map(|mut pipe| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            // What came before an error still counts.
            let _ = pipe.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let started = Instant::now();
    let end = loop {
        match child.try_wait() {
            Ok(Some(status)) if status.code().is_some_and(|c| c == 0 || c == 1) => {
                break End::Exited;
            }
            Ok(Some(status)) => break End::Crashed(status),
            Ok(None) if started.elapsed() < limit => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                break End::TimedOut;
            }
        }
    };
    let text = reader
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    Heard { text, end }
}

fn ended(heard: &Heard, limit: Duration) -> String {
    match &heard.end {
        End::Exited => "it gave no verdict".into(),
        End::Crashed(status) => format!("the graphics driver crashed ({status})"),
        End::TimedOut => format!("it gave no answer within {} s", limit.as_secs()),
        End::NotStarted(e) => format!("the self-test could not be started ({e})"),
    }
}

fn first_line(heard: &Heard) -> Result<Adapter, String> {
    let line = heard.text.lines().next().unwrap_or_default();
    match ron::from_str::<Result<Adapter, String>>(line) {
        Ok(answer) => answer,
        Err(_) => Err(format!("while looking for one, {}", ended(heard, LIMIT))),
    }
}

fn second_line(heard: &Heard, adapter: &Adapter, limit: Duration) -> Verdict {
    heard
        .text
        .lines()
        .nth(1)
        .and_then(|line| ron::from_str::<Verdict>(line).ok())
        .filter(|verdict| verdict.adapter == *adapter)
        .unwrap_or_else(|| Verdict::new(adapter.clone(), Err(ended(heard, limit)), 0.0))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn adapter(software: bool) -> Adapter {
        Adapter {
            name: "Radiant 9".into(),
            driver: "rad 1.2".into(),
            api: "Vulkan".into(),
            software,
        }
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    fn prints(software: bool, verdict: Option<Result<(), String>>) -> Command {
        let found: Result<Adapter, String> = Ok(adapter(software));
        let mut text = ron::to_string(&found).unwrap();
        if let Some(usable) = verdict {
            let verdict = Verdict::new(adapter(software), usable, 1.0);
            text = format!("{text}\n{}", ron::to_string(&verdict).unwrap());
        }
        let mut command = Command::new("/bin/echo");
        command.arg(text);
        command
    }

    fn judged(identify: Command, test: Command) -> Result<(), String> {
        judge(identify, test, None, Duration::from_secs(20)).1
    }

    #[test]
    fn only_a_good_verdict_on_the_same_adapter_makes_it_usable() {
        let good = || prints(false, Some(Ok(())));
        assert_eq!(judged(prints(false, None), good()), Ok(()));
        let wrong = prints(false, Some(Err("it computes the loss wrongly".into())));
        let why = judged(prints(false, None), wrong).unwrap_err();
        assert!(
            why.contains("Radiant 9") && why.contains("the loss wrongly"),
            "{why}"
        );
        let other = prints(true, Some(Ok(())));
        assert!(judged(prints(false, None), other).is_err());
    }

    #[test]
    fn a_software_adapter_is_refused_without_a_test() {
        let why = judged(prints(true, None), shell("exit 9")).unwrap_err();
        assert!(why.contains("imitates"), "{why}");
    }

    #[test]
    fn a_crash_and_silence_are_said() {
        let why = judged(prints(false, None), shell("kill -SEGV $$")).unwrap_err();
        assert!(why.contains("crashed"), "{why}");
        let why = judged(shell("kill -SEGV $$"), shell("true")).unwrap_err();
        assert!(why.contains("while looking for one"), "{why}");
        let why = judge(
            prints(false, None),
            shell("exec sleep 100"),
            None,
            Duration::from_millis(300),
        );
        assert!(why.1.unwrap_err().contains("no answer"));
    }

    #[test]
    fn a_remembered_verdict_saves_the_test() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("verdicts.ron");
        let limit = Duration::from_secs(20);
        let good = prints(false, Some(Ok(())));
        assert_eq!(
            judge(prints(false, None), good, Some(&file), limit).1,
            Ok(())
        );
        let crash = shell("kill -SEGV $$");
        assert_eq!(
            judge(prints(false, None), crash, Some(&file), limit).1,
            Ok(())
        );
    }
}
