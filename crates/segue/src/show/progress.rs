//! How far a long command has come, on standard error so that the answer stays alone on standard
//! output. What happens is told in lines; how much is done, in bars, which only a terminal shows.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use super::board::Board;
use super::plain;

/// How progress is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// For people.
    Text,
    /// For people who follow something: where there is a terminal, a line for each thing.
    Board,
    /// One JSON object a line.
    Lines,
    /// Not at all.
    Quiet,
}

/// Lines and bars of a long command.
pub struct Progress {
    manner: Manner,
    shown: Mutex<bool>,
    /// `None` where there is no terminal.
    bars: Option<(MultiProgress, Mutex<Vec<ProgressBar>>)>,
    /// The same, of what is followed.
    board: Option<Board>,
}

impl Progress {
    /// Nothing told yet.
    pub fn new(manner: Manner) -> Self {
        let is_drawn = |wanted| manner == wanted && std::io::stderr().is_terminal();
        Self {
            manner,
            shown: Mutex::new(false),
            bars: is_drawn(Manner::Text).then(|| (MultiProgress::new(), Mutex::default())),
            board: is_drawn(Manner::Board).then(Board::default),
        }
    }

    /// Shows one line, or as many bars as there are: `{"bars": [{"what": …, "done": 3, "of": 10}]}`,
    /// without `of` where the end is not known.
    pub fn tell(&self, value: &Value) {
        let bars = value.get("bars").and_then(Value::as_array);
        match (self.manner, bars) {
            (Manner::Quiet, _) => {}
            (Manner::Lines, _) => drop(writeln!(std::io::stderr(), "{value}")),
            (Manner::Text, Some(bars)) => self.draw(bars),
            (Manner::Text | Manner::Board, _) => self.line(value),
        }
    }

    fn line(&self, value: &Value) {
        let say = || drop(writeln!(std::io::stderr(), "  {}", text(value)));
        match (&self.board, &self.bars) {
            (Some(board), _) => board.tell(value),
            (None, Some((all, _))) => all.suspend(say),
            (None, None) => say(),
        }
        if let Ok(mut shown) = self.shown.lock() {
            *shown = true;
        }
    }

    fn draw(&self, bars: &[Value]) {
        let Some((all, drawn)) = &self.bars else { return };
        let Ok(mut drawn) = drawn.lock() else { return };
        while drawn.len() < bars.len() {
            drawn.push(all.add(ProgressBar::no_length()));
        }
        for (bar, value) in drawn.iter().zip(bars) {
            let of = value["of"].as_u64();
            bar.set_style(style(of));
            bar.set_message(plain(value.get("what")));
            if let Some(of) = of {
                bar.set_length(of);
                bar.set_position(value["done"].as_u64().unwrap_or_default());
            }
            bar.tick();
        }
    }

    /// Takes the bars away, leaves the lines; an empty line between what was told and the answer.
    pub fn end(&self) {
        if let Some((all, _)) = &self.bars {
            let _ = all.clear();
        }
        if let Some(board) = &self.board {
            board.end();
        }
        if self.shown.lock().is_ok_and(|shown| *shown) {
            let _ = writeln!(std::io::stderr());
        }
    }
}

fn style(of: Option<u64>) -> ProgressStyle {
    let template = match of {
        Some(_) => "  {msg:<40} {bar:24} {percent:>3} %",
        None => "  {msg}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `10:03  item uni  milestone: SITE_SURVEY`
pub(super) fn text(value: &Value) -> String {
    let cells = value.as_object().into_iter().flatten();
    let text: Vec<String> = cells
        .map(|(name, cell)| match name.as_str() {
            "at" | "what" | "state" => plain(Some(cell)),
            name => format!("{name}: {}", plain(Some(cell))),
        })
        .collect();
    text.join("  ")
}
