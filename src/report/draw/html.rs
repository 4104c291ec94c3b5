//! TODO
use super::Caption;
use crate::report::story::Story;
pub fn write(_: &Story, _: &Caption) -> String { String::new() }
