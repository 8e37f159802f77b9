//! Who was told what: counts of messages by alert.

use super::{MailServer, Slack};
use anyhow::Result;
use std::collections::BTreeMap;

/// How often each alert was told as `(firing, resolved)`, by its name.
pub(crate) type Told = BTreeMap<String, (usize, usize)>;

/// Of what Slack accepted.
pub(crate) fn on_slack(slack: &Slack, names: &[&str]) -> Told {
    count(&slack.accepted(), names)
}

/// Of the mails that arrived, by their subjects.
pub(crate) fn by_mail(mail: &MailServer, names: &[&str]) -> Result<Told> {
    let subjects: Vec<_> = mail.mails()?.into_iter().map(|mail| mail.subject).collect();
    Ok(count(&subjects, names))
}

/// A message is about the first name that stands in it, and firing when it says so.
fn count(messages: &[String], names: &[&str]) -> Told {
    let mut told = Told::new();
    for message in messages {
        let name = names.iter().filter_map(|name| Some((message.find(name)?, *name))).min();
        let entry = told.entry(name.map_or_else(|| message.clone(), |(_, name)| name.to_owned())).or_default();
        if message.contains("[FIRING") {
            entry.0 += 1;
        } else if message.contains("[RESOLVED") {
            entry.1 += 1;
        }
    }
    told
}

/// Each of these told so often.
pub(crate) fn each(names: &[&str], firing: usize, resolved: usize) -> Told {
    names.iter().map(|name| ((*name).to_owned(), (firing, resolved))).collect()
}
