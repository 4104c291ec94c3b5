Fits(m, pattern) == \A field \in DOMAIN pattern : field \in DOMAIN m /\ m[field] = pattern[field]

Take(s) ==
  \/ s.name = "Restart" /\ Restart(s.i)
  \/ s.name = "Timeout" /\ Timeout(s.i)
  \/ s.name = "BecomeLeader" /\ BecomeLeader(s.i)
  \/ s.name = "AdvanceCommitIndex" /\ AdvanceCommitIndex(s.i)
  \/ s.name = "ClientRequest" /\ ClientRequest(s.i, s.v)
  \/ s.name = "RequestVote" /\ RequestVote(s.i, s.j)
  \/ s.name = "AppendEntries" /\ AppendEntries(s.i, s.j)
  \/ s.name = "Receive" /\ \E m \in DOMAIN messages : Fits(m, s.m) /\ Receive(m)
  \/ s.name = "DuplicateMessage" /\ \E m \in DOMAIN messages : Fits(m, s.m) /\ DuplicateMessage(m)
  \/ s.name = "DropMessage" /\ \E m \in DOMAIN messages : Fits(m, s.m) /\ DropMessage(m)

Reaches(s) ==
  /\ currentTerm' = s.currentTerm /\ state' = s.state /\ votedFor' = s.votedFor
  /\ log' = s.log /\ commitIndex' = s.commitIndex
  /\ votesResponded' = s.votesResponded /\ votesGranted' = s.votesGranted
  /\ nextIndex' = s.nextIndex /\ matchIndex' = s.matchIndex

TraceInit == Init /\ taken = 0

TraceNext ==
  \/ /\ taken < Len(Steps)
     /\ taken' = taken + 1
     /\ Take(Steps[taken + 1])
     /\ Reaches(Steps[taken + 1])
     /\ allLogs' = allLogs \cup {log[i] : i \in Server}
  \/ taken = Len(Steps) /\ UNCHANGED <<vars, taken>>
