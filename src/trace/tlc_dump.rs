//! TLC's `-dumpTrace json`: a list of states, or `counterexample` with numbered states. The
//! keys of `messages` are TLA+ records as text.

use super::json::{self, State};
use super::{head, Behaviour, Error, Format, Read};
use serde::Deserialize;
use serde_json::value::RawValue;

/// TLC's JSON.
pub const FORMAT: Format = Format {
    name: "tlc-json",
    about: "TLC's -dumpTrace json",
    mark: "an object with `counterexample`, or a list of objects with `currentTerm`",
    is_json: true,
    recognizes: is_it,
    read: Read::Behaviour(read),
};

fn is_it(text: &str) -> bool {
    let head = head(text);
    (head.starts_with('[') && head.contains("\"currentTerm\""))
        || (head.starts_with('{') && head.contains("\"counterexample\""))
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, alias = "counterexample")]
    state: &'a RawValue,
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let mut list = text.trim_start();
    // An object holds the list in `counterexample`, in `state`, or in the `state` of the `counterexample`.
    for _ in 0..2 {
        if list.starts_with('{') {
            list = json::read::<Object>(list)?.state.get();
        }
    }
    let states = json::read::<Vec<State>>(list)?.into_iter();
    json::behaviour(states.map(|state| (state, None)), false)
}
