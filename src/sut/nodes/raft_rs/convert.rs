//! raft-rs's messages, entries and progress as views.

use super::configuration::{change_value, configuration_of};
use super::version;
use crate::spec::Configuration;
use crate::sut::{EntryView, MessageKind, MessageView, PeerView, ProgressState, RoleView};
use protobuf::Message as _;
use raft::eraftpb::{Entry, EntryType, Message, MessageType};
use raft::StateRole;
use std::fmt::{self, Debug, Write as _};

/// The context of a request for a vote that the leader asked for (raft-rs `CAMPAIGN_TRANSFER`).
const TRANSFER: &[u8] = b"CampaignTransfer";

pub(super) fn role(role: StateRole) -> RoleView {
    match role {
        StateRole::Follower => RoleView::Follower,
        StateRole::Candidate => RoleView::Candidate,
        StateRole::PreCandidate => RoleView::PreCandidate,
        StateRole::Leader => RoleView::Leader,
    }
}

#[inline(always)]
fn kind(kind: MessageType) -> MessageKind {
    match kind {
        MessageType::MsgRequestVote => MessageKind::RequestVote,
        MessageType::MsgRequestVoteResponse => MessageKind::RequestVoteResponse,
        MessageType::MsgRequestPreVote => MessageKind::RequestPreVote,
        MessageType::MsgRequestPreVoteResponse => MessageKind::RequestPreVoteResponse,
        MessageType::MsgReadIndex => MessageKind::ReadIndex,
        MessageType::MsgReadIndexResp => MessageKind::ReadIndexResponse,
        MessageType::MsgTransferLeader => MessageKind::TransferLeader,
        MessageType::MsgTimeoutNow => MessageKind::TimeoutNow,
        MessageType::MsgAppend => MessageKind::Append,
        MessageType::MsgAppendResponse => MessageKind::AppendResponse,
        MessageType::MsgSnapshot => MessageKind::Snapshot,
        MessageType::MsgHeartbeat => MessageKind::Heartbeat,
        MessageType::MsgHeartbeatResponse => MessageKind::HeartbeatResponse,
        MessageType::MsgPropose => MessageKind::Propose,
        _ => MessageKind::Other,
    }
}

// The caller branches on the kind; inlined, the two branches become one.
#[inline(always)]
pub(super) fn describe(message: &Message, entries: &mut Vec<EntryView>) -> MessageView {
    entries.extend(message.entries.iter().map(entry_view));
    let metadata = message.has_snapshot().then(|| message.get_snapshot().get_metadata());
    MessageView {
        kind: kind(message.get_msg_type()),
        from: message.from,
        to: message.to,
        term: message.term,
        index: metadata.map_or(message.index, |metadata| metadata.index),
        log_term: metadata.map_or(message.log_term, |metadata| metadata.term),
        request: message.request_snapshot,
        configuration: metadata.map_or(Configuration::default(), |it| configuration_of(it.get_conf_state())),
        commit: message.commit,
        commit_term: message.commit_term,
        reject: message.reject,
        reject_hint: message.reject_hint,
        priority: version::priority(message),
        context: match message.get_msg_type() {
            MessageType::MsgHeartbeat | MessageType::MsgHeartbeatResponse => number(&message.context),
            _ => 0,
        },
        transfer: match message.get_msg_type() {
            MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => *message.context == *TRANSFER,
            _ => false,
        },
    }
}

/// The number of entries of an append, from `from` on, that are one append of at most `max_size` bytes.
pub(super) fn piece(message: &Message, from: usize, max_size: u32) -> usize {
    // raft-rs's own `limit_size` is under test, so it is not used here.
    let mut size = 0;
    let fits = |entry: &&Entry| {
        let is_first = size == 0;
        size += u64::from(entry.compute_size());
        is_first || size <= limit(max_size)
    };
    message.entries.iter().skip(from).take_while(fits).count()
}

/// A size in bytes in raft-rs's form.
pub(super) fn limit(size: u32) -> u64 {
    match size {
        u32::MAX => raft::util::NO_LIMIT,
        size => size.into(),
    }
}

/// First and last index of entries, if there are any.
pub(super) fn ends(entries: &[Entry]) -> Option<(u64, u64)> {
    Some((entries.first()?.index, entries.last()?.index))
}

pub(super) fn peer_view(progress: &raft::Progress) -> PeerView {
    PeerView {
        matched: progress.matched,
        next: progress.next_idx,
        state: match progress.state {
            raft::ProgressState::Probe => ProgressState::Probe,
            raft::ProgressState::Replicate => ProgressState::Replicate,
            raft::ProgressState::Snapshot => ProgressState::Snapshot,
        },
        snapshot: progress.pending_snapshot,
        requested: progress.pending_request_snapshot,
        probing: progress.state == raft::ProgressState::Probe && progress.paused,
        inflight: version::in_flight(progress),
        active: progress.recent_active,
        committed: progress.committed_index,
        group: progress.commit_group_id,
    }
}

/// The number at the beginning of data or of a context; 0 when it is empty.
pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn entry_view(entry: &Entry) -> EntryView {
    let value = match entry.get_entry_type() {
        EntryType::EntryNormal => number(&entry.data),
        EntryType::EntryConfChange | EntryType::EntryConfChangeV2 => change_value(entry),
    };
    EntryView { index: entry.index, term: entry.term, value, size: entry.data.len() as u32 }
}

/// The number after `name` in the debug form of a value that does not show it otherwise. The rest is not formatted.
pub(super) fn number_after(name: &'static str, of: &impl Debug) -> Option<u64> {
    struct Search {
        name: &'static str,
        text: String,
        /// The number, as soon as it is written.
        number: Option<u64>,
    }
    impl fmt::Write for Search {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            // A number is written in one piece.
            self.number = if self.text.ends_with(self.name) { part.parse().ok() } else { None };
            self.text.push_str(part);
            // An error ends the formatting.
            self.number.map_or(Ok(()), |_| Err(fmt::Error))
        }
    }
    let mut search = Search { name, text: String::with_capacity(64), number: None };
    let _ = write!(search, "{of:?}");
    search.number
}
