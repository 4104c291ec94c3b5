//! The lockstep: an implementation and the specification, call by call.
//!
//! The implementation moves first. What it did is read off its view and its messages as actions of
//! the specification, which takes them: a guard that is false, a state that then differs, a duty
//! that is left undone or an invariant that is broken is a [`Divergence`].

mod flow;
mod underway;

use crate::heal;
pub use crate::heal::Slow;
use crate::refine::abstraction::{self, Difference};
use crate::refine::{actions, Alignment};
use crate::report::observe::{Observer, Silent};
use crate::schedule::{Event, Knob, Link, Schedule, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::invariants::{
    check_reads, check_touched, check_votes, check_whole, Invariant, Snapshot, Touched, Whole, LINEARIZABLE_READS,
    VOTE_ONCE,
};
use crate::spec::network::Outbox;
use crate::spec::{
    self, durability, lease, Action, ActionName, Body, Change, Configuration, Dialect, Index, Known, KnownSet, NodeId,
    NodeSet, Role, Settings, State, Switch, MAX_NODES,
};
use crate::sut::clock::Draw;
use crate::sut::{Call, Cluster, EntryView, Failure, Judge, Node, Passage, Ready, View};
use crate::verdict::{Cause, Check, Divergence, Phase, Verdict};
use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Write};
use std::hash::{DefaultHasher, Hasher};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
pub use underway::Tag;
use underway::{Travelling, Underway};

/// How a run is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The specification's dialect.
    pub dialect: Dialect,
    /// The known findings that are stepped around.
    pub known: KnownSet,
}

impl Default for Options {
    fn default() -> Self {
        Options { dialect: Dialect::RAFT_RS, known: KnownSet::ALL }
    }
}

impl Options {
    /// As `N` says of itself.
    pub const fn of<N: Node>() -> Self {
        Options { dialect: N::DIALECT, known: N::KNOWN }
    }
}

/// The outcome of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The verdict.
    pub verdict: Verdict,
    /// Number of events applied.
    pub events: usize,
    /// The part of the run in which it ended.
    pub phase: Phase,
    /// Actions that the specification took.
    pub steps: u64,
    /// The specification's last state.
    pub state: State,
    /// The history.
    pub ghost: Ghost,
    /// How the healing epilogue got on, if equal chances were not enough.
    pub slow: Option<Slow>,
}

thread_local! {
    /// True while the judge runs: a panic now is the judge's, not the implementation's.
    static JUDGING: Cell<bool> = const { Cell::new(false) };
    /// Whether a run is under way: its panics are caught and reported, not printed.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// The source file of the latest panic that was caught.
    static PANICKED_IN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Whether a panic on this thread now would be the implementation's, and be caught.
pub fn panics_are_caught() -> bool {
    RUNNING.get() && !JUDGING.get()
}

/// Notes where a panic that is caught comes from, for its cause.
pub fn note_panic(info: &std::panic::PanicHookInfo) {
    let path = info.location().map_or("", |location| location.file());
    PANICKED_IN.replace(path.rsplit('/').next().unwrap_or("").to_string());
}

/// Runs `schedule` on a cluster of `N` and the specification.
pub fn run<N: Node>(schedule: &Schedule, options: Options, observer: &mut impl Observer) -> Run {
    drive::<N, _>(schedule.setup, options, observer, |driven| {
        _ = schedule.events.iter().try_for_each(|event| driven.apply(event).map(drop));
    })
}

/// Runs what `events` lets happen on a cluster of `N` and the specification.
pub fn drive<N: Node, O: Observer>(
    setup: Setup,
    options: Options,
    observer: &mut O,
    events: impl FnOnce(&mut Driven<N, O>),
) -> Run {
    let setup = N::settings(setup);
    let mut judge = Lockstep::new(&setup, options, observer);
    let (mut happened, mut skipped, mut slow, mut phase) = (0, None, None, Phase::Schedule);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        RUNNING.set(true);
        let mut cluster = Cluster::<N, _>::new(setup, judge.observer.records());
        setup.nodes().for_each(|i| cluster.node(i).into_iter().for_each(|node| judge.observer.shown(i, node)));
        let mut driven = Driven { cluster: &mut cluster, judge: &mut judge, happened: &mut happened, stopped: None };
        events(&mut driven);
        if let Some(stop) = driven.stopped {
            return Err(stop);
        }
        if setup.heal {
            phase = Phase::Epilogue;
            match heal::heal(&mut cluster, &setup, &mut judge, |judge| (&judge.state, &judge.ghost))? {
                heal::Outcome::Well => {}
                heal::Outcome::Slow(late) => slow = Some(late),
                heal::Outcome::NoVerdict(why) => skipped = Some(why),
                heal::Outcome::Stuck(what) => return Err(judge.stuck(what)),
            }
        }
        phase = Phase::End;
        JUDGING.set(true);
        let verdict = judge.end(&cluster);
        JUDGING.set(false);
        verdict
    }));
    RUNNING.set(false);
    let stopped = match caught {
        Ok(Ok(())) => skipped.map(Verdict::Skipped),
        Ok(Err(verdict)) => Some(*verdict),
        Err(payload) if JUDGING.replace(false) || payload.is::<Failure>() => resume_unwind(payload),
        Err(payload) => Some(judge.panicked(payload)),
    };
    let mut verdict = stopped.unwrap_or(Verdict::Agreed);
    if let Verdict::Diverged(divergence) = &mut verdict {
        (divergence.event, divergence.phase) = (happened, phase);
    }
    Run { verdict, events: happened, phase, steps: judge.outbox.steps, state: judge.state, ghost: judge.ghost, slow }
}

