//! Products in service: made by a completed order, or imported by the operator. The API only
//! reads them.

use serde_json::{Map, Value, json};

use super::change;
use super::lifecycle::PRODUCT;
use super::suspend;
use crate::api::contacts;
use crate::api::history::{self, Move};
use crate::api::items::capacity::Share;
use crate::api::items::configured::judge;
use crate::api::items::{list, reference, text, vlans};
use crate::book::profile::{IN_SERVICE, Profile};
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object, Side};
use crate::failure::Problem;
use crate::lifecycle::{Actor, Refused};
use crate::pointer;
use crate::rules::{Act, Context, Found, Outcome, Ref, Rules};
use crate::time;

/// API name.
pub const API: &str = "productInventory";
/// Resource name.
pub const RESOURCE: &str = "product";
/// Where products are found, behind the base address of the company.
const BASE: &str = "/mefApi/sonata/productInventory/v8/product";

pub(super) const CONTACTS: &str = "relatedContactInformation";

/// Mplify 116.1 R15: whom each side is to call, and in which role of the order the Buyer named
/// them, best first.
const BUYER_CONTACTS: &[(&str, &[&str])] = &[
    (
        "buyerAssuranceTechnicalContact",
        &["buyerFaultContact", "buyerTechnicalContact", "productOrderContact"],
    ),
    ("buyerCommercialContact", &["productOrderContact"]),
    (
        "buyerSlaManagementContact",
        &["buyerProductOrderItemContact", "productOrderContact"],
    ),
];
const SELLER_CONTACTS: &[&str] = &[
    "sellerAssuranceTechnicalContact",
    "sellerCommercialContact",
    "sellerSlaManagementContact",
];

/// Properties of `MEFProduct` that an import may bring.
const IMPORTED: &[&str] = &[
    "startDate",
    "externalId",
    "agreementName",
    "productSpecification",
    "place",
    "productOffering",
    "relatedContactInformation",
    "billingAccount",
    "productOrderItem",
    "productTerm",
    "productConfiguration",
    "productRelationship",
    "productPrice",
];
/// Properties that the import gives itself; whatever a file says of them is put aside.
const GIVEN: &[&str] = &["id", "href", "status", "statusChange", "lastUpdateDate"];

/// What an order item became.
#[derive(Clone, Copy, Debug)]
pub struct Built<'a> {
    /// The body of the order.
    pub order: &'a Object,
    /// The item.
    pub item_id: &'a str,
    /// Id of its product.
    pub product_id: &'a str,
    /// What the creation of the order remembered about it: `prices` (`ProductPrice` list), as they
    /// were agreed, and `shown`, its configuration where that is not the one that was ordered.
    pub answer: &'a Value,
}

impl Built<'_> {
    pub(super) fn prices(&self) -> Vec<Value> {
        self.answer["prices"].as_array().cloned().unwrap_or_default()
    }

    /// Offering and configuration: the latter with all that its offering says of what was left out
    /// (MEF 125 R6, R9, R13, R15).
    pub(super) fn configured(&self, ordered: &Object, body: &mut Object) {
        copy(ordered, "productOffering", body);
        match self.answer.get("shown") {
            Some(shown) => {
                body.insert("productConfiguration".into(), shown.clone());
            }
            None => copy(ordered, "productConfiguration", body),
        }
    }
}

/// The product that a completed order item puts into service.
pub fn product_document(built: Built<'_>, ctx: &Context<'_>) -> Result<Document, Refused> {
    let empty = Object::new();
    let item = find(built.order, built.item_id).unwrap_or(&empty);
    let ordered = item.get("product").and_then(Value::as_object).unwrap_or(&empty);
    let now = json!(time::text(ctx.now));
    let mut body = identity(built.product_id, ctx)?;
    body.insert("startDate".into(), now.clone());
    body.insert("lastUpdateDate".into(), now);
    built.configured(ordered, &mut body);
    for name in ["billingAccount", "agreementName"] {
        copy(item, name, &mut body);
    }
    add_specification(&mut body);
    add_list(&mut body, "place", list(ordered, "place").iter().map(place).collect());
    add_list(&mut body, "productRelationship", relations(built.order, item, ordered));
    add_list(&mut body, "productTerm", list(item, "itemTerm").to_vec());
    add_list(&mut body, "productPrice", built.prices());
    add_list(&mut body, "productOrderItem", vec![order_item(built)]);
    add_list(&mut body, CONTACTS, buyer_contacts(built.order, item));
    add_seller_contacts(&mut body, ctx);
    Ok(document(built.product_id, body, ctx))
}

