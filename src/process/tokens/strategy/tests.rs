use super::super::super::{Notation, generator};
use super::*;
use crate::tokenizer::registry;
use std::collections::BTreeSet;

fn octuple() -> Schema {
    Schema::of(registry::find("trio_octuple").unwrap())
}

/// Bars of 1, 2, 3 ... notes, `bars` of them, padded by a third.
fn window(schema: &Schema, bars: i32) -> Window {
    let mut ids = Vec::new();
    for bar in 0..bars {
        for note in 0..=bar {
            ids.extend([bar, note % 64, 0, 60, 8, 20, 9, 35]);
        }
    }
    let rows = ids.len() / 8;
    Window::new(schema, &ids, rows + rows / 3).unwrap()
}

fn at(t: u32) -> Time {
    Time::uniform(t, 100)
}

/// (row, field) of what is masked.
fn places(e: &Example) -> BTreeSet<(usize, usize)> {
    let masked = e.masked.iter().enumerate().filter(|(_, m)| **m);
    masked.map(|(i, _)| (i / e.fields, i % e.fields)).collect()
}

fn bars_of(e: &Example) -> BTreeSet<usize> {
    places(e).iter().map(|p| e.bars[p.0]).collect()
}

fn fields_of(e: &Example) -> BTreeSet<usize> {
    places(e).iter().map(|p| p.1).collect()
}

#[test]
fn names_are_found_and_a_wrong_one_is_answered_with_all() {
    for name in names() {
        assert_eq!(find(&name).unwrap().name(), name);
    }
    let e = find("bar_al").unwrap_err().to_string();
    assert!(
        e.contains("bar_all-reference") && e.contains("holes"),
        "{e}"
    );
    assert!(find("holes-reference").is_err());
    let masking: Masking = ron::from_str("(strategy: \"sync_bar\")").unwrap();
    assert_eq!(masking.strategy().unwrap().name(), "sync_bar");
    assert!(ron::from_str::<Masking>("(strategi: \"sync_bar\")").is_err());
}

#[test]
fn every_strategy_masks_what_it_asks_and_corrected_ones_leave_padding_alone() {
    let trio = Schema::of(registry::find("trio").unwrap());
    let octuple = octuple();
    let grid: Vec<i32> = (0..64 * 3).map(|i| i % 5).collect();
    let windows = [
        (&octuple, window(&octuple, 6)),
        (&trio, Window::new(&trio, &grid, 80).unwrap()),
    ];
    let mut rng = generator(1, 0);
    for name in names() {
        let strategy = find(&name).unwrap();
        for (schema, w) in &windows {
            let mut asked = 0;
            for t in (1..=100).step_by(3) {
                let e = strategy.corrupt(schema, w, at(t), &mut rng);
                assert_eq!(e.masked.len(), w.rows * schema.fields());
                asked += e.count();
                for (i, &masked) in e.masked.iter().enumerate() {
                    let mask = schema.mask(i % e.fields);
                    if masked {
                        assert!(e.xt[i] == mask && e.x0[i] != mask && i < w.real * e.fields);
                    } else if i < w.real * e.fields {
                        assert_eq!(e.xt[i], e.x0[i]);
                    } else if !name.ends_with(REFERENCE) {
                        assert_eq!(e.xt[i], 0, "{name} masks padding");
                    }
                }
                let all = if name.ends_with(REFERENCE) {
                    w.rows
                } else {
                    w.real
                };
                assert!(e.free <= all * e.fields && e.free >= e.count(), "{name}");
            }
            assert!(asked > 0, "{name} masks nothing");
        }
    }
}

#[test]
fn the_share_of_what_is_masked_follows_the_time() {
    let schema = octuple();
    let w = window(&schema, 9);
    let mut rng = generator(2, 0);
    for entry in TABLE {
        let strategy = find(entry.name).unwrap();
        for t in [5, 40, 90] {
            let (mut masked, mut free) = (0, 0);
            let mut each = Vec::new();
            for _ in 0..1500 {
                let e = strategy.corrupt(&schema, &w, at(t), &mut rng);
                masked += e.count();
                free += e.free;
                each.push(e.count() as f32 / e.free as f32 * e.chance);
            }
            let mean = each.iter().sum::<f32>() / each.len() as f32;
            let share = t as f32 / 100.0;
            assert!(
                (mean - share).abs() < 0.02,
                "{} at {share}: {mean} ({masked} of {free})",
                entry.name
            );
        }
    }
}

