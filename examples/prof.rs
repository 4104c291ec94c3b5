use raft_lockstep::{lockstep::*, report::observe::Silent, schedule::generate, sut::nodes::raft_rs::RaftRs};
fn main() {
    let s: Vec<_> = (0..80).map(|i| generate::business(i, 3, 5000)).collect();
    for _ in 0..4 { for s in &s { run::<RaftRs>(s, Options::default(), &mut Silent); } }
}
