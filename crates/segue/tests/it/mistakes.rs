//! What people do wrong: each time a message that says what, where and what to do, and nothing
//! changed.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::kit::{Pair, Said, Site, free_address, segue, until};
use crate::sample::{self, BOOK, PLACES};

#[track_caller]
fn check_said(words: &str, told: &Said, code: i32, fragments: &[&str]) {
    assert_eq!(told.code, code, "{words}: {}{}", told.out, told.err);
    for fragment in fragments {
        assert!(told.err.contains(fragment), "{words}: no {fragment:?} in\n{}", told.err);
    }
    assert_eq!(told.out, "", "{words}: an answer beside an error");
}

/// All that counts in an installation, as `status` sees it.
#[track_caller]
fn state(site: &Site) -> Value {
    let mut status = site.json("status");
    status["businessTime"] = Value::Null;
    status
}

#[track_caller]
fn check_refused(site: &Site, words: &str, fragments: &[&str]) {
    let before = state(site);
    check_said(words, &site.run(words), 1, fragments);
    assert_eq!(state(site), before, "{words} changed something");
}

/// The server refuses to start.
#[track_caller]
fn check_no_start(site: &Site, fragments: &[&str]) {
    check_said("serve", &site.run("serve"), 1, fragments);
    assert!(!site.socket().exists());
}

fn site(folder: &tempfile::TempDir) -> Site {
    Site::new(folder.path(), "acme", free_address(), "")
}

#[test]
fn an_installation_is_made_once_and_only_whole() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("none");
    let dir = empty.display();
    for words in ["serve", "status", "book show", "buy inventory acme"] {
        let words = format!("{words} --dir {dir}");
        check_said(&words, &segue(&words), 1, &["none/segue.toml", "segue init --dir"]);
    }
    let wrong = [
        ("--id Acme --name A", 1, "lower case letters"),
        ("--id acme --name A --listen 0.0.0.0:8080", 1, "insecure_http"),
        ("--id acme --name A --public-url ftp://x", 1, "https://"),
        ("--id acme --name A --clock-speed 0.5", 1, "clock.speed"),
        ("--id acme --name A --listen nowhere", 2, "--listen"),
        ("--id acme", 2, "--name"),
    ];
    for (words, code, fragment) in wrong {
        let words = format!("init --dir {dir} {words}");
        check_said(&words, &segue(&words), code, &[fragment]);
        assert!(!empty.exists(), "{words} left something");
    }
    let made = Site::new(folder.path(), "acme", free_address(), "");
    let before = std::fs::read_to_string(made.folder.join("segue.toml")).unwrap();
    check_refused(
        &made,
        "init --id other --name Other",
        &["segue.toml", "already", "nothing was changed"],
    );
    assert_eq!(std::fs::read_to_string(made.folder.join("segue.toml")).unwrap(), before);
}

#[test]
fn settings_that_cannot_be_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let path = site.folder.join("segue.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let cases = [
        (format!("{good}\n[broken\n"), "broken"),
        (format!("lisen = 1\n{good}"), "lisen"),
        (good.replace("[log]", "[log]\ncolour = \"red\""), "colour"),
        (good.replace(&site.address.to_string(), "0.0.0.0:8080"), "insecure_http"),
        (good.replace("level = \"info\"", "level = 5"), "level"),
        (format!("{good}\n[tls]\ncertificate = \"x\"\n"), "key"),
    ];
    for (text, fragment) in cases {
        assert_ne!(text, good);
        std::fs::write(&path, text).unwrap();
        check_no_start(&site, &["segue.toml", fragment]);
        check_said("status", &site.run("status"), 1, &["segue.toml", fragment]);
    }
    std::fs::write(&path, good.replace("level = \"info\"", "level = \"loud,=\"")).unwrap();
    check_no_start(&site, &["segue.toml", "log.level"]);
    std::fs::write(
        &path,
        format!("{good}\n[tls]\ncertificate = \"no.pem\"\nkey = \"no.key\"\n"),
    )
    .unwrap();
    check_no_start(&site, &["no.pem"]);
}

