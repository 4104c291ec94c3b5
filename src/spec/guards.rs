//! The guards of raft.tla, and how to disable one to learn which invariant needs it.
//!
//! A specification that allows too much agrees with everything. So each condition that raft.tla
//! sets, as a conjunct of an action or inside an expression, can be left out by itself: the actions
//! then do what they do whether it holds or not. An exhaustive search must find an invariant that
//! breaks; where none can, the guard is there for another reason than safety, or follows from the
//! others. `src/docs/guards.md` says which, guard by guard.
//!
//! The outcomes of guards are recorded on request ([`outcomes`]). The cost is one test: without a request, and with no guard left
//! out, a guard is a plain condition.

use super::action::ActionName;
use super::dialect::Switch;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// A guard of the `ongaro` dialect.
#[derive(Debug)]
pub struct Guard {
    /// Its name on the command line.
    pub name: &'static str,
    /// The action, or disjunct of `Receive`, that has the guard.
    pub action: ActionName,
    /// The condition, in the words that the action has for it.
    pub requires: &'static str,
    /// The same in raft.tla.
    pub tla: &'static str,
}

macro_rules! guards {
    ($($name:literal $action:ident $requires:literal $tla:literal;)*) => {
        /// Every guard of raft.tla.
        pub const GUARDS: &[Guard] = &[$(Guard {
            name: $name, action: ActionName::$action, requires: $requires, tla: $tla,
        },)*];
    };
}

guards! {
    "timeout-role" Timeout "the server is a follower or a candidate"
        "state[i] \\in {Follower, Candidate}";
    "request-vote-role" RequestVote "the sender is a candidate"
        "state[i] = Candidate";
    "request-vote-once" RequestVote "the receiver has not answered yet"
        "j \\notin votesResponded[i]";
    "become-leader-role" BecomeLeader "the server is a candidate"
        "state[i] = Candidate";
    "become-leader-quorum" BecomeLeader "a quorum has granted its vote"
        "votesGranted[i] \\in Quorum";
    "client-request-role" ClientRequest "the server is the leader"
        "state[i] = Leader";
    "advance-commit-role" AdvanceCommitIndex "the server is the leader"
        "state[i] = Leader";
    "advance-commit-quorum" AdvanceCommitIndex "a quorum has the entry"
        "Agree(index) \\in Quorum";
    "advance-commit-own-term" AdvanceCommitIndex "the entry is of the leader's own term"
        "log[i][Max(agreeIndexes)].term = currentTerm[i]";
    "append-entries-peer" AppendEntries "the receiver is another server"
        "i /= j";
    "append-entries-role" AppendEntries "the sender is the leader"
        "state[i] = Leader";
    "append-entries-commit" AppendEntries "the commit index that is told does not pass what is sent"
        "mcommitIndex |-> Min({commitIndex[i], lastEntry})";
    "update-term-newer" UpdateTerm "the message is of a newer term"
        "m.mterm > currentTerm[i]";
    "vote-request-term" HandleRequestVoteRequest "the request is of the voter's term"
        "grant: m.mterm = currentTerm[i]";
    "vote-request-log" HandleRequestVoteRequest "the candidate's log is as up to date as the voter's"
        "grant: logOk";
    "vote-request-free" HandleRequestVoteRequest "the voter has not voted for another candidate"
        "grant: votedFor[i] \\in {Nil, j}";
    "vote-response-term" HandleRequestVoteResponse "the response is of the receiver's term"
        "m.mterm = currentTerm[i]";
    "vote-response-granted" HandleRequestVoteResponse "the vote is granted"
        "m.mvoteGranted";
    "append-request-leader" ReturnToFollowerState "a leader hears of no other leader in its term"
        "no disjunct for state[i] = Leader";
    "append-request-candidate" ReturnToFollowerState "a candidate is no follower"
        "accept: state[i] = Follower";
    "append-request-term" RejectAppendEntriesRequest "the request is of the follower's term"
        "accept: m.mterm = currentTerm[i]";
    "append-request-log" RejectAppendEntriesRequest "the logs agree before the entry"
        "accept: logOk";
    "append-request-done" AppendEntriesAlreadyDone "the entry there is of the same term"
        "log[i][index].term = m.mentries[1].term";
    "append-request-conflict" ConflictAppendEntriesRequest "the entry there is of another term"
        "log[i][index].term /= m.mentries[1].term";
    "append-request-reach" ConflictAppendEntriesRequest "the log reaches to the entry"
        "Len(log[i]) >= index";
    "append-request-end" NoConflictAppendEntriesRequest "the log ends right before the entry"
        "Len(log[i]) = m.mprevLogIndex";
    "append-response-term" HandleAppendEntriesResponse "the response is of the receiver's term"
        "m.mterm = currentTerm[i]";
    "append-response-success" HandleAppendEntriesResponse "the append succeeded"
        "m.msuccess";
}

