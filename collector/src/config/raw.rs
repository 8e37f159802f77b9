//! A job of `scrape_configs` as written, with the keys of Prometheus 3.
//!
//! Invariant: every key that Prometheus knows is here, so that one we do not support yet is told by name and is never
//! taken for a typing error, or ignored.

use super::relabeling::RawRule;
use super::targets::{RawFileDiscovery, RawGroup};
use serde::{Deserialize, Serializer};
use serde_saphyr::Spanned;
use settings::http::{RawAuthorization, RawBasicAuth, RawHeader, RawHttp};
use settings::report::{Key, Report};
use settings::tls::RawTls;
use settings::unsupported::Unsupported;
use std::collections::BTreeMap;
use std::time::Duration;

/// One entry of `scrape_configs`, not yet checked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawJob {
    pub(super) job_name: Option<Spanned<String>>,
    pub(super) lenient: Option<bool>,
    pub(super) scrape_interval: Option<Spanned<String>>,
    pub(super) scrape_timeout: Option<Spanned<String>>,
    pub(super) metrics_path: Option<Spanned<String>>,
    pub(super) scheme: Option<Spanned<String>>,
    pub(super) params: Option<BTreeMap<String, Vec<String>>>,
    pub(super) honor_labels: Option<bool>,
    pub(super) honor_timestamps: Option<bool>,
    pub(super) track_timestamps_staleness: Option<bool>,
    pub(super) scrape_protocols: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) fallback_scrape_protocol: Option<Spanned<String>>,
    pub(super) enable_compression: Option<bool>,
    pub(super) metric_name_validation_scheme: Option<Spanned<String>>,
    pub(super) extra_scrape_metrics: Option<bool>,
    pub(super) body_size_limit: Option<Spanned<String>>,
    pub(super) sample_limit: Option<u64>,
    pub(super) target_limit: Option<u64>,
    pub(super) label_limit: Option<u64>,
    pub(super) label_name_length_limit: Option<u64>,
    pub(super) label_value_length_limit: Option<u64>,
    pub(super) keep_dropped_targets: Option<u64>,

    pub(super) basic_auth: Option<Spanned<RawBasicAuth>>,
    pub(super) authorization: Option<Spanned<RawAuthorization>>,
    pub(super) bearer_token: Option<Spanned<String>>,
    pub(super) bearer_token_file: Option<Spanned<String>>,
    pub(super) tls_config: Option<Spanned<RawTls>>,
    pub(super) follow_redirects: Option<bool>,
    pub(super) enable_http2: Option<bool>,
    pub(super) proxy_url: Option<Spanned<String>>,
    pub(super) no_proxy: Option<Spanned<String>>,
    pub(super) proxy_from_environment: Option<Spanned<bool>>,
    pub(super) http_headers: Option<BTreeMap<String, Spanned<RawHeader>>>,

    pub(super) static_configs: Option<Vec<Spanned<RawGroup>>>,
    pub(super) file_sd_configs: Option<Vec<Spanned<RawFileDiscovery>>>,
    pub(super) relabel_configs: Option<Vec<Spanned<RawRule>>>,
    pub(super) metric_relabel_configs: Option<Vec<Spanned<RawRule>>>,

    pub(super) always_scrape_classic_histograms: Option<bool>,
    pub(super) scrape_classic_histograms: Option<bool>,
    pub(super) scrape_native_histograms: Option<Spanned<bool>>,
    pub(super) convert_classic_histograms_to_nhcb: Option<Spanned<bool>>,

    native_histogram_bucket_limit: Unsupported,
    native_histogram_min_bucket_factor: Unsupported,
    metric_name_escaping_scheme: Unsupported,
    scrape_failure_log_file: Unsupported,
    oauth2: Unsupported,
    sigv4: Unsupported,
    azuread: Unsupported,
    proxy_connect_header: Unsupported,
    aws_sd_configs: Unsupported,
    azure_sd_configs: Unsupported,
    consul_sd_configs: Unsupported,
    digitalocean_sd_configs: Unsupported,
    dns_sd_configs: Unsupported,
    docker_sd_configs: Unsupported,
    dockerswarm_sd_configs: Unsupported,
    ec2_sd_configs: Unsupported,
    ecs_sd_configs: Unsupported,
    elasticache_sd_configs: Unsupported,
    eureka_sd_configs: Unsupported,
    gce_sd_configs: Unsupported,
    hetzner_sd_configs: Unsupported,
    http_sd_configs: Unsupported,
    ionos_sd_configs: Unsupported,
    kubernetes_sd_configs: Unsupported,
    kuma_sd_configs: Unsupported,
    lightsail_sd_configs: Unsupported,
    linode_sd_configs: Unsupported,
    marathon_sd_configs: Unsupported,
    msk_sd_configs: Unsupported,
    nerve_sd_configs: Unsupported,
    nomad_sd_configs: Unsupported,
    openstack_sd_configs: Unsupported,
    outscale_sd_configs: Unsupported,
    ovhcloud_sd_configs: Unsupported,
    puppetdb_sd_configs: Unsupported,
    scaleway_sd_configs: Unsupported,
    serverset_sd_configs: Unsupported,
    stackit_sd_configs: Unsupported,
    triton_sd_configs: Unsupported,
    uyuni_sd_configs: Unsupported,
    vultr_sd_configs: Unsupported,
}

