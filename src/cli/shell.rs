//! Commands that the user can copy into a shell.

/// The program as the user called it: through cargo, or by its name if installed.
pub fn program() -> &'static str {
    match std::env::var_os("CARGO") {
        Some(_) => "cargo run --release --",
        None => "raft-lockstep",
    }
}

/// The word, quoted if a shell would interpret it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_string(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The command that calls this program with those words.
pub fn command(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    words.into_iter().fold(program().to_string(), |command, word| command + " " + &quoted(word.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_quoted() {
        for (word, expected) in [("a/b-1.txt", "a/b-1.txt"), ("", "''"), ("it's $1", r"'it'\''s $1'"), ("a b", "'a b'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
