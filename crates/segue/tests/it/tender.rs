//! Many circuits: one list of sites asked of three Sellers, who are companies of another process.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{Random, Server, Site, free_address, number, until};
use crate::sample::{BOOK, ENNI, book};

/// Sites of the list; the last one is known to nobody, the one before only at some Sellers.
const SITES: usize = 10;

/// What `acme`, `gamma` and `delta` differ in: monthly price of the line, delivery of all places.
const SELLERS: [(&str, &str, &str); 3] = [
    ("acme", "50.00", "onNetWithoutBuild"),
    ("gamma", "40.00", "onNetWithBuild"),
    ("delta", "30.00", "offNet"),
];

/// Three Sellers in one process, one Buyer in another.
struct Market {
    sellers: Site,
    beta: Site,
    _folder: TempDir,
}

impl Market {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (free_address(), free_address());
        let sellers = Site::new(folder.path(), "acme", ours, &format!("--open-target {theirs}"));
        let beta = Site::new(folder.path(), "beta", theirs, &format!("--open-target {ours}"));
        let ours = beta.file("beta.card.json", &beta.text("partner export"));
        let enni = sellers.file("enni.json", ENNI);
        for (seller, price, delivery) in SELLERS {
            if seller != "acme" {
                sellers.text(&format!("company add {seller} --name {seller}"));
            }
            let company = format!("--company {seller}");
            let terms = BOOK.replace(
                "rows = [{ up-to = \"1 Gbit/s\", amount = 50.00 }]",
                &format!("rows = [{{ up-to = \"1 Gbit/s\", amount = {price} }}]"),
            );
            let built = "interval = \"1 calendarDay\"\ninterval-with-build = \"9 calendarDays\"";
            let terms = terms.replacen("interval = \"1 calendarDay\"", built, 1);
            let path = book(&sellers.folder, &terms, &places(delivery));
            sellers.text(&format!("book load {path} {company}"));
            sellers.text(&format!("partner import {ours} --as seller {company}"));
            let card = sellers.file("card.json", &sellers.text(&format!("partner export {company}")));
            beta.text(&format!("partner import {card} --as buyer"));
            sellers.text(&format!("inventory import {enni} --partner beta {company}"));
        }
        let sites: Vec<String> = (1..SITES)
            .map(|n| format!("Shop {n};United Kingdom;Bristol;Hillside {n}"))
            .collect();
        beta.file(
            "sites.csv",
            &format!(
                "Name;Country;City;Street\n{}\nNowhere;GB;Bristol;Valleyside 1\n",
                sites.join("\n")
            ),
        );
        Self {
            sellers,
            beta,
            _folder: folder,
        }
    }

    fn ask(&self) -> String {
        format!(
            "buy quote --from {} --sellers all --terms 36 --bandwidths 100M",
            self.beta.folder.join("sites.csv").display()
        )
    }

    /// How many quotes and qualifications each Seller has, and how many of these we know of as ours.
    fn made(&self) -> BTreeMap<String, u64> {
        let count = |(seller, ..): (&str, _, _)| {
            let stats = self.sellers.json(&format!("stats --company {seller}"));
            let steps = stats["steps"].as_array().unwrap().clone();
            steps
                .into_iter()
                .map(move |row| {
                    (
                        format!("{seller} {}", row["step"].as_str().unwrap()),
                        row["asked"].as_u64().unwrap(),
                    )
                })
                .collect::<Vec<_>>()
        };
        SELLERS.into_iter().flat_map(count).collect()
    }
}

/// Ports enough for everybody, where there are any.
fn places(delivery: &str) -> String {
    let ports = if delivery == "offNet" { 0 } else { 10_000 };
    let row = |n: usize| format!("HILL-{n},{n},Hillside,Bristol,BS1,GB,town,{delivery},{ports}\n");
    let rows: String = (1..SITES).map(row).collect();
    format!("id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports\n{rows}")
}

/// Rows without what every run makes anew.
fn told(answer: &Value) -> Vec<Value> {
    let rows = answer["rows"].as_array().unwrap().iter();
    let told = rows.map(|row| {
        let mut row = row.as_object().unwrap().clone();
        for name in ["quote", "validUntil", "offer"] {
            row.remove(name);
        }
        Value::Object(row)
    });
    told.collect()
}

fn count(answer: &Value, fits: impl Fn(&Value) -> bool) -> usize {
    answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| fits(row))
        .count()
}

#[track_caller]
fn check_whole(answer: &Value) {
    assert_eq!(
        (&answer["state"], &answer["open"]),
        (&json!("done"), &json!(0)),
        "{answer}"
    );
    let of = |seller: &'static str| move |row: &Value| row["seller"] == seller && row.get("offer").is_some();
    let wanted = SITES - 1;
    assert_eq!(
        [of("acme"), of("gamma"), of("delta")].map(|of| count(answer, of)),
        [wanted, wanted, 0],
        "{answer}"
    );
    let red = |row: &Value| row["serviceability"] == "red" && row["whyNot"].is_string();
    assert_eq!(count(answer, red), wanted, "{answer}");
    let unknown = |row: &Value| row["site"] == "Nowhere" && row["whyNot"].as_str().is_some_and(|why| !why.is_empty());
    assert_eq!(count(answer, unknown), 3, "{answer}");
}

