//! The model of four-voice chorales: the mask lowered to the grid of 16ths, its cells read as what sounds, drawn the
//! surest first, and lifted back.

mod likelihood;

use super::Model;
use super::card::{Card, NetworkConfig};
use super::fill::{Draft, FillError, FillStep, Filling};
use super::forks::Chance;
use super::likelihood::Likelihood;
use super::octuple::sane;
use super::store::{ModelError, load_weights};
use crate::network::{Fused, Input, Transformer, sparse};
use crate::process::frames::sampler::{FrameDenoiser, FrameStep, Task, sample};
use crate::score::{Mask, Score, Take, TakeNote};
use crate::tokenizer::Tokenizer;
use crate::tokenizer::grid::frames::{
    self, Canvas, Frame, LOGITS, Place, REST, Rhythm, UNKNOWN, WIDTH,
};
use crate::tokenizer::lower::masked_end;
use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Instant;

/// 16ths a bar of the windows a card counts.
const BAR: usize = 16;

/// Id of the tokenizer.
pub fn tokenizer_id() -> &'static str {
    frames::tokenizer().id()
}

/// A transformer over frames, a row a 16th, ready to sample.
pub struct ChoraleModel {
    card: Card,
    hash: String,
    network: Transformer,
    /// The same weights for our own arithmetic, where the device is a CPU.
    fused: Option<Fused>,
    /// Whether parallel fifths and octaves are held back.
    rules: bool,
}

impl ChoraleModel {
    /// Puts weights (safetensors) into the network the card describes.
    ///
    /// # Errors
    /// When shape or file do not fit the card.
    pub fn from_bytes(
        card: Card,
        weights: &[u8],
        device: &Device,
    ) -> Result<ChoraleModel, ModelError> {
        let config = match &card.network {
            NetworkConfig::Transformer(config) if sane(config) => config,
            _ => {
                return Err(ModelError::Weights {
                    id: card.id,
                    why: "the network it describes cannot be built".into(),
                });
            }
        };
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let build = || Transformer::new(config, WIDTH, LOGITS, &mut rng, device);
        let network = load_weights(&card.id, weights, build)?;
        let hash = super::store::hash(weights);
        Ok(ChoraleModel::new(card, hash, network, device))
    }

    /// A model of a network that is on `device`.
    pub fn new(card: Card, hash: String, network: Transformer, device: &Device) -> ChoraleModel {
        ChoraleModel {
            card,
            hash,
            fused: (*device == Device::flex()).then(|| Fused::of(&network)),
            network,
            rules: true,
        }
    }

    /// The model left to itself: parallel fifths and octaves are not held back.
    pub fn without_rules(self) -> ChoraleModel {
        ChoraleModel {
            rules: false,
            ..self
        }
    }

    /// Most 16ths the network sees at once.
    pub fn window(&self) -> usize {
        (self.card.window_bars.clamp(1, 64) as usize) * BAR
    }
}

/// Logits of frames by a network; `fused` where the device is a CPU.
pub struct Frames<'a> {
    pub network: &'a Transformer,
    pub fused: Option<&'a Fused>,
}

impl FrameDenoiser for Frames<'_> {
    fn logits(
        &mut self,
        frames: &[Frame],
        rhythm: &[Rhythm],
        places: &[Place],
        asked: &[usize],
    ) -> Vec<f32> {
        let f = frames::features(frames, rhythm, places);
        let input = Input::stack([(sparse(&f.hot, WIDTH), &f.steps[..], &f.bars[..])]);
        match self.fused {
            Some(fused) => fused.logits(&fused.window(&input, 0), asked),
            None => {
                let all = self.network.forward(&input, false).into_data();
                let all = all.try_into_vec_as::<f32>().unwrap_or_default();
                let row = |&step: &usize| all.get(step * LOGITS..(step + 1) * LOGITS);
                asked.iter().filter_map(row).flatten().copied().collect()
            }
        }
    }
}

impl ChoraleModel {
    /// The network as the sampler and the likelihood ask it.
    pub fn denoiser(&self) -> Frames<'_> {
        Frames {
            network: &self.network,
            fused: self.fused.as_ref(),
        }
    }
}

