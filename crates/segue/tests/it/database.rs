//! The program on PostgreSQL: the same journeys and kills, and what a server does that is away,
//! dies, or is not to be trusted. Each test has a cluster of its own.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::cluster::{Cluster, batch, database, give};
use crate::kill::check_kills;
use crate::kit::{Said, Site, free_address, until};
use crate::sample;
use crate::web::{self, Gamma};

/// Names the server, where the tests of this program run on one.
pub const SERVER: &str = "SEGUE_TEST_SERVER";

/// What is run on it too: journeys, races, kills.
const ON_A_SERVER: [&str; 9] = [
    "buying::",
    "in_one::",
    "kill::",
    "last_port::",
    "open::",
    "pending::",
    "several::",
    "twins::",
    "waits::",
];

const PASSWORD: &str = "canary-of-the-database";

#[test]
fn journeys_races_and_kills_go_the_same_way_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let Some(cluster) = Cluster::start(folder.path(), &[]) else {
        return;
    };
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(ON_A_SERVER)
        .env(SERVER, cluster.address())
        .env("SEGUE_HTTP_KILLS", "6")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    let passed = said.lines().find(|line| line.starts_with("test result: ok."));
    println!("on PostgreSQL: {}", passed.unwrap());
}

/// A Seller on a server, with `gamma` as partner.
pub fn seller(cluster: &Cluster, folder: &Path) -> (Site, Gamma) {
    let listener = Gamma::address();
    let mut site = Site::unmade(folder, "acme", free_address());
    let place = database(&cluster.address(), &site.folder);
    site.settings = vec![("SEGUE__DATABASE", place)];
    let made = site.run(&format!(
        "init --id acme --name acme --listen {} --open-target {listener}",
        site.address
    ));
    assert_eq!(made.code, 0, "{}", made.err);
    let book = sample::book(&site.folder, sample::BOOK, sample::PLACES);
    site.text(&format!("book load {book}"));
    let gamma = Gamma::meet(&site, listener, "what-acme-says-to-gamma");
    (site, gamma)
}

#[test]
fn acknowledged_creates_and_their_events_survive_kill_9_of_the_program_and_of_its_database() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(mut cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let seller = seller(&cluster, folder.path());
    check_kills(&seller, || {
        cluster.kill();
        cluster.restart();
    });
}

#[test]
fn while_the_database_is_away_callers_are_told_to_come_again_and_served_when_it_is_back() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(mut cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (site, gamma) = seller(&cluster, folder.path());
    let server = site.serve();
    let token = gamma.token(&site).unwrap();
    let url = format!("{}/quote", site.api("quoteManagement", 10));
    let body = sample::deferred_quote("one", sample::EMAIL);
    let made = web::post(&token, &url, "one", &body).unwrap();
    assert_eq!(made.status, 201, "{}", made.text);

    cluster.kill();
    let ready = format!("http://{}/readyz", site.address);
    assert_eq!(web::get(&ready).status, 503);
    let asked = [
        web::post(&token, &url, "two", &body).unwrap(),
        web::get_as(&token, &url),
        web::get(&format!("{}/oauth2/jwks.json", site.url())),
    ];
    for answer in asked {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.headers["retry-after"], "2");
    }
    assert_eq!(gamma.token(&site), None);

    cluster.restart();
    until("it is ready again", || (web::get(&ready).status == 200).then_some(()));
    until("it writes again", || {
        let again = web::post(&token, &url, "two", &body).unwrap();
        (again.status == 201).then_some(())
    });
    let repeated = web::post(&token, &url, "one", &body).unwrap();
    assert_eq!(repeated.text, made.text);
    let log = server.log();
    assert!(log.contains("the database cannot be reached"), "{log}");
}

