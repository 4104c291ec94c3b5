//! The state of the specification: raft.tla's variables, server by server, and what the dialects add.
//!
//! The ten variables of raft.tla carry its names in snake case. Two states are *equal* when those
//! are: what a dialect adds is constant in `ongaro`, so that exploration counts what TLC counts.

use super::change::Change;
use super::ids::{NodeId, NodeSet, Value, NO_OP};
use super::server::Server;
use super::settings::Settings;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// The size in bytes of each client's value. Values are unique, so that entries need not carry it.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    values: Vec<u16>,
    /// A change has the same size whenever it is proposed.
    changes: BTreeMap<Value, u16>,
}

impl Sizes {
    /// Notes the size of a new value.
    pub fn note(&mut self, value: Value, size: u32) {
        if Change::is_value(value) {
            self.changes.insert(value, size as u16);
            return;
        }
        self.values.resize(value as usize + 1, 0);
        self.values[value as usize] = size as u16;
    }

    pub(super) fn of(&self, value: Value) -> u32 {
        match value {
            NO_OP => 0,
            _ if Change::is_value(value) => self.changes.get(&value).copied().unwrap_or(0).into(),
            _ => self.values.get(value as usize).copied().unwrap_or(0).into(),
        }
    }
}

/// The state of all servers. Messages live in a [`Network`](super::network::Network).
#[derive(Clone, Debug)]
pub struct State {
    /// The settings, which never change.
    pub settings: Settings,
    /// The servers, by slot.
    pub servers: Vec<Server>,
    /// The bytes of each client's value, where they are limited (switch `uncommitted-limit`).
    pub sizes: Sizes,
}

impl State {
    /// raft.tla `Init`.
    pub fn init(settings: Settings) -> Self {
        let servers = (0..settings.servers).map(|slot| Server::new(&settings, NodeId::from_slot(slot))).collect();
        State { settings, servers, sizes: Sizes::default() }
    }

    /// The server `node`.
    #[inline]
    pub fn server(&self, node: NodeId) -> &Server {
        &self.servers[node.slot()]
    }

    /// The server `node`, to change.
    #[inline]
    pub fn server_mut(&mut self, node: NodeId) -> &mut Server {
        &mut self.servers[node.slot()]
    }

    /// All servers' ids.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.servers.len()).map(NodeId::from_slot)
    }

    /// The other members of the configuration that `node` acts on.
    #[inline]
    pub fn peers(&self, node: NodeId) -> NodeSet {
        self.server(node).configuration.members().without(node)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.servers == other.servers
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.servers.hash(hasher);
    }
}
