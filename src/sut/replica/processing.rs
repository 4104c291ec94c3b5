//! The Ready protocol, as raft-rs documents it.
//!
//! The write of a Ready is on disk before its `persisted_messages` are sent. `advance_append` follows the sync, and
//! `advance_apply_to` the application; an application that applies before it writes calls `advance` for both (setting
//! `ready-order`). While a disk is stalled, writes stay outstanding (`advance_append_async`), and `on_persist_ready`
//! reports each sync.

use super::{Links, Replica, World};
use crate::schedule::settings::ReadyOrder;
use crate::schedule::Link;
use crate::spec::NodeId;
use crate::sut::methods::ask;
use crate::sut::{Call, Disk, Judge, Node, Ready, Transit};

/// The most Readys in a row without a committed entry; more are a livelock. With committed entries there may be one Ready
/// an entry.
pub(in crate::sut) const MAX_READYS: usize = 32;

/// A write that is not durable, and the messages that wait for it.
#[derive(Debug)]
pub(super) struct Outstanding<M, I> {
    /// The number of its Ready.
    number: u64,
    /// Its number on the disk.
    written: u64,
    messages: Vec<(M, I)>,
}

impl<N: Node, J: Judge<N>> Replica<N, J> {
    /// Takes Readys until there are none.
    pub(in crate::sut) fn process(&mut self, world: &mut World<N, J>, judge: &mut J) -> Result<(), J::Stop> {
        let mut idle = 0;
        while idle < MAX_READYS {
            let received = self.received;
            if !self.node.as_ref().is_some_and(N::has_ready) {
                if self.destroy_if_removed() {
                    judge.on_stop(self.id);
                }
                return Ok(());
            }
            self.take_ready(world, judge)?;
            idle += usize::from(self.received == received);
        }
        Err(judge.on_livelock(self.id, "there is always another Ready"))
    }

    fn take_ready(&mut self, world: &mut World<N, J>, judge: &mut J) -> Result<(), J::Stop> {
        judge.before_call(self.id);
        // An application that is held has nothing to tell of.
        let order = if self.held { ReadyOrder::AppendFirst } else { self.setup.ready_order };
        if order.advances() {
            // A snapshot of an earlier Ready may have become durable.
            self.apply(u64::MAX, judge)?;
        }
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        world.ready.clear();
        node.ready(&mut world.ready);
        self.called(&Call::Ready(&world.ready), judge)?;
        send_all::<N, J>(self.id, &mut world.ready.messages, &mut self.message_ids, &mut world.links, judge)?;
        // The rest waits for the write. The application may make messages before that.
        std::mem::swap(&mut self.message_ids, &mut self.persisted_ids);
        self.receive(&world.ready);
        if order == ReadyOrder::ApplyFirst {
            self.apply_entries(u64::MAX, judge)?;
        }
        match self.stalled {
            true => self.leave_outstanding(&mut world.ready),
            false => self.persist(order, world, judge)?,
        }
        match self.held {
            true => Ok(()),
            false => self.apply(u64::MAX, judge),
        }
    }

    /// Leaves the write of a Ready to a later sync; its persisted messages wait for it.
    fn leave_outstanding(&mut self, ready: &mut Ready<N::Message>) {
        let Some(node) = self.node.as_mut() else { return };
        ask!(N::DURABILITY.advance_append_async(node));
        let written = node.disk().written();
        let messages = ready.persisted_messages.drain(..).zip(self.persisted_ids.drain(..)).collect();
        self.outstanding.push_back(Outstanding { number: ready.number, written, messages });
    }

