//! What networks over token rows have in common, and the table of those there are, so that training and
//! models need not know which one they hold.

use super::dropout::Pass;
use super::schmu_conv::{SchmuConv, SchmuConvConfig};
use super::schmu_tx::{SchmuTx, SchmuTxConfig};
use super::token_batch::{NetworkError, TokenBatch};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::RngCore;
use serde::{Deserialize, Serialize};

/// A network that reads rows of ids, some of them masked, and answers with logits for every field.
pub trait TokenNetwork {
    /// Values of each field; its mask id is their number.
    fn sizes(&self) -> &[usize];

    /// Fields of a row.
    fn fields(&self) -> usize {
        self.sizes().len()
    }

    /// Rows of the longest window it can read.
    fn most_rows(&self) -> usize;

    /// Logits of each field, `[windows, rows, values]`. `times` is the share of the whole diffusion at which
    /// each window stands, 0 (clean) to 1; networks that do not see the time ignore it.
    ///
    /// # Errors
    /// When the batch is of another tokenizer or too long, or times are missing.
    fn forward(
        &self,
        batch: &TokenBatch,
        times: Option<&[f32]>,
        pass: Pass,
    ) -> Result<Vec<Tensor<3>>, NetworkError>;
}

/// Any of the networks over token rows.
#[derive(Module, Debug)]
pub enum TokenNet {
    SchmuTx(SchmuTx),
    SchmuConv(SchmuConv),
}

impl TokenNet {
    fn network(&self) -> &dyn TokenNetwork {
        match self {
            TokenNet::SchmuTx(n) => n,
            TokenNet::SchmuConv(n) => n,
        }
    }
}

impl TokenNetwork for TokenNet {
    fn sizes(&self) -> &[usize] {
        self.network().sizes()
    }

    fn most_rows(&self) -> usize {
        self.network().most_rows()
    }

    fn forward(
        &self,
        batch: &TokenBatch,
        times: Option<&[f32]>,
        pass: Pass,
    ) -> Result<Vec<Tensor<3>>, NetworkError> {
        self.network().forward(batch, times, pass)
    }
}

/// The kind and sizes of a [`TokenNet`], as in a recipe: `SchmuTx(width: 256, layers: 6)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TokenNetConfig {
    SchmuTx(SchmuTxConfig),
    SchmuConv(SchmuConvConfig),
}

impl TokenNetConfig {
    /// A network with fresh weights drawn from `rng`, for fields of these sizes.
    ///
    /// # Errors
    /// When the sizes make no network.
    pub fn build(
        &self,
        sizes: &[usize],
        rng: &mut dyn RngCore,
        device: &Device,
    ) -> Result<TokenNet, NetworkError> {
        Ok(match self {
            TokenNetConfig::SchmuTx(c) => TokenNet::SchmuTx(c.build(sizes, rng, device)?),
            TokenNetConfig::SchmuConv(c) => TokenNet::SchmuConv(c.build(sizes, rng, device)?),
        })
    }

    /// Whether these sizes make a network.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self, sizes: &[usize]) -> Result<(), NetworkError> {
        match self {
            TokenNetConfig::SchmuTx(c) => c.check(sizes),
            TokenNetConfig::SchmuConv(c) => c.check(sizes),
        }
    }

    /// Rows of the longest window it reads.
    pub fn most_rows(&self) -> usize {
        match self {
            TokenNetConfig::SchmuTx(c) => c.length,
            TokenNetConfig::SchmuConv(c) => c.length.next_multiple_of(super::schmu_conv::GROUP),
        }
    }

    /// Parameters of that network, counted without making it.
    pub fn parameters(&self, sizes: &[usize]) -> usize {
        match self {
            TokenNetConfig::SchmuTx(c) => c.parameters(sizes),
            TokenNetConfig::SchmuConv(c) => c.parameters(sizes),
        }
    }
}

/// A network of the reference line under the name it is published by.
pub struct Published {
    pub name: &'static str,
    /// What it really is.
    pub about: &'static str,
    /// The published form at the size of the paper.
    pub config: fn() -> TokenNetConfig,
}

fn transformer() -> TokenNetConfig {
    TokenNetConfig::SchmuTx(SchmuTxConfig::reference())
}

