//! What a partner may ask for: APIs from its agreements, operations of these as scopes. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use segue_model::api;
use segue_model::describe::{Api, Kind, Lifeline};
use segue_model::party::{Agreement, Company, Role};

/// Accepted and dropped: the document-level scope of the SDK's security variants.
const DOCUMENT_SCOPE: &str = "default";

/// Audience of an API: its base address.
pub(crate) fn audience(company: &Company, api: &Api) -> String {
    format!("{}{}", company.base_url, api.base_path())
}

/// The APIs that we serve to a partner under this agreement. As Seller these are the management
/// APIs it lists; as Buyer the notification APIs that belong to the management APIs we call, and
/// those it lists by name.
pub(crate) fn served(agreement: &Agreement, now: Timestamp) -> Vec<&'static Api> {
    let lists = |api: &Api| agreement.opens(api.name, api.version, now);
    let told = |api: &Api| {
        let managements = api::served().filter(|management| lists(management));
        let mut notifications = managements.filter_map(|management| management.notification());
        notifications.any(|notification| notification.name == api.name && notification.version == api.version)
    };
    let opens = |api: &&Api| match agreement.role {
        Role::Seller => api.served_by == Lifeline::Seller && lists(api),
        Role::Buyer => api.served_by == Lifeline::Buyer && (lists(api) || told(api)),
    };
    api::served().filter(opens).collect()
}

/// Why nothing is granted: error codes of RFC 6749 and RFC 8707.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ungranted {
    Scope,
    Target,
}

/// What a token will hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub audiences: Vec<String>,
    pub scopes: Vec<&'static str>,
}

/// One scope of one API. Hub operations have the same ids in every API.
struct Right {
    api: &'static Api,
    scope: &'static str,
    is_hub: bool,
}

/// Decides over a request. `scope` is the parameter as sent; `resources` are the `resource`
/// parameters.
pub(crate) fn decide(
    company: &Company,
    served: &[&'static Api],
    (scope, resources): (Option<&str>, &[String]),
) -> Result<Grant, Ungranted> {
    let targets = targets(company, served, resources)?;
    let rights: Vec<Right> = targets.iter().flat_map(|api| rights(api)).collect();
    let asked: BTreeSet<&str> = scope
        .unwrap_or_default()
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    let asked: BTreeSet<&str> = asked.into_iter().filter(|word| *word != DOCUMENT_SCOPE).collect();
    let known: BTreeSet<&'static str> = rights.iter().map(|right| right.scope).collect();
    let granted: BTreeSet<&'static str> = if asked.is_empty() {
        known
    } else {
        let granted: BTreeSet<&'static str> = known.into_iter().filter(|scope| asked.contains(scope)).collect();
        if granted.len() < asked.len() {
            return Err(Ungranted::Scope);
        }
        granted
    };
    if granted.is_empty() {
        return Err(Ungranted::Scope);
    }
    let apis = if resources.is_empty() {
        owners(&targets, &rights, &granted)
    } else {
        targets
    };
    Ok(Grant {
        audiences: apis.iter().map(|api| audience(company, api)).collect(),
        scopes: granted.into_iter().collect(),
    })
}

