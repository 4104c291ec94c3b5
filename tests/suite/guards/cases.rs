//! A case for each guard, in the order of `GUARDS`.

use super::play::Play;
use raft_lockstep::explore::{Bounds, Faults};

/// A story's words and its steps.
type Story = (&'static str, fn(&mut Play));

/// The start and the bounds of the search for an invariant that needs the guard.
pub struct Case {
    pub guard: &'static str,
    pub bounds: Bounds,
    pub story: Option<Story>,
    /// The reason why the guard is redundant, if it is.
    pub redundant: Option<&'static str>,
}

const TWO: Bounds = Bounds {
    servers: 2,
    max_term: 2,
    max_log: 1,
    max_copies: 1,
    max_messages: 2,
    values: 1,
    faults: Faults { restart: false, duplicate: false, drop: false },
};
const TO_TERM_3: Bounds = Bounds { max_term: 3, ..TWO };
const THREE: Bounds = Bounds { servers: 3, max_term: 3, ..TWO };
const FAULTY: Bounds = Bounds { faults: Faults { restart: true, duplicate: false, drop: true }, ..TWO };

/// Larger bounds for the redundant guards, for a release build.
pub const LARGER: &[Bounds] = &[
    Bounds { max_log: 2, ..TO_TERM_3 },
    Bounds { max_term: 3, ..FAULTY },
    Bounds { max_term: 2, max_messages: 1, ..THREE },
];

const fn from_init(guard: &'static str, bounds: Bounds) -> Case {
    Case { guard, bounds, story: None, redundant: None }
}

const fn after(guard: &'static str, bounds: Bounds, told: &'static str, play: fn(&mut Play)) -> Case {
    Case { guard, bounds, story: Some((told, play)), redundant: None }
}

const fn redundant(guard: &'static str, bounds: Bounds, why: &'static str) -> Case {
    Case { guard, bounds, story: None, redundant: Some(why) }
}

pub const CASES: &[Case] = &[
    redundant(
        "timeout-role",
        TO_TERM_3,
        "liveness: a leader that stands in a new term gives up its own, as one that hears of it does",
    ),
    redundant(
        "request-vote-role", TO_TERM_3,
        "liveness: votes that one collects who does not stand are forgotten when it does, and only lost to others",
    ),
    redundant(
        "request-vote-once",
        TO_TERM_3,
        "a second request is what a duplicate of the first is, and a vote is given again to the same",
    ),
    from_init("become-leader-role", TO_TERM_3),
    from_init("become-leader-quorum", TWO),
    from_init("client-request-role", Bounds { values: 2, ..TWO }),
    redundant(
        "advance-commit-role", TO_TERM_3,
        "match indexes are those of the server's last time as a leader; what a quorum had then, later leaders have, so \
         that an entry of the current term among them is of that time",
    ),
    after("advance-commit-quorum", THREE, "1 leads by 2's vote and has an entry", |play| {
        play.elect(1, 2, &[1, 2]);
        play.propose(1);
    }),
    after(
        "advance-commit-own-term",
        Bounds { max_term: 5, ..THREE },
        "figure 8: 1's entry of term 2 gets to 3 in term 4, while 2, with one of term 3, is elected in term 5",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.elect(2, 3, &[2, 3]);
            play.propose(2);
            play.depose(1, 2);
            play.elect(1, 4, &[1, 3]);
            // The first is refused: a new leader takes everybody to have its log.
            play.replicate(1, 3);
            play.replicate(1, 3);
            play.depose(2, 1);
            play.elect(2, 5, &[2, 3]);
        },
    ),
    redundant("append-entries-peer", FAULTY, "a leader that hears itself, after a restart, hears what it knows"),
    after(
        "append-entries-role",
        THREE,
        "1's entry of term 2 is its own; 2 commits one of term 3 with 3, and 1 hears of the term",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.commit_new(2, 3, 3);
            play.depose(1, 2);
        },
    ),
    after(
        "append-entries-commit",
        Bounds { max_log: 2, max_term: 2, ..THREE },
        "1 commits two entries with 2",
        |play| {
            play.elect(1, 2, &[1, 2]);
            for _ in 0..2 {
                play.propose(1);
                play.replicate(1, 2);
            }
            play.commit(1);
        },
    ),
    from_init("update-term-newer", TO_TERM_3),
    redundant(
        "vote-request-term", TO_TERM_3,
        "liveness: the vote is of the voter's own term, and the log that was asked with had all that was committed and \
         known to the voter; it is only lost to others",
    ),
    after("vote-request-log", THREE, "1 commits an entry with 2", |play| play.commit_new(1, 2, 2)),
    from_init("vote-request-free", TWO),
    from_init("vote-response-term", TO_TERM_3),
    from_init("vote-response-granted", TWO),
    redundant("append-request-leader", TO_TERM_3, "election safety: a term has no other leader"),
    redundant(
        "append-request-candidate", TO_TERM_3,
        "election safety: the term has its leader, so that a candidate which stays one cannot win",
    ),
    after(
        "append-request-term",
        THREE,
        "1's append of term 2 is on its way to 3, while 2 commits another entry with 3 in term 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.append(1, 3);
            play.commit_new(2, 3, 3);
        },
    ),
    after(
        "append-request-log",
        Bounds { max_term: 4, ..THREE },
        "1 commits an entry with 2, hears that 3 stands, and is elected again, by 3",
        |play| {
            play.commit_new(1, 2, 2);
            play.stand(3, 3);
            play.depose(1, 3);
            play.elect(1, 4, &[1, 3]);
        },
    ),
    after(
        "append-request-done",
        THREE,
        "1's entry of term 2 is its own; 2 commits one of term 3 with 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.commit_new(2, 3, 3);
        },
    ),
    after(
        "append-request-conflict",
        Bounds { max_copies: 2, ..TWO },
        "1's append to 2 was sent twice, and its entry is committed",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.append(1, 2);
            play.replicate(1, 2);
            play.commit(1);
            play.replicate(1, 2);
        },
    ),
    redundant(
        "append-request-reach",
        TO_TERM_3,
        "it follows: where the logs agree before the entry, the log ends there or reaches to it",
    ),
    after(
        "append-request-end",
        Bounds { max_log: 2, ..THREE },
        "1's entry of term 2 is its own; 2 has two of term 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.elect(2, 3, &[2, 3]);
            play.propose(2);
            play.propose(2);
        },
    ),
    after(
        "append-response-term",
        Bounds { servers: 5, max_term: 5, ..THREE },
        "2's answer to 1 of term 2 is on its way; 1 loses that entry to 3 in term 3, gets another one to 4 in term 4, \
         and 3 is elected in term 5",
        |play| {
            play.elect(1, 2, &[1, 2, 4]);
            play.propose(1);
            play.append(1, 2);
            play.deliver(1, 2);
            play.elect(3, 3, &[3, 4, 5]);
            play.propose(3);
            play.append(3, 1);
            // UpdateTerm, and 1's entry is gone.
            play.receive(3, 1);
            play.receive(3, 1);
            play.drop(3, 1);
            play.elect(1, 4, &[1, 4, 5]);
            play.propose(1);
            play.replicate(1, 4);
            play.depose(3, 1);
            play.elect(3, 5, &[3, 2, 5]);
        },
    ),
    redundant(
        "append-response-success",
        TO_TERM_3,
        "liveness: a refusal says that nothing matches, so that next falls to 1 at once",
    ),
];
