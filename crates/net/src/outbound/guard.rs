//! Which targets may be called at all: the table of addresses, and what an address in a record
//! must look like. Pure; the connection is made by the parent module.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// A longer address is refused: no real one comes near it.
const URL_BYTES_MAX: usize = 2_048;

/// Why a target is refused. The texts may be shown to the partner who named it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an absolute address, too long, or with characters that parsers disagree on.
    #[error("it is no plain absolute address of at most 2048 characters")]
    Malformed,
    /// Something else than `https`.
    #[error("only https is allowed")]
    Scheme,
    /// `user:password@`
    #[error("it holds user information")]
    UserInfo,
    /// `#...`
    #[error("it holds a fragment")]
    Fragment,
    /// Not 443 and not listed.
    #[error("port {0} is not allowed")]
    Port(u16),
    /// Loopback, private, reserved or metadata, as far as the text shows it.
    #[error("the address is not public")]
    Address,
    /// The name resolves to such an address.
    #[error("the name leads to an address that is not public")]
    ResolvedAddress,
}

/// What the configuration allows beyond public `https` on port 443.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exceptions {
    /// Host as [`Url`] spells it, and port.
    pub open: Vec<(String, u16)>,
    /// Further ports for public targets.
    pub ports: Vec<u16>,
}

impl Exceptions {
    /// Reads `HOST:PORT` lines; gives the first that is none.
    pub fn read(open: &[String], ports: &[u16]) -> Result<Self, String> {
        let read = |line: &String| {
            let url = Url::parse(&format!("http://{line}/")).ok()?;
            let plain = url.path() == "/" && url.query().is_none() && url.username().is_empty();
            let port = line.rsplit_once(':')?.1.parse().ok()?;
            plain.then_some((url.host_str()?.to_owned(), port))
        };
        let open = open.iter().map(|line| read(line).ok_or_else(|| line.clone()));
        Ok(Self {
            open: open.collect::<Result<_, _>>()?,
            ports: ports.to_vec(),
        })
    }

    /// Whether the configuration lists this very target.
    pub fn opens(&self, url: &Url) -> bool {
        let (host, port) = (url.host_str(), url.port_or_known_default());
        self.open
            .iter()
            .any(|(open_host, open_port)| host == Some(open_host) && port == Some(*open_port))
    }

    /// Everything that can be said without resolving the name.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        if url.as_str().len() > URL_BYTES_MAX {
            return Err(Refused::Malformed);
        }
        let host = url.host().ok_or(Refused::Malformed)?;
        let port = url.port_or_known_default().ok_or(Refused::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(Refused::Fragment);
        }
        let open = self.opens(url);
        match url.scheme() {
            "https" => {}
            "http" if open => {}
            _ => return Err(Refused::Scheme),
        }
        if !open && port != 443 && !self.ports.contains(&port) {
            return Err(Refused::Port(port));
        }
        check_host(&host, open)
    }
}

fn check_host(host: &Host<&str>, open: bool) -> Result<(), Refused> {
    let allowed = match host {
        Host::Ipv4(ip) => may_connect(IpAddr::V4(*ip), open),
        Host::Ipv6(ip) => may_connect(IpAddr::V6(*ip), open),
        Host::Domain(name) => open || !is_local_name(name),
    };
    if allowed { Ok(()) } else { Err(Refused::Address) }
}

/// Names that never leave the machine; the resolver would find it out too, but at registration
/// nothing is resolved.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Parses the text of a partner. Characters that different parsers take differently are refused
/// before parsing: backslashes, blanks, controls and everything outside ASCII.
pub(crate) fn parse(text: &str) -> Result<Url, Refused> {
    let odd = |byte: u8| !byte.is_ascii_graphic() || byte == b'\\';
    if text.len() > URL_BYTES_MAX || text.bytes().any(odd) || !text.contains("://") {
        return Err(Refused::Malformed);
    }
    Url::parse(text).map_err(|_| Refused::Malformed)
}

/// Whether a connection to `ip` may be made. `open` lifts the table, but never the metadata
/// services of clouds: whoever reaches those holds the keys of the machine.
pub(crate) fn may_connect(ip: IpAddr, open: bool) -> bool {
    let ip = canonical(ip);
    if METADATA.contains(&ip) {
        return false;
    }
    open || match ip {
        IpAddr::V4(ip) => !FORBIDDEN_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => GLOBAL_V6.contains(&ip) && !FORBIDDEN_V6.iter().any(|net| net.contains(&ip)),
    }
}

/// `::ffff:a.b.c.d` is the IPv4 address it stands for.
fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

const METADATA: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    // Azure's, in public space.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

const fn v4(a: u8, b: u8, c: u8, len: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), len)
}

