//! The requests that Grafana's Prometheus data source makes, and what it reads of the answers.

use super::fast_job;
use crate::daemon::Belfry;
use crate::exporter::{Exporter, Page};
use crate::http::{Answer, Request, escape, send};
use crate::poll::{await_until, now};
use crate::prometheus::list;
use crate::scene::Scene;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

const PAGE: &str = "# HELP requests_total Requests served.\n# TYPE requests_total counter\n\
                    requests_total{code=\"200\"} 10\nrequests_total{code=\"500\"} 1\n";

pub(crate) fn saves_and_tests(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let form = [("query", "1+1"), ("time", "4")];
    for answer in [belfry.post("/api/v1/query", &form)?, belfry.get("/api/v1/query?query=1%2B1&time=4")?] {
        let expected = json!({"resultType": "scalar", "result": [4, "2"]});
        ensure!(data(&answer)? == expected, "{}", answer.text());
    }

    let build = data(&belfry.get("/api/v1/status/buildinfo")?)?;
    let version = build["version"].as_str().unwrap_or_default();
    ensure!(version.split('.').count() == 3, "version {version:?} is not semantic");
    ensure!(build.get("features").is_none(), "features would make Grafana see a Mimir: {build}");
    for name in ["revision", "branch", "buildUser", "buildDate", "goVersion"] {
        ensure!(build[name].is_string(), "{name} is no string: {build}");
    }

    // Grafana sends milliseconds where seconds are due.
    let now = now()?;
    let (start, end) = ((now - 1_800_000).to_string(), now.to_string());
    let probe = belfry.post("/api/v1/query_exemplars", &[("query", "test"), ("start", &start), ("end", &end)])?;
    ensure!(data(&probe)? == json!([]), "{}", probe.text());

    ensure!(data(&belfry.get("/api/v1/rules")?)?["groups"] == json!([]), "rules");
    for path in ["/alertmanager/api/v2/status", "/api/v1/nothing", "/loki/api/v1/nothing", "/config/v1/rules"] {
        let answer = belfry.get(path)?;
        ensure!(answer.status == 404, "{path}: {}", answer.status);
        let html = answer.header("content-type").contains("html") || answer.text().contains("<html");
        ensure!(!html, "{path} is answered with a page: {}", answer.text());
    }
    Ok(())
}

pub(crate) fn browses(scene: &Scene) -> Result<()> {
    let exporter = Exporter::start(Page::text(PAGE))?;
    let belfry = Belfry::start(scene, &fast_job("web", &[&exporter.target()], ""))?;
    await_until("the target is scraped", Duration::from_secs(15), || belfry.value("sum(requests_total)"))?;

    let metadata = data(&belfry.get("/api/v1/metadata?limit=40000")?)?;
    let expected = json!([{"type": "counter", "help": "Requests served.", "unit": ""}]);
    ensure!(metadata["requests_total"] == expected, "{metadata}");
    ensure!(data(&belfry.get("/api/v1/metadata?metric=nothing")?)? == json!({}), "metadata of nothing");

    let labels = data(&belfry.post("/api/v1/labels", &[("match[]", "requests_total")])?)?;
    ensure!(labels == json!(["__name__", "code", "instance", "job"]), "{labels}");
    let in_url = format!("/api/v1/labels?match[]={}", escape("requests_total"));
    ensure!(data(&empty_form(&belfry, &in_url)?)? == labels, "URL parameters of a POST");
    let codes = belfry.get("/api/v1/label/code/values")?;
    ensure!(data(&codes)? == json!(["200", "500"]), "{}", codes.text());
    let one = belfry.get("/api/v1/label/code/values?limit=1")?.json()?;
    ensure!(one["data"] == json!(["200"]), "{one}");
    ensure!(one["warnings"] == json!(["results truncated due to limit"]), "{one}");
    ensure!(data(&belfry.get("/api/v1/label/nothing/values")?)? == json!([]), "values of nothing");
    let series = data(&belfry.post("/api/v1/series", &[("match[]", "requests_total{code=\"500\"}")])?)?;
    ensure!(list(&series)?.len() == 1 && series[0]["code"] == "500", "{series}");

    let in_url = format!("/api/v1/query?query={}", escape("sum(requests_total)"));
    let summed = data(&empty_form(&belfry, &in_url)?)?;
    ensure!(summed["result"][0]["value"][1] == "11", "{summed}");
    range(&belfry)
}

