//! The page in a headless browser: it renders, keys and clicks walk through its steps, the console has no error, and
//! nothing is requested from a network.
//!
//! `cargo test --test page -- --ignored`, with Debian's chromium; screenshots are left in `target/tmp`.
#![cfg(feature = "cli")]

mod common;

use common::{quiet, root};
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::draw::{Caption, FORMATS};
use raft_lockstep::report::story::story;
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FINDINGS: &[&str] = &["next-below-match", "lease-outlived", "configuration-lost"];
const SIZES: &[(u32, u32)] = &[(1300, 950), (390, 844)];

fn page(name: &str) -> String {
    quiet();
    let path = root().join("artifacts").join(name).join("schedule.txt");
    let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let row = IN_RAFT_RS.iter().find(|row| row.name == name).unwrap();
    let options = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
    let story = story::<RaftRs>(&schedule, options);
    let html = FORMATS.iter().find(|format| format.name == "html").unwrap();
    (html.write)(&story, &Caption { title: name, command: "cargo run --release -- explain it" })
}

/// A script that records errors and requests from the start.
const EARS: &str = "<script>
const heard = [];
addEventListener('error', (event) => heard.push('error: ' + event.message), true);
addEventListener('unhandledrejection', (event) => heard.push('rejection: ' + event.reason));
document.addEventListener('securitypolicyviolation', (event) => heard.push('asks for ' + event.blockedURI));
for (const name of ['error', 'warn', 'log']) console[name] = (...words) => heard.push(name + ': ' + words.join(' '));
</script>";

/// A script that walks through the page and records its faults.
const WALK: &str = "<script>
addEventListener('load', () => setTimeout(() => {
  const at = (id) => document.getElementById(id);
  const check = (fine, words) => fine || heard.push(words);
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const steps = JSON.parse(at('story').textContent).steps;
  const place = () => Number(at('place').value);
  check(steps.length > 5, 'no steps');
  check(place() === steps.length - 1, 'does not begin at the divergence');
  check(document.querySelector('#told.wrong') !== null, 'the parting is not marked');
  const parting = document.querySelector('.card.parting');
  check(parting !== null && parting.querySelectorAll('tbody tr').length > 5, 'no table of the parting');
  press('Home');
  check(place() === 0, 'Home');
  const words = new Set();
  const pane = at('pane').getBoundingClientRect();
  for (let step = 0; step < steps.length; step += 1) {
    check(place() === step, 'step ' + step + ' is ' + place());
    words.add(at('event').textContent + at('effects').textContent);
    check(document.querySelectorAll('.card').length === JSON.parse(at('story').textContent).nodes.length, 'cards');
    const here = document.querySelector('#picture .here');
    check(here !== null, 'step ' + step + ' is not in the picture');
    const box = here ? here.getBoundingClientRect() : pane;
    check(box.bottom > pane.top && box.top < pane.bottom, 'step ' + step + ' is out of sight');
    if (step < steps.length - 1) check(document.querySelector('tr.differs') === null, 'step ' + step + ' differs');
    press('ArrowRight');
  }
  check(words.size > steps.length / 2, 'the words stay the same');
  press('ArrowLeft');
  check(place() === steps.length - 2, 'ArrowLeft');
  press('End');
  check(place() === steps.length - 1, 'End');
  at('first').click();
  check(place() === 0 && at('back').disabled, 'the buttons');
  at('next').click();
  document.querySelector('#picture [data-step=\"' + steps[3].step + '\"]').dispatchEvent(new MouseEvent('click', { bubbles: true }));
  check(place() === 3, 'a click in the picture');
  press('End');
  check(document.documentElement.scrollWidth <= innerWidth, 'wider than ' + innerWidth);
  const asked = performance.getEntriesByType('resource').map((entry) => entry.name);
  check(asked.length === 0, 'asks for ' + asked);
  const result = document.createElement('pre');
  result.id = 'result';
  result.textContent = innerWidth + ' ' + matchMedia('(prefers-color-scheme: dark)').matches + ' ' + (heard.join(', ') || 'all is well');
  document.body.append(result);
  parent.postMessage(result.textContent, '*');
}, 0));
</script>";

fn chromium(arguments: &[String]) -> Output {
    let profile = tempfile::tempdir().unwrap();
    for name in ["chromium", "chromium-browser", "google-chrome"] {
        let mut command = Command::new(name);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        if let Ok(output) = command.args(arguments).output() {
            return output;
        }
    }
    panic!("no chromium here: apt-get install chromium");
}

