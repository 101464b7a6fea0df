//! A scenario: what an emulator plays. A TOML file, and the same words in JSON at the admin API.
//!
//! Guaranteed: what was read holds together, and all that does not is told at once, each with the
//! place where it stands. What a scenario does not say is as the sample book and the real Segue have it.

mod check;
mod length;
mod usual;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use segue_model::party::answers::Step as Question;
use segue_model::rules::{ErrandPrice, ErrandServiceability};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A whole scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scenario {
    /// One line: what it is.
    pub title: String,
    /// Who is played.
    pub role: Role,
    /// Where chance comes from.
    #[serde(default)]
    pub seed: u64,
    /// Business time.
    #[serde(default)]
    pub clock: ClockWords,
    /// Laid over the first lines of book.toml.
    #[serde(default)]
    pub book: toml::Table,
    /// Each laid over the offering of its `id`.
    #[serde(default)]
    pub offering: Vec<toml::Table>,
    /// Other amounts.
    #[serde(default)]
    pub price: Vec<Price>,
    /// Each laid over the line of places.csv of its `id`; a new `id` is a new line.
    #[serde(default)]
    pub place: Vec<BTreeMap<String, toml::Value>>,
    /// Companies that are played; without them those of the role.
    #[serde(default)]
    pub company: Vec<Company>,
    /// Buyers that come from outside; without them one, `buyer`, at each Seller that nobody here buys from.
    #[serde(default)]
    pub buyer: Vec<Buyer>,
    /// Decisions that the scenario takes in the place of people.
    #[serde(default)]
    pub rule: Vec<Rule>,
    /// What goes wrong.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// What the Buyer among the companies does, in this order.
    #[serde(default)]
    pub step: Vec<Step>,
}

/// Who is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A Seller, for Buyers from outside.
    Seller,
    /// A Buyer, towards a Seller from outside (or one that is played too).
    Buyer,
    /// Companies in a row, each Buyer of the next.
    Chain,
}

impl Role {
    /// `seller`, `buyer` or `chain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
            Self::Chain => "chain",
        }
    }
}

/// Business time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClockWords {
    /// When it begins; none: now.
    pub start: Option<Timestamp>,
    /// How many times as fast as the wall; 0 stands still until it is moved; none: 1.
    pub speed: Option<f64>,
}

/// Another amount in the rows of one charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Price {
    /// Which offering.
    pub offering: String,
    /// Name of the charge.
    pub charge: String,
    /// In all its rows.
    pub amount: f64,
}

/// A company that is played.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Company {
    /// Short name.
    pub id: String,
    /// Full name; none: the short one.
    pub name: Option<String>,
    /// Whether it has a book.
    #[serde(default)]
    pub sells: bool,
    /// Companies it buys from.
    #[serde(default)]
    pub buys_from: Vec<String>,
}

/// A Buyer that comes from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Buyer {
    /// Client id, and the main `buyerId`.
    pub id: String,
    /// At which company; none: the first that sells.
    pub at: Option<String>,
}

/// One decision. What it does not name it is open to; the first that fits decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// Its name, for the admin API.
    #[serde(default)]
    pub name: String,
    /// Which step.
    pub step: Question,
    /// At this company.
    pub company: Option<String>,
    /// For this Buyer.
    pub buyer: Option<String>,
    /// For this product offering.
    pub offering: Option<String>,
    /// For places in this country.
    pub country: Option<String>,
    /// For places whose postcode begins so.
    pub postcode: Option<String>,
    /// For this address.
    pub place: Option<String>,
    /// Where the document has this text anywhere.
    pub containing: Option<String>,
    /// Only the first so many errands that fit.
    pub times: Option<u32>,
    /// How long it takes, of business time; with several answers before each.
    pub after: Option<Length>,
    /// What is answered; several for work that goes on: milestones, then the end. None: nobody answers.
    #[serde(default)]
    pub answer: Answers,
    /// Asks the next company in the chain, and answers as it does.
    pub pass_on: Option<PassOn>,
}

/// How a company in a chain passes on what it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PassOn {
    /// The Seller it asks.
    pub to: String,
    /// What it adds to each price, in percent.
    #[serde(default)]
    pub margin: u32,
}

/// One answer or several.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answers {
    /// Nobody answers.
    #[default]
    None,
    /// One.
    One(Answer),
    /// One after the other.
    Many(Vec<Answer>),
}

impl Answers {
    /// All of them.
    pub fn all(&self) -> &[Answer] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// What is answered, in the words of a connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Yes; as the book has it.
    Accept(bool),
    /// No, and why.
    Reject(String),
    /// A step of the work is done.
    Milestone(String),
    /// The work is done.
    Complete(bool),
    /// The work cannot be done, and why.
    Fail(String),
    /// These prices: all of them.
    Prices(Vec<ErrandPrice>),
    /// Otherwise than the book has it.
    Serviceability(ErrandServiceability),
}

