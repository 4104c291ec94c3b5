//! A fast reader for values in their usual form: numbers, names, sets, functions and messages of raft.tla, in JSON and
//! in ITF.
//!
//! The reader returns `None` for any other form, without having read anything. The caller then uses [`Value`], which reads every
//! form and takes several times as long.

use super::json::Reader;
use super::states::{append_response, role, vote_request, vote_response, Names, MAX_COPIES};
use super::value::Value;
use crate::spec::{Body, Entries, Entry, Log, Message, NodeId, NodeSet, Position, Server};
use std::borrow::Cow;

/// A reader, and a flag that is true if numbers, sets and functions have ITF's tags.
pub struct Plain<'r, 'a> {
    reader: &'r mut Reader<'a>,
    tagged: bool,
}

impl<'r, 'a> Plain<'r, 'a> {
    /// Reads from `reader`.
    #[inline]
    pub fn of(reader: &'r mut Reader<'a>, tagged: bool) -> Self {
        Plain { reader, tagged }
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.reader.eat(byte).then_some(())
    }

    /// Reads an object with one tag, and its value with `read`.
    #[inline]
    fn in_tag<T>(&mut self, tag: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if !self.tagged {
            return read(self);
        }
        self.eat(b'{')?;
        (self.reader.string()? == tag).then_some(())?;
        self.eat(b':')?;
        let found = read(self)?;
        self.eat(b'}')?;
        Some(found)
    }

    /// The elements up to `close`, each read by `each`.
    #[inline]
    fn up_to(&mut self, close: u8, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.reader.eat(close) {
            return Some(());
        }
        loop {
            each(self)?;
            if !self.reader.eat(b',') {
                return self.eat(close);
            }
        }
    }

    #[inline]
    fn list(&mut self, each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(b'[')?;
        self.up_to(b']', each)
    }

    #[inline]
    fn record(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.eat(b'{')?;
        self.up_to(b'}', |plain| {
            let name = plain.reader.string()?;
            plain.eat(b':')?;
            each(plain, name)
        })
    }

    #[inline]
    fn number(&mut self) -> Option<u32> {
        if !self.tagged {
            return self.reader.number();
        }
        self.in_tag("#bigint", |plain| {
            let digits = plain.reader.string()?;
            (digits.len() <= 9).then(|| digits.parse().ok())?
        })
    }

    #[inline]
    fn server(&mut self, names: &Names<'a>) -> Option<NodeId> {
        names.server(self.reader.string()?)
    }

    fn set(&mut self, names: &Names<'a>) -> Option<NodeSet> {
        let mut set = NodeSet::EMPTY;
        self.in_tag("#set", |plain| {
            plain.list(|plain| {
                set.insert(plain.server(names)?);
                Some(())
            })
        })?;
        Some(set)
    }

    /// Reads a function of servers, with `each` for each value.
    #[inline]
    fn function(
        &mut self,
        names: &mut Names<'a>,
        mut each: impl FnMut(&mut Self, &mut Names<'a>, NodeId) -> Option<()>,
    ) -> Option<()> {
        let (mut of, tagged) = (NodeSet::EMPTY, self.tagged);
        let mut pair = |plain: &mut Self| {
            // Servers nearly always come in order.
            let server = match names.get(of.len()) {
                Some(name) if plain.reader.eat_string(name) => NodeId::from_slot(of.len()),
                _ => plain.server(names)?,
            };
            if of.contains(server) {
                return None;
            }
            of.insert(server);
            plain.eat(if tagged { b',' } else { b':' })?;
            each(plain, names, server)
        };
        match tagged {
            true => self.in_tag("#map", |plain| {
                plain.list(|plain| {
                    plain.eat(b'[')?;
                    pair(plain)?;
                    plain.eat(b']')
                })
            })?,
            false => {
                self.eat(b'{')?;
                self.up_to(b'}', pair)?;
            }
        }
        (of.len() == names.servers()).then_some(())
    }

    /// A variable of the servers.
    pub fn variable(&mut self, names: &mut Names<'a>, variable: &str, servers: &mut [Server]) -> Option<()> {
        self.function(names, |plain, names, i| {
            let server = &mut servers[i.slot()];
            match variable {
                "currentTerm" => server.current_term = plain.number()?,
                "commitIndex" => server.commit_index = plain.number()?,
                "state" => server.role = role(plain.reader.string()?)?,
                "votedFor" => {
                    server.voted_for = match plain.reader.string()? {
                        "Nil" => None,
                        name => Some(names.server(name)?),
                    }
                }
                "votesResponded" => server.votes_responded = plain.set(names)?,
                "votesGranted" => server.votes_granted = plain.set(names)?,
                "nextIndex" => plain.numbers(names, &mut server.next_index)?,
                "matchIndex" => plain.numbers(names, &mut server.match_index)?,
                "log" => server.log = Log::of(plain.entries(names)?),
                _ => return None,
            }
            Some(())
        })
    }

    fn numbers(&mut self, names: &mut Names<'a>, numbers: &mut [u32]) -> Option<()> {
        self.function(names, |plain, _, i| {
            numbers[i.slot()] = plain.number()?;
            Some(())
        })
    }

    fn entries(&mut self, names: &mut Names<'a>) -> Option<Vec<Entry>> {
        let mut entries = Vec::new();
        self.list(|plain| {
            let (mut term, mut value) = (None, None);
            plain.record(|plain, name| match name {
                "term" => once(&mut term, plain.number()?),
                "value" => once(&mut value, plain.value()?),
                _ => None,
            })?;
            entries.push(Entry { term: term?, value: names.value(&value?) });
            Some(())
        })?;
        Some(entries)
    }

    /// The value of a client's request.
    fn value(&mut self) -> Option<Value<'a>> {
        match self.reader.next()? {
            b'"' => Some(Value::Name(Cow::Borrowed(self.reader.string()?))),
            _ => Some(Value::Int(self.number()?.into())),
        }
    }

