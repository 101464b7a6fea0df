//! Nothing secret and no contact of a person gets into the log or the audit chain.

use serde_json::{Value, json};

use crate::kit::{Pair, Server, Site, free_address, until};
use crate::sample::{BOOK, deferred_quote};
use crate::web::{self, Gamma};

const EMAIL: &str = "canary-body@gamma.example";
const OUR_SECRET: &str = "canary-secret-at-gamma";

/// Secrets, and the beginning of every token, key and assertion in JSON Web form.
fn canaries(pair: &Pair, gamma: &Gamma) -> Vec<String> {
    let mut found = vec![EMAIL, OUR_SECRET, "canary-desk@", "a-token-of-gamma", "eyJ"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    found.push(gamma.client_secret.clone());
    for site in [&pair.acme, &pair.beta] {
        let key = std::fs::read_to_string(site.folder.join("data/master.key")).unwrap();
        found.push(key.trim().to_owned());
    }
    found
}

#[track_caller]
fn check_clean(what: &str, text: &str, canaries: &[String]) {
    assert!(!text.is_empty(), "{what} is empty");
    for canary in canaries {
        if let Some(at) = text.find(canary.as_str()) {
            let line = text[..at].lines().count();
            panic!(
                "{what} tells {canary}, line {line}: {:?}",
                text.lines().nth(line.saturating_sub(1))
            );
        }
    }
}

/// Everything that could tell a secret: right and wrong tokens, bodies and events.
fn use_all(pair: &Pair, gamma: &Gamma) {
    let acme = &pair.acme;
    let token = gamma.token(acme).unwrap();
    gamma.register(acme, &token);
    let url = format!("{}/quote", acme.api("quoteManagement", 10));
    let made = web::post(&token, &url, "canary-key", &deferred_quote("one", EMAIL)).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    until("gamma hears of it", || (!gamma.heard().is_empty()).then_some(()));
    let wrong = json!({ "relatedContactInformation": [{ "role": EMAIL, "emailAddress": 7 }], EMAIL: EMAIL });
    assert_eq!(web::post(&token, &url, "other-key", &wrong).unwrap().status, 422);
    let flipped = format!("{}x", &token[..token.len() - 1]);
    assert_eq!(web::get_as(&flipped, &url).status, 401);
    assert_eq!(web::get_as(&gamma.client_secret, &url).status, 401);
    assert_eq!(web::get_as(&token, &format!("{url}?externalId={EMAIL}")).status, 200);
    let quote_id = pair.buy("quote acme --address HILL-1 --bandwidth 1G");
    pair.buy(&format!("order acme --quote {quote_id}"));
    assert!(pair.beta.run("buy order acme --quote nonsense").code == 1);
}

#[test]
fn no_secret_and_no_contact_reaches_the_log_or_the_audit_chain() {
    let mut pair = Pair::new(BOOK, "--email canary-desk@example.com");
    let address = Gamma::address();
    let debug = |site: &mut Site| site.settings.push(("SEGUE__LOG__LEVEL", "debug".into()));
    debug(&mut pair.acme);
    debug(&mut pair.beta);
    let open = json!([pair.beta.address.to_string(), address.to_string()]);
    pair.acme.settings.push(("SEGUE__OUTBOUND__OPEN", open.to_string()));
    let gamma = Gamma::meet(&pair.acme, address, OUR_SECRET);
    let servers: [Server; 2] = [pair.acme.serve(), pair.beta.serve()];
    use_all(&pair, &gamma);
    let canaries = canaries(&pair, &gamma);
    for (site, server) in [&pair.acme, &pair.beta].into_iter().zip(&servers) {
        let log = server.log();
        assert!(log.contains("DEBUG"), "the log is not that detailed:\n{log}");
        check_clean(&format!("the log of {}", site.id), &log, &canaries);
        let rows: Value = site.json("audit list --limit 1000");
        check_clean(&format!("the audit chain of {}", site.id), &rows.to_string(), &canaries);
    }
}

#[test]
fn our_secret_at_a_partner_is_changed_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (free_address(), Gamma::address());
    let acme = Site::new(folder.path(), "acme", ours, &format!("--open-target {theirs}"));
    let book = crate::sample::book(&acme.folder, BOOK, crate::sample::PLACES);
    acme.text(&format!("book load {book}"));
    let gamma = Gamma::meet(&acme, theirs, OUR_SECRET);
    let _server = acme.serve();
    let empty = acme.file("empty.secret", "\n");
    let refused = acme.run(&format!("partner secret gamma --ours {empty}"));
    assert!(
        refused.code == 1 && refused.err.contains("holds no secret"),
        "{}",
        refused.err
    );
    let new = acme.file("new.secret", "another-secret\n");
    let told = acme.text(&format!("partner secret gamma --ours {new}"));
    assert!(
        told.contains("from now on") && !told.contains("another-secret"),
        "{told}"
    );

    let token = gamma.token(&acme).unwrap();
    gamma.register(&acme, &token);
    let url = format!("{}/quote", acme.api("quoteManagement", 10));
    web::post(&token, &url, "one", &deferred_quote("one", EMAIL)).unwrap();
    until("gamma hears of it", || (!gamma.heard().is_empty()).then_some(()));
    let asked = gamma.token_requests();
    assert_eq!(asked[0], "Basic YWNtZTphbm90aGVyLXNlY3JldA==", "acme:another-secret");
    let rows = acme.json("audit list --limit 1000").to_string();
    assert!(rows.contains("partner.our-secret") && !rows.contains("another-secret"));
}
