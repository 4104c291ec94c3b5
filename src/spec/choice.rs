//! The choices that the specification leaves to an implementation: each has bounds that are judged, and a source for its
//! freedom.
//!
//! `free!(Choice)` marks the place that takes a choice over or leaves a value out of the comparison. A test checks that each row
//! has a place, and that the values that only an implementation can supply pass through one.

macro_rules! choices {
    ($($variant:ident $name:literal $sentence:literal $bounds:literal $source:literal;)*) => {
        /// A choice of the implementation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Choice { $(#[doc = $sentence] $variant,)* }

        /// Every choice, in the order of [`Choice`].
        pub const CHOICES: &[ChoiceRow] = &[$(ChoiceRow {
            choice: Choice::$variant, name: $name, sentence: $sentence, bounds: $bounds, source: $source,
        },)*];
    };
}

/// A row of [`CHOICES`].
#[derive(Clone, Copy, Debug)]
pub struct ChoiceRow {
    /// The choice.
    pub choice: Choice,
    /// Its name.
    pub name: &'static str,
    /// The value that the implementation chooses, or that is not compared.
    pub sentence: &'static str,
    /// The check that remains.
    pub bounds: &'static str,
    /// The source of the freedom.
    pub source: &'static str,
}

choices! {
    NextAfterRefusal "next-after-refusal"
        "The next index after a refused append."
        "Above the match index, and as low as the two logs say."
        "paper 5.3, end: the leader decrements nextIndex, or bypasses all conflicting entries of a term";
    ProbeOfNewMember "probe-of-new-member"
        "The next index of a member that was just added."
        "The leader's last index, or the one after it."
        "paper figure 2: leader last log index + 1; etcd-io/raft pull request 165: the last index";
    HintOfRefusal "hint-of-refusal"
        "The position that a refused append names."
        "A position of the follower's own log, from the best one to the refused one."
        "paper 5.3, end: the term of the conflicting entry and the first index it stores for that term";
    NextOfAppend "next-of-append"
        "The position that an append follows, with the switch `free-next`."
        "In the leader's log, and not below the peer's match index."
        "paper figure 2: nextIndex is the leader's guess, matchIndex is known";
    EntriesOfAppend "entries-of-append"
        "The number of entries in an append."
        "Entries of the leader's log from the next index on, within `max_size_per_msg`; a peer that keeps up is streamed everything."
        "raft.tla AppendEntries: sends up to 1 entry, and implementations may send more; raft-rs Config.max_size_per_msg";
    TimeOfAppend "time-of-append"
        "An append or a snapshot that no obligation requires now."
        "The peer is not paused, and the message is the one that the leader's state gives."
        "raft.tla AppendEntries: enabled whenever the server leads; paper 5.3: the leader retries indefinitely";
    TimeOfHeartbeat "time-of-heartbeat"
        "A heartbeat before its interval is over."
        "The sender leads; commit index and context are the ones that its state gives."
        "thesis 3.4: leaders send periodic heartbeats; etcd raft doc.go, MsgHeartbeat";
    PositionOfSnapshot "position-of-snapshot"
        "The index of a snapshot that is sent."
        "Applied, and not below the index that the peer asked for; term and configuration are those of the index."
        "thesis 5.1: each server takes snapshots independently; raft-rs doc of Storage::snapshot";
    PersistedSoFar "persisted-so-far"
        "The index that a server takes to be durable, while writes are outstanding."
        "On its disk, never lower than before, and the whole log once all of it is durable."
        "thesis 10.2.1: the leader may write in parallel; raft-rs RaftLog::persisted";
    CommittedInReady "committed-in-ready"
        "The number of committed entries in a Ready whose size is limited."
        "At least one, in order, and more only within the limit; all of them without one."
        "raft-rs Config.max_committed_size_per_ready: the rest comes in later Readys";
    JoinedAppend "joined-append"
        "Whether an append joins one that waits for the same Ready."
        "The joined message is a sequence of appends, each judged on its own."
        "raft-rs Config.batch_append, pull request 179";
    FetchedAppend "fetched-append"
        "Whether the entries of an append are fetched first."
        "Storage has the entries and may fetch late; the append is due when they are there."
        "raft-rs Storage::entries: async is optional";
    EarlyElection "early-election"
        "An election before the longest timeout, where a server draws its timeout itself."
        "After the least timeout, and no later than the longest."
        "paper 5.2: election timeouts are chosen randomly from a fixed interval";
    NextOfOwn "next-of-own"
        "A leader's own next index, and whether its own progress is probe or replicate."
        "The index lies above its match index, and at most one after its log; nothing is in flight."
        "raft.tla AppendEntries: the receiver is another server, so a leader's own nextIndex is never read";
    VotesOfOthers "votes-of-others"
        "The votes that a server shows which is no candidate."
        "Not compared: a candidate begins with empty sets, and they are compared from then on."
        "raft.tla Timeout: votesResponded and votesGranted become empty";
    ProgressOfOthers "progress-of-others"
        "The progress that a server shows which does not lead."
        "Not compared: a leader begins with fresh progress, and it is compared from then on."
        "raft.tla BecomeLeader: nextIndex and matchIndex are initialised; paper figure 2: volatile state on leaders";
    CommitBeyondAppend "commit-beyond-append"
        "A commit index in an append that passes its last entry."
        "Compared as far as the append reaches: a follower takes no more."
        "paper figure 2: commitIndex = min(leaderCommit, index of last new entry); raft.tla AppendEntries bounds it at the sender";
    TermOfForwarded "term-of-forwarded"
        "The term of a forwarded proposal or read."
        "Not compared: the receiver handles both in whatever term it is in."
        "etcd raft doc.go, MsgProp and MsgReadIndex: forwarded to the leader, without a term";
    BeforeBootstrap "before-bootstrap"
        "Which index it is, of those before the bootstrap."
        "Equal to the bootstrap's: only the snapshot has what is there."
        "thesis 5.1: a snapshot replaces the entries that it covers";
}

/// Marks the place of a choice. It compiles to nothing.
macro_rules! free {
    ($choice:ident) => {
        const _: $crate::spec::choice::Choice = $crate::spec::choice::Choice::$choice;
    };
}

pub(crate) use free;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_the_enum() {
        for (place, row) in CHOICES.iter().enumerate() {
            assert_eq!(row.choice as usize, place);
            assert!(row.sentence.ends_with('.') && row.bounds.ends_with('.'), "{}", row.name);
        }
    }
}