#[test]
fn a_folder_open_to_others_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let data = site.folder.join("data");
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    check_no_start(&site, &["acme/data", "755", "chmod 700"]);
    check_said("status", &site.run("status"), 1, &["chmod 700"]);
    std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    let key = data.join("master.key");
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    check_no_start(&site, &["master.key", "chmod 600"]);
}

#[test]
fn without_the_right_master_key_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(&folder);
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    site.settings = vec![("SEGUE_MASTER_KEY", other.into())];
    check_no_start(&site, &["acme/data", "not the master key"]);
    assert!(!site.run("serve").err.contains(other), "the key is told");
    site.settings = vec![("SEGUE_MASTER_KEY", "too-short".into())];
    check_no_start(&site, &["SEGUE_MASTER_KEY", "Base64"]);
    site.settings.clear();
    std::fs::remove_file(site.folder.join("data/master.key")).unwrap();
    check_no_start(&site, &["master.key", "SEGUE_MASTER_KEY"]);
}

#[test]
fn one_port_and_one_folder_have_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let first = site(&folder);
    let second = Site::new(folder.path(), "second", first.address, "");
    let _server = first.serve();
    let here = first.address.to_string();
    check_said("serve", &second.run("serve"), 1, &[&here, "another server"]);
    check_said("serve", &first.run("serve"), 1, &["acme/data", "in use", "stop"]);
    assert!(first.socket().exists(), "the second one took the socket of the first");
    assert_eq!(first.json("status")["companies"][0]["id"], "acme");
}

#[test]
fn a_wrong_book_is_refused_with_all_its_problems() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let book = BOOK.replace("currency = \"EUR\"", "currency = \"doubloons\"").replace(
        "interval = \"1 calendarDay\"\nmilestones",
        "interval = \"1 fortnight\"\nmilestones",
    );
    let places = PLACES.replace("town,onNetWithoutBuild", "village,onNetWithoutBuild");
    let path = sample::book(&site.folder, &book, &places);
    let fragments = [
        "3 problems",
        "nothing was changed",
        "book.toml:1 ",
        "book.toml:12 ",
        "places.csv:2 ",
    ];
    check_refused(&site, &format!("book load {path}"), &fragments);
    check_refused(&site, &format!("book check {path}"), &fragments);
    let unknown = BOOK.replace("carrier-ethernet-operator-uni:v5.0.0", "carrier-pigeon:v1.0.0");
    let path = sample::book(&site.folder, &unknown, PLACES);
    check_refused(
        &site,
        &format!("book load {path}"),
        &["port", "carrier-pigeon", "nothing was changed"],
    );
    check_refused(&site, "book show", &["no book", "segue book load"]);
    let words = format!("book load {}/nowhere", site.folder.display());
    check_said(&words, &site.run(&words), 2, &["nowhere", "cannot read"]);
}

#[track_caller]
fn check_card(site: &Site, text: &str, fragments: &[&str]) {
    let path = site.file("bad.json", text);
    let fragments: Vec<&str> = fragments.iter().copied().chain(["bad.json"]).collect();
    check_refused(site, &format!("partner import {path} --as seller"), &fragments);
}

#[test]
fn a_wrong_card_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let card = Site::new(folder.path(), "beta", free_address(), "").text("partner export");
    check_card(&site, "{\"form\": ", &["segue partner export"]);
    check_card(&site, "{\"form\": \"segue-card-1\"}", &["missing field"]);
    let newer = card.replace("segue-card-1", "segue-card-9");
    check_card(&site, &newer, &["segue-card-9", "segue-card-1"]);
    check_card(&site, &card.replace("\"name\"", "\"nickname\""), &["nickname"]);
    check_card(&site, &site.text("partner export"), &["acme itself"]);
    let with = |name: &str, value: Value| {
        let mut card: Value = serde_json::from_str(&card).unwrap();
        card[name] = value;
        card.to_string()
    };
    let file = with("tokenEndpoint", "file:///etc/passwd".into());
    check_card(&site, &file, &["tokenEndpoint", "https://"]);
    check_card(&site, &with("jwks", json!({ "keys": [] })), &["jwks", "ES256"]);
}

