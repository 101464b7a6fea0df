//! A look at a target, step by step: its name, its port, its certificate. Nothing is sent to it
//! but what opens a TLS session, and the guard's table holds here too.
//!
//! The certificate is only read: whether it is trusted is said by the client that does the calls.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use x509_parser::extensions::GeneralName;

use super::{CONNECT_MAX, Outbound, Refused, may_connect};

/// What a look at a target shows, as far as it came.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// Where its name leads.
    pub addresses: Vec<IpAddr>,
    /// The address that took the connection.
    pub connected: Option<SocketAddr>,
    /// Its TLS session; none for plain HTTP.
    pub tls: Option<TlsSeen>,
    /// Why it came no further.
    pub fault: Option<ProbeFault>,
}

/// A TLS session and the certificate in it, trusted or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSeen {
    /// `TLSv1.3`
    pub version: String,
    /// Names and addresses the certificate is for.
    pub names: Vec<String>,
    /// Its end; none where it cannot be read.
    pub until: Option<Timestamp>,
}

/// Where a look ended.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProbeFault {
    /// The guard forbids it.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The name leads nowhere.
    #[error("the name does not resolve: {0}")]
    Name(String),
    /// No address takes a connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// No TLS session.
    #[error("no TLS: {0}")]
    Tls(String),
}

impl Outbound {
    /// Looks at the host of `url`.
    pub async fn probe(&self, url: &Url) -> Probed {
        let mut probed = Probed::default();
        probed.fault = self.look(url, &mut probed).await.err();
        probed
    }

    async fn look(&self, url: &Url, probed: &mut Probed) -> Result<(), ProbeFault> {
        self.check_target(url)?;
        let (host, port) = (
            url.host().ok_or(Refused::Malformed)?,
            url.port_or_known_default().ok_or(Refused::Malformed)?,
        );
        probed.addresses = self.addresses(&host).await?;
        let open = self.exceptions.opens(url);
        if !probed.addresses.iter().all(|ip| may_connect(*ip, open)) {
            return Err(Refused::ResolvedAddress.into());
        }
        let (stream, address) = connect(&probed.addresses, port).await?;
        probed.connected = Some(address);
        if url.scheme() == "https" {
            probed.tls = Some(session(stream, &host).await?);
        }
        Ok(())
    }

    async fn addresses(&self, host: &Host<&str>) -> Result<Vec<IpAddr>, ProbeFault> {
        let name = match host {
            Host::Ipv4(ip) => return Ok(vec![IpAddr::V4(*ip)]),
            Host::Ipv6(ip) => return Ok(vec![IpAddr::V6(*ip)]),
            Host::Domain(name) => (*name).to_owned(),
        };
        let found = tokio::time::timeout(CONNECT_MAX, self.lookup.lookup(name)).await;
        let late = || ProbeFault::Name(format!("no answer after {} s", CONNECT_MAX.as_secs()));
        let mut found = found
            .map_err(|_| late())?
            .map_err(|error| ProbeFault::Name(error.to_string()))?;
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Err(ProbeFault::Name("it has no address".into()));
        }
        Ok(found)
    }
}

/// One address after the other; the last refusal is told.
async fn connect(addresses: &[IpAddr], port: u16) -> Result<(TcpStream, SocketAddr), ProbeFault> {
    let mut why = String::new();
    for ip in addresses {
        let address = SocketAddr::new(*ip, port);
        match tokio::time::timeout(CONNECT_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(error)) => why = format!("{address}: {error}"),
            Err(_) => why = format!("{address}: no answer after {} s", CONNECT_MAX.as_secs()),
        }
    }
    Err(ProbeFault::Connect(why))
}

async fn session(stream: TcpStream, host: &Host<&str>) -> Result<TlsSeen, ProbeFault> {
    let fault = |why: String| ProbeFault::Tls(why);
    let name = match host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()).map_err(|error| fault(error.to_string()))?,
        Host::Ipv4(ip) => ServerName::from(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => ServerName::from(IpAddr::V6(*ip)),
    };
    let config = ClientConfig::builder_with_provider(crate::provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| fault(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Reader(crate::provider())))
        .with_no_client_auth();
    let opening = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let opened = tokio::time::timeout(CONNECT_MAX, opening).await;
    let session = opened
        .map_err(|_| fault(format!("no answer after {} s", CONNECT_MAX.as_secs())))?
        .map_err(|error| fault(error.to_string()))?;
    let (_, session) = session.get_ref();
    let version = session.protocol_version().and_then(|version| version.as_str());
    let (names, until) = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map_or((Vec::new(), None), |certificate| read(certificate));
    Ok(TlsSeen {
        version: version.unwrap_or("unknown").replace('_', "."),
        names,
        until,
    })
}

/// Names and end of a certificate.
fn read(certificate: &[u8]) -> (Vec<String>, Option<Timestamp>) {
    let Ok((_, certificate)) = x509_parser::parse_x509_certificate(certificate) else {
        return (Vec::new(), None);
    };
    let until = Timestamp::from_second(certificate.validity().not_after.timestamp()).ok();
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| names.value.general_names.as_slice());
    (names.iter().filter_map(name_text).collect(), until)
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let any = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            any.ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

/// Takes any certificate, since it is looked at only; the session itself has to be signed with it.
#[derive(Debug)]
struct Reader(Arc<CryptoProvider>);

impl ServerCertVerifier for Reader {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
