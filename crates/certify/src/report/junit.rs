//! JUnit XML, as build servers read it: one suite for each function. What is not offered or could
//! not be done is skipped, with the reason.

use std::fmt::Write as _;

use super::{Line, Report, escaped};
use crate::run::Verdict;

/// The whole file.
pub fn junit(report: &Report) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\">",
        escaped(&format!("LSO Sonata conformance of {}", report.name))
    );
    for function in &report.functions {
        let of_it: Vec<&Line> = report
            .cases
            .iter()
            .filter(|line| line.function == function.function)
            .collect();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" timestamp=\"{}\">",
            function.function.as_str(),
            of_it.len(),
            function.failed,
            function.not_offered + function.blocked,
            report.at
        );
        for line in of_it {
            case(&mut out, line);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, line: &Line) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"",
        line.function.as_str(),
        escaped(line.id)
    );
    let shows = line.requirements.join(", ");
    let inner = match &line.verdict {
        Verdict::Passed => None,
        Verdict::Warning => {
            let told: Vec<String> = line
                .warnings
                .iter()
                .map(|w| format!("expected {}; {}", w.expected, w.came))
                .collect();
            Some(format!("<system-out>{}</system-out>", escaped(&told.join("\n"))))
        }
        Verdict::Failed { finding } => Some(format!(
            "<failure message=\"{}\">{}</failure>",
            escaped(&format!("{shows}: expected {}", finding.expected)),
            escaped(&finding.came)
        )),
        Verdict::NotOffered { why } => Some(format!(
            "<skipped message=\"{}\"/>",
            escaped(&format!("not offered: {why}"))
        )),
        Verdict::Blocked { why } => Some(format!(
            "<skipped message=\"{}\"/>",
            escaped(&format!("blocked: {why}"))
        )),
    };
    let _ = match inner {
        None => writeln!(out, "/>"),
        Some(inner) => writeln!(out, ">{inner}</testcase>"),
    };
}
