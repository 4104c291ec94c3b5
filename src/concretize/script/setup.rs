//! The settings of a cluster that a script describes with `add-nodes`.

use super::Timeout;
use crate::schedule::settings::{Values, SETTINGS};
use crate::schedule::Setup;
use crate::spec::NodeSet;
use crate::sut::clock::Draw;
use crate::trace::rafttest::{AddNodes, Refusal, Script, What, TICKS};

/// The largest index at which a schedule starts.
const MAX_FIRST: u64 = 16;
/// The term of the snapshot that the members start from. Their own term is the same here, and 0 in etcd's environment.
const FIRST_TERM: u8 = 1;

/// A cluster, and the terms and indexes of a script in its terms.
#[derive(Clone, Debug)]
pub struct Plan {
    pub setup: Setup,
    /// The index that a script begins with, and its nodes' term.
    begins: u64,
    term: u64,
    /// The limit of appends in flight, if no setting has it.
    pub inflight: Option<u8>,
    /// The nodes that are added later, and start from nothing.
    pub newcomers: NodeSet,
    pub kind: Newcomers,
}

/// The nodes that are added later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newcomers {
    /// Members of the first configuration. They are down until they are added, and lose their disks then.
    Members,
    /// Others.
    Spares,
}

impl Plan {
    pub fn of(script: &Script) -> Result<Plan, Refusal> {
        let added = script.commands.iter().filter_map(|command| match &command.what {
            What::AddNodes(added) => Some((command.line, added)),
            _ => None,
        });
        let added: Vec<(usize, &AddNodes)> = added.collect();
        let Some((line, first)) = added.first().copied() else {
            return Err(Refusal { line: 1, why: "no `add-nodes`, so that there is no node".into() });
        };
        if let Some((line, _)) = added[1..].iter().find(|(_, later)| !later.voters.is_empty() || later.index != 0) {
            let why = "`add-nodes` with a snapshot of its own; all nodes but the first start from nothing".into();
            return Err(Refusal { line: *line, why });
        }
        Plan::with(first, added[1..].iter().fold(first.spares, |sum, (_, later)| sum.saturating_add(later.count)))
            .map_err(|why| Refusal { line, why: format!("`add-nodes`: {why}") })
    }

    fn with(first: &AddNodes, later: u8) -> Result<Plan, String> {
        let members: Vec<u8> = first.voters.iter().chain(&first.learners).map(|node| node.number()).collect();
        if first.voters.is_empty() || !(1..).zip(&members).all(|(number, member): (u8, &u8)| number == *member) {
            return Err("expected voters 1 to N, and learners from N + 1".into());
        }
        let members = members.len() as u8;
        if first.count > members {
            return Err(format!("{} nodes start from the snapshot of a cluster of {members}", first.count));
        }
        let (kind, spares) = match first.count == members {
            true => (Newcomers::Spares, later),
            false if first.count.saturating_add(later) <= members => (Newcomers::Members, 0),
            false => {
                return Err("of the nodes added later some are members of the first configuration, and some not".into())
            }
        };
        let base = Setup {
            voters: first.voters.len() as u8,
            learners: first.learners.len() as u8,
            spares,
            first_index: first.index.min(MAX_FIRST) as u8,
            first_term: if first.index == 0 { 0 } else { FIRST_TERM },
            election_tick: TICKS.0,
            heartbeat_tick: TICKS.1,
            pre_vote: first.pre_vote,
            check_quorum: first.check_quorum,
            lease_reads: first.lease_reads,
            wiped_disks: kind == Newcomers::Members,
            // etcd's environment stops no node, and asks any node to campaign.
            keep_removed: true,
            stray_campaigns: true,
            ..Setup::default()
        };
        let inflight = first.inflight.unwrap_or(Setup::default().max_inflight_msgs.into());
        let setting = Setup::MAX_INFLIGHT_MSGS.iter().any(|known| u64::from(*known) == inflight);
        let size = first.committed_size.unwrap_or(u32::MAX.into());
        let setup = Setup {
            max_inflight_msgs: if setting { inflight as u16 } else { base.max_inflight_msgs },
            max_committed_size_per_ready: u32::try_from(size).unwrap_or(u32::MAX),
            ..base
        };
        if !setting && inflight > u64::from(MAX_LIMIT) {
            return Err(format!(
                "`inflight={inflight}`: expected one of {:?}, or at most {MAX_LIMIT}",
                Setup::MAX_INFLIGHT_MSGS
            ));
        }
        if !Setup::SIZES.contains(&setup.max_committed_size_per_ready) {
            return Err(format!("`max-committed-size-per-ready={size}`: expected one of {:?}", Setup::SIZES));
        }
        if let Some(row) = SETTINGS.iter().find(|row| outside(row.values, row.get(&setup))) {
            return Err(format!("the setting `{}` cannot be {}", row.name, row.get(&setup)));
        }
        if setup.clamped() != setup {
            return Err("more nodes than are simulated".into());
        }
        let newcomers = NodeSet::first(usize::from(first.count + later)).minus(NodeSet::first(first.count.into()));
        let inflight = (!setting).then_some(inflight as u8);
        Ok(Plan { setup, begins: first.index, term: first.term, inflight, newcomers, kind })
    }

    /// Chooses a seed whose timeouts are those that the script names.
    pub fn choose_seed(&mut self, timeouts: &[Timeout]) -> Result<(), Refusal> {
        for timeout in timeouts {
            let longest = 2 * u64::from(self.setup.election_tick) - 1;
            if !(u64::from(self.setup.election_tick)..=longest).contains(&timeout.ticks) {
                return Err(timeout.refusal());
            }
        }
        let seeds = (0..=u16::MAX).map(|seed| Setup { seed, ..self.setup });
        let found = seeds.into_iter().find(|setup| timeouts.iter().all(|timeout| timeout.holds(setup)));
        self.setup = found.ok_or_else(|| timeouts[0].refusal())?;
        Ok(())
    }

    /// The index here of an index in the script.
    pub fn index(&self, stated: u64) -> u64 {
        stated.saturating_add(self.setup.first_index.into()).saturating_sub(self.begins)
    }

    /// The index in the script of an index here.
    pub fn stated_index(&self, index: u64) -> u64 {
        match index {
            // A node that started from nothing.
            0 => 0,
            index => index.saturating_add(self.begins).saturating_sub(self.setup.first_index.into()),
        }
    }

    /// The term in the script of a term here: members start in the snapshot's term, and in etcd's environment in term 0.
    pub fn stated_term(&self, term: u64) -> u64 {
        term.saturating_add(self.term).saturating_sub(self.setup.first_term.into())
    }
}

/// The largest limit of appends in flight that an event gives.
const MAX_LIMIT: u8 = 3;

fn outside(values: Values, value: u32) -> bool {
    matches!(values, Values::Range(least, most) if !(least..=most).contains(&value))
}

impl Timeout {
    /// True if the setup's seed draws it.
    pub fn holds(&self, setup: &Setup) -> bool {
        Draw::Chance.timeout(setup.election_tick.into(), setup.seed, self.node, self.term) == self.ticks
    }

    pub fn refusal(&self) -> Refusal {
        let Timeout { line, node, ticks, .. } = *self;
        let why = format!("no seed of the schedule draws the timeout {ticks} at node {node} together with all others");
        Refusal { line, why }
    }
}
