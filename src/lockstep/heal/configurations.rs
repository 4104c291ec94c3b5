//! The configurations in force: the committed one, those that uncommitted changes in any log would make of it, and those
//! that running members with all committed entries still act on.

use super::Epilogue;
use crate::spec::Configuration;
use crate::sut::Node;
use std::collections::BTreeSet;

impl<N: Node> Epilogue<'_, '_, N> {
    /// The committed configuration.
    pub(super) fn committed(&mut self) -> Configuration {
        let new = &self.judge.ghost.committed[self.counted..];
        let (committed, counted) = (self.committed.after(new).last(), self.counted + new.len());
        self.committed = committed.unwrap_or(self.committed);
        self.counted = counted;
        self.committed
    }

    /// The configurations in force, in order: servers restart for the first that lacks a quorum.
    pub(super) fn in_force(&mut self) -> BTreeSet<Configuration> {
        let now = self.committed();
        let (state, committed) = (self.state(), &self.judge.ghost.committed);
        let mut all = BTreeSet::from([now]);
        for i in state.nodes() {
            let server = state.server(i);
            // A server that lacks a committed entry is never elected (raft.tla LeaderCompleteness): its other entries are
            // not in force.
            let last = committed.len() as u32;
            if server.log.last_index() < last || committed.last().is_some_and(|it| server.log.term_at(last) != it.term)
            {
                continue;
            }
            let acts = now.members().contains(i) && self.cluster.node(i).is_some();
            all.extend(now.after(server.log.from(last + 1)).chain(acts.then_some(server.configuration)));
        }
        all
    }
}
