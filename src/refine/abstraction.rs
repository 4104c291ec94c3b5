//! Abstraction: the views of an implementation, compared with the specification's state.

use super::translation::{entry, node_id, role};
use super::{Alignment, Difference, Field, Value};
use crate::spec::choice::free;
use crate::spec::{self, durability, NodeId, NodeSet, ProgressState, Role, Server, State, Switch};
use crate::sut::Shows;
use crate::sut::{Ability, Answers, Node, PeerView, View};

/// The result of a comparison.
pub type Compared = Result<(), Box<Difference>>;

macro_rules! compare {
    ($field:ident, $spec:expr, $implementation:expr) => {
        let (spec, implementation) = ($spec, $implementation);
        if spec != implementation {
            return Err(Difference::of(Field::$field, spec, implementation));
        }
    };
}

/// True if all that every view shows is the same: one test, where [`compare_view`] has one for each field. The
/// answer is sure when it is true; else the fields are compared one by one.
#[inline(always)]
fn is_level<N: Node>(align: Alignment, state: &State, server: &Server, view: &View) -> bool {
    let durable = state.settings.dialect.has(Switch::Durability);
    let persisted = server.disk.persisted;
    is_level_but_for_disk::<N>(align, state, server, view)
        & (!durable | (align.is_at(persisted, view.persisted) & align.has(persisted)))
}

/// The same but for how far the log is persisted.
#[inline(always)]
fn is_level_but_for_disk<N: Node>(align: Alignment, state: &State, server: &Server, view: &View) -> bool {
    let dialect = state.settings.dialect;
    let timed = dialect.has(Switch::Clocks) && crate::sut::Abilities::of::<N>().has(Ability::ShowsTimer);
    let durable = dialect.has(Switch::Durability);
    let number = |node: Option<NodeId>| node.map_or(0, |node| u64::from(node.number()));
    let (last, commit, applied) = (server.log.last_index(), server.commit_index, server.disk.applied);
    align.is_term(server.current_term, view.term)
        & (server.role == role(view.role))
        & (number(server.voted_for) == view.vote)
        & (number(server.leader) == view.leader)
        & (number(server.transferee) == view.transferee)
        & align.has(last.min(commit))
        & align.is_at(commit, view.commit)
        & align.is_at(last, view.last_index)
        & ((u64::from(server.requested) | view.requested) == 0)
        & (server.reads.len() == view.pending_reads)
        & (server.read_results.len() == view.read_results)
        & (!durable | (align.is_at(applied, view.applied) & align.has(applied)))
        & (!timed | (u64::from(server.clock.elapsed) == view.elapsed))
}

/// True if a node shows what its specification has, but for how far its log is persisted. Peers and votes are no part of
/// it.
#[inline(always)]
pub fn shows_nothing_new<N: Node>(align: Alignment, state: &State, i: NodeId, view: &View) -> bool {
    let server = state.server(i);
    let leads = server.role == Role::Leader;
    let changes = crate::sut::Abilities::of::<N>().has(Ability::Changes);
    let unlimited = state.settings.max_uncommitted.is_none();
    is_level_but_for_disk::<N>(align, state, server, view)
        && (!leads || ((!changes || server.pending_change == align.index(view.pending_change)) && unlimited))
}

/// The first difference in what every view shows.
#[cold]
#[inline(never)]
fn compare_view<N: Node>(align: Alignment, state: &State, server: &Server, view: &View) -> Compared {
    let dialect = state.settings.dialect;
    compare!(Term, server.current_term, align.term(view.term));
    compare!(Role, server.role, role(view.role));
    compare!(Vote, server.voted_for, node_id(view.vote));
    compare!(Commit, server.commit_index, align.index(view.commit));
    compare!(LastIndex, server.log.last_index(), align.index(view.last_index));
    compare!(Leader, server.leader, node_id(view.leader));
    compare!(PendingReads, server.reads.len(), view.pending_reads);
    compare!(ReadsToHandOver, server.read_results.len(), view.read_results);
    compare!(PendingTransfer, server.transferee, node_id(view.transferee));
    compare!(SnapshotAskedFor, server.requested, align.index(view.requested));
    if dialect.has(Switch::Durability) {
        compare!(Persisted, server.disk.persisted, align.index(view.persisted));
        compare!(Applied, server.disk.applied, align.index(view.applied));
    }
    if dialect.has(Switch::Clocks) && crate::sut::Abilities::of::<N>().has(Ability::ShowsTimer) {
        compare!(ElectionElapsed, u64::from(server.clock.elapsed), view.elapsed);
    }
    Ok(())
}

