//! Version 1 of the text (release 0.1.0): each line in the words of today.

/// The first line of a text of version 1.
pub(super) const VERSION: &str = "raft-lockstep schedule 1";

/// Settings that had other names.
const SETTINGS: &[(&str, &str)] = &[
    ("max-inflight", "max-inflight-msgs"),
    ("max-message-size", "max-size-per-msg"),
    ("quiet-commit", "skip-bcast-commit"),
    ("max-committed-size", "max-committed-size-per-ready"),
    ("late-entries", "async-fetch"),
];

/// Events that had other words.
const EVENTS: &[(&str, &str)] = &[("fetched", "entries-fetched"), ("snapshots", "snapshot-available")];

/// Events that are knobs of one node today.
const NODE_KNOBS: &[(&str, &str)] = &[
    ("priority", "priority"),
    ("check-quorum", "check-quorum"),
    ("quiet-commit", "skip-bcast-commit"),
    ("batch-append", "batch-append"),
    ("committed-size", "max-committed-size-per-ready"),
    ("group-commit", "group-commit"),
    ("clear-groups", "clear-commit-groups"),
];

/// Events of a link that are knobs of its first node today.
const LINK_KNOBS: &[(&str, &str)] = &[("window", "max-inflight-msgs"), ("group", "commit-group")];

/// Events whose last operand was written as 0 or 1.
const FLAGS: &[&str] =
    &["snapshots", "report-snapshot", "check-quorum", "quiet-commit", "batch-append", "group-commit"];

fn find(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(old, _)| *old == word).map(|(_, new)| *new)
}

/// A line of the settings, without its comment.
pub(super) fn setting(line: &str) -> String {
    match line.split_once(' ') {
        Some((name, value)) => format!("{} {value}", find(SETTINGS, name).unwrap_or(name)),
        None => line.into(),
    }
}

/// A line of the events, without its comment.
pub(super) fn event(line: &str) -> String {
    let mut words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
    let word = words[0].clone();
    if FLAGS.contains(&word.as_str()) {
        let flag = words.get_mut(2).filter(|flag| ["0", "1"].contains(&flag.as_str()));
        flag.into_iter().for_each(|flag| *flag = (flag == "1").to_string());
    }
    if let Some(knob) = find(NODE_KNOBS, &word).filter(|_| words.len() > 1) {
        words[0] = "set".into();
        words.insert(2, knob.into());
    } else if let Some((knob, (from, to))) =
        find(LINK_KNOBS, &word).zip(words.get(1).and_then(|link| link.split_once("->")))
    {
        let of_link = ["set", from, knob, to].map(str::to_string);
        words.splice(..2, of_link);
    } else if let Some(word) = find(EVENTS, &word) {
        words[0] = word.into();
    }
    words.join(" ")
}

/// The whole text in today's words, with its comments and empty lines.
pub(super) fn text(text: &str) -> String {
    let mut in_events = false;
    let mut lines = String::new();
    for whole in text.lines() {
        let line = whole.split('#').next().unwrap_or("");
        let words = line.trim().trim_start_matches('\u{feff}');
        let today = match words {
            "" | "end" => words.to_string(),
            VERSION => super::VERSION.into(),
            "events" => {
                in_events = true;
                words.into()
            }
            _ if in_events => event(words),
            _ => setting(words),
        };
        let start = &line[..line.len() - line.trim_start().len()];
        let space = &line[line.trim_end().len()..];
        lines += &format!("{start}{today}{}{}\n", if words.is_empty() { "" } else { space }, &whole[line.len()..]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn old_words_are_read_and_comments_stay() {
        let old = "# About.\nraft-lockstep schedule 1\nquiet-commit true # Why.\nmax-inflight 2\nevents\n\n\
                   window 1->2 3  # Small.\nquiet-commit 2 1\ncommitted-size 1 24\ngroup 1->3 2\nclear-groups 3\n\
                   fetched 1 2\nsnapshots 1 0\nreport-snapshot 1->2 1\ndeliver 1->2 3\nend\n";
        let new = "# About.\nraft-lockstep schedule 2\nskip-bcast-commit true # Why.\nmax-inflight-msgs 2\nevents\n\n\
                   set 1 max-inflight-msgs 2 3  # Small.\nset 2 skip-bcast-commit true\n\
                   set 1 max-committed-size-per-ready 24\nset 1 commit-group 3 2\nset 3 clear-commit-groups\n\
                   entries-fetched 1 2\nsnapshot-available 1 false\nreport-snapshot 1->2 true\ndeliver 1->2 3\nend\n";
        assert_eq!(migrated(old).unwrap(), new);
        assert_eq!(read(old), read(new));
        assert_eq!(migrated(new).unwrap(), new);
    }

    #[test]
    fn a_mistake_in_an_old_text_has_its_line() {
        let error = read("raft-lockstep schedule 1\nevents\nwindow 1->9 1\nend\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3: node 9 does not exist: there are 3 nodes");
    }
}
