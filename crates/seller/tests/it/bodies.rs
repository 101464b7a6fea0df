//! Valid request bodies: one circuit of a UNI and an OVC, by hand, so that the Buyer's code has
//! no part in what the Seller is asked.

use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI, Products};
use serde_json::{Value, json};

use crate::world::Buyer;

pub const VALIDATION: (&str, &str) = ("geographicAddressManagement", "/geographicAddressValidation");
pub const POQ: (&str, &str) = ("productOfferingQualification", "/productOfferingQualification");
pub const QUOTE: (&str, &str) = ("quoteManagement", "/quote");
pub const ORDER: (&str, &str) = ("productOrderingManagement", "/productOrder");

/// What a Buyer calls its items: names of its own, so that another Buyer's can be told apart.
pub struct Circuit<'a> {
    pub products: &'a Products,
    pub buyer: &'a Buyer,
    pub place: &'a str,
}

impl Circuit<'_> {
    pub fn uni_id(&self) -> String {
        format!("uni-of-{}", self.buyer.name)
    }

    pub fn ovc_id(&self) -> String {
        format!("ovc-of-{}", self.buyer.name)
    }

    fn uni(&self) -> Value {
        json!({
            "productOffering": { "id": "operator-uni" },
            "productConfiguration": self.products.sample(OPERATOR_UNI).unwrap(),
            "place": [{
                "place": { "@type": "GeographicAddressRef", "id": self.place },
                "role": "INSTALL_LOCATION",
                "contact": [person()],
            }],
        })
    }

    /// Its S-VLAN is left to the Seller, so that circuits do not meet at the ENNI.
    fn ovc(&self) -> Value {
        let mut configuration = self.products.sample(ACCESS_ELINE_OVC).unwrap();
        configuration["enniEp"]
            .as_object_mut()
            .unwrap()
            .remove("ovcEndPointMap");
        json!({
            "productOffering": { "id": "access-eline" },
            "productConfiguration": configuration,
            "productRelationship": [{ "relationshipType": "CONNECTS_TO_ENNI", "id": self.buyer.enni }],
        })
    }

    /// The two items; the second relates to the first in `relations`.
    fn items(&self, relations: &str) -> [Value; 2] {
        let uni = json!({ "id": self.uni_id(), "action": "add", "product": self.uni() });
        let mut ovc = json!({ "id": self.ovc_id(), "action": "add", "product": self.ovc() });
        ovc[relations] = json!([{ "relationshipType": "CONNECTS_TO_UNI", "id": self.uni_id() }]);
        [uni, ovc]
    }

    /// Answered at once.
    pub fn poq(&self) -> Value {
        json!({
            "externalId": format!("poq-of-{}", self.buyer.name),
            "projectId": format!("project-of-{}", self.buyer.name),
            "instantSyncQualification": true,
            "provideAlternative": true,
            "relatedContactInformation": [contact("buyerContactInformation")],
            "productOfferingQualificationItem": self.items("qualificationItemRelationship"),
        })
    }

    /// Firm and answered at once.
    pub fn quote(&self) -> Value {
        let mut items = self.items("quoteItemRelationship");
        for item in &mut items {
            item["requestedQuoteItemTerm"] = term();
        }
        json!({
            "externalId": format!("quote-of-{}", self.buyer.name),
            "projectId": format!("project-of-{}", self.buyer.name),
            "instantSyncQuote": true,
            "buyerRequestedQuoteLevel": "firm",
            "relatedContactInformation": [contact("buyerContactInformation")],
            "quoteItem": items,
        })
    }

    /// Acknowledged first.
    pub fn deferred_quote(&self) -> Value {
        let mut quote = self.quote();
        quote["instantSyncQuote"] = json!(false);
        quote["requestedQuoteCompletionDate"] = json!("2026-11-25T09:00:00Z");
        for item in quote["quoteItem"].as_array_mut().unwrap() {
            item["relatedContactInformation"] = json!([contact("quoteItemTechnicalContact")]);
        }
        quote
    }

    /// Of everything, without a quote.
    pub fn order(&self) -> Value {
        let roles = [
            "buyerProductOrderItemContact",
            "buyerImplementationContact",
            "buyerTechnicalContact",
        ];
        let mut items = self.items("productOrderItemRelationship");
        for item in &mut items {
            item["requestedItemTerm"] = term();
            item["requestedCompletionDate"] = json!("2026-12-01T08:00:00Z");
            item["billingAccount"] = json!({ "id": format!("{}-main", self.buyer.name) });
            item["relatedContactInformation"] = json!(roles.map(contact));
        }
        json!({
            "externalId": format!("order-of-{}", self.buyer.name),
            "projectId": format!("project-of-{}", self.buyer.name),
            "relatedContactInformation": [contact("productOrderContact")],
            "productOrderItem": items,
        })
    }

    /// Of everything in the quote of this id, which has the items of this circuit.
    pub fn order_of(&self, quote_id: &str) -> Value {
        let mut order = self.order();
        for item in order["productOrderItem"].as_array_mut().unwrap() {
            item["quoteItem"] = json!({ "quoteId": quote_id, "id": item["id"] });
        }
        order
    }
}

/// Names the S-VLAN of the second item of `body`, the OVC.
pub fn with_s_vlan(mut body: Value, id: u32) -> Value {
    for list in ["quoteItem", "productOrderItem"] {
        if let Some(end) = body.pointer_mut(&format!("/{list}/1/product/productConfiguration/enniEp")) {
            end["ovcEndPointMap"] = json!({ "mapType": "FORM_E", "ovcEndPointMapFormE": [id] });
        }
    }
    body
}

/// Acknowledged first.
pub fn deferred_validation() -> Value {
    json!({
        "instantSyncValidation": false,
        "submittedGeographicAddress": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [{
            "streetName": "Nirgendwo", "city": "Berlin", "countryCode": "DE",
        }]},
    })
}

pub fn term() -> Value {
    json!({
        "name": "36 months", "duration": { "amount": 36, "units": "months" },
        "endOfTermAction": "roll", "rollInterval": { "amount": 1, "units": "months" },
    })
}

fn person() -> Value {
    json!({ "name": "Ann", "number": "+49 1", "emailAddress": "ann@buyer.example" })
}

pub fn contact(role: &str) -> Value {
    let mut contact = person();
    contact["role"] = json!(role);
    contact
}
