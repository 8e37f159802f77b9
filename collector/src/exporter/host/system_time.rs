//! The time, and which clock source the kernel counts it with.

use super::source::{Problem, names, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.sys.join("devices/system/clocksource");
    // A machine need not tell its clock sources.
    let devices: Vec<String> =
        names(&folder).unwrap_or_default().into_iter().filter(|name| name.starts_with("clocksource")).collect();
    let available = "node_time_clocksource_available_info";
    page.family(available, Gauge, "Available clocksources read from '/sys/devices/system/clocksource'.");
    for device in &devices {
        let sources = read(&folder.join(device).join("available_clocksource")).unwrap_or_default();
        for source in sources.split_ascii_whitespace() {
            page.sample(available, &[("clocksource", source), ("device", number_of(device))], 1.0);
        }
    }
    let current = "node_time_clocksource_current_info";
    page.family(current, Gauge, "Current clocksource read from '/sys/devices/system/clocksource'.");
    for device in &devices {
        if let Ok(source) = read(&folder.join(device).join("current_clocksource")) {
            page.sample(current, &[("clocksource", source.trim()), ("device", number_of(device))], 1.0);
        }
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a float holds the time to a microsecond, as node_exporter tells it"
    )]
    let seconds = reading.now.0 as f64 / 1e9;
    page.single("node_time_seconds", Gauge, "System time in seconds since epoch (1970).", seconds);
    Ok(())
}

fn number_of(device: &str) -> &str {
    device.trim_start_matches("clocksource")
}
