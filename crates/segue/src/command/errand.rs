//! Errands: steps that people answer.

use clap::{Args, Subcommand};
use segue_model::api::errand::{OPEN, RESOURCE, TAKEN, is_connector, waits};
use segue_model::document::{Document, Side};
use segue_model::rules::{Confidence, ErrandAnswer, ErrandPrice, ErrandServiceability};
use segue_model::time::{self, Span, Unit};
use segue_seller::ErrandError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommandError, Who, company};
use crate::app::App;

/// Errands.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Errand {
    /// List errands that wait for an answer, the most urgent first
    #[command(after_help = "Examples:
  segue errand list
  segue errand list --all --json")]
    List {
        /// Answered and withdrawn ones too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        who: Who,
    },
    /// Show one errand with all that is known about it
    #[command(after_help = "Example:
  segue errand show ID")]
    Show {
        /// Its identifier
        id: String,
        #[command(flatten)]
        who: Who,
    },
    /// Say that somebody looks at it
    #[command(after_help = "Example:
  segue errand take ID --as kim")]
    Take {
        /// Its identifier
        id: String,
        /// Who
        #[arg(long = "as", value_name = "NAME", value_parser = person)]
        person: String,
        #[command(flatten)]
        who: Who,
    },
    /// Answer it; what waits for it goes on at once
    #[command(after_help = "Examples:
  segue errand answer ID --as kim --accept
  segue errand answer ID --as kim --reject 'No capacity before spring.'
  segue errand answer ID --as kim --milestone SITE_SURVEY_COMPLETE
  segue errand answer ID --as kim --complete
  segue errand answer ID --as kim --confidence yellow --interval '15 businessDays' --because 'A duct must be cleared.'
  segue errand answer ID --as kim --price 'uni: Port rental = 120.00 / 1 month' --price 'uni: Installation = 500'")]
    Answer {
        /// Its identifier
        id: String,
        /// Who answers
        #[arg(long = "as", value_name = "NAME", value_parser = person)]
        person: String,
        /// What
        #[command(flatten)]
        answer: Answer,
        /// More of it
        #[command(flatten)]
        detail: Detail,
        #[command(flatten)]
        who: Who,
    },
    /// Give it to somebody else
    #[command(after_help = "Example:
  segue errand reassign ID --to field")]
    Reassign {
        /// Its identifier
        id: String,
        /// To whom
        #[arg(long, value_name = "NAME", value_parser = person)]
        to: String,
        #[command(flatten)]
        who: Who,
    },
}

/// A person or a desk; a connector answers by itself.
fn person(name: &str) -> Result<String, String> {
    if name.trim().is_empty() || is_connector(name) {
        return Err("name a person or a desk".into());
    }
    Ok(name.to_owned())
}

/// A sentence for the partner.
fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("say why: the partner reads it".into());
    }
    Ok(text.to_owned())
}

/// One answer.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
#[group(id = "errand_answer", required = true, multiple = false)]
pub struct Answer {
    /// Yes
    #[arg(long)]
    pub accept: bool,
    /// No, and why: the partner reads it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub reject: Option<String>,
    /// A step of the work is done (`SITE_SURVEY_COMPLETE`); the errand goes on
    #[arg(long, value_name = "NAME")]
    pub milestone: Option<String>,
    /// The work is done
    #[arg(long)]
    pub complete: bool,
    /// The work cannot be done, and why: the partner reads it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub fail: Option<String>,
    /// A price: 'ITEM: NAME = AMOUNT' or 'ITEM: NAME = AMOUNT / 1 month'; give all of them
    #[arg(long, value_name = "PRICE")]
    pub price: Vec<String>,
    /// It can be delivered, so surely: `green` or `yellow`; what cannot be delivered is rejected
    #[arg(long, value_name = "COLOUR", value_parser = confidence)]
    pub confidence: Option<Confidence>,
}

/// What goes with a confidence.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
pub struct Detail {
    /// With --confidence: the least time from order to product (`15 businessDays`); else as the book has it
    #[arg(long, value_name = "SPAN", requires = "confidence", value_parser = interval)]
    pub interval: Option<Span>,
    /// With --confidence: why; the partner reads it
    #[arg(long, value_name = "REASON", requires = "confidence")]
    pub because: Option<String>,
}

fn confidence(text: &str) -> Result<Confidence, String> {
    match text {
        "green" => Ok(Confidence::Green),
        "yellow" => Ok(Confidence::Yellow),
        _ => Err("green or yellow; what cannot be delivered is answered with --reject".into()),
    }
}

/// `15 businessDays`: amount and unit as the standard spells it.
fn interval(text: &str) -> Result<Span, String> {
    let read = text.trim().split_once(' ').and_then(|(amount, units)| {
        let amount: u32 = amount.parse().ok()?;
        Span::read(&json!({ "amount": amount, "units": units.trim() }))
    });
    read.ok_or_else(|| "write an amount and a unit: 15 businessDays, 30 calendarDays".into())
}

pub async fn run(app: &App, action: Errand) -> Result<Value, CommandError> {
    match action {
        Errand::List { all, who } => list(app, all, &who).await,
        Errand::Show { id, who } => {
            let company = company::of(app, &who).await?;
            let errand = app.seller.errand(&company.id, &id).await.map_err(refused)?;
            let mut body = Value::Object(errand.body);
            body["state"] = json!(errand.state);
            // What the rules remember is in the decisions already, for who wants to know why.
            if let Some(body) = body.as_object_mut() {
                body.remove("memory");
            }
            Ok(body)
        }
        Errand::Take { id, person, who } => {
            let company = company::of(app, &who).await?;
            let taken = app
                .seller
                .assign_errand(&company.id, &id, (&person, TAKEN))
                .await
                .map_err(refused)?;
            Ok(row(&taken))
        }
        Errand::Reassign { id, to, who } => {
            let company = company::of(app, &who).await?;
            let given = app
                .seller
                .assign_errand(&company.id, &id, (&to, OPEN))
                .await
                .map_err(refused)?;
            Ok(row(&given))
        }
        Errand::Answer {
            id,
            person,
            answer,
            detail,
            who,
        } => {
            let company = company::of(app, &who).await?;
            let answer = read(&answer, detail)?;
            let ended = app
                .seller
                .answer_errand(&company.id, &id, (&answer, &person))
                .await
                .map_err(refused)?;
            Ok(row(&ended))
        }
    }
}

