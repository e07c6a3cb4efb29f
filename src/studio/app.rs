//! The application as eframe sees it: take in what happened, draw the panes, carry out what was asked.

use super::command::Command;
use super::invoke::invoke;
use super::panel::{self, Asks};
use super::settings::Look;
use super::state::{Overlay, State};
use super::theme::{self, Theme, size};
use super::{
    autosave, bindings, caret, critic, dock, files, gauge, held_tool, input, jobs, lens, shortcut,
    tour,
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
            theme::wear(&ctx, settings.look, settings.reduce_motion);
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
        let roll = CentralPanel::no_frame()
            .show(ui, |ui| dock::show(ui, state, asks))
            .inner;
        panel::hint::show(ui, state, roll, asks);
        let ctx = ui.ctx().clone();
        if ctx.input(|i| !i.raw.hovered_files.is_empty()) {
            drop_here(&ctx);
        }
        panel::overlay::show(&ctx, state, asks);
        state.toasts.show(&ctx, roll);
        panel::tour::show(&ctx, state);
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
        }
        if state.settings.options != state.options {
            state.settings.options = state.options.clone();
        }
        let text = state.settings.to_ron();
        if text != self.stored && !ctx.input(|i| i.pointer.any_down()) {
            self.stored.clone_from(&text);
            let file = state.settings_file.clone();
            let number = file.number();
            state.tasks.spawn("", move || {
                let stored = file.store(number, &text);
                Box::new(move |state: &mut State| {
                    if let Err(why) = stored {
                        let text = "The settings could not be written; they hold until you quit.";
                        state.toasts.warning(text, &why);
                    }
                })
            });
        }
    }
}

/// A word over the window while a file is held above it.
fn drop_here(ctx: &egui::Context) {
    let t = Theme::worn(&ctx.global_style().visuals);
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

/// Commands that make sense while something lies over the window. Escape is nearly always the overlay's own.
fn over(command: Command, overlay: &Option<Overlay>) -> bool {
    use Command as C;
    // In panes beside the piece one goes on hearing it and taking steps back.
    let beside = matches!(command, C::Undo | C::Redo | C::PlayPause);
    match overlay {
        None => true,
        Some(Overlay::Help) => matches!(command, C::Help | C::LetGo | C::Palette),
        Some(Overlay::History | Overlay::Versions) => {
            let of_versions = [
                C::History,
                C::Versions,
                C::KeepVersion,
                C::CompareVersion,
                C::RestoreVersion,
            ];
            beside || of_versions.contains(&command)
        }
        Some(Overlay::Time) => beside || command == C::TimeMaps,
        // Nothing may reach past the others.
        Some(_) => false,
    }
}

/// Whether an overlay leaves any key to commands.
fn has_keys(overlay: &Option<Overlay>) -> bool {
    over(Command::PlayPause, overlay) || over(Command::Help, overlay)
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

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        // A task begun in the last frame may not live long enough.
        let (file, text) = (&self.state.settings_file, self.state.settings.to_ron());
        let number = file.number();
        if (number > 1 || text != self.stored)
            && let Err(why) = file.store(number, &text)
        {
            log::warn!("settings are not kept: {why}");
        }
    }
}

impl Studio {
    /// One frame, for eframe and for tests alike.
    pub fn show(&mut self, ui: &mut Ui) {
        self.take_in();
        self.dress();
        let ctx = ui.ctx().clone();
        // An open menu or list has the arrow keys and Escape to itself.
        // Not asked of the context: it knows only of what this frame has drawn, and that is nothing yet.
        let popup = egui::Popup::is_any_open(&ctx);
        let piano = matches!(self.state.overlay, None | Some(Overlay::Help));
        if popup || self.state.renaming.is_some() || !piano {
            // Nothing is taken out of the events; a key held when something opened would hang.
            input::let_go(&mut self.state);
        } else {
            super::evaluation::blind::take_keys(&ctx, &mut self.state);
            input::take_keys(&ctx, &mut self.state);
            held_tool::watch(&ctx, &mut self.state);
            tour::take_keys(&ctx, &mut self.state);
        }
        if !popup && self.state.renaming.is_none() && has_keys(&self.state.overlay) {
            let bindings = self.state.bindings.clone();
            let at_widget = !self.state.roll.has_keyboard(&ctx);
            let may = |command| over(command, &self.state.overlay);
            for command in shortcut::take_commands(&ctx, &bindings, at_widget, may) {
                let command = caret::instead(command, &self.state);
                // The command before may have opened something.
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