/// A run whose events come one by one.
pub struct Driven<'r, 'o, N: Node, O: Observer> {
    cluster: &'r mut Cluster<N, Lockstep<'o, O>>,
    judge: &'r mut Lockstep<'o, O>,
    happened: &'r mut usize,
    stopped: Option<Stop>,
}

impl<'o, N: Node, O: Observer> Driven<'_, 'o, N, O> {
    /// Lets an event happen, and says whether a proposal was taken, if it was one; `None` once the run is over.
    pub fn apply(&mut self, event: &Event) -> Option<bool> {
        if self.stopped.is_some() {
            return None;
        }
        self.judge.observer.event(*self.happened, event);
        if let Event::Crash(node) = event {
            self.judge.clocks.stopped(*node);
        }
        self.judge.taken = false;
        match self.cluster.apply(event, self.judge) {
            Ok(()) => {
                *self.happened += 1;
                Some(self.judge.taken)
            }
            Err(stop) => {
                self.stopped = Some(stop);
                None
            }
        }
    }

    /// The node, unless it is down.
    pub fn node(&self, i: NodeId) -> Option<&N> {
        self.cluster.node(i)
    }

    /// What is on a link, in order, each with its number.
    pub fn travelling(&self, link: Link) -> impl Iterator<Item = (u32, &spec::Message)> + use<'_, 'o, N, O> {
        self.cluster.tags(link).map(|tag| (tag.number(), &self.judge.underway[*tag].message))
    }
}

/// All that the events after `schedule` can make a difference by, as a hash: of the cluster and of the specification.
/// `None` when the run does not come to the end of the schedule. The epilogue is no part of it.
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
    let Lockstep { state, ghost, clocks, unsynced, usurped, underway, .. } = &judge;
    write!(hashed, "{cluster:?} {state:?} {ghost:?} {clocks:?} {unsynced:?} {usurped} {underway:?}")
        .expect("a hash takes any text");
    Some(hashed.0.finish())
}

/// The hash of what is written.
#[derive(Default)]
struct Hashed(DefaultHasher);

impl std::fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// Runs `schedule` on a bare cluster of `N`: the ceiling that a lockstep's speed is measured by.
///
/// # Errors
/// A replica that does not come to an end, or that panics.
pub fn run_bare<N: Node>(schedule: &Schedule) -> Result<(), &'static str> {
    let caught = contained(|| {
        let mut cluster = Cluster::<N, _>::new(schedule.setup, false);
        schedule.events.iter().try_for_each(|event| cluster.apply(event, &mut crate::sut::Unjudged))
    });
    caught.unwrap_or(Err("a replica panics"))
}

/// Does what an implementation may panic in; `None` when it did.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    RUNNING.set(true);
    let caught = catch_unwind(AssertUnwindSafe(work));
    RUNNING.set(false);
    caught.ok()
}

/// The judge: the specification, and what it must know of the implementation.
pub struct Lockstep<'o, O> {
    setup: Setup,
    align: Alignment,
    state: State,
    ghost: Ghost,
    clocks: lease::Clocks,
    outbox: Outbox,
    entries: Vec<EntryView>,
    caller: NodeId,
    /// The newest write of each node that a message of it should have waited for, and did not.
    unsynced: [u32; MAX_NODES],
    /// What the cluster's messages say.
    underway: Underway,
    /// Whether a leader without a vote went on.
    usurped: bool,
    /// Whether the last proposal was taken.
    taken: bool,
    /// What the call under way delivers.
    delivered: Delivered,
    /// Whose election timer the epilogue favours.
    favoured: Option<NodeId>,
    /// The node that was called last, and the servers in a line, when the epilogue first favoured a node.
    stood: Option<(NodeId, String)>,
    observer: &'o mut O,
}

/// What a call delivers, as far as it is asked for later.
#[derive(Clone, Copy, Default)]
struct Delivered {
    /// The message's term.
    term: u32,
    /// In an append, the last index that it brings, and how far it says that this is committed.
    append: Option<(Index, Index)>,
}

impl Delivered {
    fn of(message: &spec::Message) -> Self {
        let append = match &message.body {
            Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
                Some((prev_log.index + entries.len() as Index, *commit_index))
            }
            _ => None,
        };
        Delivered { term: message.term, append }
    }
}

/// Why a run ends before its schedule does. Boxed: nearly every call returns none.
type Stop = Box<Verdict>;

#[cold]
fn skipped(why: &'static str) -> Stop {
    Box::new(Verdict::Skipped(why))
}

