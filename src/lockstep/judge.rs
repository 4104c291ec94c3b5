//! The judge: the specification's state, and the knowledge of the implementation that judging it needs.

use super::divergence::{Divergence, Failed, Standing};
use super::heal::Goal;
use super::in_flight::{InFlight, MessageId, Sent};
use super::observe::Observer;
use super::panics::judging;
use super::reads::Queued;
use super::verdict::{Skip, Verdict};
use super::Options;
use crate::findings::{self, Context, Finding, FindingSet};
use crate::refine::{actions, Alignment, Difference, Field, Value};
use crate::schedule::{Forged, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::invariants::{self, check_votes, Invariant, VOTE_ONCE};
use crate::spec::network::Outbox;
use crate::spec::{
    self, durability, lease, Action, Body, Dialect, Disabled, Index, NodeId, Role, Settings, State, Switch, MAX_NODES,
};
use crate::sut::clock::Draw;
use crate::sut::{Call, EntryView, Judge, Node, Transit, CONTEXTS};

/// The verdict that ends a run before its schedule does. Boxed: nearly every call returns none.
pub(super) type Stop = Box<Verdict>;

/// The result of a check.
pub(super) type Judged<T = ()> = Result<T, Stop>;

/// A call of a node of `N`.
pub(super) type CallOf<'a, N> = Call<'a, <N as Node>::Message, MessageId>;

/// The judge of a run.
pub struct Lockstep<'o> {
    pub(super) setup: Setup,
    /// The known findings that are stepped around.
    pub(super) known: FindingSet,
    pub(super) align: Alignment,
    pub(super) state: State,
    pub(super) ghost: Ghost,
    pub(super) clocks: lease::Clocks,
    pub(super) outbox: Outbox,
    pub(super) entries: Vec<EntryView>,
    /// The node that was called last.
    pub(super) caller: NodeId,
    /// Of each node, the newest write that a message should have waited for and did not.
    pub(super) released_unsynced: [u32; MAX_NODES],
    pub(super) in_flight: InFlight,
    /// Of each node, the read that it last queued under each context; empty unless contexts are used again.
    pub(super) queued: Vec<[Queued; CONTEXTS as usize + 1]>,
    /// True if a leader without a vote went on.
    pub(super) led_without_vote: bool,
    /// True if the last proposal was accepted.
    pub(super) proposal_taken: bool,
    /// The message that the current call delivers.
    pub(super) received: Received,
    /// True while a node handles a forged message whose answer no document promises.
    pub(super) forged: bool,
    /// The node whose election timer the epilogue favours.
    pub(super) favoured: Option<NodeId>,
    /// The node that was called last, and the servers, when the epilogue first favoured a node.
    pub(super) before_favours: Option<(NodeId, Vec<Standing>)>,
    pub(super) observer: &'o mut dyn Observer,
}

/// The parts of a delivered message that later checks of the same call need.
#[derive(Clone, Copy, Default)]
pub(super) struct Received {
    /// The message's term.
    pub term: u32,
    /// The note of the message ([`Lockstep::note`]).
    pub note: u32,
    /// In an append, the last index that it brings, and how far it says that this is committed.
    pub append: Option<(Index, Index)>,
}

impl Received {
    pub fn of(Sent { message, note, .. }: &Sent) -> Self {
        let append = match &message.body {
            Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
                Some((prev_log.index + entries.len() as Index, *commit_index))
            }
            _ => None,
        };
        Received { term: message.term, note: *note, append }
    }
}

/// A known finding that cannot be stepped around ends the run without a verdict.
impl From<Finding> for Stop {
    #[cold]
    fn from(finding: Finding) -> Stop {
        Box::new(Verdict::Skipped(Skip::Finding(finding)))
    }
}

