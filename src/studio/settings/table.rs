//! Every setting a person may change, as data: one entry each, from which the pane is drawn, searched and reset.

use super::{Look, Settings};
use crate::device::Choice;
use crate::studio::command::Command;

/// What a setting belongs to. The order is the order of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Look,
    Sound,
    Playing,
    Recording,
    Generating,
    Safety,
    Folders,
    Keys,
}

impl Group {
    /// The heading.
    pub fn name(self) -> &'static str {
        match self {
            Group::Look => "Look",
            Group::Sound => "Sound",
            Group::Playing => "Playing",
            Group::Recording => "Recording and MIDI",
            Group::Generating => "Generating",
            Group::Safety => "Safety",
            Group::Folders => "Folders",
            Group::Keys => "Keys",
        }
    }
}

/// How a setting is changed.
#[derive(Clone, Copy)]
pub enum Control {
    /// On or off.
    Switch(fn(&mut Settings) -> &mut bool),
    /// A number with its least and greatest value and a step, written with a unit.
    Number {
        of: fn(&mut Settings) -> &mut f32,
        range: (f32, f32),
        step: f32,
        unit: &'static str,
    },
    /// A share of 0..=1, written in percent.
    Share {
        of: fn(&mut Settings) -> &mut f32,
        range: (f32, f32),
    },
    /// A whole number with its least and greatest value.
    Count {
        of: fn(&mut Settings) -> &mut u32,
        range: (u32, u32),
    },
    /// One of a few, by its place in `names`.
    List {
        names: &'static [&'static str],
        get: fn(&Settings) -> usize,
        set: fn(&mut Settings, usize),
    },
    /// The MIDI port that is listened to.
    MidiPort,
    /// The file that instruments sound from.
    SoundFont,
    /// The model that generates.
    Model,
    /// A folder to be seen, not changed.
    Folder(Folder),
    /// A button that leads elsewhere.
    Command(Command),
}

/// The folders that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    Settings,
    Copies,
    Models,
    Data,
    Prepared,
    Runs,
}

/// A setting.
#[derive(Clone, Copy)]
pub struct Setting {
    pub group: Group,
    pub name: &'static str,
    /// One sentence: what it does.
    pub about: &'static str,
    /// Other words one may look for it by.
    pub words: &'static str,
    pub control: Control,
}

const fn entry(
    group: Group,
    name: &'static str,
    about: &'static str,
    words: &'static str,
    control: Control,
) -> Setting {
    Setting {
        group,
        name,
        about,
        words,
        control,
    }
}

/// Sizes of everything that are offered.
const SCALES: [f32; 17] = [
    0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.25, 2.5, 3.0,
];
const SCALE_NAMES: [&str; 17] = [
    "70 %", "80 %", "90 %", "100 %", "110 %", "120 %", "130 %", "140 %", "150 %", "160 %", "170 %",
    "180 %", "190 %", "200 %", "225 %", "250 %", "300 %",
];

/// The offered size nearest to a size.
fn nearest_scale(scale: f32) -> usize {
    let far = |i: &usize| (SCALES.get(*i).copied().unwrap_or(1.0) - scale).abs();
    (0..SCALES.len())
        .min_by(|a, b| far(a).total_cmp(&far(b)))
        .unwrap_or(0)
}

const DEVICES: [Choice; 3] = [Choice::Auto, Choice::Cpu, Choice::Gpu];

use Control::{Count, List, Number, Share, Switch};
use Group as G;

