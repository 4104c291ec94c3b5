//! Interaction scripts of etcd-io/raft (`rafttest`, `testdata/*.txt`): the same inputs as commands of its test environment.
//!
//! A command has no expected output: etcd writes its own beside it (`go test -run TestInteraction . -rewrite`), and the two
//! implementations are compared by reading. etcd's `deliver-msgs` delivers all messages of a type to a node, so that a
//! single message is written only where no other of its type waits for the node.

use super::{Export, Request};
use crate::lockstep::observe::Observer;
use crate::lockstep::run;
use crate::schedule::settings::SETTINGS;
use crate::schedule::{text, Event, Schedule, Setup};
use crate::spec::{Change, Message, NodeId, State, Transition};
use crate::sut::{Call, Node, Transit};
use crate::trace::rafttest::{kind, INDEX, TICKS};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The settings that etcd's environment can set, or that change nothing that it shows.
const EXPRESSED: &[&str] = &[
    "election-tick",
    "heartbeat-tick",
    "voters",
    "learners",
    "spares",
    "seed",
    "max-inflight-msgs",
    "max-committed-size-per-ready",
    "first-index",
    "first-term",
    "pre-vote",
    "check-quorum",
    "lease-reads",
    "heal",
    "lazy-sync",
    "durable-apply",
    "stray-campaigns",
    "keep-removed",
];

/// Exports the inputs of a run as an interaction script.
///
/// # Errors
/// A setting or an event has no command there.
pub fn write<N: Node>(request: &Request) -> Result<Export, String> {
    let schedule = request.schedule;
    let mut script = Script::new(schedule)?;
    let run = run::<N>(schedule, request.options, &mut script);
    script.finish_event();
    if let Some(refusal) = script.refusal {
        return Err(refusal);
    }
    let mut notes = vec![format!("rafttest: {} commands", script.commands)];
    if schedule.setup.heal {
        notes.push("  left out: the healing epilogue".into());
    }
    Ok(Export { text: script.text, companion: None, notes, run })
}

struct Script {
    setup: Setup,
    text: String,
    commands: usize,
    /// The first event that has no command.
    refusal: Option<String>,
    /// The event under way, and its place.
    event: Option<(usize, Event)>,
    /// The messages that were made, by number.
    made: BTreeMap<u32, (NodeId, &'static str)>,
    /// The messages in flight, by number: copies of each.
    in_flight: BTreeMap<u32, usize>,
    /// The Readys that each node handed over in the event under way.
    readys: Vec<NodeId>,
    /// The timeout that each node has in etcd's environment, with the term that it was set in.
    timeouts: BTreeMap<NodeId, (u32, u32)>,
    /// The term and the drawn timeout of each node, as the specification has them.
    drawn: BTreeMap<NodeId, (u32, u32)>,
}

impl Script {
    fn new(schedule: &Schedule) -> Result<Self, String> {
        let setup = schedule.setup;
        let unexpressed = |row: &&crate::schedule::settings::SettingRow| {
            !EXPRESSED.contains(&row.name) && row.get(&setup) != row.get(&Setup::default())
        };
        if let Some(row) = SETTINGS.iter().find(unexpressed) {
            return Err(format!("setting `{}`: etcd's interaction scripts cannot set it; use its default", row.name));
        }
        let ticks = schedule.events.iter().any(|event| matches!(event, Event::Tick(_) | Event::TickAll));
        if ticks && (setup.election_tick, setup.heartbeat_tick) != TICKS {
            let (election, heartbeat) = TICKS;
            return Err(format!(
                "the schedule has ticks: etcd's environment has `election-tick {election}` and `heartbeat-tick \
                 {heartbeat}`, found {} and {}",
                setup.election_tick, setup.heartbeat_tick
            ));
        }
        let mut script = Script {
            setup,
            text: String::new(),
            commands: 0,
            refusal: None,
            event: None,
            made: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            readys: Vec::new(),
            timeouts: BTreeMap::new(),
            drawn: BTreeMap::new(),
        };
        script.add_nodes();
        Ok(script)
    }

    fn add_nodes(&mut self) {
        let setup = self.setup;
        let ids = |nodes: crate::spec::NodeSet| nodes.iter().map(|node| node.to_string()).collect::<Vec<_>>().join(",");
        let configuration = setup.configuration();
        let mut line = format!("add-nodes {} voters=({})", configuration.members().len(), ids(configuration.voters));
        if !configuration.learners.is_empty() {
            _ = write!(line, " learners=({})", ids(configuration.learners));
        }
        _ = write!(line, " index={INDEX} inflight={}", setup.max_inflight_msgs);
        for (name, set) in [("prevote", setup.pre_vote), ("checkquorum", setup.check_quorum)] {
            if set {
                _ = write!(line, " {name}=true");
            }
        }
        if setup.lease_reads {
            line += " read-only=lease-based";
        }
        if setup.max_committed_size_per_ready != u32::MAX {
            _ = write!(line, " max-committed-size-per-ready={}", setup.max_committed_size_per_ready);
        }
        self.command(&line, "");
        if setup.spares > 0 {
            self.command(&format!("add-nodes {}", setup.spares), "");
        }
    }

