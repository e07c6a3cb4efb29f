//! What holds for any tree, any configuration and any text.

use super::*;
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Value> {
    let name = "[A-Za-z_][a-z0-9_]{0,5}";
    let not_a_word = |n: &String| !["true", "false", "inf", "NaN"].contains(&n.as_str());
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| Value::Number(n.to_string())),
        any::<f64>().prop_map(|n| Value::Number(format!("{n:?}"))),
        ".{0,8}".prop_map(Value::Text),
        any::<String>().prop_map(Value::Text),
        any::<char>().prop_map(Value::Char),
        name.prop_filter("", not_a_word).prop_map(Value::Name),
        "[a-z.+-]{1,5}".prop_map(Value::Name),
    ];
    let node = |value| Node::new(value, Origin::new(Layer::Default, ""));
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let inner = inner.prop_map(node);
        let items = prop::collection::vec(inner.clone(), 0..4);
        let named = prop::option::of(name.prop_filter("", not_a_word));
        prop_oneof![
            items.clone().prop_map(Value::List),
            (named.clone(), items).prop_map(|(n, i)| Value::tuple(n, i)),
            (
                named,
                prop::collection::btree_map(name, inner.clone(), 1..4)
            )
                .prop_map(|(n, f)| Value::Group(n, f.into_iter().collect())),
            prop::collection::vec((inner.clone(), inner), 0..3).prop_map(Value::Map),
        ]
    })
}

fn config() -> impl Strategy<Value = Config> {
    let schedule = prop_oneof![
        Just(Schedule::Constant),
        (any::<u64>(), any::<i32>()).prop_map(|(warm_up, f)| Schedule::Cosine {
            warm_up,
            floor: f.into()
        }),
        (prop::collection::vec(any::<u64>(), 0..3), -1e9..1e9)
            .prop_map(|(s, f)| Schedule::Steps(s, f)),
    ];
    let network = prop_oneof![
        Just(Network::None),
        (any::<usize>(), any::<usize>())
            .prop_map(|(width, layers)| Network::Transformer(Transformer { width, layers })),
    ];
    let text = any::<String>();
    let floats = (
        prop::num::f64::NORMAL,
        prop::num::f32::NORMAL,
        prop::option::of(prop::num::f32::ANY),
    );
    let rest = (
        prop::collection::btree_map(any::<String>(), prop::num::f64::NORMAL, 0..3),
        prop::collection::vec(any::<String>(), 0..3),
        prop::option::of((prop::num::f64::NORMAL, any::<u64>())),
    );
    (
        text,
        any::<u64>(),
        any::<(u8, u8)>(),
        floats,
        schedule,
        network,
        rest,
    )
        .prop_map(
            |(
                id,
                steps,
                bars,
                (learning_rate, decay, clip),
                schedule,
                network,
                (weights, tags, average),
            )| Config {
                id,
                steps,
                clip: clip.filter(|c| !c.is_nan()),
                bars,
                optimiser: Optimiser {
                    learning_rate,
                    decay,
                },
                schedule,
                network,
                weights,
                tags,
                average: average.map(|(rate, every)| Average { rate, every }),
            },
        )
}

proptest! {
    #[test]
    fn any_tree_prints_and_reads_back(value in value(), origins in any::<bool>()) {
        let tree = Node::new(value, Origin::new(Layer::UserFile, "line\nbreak"));
        let text = print::print(&tree, origins);
        let again = read::read(&text, &tree.origin).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(again, tree, "{}", text);
    }

    #[test]
    fn any_configuration_is_read_as_ron_reads_it(config in config()) {
        let pretty = ron::ser::to_string_pretty(&config, ron::ser::PrettyConfig::default()).unwrap();
        let compact = ron::to_string(&config).unwrap();
        let house = text::write(&config).unwrap();
        for text in [pretty, compact, house] {
            let mut recipe = Layers::default();
            recipe.text(Layer::UserFile, "u", &text).unwrap();
            prop_assert_eq!(&recipe.build::<Config>().unwrap(), &config, "{}", text);
            let printed = recipe.print(&config, true).unwrap();
            prop_assert_eq!(&text::read::<Config>(&printed).unwrap(), &config, "{}", printed);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[()\\[\\]{}:,a-zA-Z0-9_.+\\-\"'#!/*\\\\ \n\u{e9}]{0,40}", word in any::<String>()) {
        let mut recipe = Layers::default();
        let _ = recipe.text(Layer::UserFile, "u", &text);
        let _ = recipe.word(&text);
        let _ = recipe.word(&format!("id={text}"));
        let _ = recipe.word(&word);
        let _ = recipe.build::<Config>();
        let _ = print::print(&recipe.merged(), true);
    }
}
