//! A profile of this Buyer: the tester as a Seller, and a command of this program for each step.

use std::collections::BTreeMap;

use segue_certify::case::Function;
use segue_certify::stage::profile::{BuyerAgreed, BuyerDeadlines, BuyerProfile, Client};
use segue_model::party::{self, Offered};
use segue_model::products::{ACCESS_ELINE_OVC, OPERATOR_UNI};
use serde_json::{Value, json};

use super::{partner, target, versions};
use crate::app::App;
use crate::command::{CommandError, Role, Who, company, partner as partners};

/// The tester as a Seller.
const SELLER: &str = "certify-seller";

/// It stands for two, so that a Buyer has to say which it means.
const PARTIES: [&str; 2] = [SELLER, "certify-second"];

/// Seconds that a command of this program may take.
const STEP: u64 = 60;

/// What the tester sells: a circuit, in the words of `segue buy`.
const OFFERED: [(&str, &str); 2] = [("certify-uni", OPERATOR_UNI), ("certify-ovc", ACCESS_ELINE_OVC)];

/// A circuit at the address that the tester told.
const CIRCUIT: &str = "certify-seller --address {address} --bandwidth 100M --enni certify-enni --s-vlan 2001";

/// Step by step what `segue` is told. What follows a circuit stands behind the `+`.
const DRIVE: &[(&str, &str)] = &[
    (
        "validate",
        "buy address certify-seller --country DE --city Berlin --postcode 10115 --street Ahornstr --number 24",
    ),
    (
        "validate-later",
        "buy address certify-seller --country DE --city Berlin --street Ahornstr --number 24 --deferred",
    ),
    ("address", "buy show certify-seller address {address}"),
    ("sites", "buy site certify-seller --address {address}"),
    ("site", "buy show certify-seller site {site}"),
    ("poq", "buy poq +"),
    ("poq-later", "buy poq + --later 2099-01-31"),
    ("poq-read", "buy show certify-seller poq {poq}"),
    ("quote", "buy quote +"),
    ("quote-later", "buy quote + --later 2099-01-31"),
    ("quote-poq", "buy quote + --poq {poq}"),
    (
        "quote-modify",
        "buy change certify-seller --product {product} --term 24 --quote-only",
    ),
    (
        "quote-delete",
        "buy disconnect certify-seller --product {product} --quote-only",
    ),
    ("quote-read", "buy show certify-seller quote {quote}"),
    ("quote-decline", "buy decline-quote certify-seller {quote}"),
    ("quote-cancel", "buy cancel-quote certify-seller {quote}"),
    ("order", "buy order certify-seller --quote {quote}"),
    ("order-modify", "buy order certify-seller --quote {quote}"),
    ("order-delete", "buy order certify-seller --quote {quote}"),
    ("order-read", "buy show certify-seller order {order}"),
    (
        "order-date",
        "buy reschedule certify-seller {order} --item {item} --date 2099-01-31",
    ),
    (
        "order-expedite",
        "buy reschedule certify-seller {order} --item {item} --date 2099-01-31 --expedite",
    ),
    ("order-cancel", "buy cancel certify-seller {order}"),
    ("charges", "buy charge list certify-seller {order}"),
    ("charge-accept", "buy charge accept certify-seller {charge}"),
    ("charge-decline", "buy charge decline certify-seller {charge}"),
    ("inventory", "buy inventory certify-seller"),
    ("product", "buy inventory certify-seller --id {product}"),
    // A registration that leads elsewhere is ended before the next request whose answer may be late.
    (
        "unregister-address",
        "buy address certify-seller --country DE --city Berlin --deferred",
    ),
    ("unregister-poq", "buy poq + --later 2099-01-31"),
    ("unregister-quote", "buy quote +"),
    ("unregister-order", "buy order certify-seller --quote {quote}"),
];

/// What `segue buy` has no words for.
const NOT_OFFERED: [&str; 4] = ["poq-list", "quote-list", "order-list", "order-update"];

