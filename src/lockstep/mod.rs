//! The lockstep: an implementation and the specification, call by call.
//!
//! The implementation moves first. Its view and its messages are read as actions of the specification, which takes them.
//! A guard that is false, a field that differs, an obligation that is not done or an invariant that is broken is a
//! [`Divergence`](divergence::Divergence).
//!
//! [`run`] applies the events of a schedule in order. An event is calls of nodes ([`Cluster::apply`]). After each call the cluster
//! calls its judge (`Judge::after_call`), which is `judge` below. `judge` takes the actions that the call and the view show,
//! judges the messages that the node made, then compares fields, obligations and invariants. `heal` is the epilogue.

mod bare;
mod calls;
mod clients;
mod compare;
pub mod divergence;
mod driver;
mod fingerprint;
mod flow;
mod forged;
mod heal;
mod in_flight;
mod judge;
mod messages;
pub mod observe;
mod panics;
mod reads;
mod ready;
pub mod verdict;

pub use bare::run_bare;
pub use driver::{Driver, JudgeName, Options, Run};
pub use fingerprint::fingerprint;
pub use heal::{Goal, Slow};
pub use judge::Lockstep;
pub use panics::{contained, note_panic, panics_are_caught};

use crate::refine::actions;
use crate::schedule::{Schedule, Setup};
use crate::spec::NodeId;
use crate::sut::{Call, CallKind, Cluster, Node};
use heal::Outcome;
use in_flight::MessageId;
use judge::{CallOf, Judged};
use observe::Observer;
use verdict::{Phase, Verdict};

/// Runs `schedule` on a cluster of `N` and on the specification; or on the cluster alone, if clients are the judge.
pub fn run<N: Node>(schedule: &Schedule, options: Options, observer: &mut dyn Observer) -> Run {
    if options.judge == JudgeName::Clients {
        return clients::run::<N>(schedule, options, observer);
    }
    drive::<N>(schedule.setup, options, observer, |driver| {
        _ = schedule.events.iter().try_for_each(|event| driver.apply(event).map(drop));
    })
}

/// Runs the events that `events` applies on a cluster of `N` and on the specification, then the healing epilogue, and
/// compares the final states.
pub fn drive<N: Node>(
    setup: Setup,
    options: Options,
    observer: &mut dyn Observer,
    events: impl FnOnce(&mut Driver<N>),
) -> Run {
    let setup = N::settings(setup);
    let mut judge = Lockstep::new(&setup, options, observer);
    let (mut applied, mut skipped, mut slow, mut phase) = (0, None, None, Phase::Schedule);
    let ended = panics::run(|| {
        let mut cluster = Cluster::<N, _>::new(setup, judge.observer.records());
        setup.nodes().for_each(|i| cluster.node(i).into_iter().for_each(|node| judge.observer.shown(i, node)));
        let mut driver = Driver { cluster: &mut cluster, judge: &mut judge, applied: &mut applied, stopped: None };
        events(&mut driver);
        driver.stopped.map_or(Ok(()), Err)?;
        if setup.heal {
            phase = Phase::Epilogue;
            match heal::heal(&mut cluster, &mut judge)? {
                Outcome::Progress => {}
                Outcome::Slow(late) => slow = Some(late),
                Outcome::NoVerdict(why) => skipped = Some(why),
                Outcome::Missed(goal) => return Err(judge.missed(goal)),
            }
        }
        phase = Phase::End;
        panics::judging(|| judge.compare_all(&cluster))
    });
    let mut verdict = match ended {
        Ok(Ok(())) => skipped.map_or(Verdict::Agreed, Verdict::Skipped),
        Ok(Err(verdict)) => *verdict,
        Err(panic) => judge.panicked(panic),
    };
    if let Verdict::Diverged(divergence) = &mut verdict {
        (divergence.event, divergence.phase) = (applied, phase);
    }
    let Lockstep { outbox, state, ghost, .. } = judge;
    let judge = JudgeName::Specification;
    Run { judge, verdict, events: applied, phase, steps: outbox.steps, state, ghost, slow }
}

impl Lockstep<'_> {
    /// Judges a call of a node.
    fn judge<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, node: &N, ids: &mut Vec<MessageId>) -> Judged {
        self.outbox.clear();
        match call.kind() {
            CallKind::Disk if !(matches!(call, Call::Applied(_)) && self.may_leave_joint(i)) => {
                self.judge_disk(i, call, node, ids.len())
            }
            CallKind::Input | CallKind::Step | CallKind::Disk => self.judge_input(i, call, node, ids),
        }
    }

    /// The body of the loop: takes the actions that the input and the view show, judges the messages, and compares.
    fn judge_input<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, node: &N, ids: &mut Vec<MessageId>) -> Judged {
        let view = node.view();
        if ids.is_empty() && self.only_persists::<N>(i, call, &view) {
            return self.judge_persisted(i, call, node, &view);
        }
        let before = self.begin(i);
        let restarted = matches!(call, Call::Restarted);
        let reconfigured = self.reconfigures(call);
        self.observer.sees(i, call, node);

        let early = self.early_lease_reads(i);
        self.input(i, call, &view, node)?;
        while let Some(action) = actions::next(self.align, &self.state, i, &view) {
            self.take(action)?;
        }
        early.into_iter().try_for_each(|(from, context)| self.leased(i, from, context))?;
        if self.state.server(i).current_term != before.term || restarted {
            self.draw_timeout(i);
        }
        self.judge_messages(i, call, node, ids)?;
        self.compare(i, &view, node, reconfigured)?;
        self.owes_nothing(i)?;
        self.keeps_invariants(i, before, restarted)?;
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }
}