pub(crate) fn sees_errors(scene: &Scene) -> Result<()> {
    let belfry = Belfry::start(scene, "scrape_configs: []\n")?;
    let check = |path: &str, form: &[(&str, &str)], status: u16, kind: &str, words: &str| -> Result<()> {
        let answer = belfry.post(path, form)?;
        let json = answer.json()?;
        ensure!(answer.status == status && json["errorType"] == kind && json["status"] == "error", "{form:?}: {json}");
        ensure!(json["error"].as_str().unwrap_or_default().contains(words), "{form:?}: {json}");
        Ok(())
    };
    check("/api/v1/query", &[("query", "sum(")], 400, "bad_data", "parse error")?;
    check("/api/v1/query", &[("query", "up{a=\"b}")], 400, "bad_data", "1:")?;
    check("/api/v1/query", &[("query", "up"), ("time", "noon")], 400, "bad_data", "time")?;
    check("/api/v1/query", &[], 400, "bad_data", "")?;
    check("/api/v1/series", &[], 400, "bad_data", "match[]")?;
    let twice = "vector(1) + on() (vector(1) or label_replace(vector(2), \"a\", \"b\", \"\", \"\"))";
    check("/api/v1/query", &[("query", twice)], 422, "execution", "duplicate series")?;
    let wide = [("query", "up"), ("start", "0"), ("end", "11001"), ("step", "1")];
    check(
        "/api/v1/query_range",
        &wide,
        400,
        "bad_data",
        "exceeded maximum resolution of 11,000 points per timeseries",
    )?;
    let allowed =
        belfry.post("/api/v1/query_range", &[("query", "up"), ("start", "0"), ("end", "11000"), ("step", "1")])?;
    ensure!(data(&allowed)?["result"] == json!([]), "{}", allowed.text());
    check(
        "/api/v1/query_range",
        &[("query", "up"), ("start", "9"), ("end", "8"), ("step", "1")],
        400,
        "bad_data",
        "end",
    )
}

/// Points stand exactly at start + k·step; nothing found is an empty list.
fn range(belfry: &Belfry) -> Result<()> {
    let end = now()? / 1_000;
    let (from, to) = ((end - 30).to_string(), end.to_string());
    let form = [("query", "vector(1)"), ("start", &*from), ("end", &*to), ("step", "15")];
    let answer = data(&belfry.post("/api/v1/query_range", &form)?)?;
    let times: Vec<_> = list(&answer["result"][0]["values"])?.iter().map(|pair| pair[0].as_i64()).collect();
    ensure!(times == [Some(end - 30), Some(end - 15), Some(end)], "{answer}");
    let form = [("query", "nothing"), ("start", &*from), ("end", &*to), ("step", "15")];
    let answer = data(&belfry.post("/api/v1/query_range", &form)?)?;
    ensure!(answer == json!({"resultType": "matrix", "result": []}), "{answer}");
    Ok(())
}

fn empty_form(belfry: &Belfry, path: &str) -> Result<Answer> {
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Grafana-Org-Id", "1")];
    send(belfry.address(), &Request { method: "POST", path, headers: &headers, body: &[] })
}

fn data(answer: &Answer) -> Result<Value> {
    let json = answer.json()?;
    ensure!(answer.status == 200 && json["status"] == "success", "status {}: {json}", answer.status);
    ensure!(answer.header("content-type").starts_with("application/json"), "{:?}", answer.headers);
    Ok(json["data"].clone())
}
