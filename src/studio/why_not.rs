//! When a command may not be used, and why, as a person is told.

use super::bindings::in_brackets;
use super::command::{Command, Menu};
use super::state::State;
use super::{critic, demos, dock, tracks, trails};

/// Why a command cannot be used now, as a sentence for its tooltip; `None` if it can.
pub fn why_not(command: Command, state: &State) -> Option<String> {
    use Command as C;
    let document = state.document();
    let no = |condition: bool, why: &str| condition.then(|| why.to_owned());
    let key = |c: C| in_brackets(&state.context, c);
    if !beside_the_roll(command)
        && let Some(why) = dock::why_not_roll(state)
    {
        return Some(why);
    }
    if let Some(why) = tracks::why_not(command, state) {
        return Some(why);
    }
    match command {
        C::Undo => no(
            state.history.undo_label().is_none(),
            "There is nothing to undo.",
        ),
        C::Redo => no(
            state.history.redo_label().is_none(),
            "There is nothing to do again.",
        ),
        C::CompareVersion | C::RestoreVersion => document.versions.is_empty().then(|| {
            let key = key(C::KeepVersion);
            format!("No version is kept yet; keep one first{key}.")
        }),
        C::Paste => no(state.clipboard.notes.is_empty(), "Copy some notes first."),
        C::Cut
        | C::Copy
        | C::Duplicate
        | C::Delete
        | C::SelectNone
        | C::SelectSamePitch
        | C::SelectPitchClass
        | C::SelectTracks
        | C::SelectBars
        | C::TransposeUp
        | C::TransposeDown
        | C::OctaveUp
        | C::OctaveDown
        | C::ScaleUp
        | C::ScaleDown
        | C::NudgeLeft
        | C::NudgeRight
        | C::Longer
        | C::Shorter
        | C::Louder
        | C::Softer
        | C::IntoKey
        | C::Humanise
        | C::Strum
        | C::Legato
        | C::Overlaps
        | C::Join
        | C::Glue
        | C::Chop
        | C::Reverse
        | C::InvertPitch
        | C::TwiceAsLong
        | C::HalfAsLong
        | C::Flatten
        | C::Ramp
        | C::MaskSelected
        | C::MaskBars
        | C::ExportMidiSelection
        | C::LoopSelection => no(state.selection.is_empty(), "Select some notes first."),
        C::SelectAll
        | C::SelectInverse
        | C::SelectOutOfKey
        | C::SelectShort
        | C::SelectBy
        | C::Quantise
        | C::QuantiseBy
        | C::Split
        | C::SplitCaret
        | C::ExportMidi
        | C::ExportWav
        | C::ExportMidiTracks
        | C::ExportMusicXml
        | C::ExportStems
        | C::ExportSvg
        | C::ExportPng
        | C::ZoomPiece => no(
            document.score.note_count() == 0 && document.takes.is_empty(),
            "There are no notes yet.",
        ),
        C::SelectMasked | C::MaskClear => no(document.mask.is_empty(), "Nothing is masked."),
        C::SelectWritten => no(
            document.score.origins.is_empty() && state.takes.take.is_none(),
            "No model has written in this piece yet; keep a take first.",
        ),
        C::MaskLoop => no(
            state.transport.loop_range.is_none(),
            "Drag in the ruler to make a loop first.",
        ),
        C::MaskTrack
        | C::PutNote
        | C::CaretNextNote
        | C::CaretPreviousNote
        | C::Record
        | C::StepInput
        | C::PianoKeys
        | C::Stamp
        | C::StampBy
        | C::NextTrack
        | C::PreviousTrack
        | C::RemoveTrack
        | C::RenameTrack
        | C::NextColour
        | C::Mute
        | C::Solo
        | C::TrackUp
        | C::TrackDown
        | C::GhostTrack
        | C::LockTrack
        | C::ArmTrack
        | C::HideTrack => no(state.track.is_none(), "There are no tracks; add one first."),
        C::MaskInvert | C::MaskAll | C::MaskBox => no(
            document.score.tracks.is_empty(),
            "There are no tracks; add one first.",
        ),
        C::Generate => why_not_generate(state),
        C::Again => no(state.jobs.last.is_none(), "Generate something first.")
            .or_else(|| why_not_generate(state)),
        C::CancelGenerating => no(state.jobs.running.is_none(), "Nothing is being written."),
        C::PreviousTake | C::NextTake | C::ShowOriginal | C::Discard => no(
            document.takes.is_empty(),
            "There are no takes yet; mask something and generate.",
        ),
        C::Accept if document.takes.is_empty() => {
            Some("There are no takes yet; mask something and generate.".into())
        }
        C::Accept => no(
            state.takes.take.is_none(),
            "The original is shown; choose a take first.",
        ),
        C::PlaySelection => no(
            state.selection.is_empty() && document.mask.is_empty(),
            "Select some notes or mask something first.",
        ),
        C::ZoomSelection => no(
            state.selection.is_empty() && document.mask.is_empty(),
            "Select some notes or mask something first.",
        ),
        C::SelectOdd => no(document.score.note_count() == 0, "There are no notes yet."),
        C::TakeSteps => no(
            document.takes.is_empty() && !state.trails.on,
            "There are no takes yet; mask something and generate.",
        ),
        C::ForkTake => trails::why_not_fork(state),
        C::Refill => critic::why_not_refill(state),
        C::NextMarker
        | C::PreviousMarker
        | C::SelectSection
        | C::MaskSection
        | C::DuplicateSection => document.score.markers().is_empty().then(|| {
            let key = key(C::AddMarker);
            format!("There are no markers; add one first{key}.")
        }),
        C::FineTune => super::training::why_not_tune(state),
        C::UseRun => super::training::why_not_use_in_hand(state),
        C::FirstSteps => no(
            demos::DEMOS.is_empty(),
            "This build carries no demo pieces.",
        ),
        _ => None,
    }
}

