//! How the panes lie in the window: a tree of rows, columns and tabs, and the three that come ready made. Knows nothing
//! of egui; `dock` draws it.

use super::command::Command;
use lucide_icons::Icon;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A pane of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DockPane {
    Roll,
    Tracks,
    Generate,
    Takes,
    Data,
    Training,
    Evaluation,
    Time,
    History,
    Versions,
}

/// What a pane is called and how much room it wants.
#[derive(Debug)]
pub struct PaneSpec {
    pub pane: DockPane,
    /// What stands on its tab.
    pub title: &'static str,
    pub icon: Icon,
    /// Width and height beside others, in points, where nobody has chosen one.
    pub size: (u16, u16),
    /// As small as it becomes in a window too small for all.
    pub least: (u16, u16),
    /// What its cross asks for; without one it is only put out of the arrangement.
    pub command: Option<Command>,
}

// A row a pane: as a table it can be read at a glance.
#[rustfmt::skip]
static PANES: [PaneSpec; 10] = {
    use DockPane as P;
    const fn spec(pane: DockPane, title: &'static str, icon: Icon, size: (u16, u16), least: (u16, u16), command: Option<Command>) -> PaneSpec {
        PaneSpec { pane, title, icon, size, least, command }
    }
    [
        spec(P::Roll, "Roll", Icon::Piano, (640, 480), (280, 200), None),
        spec(P::Tracks, "Tracks", Icon::ListMusic, (216, 260), (160, 96), None),
        spec(P::Generate, "Generate", Icon::Sparkles, (232, 420), (190, 160), None),
        spec(P::Takes, "Takes", Icon::GalleryHorizontal, (480, 132), (280, 118), None),
        spec(P::Data, "Data", Icon::Database, (660, 420), (360, 200), Some(Command::Data)),
        spec(P::Training, "Training", Icon::ChartSpline, (660, 420), (360, 200), Some(Command::Training)),
        spec(P::Evaluation, "Evaluation", Icon::Scale, (660, 420), (360, 200), Some(Command::Evaluation)),
        spec(P::Time, "Tempo and metre", Icon::Timer, (460, 240), (240, 140), Some(Command::TimeMaps)),
        spec(P::History, "History", Icon::History, (280, 260), (180, 120), Some(Command::History)),
        spec(P::Versions, "Versions", Icon::Layers, (300, 260), (180, 120), Some(Command::Versions)),
    ]
};

impl DockPane {
    /// Every pane, in the order of the enum.
    pub fn all() -> impl Iterator<Item = DockPane> {
        PANES.iter().map(|s| s.pane)
    }

    /// Its row of the table.
    pub fn spec(self) -> &'static PaneSpec {
        // The table is in the order of the enum; a test holds that.
        &PANES[self as usize]
    }
}

/// A part of the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    Pane(DockPane),
    /// One of several is seen: the one of this number, from 0.
    Tabs(Vec<Node>, usize),
    /// Side by side, each so many points wide; the part with the roll takes what is left.
    Row(Vec<(u16, Node)>),
    /// One above the other, each so many points high; likewise.
    Column(Vec<(u16, Node)>),
}

impl Node {
    /// Whether a pane is in this part.
    pub fn holds(&self, pane: DockPane) -> bool {
        let mut found = false;
        self.each(&mut |p| found |= p == pane);
        found
    }

    /// Calls something with every pane, in order.
    fn each(&self, see: &mut impl FnMut(DockPane)) {
        match self {
            Node::Pane(pane) => see(*pane),
            Node::Tabs(parts, _) => parts.iter().for_each(|n| n.each(see)),
            Node::Row(parts) | Node::Column(parts) => parts.iter().for_each(|(_, n)| n.each(see)),
        }
    }

    /// Brings a pane to the front of its tabs.
    fn show(&mut self, pane: DockPane) {
        match self {
            Node::Pane(_) => {}
            Node::Tabs(parts, front) => {
                if let Some(i) = parts.iter().position(|n| n.holds(pane)) {
                    *front = i;
                    parts[i].show(pane);
                }
            }
            Node::Row(parts) | Node::Column(parts) => {
                parts.iter_mut().for_each(|(_, n)| n.show(pane))
            }
        }
    }

