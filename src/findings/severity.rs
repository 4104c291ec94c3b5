//! The severities of findings: a closed set, by the gravest consequence.

/// The severity of a finding: the gravest consequence that a run has shown, for an application that keeps to the
/// implementation's documents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Committed entries are lost, a term has two leaders, or replicas apply different entries.
    Critical,
    /// A panic, a stale read, or a cluster that stands still.
    Major,
    /// Any other consequence: delays, wasted messages, a needless election.
    Minor,
    /// The application does what the documents forbid or leave open; `finding.md` names the part.
    OutsideContract,
}

impl Severity {
    /// All severities, the gravest first.
    pub const ALL: &[Severity] = &[Severity::Critical, Severity::Major, Severity::Minor, Severity::OutsideContract];

    /// The name, as in the severity line of `finding.md`.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Major => "major",
            Severity::Minor => "minor",
            Severity::OutsideContract => "outside the contract",
        }
    }
}
