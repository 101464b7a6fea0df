//! Requests from a few words: what a person or a script says ("this address, 100 Mbit/s, 36
//! months") becomes the body the standard wants. Pure; the partner's schemas are checked later,
//! when the request leaves.

use segue_model::party::{Agreement, Company, Contact, Offered};
use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI, Products};
use segue_model::rules::reduce;
use segue_model::time::{Span, Unit};
use serde_json::{Value, json};

use crate::BuyerError;

/// Role of the place a product is delivered at.
const INSTALL_LOCATION: &str = "INSTALL_LOCATION";

/// One access circuit, in words of a person.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where the UNI stands: a `geographicAddress` id of the Seller.
    pub address_id: String,
    /// The ENNI in the Seller's inventory that the OVC ends at.
    pub enni_id: String,
    /// The S-VLAN of the OVC there.
    pub s_vlan: i64,
    /// Committed rate in each direction, in Mbit/s.
    pub bandwidth_mbps: u64,
    /// Wanted term in months.
    pub term_months: u32,
    /// The Buyer's own name for it (`externalId`).
    pub external_id: Option<String>,
    /// RFC 3339: the answer may come later, but is wanted by then. Without it: at once.
    pub later: Option<String>,
}

/// A product that there are no words for: the person has its configuration.
#[derive(Clone, Debug)]
pub struct AnyProduct {
    /// `productOffering.id`
    pub offering: String,
    /// With `@type`.
    pub configuration: Value,
    /// Where it is delivered: a `geographicAddress` id of the Seller.
    pub address_id: Option<String>,
    /// Products in service that it is related to: type of relation and product id.
    pub relations: Vec<(String, String)>,
    /// Wanted term in months.
    pub term_months: u32,
    /// The Buyer's own name for it (`externalId`).
    pub external_id: Option<String>,
    /// RFC 3339: the answer may come later, but is wanted by then.
    pub later: Option<String>,
}

/// Another date for an item of an order that runs.
#[derive(Clone, Debug)]
pub struct NewDate {
    /// The order.
    pub order_id: String,
    /// Its item.
    pub item_id: String,
    /// RFC 3339; none leaves the date as it is.
    pub date: Option<String>,
    /// Whether it may cost something to have it sooner.
    pub expedite: bool,
}

/// What becomes of a product in service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    /// New committed rate in each direction, in Mbit/s.
    pub bandwidth_mbps: Option<u64>,
    /// New term in months; without one the term goes on as it is.
    pub term_months: Option<u32>,
    /// New S-VLAN at the ENNI.
    pub s_vlan: Option<i64>,
}

/// Composes requests of one company under one agreement.
pub struct Composer<'a> {
    /// Who asks.
    pub company: &'a Company,
    /// What was settled; its catalogue names the offerings.
    pub agreement: &'a Agreement,
    /// Product schemas and samples.
    pub products: &'a Products,
}

