//! What a recipe promises as a whole.

mod any;

use super::*;
use crate::format::text;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    id: String,
    steps: u64,
    #[serde(default)]
    clip: Option<f32>,
    bars: (u8, u8),
    optimiser: Optimiser,
    schedule: Schedule,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    weights: BTreeMap<String, f64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    average: Option<Average>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Optimiser {
    learning_rate: f64,
    #[serde(default)]
    decay: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Schedule {
    Constant,
    Cosine { warm_up: u64, floor: f64 },
    Steps(Vec<u64>, f64),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Network {
    #[default]
    None,
    Transformer(Transformer),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Transformer {
    width: usize,
    layers: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Average {
    rate: f64,
    every: u64,
}

const PRESET: &str = r#"
// A preset that says everything.
(
    id: "pop", /* a comment /* in a comment */ here */
    steps: 4_000,
    bars: (4, 16),
    optimiser: (learning_rate: 1.2e-3, decay: 0.05),
    schedule: Cosine(warm_up: 200, floor: 0.01),
    network: Transformer((width: 256, layers: 6)),
    weights: {"pitch": 1.0, "onset": 2.0},
    tags: ["a", "b"],
    average: Some((rate: 0.999, every: 1)),
)
"#;

fn preset() -> Layers {
    let mut recipe = Layers::default();
    recipe.text(Layer::Preset, "p", PRESET).unwrap();
    recipe
}

fn with(words: &[&str]) -> Result<Config, RecipeError> {
    let mut recipe = preset();
    for word in words {
        recipe.word(word)?;
    }
    recipe.build()
}

fn told(words: &[&str]) -> String {
    with(words).unwrap_err().to_string()
}

#[test]
fn a_later_layer_wins_whatever_the_order_of_adding() {
    let mut recipe = Layers::default();
    recipe.word("steps=5").unwrap();
    let user = "(steps: 4, optimiser: (learning_rate: 4.0))";
    recipe.text(Layer::UserFile, "u", user).unwrap();
    let data = "(steps: 3, optimiser: (learning_rate: 3.0), bars: (3, 3))";
    recipe.text(Layer::DataSet, "d", data).unwrap();
    let second = "(steps: 2, optimiser: (learning_rate: 2.0), bars: (2, 2), id: \"second\")";
    recipe.text(Layer::Preset, "p", PRESET).unwrap();
    recipe.text(Layer::Preset, "q", second).unwrap();
    let config: Config = recipe.build().unwrap();
    assert_eq!(config.steps, 5, "the command line");
    assert_eq!(config.optimiser.learning_rate, 4.0, "the user's file");
    assert_eq!(config.bars, (3, 3), "the data set");
    assert_eq!(config.id, "second", "the later preset");
    assert_eq!(config.optimiser.decay, 0.05, "the first preset");
}

#[test]
fn defaults_stand_below_everything() {
    let mut recipe = preset();
    let below = Config {
        clip: Some(9.0),
        ..with(&["steps=1"]).unwrap()
    };
    recipe.defaults(&below).unwrap();
    let config: Config = recipe.build().unwrap();
    assert_eq!((config.steps, config.clip), (4000, Some(9.0)));
}

#[test]
fn groups_are_merged_and_the_rest_is_replaced() {
    let mut recipe = preset();
    let user = r#"(tags: ["c"], weights: {"pitch": 5.0}, network: Transformer((layers: 2)), average: Some((every: 7)),
        schedule: Cosine(floor: 0.5), bars: (1, 2))"#;
    recipe.text(Layer::UserFile, "u", user).unwrap();
    let config: Config = recipe.build().unwrap();
    assert_eq!(config.tags, ["c"]);
    assert_eq!(
        config.weights.into_iter().collect::<Vec<_>>(),
        [("onset".into(), 2.0), ("pitch".into(), 5.0)]
    );
    assert_eq!(
        config.network,
        Network::Transformer(Transformer {
            width: 256,
            layers: 2
        })
    );
    assert_eq!(
        config.average,
        Some(Average {
            rate: 0.999,
            every: 7
        })
    );
    assert_eq!(
        config.schedule,
        Schedule::Cosine {
            warm_up: 200,
            floor: 0.5
        }
    );
    assert_eq!(config.bars, (1, 2));
}

#[test]
fn words_reach_into_options_variants_and_maps() {
    let config = with(&[
        "average.rate=0.5",
        "network.width=32",
        "schedule.warm_up=3",
        "weights.pitch=4",
        "weights.new=1",
        "clip=2",
    ])
    .unwrap();
    assert_eq!(
        config.average,
        Some(Average {
            rate: 0.5,
            every: 1
        })
    );
    assert_eq!(
        config.network,
        Network::Transformer(Transformer {
            width: 32,
            layers: 6
        })
    );
    assert_eq!(
        config.schedule,
        Schedule::Cosine {
            warm_up: 3,
            floor: 0.01
        }
    );
    assert_eq!(config.weights["pitch"], 4.0);
    assert_eq!(config.weights["new"], 1.0);
    assert_eq!(config.clip, Some(2.0));
}

#[test]
fn a_bare_word_is_what_the_field_wants() {
    let id = |word: &str| with(&[word]).unwrap().id;
    assert_eq!(id("id=my-model v2"), "my-model v2");
    assert_eq!(id("id=12"), "12");
    assert_eq!(id("id=true"), "true");
    assert_eq!(id("id=None"), "None");
    assert_eq!(id("id=\"quoted = so\""), "quoted = so");
    assert_eq!(id("id="), "");
    assert_eq!(with(&["tags=[x, y]"]).unwrap().tags, ["x", "y"]);
    let schedule = |words: &[&str]| with(words).unwrap().schedule;
    assert_eq!(schedule(&["schedule=Constant"]), Schedule::Constant);
    assert_eq!(
        schedule(&["schedule=Steps([1, 2], 0.5)"]),
        Schedule::Steps(vec![1, 2], 0.5)
    );
    let kept = Schedule::Cosine {
        warm_up: 200,
        floor: 0.01,
    };
    assert_eq!(
        schedule(&["schedule=Cosine"]),
        kept,
        "the same variant keeps its fields"
    );
    let anew = [
        "schedule=Constant",
        "schedule=Cosine(warm_up: 1)",
        "schedule.floor=2",
    ];
    assert_eq!(
        schedule(&anew),
        Schedule::Cosine {
            warm_up: 1,
            floor: 2.0
        }
    );
    let bare = [
        "schedule=Constant",
        "schedule=Cosine",
        "schedule.floor=2",
        "schedule.warm_up=1",
    ];
    assert_eq!(
        schedule(&bare),
        Schedule::Cosine {
            warm_up: 1,
            floor: 2.0
        }
    );
    assert_eq!(with(&["average=None"]).unwrap().average, None);
    assert_eq!(
        with(&["network=Transformer(layers: 3)"]).unwrap().network,
        Network::Transformer(Transformer {
            width: 256,
            layers: 3
        })
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    assert_eq!(
        told(&["optimizer.learnig_rate=1"]),
        "`optimizer.learnig_rate` is not known; did you mean `optimiser.learning_rate`? \
         (command line 'optimizer.learnig_rate=1')"
    );
    let ends = |word: &str, end: &str| {
        let text = told(&[word]);
        assert!(text.contains(end), "{text}");
    };
    ends("learning_rate=1", "did you mean `optimiser.learning_rate`?");
    ends("optimiser.decya=1", "did you mean `optimiser.decay`?");
    ends("schedule.warmup=1", "did you mean `schedule.warm_up`?");
    ends("network.witdh=1", "did you mean `network.width`?");
    ends("average.evry=1", "did you mean `average.every`?");
    ends(
        "something=1",
        "known here: id, steps, clip, bars, optimiser,",
    );
    ends(
        "schedule=Cosin",
        "one of Constant, Cosine, Steps (`Cosine`?)",
    );
    let mut recipe = preset();
    recipe
        .text(
            Layer::UserFile,
            "mine.ron",
            "(\n  optimiser: (\n    decai: 1,\n  ),\n)",
        )
        .unwrap();
    let text = recipe.build::<Config>().unwrap_err().to_string();
    assert_eq!(
        text,
        "`optimiser.decai` is not known; did you mean `optimiser.decay`? (user file mine.ron:3)"
    );
}

#[test]
fn a_wrong_value_is_told_with_path_and_place() {
    for (word, wanted) in [
        (
            "steps=-1",
            "`steps` is the number -1, where a whole number, 0 or more is expected",
        ),
        (
            "steps=1.5",
            "`steps` is the number 1.5, where a whole number, 0 or more is expected",
        ),
        (
            "steps=many",
            "`steps` is the name many, where a whole number, 0 or more is expected",
        ),
        (
            "bars=(1, 300)",
            "`bars[1]` is the number 300, where a whole number from 0 to 255 is expected",
        ),
        (
            "bars=(1, 2, 3)",
            "`bars` is a tuple of 3 values, where a tuple of 2 values such as (1, 2) is expected",
        ),
        (
            "clip=loud",
            "`clip` is the name loud, where a number is expected",
        ),
        (
            "tags=a",
            "`tags` is the name a, where a list such as [1, 2] is expected",
        ),
        (
            "tags=[(a: 1)]",
            "`tags[0]` is a group with the field `a`, where text in double quotes is expected",
        ),
        (
            "optimiser=3",
            "`optimiser` is the number 3, where a group of fields such as (learning_rate: ..) is expected",
        ),
        (
            "weights=[]",
            "`weights` is a list of 0 values, where a map such as {\"a\": 1} is expected",
        ),
        (
            "weights.x=y",
            "`weights.x` is the name y, where a number is expected",
        ),
        (
            "schedule=Constant(3)",
            "`schedule` is Constant(..) of one value, where Constant with nothing in brackets is expected",
        ),
    ] {
        assert_eq!(told(&[word]), format!("{wanted} (command line '{word}')"));
    }
    let mut recipe = preset();
    recipe
        .text(Layer::UserFile, "u.ron", "(\n id: pop\n)")
        .unwrap();
    assert_eq!(
        recipe.build::<Config>().unwrap_err().to_string(),
        "`id` is the name pop, where text in double quotes is expected (user file u.ron:2)"
    );
}

#[test]
fn what_nobody_gives_is_missing() {
    let mut recipe = Layers::default();
    recipe
        .text(
            Layer::UserFile,
            "u.ron",
            "(id: \"a\", steps: 1, bars: (1, 1),\noptimiser: ())",
        )
        .unwrap();
    assert_eq!(
        recipe.build::<Config>().unwrap_err().to_string(),
        "`optimiser.learning_rate` is missing and has no default; give it in a file or as \
         optimiser.learning_rate=... (user file u.ron:2)"
    );
}

#[test]
fn a_word_without_sense_is_refused() {
    for (word, why) in [
        ("steps", "there is no `=`"),
        ("=3", "a name before the `=` is empty"),
        ("a..b=3", "a name before the `=` is empty"),
        ("tags=[a", "the end where ',' or ']' is expected"),
        ("id=\"open", "is not closed"),
    ] {
        let text = told(&[word]);
        assert!(text.contains(why) && text.contains(word), "{text}");
    }
}

#[test]
fn a_file_that_is_no_recipe_is_refused_with_its_line() {
    for (text, why) in [
        (
            "(\n steps: 1\n id: \"a\")",
            "f.ron:3: 'i' where ',' or ')' is expected",
        ),
        (
            "(a: 1, b: 2,\n a: 3)",
            "f.ron:2: `a` stands here and in line 1",
        ),
        ("(a: 1) 2", "f.ron:1: '2' after the end"),
        (
            "[1]",
            "a recipe is a group of fields in round brackets, not a list of one value",
        ),
        ("(a: 12u)", "12u is not a number"),
        ("(a: /* )", "is not closed"),
        ("(a: 'xy')", "one letter"),
        ("(a: \"\\q\")", "a backslash"),
        ("#![enable(unwrap_newtypes)] ()", "no extension"),
        (&"(a:".repeat(80), "brackets inside each other"),
    ] {
        let told = Layers::default()
            .text(Layer::UserFile, "f.ron", text)
            .unwrap_err()
            .to_string();
        assert!(told.contains(why), "{told}");
    }
    let missing = Layers::default().file(Layer::UserFile, std::path::Path::new("no/such.ron"));
    assert!(missing.unwrap_err().to_string().contains("no/such.ron"));
}

#[test]
fn an_empty_file_changes_nothing() {
    for text in ["", " // nothing\n", "()", "#![enable(implicit_some)]\n()"] {
        let mut recipe = preset();
        recipe.text(Layer::UserFile, "u", text).unwrap();
        assert_eq!(
            recipe.build::<Config>().unwrap(),
            with(&[]).unwrap(),
            "{text:?}"
        );
    }
}

#[test]
fn the_print_reads_back_and_says_where_each_value_came_from() {
    let mut recipe = preset();
    recipe
        .text(
            Layer::UserFile,
            "u.ron",
            "(\noptimiser: (\nlearning_rate: 2.0))",
        )
        .unwrap();
    for word in ["id=pop", "average.rate=0.5", "network.width=3"] {
        recipe.word(word).unwrap();
    }
    let config: Config = recipe.build().unwrap();
    let plain = recipe.print(&config, false).unwrap();
    let commented = recipe.print(&config, true).unwrap();
    for text in [&plain, &commented] {
        assert_eq!(text::read::<Config>(text).unwrap(), config, "{text}");
    }
    let line = |of: &str| {
        commented
            .lines()
            .find(|l| l.trim_start().starts_with(of))
            .unwrap()
            .trim()
    };
    assert_eq!(line("id:"), "id: \"pop\",  // command line 'id=pop'");
    assert_eq!(line("steps:"), "steps: 4000,  // preset p:5");
    assert_eq!(line("clip:"), "clip: None,  // default");
    assert_eq!(
        line("learning_rate:"),
        "learning_rate: 2.0,  // user file u.ron:3"
    );
    assert_eq!(line("decay:"), "decay: 0.05,  // preset p:7");
    assert_eq!(
        line("rate:"),
        "rate: 0.5,  // command line 'average.rate=0.5'"
    );
    assert_eq!(
        line("width:"),
        "width: 3,  // command line 'network.width=3'"
    );
    assert_eq!(
        line("schedule:"),
        "schedule: Cosine(warm_up: 200, floor: 0.01),  // preset p:8"
    );
    assert!(
        plain.contains("    optimiser: (learning_rate: 2.0, decay: 0.05),\n"),
        "{plain}"
    );
}

#[test]
fn the_type_tells_its_own_names() {
    let paths = known::<Config>();
    for path in [
        "id",
        "optimiser",
        "optimiser.decay",
        "schedule.floor",
        "network.layers",
        "average.every",
        "weights",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path} in {paths:?}");
    }
    assert!(
        !paths
            .iter()
            .any(|p| p.contains("Cosine") || p.starts_with("weights."))
    );
}

#[test]
fn a_preset_can_be_chosen_from_a_users_file() {
    let recipe = preset();
    assert_eq!(recipe.get("id").unwrap().text(), Some("pop"));
    assert!(recipe.get("optimiser.none").is_none());
    assert_eq!(
        recipe.get("average.rate").unwrap().value,
        Value::Number("0.999".into())
    );
}

#[test]
fn the_bundled_recipe_is_what_it_was() {
    let mut recipe = Layers::default();
    recipe
        .preset(&Presets::default(), Layer::Preset, "pop")
        .unwrap();
    let config: crate::training::Recipe = recipe.build().unwrap();
    let (_, text) = BUNDLED.iter().find(|(name, _)| *name == "pop").unwrap();
    assert_eq!(Ok(&config), crate::training::Recipe::parse(text).as_ref());
    let printed = recipe.print(&config, true).unwrap();
    assert_eq!(
        Ok(&config),
        crate::training::Recipe::parse(&printed).as_ref(),
        "{printed}"
    );
    let mut recipe = Layers::default();
    recipe.text(Layer::UserFile, "u", &printed).unwrap();
    assert_eq!(recipe.build::<crate::training::Recipe>().unwrap(), config);
}
