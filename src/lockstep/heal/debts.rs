//! The debts of the application, which the epilogue pays: setters undone, stalls lifted, notices given, lost snapshots
//! reported, fetches answered, removed followers stopped, and servers started until a quorum runs.

use super::{Epilogue, Judged};
use crate::schedule::{Event, Knob, Link};
use crate::spec::{has_vote, NodeId, NodeSet, ProgressState, Role, Switch};
use crate::sut::Node;

impl<N: Node> Epilogue<'_, '_, N> {
    /// Pays the debts that a schedule leaves.
    pub(super) fn pay_debts(&mut self) -> Judged {
        if self.partial.is_none() {
            self.heal_links()?;
        }
        let sets_check_quorum = self.state().settings.dialect.has(Switch::CheckQuorum);
        for i in self.setup.nodes() {
            // Each node has the option again that it was started with.
            if sets_check_quorum {
                let checks = self.state().server(i).options.check_quorum;
                self.apply(Event::Set(i, Knob::CheckQuorum(checks)))?;
            }
            for event in Event::mending(i) {
                self.apply(event)?;
            }
            for j in self.setup.nodes() {
                if self.state().server(i).progress[j.slot()].max_inflight_msgs == Some(0) {
                    self.apply(Event::Set(i, Knob::MaxInflightMsgs(j, 1)))?;
                }
            }
        }
        Ok(())
    }

    /// Proposes at leaders that wait to commit entries of earlier terms: they need one of their own term (paper 5.4.2), and
    /// some append none when they are elected.
    pub(super) fn propose_for_no_op(&mut self) -> Judged {
        if self.state().settings.dialect.has(Switch::NoOpOnElection) {
            return Ok(());
        }
        let waits = |i: &NodeId| {
            let server = self.state().server(*i);
            let earlier = server.log.last().term < server.current_term;
            server.role == Role::Leader && earlier && server.commit_index < server.log.last_index()
        };
        for leader in self.running().iter().filter(waits).collect::<Vec<_>>() {
            self.apply(Event::Propose(leader, 0))?;
        }
        Ok(())
    }

    /// Hands over the entries that are being fetched.
    pub(super) fn answer_fetches(&mut self) -> Judged {
        for i in self.setup.nodes() {
            if self.setup.async_fetch && !self.state().server(i).fetching.is_empty() {
                self.apply(Event::EntriesFetched(i, u8::MAX))?;
            }
        }
        Ok(())
    }

    /// Reports pending snapshots as failed: with no message in flight, they were lost.
    pub(super) fn report_lost_snapshots(&mut self) -> Judged {
        for i in self.setup.nodes() {
            for j in self.setup.nodes() {
                let server = self.state().server(i);
                if server.role == Role::Leader && server.progress[j.slot()].state == ProgressState::Snapshot {
                    self.apply(Event::ReportSnapshot(Link { from: i, to: j }, false))?;
                }
            }
        }
        Ok(())
    }

    /// Stops removed servers that would campaign.
    pub(super) fn stop_removed(&mut self) -> Judged {
        let members = self.committed().members();
        for i in self.running().minus(members).iter() {
            let campaigns = self.state().server(i).role != Role::Leader && has_vote(self.state(), i);
            if campaigns && !self.in_force().iter().any(|configuration| configuration.members().contains(i)) {
                self.apply(Event::Crash(i))?;
            }
        }
        Ok(())
    }

    /// Stops servers that have lost their disks where a running leader still counts on what was there.
    pub(super) fn stop_wiped(&mut self) -> Judged {
        let leads = |i: &NodeId| self.state().server(*i).role == Role::Leader;
        let leaders: NodeSet = self.running().iter().filter(leads).collect();
        for j in self.running().and(self.judge.ghost.wiped).iter() {
            let last = self.state().server(j).log.last_index();
            if leaders.without(j).iter().any(|i| self.state().server(i).match_index[j.slot()] > last) {
                self.apply(Event::Crash(j))?;
            }
        }
        Ok(())
    }

    /// Ends the partition and all cuts.
    pub(super) fn heal_links(&mut self) -> Judged {
        self.apply(Event::Heal)?;
        (self.open, self.partial) = (self.cluster.open_links(), None);
        Ok(())
    }

    /// Restarts servers, in order, until a quorum of every configuration in force runs. Returns false if none can.
    pub(super) fn restart_quorum(&mut self) -> Judged<bool> {
        if self.partial.is_some() && self.restart_core()? {
            return Ok(true);
        }
        let mut tried = NodeSet::EMPTY;
        loop {
            // Servers that have lost their disks may run, but the cluster must not need them.
            let running = self.running().minus(self.judge.ghost.wiped);
            tried = tried.or(self.judge.ghost.wiped);
            let in_force = self.in_force();
            let Some(short) = in_force.iter().find(|configuration| !configuration.is_quorum(running)) else {
                return Ok(true);
            };
            let Some(next) = short.electors().minus(running).minus(tried).iter().next() else { return Ok(false) };
            tried.insert(next);
            self.apply(Event::Restart(next))?;
        }
    }
}
