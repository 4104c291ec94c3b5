//! A TLA+ value, however it was written down: what all trace formats have in common.
//!
//! Formats disagree about functions, records, sequences and sets: a function over `1..n` is a sequence, a
//! record is a function of strings, and JSON writes a set as a list. Reading is by what is expected.

use super::tla;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A TLA+ value, of a text that it may borrow from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value<'a> {
    /// A number.
    Int(i64),
    /// TRUE or FALSE.
    Bool(bool),
    /// A string or a model value.
    Name(Cow<'a, str>),
    /// A sequence or a set.
    List(Vec<Value<'a>>),
    /// A function or a record, in the order it was written in.
    Map(Vec<(Value<'a>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The value of a record's field or of a function at a name.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| matches!(key, Value::Name(key) if key == name)).map(|(_, value)| value)
    }

    /// The elements of a sequence or a set; the empty function is the empty sequence.
    pub fn list(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::List(values) => Some(values),
            Value::Map(pairs) if pairs.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The pairs of a function; the empty sequence is the empty function.
    pub fn map(&self) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self {
            Value::Map(pairs) => Some(pairs),
            Value::List(values) if values.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// A string or a model value.
    pub fn name(&self) -> Option<&str> {
        match self {
            Value::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The key of a member: TLC writes a key that is no string as the text of its TLA+ value.
    ///
    /// # Errors
    /// The name is no TLA+ value.
    pub fn of_key(self) -> Result<Self, String> {
        match self {
            Value::Name(text) if text.starts_with(['[', '<', '{', '(']) => tla::value(&text),
            key => Ok(key),
        }
    }

    /// A number that fits.
    pub fn number(&self) -> Option<u32> {
        match self {
            Value::Int(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a TLA+ value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value<'de>, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom("a number beyond 2^63"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value<'de>, E> {
        Ok(Value::Name(Cow::Owned(value.into())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Name(Cow::Borrowed(value)))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::List(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value<'de>, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = pairs.next_entry::<Value<'de>, Value<'de>>()? {
            map.push((key.of_key().map_err(A::Error::custom)?, value));
        }
        Ok(Value::Map(map))
    }
}
