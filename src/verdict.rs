//! Verdicts: agreed, skipped or diverged, and what a divergence says.

use crate::findings::Finding;
use crate::spec::{ActionName, NodeId, Switch};
use std::fmt;

/// The outcome of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The two never parted.
    Agreed,
    /// There is no verdict: the run left what the implementation was promised, or met a known panic.
    Skipped(Skip),
    /// They parted.
    Diverged(Box<Divergence>),
}

/// The reason why a run has no verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Skip {
    /// The run met a known finding, and cannot go on.
    Finding(Finding),
    /// Members were destroyed, and no quorum can run again.
    NoQuorum,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Skip::Finding(finding) => write!(f, "known finding {finding}"),
            Skip::NoQuorum => f.write_str("no quorum can run again: members were destroyed"),
        }
    }
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

    /// The divergence, if that is what it is.
    pub fn divergence(&self) -> Option<&Divergence> {
        match self {
            Verdict::Diverged(divergence) => Some(divergence),
            Verdict::Agreed | Verdict::Skipped(_) => None,
        }
    }
}

/// The part of a run: a schedule, then the healing epilogue if the setup asks for it, then a look at the whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// An event of the schedule.
    Schedule,
    /// The healing epilogue.
    Epilogue,
    /// The end, when nothing happens any more.
    End,
}

impl Phase {
    /// The phase's name in reports for machines.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Schedule => "schedule",
            Phase::Epilogue => "healing epilogue",
            Phase::End => "end",
        }
    }

    /// The place in a run at which so many events are over: every report says it in these words.
    pub fn place(self, events: usize) -> String {
        let after = events.checked_sub(1).map_or("before any event".into(), |last| format!("after event {last}"));
        match self {
            Phase::Schedule => format!("at event {events}"),
            Phase::Epilogue => format!("in the healing epilogue, {after}"),
            Phase::End => format!("at the end, {after}"),
        }
    }
}

/// Which side of the check failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// It did what it may not.
    Guard,
    /// It did not what it must.
    Obligation,
    /// A field differs.
    State,
    /// A property of Raft is broken.
    Invariant,
    /// It makes no progress though nothing hinders it.
    Liveness,
    /// It does not come to an end.
    Runaway,
    /// It panicked.
    Panic,
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
        }
    }
}

/// What two divergences share when they have one reason: the check and the specification's action,
/// never an index or a line number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cause(String);

impl Cause {
    /// The cause of a failed check.
    pub fn new(check: Check, what: &str, action: Option<ActionName>) -> Self {
        let words = what.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        match action {
            Some(action) if !matches!(check, Check::Guard | Check::Panic | Check::Liveness) => {
                Cause(format!("{}/{slug}/{action}", check.name()))
            }
            _ => Cause(format!("{}/{slug}", check.name())),
        }
    }
}

impl Cause {
    /// The cause as the name of a file: at most 97 characters, and another for every cause.
    pub fn slug(&self) -> String {
        let mut name = self.0.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        if name.len() > LONGEST_SLUG {
            name.truncate(LONGEST_SLUG);
            name += &format!("-{:016x}", fnv(self.0.as_bytes()));
        }
        name
    }
}

const LONGEST_SLUG: usize = 80;

/// FNV-1a, which is the same on every machine and in every version.
pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where and how the implementation and the specification parted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Divergence {
    /// Its cause.
    pub cause: Cause,
    /// Which side of the check failed.
    pub check: Check,
    /// The event, counted from 0; after the schedule, the number of its events.
    pub event: usize,
    /// The part of the run.
    pub phase: Phase,
    /// The node.
    pub node: NodeId,
    /// The guard, field, duty or invariant.
    pub what: String,
    /// What the specification has.
    pub spec: String,
    /// What the implementation has.
    pub implementation: String,
    /// Where the specification has it from.
    pub reference: String,
    /// The actions of the specification in that call.
    pub actions: Vec<(ActionName, NodeId)>,
    /// The switch that would allow it.
    pub switch: Option<Switch>,
}

impl Divergence {
    /// The place in the run, in words.
    pub fn place(&self) -> String {
        self.phase.place(self.event)
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Divergence { check, node, what, spec, implementation, reference, cause, .. } = self;
        writeln!(f, "diverged {}, node {node}: {} `{what}`", self.place(), check.name())?;
        writeln!(f, "  specification:  {spec}")?;
        writeln!(f, "  implementation: {implementation}")?;
        writeln!(f, "  source:         {reference}")?;
        let actions: Vec<String> = self.actions.iter().map(|(name, node)| format!("{name}({node})")).collect();
        if !actions.is_empty() {
            writeln!(f, "  spec actions:   {}", actions.join(", "))?;
        }
        if let Some(switch) = self.switch {
            writeln!(f, "  the switch `{switch}` would allow it: {}", switch.row().sentence)?;
        }
        write!(f, "  cause:          {cause}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_after_the_schedule_is_no_event() {
        assert_eq!(Phase::Schedule.place(0), "at event 0");
        assert_eq!(Phase::Epilogue.place(0), "in the healing epilogue, before any event");
        assert_eq!(Phase::Epilogue.place(8), "in the healing epilogue, after event 7");
        assert_eq!(Phase::End.place(1), "at the end, after event 0");
    }

    #[test]
    fn causes_that_begin_alike_are_kept_in_files_of_their_own() {
        let what = "entries, commits and retries go to every peer that is not paused in the same step";
        let slug = |action| Cause::new(Check::Obligation, what, Some(action)).slug();
        let (join, leave) = (slug(ActionName::BatchAppend), slug(ActionName::LeaveJoint));
        assert_ne!(join, leave);
        assert!(join.len() <= 97 && join.starts_with("obligation-entries-commits-and-retries"), "{join}");
        assert_eq!(Cause::new(Check::State, "role", Some(ActionName::StepDown)).slug(), "state-role-StepDown");
    }
}
