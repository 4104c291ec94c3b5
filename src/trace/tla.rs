//! TLA+ values as TLC prints them: `(s1 :> 0 @@ s2 :> 1)`, `[a |-> 1]`, `<<1, 2>>`, `{s1}`, `"text"`.

use super::value::Value;

/// The largest depth of a value; those of raft.tla are shallower.
pub const MAX_DEPTH: usize = 64;

/// Reads a text that is one value.
///
/// # Errors
/// The text is no value; the message names the byte.
pub fn value(text: &str) -> Result<Value<'static>, String> {
    let mut reader = Reader { text, place: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.place == text.len() {
        true => Ok(value),
        false => Err(reader.expected("the end of the value")),
    }
}

/// The elements of the sequence at the beginning of `text`. The text after it is not read.
pub fn elements(text: &str) -> impl Iterator<Item = Result<Value<'static>, String>> + '_ {
    let mut reader = Reader { text, place: 0 };
    let (mut count, mut ended) = (0, false);
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let element = reader.element(count).transpose();
        count += 1;
        ended = !matches!(element, Some(Ok(_)));
        element
    })
}

struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.place..]
    }

    fn skip_space(&mut self) {
        self.place = self.text.len() - self.rest().trim_start().len();
    }

    /// Skips `token` if it comes next; true if skipped.
    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        self.place += if found { token.len() } else { 0 };
        found
    }

    fn want(&mut self, token: &str) -> Result<(), String> {
        match self.eat(token) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{token}`"))),
        }
    }

    fn expected(&self, what: &str) -> String {
        let line = self.rest().lines().next().unwrap_or_default();
        let found: String = line.chars().take(20).collect();
        let found = if self.rest().is_empty() { "the end".into() } else { format!("`{found}`") };
        format!("a TLA+ value: byte {}: expected {what}, found {found}", self.place)
    }

    /// The next element of a sequence, at a place from 0; `None` at its end.
    fn element(&mut self, place: usize) -> Result<Option<Value<'static>>, String> {
        if place == 0 {
            self.want("<<")?;
        }
        if self.eat(">>") {
            return Ok(None);
        }
        if place > 0 {
            self.want(",")?;
        }
        self.value(0).map(Some)
    }

    /// The elements up to `close`.
    fn list(&mut self, close: &str, depth: usize) -> Result<Value<'static>, String> {
        let mut values = Vec::new();
        while !self.eat(close) {
            if !values.is_empty() {
                self.want(",")?;
            }
            values.push(self.value(depth)?);
        }
        Ok(Value::List(values))
    }

    fn record(&mut self, depth: usize) -> Result<Value<'static>, String> {
        let mut fields = Vec::new();
        while !self.eat("]") {
            if !fields.is_empty() {
                self.want(",")?;
            }
            let name = self.word()?.to_string().into();
            self.want("|->")?;
            fields.push((Value::Name(name), self.value(depth)?));
        }
        Ok(Value::Map(fields))
    }

    /// `(a :> 1 @@ b :> 2)`, or a value in parentheses.
    fn function(&mut self, depth: usize) -> Result<Value<'static>, String> {
        let first = self.value(depth)?;
        if self.eat(")") {
            return Ok(first);
        }
        self.want(":>")?;
        let mut pairs = vec![(first, self.value(depth)?)];
        while self.eat("@@") {
            let key = self.value(depth)?;
            self.want(":>")?;
            pairs.push((key, self.value(depth)?));
        }
        self.want(")")?;
        Ok(Value::Map(pairs))
    }

    fn word(&mut self) -> Result<&str, String> {
        self.skip_space();
        let end = self.rest().find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        if end == 0 {
            return Err(self.expected("a name or a number"));
        }
        let word = &self.text[self.place..self.place + end];
        self.place += end;
        Ok(word)
    }

    fn text(&mut self) -> Result<Value<'static>, String> {
        let Some(end) = self.rest().find('"') else { return Err(self.expected("the end of a string")) };
        let text = self.rest()[..end].to_string().into();
        self.place += end + 1;
        Ok(Value::Name(text))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'static>, String> {
        if depth > MAX_DEPTH {
            return Err(format!("a TLA+ value: byte {}: deeper than {MAX_DEPTH}", self.place));
        }
        let depth = depth + 1;
        if self.eat("<<") {
            return self.list(">>", depth);
        }
        if self.eat("{") {
            return self.list("}", depth);
        }
        if self.eat("[") {
            return self.record(depth);
        }
        if self.eat("(") {
            return self.function(depth);
        }
        if self.eat("\"") {
            return self.text();
        }
        let negative = self.eat("-");
        let word = self.word()?;
        match (word, word.parse::<i64>(), negative) {
            ("TRUE", _, false) => Ok(Value::Bool(true)),
            ("FALSE", _, false) => Ok(Value::Bool(false)),
            (_, Ok(number), _) => Ok(Value::Int(if negative { -number } else { number })),
            (word, Err(_), false) => Ok(Value::Name(word.to_string().into())),
            (_, Err(_), true) => Err(self.expected("a number after `-`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &'static str) -> Value<'static> {
        Value::Name(text.into())
    }

    #[test]
    fn values_as_tlc_prints_them() {
        let message = "[ mtype |-> RequestVoteRequest,\n    mterm |-> 2, mlog |-> << >> ]";
        let fields = vec![
            (name("mtype"), name("RequestVoteRequest")),
            (name("mterm"), Value::Int(2)),
            (name("mlog"), Value::List(vec![])),
        ];
        assert_eq!(value(message), Ok(Value::Map(fields)));
        let function = Value::Map(vec![(name("s1"), Value::Int(0)), (name("s2"), Value::Bool(true))]);
        assert_eq!(value("(s1 :> 0 @@ s2 :> TRUE)"), Ok(function));
        assert_eq!(value("{s1, \"a b\"}"), Ok(Value::List(vec![name("s1"), name("a b")])));
        assert_eq!(value("(-3)"), Ok(Value::Int(-3)));
    }

    #[test]
    fn a_sequence_is_read_element_by_element_up_to_its_end_or_to_what_is_wrong() {
        let read = |text| elements(text).collect::<Result<Vec<_>, _>>();
        assert_eq!(read("\n <<\n(1),\n 2>>\n----"), Ok(vec![Value::Int(1), Value::Int(2)]));
        assert_eq!(read("<< >>"), Ok(vec![]));
        assert_eq!(read("<<1").unwrap_err(), "a TLA+ value: byte 3: expected `,`, found the end");
        assert_eq!(elements("<<1 2 3>>").count(), 2);
        assert!(read("1").is_err() && read("<<1,>>").is_err());
    }

    #[test]
    fn what_is_no_value_is_a_clear_error() {
        assert_eq!(value("{s1").unwrap_err(), "a TLA+ value: byte 3: expected `,`, found the end");
        assert_eq!(value("1 2").unwrap_err(), "a TLA+ value: byte 2: expected the end of the value, found `2`");
        assert!(value(&"<<".repeat(MAX_DEPTH + 2)).unwrap_err().ends_with("deeper than 64"));
        assert!(value("-x").is_err() && value("").is_err() && value("\"open").is_err() && value("[a 1]").is_err());
    }
}
