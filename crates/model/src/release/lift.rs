//! Requests of the releases before Kylie in the form of Kylie.
//!
//! What every family shares: places, contacts, units of time. A request that cannot be said in the
//! newer form is refused whole; what has no place in it is named as a loss.

use serde_json::{Map, Value, json};

use super::places;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;

/// A request in the newer form.
#[derive(Debug, PartialEq)]
pub struct Lifted {
    /// It.
    pub body: Value,
    /// Pointers of the older request to what the newer form has no place for.
    pub losses: Vec<String>,
}

/// Roles of contacts that belong to the place of an item now, where they have no role.
const OF_THE_PLACE: [&str; 3] = [
    "locationContact",
    "quoteItemLocationContact",
    "orderItemServiceSiteContact",
];

/// Roles that changed their names.
const ROLES: [(&str, &str); 1] = [("billingContact", "buyerBillingContact")];

/// Units of time that changed their names.
const UNITS: [(&str, &str); 3] = [
    ("calendarMonths", "months"),
    ("calendarYears", "years"),
    ("calendarMinutes", "minutes"),
];

/// Members that are gone, by where they stood.
const GONE: [&str; 2] = ["/requestedCompletionDate", "/provideAlternative"];

/// A POQ, quote or order, or the validation of an address.
pub fn request(old: &Value) -> Result<Lifted, Vec<Problem>> {
    let mut lift = Lift::default();
    let mut body = lift.value(old, "");
    if let Some(address) = old.get("submittedGeographicAddress").and_then(Value::as_object) {
        let at = "/submittedGeographicAddress";
        lift.keep(places::query(address, at), |query| {
            body["submittedGeographicAddress"] = query
        });
        // Before Kylie every validation was answered at once.
        body["instantSyncValidation"] = json!(true);
    }
    let is_poq = old.get("productOfferingQualificationItem").is_some();
    for pointer in GONE
        .iter()
        .filter(|pointer| !(is_poq && **pointer == "/provideAlternative"))
    {
        if let Some(object) = body.as_object_mut()
            && object.remove(&pointer[1..]).is_some()
        {
            lift.losses.push((*pointer).to_owned());
        }
    }
    if lift.problems.is_empty() {
        Ok(Lifted {
            body,
            losses: lift.losses,
        })
    } else {
        Err(lift.problems)
    }
}

#[derive(Default)]
struct Lift {
    losses: Vec<String>,
    problems: Vec<Problem>,
}

impl Lift {
    fn keep(&mut self, read: Result<Value, Problem>, keep: impl FnOnce(Value)) {
        match read {
            Ok(value) => keep(value),
            Err(problem) => self.problems.push(problem),
        }
    }

    fn value(&mut self, old: &Value, at: &str) -> Value {
        match old {
            Value::Array(list) => {
                let entries = list.iter().enumerate();
                entries
                    .map(|(index, entry)| self.value(entry, &join(at, index.to_string())))
                    .collect()
            }
            Value::Object(object) => Value::Object(self.object(object, at)),
            other => other.clone(),
        }
    }

    fn object(&mut self, old: &Object, at: &str) -> Object {
        let (of_place, of_item) = contacts(old);
        let mut new = Map::new();
        for (name, value) in old {
            let at = join(at, name);
            let lifted = match name.as_str() {
                // Product payloads are the same in all releases since Ella.
                "productConfiguration" | "submittedGeographicAddress" => value.clone(),
                "relatedContactInformation" if !of_item.is_empty() => Value::Array(of_item.clone()),
                "relatedContactInformation" => continue,
                "product" if value.is_object() => self.product(value, &of_place, &at),
                "units" => renamed(value, &UNITS),
                _ => self.value(value, &at),
            };
            new.insert(name.clone(), lifted);
        }
        let has_place = old.get("product").is_some_and(|product| product.get("place").is_some());
        if !of_place.is_empty() && !has_place {
            self.losses.push(join(at, "relatedContactInformation"));
        }
        new
    }

    /// The product of an item, its places with the contacts that stood in the item.
    fn product(&mut self, old: &Value, of_place: &[Value], at: &str) -> Value {
        let mut new = self.value(old, at);
        let Some(places) = old.get("place").and_then(Value::as_array) else {
            return new;
        };
        let mut lifted = Vec::new();
        for (index, place) in places.iter().enumerate() {
            let at = join(&join(at, "place"), index.to_string());
            match place.as_object() {
                Some(place) => self.keep(places::related(place, of_place, &at), |place| lifted.push(place)),
                None => self.problems.push(Problem::invalid(at, "A place is an object.")),
            }
        }
        new["place"] = Value::Array(lifted);
        new
    }
}