    /// Makes the write of a Ready durable, and takes what that makes possible.
    fn persist(&mut self, order: ReadyOrder, world: &mut World<N, J>, judge: &mut J) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        let World { links, ready } = world;
        let number = ready.number;
        if ready.must_sync || !self.setup.lazy_sync {
            let count = node.disk().sync(u64::MAX);
            self.called(&Call::Synced(count), judge)?;
        }
        send_all::<N, J>(self.id, &mut ready.persisted_messages, &mut self.persisted_ids, links, judge)?;
        // Both calls report all earlier syncs, too.
        self.unreported.clear();
        self.persisted_ready = number;
        ready.clear();
        match order.advances() {
            true => self.advance(ready, judge)?,
            false => self.advance_append(ready, judge)?,
        }
        send_all::<N, J>(self.id, &mut ready.messages, &mut self.message_ids, links, judge)?;
        if order == ReadyOrder::ApplyApart {
            self.apply(u64::MAX, judge)?;
        }
        self.receive(ready);
        Ok(())
    }

    /// Calls `advance`, once the application has applied everything that was handed over.
    fn advance(&mut self, light: &mut Ready<N::Message>, judge: &mut J) -> Result<(), J::Stop> {
        while self.apply_snapshot() {}
        self.apply_entries(u64::MAX, judge)?;
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        ask!(N::DURABILITY.advance(node, light));
        self.told = self.applied;
        self.offer_snapshot();
        self.called(&Call::Advanced { ready: light, applied: Some(self.applied) }, judge)
    }

    fn advance_append(&mut self, light: &mut Ready<N::Message>, judge: &mut J) -> Result<(), J::Stop> {
        let Some(node) = self.node.as_mut() else { return Ok(()) };
        ask!(N::DURABILITY.advance_append(node, light));
        self.called(&Call::Advanced { ready: light, applied: None }, judge)
    }

    /// Syncs the oldest `count` outstanding writes, one after the other.
    pub(in crate::sut) fn sync(&mut self, count: usize, links: &mut Links<N, J>, judge: &mut J) -> Result<(), J::Stop> {
        for _ in 0..count {
            let (Some(node), Some(write)) = (self.node.as_mut(), self.outstanding.pop_front()) else { break };
            let count = node.disk().sync(write.written);
            self.called(&Call::Synced(count), judge)?;
            write.messages.into_iter().try_for_each(|packet| send_one::<N, J>(self.id, packet, links, judge))?;
            self.unreported.push_back(write.number);
            if !self.setup.late_notice {
                self.report_syncs(1, judge)?;
            }
        }
        Ok(())
    }

    /// Reports the oldest `count` syncs to the node, one after the other.
    pub(in crate::sut) fn report_syncs(&mut self, count: usize, judge: &mut J) -> Result<(), J::Stop> {
        for _ in 0..count {
            let (Some(node), Some(number)) = (self.node.as_mut(), self.unreported.pop_front()) else { break };
            ask!(N::DURABILITY.on_persist_ready(node, number));
            self.persisted_ready = number;
            let all = self.unreported.is_empty();
            self.called(&Call::Persisted { all }, judge)?;
        }
        Ok(())
    }
}

/// Sends messages, which have the first of these handles.
fn send_all<N: Node, J: Judge<N>>(
    id: NodeId,
    messages: &mut Vec<N::Message>,
    message_ids: &mut Vec<J::MessageId>,
    links: &mut Links<N, J>,
    judge: &mut J,
) -> Result<(), J::Stop> {
    let count = messages.len();
    let mut packets = messages.drain(..).zip(message_ids.drain(..count));
    packets.try_for_each(|packet| send_one::<N, J>(id, packet, links, judge))
}

/// Sends a message. One to its sender, or to no node of the cluster, is never in flight.
fn send_one<N: Node, J: Judge<N>>(
    id: NodeId,
    packet: (N::Message, J::MessageId),
    links: &mut Links<N, J>,
    judge: &mut J,
) -> Result<(), J::Stop> {
    judge.on_send(id, &packet.1)?;
    let to = N::receiver(&packet.0);
    if to != u64::from(id.number()) && to >= 1 && to <= links.nodes() as u64 {
        judge.on_transit(&packet.1, Transit::Sent);
        let link = Link { from: id, to: NodeId::new(to as u8) };
        let lost = if judge.loses(&packet.0, &packet.1) { Some(packet) } else { links.send(link, packet) };
        if let Some((_, message_id)) = lost {
            judge.on_transit(&message_id, Transit::Lost);
        }
    }
    Ok(())
}
