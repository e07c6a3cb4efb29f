//! What each command does.

use super::arrangement::{DockPane, Preset};
use super::command::Command;
use super::export::{self, Export};
use super::options::{self, Pane};
use super::research;
use super::roll::SnapMode;
use super::selecting::{self, Criterion};
use super::settings::GenerateSettings;
use super::state::{Overlay, State};
use super::templates::Template;
use super::why_not::why_not;
use super::{
    caret, clipboard, critic, dock, evaluation, files, gridding, input, notes, palette::Palette,
    renaming, rows, sections, shaping, time, tracks, trails, versions,
};
use crate::engine::FillRequest;
use crate::score::{Edit, Mask, Region, TrackId};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher};

/// Carries a command out; says why if it cannot be.
pub fn invoke(command: Command, state: &mut State) {
    use Command as C;
    if let Some(why) = why_not(command, state) {
        state.toasts.info(&why);
        return;
    }
    match command {
        C::New => files::ask_then(state, files::Then::New),
        C::NewPiano | C::NewMelodyChords | C::NewFourVoices | C::NewBand => {
            if let Some(template) = Template::of(command) {
                files::ask_then(state, files::Then::Template(template.command));
            }
        }
        C::Open => files::ask_then(state, files::Then::OpenDialog),
        C::ImportTracks => files::import_tracks(state),
        C::Save => files::save(state, None),
        C::SaveAs => files::save_as(state, None),
        C::RenamePiece => renaming::piece(state),
        C::ExportMidi => files::export_midi(state),
        C::ExportWav => files::export_wav(state),
        C::ExportMidiTracks
        | C::ExportMidiSelection
        | C::ExportMusicXml
        | C::ExportStems
        | C::ExportSvg
        | C::ExportPng => {
            if let Some(what) = Export::of(command) {
                export::ask(state, what);
            }
        }
        C::Quit => files::ask_then(state, files::Then::Quit),

        C::Undo => state.step_history(true),
        C::Redo => state.step_history(false),
        C::History if dock::toggle_docked(state, DockPane::History) => {}
        C::History => state.toggle(Overlay::History),
        C::Versions if dock::toggle_docked(state, DockPane::Versions) => {}
        C::Versions => state.toggle(Overlay::Versions),
        C::KeepVersion => versions::keep(state),
        C::CompareVersion => versions::compare(state),
        C::RestoreVersion => versions::restore(state),
        C::Settings => state.overlay = Some(Overlay::Settings(Box::default())),
        C::Shortcuts => state.overlay = Some(Overlay::Shortcuts(Box::default())),
        C::Cut => {
            clipboard::copy(state);
            notes::delete(state);
        }
        C::Copy => clipboard::copy(state),
        C::Paste => clipboard::paste(state),
        C::Duplicate => notes::duplicate(state),
        C::Delete => notes::delete(state),
        C::SelectAll => selecting::select_all(state),
        C::SelectNone => state.selection.clear(),
        C::LetGo => let_go(state),
        C::SelectInverse => selecting::select_inverse(state),
        C::SelectBars => selecting::select(state, Criterion::Bars),
        C::SelectTracks => selecting::select(state, Criterion::Tracks),
        C::SelectSamePitch => selecting::select(state, Criterion::Pitch),
        C::SelectPitchClass => selecting::select(state, Criterion::PitchClass),
        C::SelectOutOfKey => selecting::select(state, Criterion::OutOfKey),
        C::SelectShort => selecting::select(state, Criterion::Short),
        C::SelectWritten => selecting::select(state, Criterion::Written),
        C::SelectMasked => selecting::select(state, Criterion::Masked),
        C::SelectOdd => critic::select(state),
        C::SelectBy => options::open(state, Pane::Select),
        C::SelectSection => sections::select_meant(state),
        C::MaskSection => sections::mask(state),
        C::DuplicateSection => sections::duplicate(state),

        C::TransposeUp => notes::transpose(state, 1),
        C::TransposeDown => notes::transpose(state, -1),
        C::OctaveUp => notes::transpose(state, 12),
        C::OctaveDown => notes::transpose(state, -12),
        C::ScaleUp => notes::in_key(state, 1),
        C::ScaleDown => notes::in_key(state, -1),
        C::IntoKey => shaping::into_key(state),
        C::NudgeRight => notes::nudge(state, 1),
        C::NudgeLeft => notes::nudge(state, -1),
        C::Longer => notes::resize(state, 1),
        C::Shorter => notes::resize(state, -1),
        C::Louder => notes::louder(state, 8),
        C::Softer => notes::louder(state, -8),
        C::Stamp => shaping::stamp(state),
        C::StampBy => options::open(state, Pane::Chord),
        C::PutNote => caret::put(state),
        C::TakeNote => caret::take(state),
        C::CaretUp => caret::step(state, 1, 0),
        C::CaretDown => caret::step(state, -1, 0),
        C::CaretRight => caret::step(state, 0, 1),
        C::CaretLeft => caret::step(state, 0, -1),
        C::CaretOctaveUp => caret::step(state, 12, 0),
        C::CaretOctaveDown => caret::step(state, -12, 0),
        C::CaretBarForward => caret::bar(state, true),
        C::CaretBarBack => caret::bar(state, false),
        C::CaretNextNote => caret::to_note(state, true),
        C::CaretPreviousNote => caret::to_note(state, false),
        C::BoxUp => caret::extend(state, 1, 0),
        C::BoxDown => caret::extend(state, -1, 0),
        C::BoxRight => caret::extend(state, 0, 1),
        C::BoxLeft => caret::extend(state, 0, -1),
        C::CaretToPlayhead => caret::to_playhead(state),
        C::MaskBox => caret::mask(state),
        C::PlayheadToCaret => state.transport.seek(state.roll.caret.tick),
        C::GridFiner | C::GridCoarser | C::GridTriplets | C::GridSwing | C::GridOff => {
            gridding::change(state, command)
        }
        C::SnapNearest => gridding::keep_to(state, SnapMode::Nearest),
        C::SnapRelative => gridding::keep_to(state, SnapMode::Relative),
        C::SnapAbsolute => gridding::keep_to(state, SnapMode::Absolute),
        C::ToolSelect
        | C::ToolDraw
        | C::ToolErase
        | C::ToolMask
        | C::ToolLasso
        | C::ToolSplit
        | C::ToolSelectLasso => state.tool = tool(command),

        C::Quantise => notes::quantise(state),
        C::QuantiseBy => options::open(state, Pane::Quantise),
        C::Humanise => options::open(state, Pane::Humanise),
        C::Strum => options::open(state, Pane::Strum),
        C::Legato => shaping::legato(state),
        C::Overlaps => shaping::trim_overlaps(state),
        C::Join => shaping::join(state),
        C::Glue => shaping::glue(state),
        C::Split => {
            let tick = state.transport.position().max(0.0).round() as u32;
            shaping::split(state, tick);
        }
        C::SplitCaret => shaping::split(state, state.roll.caret.tick),
        C::Chop => shaping::chop(state),
        C::Reverse => shaping::reverse(state),
        C::InvertPitch => shaping::invert(state),
        C::TwiceAsLong => shaping::stretch(state, 2.0),
        C::HalfAsLong => shaping::stretch(state, 0.5),
        C::Flatten => shaping::flatten(state),
        C::Ramp => options::open(state, Pane::Ramp),

        C::MaskSelected => {
            let notes = std::mem::take(&mut state.selection);
            state.change_mask(|m| m.add(Region::notes(notes)));
        }
        C::MaskBars => mask_bars(state),
        C::MaskLoop => {
            if let Some((a, b)) = state.transport.loop_range {
                let tracks = scope(state);
                state.change_mask(|m| m.add(Region::time(a, b, tracks)));
            }
        }
        C::MaskTrack => {
            if let Some(track) = state.track {
                let end = state.derived().end;
                state.change_mask(|m| m.add(Region::time(0, end, Some([track].into()))));
            }
        }
        C::MaskAll => {
            let end = state.derived().end;
            state.change_mask(|m| {
                m.clear();
                m.add(Region::time(0, end, None));
            });
        }
        C::MaskInvert => {
            let end = state.derived().end;
            state.change_mask(|m| m.invert(end));
        }
        C::MaskClear => state.change_mask(Mask::clear),

        C::GenerateFocus => {
            state.settings.panels = true;
            state.focus_generate = true;
        }
        C::Generate => generate(state, false),
        C::Again => generate(state, true),
        C::CancelGenerating => state.jobs.cancel(),
        C::NewSeed => roll_dice(&mut state.settings.generate),
        C::PreviousTake => step_take(state, false),
        C::NextTake => step_take(state, true),
        C::ShowOriginal => state.show_take(None),
        C::Accept => {
            if let Some(take) = state.takes.take {
                state.edit(Edit::AcceptTake(take));
                state
                    .toasts
                    .success(&format!("Take {} is part of the piece now.", take + 1));
            }
        }
        C::Discard => {
            state.jobs.cancel_stale();
            state.edit(Edit::ClearTakes);
        }
        C::TakeSteps => state.trails.on = !state.trails.on,
        C::ForkTake => trails::fork(state),
        C::Refill => critic::refill(state),

        C::PlayPause => {
            if state.transport.is_playing() {
                state.transport.player.stop();
            } else {
                play(state);
            }
        }
        C::PlaySelection => {
            let first = state.selected_notes().iter().map(|(_, n)| n.start).min();
            let mask = state.derived().stats.span.map(|s| s.0);
            if let Some(tick) = first.or(mask) {
                state.transport.seek(tick);
                state.transport.play();
            }
        }
        C::Stop => {
            let back = state.transport.began;
            let was_playing = state.transport.is_playing();
            state.transport.player.stop();
            state.transport.seek(if was_playing { back } else { 0 });
        }
        C::ToStart => state.transport.seek(0),
        C::ToEnd => {
            let end = state.preview().end();
            state.transport.seek(end);
        }
        C::BarBack => step_bar(state, false),
        C::BarForward => step_bar(state, true),
        C::Loop => toggle_loop(state),
        C::LoopSelection => {
            if let Some(range) = bars_of_selection(state) {
                begin_loop(state, range);
            }
        }
        C::Metronome => {
            state.settings.metronome = !state.settings.metronome;
            state
                .transport
                .player
                .set_metronome(state.settings.metronome);
        }
        C::Follow => follow(state),
        C::CountIn => {
            state.settings.count_in = !state.settings.count_in;
            let bars = u8::from(state.settings.count_in);
            state.transport.player.set_count_in(bars);
        }
        C::FollowSmooth => {
            state.settings.follow_smooth = !state.settings.follow_smooth;
            state.settings.follow |= state.settings.follow_smooth;
        }
        C::InsertBars => time::insert_bars(state),
        C::DeleteBars => time::delete_bars(state),
        C::AddMarker => time::add_marker(state),
        C::NextMarker => time::step_marker(state, true),
        C::PreviousMarker => time::step_marker(state, false),
        C::TimeMaps if dock::toggle_docked(state, DockPane::Time) => {}
        C::TimeMaps => state.toggle(Overlay::Time),
        C::Record => input::toggle_record(state),
        C::StepInput => state.input.step = !state.input.step,
        C::PianoKeys => {
            state.input.piano = !state.input.piano;
            input::let_go(state);
        }
        C::PianoUp => state.input.octave = (state.input.octave + 1).min(4),
        C::PianoDown => state.input.octave = (state.input.octave - 1).max(-4),

        C::NextTrack
        | C::PreviousTrack
        | C::AddTrack
        | C::RemoveTrack
        | C::Mute
        | C::Solo
        | C::HideTrack
        | C::GhostTrack
        | C::LockTrack
        | C::ArmTrack
        | C::TrackUp
        | C::TrackDown => tracks::invoke(command, state),
        C::RenameTrack => renaming::track(state),
        C::NextColour => renaming::next_colour(state),

        C::Ghosts => state.settings.ghosts = !state.settings.ghosts,
        C::HighlightKey
        | C::NoteNames
        | C::FoldUsed
        | C::FoldKey
        | C::RowsTaller
        | C::RowsLower
        | C::LaneVelocity
        | C::LaneTempo
        | C::LaneBend
        | C::LaneModulation
        | C::LaneExpression
        | C::LaneSustain
        | C::LaneHidden => rows::invoke(command, state),
        C::Lens => state.lens.on = !state.lens.on,
        C::Surprise => state.critic.on = !state.critic.on,
        C::SurpriseColours => state.critic.colours = !state.critic.colours,
        C::ZoomPiece => {
            let score = state.preview();
            state.roll.fit(&score);
        }
        C::ZoomSelection => zoom_selection(state),
        C::ZoomIn => state.zoom(1.4),
        C::ZoomOut => state.zoom(1.0 / 1.4),
        C::Panels => dock::toggle_sides(state),
        C::LayoutCompose => dock::arrange(state, Preset::Compose),
        C::LayoutResearch => dock::arrange(state, Preset::Research),
        C::LayoutDemo => dock::arrange(state, Preset::Demo),
        C::ThemeToggle => {
            state.settings.look = state.settings.look.next();
            let text = format!(
                "The look is {} now.",
                state.settings.look.name().to_lowercase()
            );
            state.toasts.info(&text);
        }
        C::ReduceMotion => state.settings.reduce_motion = !state.settings.reduce_motion,
        C::ResetLayout => {
            dock::arrange(state, Preset::default());
            state.settings.scale = 1.0;
            state.roll = super::roll::RollView::default();
            state.context.memory_mut(|m| *m = Default::default());
        }
        C::Soundfont => files::choose_soundfont(state),
        C::Data => dock::toggle_research(state, DockPane::Data),
        C::Training => dock::toggle_research(state, DockPane::Training),
        C::Evaluation => dock::toggle_research(state, DockPane::Evaluation),
        C::Arena => evaluation::open_at(state, evaluation::Tab::Arena),
        C::BlindTest => evaluation::open_at(state, evaluation::Tab::Blind),
        C::FineTune => super::training::choose_pieces(state),
        C::UseRun => super::training::use_in_hand(state),

        C::Palette => state.overlay = Some(Overlay::Palette(Palette::default())),
        C::Help => {
            state.help_query.clear();
            state.overlay = match state.overlay {
                Some(Overlay::Help) => None,
                _ => Some(Overlay::Help),
            }
        }
        C::Tour => super::tour::begin(state),
        C::FirstSteps => files::ask_then(state, files::Then::Demo(0)),
    }
}