/// The contacts of an object: those of its place without their role, and those that stay.
fn contacts(object: &Object) -> (Vec<Value>, Vec<Value>) {
    let (mut of_place, mut of_item) = (Vec::new(), Vec::new());
    let listed = object.get("relatedContactInformation").and_then(Value::as_array);
    for contact in listed.into_iter().flatten() {
        let role = contact.get("role").and_then(Value::as_str).unwrap_or_default();
        let mut contact = contact.clone();
        if OF_THE_PLACE.contains(&role) {
            if let Some(contact) = contact.as_object_mut() {
                contact.remove("role");
            }
            of_place.push(contact);
        } else {
            if let Some(role) = contact.get_mut("role") {
                *role = renamed(role, &ROLES);
            }
            of_item.push(contact);
        }
    }
    (of_place, of_item)
}

fn renamed(value: &Value, names: &[(&str, &str)]) -> Value {
    let known = names.iter().find(|(before, _)| value.as_str() == Some(before));
    known.map_or_else(|| value.clone(), |(_, now)| json!(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_of_a_place_move_into_it_and_the_rest_stays() {
        let contact = |role: &str| json!({ "role": role, "name": "N", "number": "1", "emailAddress": "n@example.com" });
        let old = json!({
            "requestedCompletionDate": "2026-01-01T00:00:00Z",
            "productOrderItem": [{
                "id": "1",
                "relatedContactInformation": [contact("billingContact"), contact("orderItemServiceSiteContact")],
                "requestedItemTerm": { "duration": { "amount": 12, "units": "calendarMonths" } },
                "product": {
                    "place": [{ "@type": "GeographicAddressRef", "id": "A", "role": "INSTALL_LOCATION" }],
                    "productConfiguration": { "units": "calendarMonths" },
                },
            }],
        });
        let lifted = request(&old).unwrap();
        let item = &lifted.body["productOrderItem"][0];
        assert_eq!(
            item["relatedContactInformation"],
            json!([contact("buyerBillingContact")])
        );
        assert_eq!(item["requestedItemTerm"]["duration"]["units"], "months");
        let expected = json!([{
            "place": { "@type": "GeographicAddressRef", "id": "A" },
            "role": "INSTALL_LOCATION",
            "contact": [{ "name": "N", "number": "1", "emailAddress": "n@example.com" }],
        }]);
        assert_eq!(item["product"]["place"], expected);
        // A product payload is nobody's business here.
        assert_eq!(item["product"]["productConfiguration"]["units"], "calendarMonths");
        assert_eq!(lifted.losses, ["/requestedCompletionDate"]);
    }

    #[test]
    fn a_contact_of_a_place_that_is_not_there_is_a_loss() {
        let old = json!({ "quoteItem": [{ "relatedContactInformation": [{ "role": "quoteItemLocationContact" }] }] });
        let lifted = request(&old).unwrap();
        assert_eq!(lifted.losses, ["/quoteItem/0/relatedContactInformation"]);
        assert_eq!(lifted.body, json!({ "quoteItem": [{}] }));
    }

    #[test]
    fn a_validation_is_answered_at_once_and_never_asked_for_alternatives() {
        let old = json!({
            "provideAlternative": true,
            "submittedGeographicAddress": { "@type": "FieldedAddress", "city": "Berlin", "country": "Germany" },
        });
        let lifted = request(&old).unwrap();
        let expected = json!({
            "instantSyncValidation": true,
            "submittedGeographicAddress": {
                "@type": "GeographicAddress_Query",
                "fieldedAddressRepresentation": [{ "city": "Berlin", "countryCode": "DE" }],
            },
        });
        assert_eq!(lifted.body, expected);
        assert_eq!(lifted.losses, ["/provideAlternative"]);
        let qualification = json!({ "provideAlternative": true, "productOfferingQualificationItem": [] });
        assert_eq!(request(&qualification).unwrap().body, qualification);
    }

    #[test]
    fn all_that_cannot_be_said_is_told_at_once() {
        let place = |kind: &str| json!({ "product": { "place": [{ "@type": kind, "country": "Atlantis" }] } });
        let old = json!({ "quoteItem": [place("Castle"), place("FieldedAddress")] });
        let told = request(&old).unwrap_err();
        let pointers: Vec<&str> = told.iter().map(|problem| problem.property_path.as_str()).collect();
        let expected = [
            "/quoteItem/0/product/place/0/@type",
            "/quoteItem/1/product/place/0/country",
        ];
        assert_eq!(pointers, expected);
    }
}
