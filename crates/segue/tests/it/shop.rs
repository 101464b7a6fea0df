//! One Buyer who asks four Sellers, each a process of its own, about a long list of sites. Run by
//! `bench/shop.sh`; figures are only worth something from a release build.

use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::kit::{Server, Site, free_address, number, said_within};
use crate::measure::{Figures, Spread, flushes, memory_mb, ms};
use crate::sample::{BOOK, ENNI, book};

const SELLERS: [&str; 4] = ["acme", "gamma", "delta", "sigma"];

/// What a run may take before it is given up.
const RUN_MAX: Duration = Duration::from_secs(900);

/// Numbers of a street.
const STREET: usize = 40;

/// Another term beside the one of the sample.
const TERM: &str = "[[offering.term]]
name = \"12 months\"
duration = \"12 months\"
end-of-term-action = \"roll\"
roll-interval = \"1 month\"

[[offering.term]]";

/// How many circuits the ENNI of the sample takes; each offer is one, and has an S-VLAN.
const OVCS: &str = "\"maximumNumberOfOvcs\": 500";

struct Market {
    beta: Site,
    buyer: Server,
    sellers: Vec<(Site, Server)>,
    sites: usize,
    figures: Figures,
    _folder: TempDir,
}

/// Ports enough for every offer: a place with one port gives one offer at a time.
fn places(sites: usize) -> String {
    let row = |n: usize| {
        let (street, nr) = (n / STREET, n % STREET + 1);
        format!("S-{n},{nr},Street {street},Bristol,BS1,GB,town,onNetWithoutBuild,8\n")
    };
    let rows: String = (0..sites).map(row).collect();
    format!("id,streetNr,streetName,city,postcode,countryCode,zone,delivery,ports\n{rows}")
}

fn list(sites: usize) -> String {
    let row = |n: usize| format!("Shop {n},GB,Bristol,Street {},{}\n", n / STREET, n % STREET + 1);
    let rows: String = (0..sites).map(row).collect();
    format!("name,country,city,street,number\n{rows}")
}

impl Market {
    fn new(sites: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ours = free_address();
        let sellers = SELLERS.map(|id| (id, free_address()));
        let open: String = sellers.iter().map(|(_, at)| format!(" --open-target {at}")).collect();
        let beta = Site::new(folder.path(), "beta", ours, &open);
        let card = beta.file("beta.card.json", &beta.text("partner export"));
        beta.file("sites.csv", &list(sites));
        let terms = BOOK.replace("[[offering.term]]", TERM);
        let enni = ENNI.replace(OVCS, &OVCS.replace("500", "4094"));
        assert_ne!(enni, ENNI);
        let begin = |(id, at)| {
            let seller = Site::new(folder.path(), id, at, &format!("--open-target {ours}"));
            seller.text(&format!("book load {}", book(&seller.folder, &terms, &places(sites))));
            seller.text(&format!("partner import {card} --as seller"));
            let theirs = seller.file("card.json", &seller.text("partner export"));
            beta.text(&format!("partner import {theirs} --as buyer"));
            seller.text(&format!(
                "inventory import {} --partner beta",
                seller.file("enni.json", &enni)
            ));
            let server = seller.serve();
            (seller, server)
        };
        let sellers = sellers.map(begin).into();
        Self {
            buyer: beta.serve(),
            beta,
            sellers,
            sites,
            figures: Figures::default(),
            _folder: folder,
        }
    }

    fn base(&mut self) {
        let base = Spread::of(flushes(&self.beta.folder, 200));
        self.figures.told("flush of one row, p50", ms(base.p50), "ms");
        self.figures.told("flush of one row, p99", ms(base.p99), "ms");
    }

    /// One run; every site gets an offer from every Seller for each rate and term.
    fn run(&mut self, (rates, terms): (&[&str], &[&str]), limit: Option<f64>) {
        let words = format!(
            "buy quote --from {} --sellers all --terms {} --bandwidths {} --parallel {} --json",
            self.beta.folder.join("sites.csv").display(),
            terms.join(","),
            rates.join(","),
            number("SEGUE_SHOP_PARALLEL", 8),
        );
        let since = Instant::now();
        let told = said_within(RUN_MAX, &mut self.beta.command(&words));
        let took = since.elapsed().as_secs_f64();
        assert_eq!(told.code, 0, "{}", told.err);
        let answer: Value = serde_json::from_str(&told.out).unwrap();
        let visits = self.sites * SELLERS.len();
        let offers = visits * rates.len() * terms.len();
        let rows = answer["rows"].as_array().unwrap();
        let why_not = rows.iter().find(|row| row.get("offer").is_none());
        assert_eq!(answer["offers"], offers, "{:?} {}", why_not, answer["stopped"]);
        let requests = visits * (1 + rates.len()) + offers;
        let what = format!("{} rate(s) x {} term(s)", rates.len(), terms.len());
        match limit {
            Some(limit) => self.figures.below((&what, limit), took, "s"),
            None => self.figures.told(&what, took, "s"),
        }
        self.figures.told(&format!("{what}, offers"), offers as f64, "");
        self.figures
            .told(&format!("{what}, requests"), requests as f64 / took, "/s");
    }
}

#[test]
#[ignore = "a measurement: bench/shop.sh"]
fn a_long_list_of_sites_is_asked_of_four_sellers() {
    let sites = usize::try_from(number("SEGUE_SHOP_SITES", 1_000)).unwrap();
    let mut market = Market::new(sites);
    market.figures.told("sites", sites as f64, "");
    market.figures.told("Sellers", SELLERS.len() as f64, "");
    market.base();
    market.run((&["1M"], &["36"]), Some(60.0));
    // A firm quote holds its port, its S-VLAN and its part of the 10 Gbit/s of the ENNI: the next run
    // needs others.
    let mut second = Market::new(sites);
    std::mem::swap(&mut second.figures, &mut market.figures);
    drop(market);
    second.run((&["1M", "2M"], &["12", "36"]), None);
    let most = memory_mb(second.buyer.pid(), "VmHWM");
    second.figures.told("memory at most, Buyer", most, "MB");
    let sellers = second.sellers.iter();
    let most = sellers.map(|(_, server)| memory_mb(server.pid(), "VmHWM"));
    second
        .figures
        .told("memory at most, a Seller", most.fold(0.0, f64::max), "MB");
    second.base();
    second.figures.end();
}
