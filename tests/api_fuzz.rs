//! The API against what a fuzzer makes of its own document: schemathesis, which `tests/run` fetches.

use std::path::{Path, PathBuf};
use std::process::Command;

use highwater::model::api_key::Scope;

use crate::api_document::fill;
use crate::harness::caller::Caller;
use crate::harness::server::TestServer;
use crate::harness::store::Store;

fn fuzzer() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fuzzer = root.join("target/schemathesis/bin/schemathesis");
    assert!(fuzzer.exists(), "{} is missing: run tests/run, which fetches it", fuzzer.display());
    fuzzer
}

/// Not: what it sends as wrong may be taken all the same, such as an empty parameter or a body of nothing; and what it sends as right may
/// be refused for a reason that no schema can say, such as an instant that is later than another.
const LEFT_OUT: &str = "negative_data_rejection,positive_data_acceptance,missing_required_header";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_fuzzer_sends_meets_an_error_of_ours_or_an_answer_that_is_not_in_the_document() {
    fuzz(&Store::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_on_postgresql() {
    fuzz(&Store::postgres().await).await;
}

async fn fuzz(store: &Store) {
    let server = TestServer::start_with(store, |config| config.limits.api_per_minute = 1_000_000).await;
    fill(store, &server).await;
    let caller = Caller::with(&server, Scope::Admin).await;
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &server.ca_pem).unwrap();
    let mut command = Command::new(fuzzer());
    command
        .current_dir(folder.path())
        .args(["run", &format!("{}/api/v1/openapi.json", server.url), "--checks", "all"])
        .args(["--exclude-checks", LEFT_OUT, "--phases", "examples,coverage,fuzzing", "--max-examples", "5"])
        .args(["--seed", "1", "--continue-on-failure", "--no-color", "--no-shrink", "--warnings", "off"])
        .args(["--header", &format!("Authorization:Bearer {}", caller.key), "--tls-verify"])
        .arg(&ca)
        .env("NO_PROXY", "*");
    let said = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    server.stop().await;
}
