//! The hunt on a whole terminal: its figures over time, and what was found.

use crate::cli::interrupt;
use crate::report::hunt::{clock, Status};
use anyhow::{bail, Result};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{enable_raw_mode, EnterAlternateScreen};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, GraphType, Paragraph};
use ratatui::{DefaultTerminal, Frame, Terminal};
use std::io::{IsTerminal, Read};

/// What there is to see.
#[derive(Default)]
pub struct View {
    /// What is hunted, and how.
    pub title: String,
    /// Where the hunt has stood, from its beginning.
    pub history: Vec<Status>,
    /// What was found, a line each, and what is being looked at.
    pub findings: Vec<String>,
    /// The work that the end of the hunt waits for.
    pub ending: Option<String>,
}

/// So many points a figure has at most; when there are twice as many, every other one goes.
const POINTS: usize = 512;

impl View {
    /// Adds where the hunt stands.
    pub fn add(&mut self, status: &Status) {
        self.history.push(status.clone());
        if self.history.len() >= 2 * POINTS {
            let mut place = 0;
            self.history.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }
}

/// The terminal, as long as it is filled.
pub struct Dashboard {
    terminal: DefaultTerminal,
    /// What is shown.
    pub view: View,
}

impl Dashboard {
    /// Takes over the terminal. While it is filled Ctrl-C is a key: it and `q` ask the program to end, as does a
    /// terminal that is gone.
    pub fn new(title: String) -> Result<Self> {
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            bail!("--dashboard needs a terminal as standard input and output: leave it out, or use --stats FILE");
        }
        // Not `ratatui::init`: its panic hook gives the terminal back at the panics of raft-rs, which are caught.
        enable_raw_mode()?;
        execute!(std::io::stdout(), EnterAlternateScreen)?;
        let terminal = Terminal::new(CrosstermBackend::new(std::io::stdout()))?;
        // crossterm's reader never comes back from a terminal that has hung up.
        std::thread::spawn(move || {
            let keys = std::io::stdin().lock().bytes().map_while(std::io::Result::ok);
            keys.filter(|key| matches!(*key, b'q' | CTRL_C)).for_each(|_| interrupt::request());
            interrupt::request();
        });
        Ok(Dashboard { terminal, view: View { title, ..View::default() } })
    }

    /// Shows where the hunt stands.
    pub fn show(&mut self) -> Result<()> {
        self.terminal.draw(|frame| draw(frame, &self.view))?;
        Ok(())
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

const CTRL_C: u8 = 3;

type Figure = (&'static str, fn(&Status) -> u64, Color);

const FIGURES: [Figure; 4] = [
    ("executions", |status| status.executions, Color::Blue),
    ("coverage", |status| status.coverage, Color::Green),
    ("abstract states", |status| status.abstract_states, Color::Magenta),
    ("corpus", |status| status.corpus as u64, Color::Yellow),
];

fn draw(frame: &mut Frame, view: &View) {
    let status = view.history.last().cloned().unwrap_or_default();
    let found = view.findings.len().clamp(1, 8) as u16 + 2;
    let rows = [Constraint::Length(2), Constraint::Min(8), Constraint::Length(found), Constraint::Length(1)];
    let [head, middle, findings, foot] = Layout::vertical(rows).areas(frame.area());
    let rates = format!(
        "{}   {} executions/s   {} events/s",
        clock(status.seconds),
        grouped(status.rate(status.executions)),
        grouped(status.rate(status.events))
    );
    frame.render_widget(Paragraph::new(vec![Line::from(view.title.as_str()).bold(), Line::from(rates)]), head);
    let halves: [Rect; 2] = Layout::vertical([Constraint::Fill(1); 2]).areas(middle);
    for (half, figures) in halves.into_iter().zip(FIGURES.chunks(2)) {
        let quarters: [Rect; 2] = Layout::horizontal([Constraint::Fill(1); 2]).areas(half);
        for (area, figure) in quarters.into_iter().zip(figures) {
            chart(frame, area, &view.history, figure);
        }
    }
    let title = format!(" findings: {} ", status.findings);
    let lines: Vec<Line> = match view.findings.is_empty() {
        true => vec![Line::from("none yet").dim()],
        // The newest last, as far as there is room.
        false => {
            view.findings.iter().skip(view.findings.len().saturating_sub(8)).map(|it| Line::from(it.as_str())).collect()
        }
    };
    let block = Block::bordered().title(title);
    let block = if status.findings > 0 { block.border_style(Style::new().fg(Color::Red)) } else { block };
    frame.render_widget(Paragraph::new(lines).block(block), findings);
    let says = match &view.ending {
        Some(ending) => Line::from(ending.as_str()).bold(),
        None => Line::from("q ends the hunt; nothing is lost").dim(),
    };
    frame.render_widget(says, foot);
}

fn chart(frame: &mut Frame, area: Rect, history: &[Status], (name, of, colour): &Figure) {
    let points: Vec<(f64, f64)> = history.iter().map(|status| (status.seconds, of(status) as f64)).collect();
    let most = points.iter().map(|(_, value)| *value).fold(1.0, f64::max);
    let length = points.last().map_or(1.0, |(seconds, _)| *seconds).max(1.0);
    let line = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(Style::new().fg(*colour));
    let now = history.last().map_or(0, of);
    let title = Line::from(format!(" {name}: {} ", grouped(now))).style(Style::new().add_modifier(Modifier::BOLD));
    let axis = |bounds, labels: [String; 2]| Axis::default().bounds(bounds).labels(labels).dim();
    let chart = Chart::new(vec![line.data(&points)])
        .block(Block::bordered().title(title))
        .x_axis(axis([0.0, length], ["0".into(), clock(length)]))
        .y_axis(axis([0.0, most], ["0".into(), grouped(most as u64)]));
    frame.render_widget(chart, area);
}

/// With a space between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|it| std::str::from_utf8(it).ok()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::backend::TestBackend;

    fn screen(view: &View) -> String {
        let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
        terminal.draw(|frame| draw(frame, view)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_screen_has_each_figure_and_what_was_found() {
        let mut view = View { title: "raft-lockstep fuzz, 2 workers".into(), ..View::default() };
        let empty = screen(&view);
        assert!(empty.contains("none yet") && empty.contains("findings: 0"), "{empty}");
        for second in 1..=90 {
            let status = Status { seconds: second as f64, executions: 1000 * second, findings: 1, ..Status::default() };
            view.add(&status);
        }
        view.findings.push("state/vote/Restart: 40 events, 3 after minimising".into());
        let full = screen(&view);
        for expected in ["2 workers", "executions: 90 000", "1 min 30 s", "1 000 executions/s", "state/vote/Restart"] {
            assert!(full.contains(expected), "{expected}: {full}");
        }
        view.ending = Some("ending: waiting for 2 workers".into());
        assert!(screen(&view).contains("ending: waiting for 2 workers"));
        assert!(
            full.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count() > 20,
            "no line is drawn: {full}"
        );
    }

    #[test]
    fn a_long_hunt_keeps_its_beginning_and_is_bounded() {
        let mut view = View::default();
        for second in 0..100_000 {
            view.add(&Status { seconds: f64::from(second), ..Status::default() });
        }
        assert!(view.history.len() < 2 * POINTS);
        assert_eq!(view.history[0].seconds, 0.0);
    }
}