impl Composer<'_> {
    /// `ProductOfferingQualification_Create`.
    pub fn poq(&self, wish: &Wish) -> Result<Value, BuyerError> {
        let uni = json!({ "id": "uni", "action": "add", "product": self.uni(wish)? });
        let ovc = json!({
            "id": "ovc", "action": "add", "product": self.ovc(wish)?,
            "qualificationItemRelationship": [{ "relationshipType": "CONNECTS_TO_UNI", "id": "uni" }],
        });
        Ok(self.whole_poq(vec![uni, ovc], (&wish.external_id, &wish.later)))
    }

    /// `ProductOfferingQualification_Create` for any one product.
    pub fn product_poq(&self, wanted: &AnyProduct) -> Result<Value, BuyerError> {
        let item = json!({ "id": "1", "action": "add", "product": self.any(wanted)? });
        Ok(self.whole_poq(vec![item], (&wanted.external_id, &wanted.later)))
    }

    /// `Quote_Create` for any one product: firm.
    pub fn product_quote(&self, wanted: &AnyProduct, poq_id: Option<&str>) -> Result<Value, BuyerError> {
        let mut item = self.quote_item("add", self.any(wanted)?);
        item["requestedQuoteItemTerm"] = term(wanted.term_months);
        if let Some(poq_id) = poq_id {
            item["productOfferingQualificationItem"] =
                json!({ "productOfferingQualificationId": poq_id, "id": item["id"] });
        }
        Ok(self.finished_quote(vec![item], (&wanted.external_id, &wanted.later)))
    }

    fn any(&self, wanted: &AnyProduct) -> Result<Value, BuyerError> {
        let urn = text(&wanted.configuration, "/@type")?;
        let mut product = json!({
            "productOffering": { "id": wanted.offering },
            "productConfiguration": wanted.configuration,
        });
        // What is not known here may have a place all the same.
        let role = match self.products.product(&urn) {
            Some(known) => known.place_role.as_deref(),
            None => Some(INSTALL_LOCATION),
        };
        match (role, &wanted.address_id) {
            (Some(role), Some(id)) => product["place"] = json!([self.place(id, role)]),
            (Some(_), None) if self.products.product(&urn).is_some() => {
                return Err(BuyerError::incomplete(format!(
                    "the address that {urn} is delivered at"
                )));
            }
            (None | Some(_), _) => {}
        }
        if !wanted.relations.is_empty() {
            let relations = wanted
                .relations
                .iter()
                .map(|(kind, id)| json!({ "relationshipType": kind, "id": id }));
            product["productRelationship"] = relations.collect();
        }
        Ok(product)
    }

    fn place(&self, address_id: &str, role: &str) -> Value {
        json!({
            "place": { "@type": "GeographicAddressRef", "id": address_id },
            "role": role,
            "contact": [plain_contact(&self.company.contact)],
        })
    }

    fn whole_poq(&self, items: Vec<Value>, (external_id, later): (&Option<String>, &Option<String>)) -> Value {
        let mut body = json!({
            "instantSyncQualification": true,
            "provideAlternative": true,
            "relatedContactInformation": [self.contact("buyerContactInformation")],
            "productOfferingQualificationItem": items,
        });
        set_external_id(&mut body, external_id);
        if let Some(date) = later {
            body["instantSyncQualification"] = json!(false);
            body["requestedPOQCompletionDate"] = json!(date);
        }
        body
    }

    fn finished_quote(&self, items: Vec<Value>, (external_id, later): (&Option<String>, &Option<String>)) -> Value {
        let mut body = self.whole_quote(items);
        set_external_id(&mut body, external_id);
        if let Some(date) = later {
            body["instantSyncQuote"] = json!(false);
            body["requestedQuoteCompletionDate"] = json!(date);
        }
        body
    }

    /// `Quote_Create`: firm. `poq_id` refers to a qualification with the same items.
    pub fn quote(&self, wish: &Wish, poq_id: Option<&str>) -> Result<Value, BuyerError> {
        let mut items = vec![
            json!({ "id": "uni", "action": "add", "product": self.uni(wish)? }),
            json!({
                "id": "ovc", "action": "add", "product": self.ovc(wish)?,
                "quoteItemRelationship": [{ "relationshipType": "CONNECTS_TO_UNI", "id": "uni" }],
            }),
        ];
        for item in &mut items {
            item["requestedQuoteItemTerm"] = term(wish.term_months);
            item["relatedContactInformation"] = json!([self.contact("quoteItemTechnicalContact")]);
            if let Some(poq_id) = poq_id {
                item["productOfferingQualificationItem"] =
                    json!({ "productOfferingQualificationId": poq_id, "id": item["id"] });
            }
        }
        Ok(self.finished_quote(items, (&wish.external_id, &wish.later)))
    }

    /// `Quote_Create` for a change of `product` (a whole `MEFProduct` of the Seller's inventory).
    pub fn change(&self, product: &Value, change: &Change) -> Result<Value, BuyerError> {
        let id = text(product, "/id")?;
        let whole = product.as_object().ok_or_else(|| BuyerError::incomplete("product"))?;
        // Mplify 115.1 R45: all of it, also what stays.
        let kept = [
            "id",
            "productOffering",
            "productConfiguration",
            "productRelationship",
            "place",
        ];
        let mut product = reduce(whole, &kept);
        if let Some(mbps) = change.bandwidth_mbps
            && set_bandwidth(&mut product["productConfiguration"], mbps) == 0
        {
            return Err(BuyerError::incomplete(format!("a bandwidth of product {id}")));
        }
        if let Some(s_vlan) = change.s_vlan
            && !set_s_vlan(&mut product["productConfiguration"], s_vlan)
        {
            return Err(BuyerError::incomplete(format!("an S-VLAN of product {id}")));
        }
        let mut item = self.quote_item("modify", product);
        if let Some(months) = change.term_months {
            item["requestedQuoteItemTerm"] = term(months);
        }
        Ok(self.whole_quote(vec![item]))
    }

    /// `Quote_Create` for the end of these products of the Seller's inventory.
    pub fn disconnect(&self, products: &[String]) -> Value {
        let items = products.iter().enumerate().map(|(index, id)| {
            let mut item = self.quote_item("delete", json!({ "id": id }));
            item["id"] = json!(format!("{}", index + 1));
            item
        });
        self.whole_quote(items.collect())
    }

    fn quote_item(&self, action: &str, product: Value) -> Value {
        json!({
            "id": "1", "action": action, "product": product,
            "relatedContactInformation": [self.contact("quoteItemTechnicalContact")],
        })
    }

    /// Instant and firm.
    fn whole_quote(&self, items: Vec<Value>) -> Value {
        json!({
            "instantSyncQuote": true,
            "buyerRequestedQuoteLevel": "firm",
            "relatedContactInformation": [self.contact("buyerContactInformation")],
            "quoteItem": items,
        })
    }

    /// `ProductOrder_Create` of everything in `quote` (the Seller's document), wanted for `date`
    /// (RFC 3339).
    pub fn order(&self, quote: &Value, date: &str) -> Result<Value, BuyerError> {
        let id = text(quote, "/id")?;
        let items = quote["quoteItem"]
            .as_array()
            .ok_or_else(|| BuyerError::incomplete("quoteItem"))?;
        let items: Vec<Value> = items.iter().map(|item| self.order_item(&id, item, date)).collect();
        let mut body = json!({
            "relatedContactInformation": [self.contact("productOrderContact")],
            "productOrderItem": items,
        });
        if let Some(external_id) = quote.get("externalId") {
            body["externalId"] = external_id.clone();
        }
        Ok(body)
    }

    /// `CancelProductOrder_Create`: the whole order.
    pub fn cancel(&self, order_id: &str, reason: Option<&str>) -> Value {
        let mut body = json!({
            "productOrder": { "productOrderId": order_id },
            "relatedContactInformation": [self.contact("cancelProductOrderContact")],
        });
        if let Some(reason) = reason {
            body["cancellationReason"] = json!(reason);
        }
        body
    }

    fn order_item(&self, quote_id: &str, quoted: &Value, date: &str) -> Value {
        let roles = [
            "buyerProductOrderItemContact",
            "buyerImplementationContact",
            "buyerTechnicalContact",
        ];
        let mut item = json!({
            "id": quoted["id"],
            "action": quoted["action"],
            "requestedCompletionDate": date,
            "relatedContactInformation": roles.map(|role| self.contact(role)),
            "quoteItem": { "quoteId": quote_id, "id": quoted["id"] },
        });
        let new = quoted["action"] == "add";
        if new {
            item["billingAccount"] = json!({ "id": self.billing_account() });
        }
        if let Some(product) = quoted["product"].as_object() {
            let kept = [
                "id",
                "productOffering",
                "productConfiguration",
                "productRelationship",
                "place",
            ];
            item["product"] = reduce(product, &kept);
        }
        // Mplify 123.1 R39: the ordered term is the quoted one. A change that asked for none keeps
        // the one it has: to repeat it would begin it anew.
        let wanted = new || quoted.get("requestedQuoteItemTerm").is_some();
        if let Some(term) = quoted.pointer("/quoteItemTerm/0").filter(|_| wanted) {
            item["requestedItemTerm"] = term.clone();
        }
        if let Some(relations) = quoted.get("quoteItemRelationship") {
            item["productOrderItemRelationship"] = relations.clone();
        }
        item
    }

    fn billing_account(&self) -> String {
        let agreed = self.agreement.billing_accounts.first().cloned();
        agreed.unwrap_or_else(|| format!("{}-main", self.company.id))
    }

    fn uni(&self, wish: &Wish) -> Result<Value, BuyerError> {
        let offered = self.offered(OPERATOR_UNI)?;
        Ok(json!({
            "productOffering": { "id": offered.id },
            "productConfiguration": self.sample(offered)?,
            "place": [self.place(&wish.address_id, INSTALL_LOCATION)],
        }))
    }

    fn ovc(&self, wish: &Wish) -> Result<Value, BuyerError> {
        let offered = self.offered(ACCESS_ELINE_OVC)?;
        let mut configuration = self.sample(offered)?;
        set_bandwidth(&mut configuration, wish.bandwidth_mbps);
        set_s_vlan(&mut configuration, wish.s_vlan);
        Ok(json!({
            "productOffering": { "id": offered.id },
            "productConfiguration": configuration,
            "productRelationship": [{ "relationshipType": "CONNECTS_TO_ENNI", "id": wish.enni_id }],
        }))
    }

    /// The agreed offering of this product.
    fn offered(&self, urn: &str) -> Result<&Offered, BuyerError> {
        let found = self.agreement.catalogue.iter().find(|offered| offered.product == urn);
        found.ok_or_else(|| BuyerError::NotAgreed {
            partner: self.agreement.partner.clone(),
            what: format!("an offering of {urn}"),
        })
    }

    fn sample(&self, offered: &Offered) -> Result<Value, BuyerError> {
        self.products
            .sample(&offered.product)
            .ok_or_else(|| BuyerError::NotAgreed {
                partner: self.agreement.partner.clone(),
                what: format!("a known schema for {}", offered.product),
            })
    }

    fn contact(&self, role: &str) -> Value {
        let mut contact = plain_contact(&self.company.contact);
        contact["role"] = json!(role);
        contact["organization"] = json!(self.company.name);
        contact
    }
}

