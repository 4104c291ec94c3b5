//! The reasons why a step of a trace is implied or skipped.

pub const OWN_MESSAGE: &str = "a candidate votes for itself without messages";
pub const OWN_MESSAGE_AGAIN: &str = "a server sends itself no messages, so that none is lost or duplicated";
pub const ASKED: &str = "a candidate sends all requests when its election starts";
pub const NOT_ASKED: &str = "the server is no candidate in that term";
pub const COPIED: &str = "a copy of the message is in flight";
pub const VOTES_FOR_ANOTHER: &str = "a candidate has voted for itself, but votes for another in this trace";
pub const LEADS_ALREADY: &str =
    "the server is leader already, since it leads as soon as it has a quorum, and a leader starts no election";
pub const LEADS_AT_ONCE: &str = "a candidate leads as soon as it has a quorum";
pub const NO_QUORUM: &str = "the candidate has no quorum: a vote of the trace was not granted";
pub const NOT_LEADER: &str = "the server is not the leader of that term";
pub const SENT: &str = "a leader sends appends by itself";
pub const SENT_LATER: &str = "a leader sends the append once its receiver has caught up";
pub const COMMITS: &str = "a leader commits by itself";
pub const TOGETHER: &str = "a message is handled in one step, with its newer term and the response";
pub const NOT_SENT: &str = "the message was not sent, because an earlier step was skipped";
pub const NOT_SENT_SO: &str = "the leader does not send the entry in that form";
pub const UNANSWERED: &str = "there is no response: the request's term is old, or its receiver is ahead of the trace";
pub const OTHER_ANSWER: &str = "the response differs: its sender is ahead of the trace";
pub const REFUSED: &str = "the leader drops the proposal: a leadership transfer is pending, or it is no member";
pub const EMPTY_INSTEAD: &str =
    "the leader appends an empty entry instead of the change: another change may be unapplied";
pub const NO_WORD: &str = "the step is no action of raft.tla";
pub const STOPPED: &str = "the implementation panicked before";
pub const NO_VOTE: &str = "the server starts no election: it is no voter, or a committed change is unapplied";
pub const FULL: &str = "the link is full: the duplicate is lost";
