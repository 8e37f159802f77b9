//! Who may ask: basic users with bcrypt hashes, and bearer tokens.
//!
//! Invariant: passwords and tokens are compared as keyed hashes in constant time, and nothing given by a client is
//! kept in the clear. A password costs its bcrypt once, on a thread of its own, so that guessing holds up nobody else.

use crate::config::Auth;
use crate::limits::{PASSWORDS_QUEUED_MAX, PASSWORDS_REMEMBERED_MAX};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use runtime::pool::Pool;
use settings::Secret;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A bcrypt hash of nothing in particular at cost 10: checked for unknown users, so that they take as long as known
/// ones and names cannot be probed.
const NOBODY_HASH: &str = "$2b$10$abcdefghijklmnopqrstuuJKDtPbpvMuiAwjmTVJ6Gh2TZtLLOCrG";

/// Why a request may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No credentials, or wrong ones.
    Unauthorized,
    /// Too many passwords wait to be checked.
    Busy,
}

/// Credentials as they are read from config and files, not yet in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    users: BTreeMap<String, Secret>,
    tokens: Vec<Secret>,
}

impl Credentials {
    /// Reads the token files that the config names.
    ///
    /// # Errors
    /// A phrase with the path: a file cannot be read, or holds no token.
    pub(crate) fn read(auth: &Auth) -> Result<Self, String> {
        let mut tokens = auth.bearer_tokens.clone();
        for path in &auth.bearer_token_files {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("web.auth.bearer_token_files: reading {}: {error}", path.display()))?;
            let token = text.trim();
            if token.is_empty() {
                return Err(format!("web.auth.bearer_token_files: {} holds no token", path.display()));
            }
            tokens.push(Secret::new(token));
        }
        Ok(Self { users: auth.basic_users.clone(), tokens })
    }
}

/// Checks credentials; shared by all connections, replaced on a reload.
pub(crate) struct Gatekeeper {
    key: hmac::Key,
    rules: RwLock<Arc<Rules>>,
    bcrypt: Pool,
}

/// What is in force.
struct Rules {
    users: BTreeMap<String, String>,
    tokens: Vec<hmac::Tag>,
    /// Keyed hashes of `user:password` that bcrypt has accepted.
    remembered: Mutex<HashSet<Vec<u8>>>,
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatekeeper").finish_non_exhaustive()
    }
}

impl Gatekeeper {
    /// A gatekeeper with a key of its own.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn new(credentials: Credentials) -> Result<Self, String> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &ring::rand::SystemRandom::new())
            .map_err(|_| "the system gives no random bytes".to_owned())?;
        let rules = RwLock::new(Arc::new(Rules::new(&key, credentials)));
        Ok(Self { key, rules, bcrypt: Pool::new(1, PASSWORDS_QUEUED_MAX) })
    }

    /// Puts other credentials in force; what was remembered is forgotten.
    pub(crate) fn replace(&self, credentials: Credentials) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Rules::new(&self.key, credentials));
    }

    /// Lets a request pass, or tells why not.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub(crate) async fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        if rules.users.is_empty() && rules.tokens.is_empty() {
            return Ok(());
        }
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, rest) = given.and_then(|given| given.split_once(' ')).ok_or(Refusal::Unauthorized)?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.admit_token(&rules, rest);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            let decoded = STANDARD.decode(rest).map_err(|_| Refusal::Unauthorized)?;
            let pair = String::from_utf8(decoded).map_err(|_| Refusal::Unauthorized)?;
            return self.admit_user(&rules, pair).await;
        }
        Err(Refusal::Unauthorized)
    }

    fn admit_token(&self, rules: &Rules, token: &str) -> Result<(), Refusal> {
        // All tokens are compared whatever the first ones said, so that the time tells nothing.
        let hits = rules.tokens.iter().filter(|tag| hmac::verify(&self.key, token.as_bytes(), tag.as_ref()).is_ok());
        if hits.count() > 0 { Ok(()) } else { Err(Refusal::Unauthorized) }
    }

    async fn admit_user(&self, rules: &Arc<Rules>, pair: String) -> Result<(), Refusal> {
        let (user, password) = pair.split_once(':').ok_or(Refusal::Unauthorized)?;
        let tag = hmac::sign(&self.key, pair.as_bytes()).as_ref().to_vec();
        if rules.remembered().contains(&tag) {
            return Ok(());
        }
        let known = rules.users.get(user).cloned();
        let password = password.to_owned();
        let check = move || {
            let hash = known.as_deref().unwrap_or(NOBODY_HASH);
            bcrypt::verify(&password, hash).unwrap_or(false) && known.is_some()
        };
        match self.bcrypt.run(check).await {
            Ok(true) => {
                rules.remember(tag);
                Ok(())
            }
            Ok(false) | Err(runtime::pool::PoolError::Panicked) => Err(Refusal::Unauthorized),
            Err(runtime::pool::PoolError::Busy) => Err(Refusal::Busy),
        }
    }
}

