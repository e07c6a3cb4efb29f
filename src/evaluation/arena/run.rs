//! Everyone fills every hole, one contender after the other, so that whoever stops it keeps those who had their turn.

use super::floors::floors;
use super::{Arena, ArenaError, Beside, Cell, Contender, Heard, Plan, Spot};
use crate::evaluation::bootstrap::{Interval, statistic_interval};
use crate::evaluation::comparison::{Comparison, Kind, Line, Measuring};
use crate::evaluation::copies::Copies;
use crate::evaluation::hole::Hole;
use crate::evaluation::registry::Metric;
use crate::evaluation::rows::ORIGINALS;
use crate::evaluation::study::Watch;
use crate::evaluation::variety::variety;
use crate::model::Model;
use crate::model::fill::{FillError, Filling};
use crate::score::{SamplerSettings, Take};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Take numbers of one round of holes, as in a study, so that the first takes are the same.
const HOLES_A_TAKE: u32 = 1 << 16;
/// Resamples behind the interval of the milliseconds.
const CLOCK_ROUNDS: usize = 200;

/// What an arena is held with.
pub struct Setup<'a> {
    /// What is filled, in words: the title of tables.
    pub title: String,
    pub spots: &'a [Spot],
    pub metrics: &'a [&'static Metric],
    /// By the ids they are asked for by: a checkpoint has another than its card.
    pub models: &'a [(&'a str, &'a dyn Model)],
    /// Name of the device, for recipes.
    pub device: &'a str,
    /// The training songs, where copies are looked for.
    pub copies: Option<&'a Copies>,
    /// Resamples behind an interval.
    pub rounds: usize,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// Lets everyone fill every hole. `on_cell` sees the arena as it stands after the floors and after each contender; when it
/// is stopped, those who had their turn are kept and the one at work is not.
///
/// # Errors
/// When nobody takes part or nothing is masked.
pub fn run(
    plan: &Plan,
    setup: &Setup<'_>,
    watch: &dyn Watch,
    on_cell: &mut dyn FnMut(&Arena),
) -> Result<Arena, ArenaError> {
    plan.check()?;
    if setup.spots.is_empty() {
        return Err(ArenaError::NoHole);
    }
    let metrics: Vec<&'static Metric> = setup
        .metrics
        .iter()
        .filter(|m| m.is_of_holes())
        .copied()
        .collect();
    let measuring = Measuring {
        metrics: &metrics,
        rounds: setup.rounds,
        stop: watch.stop(),
        quick: false,
    };
    let beside = floors(setup.spots, plan.takes, plan.settings.seed, setup.copies);
    let mut arena = Arena {
        beside: beside.iter().map(heard).collect(),
        ..Arena::default()
    };
    let beside: Vec<Line> = beside
        .iter()
        .map(|(name, kind, holes)| measuring.holes(*name, *kind, holes))
        .collect();
    let put = |arena: &mut Arena| {
        let cells = arena.cells.iter().map(|c| c.line.clone());
        let lines: Vec<Line> = cells.chain(beside.iter().cloned()).collect();
        let originals = beside.iter().find(|l| l.name == ORIGINALS);
        let figures = originals.iter().flat_map(|l| &l.figures);
        let targets: BTreeMap<String, f64> =
            figures.map(|(k, f)| (k.clone(), f.interval.mean)).collect();
        arena.comparison = Comparison::of(setup.title.clone(), &metrics, targets, lines);
        arena.comparison.notes = setup.notes.clone();
        let refused = arena.refused.iter();
        let refused = refused.map(|(name, why)| format!("{name} did not take part: {why}"));
        arena.comparison.notes.extend(refused);
    };
    put(&mut arena);
    on_cell(&arena);
    let contenders = plan.contenders();
    let mut warm: Vec<&str> = Vec::new();
    for (at, contender) in contenders.iter().enumerate() {
        if watch.stop().load(Ordering::Acquire) {
            break;
        }
        let name = contender.name();
        let mut models = setup.models.iter();
        let Some((_, model)) = models.find(|m| m.0 == contender.model) else {
            let why = format!("there is no model \"{}\"", contender.model);
            arena.refused.push((name, why));
            continue;
        };
        arena.side_by_side = arena.side_by_side.max(model.takes_at_a_time());
        if !warm.contains(&contender.model.as_str()) {
            // The first take of a model pays for what the others find ready; the clock does not count it.
            let _ = write(setup, plan, &brief(contender), *model, 0, 0, watch);
            warm.push(&contender.model);
        }
        let doing = format!("{} of {}: {name}", at + 1, contenders.len());
        match fill(setup, plan, contender, *model, watch, &doing) {
            Ok(takes) => {
                let cell = measure(setup, contender, takes, &measuring);
                if watch.stop().load(Ordering::Acquire) {
                    break;
                }
                arena.cells.push(Arc::new(cell));
            }
            Err(FillError::Cancelled) => break,
            Err(e) => arena.refused.push((name, e.to_string())),
        }
        put(&mut arena);
        on_cell(&arena);
    }
    arena.stopped = watch.stop().load(Ordering::Acquire);
    put(&mut arena);
    Ok(arena)
}

