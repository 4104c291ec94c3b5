//! Fingerprints of states: schedules with the same fingerprint go on alike.

use super::observe::Silent;
use super::panics::contained;
use super::{Lockstep, Options};
use crate::schedule::{Event, Schedule};
use crate::sut::{Cluster, Node};
use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hasher};

/// A hash of everything in the cluster and the specification that later events depend on. `None` if the run ends before
/// the schedule does. The epilogue is not run.
pub fn fingerprint<N: Node + Debug>(schedule: &Schedule, options: Options) -> Option<u64>
where
    N::Message: Debug,
    N::Disk: Debug,
{
    let mut silent = Silent;
    let mut judge = Lockstep::new(&N::settings(schedule.setup), options, &mut silent);
    let cluster = contained(|| {
        let mut cluster = Cluster::<N, _>::new(schedule.setup, false);
        for event in &schedule.events {
            if let Event::Crash(node) = event {
                judge.clocks.stopped(*node);
            }
            cluster.apply(event, &mut judge).ok()?;
        }
        Some(cluster)
    })??;
    let mut hashed = Hashed::default();
    let Lockstep { state, ghost, clocks, released_unsynced, led_without_vote, in_flight, queued, .. } = &judge;
    write!(
        hashed,
        "{cluster:?} {state:?} {ghost:?} {clocks:?} {released_unsynced:?} {led_without_vote} {in_flight:?} {queued:?}"
    )
    .expect("a hash takes any text");
    Some(hashed.0.finish())
}

/// [`Cluster`] shows its judge's handles of messages alone.
impl Debug for Lockstep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Lockstep")
    }
}

/// The hash of the text that is written to it.
#[derive(Default)]
struct Hashed(DefaultHasher);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
