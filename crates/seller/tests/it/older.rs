//! Partners on older releases, over HTTP: each sees its own version, and there is one inventory.

use segue_model::api;
use segue_model::describe::Operation;
use serde_json::{Value, json};

use crate::bodies::{Circuit, ORDER, POQ, QUOTE};
use crate::events::stage::Stage;
use crate::world::{Buyer, PLACE, Reply, World, at_company, request};

/// API versions of releases.
pub const GRACE: [(&str, u32); 6] = [
    ("geographicAddressManagement", 7),
    ("geographicSiteManagement", 7),
    ("productOfferingQualification", 7),
    ("quoteManagement", 8),
    ("productOrderingManagement", 10),
    ("productInventory", 7),
];

/// An operation of the version a partner speaks.
#[track_caller]
pub fn operation(release: &[(&str, u32)], (name, method, path): (&str, &str, &str)) -> Operation {
    let version = release.iter().find(|(api, _)| *api == name).unwrap().1;
    let all = api::find_served(name, version).unwrap().operations();
    let same = |pattern: &str| {
        let steps = pattern.split('/').zip(path.split('/'));
        pattern.split('/').count() == path.split('/').count()
            && steps.into_iter().all(|(known, step)| known == "{id}" || known == step)
    };
    all.into_iter()
        .find(|known| known.method == method && same(&known.path))
        .unwrap_or_else(|| panic!("no {method} {path}"))
}

/// A world whose first Buyer is on Grace.
pub async fn on_grace() -> World {
    let mut world = World::new().await;
    move_to(&mut world, &GRACE).await;
    world
}

/// The first Buyer changes to a release.
pub async fn move_to(world: &mut World, release: &[(&str, u32)]) {
    agree(world, &world.alpha, release).await;
    world.alpha.token = world.token(&world.alpha, &[]).await;
}

async fn agree(world: &World, buyer: &Buyer, release: &[(&str, u32)]) {
    let found = world.store.agreement_in_force(
        &buyer.scope,
        segue_model::party::Role::Seller,
        segue_model::time::Clock::now(&*world.wall),
    );
    let mut agreement = found.await.unwrap().unwrap();
    agreement.version += 1;
    agreement.apis = release
        .iter()
        .map(|(name, version)| ((*name).to_owned(), *version))
        .collect();
    world.store.put_agreement(agreement).await.unwrap();
}

/// POST on a collection, as Grace has it; the answer is held against the shapes of Grace.
pub async fn post(world: &World, (name, path): (&str, &str), body: &Value) -> Reply {
    let operation = operation(&GRACE, (name, "POST", path));
    world.call(&world.alpha, &operation, ("", ""), Some(body)).await
}

/// GET, the same.
pub async fn get(world: &World, (name, path): (&str, &str)) -> Reply {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let operation = operation(&GRACE, (name, "GET", path));
    let id = path.rsplit('/').next().unwrap_or_default();
    world.call(&world.alpha, &operation, (id, query), None).await
}

pub fn contact(role: &str) -> Value {
    json!({ "role": role, "name": "N", "number": "+1", "emailAddress": "n@example.com" })
}

/// A body of Kylie as a partner on Grace writes it: by hand, so that translation has no part in it.
pub fn flat(mut body: Value, role: &str) -> Value {
    let (_, items) = body
        .as_object_mut()
        .unwrap()
        .iter_mut()
        .find(|(name, _)| name.ends_with("Item"))
        .unwrap();
    for item in items.as_array_mut().unwrap() {
        for term in ["requestedQuoteItemTerm", "requestedItemTerm"] {
            for length in ["duration", "rollInterval"] {
                if let Some(units) = item.pointer_mut(&format!("/{term}/{length}/units")) {
                    assert_eq!(*units, "months");
                    *units = json!("calendarMonths");
                }
            }
        }
        let mut contacts = item.get("relatedContactInformation").cloned().unwrap_or(json!([]));
        if let Some(places) = item.pointer_mut("/product/place").and_then(Value::as_array_mut) {
            for place in places {
                let kind = place["place"]["@type"].clone();
                *place = json!({ "@type": kind, "id": place["place"]["id"], "role": place["role"] });
            }
            contacts.as_array_mut().unwrap().push(contact(role));
        }
        if contacts != json!([]) {
            item["relatedContactInformation"] = contacts;
        }
    }
    body
}

pub fn circuit(world: &World) -> Circuit<'_> {
    Circuit {
        products: &world.products,
        buyer: &world.alpha,
        place: PLACE,
    }
}

