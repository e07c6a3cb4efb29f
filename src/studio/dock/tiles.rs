//! One frame of tiles: arrangement in, tree of egui_tiles, arrangement out if somebody changed it.

mod fit;
mod handles;

use crate::studio::arrangement::{DockPane, Node};
use crate::studio::panel::{self, Asks};
use crate::studio::research;
use crate::studio::roll_pane;
use crate::studio::state::State;
use crate::studio::theme::{self, Theme, alpha, size};
use crate::studio::tour::{self, Mark};
use eframe::egui::{
    self, Align, Color32, Id, Rect, Response, RichText, Sense, Stroke, Ui, UiBuilder, Visuals,
    WidgetInfo, WidgetText, vec2,
};
use egui_tiles::{
    Behavior, Container, EditAction, Linear, LinearDir, ResizeState, SimplificationOptions,
    TabState, Tabs, Tile, TileId, Tiles, Tree, UiResponse,
};
use lucide_icons::Icon;
use std::collections::BTreeSet;

/// Width of the line between two tiles, in points.
const GAP: f32 = 1.0;

/// What a frame came to.
pub struct Done {
    /// The arrangement, if it was changed.
    pub shape: Option<Node>,
    /// The pane whose cross was clicked.
    pub closed: Option<DockPane>,
    pub drawn: BTreeSet<DockPane>,
    /// Where the roll is, or else what lies over it.
    pub roll: Option<Rect>,
}

/// Draws the panes that are to be seen.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    asks: &mut Asks,
    shape: &Node,
    seen: &BTreeSet<DockPane>,
) -> Done {
    let mut tiles = Tiles::default();
    for pane in DockPane::all() {
        let id = id(pane);
        tiles.insert(id, Tile::Pane(pane));
        tiles.set_visible(id, seen.contains(&pane));
    }
    let mut next = DockPane::all().count() as u64 + 1;
    let root = build(shape, &mut tiles, &mut next);
    fit::fit(&mut tiles, root, ui.available_size_before_wrap());
    let rivals = rivals(&tiles);
    let mut tree = Tree::new(Id::unique("dock"), root, tiles);
    let mut panes = Panes {
        seen,
        rivals,
        state,
        asks,
        edit: None,
        done: Done {
            shape: None,
            closed: None,
            drawn: BTreeSet::new(),
            roll: None,
        },
    };
    tree.ui(&mut panes, ui);
    handles::name(ui.ctx());
    let Panes { edit, mut done, .. } = panes;
    let read = |tree: &Tree<DockPane>| read(&tree.tiles, tree.root?);
    done.shape = match edit {
        None => None,
        // The sizes may be those of a window too small for what was chosen; they stay as they were.
        Some(EditAction::TabSelected) => read(&tree).map(|mut now| {
            now.keep_sizes(shape);
            now
        }),
        Some(_) => read(&tree),
    };
    done
}

/// The tile of a pane has the same id in every tree.
fn id(pane: DockPane) -> TileId {
    TileId::from_u64(pane as u64 + 1)
}

fn build(node: &Node, tiles: &mut Tiles<DockPane>, next: &mut u64) -> TileId {
    // The number is taken before those of the parts, so that it does not change with them.
    let own = TileId::from_u64(*next);
    let container: Container = match node {
        Node::Pane(pane) => return id(*pane),
        Node::Tabs(parts, front) => {
            *next += 1;
            let parts: Vec<TileId> = parts.iter().map(|n| build(n, tiles, next)).collect();
            let front = parts.get(*front).copied();
            let mut tabs = Tabs::new(parts);
            if let Some(front) = front {
                tabs.set_active(front);
            }
            tabs.into()
        }
        Node::Row(parts) | Node::Column(parts) => {
            *next += 1;
            let row = matches!(node, Node::Row(_));
            let dir = if row {
                LinearDir::Horizontal
            } else {
                LinearDir::Vertical
            };
            let ids: Vec<TileId> = parts.iter().map(|(_, n)| build(n, tiles, next)).collect();
            let mut linear = Linear::new(dir, ids.clone());
            for (id, (points, _)) in ids.into_iter().zip(parts) {
                linear.shares.set_share(id, f32::from(*points));
            }
            linear.into()
        }
    };
    tiles.insert(own, Tile::Container(container));
    own
}

