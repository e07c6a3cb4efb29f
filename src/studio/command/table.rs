//! The rows of the table of commands: name, tooltip, keys, icon and place in the menus of each.

use super::{Command, Menu, Spec};
use Command as C;
use Menu as M;
use eframe::egui::{Key, KeyboardShortcut, Modifiers};
use lucide_icons::Icon;

const fn entry(
    command: Command,
    menu: Menu,
    id: &'static str,
    name: &'static str,
    tooltip: &'static str,
) -> Spec {
    Spec {
        command,
        id,
        name,
        tooltip,
        keys: &[],
        icon: None,
        menu,
        repeats: false,
        separated: false,
        in_text: false,
        under: None,
    }
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}
const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}
const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}
const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}
const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// Menus inside menus.
const TEMPLATE: &str = "New from template";
const EXPORT: &str = "Export more";
const CARET: &str = "Caret";
const GRID: &str = "Grid";
const LANE: &str = "Lane under the notes";
const LAYOUT: &str = "Layout";

/// Every command, in the order of the enum, of the menus and of the palette.
// A row or two a command: as a table it can be read at a glance.
#[rustfmt::skip]
pub static TABLE: &[Spec] = &[
    entry(C::New, M::File, "file.new", "New piece", "Starts an empty piece with one piano track")
        .keys(&[ctrl(Key::N)]).icon(Icon::FilePlus).in_text(),
    entry(C::NewPiano, M::File, "file.new_piano", "New piano piece", "Starts a piece with a track for each hand")
        .icon(Icon::Piano).under(TEMPLATE),
    entry(C::NewMelodyChords, M::File, "file.new_melody", "New melody and chords", "Starts a piece with a flute for the tune and a piano for the chords")
        .icon(Icon::Music).under(TEMPLATE),
    entry(C::NewFourVoices, M::File, "file.new_voices", "New four voices", "Starts a piece for soprano, alto, tenor and bass, as the model of chorales wants it")
        .icon(Icon::Users).under(TEMPLATE),
    entry(C::NewBand, M::File, "file.new_band", "New band with drums", "Starts a piece with melody, keys, guitar, bass and drums")
        .icon(Icon::Drum).under(TEMPLATE),
    entry(C::Open, M::File, "file.open", "Open...", "Opens a MIDI file or a Lacuna project; dropping one on the window does the same")
        .keys(&[ctrl(Key::O)]).icon(Icon::FolderOpen).in_text(),
    entry(C::ImportTracks, M::File, "file.import", "Import as tracks...", "Adds the tracks of a MIDI file or project to this piece, which keeps its tempo and metre; one undo step")
        .icon(Icon::FileInput),
    entry(C::Save, M::File, "file.save", "Save", "Saves the project with its mask and takes")
        .keys(&[ctrl(Key::S)]).icon(Icon::Save).separated().in_text(),
    entry(C::SaveAs, M::File, "file.save_as", "Save as...", "Saves the project under another name")
        .keys(&[ctrl_shift(Key::S)]).in_text(),
    entry(C::RenamePiece, M::File, "file.rename", "Rename piece", "Types another title for the piece, in the middle of the top line")
        .keys(&[shift(Key::F2)]),
    entry(C::ExportMidi, M::File, "file.export_midi", "Export MIDI...", "Writes what you hear now as a Standard MIDI File")
        .keys(&[ctrl(Key::E)]).icon(Icon::FileMusic).separated(),
    entry(C::ExportMidiTracks, M::File, "file.export_midi_tracks", "Export MIDI of tracks...", "Writes the tracks of the selected notes, or the track in hand, as a MIDI file of their own")
        .icon(Icon::ListMusic).under(EXPORT),
    entry(C::ExportMidiSelection, M::File, "file.export_midi_selection", "Export MIDI of selection...", "Writes the selected notes as a MIDI file that begins at the first one's bar")
        .under(EXPORT),
    entry(C::ExportMusicXml, M::File, "file.export_musicxml", "Export MusicXML...", "Writes what you hear now as notation, which MuseScore and others open; says what had to be rounded")
        .icon(Icon::Music).separated().under(EXPORT),
    entry(C::ExportWav, M::File, "file.export_wav", "Export WAV...", "Renders what you hear now to a sound file")
        .keys(&[ctrl_shift(Key::E)]).icon(Icon::AudioLines),
    entry(C::ExportStems, M::File, "file.export_stems", "Export stems...", "Renders each track you hear into a sound file of its own, in a new folder")
        .icon(Icon::Layers).under(EXPORT),
    entry(C::ExportSvg, M::File, "file.export_svg", "Export picture as SVG...", "Draws the roll as lines one can edit: the bars of the selection, else the loop, else the whole piece")
        .icon(Icon::Image).separated().under(EXPORT),
    entry(C::ExportPng, M::File, "file.export_png", "Export picture as PNG...", "Draws the roll as pixels: the bars of the selection, else the loop, else the whole piece")
        .icon(Icon::Image).under(EXPORT),
    entry(C::Quit, M::File, "file.quit", "Quit", "Closes the studio; asks first if something is not saved")
        .keys(&[ctrl(Key::Q)]).icon(Icon::LogOut).separated(),

    entry(C::Undo, M::Edit, "edit.undo", "Undo", "Takes the last step back")
        .keys(&[ctrl(Key::Z)]).icon(Icon::Undo2).repeats(),
    entry(C::Redo, M::Edit, "edit.redo", "Redo", "Brings the step taken back again")
        .keys(&[ctrl_shift(Key::Z), ctrl(Key::Y)]).icon(Icon::Redo2).repeats(),
    entry(C::Cut, M::Edit, "edit.cut", "Cut", "Moves the selected notes to the clipboard")
        .keys(&[ctrl(Key::X)]).icon(Icon::Scissors).separated(),
    entry(C::Copy, M::Edit, "edit.copy", "Copy", "Copies the selected notes to the clipboard")
        .keys(&[ctrl(Key::C)]).icon(Icon::Copy),
    entry(C::Paste, M::Edit, "edit.paste", "Paste", "Puts the clipboard's notes at the playhead")
        .keys(&[ctrl(Key::V)]).icon(Icon::ClipboardPaste),
    entry(C::Duplicate, M::Edit, "edit.duplicate", "Duplicate", "Repeats the selected notes right after themselves")
        .keys(&[ctrl(Key::D)]).icon(Icon::CopyPlus).repeats(),
    entry(C::Delete, M::Edit, "edit.delete", "Delete", "Deletes the selected notes")
        .keys(&[plain(Key::Delete), plain(Key::Backspace)]).icon(Icon::Trash2),
    entry(C::ToolSelect, M::Edit, "tool.select", "Select tool", "Click and drag to select, move and stretch notes")
        .keys(&[plain(Key::Num1)]).icon(Icon::MousePointer2).separated(),
    entry(C::ToolDraw, M::Edit, "tool.draw", "Draw tool", "Click and drag to write notes")
        .keys(&[plain(Key::Num2)]).icon(Icon::Pencil),
    entry(C::ToolErase, M::Edit, "tool.erase", "Erase tool", "Click and drag over notes to delete them")
        .keys(&[plain(Key::Num3)]).icon(Icon::Eraser),
    entry(C::ToolMask, M::Edit, "tool.mask", "Mask tool", "Drag a box over what should be written anew")
        .keys(&[plain(Key::Num4)]).icon(Icon::SquareDashed),
    entry(C::ToolLasso, M::Edit, "tool.lasso", "Mask lasso", "Draw a line around what should be written anew")
        .keys(&[plain(Key::Num5)]).icon(Icon::Lasso),
    entry(C::ToolSplit, M::Edit, "tool.split", "Split tool", "Click on a note, or drag a line across several, to cut them there")
        .keys(&[plain(Key::Num6)]).icon(Icon::Slice),
    entry(C::ToolSelectLasso, M::Edit, "tool.select_lasso", "Select lasso", "Draw a line around notes to select them; Shift adds, Alt takes away")
        .keys(&[plain(Key::Num7)]).icon(Icon::LassoSelect),
    entry(C::Settings, M::Edit, "edit.settings", "Settings...", "Lists every setting, to be found by name, changed and put back")
        .keys(&[ctrl(Key::Comma)]).icon(Icon::Settings).separated(),
    entry(C::History, M::Edit, "edit.history", "History...", "Lists every step since the piece was opened, to go back to any of them")
        .keys(&[ctrl(Key::H)]).icon(Icon::History).separated(),
    entry(C::Versions, M::Edit, "edit.versions", "Versions...", "Lists the versions of the piece you kept, to compare with and to go back to")
        .keys(&[ctrl_shift(Key::V)]).icon(Icon::Layers),
    entry(C::KeepVersion, M::Edit, "edit.keep_version", "Keep a version", "Keeps the piece as it is now in the project file, under a name you may change")
        .keys(&[alt(Key::V)]).icon(Icon::BookmarkPlus),
    entry(C::CompareVersion, M::Edit, "edit.compare_version", "Compare with version", "Shows on the roll what changed since the version last kept or chosen, or no longer")
        .keys(&[shift(Key::V)]).icon(Icon::Diff),
    entry(C::RestoreVersion, M::Edit, "edit.restore_version", "Go back to version", "Makes the piece what it was in the version last kept or chosen; one undo step"),

    entry(C::SelectAll, M::Select, "edit.select_all", "Select all", "Selects every note of the track in hand, or of all tracks if none is")
        .keys(&[ctrl(Key::A)]),
    entry(C::SelectNone, M::Select, "edit.select_none", "Select none", "Lets go of the selected notes")
        .keys(&[ctrl_shift(Key::A)]),
    entry(C::LetGo, M::Select, "edit.let_go", "Let go", "Closes what is open; else stops generating; else selects nothing")
        .keys(&[plain(Key::Escape)]),
    entry(C::SelectInverse, M::Select, "edit.select_inverse", "Invert selection", "Selects what is not selected")
        .keys(&[ctrl_shift(Key::I)]),
    entry(C::SelectBars, M::Select, "select.bars", "Extend selection to bars", "Selects all notes of the bars that the selected ones begin in, on their tracks")
        .keys(&[ctrl(Key::B)]).separated(),
    entry(C::SelectTracks, M::Select, "select.tracks", "Extend selection to tracks", "Selects all notes of the tracks that hold a selected one"),
    entry(C::SelectSamePitch, M::Select, "edit.select_pitch", "Select same pitch", "Selects every note at a pitch that is selected").separated(),
    entry(C::SelectPitchClass, M::Select, "select.pitch_class", "Select same pitch in all octaves", "Selects every note that has the name of a selected one, in any octave"),
    entry(C::SelectOutOfKey, M::Select, "edit.select_out_of_key", "Select out of key", "Selects the notes outside the scale that most of the piece lies in"),
    entry(C::SelectShort, M::Select, "select.short", "Select shorter than grid", "Selects the notes shorter than a step of the grid"),
    entry(C::SelectWritten, M::Select, "select.written", "Select a model's notes", "Selects the notes that came with takes you kept, and their copies"),
    entry(C::SelectMasked, M::Select, "edit.select_masked", "Select masked notes", "Selects the notes that would be written anew"),
    entry(C::SelectOdd, M::Select, "select.odd", "Select the five oddest notes", "Selects the notes whose pitch the chosen model expected least; Ctrl+M then masks them")
        .keys(&[alt(Key::O)]).icon(Icon::MessageCircleQuestionMark),
    entry(C::SelectBy, M::Select, "select.by", "Select by...", "Finds notes by pitch, beat, length, track or writer, and adds them to the selection, takes them away, or masks them")
        .keys(&[ctrl(Key::F)]).icon(Icon::Search).separated(),
    entry(C::SelectSection, M::Select, "select.section", "Select section", "Marks the bars from the marker at the playhead to the next one, and selects what begins in them; a click on its strip does the same")
        .keys(&[shift(Key::E)]),

    entry(C::TransposeUp, M::Notes, "notes.up", "Up a semitone", "Moves the selected notes up a semitone")
        .keys(&[plain(Key::ArrowUp)]).icon(Icon::ArrowUp).repeats(),
    entry(C::TransposeDown, M::Notes, "notes.down", "Down a semitone", "Moves the selected notes down a semitone")
        .keys(&[plain(Key::ArrowDown)]).icon(Icon::ArrowDown).repeats(),
    entry(C::OctaveUp, M::Notes, "notes.octave_up", "Up an octave", "Moves the selected notes up an octave")
        .keys(&[shift(Key::ArrowUp)]).repeats(),
    entry(C::OctaveDown, M::Notes, "notes.octave_down", "Down an octave", "Moves the selected notes down an octave")
        .keys(&[shift(Key::ArrowDown)]).repeats(),
    entry(C::ScaleUp, M::Notes, "notes.scale_up", "Up a step in key", "Moves the selected notes to the next pitch of the piece's key")
        .keys(&[alt(Key::ArrowUp)]).repeats(),
    entry(C::ScaleDown, M::Notes, "notes.scale_down", "Down a step in key", "Moves the selected notes to the pitch below in the piece's key")
        .keys(&[alt(Key::ArrowDown)]).repeats(),
    entry(C::IntoKey, M::Notes, "notes.into_key", "Into the key", "Moves selected notes that lie outside the piece's key a semitone, into it"),
    entry(C::NudgeRight, M::Notes, "notes.right", "Later", "Moves the selected notes one grid step later")
        .keys(&[plain(Key::ArrowRight)]).icon(Icon::ArrowRight).separated().repeats(),
    entry(C::NudgeLeft, M::Notes, "notes.left", "Earlier", "Moves the selected notes one grid step earlier")
        .keys(&[plain(Key::ArrowLeft)]).icon(Icon::ArrowLeft).repeats(),
    entry(C::Longer, M::Notes, "notes.longer", "Longer", "Makes the selected notes one grid step longer")
        .keys(&[shift(Key::ArrowRight)]).repeats(),
    entry(C::Shorter, M::Notes, "notes.shorter", "Shorter", "Makes the selected notes one grid step shorter")
        .keys(&[shift(Key::ArrowLeft)]).repeats(),
    entry(C::Louder, M::Notes, "notes.louder", "Louder", "Makes the selected notes louder")
        .keys(&[alt(Key::ArrowRight)]).repeats(),
    entry(C::Softer, M::Notes, "notes.softer", "Softer", "Makes the selected notes softer")
        .keys(&[alt(Key::ArrowLeft)]).repeats(),
    entry(C::Stamp, M::Notes, "notes.stamp", "Stamp chord", "Writes a chord on the caret, in the track in hand, and moves the caret behind it")
        .keys(&[shift(Key::C)]).icon(Icon::Stamp).separated().repeats(),
    entry(C::StampBy, M::Notes, "notes.stamp_by", "Choose chord...", "Chooses the chord that is stamped: of the key, or of a fixed shape"),
    entry(C::PutNote, M::Notes, "notes.put", "Put note", "Writes a note on the caret, in the track in hand, selects it and moves the caret behind it")
        .keys(&[plain(Key::N)]).icon(Icon::Music2).separated().repeats(),
    entry(C::TakeNote, M::Notes, "notes.take", "Select at caret", "Selects the note under the caret as well, or lets it go")
        .keys(&[plain(Key::T)]),
    entry(C::CaretUp, M::Notes, "caret.up", "Caret up", "Moves the caret up a semitone; the arrow alone does it while nothing is selected")
        .keys(&[ctrl(Key::ArrowUp)]).repeats().under(CARET),
    entry(C::CaretDown, M::Notes, "caret.down", "Caret down", "Moves the caret down a semitone; the arrow alone does it while nothing is selected")
        .keys(&[ctrl(Key::ArrowDown)]).repeats().under(CARET),
    entry(C::CaretRight, M::Notes, "caret.right", "Caret later", "Moves the caret a step of the grid later; the arrow alone does it while nothing is selected")
        .keys(&[ctrl(Key::ArrowRight)]).repeats().under(CARET),
    entry(C::CaretLeft, M::Notes, "caret.left", "Caret earlier", "Moves the caret a step of the grid earlier; the arrow alone does it while nothing is selected")
        .keys(&[ctrl(Key::ArrowLeft)]).repeats().under(CARET),
    entry(C::CaretOctaveUp, M::Notes, "caret.octave_up", "Caret up an octave", "Moves the caret up twelve semitones; Shift and the arrow do it while nothing is selected")
        .keys(&[ctrl(Key::PageUp)]).repeats().separated().under(CARET),
    entry(C::CaretOctaveDown, M::Notes, "caret.octave_down", "Caret down an octave", "Moves the caret down twelve semitones; Shift and the arrow do it while nothing is selected")
        .keys(&[ctrl(Key::PageDown)]).repeats().under(CARET),
    entry(C::CaretBarForward, M::Notes, "caret.bar_forward", "Caret to next bar", "Moves the caret to the beginning of the next bar; Shift and the arrow do it while nothing is selected")
        .keys(&[ctrl(Key::CloseBracket)]).repeats().under(CARET),
    entry(C::CaretBarBack, M::Notes, "caret.bar_back", "Caret a bar back", "Moves the caret to the beginning of its bar, then of the bar before")
        .keys(&[ctrl(Key::OpenBracket)]).repeats().under(CARET),
    entry(C::CaretNextNote, M::Notes, "caret.next_note", "Caret to next note", "Moves the caret to the next note of the track in hand")
        .keys(&[alt(Key::Period)]).repeats().separated().under(CARET),
    entry(C::CaretPreviousNote, M::Notes, "caret.previous_note", "Caret to previous note", "Moves the caret to the note before, in the track in hand")
        .keys(&[alt(Key::Comma)]).repeats().under(CARET),
    entry(C::BoxUp, M::Notes, "caret.box_up", "Box up", "Draws the box from the caret a semitone up, and selects the notes in it")
        .keys(&[ctrl_shift(Key::ArrowUp)]).repeats().separated().under(CARET),
    entry(C::BoxDown, M::Notes, "caret.box_down", "Box down", "Draws the box from the caret a semitone down, and selects the notes in it")
        .keys(&[ctrl_shift(Key::ArrowDown)]).repeats().under(CARET),
    entry(C::BoxRight, M::Notes, "caret.box_right", "Box later", "Draws the box from the caret a step later, and selects the notes in it")
        .keys(&[ctrl_shift(Key::ArrowRight)]).repeats().under(CARET),
    entry(C::BoxLeft, M::Notes, "caret.box_left", "Box earlier", "Draws the box from the caret a step earlier, and selects the notes in it")
        .keys(&[ctrl_shift(Key::ArrowLeft)]).repeats().under(CARET),
    entry(C::CaretToPlayhead, M::Notes, "caret.to_playhead", "Caret to playhead", "Moves the caret to the step of the grid that the playhead stands in")
        .keys(&[shift(Key::P)]).separated().under(CARET),

    entry(C::Quantise, M::Shape, "notes.quantise", "Quantise", "Moves the selected notes (or all notes of the track) onto the grid")
        .keys(&[plain(Key::Q)]).icon(Icon::Magnet),
    entry(C::QuantiseBy, M::Shape, "shape.quantise", "Quantise...", "Draws onsets or lengths to any grid, triplets and swing too, as far as you like")
        .keys(&[shift(Key::Q)]),
    entry(C::Humanise, M::Shape, "shape.humanise", "Humanise...", "Moves the selected notes a little in time and loudness, by chance"),
    entry(C::Strum, M::Shape, "shape.strum", "Strum...", "Lets the notes of each selected chord begin one after the other")
        .keys(&[alt(Key::S)]),
    entry(C::Legato, M::Shape, "shape.legato", "Legato", "Lets every selected note last until the next one of its track begins")
        .keys(&[shift(Key::L)]).separated(),
    entry(C::Overlaps, M::Shape, "shape.overlaps", "Remove overlaps", "Cuts selected notes short where another of their pitch begins")
        .keys(&[shift(Key::O)]),
    entry(C::Join, M::Shape, "shape.join", "Join", "Makes one note of the selected ones of each pitch, gaps included")
        .keys(&[ctrl(Key::J)]).icon(Icon::Merge).separated(),
    entry(C::Glue, M::Shape, "shape.glue", "Glue", "Joins selected neighbours of a pitch that touch or nearly do")
        .keys(&[ctrl(Key::G)]),
    entry(C::Split, M::Shape, "shape.split", "Split at playhead", "Cuts the selected notes (or all notes of the track) where the playhead stands")
        .keys(&[alt(Key::X)]).icon(Icon::Split),
    entry(C::SplitCaret, M::Shape, "shape.split_caret", "Split at caret", "Cuts the selected notes (or all notes of the track) where the caret stands")
        .keys(&[shift(Key::X)]),
    entry(C::Chop, M::Shape, "shape.chop", "Chop on grid", "Cuts the selected notes at every line of the grid"),
    entry(C::Reverse, M::Shape, "shape.reverse", "Reverse", "Plays the selected notes backwards, in the same time")
        .keys(&[shift(Key::R)]).separated(),
    entry(C::InvertPitch, M::Shape, "shape.invert", "Upside down", "Turns the pitches of the selected notes round: the lowest becomes the highest")
        .keys(&[shift(Key::I)]),
    entry(C::TwiceAsLong, M::Shape, "shape.double", "Twice as long", "Draws the selected passage out to twice its time"),
    entry(C::HalfAsLong, M::Shape, "shape.halve", "Half as long", "Presses the selected passage into half its time"),
    entry(C::Flatten, M::Shape, "shape.flatten", "Level velocities", "Makes the selected notes as loud as they are on average").separated(),
    entry(C::Ramp, M::Shape, "shape.ramp", "Ramp velocities...", "Lets the selected notes grow or fade evenly from one loudness to another"),

    entry(C::MaskSelected, M::Mask, "mask.selected", "Mask selected notes", "The selected notes will be written anew")
        .keys(&[ctrl(Key::M)]).icon(Icon::SquareDashed),
    entry(C::MaskBars, M::Mask, "mask.bars", "Mask bars of selection", "The whole bars of the selected notes will be written anew, on the tracks they stand on")
        .keys(&[ctrl_shift(Key::M)]),
    entry(C::MaskLoop, M::Mask, "mask.loop", "Mask loop range", "Everything in the loop will be written anew, on all tracks")
        .keys(&[alt(Key::L)]),
    entry(C::MaskTrack, M::Mask, "mask.track", "Mask track in hand", "The whole track in hand will be written anew")
        .keys(&[alt(Key::T)]),
    entry(C::MaskBox, M::Mask, "mask.box", "Mask box of caret", "What lies in the caret's box will be written anew; without a box, the caret's step at its pitch")
        .keys(&[alt(Key::B)]),
    entry(C::MaskSection, M::Mask, "mask.section", "Mask section", "Has the section marked on the ruler, else the playhead's, written anew")
        .keys(&[alt(Key::E)]),
    entry(C::MaskAll, M::Mask, "mask.all", "Mask everything", "The whole piece will be written anew"),
    entry(C::MaskInvert, M::Mask, "mask.invert", "Invert mask", "What is masked is kept, what was kept is masked")
        .keys(&[alt(Key::I)]).icon(Icon::Contrast).separated(),
    entry(C::MaskClear, M::Mask, "mask.clear", "Clear mask", "Nothing will be written anew")
        .keys(&[alt(Key::M)]).icon(Icon::X),

    entry(C::GenerateFocus, M::Takes, "takes.focus", "Go to generate", "Brings the generate panel to hand")
        .keys(&[plain(Key::G)]),
    entry(C::Generate, M::Takes, "takes.generate", "Generate", "Writes takes for what is masked")
        .keys(&[ctrl(Key::Enter)]).icon(Icon::Sparkles).in_text(),
    entry(C::Again, M::Takes, "takes.again", "Again", "Writes more takes of the same mask with a new seed")
        .keys(&[ctrl_shift(Key::Enter)]).icon(Icon::RefreshCw).in_text(),
    entry(C::CancelGenerating, M::Takes, "takes.cancel", "Cancel generating", "Stops writing; finished takes stay")
        .icon(Icon::CircleX),
    entry(C::NewSeed, M::Takes, "takes.seed", "New seed", "Rolls the dice for the next takes").icon(Icon::Dices),
    entry(C::PreviousTake, M::Takes, "takes.previous", "Previous take", "Shows and plays the take before, without stopping")
        .keys(&[plain(Key::OpenBracket)]).icon(Icon::ChevronLeft).separated().repeats(),
    entry(C::NextTake, M::Takes, "takes.next", "Next take", "Shows and plays the next take, without stopping")
        .keys(&[plain(Key::CloseBracket)]).icon(Icon::ChevronRight).repeats(),
    entry(C::ShowOriginal, M::Takes, "takes.original", "Show original", "Shows and plays what was there before")
        .keys(&[plain(Key::O)]),
    entry(C::Accept, M::Takes, "takes.accept", "Accept take", "Makes the shown take part of the piece; one undo step")
        .keys(&[alt(Key::Enter)]).icon(Icon::Check).separated(),
    entry(C::Discard, M::Takes, "takes.discard", "Discard takes", "Throws all takes away; the mask stays")
        .keys(&[alt(Key::Backspace)]).icon(Icon::Trash2),
    entry(C::TakeSteps, M::Takes, "takes.steps", "Steps of the take", "Opens a slider through the steps in which the shown take was written, or closes it")
        .keys(&[plain(Key::J)]).icon(Icon::Footprints).separated(),
    entry(C::ForkTake, M::Takes, "takes.fork", "Fork take here", "Writes a take that goes the way of the shown one up to the step in hand, and another way from there")
        .keys(&[shift(Key::J)]).icon(Icon::GitFork),
    entry(C::Refill, M::Takes, "takes.refill", "Refill what the model doubts", "Keeps the shown take, masks the fifth of its notes that the model finds least probable, and has them written again")
        .keys(&[alt(Key::D)]).icon(Icon::PaintBucket),

    entry(C::PlayPause, M::Play, "play.toggle", "Play", "Plays from the playhead, or pauses there")
        .keys(&[plain(Key::Space)]).icon(Icon::Play),
    entry(C::PlaySelection, M::Play, "play.selection", "Play from selection", "Plays from the first selected note, or from the start of the mask")
        .keys(&[shift(Key::Space)]),
    entry(C::Stop, M::Play, "play.stop", "Stop", "Stops and goes back to where playing began")
        .keys(&[plain(Key::Enter)]).icon(Icon::Square),
    entry(C::ToStart, M::Play, "play.start", "To start", "Moves the playhead to the beginning")
        .keys(&[plain(Key::Home)]).icon(Icon::SkipBack).separated(),
    entry(C::ToEnd, M::Play, "play.end", "To end", "Moves the playhead to the end")
        .keys(&[plain(Key::End)]).icon(Icon::SkipForward),
    entry(C::BarBack, M::Play, "play.bar_back", "Bar back", "Moves the playhead to the bar before")
        .keys(&[plain(Key::Comma)]).repeats(),
    entry(C::BarForward, M::Play, "play.bar_forward", "Bar forward", "Moves the playhead to the next bar")
        .keys(&[plain(Key::Period)]).repeats(),
    entry(C::PlayheadToCaret, M::Play, "play.to_caret", "Playhead to caret", "Moves the playhead to where the caret stands")
        .keys(&[plain(Key::P)]),
    entry(C::Loop, M::Play, "play.loop", "Loop", "Repeats the loop range; without one, what is masked or the whole piece")
        .keys(&[plain(Key::L)]).icon(Icon::Repeat).separated(),
    entry(C::LoopSelection, M::Play, "play.loop_selection", "Loop selection", "Loops the bars of the selected notes")
        .keys(&[ctrl(Key::L)]),
    entry(C::Metronome, M::Play, "play.metronome", "Metronome", "Clicks on every beat while playing")
        .keys(&[plain(Key::K)]).icon(Icon::Metronome),
    entry(C::Follow, M::Play, "play.follow", "Follow", "Keeps the playhead in view while playing")
        .keys(&[plain(Key::F)]).icon(Icon::LocateFixed),
    entry(C::CountIn, M::Play, "play.count_in", "Count-in", "Clicks a bar before playing begins")
        .keys(&[ctrl_shift(Key::K)]),
    entry(C::FollowSmooth, M::Play, "play.follow_smooth", "Follow smoothly", "Lets the notes run under a playhead that stands still, instead of turning pages")
        .keys(&[shift(Key::F)]),
    entry(C::InsertBars, M::Play, "time.insert_bars", "Insert bars", "Puts empty bars in front of those marked on the ruler, of the selected notes, or of the playhead, as many as they are")
        .keys(&[ctrl_shift(Key::B)]).icon(Icon::BetweenVerticalStart).separated(),
    entry(C::DeleteBars, M::Play, "time.delete_bars", "Delete bars", "Takes the bars marked on the ruler, of the selected notes, or of the playhead out, with everything on them")
        .keys(&[ctrl_shift(Key::Delete)]),
    entry(C::DuplicateSection, M::Play, "time.duplicate_section", "Duplicate section", "Puts the section marked on the ruler, else the playhead's, once more behind itself, with tempo and controllers")
        .keys(&[shift(Key::D)]).icon(Icon::CopyPlus),
    entry(C::AddMarker, M::Play, "time.marker", "Add marker", "Names the bar of the playhead: A, B and so on, until you call it otherwise")
        .keys(&[shift(Key::M)]).icon(Icon::Flag).separated(),
    entry(C::NextMarker, M::Play, "time.next_marker", "Next marker", "Moves the playhead to the marker behind it")
        .keys(&[alt(Key::N)]).repeats(),
    entry(C::PreviousMarker, M::Play, "time.previous_marker", "Previous marker", "Moves the playhead to the marker before it")
        .keys(&[alt(Key::P)]).repeats(),
    entry(C::TimeMaps, M::Play, "time.maps", "Tempo, metre, markers...", "Shows the tempo as a curve, and every change of tempo and metre and every marker as a list one can edit")
        .keys(&[shift(Key::T)]).icon(Icon::Timer),
    entry(C::Record, M::Play, "play.record", "Record", "Writes what is played at a MIDI port or at the piano keys on the track in hand; each round of a loop adds to the last and is one undo step")
        .keys(&[plain(Key::R), ctrl(Key::R)]).icon(Icon::Circle).separated(),
    entry(C::StepInput, M::Play, "play.step", "Step input", "Each chord that is played goes onto the caret, which then moves on by a step of the grid")
        .keys(&[ctrl_shift(Key::R)]).icon(Icon::StepForward),
    entry(C::PianoKeys, M::Play, "play.piano", "Keys as piano", "Letters play notes: Z to M is an octave, Q to U the next; shortcuts with Ctrl, Alt or Shift still work")
        .keys(&[shift(Key::K)]).icon(Icon::Piano),
    entry(C::PianoUp, M::Play, "play.piano_up", "Piano keys up an octave", "The letters that play notes play them an octave higher")
        .keys(&[shift(Key::PageUp)]),
    entry(C::PianoDown, M::Play, "play.piano_down", "Piano keys down an octave", "The letters that play notes play them an octave lower")
        .keys(&[shift(Key::PageDown)]),

    entry(C::NextTrack, M::Track, "track.next", "Next track", "Takes the track below in hand")
        .keys(&[plain(Key::PageDown), plain(Key::S)]).repeats(),
    entry(C::PreviousTrack, M::Track, "track.previous", "Previous track", "Takes the track above in hand")
        .keys(&[plain(Key::PageUp), plain(Key::W)]).repeats(),
    entry(C::AddTrack, M::Track, "track.add", "Add track", "Adds an empty piano track")
        .keys(&[ctrl(Key::T)]).icon(Icon::Plus).separated(),
    entry(C::RemoveTrack, M::Track, "track.remove", "Remove track", "Removes the track in hand with its notes")
        .icon(Icon::Trash2),
    entry(C::RenameTrack, M::Track, "track.rename", "Rename track", "Types another name for the track in hand")
        .keys(&[plain(Key::F2)]),
    entry(C::NextColour, M::Track, "track.colour", "Next colour", "Gives the track in hand the next colour there is")
        .keys(&[alt(Key::C)]),
    entry(C::Mute, M::Track, "track.mute", "Mute", "Silences the track in hand")
        .keys(&[plain(Key::M)]).icon(Icon::VolumeX).separated(),
    entry(C::Solo, M::Track, "track.solo", "Solo", "Only the track in hand is heard")
        .keys(&[shift(Key::S)]).icon(Icon::Headphones),
    entry(C::HideTrack, M::Track, "track.hide", "Hide track", "Takes the notes of the track in hand out of the roll; they still sound")
        .keys(&[shift(Key::H)]).icon(Icon::EyeOff),
    entry(C::GhostTrack, M::Track, "track.ghost", "Leave track out of ghosts", "Hides the track in hand so that it is not even a faint one behind the others, or brings its ghost back")
        .keys(&[alt(Key::H)]).icon(Icon::Ghost),
    entry(C::LockTrack, M::Track, "track.lock", "Lock track", "Keeps the track in hand as it is: no edit changes it and no model writes on it, until it is unlocked")
        .keys(&[ctrl_shift(Key::L)]).icon(Icon::Lock),
    entry(C::ArmTrack, M::Track, "track.arm", "Arm track", "Has the track in hand play and record what is played at a MIDI port or the piano keys, whichever track is in hand then")
        .keys(&[alt(Key::R)]).icon(Icon::CircleDot),
    entry(C::TrackUp, M::Track, "track.up", "Move track up", "Moves the track in hand up the list; it keeps its colour")
        .keys(&[alt(Key::PageUp)]).separated(),
    entry(C::TrackDown, M::Track, "track.down", "Move track down", "Moves the track in hand down the list; it keeps its colour")
        .keys(&[alt(Key::PageDown)]),

    entry(C::Ghosts, M::View, "view.ghosts", "Ghosts of hidden tracks", "Shows the notes of hidden tracks faintly behind the others")
        .keys(&[plain(Key::H)]).icon(Icon::Ghost),
    entry(C::HighlightKey, M::View, "view.key", "Light the key", "Lights the rows of the piece's key, its tonic most; the key is chosen in the upper left corner of the roll")
        .keys(&[plain(Key::I)]).icon(Icon::KeySquare).separated(),
    entry(C::NoteNames, M::View, "view.names", "Note names", "Writes their names on notes and keys, or no longer")
        .keys(&[shift(Key::N)]).icon(Icon::CaseSensitive),
    entry(C::FoldUsed, M::View, "view.fold_used", "Fold to used rows", "Leaves out the rows that hold no note of a visible track, or brings them back")
        .keys(&[plain(Key::U)]).icon(Icon::FoldVertical),
    entry(C::FoldKey, M::View, "view.fold_key", "Fold to rows of the key", "Leaves out the rows outside the key that hold no note, or brings them back")
        .keys(&[shift(Key::U)]),
    entry(C::LaneVelocity, M::View, "lane.velocity", "Velocity lane", "Shows velocities under the notes")
        .keys(&[alt(Key::Num1)]).under(LANE),
    entry(C::LaneTempo, M::View, "lane.tempo", "Tempo lane", "Shows the tempo under the notes: drag its points, press beside them for new ones, Shift and drag for a ramp")
        .keys(&[alt(Key::Num2)]).under(LANE),
    entry(C::LaneBend, M::View, "lane.bend", "Pitch bend lane", "Shows the pitch bend of the track in hand under the notes")
        .keys(&[alt(Key::Num3)]).under(LANE),
    entry(C::LaneModulation, M::View, "lane.modulation", "Modulation lane", "Shows the modulation wheel (controller 1) of the track in hand under the notes")
        .keys(&[alt(Key::Num4)]).under(LANE),
    entry(C::LaneExpression, M::View, "lane.expression", "Expression lane", "Shows the expression (controller 11) of the track in hand under the notes")
        .keys(&[alt(Key::Num5)]).under(LANE),
    entry(C::LaneSustain, M::View, "lane.sustain", "Sustain lane", "Shows the pedal (controller 64) of the track in hand under the notes")
        .keys(&[alt(Key::Num6)]).under(LANE),
    entry(C::LaneHidden, M::View, "lane.none", "No lane", "Gives the notes the room of the lane under them, or back")
        .keys(&[alt(Key::Num0)]).separated().under(LANE),
    entry(C::Lens, M::View, "view.lens", "Round-trip lens", "Shows what a model's representation would lose of the piece: lost notes are struck out, moved ones have a ghost")
        .keys(&[plain(Key::V)]).icon(Icon::ScanEye),
    entry(C::Surprise, M::View, "view.surprise", "Surprise", "Shows under the roll how odd the chosen model finds every note and bar, and what it would rather have")
        .keys(&[plain(Key::E)]).icon(Icon::MessageCircleQuestionMark),
    entry(C::SurpriseColours, M::View, "view.surprise_colours", "Colour notes by surprise", "Notes glow the less probable they are to the model; the brighter their frame, the more it thought possible there")
        .keys(&[alt(Key::W)]).icon(Icon::Flame),
    entry(C::ZoomPiece, M::View, "view.zoom_piece", "Zoom to piece", "Shows the whole piece")
        .keys(&[plain(Key::Z)]).icon(Icon::Maximize2).separated(),
    entry(C::ZoomSelection, M::View, "view.zoom_selection", "Zoom to selection", "Shows the selected notes, or what is masked, as large as possible")
        .keys(&[shift(Key::Z)]),
    entry(C::ZoomIn, M::View, "view.zoom_in", "Zoom in", "Shows less of the piece, larger")
        .keys(&[plain(Key::Plus), plain(Key::Equals)]).repeats(),
    entry(C::ZoomOut, M::View, "view.zoom_out", "Zoom out", "Shows more of the piece, smaller")
        .keys(&[plain(Key::Minus)]).repeats(),
    entry(C::RowsTaller, M::View, "view.rows_taller", "Taller rows", "Shows fewer rows, each taller")
        .keys(&[alt(Key::Plus), alt(Key::Equals)]).repeats(),
    entry(C::RowsLower, M::View, "view.rows_lower", "Lower rows", "Shows more rows, each lower")
        .keys(&[alt(Key::Minus)]).repeats(),
    entry(C::GridFiner, M::View, "grid.finer", "Finer grid", "Halves the step of the grid")
        .keys(&[ctrl(Key::Num1)]).under(GRID),
    entry(C::GridCoarser, M::View, "grid.coarser", "Coarser grid", "Doubles the step of the grid")
        .keys(&[ctrl(Key::Num2)]).under(GRID),
    entry(C::GridTriplets, M::View, "grid.triplets", "Grid in triplets", "Changes between straight steps and triplets of them")
        .keys(&[ctrl(Key::Num3)]).under(GRID),
    entry(C::GridSwing, M::View, "grid.swing", "Grid that swings", "Lets every second line of the grid come late, or no longer")
        .keys(&[ctrl(Key::Num5)]).under(GRID),
    entry(C::GridOff, M::View, "grid.off", "Grid off", "Switches the grid off, or back on")
        .keys(&[ctrl(Key::Num4)]).icon(Icon::Magnet).under(GRID),
    entry(C::SnapNearest, M::View, "grid.nearest", "Snap to line or offset", "What is dragged lands on a line of the grid, or as far off one as it was: whichever is nearer")
        .separated().under(GRID),
    entry(C::SnapRelative, M::View, "grid.relative", "Snap keeps offsets", "What is dragged stays as far off the grid's lines as it was")
        .under(GRID),
    entry(C::SnapAbsolute, M::View, "grid.absolute", "Snap to lines only", "What is dragged lands on a line of the grid")
        .under(GRID),
    entry(C::Panels, M::View, "view.panels", "Side panels", "Shows or hides the track list and the generate panel")
        .keys(&[plain(Key::B)]).icon(Icon::PanelsTopLeft).separated(),
    entry(C::LayoutCompose, M::View, "view.compose", "Compose layout", "Lays the panes out for writing: the roll large, tracks and the generate panel at its sides")
        .keys(&[plain(Key::F6)]).under(LAYOUT),
    entry(C::LayoutResearch, M::View, "view.research", "Research layout", "Lays the panes out for training, data and evaluation beside the roll, which stays in use")
        .keys(&[plain(Key::F7)]).under(LAYOUT),
    entry(C::LayoutDemo, M::View, "view.demo", "Demo layout", "Lays the panes out for showing: the roll, the generate panel and the takes, nothing else")
        .keys(&[plain(Key::F8)]).under(LAYOUT),
    entry(C::ThemeToggle, M::View, "view.theme", "Dark, light, high contrast", "Changes from the dark look to the light one, then to the one of high contrast").icon(Icon::Contrast),
    entry(C::ReduceMotion, M::View, "view.motion", "Reduce motion", "Switches every animation off, or back on"),
    entry(C::ResetLayout, M::View, "view.reset", "Reset layout", "Puts panes and zoom back where they were on the first day").under(LAYOUT),
    entry(C::Soundfont, M::View, "view.soundfont", "Choose SoundFont...", "Plays with another SF2 file").icon(Icon::AudioLines).separated(),
    entry(C::Data, M::View, "view.data", "Data sets", "Shows what a model learns from: the songs of a data set, their splits and figures")
        .keys(&[plain(Key::F3)]).icon(Icon::Database).separated(),
    entry(C::Training, M::View, "view.training", "Trainings", "Trains a model and shows how it goes: curves, samples to see and hear, and the runs there are")
        .keys(&[plain(Key::F4)]).icon(Icon::ChartSpline),
    entry(C::Evaluation, M::View, "view.evaluation", "Evaluation", "Measures models on songs they never saw: figures beside real music and nonsense, samples to see and hear, nearest training songs")
        .keys(&[plain(Key::F5)]).icon(Icon::Scale),
    entry(C::Arena, M::View, "view.arena", "Arena", "Sets models, orders, steps and temperatures against each other in the same holes: quality against milliseconds")
        .icon(Icon::Swords),
    entry(C::BlindTest, M::View, "view.blind", "Blind listening test", "Plays what models and people wrote without telling which is which, and asks which is better")
        .icon(Icon::Headphones),
    entry(C::FineTune, M::View, "view.fine_tune", "Fine-tune on a folder...", "Makes the model one's own in minutes: it learns from a folder of MIDI files, and becomes a model of its own")
        .icon(Icon::Sprout),
    entry(C::UseRun, M::View, "view.use_run", "Use run as model", "Makes a model of the best weights of the run in hand, and chooses it for generating")
        .icon(Icon::PackageCheck),

    entry(C::Palette, M::Help, "help.palette", "Find a command...", "Lists every command; type a part of its name")
        .keys(&[ctrl(Key::P), ctrl(Key::K)]).icon(Icon::Search).in_text(),
    entry(C::Help, M::Help, "help.keys", "Keys and gestures", "Shows every key on one page")
        .keys(&[plain(Key::Questionmark), plain(Key::F1)]).icon(Icon::Keyboard),
    entry(C::Shortcuts, M::Help, "help.shortcuts", "Change shortcuts...", "Lists every command with its keys, to be found by name or key and changed")
        .icon(Icon::Keyboard),
    entry(C::Tour, M::Help, "help.tour", "Take the tour", "Points at the five things one needs, one after the other; Esc skips it")
        .icon(Icon::Signpost),
    entry(C::FirstSteps, M::Help, "help.first", "First steps", "Opens a demo piece with four bars masked, ready to generate").icon(Icon::Info),
];
