use raft_lockstep::explore::*;
fn main(){ let p=Faults::default();
 let rows=[("A0",2,2,0,1,0,p),("A5",1,3,2,1,1,Faults{restart:true,drop:true,..p}),("C05",2,2,1,2,2,Faults{duplicate:true,..p}),("C04",2,2,1,1,2,Faults{restart:true,drop:true,..p}),("C06",2,3,1,1,2,p),("C07",2,3,2,1,2,p),("C11",3,2,1,1,1,p),("C08",2,3,1,1,2,Faults{restart:true,drop:true,..p}),("C10",3,2,0,1,2,p)];
 for (n,servers,max_term,max_log,max_copies,max_messages,faults) in rows { 
  let t=std::time::Instant::now(); let f=explore(Bounds{servers,max_term,max_log,max_copies,max_messages,values:1,faults},None);
  let s=t.elapsed().as_secs_f64();
  println!("{n} {} {} {} {:.2}s {:.0}/s {:?}",f.distinct,f.generated,f.depth,s,f.distinct as f64/s,f.violation); } }
