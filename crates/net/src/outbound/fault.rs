//! Why a call has no answer, told apart by what can be done about it.

use std::path::PathBuf;

use super::Refused;

/// Kinds of network faults: all that a partner or a portal user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The name does not resolve.
    Dns,
    /// No connection.
    Refused,
    /// The handshake or the certificate failed.
    Tls,
    /// Too slow.
    Timeout,
    /// Anything else: the connection broke, the answer was no HTTP.
    Broken,
}

impl Class {
    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OutboundError {
    /// The guard forbids the target; trying again is useless until a record changes.
    #[error("{target} was not sent: {why}")]
    Refused {
        /// Method and address.
        target: String,
        /// What is wrong with it.
        why: Refused,
    },
    /// The network or the other side failed.
    #[error("{target} failed ({}): {detail}", class.as_str())]
    Failed {
        /// Method and address.
        target: String,
        /// What a partner may be told.
        class: Class,
        /// For our own log.
        detail: String,
    },
    /// More body than `Purpose` allows.
    #[error("{target} answered with more than {limit} bytes")]
    TooLarge {
        /// Method and address.
        target: String,
        /// Bytes.
        limit: usize,
    },
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// Not `HOST:PORT`.
    #[error("outbound.open holds {0}, which is not HOST:PORT")]
    Open(String),
    /// A file of root certificates.
    #[error("reading root certificates from {path} failed: {reason}")]
    Roots {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// From the TLS or HTTP library.
    #[error("making the HTTP client failed: {0}")]
    Client(String),
}

/// Marks a fault of the lookup in the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error("the name could not be resolved: {0}")]
pub(super) struct Unresolved(pub std::io::Error);

/// The error that a fault of the HTTP client stands for.
pub(super) fn failed(target: &str, fault: &reqwest::Error) -> OutboundError {
    let target = target.to_owned();
    if let Some(why) = cause::<Refused>(fault) {
        return OutboundError::Refused {
            target,
            why: why.clone(),
        };
    }
    let class = if cause::<Unresolved>(fault).is_some() {
        Class::Dns
    } else if fault.is_timeout() {
        Class::Timeout
    } else if is_tls(fault) {
        Class::Tls
    } else if fault.is_connect() {
        Class::Refused
    } else {
        Class::Broken
    };
    OutboundError::Failed {
        target,
        class,
        detail: chain(fault),
    }
}

type Cause = dyn std::error::Error + 'static;

fn causes(fault: &reqwest::Error) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(fault as &Cause), |cause| cause.source())
}

fn cause<T: std::error::Error + 'static>(fault: &reqwest::Error) -> Option<&T> {
    causes(fault).find_map(|cause| cause.downcast_ref::<T>())
}

fn is_tls(fault: &reqwest::Error) -> bool {
    causes(fault).any(holds_tls)
}

/// rustls hides its error inside one or two I/O errors, which do not show it as their source.
fn holds_tls(cause: &Cause) -> bool {
    let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    cause.is::<rustls::Error>() || inner.is_some_and(|inner| holds_tls(inner))
}

/// The causes in one line. reqwest's own text holds the address with its query: left out.
pub(super) fn chain(fault: &reqwest::Error) -> String {
    let texts: Vec<String> = causes(fault).skip(1).map(ToString::to_string).collect();
    if texts.is_empty() {
        "the answer is not HTTP as expected".into()
    } else {
        texts.join(": ")
    }
}
