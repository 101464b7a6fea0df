//! Profiles for `segue certify`, derived from what an installation knows of itself. Of a Seller: two
//! Buyers for the tester, its book, its clock; of a Buyer see [`buyer`].

pub mod buyer;

use std::collections::BTreeMap;

use segue_certify::profile::{
    Agreed, Clock, Contact, Credentials, Deadlines, ListenAt, Offering, Place, Places, Profile,
};
use segue_model::book::{Address, Book, Delivery};
use segue_model::describe::Lifeline;
use segue_model::party::Company;
use serde_json::{Value, json};

use super::{CommandError, PartnerAdd, Role, Who, book, company, partner};
use crate::app::App;

/// The tester as a Buyer, and the Buyer from whom it must see nothing.
const BUYERS: [&str; 2] = ["certify", "certify-other"];

/// Longer than any term that is sold.
const UNSOLD_MONTHS: u32 = 999;

/// Makes the Buyers, unless they are there, and writes the profile.
pub async fn profile(app: &App, listen: Option<std::net::SocketAddr>, who: &Who) -> Result<Value, CommandError> {
    let company = company::of(app, who).await?;
    let current = book::current(app, who).await?;
    let listen = target(app, listen)?;
    let mut keys = Vec::new();
    for name in BUYERS {
        keys.push(partner(app, (&company, name, Role::Seller), (listen, &[])).await?);
    }
    let (ours, other) = (keys.remove(0), keys.pop());
    let profile = Profile {
        credentials: ours,
        other_buyer: other,
        listener: Some(ListenAt {
            listen,
            callback: format!("http://{listen}"),
        }),
        clock: app.config.clock.origin.map(|origin| Clock {
            origin,
            speed: app.config.clock.speed,
        }),
        ..of_book(app, (&company, &current))?
    };
    let text = profile
        .text()
        .map_err(|error| CommandError::new(format!("it cannot be written: {error}")))?;
    Ok(Value::String(text))
}

/// Where the tester listens.
fn target(app: &App, listen: Option<std::net::SocketAddr>) -> Result<std::net::SocketAddr, CommandError> {
    listen.or_else(|| free_target(app)).ok_or_else(|| {
        CommandError::new("no address is open for the listener of the tester")
            .hint("Name one that [outbound] open of segue.toml has: --listen 127.0.0.1:PORT.")
    })
}

/// An address of this machine that this installation may call: what was opened for testers.
fn free_target(app: &App) -> Option<std::net::SocketAddr> {
    let open = app
        .config
        .outbound
        .open
        .iter()
        .filter_map(|target| target.parse::<std::net::SocketAddr>().ok());
    // Who can listen there is not a partner's server that runs.
    open.filter(|target| target.ip().is_loopback())
        .find(|target| std::net::TcpListener::bind(target).is_ok())
}

/// The tester as a partner, made unless it is there, and how it calls us.
async fn partner(
    app: &App,
    (company, name, we_are): (&Company, &str, Role),
    (listen, party_ids): (std::net::SocketAddr, &[&str]),
) -> Result<Credentials, CommandError> {
    let who = Who {
        company: Some(company.id.to_string()),
    };
    let url = format!("http://{listen}");
    if partner::of(app, name, &who).await.is_err() {
        let add = PartnerAdd {
            id: name.to_owned(),
            name: format!("Tester of {} ({name})", company.name),
            url: url.clone(),
            role: we_are,
            party_id: party_ids.iter().map(|id| (*id).to_owned()).collect(),
            issuer: Some(url.clone()),
            token_endpoint: Some(format!("{url}/token")),
            client_id: None,
            secret_file: None,
            jwks_file: None,
            who: who.clone(),
        };
        partner::run(app, super::Partner::Add(add)).await?;
    }
    let secret = super::Partner::Secret {
        name: name.to_owned(),
        ours: None,
        who,
    };
    let made = partner::run(app, secret).await?;
    let text = |member: &str| made[member].as_str().unwrap_or_default().to_owned();
    Ok(Credentials {
        token_endpoint: text("tokenEndpoint"),
        client_id: text("clientId"),
        client_secret: text("clientSecret"),
    })
}

