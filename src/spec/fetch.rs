//! Asynchronous fetches: storage may have to fetch the entries of an append first (raft-rs
//! `Storage::entries`, answering `LogTemporarilyUnavailable`). The append that a leader owes then goes
//! out when the application says that they are there (`RawNode::on_entries_fetched`).

use super::owed;
use super::prelude::*;
use super::progress::Fetch;

/// `i` cannot send `j` what it owes before it is fetched. Entries that are not written yet are in memory.
pub(super) fn fetch(state: &mut State, i: NodeId, j: NodeId, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; AsyncFetch, Fetch);
    let settings = &state.settings;
    let server = state.server(i);
    let (next, slot) = (server.next_index[j.slot()], j.slot());
    guard!(settings.async_fetch, Fetch, "storage fetches late", "raft-rs Storage::entries: async is optional");
    guard!(
        server.role == Role::Leader && i != j && !server.progress[slot].is_paused(settings.max_inflight_msgs),
        Fetch,
        "the leader could send its peer an append",
        "raft-rs GetEntriesContext: for sending entries to followers"
    );
    guard!(
        next > server.log.base().index && next <= server.log.last_index() && next < server.disk.unwritten_from,
        Fetch,
        "the peer lacks an entry that is in storage",
        "raft-rs Storage::entries: a slice of the log, which holds what was written"
    );
    free!(FetchedAppend);
    net.took(ActionName::Fetch, i);
    let server = state.server_mut(i);
    let (owed, term) = (&mut server.owed, server.current_term);
    let (mut drain, called_for) = (false, owed.appends.contains(j));
    if called_for {
        owed.appends.remove(j);
    } else if owed.drains.contains(j) || owed.awaiting_fetch.contains(j) {
        // A single append that nobody asked for may come before the stream: the last one is the stream.
        if owed.awaiting_fetch.contains(j) {
            if let Some(fetch) = server.fetching.iter_mut().rfind(|fetch| fetch.to == j) {
                (fetch.drain, fetch.called_for) = (false, true);
            }
        }
        owed.drains.remove(j);
        owed.awaiting_fetch.insert(j);
        drain = true;
    }
    server.fetching.push_back(Fetch { to: j, term, drain, called_for });
    Ok(())
}

/// The oldest entries that `i` waits for are there. *Must*: the same leader sends its peer what it lacks,
/// if it is not paused; in another term, or without leadership, nothing is due.
pub(super) fn fetched(state: &mut State, i: NodeId, net: &mut impl Network) {
    let server = state.server_mut(i);
    let Some(Fetch { to, term, drain, called_for }) = server.fetching.pop_front() else { return };
    let member = server.configuration.members().contains(to);
    if server.role != Role::Leader || server.current_term != term || !member {
        return;
    }
    net.took(ActionName::Fetched, i);
    let lacks = server.next_index[to.slot()] <= server.log.last_index();
    match drain {
        // A stream is one obligation: if the entries are gone again, one more fetch serves it.
        true => server.owed.drains.insert(to),
        false if lacks && (called_for || !owed::is_needed(state, i, to)) => owed::owe_append(state, i, to),
        false => {}
    }
}