impl<N: Node> Judge<N> for Lockstep<'_> {
    type MessageId = MessageId;
    type Stop = Stop;

    fn before_call(&mut self, i: NodeId) {
        self.caller = i;
    }

    fn before_forged(&mut self, forged: Forged) {
        self.forged = forged.is_hostile();
    }

    fn after_forged(&mut self) {
        self.forged = false;
    }

    fn after_call(&mut self, i: NodeId, call: &CallOf<N>, node: &N, ids: &mut Vec<MessageId>) -> Judged {
        judging(|| match self.judge(i, call, node, ids) {
            Err(stop) if self.forged => Err(self.after_taken(i, node, stop)),
            judged => judged,
        })
    }

    fn on_send(&mut self, i: NodeId, id: &MessageId) -> Judged {
        judging(|| self.release(i, *id))
    }

    fn loses(&self, _: &N::Message, id: &MessageId) -> bool {
        self.in_flight[*id].misplaced
    }

    #[inline]
    fn on_transit(&mut self, id: &MessageId, passage: Transit) {
        self.observer.travels(id.number(), passage);
        match passage {
            Transit::Duplicated => self.in_flight.copied(*id),
            Transit::Lost => self.in_flight.remove(*id),
            // The judge is called when a message arrives.
            Transit::Sent | Transit::Delivered => {}
        }
    }

    fn on_stop(&mut self, i: NodeId) {
        self.observer.stopped(i);
    }

    fn on_wiped(&mut self, i: NodeId) -> Judged {
        self.clocks.stopped(i);
        self.outbox.clear();
        self.ghost.lost_disk(i, self.state.server(i));
        self.released_unsynced[i.slot()] = 0;
        self.take(Action::Wipe(i))?;
        self.observer.wiped(i);
        Ok(())
    }

    fn on_configured(&mut self, i: NodeId, own: &Setup, starts: bool) -> Judged {
        self.outbox.clear();
        self.take(Action::Configure(i, node_options(own, self.state.settings.dialect), starts))?;
        if starts {
            self.draw_timeout(i);
            self.heeds_leases(i);
        }
        self.observer.configured(i, own, starts);
        Ok(())
    }

    fn on_first_timeout(&mut self, i: NodeId) {
        if self.before_favours.is_none() {
            self.before_favours = Some((self.caller, self.standings()));
        }
        self.favoured = Some(i);
        self.setup.nodes().for_each(|node| self.draw_timeout(node));
        self.observer.favoured(i);
    }

    fn on_livelock(&mut self, i: NodeId, what: &'static str) -> Stop {
        self.diverged(i, Failed::Runaway(what))
    }
}

/// The specification's options of a node, by its own settings, without the features that the dialect lacks.
fn node_options(own: &Setup, dialect: Dialect) -> spec::Options {
    spec::Options {
        pre_vote: own.pre_vote && dialect.has(Switch::PreVote),
        check_quorum: own.check_quorum && dialect.has(Switch::CheckQuorum),
        election_timeout: own.election_tick.into(),
        heartbeat_timeout: own.heartbeat_tick.into(),
        priority: own.first_priority,
    }
}

/// The specification's settings for a setup, without the features that the dialect lacks.
pub(super) fn settings(setup: &Setup, options: Options) -> Settings {
    let align = Alignment::of(setup, options.dialect);
    Settings {
        dialect: options.dialect,
        permissions: findings::permissions(options.known),
        servers: setup.count().into(),
        configuration: setup.configuration(),
        bootstrap: align.bootstrap(),
        first_term: align.term(setup.first_term.into()),
        starts_empty: setup.starts_empty(),
        options: node_options(setup, options.dialect),
        max_inflight_msgs: setup.max_inflight_msgs.into(),
        skip_bcast_commit: setup.skip_bcast_commit && options.dialect.has(Switch::SkipBcastCommit),
        lease_reads: setup.lease_reads && options.dialect.has(Switch::LeaseReads),
        async_fetch: setup.async_fetch && options.dialect.has(Switch::AsyncFetch),
        batch_append: setup.batch_append && options.dialect.has(Switch::BatchAppend),
        max_uncommitted: (setup.max_uncommitted_size != u32::MAX && options.dialect.has(Switch::UncommittedLimit))
            .then_some(setup.max_uncommitted_size),
        max_committed_size: actions::limited(setup.max_committed_size_per_ready),
        durable_apply: setup.durable_apply,
        durable_changes: !setup.lossy_changes,
        wiped_disks: setup.wiped_disks,
    }
}

impl<'o> Lockstep<'o> {
    pub(super) fn new(setup: &Setup, options: Options, observer: &'o mut dyn Observer) -> Self {
        let settings = settings(setup, options);
        let mut judge = Lockstep {
            setup: *setup,
            known: options.known,
            align: Alignment::of(setup, options.dialect),
            state: State::init(settings),
            ghost: Ghost::after(settings.bootstrap),
            clocks: lease::Clocks::default(),
            outbox: Outbox::default(),
            entries: Vec::new(),
            caller: NodeId::new(1),
            released_unsynced: [0; MAX_NODES],
            in_flight: InFlight::default(),
            queued: vec![Default::default(); if setup.reuse_contexts { MAX_NODES } else { 0 }],
            led_without_vote: false,
            proposal_taken: false,
            received: Received::default(),
            forged: false,
            favoured: None,
            before_favours: None,
            observer,
        };
        setup.nodes().for_each(|i| judge.draw_timeout(i));
        judge
    }

