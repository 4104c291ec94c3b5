//! Divergences in words.

use crate::lockstep::divergence::{Divergence, Failed, Standing};
use crate::lockstep::verdict::Phase;
use crate::refine::Value;
use crate::spec::Entry;
use std::borrow::Cow;
use std::fmt;

impl Phase {
    /// The phase's name in reports for machines.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Schedule => "schedule",
            Phase::Epilogue => "healing epilogue",
            Phase::End => "end",
        }
    }

    /// The place of a run in which `events` events are over, in the words of every report.
    pub fn place(self, events: usize) -> String {
        let after = events.checked_sub(1).map_or("before any event".into(), |last| format!("after event {last}"));
        match self {
            Phase::Schedule => format!("at event {events}"),
            Phase::Epilogue => format!("in the healing epilogue, {after}"),
            Phase::End => format!("at the end, {after}"),
        }
    }
}

/// A failed check in words.
pub struct Words {
    /// The guard, obligation, field, invariant, goal, bound or panic.
    pub what: Cow<'static, str>,
    /// The specification's side.
    pub spec: Cow<'static, str>,
    /// The implementation's side.
    pub implementation: Cow<'static, str>,
    /// The source of the requirement.
    pub source: &'static str,
}

impl Failed {
    /// The check in words.
    pub fn words(&self) -> Words {
        let (spec, implementation, source): (Cow<_>, Cow<_>, _) = match self {
            Failed::Guard(guard) => ("it may not: the guard is false".into(), "it did".into(), guard.reference),
            Failed::Obligation { reference, .. } => ("it must".into(), "it did not".into(), reference),
            Failed::Field(difference) => (
                difference.spec.to_string().into(),
                difference.implementation.to_string().into(),
                "the states are equal after every call",
            ),
            Failed::Invariant(invariant, why) => {
                (format!("{} holds", invariant.tla).into(), why.clone().into(), invariant.reference)
            }
            Failed::Liveness { servers, .. } => ("it does".into(), joined(servers, ", ").into(), "thesis 3.4, 3.9"),
            Failed::Consequence(row, seen) => (row.promise.into(), seen.clone().into(), row.source),
            Failed::Runaway(bound) => ("".into(), (*bound).into(), "a bound counted in steps"),
            Failed::RunawayHandler(panic) | Failed::Panic(panic) => (
                "no panic".into(),
                panic.message.clone().into(),
                "an implementation never panics on what its contract allows",
            ),
        };
        Words { what: self.subject(), spec, implementation, source }
    }
}

impl Divergence {
    /// The place in the run, in words.
    pub fn place(&self) -> String {
        self.phase.place(self.event)
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Words { what, spec, implementation, source } = self.failed.words();
        if let Failed::Consequence(..) = &self.failed {
            writeln!(f, "diverged {}, node {}: consequence `{what}`", self.place(), self.node)?;
            writeln!(f, "  seen:           {implementation}")?;
            writeln!(f, "  promised:       {spec}")?;
            writeln!(f, "  source:         {source}")?;
            return write!(f, "  cause:          {}", self.cause);
        }
        writeln!(f, "diverged {}, node {}: {} `{what}`", self.place(), self.node, self.check().name())?;
        writeln!(f, "  specification:  {spec}")?;
        writeln!(f, "  implementation: {implementation}")?;
        writeln!(f, "  source:         {source}")?;
        let actions: Vec<String> = self.actions.iter().map(|(name, node)| format!("{name}({node})")).collect();
        if !actions.is_empty() {
            writeln!(f, "  spec actions:   {}", actions.join(", "))?;
        }
        if let Some(switch) = self.switch() {
            writeln!(f, "  the switch `{switch}` would allow it: {}", switch.row().sentence)?;
        }
        write!(f, "  cause:          {}", self.cause)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::NotApplicable => f.write_str("not applicable"),
            Value::Role(role) => write!(f, "{role:?}"),
            Value::Progress(progress) => write!(f, "{progress:?}"),
            Value::Node(None) => f.write_str("nobody"),
            Value::Node(Some(node)) => write!(f, "{node}"),
            Value::Nodes(nodes) => write!(f, "{nodes}"),
            Value::Configuration(configuration) => write!(f, "{configuration}"),
            Value::NotApplied(None) => f.write_str("no"),
            Value::NotApplied(Some(why)) => write!(f, "no: {why}"),
            Value::Range(None) | Value::Entry(None) => f.write_str("nothing"),
            Value::Range(Some((first, last))) => write!(f, "{first} to {last}"),
            Value::Entry(Some(entry)) => write!(f, "{entry}"),
            Value::EntryAt(index, None) => write!(f, "{index}: nothing"),
            Value::EntryAt(index, Some(entry)) => write!(f, "{index}: {entry}"),
            Value::Reads(reads) => {
                let reads = reads.iter().map(|(context, index)| format!("{context} at {index}"));
                write!(f, "[{}]", reads.collect::<Vec<_>>().join(", "))
            }
            Value::Written(written) => write!(f, "{written}"),
            Value::Message(message) => write!(f, "{message}"),
            Value::Unknown(message, entries) => write!(f, "{message} [{}]", joined::<Entry>(entries, " ")),
            Value::NoSuchMessage => f.write_str("none like it"),
            Value::NothingToAnswer => f.write_str("nothing to answer"),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Standing { node, role, term, last, commit } = self;
        write!(f, "{node}: {} term {term} last {last} commit {commit}", role.name())
    }
}

fn joined<T: ToString>(values: &[T], between: &str) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::NodeId;

    #[test]
    fn values_are_told_in_words() {
        let told = |value: Value| value.to_string();
        assert_eq!(told(None::<NodeId>.into()), "nobody");
        assert_eq!(told(Some(NodeId::new(2)).into()), "2");
        assert_eq!(told(Value::EntryAt(3, None)), "3: nothing");
        assert_eq!(told(Some((3, 5)).into()), "3 to 5");
        assert_eq!(told(vec![(1, 3), (2, 4)].into()), "[1 at 3, 2 at 4]");
        assert_eq!(
            told(Value::NotApplied(Some("a joint configuration is left first"))),
            "no: a joint configuration is left first"
        );
    }

    #[test]
    fn a_place_after_the_schedule_is_no_event() {
        assert_eq!(Phase::Schedule.place(0), "at event 0");
        assert_eq!(Phase::Epilogue.place(0), "in the healing epilogue, before any event");
        assert_eq!(Phase::Epilogue.place(8), "in the healing epilogue, after event 7");
        assert_eq!(Phase::End.place(1), "at the end, after event 0");
    }
}
