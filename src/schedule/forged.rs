//! The table of forged messages: messages that no correct peer sends, which an event lets arrive.

macro_rules! forged {
    ($($variant:ident $word:literal $answer:ident $about:literal $source:literal;)*) => {
        /// A message that no correct peer sends.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Forged { $(#[doc = $about] $variant,)* }

        /// Every forged message.
        pub const FORGED: &[ForgedRow] = &[$(ForgedRow {
            forged: Forged::$variant, word: $word, answer: Answer::$answer, about: $about, source: $source,
        },)*];
    };
}

/// The answer of a node that is promised for a forged message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A document promises an error: the node refuses the message, and nothing changes.
    Refused,
    /// No document says what happens. The event needs the setting `hostile-messages`, and only promises to correct peers
    /// are judged from then on.
    Open,
}

/// A row of [`FORGED`].
#[derive(Clone, Copy, Debug)]
pub struct ForgedRow {
    /// The message.
    pub forged: Forged,
    /// Its word in text.
    pub word: &'static str,
    /// The answer that is promised.
    pub answer: Answer,
    /// A noun phrase for it.
    pub about: &'static str,
    /// The document that promises the answer, or by which no correct peer sends the message.
    pub source: &'static str,
}

forged! {
    Hup "hup" Refused "the local message `MsgHup`, which starts an election" "raft-rs Error::StepLocalMsg";
    Beat "beat" Refused "the local message `MsgBeat`, which sends heartbeats" "raft-rs Error::StepLocalMsg";
    CheckQuorum "check-quorum" Refused "the local message `MsgCheckQuorum`, which deposes a leader without a quorum"
        "raft-rs Error::StepLocalMsg";
    Unreachable "unreachable" Refused "the local message `MsgUnreachable`, which reports a lost message"
        "raft-rs Error::StepLocalMsg";
    SnapStatus "snap-status" Refused "the local message `MsgSnapStatus`, which reports a snapshot"
        "raft-rs Error::StepLocalMsg";
    UnknownSender "unknown-sender" Refused "an acknowledgement of a node that no configuration has"
        "raft-rs Error::StepPeerNotFound";
    EmptyReadIndex "empty-read-index" Open "a forwarded read without a context"
        "thesis 6.4; raft-rs ReadState: a read has a context";
    EmptyPropose "empty-propose" Open "a forwarded proposal without entries" "etcd raft doc.go, MsgProp: appends data";
    TermZero "term-zero" Open "a heartbeat of term 0" "paper figure 2: AppendEntries has the leader's term";
    CommitBeyond "commit-beyond" Open "a heartbeat of the term that commits three entries beyond the log"
        "eraftpb.proto, MsgHeartbeat; thesis 3.5: a leader commits what the follower has";
    AckBeyond "ack-beyond" Open "an acknowledgement, in the term, of three entries beyond the log"
        "paper figure 2: a follower acknowledges what it was sent";
    OtherVersion "other-version" Open "a heartbeat response with a field that no version has"
        "protocol buffers, language guide: unknown fields are kept and ignored";
}

impl Forged {
    /// The message's row.
    pub fn row(self) -> &'static ForgedRow {
        &FORGED[self as usize]
    }

    /// True if no document says what a node does with it.
    pub fn is_hostile(self) -> bool {
        self.row().answer == Answer::Open
    }
}
