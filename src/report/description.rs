//! The description of a finding: its `finding.md`, a title, two marked paragraphs and fixed sections.

use crate::findings::Severity;

/// The headings of the sections, in their order.
pub const SECTIONS: [&str; 8] = [
    "Behaviour",
    "Promise",
    "Configuration",
    "Contrary passages",
    "Affected users",
    "Newer history",
    "Remedy",
    "Repeat it",
];

/// A parsed `finding.md`.
#[derive(Debug)]
pub struct Description {
    /// The title.
    pub title: String,
    /// The severity.
    pub severity: Severity,
    /// The consequence, or the part of the contract that is left.
    pub reason: String,
    /// The version and the lines of code.
    pub place: String,
    sections: [String; SECTIONS.len()],
}

impl Description {
    /// Parses a `finding.md`.
    ///
    /// # Errors
    /// The first part that is missing, empty, or not where the form has it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (head, mut rest) = text.split_once("\n## ").ok_or("no section; expected `## Behaviour`")?;
        let mut parts = head.splitn(3, "\n\n");
        let title = parts.next().and_then(|line| line.strip_prefix("# ")).ok_or("no title; expected `# TITLE`")?;
        let (severity, reason) = severity(&marked(parts.next(), "Severity")?)?;
        let place = marked(parts.next(), "Place")?;
        let mut sections = SECTIONS.map(|_| String::new());
        for (at, heading) in SECTIONS.iter().enumerate() {
            let last = at + 1 == SECTIONS.len();
            let (section, after) = rest.split_once("\n## ").unwrap_or((rest, ""));
            let body = section.strip_prefix(heading).map(str::trim).unwrap_or_default();
            if body.is_empty() || last != after.is_empty() {
                let found = section.lines().next().unwrap_or_default();
                return Err(format!(
                    "found the section `{found}`; expected `{heading}` with a text, in the order of {SECTIONS:?}"
                ));
            }
            sections[at] = body.to_string();
            rest = after;
        }
        Ok(Description { title: title.to_string(), severity, reason, place, sections })
    }

    /// True for the severities that promise a run with their consequence.
    pub fn is_grave(&self) -> bool {
        self.severity <= Severity::Major
    }

    /// The text of a section, by its heading.
    pub fn section(&self, heading: &str) -> &str {
        SECTIONS.iter().position(|it| *it == heading).map_or("", |at| &self.sections[at])
    }
}

/// The text of a paragraph that begins with `**NAME:**`, on one line.
fn marked(paragraph: Option<&str>, name: &str) -> Result<String, String> {
    let text = paragraph.and_then(|it| it.strip_prefix(&format!("**{name}:** ")));
    let text = text.ok_or_else(|| format!("no {name}; expected a paragraph `**{name}:** ...` before the sections"))?;
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The severity, and the reason after it.
fn severity(text: &str) -> Result<(Severity, String), String> {
    let (name, reason) = text.split_once(": ").ok_or("no reason; expected `**Severity:** NAME: REASON`")?;
    let severity = Severity::ALL.iter().find(|severity| severity.name() == name);
    let names: Vec<&str> = Severity::ALL.iter().map(|severity| severity.name()).collect();
    let severity = severity.ok_or_else(|| format!("found the severity `{name}`; expected {}", names.join(", ")))?;
    Ok((*severity, reason.to_string()))
}
