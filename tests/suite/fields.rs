//! The public fields of raft-rs's state: each is compared, or the table gives the reason why not.
//!
//! The patterns below name every field, so that the compiler checks the names. A type whose fields are all public is
//! matched without `..`: a new field does not compile until it has a row.

use crate::api::raft_source;
use crate::common::{assert_golden, root};
use raft::storage::MemStorage;
use raft::{Progress, ProgressTracker, RaftLog, RawNode, ReadState, Status, Storage, Unstable};
use raft_lockstep::refine::Field;
use raft_lockstep::refine::Field::*;
use std::fmt::Write;

/// A public field: the type, its name, the fields of the comparison, and a remark or the reason why there is none.
type Row = (&'static str, &'static str, &'static [Field], &'static str);

/// Rows of one type, and the pattern that names its fields.
macro_rules! fields {
    ($type:literal $pattern:path as $of:ty { $($field:ident [$($compared:ident)*] $remark:literal;)* }) => {{
        #[allow(dead_code)]
        fn named(it: &$of) {
            let $pattern { $($field: _,)* } = it;
        }
        const ROWS: &[Row] = &[$(($type, stringify!($field), &[$($compared),*], $remark),)*];
        ROWS
    }};
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let progress = fields! { "Progress" Progress as Progress {
        matched [MatchIndex OwnMatchIndex] "";
        next_idx [NextIndex] "of the leader itself within bounds (choice `next-of-own`)";
        state [Progress] "of the leader itself: not snapshot (choice `next-of-own`)";
        paused [ProbeOnItsWay OwnInFlight] "in probe, the only state that reads it";
        pending_snapshot [SnapshotOnItsWay OwnInFlight] "";
        pending_request_snapshot [SnapshotAskedFor OwnInFlight] "";
        recent_active [RecentlyActive] "of the leader itself it is never read: a leader counts itself";
        ins [AppendsInFlight OwnInFlight] "the number; which appends they are shows when an answer frees them";
        commit_group_id [CommitGroup] "";
        committed_index [CommitReported] "";
    } };
    let log = fields! { "RaftLog" RaftLog as RaftLog<MemStorage> {
        store [LogEntry] "the disk, which the cluster owns; its entries below the unstable ones";
        unstable [LogEntry Ready] "field by field below";
        committed [Commit] "";
        persisted [Persisted] "";
        applied [Applied] "";
    } };
    let unstable = fields! { "Unstable" Unstable as Unstable {
        snapshot [Ready] "in the Ready that hands it over";
        entries [LogEntry] "";
        entries_size [] "event `ask`: the sum of the entries' sizes";
        offset [Ready LogEntry] "the first entry of a Ready";
        logger [] "writes log lines";
    } };
    let status = fields! { "Status" Status as Status<'_> {
        id [] "event `ask`: equal to the node's";
        hs [Term Vote Commit] "event `ask`: equal to what the node shows";
        ss [Leader Role] "event `ask`: equal to what the node shows";
        applied [Applied] "event `ask`: equal to what the node shows";
        progress [Peers] "event `ask`: there if the node leads; field by field above";
    } };
    let read_state = fields! { "ReadState" ReadState as ReadState {
        index [ReadsAnswered] "";
        request_ctx [ReadsAnswered] "";
    } };
    // The rest have private fields, or a type that is not exported: the test below reads their names in the source.
    let core: &[Row] = &[
        ("RaftCore", "term", &[Term], ""),
        ("RaftCore", "vote", &[Vote], ""),
        ("RaftCore", "id", &[Message], "the sender of each message"),
        ("RaftCore", "read_states", &[ReadsToHandOver, ReadsAnswered], ""),
        ("RaftCore", "raft_log", &[LogEntry], "field by field above"),
        ("RaftCore", "max_inflight", &[AppendsInFlight], "the limit of appends in flight, which a guard checks"),
        ("RaftCore", "max_msg_size", &[EntriesOfAppend], "the limit that is checked in each append"),
        ("RaftCore", "pending_request_snapshot", &[SnapshotAskedFor], ""),
        ("RaftCore", "state", &[Role], ""),
        ("RaftCore", "leader_id", &[Leader], ""),
        ("RaftCore", "lead_transferee", &[PendingTransfer], ""),
        ("RaftCore", "pending_conf_index", &[PendingChange], "of a leader; others clear it before they lead"),
        ("RaftCore", "read_only", &[PendingReads], "field by field below"),
        ("RaftCore", "election_elapsed", &[ElectionElapsed], ""),
        ("RaftCore", "check_quorum", &[Leased, RecentlyActive], "a leader's steps, and a follower's answers, show it"),
        ("RaftCore", "pre_vote", &[Role, RequestPreVoteRequest], "the first step of each election shows it"),
        ("RaftCore", "priority", &[RequestVoteRequest, RequestVoteResponse], "in each request, and in the answers of voters"),
        ("Raft", "msgs", &[Message], "each message, when it is made"),
        ("Raft", "r", &[], "the part that `RaftCore` is"),
    ];
    let reads: &[Row] = &[
        ("ReadOnly", "option", &[PendingReads], "with LeaseBased no read waits"),
        ("ReadOnly", "pending_read_index", &[PendingReads], "field by field below"),
        ("ReadOnly", "read_index_queue", &[PendingReads, Heartbeat], "the number; the order shows in heartbeats and answers"),
        ("ReadIndexStatus", "req", &[ReadsAnswered, ReadIndexResponse], "its sender and context, in the answer"),
        ("ReadIndexStatus", "index", &[ReadsAnswered, ReadIndexResponse], "in the answer"),
        ("ReadIndexStatus", "acks", &[PendingReads], "the read is answered at the very answer that makes a quorum"),
    ];
    [progress, log, unstable, status, read_state, core, reads].concat()
}

