//! Commands as data: one table from which menus, palette, shortcuts, tooltips and the help overlay are made.
//!
//! Here is what a command is; the rows, which are what a person reads and presses, are in `table.rs`, what a command does in
//! `invoke.rs`, and when it may not be used in `why_not.rs`.

mod table;

use eframe::egui::{Context, Key, KeyboardShortcut};
use lucide_icons::Icon;

pub use table::TABLE;

/// Where a command is listed. The order is the order of the menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Menu {
    File,
    Edit,
    Select,
    Notes,
    Shape,
    Mask,
    Takes,
    Play,
    Track,
    View,
    Help,
}

impl Menu {
    /// Every menu, in order.
    pub const ALL: [Menu; 11] = [
        Menu::File,
        Menu::Edit,
        Menu::Select,
        Menu::Notes,
        Menu::Shape,
        Menu::Mask,
        Menu::Takes,
        Menu::Play,
        Menu::Track,
        Menu::View,
        Menu::Help,
    ];

    /// What stands in the menu bar.
    pub fn name(self) -> &'static str {
        match self {
            Menu::File => "File",
            Menu::Edit => "Edit",
            Menu::Select => "Select",
            Menu::Notes => "Notes",
            Menu::Shape => "Shape",
            Menu::Mask => "Mask",
            Menu::Takes => "Takes",
            Menu::Play => "Play",
            Menu::Track => "Track",
            Menu::View => "View",
            Menu::Help => "Help",
        }
    }
}

/// Everything a person can ask of the studio without pointing at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    New,
    NewPiano,
    NewMelodyChords,
    NewFourVoices,
    NewBand,
    Open,
    ImportTracks,
    Save,
    SaveAs,
    RenamePiece,
    ExportMidi,
    ExportMidiTracks,
    ExportMidiSelection,
    ExportMusicXml,
    ExportWav,
    ExportStems,
    ExportSvg,
    ExportPng,
    Quit,

    Undo,
    Redo,
    Cut,
    Copy,
    Paste,
    Duplicate,
    Delete,
    ToolSelect,
    ToolDraw,
    ToolErase,
    ToolMask,
    ToolLasso,
    ToolSplit,
    ToolSelectLasso,
    Settings,
    History,
    Versions,
    KeepVersion,
    CompareVersion,
    RestoreVersion,

    SelectAll,
    SelectNone,
    LetGo,
    SelectInverse,
    SelectBars,
    SelectTracks,
    SelectSamePitch,
    SelectPitchClass,
    SelectOutOfKey,
    SelectShort,
    SelectWritten,
    SelectMasked,
    SelectOdd,
    SelectBy,
    SelectSection,

    TransposeUp,
    TransposeDown,
    OctaveUp,
    OctaveDown,
    ScaleUp,
    ScaleDown,
    IntoKey,
    NudgeRight,
    NudgeLeft,
    Longer,
    Shorter,
    Louder,
    Softer,
    Stamp,
    StampBy,
    PutNote,
    TakeNote,
    CaretUp,
    CaretDown,
    CaretRight,
    CaretLeft,
    CaretOctaveUp,
    CaretOctaveDown,
    CaretBarForward,
    CaretBarBack,
    CaretNextNote,
    CaretPreviousNote,
    BoxUp,
    BoxDown,
    BoxRight,
    BoxLeft,
    CaretToPlayhead,

    Quantise,
    QuantiseBy,
    Humanise,
    Strum,
    Legato,
    Overlaps,
    Join,
    Glue,
    Split,
    SplitCaret,
    Chop,
    Reverse,
    InvertPitch,
    TwiceAsLong,
    HalfAsLong,
    Flatten,
    Ramp,

    MaskSelected,
    MaskBars,
    MaskLoop,
    MaskTrack,
    MaskBox,
    MaskSection,
    MaskAll,
    MaskInvert,
    MaskClear,

    GenerateFocus,
    Generate,
    Again,
    CancelGenerating,
    NewSeed,
    PreviousTake,
    NextTake,
    ShowOriginal,
    Accept,
    Discard,
    TakeSteps,
    ForkTake,
    Refill,

    PlayPause,
    PlaySelection,
    Stop,
    ToStart,
    ToEnd,
    BarBack,
    BarForward,
    PlayheadToCaret,
    Loop,
    LoopSelection,
    Metronome,
    Follow,
    CountIn,
    FollowSmooth,
    InsertBars,
    DeleteBars,
    DuplicateSection,
    AddMarker,
    NextMarker,
    PreviousMarker,
    TimeMaps,
    Record,
    StepInput,
    PianoKeys,
    PianoUp,
    PianoDown,

    NextTrack,
    PreviousTrack,
    AddTrack,
    RemoveTrack,
    RenameTrack,
    NextColour,
    Mute,
    Solo,
    HideTrack,
    GhostTrack,
    LockTrack,
    ArmTrack,
    TrackUp,
    TrackDown,

    Ghosts,
    HighlightKey,
    NoteNames,
    FoldUsed,
    FoldKey,
    LaneVelocity,
    LaneTempo,
    LaneBend,
    LaneModulation,
    LaneExpression,
    LaneSustain,
    LaneHidden,
    Lens,
    Surprise,
    SurpriseColours,
    ZoomPiece,
    ZoomSelection,
    ZoomIn,
    ZoomOut,
    RowsTaller,
    RowsLower,
    GridFiner,
    GridCoarser,
    GridTriplets,
    GridSwing,
    GridOff,
    SnapNearest,
    SnapRelative,
    SnapAbsolute,
    Panels,
    LayoutCompose,
    LayoutResearch,
    LayoutDemo,
    ThemeToggle,
    ReduceMotion,
    ResetLayout,
    Soundfont,
    Data,
    Training,
    Evaluation,
    Arena,
    BlindTest,
    FineTune,
    UseRun,

    Palette,
    Help,
    Shortcuts,
    Tour,
    FirstSteps,
}

