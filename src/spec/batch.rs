//! Batched appends: with raft-rs's `batch_append`, an append to a peer may be added to one that still
//! waits for its Ready, if it goes on where that one ends.
//!
//! One batched message is a sequence of appends, each with its own guards, progress and place among those
//! in flight; together they say the same as one append of all their entries now.

use super::prelude::*;
use super::replication;
use super::sent::Refusal;

/// Judges an append of `i`, or the entries added since it was judged as `before`. The new entries are in pieces, each an
/// append of its own: `piece` returns the number of entries of the next one.
///
/// # Errors
/// The first piece that may not be sent, or that does not go on where the message ended.
pub fn appended(
    state: &mut State,
    i: NodeId,
    message: &Message,
    before: Option<&Message>,
    mut piece: impl FnMut(usize) -> usize,
    outbox: &mut Outbox,
) -> Result<(), Refusal> {
    let Body::AppendEntriesRequest { prev_log, entries, commit_index } = &message.body else {
        unreachable!("called for appends alone")
    };
    free!(JoinedAppend);
    let (j, mut from) = (message.to, 0);
    if let Some(before) = before {
        from = known_of(before, *prev_log, entries).ok_or_else(|| Refusal::Differs(Box::new(before.clone())))?;
    }
    loop {
        let count = if from < entries.len() { piece(from).clamp(1, entries.len() - from) } else { 0 };
        let (prev, commit) = replication::append_entries_header(state, i, j, count)?;
        let server = state.server(i);
        let rest = server.log.from(prev.index + 1);
        let last = from + count == entries.len();
        let begins = if from == 0 { prev == *prev_log } else { prev.index == prev_log.index + from as u32 };
        if before.is_some() && count == 0 && says_commit(state, i, message) {
            outbox.took(ActionName::BatchAppend, i);
            replication::append_entries_sent(state, i, j, 0, outbox);
            return Ok(());
        }
        let good = begins
            && rest.get(..count) == Some(&entries[from..from + count])
            && (!last || commit == *commit_index)
            && (message.from, message.term) == (i, server.current_term);
        if !good {
            let expected = replication::append_entries(state, i, j, (prev, commit), count);
            return Err(Refusal::Differs(Box::new(expected)));
        }
        replication::append_entries_sent(state, i, j, count, outbox);
        if from > 0 || before.is_some() {
            outbox.took(ActionName::BatchAppend, i);
        }
        from += count;
        if last {
            return Ok(());
        }
    }
}

/// The number of entries that the message had, if it still begins with them.
fn known_of(before: &Message, prev: Position, entries: &[Entry]) -> Option<usize> {
    match &before.body {
        Body::AppendEntriesRequest { prev_log, entries: old, .. } if *prev_log == prev && entries.starts_with(old) => {
            Some(old.len())
        }
        _ => None,
    }
}

/// An empty append that `i` owes counts as sent if a waiting append carries the same commit index.
pub fn already_said<'a>(state: &mut State, i: NodeId, waiting: impl Iterator<Item = &'a Message>, outbox: &mut Outbox) {
    for message in waiting {
        let j = message.to;
        if state.server(i).owed.appends.contains(j) && says_commit(state, i, message) {
            outbox.took(ActionName::BatchAppend, i);
            replication::append_entries_sent(state, i, j, 0, outbox);
        }
    }
}

/// True if a waiting append of `i` says what one without entries would say now: the commit index, as
/// far as what was sent goes.
fn says_commit(state: &State, i: NodeId, message: &Message) -> bool {
    let Body::AppendEntriesRequest { prev_log, entries, commit_index } = &message.body else { return false };
    let server = state.server(i);
    let (end, next) = (prev_log.index + entries.len() as u32, server.next_index[message.to.slot()]);
    let permissions = state.settings.permissions;
    // The append may end below the next index.
    let late = permissions.has(Permission::TellCommitBelowNext) && end + 1 < next;
    // The append may be of an earlier term.
    (message.term == server.current_term || permissions.has(Permission::TellCommitInEarlierTerm))
        && next > server.log.last_index()
        && *commit_index == server.commit_index.min(end)
        && (*commit_index == server.commit_index || end + 1 == next || late)
}