    /// Writes a command with its input, and a place for its output.
    fn command(&mut self, line: &str, input: &str) {
        self.commands += 1;
        self.text += line;
        self.text.push('\n');
        self.text += input;
        self.text += "----\n\n";
    }

    fn refuse(&mut self, why: &str) {
        if let (None, Some((place, event))) = (&self.refusal, &self.event) {
            self.refusal = Some(format!("event {place}, `{}`: {why}", text::line(event)));
        }
    }

    /// Writes the commands of the Readys that the event under way brought about.
    fn finish_event(&mut self) {
        for node in std::mem::take(&mut self.readys) {
            self.command(&format!("process-ready {node}"), "");
        }
    }

    fn tick(&mut self, node: NodeId) {
        let now = self.drawn.get(&node).copied();
        if let Some(now) = now.filter(|now| self.timeouts.get(&node) != Some(now)) {
            self.timeouts.insert(node, now);
            self.command(&format!("set-randomized-election-timeout {node} timeout={}", now.1), "");
        }
        self.command(&format!("tick-heartbeat {node}"), "");
    }

    fn change(&mut self, node: NodeId, change: &Change) {
        let how = match change.transition {
            Transition::First => " v1=true",
            Transition::Auto => "",
            Transition::Implicit => " transition=implicit",
            Transition::Explicit => " transition=explicit",
        };
        let words = change.to_string();
        let steps: Vec<&str> = words.split(' ').filter(|word| word[1..].parse::<u8>().is_ok()).collect();
        let input = if steps.is_empty() { String::new() } else { steps.join(" ") + "\n" };
        self.command(&format!("propose-conf-change {node}{how}"), &input);
    }

    /// A message is delivered or dropped by itself.
    fn single(&mut self, number: u32, drop: bool) {
        let Some((to, kind)) = self.made.get(&number).copied() else { return };
        let alike = |(other, copies): (&u32, &usize)| if self.made[other] == (to, kind) { *copies } else { 0 };
        if self.in_flight.iter().map(alike).sum::<usize>() > 1 {
            return self
                .refuse("etcd's `deliver-msgs` takes all messages of a type to a node, and several are in flight");
        }
        let to = if drop { format!("drop=({to})") } else { to.to_string() };
        self.command(&format!("deliver-msgs {to} type={kind}"), "");
    }

    fn leave(&mut self, number: u32) {
        if let Some(copies) = self.in_flight.get_mut(&number) {
            *copies -= 1;
            if *copies == 0 {
                self.in_flight.remove(&number);
            }
        }
    }
}

impl Observer for Script {
    fn event(&mut self, place: usize, event: &Event) {
        self.finish_event();
        self.event = Some((place, *event));
        match event {
            Event::TickAll => self.setup.nodes().for_each(|node| self.tick(node)),
            Event::Tick(node) => self.tick(*node),
            Event::Campaign(node) => self.command(&format!("campaign {node}"), ""),
            Event::Propose(node, _) => self.command(&format!("propose {node} event{place}"), ""),
            Event::Change(node, change) => self.change(*node, change),
            Event::Transfer(link) => {
                self.command(&format!("transfer-leadership from={} to={}", link.from, link.to), "")
            }
            Event::Unreachable(link) => self.command(&format!("report-unreachable {} {}", link.from, link.to), ""),
            Event::Round => {
                let nodes: Vec<String> = self.setup.nodes().map(|node| node.to_string()).collect();
                self.command(&format!("deliver-msgs {}", nodes.join(" ")), "");
            }
            // The command follows from the call or the message.
            Event::Compact(..) | Event::Deliver(..) | Event::Drop(..) => {}
            // A busy node is one whose Readys are not processed.
            Event::Busy(_) | Event::Process(_) => {}
            _ => self.refuse("etcd's interaction scripts have no such command"),
        }
    }

    fn called(&mut self, node: NodeId, call: &Call<(), ()>) {
        match call {
            Call::Ready(_) => self.readys.push(node),
            Call::Compacted(index) => {
                // etcd's `MemoryStorage.Compact` drops this index, too.
                let last = index + INDEX - u64::from(self.setup.first_index);
                self.command(&format!("compact {node} {last}"), "");
            }
            _ => {}
        }
    }

    fn sent(&mut self, message: &Message, number: u32) {
        self.made.insert(number, (message.to, kind(&message.body)));
    }

    fn travels(&mut self, number: u32, transit: Transit) {
        let event = self.event.map(|(_, event)| event);
        match transit {
            Transit::Sent | Transit::Duplicated => *self.in_flight.entry(number).or_default() += 1,
            Transit::Delivered => {
                if matches!(event, Some(Event::Deliver(..))) {
                    self.single(number, false);
                }
                self.leave(number);
            }
            Transit::Lost => {
                match event {
                    Some(Event::Drop(..)) => self.single(number, true),
                    _ => self.refuse("a message is lost on its way"),
                }
                self.leave(number);
            }
        }
    }

    fn judged(&mut self, _node: NodeId, _taken: &[(crate::spec::ActionName, NodeId)], state: &State) {
        for j in state.nodes() {
            let server = state.server(j);
            self.drawn.insert(j, (server.current_term, server.clock.timeout));
        }
    }
}
