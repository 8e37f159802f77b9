//! TLS of a mail server: `tls_config` as lettre takes it.
//!
//! Invariant: with a `ca` of the config, that alone is trusted.

use lettre::transport::smtp::client::{Certificate, CertificateStore, Identity, TlsParameters, TlsVersion as Version};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use settings::tls::{Material, Tls, TlsVersion};

/// What a connection to `host` is encrypted with.
///
/// # Errors
/// A phrase naming the certificate or key that is of no use.
pub(super) fn parameters(tls: &Tls, host: &str) -> Result<TlsParameters, String> {
    let name = if tls.server_name.is_empty() { host } else { &tls.server_name };
    let mut builder = TlsParameters::builder(name.to_owned());
    if let Some(ca) = &tls.ca {
        let (pem, place) = read(ca, "tls_config.ca")?;
        let certificates = certificates(&pem, &place)?;
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in certificates {
            let certificate = Certificate::from_der(certificate.to_vec());
            builder = builder.add_root_certificate(certificate.map_err(|error| format!("{place}: {error}"))?);
        }
    }
    if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
        let (pem, place) = read(cert, "tls_config.cert")?;
        let leaf = certificates(&pem, &place)?.into_iter().next().unwrap_or_else(|| CertificateDer::from(Vec::new()));
        let (key, place) = read(key, "tls_config.key")?;
        // For rustls, lettre takes the certificate itself here, not its PEM text.
        let identity = Identity::from_pem(&leaf, &key).map_err(|error| format!("{place}: {error}"))?;
        builder = builder.identify_with(identity);
    }
    if tls.min_version == Some(TlsVersion::Tls13) {
        builder = builder.set_min_tls_version(Version::Tlsv13);
    }
    if tls.insecure_skip_verify {
        builder = builder.dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true);
    }
    builder.build().map_err(|error| format!("tls_config: {error}"))
}

fn certificates(pem: &[u8], place: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("{place}: holds no certificate")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{place}: {error}")),
    }
}

/// The PEM text, and the name of where it is.
fn read(material: &Material, inline: &str) -> Result<(Vec<u8>, String), String> {
    match material {
        Material::Inline(pem) => Ok((pem.reveal().as_bytes().to_vec(), inline.to_owned())),
        Material::File(path) => match std::fs::read(path) {
            Ok(pem) => Ok((pem, path.display().to_string())),
            Err(error) => Err(format!("reading {}: {error}", path.display())),
        },
    }
}
