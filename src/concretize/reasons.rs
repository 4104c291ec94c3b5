//! Why a step of a trace is implied, or skipped.

pub const OWN_MESSAGE: &str = "a candidate votes for itself, without messages";
pub const OWN_MESSAGE_AGAIN: &str = "a message to oneself does not exist, so it is neither lost nor duplicated";
pub const ASKED: &str = "a candidate asks everybody when its election starts";
pub const NOT_ASKED: &str = "it is no candidate in that term";
pub const COPIED: &str = "a copy of the message is on its way";
pub const VOTES_FOR_ANOTHER: &str =
    "a candidate has voted for itself: it votes for no other in its term, as the trace has it do";
pub const LEADS_ALREADY: &str = "it leads as soon as it has a quorum, and a leader does not start an election";
pub const LEADS_AT_ONCE: &str = "a candidate leads as soon as it has a quorum";
pub const NO_QUORUM: &str = "it has no quorum of votes: a vote that the trace has was not given";
pub const NOT_LEADER: &str = "it does not lead in that term";
pub const SENT: &str = "a leader sends by itself";
pub const SENT_LATER: &str = "a leader sends as soon as its receiver keeps up";
pub const COMMITS: &str = "a leader commits by itself";
pub const TOGETHER: &str = "a message is handled in one step, a newer term and the answer included";
pub const NOT_SENT: &str = "the message was not sent: a step before it that would have was not taken";
pub const NOT_SENT_SO: &str = "the leader does not send that entry so";
pub const UNANSWERED: &str = "the request was not answered: its term is old, or its receiver is a step further";
pub const OTHER_ANSWER: &str = "the answer was another: who gave it is a step further";
pub const REFUSED: &str = "the leader drops the proposal: it transfers its leadership, or is not in its configuration";
pub const EMPTY_INSTEAD: &str =
    "the leader refuses the change, since another may be unapplied: an empty entry takes its place";
pub const NO_WORD: &str = "no action of raft.tla";
pub const STOPPED: &str = "the implementation panics before";
pub const NO_VOTE: &str = "it starts no election: it has no vote, or a change that is committed and not applied";
pub const FULL: &str = "the link is full, and the copy is lost";