impl<N: Node, O: Observer> Judge<N> for Lockstep<'_, O> {
    type Tag = Tag;
    type Stop = Stop;

    fn calling(&mut self, i: NodeId) {
        self.caller = i;
    }

    fn called(&mut self, i: NodeId, call: &Call<N::Message, Tag>, node: &N, tags: &mut Vec<Tag>) -> Result<(), Stop> {
        JUDGING.set(true);
        let verdict = self.judge(i, call, node, tags);
        JUDGING.set(false);
        verdict
    }

    fn released(&mut self, i: NodeId, tag: &Tag) -> Result<(), Stop> {
        JUDGING.set(true);
        let verdict = self.release(i, *tag);
        JUDGING.set(false);
        verdict
    }

    fn loses(&self, _: &N::Message, tag: &Tag) -> bool {
        self.underway[*tag].misplaced
    }

    #[inline]
    fn travels(&mut self, tag: &Tag, passage: Passage) {
        self.observer.travels(tag.number(), passage);
        match passage {
            Passage::Copied => self.underway.copied(*tag),
            Passage::Lost => self.underway.gone(*tag),
            // It is read when it arrives.
            Passage::Leaves | Passage::Arrives => {}
        }
    }

    fn stopped(&mut self, i: NodeId) {
        self.observer.stopped(i);
    }

    fn healing(&mut self, event: &Event) {
        self.observer.healing(event);
    }

    fn favoured(&mut self, i: NodeId) {
        if self.stood.is_none() {
            self.stood = Some((self.caller, self.servers_in_a_line()));
        }
        self.favoured = Some(i);
        self.setup.nodes().for_each(|node| self.draw_timeout(node));
        self.observer.favoured(i);
    }

    fn runaway(&mut self, i: NodeId, what: &'static str) -> Stop {
        self.diverged(i, Check::Runaway, what.into(), String::new(), what.into(), "a bound counted in steps".into())
    }
}

impl<'o, O: Observer> Lockstep<'o, O> {
    fn new(setup: &Setup, options: Options, observer: &'o mut O) -> Self {
        let settings = Settings {
            dialect: options.dialect,
            known: options.known,
            servers: setup.count().into(),
            configuration: setup.configuration(),
            bootstrap: Alignment::of(setup, options.dialect).bootstrap(),
            pre_vote: setup.pre_vote && options.dialect.has(Switch::PreVote),
            check_quorum: setup.check_quorum && options.dialect.has(Switch::CheckQuorum),
            election_timeout: setup.election_tick.into(),
            heartbeat_timeout: setup.heartbeat_tick.into(),
            max_inflight: setup.max_inflight_msgs.into(),
            quiet_commit: setup.skip_bcast_commit && options.dialect.has(Switch::QuietCommit),
            lease_reads: setup.lease_reads && options.dialect.has(Switch::LeaseReads),
            late_entries: setup.async_fetch && options.dialect.has(Switch::LateEntries),
            first_priority: setup.first_priority,
            batch_append: setup.batch_append && options.dialect.has(Switch::JoinedAppends),
            max_uncommitted: (setup.max_uncommitted_size != u32::MAX && options.dialect.has(Switch::UncommittedLimit))
                .then_some(setup.max_uncommitted_size),
            rationed_apply: setup.max_committed_size_per_ready != u32::MAX,
            durable_apply: setup.durable_apply,
            durable_changes: !setup.lossy_changes,
        };
        let mut judge = Lockstep {
            setup: *setup,
            align: Alignment::of(setup, options.dialect),
            state: State::init(settings),
            ghost: Ghost::after(settings.bootstrap),
            clocks: lease::Clocks::default(),
            outbox: Outbox::default(),
            entries: Vec::new(),
            caller: NodeId::new(1),
            unsynced: [0; MAX_NODES],
            underway: Underway::default(),
            usurped: false,
            taken: false,
            delivered: Delivered::default(),
            favoured: None,
            stood: None,
            observer,
        };
        setup.nodes().for_each(|i| judge.draw_timeout(i));
        judge
    }

    fn release(&mut self, i: NodeId, tag: Tag) -> Result<(), Stop> {
        let tag = &self.underway[tag];
        if let Err(disabled) = durability::release(&self.state, i, tag.write_before) {
            match self.state.settings.known.has(Known::SoleVoterUnsynced) && spec::leads_alone(&self.state, i) {
                true => self.unsynced[i.slot()] = tag.write_before,
                false => {
                    self.outbox.clear();
                    return Err(self.disabled(i, disabled));
                }
            }
        }
        match self.ghost.observe_vote(&tag.message) {
            true => check_votes(&self.ghost).map_err(|why| self.broken(i, &VOTE_ONCE, why)),
            false => Ok(()),
        }
    }

    fn judge<N: Node>(
        &mut self,
        i: NodeId,
        call: &Call<N::Message, Tag>,
        node: &N,
        tags: &mut Vec<Tag>,
    ) -> Result<(), Stop> {
        self.outbox.clear();
        match call {
            Call::Applied(_) if self.may_leave_joint(i) => self.judge_input(i, call, node, tags),
            Call::Ready(_) | Call::Synced(_) | Call::Applied(_) | Call::Compacted(_) => {
                self.judge_disk(i, call, node, tags.len())
            }
            _ => self.judge_input(i, call, node, tags),
        }
    }

