//! Where our agreements let us buy: one company sells here and buys there, and a partner may be
//! our Seller in one country only. What no agreement opens does not leave.

use segue_model::document::Side;
use segue_model::failure::Problem;
use segue_model::id::Scope;
use segue_model::party::{Agreement, Role};
use segue_model::pointer::join;
use serde_json::Value;

use crate::{Buyer, BuyerError};

/// A place of a request: where its country stands, the country and the postal code.
struct Place {
    pointer: String,
    country: String,
    postcode: String,
}

impl Buyer {
    /// Places of a request that the agreement does not open, with those of our agreements that do.
    /// A place by reference is known where its address was validated or fetched before.
    pub(crate) async fn closed_places(
        &self,
        (scope, agreement): (&Scope, &Agreement),
        body: &Value,
    ) -> Result<Vec<Problem>, BuyerError> {
        if agreement.countries.is_empty() && agreement.pilot.postcodes.is_empty() {
            return Ok(Vec::new());
        }
        let mut problems = Vec::new();
        for place in self.places_of(scope, body).await? {
            let Some(why) = agreement.closed_wish(&place.country, &place.postcode) else {
                continue;
            };
            let others = self.who_opens(scope, &place).await?;
            let advice = if others.is_empty() {
                format!(
                    "No agreement of ours to buy does: one that opens {} is needed.",
                    place.country
                )
            } else {
                format!("The agreement with {} does.", others.join(", "))
            };
            problems.push(Problem::invalid(place.pointer, format!("{why} {advice}")));
        }
        Ok(problems)
    }

    /// Sellers whose agreement opens a place.
    async fn who_opens(&self, scope: &Scope, place: &Place) -> Result<Vec<String>, BuyerError> {
        let store = &self.parts.store;
        let mut open = Vec::new();
        for partner in store.partners(&scope.company).await? {
            let other = partner.scope();
            let found = store.agreement_in_force(&other, Role::Buyer, self.parts.wall.now());
            let opens = |agreement: &Agreement| agreement.closed_wish(&place.country, &place.postcode).is_none();
            if !partner.suspended && found.await?.as_ref().is_some_and(opens) {
                open.push(partner.id.to_string());
            }
        }
        Ok(open)
    }

    async fn places_of(&self, scope: &Scope, body: &Value) -> Result<Vec<Place>, BuyerError> {
        let mut places = Vec::new();
        let mut left = vec![(String::new(), body)];
        while let Some((at, value)) = left.pop() {
            match value {
                Value::Array(list) => {
                    left.extend(list.iter().enumerate().map(|(index, value)| (join(&at, index), value)));
                }
                Value::Object(fields) => {
                    places.extend(fielded(&at, value));
                    if fields.get("@type").and_then(Value::as_str) == Some("GeographicAddressRef") {
                        places.extend(self.referred(scope, &at, value).await?);
                    }
                    left.extend(fields.iter().map(|(name, value)| (join(&at, name), value)));
                }
                _ => {}
            }
        }
        places.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        Ok(places)
    }

    async fn referred(&self, scope: &Scope, at: &str, reference: &Value) -> Result<Option<Place>, BuyerError> {
        let id = reference.get("id").and_then(Value::as_str).unwrap_or_default();
        let store = &self.parts.store;
        let known = store.document(scope, Side::Buyer, "geographicAddress", id).await?;
        let found = known.and_then(|known| fielded("", &Value::Object(known.body)).into_iter().next());
        Ok(found.map(|place| Place {
            pointer: join(at, "id"),
            ..place
        }))
    }
}

fn fielded(at: &str, address: &Value) -> Vec<Place> {
    const NAME: &str = "fieldedAddressRepresentation";
    let list = address.get(NAME).and_then(Value::as_array);
    let places = list.into_iter().flatten().enumerate().filter_map(|(index, fields)| {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        Some(Place {
            pointer: join(&join(&join(at, NAME), index), "countryCode"),
            country: text("countryCode")?.to_ascii_uppercase(),
            postcode: text("postcode").unwrap_or_default().to_owned(),
        })
    });
    places.collect()
}