#[test]
fn bars_are_chosen_evenly_and_apart_by_us_and_by_their_notes_in_the_reference() {
    let schema = octuple();
    // Nine bars of 1 to 9 notes without padding.
    let mut w = window(&schema, 9);
    w.rows = w.real;
    w.ids.truncate(w.real * 8);
    let mut rng = generator(3, 0);
    let share_of_last = |name: &str, rng: &mut rand_chacha::ChaCha8Rng| {
        let strategy = find(name).unwrap();
        let of = |_| strategy.corrupt(&schema, &w, at(100), rng);
        let hits = (0..3000)
            .map(of)
            .filter(|e| bars_of(e).contains(&8))
            .count();
        hits as f32 / 3000.0
    };
    assert!((share_of_last("1_bar_all", &mut rng) - 1.0 / 9.0).abs() < 0.02);
    assert!((share_of_last("1_bar_all-reference", &mut rng) - 9.0 / 45.0).abs() < 0.025);
    let two = find("2_bar_attribute").unwrap();
    let coincide = find("2_bar_attribute-reference").unwrap();
    let mut same = 0;
    for _ in 0..300 {
        let e = two.corrupt(&schema, &w, at(100), &mut rng);
        assert_eq!((bars_of(&e).len(), fields_of(&e).len()), (2, 1));
        assert!([3, 4, 5, 7].contains(fields_of(&e).first().unwrap()));
        same += usize::from(bars_of(&coincide.corrupt(&schema, &w, at(100), &mut rng)).len() == 1);
    }
    assert!(
        same > 20,
        "two picks of the reference may be the same bar: {same}"
    );
}

#[test]
fn the_reference_hides_all_or_nothing_where_we_hide_a_share() {
    let schema = octuple();
    let w = window(&schema, 6);
    let mut rng = generator(4, 0);
    let (ours, theirs) = (
        find("rand_attribute").unwrap(),
        find("rand_attribute-reference").unwrap(),
    );
    let mut nothing = 0;
    for _ in 0..400 {
        let e = theirs.corrupt(&schema, &w, at(30), &mut rng);
        assert!(
            e.count() == 0 || e.count() == w.real,
            "one attribute of every row or nothing"
        );
        nothing += usize::from(e.count() == 0);
        assert_eq!(e.free, w.rows * 8);
        let e = ours.corrupt(&schema, &w, at(30), &mut rng);
        assert!(e.count() < w.real && e.free == w.real && fields_of(&e).len() <= 1);
    }
    assert!((nothing as f32 / 400.0 - 0.7).abs() < 0.08, "{nothing}");
}

#[test]
fn counts_are_rounded_as_each_form_says() {
    let schema = octuple();
    let w = window(&schema, 5);
    let mut unpadded = w.clone();
    unpadded.rows = w.real;
    unpadded.ids.truncate(w.real * 8);
    let mut rng = generator(5, 0);
    let bar_all = find("bar_all-reference").unwrap();
    // 5 bars: .5 rounds to 0, 1.5 to 2, 2.5 to 2.
    for (t, bars) in [(10, 0), (30, 2), (50, 2), (70, 4), (100, 5)] {
        let e = bar_all.corrupt(&schema, &unpadded, at(t), &mut rng);
        assert_eq!(bars_of(&e).len(), bars, "at {t}");
        assert!(fields_of(&e).len() == if bars > 0 { 8 } else { 0 });
    }
    let bar_attribute = find("bar_attribute-reference").unwrap();
    for t in [7, 33, 100] {
        let e = bar_attribute.corrupt(&schema, &unpadded, at(t), &mut rng);
        let units: BTreeSet<_> = places(&e).iter().map(|p| (e.bars[p.0], p.1)).collect();
        let wanted = (40.0 * t as f32 / 100.0).round_ties_even() as usize;
        assert_eq!(units.len(), wanted);
        assert_eq!(
            e.count(),
            units.iter().map(|u| u.0 + 1).sum::<usize>(),
            "whole bars"
        );
    }
    // Ours: 0.5 of 5 bars is none or one.
    let ours = find("bar_all").unwrap();
    let mut seen = [0; 2];
    for _ in 0..400 {
        seen[bars_of(&ours.corrupt(&schema, &w, at(10), &mut rng)).len()] += 1;
    }
    assert!(seen[0] > 150 && seen[1] > 150, "{seen:?}");
    // Fixed: the number of rows, never none.
    for (t, rows) in [(1, 1), (50, 8), (100, 15)] {
        let e = find("fixed").unwrap().corrupt(&schema, &w, at(t), &mut rng);
        assert_eq!((e.count(), w.real), (rows * 8, 15));
    }
}

#[test]
fn rows_and_elements_are_what_they_say() {
    let schema = octuple();
    let w = window(&schema, 6);
    let mut rng = generator(6, 0);
    let mut halves = 0;
    for _ in 0..50 {
        let whole = |e: &Example| {
            e.masked
                .chunks(8)
                .all(|row| row.iter().all(|&m| m == row[0]))
        };
        assert!(whole(&find("random").unwrap().corrupt(
            &schema,
            &w,
            at(50),
            &mut rng
        )));
        halves += usize::from(!whole(&find("elements").unwrap().corrupt(
            &schema,
            &w,
            at(50),
            &mut rng,
        )));
    }
    assert_eq!(halves, 50);
}