/// `MEFModifyProductOrderItemRequestedDeliveryDate_Create`
pub fn reschedule(new: &NewDate) -> Value {
    let mut body = json!({
        "productOrderItem": { "productOrderId": new.order_id, "productOrderItemId": new.item_id },
    });
    if let Some(date) = &new.date {
        body["requestedCompletionDate"] = json!(date);
    }
    // Mplify 123.1 R70: not mentioned, an expedite is neither asked for nor given up.
    if new.expedite {
        body["expediteIndicator"] = json!(true);
    }
    body
}

/// `MEFProductOrderCharge_Update`: the same answer, `accepted` or `rejected`, to every item of
/// `charge` (Mplify 123.1 R96: all are answered in one request).
pub fn charge_answer(charge: &Value, answer: &str) -> Value {
    let items = charge["chargeItem"].as_array().into_iter().flatten();
    let answers = items.map(|item| json!({ "id": item["id"], "acceptanceIndicator": answer }));
    json!({ "chargeItem": answers.collect::<Vec<_>>() })
}

fn plain_contact(contact: &Contact) -> Value {
    json!({ "name": contact.name, "number": contact.phone, "emailAddress": contact.email })
}

fn set_external_id(body: &mut Value, external_id: &Option<String>) {
    if let Some(external_id) = external_id {
        body["externalId"] = json!(external_id);
    }
}