/// Takes a product that was not ordered here (an ENNI, agreed at onboarding) into the inventory:
/// `value` is a `MEFProduct`; its id, status and history are given here.
pub fn import(value: &Value, ctx: &Context<'_>) -> Result<Commit, Vec<Problem>> {
    let Some(sent) = value.as_object() else {
        return Err(vec![Problem::invalid("", "A product is a JSON object.")]);
    };
    let problems = import_problems(sent, ctx);
    if !problems.is_empty() {
        return Err(problems);
    }
    let id = (ctx.new_id)();
    let mut body = identity(&id, ctx).map_err(|refused| vec![Problem::invalid("", refused.to_string())])?;
    let now = json!(time::text(ctx.now));
    body.insert("startDate".into(), now.clone());
    body.insert("lastUpdateDate".into(), now);
    for name in IMPORTED {
        copy(sent, name, &mut body);
    }
    show(&mut body, ctx);
    add_specification(&mut body);
    add_seller_contacts(&mut body, ctx);
    let product = document(&id, body, ctx);
    // At its interfaces it is counted like what was ordered here (decision 0021).
    let share = Share::of(vlans::in_service(&product, ctx));
    let mut commit = Commit::of(product);
    commit.holds = share.holds(&id, None);
    commit.capacity_guards = share.guards(ctx.now);
    Ok(commit)
}

fn import_problems(sent: &Object, ctx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    match sent.get("productConfiguration") {
        Some(configuration) => {
            let profile = profile(sent, ctx).map(|profile| (profile, IN_SERVICE));
            problems.extend(judge(configuration, "/productConfiguration", profile, ctx).problems);
        }
        None => problems.push(Problem::missing(
            "/productConfiguration",
            "A product needs its configuration.",
        )),
    }
    for name in sent.keys() {
        if !IMPORTED.contains(&name.as_str()) && !GIVEN.contains(&name.as_str()) {
            let path = pointer::join("", name);
            problems.push(Problem::unexpected(path, "A product has no such property."));
        }
    }
    if let Some(start) = sent.get("startDate")
        && start.as_str().and_then(time::parse).is_none()
    {
        problems.push(Problem::invalid(
            "/startDate",
            "Expected is a date and time (RFC 3339).",
        ));
    }
    for (index, contact) in list(sent, CONTACTS).iter().enumerate() {
        let at = pointer::join(&pointer::join("", CONTACTS), index);
        problems.extend(contacts::check_person(contact, &at));
    }
    for (role, _) in BUYER_CONTACTS {
        if contact(sent, role).is_none() {
            let reason = format!("A product needs a contact with the role {role}.");
            problems.push(Problem::missing(pointer::join("", CONTACTS), reason));
        }
    }
    problems
}

/// The profile of the offering of an imported product.
fn profile<'a>(product: &Object, ctx: &Context<'a>) -> Option<&'a Profile> {
    let offering = ctx.book.offering(reference(product, "productOffering")?)?;
    Some(&offering.profile)
}

/// The inventory shows the effective configuration (MEF 125 R6, R9, R13, R15).
fn show(product: &mut Object, ctx: &Context<'_>) {
    let Some(profile) = profile(product, ctx).filter(|profile| !profile.is_empty()) else {
        return;
    };
    if let Some(Value::Object(configuration)) = product.get_mut("productConfiguration") {
        *configuration = profile.shown(configuration);
    }
}

/// What every product begins with: its identity and the first entry of its history.
fn identity(id: &str, ctx: &Context<'_>) -> Result<Object, Refused> {
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    body.insert("href".into(), json!(format!("{}{BASE}/{id}", ctx.company.base_url)));
    let active = Move {
        to: "active",
        by: Actor::Seller,
        at: ctx.now,
        reason: None,
    };
    history::change_status(&PRODUCT, &mut body, active)?;
    Ok(body)
}

fn document(id: &str, body: Object, ctx: &Context<'_>) -> Document {
    Document {
        id: id.to_owned(),
        scope: history::scope(ctx),
        side: Side::Seller,
        api: API.into(),
        resource: RESOURCE.into(),
        state: text(&body, "status").to_owned(),
        revision: 1,
        agreement_version: ctx.agreement.version,
        created_at: ctx.now,
        updated_at: ctx.now,
        body,
    }
}

