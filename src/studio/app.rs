//! The application as eframe sees it: take in what happened, draw the panes, carry out what was asked.

use super::command::Command;
use super::invoke::invoke;
use super::panel::{self, Asks};
use super::settings::Look;
use super::state::{Overlay, State};
use super::theme::{self, Theme, size};
use super::{
    autosave, bindings, caret, critic, files, gauge, held_tool, input, jobs, lens, roll_pane,
    shortcut,
};
use eframe::egui::{self, CentralPanel, Frame, Margin, Panel, Ui, ViewportCommand};
use std::sync::Arc;
use std::time::Duration;

/// The studio.
pub struct Studio {
    pub state: State,
    look: Option<(Look, bool)>,
    scale: f32,
    title: String,
    stored: String,
    /// The changed keys that the state's keys were made of.
    changes: Option<bindings::Changes>,
}

impl Studio {
    /// Around a state; gives its context the studio's look.
    pub fn new(state: State) -> Self {
        theme::apply(&state.context);
        let stored = state.settings.to_ron();
        Studio {
            state,
            look: None,
            scale: 0.0,
            title: String::new(),
            stored,
            changes: None,
        }
    }

    /// Everything that comes from elsewhere: the engine, tasks, the player, dropped files, the window's cross.
    fn take_in(&mut self) {
        let state = &mut self.state;
        jobs::take_in(state);
        for after in state.tasks.finished() {
            after(state);
        }
        let ctx = state.context.clone();
        let dropped = ctx.input(|i| {
            i.raw
                .dropped_files
                .iter()
                .map(|f| f.path().to_owned())
                .collect::<Vec<_>>()
        });
        files::dropped(state, dropped);
        lens::refresh(state);
        critic::refresh(state);
        gauge::refresh(state);
        input::take_in(state);
        if ctx.input(|i| i.viewport().close_requested()) && !state.quitting {
            if state.would_lose_work() {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                files::ask_then(state, files::Then::Quit);
            } else {
                state.quitting = true;
                autosave::forget(state);
            }
        }
        let heard = state.heard();
        state.transport.give(&heard);
        state.transport.player.tick();
        state.end_audition();
    }

