//! Controllers, pitch bend and pressure as curves: what is in force when, and drawing a stretch of it anew.

use super::{ChannelEvent, ChannelEventKind};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a curve is of: one of the things a channel can be told over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wheel {
    /// 14 bits, 8192 is no bend.
    Bend,
    /// A controller, 0..=127.
    Controller(u8),
    /// Pressure of the whole channel.
    Pressure,
}

impl Wheel {
    /// The raw value an event gives it; `None` if the event is of something else.
    pub fn value(self, kind: ChannelEventKind) -> Option<u16> {
        use ChannelEventKind as K;
        match (self, kind) {
            (Wheel::Bend, K::PitchBend { value }) => Some(value),
            (Wheel::Controller(c), K::Controller { controller, value }) if c == controller => {
                Some(value.into())
            }
            (Wheel::Pressure, K::ChannelPressure { pressure }) => Some(pressure.into()),
            _ => None,
        }
    }

    /// The event that sets it; values above [`Wheel::most`] are held there.
    pub fn event(self, tick: u32, value: u16) -> ChannelEvent {
        use ChannelEventKind as K;
        let value = value.min(self.most());
        let kind = match self {
            Wheel::Bend => K::PitchBend { value },
            Wheel::Controller(controller) => K::Controller {
                controller,
                value: value as u8,
            },
            Wheel::Pressure => K::ChannelPressure {
                pressure: value as u8,
            },
        };
        ChannelEvent { tick, kind }
    }

    /// The greatest value.
    pub fn most(self) -> u16 {
        match self {
            Wheel::Bend => 16383,
            _ => 127,
        }
    }

    /// What is in force before anything was said, as General MIDI has it.
    pub fn rest(self) -> u16 {
        match self {
            Wheel::Bend => 8192,
            Wheel::Controller(7) => 100,
            Wheel::Controller(8 | 10) => 64,
            Wheel::Controller(11) => 127,
            _ => 0,
        }
    }

    /// The value in force at a tick.
    pub fn at(self, events: &[ChannelEvent], tick: u32) -> u16 {
        let until = events.partition_point(|e| e.tick <= tick);
        let said = events.get(..until).unwrap_or(&[]);
        let last = said.iter().rev().find_map(|e| self.value(e.kind));
        last.unwrap_or(self.rest())
    }

    /// The events with this curve drawn anew in `span`: its own events there go, the points come in their place. What
    /// else the channel is told stays, and stays before the points of its tick.
    pub fn drawn(
        self,
        events: &[ChannelEvent],
        span: Range<u32>,
        points: &[(u32, u16)],
    ) -> Vec<ChannelEvent> {
        let goes = |e: &ChannelEvent| span.contains(&e.tick) && self.value(e.kind).is_some();
        let mut new: Vec<ChannelEvent> = events.iter().filter(|e| !goes(e)).copied().collect();
        let inside = points.iter().filter(|p| span.contains(&p.0));
        new.extend(inside.map(|&(tick, value)| self.event(tick, value)));
        new.sort_by_key(|e| e.tick);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOD: Wheel = Wheel::Controller(1);

    #[test]
    fn what_was_said_last_is_in_force_and_before_it_what_general_midi_says() {
        let events = [
            MOD.event(100, 20),
            Wheel::Bend.event(150, 9000),
            MOD.event(200, 90),
        ];
        assert_eq!(
            [0, 99, 100, 199, 200, 999].map(|t| MOD.at(&events, t)),
            [0, 0, 20, 20, 90, 90]
        );
        assert_eq!(Wheel::Bend.at(&events, 149), 8192);
        assert_eq!(Wheel::Controller(7).at(&events, 0), 100);
    }

    proptest! {
        #[test]
        fn drawing_touches_its_own_curve_in_its_own_span_only(
            old in prop::collection::vec((0u32..1000, 0u16..128, 0u8..3), 0..40),
            (from, length) in (0u32..900, 1u32..200),
            points in prop::collection::vec((0u32..1000, 0u16..128), 0..10),
        ) {
            let wheels = [MOD, Wheel::Controller(7), Wheel::Pressure];
            let mut events: Vec<ChannelEvent> =
                old.iter().map(|&(t, v, w)| wheels[w as usize].event(t, v)).collect();
            events.sort_by_key(|e| e.tick);
            let span = from..from + length;
            let new = MOD.drawn(&events, span.clone(), &points);
            prop_assert!(new.is_sorted_by_key(|e| e.tick));
            let outside = |e: &&ChannelEvent| !span.contains(&e.tick) || MOD.value(e.kind).is_none();
            let kept: Vec<_> = events.iter().filter(outside).collect();
            prop_assert_eq!(new.iter().filter(outside).collect::<Vec<_>>(), kept);
            let drawn = new.len() - events.iter().filter(outside).count();
            prop_assert_eq!(drawn, points.iter().filter(|p| span.contains(&p.0)).count());
        }
    }
}
