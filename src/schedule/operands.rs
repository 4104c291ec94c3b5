//! Operands of events and knobs: their kinds, and their form in bytes and text.

use super::events::{Link, Site};
use super::forged::{Forged, FORGED};
use super::knobs::Knob;
use super::options::NodeOption;
use super::settings::Setup;
use super::text::Words;
use crate::spec::{Change, NodeId, NodeSet, Step, Transition};
use std::fmt::Write;

/// The kind of an operand: its values, and their form in bytes and text.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A node.
    Node,
    /// An ordered pair of nodes.
    Link,
    /// A set of nodes.
    Nodes,
    /// A number.
    Number(Numbers),
    /// A limit of [`Setup::SIZES`], held as its place there.
    Size,
    /// On or off.
    Flag,
    /// A change of the configuration.
    Change,
    /// A runtime setting and its value.
    Knob,
    /// An option of a node and its value.
    Option,
    /// A message that no correct peer sends.
    Forged,
}

/// The numbers that an operand takes.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// The smallest.
    pub least: u8,
    /// The largest.
    pub most: u8,
    /// Those in the alphabet.
    alphabet: &'static [u8],
    /// True if the text leaves out a zero.
    optional: bool,
}

const fn numbers(least: u8, most: u8, alphabet: &'static [u8], optional: bool) -> Kind {
    Kind::Number(Numbers { least, most, alphabet, optional })
}

impl Kind {
    /// The position of a message in its link.
    pub(super) const PLACE: Kind = numbers(0, 7, &[0, 1], true);
    /// A number of writes, entries or fetches.
    pub(super) const COUNT: Kind = numbers(0, 7, &[1], false);
    /// A number of applied entries that a compaction keeps.
    pub(super) const KEPT: Kind = numbers(0, 7, &[0, 1], false);
    /// Bytes of a proposal.
    pub(super) const BYTES: Kind = numbers(0, 63, &[0, 20], false);
    /// An election priority, or a limit of appends in flight.
    pub(super) const LEVEL: Kind = numbers(0, 3, &[0, 1, 2, 3], false);
    /// A commit group.
    pub(super) const GROUP: Kind = numbers(1, 3, &[1, 2], false);
    /// A number of entries in one proposal.
    pub(super) const ENTRIES: Kind = numbers(2, 5, &[2], false);
}