#[test]
fn a_partner_is_added_with_an_address_and_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let urls = [
        "nonsense",
        "ftp://gamma.example",
        "https://user@gamma.example",
        "https://gamma.example/?a=b",
    ];
    for url in urls {
        let words = format!("partner add gamma --name G --as seller --url {url}");
        check_refused(&site, &words, &["--url", url, "https://"]);
    }
    let other = Site::new(folder.path(), "beta", free_address(), "");
    let card = site.file("beta.json", &other.text("partner export"));
    let words = format!("partner import {card}");
    check_said(&words, &site.run(&words), 2, &["--as"]);
    let import = format!("{words} --as seller");
    check_refused(&site, &format!("{import} --name Beta!"), &["Beta!", "lower case"]);
    check_refused(&site, &format!("{import} --company x"), &["\"x\"", "acme"]);
    site.text(&import);
    check_refused(&site, &format!("{import} --name gamma"), &["\"beta\"", "--name"]);
}

#[test]
fn a_book_and_an_agreement_in_two_currencies_are_refused_whichever_comes_second() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let other = Site::new(folder.path(), "beta", free_address(), "");
    let card = site.file("beta.json", &other.text("partner export"));
    site.text(&format!("partner import {card} --as seller"));
    let mut agreement = site.json("agreement export beta")[0].clone();
    agreement["currency"] = json!("USD");
    let agreed = site.file("agreement.json", &agreement.to_string());
    let book = sample::book(&site.folder, BOOK, PLACES);
    let (import, load) = (format!("agreement import {agreed}"), format!("book load {book}"));
    site.text(&import);
    check_refused(
        &site,
        &load,
        &["beta", "USD", "EUR", "nothing was changed", "without `currency`"],
    );

    agreement["currency"] = Value::Null;
    let open = site.file("open.json", &agreement.to_string());
    site.text(&format!("agreement import {open}"));
    site.text(&load);
    check_refused(&site, &import, &["/currency", "EUR", "USD", "nothing was changed"]);
}

#[test]
fn an_agreement_that_does_not_hold_together_is_refused_with_all_its_problems() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let other = Site::new(folder.path(), "beta", free_address(), "");
    let card = site.file("beta.json", &other.text("partner export"));
    site.text(&format!("partner import {card} --as seller"));
    let mut agreement = site.json("agreement export beta")[0].clone();
    agreement["countries"] = json!(["DE"]);
    agreement["pilot"] = json!({
        "postcodes": {"FR": ["75"], "DE": []},
        "requests": {"from": "2027-01-02T00:00:00Z", "until": "2027-01-01T00:00:00Z"},
    });
    let file = site.file("agreement.json", &agreement.to_string());
    let fragments = [
        "/pilot/postcodes/FR",
        "/pilot/postcodes/DE",
        "/pilot/requests",
        "nothing was changed",
    ];
    check_refused(&site, &format!("agreement import {file}"), &fragments);
    agreement["pilot"] = json!({"postcodes": {"DE": ["101"]}});
    let file = site.file("agreement.json", &agreement.to_string());
    site.text(&format!("agreement import {file}"));
    assert_eq!(site.json("agreement export beta")[0]["pilot"], agreement["pilot"]);
}