/// The first difference between a node and its specification, under the projection of its role.
/// The log is compared from where the call changed it.
#[inline]
pub fn compare<N: Node>(align: Alignment, state: &State, i: NodeId, view: &View, node: &N) -> Compared {
    let server = state.server(i);
    if !is_level::<N>(align, state, server, view) {
        compare_view::<N>(align, state, server, view)?;
    }
    let changed_from = server.changed_from.max(server.log.base().index + 1);
    if changed_from <= server.log.last_index() {
        compare_log(align, server, changed_from, node)?;
    }
    free!(VotesOfOthers);
    free!(ProgressOfOthers);
    match server.role {
        Role::Follower => Ok(()),
        Role::Candidate | Role::PreCandidate if crate::sut::Abilities::of::<N>().has(Ability::ShowsVotes) => {
            compare_votes(server, node)
        }
        Role::Candidate | Role::PreCandidate => Ok(()),
        Role::Leader => {
            if crate::sut::Abilities::of::<N>().has(Ability::Changes) {
                compare!(PendingChange, server.pending_change, align.index(view.pending_change));
            }
            if state.settings.max_uncommitted.is_some() {
                compare!(UncommittedSize, u64::from(spec::uncommitted_size(state, i)), view.uncommitted);
            }
            match crate::sut::Abilities::of::<N>().has(Ability::ShowsPeers) {
                true => compare_peers(align, state, i, node),
                false => Ok(()),
            }
        }
    }
}

/// The difference between the configurations that the two act on.
pub fn compare_configuration<N: Node>(server: &Server, node: &N) -> Compared {
    if crate::sut::Abilities::of::<N>().has(Ability::Changes) {
        compare!(Configuration, server.configuration, node.configuration());
    }
    Ok(())
}

/// The first difference between what a node answers its application and what its specification says.
#[cold]
pub fn compare_answers(align: Alignment, state: &State, i: NodeId, answers: &Answers) -> Compared {
    let server = state.server(i);
    let next = server.disk.applied.max(server.log.base().index) + 1;
    let last = durability::deliverable(state, i);
    compare!(Electable, spec::has_vote(state, i), answers.electable);
    compare!(Leased, server.role == Role::Leader && server.checks_quorum, answers.leased);
    compare!(ElectionTimeout, u64::from(server.options.election_timeout), answers.election_timeout);
    compare!(HeartbeatTimeout, u64::from(server.options.heartbeat_timeout), answers.heartbeat_timeout);
    compare!(DrawnTimeout, u64::from(server.clock.timeout), answers.drawn_timeout);
    compare!(HeartbeatElapsed, u64::from(server.clock.heartbeat_elapsed), answers.heartbeat_elapsed);
    let to_apply = answers.to_apply.map(|(first, last)| (align.index(first), align.index(last)));
    compare!(ToApply, (next <= last).then_some((next, last)), to_apply);
    compare!(GroupCommit, server.groups.on(), answers.group_commit);
    compare!(InTwoGroups, spec::is_in_two_groups(state, i), answers.in_two_groups);
    Ok(())
}

/// The first difference between the logs from index `from` on.
pub fn compare_log<N: Node>(align: Alignment, server: &Server, from: u32, node: &N) -> Compared {
    let mut compared = Ok(());
    let mut index = from;
    node.entries(align.concrete(from), |theirs| {
        let ours = server.log.get(index);
        let placed = theirs.index == align.concrete(index);
        if compared.is_ok() && (!placed || ours != Some(entry(align, &theirs))) {
            let theirs = Value::EntryAt(align.index(theirs.index), Some(entry(align, &theirs)));
            compared = Err(Difference::of(Field::LogEntry, Value::EntryAt(index, ours), theirs));
        }
        index += 1;
    });
    compared
}

fn compare_votes<N: Node>(server: &Server, node: &N) -> Compared {
    let (mut granted, mut responded) = (0, 0);
    node.votes(|id, vote| {
        let bit = 1u16 << (id - 1);
        responded |= bit;
        granted |= if vote { bit } else { 0 };
    });
    let set = NodeSet::from_bits;
    compare!(VotesGranted, server.votes_granted, set(granted));
    compare!(VotesResponded, server.votes_responded, set(responded));
    Ok(())
}

fn compare_peers<N: Node>(align: Alignment, state: &State, i: NodeId, node: &N) -> Compared {
    let mut compared = Ok(());
    let mut seen = NodeSet::only(i);
    let server = state.server(i);
    node.peers(|id, peer| {
        let Some(j) = node_id(id) else { return };
        seen.insert(j);
        if j == i {
            if compared.is_ok() {
                compared = compare_own(align, state, i, &peer);
            }
        } else if !is_peer_level(align, state, server, j, &peer) && compared.is_ok() {
            compared = compare_peer(align, state, i, j, &peer);
        }
    });
    compared?;
    compare!(Peers, state.peers(i), seen.without(i));
    Ok(())
}

