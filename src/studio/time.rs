//! What the commands on time do: bars in and out, markers.

use super::state::State;
use crate::score::Edit;

/// The ticks of the whole bars that commands on bars mean: those of the range marked on the ruler, else of the
/// selected notes, else the bar of the playhead.
pub fn bars_meant(state: &mut State) -> (u32, u32) {
    let selected = state.selected_notes();
    let first = selected.iter().map(|(_, n)| n.start).min();
    let last = selected.iter().map(|(_, n)| n.start).max();
    let head = state.transport.position().max(0.0) as u32;
    let (from, last) = match state.transport.loop_range {
        Some((a, b)) => (a, b.saturating_sub(1)),
        None => first.zip(last).unwrap_or((head, head)),
    };
    let bars = &state.derived().bars;
    (bars.start(bars.bar_at(from)), bars.end(bars.bar_at(last)))
}

/// "2 bars at bar 5".
fn words(state: &mut State, (from, to): (u32, u32)) -> (u32, String) {
    let bars = &state.derived().bars;
    let first = bars.bar_at(from);
    let count = bars.bar_at(to).saturating_sub(first).max(1);
    let s = if count == 1 { "" } else { "s" };
    (count, format!("{count} bar{s} at bar {}", first + 1))
}

/// Puts as many empty bars in front of the bars meant as they are, in the metre of the bar before.
pub fn insert_bars(state: &mut State) {
    let meant = bars_meant(state);
    let (count, words) = words(state, meant);
    let ppq = state.document().score.ppq;
    let bars = &state.derived().bars;
    let before = bars.bar_at(meant.0).saturating_sub(1);
    let length = count.saturating_mul(bars.meter(before).bar_ticks(ppq));
    state.edit(Edit::Together {
        label: format!("Insert {words}"),
        edits: vec![Edit::InsertTime {
            at: meant.0,
            length,
        }],
    });
    state.reveal(meant.0, meant.0.saturating_add(length));
}

/// Takes the bars meant out, with everything that begins in them.
pub fn delete_bars(state: &mut State) {
    let (from, to) = bars_meant(state);
    let (_, words) = words(state, (from, to));
    state.edit(Edit::Together {
        label: format!("Delete {words}"),
        edits: vec![Edit::RemoveTime { from, to }],
    });
    // The range is gone with its bars; left standing it would mean the next ones.
    state.transport.set_loop(None, false);
    state.transport.seek(from);
    state.reveal(from, from.saturating_add(1));
}

/// Puts a marker at the start of the playhead's bar, named by the next free letter.
pub fn add_marker(state: &mut State) {
    let head = state.transport.position().max(0.0) as u32;
    let bars = &state.derived().bars;
    let tick = bars.start(bars.bar_at(head));
    let markers = state.document().score.markers();
    if let Some(there) = markers.iter().find(|m| m.tick == tick) {
        let text = format!("{} stands here already.", there.name);
        state.toasts.info(&text);
        return;
    }
    let free = ('A'..='Z').find(|l| markers.iter().all(|m| m.name != l.to_string()));
    let name = free.map_or_else(|| format!("{}", markers.len() + 1), |l| l.to_string());
    state.edit(Edit::SetMarker {
        tick,
        name: Some(name),
    });
}

/// Moves the playhead to the next or the previous marker.
pub fn step_marker(state: &mut State, forward: bool) {
    let head = state.transport.position().max(0.0) as u32;
    let markers = state.document().score.markers();
    let mut ticks = markers.iter().map(|m| m.tick);
    let to = match forward {
        true => ticks.find(|&t| t > head),
        false => ticks.rfind(|&t| t < head),
    };
    if let Some(tick) = to {
        state.transport.seek(tick);
        state.reveal(tick, tick.saturating_add(1));
    }
}