macro_rules! refuse_all {
    ($raw:ident, $key:ident, $report:ident: $($field:ident)*) => {
        $($raw.$field.refuse(stringify!($field), $key, $report);)*
    };
}

impl RawJob {
    /// Takes the keys of the HTTP client out.
    pub(super) fn take_http(&mut self) -> RawHttp {
        RawHttp {
            basic_auth: self.basic_auth.take(),
            authorization: self.authorization.take(),
            bearer_token: self.bearer_token.take(),
            bearer_token_file: self.bearer_token_file.take(),
            tls_config: self.tls_config.take(),
            follow_redirects: self.follow_redirects,
            enable_http2: self.enable_http2,
            proxy_url: self.proxy_url.take(),
            no_proxy: self.no_proxy.take(),
            proxy_from_environment: self.proxy_from_environment.take(),
            http_headers: self.http_headers.take(),
            oauth2: self.oauth2,
            proxy_connect_header: self.proxy_connect_header,
        }
    }

    /// A finding for every key that is written and that Belfry does not support yet.
    pub(super) fn refuse_unsupported(&self, key: &Key, report: &mut Report) {
        // Classic histograms are always scraped, so either value of these switches is what happens.
        let _ = (self.always_scrape_classic_histograms, self.scrape_classic_histograms);
        for (name, raw) in [
            ("scrape_native_histograms", &self.scrape_native_histograms),
            ("convert_classic_histograms_to_nhcb", &self.convert_classic_histograms_to_nhcb),
        ] {
            if let Some(raw) = raw.as_ref().filter(|raw| raw.value) {
                report.add(&key.field(name), raw.referenced, "not supported yet, got true");
            }
        }
        refuse_all!(self, key, report:
            native_histogram_bucket_limit native_histogram_min_bucket_factor metric_name_escaping_scheme
            scrape_failure_log_file sigv4 azuread
            aws_sd_configs azure_sd_configs consul_sd_configs digitalocean_sd_configs dns_sd_configs
            docker_sd_configs dockerswarm_sd_configs ec2_sd_configs ecs_sd_configs elasticache_sd_configs
            eureka_sd_configs gce_sd_configs hetzner_sd_configs http_sd_configs ionos_sd_configs
            kubernetes_sd_configs kuma_sd_configs lightsail_sd_configs linode_sd_configs marathon_sd_configs
            msk_sd_configs nerve_sd_configs nomad_sd_configs openstack_sd_configs outscale_sd_configs
            ovhcloud_sd_configs puppetdb_sd_configs scaleway_sd_configs serverset_sd_configs stackit_sd_configs
            triton_sd_configs uyuni_sd_configs vultr_sd_configs
        );
    }
}

/// Writes a duration as configs do.
pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&model::duration::format(*duration))
}