fn flags(size: (u32, u32), dark: bool) -> Vec<String> {
    // Blink counts dark as 0 and light as 1.
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
    vec![scheme, format!("--window-size={},{}", size.0, size.1)]
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The result of a walk through a page.
fn walked(page: &str, size: (u32, u32), dark: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let page = page.replacen("<title>", &format!("{EARS}<title>"), 1).replace("</body>", &format!("{WALK}</body>"));
    std::fs::write(&path, framed(&page, &folder.path().join("inner.html"), size)).unwrap();
    let mut arguments = flags(size, dark);
    arguments.extend([
        "--virtual-time-budget=10000".into(),
        "--allow-file-access-from-files".into(),
        "--dump-dom".into(),
        url(&path),
    ]);
    let output = chromium(&arguments);
    let (dom, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let console: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    let result = dom.split_once("<pre id=\"result\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let result = result.map_or("the walk did not end", |(result, _)| result);
    format!("{result} {}", console.join("\n")).trim().to_string()
}

/// A frame for the page: phones are narrower than the least width of a window.
fn framed(page: &str, inner: &Path, (width, height): (u32, u32)) -> String {
    if width > 500 {
        return page.to_string();
    }
    std::fs::write(inner, page).unwrap();
    format!(
        "<body style='margin:0'><iframe src='inner.html' style='border:0;width:{width}px;height:{height}px'></iframe><script>
         addEventListener('message', (event) => {{
           const result = document.createElement('pre');
           result.id = 'result';
           result.textContent = event.data;
           document.body.append(result);
         }});
         </script></body>"
    )
}

fn screenshots() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

#[test]
#[ignore = "needs chromium"]
fn the_pages_of_three_findings_walk_in_a_browser() {
    for name in FINDINGS {
        let page = page(name);
        for (size, dark) in SIZES.iter().flat_map(|size| [(*size, false), (*size, true)]) {
            let expected = format!("{} {dark} all is well", size.0);
            assert_eq!(walked(&page, size, dark), expected, "{name}");
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("page.html");
            std::fs::write(&path, framed(&page, &folder.path().join("inner.html"), size)).unwrap();
            let light = if dark { "dark" } else { "light" };
            let picture = screenshots().join(format!("{name}-{}-{light}.png", size.0));
            let mut arguments = flags(size, dark);
            arguments.extend([format!("--screenshot={}", picture.display()), url(&path)]);
            chromium(&arguments);
            assert!(picture.metadata().unwrap().len() > 20_000, "{}", picture.display());
        }
    }
}

/// The scripts notice a page with a request, one with an exception, and one that is too wide.
#[test]
#[ignore = "needs chromium"]
fn a_faulty_page_is_noticed() {
    let page = page(FINDINGS[0]);
    for (wrong, expected) in [
        ("<img src=\"https://example.org/x.png\">", "asks for https://example.org/x.png"),
        ("<script>throw new Error('no')</script>", "error: Uncaught Error: no"),
        ("<div style=\"width:3000px\">wide</div>", "wider than"),
    ] {
        let walked = walked(&page.replace("</body>", &format!("{wrong}</body>")), SIZES[0], false);
        assert!(walked.contains(expected), "{wrong}: {walked}");
    }
}

/// The text of the printed page, sheet by sheet.
fn printed(page: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (path, paper) = (folder.path().join("page.html"), folder.path().join("page.pdf"));
    // The page opens at its first step, as by a link.
    std::fs::write(&path, page).unwrap();
    chromium(&[
        "--no-pdf-header-footer".into(),
        format!("--print-to-pdf={}", paper.display()),
        format!("{}#1", url(&path)),
    ]);
    let text = Command::new("pdftotext").arg("-layout").arg(&paper).arg("-").output();
    let text = text.expect("no pdftotext here: apt-get install poppler-utils");
    String::from_utf8_lossy(&text.stdout).split('\u{c}').map(str::to_string).collect()
}

#[test]
#[ignore = "needs chromium and poppler-utils"]
fn a_printed_page_has_every_event_and_the_divergence_and_no_buttons() {
    for name in FINDINGS {
        let pages = printed(&page(name));
        let text = pages.concat();
        let path = root().join("artifacts").join(name).join("schedule.txt");
        let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (place, event) in schedule.events.iter().enumerate() {
            let line = text::line(event);
            let caption = |words: &str| words.trim_start().starts_with(&format!("{place} ")) && words.contains(&line);
            assert!(text.lines().any(caption), "{name}, event {place}: {line}\n{text}");
        }
        assert!(text.contains("– divergence") && text.contains("last agreement"), "{name}: {text}");
        // Both sides: the node in the specification and in raft-rs.
        let head = |line: &str| line.split_whitespace().eq(["specification", "raft-rs"]);
        assert!(text.lines().any(head), "{name}: no table of the divergence");
        for button in ["Copy", "step 1 of"] {
            assert!(!text.contains(button), "{name}: {button}");
        }
    }
}
