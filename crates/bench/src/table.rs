//! The report for people.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use crate::run::{Report, Row};

/// Prints it.
pub fn show(report: &Report) {
    let machine = &report.machine;
    println!(
        "{}, {} cores, Linux {}, {}; {:.0} fdatasync/s in this run",
        machine.processor, machine.cores, machine.kernel, machine.rustc, machine.fdatasync_per_second
    );
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "engine",
        "operation",
        "connections",
        "most/s",
        "limit/s",
        "share",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "bytes kept",
        "refused",
    ]);
    for row in &report.rows {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!(
        "most: closed loop. limit: the bare server in the same minute. p50 and on: at 70 % of most, from when each was to begin."
    );
    for (engine, mb, quotes) in &report.memory_mb {
        println!("{engine}: {mb:.0} MB at most after {quotes} requests");
    }
    for skipped in &report.skipped {
        println!("skipped: {skipped}");
    }
}

fn cells(row: &Row) -> [String; 11] {
    let refused: u64 = [&row.most, &row.limit, &row.loaded]
        .iter()
        .flat_map(|of| of.others.values())
        .sum();
    [
        row.engine.to_owned(),
        row.operation.to_owned(),
        row.connections.to_string(),
        format!("{:.0}", row.most.per_second),
        format!("{:.0}", row.limit.per_second),
        format!("{:.0} %", row.share * 100.0),
        format!("{:.2}", row.loaded.p50_ms),
        format!("{:.2}", row.loaded.p99_ms),
        format!("{:.2}", row.loaded.p999_ms),
        row.stored_bytes.to_string(),
        refused.to_string(),
    ]
}
