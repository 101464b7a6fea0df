//! What the operator does with orders, charges and products of its own accord.

use clap::{Args, Subcommand};
use segue_model::rules::{Act, Deed};
use segue_seller::ActError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommandError, Who, company};
use crate::app::App;

/// Orders of our Buyers.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Order {
    /// Cancel an order that is in progress, without a request of its Buyer
    #[command(after_help = "Example:\n  segue order cancel ID --reason 'The site was sold.'")]
    Cancel {
        #[command(flatten)]
        on: On,
    },
    /// Let an item fail, and with it what is related to it or waits for it; its open charges are withdrawn
    #[command(after_help = "Example:\n  segue order fail ID --item uni --reason 'No duct into the building.'")]
    Fail {
        /// The item
        #[arg(long, value_name = "ITEM")]
        item: String,
        #[command(flatten)]
        on: On,
    },
    /// Take a charge back that its Buyer has not answered: what it was for goes on without it
    #[command(after_help = "Example:\n  segue order withdraw CHARGE --reason 'The duct is there.'")]
    Withdraw {
        #[command(flatten)]
        on: On,
    },
}

/// On what, and why.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct On {
    /// Its identifier
    pub id: String,
    /// Why: the partner reads it
    #[arg(long, value_parser = reason)]
    pub reason: String,
    #[command(flatten)]
    pub who: Who,
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("give a reason the partner can read".into());
    }
    Ok(text.to_owned())
}

pub async fn order(app: &App, action: Order) -> Result<Value, CommandError> {
    match action {
        Order::Cancel { on } => act(app, ("productOrder", Deed::Cancel), on).await,
        Order::Fail { item, on } => act(app, ("productOrder", Deed::Fail(item)), on).await,
        Order::Withdraw { on } => act(app, ("charge", Deed::Withdraw), on).await,
    }
}

/// Does it, and says in which state that left the document.
pub async fn act(app: &App, (resource, deed): (&str, Deed), on: On) -> Result<Value, CommandError> {
    let company = company::of(app, &on.who).await?;
    let act = Act {
        deed,
        reason: on.reason,
    };
    let done = app
        .seller
        .act(&company.id, (resource, &on.id), &act)
        .await
        .map_err(refused)?;
    Ok(json!({ "id": done.id, "partner": done.scope.partner, "state": done.state }))
}

fn refused(error: ActError) -> CommandError {
    let hint = match &error {
        ActError::Unknown { .. } => "`segue stats` and `segue inventory list` show what there is.",
        ActError::Refused(_) | ActError::Busy | ActError::Seller(_) => "Nothing was changed.",
    };
    CommandError::new(format!("it was not done: {error}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_something_to_read() {
        assert_eq!(reason(" Not paid. "), Ok("Not paid.".into()));
        assert!(reason("  ").is_err());
    }
}
