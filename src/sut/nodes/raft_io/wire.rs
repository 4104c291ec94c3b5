//! raft-io's messages and entries as views.

use crate::sut::{EntryView, MessageKind, MessageView};
use raft_io::{EntryKind, LogEntry, Message};

/// The snapshot that the cluster begins after: raft-io's index 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) index: u64,
    pub(super) term: u64,
}

impl Origin {
    /// An entry of raft-io as a view.
    pub(super) fn entry(self, entry: &LogEntry) -> EntryView {
        let value = match entry.kind {
            EntryKind::Normal => entry.command.first_chunk().map_or(0, |value| u32::from_le_bytes(*value)),
            // The unchanged configuration is the empty entry of a new leader.
            EntryKind::Config => 0,
        };
        EntryView { index: self.index + entry.index, term: entry.term, value, size: entry.command.len() as u32 }
    }

    /// The term of the entry at one of raft-io's indexes. raft-io's term of the origin is 0.
    fn term(self, index: u64, term: u64) -> u64 {
        if index == 0 {
            self.term
        } else {
            term
        }
    }
}

/// A message and its receiver, which raft-io keeps outside of the message.
#[derive(Clone, Debug)]
pub struct Wire {
    pub(super) origin: Origin,
    pub(super) to: u64,
    pub(super) message: Message,
}

/// A message as a view. The hints of a rejection are left out: the leader chooses where to continue.
pub(super) fn describe(wire: &Wire, entries: &mut Vec<EntryView>) -> MessageView {
    let (origin, term) = (wire.origin, wire.message.term());
    let view = |kind, from| MessageView { kind, from, to: wire.to, term, ..MessageView::default() };
    match &wire.message {
        Message::PreVote(m) => MessageView {
            index: origin.index + m.last_log_index,
            log_term: origin.term(m.last_log_index, m.last_log_term),
            ..view(MessageKind::RequestPreVote, m.candidate)
        },
        Message::PreVoteReply(m) => {
            MessageView { reject: !m.vote_granted, ..view(MessageKind::RequestPreVoteResponse, m.from) }
        }
        Message::RequestVote(m) => MessageView {
            index: origin.index + m.last_log_index,
            log_term: origin.term(m.last_log_index, m.last_log_term),
            transfer: m.force,
            ..view(MessageKind::RequestVote, m.candidate)
        },
        Message::RequestVoteReply(m) => {
            MessageView { reject: !m.vote_granted, ..view(MessageKind::RequestVoteResponse, m.from) }
        }
        Message::AppendEntries(m) => {
            entries.extend(m.entries.iter().map(|entry| origin.entry(entry)));
            MessageView {
                index: origin.index + m.prev_log_index,
                log_term: origin.term(m.prev_log_index, m.prev_log_term),
                commit: origin.index + m.leader_commit,
                ..view(MessageKind::Append, m.leader)
            }
        }
        Message::AppendEntriesReply(m) if m.success => {
            MessageView { index: origin.index + m.match_index, ..view(MessageKind::AppendResponse, m.from) }
        }
        Message::AppendEntriesReply(m) => MessageView { reject: true, ..view(MessageKind::AppendResponse, m.from) },
        // Messages of features that are not driven.
        _ => view(MessageKind::Other, 0),
    }
}