    /// What is handed over, synced and applied changes nothing else: only that is compared.
    fn judge_disk<N: Node>(
        &mut self,
        i: NodeId,
        call: &Call<N::Message, Tag>,
        node: &N,
        tags: usize,
    ) -> Result<(), Stop> {
        self.observer.called(i, call);
        self.observer.shown(i, node);
        match *call {
            Call::Ready(ready) => {
                self.written(i, ready, tags)?;
                self.read(i, ready)?;
                self.delivered(i, ready)?;
            }
            Call::Synced(count) if self.durability() => self.take(Action::Sync(i, count))?,
            Call::Compacted(index) => self.take(Action::Compact(i, self.align.index(index)))?,
            Call::Applied(index) if self.applies() => {
                self.take(Action::Apply(i, self.align.index(index)))?;
                let (ours, theirs) = (self.state.server(i).disk.applied, self.align.index(node.applied()));
                if ours != theirs && self.durability() {
                    return Err(self.differs(i, "applied", ours.to_string(), theirs.to_string()));
                }
                // An application that applies may make its node speak.
                if node.messages().len() > tags {
                    return Err(self.differs(
                        i,
                        "messages",
                        "none".into(),
                        format!("{}", node.messages().len() - tags),
                    ));
                }
            }
            _ => {}
        }
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }

    /// The loop's body: what was asked, what was done, what was sent, what is left, is it so.
    fn judge_input<N: Node>(
        &mut self,
        i: NodeId,
        call: &Call<N::Message, Tag>,
        node: &N,
        tags: &mut Vec<Tag>,
    ) -> Result<(), Stop> {
        let view = node.view();
        if self.only_persists::<N>(i, call, &view) {
            return self.judge_persisted(i, call, node, &view);
        }
        let server = self.state.server_mut(i);
        let before = Snapshot::of(server);
        server.owed = spec::Owed::default();
        server.clock.election_due = false;
        self.delivered = Delivered::default();
        let server = self.state.server_mut(i);
        server.changed_from = Index::MAX;
        self.usurped |= self.state.settings.known.has(Known::RemovedLeader) && spec::leads_without_vote(&self.state, i);
        let restarted = matches!(call, Call::Restarted);
        let reconfigured = match call {
            Call::Restarted | Call::Changed { .. } => true,
            Call::Deliver(tag) => matches!(self.underway[*tag].message.body, Body::Snapshot { .. }),
            _ => false,
        };
        self.observer.called(i, call);
        self.observer.shown(i, node);

        let mut handed = None;
        let mut made: &[N::Message] = &[];
        match *call {
            Call::Tick => {
                if self.state.settings.lease_reads {
                    self.clocks.ticked(i, &self.state);
                }
                self.take(Action::Tick(i))?;
            }
            Call::Deliver(tag) => self.arrived(i, tag, node)?,
            Call::Propose { value, size, taken } => {
                self.taken = taken;
                if self.state.settings.max_uncommitted.is_some() {
                    self.state.sizes.note(value, size);
                }
                let takes = spec::takes_proposals(&self.state, i, value);
                if takes != taken {
                    return Err(self.differs(i, "proposal taken", takes.to_string(), taken.to_string()));
                }
                self.take(Action::Propose(i, value))?;
            }
            Call::Advanced(ready) => {
                made = &ready.messages;
                handed = Some(ready);
                self.persisted(i, &view, true)?;
            }
            _ => self.asked(i, call, &view, node)?,
        }
        while let Some(action) = actions::next(self.align, &self.state, i, &view) {
            self.take(action)?;
        }
        if self.state.server(i).current_term != before.term || restarted {
            self.draw_timeout(i);
        }
        if handed.is_none() {
            made = &node.messages()[tags.len()..];
        }
        let joins = self.state.server(i).joins;
        let waiting = tags.len();
        for message in made {
            let tag = match if joins { self.joined::<N>(i, message, None)? } else { None } {
                Some(travelling) => self.underway.add(travelling),
                None => self.sent::<N>(i, message)?,
            };
            tags.push(tag);
            self.observer.sent(&self.underway[tag].message, tag.number());
        }
        if joins {
            self.lengthened(i, node, &tags[..waiting])?;
        }
        if self.state.settings.late_entries {
            self.fetching(i, node)?;
        }
        if let Some(ready) = handed {
            self.delivered(i, ready)?;
        }
        if self.commit_fell_back(i, &view) {
            return Err(skipped("known finding commit-falls-back"));
        }
        if let Some(difference) = abstraction::compare(self.align, &self.state, i, &view, node) {
            return Err(self.parted(i, difference));
        }
        if reconfigured {
            if let Some(difference) = abstraction::compare_configuration(self.state.server(i), node) {
                return Err(self.parted(i, difference));
            }
        }
        self.owes_nothing(i)?;
        let changes = before.changes(self.state.server(i));
        if changes == 0 {
            self.observer.judged(i, &self.outbox.taken, &self.state);
            return Ok(());
        }
        if self.state.settings.known.has(Known::ConfigurationLost)
            && durability::stands_on_lost_configuration(&self.state, i)
        {
            return Err(skipped("known finding configuration-lost"));
        }
        let touched = Touched { before, after: &self.state, ghost: &self.ghost, node: i, restarted };
        if let Err((invariant, why)) = check_touched(&touched, changes) {
            return Err(self.broken(i, invariant, why));
        }
        if self.state.server(i).role == Role::Leader && before.role != Role::Leader {
            self.clocks.elected(i);
        }
        self.ghost.observe(&before, &self.state, i);
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }

