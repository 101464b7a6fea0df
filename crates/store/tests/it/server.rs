//! What a server of PostgreSQL may do to the store: be unsafe, foreign, a stranger, away and back.

use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, Issuer, KeyPair};
use segue_store::{Options, Server, Store, StoreError};
use tempfile::TempDir;

use crate::cluster::{Cluster, batch, give, says};
use crate::fixture::{index, quote, with};

/// A server, with a folder for the store's own files.
struct Place {
    cluster: Cluster,
    folder: TempDir,
    _files: TempDir,
}

impl Place {
    fn new(settings: &[&str]) -> Option<Self> {
        let files = tempfile::tempdir().unwrap();
        let cluster = Cluster::start(files.path(), settings)?;
        let folder = tempfile::tempdir().unwrap();
        batch(&format!("{} dbname=postgres", cluster.address()), "CREATE DATABASE one");
        Some(Self {
            cluster,
            folder,
            _files: files,
        })
    }

    fn address(&self) -> String {
        format!("{} dbname=one", self.cluster.address())
    }

    fn open(&self, address: &str) -> Result<Store, StoreError> {
        self.open_as("state", Server::parse(address).unwrap())
    }

    fn open_as(&self, name: &str, server: Server) -> Result<Store, StoreError> {
        let options = Options::new(index).with_readers(1).with_server(server);
        Store::open(&self.folder.path().join(name), options)
    }

    #[track_caller]
    fn check_refused(&self, address: &str, expected: &[&str]) {
        let Err(error) = self.open(address) else {
            panic!("{address} was taken")
        };
        let said = format!("{error}; {}", error.advice().unwrap_or_default());
        for fragment in expected {
            assert!(said.contains(fragment), "no {fragment:?} in {said}");
        }
    }
}

#[track_caller]
fn check_unsafe(setting: &str) {
    let Some(place) = Place::new(&[&setting.replace(' ', "")]) else {
        return;
    };
    place.check_refused(&place.address(), &[setting, "unsafe_database"]);
    let told = Server::parse(&place.address()).unwrap().that_may_be_unsafe();
    place.open_as("state", told).unwrap();
}

#[test]
fn a_server_that_may_lose_what_it_acknowledged_is_refused_unless_told() {
    check_unsafe("fsync = off");
    check_unsafe("full_page_writes = off");
    check_unsafe("synchronous_commit = off");
}

#[tokio::test]
async fn what_cannot_be_ours_is_refused_with_what_to_do() {
    let Some(place) = Place::new(&[]) else { return };
    let of = |database: &str| format!("{} dbname={database}", place.cluster.address());
    let make = |how: &str| batch(&of("postgres"), &format!("CREATE DATABASE {how}"));
    place.check_refused(&of("nowhere"), &["nowhere", "CREATE DATABASE"]);
    make("foreign_one");
    batch(&of("foreign_one"), "CREATE TABLE format(a INT)");
    place.check_refused(&of("foreign_one"), &["something else"]);
    make("latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    place.check_refused(&of("latin"), &["LATIN1", "UTF8"]);
    batch(&of("postgres"), "CREATE ROLE guest LOGIN");
    make("locked OWNER segue");
    let guest = of("locked").replace("user=segue", "user=guest");
    place.check_refused(&guest, &["permission denied", "OWNER TO"]);

    let store = place.open(&place.address()).unwrap();
    store.close().await;
    batch(
        &place.address(),
        "UPDATE format SET number = 999; UPDATE least SET format = 999",
    );
    place.check_refused(&place.address(), &["format 999", "newer"]);
}

#[tokio::test]
async fn a_server_that_goes_away_is_told_as_such_and_used_again_when_it_is_back() {
    let Some(mut place) = Place::new(&[]) else { return };
    let store = place.open(&place.address()).unwrap();
    store.put_setting("a", "before").await.unwrap();
    for round in 0..3 {
        place.cluster.kill();
        let read = store.setting("a").await.unwrap_err();
        assert!(read.is_passing(), "{read}");
        let write = store.put_setting("a", "lost").await.unwrap_err();
        assert!(write.is_passing(), "{write}");
        place.cluster.restart();
        // The first look after it is back may still be told what was found before.
        let told = until_it_is_back(&store).await;
        assert_eq!(told.as_deref(), Some(if round == 0 { "before" } else { "after" }));
        store.put_setting("a", "after").await.unwrap();
        assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("after"));
    }
}

