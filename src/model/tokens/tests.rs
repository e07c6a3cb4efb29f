use super::*;
use crate::model::card::{Clock, Training};
use crate::model::{family, published, store};
use crate::process::generator;
use crate::process::tokens::TokenDenoiser;
use crate::score::{Constraints, Rect, Region, SamplerSettings, Score};
use crate::tokenizer::Tokens;

/// Small networks, one of each kind; as published they do not see the time.
fn network(model: &str, time: bool) -> TokenNetConfig {
    let sizes = "width: 16, layers: 1, heads: 2, feed_forward: 2, length: 256";
    let (kind, field) = match model.contains("conv") {
        true => ("SchmuConv", "field: 8, "),
        false => ("SchmuTx", ""),
    };
    ron::from_str(&format!(
        "{kind}(({field}{sizes}, time: {time}, mask_padding: {time}))"
    ))
    .unwrap()
}

fn card(model: &str, tokenizer: &str, time: bool) -> Card {
    let fields = registry::find(tokenizer).unwrap().fields();
    Card {
        id: "random".into(),
        name: "Random".into(),
        summary: String::new(),
        tokenizer: tokenizer.into(),
        network: NetworkConfig::Tokens(TokenNetworkCard {
            model: model.into(),
            network: network(model, time),
            codebooks: fields.iter().map(|f| f.size).collect(),
            strategy: "holes".into(),
            clock: Clock::Hole,
            rows_a_bar: 6.0,
        }),
        parameters: 0,
        window_bars: 8,
        training: Training {
            data: String::new(),
            licence: String::new(),
            config: String::new(),
            steps: 0,
            windows: 0,
            hours: 0.0,
            device: String::new(),
            validation: Vec::new(),
        },
        scores: Vec::new(),
    }
}

fn model(name: &str, tokenizer: &str, time: bool) -> TokenModel {
    let card = card(name, tokenizer, time);
    let NetworkConfig::Tokens(about) = &card.network else {
        unreachable!()
    };
    let device = Device::flex();
    let mut rng = generator(5, 0);
    let network = about.network.build(&about.codebooks, &mut rng, &device);
    TokenModel::new(card.clone(), "none".into(), network.unwrap(), &device).unwrap()
}

/// Every name with every tokenizer it reads.
pub(super) fn all() -> Vec<TokenModel> {
    published::PUBLISHED
        .iter()
        .flat_map(|p| {
            let tokenizers = p.tokenizers();
            tokenizers.into_iter().map(|t| model(p.name, t.id(), true))
        })
        .collect()
}

/// `bars` bars on four tracks.
pub(super) fn piece(bars: u32) -> Score {
    let mut s = Score::default();
    for (i, name) in ["Melody", "Bridge", "Piano", "Bass"].iter().enumerate() {
        let t = s.add_track(*name, i as u8, 0);
        for k in 0..bars * 4 {
            let pitch = 50 + (k * 5 + i as u32 * 7) % 24;
            s.add_note(t, k * 480, 480, pitch as u8, 80);
        }
    }
    s
}

pub(super) fn bars(from: u32, to: u32) -> Mask {
    Mask::of(Region::time(from * 1920, to * 1920, None))
}

struct Ask {
    score: Score,
    mask: Mask,
    settings: SamplerSettings,
    constraints: Constraints,
}

impl Ask {
    fn new(score: Score, mask: Mask) -> Ask {
        Ask {
            score,
            mask,
            settings: SamplerSettings {
                steps: 3,
                seed: 1,
                ..SamplerSettings::default()
            },
            constraints: Constraints::default(),
        }
    }

    fn filling(&self) -> Filling<'_> {
        Filling {
            score: &self.score,
            mask: &self.mask,
            settings: &self.settings,
            constraints: &self.constraints,
            device: "",
        }
    }

    fn take(&self, model: &TokenModel, index: u32) -> Result<Take, FillError> {
        self.filling()
            .take(model, index, |_| ControlFlow::Continue(()))
    }
}

/// What is outside the mask: where each note is, and how long.
fn outside(score: &Score, mask: &Mask) -> Vec<(u32, u32, u32, u8)> {
    let kept = score.notes().filter(|(t, n)| !mask.selects(*t, n));
    kept.map(|(t, n)| (t.0, n.start, n.length, n.pitch))
        .collect()
}