/// The tool a tool command takes up.
pub fn tool(command: Command) -> super::roll::Tool {
    use super::roll::Tool;
    match command {
        Command::ToolDraw => Tool::Draw,
        Command::ToolErase => Tool::Erase,
        Command::ToolMask => Tool::MaskRect,
        Command::ToolLasso => Tool::MaskLasso,
        Command::ToolSplit => Tool::Split,
        Command::ToolSelectLasso => Tool::SelectLasso,
        _ => Tool::Select,
    }
}

/// What Esc does: the innermost thing first.
fn let_go(state: &mut State) {
    if state.overlay.take().is_some() {
        return;
    }
    let over = !state.settings.layout.beside() || state.dock.covered;
    if let (true, Some(open)) = (over, research::open(state)) {
        research::toggle(state, open.pane);
    } else if state.jobs.running.as_ref().is_some_and(|r| !r.cancelling) {
        state.jobs.cancel();
    } else if !state.selection.is_empty() {
        state.roll.anchor = None;
        state.selection.clear();
    } else if state.compared.take().is_some() || state.roll.anchor.take().is_some() {
        // Comparing is over, or the box.
    } else {
        state.toasts.clear();
    }
}

/// Tracks that masks made by commands mean.
pub(super) fn scope(state: &State) -> Option<BTreeSet<TrackId>> {
    state
        .track
        .filter(|_| state.mask_in_hand_only)
        .map(|t| [t].into())
}

