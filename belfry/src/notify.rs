//! `belfry notify`: a test message through each integration of a receiver, so that a wrong address is found by day.
//!
//! Invariant: one attempt each, marked as a test; it needs no running daemon and changes nothing.
#![expect(clippy::print_stdout, reason = "the answer of `belfry notify`")]

use crate::cli::{NotifyFlags, ServeFlags};
use crate::clock::SystemClock;
use crate::config;
use crate::crypto;
use crate::exit::Exit;
use alerter::config::alerting::{Alerting, is_alertmanager_file};
use alerter::config::receiver::Receiver;
use alerter::links::Links;
use alerter::notify::template::Templates;
use alerter::notify::{Context, Notification, Notifier};
use alerter::posted::PostedAlert;
use anyhow::{Context as _, anyhow};
use model::finding::Finding;
use model::labels::Labels;
use model::time::Millis;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What links begin with when the config does not say under which address users see Belfry.
const DEFAULT_URL: &str = "http://127.0.0.1:9090";

/// How long the test alert has lasted.
const LASTED: Duration = Duration::from_secs(5 * 60);

/// Sends the messages and prints what became of each; fails when one did not arrive.
pub(crate) fn run(flags: &NotifyFlags) -> Result<(), Exit> {
    crypto::install();
    let (alerting, address) = read(&flags.config).map_err(Exit::Config)?;
    let templates = Templates::read(&alerting.template_files).map_err(Exit::Config)?;
    let context = Context { links: Links::new(&address), clock: Arc::new(SystemClock), templates: Arc::new(templates) };
    let chosen = chosen(alerting.receivers, flags)?;
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting a thread")?;
    let mut failed = 0;
    for receiver in &chosen {
        failed += threads.block_on(tell(receiver, &context, flags))?;
    }
    if failed == 0 { Ok(()) } else { Err(anyhow!("{failed} of the messages did not arrive").into()) }
}

/// Reads a config, or an alertmanager.yml, as the daemon does: who can be told, and what links begin with.
fn read(file: &Path) -> Result<(Alerting, String), Vec<Finding>> {
    if config::read(file).is_ok_and(|text| is_alertmanager_file(&text)) {
        return Ok((config::alertmanager_file(file)?, DEFAULT_URL.to_owned()));
    }
    let config = config::load(&ServeFlags { config: Some(file.to_owned()), ..ServeFlags::default() })?;
    let address = config.web.external_url;
    Ok((config.alerting, if address.is_empty() { DEFAULT_URL.to_owned() } else { address }))
}

fn chosen(receivers: Vec<Receiver>, flags: &NotifyFlags) -> Result<Vec<Receiver>, Exit> {
    let Some(name) = &flags.receiver else { return Ok(receivers) };
    let names: Vec<String> = receivers.iter().map(|receiver| receiver.name.clone()).collect();
    let chosen: Vec<Receiver> = receivers.into_iter().filter(|receiver| receiver.name == *name).collect();
    if chosen.is_empty() {
        let what = format!("no receiver of that name, got {name}; there are: {}", names.join(", "));
        return Err(Exit::config("--receiver", what));
    }
    Ok(chosen)
}

/// Tells a receiver through everything that it has. The number of messages that did not arrive.
async fn tell(receiver: &Receiver, context: &Context, flags: &NotifyFlags) -> Result<usize, Exit> {
    let place = || format!("receivers[name={}]", receiver.name);
    let notifiers = receiver.notifiers(context).map_err(|what| Exit::config(&place(), what))?;
    let heartbeats = receiver.heartbeats().map_err(|what| Exit::config(&place(), what))?;
    if notifiers.is_empty() && heartbeats.is_empty() {
        println!("{}: nobody is told: no integrations", receiver.name);
    }
    let notification = test_notification(receiver, flags, context.clock.now());
    let mut failed = 0;
    for (name, notifier) in named(&notifiers) {
        let sent = notifier.send(&notification).await.map_err(|error| error.what);
        failed += print(&receiver.name, &name, sent);
    }
    for (index, heartbeat) in heartbeats.iter().enumerate() {
        let sent = heartbeat.beat(&*context.clock).await.map_err(|error| error.what);
        failed += print(&receiver.name, &format!("heartbeat[{index}]"), sent);
    }
    Ok(failed)
}

fn print(receiver: &str, integration: &str, sent: Result<(), String>) -> usize {
    match sent {
        Ok(()) => println!("{receiver}: {integration}: ok"),
        Err(error) => {
            println!("{receiver}: {integration}: {error}");
            return 1;
        }
    }
    0
}