/// A company on the server, where another role has a password.
fn with_password(cluster: &Cluster, folder: &Path) -> (Site, String) {
    let mut site = Site::unmade(folder, "acme", free_address());
    let place = database(&cluster.address(), &site.folder);
    let name = place.rsplit_once("dbname=").unwrap().1;
    let rules = cluster.data().join("pg_hba.conf");
    std::fs::write(&rules, "local all segue trust\nlocal all other scram-sha-256\n").unwrap();
    give(&rules, 0o600);
    batch(
        &place,
        &format!(
            "CREATE ROLE other LOGIN PASSWORD '{PASSWORD}'; ALTER DATABASE {name} OWNER TO other; SELECT pg_reload_conf()"
        ),
    );
    let at = place.replace("user=segue", "user=other");
    site.settings.clear();
    (site, at)
}

#[track_caller]
fn check_told(said: &Said, expected: &str) {
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains(expected), "no {expected:?} in {}", said.err);
    assert!(
        !said.err.contains(PASSWORD) && !said.out.contains(PASSWORD),
        "{}",
        said.err
    );
}

#[test]
fn what_hinders_the_start_is_told_with_what_to_do_and_without_the_password() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(mut cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (mut site, at) = with_password(&cluster, folder.path());
    let words = format!("init --id acme --name acme --listen {}", site.address);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    site.settings = vec![("SEGUE__DATABASE", format!("postgres://other:{PASSWORD}@{closed}/one"))];
    check_told(&site.run(&words), "cannot be reached");
    site.settings = vec![("SEGUE__DATABASE", format!("{at} password={PASSWORD}x"))];
    check_told(&site.run(&words), "look at user and password");
    site.settings = vec![("SEGUE__DATABASE", format!("postgres://other:{PASSWORD}@x@y/one"))];
    check_told(&site.run(&words), "%40");
    // Nothing of all that is left, and the next try goes well.
    site.settings = vec![("SEGUE__DATABASE", format!("{at} password={PASSWORD}"))];
    let made = site.run(&words);
    assert_eq!(made.code, 0, "{}", made.err);
    let settings = std::fs::read_to_string(site.folder.join("segue.toml")).unwrap();
    assert!(!settings.contains(PASSWORD), "the environment is written down");
    let server = site.serve();
    let status = site.run("status");
    assert_eq!(status.code, 0, "{}", status.err);
    assert!(!status.out.contains(PASSWORD) && !server.log().contains(PASSWORD));
    drop(server);
    cluster.kill();
    check_told(&site.run("status"), "cannot be reached");
}

#[test]
fn settings_with_a_password_are_for_their_owner_only() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (site, at) = with_password(&cluster, folder.path());
    let mut init = site.command("init --id acme --name acme --database");
    let made = crate::kit::said(init.arg(format!("{at} password={PASSWORD}")));
    assert_eq!(made.code, 0, "{}", made.err);
    let path = site.folder.join("segue.toml");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    site.json("status");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    check_told(&site.run("status"), "chmod 600");
}

#[test]
fn a_database_of_another_installation_is_refused_and_one_in_use_is_not_changed_at_once() {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(cluster) = Cluster::start(files.path(), &[]) else {
        return;
    };
    let (site, _) = seller(&cluster, folder.path());
    let mut other = Site::unmade(folder.path(), "beta", free_address());
    other.settings = site.settings.clone();
    let words = format!("init --id beta --name beta --listen {}", other.address);
    let key = std::fs::read_to_string(site.folder.join("data/master.key")).unwrap();
    check_told(&other.run(&words), "another installation made it");
    other.settings.push(("SEGUE_MASTER_KEY", key.trim().to_owned()));
    check_told(&other.run(&words), "belongs to an installation already");
    let _server = site.serve();
    // What changes all of it at once is done while nobody works with it.
    std::fs::write(
        other.folder.join("segue.toml"),
        "listen = \"127.0.0.1:1\"\npublic_url = \"http://127.0.0.1:1\"\n",
    )
    .unwrap();
    let copy = other.run("db copy --to postgres://nobody@127.0.0.1:1/nowhere");
    check_told(&copy, "other processes use this database");
    // A newer format is there at once: its steps only add.
    assert_eq!(other.run("db migrate").code, 0);
}