/// The whole bars the selected notes stand in, in ticks.
fn bars_of_selection(state: &mut State) -> Option<(u32, u32)> {
    let notes = state.selected_notes();
    let bars = &state.derived().bars;
    let first = notes.iter().map(|(_, n)| bars.bar_at(n.start)).min()?;
    let last = notes.iter().map(|(_, n)| bars.bar_at(n.start)).max()?;
    Some((bars.start(first), bars.end(last)))
}

fn mask_bars(state: &mut State) {
    let tracks: BTreeSet<TrackId> = state.selected_notes().iter().map(|(t, _)| *t).collect();
    if let Some((a, b)) = bars_of_selection(state) {
        state.change_mask(|m| m.add(Region::time(a, b, Some(tracks))));
    }
}

/// A new seed, small enough to be read aloud.
pub fn roll_dice(settings: &mut GenerateSettings) {
    settings.sampler.seed = fresh_seed();
}

/// A seed nobody chose, small enough to be read aloud.
pub fn fresh_seed() -> u64 {
    // The standard library's hashers are seeded by the system: chance enough for a seed.
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000
}

fn generate(state: &mut State, again: bool) {
    let document = state.document();
    let (score, mask, first) = (
        document.score.clone(),
        document.score.open(&document.mask).into_owned(),
        document.takes.len(),
    );
    let g = &mut state.settings.generate;
    if again {
        roll_dice(g);
    }
    let Some(model) = g.model.clone() else { return };
    let request = FillRequest {
        score,
        mask,
        model,
        settings: g.sampler.clone(),
        constraints: g.constraints.clone(),
        first: 0,
        takes: g.takes,
    };
    if !g.keep_seed {
        roll_dice(g);
    }
    state.jobs.start(request, first);
    state.takes.watching = true;
    state.hint = false;
    state.settings.welcomed = true;
    // Whoever watches wants to see the place.
    if let Some((a, b)) = state.derived().stats.span {
        state.reveal(a, b);
    }
}

