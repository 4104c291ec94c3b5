//! The states of a trace in JSON, variable by variable: what is written as in the state before is not read again.

use super::behaviour::{Behaviour, Making, Part, Written};
use super::json::Reader;
use super::states::VARIABLES;
use super::{itf, Error, Value};

/// The states that were read so far.
pub struct States<'a> {
    /// Whether values are ITF's.
    tagged: bool,
    making: Making<'a>,
    /// The members of the last state, with the variables that they are.
    members: Vec<(&'a str, Option<&'static str>)>,
    /// The parts of its messages.
    parts: Vec<&'a str>,
    variables: Vec<(&'static str, Written<'a>)>,
    /// The step that led to it, as ITF has it.
    act: Option<String>,
}

impl<'a> States<'a> {
    /// None yet.
    pub fn new(tagged: bool) -> Self {
        let (members, parts, variables) = (Vec::new(), Vec::new(), Vec::new());
        States { tagged, making: Making::new(), members, parts, variables, act: None }
    }

    /// Reads the state that comes next, of which there is then [`States::take`] to be called.
    pub fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Error> {
        self.variables.clear();
        let before = std::mem::take(&mut self.members);
        // Nearly always in the same order.
        let mut from = 0;
        reader.each(|reader| {
            let again = reader.again(before[from..].iter().map(|(text, _)| *text));
            let (text, variable) = match again {
                Some(place) => {
                    from += place + 1;
                    let (text, variable) = before[from - 1];
                    (text, variable.and_then(|variable| self.note(variable, Written::AsBefore)))
                }
                None => {
                    let mut variable = None;
                    let text = reader.text(|reader| {
                        let name = reader.name()?;
                        variable = VARIABLES.into_iter().find(|variable| *variable == name && !self.has(variable));
                        match variable {
                            Some(variable) => self.variable(reader, variable),
                            None if self.tagged && name == "act" => self.act(reader),
                            None => reader.skip(),
                        }
                    })?;
                    (text, variable)
                }
            };
            self.members.push((text, variable));
            Ok(())
        })
    }

    fn has(&self, variable: &str) -> bool {
        self.variables.iter().any(|(known, _)| *known == variable)
    }

    /// The first of that name counts.
    fn note(&mut self, variable: &'static str, written: Written<'a>) -> Option<&'static str> {
        if self.has(variable) {
            return None;
        }
        self.variables.push((variable, written));
        Some(variable)
    }

    fn variable(&mut self, reader: &mut Reader<'a>, variable: &'static str) -> Result<(), Error> {
        let written = match variable {
            "messages" => Written::Parts(self.messages(reader)?),
            _ => Written::Value(self.plain(reader.read()?)?),
        };
        self.variables.push((variable, written));
        Ok(())
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
        let before = std::mem::take(&mut self.parts);
        let (mut parts, mut from) = (Vec::new(), 0);
        let keyed = reader.next() == Some(b'{');
        let mut each = |states: &mut Self, reader: &mut Reader<'a>| {
            let text = match reader.again(before[from..].iter().copied()) {
                Some(place) => {
                    parts.push(Part::AsBefore(from + place));
                    from += place + 1;
                    before[from - 1]
                }
                None => {
                    let mut bag = Value::List(Vec::new());
                    let text = reader.text(|reader| {
                        bag = states.bag(reader, keyed)?;
                        Ok(())
                    })?;
                    parts.push(Part::Value(bag));
                    text
                }
            };
            states.parts.push(text);
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

    /// A message and how many copies there are of it, as ITF has it, or in the object, or the list of a bag.
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

    /// Takes the state that was read, and the name of the step that leads to it where that is known.
    pub fn take(&mut self, name: Option<&str>) -> Result<(), Error> {
        self.making.take(name.or(self.act.as_deref()), &self.variables)
    }

    /// An error in the state that comes next.
    pub fn wrong(&self, why: &str) -> Error {
        self.making.wrong(why)
    }

    /// What the states say.
    pub fn end(self) -> Result<Behaviour, Error> {
        self.making.end()
    }
}