#[test]
fn a_list_of_sites_is_asked_of_all_sellers_compared_and_the_best_offer_ordered() {
    let market = Market::new();
    let _sellers = market.sellers.serve();
    let _buyer = market.beta.serve();
    let out = market.beta.folder.join("offers.csv");
    let answer = market.beta.json(&format!("{} --out {}", market.ask(), out.display()));
    check_whole(&answer);
    let first = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["rank"] == 1 && row["site"] == "Shop 1")
        .unwrap();
    assert_eq!(
        (&first["seller"], &first["perMonth"], &first["total"]),
        (&json!("gamma"), &json!(140), &json!(5040))
    );
    assert_eq!(
        (&first["serviceability"], &first["level"]),
        (&json!("yellow"), &json!("firmSubjectToFeasibilityCheck")),
        "{first}"
    );
    let csv = std::fs::read_to_string(out).unwrap();
    assert_eq!(csv.lines().count(), 1 + answer["rows"].as_array().unwrap().len());
    let table = market.beta.text("tender show 1");
    assert!(
        table.contains("1-1-gamma-100-36") && table.contains("5040.00"),
        "{table}"
    );
    assert_eq!(market.beta.json("tender list")[0]["state"], "done");

    let offer = first["offer"].as_str().unwrap();
    let order = market.beta.json(&format!("buy order --offer {offer}"));
    assert_eq!(
        order["productOrderItem"][0]["quoteItem"]["quoteId"], first["quote"],
        "{order}"
    );
    let second = market.beta.text("buy order --offer 1-2-gamma-100-36");
    assert!(
        second.contains("timeline") && !second.contains("relatedContactInformation"),
        "{second}"
    );
    let unknown = market.beta.run("buy order --offer 1-99-gamma-100-36");
    assert!(
        unknown.err.contains("there is no offer") && unknown.err.contains("tender show 1"),
        "{}",
        unknown.err
    );
    // Nothing is left to be asked, so nothing is.
    let before = market.made();
    check_whole(&market.beta.json("buy quote --resume 1"));
    assert_eq!(market.made(), before);
}

#[test]
fn a_bad_line_is_told_and_nothing_is_sent_unless_it_may_be_left_out() {
    let market = Market::new();
    market.beta.file(
        "sites.csv",
        "name,country,city,street\nA,GB,Bristol,Hillside 1\nB,Atlantis,Bristol,Hillside 2\n",
    );
    let refused = market.beta.run(&market.ask());
    assert!(
        refused.err.contains("line 3") && refused.err.contains("--skip-bad"),
        "{}",
        refused.err
    );
    assert_eq!(market.beta.json("tender list"), json!([]));
    // Nobody answers: what is open is told, with what to do next.
    let answer = market.beta.json(&format!("{} --skip-bad --timeout 1", market.ask()));
    assert_eq!(
        (&answer["state"], &answer["open"]),
        (&json!("open"), &json!(3)),
        "{answer}"
    );
    assert_eq!(answer["next"], "segue tender resume 1");
    let _sellers = market.sellers.serve();
    assert_eq!(market.beta.json("tender resume 1")["open"], 0);
}

/// Kills the Buyer at seeded moments while it shops, `SEGUE_SHOP_KILLS` times, and goes on.
#[test]
fn a_run_that_is_killed_again_and_again_makes_nothing_twice_and_ends_as_an_undisturbed_one() {
    let market = Market::new();
    let _sellers = market.sellers.serve();
    let mut random = Random::of(number("SEGUE_SEED", 20_261_125));
    let mut server = market.beta.serve();
    let mut run = market
        .beta
        .command(&market.ask())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until("the tender is stored", || {
        (!market.beta.json("tender list").as_array().unwrap().is_empty()).then_some(())
    });
    for _ in 0..number("SEGUE_SHOP_KILLS", 2) {
        std::thread::sleep(Duration::from_millis(random.below(150)));
        server.kill();
        let _ = run.wait();
        server = market.beta.serve();
        run = market
            .beta
            .command("tender resume 1 --parallel 4")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
    }
    let _ = run.wait();
    let disturbed = market.beta.json("tender resume 1");
    check_whole(&disturbed);
    check_made(&market, 1);
    let undisturbed = market.beta.json(&market.ask());
    assert_eq!(told(&disturbed), told(&undisturbed));
    check_made(&market, 2);
    drop::<Server>(server);
}

/// So many runs through the list, and nothing beside.
#[track_caller]
fn check_made(market: &Market, runs: u64) {
    let each = runs * (SITES as u64 - 1);
    let made = market.made();
    let of = |what: &str| made.get(what).copied().unwrap_or_default();
    for (seller, quotes) in [("acme", each), ("gamma", each), ("delta", 0)] {
        assert_eq!(of(&format!("{seller} quote")), quotes, "{made:?}");
        assert_eq!(of(&format!("{seller} poq")), each, "{made:?}");
    }
}
