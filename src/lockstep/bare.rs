//! The bare run: a cluster without a specification, the ceiling that a lockstep's speed is measured by.

use super::panics::contained;
use crate::schedule::Schedule;
use crate::sut::{Cluster, Node, Unjudged};

/// Runs `schedule` on a bare cluster of `N`.
///
/// # Errors
/// A replica that does not return, or that panics.
pub fn run_bare<N: Node>(schedule: &Schedule) -> Result<(), &'static str> {
    let caught = contained(|| {
        let mut cluster = Cluster::<N, _>::new(schedule.setup, false);
        schedule.events.iter().try_for_each(|event| cluster.apply(event, &mut Unjudged))
    });
    caught.unwrap_or(Err("a replica panics"))
}
