//! What the tester hands out beside verdicts: signed reports, and what became of a provider's own sites.

use serde_json::Value;

use crate::kit::{Pair, Said, free_address, segue};

/// The tester wants to know where an address lies.
const PLACES: &str = "\
id,streetNr,streetName,city,postcode,countryCode,latitude,longitude,zone,delivery,ports
HILL-1,1,Hillside,Bristol,BS1,GB,51.45,-2.58,town,onNetWithoutBuild,1000000
HILL-2,2,Hillside,Bristol,BS1,GB,51.46,-2.59,,offNet,0
";

/// A Seller with the small book, and the profile that was derived of it.
struct Desk {
    pair: Pair,
    profile: String,
    _server: crate::kit::Server,
}

impl Desk {
    #[track_caller]
    fn open() -> Self {
        let pair = Pair::new(crate::sample::BOOK, "");
        let path = crate::sample::book(&pair.acme.folder, crate::sample::BOOK, PLACES);
        pair.acme.text(&format!("book load {path}"));
        let server = pair.acme.serve();
        let text = pair
            .acme
            .text(&format!("certify profile --init --listen {}", free_address()));
        let profile = pair.acme.file("acme.toml", &text);
        Self {
            pair,
            profile,
            _server: server,
        }
    }

    fn file(&self, name: &str) -> String {
        self.pair.acme.folder.join(name).display().to_string()
    }
}

#[test]
fn a_signed_report_is_good_until_a_letter_of_it_changes() {
    let desk = Desk::open();
    let (key, report) = (desk.file("tester.pem"), desk.file("report.json"));
    let made = segue(&format!("certify key {key}"));
    assert_eq!(made.code, 0, "{}", made.err);
    let public = made.out.trim().to_owned();
    assert_eq!(segue(&format!("certify key {key} --public")).out.trim(), public);
    assert_eq!(
        segue(&format!("certify key {key}")).code,
        1,
        "a key is never written over"
    );
    let words = format!(
        "certify seller --profile {} --case site.get --report {report} --sign {key}",
        desk.profile
    );
    let told = segue(&words);
    assert!(told.code <= 1 && told.err.is_empty(), "{}", told.err);
    let good = segue(&format!("--json certify verify {report} --key {public}"));
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    let good: Value = serde_json::from_str(&good.out).unwrap();
    assert_eq!(
        (&good["ok"], &good["publicKey"]),
        (&true.into(), &public.clone().into())
    );
    let text = std::fs::read_to_string(&report).unwrap();
    std::fs::write(&report, text.replacen("\"seller\"", "\"Seller\"", 1)).unwrap();
    let changed = segue(&format!("certify verify {report}"));
    assert_eq!(changed.code, 1);
    assert!(
        changed.out.contains("NOT GOOD") && changed.out.contains("changed"),
        "{}",
        changed.out
    );
}

#[test]
fn what_cannot_be_signed_is_told_before_anything_is_asked() {
    let desk = Desk::open();
    let no_key = desk.pair.acme.file("no.pem", "no key\n");
    let words = format!(
        "certify seller --profile {} --sign {no_key} --report {}",
        desk.profile,
        desk.file("r.json")
    );
    let told = segue(&words);
    assert!(told.code == 1 && told.err.contains("Ed25519"), "{}", told.err);
    let key = desk.file("k.pem");
    segue(&format!("certify key {key}"));
    let nowhere = segue(&format!("certify seller --profile {} --sign {key}", desk.profile));
    assert!(nowhere.code == 1 && nowhere.err.contains("--report"), "{}", nowhere.err);
    assert_eq!(segue(&format!("certify verify {no_key}")).code, 1);
}

fn ran(desk: &Desk, list: &str, more: &str) -> Said {
    let list = desk.pair.acme.file("sites.csv", list);
    segue(&format!(
        "--json certify seller --profile {} --orders {list} {more}",
        desk.profile
    ))
}

#[test]
fn sites_that_are_not_clean_are_told_with_what_would_mend_them() {
    let desk = Desk::open();
    let list = "name;country;postcode;city;street;number
Hill one;GB;BS1;Bristol;Hillside;1
Wrong code;GB;BS9;Bristol;Hillside;1
Out of reach;GB;BS1;Bristol;Hillside;2
Nowhere;GB;XX1;Nowhere;No Such Street;99
";
    let out = desk.file("told.csv");
    let told = ran(&desk, list, &format!("--quote --out {out}"));
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let sites = told["sites"].as_array().unwrap();
    assert_eq!((&told["clean"], sites.len()), (&1.into(), 4), "{told}");
    let [hill, code, reach, nowhere] = &sites[..] else {
        panic!("{told}")
    };
    assert_eq!(
        (&hill["clean"], &hill["quote"]),
        (&true.into(), &"approved.orderable".into()),
        "{hill}"
    );
    assert!(
        code["mend"].to_string().contains("write BS1 and not BS9 in postcode"),
        "{code}"
    );
    assert_eq!(
        (&reach["confidence"], &reach["reached"]),
        (&"red".into(), &"poq".into()),
        "{reach}"
    );
    assert!(nowhere["problems"].to_string().contains("no such address"), "{nowhere}");
    let table = std::fs::read_to_string(out).unwrap();
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.contains("2,Hill one,yes,quote"), "{table}");
}

#[test]
fn a_list_that_is_clean_ends_well_and_one_that_is_none_is_told() {
    let desk = Desk::open();
    let clean = ran(&desk, "country,city,street,number\nGB,Bristol,Hillside,1\n", "");
    assert_eq!(clean.code, 0, "{}{}", clean.out, clean.err);
    let strange = ran(&desk, "country,city,fax\nGB,Bristol,1\n", "");
    assert!(strange.code == 1 && strange.err.contains("fax"), "{}", strange.err);
    let together = ran(&desk, "country,city\nGB,Bristol\n", "--case site");
    assert!(
        together.code == 2 && together.err.contains("--orders"),
        "{}",
        together.err
    );
}
