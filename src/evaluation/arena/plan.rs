//! Who takes part: every model with every order, number of steps and temperature.

use super::ArenaError;
use crate::score::{Constraints, SamplerSettings};

/// In which order a sampler decides values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The most certain first.
    #[default]
    Sure,
    /// In random order.
    Random,
    /// As the reference line does; knows no temperature.
    Reference,
}

/// The orders with the word they are asked for by, and what they do.
pub const ORDERS: [(Order, &str, &str); 3] = [
    (Order::Sure, "sure", "The most certain values first"),
    (Order::Random, "random", "Values in random order"),
    (
        Order::Reference,
        "reference",
        "As the reference line does, for models over token rows: random values by plain draws, at temperature 1",
    ),
];

impl Order {
    /// The word it is asked for by.
    pub fn word(self) -> &'static str {
        let mut all = ORDERS.iter();
        all.find(|o| o.0 == self).map_or("", |o| o.1)
    }

    /// The order of that word.
    pub fn find(word: &str) -> Option<Order> {
        ORDERS.iter().find(|o| o.1 == word).map(|o| o.0)
    }
}

/// Lists whose product takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Ids.
    pub models: Vec<String>,
    pub orders: Vec<Order>,
    /// Reverse steps, 1..=1024.
    pub steps: Vec<u32>,
    /// 0..=5.
    pub temperatures: Vec<f32>,
    /// Takes of every hole; variety needs two or more.
    pub takes: u32,
    /// All else of the sampler, the same for all.
    pub settings: SamplerSettings,
    pub constraints: Constraints,
}

/// One model with one way to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// Id.
    pub model: String,
    pub order: Order,
    pub settings: SamplerSettings,
}

impl Contender {
    /// Name of its row.
    pub fn name(&self) -> String {
        let s = &self.settings;
        let heat = match self.order {
            Order::Reference => String::new(),
            _ => format!(", T {}", s.temperature),
        };
        let steps = if s.steps == 1 { "step" } else { "steps" };
        format!(
            "{}, {}, {} {steps}{heat}",
            self.model,
            self.order.word(),
            s.steps
        )
    }
}

impl Plan {
    /// These models with the usual way to draw, two takes a hole.
    pub fn new(models: Vec<String>) -> Plan {
        let settings = SamplerSettings::default();
        Plan {
            models,
            orders: vec![Order::Sure],
            steps: vec![settings.steps],
            temperatures: vec![settings.temperature],
            takes: 2,
            settings,
            constraints: Constraints::default(),
        }
    }

    /// Whether anybody takes part.
    ///
    /// # Errors
    /// The list that is empty.
    pub fn check(&self) -> Result<(), ArenaError> {
        let lists = [
            (self.models.is_empty(), "model"),
            (self.orders.is_empty(), "order"),
            (self.steps.is_empty(), "number of steps"),
            (self.temperatures.is_empty(), "temperature"),
        ];
        match lists.iter().find(|l| l.0) {
            Some((_, what)) => Err(ArenaError::Nothing(what)),
            None => Ok(()),
        }
    }

    /// Everyone who takes part, once each: what knows no temperature takes part with the first.
    pub fn contenders(&self) -> Vec<Contender> {
        let mut list: Vec<Contender> = Vec::new();
        for model in &self.models {
            for &order in &self.orders {
                let heats = match order {
                    Order::Reference => self.temperatures.get(..1).unwrap_or_default(),
                    _ => &self.temperatures,
                };
                for &steps in &self.steps {
                    for &temperature in heats {
                        let contender = Contender {
                            model: model.clone(),
                            order,
                            settings: SamplerSettings {
                                steps: steps.clamp(1, 1024),
                                temperature: temperature.clamp(0.0, 5.0),
                                by_confidence: order == Order::Sure,
                                reference: order == Order::Reference,
                                ..self.settings.clone()
                            },
                        };
                        if !list.contains(&contender) {
                            list.push(contender);
                        }
                    }
                }
            }
        }
        list
    }

    /// Seconds the whole will take over so many holes, from what a step of each model takes (milliseconds) and how many
    /// takes are written side by side. `None` where a model's step is not known.
    pub fn seconds(
        &self,
        holes: usize,
        step: impl Fn(&str) -> Option<f64>,
        side_by_side: usize,
    ) -> Option<f64> {
        let takes = (holes * self.takes.max(1) as usize) as f64;
        let cost = |c: &Contender| Some(step(&c.model)? * f64::from(c.settings.steps));
        let each: Option<f64> = self.contenders().iter().map(cost).sum();
        Some(each? * takes / side_by_side.max(1) as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            orders: vec![Order::Sure, Order::Reference],
            steps: vec![8, 16],
            temperatures: vec![0.9, 1.0, 1.1],
            ..Plan::new(vec!["a".into(), "b".into()])
        }
    }

    #[test]
    fn the_product_takes_part_and_nobody_twice() {
        let all = plan().contenders();
        // Two models, two numbers of steps, and three temperatures or none.
        assert_eq!(all.len(), 2 * 2 * (3 + 1));
        let mut names: Vec<String> = all.iter().map(Contender::name).collect();
        assert_eq!(names[0], "a, sure, 8 steps, T 0.9");
        assert!(names.contains(&"b, reference, 16 steps".to_string()));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all.len());
        assert!(
            all.iter()
                .all(|c| c.settings.reference == (c.order == Order::Reference))
        );
        let twice = Plan {
            steps: vec![8, 8],
            ..plan()
        };
        assert_eq!(twice.contenders().len(), 8);
    }

    #[test]
    fn an_empty_list_is_named() {
        let none = Plan {
            steps: Vec::new(),
            ..plan()
        };
        assert_eq!(none.check(), Err(ArenaError::Nothing("number of steps")));
        assert_eq!(plan().check(), Ok(()));
    }

    #[test]
    fn time_is_that_of_all_steps() {
        let plan = Plan {
            steps: vec![10, 30],
            takes: 3,
            ..Plan::new(vec!["a".into()])
        };
        // 40 steps of 5 ms, three takes of four holes, two at a time.
        assert_eq!(plan.seconds(4, |_| Some(5.0), 2), Some(1.2));
        assert_eq!(plan.seconds(4, |_| None, 2), None);
    }
}