/// Whether a command makes sense while the roll is not seen.
fn beside_the_roll(command: Command) -> bool {
    use Command as C;
    let spec = command.spec();
    let of_view = [
        C::ThemeToggle,
        C::ReduceMotion,
        C::Settings,
        C::Soundfont,
        C::Data,
        C::Training,
        C::Evaluation,
        C::Arena,
        C::BlindTest,
        C::FineTune,
        C::UseRun,
        C::LayoutCompose,
        C::LayoutResearch,
        C::LayoutDemo,
        C::ResetLayout,
    ];
    matches!(spec.menu, Menu::File | Menu::Help)
        || of_view.contains(&command)
        || matches!(command, C::PlayPause | C::Stop | C::ToStart | C::LetGo)
}

/// Why nothing can be generated now.
fn why_not_generate(state: &State) -> Option<String> {
    let jobs = &state.jobs;
    if jobs.running.is_some() {
        return Some("Takes are being written; cancel first, or wait.".into());
    }
    let Some(device) = &jobs.device else {
        return Some("The model is still being opened; a moment.".into());
    };
    if jobs.models.is_empty() {
        return Some(format!("No model could be opened. {}", device.reason));
    }
    let document = state.document();
    if document.score.tracks.is_empty() {
        return Some("There are no tracks; add one first.".into());
    }
    if state.is_mask_empty() {
        if !document.mask.is_empty() && document.score.tracks.iter().any(|t| t.locked) {
            return Some("All that is masked lies on locked tracks; unlock one of them.".into());
        }
        let key = |c| in_brackets(&state.context, c);
        return Some(format!(
            "Nothing is masked. Take the mask tool{} and drag over the bars to write anew, or select notes and mask them{}.",
            key(Command::ToolMask),
            key(Command::MaskSelected)
        ));
    }
    None
}
