//! Markdown tables of the documentation, as data.

/// The rows of a Markdown table, without its two head lines. Code cells lose their backticks.
///
/// # Errors
/// A row has another number of cells.
pub fn rows<const CELLS: usize>(table: &str) -> Result<Vec<[String; CELLS]>, String> {
    table.lines().filter(|line| line.starts_with('|')).skip(2).map(row).collect()
}

fn row<const CELLS: usize>(line: &str) -> Result<[String; CELLS], String> {
    let inner = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')).unwrap_or(line);
    // An escaped bar is part of a cell.
    let cells = inner.replace(r"\|", "\0");
    let cells: Vec<String> = cells.split('|').map(|cell| plain(cell.trim()).replace('\0', "|")).collect();
    cells.try_into().map_err(|_| format!("expected a row of {CELLS} cells, not: {line}"))
}

/// A cell; one that is code as a whole loses its backticks.
fn plain(cell: &str) -> &str {
    let code = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    code.filter(|code| !code.contains('`')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_cells_and_bars_in_them_are_escaped() {
        let table = "| a | b |\n| --- | --- |\n| `x` | y \\| `z` |\n";
        assert_eq!(rows(table), Ok(vec![["x".to_string(), "y | `z`".to_string()]]));
        assert!(rows::<3>(table).is_err());
    }
}
