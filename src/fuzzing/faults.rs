//! Runs of faulty nodes.

use crate::feedback;
use crate::lockstep::{self, Options, Run};
use crate::report::transcript;
use crate::schedule::Schedule;
use crate::sut::nodes::faulty::FaultRow;
use crate::sut::nodes::reference::Reference;

impl FaultRow {
    /// The options of their runs: the reference's.
    pub const OPTIONS: Options = Options::of::<Reference>();

    /// Runs a schedule on a cluster of such nodes, and marks the run's features in the counters, if there are any.
    pub fn run(&self, schedule: &Schedule, counters: Option<&mut [u8]>) -> Run {
        self.made(|| feedback::run::<Reference>(schedule, Self::OPTIONS, counters))
    }

    /// The transcript of such a run.
    pub fn transcript(&self, schedule: &Schedule) -> String {
        self.made(|| transcript::transcript::<Reference>(schedule, Self::OPTIONS, false).0)
    }

    /// The fingerprint of the state after such a run ([`lockstep::fingerprint`]).
    pub fn fingerprint(&self, schedule: &Schedule) -> Option<u64> {
        self.made(|| lockstep::fingerprint::<Reference>(schedule, Self::OPTIONS))
    }
}