fn step_take(state: &mut State, forward: bool) {
    // The original is 0, takes are 1 and up; around the end one comes back to the original.
    let count = state.document().takes.len() + 1;
    let at = state.takes.take.map_or(0, |i| i + 1);
    let next = if forward { at + 1 } else { at + count - 1 } % count;
    state.show_take(next.checked_sub(1));
}

/// Follows the playhead or no longer; who looked elsewhere meanwhile is called back.
fn follow(state: &mut State) {
    let back = std::mem::take(&mut state.roll.looks_away) && state.transport.is_playing();
    state.settings.follow = back || !state.settings.follow;
}

fn play(state: &mut State) {
    let end = state.heard().end();
    // At the very end Space means "once more", not silence.
    if !state.transport.looping && state.transport.position() >= end as f64 && end > 0 {
        state.transport.seek(0);
    }
    state.transport.play();
}

fn step_bar(state: &mut State, forward: bool) {
    let position = state.transport.position();
    let bars = &state.derived().bars;
    let bar = bars.bar_at(position as u32);
    let tick = if forward {
        bars.end(bar)
    } else if position - bars.start(bar) as f64 > bars.length(bar) as f64 * 0.25 {
        // Like every player: back first means to the start of this bar.
        bars.start(bar)
    } else {
        bars.start(bar.saturating_sub(1))
    };
    state.transport.seek(tick);
}