#[test]
fn every_model_writes_in_the_mask_on_every_tokenizer_it_reads() {
    // Twenty bars are more than the eight it sees.
    let mut ask = Ask::new(piece(20), bars(3, 16));
    for model in all() {
        let name = format!("{} {}", model.about.model, model.tokenizer.id());
        for reference in [false, true] {
            ask.settings.reference = reference;
            let mut last = (0, 0);
            let take = ask.filling().take(&model, 0, |step| {
                last = (step.done, step.of);
                for d in step.draft() {
                    assert!(ask.mask.covers(d.note.track, d.note.start, d.note.pitch));
                    assert!((0.0..=1.0).contains(&d.decided));
                }
                ControlFlow::Continue(())
            });
            let take = take.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(last.0 == last.1 && last.1 > 3, "{name}: {last:?}");
            for n in &take.notes {
                assert!(ask.mask.covers(n.track, n.start, n.pitch), "{name}");
                assert!(n.confidence > 0.0 && n.confidence <= 1.0);
            }
            let after = ask.score.with_take(&ask.mask, &take);
            assert_eq!(
                outside(&after, &ask.mask),
                outside(&ask.score, &ask.mask),
                "{name}"
            );
            // A MIDI file could not tell which of two notes on one key ends first.
            for n in &take.notes {
                let within = |m: &crate::score::Note| {
                    m.pitch == n.pitch && n.start < m.start && m.start < n.start + n.length
                };
                let track = after.track(n.track).unwrap();
                assert!(!track.notes.iter().any(within), "{name}: {n:?}");
            }
            assert_eq!(take.notes, ask.take(&model, 0).unwrap().notes, "{name}");
            assert_ne!(take.notes, ask.take(&model, 1).unwrap().notes, "{name}");
        }
    }
}

#[test]
fn every_model_writes_a_piece_from_nothing() {
    let mut blank = piece(0);
    blank.tracks.truncate(3);
    let ask = Ask::new(blank, bars(2, 8));
    for model in all() {
        let name = format!("{} {}", model.about.model, model.tokenizer.id());
        let take = ask
            .take(&model, 0)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!take.notes.is_empty(), "{name}");
        let inside = |n: &TakeNote| ask.mask.covers(n.track, n.start, n.pitch);
        assert!(take.notes.iter().all(inside), "{name}");
        let after = ask.score.with_take(&ask.mask, &take);
        assert_eq!(after.note_count(), take.notes.len(), "{name}");
        let tracks: std::collections::BTreeSet<_> = take.notes.iter().map(|n| n.track).collect();
        let voices = model.tokenizer.decode(&Tokens::new(model.schema.fields()));
        let voices = voices.unwrap().tracks.len().min(3);
        assert_eq!(tracks.len(), voices, "{name}: every voice is used");
    }
}

#[test]
fn a_walk_can_be_broken_off() {
    let model = model("schmu_tx_vae", "trio", true);
    let ask = Ask::new(piece(6), bars(1, 3));
    let broken = ask.filling().take(&model, 0, |_| ControlFlow::Break(()));
    assert_eq!(broken, Err(FillError::Cancelled));
}

#[test]
fn what_cannot_be_written_is_refused_in_words() {
    let says = |model: &TokenModel, ask: &Ask, word: &str| {
        let e = ask.take(model, 0).unwrap_err().to_string();
        assert!(e.contains(word), "{e}");
    };
    let grid = model("schmu_tx_vae", "trio", true);
    let octuple = model("octuple_ddpm", "trio_octuple", true);
    says(
        &grid,
        &Ask::new(piece(6), Mask::default()),
        "Nothing is masked",
    );
    let band = Rect {
        start: 0,
        end: 1920,
        low: 60,
        high: 64,
    };
    says(
        &grid,
        &Ask::new(piece(6), Mask::of(Region::rect(band, None))),
        "band of pitches",
    );
    says(&octuple, &Ask::new(piece(6), bars(7, 8)), "no notes");
    says(&octuple, &Ask::new(piece(300), bars(250, 260)), "256 bars");
    says(&octuple, &Ask::new(piece(0), bars(0, 9)), "8 bars at once");
    let mut denser = Ask::new(piece(6), bars(1, 3));
    denser.constraints.density = 0.5;
    says(&octuple, &denser, "Density");
    assert!(denser.take(&grid, 0).is_ok());
    let mut crowded = piece(0);
    let t = crowded.tracks[0].id;
    for k in 0..300 {
        crowded.add_note(t, k * 6, 6, 60, 80);
    }
    says(
        &octuple,
        &Ask::new(crowded, bars(0, 1)),
        "more notes than the 256",
    );
}

#[test]
fn keeping_the_rhythm_keeps_every_onset() {
    let mut ask = Ask::new(piece(6), bars(1, 4));
    ask.constraints.keep_rhythm = true;
    let starts =
        |s: &Score| -> Vec<(u32, u32)> { s.notes().map(|(t, n)| (t.0, n.start)).collect() };
    for (name, tokenizer) in [("schmu_tx_vae", "trio"), ("octuple_ddpm", "trio_octuple")] {
        let take = ask.take(&model(name, tokenizer, true), 0).unwrap();
        let after = ask.score.with_take(&ask.mask, &take);
        assert_eq!(starts(&after), starts(&ask.score), "{name}");
        assert_ne!(after.tracks[0].notes, ask.score.tracks[0].notes, "{name}");
    }
}