    /// What is asked of a node more rarely: apart, so that the rest of its code stays small.
    #[cold]
    #[inline(never)]
    fn asked<N: Node>(&mut self, i: NodeId, call: &Call<N::Message, Tag>, view: &View, node: &N) -> Result<(), Stop> {
        match *call {
            Call::Campaign => self.take(Action::Campaign(i))?,
            Call::Read(context) => {
                match self.setup.reuse_contexts {
                    true => self.ghost.asked_again(context),
                    false => self.ghost.asked(context),
                }
                self.take(Action::Read(i, context))?;
                self.leased(i, context)?;
            }
            Call::Set(knob) => {
                if knob == Knob::CheckQuorum(false) {
                    self.clocks.void();
                }
                self.take(Action::Set(i, actions::knob(knob, &self.state.server(i).groups)))?;
            }
            Call::Fetched => self.take(Action::Fetched(i))?,
            Call::FreeBuffers => {}
            Call::Asked(answers) => {
                if let Some(difference) = abstraction::compare_answers(self.align, &self.state, i, &answers) {
                    return Err(self.parted(i, difference));
                }
            }
            Call::Ping => self.take(Action::Ping(i))?,
            Call::Unreachable(peer) => self.take(Action::Unreachable(i, peer))?,
            Call::Transfer(target) => self.take(Action::Transfer(i, target))?,
            Call::Snapshots(given) => self.take(Action::SetSnapshots(i, !given))?,
            Call::ReportSnapshot(peer, arrived) => self.take(Action::ReportSnapshot(i, peer, arrived))?,
            Call::RequestSnapshot { taken } => {
                let takes = spec::may_request(&self.state, i);
                if takes != taken {
                    return Err(self.differs(i, "snapshot asked for", takes.to_string(), taken.to_string()));
                }
                self.take(Action::RequestSnapshot(i))?;
            }
            Call::Changed { index, change, configuration } => self.changed(i, index, change, configuration, node)?,
            Call::Applied(index) => self.take(Action::Apply(i, self.align.index(index)))?,
            Call::Persisted { all } => self.persisted(i, view, all)?,
            Call::Restarted => {
                self.clocks.restarted(i);
                self.restarted(i)?;
            }
            Call::Tick | Call::Deliver(_) | Call::Propose { .. } | Call::Advanced(_) => unreachable!("not rare"),
            Call::Ready(_) | Call::Synced(_) | Call::Compacted(_) => {}
        }
        Ok(())
    }

    /// A message arrives: the specification takes it, and then nobody needs it any more.
    #[inline]
    fn arrived<N: Node>(&mut self, i: NodeId, tag: Tag, node: &N) -> Result<(), Stop> {
        let Travelling { message, asked, .. } = &self.underway[tag];
        self.observer.received(message);
        if spec::drops_acknowledged(&self.state, message) && self.state.settings.known.has(Known::RequestDropsLog) {
            return Err(skipped("known finding request-drops-log"));
        }
        self.outbox.chosen_next = self.chosen_next(message, node);
        self.delivered = Delivered::of(message);
        let read = if let Body::ReadIndex { context } = message.body { Some(context) } else { None };
        let received = match self.is_late_pre_vote(i, message, *asked) {
            true => spec::step(&mut self.state, Action::DropMessage(message.clone()), &mut self.outbox),
            false => spec::receive(&mut self.state, message, &mut self.outbox),
        };
        received.map_err(|disabled| self.disabled(i, disabled))?;
        self.underway.gone(tag);
        read.map_or(Ok(()), |context| self.leased(i, context))
    }

    /// A call that shows nothing new but how far the disk goes: the rest was compared before.
    fn judge_persisted<N: Node>(
        &mut self,
        i: NodeId,
        call: &Call<N::Message, Tag>,
        node: &N,
        view: &View,
    ) -> Result<(), Stop> {
        self.state.server_mut(i).owed = spec::Owed::default();
        self.observer.called(i, call);
        self.observer.shown(i, node);
        self.persisted(i, view, true)?;
        self.owes_nothing(i)?;
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }

    /// Whether `call` handed over nothing and `view` differs from the specification in nothing but the disk.
    #[inline]
    fn only_persists<N: Node>(&self, i: NodeId, call: &Call<N::Message, Tag>, view: &View) -> bool {
        let quiet = matches!(call, Call::Advanced(ready) if ready.is_empty());
        quiet && abstraction::shows_nothing_new::<N>(self.align, &self.state, i, view)
    }

    /// What `i` had to do in this call is done.
    #[inline]
    fn owes_nothing(&mut self, i: NodeId) -> Result<(), Stop> {
        spec::unmet(&self.state, i, &self.outbox).map_or(Ok(()), |duty| Err(self.owes(i, duty)))
    }

    #[cold]
    fn owes(&mut self, i: NodeId, (action, duty, reference): spec::Duty) -> Stop {
        self.outbox.taken.push((action, i));
        let (must, did) = ("it must".into(), "it did not".into());
        self.diverged(i, Check::Obligation, duty.into(), must, did, reference.into())
    }

    /// Whether `i` may append an entry because its application has applied.
    fn may_leave_joint(&self, i: NodeId) -> bool {
        let server = self.state.server(i);
        server.role == Role::Leader && server.configuration.auto_leave
    }

    fn restarted(&mut self, i: NodeId) -> Result<(), Stop> {
        let promised = std::mem::take(&mut self.unsynced[i.slot()]);
        if promised > self.state.server(i).disk.synced() {
            return Err(skipped("known finding sole-voter-unsynced"));
        }
        // A term that never was on its disk, and of which nothing left, did not happen.
        if self.durability() {
            self.ghost.forget_leader(i, self.state.server(i).disk.durable_term());
        }
        self.take(Action::Restart(i))
    }