fn toggle_loop(state: &mut State) {
    if state.transport.looping {
        let range = state.transport.loop_range;
        state.transport.set_loop(range, false);
        return;
    }
    let derived = state.derived();
    // A bar more on either side of the mask: what one listens for are the seams.
    let bars = &derived.bars;
    let around = |(a, b): (u32, u32)| {
        (
            bars.start(bars.bar_at(a).saturating_sub(1)),
            bars.end(bars.bar_at(b)).min(derived.end.max(b)),
        )
    };
    let otherwise = derived.stats.span.map_or((0, derived.end), around);
    let range = state.transport.loop_range.unwrap_or(otherwise);
    begin_loop(state, range);
}

/// Loops a range, and goes there: nobody loops a place to hear another one.
fn begin_loop(state: &mut State, (start, end): (u32, u32)) {
    state.transport.set_loop(Some((start, end)), true);
    let position = state.transport.position();
    if position < start as f64 || position >= end as f64 {
        state.transport.seek(start);
    }
}

fn zoom_selection(state: &mut State) {
    let notes = state.selected_notes();
    let span = match (
        notes.iter().map(|(_, n)| n.start).min(),
        notes.iter().map(|(_, n)| n.end()).max(),
    ) {
        (Some(a), Some(b)) => Some((a, b)),
        _ => state.derived().stats.span,
    };
    if let Some((a, b)) = span {
        state.zoom_to(a, b);
    }
}