    /// Puts panes beside the tab of `beside`; whether that was found.
    fn add(&mut self, beside: DockPane, panes: &[DockPane]) -> bool {
        match self {
            Node::Pane(_) => false,
            Node::Tabs(parts, _) if parts.contains(&Node::Pane(beside)) => {
                parts.extend(panes.iter().map(|p| Node::Pane(*p)));
                true
            }
            Node::Tabs(parts, _) => parts.iter_mut().any(|n| n.add(beside, panes)),
            Node::Row(parts) | Node::Column(parts) => {
                parts.iter_mut().any(|(_, n)| n.add(beside, panes))
            }
        }
    }

    /// Keeps the sizes of `old` wherever the parts are still the same.
    pub fn keep_sizes(&mut self, old: &Node) {
        match (self, old) {
            (Node::Row(now), Node::Row(old)) | (Node::Column(now), Node::Column(old))
                if now.len() == old.len() =>
            {
                for ((size, n), (was, o)) in now.iter_mut().zip(old) {
                    *size = *was;
                    n.keep_sizes(o);
                }
            }
            (Node::Tabs(now, _), Node::Tabs(old, _)) if now.len() == old.len() => {
                now.iter_mut().zip(old).for_each(|(n, o)| n.keep_sizes(o));
            }
            _ => {}
        }
    }
}

/// An arrangement that comes ready made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// The roll is the hero; research lies over it while it is asked for.
    #[default]
    Compose,
    /// Data, training and evaluation beside the roll.
    Research,
    /// The roll and what fills it, for a room full of people.
    Demo,
}

/// Where every pane is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrangement {
    /// What it was made of.
    pub preset: Preset,
    pub shape: Node,
    /// Panes that keep their place and are not shown.
    pub closed: BTreeSet<DockPane>,
}

impl Default for Arrangement {
    fn default() -> Self {
        Arrangement::of(Preset::default())
    }
}

/// Tabs of these panes, the first in front.
fn tabs(panes: &[DockPane]) -> Node {
    Node::Tabs(panes.iter().map(|p| Node::Pane(*p)).collect(), 0)
}

/// A part with its width, as the table has it.
fn wide(pane: DockPane, with: &[DockPane]) -> (u16, Node) {
    let panes: Vec<DockPane> = [pane].iter().chain(with).copied().collect();
    (pane.spec().size.0, tabs(&panes))
}

/// A part with its height, as the table has it.
fn high(pane: DockPane) -> (u16, Node) {
    (pane.spec().size.1, tabs(&[pane]))
}

impl Arrangement {
    /// The arrangement as it comes.
    pub fn of(preset: Preset) -> Arrangement {
        use DockPane as P;
        let roll = || (0, tabs(&[P::Roll]));
        let small = [P::Time, P::History, P::Versions];
        let (shape, closed): (Node, &[DockPane]) = match preset {
            Preset::Compose => (
                Node::Column(vec![
                    (
                        0,
                        Node::Row(vec![
                            wide(P::Tracks, &[]),
                            (0, Node::Column(vec![roll(), high(P::Time)])),
                            wide(P::Generate, &[P::History, P::Versions]),
                            wide(P::Data, &[P::Training, P::Evaluation]),
                        ]),
                    ),
                    high(P::Takes),
                ]),
                &small,
            ),
            Preset::Research => (
                Node::Row(vec![
                    (
                        0,
                        Node::Column(vec![
                            (0, Node::Row(vec![wide(P::Tracks, &[]), roll()])),
                            high(P::Time),
                            high(P::Takes),
                        ]),
                    ),
                    wide(
                        P::Training,
                        &[P::Data, P::Evaluation, P::Generate, P::History, P::Versions],
                    ),
                ]),
                &[P::Tracks, P::Time, P::History, P::Versions],
            ),
            Preset::Demo => (
                Node::Column(vec![
                    (
                        0,
                        Node::Row(vec![
                            wide(P::Tracks, &[P::History, P::Versions]),
                            (0, Node::Column(vec![roll(), high(P::Time)])),
                            wide(P::Generate, &[]),
                            wide(P::Data, &[P::Training, P::Evaluation]),
                        ]),
                    ),
                    high(P::Takes),
                ]),
                &[P::Tracks, P::Time, P::History, P::Versions],
            ),
        };
        Arrangement {
            preset,
            shape,
            closed: closed.iter().copied().collect(),
        }
    }