/// The arrangement a tree shows; `None` where a tile is missing.
fn read(tiles: &Tiles<DockPane>, id: TileId) -> Option<Node> {
    let part = |id: TileId| read(tiles, id);
    Some(match tiles.get(id)? {
        Tile::Pane(pane) => Node::Pane(*pane),
        Tile::Container(Container::Tabs(tabs)) => {
            let parts = tabs.children.iter().map(|c| part(*c));
            let front = tabs.children.iter().position(|c| tabs.is_active(*c));
            Node::Tabs(parts.collect::<Option<_>>()?, front.unwrap_or(0))
        }
        Tile::Container(Container::Linear(linear)) => {
            let row = linear.dir == LinearDir::Horizontal;
            let parts = linear.children.iter().map(|&c| {
                let node = part(c)?;
                Some((fit::points(&node, linear.shares[c], row), node))
            });
            let parts = parts.collect::<Option<_>>()?;
            match row {
                true => Node::Row(parts),
                false => Node::Column(parts),
            }
        }
        // Nothing makes a grid; one would be a row.
        Tile::Container(Container::Grid(grid)) => {
            let parts = grid.children().map(|c| Some((0, part(*c)?)));
            Node::Row(parts.collect::<Option<_>>()?)
        }
    })
}

struct Panes<'a> {
    seen: &'a BTreeSet<DockPane>,
    /// Tabs that have visible neighbours.
    rivals: Vec<TileId>,
    state: &'a mut State,
    asks: &'a mut Asks,
    edit: Option<EditAction>,
    done: Done,
}

impl Panes<'_> {
    fn content(&mut self, ui: &mut Ui, pane: DockPane) {
        let (state, asks) = (&mut *self.state, &mut *self.asks);
        match pane {
            DockPane::Roll => {
                let strip = |panel: egui::Panel, height: f32| {
                    let margin = egui::Margin::symmetric(size::PAD as i8, 2);
                    panel
                        .exact_size(height)
                        .resizable(false)
                        .frame(egui::Frame::new().inner_margin(margin))
                };
                if state.lens.on {
                    strip(egui::Panel::top("lens"), panel::lens::HEIGHT)
                        .show(ui, |ui| panel::lens::show(ui, state, asks));
                }
                if state.critic.on {
                    strip(egui::Panel::top("critic"), panel::critic::HEIGHT)
                        .show(ui, |ui| panel::critic::show(ui, state, asks));
                }
                if panel::trail::wanted(state) {
                    strip(egui::Panel::bottom("steps"), panel::trail::HEIGHT)
                        .show(ui, |ui| panel::trail::show(ui, state, asks));
                }
                let rect = roll_pane::show(ui, state);
                tour::mark(ui.ctx(), Mark::Roll, rect);
                panel::empty::roll(ui, state, rect, asks);
                self.done.roll = Some(rect);
            }
            DockPane::Tracks => panel::tracks::show(ui, state, asks),
            DockPane::Generate => panel::generate::show(ui, state, asks),
            DockPane::Takes => panel::takes::show(ui, state),
            DockPane::Data => panel::data::show(ui, state),
            DockPane::Training => panel::training::show(ui, state, asks),
            DockPane::Evaluation => panel::evaluation::show(ui, state, asks),
            DockPane::Time => panel::time::docked(ui, state),
            DockPane::History => panel::steps::history(ui, state, true),
            DockPane::Versions => panel::steps::versions(ui, state, true),
        }
    }

    /// Room between a pane's edge and what it holds; some see to it themselves.
    fn margin(pane: DockPane) -> egui::Vec2 {
        match pane {
            DockPane::Roll => vec2(0.0, 0.0),
            _ if research::of(pane).is_some() => vec2(0.0, 0.0),
            _ => vec2(size::PAD, size::GAP),
        }
    }
}

