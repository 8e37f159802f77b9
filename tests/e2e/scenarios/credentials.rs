//! Who may ask: nobody without a password or token, but probes.

use crate::daemon::Belfry;
use crate::http::{Request, send};
use crate::scene::Scene;
use anyhow::{Result, ensure};

/// The bcrypt hash of `open sesame`, at the lowest cost.
const HASH: &str = "$2b$04$WdJ6V5mhfNBU.uPqoidyxurQGlJwJinQQru/1FitR.jTdRXcOdliS";
/// `ada:open sesame` in base 64.
const RIGHT: &str = "Basic YWRhOm9wZW4gc2VzYW1l";
/// `ada:close sesame` in base 64.
const WRONG: &str = "Basic YWRhOmNsb3NlIHNlc2FtZQ==";

pub(crate) fn credentials_are_asked_for(scene: &Scene) -> Result<()> {
    scene.write("token", "s3cret\n")?;
    let config = format!(
        "web:\n  auth:\n    basic_auth_users: {{ada: '{HASH}'}}\n    bearer_token_files: [token]\nscrape_configs: []\n"
    );
    let path = scene.write("belfry.yml", &config)?;
    let belfry = Belfry::spawn(scene, &["--config", &path.to_string_lossy(), "--listen", crate::daemon::FREE_PORT])?;
    belfry.await_ready()?;
    let check = |path: &str, authorization: Option<&str>, expected: u16| -> Result<()> {
        let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
        let answer = send(belfry.address(), &Request { method: "GET", path, headers: &headers, body: &[] })?;
        ensure!(answer.status == expected, "{path} with {authorization:?}: {}, expected {expected}", answer.status);
        Ok(())
    };
    for path in ["/-/healthy", "/-/ready"] {
        check(path, None, 200)?;
    }
    for path in ["/api/v1/query?query=1", "/metrics", "/api/v1/targets", "/", "/api/v1/nothing"] {
        check(path, None, 401)?;
        check(path, Some(WRONG), 401)?;
        check(path, Some("Bearer guessed"), 401)?;
    }
    check("/api/v1/query?query=1", Some(RIGHT), 200)?;
    check("/metrics", Some("Bearer s3cret"), 200)?;
    let shown = send(
        belfry.address(),
        &Request {
            method: "GET",
            path: "/api/v1/status/config",
            headers: &[("Authorization", "Bearer s3cret")],
            body: &[],
        },
    )?;
    ensure!(!shown.text().contains("$2b$") && !shown.text().contains("s3cret"), "a secret is shown: {}", shown.text());
    ensure!(!belfry.log().contains("s3cret"), "a secret is logged: {}", belfry.log());
    Ok(())
}