#[test]
fn sync_masks_bars_in_blocks_and_the_rest_in_units() {
    let schema = octuple();
    // Forty bars of one note.
    let ids: Vec<i32> = (0..40).flat_map(|b| [b, 0, 0, 60, 8, 20, 9, 35]).collect();
    let w = Window::new(&schema, &ids, 40).unwrap();
    let mut rng = generator(7, 0);
    let column =
        |e: &Example, f: usize| -> Vec<usize> { (0..40).filter(|r| e.masked[r * 8 + f]).collect() };
    // Breaks inside a block; whole blocks may lie anywhere.
    let runs_in_blocks = |rows: &[usize]| {
        let mut partial = 0;
        for block in 0..3 {
            let inside: Vec<usize> = rows.iter().copied().filter(|r| r / 16 == block).collect();
            let size = if block == 2 { 8 } else { 16 };
            if inside.is_empty() || inside.len() == size {
                continue;
            }
            partial += 1;
            assert_eq!(
                inside.last().unwrap() - inside[0] + 1,
                inside.len(),
                "one piece"
            );
        }
        assert!(partial <= 1);
    };
    for form in ["", REFERENCE] {
        let (bar, both) = (
            find(&format!("sync_bar{form}")).unwrap(),
            find(&format!("sync_bar_position{form}")).unwrap(),
        );
        let mut different = 0;
        for _ in 0..100 {
            let e = bar.corrupt(&schema, &w, at(50), &mut rng);
            assert_eq!(column(&e, 0).len(), 20);
            runs_in_blocks(&column(&e, 0));
            assert_eq!(e.count() - 20, 140, "half of 7 x 40 units");
            let e = both.corrupt(&schema, &w, at(50), &mut rng);
            runs_in_blocks(&column(&e, 0));
            runs_in_blocks(&column(&e, 1));
            different += usize::from(column(&e, 0) != column(&e, 1));
            assert_eq!(e.count() - 40, 120);
        }
        assert!(different > 50, "bar and position are drawn apart");
    }
}

#[test]
fn padding_leads_only_the_reference_astray() {
    let schema = octuple();
    let ids: Vec<i32> = (0..40).flat_map(|b| [b, 0, 0, 60, 8, 20, 9, 35]).collect();
    let w = Window::new(&schema, &ids, 50).unwrap();
    let mut rng = generator(8, 0);
    let bars = |name: &str, rng: &mut rand_chacha::ChaCha8Rng| {
        let e = find(name).unwrap().corrupt(&schema, &w, at(100), rng);
        (0..40).filter(|r| e.masked[r * 8]).count()
    };
    assert_eq!(bars("sync_bar", &mut rng), 40);
    // Its bars begin at -1: the first block is the empty slice from the last place to the fifteenth.
    assert_eq!(bars("sync_bar-reference", &mut rng), 25);
}

#[test]
fn a_mixture_settles_on_each_of_its_parts() {
    let mut rng = generator(9, 0);
    for (name, parts) in [("mixed", 3), ("mixed_bars", 6), ("mixed-reference", 3)] {
        let mixed = find(name).unwrap();
        let seen: BTreeSet<String> = (0..200).map(|_| mixed.settle(&mut rng).name()).collect();
        assert_eq!(seen.len(), parts, "{seen:?}");
        assert!(
            seen.iter()
                .all(|s| s.ends_with(REFERENCE) == name.ends_with(REFERENCE))
        );
    }
    let plain = find("bar_all").unwrap();
    assert_eq!(plain.settle(&mut rng).name(), "bar_all");
}

#[test]
fn a_seed_is_an_example() {
    let schema = octuple();
    let w = window(&schema, 6);
    for name in names() {
        let draw = |seed| {
            find(&name)
                .unwrap()
                .corrupt(&schema, &w, at(50), &mut generator(seed, 0))
        };
        assert_eq!(draw(1), draw(1), "{name}");
    }
}

#[test]
fn holes_in_a_grid_ask_for_no_cell_of_a_note_that_stays() {
    let schema = Schema::of(registry::find("melody").unwrap());
    assert_eq!(schema.notation, Notation::Grid);
    // Notes of three steps, then a rest of one.
    let ids: Vec<i32> = (0..128).map(|i| [40, 0, 0, 1][i % 4]).collect();
    let w = Window::new(&schema, &ids, 128).unwrap();
    let mut rng = generator(10, 0);
    for _ in 0..300 {
        let e = find("holes")
            .unwrap()
            .corrupt(&schema, &w, at(100), &mut rng);
        for row in (0..128).filter(|r| e.masked[*r] && r % 4 != 3) {
            let onset = row / 4 * 4;
            assert!(e.masked[onset], "row {row} belongs to a note that stays");
        }
        // No known row behind the hole shows the tail of a note that was removed.
        for row in (1..128).filter(|r| !e.masked[*r] && e.masked[r - 1] && r % 4 != 0) {
            assert_eq!(e.x0[row], 1, "row {row}");
        }
    }
}
