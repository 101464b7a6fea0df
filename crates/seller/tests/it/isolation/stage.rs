//! Two Buyers with documents of every kind.

use std::sync::Mutex;

use segue_model::describe::Operation;
use segue_model::rules::reduce;
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, POQ, QUOTE, VALIDATION, contact, deferred_validation};
use crate::world::{Buyer, PLACE, World};

/// Where a line has to be built, which costs extra.
const NEAR: &str = "NEAR-NET";
const CANCEL: &str = "/cancelProductOrder";
const DATE: &str = "/modifyProductOrderItemRequestedDeliveryDate";

/// `alpha` has done everything a Buyer can do; `bravo` asks.
pub struct Stage {
    pub world: World,
    pub alpha: Own,
    pub bravo: Own,
}

/// Documents of one Buyer.
pub struct Own {
    pub poq: String,
    /// One that can be ordered.
    pub quote: Mutex<String>,
    pub order: String,
    pub validation: String,
    pub hub: String,
    /// Its OVC in service, as the inventory shows it.
    pub product: Value,
    around: Around,
}

/// What can happen to running orders.
struct Around {
    /// An order of which nothing is asked yet.
    order: String,
    cancel: String,
    date: String,
    charge: String,
}

impl Around {
    async fn make(world: &World, buyer: &Buyer) -> Self {
        let circuit = circuit(world, buyer);
        let mut built = circuit.order();
        built["productOrderItem"][0]["product"]["place"][0]["place"]["id"] = json!(NEAR);
        let mut orders = Vec::new();
        for order in [circuit.order(), circuit.order(), circuit.order(), built] {
            orders.push(id(&world.post(buyer, ORDER, &order).await.created()));
        }
        world.work().await;
        let cancel = json!({
            "productOrder": { "productOrderId": orders[1] },
            "relatedContactInformation": [contact("cancelProductOrderContact")],
        });
        let date = json!({
            "productOrderItem": { "productOrderId": orders[2], "productOrderItemId": circuit.uni_id() },
            "requestedCompletionDate": "2027-06-01T08:00:00Z",
        });
        let charges = world.get(buyer, (ORDER.0, "/charge")).await.json();
        Self {
            order: orders.swap_remove(0),
            cancel: id(&world.post(buyer, (ORDER.0, CANCEL), &cancel).await.created()),
            date: id(&world.post(buyer, (ORDER.0, DATE), &date).await.created()),
            charge: id(&charges[0]),
        }
    }
}

impl Stage {
    pub async fn set() -> Self {
        let world = World::new().await;
        // One order names an address and one a site, so that the inventory has both.
        let mut at_site = circuit(&world, &world.alpha).order();
        at_site["productOrderItem"][0]["product"]["place"][0]["place"] =
            json!({ "@type": "GeographicSiteRef", "id": "SITE-001" });
        at_site["productOrderItem"][1]["product"]["productOffering"]["id"] = json!("eline-for-alpha");
        world.post(&world.alpha, ORDER, &at_site).await.created();
        let mut orders = Vec::new();
        for buyer in [&world.alpha, &world.bravo] {
            let made = world.post(buyer, ORDER, &circuit(&world, buyer).order()).await;
            orders.push(id(&made.created()));
        }
        world.work_all().await;
        let bravo = Own::make(&world, &world.bravo, orders.pop().unwrap()).await;
        let alpha = Own::make(&world, &world.alpha, orders.pop().unwrap()).await;
        Self { world, alpha, bravo }
    }

    /// The valid body of a create; nothing where it makes no items.
    pub fn body(&self, operation: &Operation) -> Option<Value> {
        let circuit = circuit(&self.world, &self.world.bravo);
        match operation.id {
            "createProductOfferingQualification" => Some(circuit.poq()),
            "createQuote" => Some(circuit.quote()),
            "createProductOrder" => Some(circuit.order()),
            _ => None,
        }
    }

    /// An order of `bravo` that has only begun.
    pub async fn fresh_order(&self) -> String {
        let circuit = circuit(&self.world, &self.world.bravo);
        id(&self
            .world
            .post(&self.world.bravo, ORDER, &circuit.order())
            .await
            .created())
    }

    /// A quote of `bravo` that `operation` can take: each is taken once.
    pub async fn fresh_quote(&self, operation: &Operation) {
        let circuit = circuit(&self.world, &self.world.bravo);
        let is_cancelled = operation.id == "cancelQuote";
        let body = if is_cancelled {
            circuit.deferred_quote()
        } else {
            circuit.quote()
        };
        let quote = self.world.post(&self.world.bravo, QUOTE, &body).await.created();
        if is_cancelled {
            // Worked on, but not answered yet.
            self.world.work().await;
        }
        *self.bravo.quote.lock().unwrap() = id(&quote);
    }
}

/// The body turned into one that changes the OVC in service.
pub fn change_of(body: &Value, product: &Value) -> Option<Value> {
    let items = body.as_object()?.keys().find(|name| name.ends_with("Item"))?.clone();
    let mut item = body[&items][1].clone();
    item["action"] = json!("modify");
    item.as_object_mut()?.retain(|name, _| !name.ends_with("Relationship"));
    item["product"] = reduce(
        product.as_object()?,
        &["id", "productOffering", "productConfiguration", "productRelationship"],
    );
    let mut body = body.clone();
    body[&items] = json!([item]);
    Some(body)
}

pub fn circuit<'a>(world: &'a World, buyer: &'a Buyer) -> Circuit<'a> {
    Circuit {
        products: &world.products,
        buyer,
        // Places of their own, so that one Buyer's can be looked for by the other.
        place: if buyer.name == "bravo" { PLACE } else { "DE-00003" },
    }
}

pub fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

impl Own {
    async fn make(world: &World, buyer: &Buyer, order: String) -> Self {
        let circuit = circuit(world, buyer);
        let poq = id(&world.post(buyer, POQ, &circuit.poq()).await.created());
        let quote = id(&world.post(buyer, QUOTE, &circuit.quote()).await.created());
        let validation = id(&world.post(buyer, VALIDATION, &deferred_validation()).await.created());
        let callback = json!({ "callback": format!("https://{}.example", buyer.name) });
        let hub = id(&world
            .post(buyer, ("quoteManagement", "/hub"), &callback)
            .await
            .created());
        let delivered = world
            .get(buyer, (ORDER.0, &format!("/productOrder/{order}")))
            .await
            .json();
        let product = id(&delivered["productOrderItem"][1]["product"]);
        let path = format!("/product/{product}");
        let product = world.get(buyer, ("productInventory", &path)).await.json();
        Self {
            poq,
            quote: Mutex::new(quote),
            order,
            validation,
            hub,
            product,
            around: Around::make(world, buyer).await,
        }
    }

    pub fn quote(&self) -> String {
        self.quote.lock().unwrap().clone()
    }

    /// The id of a document of this kind.
    pub fn of(&self, buyer: &Buyer, resource: &str) -> Option<String> {
        let id = match resource {
            "productOfferingQualification" => &self.poq,
            "quote" => &self.quote(),
            "productOrder" => &self.around.order,
            "cancelProductOrder" => &self.around.cancel,
            "modifyProductOrderItemRequestedDeliveryDate" => &self.around.date,
            "charge" => &self.around.charge,
            "geographicAddressValidation" => &self.validation,
            "product" => &buyer.enni,
            "hub" => &self.hub,
            _ => return None,
        };
        Some(id.clone())
    }
}
