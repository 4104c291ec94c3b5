//! The second implementation, raft-io: it agrees but for its findings, and mistakes in it are caught.
#![cfg(all(feature = "raft-io", feature = "cli"))]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::findings::{FindingRow, FindingSet, IN_RAFT_IO};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Skip, Verdict};
use raft_lockstep::lockstep::{self, Options, Run};
use raft_lockstep::report::draw::{Caption, FORMATS};
use raft_lockstep::report::story::story;
use raft_lockstep::report::transcript::transcript;
use raft_lockstep::schedule::{generate, text, Event, Schedule};
use raft_lockstep::spec::Dialect;
use raft_lockstep::sut::nodes::raft_io::RaftIo;
use raft_lockstep::sut::{
    Abilities, Disk, EntryView, MessageKind, MessageView, Node, NodeConfig, Ready, RoleView, View,
};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

fn run<N: Node>(schedule: &Schedule) -> Run {
    lockstep::run::<N>(schedule, Options::of::<N>(), &mut Silent)
}

fn read(path: &Path) -> Schedule {
    text::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn random_schedules_agree() {
    quiet();
    let (mut committed, mut led, mut skipped) = (0, 0, 0);
    for seed in 0..4_000 {
        let schedule = generate::schedule(seed, 300);
        let run = run::<RaftIo>(&schedule);
        assert!(run.verdict.divergence().is_none(), "seed {seed}: {:?}", run.verdict);
        committed += usize::from(run.state.servers.iter().any(|server| server.commit_index > 0));
        led += usize::from(run.state.servers.iter().any(|server| server.current_term > 3));
        skipped += usize::from(matches!(run.verdict, Verdict::Skipped(_)));
    }
    // The runs must commit enough, and few may end at a finding, for agreement to mean something.
    assert!(committed > 2_000 && led > 500 && skipped < 100, "{committed} commit, {led} elect, {skipped} skipped");
}

/// True if raft-io has a call for every event of a schedule.
fn is_core(schedule: &Schedule) -> bool {
    let campaigns = |event: &&Event| matches!(event, Event::Campaign(_));
    let events = schedule.events.iter().filter(|event| !campaigns(event));
    events.clone().all(|event| Abilities::of::<RaftIo>().allow(event))
        && schedule.setup.learners + schedule.setup.spares == 0
}

#[test]
fn scenarios_agree_and_some_of_the_core_commit() {
    let mut core = Vec::new();
    for path in files("corpus/scenarios", "txt") {
        let schedule = read(&path);
        let run = run::<RaftIo>(&schedule);
        // raft-io has no check-quorum, without which Raft promises little while links stay cut.
        let agreed = matches!(run.verdict, Verdict::Agreed | Verdict::Skipped(Skip::NoPromise));
        assert!(agreed, "{}: {:?}", path.display(), run.verdict);
        if is_core(&schedule) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            core.push((name, run.state.servers.iter().any(|server| server.commit_index > 0)));
        }
    }
    // Most scenarios have no rounds left for the pre-vote, which takes two more.
    let elected = core.iter().filter(|(_, commits)| *commits).count();
    assert!(core.len() >= 20 && elected >= 8, "{core:?}");
}

fn folder(row: &FindingRow) -> PathBuf {
    root().join("artifacts/raft-io").join(row.name)
}

#[test]
fn each_finding_reproduces_is_explained_and_stepped_around() {
    quiet();
    for row in IN_RAFT_IO {
        let without = Options { known: RaftIo::KNOWN.without(row.finding), ..Options::of::<RaftIo>() };
        let schedule = read(&folder(row).join("schedule.txt"));
        let (report, reported) = transcript::<RaftIo>(&schedule, without, false);
        assert!(reported.verdict.divergence().is_some(), "{} does not diverge any more", row.name);
        assert_golden(&folder(row).join("report.txt"), &report);
        assert!(run::<RaftIo>(&schedule).verdict.divergence().is_none(), "{} is not stepped around", row.name);
        let story = story::<RaftIo>(&schedule, without);
        let known = story.reason.as_ref().and_then(|reason| reason.known);
        assert_eq!(known.map(|known| known.name), Some(row.name));
        let command = format!(
            "cargo run --release -- explain --node raft-io --no-known={0} artifacts/raft-io/{0}/schedule.txt",
            row.name
        );
        let svg = FORMATS.iter().find(|format| format.name == "svg").unwrap();
        let picture = (svg.write)(&story, &Caption { title: row.name, command: &command });
        assert_golden(&folder(row).join("diagram.svg"), &picture);
    }
}

/// A mistake to inject: the wrapper behaves as raft-io except for these methods.
trait Flaw {
    /// The disk as the node reads it.
    fn finds(_disk: &mut <RaftIo as Node>::Disk) {}
    /// The number of clock ticks for one tick event.
    fn ticks(_role: RoleView) -> usize {
        1
    }
    /// True if a message is delivered to the node.
    fn hears(_kind: MessageKind) -> bool {
        true
    }
    /// The node's output.
    fn hands_over<M>(_ready: &mut Ready<M>) {}
}

