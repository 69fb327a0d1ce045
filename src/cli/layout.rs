//! Lines and tables that keep to a width.

use crate::report::{width, wrap};

/// Columns before a word that is too long for a field's own column, such as an ARN: a name that is torn in two cannot be copied.
const OUTDENT: usize = 4;

/// A line at an indentation as the lines that keep to `columns`, each with its indentation. What follows the first hangs two columns more.
pub fn fitted(line: &str, indent: usize, columns: usize) -> Vec<(usize, String)> {
    if indent + width(line) <= columns {
        return vec![(indent, line.to_owned())];
    }
    let text = line.trim_start();
    let own = indent + line.len() - text.len();
    if !text.contains(' ') {
        return vec![(own.min(OUTDENT), text.to_owned())];
    }
    let lines = wrap(text, columns.saturating_sub(own + 2)).into_iter().enumerate();
    lines.map(|(n, part)| if n == 0 { (own, part) } else { (own + 2, part) }).collect()
}

/// Rows with their columns below each other; the last cell of a row that takes more than `room` columns is a line of its own.
pub fn table(rows: Vec<Vec<String>>, room: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0)).collect();
    let aligned = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = Vec::new();
    let mut above: Option<&[String]> = None;
    for row in &rows {
        let whole = aligned(row);
        match row.split_last() {
            Some((last, first)) if width(&whole) > room && !first.is_empty() => {
                // A type with several ARNs is named once.
                if above != Some(first) {
                    lines.push(aligned(first));
                }
                lines.push(format!("  {last}"));
                above = Some(first);
            }
            _ => {
                lines.push(whole);
                above = None;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hang_and_long_ones_move_to_the_left() {
        assert_eq!(fitted("one two", 3, 10), [(3, "one two".to_owned())]);
        assert_eq!(fitted("  one two three", 1, 12), [(3, "one two".to_owned()), (5, "three".to_owned())]);
        assert_eq!(fitted("arn:aws:iam::role", 20, 24), [(4, "arn:aws:iam::role".to_owned())]);
        assert_eq!(fitted("arn:aws:iam::role", 2, 12), [(2, "arn:aws:iam::role".to_owned())]);
    }

    #[test]
    fn the_last_cell_of_a_long_row_stands_below() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = vec![row(&["a", "x"]), row(&["bcd", "long one"]), row(&["bcd", "long two"])];
        assert_eq!(table(rows.clone(), 20), ["a    x", "bcd  long one", "bcd  long two"]);
        assert_eq!(table(rows, 8), ["a    x", "bcd", "  long one", "  long two"]);
    }
}
