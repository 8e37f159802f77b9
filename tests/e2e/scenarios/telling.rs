//! Who is told when: inhibition, silences, repeats, restarts, receivers that fail.

use crate::daemon::Belfry;
use crate::poll::{await_until, holds_for};
use crate::program::Program;
use crate::prometheus::list;
use crate::scene::Scene;
use crate::world::told::{Told, each, on_slack};
use crate::world::town::{rules, shipped_rules, watch};
use crate::world::{Ailment, Cluster, Mariadb, Reply, SECRET, Slack, Town};
use anyhow::{Context, Result, ensure};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);
/// Several evaluations and group intervals.
const A_WHILE: Duration = Duration::from_secs(3);

/// One rule on the cluster's disk.
const FULL: &str = "  - alert: Full\n    expr: node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.2\n    labels: {severity: warning}\n    annotations: {summary: the disk is full}\n";

/// A webhook on Slack and nobody else.
fn slack_alone(slack: &Slack, route: &str, more: &str) -> String {
    format!(
        "alerting:\n  route: {{receiver: oncall, group_by: [alertname], group_wait: 250ms, group_interval: 500ms, {route}}}\n  receivers:\n    - name: oncall\n      slack_configs: [{{api_url: \"{}\", send_resolved: true, timeout: 1s}}]\n{more}",
        slack.url()
    )
}

fn await_told(slack: &Slack, what: &str, expected: &Told) -> Result<()> {
    let names: Vec<_> = expected.keys().map(String::as_str).collect();
    await_until(what, SOON, || {
        let told = on_slack(slack, &names);
        ensure!(told == *expected, "{told:?}, expected {expected:?}");
        Ok(())
    })
}

/// Waits until Belfry knows that so many messages arrived: one that is under way at a kill is sent again.
fn await_recorded(belfry: &Belfry, count: usize) -> Result<()> {
    await_until("what was told is recorded", SOON, || {
        let page = belfry.get("/api/belfry/v1/notifications")?.json()?;
        let notifications = list(page.get("notifications").context("no notifications")?)?;
        let sent = notifications.iter().filter(|one| one.get("outcome").is_some_and(|outcome| outcome == "sent"));
        ensure!(sent.count() == count, "{notifications:?}");
        Ok(())
    })
}

fn holds_told(slack: &Slack, what: &str, expected: &Told) -> Result<()> {
    let names: Vec<_> = expected.keys().map(String::as_str).collect();
    holds_for(what, A_WHILE, || {
        let told = on_slack(slack, &names);
        ensure!(told == *expected, "{told:?}, expected {expected:?}");
        Ok(())
    })
}

/// While the database is down nobody hears of the errors that follow from it; when it is back, what is left is told.
pub(crate) fn database_down_inhibits_its_errors(scene: &Scene) -> Result<()> {
    let mut mariadb = Mariadb::start(scene)?;
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[
        ("kubernetes", &cluster.target(), ""),
        ("mysql", &mariadb.target(), "namespace: blog-system, app: mysql"),
    ]);
    let inhibit = "  inhibit_rules: [{source_matchers: [alertname=\"MySQLDown\"], target_matchers: [alertname=\"HighErrorRate\"], equal: [namespace]}]\n";
    let alerting = slack_alone(&slack, "repeat_interval: 1h", inhibit);
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", shipped_rules(scene)?))?;
    mariadb.stop()?;
    await_told(&slack, "the database is told", &each(&["MySQLDown"], 1, 0))?;
    cluster.ail(&[Ailment::Errors]);
    await_until("the errors are inhibited", SOON, || {
        let held = belfry.held_alerts(r#"alertname="HighErrorRate""#)?;
        let by = held.first().and_then(|alert| alert.pointer("/status/inhibitedBy/0")).and_then(|by| by.as_str());
        ensure!(by.is_some_and(|by| by.len() == 16), "{held:?}");
        Ok(())
    })?;
    holds_told(&slack, "nobody hears of the errors", &each(&["MySQLDown"], 1, 0))?;
    mariadb.restart(scene)?;
    let mut expected = each(&["MySQLDown"], 1, 1);
    expected.insert("HighErrorRate".to_owned(), (1, 0));
    await_told(&slack, "the errors are told once the database is back", &expected)
}

fn amtool(belfry: &Belfry, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(Program::Amtool.find().context("no amtool")?);
    command.arg(format!("--alertmanager.url={}", belfry.url())).args(arguments).stdin(Stdio::null());
    let output = command.output().context("running amtool")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "amtool {arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    Ok(text(&output.stdout))
}