/// What goes wrong, where and how often.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Its name, for the admin API.
    #[serde(default)]
    pub name: String,
    /// operationId, `token`, event type or `any`.
    pub on: String,
    /// `in`: requests that come, `out`: those that leave. Without it events leave, all else comes.
    pub way: Option<Way>,
    /// At this company.
    pub company: Option<String>,
    /// For this partner.
    pub partner: Option<String>,
    /// Where address or body have this text.
    pub containing: Option<String>,
    /// Not for the first so many that fit.
    #[serde(default)]
    pub skip: u32,
    /// Only so many times.
    pub times: Option<u32>,
    /// Each so-manieth only.
    pub every: Option<u32>,
    /// With this chance only, 0 to 1, out of `seed`.
    pub chance: Option<f64>,
    /// What happens.
    #[serde(rename = "do")]
    pub act: Act,
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To a company that is played.
    In,
    /// From one.
    Out,
}

/// What happens in the place of what should.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// It is not done; this is answered.
    Status {
        /// The status.
        code: u16,
        /// Seconds.
        #[serde(rename = "retry-after")]
        retry_after: Option<u32>,
        /// JSON; none: the error form of the standard.
        body: Option<Value>,
    },
    /// It is not done; nothing is answered for so many seconds, then the connection ends.
    Hang(f64),
    /// It is done; the answer comes so many seconds later.
    Slow(f64),
    /// It is done; of the answer the first half comes.
    Half,
    /// It is done, and no answer comes; an event is lost.
    Lose,
    /// It is done; the answer (on the way out: what is sent) has other values at these pointers.
    Set(BTreeMap<String, Value>),
    /// It goes out twice.
    Double,
    /// It goes out so many seconds later; what comes behind it may be faster.
    Late(f64),
}

/// What the Buyer does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// For people.
    pub say: Option<String>,
    /// Which company; none: the first that buys.
    pub company: Option<String>,
    /// Words of `segue`, without `segue`; `{name}` is what was kept under that name.
    #[serde(rename = "do")]
    pub command: Option<String>,
    /// Name to pointer into the answer.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// Pointer to the value that has to be there.
    #[serde(default)]
    pub expect: BTreeMap<String, Value>,
    /// The same, waited for: the command is repeated and business time goes on.
    #[serde(default)]
    pub until: BTreeMap<String, Value>,
    /// The command has to be refused with this text in the reason.
    pub refused: Option<String>,
    /// Business time goes on by so much, before the command.
    pub pass: Option<Length>,
}

impl Scenario {
    /// Reads and checks one; `name` stands in messages.
    pub fn read(name: &str, text: &str) -> Result<Self> {
        let mut scenario: Self =
            toml::from_str(text).with_context(|| format!("{name} is no scenario; docs/emulators.md has the words"))?;
        scenario.fill();
        check::whole(name, &scenario)?;
        Ok(scenario)
    }

    /// Adds what the role has where nothing is said, and names for what has none.
    fn fill(&mut self) {
        if self.company.is_empty() {
            self.company = usual::companies(self.role);
        }
        if self.buyer.is_empty() {
            self.buyer = self.outside();
        }
        name_all(&mut self.rule, "rule", |rule| &mut rule.name);
        name_all(&mut self.fault, "fault", |fault| &mut fault.name);
    }

    /// One Buyer from outside at the Seller that nobody here buys from: how a whole chain is used.
    fn outside(&self) -> Vec<Buyer> {
        let bought = |id: &String| self.company.iter().any(|other| other.buys_from.contains(id));
        let first = self
            .company
            .iter()
            .find(|company| company.sells && !bought(&company.id));
        let buyer = |company: &Company| Buyer {
            id: "buyer".into(),
            at: Some(company.id.clone()),
        };
        first.map(buyer).into_iter().collect()
    }

    /// The company whose steps are taken where a step names none. Where the Seller is from outside,
    /// it buys from nobody here.
    pub fn first_buyer(&self) -> Option<&Company> {
        let buys = self.company.iter().rfind(|company| !company.buys_from.is_empty());
        buys.or_else(|| self.company.iter().find(|company| !company.sells))
    }
}

fn name_all<T>(all: &mut [T], word: &str, name: impl Fn(&mut T) -> &mut String) {
    for (index, one) in all.iter_mut().enumerate() {
        let name = name(one);
        if name.is_empty() {
            *name = format!("{word}-{}", index + 1);
        }
    }
}

pub use length::Length;

/// Rules or faults that came through the admin API are held to the same.
pub use check::{faults as check_faults, rules as check_rules};