/// Logits of a model for a lowered piece.
fn logits(model: &TokenModel, ask: &Ask, time: f32) -> (Vec<f32>, Job) {
    let job = model.job(&ask.filling()).unwrap();
    let (mut ids, cells) = model.part(&job, &job.windows[0], &job.ids);
    for (i, cell) in cells.iter().enumerate() {
        if *cell != Cell::Known {
            ids[i] = model.schema.mask(i % model.schema.fields());
        }
    }
    let failed = RefCell::new(None);
    let mut denoiser = Denoiser {
        network: &model.network,
        schema: &model.schema,
        clock: model.about.clock,
        pull: &model.pull(&ask.filling()),
        failed: &failed,
    };
    let rows = ids.len() / model.schema.fields();
    let logits = denoiser.logits(&ids, rows, time);
    assert_eq!(*failed.borrow(), None);
    (logits, job)
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (x, y)| m.max((x - y).abs()))
}

#[test]
fn what_is_written_depends_on_the_time_and_on_what_is_around() {
    let ask = Ask::new(piece(6), bars(2, 3));
    // Every pitch and every length in the last bar is another.
    let mut other = Ask::new(piece(5), bars(2, 3));
    for i in 0..4 {
        let t = other.score.tracks[i].id;
        for k in 20..24 {
            other.score.add_note(t, k * 480, 240, 75, 80);
        }
    }
    for (name, tokenizer) in [
        ("schmu_tx_vae", "trio"),
        ("schmu_conv_vae", "melody"),
        ("octuple_ddpm", "trio_octuple"),
    ] {
        for time in [true, false] {
            let model = model(name, tokenizer, time);
            let (early, job) = logits(&model, &ask, 0.2);
            let (late, _) = logits(&model, &ask, 1.0);
            assert_eq!(apart(&early, &late) > 1e-4, time, "{name}: the time");
            let (changed, _) = logits(&model, &other, 0.2);
            let width = model.schema.logits();
            let fields = model.schema.fields();
            let hole = job
                .cells
                .chunks(fields)
                .position(|c| c.iter().any(|c| *c != Cell::Known));
            let at = hole.unwrap() * width..(hole.unwrap() + 1) * width;
            assert!(
                apart(&early[at.clone()], &changed[at]) > 1e-5,
                "{name}: a note of another bar"
            );
        }
    }
}

#[test]
fn the_clock_of_the_window_counts_all_that_is_masked_in_it() {
    let ask = Ask::new(piece(8), bars(2, 4));
    let mut model = model("schmu_tx_vae", "trio", true);
    model.about.clock = Clock::Window;
    let (whole, _) = logits(&model, &ask, 1.0);
    model.about.clock = Clock::Hole;
    // Two of the eight bars; there is one more bar at the end, for what is written to end in.
    let rows = whole.len() / model.schema.logits();
    let (share, _) = logits(&model, &ask, 32.0 / rows as f32);
    assert!(apart(&whole, &share) < 1e-6);
}

#[test]
fn weights_come_back_from_disk_and_strange_cards_are_refused() {
    let device = Device::flex();
    for (name, tokenizer) in [
        ("schmu_conv_vae", "chorale"),
        ("octuple_mask_ddpm", "trio_octuple"),
    ] {
        let model = model(name, tokenizer, true);
        let dir = tempfile::tempdir().unwrap();
        store::save(dir.path(), &model.card, &model.network).unwrap();
        let back = store::open(dir.path(), &device).unwrap();
        assert_eq!(back.parameters(), model.parameters());
        assert_eq!(back.card(), &model.card);
        let ask = Ask::new(piece(6), bars(1, 3));
        // Half precision moves the logits a little, and the notes mostly not; that it writes is enough here.
        let take = |i| {
            ask.filling()
                .take(&*back, i, |_| ControlFlow::Continue(()))
                .unwrap()
                .notes
        };
        assert_eq!(take(0), take(0));
        let weights = std::fs::read(dir.path().join("model.safetensors")).unwrap();
        let refused = |change: &dyn Fn(&mut TokenNetworkCard)| {
            let mut card = model.card.clone();
            if let NetworkConfig::Tokens(about) = &mut card.network {
                change(about);
            }
            family::build(card, &weights, &device).is_err()
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|c| c.codebooks[0] += 1));
        assert!(refused(&|c| c.codebooks.truncate(1)));
        assert!(refused(&|c| c.codebooks[0] = usize::MAX));
        assert!(refused(&|c| match &mut c.network {
            TokenNetConfig::SchmuTx(n) => n.width = 1 << 40,
            TokenNetConfig::SchmuConv(n) => n.layers = 1 << 40,
        }));
        let mut other = model.card.clone();
        other.tokenizer = crate::model::card::TOKENIZER.into();
        assert!(family::build(other, &weights, &device).is_err());
    }
}
