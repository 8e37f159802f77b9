//! A config that cannot be right never starts anything; the message leads to the line.

use crate::daemon::run;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};

/// A name, a config, and what the message says: its place and its words.
const BAD: &[(&str, &str, &str, &[&str])] = &[
    ("unknown key", "scrape_configs: []\nscrape_confgis: []\n", "belfry.yml:2:", &["scrape_confgis"]),
    ("unknown key within", "storage:\n  metrics:\n    retension: 1d\n", "belfry.yml:3:", &["retension"]),
    ("duplicate key", "scrape_configs: []\nglobal: {}\nscrape_configs: []\n", "belfry.yml:3:", &["scrape_configs"]),
    (
        "bad regex",
        "scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - {source_labels: [b], regex: '(', action: drop}\n",
        "belfry.yml:4:",
        &["regex"],
    ),
    ("bad duration", "global:\n  scrape_interval: 5 minutes\n", "belfry.yml:2:", &["scrape_interval", "5 minutes"]),
    ("job twice", "scrape_configs:\n  - job_name: a\n  - job_name: a\n", "belfry.yml:3:", &["job_name"]),
    (
        "timeout beyond interval",
        "scrape_configs:\n  - job_name: a\n    scrape_interval: 1s\n    scrape_timeout: 2s\n",
        "belfry.yml:4:",
        &["scrape_timeout"],
    ),
    ("no YAML", "global: [\n", "belfry.yml:", &[]),
];

pub(crate) fn bad_config_ends_with_its_place(scene: &Scene) -> Result<()> {
    for (name, config, place, words) in BAD {
        scene.write("belfry.yml", config)?;
        for arguments in [&["check", "belfry.yml"][..], &["serve", "--config", "belfry.yml", "--listen", "127.0.0.1:0"]]
        {
            let ended = run(scene, arguments)?;
            ensure!(ended.code == Some(2), "{name}: {arguments:?} {ended:?}");
            let told = format!("{}{}", ended.stdout, ended.stderr);
            for word in [place].into_iter().chain(*words) {
                ensure!(told.contains(word), "{name}: {arguments:?} does not say `{word}`: {told}");
            }
            let (_, after) = told.split_once("belfry.yml:").context("no place")?;
            let column = after.split(':').nth(1).unwrap_or_default();
            ensure!(column.parse::<u32>().is_ok(), "{name}: {arguments:?} has no column: {told}");
        }
    }
    Ok(())
}

pub(crate) fn open_address_needs_auth(scene: &Scene) -> Result<()> {
    scene.write("belfry.yml", "scrape_configs: []\n")?;
    let ended = run(scene, &["serve", "--config", "belfry.yml", "--listen", "0.0.0.0:0"])?;
    ensure!(ended.code == Some(2), "{ended:?}");
    for word in ["0.0.0.0", "web.auth", "web.insecure"] {
        ensure!(ended.stderr.contains(word), "does not say `{word}`: {}", ended.stderr);
    }
    Ok(())
}