    /// The application of `i` applied a change: to what, and what it lets the leader know.
    fn changed<N: Node>(
        &mut self,
        i: NodeId,
        index: u64,
        change: Change,
        configuration: Option<Configuration>,
        node: &N,
    ) -> Result<(), Stop> {
        let index = self.align.index(index);
        let server = self.state.server(i);
        if self.state.settings.known.has(Known::ChangeUnderSnapshot) && index <= server.log.base().index {
            return Err(skipped("known finding change-under-snapshot"));
        }
        let expected = self.state.server(i).disk.configuration.changed(&change);
        if let (Err(why), Some(configuration)) = (expected, configuration) {
            return Err(self.differs(i, "change applied", format!("no: {why}"), configuration.to_string()));
        }
        if let (Ok(expected), None) = (expected, configuration) {
            return Err(self.differs(i, "change applied", expected.configuration.to_string(), "no".into()));
        }
        let fresh = expected.map_or(NodeSet::EMPTY, |changed| changed.fresh);
        let known = fresh.iter().next().and_then(|j| node.peer(j.number().into()));
        self.outbox.chosen_next = known.map(|peer| self.align.index(peer.next));
        self.take(Action::ApplyChange(i, index, change))
    }

    /// Once more over everything, when the events are over.
    fn end<N: Node>(&mut self, cluster: &Cluster<N, Self>) -> Result<(), Stop>
    where
        Self: Judge<N>,
    {
        self.outbox.clear();
        for i in self.setup.nodes() {
            let Some(node) = cluster.node(i) else { continue };
            let server = self.state.server(i);
            let log = abstraction::compare_log(self.align, server, server.log.base().index + 1, node);
            if let Some(difference) = log.or(abstraction::compare_configuration(server, node)) {
                return Err(self.parted(i, difference));
            }
        }
        let whole = Whole { before: None, after: &self.state, ghost: &self.ghost, restarted: None };
        if let Err((invariant, why)) = check_whole(&whole) {
            return Err(self.broken(self.caller, invariant, why));
        }
        Ok(())
    }

    /// A healed cluster does not make the progress that it must. It is told as it was before draws were chosen.
    fn stuck(&mut self, what: &'static str) -> Stop {
        let stood = self.stood.take().filter(|_| what == heal::ELECTS);
        let (node, seen) = stood.unwrap_or_else(|| (self.caller, self.servers_in_a_line()));
        self.outbox.clear();
        self.diverged(node, Check::Liveness, what.into(), "it does".into(), seen, "thesis 3.4, 3.9".into())
    }

    fn servers_in_a_line(&self) -> String {
        let servers = self.setup.nodes().map(|i| (i, self.state.server(i)));
        let seen = servers.map(|(i, server)| {
            let (role, term, last, commit) =
                (server.role.name(), server.current_term, server.log.last(), server.commit_index);
            format!("{i}: {role} term {term} last {last} commit {commit}")
        });
        seen.collect::<Vec<_>>().join(", ")
    }

    fn applies(&self) -> bool {
        self.durability() || self.state.settings.dialect.has(Switch::Applies)
    }

    fn durability(&self) -> bool {
        self.state.settings.dialect.has(Switch::Durability)
    }

    /// Takes an action that is known where it is taken: all of `step` but its handler falls away.
    #[inline(always)]
    fn take(&mut self, action: Action) -> Result<(), Stop> {
        spec::step(&mut self.state, action, &mut self.outbox).map_err(|disabled| self.disabled(self.caller, disabled))
    }

    fn draw_timeout(&mut self, i: NodeId) {
        let term = self.align.concrete_term(self.state.server(i).current_term);
        let draw = self.favoured.map_or(Draw::Chance, |favoured| Draw::of(i, favoured));
        let timeout = draw.timeout(&self.setup, i, term);
        self.state.server_mut(i).clock.timeout = timeout as u32;
    }

    /// Switch `plain-pre-vote`: whether a grant was given for another term than the one that `i` asks about.
    fn is_late_pre_vote(&self, i: NodeId, message: &spec::Message, asked: u32) -> bool {
        let grant = matches!(message.body, Body::RequestVoteResponse { pre: true, granted: true, .. });
        let late = || asked != self.state.server(i).current_term + 1;
        let plain = || self.state.settings.dialect.has(Switch::PlainPreVote);
        grant && late() && plain() && !self.state.settings.known.has(Known::LatePreVote)
    }

    /// The known finding `commit-falls-back`: back to the end of what an append brought.
    fn commit_fell_back(&self, i: NodeId, view: &View) -> bool {
        let (known, commit) = (self.state.settings.known, self.align.index(view.commit));
        let brought = self.delivered.append.is_some_and(|(last, commit_index)| last == commit && commit_index == last);
        known.has(Known::CommitFallsBack) && brought && commit < self.state.server(i).commit_index
    }

    /// Where the leader goes on after a refusal is its own choice, within bounds.
    fn chosen_next<N: Node>(&self, message: &spec::Message, node: &N) -> Option<Index> {
        match message.body {
            Body::AppendEntriesResponse { success: false, .. } => {
                node.peer(message.from.number().into()).map(|peer| self.align.index(peer.next))
            }
            _ => None,
        }
    }

