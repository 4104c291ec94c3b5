//! A story as text, for a reader who knows Raft but not this project.

use super::Caption;
use crate::lockstep::verdict::Verdict;
use crate::lockstep::JudgeName;
use crate::report::story::{beside, setup_in_words, Both, Fate, Reason, Step, Story, When};
use crate::spec::ActionName;
use anstyle::{AnsiColor, Style};

/// The styles of the text; in a file there are none.
#[derive(Clone, Copy, Default, Debug)]
#[allow(missing_docs)]
pub struct Colours {
    heading: Style,
    wrong: Style,
    aside: Style,
    event: Style,
}

impl Colours {
    /// The styles for a terminal.
    pub const TERMINAL: Colours = Colours {
        heading: Style::new().bold(),
        wrong: AnsiColor::Red.on_default().bold(),
        aside: Style::new().dimmed(),
        event: AnsiColor::Cyan.on_default(),
    };
}

/// A story as plain text.
pub fn write_plain(story: &Story, caption: &Caption) -> String {
    write(story, caption, Colours::default())
}

/// A story as text in these colours.
pub fn write(story: &Story, caption: &Caption, colours: Colours) -> String {
    let mut page = Page { text: String::new(), colours };
    page.verdict(story, caption);
    page.setup(story);
    page.steps(story);
    page.parting(story);
    page.log(story);
    page.text
}

struct Page {
    text: String,
    colours: Colours,
}

/// The actions of a step, without those of the disk and the clock, and without the empty action of a response.
pub(super) fn telling(step: &Step) -> Vec<ActionName> {
    use ActionName::{Apply, Persist, Reply, Sync, Tick, Write};
    let mut names = step.actions.clone();
    names.retain(|name| !matches!(name, Write | Sync | Persist | Apply | Tick | Reply));
    names.dedup();
    names
}

/// The place of a step in the run.
pub(super) fn when(step: &Step) -> String {
    match step.when {
        When::Event(place) => format!("event {place}"),
        When::Epilogue => "healing epilogue".into(),
        When::End => "end".into(),
    }
}

/// The rows of a node that changed, each with its values before and after.
pub(super) fn changes(before: Option<&Both>, after: Option<&Both>) -> Vec<(String, String, String)> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let rows = beside(&before.implementation, &after.implementation);
    let rows = rows.into_iter().filter(|(name, was, is)| was != is && name != "ticks");
    rows.map(|(name, was, is)| (name, was.unwrap_or("-".into()), is.unwrap_or("-".into()))).collect()
}

impl Page {
    fn heading(&mut self, heading: &str) {
        let style = self.colours.heading;
        line!(self.text, "\n{style}{heading}{style:#}");
    }

    fn labelled(&mut self, label: &str, text: &str) {
        let style = self.colours.heading;
        line!(self.text, "{style}{label:<20}{style:#} {text}");
    }

    fn verdict(&mut self, story: &Story, caption: &Caption) {
        let Colours { wrong, heading, .. } = self.colours;
        match (&story.run.verdict, &story.reason) {
            (Verdict::Diverged(divergence), Some(reason)) => {
                line!(
                    self.text,
                    "{wrong}{} {}, node {}{wrong:#}\n",
                    headline(story),
                    divergence.place(),
                    divergence.node
                );
                self.reason(story, reason);
                self.labelled("cause", &divergence.cause.to_string());
            }
            (Verdict::Skipped(why), _) => line!(self.text, "{heading}no verdict: {why}{heading:#}\n"),
            _ => {
                line!(self.text, "{heading}{}{heading:#}\n", agreement(story));
                story.run.slow.iter().for_each(|slow| line!(self.text, "{slow}\n"));
            }
        }
        self.labelled("reproduce", caption.command);
    }

    fn reason(&mut self, story: &Story, reason: &Reason) {
        self.labelled(story.implementation, &reason.did);
        self.labelled("Raft requires", &reason.requires);
        self.labelled("failed check", &reason.broken);
        self.labelled("sources", &reason.sources.join("\n                     "));
        if story.run.judge == JudgeName::Specification {
            self.labelled("last agreement", &last_agreement(story));
        }
        if let Some(known) = reason.known {
            self.labelled("known finding", &format!("{}: {} ({})", known.name, known.sentence, known.source));
        }
        for row in &reason.switches {
            self.labelled("explained by", &format!("switch {}: {} ({})", row.name, row.sentence, row.source));
        }
    }

