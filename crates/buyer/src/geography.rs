//! Where our agreements let us buy: one company sells here and buys there, and a partner may be
//! our Seller in one country only. What no agreement opens does not leave. Of a place by reference
//! is known what the mirror knows; one that it does not know leaves with a note.

use segue_model::document::Side;
use segue_model::failure::Problem;
use segue_model::id::Scope;
use segue_model::party::{Agreement, Role};
use segue_model::pointer::join;
use serde_json::Value;

use crate::checks::Checks;
use crate::{Buyer, BuyerError};

/// References to places, and the resources they name.
const REFERENCES: [(&str, &str); 2] = [
    ("GeographicAddressRef", "geographicAddress"),
    ("GeographicSiteRef", "geographicSite"),
];

/// A place of a request: where its country stands, the country and the postal code.
struct Place {
    pointer: String,
    country: String,
    postcode: String,
}

impl Buyer {
    /// Finds places of a request that the agreement does not open, with those of our agreements
    /// that do. A place by reference is known where its address was validated, or it was listed or
    /// fetched, before.
    pub(crate) async fn check_places(
        &self,
        (scope, agreement): (&Scope, &Agreement),
        body: &Value,
        checks: &mut Checks,
    ) -> Result<(), BuyerError> {
        if agreement.countries.is_empty() && agreement.pilot.postcodes.is_empty() {
            return Ok(());
        }
        for place in self.places_of(scope, body, checks).await? {
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
            let problem = Problem::invalid(place.pointer, format!("{why} {advice}"));
            checks.problems.push(problem);
        }
        Ok(())
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

    async fn places_of(&self, scope: &Scope, body: &Value, checks: &mut Checks) -> Result<Vec<Place>, BuyerError> {
        let mut places = Vec::new();
        let mut left = vec![(String::new(), body)];
        while let Some((at, value)) = left.pop() {
            match value {
                Value::Array(list) => {
                    left.extend(list.iter().enumerate().map(|(index, value)| (join(&at, index), value)));
                }
                Value::Object(fields) => {
                    places.extend(fielded(&at, value));
                    let kind = fields.get("@type").and_then(Value::as_str);
                    let reference = REFERENCES.iter().find(|(name, _)| Some(*name) == kind);
                    if let (Some((_, resource)), Some(id)) = (reference, value["id"].as_str()) {
                        match self.referred(scope, resource, id).await? {
                            Some(place) => places.push(Place { pointer: join(&at, "id"), ..place }),
                            None => checks.warnings.push(format!(
                                "{}: where {id:?} is, is not known here; it was not held against the places of the agreement",
                                join(&at, "id")
                            )),
                        }
                    }
                    left.extend(fields.iter().map(|(name, value)| (join(&at, name), value)));
                }
                _ => {}
            }
        }
        places.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        Ok(places)
    }

    /// What the mirror knows of a place. A site has its address, or names it.
    async fn referred(&self, scope: &Scope, resource: &str, id: &str) -> Result<Option<Place>, BuyerError> {
        let known = async |resource: &str, id: &str| -> Result<Option<Value>, BuyerError> {
            let document = self.parts.store.document(scope, Side::Buyer, resource, id).await?;
            Ok(document.map(|document| Value::Object(document.body)))
        };
        let mut place = known(resource, id).await?;
        if resource == "geographicSite" {
            place = place.map(|mut site| site["place"].take());
            if let Some(id) = place.as_ref().and_then(|place| place["id"].as_str()) {
                place = known("geographicAddress", id).await?;
            }
        }
        Ok(place.and_then(|place| fielded("", &place).into_iter().next()))
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