/// What is heard of a row beside the contenders.
fn heard((name, kind, holes): &(&'static str, Kind, Vec<Hole>)) -> Beside {
    let piece = |h: &Hole| {
        let window = Arc::new(h.new_window.clone());
        (h.name.clone(), window, h.bars.clone())
    };
    Beside {
        name: (*name).to_string(),
        kind: *kind,
        pieces: holes.iter().map(piece).collect(),
    }
}

/// The same with one step.
fn brief(contender: &Contender) -> Contender {
    Contender {
        settings: SamplerSettings {
            steps: 1,
            ..contender.settings.clone()
        },
        ..contender.clone()
    }
}

fn write(
    setup: &Setup<'_>,
    plan: &Plan,
    contender: &Contender,
    model: &dyn Model,
    spot: usize,
    take: u32,
    watch: &dyn Watch,
) -> Result<Take, FillError> {
    let Some(place) = setup.spots.get(spot) else {
        return Err(FillError::Empty);
    };
    let filling = Filling {
        score: &place.score,
        mask: &place.mask,
        settings: &contender.settings,
        constraints: &plan.constraints,
        device: setup.device,
    };
    let number = take * HOLES_A_TAKE + spot as u32;
    filling.take(model, number, |_| {
        match watch.stop().load(Ordering::Acquire) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
}

/// The takes of a contender, hole by hole, written as many at a time as the model writes.
fn fill(
    setup: &Setup<'_>,
    plan: &Plan,
    contender: &Contender,
    model: &dyn Model,
    watch: &dyn Watch,
    doing: &str,
) -> Result<Vec<(usize, Take)>, FillError> {
    let takes = plan.takes.max(1);
    let jobs: Vec<(usize, u32)> = (0..setup.spots.len())
        .flat_map(|spot| (0..takes).map(move |take| (spot, take)))
        .collect();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&(spot, take)) = jobs.get(next.fetch_add(1, Ordering::AcqRel)) {
            let written = write(setup, plan, contender, model, spot, take, watch);
            if written.is_err() {
                next.store(jobs.len(), Ordering::Release);
            }
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((spot, take, written));
            watch.at(doing, done.len() as u64, jobs.len() as u64, "takes");
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..model.takes_at_a_time().clamp(1, jobs.len().max(1)) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(spot, take, _)| (*spot, *take));
    // Where one was refused and others were cut short by it, the refusal is the news.
    if let Some(at) = done
        .iter()
        .position(|d| matches!(&d.2, Err(e) if *e != FillError::Cancelled))
    {
        done.swap(0, at);
    }
    done.into_iter()
        .map(|(spot, _, take)| Ok((spot, take?)))
        .collect()
}

fn measure(
    setup: &Setup<'_>,
    contender: &Contender,
    takes: Vec<(usize, Take)>,
    measuring: &Measuring<'_>,
) -> Cell {
    let (mut holes, mut heard) = (Vec::new(), Vec::new());
    let millis: Vec<f64> = takes.iter().map(|(_, t)| f64::from(t.millis)).collect();
    for of_one in takes.chunk_by(|a, b| a.0 == b.0) {
        let Some(spot) = of_one.first().and_then(|t| setup.spots.get(t.0)) else {
            continue;
        };
        let on_grid: Vec<_> = of_one
            .iter()
            .map(|(_, t)| spot.case.written(&spot.score, &t.notes))
            .collect();
        let variety = variety(&on_grid);
        for (_, take) in of_one {
            let mut hole = spot.hole(&take.notes, setup.copies);
            hole.brought.extend(variety.map(|v| ("variety", v)));
            heard.push(Heard {
                hole: spot.name.clone(),
                take: take.clone(),
                window: Arc::new(hole.new_window.clone()),
                bars: hole.bars.clone(),
            });
            holes.push(hole);
        }
    }
    Cell {
        contender: contender.clone(),
        millis: median(&millis),
        takes: heard,
        line: measuring.holes(contender.name(), Kind::Model, &holes),
    }
}

/// The middle of some milliseconds, and its interval.
fn median(millis: &[f64]) -> Interval {
    let of = |chosen: &[usize]| {
        let mut some: Vec<f64> = chosen
            .iter()
            .filter_map(|i| millis.get(*i))
            .copied()
            .collect();
        some.sort_by(f64::total_cmp);
        let at = |i: usize| some.get(i).copied();
        Some((at(some.len().checked_sub(1)? / 2)? + at(some.len() / 2)?) / 2.0)
    };
    statistic_interval(&of, millis.len(), CLOCK_ROUNDS, 0).unwrap_or(Interval {
        mean: 0.0,
        low: 0.0,
        high: 0.0,
        count: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::arena::Order;
    use crate::evaluation::protocol::Protocol;
    use crate::evaluation::registry;
    use crate::evaluation::testing::score;
    use crate::model::testing::Echo;
    use std::sync::atomic::AtomicBool;

    /// Stops after so many takes.
    struct Stopping {
        after: u64,
        seen: AtomicUsize,
        stop: AtomicBool,
    }

    fn watching(after: u64) -> Stopping {
        Stopping {
            after,
            seen: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    impl Watch for Stopping {
        fn at(&self, _: &str, _: u64, _: u64, _: &'static str) {
            let seen = self.seen.fetch_add(1, Ordering::AcqRel) as u64 + 1;
            if seen >= self.after {
                self.stop.store(true, Ordering::Release);
            }
        }

        fn say(&self, _: &str) {}

        fn stop(&self) -> &AtomicBool {
            &self.stop
        }
    }

    fn spots() -> Vec<Spot> {
        let piece = |seed: u32| {
            let notes: Vec<_> = (0..80)
                .map(|i| (i * 4, 4, 55 + ((i * i * seed + i) % 17) as u8))
                .collect();
            Arc::new(score(&notes))
        };
        let spot = |seed: u32| {
            let piece = piece(seed);
            let case = Protocol::default().case(&piece, 1).unwrap();
            Spot::of_case(&format!("song {seed}"), piece, case)
        };
        (1..4).map(spot).collect()
    }

    fn held(plan: &Plan, watch: &Stopping) -> (Result<Arena, ArenaError>, Vec<usize>) {
        let (spots, echo) = (spots(), Echo::default());
        let metrics = registry::chosen(&["pitch_accuracy".into(), "variety".into()]).unwrap();
        let setup = Setup {
            title: "three songs".into(),
            spots: &spots,
            metrics: &metrics,
            models: &[("echo", &echo)],
            device: "none",
            copies: None,
            rounds: 20,
            notes: Vec::new(),
        };
        let mut cells = Vec::new();
        let arena = run(plan, &setup, watch, &mut |a| cells.push(a.cells.len()));
        (arena, cells)
    }

    fn plan() -> Plan {
        Plan {
            orders: vec![Order::Sure, Order::Random],
            steps: vec![4, 8],
            ..Plan::new(vec!["echo".into()])
        }
    }

    #[test]
    fn everyone_fills_every_hole_beside_the_floors() {
        let (arena, seen) = held(&plan(), &watching(u64::MAX));
        let arena = arena.unwrap();
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        assert!(!arena.stopped && arena.refused.is_empty());
        let rows: Vec<&str> = arena
            .comparison
            .rows
            .iter()
            .map(|r| r.name.as_str())
            .collect();
        assert_eq!(rows.len(), 4 + 4);
        assert_eq!(rows[0], "echo, sure, 4 steps, T 1");
        assert_eq!(rows[4], ORIGINALS);
        for cell in &arena.cells {
            // Three holes, two takes each, the takes of a hole side by side and different.
            let holes: Vec<&str> = cell.takes.iter().map(|t| t.hole.as_str()).collect();
            assert_eq!(holes[0], holes[1]);
            assert_eq!((holes.len(), cell.millis.count), (6, 6));
            assert!(cell.line.figures["variety"].interval.mean > 0.5);
            assert_eq!(cell.line.figures["pitch_accuracy"].interval.count, 3);
            assert_ne!(cell.takes[0].take.notes, cell.takes[1].take.notes);
            assert_eq!(cell.takes[0].bars, 6..10);
        }
        // The first take of the first song is the original: take number 0 of the fake goes up by nothing.
        assert_eq!(arena.cells[0].takes[0].take.recipe.take, 0);
        assert!(arena.comparison.verdicts.contains_key("pitch_accuracy"));
    }

    #[test]
    fn whoever_stops_keeps_the_cells_that_are_done() {
        let (arena, _) = held(&plan(), &watching(9));
        let arena = arena.unwrap();
        assert!(arena.stopped);
        assert_eq!(
            arena.cells.len(),
            1,
            "six takes are one cell, the second is not whole"
        );
        assert_eq!(arena.comparison.rows.len(), 1 + 4);
    }

    #[test]
    fn who_cannot_take_part_is_named_and_stops_nobody() {
        let plan = Plan {
            steps: vec![4],
            ..Plan::new(vec!["nobody".into(), "echo".into()])
        };
        let (arena, _) = held(&plan, &watching(u64::MAX));
        let arena = arena.unwrap();
        assert_eq!((arena.cells.len(), arena.refused.len()), (1, 1));
        assert!(arena.comparison.notes[0].contains("no model \"nobody\""));
        let nothing = Plan::new(Vec::new());
        let (none, _) = held(&nothing, &watching(u64::MAX));
        assert_eq!(none.unwrap_err(), ArenaError::Nothing("model"));
    }

    #[test]
    fn the_middle_of_milliseconds_is_no_mean() {
        let i = median(&[10.0, 11.0, 12.0, 500.0]);
        assert_eq!((i.mean, i.count), (11.5, 4));
        assert_eq!(median(&[]).count, 0);
    }
}
