//! Translation: an implementation's values and messages in the specification's terms.

use super::Alignment;
use crate::spec::choice::free;
use crate::spec::{Body, Entry, Message, NodeId, Role};
use crate::sut::{EntryView, MessageKind, MessageView, RoleView};

/// The node with that number; `None` for 0 and for numbers that no node can have.
pub fn node_id(number: u64) -> Option<NodeId> {
    (1..=crate::spec::MAX_NODES as u64).contains(&number).then(|| NodeId::new(number as u8))
}

/// The role in the specification's words.
pub fn role(view: RoleView) -> Role {
    match view {
        RoleView::Follower => Role::Follower,
        RoleView::Candidate => Role::Candidate,
        RoleView::PreCandidate => Role::PreCandidate,
        RoleView::Leader => Role::Leader,
    }
}

/// The message in the specification's words; `None` if it has no such message.
#[inline(always)]
pub fn message(align: Alignment, m: &MessageView, entries: &[EntryView]) -> Option<Message> {
    let body = match m.kind {
        MessageKind::RequestVote | MessageKind::RequestPreVote => Body::RequestVoteRequest {
            last_log: align.position(m.index, m.log_term),
            commit: align.position(m.commit, m.commit_term),
            pre: m.kind == MessageKind::RequestPreVote,
            priority: u8::try_from(m.priority).ok()?,
            transfer: m.transfer,
        },
        MessageKind::RequestVoteResponse | MessageKind::RequestPreVoteResponse => Body::RequestVoteResponse {
            pre: m.kind == MessageKind::RequestPreVoteResponse,
            granted: !m.reject,
            commit: align.position(m.commit, m.commit_term),
        },
        MessageKind::Append => {
            let prev_log = align.position(m.index, m.log_term);
            let first = m.index + 1;
            if entries.iter().zip(first..).any(|(entry, index)| entry.index != index) {
                return None;
            }
            free!(CommitBeyondAppend);
            Body::AppendEntriesRequest {
                prev_log,
                entries: entries.iter().map(|entry| self::entry(align, entry)).collect(),
                // raft.tla bounds what it sends, raft-rs what it takes: the same to the receiver.
                commit_index: align.index(m.commit).min(prev_log.index + entries.len() as u32),
            }
        }
        MessageKind::AppendResponse if m.reject => Body::AppendEntriesResponse {
            success: false,
            match_index: 0,
            rejected: align.index(m.index),
            hint: align.position(m.reject_hint, m.log_term),
            commit_index: align.index(m.commit),
            request: align.index(m.request),
        },
        // The response acknowledges nothing: its only content is a newer term.
        MessageKind::AppendResponse if m.index == 0 && m.commit == 0 => Body::accepted(0, 0),
        MessageKind::AppendResponse => Body::accepted(align.index(m.index), align.index(m.commit)),
        MessageKind::Snapshot => {
            Body::Snapshot { position: align.position(m.index, m.log_term), configuration: m.configuration }
        }
        MessageKind::Heartbeat => Body::Heartbeat { commit_index: align.index(m.commit), context: m.context },
        MessageKind::HeartbeatResponse => {
            Body::HeartbeatResponse { commit_index: align.index(m.commit), context: m.context }
        }
        MessageKind::ReadIndex => Body::ReadIndex { context: entries.first()?.value },
        MessageKind::ReadIndexResponse => {
            Body::ReadIndexResponse { context: entries.first()?.value, index: align.index(m.index) }
        }
        MessageKind::TransferLeader => Body::TransferLeader,
        MessageKind::TimeoutNow => Body::TimeoutNow,
        MessageKind::Propose => {
            let value = entries.first()?.value;
            if entries.iter().zip(value..).any(|(entry, value)| entry.value != value) {
                return None;
            }
            Body::Proposal { value, more: u8::try_from(entries.len() - 1).ok()? }
        }
        MessageKind::Other => return None,
    };
    free!(TermOfForwarded);
    let term = match m.kind {
        MessageKind::Propose | MessageKind::ReadIndex => 0,
        _ => align.term(m.term),
    };
    Some(Message { from: node_id(m.from)?, to: node_id(m.to)?, term, body })
}

/// An entry in the specification's words.
#[inline]
pub fn entry(align: Alignment, entry: &EntryView) -> Entry {
    Entry { term: align.term(entry.term), value: entry.value }
}