    /// A message, its number of copies, and the text of the message alone: `{"count": copies, "msg": record}`, or ITF's
    /// pair.
    pub fn copies(&mut self, names: &mut Names<'a>) -> Option<(Message, u32, &'a str)> {
        let (mut message, mut copies) = (None, None);
        match self.tagged {
            true => {
                self.eat(b'[')?;
                message = Some(self.written(names)?);
                self.eat(b',')?;
                copies = Some(self.number()?);
                self.eat(b']')?;
            }
            false => self.record(|plain, name| match name {
                "msg" => once(&mut message, plain.written(names)?),
                "count" => once(&mut copies, plain.number()?),
                _ => None,
            })?,
        }
        let ((message, text), copies) = (message?, copies?);
        (copies <= MAX_COPIES).then_some((message, copies, text))
    }

    fn written(&mut self, names: &mut Names<'a>) -> Option<(Message, &'a str)> {
        self.reader.next();
        let start = self.reader.place();
        let message = self.message(names)?;
        Some((message, self.reader.since(start)))
    }

    fn message(&mut self, names: &mut Names<'a>) -> Option<Message> {
        let (mut kind, mut from, mut to, mut term) = (None, None, None, None);
        let (mut last_index, mut last_term, mut prev_index, mut prev_term) = (None, None, None, None);
        let (mut granted, mut entries, mut commit, mut success, mut matched) = (None, None, None, None, None);
        self.record(|plain, name| match name {
            "mtype" => once(&mut kind, plain.reader.string()?),
            "msource" => once(&mut from, plain.server(names)?),
            "mdest" => once(&mut to, plain.server(names)?),
            "mterm" => once(&mut term, plain.number()?),
            "mlastLogIndex" => once(&mut last_index, plain.number()?),
            "mlastLogTerm" => once(&mut last_term, plain.number()?),
            "mvoteGranted" => once(&mut granted, plain.reader.truth()?),
            "mprevLogIndex" => once(&mut prev_index, plain.number()?),
            "mprevLogTerm" => once(&mut prev_term, plain.number()?),
            "mentries" => once(&mut entries, plain.entries(names)?),
            "mcommitIndex" => once(&mut commit, plain.number()?),
            "msuccess" => once(&mut success, plain.reader.truth()?),
            "mmatchIndex" => once(&mut matched, plain.number()?),
            _ => plain.reader.skip().ok(),
        })?;
        let body = match kind? {
            "RequestVoteRequest" => vote_request(Position { index: last_index?, term: last_term? }),
            "RequestVoteResponse" => vote_response(granted?),
            "AppendEntriesRequest" => Body::AppendEntriesRequest {
                prev_log: Position { index: prev_index?, term: prev_term? },
                entries: Entries::from(&entries?[..]),
                commit_index: commit?,
            },
            "AppendEntriesResponse" => append_response(success?, matched?),
            _ => return None,
        };
        Some(Message { from: from?, to: to?, term: term?, body })
    }
}

/// Sets a field once: a repeated field is not in plain form.
#[inline]
fn once<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.replace(value).is_none().then_some(())
}
