//! The requests: words of a person become a body of the standard, the answer is kept.

use jiff::SignedDuration;
use segue_buyer::{Answered, AnyProduct, Ask, Buyer, BuyerError, Cause, Composer, Wish};
use segue_model::describe::Lifeline;
use segue_model::id::Scope;
use segue_model::time;
use serde_json::{Map, Value, json};

use super::{AddressWords, Circuit, Kind, Wanted, enni, vlan};
use crate::app::App;
use crate::cli::TextFile;
use crate::command::{CommandError, Progress, Who, company};

/// Asked for when a quote names no interval.
const DATE_DEFAULT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// `buy address`
pub async fn address(
    app: &App,
    scope: &Scope,
    words: &AddressWords,
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let mut fielded = Map::new();
    let pairs = [
        ("countryCode", Some(&words.country)),
        ("city", words.city.as_ref()),
        ("postcode", words.postcode.as_ref()),
        ("stateOrProvince", words.state.as_ref()),
        ("streetName", words.street.as_ref()),
        ("streetNr", words.number.as_ref()),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            fielded.insert(name.into(), json!(value));
        }
    }
    let body = json!({
        "instantSyncValidation": !words.deferred,
        "submittedGeographicAddress": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fielded] },
    });
    if words.deferred {
        follow_events(app, scope, "geographicAddressManagement", progress).await;
    }
    let operation = ("geographicAddressManagement", "createGeographicAddressValidation");
    let answer = create(app, scope, operation, &body).await?;
    // One that is answered at once need not have an identifier to be kept by.
    app.buyer
        .keep_places((scope, Cause::Answer(operation.1)), &answer)
        .await?;
    Ok(answer)
}

/// `buy site`
pub async fn sites(app: &App, scope: &Scope, address_id: &str) -> Result<Value, CommandError> {
    let body = json!({ "place": { "@type": "GeographicAddressRef", "id": address_id } });
    let ask = Ask {
        operation: "listGeographicSite",
        api: "geographicSiteManagement",
        id: None,
        query: &[],
        body: Some(&body),
    };
    let sites = app.buyer.ask(scope, ask).await?.body;
    for site in sites.as_array().into_iter().flatten() {
        let cause = Cause::Answer("listGeographicSite");
        app.buyer.keep_if_named((scope, cause), "geographicSite", site).await?;
    }
    Ok(sites)
}

/// `buy show`
pub async fn show(app: &App, scope: &Scope, kind: Kind, id: &str) -> Result<Value, CommandError> {
    if kind.is_ours() {
        return Ok(app.buyer.refresh(scope, kind.resource(), id).await?.body);
    }
    let described = segue_model::describe::resource_by_name(kind.resource());
    let get = described.and_then(|(api, resource)| Some((api, resource.get?)));
    let (api, get) = get.ok_or_else(|| CommandError::new(format!("a {} cannot be fetched", kind.resource())))?;
    let ask = Ask {
        operation: get.id,
        api: api.name,
        id: Some(id),
        query: &[],
        body: None,
    };
    Ok(app.buyer.ask(scope, ask).await?.body)
}

/// `buy poq`
pub async fn poq(app: &App, scope: &Scope, wanted: &Wanted, progress: Progress<'_>) -> Result<Value, CommandError> {
    let body = match wanted.circuit() {
        Some(circuit) => compose(app, scope, (&circuit, None), |composer, wish| composer.poq(wish)).await?,
        None => with_composer(app, scope, |composer| composer.product_poq(&any(wanted)?)).await?,
    };
    if wanted.later.is_some() {
        follow_events(app, scope, "productOfferingQualification", progress).await;
    }
    let operation = ("productOfferingQualification", "createProductOfferingQualification");
    create(app, scope, operation, &body).await
}

/// `buy quote`
pub async fn quote(
    app: &App,
    scope: &Scope,
    (wanted, poq): (&Wanted, Option<&str>),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let body = match wanted.circuit() {
        Some(circuit) => compose(app, scope, (&circuit, poq), |composer, wish| composer.quote(wish, poq)).await?,
        None => with_composer(app, scope, |composer| composer.product_quote(&any(wanted)?, poq)).await?,
    };
    send_quote(app, scope, &body, progress).await
}

/// A product that there are no words for, by its configuration.
fn any(wanted: &Wanted) -> Result<AnyProduct, BuyerError> {
    let missing = || BuyerError::incomplete("a configuration (JSON object)");
    let file = wanted.configuration.as_ref().ok_or_else(missing)?;
    let configuration: Value = serde_json::from_str(&file.text)
        .map_err(|error| BuyerError::incomplete(format!("JSON in {} ({error})", file.name)))?;
    Ok(AnyProduct {
        offering: wanted.offering.clone().unwrap_or_default(),
        configuration,
        address_id: wanted.address_id.clone(),
        relations: wanted.relations.clone(),
        term_months: wanted.term,
        external_id: wanted.name.clone(),
        later: wanted.later.clone(),
    })
}

/// Asks for the quote in `body`.
pub async fn send_quote(app: &App, scope: &Scope, body: &Value, progress: Progress<'_>) -> Result<Value, CommandError> {
    follow_events(app, scope, "quoteManagement", progress).await;
    create(app, scope, ("quoteManagement", "createQuote"), body).await
}