/// Makes the tester a Seller, unless it is one, and writes the profile.
pub async fn profile(
    app: &App,
    (listen, program): (Option<std::net::SocketAddr>, &str),
    who: &Who,
) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let listen = target(app, listen)?;
    let events = partner(app, (&company, SELLER, Role::Buyer), (listen, &PARTIES)).await?;
    sells(app, &company).await?;
    let mut versions = versions();
    versions.retain(|api, _| functions().iter().any(|function| function.api() == Some(api)));
    let profile = BuyerProfile {
        buyer: company.name.clone(),
        url: format!("http://{listen}"),
        listen,
        functions: functions(),
        versions,
        not_offered: NOT_OFFERED.map(str::to_owned).to_vec(),
        roots: Vec::new(),
        client: Client {
            client_id: company.id.to_string(),
            client_secret: None,
            jwks_uri: Some(company.jwks_uri()),
            intents: Vec::new(),
        },
        events: Some(events),
        deadlines: BuyerDeadlines {
            step: STEP,
            ..BuyerDeadlines::default()
        },
        agreed: BuyerAgreed {
            buyer_ids: company.party_ids.clone(),
            seller_ids: PARTIES.map(str::to_owned).to_vec(),
            fielded: vec!["city".to_owned(), "countryCode".to_owned()],
            spatial_refs: vec!["EPSG:4326".to_owned()],
            quote_required: true,
            modify_term_required: true,
            specifications: OFFERED
                .into_iter()
                .map(|(id, product)| (id.to_owned(), product.to_owned()))
                .collect(),
            ..BuyerAgreed::default()
        },
        drive: drive(app, (program, &company)),
    };
    let text = profile
        .text()
        .map_err(|error| CommandError::new(format!("it cannot be written: {error}")))?;
    Ok(Value::String(text))
}

fn functions() -> Vec<Function> {
    segue_certify::stage::cases::functions()
}

fn drive(app: &App, (program, company): (&str, &party::Company)) -> BTreeMap<String, String> {
    let line = |(step, words): &(&str, &str)| {
        let words = words.replace('+', CIRCUIT);
        ((*step).to_owned(), command(program, company, &words))
    };
    let mut drive: BTreeMap<String, String> = DRIVE.iter().map(line).collect();
    drive.extend(by_hand(app, (program, company)));
    drive
}

/// A command of this program for one of our companies.
fn command(program: &str, company: &party::Company, words: &str) -> String {
    let (before, after) = words.split_once(SELLER).unwrap_or((words, ""));
    format!("{program} {before}{SELLER} --company {}{after}", company.id)
}

/// Qualifications that `segue buy` has no words for: a body is made, and sent as it is.
fn by_hand(app: &App, (program, company): (&str, &party::Company)) -> Vec<(String, String)> {
    let quoted = |body: &Value| format!("'{}'", body.to_string().replace('\'', "'\\''"));
    let send = command(
        program,
        company,
        "buy send certify-seller productOfferingQualification createProductOfferingQualification -",
    );
    let contact =
        json!({ "name": company.contact.name, "number": company.contact.phone, "emailAddress": company.contact.email });
    let mut of_buyer = contact.clone();
    of_buyer["role"] = json!("buyerContactInformation");
    let body = |item: Value| {
        json!({
            "instantSyncQualification": true, "provideAlternative": true,
            "relatedContactInformation": [of_buyer], "productOfferingQualificationItem": [item],
        })
    };
    let any = body(json!({
        "id": "1", "action": "add",
        "product": {
            "productSpecification": { "id": OPERATOR_UNI },
            "productConfiguration": app.products.sample(OPERATOR_UNI),
            "place": [{
                "place": { "@type": "GeographicAddressRef", "id": "{address}" },
                "role": "INSTALL_LOCATION", "contact": [contact],
            }],
        },
    }));
    let changed = body(json!({ "id": "1", "action": "modify" }));
    let show = command(program, company, "buy inventory certify-seller --id {product} --json");
    let whole = ".productOfferingQualificationItem[0].product = (input | {id, productOffering, productConfiguration, productRelationship, place} | with_entries(select(.value != null)))";
    vec![
        (
            "poq-specification".to_owned(),
            format!("printf %s {} | {send}", quoted(&any)),
        ),
        (
            "poq-modify".to_owned(),
            format!(
                "{{ printf %s {}; {show}; }} | jq -c '{whole}' | {send}",
                quoted(&changed)
            ),
        ),
    ]
}

/// The agreement with the tester says what it sells, as its card would.
async fn sells(app: &App, company: &party::Company) -> Result<(), CommandError> {
    let who = Who {
        company: Some(company.id.to_string()),
    };
    let (_, tester) = partners::of(app, SELLER, &who).await?;
    let found = app
        .store
        .agreement_in_force(&tester.scope(), party::Role::Buyer, app.wall.now())
        .await?;
    let Some(mut agreement) = found.filter(|agreement| agreement.catalogue.is_empty()) else {
        return Ok(());
    };
    let offered = |(id, product): (&str, &str)| Offered {
        id: id.to_owned(),
        name: id.to_owned(),
        product: product.to_owned(),
        profile: segue_model::book::profile::Profile::default(),
    };
    agreement.catalogue = OFFERED.map(offered).to_vec();
    app.store.put_agreement(agreement).await?;
    Ok(())
}
