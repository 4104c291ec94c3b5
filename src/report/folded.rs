//! Recording of runs without the continuations that the healing epilogue tries.

use crate::lockstep::divergence::Divergence;
use crate::lockstep::observe::{Observer, Visible};
use crate::lockstep::{self, Options, Run};
use crate::schedule::{Event, Schedule, Setup};
use crate::spec::{ActionName, Message, NodeId, State};
use crate::sut::{log, Call, Node, Transit};

/// Runs `schedule` before an observer from `make`, and folds the continuations. A run that diverges in one of them is
/// recorded in full, unless the cluster stands still.
pub(super) fn record<N: Node, O: Observer>(schedule: &Schedule, options: Options, make: impl Fn() -> O) -> (O, Run) {
    let mut observer = make();
    log::take();
    let mut folded = Folded::of(&mut observer);
    let run = lockstep::run::<N>(schedule, options, &mut folded);
    if !folded.folded || run.verdict.divergence().is_none_or(Divergence::stands_still) {
        return (observer, run);
    }
    let mut observer = make();
    log::take();
    let run = lockstep::run::<N>(schedule, options, &mut observer);
    (observer, run)
}

/// Forwards everything until the epilogue chooses a node whose election timer expires first; from then on, only these
/// choices. The continuations are many, and a cluster that stands still shows nothing new in them.
struct Folded<'o, O> {
    observer: &'o mut O,
    folded: bool,
}

impl<'o, O: Observer> Folded<'o, O> {
    /// Folds the run that `observer` sees.
    fn of(observer: &'o mut O) -> Self {
        Folded { observer, folded: false }
    }

    fn unfolded(&mut self, tell: impl FnOnce(&mut O)) {
        match self.folded {
            false => tell(self.observer),
            true => drop(log::take()),
        }
    }
}

impl<O: Observer> Observer for Folded<'_, O> {
    fn records(&self) -> bool {
        self.observer.records()
    }
    fn event(&mut self, place: usize, event: &Event) {
        self.unfolded(|observer| observer.event(place, event));
    }
    fn healing(&mut self, event: &Event) {
        self.unfolded(|observer| observer.healing(event));
    }
    fn favoured(&mut self, node: NodeId) {
        self.folded = true;
        self.observer.favoured(node);
    }
    fn shown(&mut self, node: NodeId, shown: &dyn Visible) {
        self.unfolded(|observer| observer.shown(node, shown));
    }
    fn called(&mut self, node: NodeId, call: &Call<(), ()>) {
        self.unfolded(|observer| observer.called(node, call));
    }
    fn received(&mut self, message: &Message) {
        self.unfolded(|observer| observer.received(message));
    }
    fn sent(&mut self, message: &Message, number: u32) {
        self.unfolded(|observer| observer.sent(message, number));
    }
    fn travels(&mut self, number: u32, passage: Transit) {
        self.unfolded(|observer| observer.travels(number, passage));
    }
    fn configured(&mut self, node: NodeId, own: &Setup, starts: bool) {
        self.unfolded(|observer| observer.configured(node, own, starts));
    }
    fn wiped(&mut self, node: NodeId) {
        self.unfolded(|observer| observer.wiped(node));
    }

    fn stopped(&mut self, node: NodeId) {
        self.unfolded(|observer| observer.stopped(node));
    }
    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        self.unfolded(|observer| observer.judged(node, taken, state));
    }
}
