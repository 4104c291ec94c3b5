//! Events, knobs and changes of the configuration as Rust statements.

use super::setup;
use super::steps::{Current, Writer};
use crate::schedule::{Event, Knob, Link, Setup};
use crate::spec::{Change, NodeId, Step as ChangeStep, Transition};

impl Writer {
    /// The statements of an event; none if the world lacks it.
    ///
    /// The match is long because an arm for each event is the whole map from events to statements.
    pub(super) fn lines(&mut self, current: &Current) -> Option<Vec<String>> {
        let call = |node: NodeId, call: &str| format!("w.call({node}, |node| node.{call});");
        let (first, second) = current.operands;
        let one = |line: String| Some(vec![line]);
        match current.event {
            Event::TickAll => {
                self.part("tick");
                one(format!("(1..={}).for_each(|id| w.tick(id));", self.setup.count()))
            }
            Event::Tick(node) => {
                self.part("tick");
                one(format!("w.tick({node});"))
            }
            Event::Round => {
                self.part("round");
                one("w.round();".into())
            }
            Event::Campaign(node) => one(call(node, "campaign()")),
            Event::Read(node) => one(call(node, &format!("read_index(vec![{first}])"))),
            Event::Ping(node) => one(call(node, "ping()")),
            Event::Ask(node) => one(call(node, "raft.check_group_commit_consistent()")),
            Event::FreeBuffers(node) => one(call(node, "raft.maybe_free_inflight_buffers()")),
            Event::RequestSnapshot(node) => one(call(node, "request_snapshot()")),
            Event::Unreachable(Link { from, to }) => one(call(from, &format!("report_unreachable({to})"))),
            Event::Transfer(Link { from, to }) => one(call(from, &format!("transfer_leader({to})"))),
            Event::ReportSnapshot(Link { from, to }, arrived) => {
                let status = if arrived { "Finish" } else { "Failure" };
                one(call(from, &format!("report_snapshot({to}, SnapshotStatus::{status})")))
            }
            Event::Propose(node, _) => one(call(node, &format!("propose(vec![], vec![{}; {second}])", first % 256))),
            Event::Change(..) | Event::ChangeNobody(..) => {
                let (Event::Change(node, asked) | Event::ChangeNobody(node, asked)) = current.event else {
                    return None;
                };
                let change = if matches!(current.event, Event::Change(..)) { asked } else { asked.of_nobody() };
                if change.transition != Transition::First {
                    self.part("joint");
                }
                one(call(node, &format!("propose_conf_change(vec![], {})", change_in_rust(&change))))
            }
            Event::Set(node, knob) => {
                self.debts.insert((node, knob.row().name));
                one(call(node, &knob_in_rust(&knob)))
            }
            Event::Deliver(Link { from, to }, place) => one(format!("w.deliver({from}, {to}, {place});")),
            Event::Drop(Link { from, to }, place) => one(format!("w.lose({from}, {to}, {place});")),
            Event::Duplicate(Link { from, to }, place) => {
                self.part("duplicate");
                one(format!("w.duplicate({from}, {to}, {place});"))
            }
            Event::Partition(side) => {
                self.part("partition");
                let side: Vec<String> = side.iter().map(|node| node.to_string()).collect();
                one(format!("w.side = vec![{}];", side.join(", ")))
            }
            Event::Cut(Link { from, to }) => {
                self.part("cut");
                one(format!("w.cut.insert(({from}, {to}));"))
            }
            Event::Mend(Link { from, to }) => {
                self.part("cut");
                one(format!("w.cut.remove(&({from}, {to}));"))
            }
            Event::Heal => {
                let ends = [("partition", "w.side.clear();"), ("cut", "w.cut.clear();")];
                let ends = ends.iter().filter(|(part, _)| self.parts.contains(part));
                Some(ends.map(|(_, line)| line.to_string()).collect())
            }
            Event::Crash(node) => {
                self.part("crash");
                one(format!("w.crash({node});"))
            }
            Event::Restart(node) => {
                self.part("restart");
                one(format!("w.restart({node});"))
            }
            Event::Compact(node, kept) => {
                self.part("compact");
                one(format!("w.compact({node}, {kept});"))
            }
            Event::SnapshotAvailable(node, available) => {
                self.part("no_snapshot");
                self.debts.insert((node, "no_snapshot"));
                one(format!("w.gives_snapshots({node}, {available});"))
            }
            Event::EntriesFetched(node, count) => one(format!("w.fetched({node}, {count});")),
            Event::Stall(node) => {
                self.part("stall");
                self.debts.insert((node, "stall"));
                one(format!("w.node({node}).stalled = true;"))
            }
            Event::Sync(node, count) => {
                self.part("stall");
                one(format!("w.sync({node}, {count});"))
            }
            Event::Notice(node, count) => {
                self.part("stall");
                one(format!("w.notice({node}, {count});"))
            }
            Event::Resume(node) => {
                self.part("stall");
                Some(vec![format!("w.node({node}).stalled = false;"), format!("w.sync({node}, usize::MAX);")])
            }
            Event::Busy(node) => {
                self.part("busy");
                self.debts.insert((node, "busy"));
                one(format!("w.node({node}).busy = true;"))
            }
            Event::Process(node) => {
                self.part("busy");
                Some(vec![format!("w.node({node}).busy = false;"), format!("w.process({node});")])
            }
            Event::Hold(node) => {
                self.part("hold");
                self.debts.insert((node, "hold"));
                one(format!("w.node({node}).held = true;"))
            }
            Event::Apply(node, count) => {
                self.part("hold");
                one(format!("w.apply_up_to({node}, {count});"))
            }
            Event::ApplyAll(node) => {
                self.part("hold");
                Some(vec![format!("w.node({node}).held = false;"), format!("w.apply_up_to({node}, u64::MAX);")])
            }
            Event::Configure(node, option) => {
                self.part("configure");
                let field = option.row().name.replace('-', "_");
                let line = format!("w.configure({node}, |config| config.{field} = {});", option.word());
                let starts = [format!("w.crash({node});"), format!("w.restart({node});")];
                if current.starts {
                    ["crash", "restart"].iter().for_each(|part| self.part(part));
                }
                Some([line].into_iter().chain(starts.into_iter().filter(|_| current.starts)).collect())
            }
            // A new event is refused until it has a statement here.
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

/// A knob as a call of raft-rs.
fn knob_in_rust(knob: &Knob) -> String {
    match *knob {
        Knob::Priority(priority) => format!("set_priority({priority})"),
        Knob::CheckQuorum(check) => format!("raft.set_check_quorum({check})"),
        Knob::SkipBcastCommit(skip) => format!("skip_bcast_commit({skip})"),
        Knob::BatchAppend(batch) => format!("set_batch_append({batch})"),
        Knob::MaxCommittedSizePerReady(place) => {
            let limit = setup::limit(Setup::SIZES[usize::from(place)]);
            format!("raft.set_max_committed_size_per_ready({limit})")
        }
        Knob::MaxInflightMsgs(peer, most) => format!("raft.adjust_max_inflight_msgs({peer}, {most})"),
        Knob::GroupCommit(on) => format!("raft.enable_group_commit({on})"),
        Knob::CommitGroup(peer, group) => format!("raft.assign_commit_groups(&[({peer}, {group})])"),
        Knob::ClearCommitGroups => "raft.clear_commit_group()".into(),
    }
}

/// A change of the configuration as raft-rs's `ConfChange` or `ConfChangeV2`.
fn change_in_rust(change: &Change) -> String {
    let step = |(step, node): (ChangeStep, NodeId)| {
        let kind = match step {
            ChangeStep::Voter | ChangeStep::Nobody => "AddNode",
            ChangeStep::Learner => "AddLearnerNode",
            ChangeStep::Remove => "RemoveNode",
        };
        let node = if step == ChangeStep::Nobody { 0 } else { node.number() };
        (format!("ConfChangeType::{kind}"), node)
    };
    let steps: Vec<_> = change.steps().map(step).collect();
    let transition = match change.transition {
        Transition::First => {
            let field = |(kind, node): &(String, u8)| format!("change_type: {kind}, node_id: {node}, ");
            let fields: String = steps.last().map(field).unwrap_or_default();
            return format!("ConfChange {{ {fields}..Default::default() }}");
        }
        Transition::Auto => "Auto",
        Transition::Implicit => "Implicit",
        Transition::Explicit => "Explicit",
    };
    let steps: Vec<String> = steps.iter().map(|(kind, node)| format!("({kind}, {node})")).collect();
    format!("change(&[{}], ConfChangeTransition::{transition})", steps.join(", "))
}
