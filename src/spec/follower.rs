//! A follower's side of log replication (thesis 3.5): how it takes appends, and answers them.

use super::prelude::*;
use super::snapshot;

/// raft.tla `HandleAppendEntriesRequest(i, j, m)`; one disjunct of it. Returns whether `m` is
/// consumed. Entries beyond the first are as many requests of one entry (raft.tla says so).
pub(super) fn handle_request(
    state: &mut State,
    m: &Message,
    prev_log: Position,
    entries: &[Entry],
    commit_index: Index,
    net: &mut impl Network,
) -> Guarded<bool> {
    let (i, j) = (m.to, m.from);
    let dialect = state.settings.dialect;
    let server = state.server_mut(i);
    guard!(
        server.role != Role::Leader || m.term < server.current_term,
        ReturnToFollowerState,
        "a leader hears of no other leader in its term",
        "paper figure 3, election safety"
    );
    let waits = matches!(server.role, Role::Candidate | Role::PreCandidate);
    let current = m.term == server.current_term;
    if current && !holds(!waits, ActionName::ReturnToFollowerState, "a candidate is no follower") {
        net.took(ActionName::ReturnToFollowerState, i);
        server.follow(j);
        return Ok(false);
    }
    if m.term == server.current_term && snapshot::is_awaited(state, i) {
        return Ok(ask_instead(state, m, net));
    }
    let server = state.server_mut(i);
    let log_ok = server.log.term_at(prev_log.index) == prev_log.term && prev_log.index <= server.log.last_index();
    let log_ok = holds(log_ok, ActionName::RejectAppendEntriesRequest, "the logs agree before the entry");
    let current = m.term >= server.current_term;
    let of_term = "the request is of the follower's term";
    let current = match server.role {
        Role::Follower => holds(current, ActionName::RejectAppendEntriesRequest, of_term),
        _ => current,
    };
    let answer = match current {
        false => {
            net.took(ActionName::RejectAppendEntriesRequest, i);
            Answer::Refused { rejected: 0, hint: Position::default() }
        }
        true => {
            server.hear(j);
            let request = Request { prev_log, entries, commit_index, log_ok };
            match take(server, i, dialect, request, net)? {
                Some(answer) => answer,
                None => return Ok(false),
            }
        }
    };
    let commit_index = if dialect.has(Switch::CommitInResponses) { server.commit_index } else { 0 };
    let body = match answer {
        Answer::Matches(index) => Body::accepted(index, commit_index),
        Answer::Refused { rejected, hint } => {
            let (match_index, request) = (0, 0);
            Body::AppendEntriesResponse { success: false, match_index, rejected, hint, commit_index, request }
        }
    };
    net.discard(m);
    net.send(Message { from: i, to: j, term: server.current_term, body });
    Ok(true)
}

/// The fields of an append, and whether the logs agree before its entries.
struct Request<'a> {
    prev_log: Position,
    entries: &'a [Entry],
    commit_index: Index,
    log_ok: bool,
}

/// The answer to an append.
enum Answer {
    Matches(Index),
    Refused { rejected: Index, hint: Position },
}

/// Takes an append of the follower's term. `None` after a change of the log, which leaves the message where it is.
fn take<N: Network>(
    server: &mut Server,
    i: NodeId,
    dialect: Dialect,
    request: Request,
    net: &mut N,
) -> Guarded<Option<Answer>> {
    let Request { prev_log, entries, commit_index, log_ok } = request;
    if dialect.has(Switch::CommittedAck) && prev_log.index < server.commit_index {
        net.took(ActionName::AppendEntriesAlreadyDone, i);
        return Ok(Some(Answer::Matches(server.commit_index)));
    }
    if !log_ok {
        net.took(ActionName::RejectAppendEntriesRequest, i);
        let (rejected, hint) = match dialect.has(Switch::RejectionHint) {
            true => (prev_log.index, server.log.find_conflict_by_term(prev_log)),
            false => (0, Position::default()),
        };
        return Ok(Some(Answer::Refused { rejected, hint }));
    }
    match first_missing(&server.log, prev_log.index, entries) {
        Some((index, rest)) if fits(&server.log, index) => {
            net.took(ActionName::NoConflictAppendEntriesRequest, i);
            server.append_to_log(rest);
            return Ok(None);
        }
        Some((index, _)) => {
            guard!(
                index <= server.log.last_index(),
                ConflictAppendEntriesRequest,
                "the log reaches to the entry",
                "raft.tla HandleAppendEntriesRequest"
            );
            net.took(ActionName::ConflictAppendEntriesRequest, i);
            let kept = if N::ATOMIC { server.log.last_index() } else { index } - 1;
            server.truncate_log(kept);
            return Ok(None);
        }
        None => {}
    }
    net.took(ActionName::AppendEntriesAlreadyDone, i);
    server.commit_index = match dialect.has(Switch::MonotonicCommit) {
        true => server.commit_index.max(commit_index),
        false => commit_index,
    };
    Ok(Some(Answer::Matches(prev_log.index + entries.len() as Index)))
}

/// A follower that waits for a snapshot takes nothing else from its leader, and asks again.
fn ask_instead(state: &mut State, m: &Message, net: &mut impl Network) -> bool {
    net.took(ActionName::AskForSnapshot, m.to);
    net.discard(m);
    state.server_mut(m.to).follow(m.from);
    snapshot::ask(state, m.to, net);
    true
}

/// Switch `depose-stale`: a leader of an older term *must* hear of the newer one. The answer says
/// nothing else.
pub(super) fn answer_stale(state: &mut State, m: &Message, net: &mut impl Network) {
    net.took(ActionName::AnswerStale, m.to);
    net.discard(m);
    let body = Body::accepted(0, 0);
    net.send(Message { from: m.to, to: m.from, term: state.server(m.to).current_term, body });
}

/// True if the entry at `index` comes right after the last one of the log.
fn fits(log: &Log, index: Index) -> bool {
    let ends = index == log.last_index() + 1;
    holds(ends, ActionName::NoConflictAppendEntriesRequest, "the log ends right before the entry")
}

/// The first of `entries` that the log lacks or contradicts, with its index and those after it.
fn first_missing<'a>(log: &Log, prev: Index, entries: &'a [Entry]) -> Option<(Index, &'a [Entry])> {
    let known = log.from(prev + 1);
    let agrees = |new: &Entry, old: &Entry| {
        let same = new.term == old.term;
        let other = holds(!same, ActionName::ConflictAppendEntriesRequest, "the entry there is of another term");
        holds(same, ActionName::AppendEntriesAlreadyDone, "the entry there is of the same term") && !(same && other)
    };
    let agreed = entries.iter().zip(known).take_while(|(new, old)| agrees(new, old)).count();
    (agreed < entries.len()).then(|| (prev + 1 + agreed as Index, &entries[agreed..]))
}
