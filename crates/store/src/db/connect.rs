//! Makes connections to a server of PostgreSQL, and looks whether it may be trusted with what is
//! acknowledged.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::Client;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DbError;
use crate::Server;

/// The lock of those who work with a database, held as long as their connection lives: shared by
/// nodes, alone by who changes the format or copies. The number means nothing; a pool between us
/// and the server that gives connections away after each transaction breaks it.
const ALONE: i64 = 0x5e90_e000;
/// How long the server may take to notice that a killed process is gone.
const GONE_MAX: Duration = Duration::from_secs(5);
const GONE_PAUSE: Duration = Duration::from_millis(100);

/// Settings without which an answer of the server means little: what is lost when it loses power.
const DURABLE: [(&str, &[&str]); 3] = [
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    ("synchronous_commit", &["on", "remote_write", "remote_apply"]),
];
/// The oldest server the statements are tested on, as it numbers itself.
const OLDEST: i32 = 150_000;
/// A process that stands still in the middle of a transaction keeps all others from writing: then
/// the server ends its connection.
const STILL_MAX: &str = "SET idle_in_transaction_session_timeout = '5s'";
/// The warning of a server whose standby did not confirm a commit: it may be lost with the server.
const UNCONFIRMED: &str = "synchronous replication";

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one connection of a node that writes.
    Write,
    /// The same, while there is no other node.
    WriteAlone,
    /// One of those that only read.
    Read,
    /// The one that says that a node lives, and hears what others store.
    Beat,
}

/// A new connection; `unconfirmed` is set when the server warns that a commit is not where it should be.
pub(super) fn connect(server: &Server, purpose: Purpose, unconfirmed: &Arc<AtomicBool>) -> Result<Client, DbError> {
    let mut config = server.config.clone();
    let warned = Arc::clone(unconfirmed);
    config.notice_callback(move |notice| {
        if notice.message().contains(UNCONFIRMED) {
            warned.store(true, Ordering::SeqCst);
        }
    });
    let mut client = if server.is_by_tls() {
        config.connect(MakeRustlsConnect::new(tls(&server.roots)?))?
    } else {
        config.connect(postgres::NoTls)?
    };
    match purpose {
        Purpose::Write | Purpose::WriteAlone => {
            demand(&mut client, server)?;
            client.batch_execute(STILL_MAX)?;
            lock(&mut client, purpose)?;
        }
        Purpose::Beat => client.batch_execute(&format!("{STILL_MAX}; LISTEN segue"))?,
        Purpose::Read => {}
    }
    Ok(client)
}

/// Refuses a server that is too old, or that lets be lost or read what it should not. Asked for each
/// connection that writes: after a failover it is another server.
fn demand(client: &mut Client, server: &Server) -> Result<(), DbError> {
    let version = show(client, "server_version_num")?;
    if version.parse().unwrap_or(0) < OLDEST {
        return Err(DbError::TooOld(show(client, "server_version")?));
    }
    let encoding = show(client, "server_encoding")?;
    if encoding != "UTF8" {
        return Err(DbError::Encoding(encoding));
    }
    let mut found = Vec::new();
    for (name, safe) in DURABLE {
        let value = show(client, name)?;
        if !safe.contains(&value.as_str()) {
            found.push(format!("{name} = {value}"));
        }
    }
    if server.is_open() {
        found.push("sslmode = disable, to another machine".to_owned());
    }
    match (found.is_empty(), server.may_be_unsafe) {
        (true, _) => Ok(()),
        (false, false) => Err(DbError::Unsafe(found.join(", "))),
        (false, true) => {
            tracing::warn!(
                settings = found.join(", "),
                "the database may lose or show what it is trusted with"
            );
            Ok(())
        }
    }
}

fn show(client: &mut Client, name: &str) -> Result<String, DbError> {
    Ok(client.query_one(&format!("SHOW {name}"), &[])?.try_get(0)?)
}

fn lock(client: &mut Client, purpose: Purpose) -> Result<(), DbError> {
    let try_it = match purpose {
        Purpose::WriteAlone => "SELECT pg_try_advisory_lock($1)",
        Purpose::Write | Purpose::Read | Purpose::Beat => "SELECT pg_try_advisory_lock_shared($1)",
    };
    let until = Instant::now() + GONE_MAX;
    loop {
        let got = client.query_one(try_it, &[&ALONE])?;
        if got.try_get(0)? {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(DbError::InUse);
        }
        std::thread::sleep(GONE_PAUSE);
    }
}

/// The server shows a certificate for the name it was called by, from those in `roots` or, without
/// any, from those that the machine trusts.
fn tls(roots: &[PathBuf]) -> Result<rustls::ClientConfig, DbError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let begun = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    if roots.is_empty() {
        return Ok(begun.with_platform_verifier()?.with_no_client_auth());
    }
    let mut trusted = RootCertStore::empty();
    for path in roots {
        let fault = |why: String| DbError::Root {
            path: path.clone(),
            why,
        };
        let found = CertificateDer::pem_file_iter(path).map_err(|error| fault(error.to_string()))?;
        for certificate in found {
            let certificate = certificate.map_err(|error| fault(error.to_string()))?;
            trusted.add(certificate).map_err(|error| fault(error.to_string()))?;
        }
    }
    Ok(begun.with_root_certificates(trusted).with_no_client_auth())
}