/// Every setting, by group.
// A row or two a setting: as a table it can be read at a glance.
#[rustfmt::skip]
pub static TABLE: &[Setting] = &[
    entry(G::Look, "Colours", "Dark for the evening, light for a bright room.", "theme appearance day night mode",
        List {
            names: &["Dark", "Light"],
            get: |s| s.look as usize,
            set: |s, i| s.look = if i == 0 { Look::Dark } else { Look::Light },
        }),
    entry(G::Look, "Size", "Of everything in the window; Ctrl and plus or minus change it too.", "scale zoom hidpi font large small",
        List {
            names: &SCALE_NAMES,
            get: |s| nearest_scale(s.scale),
            set: |s, i| s.scale = SCALES.get(i).copied().unwrap_or(1.0),
        }),
    entry(G::Look, "Reduce motion", "Nothing moves by itself but the playhead.", "animation accessibility",
        Switch(|s| &mut s.reduce_motion)),
    entry(G::Look, "Ghosts of hidden tracks", "Notes of hidden tracks stay faintly to be seen behind the others.", "onion skin",
        Switch(|s| &mut s.ghosts)),
    entry(G::Look, "Side panels", "The track list at the left and the generate panel at the right.", "layout",
        Switch(|s| &mut s.panels)),

    entry(G::Sound, "SoundFont", "The SF2 file that instruments sound from.", "sf2 instruments bank samples synth", Control::SoundFont),

    entry(G::Playing, "Metronome", "Clicks on every beat while playing.", "click",
        Switch(|s| &mut s.metronome)),
    entry(G::Playing, "Count-in before playing", "Clicks a bar before the playhead moves.", "precount pre-roll",
        Switch(|s| &mut s.count_in)),
    entry(G::Playing, "Follow the playhead", "Keeps it in view; scrolling away pauses that until you play again.", "scroll autoscroll",
        Switch(|s| &mut s.follow)),
    entry(G::Playing, "Follow smoothly", "The notes run under a playhead that stands still, instead of turning pages.", "scroll continuous",
        Switch(|s| &mut s.follow_smooth)),

    entry(G::Recording, "MIDI keyboard", "The port that is listened to. A port that is plugged in is found by itself.", "midi input port device controller hardware", Control::MidiPort),
    entry(G::Recording, "Latency", "Recorded notes are moved earlier by this, until they lie where you heard the beat.", "delay offset milliseconds",
        Number { of: |s| &mut s.record_latency, range: (-200.0, 500.0), step: 1.0, unit: " ms" }),
    entry(G::Recording, "Count-in before recording", "Clicks so long before recording begins.", "precount pre-roll bars",
        List {
            names: &["None", "1 bar", "2 bars", "3 bars", "4 bars"],
            get: |s| s.record_count_in as usize,
            set: |s, i| s.record_count_in = i.min(4) as u8,
        }),
    entry(G::Recording, "Quantise what is recorded", "Recorded notes begin on the grid.", "input quantize snap",
        Switch(|s| &mut s.quantise_input)),

    entry(G::Generating, "Model", "What writes the takes; the generate panel has the same list.", "network weights", Control::Model),
    entry(G::Generating, "Computes on", "Automatic takes a graphics card where one passes its test; holds from the next start.", "device gpu cpu graphics card cuda",
        List {
            names: &["Automatic", "CPU", "GPU"],
            get: |s| DEVICES.iter().position(|d| *d == s.device).unwrap_or(0),
            set: |s, i| s.device = DEVICES.get(i).copied().unwrap_or_default(),
        }),
    entry(G::Generating, "Takes", "How many answers are written at once.", "number answers",
        Count { of: |s| &mut s.generate.takes, range: (1, 16) }),
    entry(G::Generating, "Surprise", "How freely the model chooses: little is safe, much is daring.", "temperature sampler",
        Number { of: |s| &mut s.generate.sampler.temperature, range: (0.0, 2.0), step: 0.05, unit: "" }),
    entry(G::Generating, "Change", "How much is written anew; below 100 % a part of the original stays.", "share corruption variation sampler",
        Share { of: |s| &mut s.generate.sampler.change, range: (0.05, 1.0) }),
    entry(G::Generating, "Effort", "Passes the model makes; a small mask needs few.", "steps diffusion sampler quality speed",
        Count { of: |s| &mut s.generate.sampler.steps, range: (1, 1024) }),
    entry(G::Generating, "Likely values only", "Only the likeliest values that hold this share of the probability are drawn.", "nucleus top-p top_p sampler",
        Share { of: |s| &mut s.generate.sampler.top_p, range: (0.05, 1.0) }),
    entry(G::Generating, "Second thoughts", "Share of the decided values that each pass may take back, the least certain first.", "remask remdm sampler",
        Share { of: |s| &mut s.generate.sampler.remask, range: (0.0, 0.5) }),
    entry(G::Generating, "Surest first", "The model decides what it is sure of before the rest; otherwise in any order.", "confidence order sampler",
        Switch(|s| &mut s.generate.sampler.by_confidence)),
    entry(G::Generating, "Walk as the reference does", "Models over token rows draw as their papers did; the settings above then have no say.", "sampler reference paper",
        Switch(|s| &mut s.generate.sampler.reference)),
    entry(G::Generating, "Density", "Fewer or more notes than the model would write by itself; 0 is as it likes.", "constraint number notes",
        Number { of: |s| &mut s.generate.constraints.density, range: (-1.0, 1.0), step: 0.05, unit: "" }),
    entry(G::Generating, "Pull into the key", "How much the scale of the music around is preferred; 0 is not at all.", "constraint scale tonality in key",
        Number { of: |s| &mut s.generate.constraints.in_key, range: (0.0, 4.0), step: 0.1, unit: "" }),
    entry(G::Generating, "Keep the rhythm", "New notes begin where the old ones began.", "constraint onsets",
        Switch(|s| &mut s.generate.constraints.keep_rhythm)),
    entry(G::Generating, "Keep seed", "The same question gives the same takes; otherwise the dice are rolled for each.", "random dice repeat",
        Switch(|s| &mut s.generate.keep_seed)),

    entry(G::Safety, "Automatic copy after", "So long after a change the unsaved piece is copied, to be offered after a crash.", "autosave interval recovery backup seconds",
        Number { of: |s| &mut s.autosave_seconds, range: (0.4, 60.0), step: 0.1, unit: " s" }),

    entry(G::Folders, "Settings file", "Where all this is kept, as text.", "configuration ron path", Control::Folder(Folder::Settings)),
    entry(G::Folders, "Automatic copies", "Where the copies of unsaved pieces lie.", "recovery autosave backup path", Control::Folder(Folder::Copies)),
    entry(G::Folders, "Own models", "Where models made here go; LACUNA_MODELS names another folder.", "weights path", Control::Folder(Folder::Models)),
    entry(G::Folders, "Data sets", "Where songs to learn from are looked for; LACUNA_DATA names another folder.", "training path", Control::Folder(Folder::Data)),
    entry(G::Folders, "Prepared data", "Where data sets lie when they are made ready; LACUNA_CACHE names another folder.", "cache tokens path", Control::Folder(Folder::Prepared)),
    entry(G::Folders, "Trainings", "Where runs keep their checkpoints and samples.", "runs checkpoints path", Control::Folder(Folder::Runs)),

    entry(G::Keys, "Shortcuts", "Every command can have other keys.", "keyboard keys bindings hotkeys", Control::Command(Command::Shortcuts)),
];