const fn v6(a: u16, b: u16, len: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), len)
}

/// IANA's special-purpose registry for IPv4, and multicast and reserved space.
const FORBIDDEN_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 8),
    v4(10, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(172, 16, 0, 12),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(192, 88, 99, 24),
    v4(192, 168, 0, 16),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v4(224, 0, 0, 4),
    v4(240, 0, 0, 4),
];

/// Only global unicast: whatever IANA has not given out is no target.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// Inside of it: protocol assignments with Teredo, documentation, 6to4.
const FORBIDDEN_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),
    v6(0x2001, 0xdb8, 32),
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn exceptions() -> Exceptions {
        let open = ["127.0.0.1:8080", "lab.example:8443", "[::1]:9000", "169.254.169.254:80"];
        Exceptions::read(&open.map(str::to_owned), &[8443]).unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: Result<(), Refused>) {
        let found = parse(text).and_then(|url| exceptions().check(&url));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn public_https_targets_pass() {
        for good in [
            "https://partner.example/mefApi/sonata",
            "https://partner.example:8443/x?y=z",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://PARTNER.example./",
        ] {
            check(good, Ok(()));
        }
    }

    #[test]
    fn every_spelling_of_a_private_ipv4_address_is_refused() {
        for bad in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://%31%32%37.0.0.1/",
            "https://0/",
            "https://0.0.0.0/",
            "https://10.1.2.3/",
            "https://100.64.0.1/",
            "https://169.254.1.1/",
            "https://172.31.255.255/",
            "https://192.0.0.8/",
            "https://192.0.2.1/",
            "https://192.88.99.1/",
            "https://192.168.1.1/",
            "https://198.19.0.1/",
            "https://198.51.100.7/",
            "https://203.0.113.9/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://168.63.129.16/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://localhost./",
            "https://LOCALHOST/",
            "https://x.localhost/",
        ] {
            check(bad, Err(Refused::Address));
        }
    }

    #[test]
    fn every_special_ipv6_address_is_refused() {
        for bad in [
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b:1::1]/",
            "https://[100::1]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
            "https://[2002:7f00:1::]/",
            "https://[3fff::1]/",
            "https://[5f00::1]/",
            "https://[fc00::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
        ] {
            check(bad, Err(Refused::Address));
        }
        check("https://[fe80::1%25eth0]/", Err(Refused::Malformed));
    }

    #[test]
    fn texts_that_parsers_disagree_on_are_refused() {
        for bad in [
            r"https:\\partner.example\x",
            r"https://partner.example\@127.0.0.1/",
            "https://partner.example/\tx",
            "https://partner.example/\r\nHost: x",
            " https://partner.example/",
            "https://１２７.0.0.1/",
            "https:partner.example",
            "partner.example",
            "//partner.example/",
            "https:///",
            "https://",
            "",
        ] {
            check(bad, Err(Refused::Malformed));
        }
        check(
            &format!("https://partner.example/{}", "x".repeat(2_048)),
            Err(Refused::Malformed),
        );
    }

    #[test]
    fn other_schemes_ports_users_and_fragments_are_refused() {
        check("http://partner.example/", Err(Refused::Scheme));
        check("file:///etc/passwd", Err(Refused::Malformed));
        check("ftp://partner.example/", Err(Refused::Scheme));
        check("gopher://partner.example:70/", Err(Refused::Scheme));
        check("https://good.example@127.0.0.1/", Err(Refused::UserInfo));
        check("https://user:pass@partner.example/", Err(Refused::UserInfo));
        check("https://partner.example/#x", Err(Refused::Fragment));
        for port in [22, 25, 80, 6379, 8080] {
            check(&format!("https://partner.example:{port}/"), Err(Refused::Port(port)));
        }
    }

    #[test]
    fn the_configuration_opens_one_host_and_port_and_nothing_beside() {
        check("http://127.0.0.1:8080/acme", Ok(()));
        check("https://127.0.0.1:8080/acme", Ok(()));
        check("http://[::1]:9000/", Ok(()));
        check("http://lab.example:8443/", Ok(()));
        check("http://127.0.0.1:8081/", Err(Refused::Scheme));
        check("https://127.0.0.1/", Err(Refused::Address));
        check("http://127.0.0.2:8080/", Err(Refused::Scheme));
    }

    #[test]
    fn metadata_services_stay_closed_whatever_the_configuration_says() {
        check("http://169.254.169.254/", Err(Refused::Address));
    }

    #[test]
    fn an_exception_that_is_no_host_and_port_is_named() {
        for bad in ["127.0.0.1", "host:port", "http://host:80", "host:80/x", "a b:80"] {
            assert_eq!(Exceptions::read(&[bad.to_owned()], &[]).err().as_deref(), Some(bad));
        }
    }
}
