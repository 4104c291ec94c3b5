//! Forged messages: the verdict on a node that took a message that no correct peer sends.
//!
//! A node that does nothing is judged on like any other. One that takes a message whose answer no document promises is
//! outside the contract, and its run ends without a verdict, unless the node breaks a promise to its correct peers: what it
//! has said to them before must still hold.

use super::divergence::Failed;
use super::judge::{Judged, Stop};
use super::verdict::{Skip, Verdict};
use super::Lockstep;
use crate::refine::{translation, Field};
use crate::spec::NodeId;
use crate::sut::Node;

impl Lockstep<'_> {
    /// The reason to end the run after `i` took a forged message, by which it first differed as `stop` says.
    #[cold]
    pub(super) fn after_taken<N: Node>(&self, i: NodeId, node: &N, stop: Stop) -> Stop {
        let Verdict::Diverged(divergence) = &*stop else { return stop };
        let taken = match &divergence.failed {
            Failed::Field(difference) => difference.field.row().name,
            Failed::Guard(disabled) => disabled.guard,
            Failed::Obligation { obligation, .. } => obligation,
            // An invariant is a promise to all servers, and an endless call answers nobody.
            Failed::Invariant(..)
            | Failed::Liveness { .. }
            | Failed::Runaway(_)
            | Failed::RunawayHandler(_)
            | Failed::Panic(_)
            | Failed::Consequence(..) => return stop,
        };
        match self.keeps_promises(i, node) {
            Ok(()) => Box::new(Verdict::Skipped(Skip::ForgedMessage(taken))),
            Err(broken) => broken,
        }
    }

    /// The promises that `i` has given its peers before the message: its term and its vote in it (paper figure 2, persistent
    /// state), and the entries that it knows to be committed (paper figure 3, state machine safety).
    fn keeps_promises<N: Node>(&self, i: NodeId, node: &N) -> Judged {
        let (server, view) = (self.state.server(i), node.view());
        let (term, commit, last) =
            (self.align.term(view.term), self.align.index(view.commit), self.align.index(view.last_index));
        if term < server.current_term {
            return Err(self.differs(i, Field::Term, server.current_term, term));
        }
        let vote = translation::node_id(view.vote);
        if term == server.current_term && server.voted_for.is_some() && vote != server.voted_for {
            return Err(self.differs(i, Field::Vote, server.voted_for, vote));
        }
        if commit < server.commit_index || commit > last {
            return Err(self.differs(i, Field::Commit, server.commit_index, commit));
        }
        let (mut kept, from) = (true, self.align.concrete(server.log.base().index + 1));
        node.entries(from, |entry| {
            let index = self.align.index(entry.index);
            let ours = (index <= server.commit_index).then(|| server.log.from(index).first()).flatten();
            kept &= ours.is_none_or(|ours| *ours == translation::entry(self.align, &entry));
        });
        self.same(i, Field::LogEntry, true, kept && last >= server.commit_index)
    }
}
