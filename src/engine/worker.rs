//! The worker of the real engine: a library of models on one device.

use super::message::{DeviceInfo, FillRequest, ModelInfo, SnapshotNote};
use super::runs::sentence;
use super::thread::{FillContext, Shelf, Worker};
use super::trail::Recorder;
use super::training::TrainRequest;
use crate::dataset::Domain;
use crate::device;
use crate::model::critic::{CriticError, NoteSurprise, Passage};
use crate::model::fill::{FillError, Filling};
use crate::model::store::parse_card;
use crate::model::{Card, Library, Model};
use crate::process::critic::Plan;
use crate::score::Score;
use crate::training::{self, Compute, Recipe, RunWeights, Training};
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Most takes of one request.
pub const MOST_TAKES: u32 = 16;

/// Opens a device: called on the engine thread, which then owns it.
pub type OpenDevice = Box<dyn FnOnce() -> device::Opened + Send>;

/// Owns the device and the models, and answers requests with takes.
pub struct ModelWorker {
    folders: Vec<PathBuf>,
    open: Option<OpenDevice>,
    device: Option<device::Opened>,
    library: Library,
    loaded: Vec<Box<dyn Model>>,
}

impl ModelWorker {
    /// A worker that will open its device by `open` and look for models in `folders`.
    pub fn new(folders: Vec<PathBuf>, open: OpenDevice) -> ModelWorker {
        ModelWorker {
            folders,
            open: Some(open),
            device: None,
            library: Library::default(),
            loaded: Vec::new(),
        }
    }

    /// A worker on the device of this choice, with the bundled models and those in the usual folders.
    pub fn on(choice: device::Choice) -> ModelWorker {
        ModelWorker::new(Library::folders(), Box::new(move || device::open(choice)))
    }

    /// Figures of a model's training songs. The gauge is a help and not worth stopping for.
    fn domain(&self, id: &str) -> Option<Arc<Domain>> {
        let domain = self.library.domain(id).unwrap_or_else(|why| {
            log::warn!("{why}");
            None
        });
        domain.map(Arc::new)
    }

    fn infos(&self) -> Vec<ModelInfo> {
        let info = |c: &Card| ModelInfo {
            id: c.id.clone(),
            name: c.name.clone(),
            summary: c.summary.clone(),
            parameters: c.parameters,
            tokenizer: c.tokenizer.clone(),
            domain: self.domain(&c.id),
        };
        self.library.cards().map(info).collect()
    }

    fn opened(&self) -> Result<&device::Opened, String> {
        let opened = self.device.as_ref();
        opened.ok_or_else(|| "No device is open. Start Lacuna again.".into())
    }

    fn model(&mut self, id: &str) -> Result<&dyn Model, String> {
        if let Some(i) = self.loaded.iter().position(|m| m.card().id == id) {
            return Ok(&*self.loaded[i]);
        }
        let device = &self.opened()?.device;
        let model = match RunWeights::parse(id) {
            Some(weights) => weights.load(device, &self.library).map_err(sentence)?,
            None => self.library.load(id, device).map_err(|e| format!("{e}."))?,
        };
        self.loaded.push(model);
        Ok(&*self.loaded[self.loaded.len() - 1])
    }
}

impl Worker for ModelWorker {
    fn open(&mut self) -> (Vec<ModelInfo>, DeviceInfo) {
        if let Some(open) = self.open.take() {
            self.device = Some(open());
        }
        self.library = Library::find(&self.folders);
        let models = self.infos();
        if let Some(first) = models.first() {
            // Loaded now, so that the first press of Generate does not wait for it. A failure is told then.
            let _ = self.model(&first.id);
        }
        let info = self.device.as_ref().map(|opened| DeviceInfo {
            name: opened.info.name.clone(),
            reason: opened.info.reason.clone(),
        });
        (models, info.unwrap_or_default())
    }

