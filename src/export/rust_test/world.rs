//! The template of the world of an exported test. A line that ends in `//? name`, and the lines from `//? name {` to
//! `//? }`, are exported if the steps need that part; with several names, if they need one of them.

use super::*;

/// The writes of a node. (raft-rs's `MemStorage` would give a snapshot the index that was asked for.)
#[derive(Clone, Default)]
pub struct Disk {
    pub hard_state: HardState,
    base: SnapshotMetadata, // the log begins after it
    log: Vec<Entry>,
    applied: (u64, ConfState), // what the application begins with
    snapshot: Option<(u64, ConfState)>, // what the application can give //? snapshot
    fetches: Rc<RefCell<VecDeque<GetEntriesContext>>>, //? fetch
    fetched: Cell<bool>, //? fetch
}
impl Disk {
    fn write(&mut self, ready: &Ready) {
        let snapshot = Some(ready.snapshot()).filter(|it| !it.is_empty()); //? snapshot
        if let Some(it) = snapshot { (self.base, self.log) = (it.get_metadata().clone(), vec![]); } //? snapshot
        if let Some(first) = ready.entries().first() {
            self.log.truncate((first.index - self.base.index - 1) as usize);
            self.log.extend_from_slice(ready.entries());
        }
        self.hard_state = ready.hs().unwrap_or(&self.hard_state).clone();
    }
    //? compact {
    fn compact(&mut self, index: u64, term: u64) {
        if index <= self.base.index { return; }
        self.log.drain(..((index - self.base.index) as usize).min(self.log.len()));
        self.base = SnapshotMetadata { index, term, ..Default::default() };
    }
    //? }
}
impl Storage for Disk {
    fn initial_state(&self) -> Result<RaftState> { Ok(RaftState::new(self.hard_state.clone(), self.applied.1.clone())) }
    fn entries(&self, low: u64, high: u64, max: impl Into<Option<u64>>, _to: GetEntriesContext) -> Result<Vec<Entry>> {
        let first = self.base.index + 1;
        if low < first { return Err(Error::Store(StorageError::Compacted)); }
        //? fetch {
        if _to.can_async() && !self.fetched.take() {
            self.fetches.borrow_mut().push_back(_to);
            return Err(Error::Store(StorageError::LogTemporarilyUnavailable));
        }
        //? }
        let entries = self.log.get((low - first) as usize..(high - first) as usize);
        let mut entries = entries.ok_or(Error::Store(StorageError::Unavailable))?.to_vec();
        raft::util::limit_size(&mut entries, max.into());
        Ok(entries)
    }
    fn term(&self, index: u64) -> Result<u64> {
        if index == self.base.index { return Ok(self.base.term); }
        Ok(self.entries(index, index + 1, None, GetEntriesContext::empty(false))?[0].term)
    }
    fn first_index(&self) -> Result<u64> { Ok(self.base.index + 1) }
    fn last_index(&self) -> Result<u64> { Ok(self.base.index + self.log.len() as u64) }
    fn snapshot(&self, _request: u64, _to: u64) -> Result<Snapshot> {
        //? snapshot {
        if let Some((index, conf)) = self.snapshot.clone().filter(|it| it.0 >= _request.max(self.base.index).max(1)) {
            let mut it = Snapshot::default();
            (it.mut_metadata().index, it.mut_metadata().term) = (index, self.term(index)?);
            it.mut_metadata().set_conf_state(conf);
            return Ok(it);
        }
        //? }
        Err(Error::Store(StorageError::SnapshotTemporarilyUnavailable))
    }
}
#[derive(Default)]
pub struct Node {
    raw: Option<RawNode<Disk>>, // none while the node is down
    pub durable: Disk, // what a crash leaves //? durable
    options: Vec<fn(&mut Config)>, // its own, of the next start //? configure
    changed: bool, //? keeps
    removed: bool, //? removed
    //? queue {
    received: u64, // the last entry that the application was handed
    conf: ConfState, // as the application has it
    changes: VecDeque<Entry>, // to apply //? change
    snapshots: VecDeque<(u64, SnapshotMetadata)>, // to apply, with the number of their Ready //? snapshot
    //? }
    pub gives_none: bool, // has no snapshot //? no_snapshot
    pub busy: bool, // takes no Ready //? busy
    pub held: bool, // applies nothing //? hold
    pub stalled: bool, // syncs nothing //? stall
    unsynced: VecDeque<(u64, Disk, Vec<Message>)>, // number, disk and persisted messages of each Ready //? stall
    unreported: VecDeque<u64>, // synced Readys of which raft-rs does not know //? stall
    persisted: u64, // the last one of which it knows //? stall
}
/// Nodes and links. After every call of a node its Readys are taken, as raft-rs's documentation has it.
#[derive(Default)]
pub struct World {
    pub nodes: BTreeMap<u64, Node>,
    pub links: BTreeMap<(u64, u64), VecDeque<Message>>,
    pub cut: BTreeSet<(u64, u64)>, // links that lose everything //? cut
    pub side: Vec<u64>, // nodes that are cut off from the others //? partition
    pub reads: Vec<(u64, u64)>, // the answers: node and index //? reads
}
impl World {
    /// Members begin with a snapshot at `START`, the other nodes with nothing.
    pub fn new(voters: &[u64], learners: &[u64], count: u64) -> World {
        let mut world = World::default();
        for id in 1..=count {
            let mut disk = Disk::default();
            if [voters, learners].concat().contains(&id) {
                (disk.base.index, disk.base.term) = START;
                (disk.hard_state.commit, disk.hard_state.term) = START;
                disk.applied = (START.0, ConfState::from((voters.to_vec(), learners.to_vec())));
            }
            world.start(id, disk);
        }
        world
    }
    fn start(&mut self, id: u64, mut disk: Disk) {
        //? restart {
        if disk.base.index > disk.applied.0 { disk.applied = (disk.base.index, disk.base.get_conf_state().clone()); }
        disk.hard_state.commit = disk.hard_state.commit.max(disk.applied.0);
        //? }
        self.node(id).durable = disk.clone(); //? durable
        disk.fetches = Default::default(); //? fetch
        disk.snapshot = Some(disk.applied.clone()); //? snapshot
        (self.node(id).received, self.node(id).conf) = disk.applied.clone(); //? queue
        let applied = disk.applied.0;
        let config = Config { applied, ..config(id) };
        let config = self.configured(id, config); //? configure
        self.node(id).raw = Some(RawNode::new(&config, disk, &logger()).unwrap());
    }
    //? configure {
    pub fn configure(&mut self, id: u64, option: fn(&mut Config)) { self.node(id).options.push(option); }
    fn configured(&mut self, id: u64, mut config: Config) -> Config {
        self.node(id).options.iter().for_each(|option| option(&mut config));
        config.heartbeat_tick = config.heartbeat_tick.min(config.election_tick - 1);
        if !config.check_quorum { config.read_only_option = ReadOnlyOption::Safe; }
        config
    }
    //? }
    //? restart {
    pub fn restart(&mut self, id: u64) {
        let disk = self.node(id).durable.clone();
        self.start(id, disk);
        self.process(id);
    }
    //? }
    //? crash {
    pub fn crash(&mut self, id: u64) {
        let _node = std::mem::take(self.node(id));
        self.node(id).durable = _node.durable; //? durable
        self.node(id).options = _node.options; //? configure
        self.node(id).held = _node.held; //? hold
        self.node(id).stalled = _node.stalled; //? stall
    }
    //? }
    pub fn node(&mut self, id: u64) -> &mut Node { self.nodes.entry(id).or_default() }
    pub fn raft(&mut self, id: u64) -> &mut RawNode<Disk> { self.node(id).raw.as_mut().expect("the node runs") }
    pub fn call<T>(&mut self, id: u64, call: impl FnOnce(&mut RawNode<Disk>) -> T) {
        if self.node(id).raw.as_mut().map(call).is_some() { self.process(id); }
    }
    pub fn process(&mut self, id: u64) {
        if self.node(id).busy { return; } //? busy
        while self.node(id).raw.as_ref().is_some_and(|raw| raw.has_ready()) {
            let mut ready = self.raft(id).ready();
            self.raft(id).mut_store().write(&ready);
            self.reads.extend(ready.take_read_states().iter().map(|read| (id, read.index))); //? reads
            self.send(id, ready.take_messages());
            let snapshot = Some(ready.snapshot().get_metadata().clone()).filter(|it| it.index > 0); //? snapshot
            //? queue {
            self.node(id).snapshots.extend(snapshot.clone().map(|it| (ready.number(), it))); //? snapshot
            self.receive(id, ready.take_committed_entries());
            //? }
            let mut entries = ready.take_committed_entries(); //? now
            let disk = self.raft(id).store().clone(); //? durable
            //? stall {
            if self.node(id).stalled {
                self.node(id).unsynced.push_back((ready.number(), disk, ready.take_persisted_messages()));
                self.raft(id).advance_append_async(ready);
                self.apply_unless_held(id); //? queue
                self.apply(id, entries); //? now
                self.raft(id).advance_apply(); //? !apply
                continue;
            }
            self.node(id).unreported.clear();
            self.node(id).persisted = ready.number();
            //? }
            if ready.must_sync() //? lazy
            { self.sync_to(id, disk); } //? durable
            self.send(id, ready.take_persisted_messages());
            let mut light = self.raft(id).advance_append(ready);
            self.send(id, light.take_messages());
            //? queue {
            self.receive(id, light.take_committed_entries());
            self.apply_unless_held(id);
            //? }
            //? now {
            if let Some(it) = snapshot { self.applied_to(id, it.index); } //? snapshot
            entries.extend(light.take_committed_entries());
            self.apply(id, entries);
            //? }
            self.raft(id).advance_apply(); //? !apply
        }
        if self.node(id).removed { self.crash(id); } //? removed
    }
    //? durable {
    fn sync_to(&mut self, id: u64, disk: Disk) {
        let applied = std::mem::take(&mut self.node(id).durable.applied);
        self.node(id).durable = Disk { applied, ..disk };
    }
    //? }
    //? stall {
    /// The oldest `count` writes become durable, and raft-rs is told unless `LATE_NOTICE`.
    pub fn sync(&mut self, id: u64, count: usize) {
        for _ in 0..count {
            let Some((number, disk, messages)) = self.node(id).unsynced.pop_front() else { break };
            self.sync_to(id, disk);
            self.send(id, messages);
            self.node(id).unreported.push_back(number);
            if !LATE_NOTICE { self.report(id, 1); }
        }
        self.process(id);
    }
    pub fn notice(&mut self, id: u64, count: usize) {
        self.report(id, count);
        self.process(id);
    }
    fn report(&mut self, id: u64, count: usize) {
        for _ in 0..count {
            let Some(number) = self.node(id).unreported.pop_front() else { break };
            self.raft(id).on_persist_ready(number);
            self.node(id).persisted = number;
        }
    }
    //? }
    fn send(&mut self, from: u64, messages: Vec<Message>) {
        for message in messages.into_iter().filter(|it| it.to != from) {
            let link = (from, message.to);
            if self.cut.contains(&link) { continue; } //? cut
            if self.side.contains(&from) != self.side.contains(&link.1) { continue; } //? partition
            if self.nodes.contains_key(&link.1) { self.links.entry(link).or_default().push_back(message); }
        }
    }
    //? now {
    fn apply(&mut self, id: u64, entries: Vec<Entry>) {
        entries.iter().for_each(|entry| self.change(id, entry)); //? change
        if let Some(last) = entries.last() { self.applied_to(id, last.index); }
    }
    //? }
    //? queue {
    fn receive(&mut self, id: u64, entries: Vec<Entry>) {
        let node = self.node(id);
        node.received = entries.last().map_or(node.received, |last| last.index);
        node.changes.extend(entries.into_iter().filter(|it| it.get_entry_type() != EntryType::EntryNormal)); //? change
    }
    fn apply_unless_held(&mut self, id: u64) {
        if self.node(id).held { return; } //? hold
        self.apply_received(id, u64::MAX);
    }
    fn apply_received(&mut self, id: u64, count: u64) {
        //? snapshot {
        while let Some((_ready, it)) = self.node(id).snapshots.front().cloned() {
            if count == 0 { break; } //? hold
            if _ready > self.node(id).persisted { break; } //? stall
            let node = self.node(id);
            node.snapshots.pop_front();
            node.changes.retain(|entry| entry.index > it.index); //? change
            node.conf = it.get_conf_state().clone();
            node.received = node.received.max(it.index);
            self.applied_to(id, it.index);
        }
        //? }
        let upto = self.node(id).received.min(self.applied(id).saturating_add(count));
        //? change {
        while let Some(entry) = self.node(id).changes.front().filter(|entry| entry.index <= upto).cloned() {
            self.node(id).changes.pop_front();
            self.change(id, &entry);
        }
        //? }
        if upto != self.applied(id) { self.applied_to(id, upto); }
    }
    //? }
    //? hold {
    pub fn apply_up_to(&mut self, id: u64, count: u64) {
        self.apply_received(id, count);
        self.process(id);
    }
    //? }
    //? change {
    fn change(&mut self, id: u64, entry: &Entry) {
        if entry.get_entry_type() == EntryType::EntryNormal { return; } //? now
        self.raft(id).mut_store().snapshot = None; //? snapshot
        let _conf = match entry.get_entry_type() {
            EntryType::EntryConfChange => self.raft(id).apply_conf_change(&parse::<ConfChange>(entry)),
            _ => self.raft(id).apply_conf_change(&parse::<ConfChangeV2>(entry)),
        };
        if let Ok(conf) = _conf { self.node(id).conf = conf; } //? queue
        self.node(id).changed = true; //? keeps
        self.node(id).removed = !members(&self.conf(id)).contains(&id); //? removed
    }
    //? }
    //? apply {
    fn applied_to(&mut self, id: u64, index: u64) {
        //? restart {
        let conf = self.conf(id);
        let mut keeps = DURABLE_APPLY;
        keeps |= std::mem::take(&mut self.node(id).changed) && (!LOSSY_CHANGES || !members(&conf).contains(&id)); //? keeps
        if keeps && index > self.node(id).durable.applied.0 { self.node(id).durable.applied = (index, conf); }
        //? }
        self.raft(id).advance_apply_to(index);
        self.offer(id); //? snapshot
    }
    //? }
    //? applied {
    fn applied(&mut self, id: u64) -> u64 { self.raft(id).raft.raft_log.applied() }
    //? }
    //? conf {
    fn conf(&mut self, id: u64) -> ConfState {
        let _conf = self.raft(id).raft.prs().conf().to_conf_state(); //? now
        let _conf = self.node(id).conf.clone(); //? queue
        _conf
    }
    //? }
    //? snapshot {
    fn offer(&mut self, id: u64) {
        let snapshot = Some((self.applied(id), self.conf(id)));
        let snapshot = snapshot.filter(|_| !self.node(id).gives_none); //? no_snapshot
        self.raft(id).mut_store().snapshot = snapshot;
    }
    //? }
    //? no_snapshot {
    pub fn gives_snapshots(&mut self, id: u64, gives: bool) {
        self.node(id).gives_none = !gives;
        self.offer(id);
        self.process(id);
    }
    //? }
    //? compact {
    /// Drops the log, but for the last `kept` applied entries.
    pub fn compact(&mut self, id: u64, kept: u64) {
        let index = self.applied(id).saturating_sub(kept);
        let term = self.raft(id).store().term(index).unwrap_or(0);
        self.raft(id).mut_store().compact(index, term);
        self.node(id).durable.applied = (self.applied(id), self.conf(id)); //? restart
        self.node(id).durable.compact(index, term); //? durable
        self.node(id).unsynced.iter_mut().for_each(|(_, disk, _)| disk.compact(index, term)); //? stall
    }
    //? }
    //? fetch {
    /// The storage completes the oldest `count` reads of entries.
    pub fn fetched(&mut self, id: u64, count: usize) {
        for _ in 0..count {
            let Some(context) = self.raft(id).store().fetches.borrow_mut().pop_front() else { break };
            self.raft(id).store().fetched.set(true);
            self.raft(id).on_entries_fetched(context);
            self.raft(id).store().fetched.set(false);
        }
        self.process(id);
    }
    //? }
    pub fn lose(&mut self, from: u64, to: u64, place: usize) -> Option<Message> {
        self.links.get_mut(&(from, to))?.remove(place)
    }
    /// The message at a place of a link arrives.
    pub fn deliver(&mut self, from: u64, to: u64, place: usize) {
        if let Some(message) = self.lose(from, to, place) { self.call(to, |node| node.step(message)); }
    }
    //? duplicate {
    pub fn duplicate(&mut self, from: u64, to: u64, place: usize) {
        let copy = self.links[&(from, to)][place].clone();
        self.links.entry((from, to)).or_default().push_back(copy);
    }
    //? }
    //? round {
    /// All messages in flight arrive, link by link; the answers stay in flight.
    pub fn round(&mut self) {
        let links = self.links.iter().flat_map(|(link, messages)| vec![*link; messages.len()]);
        for (from, to) in links.collect::<Vec<_>>() { self.deliver(from, to, 0); }
    }
    //? }
    //? tick {
    /// Election timeouts are a function of node and term, in place of raft-rs's random ones.
    pub fn tick(&mut self, id: u64) {
        self.call(id, |node| {
            let mut z = (SEED ^ id << 20 ^ node.raft.term << 32).wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let least = node.raft.election_timeout();
            node.raft.set_randomized_election_timeout(least + ((z ^ z >> 31) % least as u64) as usize);
            node.tick()
        });
    }
    //? }
    //? settle {
    /// Clocks tick and messages arrive, until all running members have applied the whole log of a leader.
    pub fn settles(&mut self, ticks: usize, steady: usize) -> bool {
        let mut settled = 0;
        for _ in 0..ticks {
            for id in 1..=self.nodes.len() as u64 {
                self.tick(id);
                (0..100).for_each(|_| self.round());
            }
            settled = if self.running().any(|it| self.is_settled(it)) { settled + 1 } else { 0 };
            if settled > steady { return true; }
        }
        false
    }
    fn is_settled(&self, leader: &raft::Raft<Disk>) -> bool {
        let whole = (leader.term, leader.id, [leader.raft_log.last_index(); 3]);
        let log = |it: &raft::Raft<Disk>| [it.raft_log.last_index(), it.raft_log.committed, it.raft_log.applied()];
        let mut members = self.running().filter(|it| leader.prs().get(it.id).is_some());
        let waits = leader.lead_transferee.is_some() || leader.pending_read_count() > 0;
        let leads = leader.state == StateRole::Leader && leader.prs().get(leader.id).is_some();
        leads && !waits && !leader.prs().conf().to_conf_state().auto_leave && members.all(|it| (it.term, it.leader_id, log(it)) == whole)
    }
    //? }
    //? sent {
    /// The messages of a node that have not arrived.
    pub fn sent(&self, from: u64) -> Vec<&Message> {
        let links = self.links.iter().filter(|(link, _)| link.0 == from).flat_map(|(_, messages)| messages);
        links.chain(self.nodes[&from].raw.iter().flat_map(|raw| &raw.raft.msgs)).collect()
    }
    //? }
    //? running {
    pub fn running(&self) -> impl Iterator<Item = &raft::Raft<Disk>> {
        self.nodes.values().filter_map(|node| Some(&node.raw.as_ref()?.raft))
    }
    //? }
    //? show {
    /// The running nodes, in outline.
    pub fn show(&self) -> String {
        let line = self.running().map(|it| format!("{}: {:?}, term {}, last index {}, commit {}",
            it.id, it.state, it.term, it.raft_log.last_index(), it.raft_log.committed));
        line.collect::<Vec<_>>().join("; ")
    }
    //? }
}
//? change {
fn parse<T: protobuf::Message>(entry: &Entry) -> T { T::parse_from_bytes(&entry.data).unwrap() }
//? }
//? joint {
pub fn change(steps: &[(ConfChangeType, u64)], transition: ConfChangeTransition) -> ConfChangeV2 {
    let step = |&(change_type, node_id): &_| ConfChangeSingle { change_type, node_id, ..Default::default() };
    ConfChangeV2 { transition, changes: steps.iter().map(step).collect::<Vec<_>>().into(), ..Default::default() }
}
//? }
//? members {
fn members(conf: &ConfState) -> Vec<u64> { [conf.get_voters(), conf.get_voters_outgoing(), conf.get_learners()].concat() }
//? }
