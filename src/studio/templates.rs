//! What *New from template* begins with: empty tracks, ready to write on.

use super::command::Command;
use crate::score::Score;

/// A track of a template.
pub struct Line {
    pub name: &'static str,
    pub channel: u8,
    pub program: u8,
}

/// A piece without notes.
pub struct Template {
    pub command: Command,
    pub tracks: &'static [Line],
}

const fn line(name: &'static str, channel: u8, program: u8) -> Line {
    Line {
        name,
        channel,
        program,
    }
}

/// Every template, in the order of the commands.
pub static TEMPLATES: &[Template] = &[
    Template {
        command: Command::NewPiano,
        tracks: &[line("Right hand", 0, 0), line("Left hand", 1, 0)],
    },
    Template {
        command: Command::NewMelodyChords,
        tracks: &[line("Melody", 0, 73), line("Chords", 1, 0)],
    },
    Template {
        command: Command::NewFourVoices,
        // The model of chorales knows its voices by these names.
        tracks: &[
            line("Soprano", 0, 52),
            line("Alto", 1, 52),
            line("Tenor", 2, 52),
            line("Bass", 3, 52),
        ],
    },
    Template {
        command: Command::NewBand,
        tracks: &[
            line("Melody", 0, 80),
            line("Keys", 1, 4),
            line("Guitar", 2, 25),
            line("Bass", 3, 33),
            line("Drums", 9, 0),
        ],
    },
];

impl Template {
    /// The template of a command.
    pub fn of(command: Command) -> Option<&'static Template> {
        TEMPLATES.iter().find(|t| t.command == command)
    }

    /// A new piece.
    pub fn score(&self) -> Score {
        let mut score = Score::default();
        for line in self.tracks {
            score.add_track(line.name, line.channel, line.program);
        }
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drums_and_nothing_else_are_on_the_drum_channel_and_no_two_tracks_share_one() {
        for template in TEMPLATES {
            let score = template.score();
            let mut channels: Vec<u8> = score.tracks.iter().map(|t| t.channel).collect();
            channels.sort_unstable();
            channels.dedup();
            assert_eq!(channels.len(), template.tracks.len());
            for track in &score.tracks {
                assert_eq!(track.is_drums(), track.name == "Drums");
            }
        }
    }
}