fn targets(company: &Company, served: &[&'static Api], resources: &[String]) -> Result<Vec<&'static Api>, Ungranted> {
    if resources.is_empty() {
        return Ok(served.to_vec());
    }
    let mut targets: Vec<&'static Api> = Vec::new();
    for resource in resources {
        let wanted = resource.strip_suffix('/').unwrap_or(resource);
        let found = served.iter().find(|api| audience(company, api) == wanted);
        let api = found.ok_or(Ungranted::Target)?;
        if !targets.iter().any(|known| std::ptr::eq(*known, *api)) {
            targets.push(api);
        }
    }
    Ok(targets)
}

/// The API versions meant by `resources` that are spoken here and not served to this partner, with
/// what we are in them.
pub(crate) fn beyond(company: &Company, served: &[&'static Api], resources: &[String]) -> Vec<(Role, &'static Api)> {
    let role = |api: &Api| match api.served_by {
        Lifeline::Seller => Role::Seller,
        Lifeline::Buyer => Role::Buyer,
    };
    let meant = |api: &&'static Api| {
        let audience = audience(company, api);
        let mut wanted = resources
            .iter()
            .map(|resource| resource.strip_suffix('/').unwrap_or(resource));
        wanted.any(|wanted| wanted == audience)
    };
    let closed = |api: &&'static Api| !served.iter().any(|open| std::ptr::eq(*open, *api));
    api::served()
        .filter(meant)
        .filter(closed)
        .map(|api| (role(api), api))
        .collect()
}

fn rights(api: &'static Api) -> Vec<Right> {
    let right = |operation: segue_model::describe::Operation| Right {
        api,
        scope: operation.id,
        is_hub: matches!(operation.kind, Kind::HubCreate | Kind::HubGet | Kind::HubDelete),
    };
    api.operations().into_iter().map(right).collect()
}

/// Without `resource`: every API that owns a granted scope; when only hub scopes are granted,
/// every API with a hub.
fn owners(targets: &[&'static Api], rights: &[Right], granted: &BTreeSet<&str>) -> Vec<&'static Api> {
    let owned = |api: &'static Api, hubs: bool| {
        rights
            .iter()
            .any(|right| std::ptr::eq(right.api, api) && right.is_hub == hubs && granted.contains(right.scope))
    };
    let of = |hubs: bool| {
        targets
            .iter()
            .copied()
            .filter(move |api| owned(api, hubs))
            .collect::<Vec<_>>()
    };
    let owners = of(false);
    if owners.is_empty() { of(true) } else { owners }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_model::id::{CompanyId, PartnerId};
    use segue_model::party::Contact;

    fn company() -> Company {
        Company {
            id: CompanyId::new("acme"),
            name: "ACME".into(),
            party_ids: vec!["acme".into()],
            base_url: "https://acme.example/acme".into(),
            contact: Contact {
                name: "x".into(),
                email: "x@acme.example".into(),
                phone: "1".into(),
            },
        }
    }

    fn agreement(role: Role) -> Agreement {
        Agreement {
            company: CompanyId::new("acme"),
            partner: PartnerId::new("beta"),
            role,
            version: 1,
            effective_from: jiff::Timestamp::UNIX_EPOCH,
            apis: [("quoteManagement".to_owned(), 10), ("productInventory".to_owned(), 8)].into(),
            offerings: Vec::new(),
            catalogue: Vec::new(),
            countries: Vec::new(),
            billing_accounts: Vec::new(),
            currency: None,
            budgetary_quotes: true,
            quote_required: false,
            unknown_attributes: segue_model::party::Strictness::default(),
            answers: Vec::new(),
            pilot: segue_model::party::pilot::Pilot::default(),
            promotions: Vec::new(),
            idempotency_keys: false,
            ending: Vec::new(),
        }
    }

    const QUOTE: &str = "https://acme.example/acme/mefApi/sonata/quoteManagement/v10";
    const INVENTORY: &str = "https://acme.example/acme/mefApi/sonata/productInventory/v8";

    #[track_caller]
    fn check(scope: Option<&str>, resources: &[&str], expected: Result<(&[&str], usize), Ungranted>) {
        let resources: Vec<String> = resources.iter().map(|text| (*text).to_owned()).collect();
        let found = decide(
            &company(),
            &served(&agreement(Role::Seller), Timestamp::UNIX_EPOCH),
            (scope, &resources),
        );
        let found = found.map(|grant| (grant.audiences, grant.scopes.len()));
        let expected =
            expected.map(|(audiences, count)| (audiences.iter().map(|text| (*text).to_owned()).collect(), count));
        assert_eq!(found, expected, "{scope:?} {resources:?}");
    }

    #[test]
    fn scopes_and_resources_narrow_each_other() {
        check(Some("createQuote"), &[], Ok((&[QUOTE], 1)));
        check(Some("createQuote default"), &[QUOTE], Ok((&[QUOTE], 1)));
        check(Some("createQuote"), &[&format!("{QUOTE}/")], Ok((&[QUOTE], 1)));
        check(Some("createQuote"), &[INVENTORY], Err(Ungranted::Scope));
        check(Some("createQuote listProduct"), &[], Ok((&[QUOTE, INVENTORY], 2)));
        check(Some("registerListener"), &[], Ok((&[QUOTE], 1)));
        check(None, &[INVENTORY], Ok((&[INVENTORY], 2)));
        check(Some("default"), &[INVENTORY], Ok((&[INVENTORY], 2)));
    }

    #[test]
    fn what_is_not_agreed_is_not_granted() {
        check(Some("createProductOrder"), &[], Err(Ungranted::Scope));
        check(Some("createquote"), &[], Err(Ungranted::Scope));
        check(Some("createQuote,listQuote"), &[], Err(Ungranted::Scope));
        check(Some("createQuote createProductOrder"), &[], Err(Ungranted::Scope));
        check(
            None,
            &["https://acme.example/acme/mefApi/sonata/productOrderingManagement/v11"],
            Err(Ungranted::Target),
        );
        check(
            None,
            &["https://evil.example/mefApi/sonata/quoteManagement/v10"],
            Err(Ungranted::Target),
        );
    }

    #[test]
    fn as_a_buyer_we_serve_the_notifications_of_what_we_call() {
        let names: Vec<&str> = served(&agreement(Role::Buyer), Timestamp::UNIX_EPOCH)
            .iter()
            .map(|api| api.name)
            .collect();
        assert_eq!(names, ["quoteNotification"]);
    }
}