    /// Look, size and window title, as settings and document want them.
    fn dress(&mut self) {
        let ctx = self.state.context.clone();
        let settings = &mut self.state.settings;
        if self.look != Some((settings.look, settings.reduce_motion)) {
            self.look = Some((settings.look, settings.reduce_motion));
            ctx.set_theme(if settings.look == Look::Dark {
                egui::Theme::Dark
            } else {
                egui::Theme::Light
            });
            theme::set_reduce_motion(&ctx, settings.reduce_motion);
        }
        // Ctrl and plus, minus or 0 change the size behind our back.
        if self.scale == settings.scale {
            settings.scale = ctx.zoom_factor();
        } else {
            ctx.set_zoom_factor(settings.scale);
        }
        self.scale = settings.scale;
        if self.changes.as_ref() != Some(&settings.shortcuts) {
            self.changes = Some(settings.shortcuts.clone());
            self.state.bindings = Arc::new(bindings::Bindings::of(&settings.shortcuts));
        }
        // Each frame, because resetting the layout forgets it.
        bindings::tell(&ctx, &self.state.bindings);
        let mark = if self.state.is_dirty() { " •" } else { "" };
        let title = format!("{}{mark} - Lacuna", self.state.document().score.title);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn panes(&mut self, ui: &mut Ui, asks: &mut Asks) {
        let state = &mut self.state;
        let t = Theme::of(ui);
        let frame = |x: i8, y: i8| {
            Frame::new()
                .fill(t.panel)
                .inner_margin(Margin::symmetric(x, y))
        };
        let pad = size::PAD as i8;
        Panel::top("menu")
            .exact_size(30.0)
            .resizable(false)
            .frame(frame(6, 2))
            .show(ui, |ui| panel::menu::show(ui, state, asks));
        Panel::top("transport")
            .exact_size(40.0)
            .resizable(false)
            .frame(frame(pad - 4, 2))
            .show(ui, |ui| panel::transport::show(ui, state, asks));
        Panel::bottom("status")
            .exact_size(24.0)
            .resizable(false)
            .frame(frame(pad, 0))
            .show(ui, |ui| panel::status::show(ui, state, asks));
        if state.data.open || state.training.open {
            let research = |ui: &mut Ui| match state.data.open {
                true => panel::data::show(ui, state, asks),
                false => panel::training::show(ui, state, asks),
            };
            let space = CentralPanel::no_frame().show(ui, research).response.rect;
            let ctx = ui.ctx().clone();
            panel::overlay::show(&ctx, state, asks);
            state.toasts.show(&ctx, space);
            return;
        }
        if panel::takes::wanted(state) {
            Panel::bottom("takes")
                .exact_size(108.0)
                .resizable(false)
                .frame(frame(pad, 8))
                .show(ui, |ui| panel::takes::show(ui, state, asks));
        }
        if panel::trail::wanted(state) {
            Panel::bottom("steps")
                .exact_size(panel::trail::HEIGHT)
                .resizable(false)
                .frame(frame(pad, 2))
                .show(ui, |ui| panel::trail::show(ui, state, asks));
        }
        if state.settings.panels {
            let side = |p: Panel, width: f32| {
                p.default_size(width)
                    .size_range(180.0..=360.0)
                    .frame(frame(pad, 8))
            };
            side(Panel::left("tracks"), 216.0).show(ui, |ui| panel::tracks::show(ui, state, asks));
            side(Panel::right("generate"), 232.0)
                .show(ui, |ui| panel::generate::show(ui, state, asks));
        }
        if state.lens.on {
            Panel::top("lens")
                .exact_size(panel::lens::HEIGHT)
                .resizable(false)
                .frame(frame(pad, 2))
                .show(ui, |ui| panel::lens::show(ui, state, asks));
        }
        if state.critic.on {
            Panel::top("critic")
                .exact_size(panel::critic::HEIGHT)
                .resizable(false)
                .frame(frame(pad, 2))
                .show(ui, |ui| panel::critic::show(ui, state, asks));
        }
        let roll = CentralPanel::no_frame()
            .show(ui, |ui| roll_pane::show(ui, state))
            .inner;
        panel::hint::show(ui, state, roll, asks);
        let ctx = ui.ctx().clone();
        if ctx.input(|i| !i.raw.hovered_files.is_empty()) {
            drop_here(&ctx);
        }
        panel::overlay::show(&ctx, state, asks);
        state.toasts.show(&ctx, roll);
    }

    /// When the next frame is wanted without anybody touching anything.
    fn schedule(&mut self) {
        let state = &mut self.state;
        autosave::tick(state);
        let ctx = &state.context;
        let sounding = state
            .document()
            .score
            .tracks
            .iter()
            .any(|t| state.transport.player.level(t.id) > 0.0);
        if state.transport.is_playing() || sounding {
            ctx.request_repaint_after(Duration::from_millis(state.frame_millis));
        } else if state.transport.player.output().silent && !state.quiet {
            // The player looks for a device from time to time, and must be asked for what it found.
            ctx.request_repaint_after(Duration::from_secs(2));
        }
        if state.settings.options != state.options {
            state.settings.options = state.options.clone();
        }
        let text = state.settings.to_ron();
        if text != self.stored && !ctx.input(|i| i.pointer.any_down()) {
            self.stored.clone_from(&text);
            let file = state.settings_file.clone();
            state.tasks.spawn("", move || {
                let stored = file.store(&text);
                Box::new(move |state: &mut State| {
                    if let Err(why) = stored {
                        log::warn!("settings are not kept: {why}");
                        let _ = state;
                    }
                })
            });
        }
    }
}

/// A word over the window while a file is held above it.
fn drop_here(ctx: &egui::Context) {
    let t = Theme::get(ctx.theme() == egui::Theme::Dark);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, theme::alpha(t.window, 0.8));
    let font = egui::FontId::proportional(size::TEXT * 1.5);
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        "Drop to open this piece",
        font,
        t.text,
    );
}

/// Commands that make sense while something lies over the window.
fn over(command: Command, overlay: &Option<Overlay>) -> bool {
    match overlay {
        None => true,
        Some(Overlay::Help) => matches!(command, Command::Help | Command::LetGo | Command::Palette),
        // Escape is the overlay's own; nothing else may reach past it.
        Some(_) => false,
    }
}

impl eframe::App for Studio {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

impl Studio {
    /// One frame, for eframe and for tests alike.
    pub fn show(&mut self, ui: &mut Ui) {
        self.take_in();
        self.dress();
        let ctx = ui.ctx().clone();
        // An open menu or list has the arrow keys and Escape to itself.
        let popup = ctx.any_popup_open();
        if !matches!(self.state.overlay, None | Some(Overlay::Help))
            || popup
            || self.state.renaming.is_some()
        {
            // Nothing is taken out of the events; a key held when something opened would hang.
            input::let_go(&mut self.state);
        } else {
            input::take_keys(&ctx, &mut self.state);
            held_tool::watch(&ctx, &mut self.state);
            let bindings = self.state.bindings.clone();
            for command in shortcut::take_commands(&ctx, &bindings) {
                let command = caret::instead(command, &self.state);
                if over(command, &self.state.overlay) {
                    invoke(command, &mut self.state);
                }
            }
        }
        let mut asks = Asks::new();
        self.panes(ui, &mut asks);
        for command in asks {
            invoke(command, &mut self.state);
            ctx.request_repaint();
        }
        let heard = self.state.heard();
        self.state.transport.give(&heard);
        self.schedule();
    }
}