/// True if all that a leader shows of a peer is the same: one test, where [`compare_peer`] has one for each field. The
/// answer is sure when it is true.
#[inline(always)]
fn is_peer_level(align: Alignment, state: &State, server: &Server, j: NodeId, peer: &PeerView) -> bool {
    let slot = j.slot();
    let progress = &server.progress[slot];
    let (matched, next) = (server.match_index[slot], server.next_index[slot]);
    let snapshots = u64::from(progress.snapshot) | u64::from(progress.requested) | peer.snapshot | peer.requested;
    let same_progress = (progress.state == peer.state)
        & align.is_at(next, peer.next)
        & (progress.probing == peer.probing)
        & (progress.inflight.len() == peer.inflight)
        & (snapshots == 0);
    let reported = align.is_at(progress.committed, peer.committed) & align.has(progress.committed);
    align.has(matched.min(next))
        & align.is_at(matched, peer.matched)
        & (server.active.contains(j) == peer.active)
        & (u64::from(server.groups.of(j)) == peer.group)
        & (!state.settings.dialect.has(Switch::CommitInResponses) | reported)
        & (same_progress | !state.settings.dialect.has(Switch::Pipelining))
}

#[cold]
#[inline(never)]
fn compare_peer(align: Alignment, state: &State, i: NodeId, j: NodeId, peer: &PeerView) -> Compared {
    let (server, slot) = (state.server(i), j.slot());
    compare!(MatchIndex, server.match_index[slot], align.index(peer.matched));
    compare!(RecentlyActive, server.active.contains(j), peer.active);
    compare!(CommitGroup, u64::from(server.groups.of(j)), peer.group);
    if state.settings.dialect.has(Switch::CommitInResponses) {
        compare!(CommitReported, server.progress[slot].committed, align.index(peer.committed));
    }
    if !state.settings.dialect.has(Switch::Pipelining) {
        return Ok(());
    }
    let progress = &server.progress[slot];
    compare!(Progress, progress.state, peer.state);
    compare!(NextIndex, server.next_index[slot], align.index(peer.next));
    compare!(ProbeOnItsWay, progress.probing, peer.probing);
    compare!(AppendsInFlight, progress.inflight.len(), peer.inflight);
    compare!(SnapshotOnItsWay, progress.snapshot, align.index(peer.snapshot));
    compare!(SnapshotAskedFor, progress.requested, align.index(peer.requested));
    Ok(())
}