/// Integrations by their names (`slack[0]`).
fn named(notifiers: &[Arc<dyn Notifier>]) -> Vec<(String, &dyn Notifier)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let name = |notifier: &Arc<dyn Notifier>| {
        let count = counts.entry(notifier.kind()).or_default();
        let name = format!("{}[{count}]", notifier.kind());
        *count += 1;
        name
    };
    let names: Vec<String> = notifiers.iter().map(name).collect();
    names.into_iter().zip(notifiers.iter().map(|notifier| &**notifier)).collect()
}

fn test_notification(receiver: &Receiver, flags: &NotifyFlags, now: Millis) -> Notification {
    let mut labels = Labels::from_pairs([("alertname", "BelfryTest"), ("severity", "info")]).to_builder();
    for (name, value) in &flags.labels {
        labels.set(name.as_str(), value.as_str());
    }
    let alert = PostedAlert {
        labels: labels.build(),
        annotations: Labels::from_pairs([
            ("summary", "Test message of Belfry: nothing is wrong"),
            ("description", "Somebody ran `belfry notify` to see whether messages arrive here."),
        ]),
        starts_at: now.minus(LASTED),
        ends_at: if flags.resolved { now } else { now.plus(LASTED) },
        generator_url: String::new(),
        value: String::new(),
    };
    Notification {
        receiver: receiver.name.clone(),
        group_key: "{}:{alertname=\"BelfryTest\"}".to_owned(),
        group_labels: Labels::from_pairs([("alertname", alert.labels.get("alertname").unwrap_or("BelfryTest"))]),
        alerts: vec![alert],
        now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(labels: &[(&str, &str)], resolved: bool) -> NotifyFlags {
        NotifyFlags {
            config: "a.yml".into(),
            receiver: None,
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            resolved,
        }
    }

    #[test]
    fn a_test_message_says_that_it_is_one() {
        let now = Millis(1_795_860_723_000);
        let receiver = Receiver { name: "ops".to_owned(), ..Receiver::default() };
        let firing = test_notification(&receiver, &flags(&[("severity", "critical")], false), now);
        assert!(firing.is_firing());
        assert_eq!(firing.alerts[0].labels.to_string(), r#"{alertname="BelfryTest", severity="critical"}"#);
        assert!(firing.alerts[0].annotations.to_string().contains("Test message of Belfry"));
        assert!(!test_notification(&receiver, &flags(&[], true), now).is_firing());
    }

    #[test]
    fn receivers_stand_inline_or_in_a_file_or_alone() {
        let check = |files: &[(&str, &str)], expected: Result<(&[&str], &str), &[&str]>| {
            let folder = tempfile::tempdir().expect("a folder");
            for (name, text) in files {
                std::fs::write(folder.path().join(name), text).expect("a file");
            }
            let found = read(&folder.path().join(files[0].0)).map(|(alerting, address)| {
                (alerting.receivers.into_iter().map(|receiver| receiver.name).collect::<Vec<_>>(), address)
            });
            let shown = |finding: &Finding| finding.to_string().replace(&format!("{}/", folder.path().display()), "");
            let found = found.map_err(|findings| findings.iter().map(shown).collect::<Vec<_>>());
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            assert_eq!(found, expected.map(|(names, url)| (owned(names), url.to_owned())).map_err(owned), "{files:?}");
        };
        let alone = "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]";
        check(&[("am.yml", alone)], Ok((&["a", "b"], DEFAULT_URL)));
        let inline = "web: {external_url: 'http://b'}\nalerting: {route: {receiver: a}, receivers: [{name: a}]}";
        check(&[("belfry.yml", inline)], Ok((&["a"], "http://b")));
        check(&[("belfry.yml", "alerting: {config_file: am.yml}"), ("am.yml", alone)], Ok((&["a", "b"], DEFAULT_URL)));
        check(
            &[("am.yml", "receivers: [{name: a}]")],
            Err(&["am.yml: route: no routes provided, though there are receivers"]),
        );
        let wrong = "alerting:\n  route: {receiver: a}\n  receivers:\n  - name: a\n    webhook_configs: [{}]";
        let found =
            "belfry.yml:5:23: alerting.receivers[0].webhook_configs[0]: one of url or url_file must be configured";
        check(&[("belfry.yml", wrong)], Err(&[found]));
    }

    #[test]
    fn a_receiver_that_does_not_exist_is_a_finding() {
        let receiver = Receiver { name: "ops".to_owned(), ..Receiver::default() };
        let flags = NotifyFlags { receiver: Some("opps".to_owned()), ..flags(&[], false) };
        let Err(Exit::Config(findings)) = chosen(vec![receiver], &flags) else { panic!("found") };
        assert_eq!(findings[0].to_string(), "--receiver: no receiver of that name, got opps; there are: ops");
    }
}
