//! Messages that no correct peer sends, and proposals of several entries: both go through `RawNode::step`.

use super::RaftRs;
use crate::schedule::Forged;
use crate::sut::Disk;
use protobuf::Message as _;
use raft::eraftpb::{Entry, Message, MessageType};

/// The number of a node that no configuration has.
const UNKNOWN: u64 = 99;

/// The number of a field that no version of `eraftpb.proto` has.
const FIELD: u32 = 1_000;

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    /// A forged message arrives in the name of `from`; true if the node refuses it as raft-rs documents.
    pub(super) fn forged(&mut self, from: u64, forged: Forged) -> bool {
        let message = self.forge(from, forged);
        let refused = match forged {
            Forged::UnknownSender => raft::Error::StepPeerNotFound,
            _ => raft::Error::StepLocalMsg,
        };
        self.call().step(message) == Err(refused)
    }

    fn forge(&self, from: u64, forged: Forged) -> Message {
        let raft = &self.raw.raft;
        let beyond = raft.raft_log.last_index() + 3;
        let mut message = Message { from, to: raft.id, term: raft.term, ..Message::default() };
        message.set_msg_type(match forged {
            Forged::Hup => MessageType::MsgHup,
            Forged::Beat => MessageType::MsgBeat,
            Forged::CheckQuorum => MessageType::MsgCheckQuorum,
            Forged::Unreachable => MessageType::MsgUnreachable,
            Forged::SnapStatus => MessageType::MsgSnapStatus,
            Forged::EmptyReadIndex => MessageType::MsgReadIndex,
            Forged::EmptyPropose => MessageType::MsgPropose,
            Forged::TermZero | Forged::CommitBeyond => MessageType::MsgHeartbeat,
            Forged::AckBeyond | Forged::UnknownSender => MessageType::MsgAppendResponse,
            Forged::OtherVersion => MessageType::MsgHeartbeatResponse,
        });
        match forged {
            // A report of a snapshot that did not arrive.
            Forged::SnapStatus => message.reject = true,
            Forged::UnknownSender => (message.from, message.index) = (UNKNOWN, raft.raft_log.last_index()),
            Forged::EmptyReadIndex | Forged::EmptyPropose | Forged::TermZero => message.term = 0,
            Forged::CommitBeyond => message.commit = beyond,
            Forged::AckBeyond => message.index = beyond,
            Forged::OtherVersion => return of_other_version(message),
            Forged::Hup | Forged::Beat | Forged::CheckQuorum | Forged::Unreachable => {}
        }
        message
    }

    /// A client proposes the values from the first to the last in one message; true if they were taken.
    pub(super) fn propose_many(&mut self, first: u32, last: u32) -> bool {
        let entry = |value: u32| Entry { data: value.to_le_bytes().to_vec().into(), ..Entry::default() };
        let mut message = Message { from: self.raw.raft.id, ..Message::default() };
        message.set_msg_type(MessageType::MsgPropose);
        message.set_entries((first..=last).map(entry).collect::<Vec<_>>().into());
        self.call().step(message).is_ok()
    }
}

/// The message after its way over a wire, with one more field.
fn of_other_version(mut message: Message) -> Message {
    message.mut_unknown_fields().add_varint(FIELD, 7);
    let bytes = message.write_to_bytes().expect("the message has its fields");
    Message::parse_from_bytes(&bytes).expect("unknown fields are kept")
}
