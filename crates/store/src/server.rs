//! Where a server of PostgreSQL is. Whoever prints it sees everything but the password.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::StoreError;

/// A server that does not answer a connection in this time counts as away.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A connection on which nothing comes back for so long is dead, whatever hangs in between.
const SILENCE_MAX: Duration = Duration::from_secs(10);
const SILENCE_LOOK: Duration = Duration::from_secs(3);

/// The address of a database of PostgreSQL, and what is demanded of its server.
#[derive(Clone)]
pub struct Server {
    pub(crate) config: Config,
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) may_be_unsafe: bool,
}

impl Server {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT/NAME`, or the form `host=HOST user=USER dbname=NAME`.
    ///
    /// # Errors
    /// It is neither. What is told of it does not repeat it: a password may stand anywhere in it.
    pub fn parse(address: &str) -> Result<Self, StoreError> {
        let mut config: Config = address.parse().map_err(|error: postgres::Error| not_one(&error))?;
        let hosts = config.get_hosts();
        if hosts.is_empty() {
            return Err(StoreError::NoAddress("it names no host".to_owned()));
        }
        let split = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        if hosts.iter().any(split) {
            let why = "an @ inside of the password is written %40";
            return Err(StoreError::NoAddress(why.to_owned()));
        }
        config
            .application_name("segue")
            // What decides must not be read from a copy that lags behind.
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(SILENCE_LOOK)
            .keepalives_interval(SILENCE_LOOK)
            .tcp_user_timeout(SILENCE_MAX);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        // Elsewhere somebody may listen on the way; on this machine nobody does.
        if config.get_ssl_mode() == SslMode::Prefer && !is_here(&config) {
            config.ssl_mode(SslMode::Require);
        }
        Ok(Self {
            config,
            roots: Vec::new(),
            may_be_unsafe: false,
        })
    }

    /// Files with the only certificates that may vouch for the server; without any, those that the
    /// machine trusts.
    #[must_use]
    pub fn with_roots(mut self, roots: Vec<PathBuf>) -> Self {
        self.roots = roots;
        self
    }

    /// Takes a server that may lose what it has acknowledged, or that is reached in the clear.
    #[must_use]
    pub fn that_may_be_unsafe(mut self) -> Self {
        self.may_be_unsafe = true;
        self
    }

    /// Whether a password stands in the address.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Whether all that is said can be read on the way.
    pub(crate) fn is_open(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Disable && !is_here(&self.config)
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_by_tls(&self) -> bool {
        matches!(self.config.get_ssl_mode(), SslMode::Require)
    }
}

/// Whether the server is on this machine.
fn is_here(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
    })
}

fn not_one(error: &postgres::Error) -> StoreError {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    // An unknown option is repeated by its name, and that may be the end of a password.
    let why = match cause.filter(|cause| cause.starts_with("invalid value")) {
        Some(cause) => cause,
        None => "it has parts that are not known".to_owned(),
    };
    StoreError::NoAddress(why)
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (number, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            let port = ports.get(number).or(ports.first()).unwrap_or(&5432);
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                Host::Unix(folder) => write!(f, "{comma}{}:{port}", folder.display())?,
            }
        }
        match self.config.get_dbname() {
            Some(name) => write!(f, "/{name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_shown(address: &str, expected: &str) {
        let server = Server::parse(address).unwrap();
        assert_eq!(server.to_string(), expected);
        assert!(!format!("{server:?} {server}").contains("secret"));
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        check_shown(
            "postgres://segue:secret@db.example/one",
            "postgres://segue@db.example:5432/one",
        );
        check_shown(
            "host=/run/pg,b.example port=5433 user=segue password=secret",
            "postgres://segue@/run/pg:5433,b.example:5433",
        );
    }

    #[track_caller]
    fn check_refused(address: &str, expected: &str) {
        let said = Server::parse(address).unwrap_err().to_string();
        assert!(said.contains(expected) && !said.contains("secret"), "{said}");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        check_refused("postgres://segue:se@secret@db.example/one", "%40");
        check_refused("host=db.example password=a secret=b", "not known");
        check_refused("secret", "not known");
        check_refused("postgres://u:secret@db.example:port/one", "port");
        check_refused("postgres://u:secret@db.example/one?sslmode=maybe", "sslmode");
        check_refused("user=segue password=secret", "host");
    }

    #[test]
    fn the_way_to_another_machine_is_by_tls_unless_it_is_told_not_to_be() {
        assert!(Server::parse("postgres://segue@db.example/one").unwrap().is_by_tls());
        assert!(!Server::parse("postgres://segue@localhost/one").unwrap().is_by_tls());
        let open = Server::parse("postgres://segue@db.example/one?sslmode=disable").unwrap();
        assert!(open.is_open() && !open.is_by_tls());
    }
}
