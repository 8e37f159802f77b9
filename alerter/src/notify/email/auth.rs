//! `AUTH`: which mechanism, and what is said in it.
//!
//! Invariant: the first mechanism of the server's list that there is a secret for, as in Alertmanager; PLAIN never
//! gives a password to another machine over a connection that is not encrypted.

use crate::config::receiver::Email as Config;
use crate::notify::Undelivered;
use crate::notify::http::secret;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;
use md5::{Digest, Md5};
use settings::http::SecretSource;

/// How a client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// `AUTH CRAM-MD5` with a secret.
    CramMd5(String),
    /// `AUTH PLAIN` with a password.
    Plain(String),
    /// `AUTH LOGIN` with a password.
    Login(String),
}

/// The proof that the server's list allows.
///
/// # Errors
/// None of the list can be used.
pub(super) fn choose(config: &Config, offered: &str, is_safe: bool) -> Result<Proof, Undelivered> {
    let mut reasons = Vec::new();
    for mechanism in offered.split_whitespace() {
        match mechanism.to_ascii_uppercase().as_str() {
            "CRAM-MD5" => match read(config.auth_secret.as_ref())? {
                Some(secret) => return Ok(Proof::CramMd5(secret)),
                None => reasons.push("CRAM-MD5 needs auth_secret".to_owned()),
            },
            "PLAIN" => match read(config.auth_password.as_ref())? {
                Some(_) if !is_safe => {
                    return Err(Undelivered::never(format!(
                        "{}: not sending the password over a connection that is not encrypted",
                        config.smarthost
                    )));
                }
                Some(password) => return Ok(Proof::Plain(password)),
                None => reasons.push("PLAIN needs auth_password".to_owned()),
            },
            "LOGIN" => match read(config.auth_password.as_ref())? {
                Some(password) => return Ok(Proof::Login(password)),
                None => reasons.push("LOGIN needs auth_password".to_owned()),
            },
            other => reasons.push(format!("{other} is not known")),
        }
    }
    let what = format!("{}: none of the server's ways to log in can be used: {}", config.smarthost, reasons.join(", "));
    Err(Undelivered::never(what))
}

fn read(source: Option<&SecretSource>) -> Result<Option<String>, Undelivered> {
    let read = source.map(secret).transpose()?;
    Ok(read.filter(|secret| !secret.is_empty()))
}

/// Logs in.
///
/// # Errors
/// What the server or the connection says.
pub(super) async fn log_in(
    connection: &mut AsyncSmtpConnection,
    config: &Config,
    proof: &Proof,
) -> Result<(), lettre::transport::smtp::Error> {
    let user = &config.auth_username;
    match proof {
        Proof::Plain(password) => {
            let proof = encoded(&format!("{}\0{user}\0{password}", config.auth_identity));
            connection.command(format!("AUTH PLAIN {proof}\r\n")).await?;
        }
        Proof::Login(password) => {
            connection.command("AUTH LOGIN\r\n").await?;
            connection.command(format!("{}\r\n", encoded(user))).await?;
            connection.command(format!("{}\r\n", encoded(password))).await?;
        }
        Proof::CramMd5(secret) => {
            let challenge = connection.command("AUTH CRAM-MD5\r\n").await?;
            let digest = keyed_digest(secret.as_bytes(), &decoded(&challenge));
            connection.command(format!("{}\r\n", encoded(&format!("{user} {digest}")))).await?;
        }
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

fn decoded(challenge: &Response) -> Vec<u8> {
    let line: String = challenge.message().collect();
    BASE64_STANDARD.decode(line.trim()).unwrap_or_default()
}

/// HMAC-MD5 (RFC 2104), in hexadecimal digits.
fn keyed_digest(key: &[u8], text: &[u8]) -> String {
    const BLOCK: usize = 64;
    let mut padded = if key.len() > BLOCK { Md5::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(BLOCK, 0);
    let mixed = |with: u8| padded.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Md5::new().chain_update(mixed(0x36)).chain_update(text).finalize();
    let outer = Md5::new().chain_update(mixed(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        // RFC 2195, section 2.
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(keyed_digest(b"tanstaaftanstaaf", challenge), "b913a602c7eda7a495b4e6e7334d3890");
        // RFC 2202, test case 6: a key longer than a block.
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(keyed_digest(&[0xaa; 80], text), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }
}
