//! One company that sells in one country and buys in another, at once: `core` sells to `alpha` and
//! buys from `bravo`, in three processes. Agreements decide, and neither partner sees the other.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Server, Site, free_address, until};
use crate::sample::{BOOK, ENNI, PLACES, book};
use crate::web;

/// What `bravo` sells: the same products, in France.
const FRENCH: &str = "\
id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports
RUE-1,1,Hautmont,Lyon,69001,FR,town,onNetWithoutBuild,10
";

struct Market {
    alpha: Site,
    core: Site,
    bravo: Site,
    _servers: [Server; 3],
    _folder: TempDir,
}

impl Market {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = jiff::Timestamp::now();
        let addresses = [free_address(), free_address(), free_address()];
        let open: Vec<String> = addresses.map(|address| format!("--open-target {address}")).into();
        let more = format!("{} --clock-speed 100000 --clock-origin {now}", open.join(" "));
        let [alpha, core, bravo] = [("alpha", 0), ("core", 1), ("bravo", 2)]
            .map(|(name, index)| Site::new(folder.path(), name, addresses[index], &more));
        for (seller, places) in [(&core, PLACES), (&bravo, FRENCH)] {
            seller.text(&format!("book load {}", book(&seller.folder, BOOK, places)));
        }
        trade((&alpha, &core), "GB");
        trade((&core, &bravo), "FR");
        Self {
            _servers: [&alpha, &core, &bravo].map(Site::serve),
            alpha,
            core,
            bravo,
            _folder: folder,
        }
    }
}

/// Both take each other's card, and agree on one country.
fn trade((buyer, seller): (&Site, &Site), country: &str) {
    for (from, to, role) in [(buyer, seller, "seller"), (seller, buyer, "buyer")] {
        let card = to.file("card.json", &from.text("partner export"));
        to.text(&format!("partner import {card} --as {role}"));
        agree(to, &from.id, country);
    }
    let enni = seller.file("enni.json", ENNI);
    seller.text(&format!("inventory import {enni} --partner {}", buyer.id));
}

/// Opens one country only.
fn agree(site: &Site, partner: &str, country: &str) {
    let mut agreement = site.json(&format!("agreement export {partner}"))[0].clone();
    agreement["countries"] = json!([country]);
    let file = site.file("agreement.json", &agreement.to_string());
    site.text(&format!("agreement import {file}"));
}

/// Quote, order, completion; identifiers of quote and order.
#[track_caller]
fn bought(buyer: &Site, seller: &str, place: &str) -> [String; 2] {
    let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
    let quote = id(&buyer.json(&format!("buy quote {seller} --address {place} --bandwidth 100M")));
    let order = id(&buyer.json(&format!("buy order {seller} --quote {quote}")));
    let ended = buyer.json(&format!("buy track {seller} {order} --timeout 15"));
    assert_eq!(ended["state"], "completed", "{ended}");
    [quote, order]
}