/// A silence by `amtool` holds, ours expires it, and what it held back is told then.
pub(crate) fn silences_hold_and_expire(scene: &Scene) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let alerting = slack_alone(&slack, "repeat_interval: 1h", "");
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, FULL)?))?;
    let added =
        amtool(&belfry, &["silence", "add", "alertname=Full", "--duration=1h", "--author=me", "--comment=known"])?;
    let id = added.trim().to_owned();
    ensure!(id.len() == 36, "no silence's id: {added:?}");
    cluster.ail(&[Ailment::FullDisk]);
    await_until("the alert is silenced", SOON, || {
        let held = belfry.held_alerts(r#"alertname="Full""#)?;
        let by = held.first().and_then(|alert| alert.pointer("/status/silencedBy/0")).and_then(|by| by.as_str());
        ensure!(by == Some(id.as_str()), "{held:?}");
        Ok(())
    })?;
    holds_told(&slack, "nobody is told", &Told::new())?;
    let listed = amtool(&belfry, &["silence", "query"])?;
    ensure!(listed.contains("known") && listed.contains("alertname"), "{listed}");
    let belfry = killed_and_started(scene, belfry)?;
    holds_told(&slack, "the silence outlives a kill", &Told::new())?;
    let expired = crate::daemon::run(scene, &["silence", "expire", &id, "--url", &belfry.url()])?;
    ensure!(expired.code == Some(0), "{expired:?}");
    await_told(&slack, "told once the silence is over", &each(&["Full"], 1, 0))?;
    cluster.ail(&[]);
    await_told(&slack, "and its end", &each(&["Full"], 1, 1))?;
    amtool(&belfry, &["silence", "add", "alertname=Full", "--duration=5s", "--author=me", "--comment=short"])?;
    cluster.ail(&[Ailment::FullDisk]);
    let silenced = slack.received().len();
    holds_for("a short silence holds", A_WHILE, || {
        ensure!(slack.received().len() == silenced, "told though it is silenced");
        Ok(())
    })?;
    await_told(&slack, "and expires by itself", &each(&["Full"], 2, 1))?;
    let listed = crate::daemon::run(scene, &["alerts", "--url", &belfry.url()])?;
    ensure!(listed.code == Some(0) && listed.stdout.contains("Full"), "{listed:?}");
    Ok(())
}

/// As long as it goes on it is told again after `repeat_interval`, and not before.
pub(crate) fn what_goes_on_is_repeated(scene: &Scene) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let alerting = slack_alone(&slack, "repeat_interval: 3s", "");
    let _belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, FULL)?))?;
    cluster.ail(&[Ailment::FullDisk]);
    let received = await_until("it is told three times", SOON, || {
        let received = slack.received();
        ensure!(received.len() >= 3, "{} messages", received.len());
        Ok(received)
    })?;
    for (first, second) in received.iter().zip(received.iter().skip(1)) {
        let between = second.at.duration_since(first.at);
        ensure!(between >= Duration::from_millis(2_900), "repeated after {between:?}");
    }
    Ok(())
}

fn killed_and_started(scene: &Scene, belfry: Belfry) -> Result<Belfry> {
    belfry.kill()?;
    started_again(scene)
}

/// With the config that the scene has.
fn started_again(scene: &Scene) -> Result<Belfry> {
    let path = scene.path("belfry.yml");
    let belfry = Belfry::spawn(scene, &["--config", &path.to_string_lossy(), "--listen", crate::daemon::FREE_PORT])?;
    belfry.await_ready()?;
    Ok(belfry)
}

/// Stopped, killed, and away while it ends: nobody is told twice, and nothing is forgotten.
pub(crate) fn restarts_tell_nobody_twice(scene: &Scene) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let alerting = slack_alone(&slack, "repeat_interval: 1h", "");
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, FULL)?))?;
    cluster.ail(&[Ailment::FullDisk]);
    let told = each(&["Full"], 1, 0);
    await_told(&slack, "it is told", &told)?;
    await_recorded(&belfry, 1)?;
    let belfry = killed_and_started(scene, belfry)?;
    holds_told(&slack, "a kill tells nobody again", &told)?;
    ensure!(belfry.rule_states()?.get("Full").is_some_and(|state| state == "firing"), "it does not fire any more");
    let stopped = belfry.stop()?;
    ensure!(stopped.code() == Some(0), "stopped with {stopped}");
    cluster.ail(&[]);
    let belfry = started_again(scene)?;
    let ended = each(&["Full"], 1, 1);
    await_told(&slack, "the end that came meanwhile is told", &ended)?;
    await_recorded(&belfry, 1)?;
    let _belfry = killed_and_started(scene, belfry)?;
    holds_told(&slack, "and told once", &ended)
}

