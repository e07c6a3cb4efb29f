//! Which recipe a model was trained by, as its card says it.

use super::{Presets, gather};
use crate::format::file::write_atomic;
use crate::training::Recipe;
use std::path::Path;

/// The recipe in the folder of a model: whole, as the run had it, whatever files and words it was made from.
pub const BESIDE: &str = "recipe.ron";

/// What a card says of the recipe: the file in `configs/` where it is that to the last value, else the run that kept it
/// and the copy beside the card.
pub fn told(recipe: &Recipe, run: &Path) -> String {
    told_by(recipe, run, &Presets::default())
}

fn told_by(recipe: &Recipe, run: &Path, known: &Presets) -> String {
    let shipped = gather(Some(&recipe.id), &[], &[], known);
    if shipped.is_ok_and(|(shipped, _)| shipped == *recipe) {
        return format!("configs/{}.ron", recipe.id);
    }
    match run.file_name() {
        Some(name) => format!("{BESIDE}, config.ron of the run {}", name.display()),
        None => BESIDE.into(),
    }
}

/// Keeps the recipe beside the card.
///
/// # Errors
/// A clause, when the disk does not take it.
pub fn keep(recipe: &Recipe, model: &Path) -> Result<(), String> {
    let text = recipe.to_text()?;
    write_atomic(&model.join(BESIDE), text.as_bytes()).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_configs_is_named_only_where_the_run_was_it_to_the_last_value() {
        let known = Presets::default();
        let run = Path::new("runs/long");
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            gather(Some("pop"), &[], &words, &known).unwrap().0
        };
        assert_eq!(told_by(&of(&[]), run, &known), "configs/pop.ron");
        for word in ["trainer.batch=3", "id=mine"] {
            let told = told_by(&of(&[word]), run, &known);
            assert_eq!(told, "recipe.ron, config.ron of the run long", "{word}");
        }
    }

    #[test]
    fn what_is_kept_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let words = ["trainer.batch=3".to_owned()];
        let (recipe, _) = gather(Some("pop"), &[], &words, &Presets::default()).unwrap();
        keep(&recipe, folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join(BESIDE)).unwrap();
        assert_eq!(Recipe::parse(&text), Ok(recipe));
    }
}
