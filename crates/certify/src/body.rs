//! The requests that cases send, as they should be; cases spoil them on purpose.

use serde_json::{Value, json};

use crate::case::Stop;
use crate::lab::Lab;
use crate::profile::{Contact, Offering};

/// `GeographicAddressValidation_Create` of one address by fields.
pub fn validation(at_once: bool, fields: &Value) -> Value {
    json!({ "instantSyncValidation": at_once, "submittedGeographicAddress": query(fields) })
}

/// `GeographicAddress_Query` by fields.
pub fn query(fields: &Value) -> Value {
    json!({ "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fields] })
}

/// `GeographicAddressRef`
pub fn address(id: &str) -> Value {
    json!({ "@type": "GeographicAddressRef", "id": id })
}

/// A person with a role.
pub fn person(contact: &Contact, role: &str) -> Value {
    json!({ "role": role, "name": contact.name, "number": contact.number, "emailAddress": contact.email })
}

/// What is asked for, at the good place.
pub fn product(lab: &Lab, offering: &Offering) -> Value {
    let contact = &lab.profile.contact;
    let mut product = json!({
        "productOffering": { "id": offering.id },
        "productConfiguration": offering.configuration,
    });
    if let Some(role) = &offering.place_role {
        product["place"] = json!([{
            "place": address(&lab.profile.places.good.id),
            "role": role,
            "contact": [{ "name": contact.name, "number": contact.number, "emailAddress": contact.email }],
        }]);
    }
    product
}

/// `ProductOfferingQualification_Create` of one item.
pub fn poq(lab: &mut Lab, at_once: bool) -> Result<Value, Stop> {
    let offering = lab.offering()?;
    let mut body = json!({
        "externalId": lab.name(),
        "instantSyncQualification": at_once,
        "provideAlternative": false,
        "relatedContactInformation": [person(&lab.profile.contact, "buyerContactInformation")],
        "productOfferingQualificationItem": [
            { "id": "one", "action": "add", "product": product(lab, &offering) },
        ],
    });
    if !at_once {
        body["requestedPOQCompletionDate"] = json!(lab.in_days(30));
    }
    Ok(body)
}

/// `Quote_Create` of one item.
pub fn quote(lab: &mut Lab, at_once: bool, level: &str) -> Result<Value, Stop> {
    let offering = lab.offering()?;
    let contact = lab.profile.contact.clone();
    let mut body = json!({
        "externalId": lab.name(),
        "instantSyncQuote": at_once,
        "buyerRequestedQuoteLevel": level,
        "relatedContactInformation": [person(&contact, "buyerContactInformation")],
        "quoteItem": [{
            "id": "one",
            "action": "add",
            "product": product(lab, &offering),
            "requestedQuoteItemTerm": offering.term,
            "relatedContactInformation": [person(&contact, "quoteItemTechnicalContact")],
        }],
    });
    if !at_once {
        body["requestedQuoteCompletionDate"] = json!(lab.in_days(30));
    }
    Ok(body)
}

/// `ProductOrder_Create` of one item, for a quote of [`quote`] where there is one.
pub fn order(lab: &mut Lab, quote_id: Option<&str>) -> Result<Value, Stop> {
    let offering = lab.offering()?;
    let contact = lab.profile.contact.clone();
    let roles = [
        "buyerProductOrderItemContact",
        "buyerImplementationContact",
        "buyerTechnicalContact",
    ];
    let people: Vec<Value> = roles.iter().map(|role| person(&contact, role)).collect();
    let mut body = json!({
        "externalId": lab.name(),
        "relatedContactInformation": [person(&contact, "productOrderContact")],
        "productOrderItem": [{
            "id": "one",
            "action": "add",
            "requestedCompletionDate": lab.in_days(21),
            "product": product(lab, &offering),
            "requestedItemTerm": offering.term,
            "billingAccount": { "id": lab.profile.agreed.billing_account },
            "relatedContactInformation": people,
        }],
    });
    if let Some(quote) = quote_id {
        body["productOrderItem"][0]["quoteItem"] = json!({ "quoteId": quote, "id": "one" });
    }
    Ok(body)
}
