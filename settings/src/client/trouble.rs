//! Why a request could not be sent or its answer not be read: by layer, in Prometheus's words where it has some.

use std::error::Error as StdError;
use std::io;

/// The layer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The host's name has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// The connection broke or could not be made.
    Connection,
    /// TLS could not be agreed upon.
    Tls,
}

/// What failed, with the address it failed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The layer.
    pub layer: Layer,
    /// What happened; holds no more of the URL than host and port, since paths may be secret.
    pub text: String,
}

impl Trouble {
    /// What a request to the URL met.
    pub fn of_request(url: &reqwest::Url, error: &reqwest::Error) -> Self {
        let host = url.host_str().unwrap_or("");
        let address = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
        let (layer, text) = cause(error, host, &address);
        Self { layer, text }
    }
}

/// Finds the layer that failed: the deepest error that we know, else the whole chain.
fn cause(error: &reqwest::Error, host: &str, address: &str) -> (Layer, String) {
    let chain = || std::iter::successors(Some(error as &(dyn StdError + 'static)), |error| cause_of(*error));
    if let Some(tls) = chain().find_map(|error| error.downcast_ref::<rustls::Error>()) {
        return (Layer::Tls, tls_text(tls));
    }
    if chain().any(|error| error.to_string().starts_with("dns error")) {
        return (Layer::Dns, format!("dial tcp: lookup {host}: no such host"));
    }
    match chain().filter_map(|error| error.downcast_ref::<io::Error>()).last() {
        Some(io) if io.kind() == io::ErrorKind::ConnectionRefused => {
            (Layer::Refused, format!("dial tcp {address}: connect: connection refused"))
        }
        Some(io) => (Layer::Connection, format!("dial tcp {address}: {io}")),
        None => {
            let deepest = chain().last().map(ToString::to_string).unwrap_or_default();
            (Layer::Connection, deepest)
        }
    }
}

/// The next error below. An `io::Error` shows what it wraps (such as a TLS error) through `get_ref`, and its `source`
/// is what that one wraps.
fn cause_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn tls_text(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => format!("tls: failed to verify certificate: {why}"),
        other => format!("tls: {other}"),
    }
}
