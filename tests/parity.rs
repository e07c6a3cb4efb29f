//! Our networks against rebuilds in PyTorch (`scripts/parity`) with the same weights: outputs, loss, all
//! gradients, the weights after one step of Adam, and the file in PyTorch's layout that we write.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamConfig, GradientsParams};
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use lacuna::network::{
    Input, NetworkError, Pass, RollUnet, RollUnetConfig, SchmuConvConfig, SchmuTxConfig,
    TokenBatch, TokenNetwork, Transformer, TransformerConfig, sparse,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::Path;

const TOLERANCE: f32 = 1e-4;

/// A safetensors file taken apart, so that the tensors under one prefix can be loaded as a file of their own.
struct Fixture {
    name: String,
    tensors: BTreeMap<String, Raw>,
}

struct Raw {
    kind: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Fixture {
    fn read(name: &str) -> Fixture {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/parity")
            .join(format!("{name}.safetensors"));
        Fixture::parse(name, &std::fs::read(path).unwrap())
    }

    fn parse(name: &str, file: &[u8]) -> Fixture {
        let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let entries: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&file[8..8 + header]).unwrap();
        let tensors = entries
            .into_iter()
            .filter(|(key, _)| key != "__metadata__")
            .map(|(key, entry)| {
                let numbers = |key: &str| -> Vec<usize> {
                    serde_json::from_value(entry[key].clone()).unwrap()
                };
                let at = numbers("data_offsets");
                let raw = Raw {
                    kind: entry["dtype"].as_str().unwrap().to_owned(),
                    shape: numbers("shape"),
                    bytes: file[8 + header + at[0]..8 + header + at[1]].to_vec(),
                };
                (key, raw)
            })
            .collect();
        Fixture {
            name: name.to_owned(),
            tensors,
        }
    }

    /// The tensors under `prefix` as a file, under the rest of their names.
    fn part(&self, prefix: &str) -> Vec<u8> {
        let mut header = serde_json::Map::new();
        let mut data = Vec::new();
        for (key, raw) in &self.tensors {
            if let Some(key) = key.strip_prefix(prefix) {
                let begin = data.len();
                data.extend_from_slice(&raw.bytes);
                header.insert(
                    key.to_owned(),
                    serde_json::json!({
                        "dtype": raw.kind,
                        "shape": raw.shape,
                        "data_offsets": [begin, data.len()],
                    }),
                );
            }
        }
        let header = serde_json::to_vec(&header).unwrap();
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header);
        file.extend(data);
        file
    }

    fn words(&self, key: &str, kind: &str) -> impl Iterator<Item = [u8; 4]> {
        let raw = &self.tensors[key];
        assert_eq!(raw.kind, kind, "{key}");
        raw.bytes.chunks_exact(4).map(|b| b.try_into().unwrap())
    }

    fn floats(&self, key: &str) -> Vec<f32> {
        self.words(key, "F32").map(f32::from_le_bytes).collect()
    }

    fn numbers(&self, key: &str) -> Vec<u32> {
        self.words(key, "I32")
            .map(|b| i32::from_le_bytes(b) as u32)
            .collect()
    }

    fn lengths(&self) -> Vec<usize> {
        let lengths = self.numbers("in.lengths");
        lengths.into_iter().map(|l| l as usize).collect()
    }

    fn tensor<const D: usize>(&self, key: &str, device: &Device) -> Tensor<D> {
        let shape: [usize; D] = self.tensors[key].shape.clone().try_into().unwrap();
        Tensor::from_data(TensorData::new(self.floats(key), shape), device)
    }

    /// `network` with the tensors under `prefix` in place of its own, every one of them.
    fn load<M: Module>(&self, network: &M, prefix: &str) -> M {
        let mut network = network.clone();
        let mut store = SafetensorsStore::from_bytes(Some(self.part(prefix)))
            .with_from_adapter(PyTorchToBurnAdapter);
        let result = network.load_from(&mut store).unwrap();
        assert!(result.missing.is_empty(), "{:?}", result.missing);
        assert!(result.unused.is_empty(), "{:?}", result.unused);
        assert!(result.errors.is_empty(), "{:?}", result.errors);
        network
    }

    fn token_batch(&self) -> TokenBatch {
        let ids = self.numbers("in.ids");
        let shape = &self.tensors["in.ids"].shape;
        let (rows, fields) = (shape[1], shape[2]);
        let windows = ids.chunks_exact(rows * fields).zip(self.lengths());
        TokenBatch::stack(windows.map(|(w, l)| &w[..l * fields]), fields).unwrap()
    }

    /// Mean cross-entropy of the masked values.
    fn cross_entropy(&self, logits: &[Tensor<3>]) -> Tensor<1> {
        let (values, mask) = (self.numbers("target.values"), self.floats("target.mask"));
        let fields = logits.len();
        let count: f32 = mask.iter().sum();
        logits
            .iter()
            .enumerate()
            .map(|(f, logits)| {
                let device = logits.device();
                let [windows, rows, _] = logits.dims();
                let shape = [windows, rows, 1];
                let ids: Vec<i32> = values[f..]
                    .iter()
                    .step_by(fields)
                    .map(|v| *v as i32)
                    .collect();
                let mask: Vec<f32> = mask[f..].iter().step_by(fields).copied().collect();
                let ids = Tensor::<3, Int>::from_data(TensorData::new(ids, shape), &device);
                let mask = Tensor::<3>::from_data(TensorData::new(mask, shape), &device);
                (log_softmax(logits.clone(), 2).gather(2, ids).neg() * mask).sum()
            })
            .reduce(|a, b| a + b)
            .unwrap()
            / count
    }

    /// Mean binary cross-entropy of the masked cells.
    fn cells(&self, logits: &Tensor<4>) -> Tensor<1> {
        let device = logits.device();
        let target = self.tensor::<4>("target.values", &device);
        let mask = self.tensor::<4>("target.mask", &device);
        // ln(1 + e^x) - x t, without overflow.
        let positive = burn::tensor::activation::relu(logits.clone());
        let each =
            positive - logits.clone() * target + (logits.clone().abs().neg().exp() + 1.0).log();
        (each * mask.clone()).sum() / mask.sum()
    }
}

