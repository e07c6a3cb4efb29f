//! All layers of a training recipe, from what a person names: a file, presets, words.

use super::{Layer, Layers, Presets, RecipeError, Value};
use crate::training::Recipe;
use std::path::Path;

/// Presets below this folder are settings of data sets, which go before those of models.
const DATA: &str = "data/";

/// The recipe that `config` (a file, or the name of a preset), `presets` and `words` make together. Presets that the file
/// names under `presets` stand below those given here. The layers come back with it, to be printed.
///
/// # Errors
/// What [`Layers`] refuses, and a recipe with which no run can be made.
pub fn gather(
    config: Option<&str>,
    presets: &[String],
    words: &[String],
    known: &Presets,
) -> Result<(Recipe, Layers), RecipeError> {
    gather_over(config, presets, &[], words, known)
}

/// The same with the presets `over` laid over all of it but the words, so that an optimiser can be put in place of the
/// one that a whole recipe names.
///
/// # Errors
/// As [`gather`].
pub fn gather_over(
    config: Option<&str>,
    presets: &[String],
    over: &[String],
    words: &[String],
    known: &Presets,
) -> Result<(Recipe, Layers), RecipeError> {
    let mut layers = Layers::default();
    if let Some(config) = config {
        let path = Path::new(config);
        if path.is_file() {
            layers.file(Layer::UserFile, path)?;
        } else {
            layers.preset(known, Layer::UserFile, config)?;
        }
    }
    let named = layers.get("presets").map_or_else(Vec::new, |node| {
        let Value::List(names) = node.value else {
            return Vec::new();
        };
        let text = |n: &super::Node| n.text().map(str::to_owned);
        names.iter().filter_map(text).collect::<Vec<_>>()
    });
    for name in named.iter().chain(presets) {
        let layer = if name.starts_with(DATA) {
            Layer::DataSet
        } else {
            Layer::Preset
        };
        layers.preset(known, layer, name)?;
    }
    for name in over {
        layers.preset(known, Layer::Over, name)?;
    }
    for word in words {
        layers.word(word)?;
    }
    let recipe: Recipe = layers.build()?;
    recipe.trainer.check().map_err(|why| RecipeError::Refused {
        path: "trainer".into(),
        why,
        place: config.unwrap_or("the command line").into(),
    })?;
    Ok((recipe, layers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::schedule::Schedule;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn every_shipped_recipe_makes_a_run_and_is_printed_as_it_is_read() {
        let known = Presets::below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("configs"));
        let recipes = known.names().into_iter().filter(|n| !n.contains('/'));
        let mut count = 0;
        for name in recipes {
            let (recipe, layers) =
                gather(Some(&name), &[], &[], &known).unwrap_or_else(|e| panic!("{name}: {e}"));
            let printed = layers.print(&recipe, true).unwrap();
            assert_eq!(Recipe::parse(&printed), Ok(recipe), "{name}");
            count += 1;
        }
        assert!(count > 0);
    }

    #[test]
    fn words_go_before_the_file_and_the_file_before_presets() {
        let known = Presets::default();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "(id: \"mine\", presets: [\"model/octuple-5m\", \"schedule/constant\"], trainer: (batch: 3, steps: 9))",
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        let (recipe, _) = gather(
            Some(path),
            &words(&["data/pop909", "trainer/laptop"]),
            &words(&["trainer.batch=5"]),
            &known,
        )
        .unwrap();
        assert_eq!((recipe.trainer.batch, recipe.trainer.steps), (5, 9));
        assert_eq!(recipe.dataset, "pop909");
        assert_eq!(recipe.trainer.schedule, Schedule::Constant);
    }

    #[test]
    fn a_preset_put_over_a_recipe_takes_the_place_of_what_it_names() {
        let known = Presets::default();
        let over = words(&["schedule/constant", "optimiser/adamw"]);
        let one = words(&["trainer.batch=5"]);
        let (recipe, layers) = gather_over(Some("pop"), &[], &over, &one, &known).unwrap();
        let (plain, _) = gather(Some("pop"), &[], &one, &known).unwrap();
        assert_eq!(recipe.trainer.schedule, Schedule::Constant);
        assert_ne!(recipe.trainer.optimiser, plain.trainer.optimiser);
        assert_eq!((recipe.trainer.batch, &recipe.model), (5, &plain.model));
        let printed = layers.print(&recipe, true).unwrap();
        let line = printed.lines().find(|l| l.contains("schedule: ")).unwrap();
        assert!(line.contains("preset over it"), "{line}");
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let known = Presets::default();
        let told = |config: &str, word: &str| {
            gather(Some(config), &[], &words(&[word]), &known)
                .unwrap_err()
                .to_string()
        };
        let e = told("pop", "trainer.learnig_rate=1");
        assert!(e.contains("did you mean `trainer.learning_rate`"), "{e}");
        let e = told("popp", "trainer.batch=1");
        assert!(e.contains("did you mean 'pop'"), "{e}");
        let e = told("pop", "trainer.batch=0");
        assert!(e.contains("at least 1"), "{e}");
    }
}