/// The first difference in what a leader shows of itself: its own log as far as it counts it, its commit index, and
/// nothing in flight. Probe or replicate, and the next index between the two ends, are free: it sends itself nothing.
#[inline(always)]
fn compare_own(align: Alignment, state: &State, i: NodeId, own: &PeerView) -> Compared {
    let server = state.server(i);
    let (dialect, progress) = (state.settings.dialect, &server.progress[i.slot()]);
    if dialect.has(Switch::Durability) {
        compare!(OwnMatchIndex, spec::counted_of_own(state, i), align.index(own.matched));
    }
    if dialect.has(Switch::CommitInResponses) {
        compare!(CommitReported, progress.committed, align.index(own.committed));
    }
    compare!(CommitGroup, u64::from(server.groups.of(i)), own.group);
    free!(NextOfOwn);
    let waits = own.state == ProgressState::Snapshot || own.probing || (own.snapshot | own.requested) != 0;
    compare!(OwnInFlight, 0, own.inflight + usize::from(waits));
    let (next, after) = (align.index(own.next), server.log.last_index() + 1);
    match align.index(own.matched) < next && next <= after {
        true => Ok(()),
        false => Err(Difference::of(Field::NextIndex, after, next)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Setup;
    use crate::spec::{Dialect, Log, Permissions, Position, Settings};
    use crate::sut::nodes::raft_rs::RaftRs;
    use crate::sut::ProgressState;

    const I: u8 = 1;

    /// A state of two servers after a bootstrap, and the alignment of it.
    fn after_bootstrap(first_index: u8, first_term: u8) -> (Alignment, State) {
        let align = Alignment::of(&Setup { first_index, first_term, ..Setup::default() }, Dialect::RAFT_RS);
        let settings = Settings {
            dialect: Dialect::RAFT_RS,
            permissions: Permissions::NONE,
            bootstrap: align.bootstrap(),
            first_term: align.term(first_term.into()),
            ..Settings::ongaro(2)
        };
        (align, State::init(settings))
    }

    /// Every pair of small numbers, at the bootstrap, before and after it: the one test must not find level what the
    /// field's own test finds to differ. `level` and `differs` are told both; returns how often it was level.
    fn compare_all(mut level: impl FnMut(u32, u64) -> bool, mut differs: impl FnMut(u32, u64) -> bool) -> usize {
        let mut found = 0;
        for ours in 0..6 {
            for theirs in 0..12 {
                let is_level = level(ours, theirs);
                assert!(!(is_level && differs(ours, theirs)), "{ours} and {theirs} differ");
                found += usize::from(is_level);
            }
        }
        found
    }

    #[test]
    fn a_view_that_is_level_differs_in_no_field() {
        type Field = (fn(&mut Server, u32), fn(&mut View, u64));
        let fields: [Field; 10] = [
            (|server, it| server.current_term = it, |view, it| view.term = it),
            (|server, it| server.commit_index = it, |view, it| view.commit = it),
            (|server, it| server.log = Log::after(Position { index: it, term: 1 }), |view, it| view.last_index = it),
            (|server, it| server.disk.applied = it, |view, it| view.applied = it),
            (|server, it| server.disk.persisted = it, |view, it| view.persisted = it),
            (|server, it| server.requested = it, |view, it| view.requested = it),
            (|server, it| server.clock.elapsed = it, |view, it| view.elapsed = it),
            (|server, it| server.voted_for = node_id(it.into()), |view, it| view.vote = it),
            (|server, it| server.leader = node_id(it.into()), |view, it| view.leader = it),
            (|server, it| server.transferee = node_id(it.into()), |view, it| view.transferee = it),
        ];
        for (first_index, first_term) in [(1, 1), (1, 3), (2, 1), (4, 2), (0, 0)] {
            let (align, state) = after_bootstrap(first_index, first_term);
            let index = u64::from(first_index);
            let mut shown = View { term: first_term.into(), commit: index, last_index: index, ..View::default() };
            (shown.applied, shown.persisted) = (index, index);
            assert!(is_level::<RaftRs>(align, &state, state.server(NodeId::new(I)), &shown));
            for (set, show) in fields {
                let with = |ours, theirs| {
                    let (mut server, mut view) = (state.server(NodeId::new(I)).clone(), shown);
                    set(&mut server, ours);
                    show(&mut view, theirs);
                    (server, view)
                };
                let level = |ours, theirs| {
                    let (server, view) = with(ours, theirs);
                    is_level::<RaftRs>(align, &state, &server, &view)
                };
                let differs = |ours, theirs| {
                    let (server, view) = with(ours, theirs);
                    compare_view::<RaftRs>(align, &state, &server, &view).is_err()
                };
                assert!(compare_all(level, differs) > 0);
            }
        }
    }

    #[test]
    fn a_peer_that_is_level_differs_in_no_field() {
        type Field = (fn(&mut Server, u32), fn(&mut PeerView, u64));
        let fields: [Field; 6] = [
            (|server, it| server.progress[1].committed = it, |peer, it| peer.committed = it),
            (|server, it| server.match_index[1] = it, |peer, it| peer.matched = it),
            (|server, it| server.next_index[1] = it, |peer, it| peer.next = it),
            (|server, it| server.progress[1].snapshot = it, |peer, it| peer.snapshot = it),
            (|server, it| server.progress[1].requested = it, |peer, it| peer.requested = it),
            (|server, it| server.progress[1].inflight = vec![9; it as usize], |peer, it| peer.inflight = it as usize),
        ];
        let (i, j) = (NodeId::new(I), NodeId::new(2));
        for first_index in [1, 2, 4, 0] {
            let (align, mut state) = after_bootstrap(first_index, first_index.min(1));
            let bootstrap = align.bootstrap().index;
            (state.server_mut(i).match_index[1], state.server_mut(i).next_index[1]) = (bootstrap, bootstrap + 1);
            let (matched, next) = (first_index.into(), u64::from(first_index) + 1);
            state.server_mut(i).progress[1].committed = bootstrap;
            let (snapshot, requested, inflight, committed) = (0, 0, 0, matched);
            let shown = PeerView {
                matched,
                next,
                state: ProgressState::Probe,
                probing: false,
                snapshot,
                requested,
                inflight,
                active: false,
                committed,
                group: 0,
            };
            assert!(is_peer_level(align, &state, state.server(i), j, &shown));
            for (set, show) in fields {
                let with = |ours, theirs| {
                    let (mut state, mut peer) = (state.clone(), shown);
                    set(state.server_mut(i), ours);
                    show(&mut peer, theirs);
                    (state, peer)
                };
                let level = |ours, theirs| {
                    let (state, peer) = with(ours, theirs);
                    is_peer_level(align, &state, state.server(i), j, &peer)
                };
                let differs = |ours, theirs| {
                    let (state, peer) = with(ours, theirs);
                    compare_peer(align, &state, i, j, &peer).is_err()
                };
                assert!(compare_all(level, differs) > 0);
            }
        }
    }
}
