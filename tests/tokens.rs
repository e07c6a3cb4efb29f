//! What a researcher does with the models of the first reference line: a folder of songs is prepared, each of them
//! is trained on it, looked at, and writes; and what it writes follows from the seed, whichever process asks.

use lacuna::format;
use lacuna::model::store;
use lacuna::score::Score;
use lacuna::tokenizer::registry;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a command line in a folder.
fn lacuna(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .current_dir(folder)
        .env_remove("LACUNA_CACHE")
        .env_remove("LACUNA_MODELS")
        .args(line.split_whitespace())
        .output()
        .expect("the binary starts")
}

fn done(folder: &Path, line: &str) -> String {
    let output = lacuna(folder, line);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {said}");
    said
}

/// `songs/` with twenty songs of sixteen bars in three voices.
fn songs() -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("songs");
    std::fs::create_dir(&folder).unwrap();
    for seed in 0..20u32 {
        let mut s = Score::default();
        for (voice, name) in ["Melody", "Bridge", "Piano"].iter().enumerate() {
            let (voice, t) = (voice as u32, s.add_track(*name, voice as u8, 0));
            for k in 0..64u32 {
                let pitch = 45 + 8 * voice + (k * k * (seed + 2) + k * (seed + 5)) % 20;
                s.add_note(t, k * 480, 240 + 240 * (k % 2), pitch as u8, 80);
            }
        }
        format::save_midi(&folder.join(format!("{seed:02}.mid")), &s).unwrap();
    }
    work
}

/// Values that make a step take milliseconds.
const SMALL: &str = "model.network.width=16 model.network.layers=1 model.network.heads=2 trainer.warm_up=2 \
    trainer.learning_rate=0.01 trainer.validate_every=10 trainer.validation_windows=8";

/// What a value of each field costs an exported model on the validation songs, in nats, all together.
fn validation(model: &Path) -> f32 {
    let file = model.join("card.ron");
    let text = std::fs::read_to_string(&file).unwrap();
    let card = store::parse_card(&text, &file).unwrap();
    let fields = registry::find(&card.tokenizer).unwrap().fields().len();
    card.training.validation[..fields].iter().sum()
}

#[test]
fn each_model_is_prepared_trained_looked_at_and_writes_the_same_in_every_process() {
    let work = songs();
    let at = work.path();
    for tokenizer in ["trio_octuple", "trio"] {
        done(
            at,
            &format!(
                "prepare --dataset-id midi --root-dir songs --bars 8 --tokenizer-id {tokenizer}"
            ),
        );
    }
    for (name, tokenizer, what) in [
        ("octuple_ddpm", "trio_octuple", "one row a note"),
        ("octuple_mask_ddpm", "trio_octuple", "bars and attributes"),
        ("schmu_tx_vae", "trio", "no VAE"),
        ("schmu_conv_vae", "trio", "groups of four grid steps"),
    ] {
        let train = |steps: u32, more: &str| {
            let run = format!("--config {name} --run-dir runs/{name} --train-steps {steps}");
            let data = format!("dataset=songs_{tokenizer}");
            done(at, &format!("train {run} {more} {data} {SMALL}"))
        };
        let learnt = |steps: u32| {
            train(steps, "");
            train(steps, &format!("--export models/{name}"));
            validation(&at.join("models").join(name))
        };
        // Stopped after the first half, and taken up again.
        let (early, late) = (learnt(10), learnt(20));
        assert!(late < early, "{name}: {early} {late}");
        let said = done(at, &format!("inspect {name}"));
        assert!(said.contains(what) && said.contains(tokenizer), "{said}");

        let write = |task: &str, seed: u32, out: &str| -> Vec<u8> {
            let fixed = "--n-samples 1 --sample-steps 4 --device cpu";
            let own = format!("--model {name} --seed {seed} --output-dir {out}");
            done(at, &format!("sample {fixed} {own} {task}"));
            std::fs::read(at.join(out).join("take_1.mid")).unwrap()
        };
        let infill = "--input-midi songs/03.mid --mask-start-bar 4 --mask-end-bar 6";
        let nothing = "--task uncond --bars 4";
        let reference = "--task uncond --bars 4 --reference-sampler";
        for (i, task) in [infill, nothing, reference].into_iter().enumerate() {
            let of = |seed, k: u32| write(task, seed, &format!("{name}_{i}_{k}"));
            let first = of(1, 1);
            assert_eq!(first, of(1, 2), "{name} {task}: another process");
            assert_ne!(first, of(2, 3), "{name} {task}: another seed");
        }
        // Weights of the run itself: the best are those of the exported model, an early step's are others.
        let of_run = |weights: &str, out: &str| {
            let fixed = "--n-samples 1 --sample-steps 4 --device cpu --seed 1";
            done(
                at,
                &format!(
                    "sample {fixed} --model run:runs/{name}{weights} --output-dir {out} {infill}"
                ),
            );
            format::open_midi(&at.join(out).join("take_1.mid"))
                .unwrap()
                .score
        };
        let notes = |s: &Score| -> Vec<(u32, u8, u32)> {
            s.notes()
                .map(|(_, n)| (n.start, n.pitch, n.length))
                .collect()
        };
        let exported = format::open_midi(&at.join(format!("{name}_0_1/take_1.mid")))
            .unwrap()
            .score;
        assert_eq!(notes(&of_run("", "best")), notes(&exported), "{name}");
        assert_ne!(notes(&of_run("@10", "early")), notes(&exported), "{name}");
        let refused = lacuna(at, &format!("sample --model run:runs/{name}@11 {infill}"));
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && why.contains("step_11"),
            "{why}"
        );
        // Only the masked bars are new.
        let read = |path: &str| format::open_midi(&at.join(path)).unwrap().score;
        let old = read("songs/03.mid");
        let new = read(&format!("{name}_0_1/take_1.mid"));
        let around = |s: &Score| -> Vec<(u32, u8, u32)> {
            let bars = s.bars();
            let hole = bars.start(4)..bars.start(6);
            let kept = s.notes().filter(|(_, n)| !hole.contains(&n.start));
            kept.map(|(_, n)| (n.start, n.pitch, n.length)).collect()
        };
        assert_eq!(around(&old), around(&new), "{name}");
        assert_ne!(old.tracks[0].notes, new.tracks[0].notes, "{name}");
    }
}

#[test]
fn recipes_of_the_paper_have_its_parameter_counts() {
    let work = tempfile::tempdir().unwrap();
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    for (name, line) in [
        (
            "octuple_ddpm",
            "parameters 79448064 on trio_octuple-reference",
        ),
        (
            "octuple_mask_ddpm",
            "parameters 79448064 on trio_octuple-reference",
        ),
        ("schmu_tx_vae", "parameters 77364736 on trio-reference"),
        ("schmu_conv_vae", "parameters 78250752 on trio-reference"),
    ] {
        let file = configs.join(format!("{name}_paper.ron"));
        let said = done(work.path(), &format!("inspect {}", file.display()));
        assert!(said.lines().any(|l| l == line), "{said}");
    }
}
