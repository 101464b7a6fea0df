//! What is followed, on a terminal: one line for each thing, drawn again when something happens to it.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use super::progress::text;

/// How often a line that waits is drawn again, so that one sees that it lives.
const TICK: Duration = Duration::from_millis(200);

/// One line for each thing followed: the whole and its items.
#[derive(Default)]
pub(super) struct Board {
    drawn: MultiProgress,
    rows: Mutex<Vec<(Row, ProgressBar)>>,
}

/// What is known of one thing.
#[derive(Default)]
struct Row {
    what: String,
    state: String,
    since: String,
    milestones: Vec<String>,
}

impl Row {
    fn learn(&mut self, told: &Value) {
        if let Some(milestone) = told["milestone"].as_str() {
            self.milestones.push(milestone.to_owned());
        }
        if let Some(state) = told["state"].as_str() {
            state.clone_into(&mut self.state);
            self.since = told["at"].as_str().unwrap_or_default().to_owned();
        }
    }

    fn text(&self) -> String {
        let since = if self.since.is_empty() { "" } else { "since " };
        let milestones: Vec<String> = self.milestones.iter().map(|name| format!("✓ {name}")).collect();
        let text = format!("{}  {since}{}  {}", self.state, self.since, milestones.join("  "));
        text.trim().to_owned()
    }
}

impl Board {
    /// News of something has a line of its own; all else stands above the lines for good.
    pub(super) fn tell(&self, value: &Value) {
        let (Some(what), Ok(mut rows)) = (value["what"].as_str(), self.rows.lock()) else {
            let _ = self.drawn.println(format!("  {}", text(value)));
            return;
        };
        let known = rows.iter().position(|(row, _)| row.what == what);
        let index = known.unwrap_or_else(|| {
            rows.push((
                Row {
                    what: what.to_owned(),
                    ..Row::default()
                },
                self.bar(what),
            ));
            rows.len() - 1
        });
        if let Some((row, bar)) = rows.get_mut(index) {
            row.learn(value);
            bar.set_message(row.text());
        }
    }

    fn bar(&self, what: &str) -> ProgressBar {
        let style = ProgressStyle::with_template("  {spinner} {prefix:14} {wide_msg}");
        let bar = ProgressBar::new_spinner().with_prefix(what.to_owned());
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        let bar = self.drawn.add(bar);
        bar.enable_steady_tick(TICK);
        bar
    }

    /// The lines stay as they were drawn last.
    pub(super) fn end(&self) {
        if let Ok(rows) = self.rows.lock() {
            rows.iter().for_each(|(_, bar)| bar.abandon());
        }
    }
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressDrawTarget;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_terminal_has_one_line_for_each_item_with_its_milestones() {
        let board = Board::default();
        board.drawn.set_draw_target(ProgressDrawTarget::hidden());
        for told in [
            json!({ "registered": "for events" }),
            json!({ "at": "10:00", "what": "order", "state": "acknowledged" }),
            json!({ "at": "10:01", "what": "item uni", "state": "inProgress" }),
            json!({ "at": "10:02", "what": "order", "state": "inProgress" }),
            json!({ "at": "10:03", "what": "item uni", "milestone": "SITE_SURVEY" }),
            json!({ "at": "10:04", "what": "item uni", "milestone": "TESTING" }),
        ] {
            board.tell(&told);
        }
        board.end();
        let rows = board.rows.lock().unwrap();
        let drawn: Vec<(String, String)> = rows.iter().map(|(_, bar)| (bar.prefix(), bar.message())).collect();
        let expected = [
            ("order", "inProgress  since 10:02"),
            ("item uni", "inProgress  since 10:01  ✓ SITE_SURVEY  ✓ TESTING"),
        ];
        assert_eq!(drawn, expected.map(|(what, text)| (what.to_owned(), text.to_owned())));
        assert!(rows.iter().all(|(_, bar)| bar.is_finished()));
    }
}
