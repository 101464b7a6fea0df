//! Two processes on one database, killed and frozen in turn under load: nothing is lost or doubled,
//! and events stay in order.

use std::time::Duration;

use crate::cluster::Cluster;
use crate::database::seller;
use crate::kill::{Load, check_load};
use crate::kit::{Random, Server, Site, free_address, number, until};
use crate::web;

/// A second node of the same installation: its settings and master key, and an address of its own.
fn second(site: &Site, folder: &std::path::Path) -> Site {
    let mut other = Site::unmade(folder, "acme-2", free_address());
    other.id.clone_from(&site.id);
    std::fs::create_dir_all(other.folder.join("data")).unwrap();
    for name in ["segue.toml", "data/master.key"] {
        std::fs::copy(site.folder.join(name), other.folder.join(name)).unwrap();
    }
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(other.folder.join("data"), private).unwrap();
    other.settings = site.settings.clone();
    other.settings.push(("SEGUE__LISTEN", other.address.to_string()));
    other
}

fn leads(site: &Site) -> bool {
    site.json("status")["leads"] == true
}

#[track_caller]
fn until_one_leads(sites: [&Site; 2]) -> usize {
    until("one of them leads", || sites.iter().position(|site| leads(site)))
}

/// Freezes the one that leads until the other one does, and lets it go on.
fn freeze(servers: &[Server; 2], sites: [&Site; 2]) {
    let leader = until_one_leads(sites);
    let joined = || servers[leader].log().matches("it joins anew").count();
    let before = joined();
    servers[leader].signal("-STOP");
    until("the other one leads", || leads(sites[1 - leader]).then_some(()));
    servers[leader].signal("-CONT");
    let ready = format!("http://{}/readyz", sites[leader].address);
    until("it is ready again", || (web::get(&ready).status == 200).then_some(()));
    until("it has joined anew", || (joined() > before).then_some(()));
}

fn kill(servers: &mut [Server; 2], sites: [&Site; 2], random: &mut Random) {
    let one = random.below(2) as usize;
    std::thread::sleep(Duration::from_millis(random.below(300)));
    servers[one].kill();
    std::thread::sleep(Duration::from_millis(random.below(300)));
    servers[one] = sites[one].serve();
}

#[test]
fn two_nodes_that_are_killed_and_frozen_lose_and_double_nothing() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (one, gamma) = seller(&cluster, folder.path());
    let two = second(&one, folder.path());
    let mut servers = [one.serve(), two.serve()];
    gamma.register(&one, &gamma.token(&one).unwrap());
    let (rounds, seed) = (number("SEGUE_NODE_ROUNDS", 2), number("SEGUE_SEED", 20_261_201));
    let mut random = Random::of(seed);
    let load = Load::on(&[&one, &two], &gamma);
    check_load(&load, || {
        for _ in 0..rounds {
            kill(&mut servers, [&one, &two], &mut random);
            freeze(&servers, [&one, &two]);
        }
    });
    println!("{rounds} kills and {rounds} freezes (seed {seed})");
    assert_eq!(one.json("status")["nodes"], 2);
    assert!(leads(&one) != leads(&two), "one leads, and only one");
}

#[test]
fn a_book_that_is_loaded_at_one_node_is_in_force_at_the_other_at_once() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (one, gamma) = seller(&cluster, folder.path());
    let two = second(&one, folder.path());
    let _servers = [one.serve(), two.serve()];
    assert_eq!(two.json("status")["companies"][0]["book"], 1);
    let book = crate::sample::book(&one.folder, crate::sample::BOOK, crate::sample::PLACES);
    one.text(&format!("book load {book}"));
    assert_eq!(two.json("status")["companies"][0]["book"], 2);
    let token = gamma.token(&one).unwrap();
    let url = format!("{}/quote", two.api("quoteManagement", 10));
    let body = crate::sample::deferred_quote("x", crate::sample::EMAIL);
    let made = web::post(&token, &url, "x", &body).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);
    // What one knows of a partner is no secret to the other.
    one.text("partner suspend gamma");
    assert_eq!(web::get_as(&token, &url).status, 401);
}
