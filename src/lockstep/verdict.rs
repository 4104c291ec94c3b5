//! Verdicts of runs, and the causes by which divergences are told apart.

use super::divergence::{Divergence, Failed};
use crate::findings::Finding;
use crate::spec::ActionName;
use std::fmt;

/// The verdict of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The implementation and the specification agreed throughout.
    Agreed,
    /// No verdict: the run left the implementation's contract, or met a known finding that ends it.
    Skipped(Skip),
    /// The implementation and the specification diverged.
    Diverged(Box<Divergence>),
}

impl Verdict {
    /// The verdict in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Agreed => "agreed",
            Verdict::Skipped(_) => "skipped",
            Verdict::Diverged(_) => "diverged",
        }
    }

    /// The divergence of a run that diverged.
    pub fn divergence(&self) -> Option<&Divergence> {
        match self {
            Verdict::Diverged(divergence) => Some(divergence),
            Verdict::Agreed | Verdict::Skipped(_) => None,
        }
    }
}

/// The reason why a run has no verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Skip {
    /// The run met a known finding, and cannot go on.
    Finding(Finding),
    /// Members were destroyed or lost their disks, and no quorum can run again.
    NoQuorum,
    /// A server has lost its disk, and this broke: an invariant, or a panic of the server.
    WipedDisk(&'static str),
    /// A server took a message that no correct peer sends: what it did that no specification says.
    ForgedMessage(&'static str),
    /// Some links stay cut, and Raft promises such a cluster nothing without check-quorum.
    NoPromise,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Skip::Finding(finding) => write!(f, "known finding {finding}"),
            Skip::NoQuorum => f.write_str("no quorum can run again: members were destroyed or lost their disks"),
            Skip::WipedDisk(broken) => write!(f, "outside the contract, broken by a lost disk: {broken}"),
            Skip::ForgedMessage(taken) => write!(f, "outside the contract, broken by a forged message: {taken}"),
            Skip::NoPromise => f.write_str(
                "Raft promises nothing: links stay cut, and servers follow a leader that no quorum answers, or election \
                 timeouts are so far apart that one server campaigns before another can",
            ),
        }
    }
}

/// A part of a run: the schedule, then the healing epilogue if the setup asks for it, then the final comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// An event of the schedule.
    Schedule,
    /// The healing epilogue.
    Epilogue,
    /// The comparison of the final states.
    End,
}

/// The kind of check that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// An action was taken whose guard is false.
    Guard,
    /// An obligation was not done.
    Obligation,
    /// A field differs.
    State,
    /// An invariant is broken.
    Invariant,
    /// A healed cluster makes no progress.
    Liveness,
    /// A call does not return.
    Runaway,
    /// The implementation panicked.
    Panic,
    /// Clients see a consequence.
    Consequence,
}

impl Check {
    /// The check's name in causes and reports.
    pub fn name(self) -> &'static str {
        match self {
            Check::Guard => "guard",
            Check::Obligation => "obligation",
            Check::State => "state",
            Check::Invariant => "invariant",
            Check::Liveness => "liveness",
            Check::Runaway => "runaway",
            Check::Panic => "panic",
            Check::Consequence => "consequence",
        }
    }
}

/// The identity of a divergence: the failed check and the specification's action, without indexes or line numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cause(String);

impl Cause {
    /// The cause of a failure in a call that ended with `action`.
    pub fn of(failed: &Failed, action: Option<ActionName>) -> Self {
        let (check, subject) = (failed.check(), failed.subject());
        let words = subject.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        match action {
            Some(action) if !matches!(check, Check::Guard | Check::Panic | Check::Liveness) => {
                Cause(format!("{}/{slug}/{action}", check.name()))
            }
            _ => Cause(format!("{}/{slug}", check.name())),
        }
    }

    /// The cause as a file name of at most 97 characters, different for every cause.
    pub fn slug(&self) -> String {
        let mut name = self.0.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        if name.len() > LONGEST_SLUG {
            name.truncate(LONGEST_SLUG);
            name += &format!("-{:016x}", fnv(self.0.as_bytes()));
        }
        name
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const LONGEST_SLUG: usize = 80;

/// The FNV-1a hash, which is the same on every machine and in every version.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refine::{Difference, Field};

    #[test]
    fn causes_that_begin_alike_have_different_slugs() {
        let obligation = "entries, commits and retries go to every peer that is not paused in the same step";
        let failed = Failed::Obligation { action: ActionName::AppendEntries, obligation, reference: "" };
        let slug = |action| Cause::of(&failed, Some(action)).slug();
        let (join, leave) = (slug(ActionName::BatchAppend), slug(ActionName::LeaveJoint));
        assert_ne!(join, leave);
        assert!(join.len() <= 97 && join.starts_with("obligation-entries-commits-and-retries"), "{join}");
    }

    #[test]
    fn the_cause_of_a_difference_names_its_field_and_the_action() {
        let failed = Failed::Field(Difference::of(Field::Role, true, false));
        assert_eq!(Cause::of(&failed, Some(ActionName::StepDown)).slug(), "state-role-StepDown");
    }
}