fn of_book(app: &App, (company, book): (&Company, &Book)) -> Result<Profile, CommandError> {
    let lacks =
        |what: &str| CommandError::new(format!("the book has {what}")).hint("Write that part of the profile by hand.");
    let all: Vec<Address> = book.addresses().collect();
    let green = all
        .iter()
        .filter(|address| address.delivery == Delivery::OnNetWithoutBuild && address.point.is_some());
    let good = green
        .max_by_key(|address| address.ports)
        .ok_or_else(|| lacks("no address on the network"))?;
    let with_site = all
        .iter()
        .find(|address| book.sites_at(&address.id).iter().any(|site| !site.private));
    let unserved = all
        .iter()
        .find(|address| address.delivery == Delivery::OffNet && book.sites_at(&address.id).is_empty());
    let offering = offering(app, book).ok_or_else(|| lacks("no offering with a place that stands alone"))?;
    let contact = &company.contact;
    Ok(Profile {
        seller: company.name.clone(),
        url: company.base_url.clone(),
        functions: segue_certify::cases::functions(),
        versions: versions(),
        not_offered: Vec::new(),
        roots: Vec::new(),
        credentials: Credentials {
            token_endpoint: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
        },
        other_buyer: None,
        hybrid: None,
        listener: None,
        clock: None,
        deadlines: Deadlines::default(),
        agreed: Agreed {
            representations: vec!["fielded".to_owned(), "geographicPoint".to_owned()],
            spatial_refs: vec!["EPSG:4326".to_owned()],
            quote_required: false,
            billing_account: "certify".to_owned(),
            too_many_records: None,
        },
        contact: Contact {
            name: "Tester".to_owned(),
            number: contact.phone.clone(),
            email: "tester@certify.example".to_owned(),
        },
        places: Places {
            good: place(book, good),
            with_site: with_site.map(|address| place(book, address)),
            unserved: unserved.map(|address| place(book, address)),
            unknown: Some(json!({
                "streetNr": "1", "streetName": "No Such Street Anywhere", "city": "No Such Town",
                "countryCode": good.fielded.get("countryCode"),
            })),
            outside: outside(book),
            vague: Some(json!({ "countryCode": good.fielded.get("countryCode") })),
        },
        offering: vec![offering],
    })
}

fn place(book: &Book, address: &Address) -> Place {
    let site = book.sites_at(&address.id).into_iter().find(|site| !site.private);
    Place {
        id: address.id.clone(),
        fielded: Value::Object(address.fielded.clone()),
        site: site.map(|site| site.id),
    }
}

/// An address in a country that the book does not validate in; none where it validates everywhere.
fn outside(book: &Book) -> Option<Value> {
    let far = ["NZ", "IS", "CL"]
        .into_iter()
        .find(|code| !book.countries.iter().any(|known| known == code));
    let far = far.filter(|_| !book.countries.is_empty())?;
    Some(json!({ "streetNr": "1", "streetName": "Long Street", "city": "Far Away", "countryCode": far }))
}

/// The newest version of each API that a Seller serves.
fn versions() -> BTreeMap<String, u32> {
    let served = segue_model::api::all()
        .iter()
        .filter(|api| api.served_by == Lifeline::Seller);
    served.map(|api| (api.name.to_owned(), api.version)).collect()
}

fn offering(app: &App, book: &Book) -> Option<Offering> {
    book.offerings
        .iter()
        .filter(|offering| offering.place)
        .find_map(|offering| {
            let known = app.products.product(&offering.product)?;
            let configuration = app.products.sample(&offering.product)?;
            let term = offering.terms.last()?;
            let mut sold = json!({
                "name": term.name,
                "duration": term.duration.json(),
                "endOfTermAction": term.end_of_term_action,
            });
            if let Some(roll) = term.roll_interval {
                sold["rollInterval"] = roll.json();
            }
            let mut unsold = sold.clone();
            unsold["duration"] = json!({ "amount": UNSOLD_MONTHS, "units": "months" });
            Some(Offering {
                id: offering.id.clone(),
                specification: None,
                place_role: known.place_role.clone(),
                wrong_configuration: Some(wrong(&configuration)),
                configuration,
                term: sold,
                unsold_term: Some(unsold),
            })
        })
}

/// A configuration with one text that its schema cannot have.
fn wrong(configuration: &Value) -> Value {
    let mut wrong = configuration.clone();
    let texts = wrong.as_object_mut().into_iter().flatten();
    let first = texts
        .filter(|(name, value)| *name != "@type" && value.is_string())
        .map(|(_, value)| value)
        .next();
    if let Some(first) = first {
        *first = json!("no-such-value");
    }
    wrong
}
