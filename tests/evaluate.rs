//! What a researcher does with `lacuna evaluate` when the music was written elsewhere: folders are measured beside the
//! songs of a data set, and what comes of it lies in files that other programs read.

use lacuna::format;
use lacuna::score::Score;
use std::path::Path;
use std::process::{Command, Output};

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

/// `songs/` with forty songs of sixteen bars, and `worse/` with the same a semitone up in the second half.
fn songs() -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    for (name, up) in [("songs", 0), ("worse", 1)] {
        let folder = work.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        for seed in 0..40u32 {
            let mut s = Score::default();
            for (voice, name) in ["Melody", "Bridge", "Piano"].iter().enumerate() {
                let (voice, t) = (voice as u32, s.add_track(*name, voice as u8, 0));
                for k in 0..64u32 {
                    let step = (k * k * (seed % 5 + 1) + k * (seed + 5)) % 7;
                    let pitch = 48 + 12 * voice + [0, 2, 4, 5, 7, 9, 11][step as usize];
                    let pitch = if k < 24 { pitch } else { pitch + up };
                    s.add_note(t, k * 480, 240 + 240 * (k % 2), pitch as u8, 80);
                }
            }
            format::save_midi(&folder.join(format!("{seed:02}.mid")), &s).unwrap();
        }
    }
    work
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn holes_filled_elsewhere_are_measured_by_the_names_of_their_files() {
    let work = songs();
    let at = work.path();
    done(at, "prepare --dataset-id midi --root-dir songs");
    let set = "--dataset-id midi --root-dir songs --input-midi-dir songs --n-midis 6 --bars 12";
    let holes = "--mask-start-bar 2 --mask-end-bar 4 --mask2-start-bar 7 --mask2-end-bar 9";
    let rows = "--sample-dir same=songs --sample-dir worse=worse";
    let files = "--splits cache/songs/splits.ron --output-dir out --sounds 0 --save-samples";
    let said = done(at, &format!("evaluate {set} {holes} {rows} {files}"));
    assert!(!said.contains("divided by their names"), "{said}");
    let all = json(&at.join("out/metrics_infill.json"));
    let f1 = |of: &serde_json::Value, row: &str| of[row]["note_f1"].as_f64().unwrap();
    assert_eq!(f1(&all, "same"), 1.0);
    // The first hole is as it was, the second is wrong in every pitch.
    let first = json(&at.join("out/metrics_infill_region1_2-4.json"));
    let second = json(&at.join("out/metrics_infill_region2_7-9.json"));
    assert_eq!((f1(&first, "worse"), f1(&second, "worse")), (1.0, 0.0));
    assert_eq!(f1(&all, "worse"), 0.5);
    assert!(f1(&all, "constants") < 0.5);
    for file in [
        "metrics_infill.md",
        "metrics_infill.csv",
        "report.html",
        "plots/infill_note_f1.svg",
    ] {
        assert!(at.join("out").join(file).is_file(), "{file}");
    }
    let kept = std::fs::read_dir(at.join("out/samples/worse")).unwrap();
    assert_eq!(kept.count(), 12, "a file a hole");
    // Without the splits the reader is warned.
    let said = done(
        at,
        &format!("evaluate {set} {rows} --mask-start-bar 2 --mask-end-bar 4"),
    );
    assert!(said.contains("divided by their names"), "{said}");
    let refused = lacuna(
        at,
        &format!("evaluate {set} {rows} --mask-start-bar 2 --mask-end-bar 40"),
    );
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && why.contains("no hole in a window"),
        "{why}"
    );
}

#[test]
fn whole_pieces_are_measured_and_runs_stand_in_one_table() {
    let work = songs();
    let at = work.path();
    let set =
        "--task uncond --dataset-id midi --root-dir songs --split validation --bars 8 --sounds 0";
    let metrics = "--metrics muspy,pch_kl,copied_bars_share,copied_*";
    let refused = lacuna(at, &format!("evaluate {set} --sample-dir songs {metrics}"));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && why.contains("copied_bars_share"),
        "{why}"
    );
    for row in ["songs", "worse"] {
        let line = format!(
            "evaluate {set} --sample-dir mine={row} --metrics muspy,pch_kl --output-dir {row}_out"
        );
        done(at, &line);
    }
    let (one, two) = (
        "songs_out/metrics_uncond.json",
        "worse_out/metrics_uncond.json",
    );
    let said = done(
        at,
        &format!("evaluate --compare {one} {two} --output-dir both"),
    );
    assert!(
        said.contains("songs_out: mine") && said.contains("worse_out: mine"),
        "{said}"
    );
    let both = json(&at.join("both/metrics_runs.json"));
    let scale = |row: &str| both[row]["scale_consistency"].as_f64().unwrap();
    // All notes of a song lie in one scale; half of them a semitone up do not.
    assert!(scale("songs_out: mine") > 0.999 && scale("worse_out: mine") < 0.95);
}
