//! A difference between an implementation and its specification: a field and both of its values.

use super::Field;
use crate::spec::durability::Handed;
use crate::spec::{Configuration, Entry, Index, Message, NodeId, NodeSet, ProgressState, Role};
use crate::sut::MessageView;

/// A field in which the two differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// The specification's value.
    pub spec: Value,
    /// The implementation's value.
    pub implementation: Value,
}

/// A value of a field, in the specification's terms and indexes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A term, an index, or a number of ticks, bytes or things.
    Number(u64),
    /// The truth of a field that is true or false.
    Bool(bool),
    /// No value: the field does not apply.
    NotApplicable,
    /// A role.
    Role(Role),
    /// The state of a peer's progress.
    Progress(ProgressState),
    /// A node, or none.
    Node(Option<NodeId>),
    /// A set of nodes.
    Nodes(NodeSet),
    /// A configuration.
    Configuration(Configuration),
    /// A change that may not be applied, and why if the specification says so.
    NotApplied(Option<&'static str>),
    /// The first and the last index of a range, or none.
    Range(Option<(Index, Index)>),
    /// An entry, or none.
    Entry(Option<Entry>),
    /// The entry at an index, or none.
    EntryAt(Index, Option<Entry>),
    /// Reads that are answered: context and index of each.
    Reads(Vec<(u32, Index)>),
    /// The part of a Ready that is to be written.
    Written(Box<Handed>),
    /// A message.
    Message(Box<Message>),
    /// A message that the specification has no counterpart of, with its entries.
    Unknown(Box<MessageView>, Vec<Entry>),
    /// No message of any kind.
    NoSuchMessage,
    /// No message, because there is no request to answer.
    NothingToAnswer,
}

impl Difference {
    /// A difference, built apart from the comparisons, which nearly always find none.
    #[cold]
    #[inline(never)]
    pub fn of(field: Field, spec: impl Into<Value>, implementation: impl Into<Value>) -> Box<Difference> {
        Box::new(Difference { field, spec: spec.into(), implementation: implementation.into() })
    }
}

macro_rules! values {
    ($($type:ty: $value:ident => $make:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Value {
                $make
            }
        })*
    };
}

values! {
    u32: number => Value::Number(number.into());
    u64: number => Value::Number(number);
    usize: number => Value::Number(number as u64);
    bool: value => Value::Bool(value);
    Option<bool>: value => value.map_or(Value::NotApplicable, Value::Bool);
    Role: role => Value::Role(role);
    ProgressState: progress => Value::Progress(progress);
    Option<NodeId>: node => Value::Node(node);
    NodeSet: nodes => Value::Nodes(nodes);
    Configuration: configuration => Value::Configuration(configuration);
    Option<(Index, Index)>: range => Value::Range(range);
    Option<Entry>: entry => Value::Entry(entry);
    Vec<(u32, Index)>: reads => Value::Reads(reads);
    Handed: handed => Value::Written(Box::new(handed));
    Message: message => Value::Message(Box::new(message));
}
