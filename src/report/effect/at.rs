//! The sentences: the effect of a call on a node, by its state before and after.

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
                format!("refuses {what} and appends an empty entry{why}")
            }
            _ if self.appends() => format!("appends another entry instead of {what}"),
            _ if self.sends() => format!("forwards {what} to leader {}", self.after.view.leader),
            _ if answer == Some(true) => format!("answers Ok to {what} without appending"),
            _ => format!("drops {what}: {}", self.no_proposal()),
        }
    }

    fn no_change(&self, change: &Change) -> &'static str {
        let joint = self.before.configuration.is_joint();
        match self.before.view.pending_change > self.before.view.applied {
            true => ": another change may be unapplied",
            false if joint && !change.is_empty() => ": its configuration is joint",
            false if !joint && change.is_empty() => ": its configuration is not joint",
            false => "",
        }
    }

    fn no_proposal(&self) -> String {
        match self.before.view {
            View { role: RoleView::Leader, transferee, .. } if transferee != 0 => {
                format!("a leadership transfer to {transferee} is pending")
            }
            View { role: RoleView::Leader, .. } if !self.before.configuration.members().contains(self.i) => {
                "it is no member of its configuration".into()
            }
            View { role: RoleView::Leader, .. } => "max_uncommitted_size is reached".into(),
            View { leader: 0, .. } => "it knows no leader".into(),
            View { .. } => "it is not the leader".into(),
        }
    }

    fn no_election(&self) -> &'static str {
        match self.before {
            seen if seen.leads() => ": it is the leader",
            seen if seen.view.role != RoleView::Follower && self.before.view.role == self.after.view.role => {
                ": it is a candidate"
            }
            seen if !seen.configuration.electors().contains(self.i) => ": it is no voter",
            seen if seen.lags => ": a committed configuration change is unapplied",
            _ => "",
        }
    }

    pub fn campaign(&self) -> Option<String> {
        let standing = |seen: &Seen| (seen.view.role, seen.view.term, seen.view.vote);
        let stands = standing(self.before) != standing(self.after) || self.sends();
        (!stands).then(|| format!("ignores the campaign{}", self.no_election()))
    }

    pub fn timeout_now(&self) -> Option<String> {
        // An election raises the term.
        let stays = self.before.view.term == self.after.view.term;
        stays.then(|| format!("ignores the campaign{}", self.no_election()))
    }

    pub fn read(&self, context: u32) -> String {
        let reads = |seen: &Seen| seen.view.pending_reads + seen.view.read_results;
        match reads(self.after) > reads(self.before) {
            false if self.sends() && !self.before.leads() => {
                format!("forwards read {context} to leader {}", self.after.view.leader)
            }
            false if !self.sends() && self.before.leads() => {
                format!("drops read {context}: no entry of its term is committed")
            }
            false if !self.sends() => format!("drops read {context}: it knows no leader"),
            _ => format!("takes read {context}"),
        }
    }

    pub fn transfer(&self, target: NodeId) -> Option<String> {
        let (was, is) = (self.before.view.transferee, self.after.view.transferee);
        let ignores = |why: &str| Some(format!("ignores the leadership transfer to {target}: {why}"));
        match self.before.leads() {
            false if self.sends() => {
                Some(format!("forwards the leadership transfer to leader {}", self.after.view.leader))
            }
            false => Some("ignores the leadership transfer: it knows no leader".into()),
            true if was != is && is == 0 => Some(format!("aborts the leadership transfer to {was}")),
            true if was != is => None,
            true if was == u64::from(target.number()) => ignores("that transfer is pending"),
            true if target == self.i => ignores("it is the leader"),
            true if !self.before.configuration.electors().contains(target) => ignores("it is no voter"),
            true => ignores("nothing changes"),
        }
    }

    pub fn ping(&self) -> Option<String> {
        (!self.before.leads()).then(|| "ignores the ping: it is not the leader".into())
    }

    /// The effect of a report about a peer: a leader handles one only while the peer's progress is in that state.
    pub fn report(&self, peer: NodeId, state: ProgressState) -> Option<String> {
        let found = self.before.progress.get(&u64::from(peer.number()));
        let why = match found {
            _ if !self.before.leads() => "it is not the leader".into(),
            None => format!("it has no progress of {peer}"),
            Some(found) if *found != state => {
                format!("the progress of {peer} is {}", found.name())
            }
            Some(_) => return None,
        };
        Some(format!("ignores the report: {why}"))
    }

    pub fn setting(&self, what: &str, peer: NodeId) -> Option<String> {
        let tracked = self.before.progress.contains_key(&u64::from(peer.number()));
        (!tracked).then(|| format!("ignores the {what}: it has no progress of {peer}"))
    }

    pub fn request_snapshot(&self, taken: bool) -> String {
        let Seen { view, last, last_term, .. } = self.before;
        let why = match view {
            _ if taken => return "requests a snapshot".into(),
            View { role: RoleView::Leader, .. } => "it is the leader",
            View { leader: 0, .. } => "it knows no leader",
            View { requested: 1.., .. } => "one is requested already",
            // The API does not show the term of an entry that a written snapshot covers.
            View { term, persisted, last_index, .. } => match last {
                Some(_) if last_term != term => "its last entry is of an older term",
                None if *persisted >= *last_index => "its last entry is of an older term",
                Some(_) | None => "a snapshot is not written yet",
            },
        };
        format!("does not request a snapshot: {why}")
    }

    pub fn leave_joint(&self) -> Option<String> {
        let leaves = self.before.leads() && self.appends() && self.after.last == Some(Change::LEAVE.value());
        let transfer = match self.after.view.transferee {
            0 => String::new(),
            target => format!(", during the leadership transfer to {target}"),
        };
        leaves.then(|| format!("appends the entry that leaves the joint configuration{transfer}"))
    }
}
