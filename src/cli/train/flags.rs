//! smdiff's names for values of the recipe. Each stands for one word.

use clap::Args;

/// The flags of the reference trainer.
#[derive(Debug, Default, Args)]
pub struct Flags {
    /// A value of the recipe, as the reference writes it: the same as a word KEY=VALUE
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// trainer.batch
    #[arg(long, value_name = "WINDOWS")]
    pub batch_size: Option<usize>,
    /// Windows a step, gathered from batches: sets trainer.accumulate
    #[arg(long, value_name = "WINDOWS", num_args = 0..=1, default_missing_value = "48")]
    pub grad_acc: Option<usize>,
    /// trainer.learning_rate
    #[arg(long, value_name = "RATE")]
    pub lr: Option<f64>,
    /// trainer.schedule: constant or cosine
    #[arg(long, value_name = "NAME")]
    pub lr_scheduler: Option<Scheduler>,
    /// trainer.warm_up
    #[arg(long, value_name = "STEPS")]
    pub warmup_iters: Option<u64>,
    /// trainer.steps
    #[arg(long, value_name = "STEPS")]
    pub train_steps: Option<u64>,
    /// trainer.seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// trainer.validate_every
    #[arg(long, value_name = "STEPS")]
    pub steps_per_eval: Option<u64>,
    /// trainer.checkpoint_every
    #[arg(long, value_name = "STEPS")]
    pub steps_per_checkpoint: Option<u64>,
    /// trainer.sample_every
    #[arg(long, value_name = "STEPS")]
    pub steps_per_sample: Option<u64>,
}

/// The schedules smdiff has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scheduler {
    Constant,
    Cosine,
}

impl Flags {
    /// The words they stand for; those of `--set` come last, as in the reference.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut put = |key: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("trainer.{key}={value}")));
        };
        let text = |n: Option<u64>| n.map(|n| n.to_string());
        put("batch", self.batch_size.map(|n| n.to_string()));
        let batches = self
            .grad_acc
            .map(|n| n.div_ceil(self.batch_size.unwrap_or(4).max(1)).max(1));
        put("accumulate", batches.map(|n| n.to_string()));
        put("learning_rate", self.lr.map(|n| n.to_string()));
        put("warm_up", text(self.warmup_iters));
        put("steps", text(self.train_steps));
        put("seed", text(self.seed));
        put("validate_every", text(self.steps_per_eval));
        put("checkpoint_every", text(self.steps_per_checkpoint));
        put("sample_every", text(self.steps_per_sample));
        let schedule = self.lr_scheduler.map(|s| match s {
            Scheduler::Constant => "Constant".to_owned(),
            Scheduler::Cosine => "Cosine(floor:0)".to_owned(),
        });
        put("schedule", schedule);
        words.extend(self.set.iter().cloned());
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::{self, Presets};
    use crate::training::schedule::Schedule;

    #[test]
    fn every_flag_reaches_its_value() {
        let flags = Flags {
            set: vec!["trainer.clip=0.5".into()],
            batch_size: Some(4),
            grad_acc: Some(48),
            lr: Some(5e-4),
            lr_scheduler: Some(Scheduler::Cosine),
            warmup_iters: Some(10),
            train_steps: Some(20),
            seed: Some(3),
            steps_per_eval: Some(5),
            steps_per_checkpoint: Some(6),
            steps_per_sample: Some(7),
        };
        let presets = Presets::default();
        let (recipe, _) = recipe::gather(Some("pop"), &[], &flags.words(), &presets).unwrap();
        let t = recipe.trainer;
        assert_eq!((t.batch, t.accumulate, t.warm_up, t.steps), (4, 12, 10, 20));
        assert_eq!((t.learning_rate, t.seed, t.clip), (5e-4, 3, Some(0.5)));
        assert_eq!(
            (t.validate_every, t.checkpoint_every, t.sample_every),
            (5, 6, 7)
        );
        assert_eq!(t.schedule, Schedule::Cosine { floor: 0.0 });
    }
}
