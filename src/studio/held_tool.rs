//! A tool for a moment: the key of a tool, held and used, gives the former tool back when it is let go.

use super::command::Command;
use super::invoke::tool;
use super::roll::Tool;
use super::state::State;
use eframe::egui::{Context, Event, Key};

/// Held so long, in seconds, a key means the moment even if nothing was done with it.
const LONG: f64 = 0.4;

/// The key of a tool that is down.
#[derive(Clone, Copy, Debug)]
pub struct HeldTool {
    key: Key,
    before: Tool,
    since: f64,
    used: bool,
}

/// Whether a command takes up a tool.
fn is_tool(command: Command) -> bool {
    command == Command::ToolSelect || tool(command) != Tool::Select
}

/// Sees to keys that go down and up. To be called before the frame's shortcuts are taken.
pub fn watch(ctx: &Context, state: &mut State) {
    let (events, now, pressed) = ctx.input(|i| (i.events.clone(), i.time, i.pointer.any_down()));
    if let Some(held) = &mut state.held_tool {
        held.used |= pressed;
    }
    let in_text = ctx.text_edit_focused();
    for event in events {
        let Event::Key {
            key,
            modifiers,
            pressed,
            repeat: false,
            ..
        } = event
        else {
            continue;
        };
        if pressed && state.held_tool.is_none() {
            let command = state.bindings.command_for(key, modifiers, false, in_text);
            if command.is_some_and(is_tool) {
                state.held_tool = Some(HeldTool {
                    key,
                    before: state.tool,
                    since: now,
                    used: false,
                });
            }
        } else if !pressed && state.held_tool.is_some_and(|h| h.key == key) {
            let held = state.held_tool.take();
            if let Some(h) = held.filter(|h| h.used || now - h.since >= LONG) {
                state.tool = h.before;
            }
        }
    }
    // A window that lost the keyboard never hears of the key going up.
    if !ctx.input(|i| i.focused) {
        state.held_tool = None;
    }
}
