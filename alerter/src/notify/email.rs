//! Mail: a text and an HTML part to one server over SMTP.
//!
//! Invariant: what requires TLS never leaves unencrypted, the password least of all. A reply of 4xx and a connection
//! that breaks may be tried again, a reply of 5xx may not.

mod auth;
mod mail;
mod session;
mod tls;

use super::message;
use super::template::Data;
use super::{Attempt, Context, Notification, Notifier, Undelivered};
use crate::config::receiver::Email as Config;
use crate::limits::MAIL_TIMEOUT;
use lettre::transport::smtp::client::TlsParameters;
use mail::Layout;
use std::fmt;
use std::sync::Arc;

/// One integration.
pub(crate) struct Email {
    config: Config,
    layout: Arc<Layout>,
    tls: TlsParameters,
    context: Context,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Email {
    /// Reads the certificates and compiles the templates.
    ///
    /// # Errors
    /// A phrase naming what is of no use.
    pub(crate) fn new(config: &Config, context: &Context) -> Result<Self, String> {
        Ok(Self {
            config: config.clone(),
            layout: Arc::new(Layout::new(config, &context.templates)?),
            tls: tls::parameters(&config.tls_config, &config.smarthost.host)?,
            context: context.clone(),
        })
    }

    async fn send_once(&self, notification: &Notification) -> Result<(), Undelivered> {
        let data = Data::new(notification, &self.context.links);
        let (layout, group_key) = (Arc::clone(&self.layout), notification.group_key.clone());
        let mail = message::render(move || layout.mail(&data, &group_key)).await?.map_err(Undelivered::never)?;
        let sending = session::deliver(&self.config, &self.tls, &mail);
        match tokio::time::timeout(MAIL_TIMEOUT, sending).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(Undelivered::soon(format!("{}: no answer in time", self.config.smarthost))),
        }
    }
}

impl Notifier for Email {
    fn kind(&self) -> &'static str {
        "email"
    }

    fn sends_resolved(&self) -> bool {
        self.config.send_resolved
    }

    fn send<'a>(&'a self, notification: &'a Notification) -> Attempt<'a> {
        Box::pin(self.send_once(notification))
    }
}

#[cfg(test)]
mod tests;
