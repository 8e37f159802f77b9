//! The scripts in `tests/cases/alerting`: series are loaded, rules evaluated through a span of time, and then is told
//! what must have happened. The commands are described in the folder's README.
//!
//! Invariant: a line that is not understood fails the script.

#[expect(dead_code, reason = "the notation of series is that of the promqltest scripts, histograms included")]
#[path = "../../../../query/tests/promqltest/sequence.rs"]
mod sequence;

use super::world::{World, files, repository};
use crate::config::rules::{Language, RuleFiles};
use crate::rules::{Condition, RuleView};
use std::collections::BTreeMap;

/// What was seen of all rules at one time, in seconds.
struct Seen {
    at: i64,
    rules: BTreeMap<String, RuleView>,
}

/// One script while it runs.
struct Script {
    folder: String,
    files: Vec<RuleFiles>,
    world: Option<World>,
    seen: Vec<Seen>,
}

fn seconds(text: &str) -> Result<i64, String> {
    let duration = model::duration::parse(text).map_err(|error| error.to_string())?;
    i64::try_from(duration.as_secs()).map_err(|error| error.to_string())
}

impl Script {
    fn rules(&mut self, file: &str, language: Language) -> Result<(), String> {
        let path = repository().join(file);
        let path = if path.exists() { path } else { repository().join(&self.folder).join(file) };
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut read = files(&text, language);
        for group in &mut read.groups {
            std::sync::Arc::make_mut(group).file = file.to_owned();
        }
        self.files.push(read);
        Ok(())
    }

    fn world(&mut self) -> &World {
        self.world.get_or_insert_with(|| World::with(&self.files))
    }

    fn load(&mut self, gap: &str, lines: &[&str]) -> Result<(), String> {
        let gap = seconds(gap)?;
        for line in lines {
            let described = sequence::described(line)?;
            for (value, at) in described.values.iter().zip((0..).map(|step| step * gap)) {
                if let sequence::Value::Float(value) = value {
                    let world = self.world();
                    world.clock.set(super::world::at(at));
                    world.append_to(&described.labels, super::world::at(at), *value);
                }
            }
        }
        Ok(())
    }

    /// `{app="web"} from 1m to 5m every 15s "line"`
    fn log(&mut self, line: &str) -> Result<(), String> {
        let (selector, rest) = line.split_once(" from ").ok_or("no `from`")?;
        let matchers = language::logql::parse_selector(selector.trim()).map_err(|error| error.to_string())?;
        let labels: Vec<(&str, &str)> = matchers.iter().map(|m| (m.name(), m.value())).collect();
        let words: Vec<&str> = rest.splitn(6, ' ').collect();
        let [from, "to", to, "every", every, text] = words[..] else { return Err(format!("{rest:?}")) };
        let (mut at, to, every) = (seconds(from)?, seconds(to)?, seconds(every)?);
        while at <= to {
            let world = self.world();
            world.clock.set(super::world::at(at));
            world.append_line(&labels, at, text.trim_matches('"'));
            at += every;
        }
        Ok(())
    }

    async fn evaluate(&mut self, words: &[&str]) -> Result<(), String> {
        let ["from", from, "to", to, "every", every] = *words else { return Err(format!("{words:?}")) };
        let (mut at, to, every) = (seconds(from)?, seconds(to)?, seconds(every)?);
        while at <= to {
            let world = self.world();
            world.evaluate(at).await;
            let groups = [Language::PromQl, Language::LogQl].map(|language| world.rules.groups(language));
            let rules = groups.into_iter().flatten().flat_map(|group| group.rules);
            let rules: BTreeMap<String, RuleView> = rules.map(|rule| (rule.rule.name.clone(), rule)).collect();
            for (name, view) in &rules {
                if !view.last_error.is_empty() {
                    return Err(format!("{name} at {at}s: {}", view.last_error));
                }
            }
            self.seen.push(Seen { at, rules });
            at += every;
        }
        Ok(())
    }

    fn condition(seen: &Seen, name: &str) -> Result<Condition, String> {
        seen.rules.get(name).map(|view| view.condition).ok_or_else(|| format!("there is no rule {name}"))
    }