#[tokio::test]
async fn a_partner_on_grace_buys_a_circuit_in_its_own_words() {
    let world = on_grace().await;
    let asked = flat(circuit(&world).poq(), "locationContact");
    let poq = post(&world, POQ, &asked).await.created();
    assert_eq!(poq["state"], "done.ready", "{poq:#}");
    assert!(poq["effectiveQualificationDate"].is_string());
    // What was sent is told as it was sent, at once and later.
    let later = get(&world, (POQ.0, &format!("{}/{}", POQ.1, poq["id"].as_str().unwrap())))
        .await
        .json();
    for told in [&poq, &later] {
        let item = &told["productOfferingQualificationItem"][0];
        let sent = &asked["productOfferingQualificationItem"][0];
        assert_eq!(item["product"], sent["product"]);
        assert_eq!(item["relatedContactInformation"], sent["relatedContactInformation"]);
        assert_eq!(item["state"], "done.ready");
        assert!(
            told["href"]
                .as_str()
                .unwrap()
                .contains("/productOfferingQualification/v7/")
        );
    }
    let listed = get(&world, (POQ.0, &format!("{}?state=done.ready", POQ.1)))
        .await
        .json();
    assert_eq!(listed[0]["id"], poq["id"]);
    assert_eq!(
        get(&world, (POQ.0, &format!("{}?state=terminatedWithError", POQ.1)))
            .await
            .json(),
        json!([])
    );

    let quote = flat(circuit(&world).quote(), "quoteItemLocationContact");
    let quote = post(&world, QUOTE, &quote).await.created();
    assert_eq!(quote["state"], "approved.orderable", "{quote:#}");
    assert_eq!(
        quote["quoteItem"][0]["quoteItemTerm"][0]["duration"]["units"],
        "calendarMonths"
    );
    let prices = quote["quoteItem"][0]["quoteItemPrice"].as_array().unwrap();
    assert!(
        prices.iter().any(|price| price["recurringChargePeriod"] == "month"),
        "{prices:#?}"
    );

    let order = circuit(&world).order_of(quote["id"].as_str().unwrap());
    let order = post(&world, ORDER, &flat(order, "orderItemServiceSiteContact"))
        .await
        .created();
    world.work_all().await;
    let order = get(
        &world,
        (ORDER.0, &format!("{}/{}", ORDER.1, order["id"].as_str().unwrap())),
    )
    .await
    .json();
    assert_eq!(order["state"], "completed", "{order:#}");

    let id = order["productOrderItem"][0]["product"]["id"].as_str().unwrap();
    let product = get(&world, ("productInventory", &format!("/product/{id}")))
        .await
        .json();
    assert_eq!(product["status"], "active");
    assert!(product.get("place").is_none() && product["href"].as_str().unwrap().contains("/productInventory/v7/"));
    // Sent past the check of shapes, which demand more than is asked for.
    let operation = operation(&GRACE, ("productInventory", "GET", "/product/x"));
    let asked = request(&world.alpha.token, &operation, (id, "fields=status"), None);
    let some = world.send(at_company(asked, world.alpha.scope.company.as_str())).await;
    assert_eq!(some.json(), json!({ "id": id, "status": "active" }));
}

#[tokio::test]
async fn only_the_versions_agreed_are_served() {
    let world = on_grace().await;
    let newest = world.post(&world.alpha, POQ, &circuit(&world).poq()).await;
    assert_eq!(newest.status, 401, "{}", newest.text);
    let operation = operation(&GRACE, (POQ.0, "GET", POQ.1));
    let other = world.call(&world.bravo, &operation, ("", ""), None).await;
    assert_eq!(other.status, 401, "{}", other.text);
}

#[tokio::test]
async fn problems_are_told_where_the_older_request_has_them() {
    let world = on_grace().await;
    let mut asked = flat(circuit(&world).poq(), "locationContact");
    asked["productOfferingQualificationItem"][0]["product"]["place"][0] = json!({
        "@type": "FieldedAddress", "role": "INSTALL_LOCATION",
        "streetName": "Nowhere", "city": "Atlantis", "country": "DE",
    });
    asked["productOfferingQualificationItem"][0]["relatedContactInformation"][0]["emailAddress"] = json!("nobody");
    let told = post(&world, POQ, &asked).await;
    assert_eq!(told.status, 422, "{}", told.text);
    let told = told.json();
    let pointers: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["propertyPath"].as_str().unwrap())
        .collect();
    let item = "/productOfferingQualificationItem/0";
    assert_eq!(
        pointers,
        [
            format!("{item}/relatedContactInformation/0/emailAddress"),
            format!("{item}/product/place/0"),
        ],
        "{told:#}"
    );
    // What the older form does not know is refused as such.
    asked["productOfferingQualificationItem"][0]["endCustomerName"] = json!("X");
    let told = post(&world, POQ, &asked).await.json();
    assert_eq!(told[0]["propertyPath"], format!("{item}/endCustomerName"));
}