    /// The view that a known finding's condition has.
    pub(super) fn context(&self, i: NodeId) -> Context<'_> {
        Context { setup: &self.setup, state: &self.state, node: i }
    }

    /// Judges that a message leaves: its sender's promises must be durable, and its vote the only one in its term.
    fn release(&mut self, i: NodeId, id: MessageId) -> Judged {
        let sent = &self.in_flight[id];
        if let Err(disabled) = durability::release(&self.state, i, sent.write_before) {
            // Votes for a candidacy that its disk has lost elect it, before the disk has the term again.
            let is_early = invariants::is_early(&self.state, &self.ghost, i);
            if self.ghost.wiped.contains(i) && is_early && self.state.server(i).role == Role::Leader {
                return Err(Box::new(Verdict::Skipped(Skip::WipedDisk("votes for a lost candidacy elect the server"))));
            }
            match findings::releases_unsynced(self.known, &self.context(i)) {
                true => self.released_unsynced[i.slot()] = sent.write_before,
                false => {
                    self.outbox.clear();
                    return Err(self.disabled(i, disabled));
                }
            }
        }
        match self.ghost.observe_vote(&sent.message) {
            true => check_votes(&self.ghost).map_err(|why| self.broken(i, &VOTE_ONCE, why)),
            false => Ok(()),
        }
    }

    /// Takes an action. Where it is known, all of `step` but its handler falls away.
    #[inline(always)]
    pub(super) fn take(&mut self, action: Action) -> Judged {
        crate::spec::step(&mut self.state, action, &mut self.outbox)
            .map_err(|disabled| self.disabled(self.caller, disabled))
    }

    /// Draws the specification's election timeout as the cluster draws the implementation's.
    pub(super) fn draw_timeout(&mut self, i: NodeId) {
        let term = self.align.concrete_term(self.state.server(i).current_term);
        let draw = self.favoured.map_or(Draw::Chance, |favoured| Draw::of(i, favoured));
        let server = self.state.server_mut(i);
        let timeout = draw.timeout(server.options.election_timeout.into(), self.setup.seed, i, term);
        server.clock.timeout = timeout as u32;
    }

    pub(super) fn standings(&self) -> Vec<Standing> {
        self.setup.nodes().map(|i| Standing::of(i, self.state.server(i))).collect()
    }

    /// The divergence of a healed cluster that misses a goal, with the servers as they were before timers were favoured.
    pub(super) fn missed(&mut self, goal: Goal) -> Stop {
        let before = self.before_favours.take().filter(|_| goal == Goal::Elects);
        let (node, servers) = before.unwrap_or_else(|| (self.caller, self.standings()));
        self.outbox.clear();
        self.diverged(node, Failed::Liveness { goal, servers })
    }

    #[cold]
    pub(super) fn disabled(&self, i: NodeId, disabled: Disabled) -> Stop {
        // Two leaders of one term: the guard says that there are none.
        let two_leaders = disabled.reference == "paper figure 3, election safety";
        if two_leaders && invariants::is_early(&self.state, &self.ghost, i) {
            return Box::new(Verdict::Skipped(Skip::WipedDisk("election-safety")));
        }
        self.diverged(i, Failed::Guard(disabled))
    }

    #[cold]
    pub(super) fn broken(&self, i: NodeId, invariant: &'static Invariant, why: String) -> Stop {
        match invariants::explains(invariant, &self.state, &self.ghost, i) {
            true => Box::new(Verdict::Skipped(Skip::WipedDisk(invariant.name))),
            false => self.diverged(i, Failed::Invariant(invariant, why)),
        }
    }

    /// The two have the same value in a field.
    #[inline(always)]
    pub(super) fn same<T: PartialEq + Into<Value>>(
        &self,
        i: NodeId,
        field: Field,
        spec: T,
        implementation: T,
    ) -> Judged {
        match spec == implementation {
            true => Ok(()),
            false => Err(self.differs(i, field, spec, implementation)),
        }
    }

    #[cold]
    pub(super) fn differs(
        &self,
        i: NodeId,
        field: Field,
        spec: impl Into<Value>,
        implementation: impl Into<Value>,
    ) -> Stop {
        self.diverged(i, Failed::Field(Difference::of(field, spec, implementation)))
    }

    #[cold]
    pub(super) fn diverged(&self, node: NodeId, failed: Failed) -> Stop {
        Box::new(Verdict::Diverged(Box::new(Divergence::new(node, failed, self.outbox.taken.clone()))))
    }
}