    fn first_firing(&self, name: &str) -> Result<Option<&Seen>, String> {
        for seen in &self.seen {
            if Self::condition(seen, name)? == Condition::Firing {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    fn fires(&self, name: &str, from: i64, by: i64) -> Result<(), String> {
        match self.first_firing(name)?.map(|seen| seen.at) {
            Some(at) if at >= from && at <= by => Ok(()),
            Some(at) => Err(format!("fires at {at}s, expected from {from}s to {by}s")),
            None => Err("never fires".to_owned()),
        }
    }

    fn resolves(&self, name: &str, by: i64) -> Result<(), String> {
        let first = self.first_firing(name)?.ok_or("never fires")?.at;
        for seen in self.seen.iter().filter(|seen| seen.at > first && seen.at <= by) {
            if Self::condition(seen, name)? != Condition::Firing {
                return Ok(());
            }
        }
        Err(format!("still fires at {by}s"))
    }

    fn never(&self, name: &str) -> Result<(), String> {
        self.first_firing(name)?.map_or(Ok(()), |seen| Err(format!("fires at {}s", seen.at)))
    }

    fn inactive(&self, name: &str, until: i64) -> Result<(), String> {
        for seen in self.seen.iter().filter(|seen| seen.at < until) {
            let names = seen.rules.keys().filter(|known| name == "all" || name == *known);
            for name in names {
                if Self::condition(seen, name)? != Condition::Inactive {
                    return Err(format!("{name} is not inactive at {}s", seen.at));
                }
            }
        }
        Ok(())
    }

    /// At the end some alert that fires says this, in any annotation.
    fn says(&self, name: &str, text: &str) -> Result<(), String> {
        let view = self.last(name)?;
        let said: Vec<String> = view
            .alerts
            .iter()
            .flat_map(|alert| alert.alert.annotations.iter().map(|(_, text)| text.to_owned()).collect::<Vec<_>>())
            .collect();
        if said.iter().any(|said| said == text) { Ok(()) } else { Err(format!("says {said:?}")) }
    }

    fn alerts(&self, name: &str, count: &str) -> Result<(), String> {
        let found = self.last(name)?.alerts.len();
        if found.to_string() == count { Ok(()) } else { Err(format!("has {found} alerts, expected {count}")) }
    }

    fn blind(&self, name: &str, text: &str) -> Result<(), String> {
        let view = self.last(name)?;
        let missing: Vec<&str> = view.looked.iter().filter_map(|l| Some(l.missing.as_ref()?.text.as_str())).collect();
        match (view.is_blind, missing.contains(&text)) {
            (true, true) => Ok(()),
            (blind, _) => Err(format!("blind: {blind}, missing: {missing:?}")),
        }
    }

    fn sees(&self, name: &str) -> Result<(), String> {
        if self.last(name)?.is_blind { Err("is blind".to_owned()) } else { Ok(()) }
    }

    fn last(&self, name: &str) -> Result<&RuleView, String> {
        let seen = self.seen.last().ok_or("nothing was evaluated")?;
        seen.rules.get(name).ok_or_else(|| format!("there is no rule {name}"))
    }

    async fn run(&mut self, line: &str, body: &[&str]) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let quoted = line.split_once('"').map_or("", |(_, text)| text.trim_end_matches('"'));
        match words[..] {
            ["rules", file] => self.rules(file, Language::PromQl),
            ["log_rules", file] => self.rules(file, Language::LogQl),
            ["load", gap] => self.load(gap, body),
            ["load_logs"] => body.iter().try_for_each(|line| self.log(line)),
            ["evaluate", ref words @ ..] => self.evaluate(words).await,
            ["fires", name, "by", by] => self.fires(name, 0, seconds(by)?),
            ["fires", name, "from", from, "by", by] => self.fires(name, seconds(from)?, seconds(by)?),
            ["resolves", name, "by", by] => self.resolves(name, seconds(by)?),
            ["never", name] => self.never(name),
            ["inactive", name, "until", until] => self.inactive(name, seconds(until)?),
            ["alerts", name, count] => self.alerts(name, count),
            ["says", name, ..] => self.says(name, quoted),
            ["blind", name, ..] => self.blind(name, quoted),
            ["sees", name] => self.sees(name),
            _ => Err("not a command".to_owned()),
        }
    }
}

/// Runs a script; every line that failed.
async fn run(folder: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(folder).join(name)).expect(name);
    let mut script = Script { folder: folder.to_owned(), files: Vec::new(), world: None, seen: Vec::new() };
    let mut failures = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') || line.starts_with(char::is_whitespace) {
            continue;
        }
        let body = lines.iter().skip(number + 1).take_while(|line| line.starts_with(char::is_whitespace));
        let body: Vec<&str> = body.map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        if let Err(why) = script.run(line, &body).await {
            failures.push(format!("{name}:{}: {line}: {why}", number + 1));
        }
    }
    failures
}

#[tokio::test]
async fn every_script_holds() {
    let folder = "tests/cases/alerting";
    let listing = std::fs::read_dir(repository().join(folder)).expect(folder);
    let mut names: Vec<String> = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".test"));
    names.sort();
    assert!(names.len() >= 6, "{names:?}");
    let mut failures = Vec::new();
    for name in names {
        failures.extend(run(folder, &name).await);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
