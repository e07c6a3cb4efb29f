//! A training holds as much memory after many steps as after a few.

use burn::tensor::Device;
use lacuna::dataset::encoder::Encoder;
use lacuna::dataset::prepare::prepare;
use lacuna::dataset::slices::Slicing;
use lacuna::format::save_midi;
use lacuna::model::Library;
use lacuna::score::Score;
use lacuna::training::{self, Compute, Recipe};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

static LIVE: AtomicI64 = AtomicI64::new(0);

struct Counting;

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as i64, Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TRAINER: &str = "trainer: (batch: 2, steps: 100000, validate_every: 25, validation_windows: 4, checkpoint_every: 50)";

/// A small model of each family, with the tokenizer it reads.
const RECIPES: [(&str, &str); 4] = [
    (
        "octuple",
        "Octuple(network: (width: 16, layers: 1, heads: 2, feed_forward: 2), bars: (2, 2))",
    ),
    (
        "chorale",
        "Chorale(network: (width: 16, layers: 1, heads: 2, feed_forward: 2), bars: 2, transpose: true)",
    ),
    (
        "roll",
        "Roll(network: (base: 2), rows: 64, holes: (whole: 1.0))",
    ),
    (
        "melody",
        "Tokens(model: \"schmu_tx_vae\", network: SchmuTx(width: 16, layers: 1, heads: 2, length: 128, dropout: 0.1), masking: (strategy: \"holes\"), objective: mlm)",
    ),
];

/// Twenty songs of eight bars, some of which fall on either side of the hold-out.
fn write_songs(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for song in 0..20u32 {
        let mut score = Score::default();
        let track = score.add_track("Piano", 0, 0);
        for k in 0..64u32 {
            score.add_note(
                track,
                k * 240,
                240,
                (48 + (k * (song + 3) + song) % 30) as u8,
                80,
            );
        }
        save_midi(&folder.join(format!("{song}.mid")), &score).unwrap();
    }
}

#[test]
fn memory_does_not_grow_with_the_steps() {
    let folder = tempfile::tempdir().unwrap();
    let songs = folder.path().join("songs");
    write_songs(&songs);
    for (tokenizer, model) in RECIPES {
        let folder = tempfile::tempdir().unwrap();
        let source = lacuna::dataset::open("midi", Some(&songs)).unwrap();
        let items = Slicing {
            bars: 8,
            stride: 8,
            per_song: 0,
        };
        let encoder = Encoder::find(tokenizer, items).ok().unwrap();
        let plan = encoder.plan(source.id());
        let data = folder.path().join("data");
        prepare(source.as_ref(), &encoder, &plan, &data, 1, &mut |_| true).unwrap();
        let text = format!("(id: \"small\", dataset: \"x\", model: {model}, {TRAINER})");
        let recipe = Recipe::parse(&text).unwrap_or_else(|e| panic!("{tokenizer}: {e}"));
        let mut run = training::open(
            recipe,
            &data,
            &Device::flex(),
            Compute::Cpu { threads: 2 },
            &folder.path().join("run"),
            &Library::find(&[]),
        )
        .unwrap_or_else(|e| panic!("{tokenizer}: {e}"));
        let mut after = |steps: usize| {
            for _ in 0..steps {
                run.advance().unwrap();
            }
            LIVE.load(Relaxed)
        };
        let few = after(50);
        let many = after(200);
        eprintln!("{tokenizer}: {few} bytes, then {}", many - few);
        // Weights that nobody lets go of are a kilobyte a tensor and step: three megabytes of these.
        assert!(
            many - few < 400_000,
            "{tokenizer}: {} bytes more",
            many - few
        );
    }
}
