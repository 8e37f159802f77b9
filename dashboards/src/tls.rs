//! TLS from PEM files, replaced on a reload without touching open connections.

use crate::config::TlsFiles;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;

/// What new connections are met with.
#[derive(Default)]
pub(crate) struct Tls {
    acceptor: RwLock<Option<TlsAcceptor>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// A certificate that was read and fits its key, not yet in force.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    config: Arc<rustls::ServerConfig>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// A phrase with the path: a file cannot be read or holds no certificate or key, or they do not fit.
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, String> {
        let (cert_file, key_file) = (&files.cert_file, &files.key_file);
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(cert_file, "cert_file")?).collect();
        let chain = chain.map_err(|error| format!("web.tls.cert_file: {}: {error}", cert_file.display()))?;
        if chain.is_empty() {
            return Err(format!("web.tls.cert_file: {} holds no certificate", cert_file.display()));
        }
        let key = PrivateKeyDer::from_pem_slice(&read(key_file, "key_file")?)
            .map_err(|error| format!("web.tls.key_file: {}: {error}", key_file.display()))?;
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| format!("web.tls: {} with {}: {error}", cert_file.display(), key_file.display()))?;
        Ok(Self { config: Arc::new(config) })
    }
}

fn read(path: &Path, key: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("web.tls.{key}: reading {}: {error}", path.display()))
}

impl Tls {
    /// Meets new connections with this certificate, or without TLS.
    pub(crate) fn replace(&self, certificate: Option<Certificate>) {
        let acceptor = certificate.map(|certificate| TlsAcceptor::from(certificate.config));
        *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
    }

    /// What to meet a new connection with; `None` is plain HTTP.
    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
