//! Messages that no correct peer sends, and proposals of several entries: both go through `RawNode::step`.

use super::RaftRs;
use crate::schedule::Forged;
use crate::sut::Disk;
use raft::eraftpb::{Entry, Message, MessageType};

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    /// A forged message arrives in the name of `from`; true if the node refuses it.
    pub(super) fn forged(&mut self, from: u64, forged: Forged) -> bool {
        let mut message = Message { from, to: self.raw.raft.id, term: self.raw.raft.term, ..Message::default() };
        // A report of a snapshot that did not arrive.
        message.reject = forged == Forged::SnapStatus;
        message.set_msg_type(match forged {
            Forged::Hup => MessageType::MsgHup,
            Forged::Beat => MessageType::MsgBeat,
            Forged::CheckQuorum => MessageType::MsgCheckQuorum,
            Forged::Unreachable => MessageType::MsgUnreachable,
            Forged::SnapStatus => MessageType::MsgSnapStatus,
        });
        self.call().step(message) == Err(raft::Error::StepLocalMsg)
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