#[tokio::test]
async fn addresses_and_sites_are_found_in_the_form_of_grace() {
    let world = on_grace().await;
    let known = get(
        &world,
        ("geographicAddressManagement", &format!("/geographicAddress/{PLACE}")),
    )
    .await
    .json();
    assert_eq!(known["@type"], "FieldedAddress", "{known:#}");
    let mut asked = known.clone();
    let fields = asked.as_object_mut().unwrap();
    for name in ["id", "href", "hasPublicSite", "allowsNewSite"] {
        fields.remove(name);
    }
    fields.insert("country".into(), json!("Germany"));
    let body = json!({ "provideAlternative": true, "submittedGeographicAddress": asked });
    let validation = ("geographicAddressManagement", "/geographicAddressValidation");
    let told = post(&world, validation, &body).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    assert_eq!(told["validationResult"], "success", "{told:#}");
    assert_eq!(told["submittedGeographicAddress"], asked);
    assert_eq!(told["bestMatchGeographicAddress"]["id"], PLACE);

    let sites = |query: &str| format!("/geographicSite?{query}");
    let api = "geographicSiteManagement";
    let here = get(&world, (api, &sites(&format!("geographicAddress.id={PLACE}")))).await;
    assert_eq!(here.status, 200, "{}", here.text);
    let described = get(
        &world,
        (api, &sites(&format!("geographicAddress.id={PLACE}&description=x"))),
    )
    .await;
    assert_eq!(described.json(), json!([]));
    assert_eq!(get(&world, (api, "/geographicSite")).await.status, 400);
    assert_eq!(
        get(&world, (api, &sites("city=Berlin&country=Atlantis"))).await.status,
        400
    );
}

#[tokio::test]
async fn a_quote_is_declined_in_the_words_of_then() {
    let world = on_grace().await;
    let quote = flat(circuit(&world).quote(), "quoteItemLocationContact");
    let quote = post(&world, QUOTE, &quote).await.created();
    let body = json!({ "quoteId": quote["id"], "reason": "Too late." });
    // The guide's name for it reaches the same operation.
    let mut guide = operation(&GRACE, (QUOTE.0, "POST", "/rejectQuote"));
    guide.path = guide.also.clone().unwrap();
    assert_eq!(guide.path, "/declineQuote");
    let unknown = json!({ "quoteId": "none" });
    assert_eq!(
        world.call(&world.alpha, &guide, ("", ""), Some(&unknown)).await.status,
        422
    );
    let told = post(&world, (QUOTE.0, "/rejectQuote"), &body).await;
    assert_eq!((told.status.as_u16(), told.json()), (200, body));
    let path = format!("{}/{}", QUOTE.1, quote["id"].as_str().unwrap());
    assert_eq!(get(&world, (QUOTE.0, &path)).await.json()["state"], "declined");
}