/// Values of every parameter, and of every gradient (zeros where there is none), as burn visits them.
#[derive(Default)]
struct Values<'a> {
    gradients: Option<&'a GradientsParams>,
    all: Vec<Vec<f32>>,
}

impl ModuleVisitor for Values<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = match self.gradients {
            Some(gradients) => gradients.get::<D>(param.id),
            None => Some(param.val()),
        };
        self.all.push(match tensor {
            Some(t) => t.into_data().try_into_vec_as::<f32>().unwrap(),
            None => vec![0.0; param.shape().num_elements()],
        });
    }
}

fn values<M: Module>(network: &M, gradients: Option<&GradientsParams>) -> Vec<Vec<f32>> {
    let mut values = Values {
        gradients,
        all: Vec::new(),
    };
    network.visit(&mut values);
    values.all
}

fn close(what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let apart = ours
        .iter()
        .zip(theirs)
        .fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(apart < TOLERANCE, "{what}: {apart} apart");
}

fn all_close(what: &str, ours: &[Vec<f32>], theirs: &[Vec<f32>]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        close(&format!("{what} of parameter {i}"), a, b);
    }
}

/// Everything that is compared. `outputs` are `network`'s logits, `loss` their loss.
fn compare<M: Module + ModuleSnapshot>(
    fixture: &Fixture,
    fresh: &M,
    run: impl Fn(&M) -> (Vec<Vec<f32>>, Tensor<1>),
) {
    let network = fixture.load(fresh, "w.");
    let (outputs, loss) = run(&network);
    for (i, output) in outputs.iter().enumerate() {
        close(
            &format!("output {i}"),
            output,
            &fixture.floats(&format!("out.{i}")),
        );
    }
    let theirs = fixture.floats("loss");
    close("loss", &[loss.clone().into_scalar()], &theirs);
    let gradients = GradientsParams::from_grads(loss.backward(), &network);
    let expected = fixture.load(fresh, "g.");
    let ours = values(&network, Some(&gradients));
    let most = ours.iter().flatten().fold(0f32, |m, g| m.max(g.abs()));
    assert!(
        most > 100.0 * TOLERANCE,
        "gradients too small to compare: {most}"
    );
    all_close("gradient", &ours, &values(&expected, None));
    let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
    let stepped = adam.step(5e-4, network.clone(), gradients);
    let expected = fixture.load(fresh, "a.");
    all_close(
        "stepped weight",
        &values(&stepped, None),
        &values(&expected, None),
    );
    written_back(fixture, network);
}