impl Guard {
    /// The guard of that name.
    pub fn named(name: &str) -> Option<&'static Guard> {
        GUARDS.iter().find(|guard| guard.name == name)
    }
}

thread_local! {
    /// True if a guard is left out, or outcomes are recorded.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static LEFT_OUT: Cell<Option<&'static Guard>> = const { Cell::new(None) };
    /// The recorded outcomes: two bits for each guard, in the order of [`GUARDS`]: was it false, was it true.
    static OUTCOMES: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The outcomes of guards on this thread since the last call: of the guard at place `p`, bit `2 * p` is set if it
/// was false, and the next one if it was true. The first call starts the recording.
pub fn outcomes() -> u64 {
    let outcomes = OUTCOMES.replace(Some(0));
    watch();
    outcomes.unwrap_or(0)
}

fn watch() {
    WATCHED.set(LEFT_OUT.get().is_some() || OUTCOMES.get().is_some());
}

/// True if the condition of a guard holds, or the guard is left out.
#[inline(always)]
pub(super) fn holds(condition: bool, action: ActionName, requires: &str) -> bool {
    match WATCHED.get() {
        true => holds_watched(condition, action, requires),
        false => condition,
    }
}

#[cold]
#[inline(never)]
fn holds_watched(condition: bool, action: ActionName, requires: &str) -> bool {
    let is_asked = |guard: &Guard| guard.action == action && guard.requires == requires;
    if let (Some(noted), Some(place)) = (OUTCOMES.get(), GUARDS.iter().position(is_asked)) {
        OUTCOMES.set(Some(noted | 1 << (2 * place + usize::from(condition))));
    }
    condition || LEFT_OUT.get().is_some_and(is_asked)
}

/// Calls `body` with a guard left out, on this thread.
pub fn without<T>(guard: Option<&'static Guard>, body: impl FnOnce() -> T) -> T {
    let outer = LEFT_OUT.replace(guard);
    watch();
    let result = body();
    LEFT_OUT.set(outer);
    watch();
    result
}

/// The refusal of an action: a guard of it is false. One word, since nearly every step returns that there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Disabled(pub(super) &'static Unmet);

/// The guard that is false.
#[derive(PartialEq, Eq, Debug)]
pub struct Unmet {
    /// The action.
    pub action: ActionName,
    /// The guard, in words that state what should have been true.
    pub guard: &'static str,
    /// The source of the guard.
    pub reference: &'static str,
    /// The switch that would have allowed it, where it is known to be one.
    pub switch: Option<Switch>,
}

/// The result of something that has guards.
pub type Guarded<T = ()> = Result<T, Disabled>;

impl Deref for Disabled {
    type Target = Unmet;

    fn deref(&self) -> &Unmet {
        self.0
    }
}

impl fmt::Display for Disabled {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} is not enabled: it requires that {} ({})", self.action, self.guard, self.reference)
    }
}

/// Returns a [`Disabled`] unless the condition holds, or is left out.
macro_rules! guard {
    ($condition:expr, $action:ident, $guard:literal, $reference:literal) => {
        if !crate::spec::guards::holds($condition, crate::spec::action::ActionName::$action, $guard) {
            return Err(crate::spec::guards::Disabled(&crate::spec::guards::Unmet {
                action: crate::spec::action::ActionName::$action,
                guard: $guard,
                reference: $reference,
                switch: None,
            }));
        }
    };
    ($dialect:expr; $switch:ident, $action:ident) => {
        if !$dialect.has(crate::spec::dialect::Switch::$switch) {
            return Err(crate::spec::guards::Disabled(
                const {
                    &crate::spec::guards::Unmet {
                        action: crate::spec::action::ActionName::$action,
                        guard: "the dialect has it",
                        reference: crate::spec::dialect::Switch::$switch.row().source,
                        switch: Some(crate::spec::dialect::Switch::$switch),
                    }
                },
            ));
        }
    };
}

pub(super) use guard;
