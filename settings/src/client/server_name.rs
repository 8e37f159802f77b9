//! `tls_config.server_name`: the server's certificate is checked for this name instead of the URL's host.
//!
//! Invariant: everything but the name is checked as always. The host that the handshake asks for (SNI) stays the
//! URL's, where Prometheus sends the configured name.

use super::tls::read;
use crate::tls::{Tls, TlsVersion};
use reqwest::ClientBuilder;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;

pub(super) fn configure(builder: ClientBuilder, tls: &Tls) -> Result<ClientBuilder, String> {
    let name = ServerName::try_from(tls.server_name.clone())
        .map_err(|_| format!("not a valid server name, got {}", tls.server_name))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = verifier(tls, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(tls))
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Renamed { inner, name }));
    let mut config = match (&tls.cert, &tls.key) {
        (Some(cert), Some(key)) => {
            let (pem, place) = read(cert, "tls_config.cert")?;
            let chain = certificates(&pem, &place)?;
            let (pem, place) = read(key, "tls_config.key")?;
            let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| format!("{place}: {error}"))?;
            config.with_client_auth_cert(chain, key).map_err(|error| format!("{place}: {error}"))?
        }
        _ => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(builder.http1_only().tls_backend_preconfigured(config))
}

fn versions(tls: &Tls) -> Vec<&'static rustls::SupportedProtocolVersion> {
    let min = tls.min_version.unwrap_or(TlsVersion::Tls12);
    let max = tls.max_version.unwrap_or(TlsVersion::Tls13);
    let all = [(TlsVersion::Tls13, &rustls::version::TLS13), (TlsVersion::Tls12, &rustls::version::TLS12)];
    all.into_iter().filter(|(version, _)| min <= *version && *version <= max).map(|(_, known)| known).collect()
}

fn verifier(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let Some(ca) = &tls.ca else {
        let platform = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
        return Ok(Arc::new(platform.map_err(|error| format!("reading the system's certificates: {error}"))?));
    };
    let (pem, place) = read(ca, "tls_config.ca")?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&pem, &place)? {
        roots.add(certificate).map_err(|error| format!("{place}: {error}"))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(verifier.map_err(|error| format!("{place}: {error}"))?)
}

fn certificates(pem: &[u8], place: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("{place}: holds no certificate")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{place}: {error}")),
    }
}

/// Checks for another name than the connection's.
#[derive(Debug)]
struct Renamed {
    inner: Arc<dyn ServerCertVerifier>,
    name: ServerName<'static>,
}

impl ServerCertVerifier for Renamed {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _connected: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