/// The item as a product names it (`MEFProductOrderItemRef`).
pub(super) fn order_item(built: Built<'_>) -> Value {
    json!({
        "productOrderId": built.order.get("id"),
        "productOrderHref": built.order.get("href"),
        "productOrderItemId": built.item_id,
    })
}

pub(super) fn find<'a>(order: &'a Object, item_id: &str) -> Option<&'a Object> {
    list(order, "productOrderItem")
        .iter()
        .filter_map(Value::as_object)
        .find(|item| text(item, "id") == item_id)
}

pub(super) fn copy(from: &Object, name: &str, to: &mut Object) {
    if let Some(value) = from.get(name) {
        to.insert(name.to_owned(), value.clone());
    }
}

pub(super) fn add_list(body: &mut Object, name: &str, values: Vec<Value>) {
    if !values.is_empty() {
        body.insert(name.to_owned(), Value::Array(values));
    }
}

/// The specification is named by the `@type` of the configuration, unless the file names it.
fn add_specification(body: &mut Object) {
    let urn = body
        .get("productConfiguration")
        .and_then(|configuration| configuration.get("@type"))
        .cloned();
    if let Some(urn) = urn
        && reference(body, "productSpecification").is_none()
    {
        body.insert("productSpecification".into(), json!({ "id": urn }));
    }
}

/// A place in the inventory has no `subUnit`.
fn place(ordered: &Value) -> Value {
    let mut place = ordered.clone();
    if let Some(object) = place.as_object_mut() {
        object.shift_remove("subUnit");
    }
    place
}

/// Relations to products in service stay; relations to items of the order now name the products
/// these items became.
fn relations(order: &Object, item: &Object, ordered: &Object) -> Vec<Value> {
    let mut relations = list(ordered, "productRelationship").to_vec();
    for relation in list(item, "productOrderItemRelationship") {
        let product = relation
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| find(order, id))
            .and_then(|item| reference(item, "product"));
        if let Some(id) = product {
            relations.push(json!({ "relationshipType": relation.get("relationshipType"), "id": id }));
        }
    }
    relations
}

fn contact<'a>(owner: &'a Object, role: &str) -> Option<&'a Value> {
    list(owner, CONTACTS)
        .iter()
        .find(|contact| contact.get("role").and_then(Value::as_str) == Some(role))
}

pub(super) fn buyer_contacts(order: &Object, item: &Object) -> Vec<Value> {
    let mut contacts = Vec::new();
    for (role, sources) in BUYER_CONTACTS {
        let source = sources
            .iter()
            .find_map(|source| contact(item, source).or_else(|| contact(order, source)));
        if let Some(source) = source {
            let mut contact = source.clone();
            contact["role"] = json!(role);
            contacts.push(contact);
        }
    }
    contacts
}

fn add_seller_contacts(body: &mut Object, ctx: &Context<'_>) {
    for role in SELLER_CONTACTS {
        if contact(body, role).is_none() {
            contacts::add_ours(body, role, &ctx.company.contact);
        }
    }
}

/// Rules of products: nothing is created through the API.
pub struct ProductRules;

impl Rules for ProductRules {
    fn name(&self) -> &'static str {
        RESOURCE
    }

    fn needs(&self, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    fn on_create(&self, _input: &Checked, _found: &Found, _ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>> {
        let reason = "Products come from orders; there is no create.";
        Err(vec![Problem::unexpected("", reason)])
    }

    fn job_needs(&self, document: &Document, job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        match job.kind.as_str() {
            suspend::END => suspend::needs(document),
            _ => Vec::new(),
        }
    }

    fn act_needs(&self, document: &Document, _act: &Act, _ctx: &Context<'_>) -> Vec<Ref> {
        suspend::needs(document)
    }

    fn on_act(&self, document: &Document, act: &Act, found: &Found, ctx: &Context<'_>) -> Result<Commit, String> {
        suspend::act(document, act, found, ctx)
    }

    fn on_job(&self, document: &Document, job: &Job, found: &Found, ctx: &Context<'_>) -> Commit {
        match job.kind.as_str() {
            change::RESTORE => change::on_restore(document, job, ctx),
            suspend::END => suspend::on_end(document, found, ctx),
            _ => Commit::default(),
        }
    }
}