    fn fill(&mut self, request: &FillRequest, context: &mut FillContext<'_>) -> Result<(), String> {
        let device = self
            .device
            .as_ref()
            .map(|opened| opened.info.name.clone())
            .unwrap_or_default();
        let model = self.model(&request.model)?;
        let filling = Filling {
            score: &request.score,
            mask: &request.mask,
            settings: &request.settings,
            constraints: &request.constraints,
            device: &device,
        };
        let takes: Vec<u32> = (0..request.takes.clamp(1, MOST_TAKES))
            .map(|i| request.first.saturating_add(i))
            .collect();
        let context = &*context;
        let trails: Mutex<HashMap<u32, Recorder>> = Mutex::default();
        let trails = &trails;
        let held = || trails.lock().unwrap_or_else(PoisonError::into_inner);
        let result = filling.takes(
            model,
            &takes,
            |place, step| {
                if context.cancelled() {
                    return ControlFlow::Break(());
                }
                context.progress(place.done, place.of);
                let drafts = step.draft();
                held().entry(place.index).or_default().step(drafts);
                // One take is watched at a time, or the notes on the roll would flicker between them.
                if place.first {
                    context.snapshot(place.index, || {
                        step.draft()
                            .into_iter()
                            .map(|d| SnapshotNote {
                                track: d.note.track,
                                start: d.note.start,
                                length: d.note.length,
                                pitch: d.note.pitch,
                                velocity: d.note.velocity,
                                decided: d.decided,
                            })
                            .collect()
                    });
                }
                ControlFlow::Continue(())
            },
            |take| {
                let recorder = held().remove(&take.recipe.take);
                let recipe = take.recipe.clone();
                context.take(take);
                context.trail(&recipe, recorder.unwrap_or_default().finish());
            },
        );
        match result {
            Ok(()) | Err(FillError::Cancelled) => Ok(()),
            Err(e) => Err(e.to_string()),
        }
    }

    fn lend(&mut self, model: &str) -> Result<&dyn Model, String> {
        self.model(model)
    }

    fn passages(&mut self, model: &str, score: &Score) -> Result<Vec<Passage>, String> {
        self.model(model)?
            .passages(score)
            .map_err(|e| e.to_string())
    }

    fn judge(
        &mut self,
        model: &str,
        score: &Score,
        bars: &Range<u32>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<NoteSurprise>>, String> {
        let model = self.model(model)?;
        let judged = model.judge(score, bars, &Plan::default(), &mut || match go_on() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        });
        match judged {
            Ok(notes) => Ok(Some(notes)),
            Err(CriticError::Cancelled) => Ok(None),
            Err(e) => Err(e.to_string()),
        }
    }

    fn train(&mut self, request: &TrainRequest) -> Result<Box<dyn Training>, String> {
        let opened = self.opened()?;
        let folder = &request.folder;
        if request.fresh && folder.join("config.ron").exists() {
            return Err(format!(
                "There is a run in {} already. Resume that one, or give the new one another name.",
                folder.display()
            ));
        }
        let compute = match opened.info.kind {
            device::Kind::Cpu => Compute::Cpu {
                threads: request.threads.max(1),
            },
            device::Kind::Gpu => Compute::Tensors,
        };
        let recipe = request.recipe.clone();
        training::open(
            recipe,
            &request.dataset,
            &opened.device,
            compute,
            folder,
            &self.library,
        )
        .map_err(sentence)
    }

    fn shelf(&self, recipe: &Recipe, threads: usize) -> Result<Shelf, String> {
        let own = self.folders.last();
        let own = own.ok_or("No folder for models is known. Set LACUNA_MODELS.")?;
        let (id, folder) = (&recipe.id, own.join(&recipe.id));
        if Library::is_bundled(id) {
            return Err(format!(
                "A model that comes with Lacuna is called \"{id}\". Give the run's folder another name; the model is called like it."
            ));
        }
        let file = folder.join("card.ron");
        let card = std::fs::read_to_string(&file).ok();
        let card = card.and_then(|text| parse_card(&text, &file).ok());
        if let Some(other) = card.filter(|c| c.name != recipe.name) {
            return Err(format!(
                "{} holds another model, \"{}\". Give the run's folder another name, or move that model away.",
                folder.display(),
                other.name
            ));
        }
        let device = &self.opened()?.info;
        Ok(Shelf {
            on: match device.kind {
                device::Kind::Cpu => format!("{}, {threads} threads", device.name),
                device::Kind::Gpu => device.name.clone(),
            },
            folder,
        })
    }

    fn models(&mut self, written: &str) -> Vec<ModelInfo> {
        self.library = Library::find(&self.folders);
        self.loaded.retain(|m| m.card().id != written);
        self.infos()
    }
}
