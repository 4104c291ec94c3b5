//! Actions: the steps of the specification that a call of an implementation amounts to.
//!
//! The implementation's own choices are the witness, so no search is needed. The specification then
//! says whether it may, and what it must besides.

use super::{translation, Alignment};
use crate::schedule::{Knob, Setup};
use crate::spec::{self, Action, Groups, NodeId, Role, State, Switch};
use crate::sut::View;

/// The next action that the implementation's view shows and the specification has not taken, or
/// `None` when the two are level.
pub fn next(align: Alignment, state: &State, i: NodeId, view: &View) -> Option<Action> {
    let server = state.server(i);
    let (term, role) = (align.term(view.term), translation::role(view.role));
    // An election shows as a new term in which the node is no follower.
    if term > server.current_term && matches!(role, Role::Candidate | Role::Leader) {
        let first = server.options.pre_vote && !server.campaigns_for_transfer && server.role != Role::PreCandidate;
        return Some(if first { Action::PreElection(i) } else { Action::Timeout(i) });
    }
    // A server with timeouts of its own shows by its messages that it starts over.
    let due = server.clock.election_due && !state.settings.dialect.has(Switch::OwnTimeouts);
    if role == Role::PreCandidate && (server.role != Role::PreCandidate || due) {
        return Some(Action::PreElection(i));
    }
    if role == Role::Leader && matches!(server.role, Role::Candidate | Role::PreCandidate) {
        return Some(Action::BecomeLeader(i));
    }
    if role == Role::Leader && server.log.last_term() < term && align.index(view.last_index) > server.log.last_index() {
        return Some(Action::NoOp(i));
    }
    let commit = align.index(view.commit);
    if server.role == Role::Leader && commit > server.commit_index {
        return Some(Action::AdvanceCommitIndex(i));
    }
    None
}

/// A size that is a limit; `None` for the greatest number, which stands for no limit.
pub fn limited(size: u32) -> Option<u32> {
    (size != u32::MAX).then_some(size)
}

/// The specification's form of a knob, at a server with these groups.
pub fn knob(knob: Knob, groups: &Groups) -> spec::Knob {
    match knob {
        Knob::Priority(priority) => spec::Knob::Priority(priority),
        Knob::CheckQuorum(check) => spec::Knob::CheckQuorum(check),
        Knob::SkipBcastCommit(skip) => spec::Knob::SkipBcastCommit(skip),
        Knob::BatchAppend(batch) => spec::Knob::BatchAppend(batch),
        Knob::MaxCommittedSizePerReady(place) => {
            spec::Knob::MaxCommittedSize(limited(Setup::SIZES[usize::from(place)]))
        }
        Knob::MaxInflightMsgs(peer, most) => spec::Knob::MaxInflightMsgs(peer, most.into()),
        Knob::GroupCommit(on) => spec::Knob::Groups(groups.switched(on)),
        Knob::CommitGroup(peer, group) => spec::Knob::Groups(groups.with(peer, group)),
        Knob::ClearCommitGroups => spec::Knob::Groups(groups.cleared()),
    }
}
