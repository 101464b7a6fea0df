//! The stage of a Buyer: the tester plays the Seller, tells the Buyer under test (or the person who
//! drives it, or a command of the profile) what to do next, and keeps every request.
//!
//! It judges nothing but structure: what a request has to be is said by the cases. It shares
//! nothing with the Buyer and the Seller of this program: what it answers is in [`answers`].

pub mod answers;
pub mod cases;
pub mod desk;
mod events;
pub mod profile;
mod shelf;
pub mod steps;
pub mod tokens;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::case::{Finding, Function, Stop};
use crate::lab::exchange::Exchange;
use crate::lab::expect::Answer;
use crate::run::{Choice, Outcome, Place, Run, Subject, one};
use desk::Desk;
use profile::BuyerProfile;

pub use events::Delivered;

/// Characters of what a command said, in a message.
const SAID_MAX: usize = 300;

/// A stage that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The address of the tester.
    #[error("listening on {0} (listen of the profile): {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
}

/// Hears what the Buyer is to do next.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// See the module.
pub struct Stage {
    /// The Buyer.
    pub profile: BuyerProfile,
    /// What the running case found odd, without being wrong.
    pub warnings: Vec<Finding>,
    /// What the tester is as a Seller.
    pub desk: Arc<Desk>,
    tell: Tell,
    server: JoinHandle<()>,
    events: events::Events,
    made: BTreeMap<String, Result<Answer, Stop>>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Place for Stage {
    fn take_warnings(&mut self) -> Vec<Finding> {
        self.desk.untwist();
        std::mem::take(&mut self.warnings)
    }
}

/// What a command said and how it ended.
struct Said {
    ended: String,
}

impl Stage {
    /// Begins to listen.
    pub async fn open(profile: BuyerProfile, tell: Tell) -> Result<Self, StageError> {
        let desk = Arc::new(Desk::of(&profile));
        let socket = tokio::net::TcpListener::bind(profile.listen)
            .await
            .map_err(|error| StageError::Listen(profile.listen, error))?;
        let router = Arc::clone(&desk).router();
        let server = tokio::spawn(async move {
            // It only ends when it is aborted.
            let _ = axum::serve(socket, router).await;
        });
        Ok(Self {
            profile,
            warnings: Vec::new(),
            desk,
            tell,
            server,
            events: events::Events::default(),
            made: BTreeMap::new(),
        })
    }

    /// Stops, and gives the address free.
    pub async fn close(&mut self) {
        self.server.abort();
        // Aborted is what it was told to be.
        let _ = (&mut self.server).await;
    }

    /// How many requests there were so far.
    pub fn mark(&self) -> usize {
        self.desk.lock().log.len()
    }

    /// The requests of an operation from a mark on.
    pub fn since(&self, mark: usize, operation: &str) -> Vec<Answer> {
        let inside = self.desk.lock();
        let later = inside.log.iter().skip(mark);
        later
            .filter(|exchange| is_of(exchange, operation))
            .map(Answer::of)
            .collect()
    }

    /// All requests of a function so far.
    pub fn all(&self, function: Function) -> Vec<Answer> {
        let inside = self.desk.lock();
        let of_it = inside.log.iter().filter(|exchange| exchange.function == function);
        of_it.map(Answer::of).collect()
    }

    /// Has the Buyer do a step, and waits for its request. `names` fills in the sentence and the
    /// command.
    pub async fn step(
        &mut self,
        name: &'static str,
        names: &[(&str, &str)],
        operation: &'static str,
    ) -> Result<Answer, Stop> {
        let mark = self.mark();
        let said = self.order(name, names, operation).await?;
        let first = |log: &[Arc<Exchange>]| {
            let mut later = log.iter().skip(mark);
            later.find(|exchange| is_of(exchange, operation)).map(Answer::of)
        };
        let patience = if said.is_some() {
            self.profile.deadlines.silence()
        } else {
            Duration::ZERO
        };
        if let Some(found) = self.desk.until(patience, first).await {
            return Ok(found);
        }
        let how = said.map_or_else(String::new, |said| format!("; {}", said.ended));
        Err(Stop::Failed(Finding {
            expected: format!(
                "{operation} from the Buyer when it is to {}",
                filled(sentence(name), names)
            ),
            came: format!("no such request{how}"),
            exchange: None,
        }))
    }

    /// The same, where the Buyer need not send anything.
    pub async fn tell(&mut self, name: &'static str, names: &[(&str, &str)]) -> Result<(), Stop> {
        self.order(name, names, "").await.map(drop)
    }