async fn until_it_is_back(store: &Store) -> Option<String> {
    for _ in 0..200 {
        if let Ok(told) = store.setting("a").await
            && store.put_setting("b", "").await.is_ok()
        {
            return told;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it is not used again");
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_not_noticed_by_who_reads_or_writes() {
    let Some(place) = Place::new(&[]) else { return };
    let store = place.open(&place.address()).unwrap();
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'segue'";
    for round in ["1", "2", "3"] {
        // Writer and reader, and the beat where that is made anew already.
        let ended = says(&place.address(), others);
        assert!(["2", "3"].contains(&ended.1.as_str()), "{ended:?}");
        store.put_setting("a", round).await.unwrap();
        assert_eq!(store.setting("a").await.unwrap().as_deref(), Some(round));
        let listed = store.stats(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(listed.documents, 0);
    }
}

#[tokio::test]
async fn a_connection_that_ends_inside_of_a_transaction_costs_that_one_and_no_other() {
    let Some(place) = Place::new(&[]) else { return };
    let address = place.address();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name = 'segue' AND state = 'idle in transaction'";
    // The index is asked for in the middle of a commit.
    let harm = move |document: &segue_model::document::Document| {
        if document.id == "cut" {
            assert_eq!(says(&address, cut), (true, "1".to_owned()));
        }
        index(document)
    };
    let server = Server::parse(&place.address()).unwrap();
    let options = Options::new(harm).with_readers(1).with_server(server);
    let store = Store::open(&place.folder.path().join("state"), options).unwrap();
    let commit = |id: &str| segue_model::commit::Commit {
        documents: vec![quote(id)],
        ..Default::default()
    };
    store.commit(commit("cut")).await.unwrap_err();
    store.commit(commit("q1")).await.unwrap();
    let side = segue_model::document::Side::Seller;
    let found = store.document(&with("beta"), side, "quote", "cut").await.unwrap();
    assert_eq!(found, None);
}

/// Files of an authority and of a server that it vouches for.
fn certificates(folder: &Path) -> (PathBuf, [String; 3]) {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let own = own.signed_by(&key, &issuer).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        give(&path, 0o600);
        path
    };
    let root = write("root.pem", authority.pem());
    let settings = [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", write("server.pem", own.pem()).display()),
        format!("ssl_key_file={}", write("server.key", key.serialize_pem()).display()),
    ];
    (root, settings)
}

#[tokio::test]
async fn by_tls_a_server_is_taken_only_with_a_certificate_that_is_trusted_and_has_its_name() {
    let files = tempfile::tempdir().unwrap();
    give(files.path(), 0o755);
    let (root, settings) = certificates(files.path());
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let port = format!("port={port}");
    let mut settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    settings.extend(["listen_addresses=127.0.0.1", &port]);
    let Some(place) = Place::new(&settings) else { return };
    let by = |host: &str| format!("host={host} {port} user=segue dbname=one sslmode=require");
    place.check_refused(&by("localhost"), &["certificate", "database_roots"]);
    let trusting = |address: &str| Server::parse(address).unwrap().with_roots(vec![root.clone()]);
    let named = place.open_as("state", trusting(&by("127.0.0.1"))).err().unwrap();
    assert!(named.to_string().contains("not valid for name"), "{named}");
    let missing = Server::parse(&by("localhost"))
        .unwrap()
        .with_roots(vec!["/nowhere.pem".into()]);
    let missing = place.open_as("state", missing).err().unwrap();
    assert!(missing.to_string().contains("/nowhere.pem"), "{missing}");

    let store = place.open_as("state", trusting(&by("localhost"))).unwrap();
    let document = quote("q1");
    let commit = segue_model::commit::Commit {
        documents: vec![document.clone()],
        ..Default::default()
    };
    store.commit(commit).await.unwrap();
    let side = segue_model::document::Side::Seller;
    let found = store.document(&with("beta"), side, "quote", "q1").await.unwrap();
    assert_eq!(found, Some(document));
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE application_name = 'segue' AND ssl";
    let (_, told) = says(&place.address(), encrypted);
    assert_eq!(told, "3");
}
