//! One connection to a mail server: greeting, TLS, login, one mail, goodbye.
//!
//! Invariant: with `require_tls`, neither password nor mail is sent before the connection is encrypted; a server that
//! does not offer it is told of, not given in to.

use super::auth;
use super::mail::Mail;
use crate::config::receiver::Email as Config;
use crate::limits::{MAIL_GOODBYE, MAIL_TIMEOUT};
use crate::notify::Undelivered;
use crate::notify::http::shown;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;

/// Delivers a mail.
///
/// # Errors
/// Why the server has not taken it.
pub(super) async fn deliver(config: &Config, tls: &TlsParameters, mail: &Mail) -> Result<(), Undelivered> {
    let at = |stage: &'static str| move |error: Error| undelivered(config, stage, &error);
    let hello = ClientId::Domain(config.hello.clone());
    let implicit = config.force_implicit_tls.unwrap_or(config.smarthost.port == 465);
    let server = (config.smarthost.host.as_str(), config.smarthost.port);
    let wrapped = implicit.then(|| tls.clone());
    let connection = AsyncSmtpConnection::connect_tokio1(server, Some(MAIL_TIMEOUT), &hello, wrapped, None);
    let mut connection = connection.await.map_err(at("connecting"))?;
    if config.require_tls && !implicit {
        if !connection.can_starttls() {
            connection.abort().await;
            let what = format!(
                "{}: require_tls is true (the default), but the server does not offer STARTTLS",
                config.smarthost
            );
            return Err(Undelivered::never(what));
        }
        connection.starttls(tls.clone(), &hello).await.map_err(at("starting TLS"))?;
    }
    if let Err(error) = log_in(config, &hello, &mut connection).await {
        connection.abort().await;
        return Err(error);
    }
    connection.send(&mail.envelope, &mail.bytes).await.map_err(at("sending"))?;
    // The server has taken it; how it says goodbye changes nothing.
    let _ = tokio::time::timeout(MAIL_GOODBYE, connection.quit()).await;
    Ok(())
}

/// Logs in where there is a user and the server wants one; a server that offers no login is sent the mail without, as
/// by Alertmanager.
async fn log_in(config: &Config, hello: &ClientId, connection: &mut AsyncSmtpConnection) -> Result<(), Undelivered> {
    if config.auth_username.is_empty() {
        return Ok(());
    }
    let at = |error: Error| undelivered(config, "logging in", &error);
    // lettre keeps neither the order of the server's list nor CRAM-MD5, so that the list is asked for again.
    let greeting = connection.command(Ehlo::new(hello.clone())).await.map_err(at)?;
    let offered = greeting.message().find_map(|line| {
        let (keyword, mechanisms) = line.split_once([' ', '='])?;
        keyword.eq_ignore_ascii_case("AUTH").then_some(mechanisms)
    });
    let Some(offered) = offered else { return Ok(()) };
    let host = config.smarthost.host.as_str();
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "::1");
    let proof = auth::choose(config, offered, connection.is_encrypted() || is_local)?;
    auth::log_in(connection, config, &proof).await.map_err(at)
}

fn undelivered(config: &Config, stage: &str, error: &Error) -> Undelivered {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let cause = chain.last().map(ToString::to_string).unwrap_or_default();
    let what = match error.status() {
        Some(code) => format!("{}: {stage}: {code} {}", config.smarthost, shown(&cause)),
        None => format!("{}: {stage}: {}", config.smarthost, shown(&cause)),
    };
    // What the server has not said may pass; what we cannot say will not.
    if error.is_permanent() || error.is_client() { Undelivered::never(what) } else { Undelivered::soon(what) }
}