fn refused(error: ErrandError) -> CommandError {
    let hint = match &error {
        ErrandError::Unknown(_) => "`segue errand list` shows them.",
        ErrandError::Refused(_) => "`segue errand show` tells what it asks for.",
        ErrandError::Answered | ErrandError::Gone | ErrandError::Busy | ErrandError::Seller(_) => {
            "Nothing was changed."
        }
    };
    CommandError::new(format!("the errand was not answered: {error}")).hint(hint)
}

async fn list(app: &App, all: bool, who: &Who) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    // What its document went on without is withdrawn in the same commit: what waits is waited for.
    let mut listed = if all {
        app.store
            .company_documents(&company.id, Side::Seller, RESOURCE, None, ROWS_MAX)
            .await?
    } else {
        app.store.waiting_errands(&company.id, ROWS_MAX).await?
    };
    listed.sort_by_key(|errand| errand.text("/dueAt").unwrap_or_default().to_owned());
    let now = time::text(app.business.now());
    let rows = listed.iter().map(|errand| {
        let mut row = row(errand);
        let late = waits(errand) && errand.text("/dueAt").unwrap_or_default() < now.as_str();
        row["late"] = json!(if late { "late" } else { "" });
        row
    });
    Ok(rows.collect())
}

/// Errands listed at most.
const ROWS_MAX: u32 = 10_000;

fn row(errand: &Document) -> Value {
    json!({
        "id": errand.id,
        "step": errand.text("/step"),
        "partner": errand.scope.partner,
        "about": errand.text("/about/id"),
        "item": errand.text("/item"),
        "owner": errand.text("/owner"),
        "state": errand.state,
        "due": errand.text("/dueAt"),
    })
}

fn read(answer: &Answer, detail: Detail) -> Result<ErrandAnswer, CommandError> {
    if let Some(confidence) = answer.confidence {
        return Ok(ErrandAnswer::Serviceability(ErrandServiceability {
            confidence,
            interval: detail.interval,
            reason: detail.because,
        }));
    }
    if let Some(reason) = &answer.reject {
        return Ok(ErrandAnswer::Reject(reason.clone()));
    }
    if let Some(name) = &answer.milestone {
        return Ok(ErrandAnswer::Milestone(name.clone()));
    }
    if let Some(reason) = &answer.fail {
        return Ok(ErrandAnswer::Fail(reason.clone()));
    }
    if !answer.price.is_empty() {
        return answer
            .price
            .iter()
            .map(|text| price(text))
            .collect::<Result<_, _>>()
            .map(ErrandAnswer::Prices);
    }
    Ok(if answer.complete {
        ErrandAnswer::Complete
    } else {
        ErrandAnswer::Accept
    })
}

/// `ITEM: NAME = AMOUNT / 1 month`
fn price(text: &str) -> Result<ErrandPrice, CommandError> {
    let bad = || {
        CommandError::new(format!("--price {text:?} cannot be read"))
            .hint("Write 'uni: Port rental = 120.00 / 1 month'.")
    };
    let (item, rest) = text.split_once(':').ok_or_else(bad)?;
    let (name, value) = rest.split_once('=').ok_or_else(bad)?;
    let (amount, every) = match value.split_once('/') {
        Some((amount, every)) => (amount, Some(span(every).ok_or_else(bad)?)),
        None => (value, None),
    };
    Ok(ErrandPrice {
        item: item.trim().to_owned(),
        name: name.trim().to_owned(),
        amount: amount.trim().parse().map_err(|_| bad())?,
        every,
    })
}

fn span(text: &str) -> Option<Span> {
    let (amount, unit) = text.trim().split_once(' ')?;
    let unit = match unit.trim() {
        "month" | "months" => Unit::Months,
        "year" | "years" => Unit::Years,
        _ => return None,
    };
    Some(Span::new(amount.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_answers_in_the_name_of_a_connector() {
        assert_eq!(person("kim"), Ok("kim".into()));
        assert!(person("connector legacy").is_err());
        assert!(person(" ").is_err());
    }

    #[test]
    fn prices_are_read_as_people_write_them() {
        let recurring = price("uni: Port rental = 120.00 / 1 month").unwrap();
        assert_eq!(
            (recurring.item.as_str(), recurring.name.as_str()),
            ("uni", "Port rental")
        );
        assert_eq!(recurring.amount.to_string(), "120.00");
        assert_eq!(recurring.every, Some(Span::new(1, Unit::Months)));
        assert_eq!(price("uni: Installation = 500").unwrap().every, None);
        assert!(price("uni Installation 500").is_err());
    }

    #[test]
    fn intervals_are_read_as_the_standard_spells_them() {
        assert_eq!(interval("15 businessDays"), Ok(Span::new(15, Unit::BusinessDays)));
        assert!(interval("15").is_err() && interval("15 fortnights").is_err() && interval("-1 months").is_err());
        assert_eq!(confidence("yellow"), Ok(Confidence::Yellow));
        assert!(confidence("red").unwrap_err().contains("--reject"));
    }
}