impl Behavior<DockPane> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut DockPane) -> UiResponse {
        let pane = *pane;
        let rect = ui.max_rect();
        self.done.drawn.insert(pane);
        if pane != DockPane::Roll {
            let fill = Theme::of(ui).panel;
            ui.painter().rect_filled(rect, 0.0, fill);
            if research::of(pane).is_some() {
                self.done.roll.get_or_insert(rect);
            }
        }
        // An id of its own, so that what it remembers does not hang on where it stands.
        let inner = UiBuilder::new()
            .layer_id(ui.layer_id())
            .accessibility_parent(ui.unique_id())
            .max_rect(rect.shrink2(Self::margin(pane)));
        let mut inner = Ui::new(ui.ctx().clone(), Id::unique(("pane", pane)), inner);
        inner.set_clip_rect(rect.intersect(ui.clip_rect()));
        if !ui.is_enabled() {
            inner.disable();
        }
        self.content(&mut inner, pane);
        UiResponse::None
    }

    /// Panes are dragged by their tabs; the bar behind the tabs would be one more stop of the Tab key.
    fn is_tile_draggable(&self, _tiles: &Tiles<DockPane>, tile: TileId) -> bool {
        pane_of(tile).is_some()
    }

    fn tab_title_for_pane(&mut self, pane: &DockPane) -> WidgetText {
        pane.spec().title.into()
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<DockPane>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        tab: &TabState,
    ) -> Response {
        let t = Theme::of(ui);
        let pane = first_pane(tiles, tile);
        let (title, icon) =
            pane.map_or(("Panes", Icon::Layers), |p| (p.spec().title, p.spec().icon));
        let colour = if tab.active { t.text } else { t.text_weak };
        let mut job = egui::text::LayoutJob::default();
        let icon = theme::icon(icon).size(size::TEXT).color(t.text_weak);
        let (style, plain) = (ui.style().clone(), egui::FontSelection::Default);
        icon.append_to(&mut job, &style, plain.clone(), Align::Center);
        let word = RichText::new(format!("  {title}")).color(colour);
        word.append_to(&mut job, &style, plain, Align::Center);
        let galley = ui.fonts_mut(|f| f.layout_job(job));
        let (_, rect) = ui.allocate_space(vec2(
            galley.size().x + 2.0 * size::PAD,
            ui.available_height(),
        ));
        let response = ui
            .interact(rect, id, Sense::click_and_drag())
            .on_hover_text("Drag to put this pane elsewhere, beside, above or behind another one");
        response.widget_info(|| {
            WidgetInfo::selected(
                egui::Role::Tab,
                ui.is_enabled(),
                tab.active,
                format!("{title} pane"),
            )
        });
        if tab.is_being_dragged || !ui.is_rect_visible(rect) {
            return response;
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect.shrink(1.0),
                size::RADIUS,
                Stroke::new(1.0, t.selected),
                egui::StrokeKind::Inside,
            );
        } else if response.hovered() && !tab.active {
            ui.painter().rect_filled(rect, 0.0, t.raised);
        }
        let at = egui::Align2::LEFT_CENTER
            .align_size_within_rect(galley.size(), rect.shrink2(vec2(size::PAD, 0.0)));
        ui.painter().galley(at.min, galley, colour);
        if tab.active && self.rivals.contains(&tile) {
            let y = rect.bottom() - 1.0;
            let line = Stroke::new(2.0, t.text);
            ui.painter()
                .hline(rect.x_range().shrink(size::PAD), y, line);
        }
        response
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<DockPane>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        let Some(pane) = tabs.active.and_then(|a| first_pane(tiles, a)) else {
            return;
        };
        ui.spacing_mut().item_spacing.x = size::UNIT;
        ui.add_space(size::GAP);
        match pane {
            DockPane::Roll => {}
            DockPane::Takes => panel::takes::actions(ui, self.state, self.asks),
            _ => {
                if cross(ui, pane) {
                    self.done.closed = Some(pane);
                }
            }
        }
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        size::TABS
    }

    fn is_tab_bar_visible(&self, _tile: TileId, tabs: &Tabs) -> bool {
        // The roll alone needs no title: it is what the window is for.
        let roll = id(DockPane::Roll);
        let seen = |c: &TileId| pane_of(*c).is_none_or(|p| self.seen.contains(&p));
        let mut others = tabs.children.iter().filter(|c| **c != roll);
        !tabs.children.contains(&roll) || others.any(seen)
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        GAP
    }

    fn min_size(&self) -> f32 {
        96.0
    }

    fn resize_stroke(&self, style: &egui::Style, state: ResizeState) -> Stroke {
        let t = Theme::worn(&style.visuals);
        match state {
            ResizeState::Idle => Stroke::new(GAP, t.line),
            ResizeState::Hovering => Stroke::new(2.0, t.text_weak),
            ResizeState::Dragging => Stroke::new(2.0, t.text),
        }
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        Theme::worn(visuals).panel
    }

    fn tab_bar_hline_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, Theme::worn(visuals).line)
    }

    fn drag_preview_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, Theme::worn(visuals).selected)
    }

    fn drag_preview_color(&self, visuals: &Visuals) -> Color32 {
        alpha(Theme::worn(visuals).text, 0.12)
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            flatten_tabs_in_tabs: true,
            ..SimplificationOptions::default()
        }
    }

    // Ctrl+Tab stays free for a command of the table.
    fn cycle_tabs_with_keyboard(&self) -> bool {
        false
    }

    fn on_edit(&mut self, edit: EditAction) {
        // Of several, the one that changes more is kept.
        if self.edit.is_none() || edit != EditAction::TabSelected {
            self.edit = Some(edit);
        }
    }
}