/// Identifiers that `buyer` sees in a list at `seller`, past all code of the Buyer.
fn seen(buyer: &Site, seller: &Site, (api, version, resource): (&str, u32, &str)) -> Vec<String> {
    let token = buyer.json(&format!("token {} --api {api}", seller.id));
    let url = format!("{}/{resource}", seller.api(api, version));
    let list = web::get_as(token.as_str().unwrap(), &url);
    assert_eq!(list.status, 200, "{url}: {}", list.text);
    let list = list.json();
    let ids = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

const QUOTES: (&str, u32, &str) = ("quoteManagement", 10, "quote");
const ORDERS: (&str, u32, &str) = ("productOrderingManagement", 11, "productOrder");
const PRODUCTS: (&str, u32, &str) = ("productInventory", 8, "product");

#[test]
fn one_company_sells_to_one_partner_and_buys_from_another_at_once_and_neither_sees_the_other() {
    let market = Market::new();
    let (alpha, core, bravo) = (&market.alpha, &market.core, &market.bravo);
    let (sold, purchased) = std::thread::scope(|both| {
        let sold = both.spawn(|| bought(alpha, "core", "HILL-1"));
        let found = core.json("buy address bravo --country France --city Lyon --street Hautmont --number 1");
        assert_eq!(found["bestMatchGeographicAddress"]["id"], "RUE-1", "{found}");
        let purchased = bought(core, "bravo", "RUE-1");
        (sold.join().unwrap(), purchased)
    });
    for (list, index) in [(QUOTES, 0), (ORDERS, 1)] {
        assert_eq!(seen(alpha, core, list), [sold[index].clone()]);
        assert_eq!(seen(core, bravo, list), [purchased[index].clone()]);
    }
    // An ENNI, a UNI and an OVC each, and no product twice.
    let mut products = [seen(alpha, core, PRODUCTS), seen(core, bravo, PRODUCTS)].concat();
    products.sort();
    products.dedup();
    assert_eq!(products.len(), 6, "{products:?}");
    check_roles(&market, &sold[1], &purchased[1]);
    check_strangers(&market, &purchased[1]);
}

/// In one store, what was sold is an original and what was bought a mirror.
#[track_caller]
fn check_roles(market: &Market, sold: &str, purchased: &str) {
    let (alpha, core, bravo) = (&market.alpha, &market.core, &market.bravo);
    let side = |site: &Site, id: &str| site.json(&format!("history {id}"))["side"].clone();
    assert_eq!(
        [side(core, sold), side(core, purchased)],
        [json!("seller"), json!("buyer")]
    );
    for (site, id) in [(alpha, purchased), (bravo, sold)] {
        let unknown = site.run(&format!("history {id}"));
        assert!(unknown.err.contains("nothing here has"), "{}: {}", site.id, unknown.err);
    }
    // Events of one side lead to none on the other.
    for site in [core, bravo] {
        until("all events are taken", || {
            (site.json("notification list") == json!([])).then_some(())
        });
    }
    assert_eq!(
        core.json("inventory list").as_array().unwrap().len(),
        3,
        "what alpha has"
    );
    assert_eq!(
        core.json("stats --partner bravo")["steps"],
        json!([]),
        "a Seller asks nothing of us"
    );
}

/// A purchase of `core` is nothing to `alpha`, which is nobody at `bravo`.
#[track_caller]
fn check_strangers(market: &Market, purchased: &str) {
    let (alpha, core, bravo) = (&market.alpha, &market.core, &market.bravo);
    let token = alpha.json("token core --api productOrderingManagement");
    let get = |seller: &Site, id: &str| {
        let url = format!("{}/productOrder/{id}", seller.api("productOrderingManagement", 11));
        web::get_as(token.as_str().unwrap(), &url).status
    };
    assert_eq!((get(core, purchased), get(core, "unknown")), (404, 404));
    assert_eq!(get(bravo, purchased), 401);
}

#[test]
fn what_no_agreement_opens_does_not_leave_and_the_one_that_is_needed_is_named() {
    let market = Market::new();
    let (core, bravo) = (&market.core, &market.bravo);
    // The Seller's own country, where it sells, is none where it buys.
    let british = "buy address bravo --country GB --city Bristol --street Hillside --number 1";
    check_refused(core, british, "one that opens GB is needed");
    // A partner who would open it is named, though nobody has asked it anything yet.
    core.text("partner add delta --name Delta --url https://lso.delta.example --as buyer");
    agree(core, "delta", "GB");
    check_refused(core, british, "The agreement with delta does.");
    assert_eq!(bravo.json("stats")["steps"], json!([]), "nothing has arrived");
    // Neither does a purchase at a place that is known and was open once.
    core.json("buy address bravo --country FR --city Lyon --street Hautmont --number 1");
    agree(core, "bravo", "PL");
    let quote = "buy quote bravo --address RUE-1 --bandwidth 100M";
    check_refused(core, quote, "one that opens FR is needed");
    assert!(seen(core, bravo, QUOTES).is_empty(), "no quote has arrived");
    // A partner one only sells to is nobody to buy from.
    let words = "buy quote alpha --address HILL-1 --bandwidth 100M";
    check_refused(core, words, "does not have us as a Buyer");
    // What goes out without those checks is refused by the Seller.
    let elsewhere = market.alpha.run("buy address core --country FR --city Lyon");
    assert_eq!(elsewhere.code, 1, "{}", elsewhere.err);
}

#[track_caller]
fn check_refused(site: &Site, words: &str, told: &str) {
    let refused = site.run(words);
    assert_eq!(refused.code, 1, "{words}: {}", refused.out);
    assert!(refused.err.contains(told), "{words}: {}", refused.err);
}