/// The file we write in PyTorch's layout holds the very tensors we were given. With `LACUNA_PARITY` set to a
/// folder it is also left there, for `scripts/parity/parity.py --check`.
fn written_back<M: Module + ModuleSnapshot>(fixture: &Fixture, network: M) {
    let folder = tempfile::tempdir().unwrap();
    let folder = match std::env::var_os("LACUNA_PARITY") {
        Some(asked) => asked.into(),
        None => folder.path().to_path_buf(),
    };
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.safetensors", fixture.name));
    let mut store = SafetensorsStore::from_file(path.clone())
        .with_to_adapter(BurnToPyTorchAdapter)
        .overwrite(true);
    network.save_into(&mut store).unwrap();
    let written = Fixture::parse(&fixture.name, &std::fs::read(&path).unwrap());
    let given = Fixture::parse(&fixture.name, &fixture.part("w."));
    assert!(written.tensors.keys().eq(given.tensors.keys()));
    for (key, raw) in &given.tensors {
        let ours = &written.tensors[key];
        assert_eq!((&ours.kind, &ours.shape), (&raw.kind, &raw.shape), "{key}");
        assert!(ours.bytes == raw.bytes, "{key}");
    }
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(1)
}

fn device() -> Device {
    Device::flex().autodiff()
}

fn of<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.clone().into_data().try_into_vec_as::<f32>().unwrap()
}

fn compare_tokens<N: Module + ModuleSnapshot + TokenNetwork>(
    name: &str,
    build: impl FnOnce(&[usize]) -> Result<N, NetworkError>,
) {
    let fixture = Fixture::read(name);
    let network = build(&[5, 7, 3]).unwrap();
    let batch = fixture.token_batch();
    let times = fixture.floats("in.times");
    compare(&fixture, &network, |network| {
        let logits = network
            .forward(&batch, Some(&times), Pass::Evaluate)
            .unwrap();
        (
            logits.iter().map(of).collect(),
            fixture.cross_entropy(&logits),
        )
    });
}

fn transformer_of_the_line(mended: bool) -> SchmuTxConfig {
    SchmuTxConfig {
        width: 24,
        layers: 2,
        heads: 3,
        feed_forward: 2,
        length: 12,
        time: mended,
        mask_padding: mended,
        ..SchmuTxConfig::default()
    }
}

fn convolutional(mended: bool) -> SchmuConvConfig {
    SchmuConvConfig {
        width: 24,
        field: 8,
        layers: 2,
        heads: 3,
        feed_forward: 2,
        length: 12,
        time: mended,
        mask_padding: mended,
        ..SchmuConvConfig::default()
    }
}

#[test]
fn schmu_tx_agrees_with_pytorch() {
    compare_tokens("schmu_tx", |sizes| {
        transformer_of_the_line(true).build(sizes, &mut rng(), &device())
    });
}

#[test]
fn the_published_schmu_tx_agrees_with_pytorch() {
    compare_tokens("schmu_tx_reference", |sizes| {
        transformer_of_the_line(false).build(sizes, &mut rng(), &device())
    });
}

#[test]
fn schmu_conv_agrees_with_pytorch() {
    compare_tokens("schmu_conv", |sizes| {
        convolutional(true).build(sizes, &mut rng(), &device())
    });
}

#[test]
fn the_published_schmu_conv_agrees_with_pytorch() {
    compare_tokens("schmu_conv_reference", |sizes| {
        convolutional(false).build(sizes, &mut rng(), &device())
    });
}

#[test]
fn the_rotary_transformer_agrees_with_pytorch() {
    let fixture = Fixture::read("transformer");
    let config = TransformerConfig {
        width: 32,
        layers: 2,
        heads: 2,
        feed_forward: 2,
    };
    let network = Transformer::new(&config, 6, 7, &mut rng(), &device());
    let lengths = fixture.lengths();
    let input = Input {
        features: sparse(&fixture.floats("in.features"), 6),
        first: fixture.floats("in.first"),
        second: fixture.floats("in.second"),
        rows: lengths.iter().copied().max().unwrap(),
        lengths,
    };
    compare(&fixture, &network, |network| {
        let logits = network.forward(&input, true);
        (vec![of(&logits)], fixture.cross_entropy(&[logits]))
    });
}

fn compare_roll(name: &str, config: RollUnetConfig) {
    let fixture = Fixture::read(name);
    let config = RollUnetConfig {
        base: 4,
        multipliers: vec![1, 2, 2],
        pitches: 12,
        time: 8,
        ..config
    };
    let network = config.build(&mut rng(), &device()).unwrap();
    let roll = fixture.tensor::<4>("in.roll", &device());
    let times = fixture.floats("in.times");
    compare(&fixture, &network, |network: &RollUnet| {
        let logits = network.forward(roll.clone(), Some(&times)).unwrap();
        (vec![of(&logits)], fixture.cells(&logits))
    });
}

#[test]
fn the_roll_unet_agrees_with_pytorch() {
    compare_roll("roll_unet", RollUnetConfig::default());
}

#[test]
fn the_published_roll_unet_agrees_with_pytorch() {
    compare_roll("roll_unet_reference", RollUnetConfig::reference());
}
