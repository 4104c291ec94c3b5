//! A self-contained HTML page: the verdict, the space-time diagram, and all steps, each with the specification's state
//! beside the implementation's.

use super::diagram::Diagram;
use super::svg::{inline, names, STYLE};
use super::text::{agreement, effects, headline, last_agreement, telling, when};
use super::Caption;
use crate::lockstep::verdict::Verdict;
use crate::lockstep::JudgeName;
use crate::report::story::{beside, setup_in_words, Both, Reason, Row, Story};
use crate::schedule::text;
use crate::spec::ActionName;
use maud::{html, Markup, PreEscaped, DOCTYPE};
use serde::Serialize;

const PAGE_STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page fetches nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// A story as a page.
pub fn write(story: &Story, caption: &Caption) -> String {
    let diagram = Diagram::of(story, 4.0);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                link rel="icon" href="data:,";
                title { (caption.title) " – raft-lockstep" }
                style { (PreEscaped(STYLE)) (PreEscaped(PAGE_STYLE)) }
            }
            body class="page" {
                main {
                    (header(story, caption))
                    section class="drawing" aria-label="Picture" {
                        div class="pane" id="pane" tabindex="0" {
                            div class="sheet" style=(format!("max-width:{0}px;min-width:{1}px", diagram.width * 1.3, diagram.width * 0.75)) {
                                svg class="picture names" viewBox=(format!("0 0 {} 28", diagram.width)) aria-hidden="true" { (names(story)) }
                                (inline(&diagram))
                            }
                        }
                        (legend())
                    }
                    (walk(story.implementation, story.parting().is_some()))
                    (schedule(story))
                }
                script id="story" type="application/json" { (PreEscaped(data(story, &diagram))) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

fn header(story: &Story, caption: &Caption) -> Markup {
    let parted = story.reason.is_some();
    html! {
        header {
            h1 { (caption.title) }
            @match (&story.run.verdict, &story.reason) {
                (Verdict::Diverged(divergence), Some(reason)) => {
                    p class="verdict wrong" {
                        (headline(story)) " " (divergence.place()) ", node " (divergence.node) ": " (reason.short)
                    }
                    (why(story, reason))
                }
                (Verdict::Skipped(why), _) => p class="verdict" { "No verdict: " (why) },
                _ => p class="verdict right" {
                    (agreement(story)) "."
                },
            }
            details open[!parted] {
                summary { "Setup" }
                ul { @for line in setup_in_words(story) { li { (line) } } }
            }
            p class="command" {
                code id="command" { (caption.command) }
                button type="button" id="copy" { "Copy" }
            }
        }
    }
}

fn why(story: &Story, reason: &Reason) -> Markup {
    html! {
        dl {
            dt { (story.implementation) } dd { (code(&reason.did)) }
            dt { "Raft requires" } dd { (code(&reason.requires)) }
            dt { "Failed check" } dd { (code(&reason.broken)) }
            dt { "Sources" } dd { @for source in &reason.sources { div { (source) } } }
            @if story.run.judge == JudgeName::Specification {
                dt { "Last agreement" } dd { (code(&last_agreement(story))) }
            }
            @if let Some(known) = reason.known {
                dt { "Known finding" } dd { strong { (known.name) } ": " (known.sentence) " " span class="soft" { "(" (known.source) ")" } }
            }
            @for row in &reason.switches {
                dt { "Explained by" } dd { "the switch " strong { (row.name) } ": " (row.sentence) " " span class="soft" { "(" (row.source) ")" } }
            }
        }
    }
}

/// Words in which backticks enclose code.
fn code(words: &str) -> Markup {
    html! {
        @for (place, part) in words.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn legend() -> Markup {
    html! {
        p class="legend" {
            "Each lane is a node; time runs downwards. The colour of a stripe or box is its term; a full stripe is a leader, a half stripe a candidate. "
            "Boxes are log entries with their values (– an empty entry, C a configuration change), dashed while uncommitted. "
            "Arrows: t term, # index, c commit index. Faded steps are not in the causal chain of the divergence: they did not happen before it, "
            "by the order of steps at a node and by messages."
        }
    }
}

fn walk(implementation: &str, parted: bool) -> Markup {
    html! {
        section class=(if parted { "walk parted" } else { "walk" }) aria-label="Step by step" {
            nav class="controls" aria-label="Steps" {
                button type="button" id="first" title="First step (Home)" aria-label="First step" { (icon("M3 3v10M13 3L6 8l7 5z")) }
                button type="button" id="back" title="Step back (Left)" aria-label="Step back" { (icon("M12 3L4 8l8 5z")) }
                input type="range" id="place" min="0" value="0" aria-label="Step";
                button type="button" id="next" title="Step on (Right)" aria-label="Step on" { (icon("M4 3l8 5-8 5z")) }
                button type="button" id="last" title="Last step (End)" aria-label="Last step" { (icon("M3 3l7 5-7 5zM13 3v10")) }
                output id="count" {}
            }
            div id="told" aria-live="polite" {
                h2 id="event" {}
                p id="words" {}
                ul id="effects" {}
            }
            p id="actions" {}
            div id="tables" {}
            details id="log" { summary { (implementation) "'s log in this step" } pre {} }
            noscript { p { "The steps need JavaScript; the verdict and the diagram do not." } }
        }
    }
}

/// A drawn icon: not every font has these characters.
fn icon(path: &str) -> Markup {
    html! { svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" { path d=(path) {} } }
}

fn schedule(story: &Story) -> Markup {
    html! {
        footer {
            details { summary { "The schedule, as text" } pre { (text::write(&story.schedule)) } }
            p class="soft" {
                "Made by raft-lockstep. Terms and indexes are the specification's: "
                @match story.schedule.setup.starts_empty() {
                    true => "the log starts empty.",
                    false => "the bootstrap snapshot is entry 1 of term 1.",
                }
            }
        }
    }
}

#[derive(Serialize)]
struct Data {
    nodes: Vec<String>,
    steps: Vec<StepData>,
    wrong: Vec<String>,
    parts: bool,
}

#[derive(Serialize)]
struct StepData {
    step: usize,
    when: String,
    event: String,
    words: String,
    node: Option<String>,
    effects: Vec<String>,
    actions: Vec<[String; 3]>,
    log: Vec<String>,
    aside: bool,
    /// The nodes that changed: their rows, or none if they are down.
    tables: Vec<(String, Option<Vec<Row>>)>,
}

fn data(story: &Story, diagram: &Diagram) -> String {
    let mut known: Vec<Option<Option<Both>>> = vec![None; story.first.len()];
    let shown = diagram.rows.iter().filter(|row| row.folded == 0 && row.bottom > row.top);
    let steps = shown.map(|row| step(story, row.step, &mut known)).collect();
    let nodes = story.nodes().map(|node| node.to_string()).collect();
    let wrong = story.reason.iter().flat_map(|reason| reason.rows.clone()).collect();
    let data = Data { nodes, steps, wrong, parts: story.parting().is_some() };
    let json = serde_json::to_string(&data).expect("names are strings");
    // An escaped `<` cannot end the script element.
    json.replace('<', "\\u003c")
}

fn step(story: &Story, place: usize, known: &mut [Option<Option<Both>>]) -> StepData {
    let step = &story.steps[place];
    let mut tables = Vec::new();
    for node in story.nodes() {
        let now = story.both(place, node).cloned();
        if known[node.slot()].as_ref() != Some(&now) {
            let rows = now.as_ref().map(|both| beside(&both.spec, &both.implementation));
            tables.push((node.to_string(), rows));
            known[node.slot()] = Some(now);
        }
    }
    let mut effects = effects(story, place);
    effects.retain(|line| !line.starts_with("specification: "));
    let action = |name: ActionName| [name.to_string(), name.sentence().into(), name.source().into()];
    StepData {
        step: place,
        when: when(step),
        event: step.event.map_or(String::new(), |event| text::line(&event)),
        words: step.event.map_or("End of the run.".into(), |event| event.in_words()),
        node: step.node.map(|node| node.to_string()),
        effects,
        actions: telling(step).into_iter().map(action).collect(),
        log: step.log.clone(),
        aside: !step.matters,
        tables,
    }
}
