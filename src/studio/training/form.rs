//! What a new run is made of: data, recipe, and the numbers one changes from run to run.

use crate::dataset::prepared;
use crate::engine::TrainRequest;
use crate::training::Recipe;
use crate::training::recipe::{Layers, Presets, gather_over};
use std::path::{Path, PathBuf};

/// Presets that are a model without a trainer; with the usual trainer they make a recipe.
const MODELS: &str = "model/";
/// Kinds of presets that can be put over a recipe: folders below `configs/`, in the order in which they are laid. A
/// preset of a trainer may name a schedule, so it comes first.
pub const KINDS: [&str; 3] = ["trainer", "optimiser", "schedule"];

/// A prepared data set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetRow {
    pub name: String,
    pub folder: PathBuf,
    /// Its representation.
    pub tokenizer: String,
    pub songs: usize,
}

/// A recipe to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct RecipeRow {
    /// File name without ending.
    pub name: String,
    /// Where it is from, for its tooltip.
    pub from: String,
    /// Or why it cannot be read.
    pub recipe: Result<Recipe, String>,
}

/// The prepared data sets in a folder.
pub fn sets(root: &Path) -> Vec<SetRow> {
    prepared::all(root)
        .into_iter()
        .map(|(name, index)| SetRow {
            folder: root.join(&name),
            tokenizer: index.plan.tokenizer.clone(),
            songs: index.songs.len(),
            name,
        })
        .collect()
}

/// What may be trained: the whole recipes by name, then the presets of models with the usual trainer.
pub fn recipes(presets: &Presets) -> Vec<RecipeRow> {
    let names = presets.names();
    let whole = names.iter().filter(|n| !n.contains('/'));
    let models = names.iter().filter(|n| n.starts_with(MODELS));
    whole
        .chain(models)
        .map(|name| RecipeRow {
            name: name.clone(),
            from: presets.find(name).map_or_else(|_| String::new(), |f| f.0),
            recipe: recipe(name, &[], &[], presets).map(|made| made.0),
        })
        .collect()
}

/// Names of the presets of a kind.
pub fn kind<'a>(presets: &'a [String], kind: &str) -> impl Iterator<Item = &'a str> {
    let own = move |name: &&str| name.split('/').next() == Some(kind) && name.contains('/');
    presets.iter().map(String::as_str).filter(move |n| own(n))
}

/// A recipe of the list under presets, with words as on the command line.
fn recipe(
    name: &str,
    over: &[String],
    words: &[String],
    presets: &Presets,
) -> Result<(Recipe, Layers), String> {
    let mut all = Vec::new();
    let (mut config, mut below) = (Some(name), Vec::new());
    if let Some(id) = name.strip_prefix(MODELS) {
        (config, below) = (None, vec![name.to_owned()]);
        // The form says which data.
        all.extend([format!("id={id:?}"), "dataset=\"data\"".to_owned()]);
    }
    all.extend_from_slice(words);
    gather_over(config, &below, over, &all, presets).map_err(|e| e.to_string())
}

