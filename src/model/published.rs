//! The models of the first reference line (SCHmUBERT, Plasser et al. 2023, and smdiff) by the names they are
//! published under: which tokenizers they read and how they are trained. What their networks are stands in
//! [`crate::network::token_network::PUBLISHED`].
//!
//! The binomial diffusion on rolls is no row here: another process, another family.

use crate::network::TokenNetConfig;
use crate::network::token_network;
use crate::tokenizer::{Tokenizer, registry};

/// One model by name.
pub struct Published {
    pub name: &'static str,
    /// Names of the tokenizers whose rows it reads, both forms of each.
    forms: &'static [&'static str],
    /// The masking strategy it is trained with where a recipe names none.
    pub strategy: &'static str,
    /// Codebook sizes of smdiff, larger than its ids need, for so many fields; its parameter counts follow from
    /// them.
    pub codebooks: fn(usize) -> Vec<usize>,
}

/// Rows are notes.
const OCTUPLES: &[&str] = &["melody_octuple", "trio_octuple"];
/// Rows are steps of 16ths.
const GRIDS: &[&str] = &["melody", "trio", "chorale"];
const REFERENCE: &str = "-reference";

fn octuple_codebooks(_: usize) -> Vec<usize> {
    vec![260, 132, 133, 132, 132, 36, 258, 53]
}

fn grid_codebooks(fields: usize) -> Vec<usize> {
    vec![128; fields]
}

/// The models of the first reference line.
pub const PUBLISHED: &[Published] = &[
    Published {
        name: "octuple_ddpm",
        forms: OCTUPLES,
        strategy: "random",
        codebooks: octuple_codebooks,
    },
    Published {
        name: "octuple_mask_ddpm",
        forms: OCTUPLES,
        strategy: "bar_attribute",
        codebooks: octuple_codebooks,
    },
    Published {
        name: "schmu_tx_vae",
        forms: GRIDS,
        strategy: "random",
        codebooks: grid_codebooks,
    },
    Published {
        name: "schmu_conv_vae",
        forms: GRIDS,
        strategy: "random",
        codebooks: grid_codebooks,
    },
];

impl Published {
    /// What it really is, a clause for the card.
    pub fn about(&self) -> &'static str {
        token_network::published(self.name).map_or("", |n| n.about)
    }

    /// Its network as published, at the size of the paper.
    pub fn network(&self) -> Option<TokenNetConfig> {
        token_network::published(self.name).map(|n| (n.config)())
    }

    /// Whether it reads the rows of a tokenizer.
    pub fn reads(&self, tokenizer: &str) -> bool {
        let form = tokenizer.strip_suffix(REFERENCE).unwrap_or(tokenizer);
        self.forms.contains(&form)
    }

    /// The registered tokenizers it reads.
    pub fn tokenizers(&self) -> Vec<&'static dyn Tokenizer> {
        let all = registry::all().iter().chain(registry::compatible());
        all.copied().filter(|t| self.reads(t.id())).collect()
    }
}

/// The model of that name.
///
/// # Errors
/// The names there are.
pub fn find(name: &str) -> Result<&'static Published, String> {
    PUBLISHED.iter().find(|p| p.name == name).ok_or_else(|| {
        let known: Vec<&str> = PUBLISHED.iter().map(|p| p.name).collect();
        format!(
            "there is no token model \"{name}\"; there are: {}",
            known.join(", ")
        )
    })
}

/// Every tokenizer that one of them reads.
pub fn tokenizers() -> Vec<String> {
    let all = registry::all().iter().chain(registry::compatible());
    let ids = all.map(|t| t.id());
    ids.filter(|id| PUBLISHED.iter().any(|p| p.reads(id)))
        .map(String::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tokens::strategy;

    #[test]
    fn every_name_has_a_network_tokenizers_and_a_strategy() {
        for p in PUBLISHED {
            assert!(!p.about().is_empty() && p.network().is_some(), "{}", p.name);
            assert!(p.tokenizers().len() >= 4, "{}", p.name);
            assert!(strategy::find(p.strategy).is_ok());
        }
        let e = find("schmu_vae").err().unwrap();
        assert!(
            e.contains("schmu_tx_vae") && e.contains("octuple_mask_ddpm"),
            "{e}"
        );
        assert!(!tokenizers().iter().any(|t| t.contains("roll")));
    }

    #[test]
    fn at_the_size_of_the_paper_they_have_its_parameter_counts() {
        let count = |name: &str, tokenizer: &str| {
            let p = find(name).unwrap();
            let t = p
                .tokenizers()
                .into_iter()
                .find(|t| t.id() == tokenizer)
                .unwrap();
            let sizes = (p.codebooks)(t.fields().len());
            // A codebook smaller than its field could not hold its ids; only drums' pitches are left out.
            for (size, field) in sizes.iter().zip(t.fields()) {
                assert!(
                    *size >= field.size || field.name == "pitch",
                    "{}",
                    field.name
                );
            }
            p.network().unwrap().parameters(&sizes)
        };
        for tokenizer in ["trio_octuple-reference", "melody_octuple-reference"] {
            assert_eq!(count("octuple_ddpm", tokenizer), 79_448_064);
            assert_eq!(count("octuple_mask_ddpm", tokenizer), 79_448_064);
        }
        assert_eq!(count("schmu_tx_vae", "melody-reference"), 76_577_280);
        assert_eq!(count("schmu_tx_vae", "trio-reference"), 77_364_736);
        assert_eq!(count("schmu_conv_vae", "melody-reference"), 76_610_816);
        assert_eq!(count("schmu_conv_vae", "trio-reference"), 78_250_752);
    }
}
