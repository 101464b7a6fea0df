//! Many circuits: Beta asks three Sellers about five sites, compares, and orders what is cheapest
//! over three years. Gamma and Delta live in Acme's process; to Beta they are other addresses.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::journey::{Journey, WAIT_MAX, text};
use super::super::pair::{ENNI, PLACES};
use super::super::state_of;
use crate::book_folder::BookFolder;
use crate::cli::TextFile;
use crate::command::{Asking, Book, Buy, Command, Company, Inventory, OfferName, Pace, Partner, Role, Tender, Who};
use crate::show::{table, tender};

/// A Seller beside Acme: name, the fastest it has, monthly price of a line for 12 and 36 months, and
/// where it has nothing.
struct Rival {
    id: &'static str,
    name: &'static str,
    limit: &'static str,
    prices: [&'static str; 2],
    lacks: &'static str,
}

/// Gamma is cheap for who stays, and does not reach everybody; Delta is the cheapest, and too slow.
const RIVALS: [Rival; 2] = [
    Rival {
        id: "gamma",
        name: "Gamma Fibre",
        limit: "1 Gbit/s",
        prices: ["569.90", "249.90"],
        lacks: "DE-00010,",
    },
    Rival {
        id: "delta",
        name: "Delta Telecom",
        limit: "100 Mbit/s",
        prices: ["89.90", "79.90"],
        lacks: "nothing",
    },
];

const BOOK: &str = include_str!("market.toml");

/// As Beta's people write it.
const SITES: &str = "Site;Country;Postcode;City;Street
Shop Ahorn;Germany;D-10115;Berlin;Ahornstraße 24a
Shop Birke;Germany;10116;Berlin;Birkenallee 22
Shop Birke 2;DE;10116;Berlin;Birkenallee 40
Shop Glocke;Deutschland;10117;Berlin;Glockengasse 25
Shop Kupfer;DE;10118;Berlin;Kupferweg 15
";

const SITES_COUNT: usize = 5;

/// Brings two more Sellers into the market; nobody types anything here either.
pub async fn opened(journey: &Journey<'_>) -> Result<()> {
    let export = || Command::Partner(Partner::Export { who: Who::default() });
    let beta_card = journey.pair.beta(export()).await?;
    for rival in &RIVALS {
        let who = || Who {
            company: Some(rival.id.into()),
        };
        let add = Company::Add {
            id: rival.id.into(),
            name: rival.name.into(),
            party_id: Vec::new(),
            email: format!("desk@{}.example", rival.id),
            phone: "+49 30 5550200".into(),
        };
        journey.pair.acme(Command::Company(add)).await?;
        let load = Book::Load {
            folder: book(rival),
            who: who(),
        };
        journey.pair.acme(Command::Book(load)).await?;
        let card = |card: &Value, role, who| {
            Command::Partner(Partner::Import {
                file: file("card", card.to_string()),
                role,
                name: None,
                who,
            })
        };
        journey.pair.acme(card(&beta_card, Role::Seller, who())).await?;
        let theirs = journey
            .pair
            .acme(Command::Partner(Partner::Export { who: who() }))
            .await?;
        journey.pair.beta(card(&theirs, Role::Buyer, Who::default())).await?;
        let enni = Inventory::Import {
            file: file("samples/enni.json", ENNI.into()),
            partner: "beta".into(),
            who: who(),
        };
        journey.pair.acme(Command::Inventory(enni)).await?;
    }
    Ok(())
}

fn book(rival: &Rival) -> BookFolder {
    let terms = BOOK
        .replace("LIMIT", rival.limit)
        .replace("PRICE12", rival.prices[0])
        .replace("PRICE36", rival.prices[1]);
    let places = PLACES.lines().filter(|line| !line.starts_with(rival.lacks));
    let places = places.collect::<Vec<_>>().join("\n");
    let files = BTreeMap::from([("book.toml".into(), terms), ("places.csv".into(), places)]);
    BookFolder::of_texts(rival.id, files)
}

fn file(name: &str, text: String) -> TextFile {
    TextFile {
        name: name.into(),
        text,
    }
}

/// Asks all three; the row of the offer to take: the cheapest over three years at the first site.
pub async fn compared(journey: &mut Journey<'_>) -> Result<Value> {
    let pace = Pace {
        parallel: 4,
        timeout: WAIT_MAX.as_secs(),
        out: None,
    };
    let asking = Asking {
        from: file("sites.csv", SITES.into()),
        sellers: vec!["all".into()],
        terms: vec![12, 36],
        bandwidths: vec![500],
        enni: Vec::new(),
        later: None,
        skip_bad: false,
        pace,
        who: Who::default(),
    };
    let asking = Tender::Ask(Box::new(asking));
    let answer = journey.pair.beta(Command::Tender(asking.clone())).await?;
    let rows: Vec<Value> = answer["rows"].as_array().cloned().unwrap_or_default();
    let offers = rows.iter().filter(|row| row["offer"].is_string()).count();
    let best = |months: u32| {
        let of_term = move |row: &&Value| row["rank"] == json!(1) && row["termMonths"] == json!(months);
        rows.iter().filter(of_term)
    };
    // Acme everywhere for 12 and 36 months; Gamma at all sites but one.
    let expected = SITES_COUNT * 2 + (SITES_COUNT - 1) * 2;
    let cheap = best(36).filter(|row| row["seller"] == json!("gamma")).count();
    let flexible = best(12).filter(|row| row["seller"] == json!("acme")).count();
    let slow = rows.iter().filter(|row| row["seller"] == json!("delta"));
    let explained = slow.clone().count() > 0 && slow.clone().all(|row| row["whyNot"].is_string());
    let ok = answer["state"] == json!("done")
        && offers == expected
        && (cheap, flexible) == (SITES_COUNT - 1, SITES_COUNT)
        && explained;
    let told = (format!("tender {}", answer["tender"]), format!("{offers} offers"));
    journey.tell_as(("beta", "asks three Sellers about five sites"), told, ok);
    let first = rows.iter().filter(|row| row["site"] == rows[0]["site"]);
    let shown = json!({ "rows": first.collect::<Vec<_>>() });
    let view = tender::view(&asking, &shown);
    for line in table(&view["rows"]).lines() {
        journey.timeline.note(line);
    }
    journey
        .timeline
        .note("and so on; for 36 months Beta takes the cheapest over the whole term");
    best(36).next().cloned().context("there is no offer for 36 months")
}

/// Orders the offer; it is delivered.
pub async fn ordered(journey: &mut Journey<'_>, offer: &Value) -> Result<()> {
    let seller = text(offer, "/seller")?;
    let order = Tender::Order {
        offer: OfferName(text(offer, "/offer")?),
        date: None,
        who: Who::default(),
    };
    let order = journey.pair.beta(Command::Tender(order)).await?;
    let id = text(&order, "/id")?;
    let track = Buy::Track {
        at: seller.as_str().into(),
        kind: None,
        order: id.clone(),
        timeout: WAIT_MAX.as_secs(),
    };
    journey.buy(track).await?;
    let path = format!("/productOrder/{id}");
    let read = journey.pair.get_at(&seller, "productOrderingManagement", &path).await?;
    let of_offer = read.pointer("/productOrderItem/0/quoteItem/quoteId") == offer.get("quote");
    let ok = state_of(&read) == "completed" && of_offer && seller == "gamma";
    journey.tell(("gamma", "delivers what Beta picked"), ("productOrder", &read), ok);
    ensure!(ok, "the order of the best offer is not as it should be");
    journey.decided.extend([text(offer, "/quote")?, id]);
    Ok(())
}
