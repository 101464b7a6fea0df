//! Events on their way to Buyers.

use segue_model::id::PartnerId;
use segue_model::party::Company;
use segue_store::{DeliveryFilter, DeliveryState};
use serde_json::{Value, json};

use super::{CommandError, Who, company, done, partner};
use crate::app::App;

pub async fn run(app: &App, action: super::Notification) -> Result<Value, CommandError> {
    match action {
        super::Notification::List { who } => {
            let company = company::of(app, &who).await?;
            let found = {
                let mut rows = Vec::new();
                for state in [DeliveryState::Waiting, DeliveryState::Parked] {
                    let filter = DeliveryFilter {
                        state: Some(state),
                        ..DeliveryFilter::default()
                    };
                    rows.extend(app.store.deliveries(&company.id, &filter).await?);
                }
                rows
            };
            let rows = found.iter().map(|row| {
                let delivery = &row.delivery;
                json!({
                    "event": delivery.event.id,
                    "partner": delivery.event.scope.partner,
                    "type": delivery.event.event_type,
                    "about": delivery.event.lane,
                    "state": row.state.as_str(),
                    "tries": delivery.attempt,
                    "next": segue_model::time::text(row.next_attempt),
                    "error": row.error,
                })
            });
            Ok(rows.collect())
        }
        super::Notification::Replay { partner, who } => {
            let company = company_of(app, partner.as_deref(), &who).await?;
            let object = partner.clone().unwrap_or_else(|| "all partners".into());
            let entry = super::operator(&company, "notification.replay", &object);
            let filter = DeliveryFilter {
                partner: partner.map(PartnerId::new),
                ..DeliveryFilter::default()
            };
            let count = app.store.replay(&company.id, &filter, entry).await?;
            Ok(done(format!("{count} events are on their way again")))
        }
        super::Notification::Drop { partner, who } => {
            let company = company_of(app, Some(&partner), &who).await?;
            let entry = super::operator(&company, "notification.drop", &partner);
            let filter = DeliveryFilter {
                partner: Some(PartnerId::new(partner)),
                ..DeliveryFilter::default()
            };
            let count = app.store.drop_parked(&company.id, &filter, entry).await?;
            Ok(done(format!("{count} parked events were given up")))
        }
    }
}

/// Our company; a partner that is named must be one of its partners.
async fn company_of(app: &App, partner: Option<&str>, who: &Who) -> Result<Company, CommandError> {
    match partner {
        Some(name) => Ok(partner::of(app, name, who).await?.0),
        None => company::of(app, who).await,
    }
}
