//! Deliveries: a trace's messages that arrive, are duplicated or are lost, matched with those of the implementation.

use super::reasons::{FULL, NOT_SENT, OTHER_ANSWER, SENT_LATER, TOGETHER, UNANSWERED};
use super::{link, Followed, Follower, Outcome};
use crate::schedule::{Event, Link};
use crate::spec::{Body, Message};
use crate::sut::Node;
use crate::trace::Step;

impl<N: Node> Follower<N> {
    pub(super) fn receive(&mut self, message: &Message, step: &Step, later: &[Step]) -> Followed {
        if let Some(place) = self.early.iter().position(|(early, _)| early == message) {
            if step.consumes {
                let (_, answer) = self.early.remove(place);
                self.answer(step, answer);
            }
            return Ok(Outcome::Implied(TOGETHER));
        }
        let refused =
            matches!(step.sends, Some(Message { body: Body::AppendEntriesResponse { success: false, .. }, .. }));
        let (id, place) = match self.packet(message) {
            Some(packet) => packet,
            None => self.bring(message, refused, later)?,
        };
        let back = Link { from: message.to, to: message.from };
        let before: Vec<u32> = self.world.packets(back).collect();
        self.world.apply(Event::Deliver(link(message), place))?;
        self.let_go(message, id);
        let answer = self.world.find(back, |id, found| !before.contains(&id) && found.body.is_response());
        match step.consumes {
            true => self.answer(step, answer),
            false => self.early.push((message.clone(), answer)),
        }
        Ok(Outcome::Done)
    }

    /// Matches the implementation's response with the trace's, if both have the same content.
    fn answer(&mut self, step: &Step, answer: Option<u32>) {
        let Some(wanted) = &step.sends else { return };
        let Some(id) = answer else {
            self.missing.push((wanted.clone(), UNANSWERED));
            return;
        };
        let same = |found: &Message| match (&wanted.body, &found.body) {
            (Body::RequestVoteResponse { granted, .. }, Body::RequestVoteResponse { granted: given, .. }) => {
                granted == given && wanted.term == found.term
            }
            (Body::AppendEntriesResponse { success, .. }, Body::AppendEntriesResponse { success: given, .. }) => {
                success == given && wanted.term == found.term
            }
            (Body::AppendEntriesResponse { success, .. }, Body::HeartbeatResponse { .. }) => *success,
            _ => false,
        };
        match self.world.find(link(wanted), |found, message| found == id && same(message)) {
            Some(id) => self.name(wanted, id),
            None => self.missing.push((wanted.clone(), OTHER_ANSWER)),
        }
    }

    pub(super) fn duplicate(&mut self, message: &Message) -> Followed {
        if let Some((id, place)) = self.packet(message) {
            let before = self.world.packets(link(message)).count();
            self.world.apply(Event::Duplicate(link(message), place))?;
            if self.world.packets(link(message)).count() == before {
                return Err(FULL);
            }
            self.name(message, id);
            return Ok(Outcome::Done);
        }
        match self.promised.contains(message) {
            true => {
                self.promised.push(message.clone());
                Ok(Outcome::Implied(SENT_LATER))
            }
            false => Err(NOT_SENT),
        }
    }

    pub(super) fn drop(&mut self, message: &Message) -> Followed {
        if let Some((id, place)) = self.packet(message) {
            self.let_go(message, id);
            return self.event(Event::Drop(link(message), place));
        }
        if let Some(place) = self.early.iter().position(|(early, _)| early == message) {
            self.early.remove(place);
            return Err(TOGETHER);
        }
        match self.promised.iter().position(|promised| promised == message) {
            Some(place) => {
                self.promised.remove(place);
                Ok(Outcome::Implied(SENT_LATER))
            }
            None => Err(NOT_SENT),
        }
    }
}
