//! Two versions of one API side by side until the older one ends.

use serde_json::{Value, json};

use crate::kit::{Site, free_address};
use crate::web::{self, Gamma};

/// `gamma` buys in v10, and in v8 until a day.
#[track_caller]
fn agree(seller: &Site, until: &str) {
    let mut agreement = seller.json("agreement export gamma")[0].clone();
    agreement["apis"]["quoteManagement"] = json!(10);
    agreement["ending"] = json!([
        { "api": "quoteManagement", "version": 8, "since": "2026-01-01T00:00:00Z", "until": until }
    ]);
    let file = seller.file("agreement.json", &agreement.to_string());
    seller.text(&format!("agreement import {file}"));
}

#[test]
fn an_older_version_is_served_with_its_end_in_every_answer_and_not_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = Gamma::address();
    let seller = Site::new(
        folder.path(),
        "acme",
        free_address(),
        &format!("--open-target {theirs}"),
    );
    let gamma = Gamma::meet(&seller, theirs, "their-secret");
    agree(&seller, "2099-03-31T22:00:00Z");
    let _server = seller.serve();
    let token = gamma.token(&seller).unwrap();
    let get =
        |version: u32, path: &str| web::get_as(&token, &format!("{}{path}", seller.api("quoteManagement", version)));
    for (path, status) in [("/quote", 200), ("/quote/nothing", 404), ("/quote?limit=x", 400)] {
        let older = get(8, path);
        assert_eq!(older.status, status, "{path}: {}", older.text);
        assert_eq!(older.headers["deprecation"], "@1767225600", "{path}");
        assert_eq!(older.headers["sunset"], "Tue, 31 Mar 2099 22:00:00 GMT", "{path}");
        let newer = get(10, path);
        assert_eq!(newer.status, status, "{path}: {}", newer.text);
        assert!(!newer.headers.contains_key("deprecation") && !newer.headers.contains_key("sunset"));
    }
    let shown: Value = seller.json("partner show gamma");
    assert_eq!(
        shown["agreements"][0]["ending"],
        "quoteManagement v8 until 2099-03-31T22:00:00.000Z"
    );

    agree(&seller, "2026-02-01T00:00:00Z");
    assert_eq!((get(8, "/quote").status, get(10, "/quote").status), (401, 200));
}

#[test]
fn an_end_of_what_is_not_served_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let seller = Site::new(folder.path(), "acme", free_address(), "");
    seller.text("partner add gamma --name gamma --url https://gamma.example --as seller");
    let mut agreement = seller.json("agreement export gamma")[0].clone();
    agreement["ending"] = json!([{ "api": "quoteManagement", "version": 9, "until": "2099-01-01T00:00:00Z" }]);
    let file = seller.file("agreement.json", &agreement.to_string());
    let refused = seller.run(&format!("agreement import {file}"));
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("/ending/0/version"), "{}", refused.err);
    assert_eq!(seller.json("agreement export gamma")[0]["version"], 1);
}
