//! What a researcher does with a training: it is killed, the disk fills up, and it goes on as if nothing had happened.

use lacuna::format;
use lacuna::score::Score;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A network so small that a step takes milliseconds, and a checkpoint at every one, so that most kills hit a save.
const RECIPE: &str = "(
    id: \"tiny\", dataset: \"songs\",
    model: Octuple(
        network: (width: 32, layers: 1, heads: 2, feed_forward: 2),
        bars: (2, 4), transpose: (-2, 2), drop_voice: 0.1,
    ),
    trainer: (
        batch: 2, steps: STEPS, warm_up: 2, learning_rate: 0.01, average: (decay: 0.9), seed: 7,
        validate_every: 10, validation_windows: 4, checkpoint_every: 1,
    ),
)";

fn lacuna(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lacuna"));
    command
        .current_dir(folder)
        .env_remove("LACUNA_CACHE")
        .args(args);
    command
}

fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn done(folder: &Path, args: &[&str]) -> String {
    let output = lacuna(folder, args).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
    text(&output)
}

/// A prepared data set of a dozen songs, and the recipe with so many steps.
fn laboratory(steps: u64) -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    let songs = work.path().join("songs");
    std::fs::create_dir(&songs).unwrap();
    for seed in 0..12u32 {
        let mut s = Score::default();
        let t = s.add_track("Melody", 0, 0);
        for k in 0..32u32 {
            let pitch = 48 + (k * k * (seed + 2) + k * (seed + 5)) % 36;
            s.add_note(t, k * 480, 480, pitch as u8, 80);
        }
        format::save_midi(&songs.join(format!("{seed:02}.mid")), &s).unwrap();
    }
    done(
        work.path(),
        &["prepare", "--dataset-id", "midi", "--root-dir", "songs"],
    );
    let recipe = RECIPE.replace("STEPS", &steps.to_string());
    std::fs::write(work.path().join("tiny.ron"), recipe).unwrap();
    work
}

fn train<'a>(run: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec![
        "train",
        "--config",
        "tiny.ron",
        "--device",
        "cpu",
        "--run-dir",
        run,
    ];
    args.extend(more);
    args
}

/// The averaged weights of a finished run.
fn weights(folder: &Path, run: &str) -> Vec<u8> {
    done(folder, &train(run, &["--export", "model"]));
    std::fs::read(folder.join("model/model.safetensors")).unwrap()
}

fn checkpoints(folder: &Path, run: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder.join(run).join("checkpoints"));
    let mut all: Vec<PathBuf> = all.map_or(vec![], |all| all.flatten().map(|e| e.path()).collect());
    all.sort();
    all
}

