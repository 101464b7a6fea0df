//! What a Buyer among the companies does: steps of the scenario, in the words of the command line,
//! done by the real Buyer. Each is told as it ends; the first that does not come out as it should
//! ends the script.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;
use segue_model::time::{self, Clock, Span, Unit};
use serde::Serialize;
use serde_json::Value;

use super::moved;
use super::scenario::Step;
use super::world::World;
use crate::cli::{Action, Cli};
use crate::command::Command;

/// What has not come by then does not come.
const WAIT_MAX: Duration = Duration::from_secs(40);

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// What is due only then nobody waits for: to go there would be to lose what is under way.
const FAR: Span = Span::new(100, Unit::CalendarDays);

/// One step that was taken.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// 1, 2, 3...
    pub n: usize,
    /// For people.
    pub what: String,
    /// Business time when it ended.
    pub at: String,
    /// Whether it came out as the scenario says.
    pub ok: bool,
    /// What came instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came: Option<String>,
}

/// Where the steps have come to.
pub struct Script<'a> {
    world: &'a World,
    /// Company of a step that names none.
    default: &'a str,
    kept: BTreeMap<String, String>,
}

impl<'a> Script<'a> {
    /// In a world, as the first Buyer in it.
    pub fn of(world: &'a World, (buyer, seller): (&'a str, &str)) -> Self {
        Self {
            world,
            default: buyer,
            kept: BTreeMap::from([("seller".to_owned(), seller.to_owned())]),
        }
    }

    /// Takes one step.
    pub async fn take(&mut self, n: usize, step: &Step) -> Taken {
        let came = self.done(step).await.err();
        let words = || {
            step.command
                .clone()
                .or_else(|| step.pass.map(|pass| format!("{} pass", pass.text())))
        };
        Taken {
            n,
            what: step.say.clone().or_else(words).unwrap_or_default(),
            at: time::text(self.world.clock.now()),
            ok: came.is_none(),
            came: came.map(|error| format!("{error:#}")),
        }
    }

    async fn done(&mut self, step: &Step) -> Result<()> {
        if let Some(pass) = step.pass {
            let to = pass.0.after(self.world.clock.now());
            if !moved::on(self.world, to).await? {
                bail!("business time did not arrive at {}", time::text(to));
            }
        }
        let Some(words) = &step.command else { return Ok(()) };
        let command = self.read(step, words)?;
        let answer = self.answer(step, &command).await?;
        for (name, pointer) in &step.keep {
            let value = answer
                .pointer(pointer)
                .with_context(|| format!("the answer has no {pointer}: {answer}"))?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.kept.insert(name.clone(), text);
        }
        Ok(())
    }

    async fn answer(&self, step: &Step, command: &Command) -> Result<Value> {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let answer = match (self.world.run(command.clone()).await, &step.refused) {
                (Err(error), Some(text)) => {
                    let said = format!("{:#}", super::world::told(error));
                    if said.contains(text) {
                        return Ok(Value::Null);
                    }
                    bail!("it was refused otherwise than with {text:?}: {said}");
                }
                (Ok(answer), Some(_)) => bail!("it was not refused: {answer}"),
                (Err(error), None) => return Err(super::world::told(error)),
                (Ok(answer), None) => answer,
            };
            let missing = differs(&answer, &step.until).or_else(|| differs(&answer, &step.expect));
            let Some(missing) = missing else { return Ok(answer) };
            if step.until.is_empty() || Instant::now() > deadline {
                bail!("{missing}");
            }
            self.go_on().await?;
        }
    }

    /// A clock that stands is moved to what is due next; one that runs is waited for.
    async fn go_on(&self) -> Result<()> {
        let soon = FAR.after(self.world.clock.now());
        let next = self.world.app.store.next_due().await?;
        if self.world.clock.asked_speed() == 0.0
            && let Some(next) = next.filter(|next| *next < soon)
        {
            moved::on(self.world, next).await?;
        }
        tokio::time::sleep(LOOK).await;
        Ok(())
    }

    fn read(&self, step: &Step, words: &str) -> Result<Command> {
        let mut filled = words.to_owned();
        for (name, value) in &self.kept {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        let company = step.company.as_deref().unwrap_or(self.default);
        let mut all = vec!["segue".to_owned()];
        all.extend(split(&filled));
        if !all.iter().any(|word| word == "--company") {
            all.extend(["--company".to_owned(), company.to_owned()]);
        }
        let cli = Cli::try_parse_from(all).map_err(|error| anyhow::anyhow!("{words}: {error}"))?;
        match cli.action {
            Action::Store(command) => Ok(*command),
            _ => bail!("{words}: a step is a command on an installation, `buy` mostly"),
        }
    }
}

/// The first value that is not there.
fn differs(answer: &Value, wanted: &BTreeMap<String, Value>) -> Option<String> {
    wanted.iter().find_map(|(pointer, value)| {
        let found = answer.pointer(pointer);
        (found != Some(value)).then(|| {
            let found = found.map_or_else(|| "nothing".to_owned(), Value::to_string);
            format!("{pointer} is {found} and not {value}")
        })
    })
}

/// Words as a shell has them, with single quotes.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, piece) in text.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_in_a_shell() {
        assert_eq!(
            split("buy address --street 'Ahornstraße 24' --number 1"),
            ["buy", "address", "--street", "Ahornstraße 24", "--number", "1"]
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let wanted = BTreeMap::from([("/state".to_owned(), Value::from("done"))]);
        let told = differs(&serde_json::json!({ "state": "x" }), &wanted);
        assert_eq!(told.as_deref(), Some("/state is \"x\" and not \"done\""));
        assert_eq!(differs(&serde_json::json!({ "state": "done" }), &wanted), None);
    }
}
