//! The words of a text, and runs of them.

use std::ops::Range;

use super::super::super::normal::words;
use super::named_country;

/// Words that follow each other, by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part(Range<usize>);

impl Part {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All parts of it, the longest first.
    pub(super) fn windows(&self, longest: usize) -> Vec<Self> {
        let lengths = (1..=longest.min(self.len())).rev();
        let starts = lengths.flat_map(|length| (self.0.start..=self.0.end - length).map(move |start| (start, length)));
        starts.map(|(start, length)| Self(start..start + length)).collect()
    }
}

/// Parts that are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Used(Vec<Part>);

impl Used {
    pub(super) fn extend(&mut self, parts: impl IntoIterator<Item = Part>) {
        self.0.extend(parts);
    }

    fn has(&self, position: usize) -> bool {
        self.0.iter().any(|part| part.0.contains(&position))
    }
}

/// A text in words, each with the number of commas and line ends before it.
pub(super) struct Parts {
    words: Vec<(String, usize)>,
}

impl Parts {
    pub(super) fn of(text: &str, longest: usize) -> Self {
        let pieces = text.split([',', '\n', ';']).enumerate();
        let words = pieces.flat_map(|(piece, text)| {
            let words = text
                .split_whitespace()
                .filter(|word| word.contains(char::is_alphanumeric));
            words.map(move |word| (word.to_owned(), piece))
        });
        Self {
            words: words.take(longest).collect(),
        }
    }

    /// Takes the country off the end.
    pub(super) fn take_country(&mut self) -> Option<String> {
        let count = self.words.len();
        let starts = count.saturating_sub(4)..count;
        let found = starts.into_iter().find_map(|start| {
            let country = named_country(&self.text(&Part(start..count)))?;
            Some((start, country))
        });
        let (start, country) = found?;
        self.words.truncate(start);
        Some(country)
    }

    pub(super) fn text(&self, part: &Part) -> String {
        let words = self.words.get(part.0.clone()).unwrap_or_default();
        let words: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
        words.join(" ")
    }

    pub(super) fn digits(&self, part: &Part) -> usize {
        self.text(part).chars().filter(char::is_ascii_digit).count()
    }

    /// Words that follow each other, not taken and between the same commas.
    pub(super) fn runs(&self, used: &Used) -> Vec<Part> {
        let mut runs: Vec<Part> = Vec::new();
        for (position, (_, piece)) in self
            .words
            .iter()
            .enumerate()
            .filter(|(position, _)| !used.has(*position))
        {
            match runs.last_mut() {
                Some(run) if run.0.end == position && self.words[position - 1].1 == *piece => run.0.end += 1,
                _ => runs.push(Part(position..position + 1)),
            }
        }
        runs
    }

    pub(super) fn windows(&self, longest: usize, used: &Used) -> impl Iterator<Item = Part> {
        self.runs(used).into_iter().flat_map(move |run| run.windows(longest))
    }

    /// What may be house numbers: the longest forms (`12 a`, `12 - 14`) first.
    pub(super) fn numbers(&self, used: &Used) -> Vec<Part> {
        let is_number = |word: &str| {
            let letters = word.chars().filter(char::is_ascii_alphabetic).count();
            word.starts_with(|c: char| c.is_ascii_digit()) && letters <= 1
        };
        let is_suffix = |word: &str| {
            (word.len() == 1 && word.starts_with(|c: char| c.is_ascii_alphabetic())) || word == "bis" || word == "ter"
        };
        let mut numbers = Vec::new();
        for run in self.runs(used) {
            for position in run.0.clone().filter(|position| is_number(&self.words[*position].0)) {
                let next = position + 1;
                if next < run.0.end && is_suffix(&self.words[next].0) {
                    numbers.push(Part(position..next + 1));
                }
                numbers.push(Part(position..next));
            }
        }
        numbers
    }

    /// What stands before a number, and what behind it.
    pub(super) fn beside(&self, number: &Part, used: &Used) -> Vec<Part> {
        let runs = self.runs(used);
        let Some(run) = runs.iter().find(|run| run.0.contains(&number.0.start)) else {
            return Vec::new();
        };
        let mut beside = vec![Part(run.0.start..number.0.start), Part(number.0.end..run.0.end)];
        // A comma between the two is not unusual.
        let before = runs
            .iter()
            .find(|other| other.0.end == run.0.start && run.0.start == number.0.start);
        let behind = runs
            .iter()
            .find(|other| other.0.start == run.0.end && run.0.end == number.0.end);
        beside.extend(before.into_iter().chain(behind).cloned());
        beside.retain(|part| !part.0.is_empty());
        beside
    }

    /// The words that are not taken, in the one form.
    pub(super) fn rest(&self, used: &Used) -> Vec<String> {
        let rest = self
            .words
            .iter()
            .enumerate()
            .filter(|(position, _)| !used.has(*position));
        rest.flat_map(|(_, (word, _))| words(word)).collect()
    }
}
