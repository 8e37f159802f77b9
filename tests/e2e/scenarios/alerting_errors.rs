//! Rules, templates, matchers and receivers that cannot be right: refused at start, by `check` and at a reload, with
//! their place.

use crate::daemon::{Belfry, run};
use crate::poll::await_until;
use crate::scene::Scene;
use crate::world::Slack;
use anyhow::{Result, ensure};
use std::time::Duration;

const GOOD_RULES: &str = "groups:\n- name: a\n  interval: 250ms\n  rules:\n  - alert: Always\n    expr: vector(1)\n";
const GOOD: &str = "rule_files: [rules.yml]\nalerting:\n  route: {receiver: a}\n  receivers: [{name: a}]\n";

/// What is bad, the config, the rules, the place that is named, and words of the message.
const BAD: &[(&str, &str, &str, &str, &[&str])] = &[
    ("expression", GOOD, "groups:\n- name: a\n  rules:\n  - alert: X\n    expr: sum(\n", "rules.yml:5:", &["expr"]),
    ("unknown key", GOOD, "groups:\n- name: a\n  rulez: []\n", "rules.yml:3:", &["rulez"]),
    (
        "duration",
        GOOD,
        "groups:\n- name: a\n  rules:\n  - {alert: X, expr: up, for: soon}\n",
        "rules.yml:4:",
        &["for", "soon"],
    ),
    (
        "template",
        GOOD,
        "groups:\n- name: a\n  rules:\n  - alert: X\n    expr: up\n    annotations:\n      summary: '{{ $labels.pod '\n",
        "rules.yml:7:",
        &["summary"],
    ),
    (
        "matcher",
        "alerting:\n  route: {receiver: a, routes: [{matchers: ['severity=~(']}]}\n  receivers: [{name: a}]\n",
        GOOD_RULES,
        "belfry.yml:2:",
        &["matchers"],
    ),
    (
        "receiver",
        "alerting:\n  route: {receiver: nobody}\n  receivers: [{name: a}]\n",
        GOOD_RULES,
        "belfry.yml:2:",
        &["nobody"],
    ),
    (
        "template of a receiver",
        "alerting:\n  route: {receiver: a}\n  receivers:\n    - name: a\n      slack_configs:\n        - {api_url: 'http://localhost:1/', title: '{{ .Alerts | nonsense }}'}\n",
        GOOD_RULES,
        "belfry.yml:6:",
        &["title"],
    ),
];

pub(crate) fn bad_alerting_is_refused_with_its_place(scene: &Scene) -> Result<()> {
    scene.write("rules.yml", GOOD_RULES)?;
    let running = Belfry::start(scene, GOOD)?;
    for (name, config, rules, place, words) in BAD {
        scene.write("belfry.yml", config)?;
        scene.write("rules.yml", rules)?;
        let check = run(scene, &["check", "belfry.yml"])?;
        let serve = run(scene, &["serve", "--config", "belfry.yml", "--data-dir", "other", "--listen", "127.0.0.1:0"])?;
        let reload = running.post("/-/reload", &[])?;
        ensure!(check.code == Some(2) && serve.code == Some(2), "{name}: {check:?} {serve:?}");
        ensure!(reload.status == 400, "{name}: reload {} {}", reload.status, reload.text());
        for told in [check.stderr.clone() + &check.stdout, serve.stderr.clone(), reload.text()] {
            for word in [place].into_iter().chain(*words) {
                ensure!(told.contains(word), "{name}: no `{word}` in {told}");
            }
        }
    }
    let states = running.rule_states()?;
    ensure!(states.get("Always").is_some_and(|state| state == "firing"), "the old rules are gone: {states:?}");
    Ok(())
}

/// A template that fails only when it is rendered costs the text, not the alert.
pub(crate) fn failing_templates_still_tell(scene: &Scene) -> Result<()> {
    let slack = Slack::start()?;
    let rules = "groups:\n- name: a\n  interval: 250ms\n  rules:\n  - alert: Always\n    expr: vector(1)\n    annotations: {summary: '{{ query \"nothing\" | first | value }}'}\n";
    scene.write("rules.yml", rules)?;
    let config = format!(
        "rule_files: [rules.yml]\nalerting:\n  route: {{receiver: a, group_wait: 250ms}}\n  receivers:\n    - name: a\n      slack_configs: [{{api_url: \"{}\", title: '{{{{ index .Alerts 7 }}}}'}}]\n",
        slack.url()
    );
    let _belfry = Belfry::start(scene, &config)?;
    await_until("the alert is told with what went wrong", Duration::from_secs(20), || {
        let read = slack.accepted();
        let told =
            |text: &String| text.contains("Always") && text.contains("error") && text.contains("index out of range");
        ensure!(read.iter().any(told), "{read:?}");
        Ok(())
    })
}
