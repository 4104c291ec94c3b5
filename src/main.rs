use raft_lockstep::{schedule::*, spec::*, lockstep::*, report::{transcript::transcript, observe::Silent}, sut::nodes::{raft_rs::RaftRs, reference::Reference, faulty::*}};
fn main(){
  let a: Vec<String> = std::env::args().collect();
  if a[1]=="file" { let s = text::read(&std::fs::read_to_string(&a[2]).unwrap()).unwrap(); for k in [KnownSet::ALL, KnownSet::NONE] { println!("{}", transcript::<RaftRs>(&s, Options{dialect:Dialect::RAFT_RS, known:k}, false).0);} return; }
  let n: u64 = a[1].parse().unwrap();
  let len: usize = a[2].parse().unwrap();
  let o = Options { dialect: Dialect::RAFT_RS, known: if a.get(4).is_some() { KnownSet::NONE } else { KnownSet::ALL } };
  std::panic::set_hook(Box::new(|i| if !panics_are_caught() { eprintln!("{i}") }));
  if a[3] == "faults" { for f in FAULTS { let mut found = None; for seed in 0..n { let r = (f.run)(&generate::schedule(seed, len), o); if let Some(d) = r.verdict.divergence() { found = Some((seed, d.cause.clone())); break; } } println!("{} {found:?}", f.name); } return; }
  let mut causes = std::collections::BTreeMap::new();
  for seed in 0..n {
    let s = generate::schedule(seed, len);
    let r = if a[3] == "ref" { run::<Reference<Sound>>(&s, o, &mut Silent) } else { run::<RaftRs>(&s, o, &mut Silent) };
    if let Some(d) = r.verdict.divergence() { let e = causes.entry(d.cause.clone()).or_insert((0, usize::MAX, String::new())); e.0+=1; if d.event < e.1 { e.1=d.event; let mut t=s.clone(); t.events.truncate(d.event+1); e.2 = if a[3]=="ref" { transcript::<Reference<Sound>>(&t, o, true).0 } else {transcript::<RaftRs>(&t, o, true).0}; } }
  }
  for (c,(n,e,t)) in &causes { println!("=== {c}: {n} at {e}\n{}", t.lines().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")); }
}