/// The value of an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// No operand.
    None,
    /// Of [`Kind::Node`].
    Node(NodeId),
    /// Of [`Kind::Link`].
    Link(Link),
    /// Of [`Kind::Nodes`].
    Nodes(NodeSet),
    /// Of [`Kind::Number`] and [`Kind::Size`].
    Number(u8),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Change`].
    Change(Change),
    /// Of [`Kind::Knob`].
    Knob(Knob),
    /// Of [`Kind::Option`].
    Option(NodeOption),
    /// Of [`Kind::Forged`].
    Forged(Forged),
}

/// The type of an operand in an enum, as a [`Value`].
pub(super) trait Operand: Copy {
    fn value(self) -> Value;
    /// # Panics
    /// When `value` holds another type.
    fn of(value: Value) -> Self;
}

macro_rules! operands {
    ($($variant:ident $type:ty,)*) => {
        $(impl Operand for $type {
            fn value(self) -> Value {
                Value::$variant(self)
            }

            fn of(value: Value) -> Self {
                let Value::$variant(value) = value else { unreachable!("{value:?} is no {}", stringify!($variant)) };
                value
            }
        })*
    };
}

operands! {
    Node NodeId, Link Link, Nodes NodeSet, Number u8, Flag bool, Change Change, Knob Knob, Option NodeOption, Forged Forged,
}

/// The operands of one event or knob, in order; the rest is [`Value::None`].
pub type Operands = [Value; 2];

/// The kinds of a row's operands, with their names.
pub(super) type Kinds = [(&'static str, Kind)];

/// The operands of these values.
pub(super) fn of<const N: usize>(values: [Value; N]) -> Operands {
    std::array::from_fn(|place| values.get(place).copied().unwrap_or(Value::None))
}

/// Appends operands to a line.
pub(super) fn write(kinds: &Kinds, operands: Operands, line: &mut String) {
    kinds.iter().zip(operands).for_each(|((_, kind), value)| kind.write(value, line));
}

/// Reads operands from the next words of a line.
pub(super) fn read(kinds: &Kinds, words: &mut Words) -> Result<Operands, String> {
    let mut operands = of([]);
    for (operand, (_, kind)) in operands.iter_mut().zip(kinds) {
        *operand = kind.read(words)?;
    }
    Ok(operands)
}

/// All combinations of the values that the alphabet tries.
pub(super) fn combinations(kinds: &Kinds, setup: &Setup) -> Vec<Operands> {
    let values = |place: usize| kinds.get(place).map_or(vec![Value::None], |(_, kind)| kind.alphabet(setup));
    let (first, second) = (values(0), values(1));
    first.iter().flat_map(|one| second.iter().map(move |two| [*one, *two])).collect()
}

/// The operands with a smaller value in one place, the smallest first.
pub(super) fn smaller(kinds: &Kinds, operands: Operands) -> impl Iterator<Item = Operands> + '_ {
    kinds.iter().enumerate().flat_map(move |(place, (_, kind))| {
        kind.smaller(operands[place]).into_iter().map(move |less| {
            let mut operands = operands;
            operands[place] = less;
            operands
        })
    })
}

/// The operands with other names of their nodes; `None` if a node has none.
pub(super) fn renamed([one, two]: Operands, name: &impl Fn(NodeId) -> Option<NodeId>) -> Option<Operands> {
    Some([one.renamed(name)?, two.renamed(name)?])
}

impl Kind {
    /// The number of bytes that a value takes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Kind::Nodes | Kind::Change | Kind::Knob | Kind::Option => 2,
            Kind::Node | Kind::Link | Kind::Number(_) | Kind::Size | Kind::Flag | Kind::Forged => 1,
        }
    }

    /// The value that bytes mean. Decoding is total.
    pub(super) fn decode(self, bytes: &[u8], setup: &Setup) -> Value {
        let node = |number: u8| NodeId::new(1 + number % setup.count());
        let (low, high) = (bytes[0] & 15, bytes[0] >> 4);
        match self {
            Kind::Node => Value::Node(node(bytes[0])),
            Kind::Link => Value::Link(Link { from: node(low), to: node(high) }),
            Kind::Nodes => {
                let nodes = NodeSet::from_bits(u16::from_le_bytes([bytes[0], bytes[1]]));
                Value::Nodes(nodes.and(NodeSet::first(setup.count().into())))
            }
            Kind::Number(range) => Value::Number(range.least + bytes[0] % (range.most - range.least + 1)),
            Kind::Size => Value::Number(bytes[0] % Setup::SIZES.len() as u8),
            Kind::Flag => Value::Flag(bytes[0] % 2 != 0),
            Kind::Change => Value::Change(decode_change(bytes[0], bytes[1], node)),
            Kind::Knob => Value::Knob(Knob::decode(bytes[0], bytes[1], setup)),
            Kind::Option => Value::Option(NodeOption::decode(bytes[0], bytes[1])),
            Kind::Forged => Value::Forged(FORGED[usize::from(bytes[0]) % FORGED.len()].forged),
        }
    }

    /// Writes the canonical bytes of `value`.
    pub(super) fn encode(self, value: Value, bytes: &mut [u8]) {
        match value {
            Value::None => {}
            Value::Node(node) => bytes[0] = node.slot() as u8,
            Value::Link(link) => bytes[0] = (link.from.slot() | link.to.slot() << 4) as u8,
            Value::Nodes(nodes) => bytes[..2].copy_from_slice(&nodes.bits().to_le_bytes()),
            Value::Number(number) => bytes[0] = number - if let Kind::Number(range) = self { range.least } else { 0 },
            Value::Flag(flag) => bytes[0] = flag.into(),
            Value::Change(change) => bytes[..2].copy_from_slice(&encode_change(change)),
            Value::Knob(knob) => bytes[..2].copy_from_slice(&knob.encode()),
            Value::Option(option) => bytes[..2].copy_from_slice(&option.encode()),
            Value::Forged(forged) => bytes[0] = forged as u8,
        }
    }

    /// Appends `value` to a line, after a space.
    pub(super) fn write(self, value: Value, line: &mut String) {
        let written = match (self, value) {
            (_, Value::None) => Ok(()),
            (_, Value::Node(node)) => write!(line, " {node}"),
            (_, Value::Link(link)) => write!(line, " {}->{}", link.from, link.to),
            (_, Value::Nodes(nodes)) => nodes.iter().try_for_each(|node| write!(line, " {node}")),
            (Kind::Number(range), Value::Number(0)) if range.optional => Ok(()),
            (Kind::Size, Value::Number(place)) => write!(line, " {}", Setup::SIZES[usize::from(place)]),
            (_, Value::Number(number)) => write!(line, " {number}"),
            (_, Value::Flag(flag)) => write!(line, " {flag}"),
            (_, Value::Change(change)) => write!(line, " {change}"),
            (_, Value::Forged(forged)) => write!(line, " {}", forged.row().word),
            (_, Value::Knob(knob)) => {
                line.push(' ');
                knob.write(line);
                Ok(())
            }
            (_, Value::Option(option)) => write!(line, " {option}"),
        };
        written.expect("a string takes any text");
    }

    /// Reads a value from the next words of a line.
    pub(super) fn read(self, words: &mut Words) -> Result<Value, String> {
        Ok(match self {
            Kind::Node => Value::Node(words.node()?),
            Kind::Link => Value::Link(words.link()?),
            Kind::Nodes => Value::Nodes(words.nodes()?),
            Kind::Number(range) => Value::Number(words.number(range.least, range.most)?),
            Kind::Size => Value::Number(words.size()?),
            Kind::Flag => Value::Flag(words.flag()?),
            Kind::Change => Value::Change(words.change()?),
            Kind::Knob => Value::Knob(Knob::read(words)?),
            Kind::Option => Value::Option(NodeOption::read(words)?),
            Kind::Forged => Value::Forged(words.forged()?),
        })
    }

    /// The values that the alphabet tries.
    pub(super) fn alphabet(self, setup: &Setup) -> Vec<Value> {
        let pairs = || setup.nodes().flat_map(|from| setup.nodes().map(move |to| Link { from, to }));
        match self {
            Kind::Node => setup.nodes().map(Value::Node).collect(),
            Kind::Link => pairs().map(Value::Link).collect(),
            // A side and the rest are one partition.
            Kind::Nodes => {
                (1..1_u16 << (setup.count() - 1)).map(|bits| Value::Nodes(NodeSet::from_bits(bits))).collect()
            }
            Kind::Number(range) => range.alphabet.iter().map(|number| Value::Number(*number)).collect(),
            Kind::Size => (0..Setup::SIZES.len() as u8).map(Value::Number).collect(),
            Kind::Flag => vec![Value::Flag(false), Value::Flag(true)],
            Kind::Change => changes(setup).into_iter().map(Value::Change).collect(),
            Kind::Knob => Knob::alphabet(setup).into_iter().map(Value::Knob).collect(),
            Kind::Option => NodeOption::alphabet().map(Value::Option).collect(),
            Kind::Forged => FORGED.iter().map(|row| Value::Forged(row.forged)).collect(),
        }
    }

    /// The smaller values than `value`, the smallest first.
    pub(super) fn smaller(self, value: Value) -> Vec<Value> {
        match (self, value) {
            (Kind::Number(range), Value::Number(number)) => (range.least..number).map(Value::Number).collect(),
            (Kind::Size, Value::Number(place)) => (0..place).map(Value::Number).collect(),
            (_, Value::Nodes(nodes)) => {
                nodes.iter().map(|node| Value::Nodes(nodes.minus(NodeSet::only(node)))).collect()
            }
            (_, Value::Change(change)) => fewer_steps(change).map(Value::Change).collect(),
            (_, Value::Knob(knob)) => knob.smaller().into_iter().map(Value::Knob).collect(),
            (_, Value::Option(option)) => option.smaller().map(Value::Option).collect(),
            _ => Vec::new(),
        }
    }

    /// The form of a value in text, for the docs.
    pub fn form(self, name: &str) -> String {
        match self {
            Kind::Node => name.to_uppercase(),
            Kind::Link => "FROM->TO".into(),
            Kind::Nodes => "NODE...".into(),
            Kind::Number(Numbers { least, most, optional: true, .. }) => format!("[{least}..{most}]"),
            Kind::Number(Numbers { least, most, .. }) => format!("{least}..{most}"),
            Kind::Size => Setup::SIZES.map(|size| size.to_string()).join("\\|"),
            Kind::Flag => "true\\|false".into(),
            Kind::Change => "STEP [STEP] [first\\|implicit\\|explicit]".into(),
            Kind::Knob => "KNOB VALUE".into(),
            Kind::Option => "OPTION VALUE".into(),
            Kind::Forged => FORGED.iter().map(|row| row.word).collect::<Vec<_>>().join("\\|"),
        }
    }
}

impl Value {
    /// True if `has` holds for every node that the value names.
    pub(super) fn fits(self, has: &impl Fn(NodeId) -> bool) -> bool {
        match self {
            Value::None | Value::Number(_) | Value::Flag(_) | Value::Option(_) | Value::Forged(_) => true,
            Value::Node(node) => has(node),
            Value::Link(link) => has(link.from) && has(link.to),
            Value::Nodes(nodes) => nodes.iter().all(has),
            Value::Change(change) => change.steps().all(|(_, node)| has(node)),
            Value::Knob(knob) => knob.peer().is_none_or(has),
        }
    }

    /// The value with other names of its nodes; `None` if a node has none. A set keeps the nodes that have one.
    pub(super) fn renamed(self, name: &impl Fn(NodeId) -> Option<NodeId>) -> Option<Value> {
        Some(match self {
            Value::None | Value::Number(_) | Value::Flag(_) | Value::Option(_) | Value::Forged(_) => self,
            Value::Node(node) => Value::Node(name(node)?),
            Value::Link(link) => Value::Link(Link { from: name(link.from)?, to: name(link.to)? }),
            Value::Nodes(nodes) => Value::Nodes(nodes.iter().filter_map(name).collect()),
            Value::Change(change) => {
                let mut steps = [None, None];
                for (place, (step, of)) in change.steps().enumerate() {
                    steps[place] = Some((step, name(of)?));
                }
                Value::Change(Change { steps, ..change })
            }
            Value::Knob(knob) => Value::Knob(knob.renamed(name)?),
        })
    }

    /// The site of an event that has this operand after others.
    pub(super) fn site(self, before: Site) -> Site {
        match (self, before) {
            (Value::Node(from), _) => Site::Node(from),
            (Value::Link(link), _) => Site::Link(link),
            (Value::Nodes(side), _) => Site::Border(side),
            (Value::Knob(knob), Site::Node(from)) => knob.peer().map_or(before, |to| Site::Link(Link { from, to })),
            _ => before,
        }
    }
}

/// The steps of a change.
const STEPS: [Step; 3] = [Step::Voter, Step::Learner, Step::Remove];
const TRANSITIONS: [Transition; 4] = [Transition::Auto, Transition::First, Transition::Implicit, Transition::Explicit];

/// Two bits each for the transition and the two steps; a nibble for each step's node.
fn decode_change(form: u8, nodes: u8, node: impl Fn(u8) -> NodeId) -> Change {
    let steps = [(form >> 2, nodes & 15), (form >> 4, nodes >> 4)];
    change(TRANSITIONS[form as usize & 3], steps.map(|(bits, number)| step(bits, node(number))))
}

/// The step of a code of two bits, 0 for none.
pub(super) fn step(bits: u8, node: NodeId) -> Option<(Step, NodeId)> {
    STEPS.get((bits as usize & 3).checked_sub(1)?).map(|step| (*step, node))
}

/// The change of these steps. The old form has one, and a change without steps leaves a joint configuration.
pub(super) fn change(transition: Transition, [one, two]: [Option<(Step, NodeId)>; 2]) -> Change {
    let steps = [one.or(two), one.and(two)];
    match transition {
        Transition::First if steps[0].is_none() => Change::LEAVE,
        Transition::First => Change { transition, steps: [steps[0], None] },
        Transition::Auto | Transition::Implicit | Transition::Explicit => Change { transition, steps },
    }
}

fn encode_change(change: Change) -> [u8; 2] {
    let transition = TRANSITIONS.iter().position(|known| *known == change.transition).unwrap_or(0) as u8;
    let [one, two] = change.steps.map(|step| step.map_or((0, 0), |(step, node)| (step as u8 + 1, node.slot() as u8)));
    [transition | one.0 << 2 | two.0 << 4, one.1 | two.1 << 4]
}

/// The changes of one step, and the one that leaves a joint configuration.
fn changes(setup: &Setup) -> Vec<Change> {
    let mut changes = vec![Change::LEAVE];
    for node in setup.nodes() {
        for step in STEPS {
            for transition in [Transition::First, Transition::Implicit, Transition::Explicit] {
                changes.push(Change { transition, steps: [Some((step, node)), None] });
            }
        }
    }
    changes
}

/// A change of two steps as one of either.
fn fewer_steps(change: Change) -> impl Iterator<Item = Change> {
    let both = change.steps[1].is_some();
    change.steps.into_iter().filter(move |_| both).map(move |step| Change { steps: [step, None], ..change })
}
