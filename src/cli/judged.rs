//! The arguments that choose implementation, dialect and findings, shared by the subcommands that run one schedule.

use crate::findings::FindingSet;
use crate::lockstep::{JudgeName, Options};
use crate::spec::Dialect;
use crate::sut::Node;

#[derive(clap::Args)]
pub struct Judged {
    /// Implementation to judge.
    #[arg(long, value_enum, default_value_t = Name::RaftRs)]
    pub node: Name,
    /// Judge: the specification, or clients, who report consequences alone. Clients know neither a dialect nor findings.
    #[arg(long, value_name = "JUDGE", default_value = "specification", value_parser = super::judge)]
    judge: JudgeName,
    /// Dialect of the specification [default: the implementation's own]; ongaro is raft.tla itself.
    #[arg(long, value_parser = super::dialect)]
    dialect: Option<Dialect>,
    /// Report the known findings of the implementation as well: all of them, or one with `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: FindingSet,
}

/// The implementations.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// raft-rs: the crate raft, 0.7.0.
    RaftRs,
    /// The crate raft-io, 1.0.0: elections, replication and restarts.
    RaftIo,
}

/// Evaluates `$work` with `$node` as the type of the named implementation.
macro_rules! with_node {
    ($name:expr, $node:ident => $work:expr) => {
        match $name {
            $crate::cli::judged::Name::RaftRs => {
                type $node = $crate::sut::nodes::raft_rs::RaftRs;
                $work
            }
            $crate::cli::judged::Name::RaftIo => {
                type $node = $crate::sut::nodes::raft_io::RaftIo;
                $work
            }
        }
    };
}
pub(super) use with_node;

impl Judged {
    /// The options under which `N` is judged.
    pub fn options<N: Node>(&self) -> Options {
        let dialect = self.dialect.unwrap_or(N::DIALECT);
        Options { dialect, known: N::KNOWN.and(self.no_known), judge: self.judge }
    }
}
