//! TLS of a client: whom it trusts and how it presents itself.
//!
//! Invariant: certificates are read when the client is made; a reload of the config reads them again.

use crate::tls::{Material, Tls, TlsVersion};
use reqwest::tls::Version;
use reqwest::{Certificate, ClientBuilder, Identity};

pub(super) fn configure(mut builder: ClientBuilder, tls: &Tls) -> Result<ClientBuilder, String> {
    // One provider per process; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !tls.server_name.is_empty() && !tls.insecure_skip_verify {
        return super::server_name::configure(builder, tls);
    }
    if let Some(ca) = &tls.ca {
        let (pem, place) = read(ca, "tls_config.ca")?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| format!("{place}: {error}"))?;
        if certificates.is_empty() {
            return Err(format!("{place}: holds no certificate"));
        }
        builder = builder.tls_certs_only(certificates);
    }
    if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
        let (mut pem, place) = read(cert, "tls_config.cert")?;
        pem.push(b'\n');
        pem.extend(read(key, "tls_config.key")?.0);
        builder = builder.identity(Identity::from_pem(&pem).map_err(|error| format!("{place}: {error}"))?);
    }
    if tls.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true).tls_danger_accept_invalid_hostnames(true);
    }
    let version = |version| match version {
        TlsVersion::Tls12 => Version::TLS_1_2,
        TlsVersion::Tls13 => Version::TLS_1_3,
    };
    if let Some(min) = tls.min_version {
        builder = builder.tls_version_min(version(min));
    }
    if let Some(max) = tls.max_version {
        builder = builder.tls_version_max(version(max));
    }
    Ok(builder)
}

/// A hash of every certificate and key, so that a reload notices a rotated file. What cannot be read counts as empty;
/// making the client tells of it.
pub fn material_hash(tls: &Tls) -> u64 {
    let texts = [&tls.ca, &tls.cert, &tls.key].map(|material| match material {
        Some(material) => read(material, "").map(|(pem, _)| pem).unwrap_or_default(),
        None => Vec::new(),
    });
    texts.iter().fold(0, |hash, pem| xxhash_rust::xxh3::xxh3_64_with_seed(pem, hash))
}

/// The PEM text, and the name of where it is.
pub(super) fn read(material: &Material, inline: &str) -> Result<(Vec<u8>, String), String> {
    match material {
        Material::Inline(pem) => Ok((pem.reveal().as_bytes().to_vec(), inline.to_owned())),
        Material::File(path) => match std::fs::read(path) {
            Ok(pem) => Ok((pem, path.display().to_string())),
            Err(error) => Err(format!("reading {}: {error}", path.display())),
        },
    }
}
