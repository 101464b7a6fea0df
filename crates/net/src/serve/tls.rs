//! The server side of TLS: certificate and key from PEM files, reloadable while serving.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file.
    #[error("reading the certificate chain {path} failed: {reason}")]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The key file.
    #[error("reading the private key {path} failed: {reason}")]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The two do not fit together.
    #[error("certificate {path} cannot be served: {reason}")]
    Pair {
        /// Which certificate.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// TLS 1.3 and 1.2 with a certificate that can be replaced under load.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
}

impl Tls {
    /// Reads the PEM files.
    pub fn load(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let config = read(certificate, key)?;
        Ok(Arc::new(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            config: ArcSwap::from_pointee(config),
        }))
    }

    /// Reads the files again. New connections see the new certificate; when the files cannot be
    /// used the old one stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.certificate, &self.key)?;
        self.config.store(Arc::new(config));
        Ok(())
    }

    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> std::io::Result<TlsStream<S>> {
        TlsAcceptor::from(self.config.load_full()).accept(stream).await
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let chain_fault = |reason: String| TlsError::Certificate {
        path: certificate.to_owned(),
        reason,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|reason| chain_fault(reason.to_string()))?;
    if chain.is_empty() {
        return Err(chain_fault("it holds no certificate".into()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|reason| TlsError::Key {
        path: key.to_owned(),
        reason: reason.to_string(),
    })?;
    let pair_fault = |reason: rustls::Error| TlsError::Pair {
        path: certificate.to_owned(),
        reason: reason.to_string(),
    };
    // The provider offers the three suites of TLS 1.3 and exactly the six of TLS 1.2 that have
    // forward secrecy and authenticated encryption.
    let mut config = ServerConfig::builder_with_provider(crate::provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(pair_fault)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(pair_fault)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