/// The pane a tile is, if it is one.
fn pane_of(tile: TileId) -> Option<DockPane> {
    DockPane::all().find(|p| id(*p) == tile)
}

/// The pane of a tab: itself, or the first one inside.
fn first_pane(tiles: &Tiles<DockPane>, tile: TileId) -> Option<DockPane> {
    match tiles.get(tile)? {
        Tile::Pane(pane) => Some(*pane),
        Tile::Container(c) => c.children().find_map(|c| first_pane(tiles, *c)),
    }
}

/// Tabs that have visible neighbours.
fn rivals(tiles: &Tiles<DockPane>) -> Vec<TileId> {
    let mut found = Vec::new();
    for tile in tiles.tiles() {
        if let Tile::Container(Container::Tabs(tabs)) = tile {
            let seen = tabs.children.iter().copied();
            let seen: Vec<TileId> = seen.filter(|c| tiles.is_visible_in_layout(*c)).collect();
            if seen.len() > 1 {
                found.extend(seen);
            }
        }
    }
    found
}

fn cross(ui: &mut Ui, pane: DockPane) -> bool {
    let weak = Theme::of(ui).text_weak;
    let glyph = theme::icon(Icon::X).size(size::TEXT).color(weak);
    let name = match research::of(pane) {
        Some(row) => row.close.to_owned(),
        None => format!("Close {}", pane.spec().title.to_lowercase()),
    };
    let key = pane.spec().command.map(|c| c.spec().key(ui.ctx()));
    let key = key.filter(|k| !k.is_empty());
    let hover = key.map_or_else(|| name.clone(), |k| format!("{name}  ({k})"));
    let cross = ui.add(egui::Button::new(glyph).frame(false));
    cross.accessible_name(name).on_hover_text(hover).clicked()
}