/// `LACUNA_KILLS` sets the number of kills; the bar of the project was 50.
#[test]
fn a_training_that_is_killed_at_any_moment_ends_as_if_it_had_not_been() {
    let kills: u64 = std::env::var("LACUNA_KILLS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8);
    let work = laboratory(40);
    done(work.path(), &train("unbroken", &[]));
    let expected = weights(work.path(), "unbroken");
    let mut died = 0;
    for kill in 0..kills {
        // A run that is through begins anew, so that every kill meets one at work.
        if checkpoints(work.path(), "killed")
            .iter()
            .any(|p| p.ends_with("step_40"))
        {
            assert!(
                weights(work.path(), "killed") == expected,
                "after {kill} kills"
            );
            std::fs::remove_dir_all(work.path().join("killed")).unwrap();
        }
        let mut child = lacuna(work.path(), &train("killed", &[]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the run without a generator of its own: the golden ratio visits every part of it.
        let part = (kill as f64 * 0.618_034).fract();
        std::thread::sleep(Duration::from_secs_f64(0.15 + part));
        died += child.try_wait().unwrap().is_none() as u32;
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(died > 0, "every run was through before it was killed");
    done(work.path(), &train("killed", &[]));
    assert!(weights(work.path(), "killed") == expected);
}

/// A limit on the size of files stands for the full disk: the system refuses the write in the same place.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_leaves_the_last_checkpoint_whole() {
    let work = laboratory(40);
    // No minutes at all: one step, and what it takes to go on.
    done(work.path(), &train("run", &["--minutes", "0"]));
    let before = checkpoints(work.path(), "run");
    let program = env!("CARGO_BIN_EXE_lacuna");
    let command = train("run", &[]).join(" ");
    let limited = Command::new("bash")
        .current_dir(work.path())
        .env_remove("LACUNA_CACHE")
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f 8; exec {program} {command}"
        ))
        .output()
        .unwrap();
    let said = text(&limited);
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert!(
        said.contains("what was saved before is still there") && said.contains("checkpoints"),
        "{said}"
    );
    assert_eq!(checkpoints(work.path(), "run"), before);
    done(work.path(), &train("run", &[]));
    done(work.path(), &train("unbroken", &[]));
    assert!(weights(work.path(), "run") == weights(work.path(), "unbroken"));
}

#[test]
fn a_model_is_made_ones_own_and_says_what_it_was_judged_by() {
    let work = laboratory(1);
    let tune = |steps: &str| {
        let line = format!(
            "fine-tune --root-dir songs --id mine --train-steps {steps} --device cpu --output-dir models"
        );
        done(work.path(), &line.split(' ').collect::<Vec<_>>())
    };
    let begun = |said: &str| {
        let line = said.lines().find(|l| l.contains("with pop as it is"));
        line.map(str::to_owned).unwrap_or_else(|| panic!("{said}"))
    };
    let first = begun(&tune("1"));
    // Taken up again it is still judged by what it began from, though the weights are others now.
    let said = tune("2");
    assert_eq!(begun(&said), first);
    assert!(said.contains("after 2 steps"), "{said}");
    let told = done(work.path(), &["inspect", "mine"]);
    assert!(told.contains("songs") && told.contains("octuple"), "{told}");
}

/// Sixteen bars played freely: nothing of it lies on the file's own beats.
fn played(seed: u32) -> Score {
    let mut s = Score::default();
    let t = s.add_track("Piano", 0, 0);
    let mut now = 333.0 + f64::from(seed) * 71.0;
    for beat in 0..64u32 {
        let length = 610.0 * (1.0 + 0.15 * (f64::from(beat + seed) * 0.25).sin());
        if beat % 4 == 0 {
            s.add_note(
                t,
                now as u32,
                1500,
                36 + ((beat / 4 + seed) % 3 * 5) as u8,
                90,
            );
        }
        let pitch = |k: u32| (60 + (beat * k * (seed + 1)) % 13) as u8;
        s.add_note(t, now as u32, 250, pitch(5), 80);
        s.add_note(t, (now + length / 2.0) as u32, 250, pitch(7), 64);
        now += length;
    }
    s
}

#[test]
fn a_folder_played_freely_is_learnt_from_and_the_card_names_the_recipe() {
    let work = tempfile::tempdir().unwrap();
    let songs = work.path().join("takes");
    std::fs::create_dir(&songs).unwrap();
    for seed in 0..3 {
        format::save_midi(&songs.join(format!("{seed}.mid")), &played(seed)).unwrap();
    }
    let line =
        "fine-tune --root-dir takes --id free --train-steps 1 --device cpu --output-dir models";
    let said = done(work.path(), &line.split(' ').collect::<Vec<_>>());
    assert!(said.contains("3 of 3 pieces were played freely"), "{said}");
    assert!(!said.contains("left out:"), "{said}");
    let model = work.path().join("models/free");
    let card = std::fs::read_to_string(model.join("card.ron")).unwrap();
    assert!(
        card.contains("recipe.ron, config.ron of the run free"),
        "{card}"
    );
    let kept = std::fs::read_to_string(model.join("recipe.ron")).unwrap();
    let run = std::fs::read_to_string(work.path().join("runs/free/config.ron")).unwrap();
    assert_eq!(kept, run);
}

#[test]
fn a_recipe_is_printed_with_where_its_values_come_from() {
    let work = tempfile::tempdir().unwrap();
    let said = done(
        work.path(),
        &[
            "train",
            "--preset",
            "model/octuple-5m",
            "--preset",
            "data/pop909",
            "id=mine",
            "trainer.batch=3",
            "--print-config",
        ],
    );
    let line = |name: &str| said.lines().find(|l| l.contains(name)).unwrap_or_default();
    assert!(line("batch: 3").contains("command line"), "{said}");
    assert!(line("layers: 6").contains("preset"), "{said}");
    assert!(line("dataset: ").contains("data set"), "{said}");
    assert!(line("warm_up: ").contains("default"), "{said}");
    let refused = lacuna(work.path(), &["train", "trainer.learnig_rate=1"])
        .output()
        .unwrap();
    let said = text(&refused);
    assert!(
        said.contains("did you mean `trainer.learning_rate`"),
        "{said}"
    );
}
