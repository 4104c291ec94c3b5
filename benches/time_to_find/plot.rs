//! The table as a picture: a row for each that was hunted, a mark for each guide, executions from left to right in
//! powers of ten.

use super::rows::{self, Row};
use std::fmt::Write;

const COLOURS: [&str; 4] = ["#8a8f98", "#d9822b", "#2b7bd9", "#1f9d55"];
const LEFT: f64 = 190.0;
const DECADE: f64 = 110.0;
const HEIGHT: f64 = 18.0;

/// The picture as SVG.
pub fn plot(rows: &[Row], guides: &[&str]) -> String {
    let place = |executions: u64| LEFT + DECADE * (executions.max(1) as f64).log10();
    let most = rows.iter().flat_map(|row| &row.guides).map(|guide| guide.executions[2]).max().unwrap_or(1);
    let decades = (most.max(10) as f64).log10().ceil() as u32;
    let (width, height) = (LEFT + DECADE * f64::from(decades) + 20.0, 60.0 + HEIGHT * rows.len() as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (number, guide) in guides.iter().enumerate() {
        let (name, x) = (if *guide == "none" { "random" } else { guide }, LEFT + 80.0 * number as f64);
        let colour = COLOURS[number];
        writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"14\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"18\">{name}</text>",
            x + 8.0
        )
        .expect("a string takes it");
    }
    for decade in 0..=decades {
        let x = LEFT + DECADE * f64::from(decade);
        let label = 10u64.pow(decade);
        writeln!(
            svg,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"42\" y2=\"{height}\" stroke=\"#ddd\"/><text x=\"{x}\" y=\"38\" \
             text-anchor=\"middle\" fill=\"#555\">{label}</text>"
        )
        .expect("a string takes it");
    }
    for (number, row) in rows.iter().enumerate() {
        let y = 54.0 + HEIGHT * number as f64;
        writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            y + 4.0,
            rows::short(&row.name)
        )
        .expect("a string takes it");
        for (number, guide) in row.guides.iter().enumerate() {
            let [low, median, high] = guide.executions.map(place);
            let (y, colour) = (y + 3.0 * (number as f64 - 1.5), COLOURS[number]);
            writeln!(
                svg,
                "<line x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{colour}\"/><circle \
                 cx=\"{median:.1}\" cy=\"{y}\" r=\"2.5\" fill=\"{colour}\"/>"
            )
            .expect("a string takes it");
        }
    }
    svg + "</svg>\n"
}