/// The units that keep the class they had, where only a share of the hole is to change: whole notes, each by chance.
fn kept(canvas: &Canvas, original: &[Frame], change: f32, rng: &mut impl Rng) -> Vec<Option<u8>> {
    if change >= 1.0 {
        return vec![None; canvas.units.len()];
    }
    let mut keep = false;
    let mut before: Option<(usize, usize, u8)> = None;
    canvas
        .units
        .iter()
        .map(|unit| {
            let class = original
                .get(unit.steps.start)
                .map_or(REST, |f| f[unit.voice]);
            let goes_on = before == Some((unit.voice, unit.steps.start, class));
            if !goes_on {
                keep = rng.random_range(0.0..1.0f32) >= change;
            }
            before = Some((unit.voice, unit.steps.end, class));
            (keep && unit.legal.allows(class)).then_some(class)
        })
        .collect()
}

impl Model for ChoraleModel {
    fn card(&self) -> &Card {
        &self.card
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn parameters(&self) -> usize {
        burn::module::Module::num_params(&self.network)
    }

    fn takes_at_a_time(&self) -> usize {
        match self.fused {
            Some(_) => std::thread::available_parallelism().map_or(1, |n| n.get()),
            None => 1,
        }
    }

    fn take(
        &self,
        filling: &Filling<'_>,
        index: u32,
        on_step: &mut dyn FnMut(FillStep<'_>) -> ControlFlow<()>,
    ) -> Result<Take, FillError> {
        let started = Instant::now();
        let (score, mask) = (filling.score, filling.mask);
        if mask.is_empty() {
            return Err(FillError::Empty);
        }
        let tokenizer = frames::tokenizer();
        let present = frames::present(score);
        let lowered = tokenizer
            .lower(score, mask)
            .map_err(|refusal| FillError::Refused(said(&refusal.to_string(), present)))?;
        let mut canvas = Canvas::of(&lowered, present);
        let steps = canvas.frames.len();
        let original = frames::original(score, steps);
        if filling.constraints.keep_rhythm && mask.attributes.rewrites() {
            canvas.keep_rhythm(&original);
        }
        let end = score.end().max(masked_end(score, mask));
        let places = frames::places(&score.bars(), score.ppq, steps, end);
        let gone = Cell::new(0);
        let mut rng = Chance::new(filling.settings, index, &gone);
        let kept = kept(
            &canvas,
            &frames::sounding(&original),
            filling.settings.change,
            &mut rng,
        );
        let notes =
            |classes: &[u8], by: &dyn Fn(usize) -> f32| -> Result<Vec<TakeNote>, FillError> {
                let filled = canvas.symbols(&lowered, classes);
                let fields = filled.fields;
                let written = tokenizer.lift(score, mask, &lowered, &filled);
                let written = written.map_err(|e| FillError::Refused(format!("{e}.")))?;
                let mut unit_of = std::collections::HashMap::new();
                for (i, unit) in canvas.units.iter().enumerate() {
                    unit_of.insert(unit.steps.start * fields + unit.voice, i);
                }
                let confident = written.into_iter().map(|w| {
                    let unit = w.at.and_then(|at| unit_of.get(&at));
                    TakeNote {
                        confidence: unit.map_or(w.note.confidence, |&u| by(u)),
                        ..w.note
                    }
                });
                Ok(confident.collect())
            };
        let task = Task {
            canvas: &canvas,
            places: &places,
            most: self.window(),
            kept: &kept,
            settings: filling.settings,
            constraints: filling.constraints,
            rules: self.rules,
        };
        let drawn = sample(
            &mut self.denoiser(),
            &task,
            &mut rng,
            |step: FrameStep<'_>| {
                let draft = || {
                    let decided = |u: usize| f32::from(u8::from(step.drawn[u] != UNKNOWN));
                    let notes = notes(step.guess, &decided).unwrap_or_default();
                    notes
                        .into_iter()
                        .map(|note| Draft {
                            decided: note.confidence,
                            note,
                        })
                        .collect()
                };
                gone.set(step.done);
                on_step(FillStep {
                    done: step.done,
                    of: step.of,
                    draft: &draft,
                })
            },
        )
        .ok_or(FillError::Cancelled)?;
        let written = notes(&drawn.classes, &|u| drawn.confidence[u])?;
        Ok(filling.finished(self, index, mask.clone(), written, started))
    }

    fn likelihood(&self, score: &Score, mask: &Mask, stages: usize, seed: u64) -> Likelihood {
        likelihood::likelihood(self, score, mask, stages, seed).unwrap_or_default()
    }
}

/// A refusal as a sentence, with the way to four voices where the piece has fewer.
fn said(refusal: &str, present: [bool; frames::VOICES]) -> String {
    if present.iter().all(|p| *p) {
        return format!("{refusal}.");
    }
    format!(
        "{refusal}. This piece has fewer than four voices: to have a melody harmonised, add tracks named Alto, Tenor \
         and Bass and mask them."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::TransformerConfig;
    use crate::process::generator;
    use crate::score::{Attributes, Constraints, Mask, Rect, Region, SamplerSettings, Score};
    use proptest::prelude::*;

    /// A model of random weights: it draws whatever is legal.
    fn model() -> ChoraleModel {
        let config = TransformerConfig {
            width: 16,
            layers: 1,
            heads: 2,
            feed_forward: 1,
        };
        let device = Device::flex();
        let network = Transformer::new(&config, WIDTH, LOGITS, &mut generator(1, 1), &device);
        let card = Card {
            id: "test".into(),
            name: String::new(),
            summary: String::new(),
            tokenizer: tokenizer_id().into(),
            network: NetworkConfig::Transformer(config),
            parameters: 0,
            window_bars: 1,
            training: crate::model::card::Training {
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
        };
        ChoraleModel::new(card, String::new(), network, &device)
    }

    fn take(score: &Score, mask: &Mask, settings: &SamplerSettings) -> Result<Take, FillError> {
        let filling = Filling {
            score,
            mask,
            settings,
            constraints: &Constraints::default(),
            device: "",
        };
        filling.take(&model(), 0, |_| ControlFlow::Continue(()))
    }

    fn soprano_alone() -> Score {
        let mut s = Score::default();
        let t = s.add_track("Soprano", 0, 0);
        for i in 0..8 {
            s.add_note(t, i * 480, 480, 67 + i as u8 % 5, 80);
        }
        s
    }

    #[test]
    fn a_soprano_with_three_empty_tracks_is_harmonised() {
        let mut s = soprano_alone();
        let lower: Vec<_> = ["Alto", "Tenor", "Bass"]
            .iter()
            .map(|name| s.add_track(*name, 1, 0))
            .collect();
        let mask = Mask::of(Region::time(
            0,
            s.end(),
            Some(lower.iter().copied().collect()),
        ));
        let settings = SamplerSettings {
            steps: 3,
            ..SamplerSettings::default()
        };
        let written = take(&s, &mask, &settings).unwrap();
        for track in &lower {
            assert!(written.notes.iter().any(|n| n.track == *track));
        }
        assert!(
            written
                .notes
                .iter()
                .all(|n| lower.contains(&n.track) && n.start < s.end())
        );
        assert!(
            written
                .notes
                .iter()
                .all(|n| n.confidence > 0.0 && n.confidence < 1.0)
        );
        assert_eq!(written.notes, take(&s, &mask, &settings).unwrap().notes);
    }

    #[test]
    fn a_soprano_without_tracks_to_write_on_is_told_what_to_do() {
        let mut s = soprano_alone();
        let drums = s.add_track("Drums", 9, 0);
        let mask = Mask::of(Region::time(0, s.end(), Some([drums].into())));
        let why = take(&s, &mask, &SamplerSettings::default()).unwrap_err();
        assert!(why.to_string().contains("Alto, Tenor and Bass"), "{why}");
        let nothing = take(&s, &Mask::default(), &SamplerSettings::default());
        assert_eq!(nothing.unwrap_err(), FillError::Empty);
        let band = Mask::of(Region::rect(
            Rect {
                start: 0,
                end: 960,
                low: 60,
                high: 70,
            },
            None,
        ));
        let why = take(&s, &band, &SamplerSettings::default()).unwrap_err();
        assert!(why.to_string().contains("band of pitches"), "{why}");
    }

    #[test]
    fn what_a_voice_sounds_is_told_cell_by_cell_and_silence_is_illegal_only_where_notes_stay() {
        let s = soprano_alone();
        let mut mask = Mask::of(Region::time(480, 1920, None));
        let all = model().likelihood(&s, &mask, 3, 1);
        assert!(all.nats_per_token.is_some_and(|n| n > 0.0), "{all:?}");
        assert_eq!((all.illegal_mass, all.nats_per_note), (None, None));
        assert_eq!(all, model().likelihood(&s, &mask, 3, 1));
        mask.attributes = Attributes {
            onset: false,
            duration: false,
            velocity: false,
            ..Attributes::ALL
        };
        let pitch = model().likelihood(&s, &mask, 3, 1);
        assert!(
            pitch.illegal_mass.is_some_and(|m| m > 0.0 && m < 1.0),
            "{pitch:?}"
        );
        let nothing = model().likelihood(&s, &Mask::default(), 3, 1);
        assert_eq!(nothing, Likelihood::default());
    }

    #[test]
    fn a_take_can_be_cancelled_and_shows_drafts() {
        let s = soprano_alone();
        let mask = Mask::of(Region::time(0, s.end(), None));
        let model = model();
        let filling = Filling {
            score: &s,
            mask: &mask,
            settings: &SamplerSettings::default(),
            constraints: &Constraints::default(),
            device: "",
        };
        let mut seen = Vec::new();
        let cancelled = filling.take(&model, 0, |step| {
            seen.push((step.done, step.of, step.draft()));
            match seen.len() {
                5 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
        assert_eq!(cancelled.unwrap_err(), FillError::Cancelled);
        assert!(seen.iter().all(|(done, of, _)| done <= of));
        let (_, _, draft) = seen.last().unwrap();
        assert!(draft.iter().any(|d| d.decided == 1.0) && draft.iter().any(|d| d.decided == 0.0));
    }

    #[test]
    fn no_change_keeps_every_note_and_a_little_keeps_some() {
        let s = soprano_alone();
        let mask = Mask::of(Region::time(0, s.end(), None));
        let written = |change| {
            let settings = SamplerSettings {
                change,
                steps: 2,
                ..SamplerSettings::default()
            };
            s.with_take(&mask, &take(&s, &mask, &settings).unwrap())
        };
        let sounds = frames::of_score(&s);
        assert_eq!(frames::of_score(&written(0.0)), sounds);
        let mut some = frames::of_score(&written(0.5));
        some.resize(sounds.len(), [REST; 4]);
        let same = some.iter().zip(&sounds).filter(|(a, b)| a == b).count();
        assert!(same > 0 && same < sounds.len(), "{same}");
    }

    fn piece() -> impl Strategy<Value = Score> {
        let note = (0u32..40, 1u32..12, 30u8..90);
        let track = prop::collection::vec(note, 0..12);
        prop::collection::vec(track, 1..6).prop_map(|tracks| {
            let mut s = Score::default();
            for (i, notes) in tracks.into_iter().enumerate() {
                let t = s.add_track(["Bass", "Soprano", "x", "Alto", "y"][i], i as u8, 0);
                for (start, length, pitch) in notes {
                    s.add_note(t, start * 100, length * 110, pitch, 80);
                }
            }
            s
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Promise 1: whatever is drawn, every note outside the mask is as it was.
        #[test]
        fn nothing_outside_the_mask_changes(
            s in piece(),
            from in 0u32..3000,
            length in 1u32..3000,
            voices in 0u8..32,
            pitch_only in any::<bool>(),
            keep_rhythm in any::<bool>(),
            change in prop::sample::select(vec![0.0f32, 0.4, 1.0]),
            seed in 0u64..1000,
        ) {
            let some = s.tracks.iter().enumerate();
            let some = some.filter(|(i, _)| voices >> i & 1 == 1).map(|(_, t)| t.id).collect();
            let mut mask = Mask::of(Region::time(from, from + length, Some(some)));
            if pitch_only {
                mask.attributes = Attributes { onset: false, duration: false, velocity: false, ..Attributes::ALL };
            }
            let settings = SamplerSettings { steps: 2, seed, change, temperature: 2.0, remask: 0.2, ..SamplerSettings::default() };
            let filling = Filling {
                score: &s,
                mask: &mask,
                settings: &settings,
                constraints: &Constraints { keep_rhythm, density: 0.5, in_key: 1.0 },
                device: "",
            };
            let Ok(take) = filling.take(&model(), 0, |_| ControlFlow::Continue(())) else {
                return Ok(());
            };
            let after = s.with_take(&mask, &take);
            for track in &s.tracks {
                let stays = |n: &&crate::score::Note| !mask.selects(track.id, n);
                let now = after.track(track.id).unwrap();
                for note in track.notes.iter().filter(stays) {
                    prop_assert!(now.notes.contains(note), "{note:?}");
                }
                let kept = track.notes.iter().filter(stays).count();
                let new = take.notes.iter().filter(|n| n.track == track.id).count();
                prop_assert!(now.notes.len() <= kept + new);
            }
            for n in &take.notes {
                prop_assert!(n.replaces.is_some() || mask.covers(n.track, n.start, n.pitch), "{n:?}");
            }
        }
    }
}