#[test]
fn what_nobody_knows_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let asking = [
        "partner show gamma",
        "partner suspend gamma",
        "token gamma",
        "buy inventory gamma",
        "notification replay --partner gamma",
    ];
    for words in asking {
        check_refused(&site, words, &["acme has no partner \"gamma\"", "segue partner import"]);
    }
    check_refused(&site, "explain nothing", &["\"nothing\"", "segue inventory list"]);
    let other = Site::new(folder.path(), "beta", free_address(), "");
    let card = site.file("beta.json", &other.text("partner export"));
    site.text(&format!("partner import {card} --as seller"));
    check_refused(&site, "buy inventory beta", &["beta"]);
    let product = site.file("product.json", "{\"status\": \"asleep\"}");
    let words = format!("inventory import {product} --partner beta");
    check_refused(
        &site,
        &words,
        &["product.json", "nothing was changed", "samples/enni.json"],
    );
}

/// A wish the Seller refuses, or that never leaves: nothing is changed there.
#[track_caller]
fn check_wish(pair: &Pair, wish: &str, fragments: &[&str]) {
    let before = state(&pair.acme)["store"]["documents"].clone();
    let words = format!("buy {wish}");
    check_said(&words, &pair.beta.run(&words), 1, fragments);
    assert_eq!(
        state(&pair.acme)["store"]["documents"],
        before,
        "{words} changed something"
    );
}

#[test]
fn wrong_wishes_are_refused_before_they_cost_anything() {
    let pair = Pair::new(&BOOK.replace("30 calendarDays", "1 second"), "");
    let (acme, beta) = (&pair.acme, &pair.beta);
    check_wish(
        &pair,
        "quote acme --address HILL-1 --bandwidth 1G",
        &["acme", "running and reachable"],
    );
    let _servers = [acme.serve(), beta.serve()];
    let quote = "quote acme --address";
    let ten = beta.run(&format!("buy {quote} HILL-1 --bandwidth ten"));
    check_said(
        "ten",
        &ten,
        2,
        &["--bandwidth", "\"ten\" is no bandwidth", "100 Mbit/s"],
    );
    check_wish(
        &pair,
        &format!("{quote} NOWHERE --bandwidth 1G"),
        &["/quoteItem/0/", "referenceNotFound"],
    );
    check_wish(&pair, "order acme --quote unknown", &["acme", "404"]);
    check_wish(&pair, "track acme unknown", &["acme", "404"]);
    let quote_id = pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    let order = format!("order acme --quote {quote_id}");
    let vague = beta.run(&format!("buy {order} --date 03/04/2027"));
    check_said("a date", &vague, 2, &["--date", "2027-04-03 or 2027-03-04"]);
    until("the quote expires", || {
        (acme.json(&format!("history {quote_id}"))["state"] == "expired").then_some(())
    });
    check_wish(
        &pair,
        &order,
        &["acme answered 422", "/productOrderItem/0/quoteItem", "expired"],
    );
}

#[test]
fn two_imported_products_do_not_have_one_vlan_id() {
    let pair = Pair::new(BOOK, "");
    let mut product: Value = serde_json::from_str(crate::sample::ENNI).unwrap();
    let import = |product: &Value| {
        let file = pair.acme.file("product.json", &product.to_string());
        pair.acme.run(&format!("inventory import {file} --partner beta --json"))
    };
    let enni: Value = serde_json::from_str(&import(&product).out).unwrap();
    product["productConfiguration"] = pair.acme.json("product sample access-eline-ovc");
    product["productRelationship"] = json!([{ "relationshipType": "CONNECTS_TO_ENNI", "id": enni["id"] }]);
    assert_eq!(import(&product).code, 0);
    let told = import(&product);
    let key = format!("svlan/{}/", enni["id"].as_str().unwrap());
    assert!(told.code == 1 && told.err.contains(&key), "{}", told.err);
    assert_eq!(pair.acme.json("inventory list").as_array().unwrap().len(), 3);
    let map = "/enniEp/ovcEndPointMap/ovcEndPointMapFormE";
    *product["productConfiguration"].pointer_mut(map).unwrap() = json!([7]);
    assert_eq!(import(&product).code, 0);
}