async fn compose(
    app: &App,
    scope: &Scope,
    (circuit, poq): (&Circuit, Option<&str>),
    make: impl FnOnce(&Composer<'_>, &Wish) -> Result<Value, BuyerError>,
) -> Result<Value, CommandError> {
    let enni_id = match &circuit.enni {
        Some(id) => id.clone(),
        None => enni::only(app, scope).await?,
    };
    let s_vlan = match circuit.s_vlan {
        Some(id) => id.into(),
        None => vlan::free(app, scope, (&enni_id, poq)).await?,
    };
    let wish = Wish {
        s_vlan,
        address_id: circuit.address_id.clone(),
        enni_id,
        bandwidth_mbps: circuit.bandwidth,
        term_months: circuit.term,
        external_id: circuit.name.clone(),
        later: circuit.later.clone(),
    };
    with_composer(app, scope, |composer| make(composer, &wish)).await
}

/// Composes a body in the name of our company.
pub async fn with_composer(
    app: &App,
    scope: &Scope,
    make: impl FnOnce(&Composer<'_>) -> Result<Value, BuyerError>,
) -> Result<Value, CommandError> {
    let agreement = app.buyer.agreement(scope).await?;
    let company = company::of(
        app,
        &Who {
            company: Some(scope.company.to_string()),
        },
    )
    .await?;
    let set = app.seller.product_sets().current(&scope.company).await?;
    let composer = Composer {
        company: &company,
        agreement: &agreement,
        products: &set.products,
    };
    Ok(make(&composer)?)
}

/// Creates a resource and keeps our mirror of it.
pub async fn create(
    app: &App,
    scope: &Scope,
    (api, operation): (&'static str, &'static str),
    body: &Value,
) -> Result<Value, CommandError> {
    let answered = app
        .buyer
        .ask(
            scope,
            Ask {
                operation,
                api,
                id: None,
                query: &[],
                body: Some(body),
            },
        )
        .await?;
    keep(app, scope, (api, operation), &answered).await?;
    Ok(answered.body)
}

async fn keep(
    app: &App,
    scope: &Scope,
    (api, operation): (&str, &str),
    answered: &Answered,
) -> Result<(), CommandError> {
    let agreement = app.buyer.agreement(scope).await?;
    let described = Buyer::newest(Buyer::agreed_api(&agreement, api)?).operation(operation);
    let resource = described.and_then(|operation| operation.resource);
    if let Some(resource) = resource.filter(|resource| resource.get.is_some() && answered.body.get("id").is_some()) {
        let cause = Cause::Answer(operation);
        app.buyer.take_in((scope, cause), resource.name, answered).await?;
    }
    Ok(())
}

/// `buy send`
pub async fn send(
    app: &App,
    scope: &Scope,
    (api, operation): (&str, &str),
    file: &TextFile,
) -> Result<Value, CommandError> {
    let body: Value = serde_json::from_str(&file.text)
        .map_err(|error| CommandError::new(format!("{} is not JSON: {error}", file.name)))?;
    let agreement = app.buyer.agreement(scope).await?;
    let described = Buyer::agreed_api(&agreement, api).ok().map(Buyer::newest);
    let described = described.filter(|described| described.served_by == Lifeline::Seller);
    let found = described.and_then(|described| described.operation(operation));
    let (Some(described), Some(found)) = (described, found) else {
        return Err(
            CommandError::new(format!("{operation} of {api} is not agreed with {}", scope.partner))
                .hint("`segue partner show` lists the APIs; operationIds stand in `segue openapi --api NAME`."),
        );
    };
    let ask = Ask {
        operation: found.id,
        api: described.name,
        id: None,
        query: &[],
        body: Some(&body),
    };
    let answered = app.buyer.ask(scope, ask).await?;
    keep(app, scope, (api, operation), &answered).await?;
    Ok(answered.body)
}

/// `buy order`
pub async fn order(
    app: &App,
    scope: &Scope,
    (quote_id, date): (&str, Option<String>),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let quote = app.buyer.refresh(scope, "quote", quote_id).await?.body;
    let date = match date {
        Some(date) => date,
        None => earliest_date(app, &quote),
    };
    let body = with_composer(app, scope, |composer| composer.order(&quote, &date)).await?;
    follow_events(app, scope, "productOrderingManagement", progress).await;
    create(app, scope, ("productOrderingManagement", "createProductOrder"), &body).await
}

/// The longest installation interval of the quote, and a day, from now.
fn earliest_date(app: &App, quote: &Value) -> String {
    let now = app.business.now();
    let items = quote["quoteItem"].as_array().into_iter().flatten();
    let intervals = items.filter_map(|item| time::Span::read(item.get("quoteItemInstallationInterval")?));
    let latest = intervals.map(|span| span.after(now)).max();
    let day = SignedDuration::from_hours(24);
    let date = latest.map_or(now.saturating_add(DATE_DEFAULT), |latest| latest.saturating_add(day));
    time::text(date.unwrap_or(now))
}

/// Asks the Seller to tell us of changes. An order can be followed without, so a refusal is told
/// and no more.
async fn follow_events(app: &App, scope: &Scope, api: &'static str, progress: Progress<'_>) {
    match app.buyer.subscribe(scope, api).await {
        Ok((id, true)) => progress(json!({ "registered": format!("for events of {api}"), "hub": id })),
        Ok((_, false)) => {}
        Err(error) => progress(json!({ "warning": format!("no events of {api} will come: {error}") })),
    }
}

/// `buy inventory`
pub async fn inventory(
    app: &App,
    scope: &Scope,
    (id, status): (Option<String>, Option<String>),
) -> Result<Value, CommandError> {
    if let Some(id) = id {
        return Ok(app.buyer.refresh(scope, "product", &id).await?.body);
    }
    Ok(Value::Array(app.buyer.products(scope, status.as_deref()).await?))
}