/// What is pending goes on to be pending since the same time.
pub(crate) fn pending_timers_go_on(scene: &Scene) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let slow = FULL.replace("    labels:", "    for: 12s\n    labels:");
    let alerting = slack_alone(&slack, "repeat_interval: 1h", "");
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, &slow)?))?;
    cluster.ail(&[Ailment::FullDisk]);
    let since = await_until("it is pending", SOON, || active_at(&belfry, "pending"))?;
    // It is seen a moment before it is on the disk; a kill in between finds nothing that began.
    await_until("it is on the disk", SOON, || {
        let saved = scene.path("data").join("store/state/rules");
        ensure!(saved.exists(), "no {}", saved.display());
        Ok(())
    })?;
    let began = Instant::now();
    let mut belfry = belfry;
    while began.elapsed() < Duration::from_secs(6) {
        belfry = killed_and_started(scene, belfry)?;
        let goes_on = await_until("it is known again", SOON, || active_at(&belfry, "pending"))?;
        ensure!(goes_on == since, "pending since {goes_on}, before the kill since {since}");
    }
    await_told(&slack, "it is told", &each(&["Full"], 1, 0))?;
    let waited = began.elapsed();
    ensure!(waited < Duration::from_secs(18), "told only after {waited:?}");
    ensure!(active_at(&belfry, "firing")? == since, "the start moved");
    Ok(())
}

fn active_at(belfry: &Belfry, state: &str) -> Result<String> {
    let answer = belfry.get("/api/v1/alerts")?.json()?;
    let alert = answer.pointer("/data/alerts/0").context("no alert")?;
    ensure!(alert.get("state").and_then(|found| found.as_str()) == Some(state), "{alert}");
    Ok(alert.get("activeAt").and_then(|at| at.as_str()).context("no activeAt")?.to_owned())
}

/// Slack is overloaded, broken, and silent; in the end it is told once.
pub(crate) fn messages_get_through(scene: &Scene) -> Result<()> {
    let (cluster, slack) = (Cluster::start()?, Slack::start()?);
    slack.reply_next(&[Reply::Broken, Reply::TooMany(2), Reply::Silence]);
    let jobs = watch(&[("kubernetes", &cluster.target(), "")]);
    let alerting =
        slack_alone(&slack, "repeat_interval: 1h", "").replace("group_interval: 500ms", "group_interval: 20s");
    let belfry = Belfry::start(scene, &format!("{jobs}{}{alerting}", rules(scene, FULL)?))?;
    cluster.ail(&[Ailment::FullDisk]);
    let told = each(&["Full"], 1, 0);
    await_told(&slack, "it is told", &told)?;
    let received = slack.received();
    let replies: Vec<_> = received.iter().map(|received| received.reply).collect();
    ensure!(replies == [Reply::Broken, Reply::TooMany(2), Reply::Silence, Reply::Accepted], "{replies:?}");
    let waited = received.iter().zip(received.iter().skip(1)).map(|(first, second)| second.at.duration_since(first.at));
    let waited: Vec<_> = waited.collect();
    ensure!(waited.get(1).is_some_and(|after| *after >= Duration::from_secs(2)), "Retry-After of 2 s: {waited:?}");
    holds_told(&slack, "and told once", &told)?;
    ensure!(!belfry.log().contains(SECRET), "the webhook's secret stands in the log: {}", belfry.log());

    slack.reply_next(&[Reply::NoSuchHook]);
    cluster.ail(&[]);
    await_until("what cannot be delivered is counted and shown", SOON, || {
        let page = belfry.get("/api/belfry/v1/notifications")?.json()?;
        let receiver = page.pointer("/receivers/0/integrations/0").context("no integration")?;
        let error = receiver.get("last_error").and_then(|error| error.as_str()).unwrap_or_default();
        ensure!(receiver.get("failed").and_then(serde_json::Value::as_u64) >= Some(1), "{receiver}");
        ensure!(error.contains("404") && !error.contains(SECRET), "{receiver}");
        Ok(())
    })
}

/// The mail server is away for a while; what happened meanwhile is delivered when it is back.
pub(crate) fn mail_waits_for_its_server(scene: &Scene) -> Result<()> {
    let mut town = Town::start(scene)?;
    let alerting = format!(
        "alerting:\n  route: {{receiver: oncall, group_by: [alertname], group_wait: 250ms, group_interval: 1m, repeat_interval: 1h}}\n  receivers: [{{name: oncall, email_configs: [{}]}}]\n",
        town.email()
    );
    let _belfry = Belfry::start(scene, &format!("{}{}{alerting}", town.watched(scene), rules(scene, FULL)?))?;
    town.mail.stop()?;
    town.cluster.ail(&[Ailment::FullDisk]);
    holds_for("nothing can arrive", Duration::from_secs(20), || {
        ensure!(town.mail.mails()?.is_empty(), "arrived somehow");
        Ok(())
    })?;
    town.mail.restart(scene)?;
    let mails = await_until("it is delivered", Duration::from_secs(60), || {
        let mails = town.mail.mails()?;
        ensure!(!mails.is_empty(), "nothing arrived");
        Ok(mails)
    })?;
    ensure!(mails.len() == 1 && mails[0].subject.contains("Full"), "{mails:?}");
    Ok(())
}
