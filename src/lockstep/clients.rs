//! Runs that clients judge: no action of the specification is taken, and no finding is stepped around.
//!
//! [`crate::clients`] is the judge. This file puts its outcome into the form of a run, and for observers that record the run,
//! messages into the specification's terms.

use super::divergence::{Divergence, Failed};
use super::judge::settings;
use super::observe::Observer;
use super::verdict::{Phase, Skip, Verdict};
use super::{JudgeName, Options, Run, Slow};
use crate::clients::{self, observe, End, Harm};
use crate::refine::{translation, Alignment};
use crate::schedule::{Event, Schedule, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::{Message, NodeId, State};
use crate::sut::{Call, EntryView, MessageKind, MessageView, Node, Transit};

/// Runs `schedule` on a cluster of `N` alone.
pub(super) fn run<N: Node>(schedule: &Schedule, options: Options, observer: &mut dyn Observer) -> Run {
    let setup = N::settings(schedule.setup);
    let align = Alignment::of(&setup, options.dialect);
    let mut told = Told { observer, align, messages: Vec::new(), entries: Vec::new() };
    let outcome = clients::run::<N>(schedule, &mut told);
    let phase = match (outcome.healing, &outcome.end) {
        (false, End::Served | End::NoQuorum) => Phase::End,
        (false, End::Harmed(_) | End::Panicked(..) | End::LostDisk(_) | End::Forged(_)) => Phase::Schedule,
        (true, _) => Phase::Epilogue,
    };
    let diverged = |node, failed| {
        let divergence = Divergence::new(node, failed, Vec::new());
        Verdict::Diverged(Box::new(Divergence { event: outcome.events, phase, ..divergence }))
    };
    let verdict = match outcome.end {
        End::Served => Verdict::Agreed,
        End::NoQuorum => Verdict::Skipped(Skip::NoQuorum),
        End::Harmed(harm) => {
            let Harm { consequence, node, words } = *harm;
            diverged(node, Failed::Consequence(consequence.row(), words))
        }
        End::LostDisk(consequence) => Verdict::Skipped(Skip::WipedDisk(consequence.row().name)),
        End::Forged(consequence) => Verdict::Skipped(Skip::ForgedMessage(consequence.row().name)),
        End::Panicked(node, panic) => diverged(node, Failed::panic(panic)),
    };
    Run {
        judge: JudgeName::Clients,
        verdict,
        events: outcome.events,
        phase,
        steps: 0,
        state: State::init(settings(&setup, options)),
        ghost: Ghost::default(),
        slow: outcome.slow.map(|(ticks, favoured)| Slow { ticks, favoured }),
    }
}

/// Tells an observer of a run in the specification's terms.
struct Told<'o> {
    observer: &'o mut dyn Observer,
    align: Alignment,
    /// The messages by their numbers, from 1; `None` for one that the specification does not know.
    messages: Vec<Option<Message>>,
    entries: Vec<EntryView>,
}

impl Told<'_> {
    fn message<N: Node>(&mut self, message: &N::Message) -> Option<Message> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        let known = translation::message(self.align, &described, &self.entries);
        known.or_else(|| self.misplaced(&described))
    }

    /// An append whose entries do not follow the position that it names, as if they did.
    fn misplaced(&mut self, described: &MessageView) -> Option<Message> {
        if described.kind != MessageKind::Append {
            return None;
        }
        let indexes = described.index + 1..;
        self.entries.iter_mut().zip(indexes).for_each(|(entry, index)| entry.index = index);
        translation::message(self.align, described, &self.entries)
    }

    /// Tells of the messages that a node made, and of those that have grown by batching while they wait.
    fn sent<'m, N: Node>(&mut self, messages: impl Iterator<Item = (&'m N::Message, &'m u32)>)
    where
        N::Message: 'm,
    {
        for (message, number) in messages {
            let message = self.message::<N>(message);
            let place = *number as usize;
            if self.messages.len() <= place {
                self.messages.resize(place + 1, None);
            }
            if let Some(message) = message.filter(|message| self.messages[place].as_ref() != Some(message)) {
                self.observer.sent(&message, *number);
                self.messages[place] = Some(message);
            }
        }
    }
}

impl observe::Observer for Told<'_> {
    fn records(&self) -> bool {
        self.observer.records()
    }

    fn started<N: Node>(&mut self, node: NodeId, shown: &N) {
        self.observer.shown(node, shown);
    }

    fn event(&mut self, place: usize, event: &Event) {
        self.observer.event(place, event);
    }

    fn healing(&mut self, event: &Event) {
        self.observer.healing(event);
    }

    fn favoured(&mut self, node: NodeId) {
        self.observer.favoured(node);
    }

    fn called<N: Node>(&mut self, node: NodeId, call: &Call<N::Message, u32>, shown: &N, waiting: &[u32]) {
        self.observer.sees(node, call, shown);
        if let Call::Deliver(number) = call {
            if let Some(Some(message)) = self.messages.get(*number as usize) {
                self.observer.received(message);
            }
        }
        match call {
            Call::Ready(_) | Call::Synced(_) => {}
            Call::Advanced { ready, .. } => self.sent::<N>(ready.messages.iter().chain(shown.messages()).zip(waiting)),
            _ => self.sent::<N>(shown.messages().iter().zip(waiting)),
        }
    }

    fn travels(&mut self, number: u32, transit: Transit) {
        self.observer.travels(number, transit);
    }

    fn configured(&mut self, node: NodeId, own: &Setup, starts: bool) {
        self.observer.configured(node, own, starts);
    }

    fn wiped(&mut self, node: NodeId) {
        self.observer.wiped(node);
    }

    fn stopped(&mut self, node: NodeId) {
        self.observer.stopped(node);
    }
}