fn convolutional() -> TokenNetConfig {
    TokenNetConfig::SchmuConv(SchmuConvConfig::reference())
}

/// The networks of the reference line by name. None of them is a VAE, and none sees the diffusion time.
pub const PUBLISHED: &[Published] = &[
    Published {
        name: "schmu_tx_vae",
        about: "a bidirectional transformer over grid symbols; no VAE, in spite of its name",
        config: transformer,
    },
    Published {
        name: "schmu_conv_vae",
        about: "a transformer over groups of four grid steps, joined and taken apart by convolutions; no VAE, \
                in spite of its name",
        config: convolutional,
    },
    Published {
        name: "octuple_ddpm",
        about: "a bidirectional transformer over octuples, one row a note",
        config: transformer,
    },
    Published {
        name: "octuple_mask_ddpm",
        about: "the network of octuple_ddpm, trained with masks shaped like bars and attributes",
        config: transformer,
    },
];

/// The network published under `name`.
pub fn published(name: &str) -> Option<&'static Published> {
    PUBLISHED.iter().find(|p| p.name == name)
}

/// Whether these can be the sizes of fields.
pub(super) fn check_sizes(sizes: &[usize]) -> Result<(), NetworkError> {
    if sizes.is_empty() {
        return Err(NetworkError::Nothing { what: "fields" });
    }
    if sizes.contains(&0) {
        return Err(NetworkError::Nothing {
            what: "a field with values",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Codebooks of the reference: smdiff's melody, trio and octuple, SCHmUBERT's melody and trio.
    const MELODY: &[usize] = &[128];
    const TRIO: &[usize] = &[128, 128, 128];
    const OCTUPLE: &[usize] = &[260, 132, 133, 132, 132, 36, 258, 53];
    const OLD_MELODY: &[usize] = &[90];
    const OLD_TRIO: &[usize] = &[90, 90, 512];

    const SIZES: &[usize] = &[5, 7, 3];

    fn small(kind: &str, reference: bool) -> TokenNetConfig {
        let rest = "width: 24, layers: 2, heads: 3, feed_forward: 2, length: 16, dropout: 0.25";
        let form = if reference {
            ", time: false, mask_padding: false"
        } else {
            ""
        };
        let field = if kind == "SchmuConv" {
            "field: 8, "
        } else {
            ""
        };
        ron::from_str(&format!("{kind}(({field}{rest}{form}))")).unwrap()
    }

    fn all_small() -> Vec<(TokenNetConfig, bool)> {
        ["SchmuTx", "SchmuConv"]
            .into_iter()
            .flat_map(|kind| [true, false].map(|r| (small(kind, r), r)))
            .collect()
    }

    fn built(config: &TokenNetConfig, device: &Device) -> TokenNet {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        config.build(SIZES, &mut rng, device).unwrap()
    }

    fn window(rows: usize, seed: u32) -> Vec<u32> {
        (0..rows)
            .flat_map(|r| {
                SIZES.iter().enumerate().map(move |(f, &k)| {
                    (r as u32 * 7 + f as u32 * 3 + seed * 5) * 13 % (k as u32 + 1)
                })
            })
            .collect()
    }

    fn stack(windows: &[Vec<u32>]) -> TokenBatch {
        TokenBatch::stack(windows.iter().map(|w| &w[..]), SIZES.len()).unwrap()
    }

    /// Logits of all fields of the first window.
    fn logits(net: &TokenNet, windows: &[Vec<u32>], time: f32, pass: Pass) -> Vec<f32> {
        let batch = stack(windows);
        let times = vec![time; windows.len()];
        net.forward(&batch, Some(&times), pass)
            .unwrap()
            .into_iter()
            .flat_map(|l| {
                let l = l.narrow(0, 0, 1).narrow(1, 0, batch.lengths()[0]);
                l.into_data().try_into_vec_as::<f32>().unwrap()
            })
            .collect()
    }

    fn apart(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).fold(0.0, |m, (x, y)| m.max((x - y).abs()))
    }

    #[test]
    fn networks_of_the_paper_have_its_parameter_counts() {
        let counts = [
            (transformer(), MELODY, 76_577_280),
            (transformer(), TRIO, 77_364_736),
            (transformer(), OCTUPLE, 79_448_064),
            (transformer(), OLD_MELODY, 76_538_368),
            (transformer(), OLD_TRIO, 77_680_128),
            (convolutional(), MELODY, 76_610_816),
            (convolutional(), TRIO, 78_250_752),
            (convolutional(), OLD_MELODY, 76_601_088),
            (convolutional(), OLD_TRIO, 78_329_600),
        ];
        for (config, sizes, count) in counts {
            assert_eq!(config.parameters(sizes), count, "{config:?} {sizes:?}");
        }
    }

    #[test]
    fn counting_agrees_with_what_is_built() {
        let device = Device::flex();
        for (config, _) in all_small() {
            let net = built(&config, &device);
            assert_eq!(net.num_params(), config.parameters(SIZES), "{config:?}");
        }
    }

    #[test]
    fn a_network_of_full_size_is_built_with_the_count_of_the_paper() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let net = convolutional()
            .build(TRIO, &mut rng, &Device::flex())
            .unwrap();
        assert_eq!(net.num_params(), 78_250_752);
    }

    #[test]
    fn every_field_gets_its_logits() {
        let device = Device::flex();
        for (config, _) in all_small() {
            let net = built(&config, &device);
            // Six rows are no whole number of tokens of the convolutional one.
            let batch = stack(&[window(6, 0), window(3, 1)]);
            let out = net
                .forward(&batch, Some(&[0.1, 0.2]), Pass::Evaluate)
                .unwrap();
            let dims: Vec<_> = out.iter().map(|l| l.dims()).collect();
            assert_eq!(dims, [[2, 6, 5], [2, 6, 7], [2, 6, 3]]);
        }
    }

    #[test]
    fn the_time_is_seen_where_it_should_be_and_not_by_the_published_form() {
        let device = Device::flex();
        for (config, reference) in all_small() {
            let net = built(&config, &device);
            let w = [window(8, 0)];
            let early = logits(&net, &w, 0.1, Pass::Evaluate);
            let late = logits(&net, &w, 0.9, Pass::Evaluate);
            assert_eq!(apart(&early, &late) < 1e-6, reference, "{config:?}");
        }
    }

    #[test]
    fn a_missing_time_is_an_error() {
        let device = Device::flex();
        for (config, reference) in all_small() {
            let out =
                built(&config, &device).forward(&stack(&[window(4, 0)]), None, Pass::Evaluate);
            assert_eq!(out.is_ok(), reference);
        }
    }

    #[test]
    fn padding_changes_nothing_but_in_the_published_form() {
        let device = Device::flex();
        for (config, reference) in all_small() {
            let net = built(&config, &device);
            let alone = logits(&net, &[window(5, 0)], 0.5, Pass::Evaluate);
            let padded = logits(&net, &[window(5, 0), window(14, 1)], 0.5, Pass::Evaluate);
            assert_eq!(apart(&alone, &padded) < 1e-5, !reference, "{config:?}");
        }
    }

    #[test]
    fn the_first_row_sees_the_last_and_the_last_the_first() {
        let device = Device::flex();
        for (config, _) in all_small() {
            let net = built(&config, &device);
            let rows = 12;
            let width: usize = SIZES[0];
            for (changed, looked_at) in [(0, rows - 1), (rows - 1, 0)] {
                let mut other = window(rows, 0);
                other[changed * SIZES.len()] = (other[changed * SIZES.len()] + 1) % 5;
                let a = logits(&net, &[window(rows, 0)], 0.5, Pass::Evaluate);
                let b = logits(&net, &[other], 0.5, Pass::Evaluate);
                let row = looked_at * width..(looked_at + 1) * width;
                assert!(apart(&a[row.clone()], &b[row]) > 1e-6, "{config:?}");
            }
        }
    }

    #[test]
    fn order_matters_once_positions_are_learned() {
        struct Fill;
        impl burn::module::ModuleMapper for Fill {
            fn map_float<const D: usize>(
                &mut self,
                param: burn::module::Param<Tensor<D>>,
            ) -> burn::module::Param<Tensor<D>> {
                // The tables of positions start as zeros; nothing else does.
                param.map(|t| {
                    let values = t.clone().into_data().try_into_vec_as::<f32>().unwrap();
                    if D != 2 || values.iter().any(|v| *v != 0.0) {
                        return t;
                    }
                    let values = (0..values.len()).map(|i| (i as f32).sin()).collect();
                    Tensor::from_data(burn::tensor::TensorData::new(values, t.dims()), &t.device())
                })
            }
        }
        let net = built(&small("SchmuTx", true), &Device::flex());
        let (w, k) = (window(6, 0), SIZES[0]);
        let mut reversed = w.clone();
        reversed.reverse();
        let reversed: Vec<u32> = reversed
            .chunks(SIZES.len())
            .flat_map(|row| row.iter().rev().copied())
            .collect();
        let distance = |net: &TokenNet| {
            let a = logits(net, std::slice::from_ref(&w), 0.5, Pass::Evaluate);
            let b = logits(net, std::slice::from_ref(&reversed), 0.5, Pass::Evaluate);
            apart(&a[..k], &b[5 * k..6 * k])
        };
        assert!(distance(&net) < 1e-5);
        assert!(distance(&net.map(&mut Fill)) > 1e-3);
    }

    #[test]
    fn dropout_follows_from_its_generator_and_is_off_when_evaluating() {
        let device = Device::flex();
        for (config, _) in all_small() {
            let net = built(&config, &device);
            let w = [window(8, 0)];
            let train = |seed| {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                logits(&net, &w, 0.5, Pass::Train(&mut rng))
            };
            assert_eq!(train(1), train(1));
            assert!(apart(&train(1), &train(2)) > 1e-3);
            let still = logits(&net, &w, 0.5, Pass::Evaluate);
            assert_eq!(still, logits(&net, &w, 0.5, Pass::Evaluate));
            assert!(apart(&still, &train(1)) > 1e-3);
        }
    }

    #[test]
    fn attention_spelled_out_agrees_with_the_fused_one() {
        // Without dropout a training pass takes the fused way, and a padded batch the spelled-out one, on
        // whose longest window the padding has no bearing.
        let device = Device::flex();
        let net = built(&small("SchmuTx", false), &device);
        let alone = logits(&net, &[window(9, 2)], 0.5, Pass::Evaluate);
        let beside = logits(&net, &[window(9, 2), window(4, 1)], 0.5, Pass::Evaluate);
        assert!(apart(&alone, &beside) < 1e-5);
    }

    #[test]
    fn sizes_that_make_no_network_are_refused() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let device = Device::flex();
        let mut build = |change: fn(&mut SchmuTxConfig), sizes: &[usize]| {
            let mut config = SchmuTxConfig {
                width: 8,
                layers: 1,
                heads: 2,
                ..SchmuTxConfig::default()
            };
            change(&mut config);
            config.build(sizes, &mut rng, &device).is_ok()
        };
        assert!(build(|_| (), SIZES));
        assert!(!build(|c| c.heads = 3, SIZES));
        assert!(!build(|c| c.heads = 0, SIZES));
        assert!(!build(|c| c.dropout = 1.0, SIZES));
        assert!(!build(|c| c.dropout = f32::NAN, SIZES));
        assert!(!build(|_| (), &[]));
        assert!(!build(|_| (), &[4, 0]));
    }

    #[test]
    fn a_recipe_may_leave_sizes_out_but_not_misspell_them() {
        let config: TokenNetConfig = ron::from_str("SchmuTx((layers: 6))").unwrap();
        let wanted = SchmuTxConfig {
            layers: 6,
            ..SchmuTxConfig::default()
        };
        assert_eq!(config, TokenNetConfig::SchmuTx(wanted));
        assert!(ron::from_str::<TokenNetConfig>("SchmuTx((layer: 6))").is_err());
    }

    #[test]
    fn published_names_are_found() {
        for name in [
            "schmu_tx_vae",
            "schmu_conv_vae",
            "octuple_ddpm",
            "octuple_mask_ddpm",
        ] {
            assert_eq!(published(name).map(|p| p.name), Some(name));
        }
        assert!(published("unet").is_none());
    }
}