    fn setup(&mut self, story: &Story) {
        self.heading("Setup");
        for line in setup_in_words(story) {
            line!(self.text, "{line}");
        }
        let mut first = story.nodes().filter_map(|node| Some((node, story.first[node.slot()].as_ref()?)));
        if let Some((node, both)) = first.next() {
            line!(self.text, "Every node starts like node {node}: {}.", both.spec.summary());
        }
        line!(self.text, "An entry is written term:value; the value - is the empty entry of a new leader.");
    }

    fn steps(&mut self, story: &Story) {
        self.heading("Steps");
        if story.steps.iter().any(|step| !step.matters) {
            line!(self.text, "{CHAIN}");
        }
        let mut quiet = Vec::new();
        for (place, step) in story.steps.iter().enumerate() {
            if step.quiet {
                quiet.push(step);
                continue;
            }
            self.quiet(&mut quiet);
            self.step(story, place, step);
        }
        self.quiet(&mut quiet);
    }

    /// A run of quiet steps, in one line.
    fn quiet(&mut self, steps: &mut Vec<&Step>) {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return };
        let (first, last) = (when(first), when(last));
        let span = if first == last { first } else { format!("{first} to {last}") };
        let style = self.colours.aside;
        line!(self.text, "{style}  {span}: not shown{style:#}");
        steps.clear();
    }

    fn step(&mut self, story: &Story, place: usize, step: &Step) {
        let parts = Some(place) == story.parting();
        let (style, bar) = match (parts, step.matters) {
            (true, _) => (self.colours.wrong, "X"),
            (false, true) if story.parting().is_some() => (self.colours.event, "|"),
            (false, true) => (self.colours.event, " "),
            (false, false) => (self.colours.aside, " "),
        };
        if step.part == 0 {
            let words = step.event.map_or("end of the run".into(), |event| event.in_words());
            let line = step.event.map_or(String::new(), |event| format!(" `{}`", crate::schedule::text::line(&event)));
            line!(self.text, "{style}{bar} {}:{line} {words}{style:#}", when(step));
        }
        let aside = self.colours.aside;
        let (open, close) =
            if step.matters { (String::new(), String::new()) } else { (aside.to_string(), format!("{aside:#}")) };
        for line in effects(story, place) {
            line!(self.text, "{open}{bar}     {line}{close}");
        }
    }

    fn parting(&mut self, story: &Story) {
        let compared = story.parting().filter(|_| story.run.judge == JudgeName::Specification);
        let (Some(place), Some(reason)) = (compared, &story.reason) else { return };
        let step = &story.steps[place];
        let (Some(node), Some(both)) = (step.node, &step.both) else { return };
        let implementation = story.implementation;
        self.heading(&format!("Node {node} at the divergence: the specification's state and {implementation}'s"));
        let rows = beside(&both.spec, &both.implementation);
        let width = |value: &Option<String>| value.as_ref().map_or(1, |value| value.chars().count());
        let names = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let values = rows.iter().map(|(_, spec, _)| width(spec)).max().unwrap_or(0).max("specification".len());
        let wrong = self.colours.wrong;
        line!(self.text, "    {:<names$}  {:<values$}  {implementation}", "", "specification");
        for (name, spec, implementation) in rows {
            let differs = spec != implementation || reason.rows.contains(&name);
            let (open, close) = if differs { (wrong.to_string(), format!("{wrong:#}")) } else { Default::default() };
            let mark = if differs { "!=" } else { "  " };
            let (spec, implementation) = (spec.unwrap_or("-".into()), implementation.unwrap_or("-".into()));
            line!(self.text, "{open} {mark} {name:<names$}  {spec:<values$}  {implementation}{close}");
        }
    }

    fn log(&mut self, story: &Story) {
        let Some(last) = story.parting() else { return };
        let node = story.steps[last].node;
        let own = story.steps.iter().filter(|step| step.node == node && !step.log.is_empty());
        let mut steps: Vec<&Step> = own.rev().take(LOGGED).collect();
        if steps.is_empty() {
            return;
        }
        steps.reverse();
        self.heading(&format!("{}'s log lines in the node's last steps", story.implementation));
        let style = self.colours.aside;
        for step in steps {
            line!(self.text, "{}", when(step));
            for line in &step.log {
                line!(self.text, "  {style}{line}{style:#}");
            }
        }
    }
}