#[tokio::test]
async fn listeners_of_grace_hear_the_events_of_grace() {
    let mut stage = Stage::set().await;
    move_to(&mut stage.world, &GRACE).await;
    let world = &stage.world;
    let register = |api: &str| operation(&GRACE, (api, "POST", "/hub"));
    for (api, query) in [(POQ.0, ""), (QUOTE.0, "eventType=quoteStateChangeEvent")] {
        let callback = format!("http://{}/a", stage.listener.address);
        let body = json!({ "callback": callback, "query": query });
        let asked = world
            .call(&world.alpha, &register(api), ("", "buyerId=ALPHA"), Some(&body))
            .await;
        assert_eq!(asked.status, 201, "{}", asked.text);
    }
    let poq = flat(circuit(world).poq(), "locationContact");
    let poq = post(world, POQ, &poq).await.created();
    stage.listener.wait(1).await;
    let quote = flat(circuit(world).deferred_quote(), "quoteItemLocationContact");
    let quote = post(world, QUOTE, &quote).await.created();
    let heard = stage.listener.wait(2).await;
    for (heard, (name, version, event, id)) in heard.iter().zip([
        (
            "productOfferingQualificationNotification",
            7,
            "poqCreateEvent",
            &poq["id"],
        ),
        ("quoteNotification", 8, "quoteStateChangeEvent", &quote["id"]),
    ]) {
        let api = api::find_served(name, version).unwrap();
        assert!(
            heard.path.ends_with(&format!("{}/listener/{event}", api.base_path())),
            "{heard:?}"
        );
        assert_eq!(heard.query, "", "{heard:?}");
        assert_eq!(
            (&heard.body["event"]["id"], &heard.body["event"]["buyerId"]),
            (id, &json!("ALPHA"))
        );
        let problems = world.schemas.check(api, "Event", heard.body.clone()).err();
        assert_eq!(problems, None, "{heard:?}");
    }
    let wrong = json!({ "callback": "http://elsewhere.example/", "query": "" });
    let refused = world
        .call(&world.alpha, &register(QUOTE.0), ("", ""), Some(&wrong))
        .await;
    // There was no 422 at the hub.
    assert_eq!(
        (refused.status.as_u16(), refused.json_code()),
        (400, "invalidBody".to_owned())
    );
    stage.end().await;
}

#[tokio::test]
async fn an_order_of_grace_is_changed_and_cancelled_by_what_grace_has_for_it() {
    let world = on_grace().await;
    let order = flat(circuit(&world).order(), "orderItemServiceSiteContact");
    let order = post(&world, ORDER, &order).await.created();
    let id = order["id"].as_str().unwrap();
    let patch = operation(&GRACE, (ORDER.0, "PATCH", "/productOrder/x"));
    let change = json!({ "externalId": "another" });
    let changed = world.call(&world.alpha, &patch, (id, ""), Some(&change)).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["externalId"]),
        (200, &json!("another"))
    );
    // What was changed is not told as it was first sent.
    let path = format!("{}/{id}", ORDER.1);
    assert_eq!(get(&world, (ORDER.0, &path)).await.json()["externalId"], "another");
    // PATCH had no 422.
    let unknown = json!({ "productOrderItem": [{ "id": "none" }] });
    let refused = world.call(&world.alpha, &patch, (id, ""), Some(&unknown)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json_code()),
        (400, "invalidBody".to_owned())
    );

    // An order is cancelled while it is worked on.
    world.work().await;
    let cancel = json!({
        "productOrder": { "productOrderId": id }, "cancellationReasonType": "commercial",
        "relatedContactInformation": [contact("cancelProductOrderContact")],
    });
    let cancel = post(&world, (ORDER.0, "/cancelProductOrder"), &cancel).await;
    assert_eq!(cancel.status, 201, "{}", cancel.text);
    let listed = get(&world, (ORDER.0, "/cancelProductOrder")).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
}

#[tokio::test]
async fn quotes_of_billie_and_of_kylie_are_of_one_seller() {
    const BILLIE: [(&str, u32); 1] = [("quoteManagement", 7)];
    let mut world = World::new().await;
    move_to(&mut world, &BILLIE).await;
    let create = operation(&BILLIE, (QUOTE.0, "POST", QUOTE.1));
    let asked = flat(circuit(&world).quote(), "quoteItemLocationContact");
    let quote = world
        .call(&world.alpha, &create, ("", ""), Some(&asked))
        .await
        .created();
    assert_eq!(quote["state"], "approved.orderable");
    assert!(
        quote["href"].as_str().unwrap().contains("/quoteManagement/v7/"),
        "{quote:#}"
    );
    let of_bravo = Circuit {
        buyer: &world.bravo,
        ..circuit(&world)
    };
    let newest = world.post(&world.bravo, QUOTE, &of_bravo.quote()).await.created();
    assert_eq!(newest["state"], "approved.orderable");
    // The same partner a release later: its quote is there, in the newer form.
    let kylie = api::all().iter().map(|api| (api.name, api.version)).collect::<Vec<_>>();
    move_to(&mut world, &kylie).await;
    let path = format!("{}/{}", QUOTE.1, quote["id"].as_str().unwrap());
    let later = world.get(&world.alpha, (QUOTE.0, &path)).await.json();
    assert!(
        later["href"].as_str().unwrap().contains("/quoteManagement/v10/"),
        "{later:#}"
    );
    assert!(
        later["quoteItem"][0]["product"]["place"][0]["place"].is_object(),
        "{later:#}"
    );
}
