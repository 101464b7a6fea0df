//! One page that a partner can be sent: no script, no picture, nothing from elsewhere.

use std::fmt::Write as _;

use super::{Line, Report, Shown, escaped};
use crate::case::Side;
use crate::run::Verdict;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}.failed{color:#b42318;font-weight:600}.passed{color:#1a7f37}\
.warning{color:#9a6700}.skipped{color:#57606a}pre{background:#f6f8fa;padding:.6rem;overflow:auto;font-size:12px}\
summary{cursor:pointer}code{font-size:13px}dt{font-weight:600}dd{margin:0 0 .4rem 1rem}";

/// The whole page.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    let title = escaped(&format!("LSO Sonata conformance of {}", report.name));
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n<p>{} · {} · tested by {}</p>\n",
        escaped(&report.url),
        report.at,
        report.tester
    );
    functions(&mut out, report);
    let lines = |word: &str| {
        report
            .cases
            .iter()
            .filter(move |line| line.verdict.word() == word)
            .collect::<Vec<_>>()
    };
    for (heading, word) in [("Failed", "failed"), ("Odd, but not wrong", "warning")] {
        let found = lines(word);
        if !found.is_empty() {
            let _ = writeln!(out, "<h2>{heading}</h2>");
            found.iter().for_each(|line| page(&mut out, line, report));
        }
    }
    all(&mut out, report);
    out.push_str("</body></html>\n");
    out
}

fn functions(out: &mut String, report: &Report) {
    out.push_str("<table><tr><th>Function</th><th>API</th><th>Verdict</th><th>Passed</th><th>Failed</th><th>Odd</th><th>Not offered</th><th>Not done</th></tr>\n");
    for one in &report.functions {
        let class = match one.verdict {
            "passed" => "passed",
            "failed" => "failed",
            _ => "skipped",
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            one.function.as_str(),
            escaped(one.api.as_deref().unwrap_or("-")),
            one.verdict,
            one.passed,
            one.failed,
            one.warnings,
            one.not_offered,
            one.blocked
        );
    }
    let c = report.coverage;
    let _ = writeln!(
        out,
        "</table>\n<p>Of {} numbered requirements that bind a {} in these functions, {} were shown and {} are broken; \
         {} could not be tried here, and {} cannot be seen on the wire.</p>",
        c.requirements,
        report.tested.as_str(),
        c.shown,
        c.failed,
        c.open,
        c.not_testable
    );
}

fn page(out: &mut String, line: &Line, report: &Report) {
    let _ = writeln!(
        out,
        "<details open><summary><b>{}</b> <code>{}</code></summary><dl><dt>Given</dt><dd>{}</dd><dt>When</dt><dd>{}</dd>\
         <dt>Then</dt><dd>{}</dd><dt>Otherwise</dt><dd>{}</dd></dl>",
        escaped(line.id),
        escaped(&line.requirements.join(", ")),
        escaped(line.given),
        escaped(line.when),
        escaped(line.then),
        escaped(line.wrong)
    );
    let failed = match &line.verdict {
        Verdict::Failed { finding } => Some(finding),
        Verdict::Passed | Verdict::Warning | Verdict::NotOffered { .. } | Verdict::Blocked { .. } => None,
    };
    for finding in failed.into_iter().chain(&line.warnings) {
        let _ = writeln!(
            out,
            "<p><b>Expected</b> {}<br><b>Came</b> {}</p>",
            escaped(&finding.expected),
            escaped(&finding.came)
        );
        let shown = finding
            .exchange
            .and_then(|number| report.exchanges.iter().find(|one| one.number == number));
        if let Some(shown) = shown {
            exchange(out, report.tested, shown);
        }
    }
    out.push_str("</details>\n");
}

fn exchange(out: &mut String, side: Side, shown: &Shown) {
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let sent = shown.sent.as_ref().map(pretty).unwrap_or_default();
    let came = pretty(&shown.body);
    // The request first: of a Buyer it is what came.
    let (request, answer) = match side {
        Side::Seller => (sent, came),
        Side::Buyer => (came, sent),
    };
    let _ = writeln!(
        out,
        "<details><summary>Exchange {}: {} {} → {}</summary><pre>{}</pre><pre>{}</pre></details>",
        shown.number,
        shown.method,
        escaped(&shown.url),
        shown.status,
        escaped(&request),
        escaped(&answer)
    );
}

fn all(out: &mut String, report: &Report) {
    out.push_str("<h2>All cases</h2>\n<table><tr><th>Case</th><th>Requirements</th><th>Verdict</th></tr>\n");
    for line in &report.cases {
        let (class, why) = match &line.verdict {
            Verdict::Passed => ("passed", ""),
            Verdict::Warning => ("warning", ""),
            Verdict::Failed { .. } => ("failed", ""),
            Verdict::NotOffered { why } | Verdict::Blocked { why } => ("skipped", why.as_str()),
        };
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {}", escaped(why))
        };
        let _ = writeln!(
            out,
            "<tr><td>{}<br><small>{}</small></td><td>{}</td><td class=\"{class}\">{}{why}</td></tr>",
            escaped(line.id),
            escaped(line.then),
            escaped(&line.requirements.join(", ")),
            line.verdict.word()
        );
    }
    out.push_str("</table>\n");
}