/// What a command is called, what it does in words, and how it is reached.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub command: Command,
    /// Stable name for tests, settings and logs: `menu.verb`.
    pub id: &'static str,
    pub name: &'static str,
    pub tooltip: &'static str,
    /// As long as nobody changes them. The first one is shown; the others work as well.
    pub keys: &'static [KeyboardShortcut],
    pub icon: Option<Icon>,
    pub menu: Menu,
    /// Holding the key repeats the command.
    pub repeats: bool,
    /// A line stands above it in its menu.
    pub separated: bool,
    /// Works while a text field has the keyboard.
    pub in_text: bool,
    /// The menu inside its menu that it is listed in.
    pub under: Option<&'static str>,
}

impl Spec {
    const fn keys(mut self, keys: &'static [KeyboardShortcut]) -> Spec {
        self.keys = keys;
        self
    }
    const fn icon(mut self, icon: Icon) -> Spec {
        self.icon = Some(icon);
        self
    }
    const fn repeats(mut self) -> Spec {
        self.repeats = true;
        self
    }
    const fn separated(mut self) -> Spec {
        self.separated = true;
        self
    }
    const fn under(mut self, name: &'static str) -> Spec {
        self.under = Some(name);
        self
    }
    const fn in_text(mut self) -> Spec {
        self.in_text = true;
        self
    }
}

impl Command {
    /// Its row of the table.
    pub fn spec(self) -> &'static Spec {
        // The table is in the order of the enum; a test holds that.
        &TABLE[self as usize]
    }
}

/// A shortcut as it is printed on keys: `Ctrl+[`, not `Ctrl+OpenBracket`.
pub fn key_text(ctx: &Context, key: &KeyboardShortcut) -> String {
    let text = ctx.format_shortcut(key);
    let sign = match key.logical_key {
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Questionmark => "?",
        Key::Comma => ",",
        Key::Period => ".",
        Key::Plus => "+",
        Key::Minus => "-",
        Key::Equals => "=",
        Key::Escape => "Esc",
        Key::Delete => "Del",
        Key::PageUp => "Page Up",
        Key::PageDown => "Page Down",
        _ => return text,
    };
    let name = key.logical_key.name();
    text.strip_suffix(name)
        .map_or(text.clone(), |head| format!("{head}{sign}"))
}

impl Spec {
    /// The key that is shown for it; empty if it has none.
    pub fn key(&self, ctx: &Context) -> String {
        super::bindings::first(ctx, self.command)
            .map(|k| key_text(ctx, &k))
            .unwrap_or_default()
    }
}

/// The rows of one menu, in order.
pub fn of_menu(menu: Menu) -> impl Iterator<Item = &'static Spec> {
    TABLE.iter().filter(move |s| s.menu == menu)
}

#[cfg(test)]
mod tests {
    use super::Command as C;
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (i, spec) in TABLE.iter().enumerate() {
            assert_eq!(spec.command as usize, i, "{}", spec.id);
        }
        assert_eq!(TABLE.len(), C::FirstSteps as usize + 1);
    }

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen: HashMap<KeyboardShortcut, &str> = HashMap::new();
        for spec in TABLE {
            for key in spec.keys {
                if let Some(other) = seen.insert(*key, spec.id) {
                    panic!("{} and {other} are both on {key:?}", spec.id);
                }
            }
        }
    }

    #[test]
    fn every_command_says_what_it_is() {
        let mut ids: HashMap<&str, &str> = HashMap::new();
        let mut names: HashMap<&str, &str> = HashMap::new();
        for spec in TABLE {
            assert!(
                !spec.name.is_empty() && spec.tooltip.len() > 10,
                "{}",
                spec.id
            );
            assert!(
                !spec.tooltip.ends_with('.'),
                "{}: tooltips are phrases",
                spec.id
            );
            assert!(spec.id.contains('.'), "{}", spec.id);
            assert!(
                ids.insert(spec.id, spec.name).is_none(),
                "{} twice",
                spec.id
            );
            assert!(
                names.insert(spec.name, spec.id).is_none(),
                "{} twice",
                spec.name
            );
        }
    }

    #[test]
    fn keys_are_called_as_they_are_printed() {
        let ctx = Context::default();
        assert_eq!(C::NextTake.spec().key(&ctx), "]");
        assert_eq!(C::Help.spec().key(&ctx), "?");
        assert_eq!(C::LetGo.spec().key(&ctx), "Esc");
    }

    #[test]
    fn every_menu_has_commands_and_they_stand_together() {
        let order: Vec<Menu> = TABLE.iter().map(|s| s.menu).collect();
        assert!(order.is_sorted());
        for menu in Menu::ALL {
            assert!(of_menu(menu).next().is_some(), "{}", menu.name());
        }
    }
}
