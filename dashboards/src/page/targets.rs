//! The table of targets on the page.

use super::html::Html;
use crate::prometheus::health_name;
use collector::scrape::{Health, PoolView, Target};
use model::duration;
use model::time::Millis;
use std::time::Duration;

pub(super) fn write(html: &mut Html, pools: &[PoolView], now: Millis) {
    html.raw("<h2>Targets</h2>");
    if pools.iter().all(|pool| pool.active.is_empty()) {
        html.raw(
            "<p>Nothing is scraped. Write <code>scrape_configs</code>, or push to <code>/api/v1/write</code>.</p>",
        );
    } else {
        html.raw("<table><thead><tr><th>Job</th><th>Target</th><th>State</th><th>Last scrape</th><th>Took</th>");
        html.raw("<th>Error</th></tr></thead><tbody>");
        for pool in pools {
            pool.active.iter().for_each(|(target, health)| write_row(html, &pool.name, target, health, now));
        }
        html.raw("</tbody></table>");
    }
    pools.iter().for_each(|pool| write_faults(html, pool));
}

fn write_row(html: &mut Html, job: &str, target: &Target, health: &Health, now: Millis) {
    let state = health_name(health);
    html.raw("<tr><td>").text(job).raw("</td><td>").text(target.url.as_str());
    html.raw("</td><td class=\"").raw(state).raw("\">").raw(state).raw("</td><td>");
    match health.last_scrape {
        Some(then) => {
            let seconds = u64::try_from(now.0.saturating_sub(then.0) / 1_000).unwrap_or(0);
            html.text(&duration::format(Duration::from_secs(seconds))).raw(" ago</td><td>");
            html.text(&format!("{} ms", health.last_duration.as_millis()));
        }
        None => {
            html.raw("never</td><td>");
        }
    }
    html.raw("</td><td>").text(&health.last_error).raw("</td></tr>");
}

/// What discovery could not use.
fn write_faults(html: &mut Html, pool: &PoolView) {
    let unusable = pool.invalid.iter().map(|(labels, why)| format!("{labels}: {why}"));
    for fault in pool.discovery_errors.iter().cloned().chain(unusable) {
        html.raw("<p class=\"down\">").text(&pool.name).raw(": ").text(&fault).raw("</p>");
    }
}
