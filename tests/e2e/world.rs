//! The world of the blog that the eight rules watch: its web server, its database, its cluster, and those who are told.
//!
//! Invariant: every server is a real one on a free loopback port with its files in the scene, except for the cluster,
//! whose exporters are steered.

mod alertmanager;
mod cluster;
mod mail;
mod mariadb;
mod nginx;
mod slack;
pub(crate) mod told;
pub(crate) mod town;

pub(crate) use alertmanager::Alertmanager;
pub(crate) use cluster::{Ailment, Cluster};
pub(crate) use mail::MailServer;
pub(crate) use mariadb::Mariadb;
pub(crate) use nginx::Nginx;
pub(crate) use slack::{Reply, SECRET, Slack};
pub(crate) use town::Town;
