//! The seed's world: the eight rules watch it, and the person on call reads why.

use crate::daemon::Belfry;
use crate::poll::{await_until, holds_for};
use crate::scene::Scene;
use crate::world::told::{by_mail, each, on_slack};
use crate::world::town::shipped_rules;
use crate::world::{Ailment, SECRET, Town};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// A rule over the log lines of the web server's pod.
const LOG_RULES: &str = r#"groups:
- name: web
  interval: 250ms
  rules:
  - alert: Missing
    expr: sum by (namespace, pod) (count_over_time({namespace="blog-system", pod="web-0"} |~ "\" 404 " [4s])) > 2
    annotations: {summary: "{{ $labels.pod }} misses pages, {{ $value }} times"}
"#;

const SOON: Duration = Duration::from_secs(40);

/// The eight.
const RULES: &[&str] = &[
    "PodDown",
    "MySQLDown",
    "HighCPUUsage",
    "HighMemoryUsage",
    "HighDiskUsage",
    "PodCrashLooping",
    "HighErrorRate",
    "HighResponseTime",
];

/// The eight, and ours.
const NAMES: &[&str] = &[
    "PodDown",
    "MySQLDown",
    "HighCPUUsage",
    "HighMemoryUsage",
    "HighDiskUsage",
    "PodCrashLooping",
    "HighErrorRate",
    "HighResponseTime",
    "Missing",
];

/// Everything that one page can show at once; the database is stopped for real.
const AILMENTS: &[Ailment] = &[
    Ailment::Evicted,
    Ailment::CrashLoop,
    Ailment::Busy,
    Ailment::Bloated,
    Ailment::FullDisk,
    Ailment::Errors,
    Ailment::Slow,
];

/// Healthy: nobody is told. Broken: each rule is told once on Slack and once by mail, with links that open. Well again:
/// each end is told once.
pub(crate) fn third_light(scene: &Scene) -> Result<()> {
    let mut town = Town::start(scene)?;
    let belfry = Belfry::start(scene, &config(scene, &town)?)?;
    await_until("all rules are evaluated", SOON, || {
        let states = belfry.rule_states()?;
        ensure!(RULES.iter().all(|rule| states.contains_key(*rule)), "{states:?}");
        let up = belfry.instant("up == 1")?;
        ensure!(up.len() >= 5, "up: {up:?}");
        Ok(())
    })?;
    holds_for("nothing is wrong", Duration::from_secs(4), || {
        let states = belfry.rule_states()?;
        ensure!(states.values().all(|state| state == "inactive"), "{states:?}");
        Ok(())
    })?;
    ensure!(town.slack.received().is_empty(), "told of nothing: {:?}", town.slack.received());

    town.cluster.ail(AILMENTS);
    town.mariadb.stop()?;
    await_until("all eight fire", SOON, || {
        let states = belfry.rule_states()?;
        ensure!(RULES.iter().all(|rule| states.get(*rule).is_some_and(|state| state == "firing")), "{states:?}");
        Ok(())
    })?;
    let fired = each(RULES, 1, 0);
    await_until("each is told once", SOON, || {
        let (slack, mail) = (on_slack(&town.slack, RULES), by_mail(&town.mail, RULES)?);
        ensure!(slack == fired && mail == fired, "Slack {slack:?}\nmail {mail:?}");
        Ok(())
    })?;
    holds_for("nobody is told twice", Duration::from_secs(3), || {
        let (slack, mail) = (on_slack(&town.slack, RULES), by_mail(&town.mail, RULES)?);
        ensure!(slack == fired && mail == fired, "Slack {slack:?}\nmail {mail:?}");
        Ok(())
    })?;
    messages_are_readable(&belfry, &town)?;

    for _ in 0..5 {
        ensure!(town.nginx.visit("/missing")? == 404, "the page is there");
    }
    await_until("a rule over log lines is told", SOON, || {
        let told = on_slack(&town.slack, &["Missing"]);
        ensure!(told.get("Missing") == Some(&(1, 1)), "{told:?}");
        Ok(())
    })?;

    town.cluster.ail(&[]);
    town.mariadb.restart(scene)?;
    let ended = each(RULES, 1, 1);
    await_until("each end is told once", SOON, || {
        let (mut slack, mut mail) = (on_slack(&town.slack, NAMES), by_mail(&town.mail, NAMES)?);
        slack.remove("Missing");
        mail.remove("Missing");
        ensure!(slack == ended && mail == ended, "Slack {slack:?}\nmail {mail:?}");
        Ok(())
    })?;
    ensure!(!belfry.log().contains(SECRET), "the webhook's secret stands in the log");
    let stopped = belfry.stop()?;
    ensure!(stopped.code() == Some(0), "stopped with {stopped}");
    Ok(())
}

/// The summary, the labels, and links that open on our own port.
fn messages_are_readable(belfry: &Belfry, town: &Town) -> Result<()> {
    let mails = town.mail.mails()?;
    let down = mails.iter().find(|mail| mail.subject.contains("PodDown")).context("no mail of PodDown")?;
    ensure!(down.from == "belfry@example.org" && down.to == ["oncall@example.org"], "{down:?}");
    for part in [&down.text, &down.html] {
        for word in ["Pod blog-system/was-0 is not running or not ready", "was-0", "blog-system", "critical"] {
            ensure!(part.contains(word), "`{word}` is missing: {part}");
        }
    }
    let of_slack = town.slack.accepted().into_iter().find(|text| text.contains("PodDown")).context("not on Slack")?;
    ensure!(of_slack.contains("Pod blog-system/was-0 is not running or not ready"), "{of_slack}");
    for page in ["/graph?", "/logs?", "/alerts?silence="] {
        for text in [&down.text, &of_slack] {
            let link = links(text, &format!("http://localhost:{}", belfry.address().port()))
                .into_iter()
                .find(|path| path.starts_with(page));
            let link = link.with_context(|| format!("no link to {page} in {text}"))?;
            let answer = belfry.get(&link)?;
            ensure!(answer.status == 200, "{link}: status {}", answer.status);
        }
    }
    Ok(())
}

/// The paths of links that begin with the URL.
fn links(text: &str, url: &str) -> Vec<String> {
    let rest = text.split(url).skip(1);
    rest.map(|rest| rest.split([' ', '\n', '\r', '|', '>', '"', ')', '<']).next().unwrap_or_default().to_owned())
        .collect()
}

fn config(scene: &Scene, town: &Town) -> Result<String> {
    scene.write("log_rules.yml", LOG_RULES)?;
    Ok(format!(
        "{}{}log_rule_files: [log_rules.yml]\nalerting:\n  route: {{receiver: oncall, group_by: [\"...\"], group_wait: 250ms, group_interval: 500ms, repeat_interval: 1h}}\n  receivers:\n    - name: oncall\n      slack_configs: [{{api_url: \"{}\", send_resolved: true}}]\n      email_configs: [{}]\n",
        town.watched(scene),
        shipped_rules(scene)?,
        town.slack.url(),
        town.email()
    ))
}