/// Words as typed in one line: each begins where there is an `=`, and may hold spaces.
pub fn words(typed: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in typed.split_whitespace() {
        match words.last_mut() {
            Some(word) if !part.contains('=') => *word += &format!(" {part}"),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The fields as they stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Name of the prepared data set.
    pub set: Option<String>,
    /// Name of the recipe.
    pub recipe: Option<String>,
    /// A preset of each of [`KINDS`] over the recipe; `None` leaves that to the recipe.
    pub over: [Option<String>; KINDS.len()],
    pub steps: u64,
    pub batch: usize,
    pub learning_rate: f64,
    pub seed: u64,
    /// Steps between samples; 0 takes none.
    pub sample_every: u64,
    /// Threads that share a batch on a CPU.
    pub threads: usize,
    /// Further values as typed, `key=value` as on the command line.
    pub words: String,
    /// Name of the run as typed; empty for the next free one.
    pub name: String,
}

impl Default for Form {
    fn default() -> Form {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Form {
            set: None,
            recipe: None,
            over: Default::default(),
            steps: 0,
            batch: 0,
            learning_rate: 0.0,
            seed: 0,
            sample_every: 0,
            threads: cores.clamp(1, 16),
            words: String::new(),
            name: String::new(),
        }
    }
}

impl Form {
    /// Takes a recipe up with its numbers, and its data set where that is prepared; nothing lies over it.
    pub fn take(&mut self, row: &RecipeRow, sets: &[SetRow]) {
        self.over = Default::default();
        self.recipe = Some(row.name.clone());
        if let Ok(r) = &row.recipe {
            let t = &r.trainer;
            (self.steps, self.batch, self.seed) = (t.steps, t.batch, t.seed);
            (self.learning_rate, self.sample_every) = (t.learning_rate, t.sample_every);
            if sets.iter().any(|s| s.name == r.dataset) {
                self.set = Some(r.dataset.clone());
            }
        }
    }

    /// Chooses what there is where nothing is chosen, and lets go of what is gone.
    pub fn settle(&mut self, sets: &[SetRow], recipes: &[RecipeRow], presets: &[String]) {
        for over in &mut self.over {
            *over = over.take().filter(|name| presets.contains(name));
        }
        let known = |name: &String| sets.iter().any(|s| s.name == *name);
        if !self.set.as_ref().is_some_and(known) {
            self.set = sets.first().map(|s| s.name.clone());
        }
        let known = |name: &String| recipes.iter().any(|r| r.name == *name);
        if !self.recipe.as_ref().is_some_and(known) {
            self.recipe = None;
            // One made for the data that are chosen, so that Start works at once.
            let fits = |r: &&RecipeRow| {
                let made_for = r.recipe.as_ref().ok().map(|r| &r.dataset);
                made_for.is_some() && made_for == self.set.as_ref()
            };
            let fitting = recipes.iter().find(fits);
            let chosen = fitting.or_else(|| recipes.iter().find(|r| r.recipe.is_ok()));
            if let Some(row) = chosen {
                self.take(row, sets);
            }
        }
    }

    /// The name a run gets if none is typed: model, data, and a number where that is taken.
    pub fn usual_name(&self, recipes: &[RecipeRow], taken: &[&str]) -> String {
        let recipe = recipes
            .iter()
            .find(|r| Some(&r.name) == self.recipe.as_ref());
        let id = recipe.and_then(|r| r.recipe.as_ref().ok()).map(|r| &r.id);
        let id = id.map_or("run", String::as_str);
        let base = format!("{id}_{}", self.set.as_deref().unwrap_or("data"));
        let taken = |name: &str| taken.contains(&name);
        let numbered = (2..).map(|n| format!("{base}-{n}"));
        std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or(base)
    }

    /// The request these fields make.
    ///
    /// # Errors
    /// A sentence: what is missing, and what to do.
    pub fn request(
        &self,
        sets: &[SetRow],
        recipes: &[RecipeRow],
        taken: &[&str],
        root: &Path,
    ) -> Result<TrainRequest, String> {
        let set = sets.iter().find(|s| Some(&s.name) == self.set.as_ref());
        let set = set.ok_or(NO_SET)?;
        let row = recipes
            .iter()
            .find(|r| Some(&r.name) == self.recipe.as_ref());
        let row = row.ok_or("Choose a recipe.")?;
        let recipe = row.recipe.clone();
        let recipe =
            recipe.map_err(|why| format!("The recipe {} cannot be read: {why}.", row.name))?;
        let name = match self.name.trim() {
            "" => self.usual_name(recipes, taken),
            typed => typed.to_owned(),
        };
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if !name.chars().all(plain) || name.starts_with('.') {
            return Err(
                "A run is called by letters, digits, -, _ and dots, because its folder is.".into(),
            );
        }
        if taken.contains(&name.as_str()) {
            return Err(format!(
                "There is a run called {name}. Choose it in the list to resume it, or type another name."
            ));
        }
        let recipe = self.with_fields(recipe, &set.name)?;
        Ok(TrainRequest {
            recipe,
            dataset: set.folder.clone(),
            folder: root.join(name),
            fresh: true,
            threads: self.threads,
            tune: None,
        })
    }
}

impl Form {
    fn with_fields(&self, mut recipe: Recipe, set: &str) -> Result<Recipe, String> {
        recipe.dataset = set.to_owned();
        let t = &mut recipe.trainer;
        (t.steps, t.batch, t.seed) = (self.steps, self.batch, self.seed);
        (t.learning_rate, t.sample_every) = (self.learning_rate, self.sample_every);
        t.check()
            .map_err(|why| format!("This cannot be trained: {why}."))?;
        Ok(recipe)
    }

    fn with(&self, words: &[String], presets: &Presets) -> Result<(Recipe, Layers), String> {
        let name = self.recipe.as_deref().ok_or("Choose a recipe.")?;
        let over: Vec<String> = self.over.iter().flatten().cloned().collect();
        recipe(name, &over, words, presets).map_err(|why| format!("This cannot be trained: {why}."))
    }

    /// The fields as words of the command line, where they say something else than the recipe.
    fn as_words(&self, recipe: &Recipe) -> Vec<String> {
        let t = &recipe.trainer;
        let data = self.set.as_deref().unwrap_or(&recipe.dataset);
        let fields = [
            (data != recipe.dataset, format!("dataset={data:?}")),
            (
                self.steps != t.steps,
                format!("trainer.steps={}", self.steps),
            ),
            (
                self.batch != t.batch,
                format!("trainer.batch={}", self.batch),
            ),
            (
                self.learning_rate != t.learning_rate,
                format!("trainer.learning_rate={:?}", self.learning_rate),
            ),
            (self.seed != t.seed, format!("trainer.seed={}", self.seed)),
            (
                self.sample_every != t.sample_every,
                format!("trainer.sample_every={}", self.sample_every),
            ),
        ];
        let told = fields.into_iter().filter(|(differs, _)| *differs);
        told.map(|(_, word)| word).collect()
    }

    /// The recipe that recipe, presets, fields and typed words make together, each going before the ones named earlier;
    /// and its text with where every value comes from, as `lacuna train --print-config` prints it.
    ///
    /// # Errors
    /// A sentence that names what is wrong and what would be right.
    pub fn made(&self, presets: &Presets) -> Result<(Recipe, String), String> {
        let mut all = self.as_words(&self.with(&[], presets)?.0);
        all.extend(words(&self.words));
        let (recipe, layers) = self.with(&all, presets)?;
        let text = layers.print(&recipe, true).map_err(|e| e.to_string())?;
        Ok((recipe, text))
    }

    /// Puts a preset of a kind (its place in [`KINDS`]) over the recipe, or takes it away. Fields follow where it
    /// changes what they show; others stay as they were typed.
    ///
    /// # Errors
    /// A preset that cannot be read or does not fit; nothing is changed then.
    pub fn put_over(
        &mut self,
        kind: usize,
        name: Option<String>,
        presets: &Presets,
    ) -> Result<(), String> {
        let mut next = self.clone();
        if let Some(over) = next.over.get_mut(kind) {
            *over = name;
        }
        let before = self.with(&[], presets)?.0.trainer;
        let after = next.with(&[], presets)?.0.trainer;
        fn follow<T: PartialEq>(field: &mut T, before: &T, after: T) {
            if *before != after {
                *field = after;
            }
        }
        follow(&mut next.steps, &before.steps, after.steps);
        follow(&mut next.batch, &before.batch, after.batch);
        follow(&mut next.seed, &before.seed, after.seed);
        follow(
            &mut next.learning_rate,
            &before.learning_rate,
            after.learning_rate,
        );
        follow(
            &mut next.sample_every,
            &before.sample_every,
            after.sample_every,
        );
        *self = next;
        Ok(())
    }
}

/// Said where there is nothing to train on.
pub const NO_SET: &str = "No prepared data set yet: open the data pane and prepare one.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::schedule::Schedule;

    fn set() -> SetRow {
        SetRow {
            name: "pop909".into(),
            folder: "cache/pop909".into(),
            tokenizer: "octuple-free/3".into(),
            songs: 40,
        }
    }

    #[test]
    fn recipes_and_models_are_found_and_files_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let found = recipes(&Presets::below(folder.path()));
        assert!(found.iter().all(|r| r.recipe.is_ok()), "{found:?}");
        let model = found.iter().find(|r| r.name == "model/octuple-5m").unwrap();
        assert_eq!(model.recipe.as_ref().unwrap().id, "octuple-5m");
        std::fs::write(folder.path().join("pop.ron"), "(broken").unwrap();
        let found = recipes(&Presets::below(folder.path()));
        let pop = found.iter().find(|r| r.name == "pop").unwrap();
        assert!(pop.recipe.is_err() && pop.from.contains("pop.ron"));
    }

    #[test]
    fn words_go_before_the_fields_and_a_wrong_one_is_a_sentence() {
        assert_eq!(
            words("a.b=1  c=Some( 2 ) d=x"),
            ["a.b=1", "c=Some( 2 )", "d=x"]
        );
        let presets = Presets::built_in();
        let (sets, recipes) = ([set()], recipes(&presets));
        let mut form = Form::default();
        form.settle(&sets, &recipes, &[]);
        form.steps = 12;
        form.words = "trainer.batch=3 trainer.clip=None".into();
        let made = form.made(&presets).unwrap().0;
        let t = &made.trainer;
        assert_eq!((t.batch, t.steps, t.clip), (3, 12, None));
        assert_eq!((made.dataset.as_str(), made.id.as_str()), ("pop909", "pop"));
        form.words = "trainer.bach=3".into();
        let why = form.made(&presets).unwrap_err();
        assert!(why.contains("trainer.batch"), "{why}");
    }

    #[test]
    fn presets_lie_over_the_recipe_and_fields_follow_what_they_change() {
        let presets = Presets::built_in();
        let names = presets.names();
        let (sets, recipes) = ([set()], recipes(&presets));
        let mut form = Form::default();
        form.settle(&sets, &recipes, &names);
        let plain = form.clone();
        form.batch = 3;
        let some = |name: &str| Some(name.to_owned());
        form.put_over(0, some("trainer/smoke"), &presets).unwrap();
        assert_eq!((form.steps, form.batch), (20, 4));
        form.batch = 3;
        form.put_over(2, some("schedule/constant"), &presets)
            .unwrap();
        assert_eq!((form.steps, form.batch), (20, 3));
        let (recipe, text) = form.made(&presets).unwrap();
        assert_eq!(recipe.trainer.schedule, Schedule::Constant);
        assert_eq!((recipe.trainer.steps, recipe.trainer.batch), (20, 3));
        let line = |name: &str| text.lines().find(|l| l.contains(name)).unwrap();
        assert!(line("steps: 20").contains("trainer/smoke"), "{text}");
        assert!(line("batch: 3").contains("command line"), "{text}");
        assert!(line("width").contains("pop"), "{text}");
        let broken = form.clone();
        assert!(form.put_over(1, some("optimiser/none"), &presets).is_err());
        assert_eq!(form, broken);
        form.put_over(0, None, &presets).unwrap();
        form.put_over(2, None, &presets).unwrap();
        assert_eq!((form.steps, &form.over), (plain.steps, &plain.over));
        assert_eq!(kind(&names, "schedule").next(), Some("schedule/constant"));
    }

    #[test]
    fn fields_become_a_request_and_what_is_missing_is_said() {
        let (sets, recipes) = ([set()], recipes(&Presets::built_in()));
        let root = Path::new("runs");
        let mut form = Form::default();
        let why = form.request(&sets, &recipes, &[], root).unwrap_err();
        assert_eq!(why, NO_SET);
        form.settle(&sets, &recipes, &[]);
        form.steps = 12;
        let request = form.request(&sets, &recipes, &[], root).unwrap();
        assert_eq!(request.folder, root.join("pop_pop909"));
        assert_eq!(request.recipe.trainer.steps, 12);
        assert_eq!(request.recipe.dataset, "pop909");
        assert!(request.fresh);
        form.name = "../out".into();
        assert!(form.request(&sets, &recipes, &[], root).is_err());
        form.name.clear();
        form.batch = 0;
        let why = form.request(&sets, &recipes, &[], root).unwrap_err();
        assert!(why.contains("batch"), "{why}");
    }

    #[test]
    fn a_name_that_is_taken_is_numbered_or_refused() {
        let (sets, recipes) = ([set()], recipes(&Presets::built_in()));
        let runs = ["pop_pop909", "pop_pop909-2"];
        let mut form = Form::default();
        form.settle(&sets, &recipes, &[]);
        assert_eq!(form.usual_name(&recipes, &runs), "pop_pop909-3");
        form.name = "pop_pop909".into();
        let why = form.request(&sets, &recipes, &runs, Path::new("runs"));
        assert!(why.unwrap_err().contains("resume"));
    }
}