    /// Judges a message that `i` made, and gives it its tag.
    fn sent<N: Node>(&mut self, i: NodeId, message: &N::Message) -> Result<Tag, Stop> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        let Some(said) = abstraction::message(self.align, &described, &self.entries) else {
            return Err(self.unlike_any::<N>(i, message));
        };
        match spec::sent(&mut self.state, i, &said, &mut self.outbox) {
            Ok(()) => {
                let write_before = durability::write_before(&self.state, i, &said);
                let asked = self.delivered.term;
                Ok(self.underway.add(Travelling { message: said, write_before, misplaced: false, asked }))
            }
            Err(refusal) => Err(self.refused(i, &said, refusal)),
        }
    }

    #[cold]
    #[inline(never)]
    fn unlike_any<N: Node>(&self, i: NodeId, message: &N::Message) -> Stop {
        let mut entries = Vec::new();
        let described = N::describe(message, &mut entries);
        let entries: Vec<String> =
            entries.iter().map(|entry| abstraction::entry(self.align, entry).to_string()).collect();
        self.differs(i, "message", "none like it".into(), format!("{described} [{}]", entries.join(" ")))
    }

    #[cold]
    fn refused(&self, i: NodeId, message: &spec::Message, refusal: spec::Refusal) -> Stop {
        match refusal {
            spec::Refusal::Disabled(disabled) => self.disabled(i, disabled),
            spec::Refusal::Differs(expected) => {
                self.differs(i, message.body.name(), expected.to_string(), message.to_string())
            }
            spec::Refusal::Unasked => {
                self.differs(i, message.body.name(), "nothing to answer".into(), message.to_string())
            }
        }
    }

    /// A Ready holds exactly what changed since the last one.
    fn written<M>(&mut self, i: NodeId, ready: &Ready<M>, tags: usize) -> Result<(), Stop> {
        let messages = ready.messages.len() + ready.persisted_messages.len();
        if messages != tags {
            return Err(self.differs(i, "messages in Ready", tags.to_string(), messages.to_string()));
        }
        if !self.durability() {
            return Ok(());
        }
        let align = self.align;
        let expected = durability::write(&mut self.state, i, &mut self.outbox);
        let handed = durability::Handed {
            snapshot: ready
                .snapshot
                .map(|snapshot| (align.position(snapshot.index, snapshot.term), snapshot.configuration)),
            hard_state: ready.hard_state.map(|hard| durability::HardState {
                term: align.term(hard.term),
                vote: abstraction::node_id(hard.vote),
                commit: align.index(hard.commit),
            }),
            entries: ready.entries.map(|(first, last)| (align.index(first), align.index(last))),
            must_sync: ready.must_sync,
        };
        match expected == handed {
            true => Ok(()),
            false => Err(self.differs(i, "Ready", expected.to_string(), handed.to_string())),
        }
    }

    /// A Ready hands over every read that was answered, and none is stale.
    fn read<M>(&mut self, i: NodeId, ready: &Ready<M>) -> Result<(), Stop> {
        let align = self.align;
        let results = &mut self.state.server_mut(i).read_results;
        let answered = |read: &(u32, u64)| (read.0, align.index(read.1));
        if !ready.reads.iter().map(answered).eq(results.iter().copied()) {
            let (ours, theirs) = (format!("{results:?}"), format!("{:?}", ready.reads));
            return Err(self.differs(i, "reads answered", ours, theirs));
        }
        if ready.reads.is_empty() {
            return Ok(());
        }
        results.clear();
        for read in &ready.reads {
            self.ghost.answered(i, read.0, align.index(read.1));
        }
        let Err(why) = check_reads(&self.ghost) else { return Ok(()) };
        match self.usurped {
            true => Err(skipped("known finding removed-leader")),
            false => Err(self.broken(i, &LINEARIZABLE_READS, why)),
        }
    }

    /// The node was told that writes are durable: how far it takes its log to be.
    fn persisted(&mut self, i: NodeId, view: &View, all: bool) -> Result<(), Stop> {
        if !self.durability() {
            return Ok(());
        }
        let index = self.align.index(view.persisted);
        if index != self.state.server(i).disk.persisted {
            self.take(Action::Persist(i, index))?;
        }
        if all && durability::must_persist(&self.state, i) {
            let server = self.state.server(i);
            let (last, known) = (server.log.last_index().to_string(), server.disk.persisted.to_string());
            return Err(self.differs(i, "persisted", last, known));
        }
        Ok(())
    }

    /// Entries handed to the application: in order, once, committed, durable, and all of them; at
    /// least one, where their size is limited.
    fn delivered<M>(&mut self, i: NodeId, ready: &Ready<M>) -> Result<(), Stop> {
        if !self.applies() {
            return Ok(());
        }
        if let Some(commit) = ready.commit {
            let (ours, theirs) = (self.state.server(i).commit_index, self.align.index(commit));
            if ours != theirs {
                return Err(self.differs(i, "commit told", ours.to_string(), theirs.to_string()));
            }
            durability::commit_told(&mut self.state, i);
        }
        for entry in &ready.committed {
            let index = self.align.index(entry.index);
            durability::deliver(&mut self.state, i, index).map_err(|disabled| self.disabled(i, disabled))?;
            let (ours, theirs) = (self.state.server(i).log.get(index), abstraction::entry(self.align, entry));
            if ours != Some(theirs) {
                return Err(self.differs(
                    i,
                    "applied entry",
                    ours.map_or("nothing".into(), |entry| entry.to_string()),
                    theirs.to_string(),
                ));
            }
        }
        let (due, done) = (durability::deliverable(&self.state, i), self.state.server(i).disk.delivered);
        let some = self.state.server(i).rationed && !ready.committed.is_empty();
        match done < due && !some {
            true => Err(self.differs(i, "delivered", due.to_string(), done.to_string())),
            false => Ok(()),
        }
    }

    #[cold]
    fn disabled(&self, i: NodeId, disabled: spec::Disabled) -> Stop {
        let mut divergence = self.divergence(
            i,
            Check::Guard,
            format!("{}: {}", disabled.action, disabled.guard),
            "it may not: the guard is false".into(),
            "it did".into(),
            disabled.reference.into(),
        );
        divergence.switch = disabled.switch;
        Box::new(Verdict::Diverged(divergence))
    }

    #[cold]
    fn broken(&self, i: NodeId, invariant: &Invariant, why: String) -> Stop {
        let (name, holds) = (invariant.name.into(), format!("{} holds", invariant.tla));
        self.diverged(i, Check::Invariant, name, holds, why, invariant.reference.into())
    }

    #[cold]
    fn parted(&self, i: NodeId, difference: Difference) -> Stop {
        self.differs(i, difference.field, difference.spec, difference.implementation)
    }

    #[cold]
    fn differs(&self, i: NodeId, field: &str, spec: String, implementation: String) -> Stop {
        self.diverged(
            i,
            Check::State,
            field.into(),
            spec,
            implementation,
            "the states are equal after every call".into(),
        )
    }

    #[cold]
    fn diverged(
        &self,
        node: NodeId,
        check: Check,
        what: String,
        spec: String,
        implementation: String,
        reference: String,
    ) -> Stop {
        Box::new(Verdict::Diverged(self.divergence(node, check, what, spec, implementation, reference)))
    }

    fn divergence(
        &self,
        node: NodeId,
        check: Check,
        what: String,
        spec: String,
        implementation: String,
        reference: String,
    ) -> Box<Divergence> {
        let actions = self.outbox.taken.clone();
        let action = actions.iter().rev().map(|(name, _)| *name).find(|name| *name != ActionName::AppendEntries);
        let cause = Cause::new(check, &what, action);
        Box::new(Divergence {
            cause,
            check,
            event: 0,
            phase: Phase::Schedule,
            node,
            what,
            spec,
            implementation,
            reference,
            actions,
            switch: None,
        })
    }

    fn panicked(&self, payload: Box<dyn std::any::Any + Send>) -> Verdict {
        if let Some(known) = self.known_panic() {
            return Verdict::Skipped(known);
        }
        let text = payload.downcast_ref::<String>().cloned();
        let message = text.or(payload.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
        let check = if message.starts_with("runaway") { Check::Runaway } else { Check::Panic };
        let letters: String = message.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        let what = format!("{}: {}", PANICKED_IN.take(), letters.replace('\n', " "));
        let message = message.replace('\n', " ");
        let allowed = "an implementation never panics on what its contract allows".into();
        Verdict::Diverged(self.divergence(self.caller, check, what, "no panic".into(), message, allowed))
    }

    /// The known finding that a panic of the caller is, by the state that it was called in.
    fn known_panic(&self) -> Option<&'static str> {
        let known = self.state.settings.known;
        let server = self.state.server(self.caller);
        let stranger = !server.configuration.members().contains(self.caller);
        let leads = server.role == Role::Leader;
        let alone = server.configuration.is_quorum(NodeSet::only(self.caller));
        let in_the_dark = (alone || server.role == Role::Candidate) && self.is_in_the_dark();
        if known.has(Known::LeaderBeforeNotice) && (in_the_dark || (leads && self.won_after_snapshot())) {
            return Some("known finding leader-before-notice");
        }
        let unapplied_snapshot = server.log.base().index > server.disk.applied && !server.disk.snapshot_unwritten;
        if known.has(Known::CampaignOverSnapshot) && unapplied_snapshot && !leads {
            return Some("known finding campaign-over-snapshot");
        }
        if known.has(Known::SoleVoterUnsynced) && alone && server.disk.has_unsynced() {
            return Some("known finding sole-voter-unsynced");
        }
        if known.has(Known::RemovedLeader) && stranger && leads {
            return Some("known finding removed-leader");
        }
        (known.has(Known::UnpromotableCampaigns) && stranger && !leads)
            .then_some("known finding unpromotable-campaigns")
    }

    /// Whether the caller's log is a snapshot and what it has not written yet: it may not have been told that the
    /// snapshot is durable.
    fn won_after_snapshot(&self) -> bool {
        let server = self.state.server(self.caller);
        self.setup.late_notice && server.disk.unwritten_from == server.log.base().index + 1
    }

    /// Whether the caller's whole log is durable, and it was not told so.
    fn is_in_the_dark(&self) -> bool {
        let server = self.state.server(self.caller);
        self.setup.late_notice && server.disk.is_log_durable() && server.disk.persisted < server.log.last_index()
    }
}
