//! The one crypto provider of the process.
//!
//! Invariant: TLS of clients and server uses ring; nothing of another provider is linked.

/// Chooses ring. Every entry that may use TLS calls it; a second call changes nothing.
pub(crate) fn install() {
    // It fails only where a provider is installed already, and that one is ring too.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
