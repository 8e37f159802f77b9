//! Pages of a machine made of files, and of this one; both read back by the exposition parser.

use super::*;
use crate::scrape::exposition::{Entry, Mode, Parser, series};
use std::collections::BTreeMap;

/// The values of a page by their labels; fails where the page is not valid.
pub(super) fn values(body: &str) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    for entry in Parser::new(body.as_bytes(), Format::Text, Mode::Strict) {
        if let Entry::Sample(sample) = entry.expect("a valid page") {
            let labels = series::labels(sample.series, sample.kind).expect("valid labels");
            let twice = values.insert(labels.to_string(), sample.value);
            assert_eq!(twice, None, "{labels} stands twice on the page");
        }
    }
    values
}

fn success(values: &BTreeMap<String, f64>, collector: &str) -> Option<f64> {
    let series = format!("{{__name__=\"node_scrape_collector_success\", collector=\"{collector}\"}}");
    values.get(&series).copied()
}

#[test]
fn a_machine_of_files_becomes_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("proc/stat", "cpu  1 1 1 1\ncpu3 100 0 50 200 0 0 0 0 5 0\nintr 7 1 2\nctxt 9\nbtime 1700000000\n");
    write("proc/loadavg", "0.5 0.25 0.125 1/100 1234\n");
    write("proc/net/dev", "Inter-|\n face |bytes\n eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
    write("sys/class/net/eth0/operstate", "up\n");
    write("sys/class/net/eth0/speed", "1000\n");
    write("sys/class/net/eth0/flags", "0x1003\n");
    let roots =
        Roots { proc: folder.path().join("proc"), sys: folder.path().join("sys"), root: folder.path().to_owned() };
    let page = HostExporter::new(roots).page(Nanos(1_700_000_000_500_000_000));
    let values = values(&page.body);
    let check = |series: &str, expected: f64| assert_eq!(values.get(series), Some(&expected), "{series}");
    check(r#"{__name__="node_cpu_seconds_total", cpu="3", mode="idle"}"#, 2.0);
    check(r#"{__name__="node_cpu_guest_seconds_total", cpu="3", mode="user"}"#, 0.05);
    check(r#"{__name__="node_boot_time_seconds"}"#, 1_700_000_000.0);
    check(r#"{__name__="node_intr_total"}"#, 7.0);
    check(r#"{__name__="node_load15"}"#, 0.125);
    check(r#"{__name__="node_network_transmit_carrier_total", device="eth0"}"#, 15.0);
    check(r#"{__name__="node_network_speed_bytes", device="eth0"}"#, 125e6);
    check(r#"{__name__="node_network_flags", device="eth0"}"#, 4099.0);
    check(r#"{__name__="node_network_up", device="eth0"}"#, 1.0);
    check(r#"{__name__="node_network_info", adminstate="up", device="eth0", operstate="up"}"#, 1.0);
    check(r#"{__name__="node_time_seconds"}"#, 1_700_000_000.5);
    assert_eq!(success(&values, "cpu"), Some(1.0));
    assert_eq!(success(&values, "meminfo"), Some(0.0), "a collector without its file fails alone");
    assert_eq!(success(&values, "filesystem"), Some(0.0));
    assert_eq!(values.keys().filter(|series| series.contains("collector_success")).count(), COLLECTORS.len());
}

#[test]
fn this_machine_becomes_a_page() {
    let page = HostExporter::new(Roots::default()).page(Nanos(1));
    let values = values(&page.body);
    for collector in ["cpu", "filesystem", "loadavg", "meminfo", "netdev", "stat", "time", "uname", "vmstat"] {
        assert_eq!(success(&values, collector), Some(1.0), "{collector}");
    }
    let total = values.get(r#"{__name__="node_memory_MemTotal_bytes"}"#);
    assert!(total.is_some_and(|total| *total > 1e7), "{total:?}");
}