    /// Tells what to do, and does it where there is a command; without one it waits for the request.
    async fn order(
        &mut self,
        name: &'static str,
        names: &[(&str, &str)],
        operation: &str,
    ) -> Result<Option<Said>, Stop> {
        if self.profile.not_offered.iter().any(|known| known == name) {
            return Err(Stop::NotOffered(format!(
                "the profile says that this Buyer has no step {name}"
            )));
        }
        let mark = self.mark();
        let command = self.profile.drive.get(name).map(|command| filled(command, names));
        if command.is_none() && !self.profile.drive.is_empty() {
            return Err(Stop::Blocked(format!("the profile has no drive.{name}")));
        }
        (self.tell)(&format!("now: {}", filled(sentence(name), names)));
        if let Some(command) = command {
            return self.run(&command).await.map(Some);
        }
        let came = |log: &[Arc<Exchange>]| {
            let mut later = log.iter().skip(mark);
            later
                .any(|exchange| operation.is_empty() || is_of(exchange, operation))
                .then_some(())
        };
        self.desk.until(self.profile.deadlines.step(), came).await;
        Ok(None)
    }

    async fn run(&self, command: &str) -> Result<Said, Stop> {
        let child = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let child = child.map_err(|error| Stop::Blocked(format!("cannot run {command}: {error}")))?;
        let ended = tokio::time::timeout(self.profile.deadlines.step(), child.wait_with_output()).await;
        let ended = match ended {
            Ok(Ok(output)) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let said: String = said.trim().chars().take(SAID_MAX).collect();
                format!("the command ended with {}: {said}", output.status)
            }
            Ok(Err(error)) => format!("the command broke off: {error}"),
            Err(_) => format!("the command did not end within {} s", self.profile.deadlines.step),
        };
        Ok(Said { ended })
    }

    /// What was made under this name, made now if it was not yet. Where it could not be made, the
    /// case that made it fails, and those that need it afterwards are blocked.
    pub async fn made(
        &mut self,
        name: &str,
        make: impl AsyncFnOnce(&mut Self) -> Result<Answer, Stop>,
    ) -> Result<Answer, Stop> {
        if let Some(made) = self.made.get(name) {
            return made.clone();
        }
        let made = make(self).await;
        self.made
            .insert(name.to_owned(), made.clone().map_err(|stop| stop.afterwards(name)));
        made
    }

    /// Notes something odd.
    pub fn warn(&mut self, answer: &Answer, expected: impl Into<String>, came: impl Into<String>) {
        self.warnings.push(Finding {
            expected: expected.into(),
            came: came.into(),
            exchange: Some(answer.number),
        });
    }

    /// Waits for a request of an operation on this id (empty: on any), from a mark on.
    pub async fn comes(&self, mark: usize, (operation, id): (&str, &str)) -> Option<Answer> {
        let look = |log: &[Arc<Exchange>]| {
            let mut later = log.iter().skip(mark);
            later
                .find(|exchange| is_of(exchange, operation) && (id.is_empty() || exchange.is_on(id)))
                .map(Answer::of)
        };
        self.desk.until(self.profile.deadlines.reaction(), look).await
    }

    /// How long after one request another one came.
    pub fn between(&self, one: &Answer, other: &Answer) -> Option<Duration> {
        let inside = self.desk.lock();
        let at = |answer: &Answer| inside.arrived.get(answer.number - 1).copied();
        Some(at(other)?.duration_since(at(one)?))
    }

    /// Looks on for a while.
    pub async fn look_on(&self) {
        let _: Option<()> = self.desk.until(self.profile.deadlines.silence(), |_| None).await;
    }

    /// Changes a resource of the tester, by its collection and id.
    pub fn change(&self, collection: &str, id: &str, change: impl FnOnce(&mut Value, Timestamp)) {
        if let Some(body) = self.desk.lock().shelf.change(collection, id) {
            change(body, Timestamp::now());
        }
    }
}

fn is_of(exchange: &Exchange, operation: &str) -> bool {
    exchange.operation.as_ref().is_some_and(|known| known.id == operation)
}

fn sentence(name: &str) -> &'static str {
    steps::sentence(name).unwrap_or_default()
}

/// A text with names in the place of `{name}`.
fn filled(text: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Tests a Buyer; `tell` hears what it is to do, `done` of each case when it is done.
pub async fn buyer(
    profile: BuyerProfile,
    choice: &Choice,
    tell: Tell,
    done: &dyn Fn(&Outcome),
) -> Result<Run, StageError> {
    let functions = choice.functions(&profile.functions, &cases::all());
    let mut stage = Stage::open(profile, tell).await?;
    let mut outcomes = Vec::new();
    for function in &functions {
        let of_it = cases::all().into_iter().filter(|case| case.function == *function);
        for case in of_it.filter(|case| choice.has(&case.page)) {
            let outcome = one(&case, &mut stage).await;
            done(&outcome);
            outcomes.push(outcome);
        }
    }
    stage.close().await;
    let log = stage.desk.lock().log.clone();
    Ok(Run {
        subject: Subject {
            side: crate::case::Side::Buyer,
            name: stage.profile.buyer.clone(),
            url: stage.profile.url.clone(),
            versions: stage.profile.versions.clone(),
        },
        functions,
        outcomes,
        log,
    })
}