struct Flawed<F> {
    node: RaftIo,
    flaw: PhantomData<F>,
}

impl<F: Flaw> Node for Flawed<F> {
    const NAME: &'static str = "raft-io with a flaw";
    const DIALECT: Dialect = RaftIo::DIALECT;
    const KNOWN: FindingSet = RaftIo::KNOWN;
    const PRE_VOTE: bool = RaftIo::PRE_VOTE;
    type Message = <RaftIo as Node>::Message;
    type Disk = <RaftIo as Node>::Disk;

    fn start(config: &NodeConfig, mut disk: Self::Disk) -> Self {
        F::finds(&mut disk);
        Flawed { node: RaftIo::start(config, disk), flaw: PhantomData }
    }

    fn into_disk(self) -> Self::Disk {
        self.node.into_disk()
    }

    fn disk(&mut self) -> &mut Self::Disk {
        self.node.disk()
    }

    fn tick(&mut self) {
        (0..F::ticks(self.node.view().role)).for_each(|_| self.node.tick());
    }

    fn step(&mut self, message: Self::Message) {
        let kind = RaftIo::describe(&message, &mut Vec::new()).kind;
        if F::hears(kind) {
            self.node.step(message);
        }
    }

    fn propose(&mut self, value: u32, size: u8) -> bool {
        self.node.propose(value, size)
    }

    fn view(&self) -> View {
        self.node.view()
    }

    fn entries(&self, from: u64, each: impl FnMut(EntryView)) {
        self.node.entries(from, each);
    }

    fn messages(&self) -> &[Self::Message] {
        self.node.messages()
    }

    fn receiver(message: &Self::Message) -> u64 {
        RaftIo::receiver(message)
    }

    fn describe(message: &Self::Message, entries: &mut Vec<EntryView>) -> MessageView {
        RaftIo::describe(message, entries)
    }

    fn has_ready(&self) -> bool {
        self.node.has_ready()
    }

    fn ready(&mut self, out: &mut Ready<Self::Message>) {
        self.node.ready(out);
        F::hands_over(out);
    }
}

struct Innocent;
impl Flaw for Innocent {}

struct ForgetsVote;
impl Flaw for ForgetsVote {
    fn finds(disk: &mut <RaftIo as Node>::Disk) {
        disk.contents_mut().hard_state.vote = 0;
    }
}

struct LosesLastEntry;
impl Flaw for LosesLastEntry {
    fn finds(disk: &mut <RaftIo as Node>::Disk) {
        disk.contents_mut().entries.pop();
    }
}

struct Hasty;
impl Flaw for Hasty {
    fn ticks(role: RoleView) -> usize {
        if role == RoleView::Leader {
            1
        } else {
            2
        }
    }
}

struct NoHeartbeats;
impl Flaw for NoHeartbeats {
    fn ticks(role: RoleView) -> usize {
        usize::from(role != RoleView::Leader)
    }
}

struct DeafLeader;
impl Flaw for DeafLeader {
    fn hears(kind: MessageKind) -> bool {
        kind != MessageKind::AppendResponse
    }
}

struct AppliesTwice;
impl Flaw for AppliesTwice {
    fn hands_over<M>(ready: &mut Ready<M>) {
        let last = ready.committed.last().copied();
        ready.committed.extend(last);
    }
}

struct LosesMessages;
impl Flaw for LosesMessages {
    fn hands_over<M>(ready: &mut Ready<M>) {
        ready.messages.pop();
    }
}

/// The cause of the first random schedule that catches a node, and the schedule's number.
fn caught<N: Node>() -> Option<(u64, String)> {
    (0..2_000).find_map(|seed| {
        let run = run::<N>(&generate::schedule(seed, 300));
        run.verdict.divergence().map(|divergence| (seed + 1, divergence.cause.to_string()))
    })
}

#[test]
fn with_a_mistake_it_is_caught() {
    quiet();
    assert_eq!(caught::<Flawed<Innocent>>(), None, "the wrapper itself is innocent");
    let catches = [
        (caught::<Flawed<ForgetsVote>>(), "state/vote/Restart"),
        (caught::<Flawed<LosesLastEntry>>(), "state/last-index/Restart"),
        (caught::<Flawed<Hasty>>(), "guard/preelection-the-election-timeout-has-passed"),
        (caught::<Flawed<NoHeartbeats>>(), "obligation/heartbeats-go-out-in-their-interval/Heartbeat"),
        (caught::<Flawed<DeafLeader>>(), "obligation/what-a-quorum-has-is-committed/AdvanceCommitIndex"),
        (caught::<Flawed<AppliesTwice>>(), "guard/apply-entries-are-applied-in-order-each-once"),
        (caught::<Flawed<LosesMessages>>(), "state/messages-in-ready"),
    ];
    for (found, cause) in catches {
        let (executions, found) = found.unwrap_or_else(|| panic!("{cause}: not caught"));
        assert_eq!(found, cause, "after {executions} schedules");
    }
}