/// The subject and verb of the sentence about a divergence.
pub(super) fn headline(story: &Story) -> String {
    match story.run.judge {
        JudgeName::Specification => format!("{} and the specification diverge", story.implementation),
        JudgeName::Clients => format!("{} harms its clients", story.implementation),
    }
}

/// The sentence about a run that agreed.
pub(super) fn agreement(story: &Story) -> String {
    let (name, events) = (story.implementation, story.run.events);
    match story.run.judge {
        JudgeName::Specification => format!(
            "{name} and the specification agree: {events} events, {} actions of the specification",
            story.run.steps
        ),
        JudgeName::Clients => format!("{name} shows its clients no consequence: {events} events"),
    }
}

const CHAIN: &str =
    "The causal chain is marked with |: the steps that happened before the divergence, by the order of steps at each
node and by messages (sent, then received or lost). A partition or heal happens before all later steps.";

/// The number of steps whose log lines are shown.
const LOGGED: usize = 3;

/// The last call at which both sides agreed.
pub(super) fn last_agreement(story: &Story) -> String {
    let Some(parting) = story.parting() else { return String::new() };
    let (earlier, step) = (&story.steps[..parting], &story.steps[parting]);
    let Some(last) = earlier.iter().rfind(|other| other.node.is_some()) else {
        return "in the initial state: the first call that is compared differs".into();
    };
    let event = last.event.map_or(String::new(), |event| format!(", `{}`", crate::schedule::text::line(&event)));
    let node = last.node.map_or(String::new(), |node| format!(" at node {node}"));
    match step.when {
        When::End => format!("after every call, to the end ({}{event})", when(last)),
        _ => format!("after {}{event}{node}: every call of every node is compared", when(last)),
    }
}

/// The effects of a step, line by line.
pub(super) fn effects(story: &Story, place: usize) -> Vec<String> {
    let step = &story.steps[place];
    let mut lines = Vec::new();
    let node = step.node.map_or(String::new(), |node| format!("{node} "));
    if let Some(sent) = step.received {
        lines.push(format!("{node}receives {}", story.messages[sent].message));
    }
    lines.extend(step.lost.iter().map(|sent| format!("message lost: {}", story.messages[*sent].message)));
    lines.extend(step.notes.iter().map(|note| format!("{node}{note}")));
    if step.stopped {
        lines.push(format!("{node}stops"));
    }
    let changes = changes(story.before(place), step.both.as_ref());
    let (long, short): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|(name, ..)| name == "log" || name == "configuration" || name.starts_with("peer"));
    if !short.is_empty() {
        let short: Vec<String> = short.iter().map(|(name, was, is)| format!("{name} {was} => {is}")).collect();
        lines.push(format!("{node}{}", short.join("; ")));
    }
    lines.extend(long.iter().map(|(name, was, is)| format!("{node}{name} {was} => {is}")));
    if step.both.is_some() && story.before(place).is_none() {
        lines.extend(step.both.iter().map(|both| format!("{node}is {}", both.implementation.summary())));
    }
    for sent in &step.sent {
        let sent = &story.messages[*sent];
        let verb = if sent.copy { "duplicates " } else { "sends " };
        lines.push(format!("{node}{verb}{} ({})", sent.message, fate(story, sent.fate)));
    }
    for sent in &step.left {
        let sent = &story.messages[*sent];
        lines.push(format!("{node}releases {} ({})", sent.message, fate(story, sent.fate)));
    }
    let actions = telling(step);
    if !actions.is_empty() {
        let names: Vec<String> = actions.iter().map(ActionName::to_string).collect();
        lines.push(format!("specification: {} ({})", names.join(", "), actions[0].source()));
    }
    lines
}

/// The fate of a message.
pub(super) fn fate(story: &Story, fate: Fate) -> String {
    match fate {
        Fate::Held => "not released in this run".into(),
        Fate::InFlight => "in flight at the end".into(),
        Fate::Arrived(step) => format!("arrives in {}", when(&story.steps[step])),
        Fate::Lost(step) => format!("lost in {}", when(&story.steps[step])),
    }
}
