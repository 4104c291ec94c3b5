//! The states of a JSON trace, variable by variable. Text that repeats the state before is not read again.

use super::json::{self, Reader};
use super::making::{Making, Part, Written};
use super::plain::Plain;
use super::states::VARIABLES;
use super::{itf, Behaviour, Error, Value};
use std::ops::Range;

/// Reads an object whose member `list` is a list of states, with `each` for each of them.
///
/// # Errors
/// There is no such member, or those of `each`.
pub fn read_list<'a>(
    text: &'a str,
    list: &str,
    mut states: States<'a>,
    each: fn(&mut Reader<'a>, &mut States<'a>) -> Result<(), Error>,
) -> Result<Behaviour, Error> {
    let mut found = false;
    json::read(text, |reader| {
        reader.each(|reader| {
            if reader.name()? != list {
                return reader.skip();
            }
            found = true;
            reader.each(|reader| each(reader, &mut states))
        })
    })?;
    match found {
        true => states.end(),
        false => Err(Error::of(format!("expected a list `{list}`"))),
    }
}

/// Reads the states of a trace.
#[derive(Default)]
pub struct States<'a> {
    /// True if values are in ITF's encoding.
    tagged: bool,
    making: Making<'a>,
    /// The members of the last state.
    members: Vec<Member>,
    /// The members of the state before.
    before: Vec<Member>,
    /// The text of each part of the messages, with that of the message alone, and those of the state before.
    parts: Vec<(&'a str, Option<&'a str>)>,
    parts_before: Vec<(&'a str, Option<&'a str>)>,
    /// The variables of the last state, in the order of [`VARIABLES`].
    variables: [Option<Written<'a>>; 10],
    /// The action that led to the last state, in ITF.
    act: Option<String>,
}

/// A member of a state.
#[derive(Clone)]
struct Member {
    /// The place of its text.
    text: Range<usize>,
    /// The place of its variable in [`VARIABLES`].
    variable: Option<usize>,
}

impl<'a> States<'a> {
    /// A reader before the first state.
    pub fn new(tagged: bool) -> Self {
        States { tagged, ..States::default() }
    }

    /// Reads the next state. The caller then calls [`States::take`].
    pub fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Error> {
        self.variables = [const { None }; 10];
        std::mem::swap(&mut self.members, &mut self.before);
        self.members.clear();
        // Members nearly always come in the same order.
        let mut from = 0;
        reader.each(|reader| {
            if self.go_past(reader, &mut from) {
                return Ok(());
            }
            let mut variable = None;
            let text = reader.span(|reader| {
                let name = reader.name()?;
                let named = VARIABLES.into_iter().position(|variable| variable == name);
                variable = named.filter(|variable| self.variables[*variable].is_none());
                match variable {
                    Some(variable) => self.variable(reader, variable),
                    None if self.tagged && name == "act" => self.act(reader),
                    None => reader.skip(),
                }
            })?;
            from += usize::from(self.before.get(from).is_some_and(|before| before.variable == variable));
            self.members.push(Member { text, variable });
            Ok(())
        })
    }

    /// Skips the next members whose text equals that of the members from `from` in the state before; true if there are
    /// any.
    fn go_past(&mut self, reader: &mut Reader<'a>, from: &mut usize) -> bool {
        reader.next();
        let (Some(first), Some(last)) = (self.before.get(*from), self.before.last()) else { return false };
        let (start, here) = (first.text.start, reader.place());
        // A member is equal if the texts agree beyond its end.
        let alike = start + reader.alike(start..last.text.end + 1);
        let same = self.before[*from..].iter().take_while(|member| member.text.end < alike).count();
        for place in *from..*from + same {
            let Member { text, variable } = self.before[place].clone();
            let variable = variable.filter(|variable| self.note(*variable, Written::Known));
            let text = text.start - start + here..text.end - start + here;
            reader.go_to(text.end);
            self.members.push(Member { text, variable });
        }
        *from += same;
        same > 0
    }

    /// Notes a variable, unless one of the same name came before; true if noted.
    fn note(&mut self, variable: usize, written: Written<'a>) -> bool {
        let noted = &mut self.variables[variable];
        noted.is_none() && noted.replace(written).is_none()
    }

    fn variable(&mut self, reader: &mut Reader<'a>, variable: usize) -> Result<(), Error> {
        if VARIABLES[variable] == "currentTerm" && self.making.names().is_none() {
            self.begin(reader);
        }
        let written = match VARIABLES[variable] {
            "messages" => Written::Parts(self.messages(reader)?),
            name => match self.take_over(reader, name) {
                Some(()) => Written::Known,
                None => Written::Value(self.plain(reader.read()?)?),
            },
        };
        self.variables[variable] = Some(written);
        Ok(())
    }

