//! Messages that only a node itself makes are refused when they arrive over a link.

use super::log;
use raft::eraftpb::{Message, MessageType};
use raft::storage::MemStorage;
use raft::{Config, Error, RawNode};

/// The messages that raft-rs calls local.
const LOCAL: [MessageType; 5] = [
    MessageType::MsgHup,
    MessageType::MsgBeat,
    MessageType::MsgCheckQuorum,
    MessageType::MsgUnreachable,
    MessageType::MsgSnapStatus,
];

fn node(voters: Vec<u64>) -> RawNode<MemStorage> {
    let storage = MemStorage::new_with_conf_state((voters, vec![2]));
    RawNode::new(&Config::new(1), storage, &log::logger(false)).unwrap()
}

/// A leader, whose learner has a progress that a report would change.
fn leader() -> RawNode<MemStorage> {
    let mut leader = node(vec![1]);
    leader.campaign().unwrap();
    assert_eq!(leader.raft.state, raft::StateRole::Leader);
    leader.raft.mut_prs().get_mut(2).unwrap().become_replicate();
    leader
}

/// The hard and soft state, the messages to send, and the progress of the peer: a local message would change one of them.
fn state(raw: &RawNode<MemStorage>) -> String {
    let raft = &raw.raft;
    format!("{:?} {:?} {:?} {:?}", raft.hard_state(), raft.soft_state(), raft.msgs, raft.prs().get(2))
}

/// raft-rs, doc of `Error::StepLocalMsg`: raft cannot step the local message.
#[test]
fn a_local_message_over_a_link_is_refused() {
    for mut raw in [node(vec![1, 3]), leader()] {
        for kind in LOCAL {
            for from in [0, 1, 2, 9] {
                let (term, before) = (raw.raft.term, state(&raw));
                for term in [0, term, term + 1] {
                    let mut message = Message { to: 1, from, term, reject: true, ..Message::default() };
                    message.set_msg_type(kind);
                    assert_eq!(raw.step(message), Err(Error::StepLocalMsg), "{kind:?} from {from} in term {term}");
                    assert_eq!(state(&raw), before, "{kind:?} from {from} in term {term}");
                }
            }
        }
    }
}
