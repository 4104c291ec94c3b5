//! Reads: for each the acknowledged entries that its answer must contain, and the clocks that leases trust.

use crate::schedule::Setup;
use crate::spec::{NodeId, NodeSet, MAX_NODES};

/// The reads of a run.
#[derive(Debug)]
pub(super) struct Reads {
    /// By context, the last index that was acknowledged when the read was asked. Of two reads with one context, the older
    /// counts: their answers cannot be told apart.
    asked: Vec<u64>,
    /// The clocks, if leaders answer by their lease.
    clocks: Option<Clocks>,
    /// The newest read, and true if it is answered.
    pub newest: (u32, bool),
    /// The first stale answer.
    pub stale: Option<Stale>,
}

/// An answer that lacks an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stale {
    pub node: NodeId,
    pub context: u32,
    /// The last index that was acknowledged when the read was asked.
    pub acknowledged: u64,
    /// The index of the answer.
    pub index: u64,
}

/// No such read was asked.
const UNASKED: u64 = 0;

impl Reads {
    pub fn of(setup: &Setup) -> Self {
        let clocks = Clocks { election_tick: setup.election_tick, ..Clocks::default() };
        let clocks = setup.lease_reads.then_some(clocks);
        Reads { asked: Vec::new(), clocks, newest: (0, false), stale: None }
    }

    /// A client asks for a read when the entries up to `acknowledged` are.
    pub fn ask(&mut self, context: u32, acknowledged: u64) {
        let place = context as usize;
        if self.asked.len() <= place {
            self.asked.resize(place + 1, UNASKED);
        }
        if self.asked[place] == UNASKED {
            self.asked[place] = acknowledged;
        }
        self.newest = (context, false);
    }

    /// A node answers a read with the state at `index`; `leads` are the nodes that lead.
    pub fn answer(&mut self, node: NodeId, context: u32, index: u64, leaders: NodeSet) {
        self.newest.1 |= self.newest.0 == context;
        let acknowledged = self.asked.get(context as usize).copied().unwrap_or(UNASKED);
        let judged = self.clocks.as_ref().is_none_or(|clocks| clocks.are_even(leaders));
        if index < acknowledged && judged {
            self.stale.get_or_insert(Stale { node, context, acknowledged, index });
        }
    }

    /// A node has these settings of its own: a lease holds only if all check their quorum, for the same time.
    pub fn configured(&mut self, own: &Setup) {
        if let Some(clocks) = &mut self.clocks {
            clocks.void |= !own.check_quorum || own.election_tick != clocks.election_tick;
        }
    }

    /// The clocks that matter, if any do.
    pub fn clocks(&mut self) -> Option<&mut Clocks> {
        self.clocks.as_mut()
    }
}

/// The clocks of a run. A lease holds only while clocks run evenly (thesis 6.4.1; raft-rs `ReadOnlyOption::LeaseBased`): a
/// read is judged if the running nodes have ticked equally often since the election of each leader, were never more than a
/// tick apart in its time, none has restarted or stopped to check its quorum, and all have the same election timeout.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    ticks: [u64; MAX_NODES],
    /// By leader, the ticks of all nodes at its election.
    since: [[u64; MAX_NODES]; MAX_NODES],
    running: NodeSet,
    /// Leaders in whose time clocks ran apart.
    uneven: NodeSet,
    /// The election timeout of all nodes.
    election_tick: u8,
    void: bool,
}

impl Clocks {
    pub fn elected(&mut self, i: NodeId) {
        self.since[i.slot()] = self.ticks;
        self.uneven.remove(i);
    }

    pub fn ticked(&mut self, i: NodeId, running: NodeSet, leaders: NodeSet) {
        self.ticks[i.slot()] += 1;
        self.running = running;
        for leader in leaders.iter().filter(|leader| self.spread(*leader) > 1).collect::<NodeSet>().iter() {
            self.uneven.insert(leader);
        }
    }

    /// A node restarts: it has forgotten its leader.
    pub fn restarted(&mut self) {
        self.uneven = NodeSet::first(MAX_NODES);
    }

    /// A node no longer checks its quorum.
    pub fn void(&mut self) {
        self.void = true;
    }

    fn are_even(&self, leaders: NodeSet) -> bool {
        !self.void && leaders.iter().all(|leader| !self.uneven.contains(leader) && self.spread(leader) == 0)
    }

    /// The greatest difference between the ticks of two running nodes since a leader's election.
    fn spread(&self, leader: NodeId) -> u64 {
        let since = &self.since[leader.slot()];
        let ticks = self.running.iter().map(|i| self.ticks[i.slot()] - since[i.slot()]);
        let (least, most) = ticks.fold((u64::MAX, 0), |(least, most), ticks| (least.min(ticks), most.max(ticks)));
        most.saturating_sub(least)
    }
}