    /// Takes the servers from the terms that come next. A later step reports an error in them.
    fn begin(&mut self, reader: &mut Reader<'a>) {
        let found = reader.peek().ok().and_then(|terms| self.plain(terms).ok());
        _ = found.map(|terms| self.making.begin(&terms));
    }

    /// Assigns a variable of the next state, if its text is in plain form.
    fn take_over(&mut self, reader: &mut Reader<'a>, variable: &str) -> Option<()> {
        let (names, servers) = self.making.servers()?;
        reader.try_read(|reader| Plain::of(reader, self.tagged).variable(names, variable, servers))
    }

    fn act(&mut self, reader: &mut Reader<'a>) -> Result<(), Error> {
        let act: Value = reader.read()?;
        self.act = act.get("name").and_then(Value::name).map(String::from);
        Ok(())
    }

    fn plain(&self, mut value: Value<'a>) -> Result<Value<'a>, Error> {
        if self.tagged {
            itf::untag(&mut value).map_err(|why| self.making.wrong(&why))?;
        }
        Ok(value)
    }

    fn messages(&mut self, reader: &mut Reader<'a>) -> Result<Vec<Part<'a>>, Error> {
        std::mem::swap(&mut self.parts, &mut self.parts_before);
        self.parts.clear();
        let (mut parts, mut from) = (Vec::with_capacity(self.parts_before.len() + 1), 0);
        let keyed = reader.next() == Some(b'{');
        let mut each = |states: &mut Self, reader: &mut Reader<'a>| {
            let before = &states.parts_before;
            let written = match reader.again(before[from..].iter().map(|(text, _)| *text)) {
                Some(place) => {
                    parts.push(Part::AsBefore(from + place));
                    from += place + 1;
                    before[from - 1]
                }
                None => {
                    let mut message = None;
                    let text = reader.text(|reader| {
                        let part = states.part(reader, keyed, &mut message)?;
                        parts.push(part);
                        Ok(())
                    })?;
                    (text, message)
                }
            };
            states.parts.push(written);
            Ok(())
        };
        match self.tagged {
            true => reader.each(|reader| match reader.name()? {
                "#map" => reader.each(|reader| each(self, reader)),
                _ => reader.skip(),
            })?,
            false => reader.each(|reader| each(self, reader))?,
        }
        Ok(parts)
    }

    /// A message and its number of copies. `alone` becomes the text of the message without the count.
    fn part(&mut self, reader: &mut Reader<'a>, keyed: bool, alone: &mut Option<&'a str>) -> Result<Part<'a>, Error> {
        let tagged = self.tagged;
        let plain = match self.making.names() {
            Some(names) if !keyed || tagged => reader.try_read(|reader| Plain::of(reader, tagged).copies(names)),
            _ => None,
        };
        match plain {
            Some((message, copies, text)) => {
                *alone = Some(text);
                Ok(Part::Copies(message, copies))
            }
            None => Ok(Part::Value(self.bag(reader, keyed)?)),
        }
    }

    /// Skips the next message if its text equals one of the last state; true if skipped.
    pub fn go_past_message(&self, reader: &mut Reader<'a>) -> bool {
        reader.again(self.parts.iter().filter_map(|(_, message)| *message)).is_some()
    }

    /// A message with its count, as a pair of ITF, a member of an object, or an element of a list.
    fn bag(&self, reader: &mut Reader<'a>, keyed: bool) -> Result<Value<'a>, Error> {
        let first: Value = reader.read()?;
        if self.tagged {
            return self.plain(Value::Map(vec![(Value::Name("#map".into()), Value::List(vec![first]))]));
        }
        if !keyed {
            return Ok(Value::List(vec![first]));
        }
        let key = first.of_key().map_err(|why| self.wrong(&why))?;
        reader.colon()?;
        Ok(Value::Map(vec![(key, reader.read()?)]))
    }

    /// Takes the state that was read, with the name of the step that leads to it, if known.
    pub fn take(&mut self, name: Option<&str>) -> Result<(), Error> {
        self.making.take(name.or(self.act.as_deref()), &mut self.variables)
    }

    /// An error in the next state.
    pub fn wrong(&self, why: &str) -> Error {
        self.making.wrong(why)
    }

    /// The behaviour.
    pub fn end(self) -> Result<Behaviour, Error> {
        self.making.end()
    }
}
