//! What is open to everybody, and that nothing else is.

use std::net::{IpAddr, UdpSocket};

use serde_json::Value;

use crate::kit::{Site, free_address, segue};
use crate::web;

#[track_caller]
fn check_status(site: &Site, path: &str, expected: u16) -> web::Answer {
    let answer = web::get(&format!("http://{}{path}", site.address));
    assert_eq!(answer.status, expected, "{path}: {}", answer.text);
    answer
}

#[test]
fn without_a_token_there_is_only_what_everybody_may_know() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let _server = site.serve();
    assert_eq!(check_status(&site, "/healthz", 200).text, "ok\n");
    assert_eq!(check_status(&site, "/readyz", 200).text, "ready\n");
    // The test is on loopback.
    assert!(check_status(&site, "/metrics", 200).text.contains("segue_write_queue"));

    let list = check_status(&site, "/openapi", 200).json();
    assert_eq!(
        list,
        serde_json::from_str::<Value>(&segue("openapi --list --json").out).unwrap()
    );
    let served = check_status(&site, "/openapi/quoteManagement/v10", 200).json();
    let printed = segue("openapi --api quoteManagement --version 10").out;
    assert_eq!(served, serde_json::from_str::<Value>(&printed).unwrap());
    check_status(&site, "/openapi/quoteManagement/v99", 404);
    check_status(&site, "/openapi/nonsense/v1", 404);

    let metadata = check_status(&site, "/.well-known/oauth-authorization-server/acme", 200).json();
    assert_eq!(metadata["token_endpoint"], format!("{}/oauth2/token", site.url()));
    let keys = check_status(&site, "/acme/oauth2/jwks.json", 200).json();
    assert!(
        keys["keys"][0].get("d").is_none() && keys["keys"][0]["kty"].is_string(),
        "{keys}"
    );
    check_status(&site, "/nobody/oauth2/jwks.json", 404);
}

/// An address of this machine that is not loopback, where it has one. Nothing is sent to find it.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[test]
fn figures_are_for_this_machine_only() {
    let Some(outer) = outer_address() else {
        println!("skipped: this machine has no address beside loopback");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut site = Site::new(folder.path(), "acme", free_address(), "");
    site.address.set_ip(outer);
    site.settings = vec![
        ("SEGUE__LISTEN", site.address.to_string()),
        ("SEGUE__INSECURE_HTTP", "true".into()),
    ];
    let server = site.serve();
    assert!(server.log().contains("plain HTTP beyond loopback"), "{}", server.log());
    check_status(&site, "/healthz", 200);
    check_status(&site, "/metrics", 404);
}

#[test]
fn every_operation_asks_for_a_token_and_unknown_paths_are_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "acme", free_address(), "");
    let _server = site.serve();
    let listed: Value = serde_json::from_str(&segue("openapi --list --json").out).unwrap();
    for row in listed.as_array().unwrap() {
        let base = row["basePath"].as_str().unwrap();
        let version = row["version"].to_string();
        let printed = segue(&format!(
            "openapi --api {} --version {version}",
            row["api"].as_str().unwrap()
        ));
        let document: Value = serde_json::from_str(&printed.out).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            let known = match (row["served"].as_bool().unwrap(), item.get("get")) {
                // What is only described has no route.
                (false, _) => 404,
                (true, Some(_)) => 401,
                (true, None) => 405,
            };
            let path = format!("/acme{base}{}", path.replace("{id}", "some-id"));
            let answer = check_status(&site, &path, known);
            if known == 401 {
                assert_eq!(answer.json()["code"], "missingCredentials", "{path}");
            }
            assert!(
                answer.headers.contains_key("x-request-id"),
                "{path}: {:?}",
                answer.headers
            );
        }
    }
    for path in [
        "/",
        "/acme",
        "/acme/mefApi",
        "/acme/mefApi/sonata/quoteManagement/v10",
        "/admin",
        "/.git/config",
    ] {
        assert!(check_status(&site, path, 404).json()["code"].is_string(), "{path}");
    }
    // A company that does not exist looks like one whose tokens are not accepted.
    check_status(&site, "/nobody/mefApi/sonata/quoteManagement/v10/quote", 401);
    let wrong = web::get_as("eyJ.eyJ.sig", &format!("{}/quote", site.api("quoteManagement", 10)));
    assert_eq!(
        (wrong.status, &wrong.json()["code"]),
        (401, &Value::from("invalidCredentials"))
    );
}
