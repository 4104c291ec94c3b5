//! The moments of a run at which a finding may have a condition.
//!
//! Each moment is a function that the lockstep or the healing epilogue calls. Its conditions are a constant list,
//! which is made from the findings' rows, so that a moment without a condition costs nothing.

use super::{Context, Finding, FindingSet, Healed, Place, Severity, Shown, Waiting, ROWS};
use crate::spec::{Index, Message, Permission, Term};

/// All rows by rank; equal ranks stay in the table's order.
const RANKED: [&FindingRow; ROWS.len()] = {
    let mut ranked = [&ROWS[0]; ROWS.len()];
    let mut count = 0;
    while count < ROWS.len() {
        let mut place = count;
        while place > 0 && ranked[place - 1].rank > ROWS[count].rank {
            ranked[place] = ranked[place - 1];
            place -= 1;
        }
        ranked[place] = &ROWS[count];
        count += 1;
    }
    ranked
};

/// Declares [`FindingRow`], with a condition for each moment, and the function of each moment.
macro_rules! moments {
    ($(
        $Answer:ty, $answer:expr;
        { $($(#[$doc:meta])* $moment:ident($($operand:ident: $Operand:ty),*);)* }
    )*) => {
        /// A finding, and how a run steps around it.
        #[derive(Clone, Copy, Debug)]
        pub struct FindingRow {
            /// The finding.
            pub finding: Finding,
            /// Its name, which is also its folder under `artifacts/`.
            pub name: &'static str,
            /// The implementation's behaviour, and when it shows.
            pub sentence: &'static str,
            /// Where the behaviour is discussed or mended.
            pub source: &'static str,
            /// Its severity.
            pub severity: Severity,
            /// The distinct fault, by its first finding. One change of the implementation mends all causes of a fault.
            pub issue: Finding,
            /// The finding's place among those that hold at one moment: the lowest is named.
            pub(super) rank: u8,
            /// The places at which the implementation panics.
            pub(super) panics_at: &'static [Place],
            /// The specification's permission for a deviation.
            pub(super) permits: Option<Permission>,
            $($($(#[$doc])* pub(super) $moment: Option<fn($($Operand),*) -> bool>,)*)*
        }

        impl FindingRow {
            /// A row without conditions, for the rest of a finding's own row.
            pub(super) const fn of(finding: Finding, severity: Severity) -> Self {
                FindingRow {
                    finding, name: "", sentence: "", source: "", severity, issue: finding, rank: 0, panics_at: &[],
                    permits: None,
                    $($($moment: None,)*)*
                }
            }
        }

        impl FindingRow {
            /// False if a run with the finding is like any other: the finding is slowness alone.
            pub fn has_condition(&self) -> bool {
                self.permits.is_some() $($(|| self.$moment.is_some())*)*
            }
        }

        $($(
            $(#[$doc])*
            #[inline]
            pub fn $moment(known: FindingSet, $($operand: $Operand),*) -> $Answer {
                fn never($(_: $Operand),*) -> bool {
                    false
                }
                // Arrays of exactly these conditions, so that the calls are direct.
                const COUNT: usize = {
                    let (mut count, mut at) = (0, 0);
                    while at < ROWS.len() {
                        count += RANKED[at].$moment.is_some() as usize;
                        at += 1;
                    }
                    count
                };
                const CONDITIONS: [(Finding, fn($($Operand),*) -> bool); COUNT] = {
                    let mut conditions = [(ROWS[0].finding, never as fn($($Operand),*) -> bool); COUNT];
                    let (mut count, mut at) = (0, 0);
                    while at < ROWS.len() {
                        if let Some(condition) = RANKED[at].$moment {
                            conditions[count] = (RANKED[at].finding, condition);
                            count += 1;
                        }
                        at += 1;
                    }
                    conditions
                };
                let mut found = None;
                for (finding, condition) in CONDITIONS {
                    if known.has(finding) && condition($($operand),*) {
                        found = Some(finding);
                        break;
                    }
                }
                $answer(found)
            }
        )*)*
    };
}

moments! {
    // Deviations: the run goes on. True if a known finding explains the deviation.
    bool, |found: Option<Finding>| found.is_some(); {
        /// A leader without a vote goes on: its reads may be stale.
        leads_without_vote(context: &Context);
        /// A message leaves before the write that it needs is durable.
        releases_unsynced(context: &Context);
        /// A leader's lease answered a read that may be stale, though clocks ran as leases ask.
        reads_stale(context: &Context);
        /// An acknowledgement of an earlier read under the same context counts for one that waits.
        acknowledges_late(context: &Context);
        /// A waiting append has entries that do not begin where it says: they are judged, and the network loses it.
        joins_elsewhere(context: &Context, waiting: &Waiting);
        /// A waiting append that grew names an earlier term: its entries are judged, and the network loses it.
        joins_later_term(context: &Context, named: Term);
    }

    // Stops: the run ends without a verdict. The finding is returned as an error.
    Result<(), Finding>, |found: Option<Finding>| found.map_or(Ok(()), Err); {
        /// A message arrives.
        arrives(context: &Context, message: &Message);
        /// A node restarts, which had sent what needs the write `promised` to be durable.
        restarts(context: &Context, promised: u32);
        /// An application applies the change at `index`.
        applies_change(context: &Context, index: Index);
        /// A node shows its view after a call.
        shows(context: &Context, shown: &Shown);
        /// A call changed the specification's state of a node.
        touched(context: &Context);
        /// A stale read is answered; `led_without_vote` is true if a leader without a vote went on before.
        stale_read(context: &Context, led_without_vote: bool);
        /// An implementation panics at one of the finding's places ([`super::panicked`]).
        panics(context: &Context);
        /// A healed cluster makes no progress.
        healed(healed: &Healed);
    }
}
