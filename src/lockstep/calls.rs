//! Calls as actions: which action of the specification each input of a node is.

use super::divergence::Failed;
use super::in_flight::{MessageId, Sent};
use super::judge::{CallOf, Judged, Received};
use super::Lockstep;
use crate::findings;
use crate::refine::{abstraction, actions, Field, Value};
use crate::schedule::{Answer, Knob};
use crate::spec::{self, Action, Body, Change, Configuration, Index, NodeId, NodeSet, Permission, Role, Switch};
use crate::sut::Shows;
use crate::sut::{Call, Node, View};

impl Lockstep<'_> {
    /// Takes the action of an input.
    #[inline(always)]
    pub(super) fn input<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, view: &View, node: &N) -> Judged {
        match *call {
            Call::Tick => {
                if self.state.settings.lease_reads {
                    self.clocks.ticked(i, &self.state);
                }
                self.take(Action::Tick(i))
            }
            Call::Deliver(id) => self.arrived(i, id, node),
            Call::Propose { value, size, taken } => {
                self.proposal_taken = taken;
                if self.state.settings.max_uncommitted.is_some() {
                    self.state.sizes.note(value, size);
                }
                self.same(i, Field::ProposalTaken, spec::takes_proposals(&self.state, i, value..=value), taken)?;
                self.take(Action::Propose(i, value))
            }
            Call::Advanced { .. } => self.persisted(i, view, true),
            _ => self.asked(i, call, view, node),
        }
    }

    /// Takes the action of a rarer input: apart, so that the rest of its code stays small.
    #[cold]
    #[inline(never)]
    fn asked<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, view: &View, node: &N) -> Judged {
        match *call {
            Call::Campaign => self.take(Action::Campaign(i))?,
            Call::Read(context) => {
                self.asks(i, context);
                self.take(Action::Read(i, context))?;
                self.leased(i, i, context)?;
            }
            Call::Set(knob) => {
                if knob == Knob::CheckQuorum(false) {
                    self.clocks.void();
                }
                self.take(Action::Set(i, actions::knob(knob, &self.state.server(i).groups)))?;
            }
            Call::Fetched => self.take(Action::Fetched(i))?,
            Call::FreeBuffers => {}
            Call::ProposeMany { first, last, size, taken } => {
                (first..=last).for_each(|value| self.state.sizes.note(value, size));
                self.same(i, Field::ProposalTaken, spec::takes_proposals(&self.state, i, first..=last), taken)?;
                self.take(Action::ProposeMany(i, first, last))?;
            }
            // Nothing changes.
            Call::Forged { forged, refused, .. } => match forged.row().answer {
                Answer::Refused => self.same(i, Field::MessageRefused, true, refused)?,
                Answer::Open => {}
            },
            Call::Asked(answers) => {
                abstraction::compare_answers(self.align, &self.state, i, &answers)
                    .map_err(|difference| self.diverged(i, Failed::Field(difference)))?;
            }
            Call::Ping => self.take(Action::Ping(i))?,
            Call::Unreachable(peer) => self.take(Action::Unreachable(i, peer))?,
            Call::Transfer(target) => self.take(Action::Transfer(i, target))?,
            Call::SnapshotsFor(peer, given) => self.take(Action::SetSnapshotsFor(i, peer, given))?,
            Call::Snapshots(given) => self.take(Action::SetSnapshots(i, !given))?,
            Call::ReportSnapshot(peer, arrived) => self.take(Action::ReportSnapshot(i, peer, arrived))?,
            Call::RequestSnapshot { taken } => {
                self.same(i, Field::SnapshotAskedFor, spec::may_request(&self.state, i), taken)?;
                self.take(Action::RequestSnapshot(i))?;
            }
            Call::Changed { index, change, configuration } => self.changed(i, index, change, configuration, node)?,
            Call::Applied(index) => self.take(Action::Apply(i, self.align.index(index)))?,
            Call::Persisted { all } => self.persisted(i, view, all)?,
            Call::Restarted => {
                self.clocks.restarted(i);
                self.restarted(i)?;
            }
            Call::Tick | Call::Deliver(_) | Call::Propose { .. } | Call::Advanced { .. } => unreachable!("not rare"),
            Call::Ready(_) | Call::Synced(_) | Call::Compacted(_) => {}
        }
        Ok(())
    }

    /// A message arrives: the specification receives it, and it is in flight no more.
    #[inline]
    fn arrived<N: Node>(&mut self, i: NodeId, id: MessageId, node: &N) -> Judged {
        let sent = &self.in_flight[id];
        let message = &sent.message;
        self.observer.received(message);
        findings::arrives(self.known, &self.context(i), message)?;
        self.outbox.chosen_next = self.chosen_next(message, node);
        self.received = Received::of(sent);
        if self.setup.reuse_contexts {
            self.reads_arrive(i, id);
        }
        let Sent { message, note, .. } = &self.in_flight[id];
        let read = if let Body::ReadIndex { context } = message.body { Some((message.from, context)) } else { None };
        let received = match self.is_late_pre_vote(i, message, *note) {
            true => spec::step(&mut self.state, Action::DropMessage(message.clone()), &mut self.outbox),
            false => spec::receive(&mut self.state, message, &mut self.outbox),
        };
        received.map_err(|disabled| self.disabled(i, disabled))?;
        self.in_flight.remove(id);
        read.map_or(Ok(()), |(from, context)| self.leased(i, from, context))
    }

    /// The next index that a leader chooses after a rejection, which it is free to do within bounds.
    fn chosen_next<N: Node>(&self, message: &spec::Message, node: &N) -> Option<Index> {
        match message.body {
            Body::AppendEntriesResponse { success: false, .. } => {
                node.peer(message.from.number().into()).map(|peer| self.align.index(peer.next))
            }
            _ => None,
        }
    }

    /// Switch `plain-pre-vote`: true if a grant was given for another term than the one that `i` asks about.
    fn is_late_pre_vote(&self, i: NodeId, message: &spec::Message, asked: u32) -> bool {
        let grant = matches!(message.body, Body::RequestVoteResponse { pre: true, granted: true, .. });
        let late = || asked != self.state.server(i).current_term + 1;
        let plain = || self.state.settings.dialect.has(Switch::PlainPreVote);
        grant && late() && plain() && !self.state.settings.permits(Permission::CountLatePreVote)
    }

    /// True if `i` may append an entry because its application has applied.
    pub(super) fn may_leave_joint(&self, i: NodeId) -> bool {
        let server = self.state.server(i);
        server.role == Role::Leader && server.configuration.auto_leave
    }

    /// True if the call may change the configuration that the node acts on.
    pub(super) fn reconfigures<M>(&self, call: &Call<M, MessageId>) -> bool {
        match call {
            Call::Restarted | Call::Changed { .. } => true,
            Call::Deliver(id) => matches!(self.in_flight[*id].message.body, Body::Snapshot { .. }),
            _ => false,
        }
    }

    fn restarted(&mut self, i: NodeId) -> Judged {
        let promised = std::mem::take(&mut self.released_unsynced[i.slot()]);
        findings::restarts(self.known, &self.context(i), promised)?;
        // A term that never was on its disk, and of which nothing left, did not happen.
        if self.durability() {
            self.ghost.forget_leader(i, self.state.server(i).disk.durable_term());
        }
        self.take(Action::Restart(i))?;
        self.heeds_leases(i);
        Ok(())
    }

    /// Notes that `i` has started, perhaps without check-quorum: then no lease is worth anything from now on.
    pub(super) fn heeds_leases(&mut self, i: NodeId) {
        if !self.state.server(i).options.check_quorum {
            self.clocks.void();
        }
    }

    /// The application of `i` applied a change, and `configuration` is the result.
    fn changed<N: Node>(
        &mut self,
        i: NodeId,
        index: u64,
        change: Change,
        configuration: Option<Configuration>,
        node: &N,
    ) -> Judged {
        let index = self.align.index(index);
        findings::applies_change(self.known, &self.context(i), index)?;
        let expected = self.state.server(i).disk.configuration.changed(&change);
        if let (Err(why), Some(configuration)) = (expected, configuration) {
            return Err(self.differs(i, Field::ChangeApplied, Value::NotApplied(Some(why)), configuration));
        }
        if let (Ok(expected), None) = (expected, configuration) {
            return Err(self.differs(i, Field::ChangeApplied, expected.configuration, Value::NotApplied(None)));
        }
        let fresh = expected.map_or(NodeSet::EMPTY, |changed| changed.fresh);
        let known = fresh.iter().next().and_then(|j| node.peer(j.number().into()));
        self.outbox.chosen_next = known.map(|peer| self.align.index(peer.next));
        self.take(Action::ApplyChange(i, index, change))
    }
}