impl Rules {
    fn new(key: &hmac::Key, credentials: Credentials) -> Self {
        let sign = |token: &Secret| hmac::sign(key, token.reveal().as_bytes());
        Self {
            users: credentials.users.into_iter().map(|(user, hash)| (user, hash.reveal().to_owned())).collect(),
            tokens: credentials.tokens.iter().map(sign).collect(),
            remembered: Mutex::default(),
        }
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashSet<Vec<u8>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, tag: Vec<u8>) {
        let mut remembered = self.remembered();
        if remembered.len() >= PASSWORDS_REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn gatekeeper() -> Gatekeeper {
        let hash = bcrypt::hash("open sesame", 4).expect("hashes");
        let users = BTreeMap::from([("ali".to_owned(), Secret::new(&hash))]);
        Gatekeeper::new(Credentials { users, tokens: vec![Secret::new("t0ken")] }).expect("random bytes")
    }

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).expect("a header value"));
        headers
    }

    fn basic(pair: &str) -> HeaderMap {
        with(&format!("Basic {}", STANDARD.encode(pair)))
    }

    #[tokio::test]
    async fn only_the_right_credentials_pass() {
        let gatekeeper = gatekeeper();
        let check = async |headers: HeaderMap, expected: Result<(), Refusal>| {
            assert_eq!(gatekeeper.admit(&headers).await, expected, "{headers:?}");
        };
        let refused = Err(Refusal::Unauthorized);
        check(HeaderMap::new(), refused).await;
        check(basic("ali:open sesame"), Ok(())).await;
        check(basic("ali:open sesame"), Ok(())).await;
        check(basic("ali:open"), refused).await;
        check(basic("baba:open sesame"), refused).await;
        check(basic("no colon"), refused).await;
        check(with("Basic %%%"), refused).await;
        check(with("Bearer t0ken"), Ok(())).await;
        check(with("bearer  t0ken "), Ok(())).await;
        check(with("Bearer t0ken2"), refused).await;
        check(with("Bearer"), refused).await;
        check(with("Digest x"), refused).await;
    }

    #[tokio::test]
    async fn a_reload_forgets_what_was_accepted() {
        let gatekeeper = gatekeeper();
        assert_eq!(gatekeeper.admit(&basic("ali:open sesame")).await, Ok(()));
        gatekeeper.replace(Credentials { users: BTreeMap::new(), tokens: vec![Secret::new("other")] });
        assert_eq!(gatekeeper.admit(&basic("ali:open sesame")).await, Err(Refusal::Unauthorized));
        gatekeeper.replace(Credentials::default());
        assert_eq!(gatekeeper.admit(&HeaderMap::new()).await, Ok(()));
    }

    #[tokio::test]
    async fn an_accepted_password_costs_its_bcrypt_once() {
        let gatekeeper = gatekeeper();
        assert_eq!(gatekeeper.admit(&basic("ali:open sesame")).await, Ok(()));
        let rules = Arc::clone(&gatekeeper.rules.read().expect("not poisoned"));
        assert_eq!(rules.remembered().len(), 1);
        assert!(bcrypt::verify("x", NOBODY_HASH).is_ok(), "unknown users take a real bcrypt");
    }
}