/// `Raft` and `RawNode` reach the rest; each field is named here, so that the compiler knows it.
#[allow(dead_code)]
fn the_others_exist<T: Storage>(node: &RawNode<T>) -> &ProgressTracker {
    let core = &node.raft.r;
    _ = (&core.term, &core.vote, &core.id, &core.read_states, &core.raft_log, &core.max_inflight, &core.max_msg_size);
    _ = (&core.pending_request_snapshot, &core.state, &core.leader_id, &core.lead_transferee, &core.pending_conf_index);
    _ = (&core.read_only, &core.election_elapsed, &core.check_quorum, &core.pre_vote, &core.priority, &node.raft.msgs);
    let reads = &core.read_only;
    _ = (&reads.option, &reads.pending_read_index, &reads.read_index_queue);
    reads.pending_read_index.values().for_each(|read| _ = (&read.req, &read.index, &read.acks));
    node.raft.prs()
}

#[test]
fn the_table_of_fields_is_current() {
    let mut table = String::from("| field of raft-rs | compared as | remark, or why not |\n| --- | --- | --- |\n");
    for (of, field, compared, remark) in rows() {
        assert!(!compared.is_empty() || !remark.is_empty(), "{of}::{field} is neither compared nor excused");
        let names: Vec<&str> = compared.iter().map(|field| field.row().name).collect();
        writeln!(table, "| `{of}::{field}` | {} | {remark} |", names.join(", ")).unwrap();
    }
    assert_golden(&root().join("src/docs/fields.md"), &table);
}

/// The files and the types whose fields are listed. Where the source is not at hand, the compiler's part remains.
const TYPES: &[(&str, &str)] = &[
    ("tracker/progress.rs", "Progress"),
    ("raft_log.rs", "RaftLog"),
    ("log_unstable.rs", "Unstable"),
    ("status.rs", "Status"),
    ("read_only.rs", "ReadState"),
    ("raft.rs", "RaftCore"),
    ("raft.rs", "Raft"),
    ("read_only.rs", "ReadOnly"),
    ("read_only.rs", "ReadIndexStatus"),
];

#[test]
fn every_public_field_has_a_row() {
    for (file, of) in TYPES {
        let Ok(source) = std::fs::read_to_string(raft_source().join(file)) else { continue };
        let head = ["<", " "].map(|end| format!("pub struct {of}{end}"));
        let start = head.iter().find_map(|head| source.find(head)).unwrap_or_else(|| panic!("{of} is not in {file}"));
        let block = &source[start..start + source[start..].find("\n}").unwrap()];
        let public = |line: &str| line.trim().strip_prefix("pub ")?.split(':').next().map(str::to_string);
        let declared: Vec<String> = block.lines().skip(1).filter_map(public).collect();
        let listed: Vec<&str> = rows().iter().filter(|row| row.0 == *of).map(|row| row.1).collect();
        assert_eq!(declared, listed, "{of}");
    }
}