/// A term of so many months that rolls on month by month.
fn term(months: u32) -> Value {
    json!({
        "name": format!("{months} months"),
        "duration": Span::new(months, Unit::Months),
        "endOfTermAction": "roll",
        "rollInterval": Span::new(1, Unit::Months),
    })
}

/// Writes the committed rate into every ingress profile of both end points; says into how many.
fn set_bandwidth(configuration: &mut Value, mbps: u64) -> usize {
    let mut written = 0;
    for end_point in ["uniEp", "enniEp"] {
        let profiles = configuration
            .get_mut(end_point)
            .and_then(|end| end.get_mut("ingressBandwidthProfilePerClassOfServiceName"))
            .and_then(Value::as_array_mut);
        for profile in profiles.into_iter().flatten() {
            let rate = json!({ "irValue": mbps, "irUnits": "MBPS" });
            profile["bwpFlow"]["cir"] = rate.clone();
            profile["bwpFlow"]["cirMax"] = rate;
            written += 1;
        }
    }
    written
}

/// Makes `id` the one S-VLAN at the ENNI; says whether there is one.
fn set_s_vlan(configuration: &mut Value, id: i64) -> bool {
    let map = configuration.pointer_mut("/enniEp/ovcEndPointMap/ovcEndPointMapFormE");
    map.map(|list| *list = json!([id])).is_some()
}

fn text(value: &Value, pointer: &str) -> Result<String, BuyerError> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| BuyerError::incomplete(pointer))
}
