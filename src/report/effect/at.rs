//! The sentences: what a node did, by its looks before and after a call.

use super::Seen;
use crate::spec::{Change, NodeId, Value, NO_OP};
use crate::sut::{ProgressState, RoleView, View};

/// A node before and after a call.
pub(super) struct At<'a> {
    pub i: NodeId,
    pub before: &'a Seen,
    pub after: &'a Seen,
}

impl At<'_> {
    fn sends(&self) -> bool {
        self.after.messages > self.before.messages
    }

    fn appends(&self) -> bool {
        self.after.leads() && self.after.view.last_index > self.before.view.last_index
    }

    pub fn proposal(&self, value: Value, answer: Option<bool>) -> String {
        let change = Change::from_value(value);
        let what = change.map_or(format!("proposal {value}"), |change| format!("change {change}"));
        match self.after.last {
            last if self.appends() && last == Some(value) => format!("appends {what}"),
            Some(NO_OP) if self.appends() => {
                let why = change.map_or("", |change| self.no_change(&change));
                format!("refuses {what}: an empty entry takes its place{why}")
            }
            _ if self.appends() => format!("appends another entry in place of {what}"),
            _ if self.sends() => format!("hands {what} to leader {}", self.after.view.leader),
            _ if answer == Some(true) => format!("answers Ok to {what}, and appends nothing"),
            _ => format!("drops {what}: {}", self.no_proposal()),
        }
    }

    fn no_change(&self, change: &Change) -> &'static str {
        let joint = self.before.configuration.is_joint();
        match self.before.view.pending_change > self.before.view.applied {
            true => ", since another change may be unapplied",
            false if joint && !change.is_empty() => ", since its configuration is joint",
            false if !joint && change.is_empty() => ", since its configuration is not joint",
            false => "",
        }
    }

    fn no_proposal(&self) -> String {
        match self.before.view {
            View { role: RoleView::Leader, transferee, .. } if transferee != 0 => {
                format!("it transfers its leadership to {transferee}")
            }
            View { role: RoleView::Leader, .. } if !self.before.configuration.members().contains(self.i) => {
                "it is not in its configuration".into()
            }
            View { role: RoleView::Leader, .. } => "its uncommitted entries leave no room".into(),
            View { leader: 0, .. } => "it knows no leader".into(),
            View { .. } => "it does not lead".into(),
        }
    }

    fn no_election(&self) -> &'static str {
        match self.before {
            seen if seen.leads() => ": it leads",
            seen if seen.view.role != RoleView::Follower && self.before.view.role == self.after.view.role => {
                ": it is a candidate"
            }
            seen if !seen.configuration.electors().contains(self.i) => ": it has no vote",
            seen if seen.lags => ": it has not applied a committed change",
            _ => "",
        }
    }

    pub fn campaign(&self) -> Option<String> {
        let standing = |seen: &Seen| (seen.view.role, seen.view.term, seen.view.vote);
        let stands = standing(self.before) != standing(self.after) || self.sends();
        (!stands).then(|| format!("ignores the call to campaign{}", self.no_election()))
    }

    pub fn timeout_now(&self) -> Option<String> {
        // An election raises the term.
        let stays = self.before.view.term == self.after.view.term;
        stays.then(|| format!("ignores the call to campaign{}", self.no_election()))
    }

    pub fn read(&self, context: u32) -> String {
        let reads = |seen: &Seen| seen.view.pending_reads + seen.view.read_results;
        match reads(self.after) > reads(self.before) {
            false if self.sends() && !self.before.leads() => {
                format!("hands read {context} to leader {}", self.after.view.leader)
            }
            false if !self.sends() && self.before.leads() => {
                format!("drops read {context}: it has committed nothing in its term")
            }
            false if !self.sends() => format!("drops read {context}: it knows no leader"),
            _ => format!("is asked for read {context}"),
        }
    }

    pub fn transfer(&self, target: NodeId) -> Option<String> {
        let (was, is) = (self.before.view.transferee, self.after.view.transferee);
        let ignores = |why: &str| Some(format!("ignores the call to transfer its leadership to {target}: {why}"));
        match self.before.leads() {
            false if self.sends() => Some(format!("hands the transfer to leader {}", self.after.view.leader)),
            false => Some("ignores the call to transfer the leadership: it knows no leader".into()),
            true if was != is && is == 0 => Some(format!("gives up its transfer to {was}")),
            true if was != is => None,
            true if was == u64::from(target.number()) => ignores("that transfer is under way"),
            true if target == self.i => ignores("it leads"),
            true if !self.before.configuration.electors().contains(target) => ignores("it has no vote"),
            true => ignores("nothing changes"),
        }
    }

    pub fn ping(&self) -> Option<String> {
        (!self.before.leads()).then(|| "ignores the call for heartbeats: it does not lead".into())
    }

    /// A report about a peer, which a leader hears only while it sends to the peer in that way.
    pub fn report(&self, peer: NodeId, pace: ProgressState) -> Option<String> {
        let found = self.before.paces.get(&u64::from(peer.number()));
        let why = match found {
            _ if !self.before.leads() => "it does not lead".into(),
            None => format!("it does not track {peer}"),
            Some(found) if *found != pace => match found {
                ProgressState::Probe => format!("{peer} is probed"),
                ProgressState::Replicate => format!("{peer} is sent a stream of appends"),
                ProgressState::Snapshot => format!("{peer} is sent a snapshot"),
            },
            Some(_) => return None,
        };
        Some(format!("ignores the report: {why}"))
    }

    pub fn setting(&self, what: &str, peer: NodeId) -> Option<String> {
        let tracked = self.before.paces.contains_key(&u64::from(peer.number()));
        (!tracked).then(|| format!("ignores the {what}: it does not track {peer}"))
    }

    pub fn request_snapshot(&self, taken: bool) -> String {
        let Seen { view, last, last_term, .. } = self.before;
        let why = match view {
            _ if taken => return "asks for a snapshot".into(),
            View { role: RoleView::Leader, .. } => "it leads",
            View { leader: 0, .. } => "it knows no leader",
            View { requested: 1.., .. } => "it waits for one already",
            // The term of an entry that a written snapshot covers shows nowhere.
            View { term, persisted, last_index, .. } => match last {
                Some(_) if last_term != term => "its last entry is of an older term",
                None if *persisted >= *last_index => "its last entry is of an older term",
                Some(_) | None => "it has one that is not written yet",
            },
        };
        format!("does not ask for a snapshot: {why}")
    }

    pub fn leave_joint(&self) -> Option<String> {
        let leaves = self.before.leads() && self.appends() && self.after.last == Some(Change::LEAVE.value());
        let transfer = match self.after.view.transferee {
            0 => String::new(),
            target => format!(", while it transfers its leadership to {target}"),
        };
        leaves.then(|| format!("appends the entry that leaves the joint configuration{transfer}"))
    }
}
