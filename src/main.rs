use raft_lockstep::{schedule::*, lockstep::*, report::observe::Silent, sut::nodes::raft_rs::RaftRs};
fn main(){
  let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
  let len: usize = std::env::args().nth(2).unwrap().parse().unwrap();
  std::panic::set_hook(Box::new(|i| if !panics_are_caught() { eprintln!("{i}") }));
  let mut causes = std::collections::BTreeMap::new();
  for seed in 0..n {
    let mut x = seed.wrapping_mul(0x9e3779b97f4a7c15)|1;
    let bytes: Vec<u8> = (0..8+3*len).map(|_| {x ^= x<<13; x^=x>>7; x^=x<<17; (x>>24) as u8}).collect();
    let s = codec::decode(&bytes);
    let r = run::<RaftRs>(&s, Options::default(), &mut Silent);
    if let Some(d) = r.verdict.divergence() { let e = causes.entry(d.cause.clone()).or_insert((0, usize::MAX, String::new())); e.0+=1; if d.event < e.1 { e.1=d.event; let mut t=s.clone(); t.events.truncate(d.event+1); e.2 = raft_lockstep::report::transcript::transcript::<RaftRs>(&t, Options::default(), true).0; } }
  }
  for (c,(n,e,t)) in &causes { println!("=== {c}: {n} at {e}\n{}", t.lines().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")); }
}