impl Setting {
    /// Whether it fits what is looked for: each word of it stands in the name, the heading, the explanation or among
    /// the other words.
    pub fn fits(&self, query: &str) -> bool {
        let all = [self.name, self.group.name(), self.about, self.words].map(str::to_lowercase);
        let query = query.to_lowercase();
        let mut words = query.split_whitespace();
        words.all(|w| all.iter().any(|text| text.contains(w)))
    }

    /// Whether it is not as on the first day.
    pub fn differs(&self, now: &mut Settings) -> bool {
        let d = &mut Settings::default();
        match self.control {
            Switch(of) => *of(now) != *of(d),
            Number { of, .. } | Share { of, .. } => (*of(now) - *of(d)).abs() > 1e-6,
            Count { of, .. } => *of(now) != *of(d),
            List { get, .. } => get(now) != get(d),
            Control::MidiPort => now.midi_input.is_some(),
            Control::SoundFont => now.soundfont.is_some(),
            // Which models there are is known to the engine only.
            Control::Model | Control::Folder(_) | Control::Command(_) => false,
        }
    }

    /// Makes it as on the first day.
    pub fn reset(&self, now: &mut Settings) {
        let d = &mut Settings::default();
        match self.control {
            Switch(of) => *of(now) = *of(d),
            Number { of, .. } | Share { of, .. } => *of(now) = *of(d),
            Count { of, .. } => *of(now) = *of(d),
            List { get, set, .. } => set(now, get(d)),
            Control::MidiPort => now.midi_input = None,
            Control::SoundFont => now.soundfont = None,
            Control::Model | Control::Folder(_) | Control::Command(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Changes a setting, if it is one.
    fn change(setting: &Setting, s: &mut Settings) -> bool {
        match setting.control {
            Switch(of) => *of(s) = !*of(s),
            Number { of, range, .. } | Share { of, range } => {
                let other = if *of(s) == range.0 { range.1 } else { range.0 };
                *of(s) = other;
            }
            Count { of, range } => *of(s) = if *of(s) == range.0 { range.1 } else { range.0 },
            List { names, get, set } => {
                let other = (get(s) + 1) % names.len();
                set(s, other);
                assert_eq!(get(s), other, "{}", setting.name);
            }
            Control::MidiPort => s.midi_input = Some("Keystation".into()),
            Control::SoundFont => s.soundfont = Some("/a.sf2".into()),
            Control::Model | Control::Folder(_) | Control::Command(_) => return false,
        }
        true
    }

    #[test]
    fn each_setting_is_changed_kept_and_put_back_by_itself() {
        for setting in TABLE {
            let mut s = Settings::default();
            assert!(!setting.differs(&mut s), "{}", setting.name);
            if !change(setting, &mut s) {
                continue;
            }
            for other in TABLE {
                let same = other.name == setting.name;
                assert_eq!(
                    other.differs(&mut s),
                    same,
                    "{} and {}",
                    setting.name,
                    other.name
                );
            }
            let mut back = Settings::of_ron(&s.to_ron()).unwrap();
            assert_eq!(
                back, s,
                "{}: what can be set lies in its range",
                setting.name
            );
            setting.reset(&mut back);
            assert_eq!(back, Settings::default(), "{}", setting.name);
        }
    }

    #[test]
    fn groups_stand_together_and_everything_is_said() {
        assert!(TABLE.iter().map(|s| s.group).is_sorted());
        let names: BTreeSet<&str> = TABLE.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for s in TABLE {
            assert!(s.about.ends_with('.') && s.about.len() < 100, "{}", s.name);
        }
    }

    #[test]
    fn settings_are_found_by_name_heading_explanation_and_other_words() {
        let find = |query: &str| -> Vec<&str> {
            let found = TABLE.iter().filter(|s| s.fits(query));
            found.map(|s| s.name).collect()
        };
        assert_eq!(find("latency"), ["Latency"]);
        assert_eq!(find("AUTOSAVE interval"), ["Automatic copy after"]);
        assert_eq!(find("theme"), ["Colours"]);
        assert_eq!(find("count recording"), ["Count-in before recording"]);
        assert_eq!(find("").len(), TABLE.len());
        assert!(find("no such thing").is_empty());
    }

    #[test]
    fn every_field_of_the_file_is_in_the_table_or_kept_elsewhere() {
        // Kept by other panes, or by no person at all.
        let elsewhere = [
            "version",
            "generate",
            "recent",
            "welcomed",
            "shortcuts",
            "options",
            "layout",
        ];
        let mut changed = Settings::default();
        for setting in TABLE {
            change(setting, &mut changed);
        }
        let (was, is) = (Settings::default().plain_ron(), changed.plain_ron());
        let same = super::super::newer::fields(&is);
        for (name, value) in super::super::newer::fields(&was) {
            let unchanged = same.contains(&(name.clone(), value));
            assert!(
                !unchanged || elsewhere.contains(&name.as_str()),
                "{name} has no entry"
            );
        }
    }
}