    /// Whether the panes for research stand beside the roll instead of over it.
    pub fn beside(&self) -> bool {
        self.preset == Preset::Research
    }

    /// Opens a pane where it has its place, and brings it to the front.
    pub fn open(&mut self, pane: DockPane) {
        self.closed.remove(&pane);
        self.shape.show(pane);
    }

    /// As text that can be read back.
    pub fn to_text(&self) -> String {
        ron::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Arrangement::to_text`] wrote. `None` for anything else, and where a pane is there twice or the roll
    /// is not there; other panes that lack, as after an update, are put beside *Generate*.
    pub fn read(text: &str) -> Option<Arrangement> {
        let mut read: Arrangement = ron::from_str(text).ok()?;
        let mut seen = BTreeSet::new();
        let mut twice = false;
        read.shape.each(&mut |p| twice |= !seen.insert(p));
        let known = seen.contains(&DockPane::Roll) && seen.contains(&DockPane::Generate);
        if twice || !known {
            return None;
        }
        let lacking: Vec<DockPane> = DockPane::all().filter(|p| !seen.contains(p)).collect();
        let added = lacking.is_empty() || read.shape.add(DockPane::Generate, &lacking);
        read.closed.extend(lacking);
        read.closed.remove(&DockPane::Roll);
        added.then_some(read)
    }
}

/// The arrangement inside another file: a line of text of its own, so that a broken one spoils nothing else.
pub mod as_text {
    use super::Arrangement;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(it: &Arrangement, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&it.to_text())
    }

    /// Reads it; a broken one is the standard one.
    ///
    /// # Errors
    /// Where there is no text.
    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Arrangement, D::Error> {
        let text = String::deserialize(from)?;
        Ok(Arrangement::read(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Preset; 3] = [Preset::Compose, Preset::Research, Preset::Demo];

    fn panes(node: &Node) -> Vec<DockPane> {
        let mut all = Vec::new();
        node.each(&mut |p| all.push(p));
        all
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (i, spec) in PANES.iter().enumerate() {
            assert_eq!(spec.pane as usize, i, "{}", spec.title);
        }
        assert_eq!(PANES.len(), DockPane::Versions as usize + 1);
    }

    #[test]
    fn every_arrangement_has_every_pane_once_and_is_read_back() {
        for preset in ALL {
            let made = Arrangement::of(preset);
            let mut all = panes(&made.shape);
            all.sort_unstable();
            assert_eq!(all, DockPane::all().collect::<Vec<_>>(), "{preset:?}");
            assert_eq!(Arrangement::read(&made.to_text()), Some(made));
        }
    }

    #[test]
    fn only_research_has_training_and_data_beside_the_roll_and_not_closed() {
        for preset in ALL {
            let made = Arrangement::of(preset);
            assert_eq!(made.beside(), preset == Preset::Research);
            assert!(!made.closed.contains(&DockPane::Training));
            assert!(!made.closed.contains(&DockPane::Data));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let good = Arrangement::default().to_text();
        for bad in [
            String::new(),
            "(".into(),
            good.replace("Pane(Tracks)", "Pane(Roll)"),
            good.replace("Pane(Roll)", "Pane(Cellar)"),
            good.replace("Pane(Roll)", "Tabs([],7)"),
        ] {
            assert_eq!(Arrangement::read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_pane_that_lacks_is_put_beside_generate_and_stays_closed() {
        let text = Arrangement::default().to_text();
        let without = text.replace(",Pane(Versions)", "");
        assert_ne!(text, without);
        let read = Arrangement::read(&without).unwrap();
        assert!(read.shape.holds(DockPane::Versions));
        assert!(read.closed.contains(&DockPane::Versions));
    }

    #[test]
    fn opening_brings_to_the_front() {
        let mut it = Arrangement::of(Preset::Research);
        it.open(DockPane::History);
        assert!(!it.closed.contains(&DockPane::History));
        let front = |n: &Node| match n {
            Node::Row(parts) => match &parts[1].1 {
                Node::Tabs(parts, front) => panes(&parts[*front]),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        assert_eq!(front(&it.shape), [DockPane::History]);
    }
}
