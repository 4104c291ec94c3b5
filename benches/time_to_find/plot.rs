//! The table as a picture: a row for each prey, executions from left to right in powers of ten.
//!
//! Findings are left out: their hunts have several guides, and the table compares these.

use super::rows::{self, Row};
use std::fmt::Write;

const LEFT: f64 = 190.0;
const DECADE: f64 = 110.0;
const HEIGHT: f64 = 18.0;
/// The top of the first row, below the scale.
const TOP: f64 = 36.0;

/// The picture as SVG: a dot at the median, a line between the quartiles.
pub fn plot(rows: &[Row]) -> String {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.guides.len() == 1).collect();
    let place = |executions: u64| LEFT + DECADE * (executions.max(1) as f64).log10();
    let most = rows.iter().map(|row| row.guides[0].executions[2]).max().unwrap_or(1);
    let decades = (most.max(10) as f64).log10().ceil() as u32;
    let (width, height) = (LEFT + DECADE * f64::from(decades) + 20.0, TOP + 6.0 + HEIGHT * rows.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for decade in 0..=decades {
        let (x, label) = (LEFT + DECADE * f64::from(decade), 10u64.pow(decade));
        writeln!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"24\" y2=\"{height}\" stroke=\"#ddd\"/><text x=\"{x}\" y=\"18\" \
             text-anchor=\"middle\" fill=\"#555\">{label}</text>"
        )
        .expect("a string takes any text");
    }
    for (number, row) in rows.into_iter().enumerate() {
        let y = TOP + HEIGHT * number as f64;
        let [low, median, high] = row.guides[0].executions.map(place);
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><line x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y}\" \
             y2=\"{y}\" stroke=\"#1f9d55\"/><circle cx=\"{median:.1}\" cy=\"{y}\" r=\"2.5\" fill=\"#1f9d55\"/>",
            LEFT - 10.0,
            y + 4.0,
            rows::short(&row.name)
        )
        .expect("a string takes any text");
    }
    svg + "</svg>\n"
}
