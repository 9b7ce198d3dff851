//! The lists of what the programs are made of (`.ci/sbom`) are whole, have licences and checksums, and are the same each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sqlx::SqlitePool;

const LINUX: &str = "x86_64-unknown-linux-gnu";
const SHIPPED: [(&str, &str); 3] =
    [("highwater", LINUX), ("highwater-agent", LINUX), ("highwater-agent", "x86_64-pc-windows-gnu")];

/// Name and version of a package.
type Package = (String, String);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn answer(program: &Path, words: &[&str]) -> Value {
    let done = Command::new(program).args(words).current_dir(root()).output().unwrap();
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

fn list_of(program: &str, target: &str) -> Value {
    answer(&root().join(".ci/sbom"), &[program, target, "-"])
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn named(value: &Value) -> Package {
    (text(&value["name"]).to_owned(), text(&value["version"]).to_owned())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What Cargo.lock says of every package: its checksum, if it is not our own.
fn locked() -> BTreeMap<Package, Option<String>> {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let word = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let packages = lock["package"].as_array().unwrap();
    packages
        .iter()
        .map(|one| ((word(one, "name").unwrap(), word(one, "version").unwrap()), word(one, "checksum")))
        .collect()
}

#[test]
fn every_package_is_listed_with_its_licence_and_the_checksum_of_the_lock() {
    let locked = locked();
    for (program, target) in SHIPPED {
        let list = list_of(program, target);
        let (mut required, mut excluded) = (0, 0);
        for component in array(&list["components"]).iter().filter(|one| text(&one["name"]) != "rust-std") {
            let package = named(component);
            let checksum = locked.get(&package).unwrap_or_else(|| panic!("{package:?} is not in Cargo.lock"));
            assert_eq!(component["hashes"][0]["content"].as_str(), checksum.as_deref(), "{package:?}");
            let licence = text(&component["licenses"][0]["expression"]);
            assert!(!licence.is_empty() && !licence.contains('/'), "{package:?}: {licence:?}");
            *if text(&component["scope"]) == "required" { &mut required } else { &mut excluded } += 1;
        }
        println!("{program} for {target}: {required} packages in it, {excluded} that ran while it was built");
        assert!(required > 100, "{program} for {target}");
    }
}

/// Whatever a listed package needs without condition is listed, and nothing is listed that nobody needs.
#[test]
fn a_list_is_whole_and_has_nothing_else() {
    for (program, target) in SHIPPED {
        let list = list_of(program, target);
        let mut linked: BTreeSet<Package> =
            array(&list["components"]).iter().filter(|one| text(&one["scope"]) == "required").map(named).collect();
        linked.insert(named(&list["metadata"]["component"]));
        let names: BTreeSet<&str> = array(&list["components"]).iter().map(|one| text(&one["name"])).collect();
        let words = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", target];
        let told = answer(Path::new("cargo"), &words);
        let mut looked_at = 0;
        for package in array(&told["packages"]).iter().filter(|one| linked.contains(&named(one))) {
            for needed in array(&package["dependencies"]) {
                if needed["kind"].is_null() && needed["target"].is_null() && needed["optional"] == false {
                    let name = text(&needed["name"]);
                    assert!(names.contains(name), "{program} for {target}: {:?} needs {name}", named(package));
                    looked_at += 1;
                }
            }
        }
        assert!(looked_at > 200, "{program} for {target}: only {looked_at} needs were looked at");

        let edges: BTreeMap<&str, Vec<&str>> = array(&list["dependencies"])
            .iter()
            .map(|one| (text(&one["ref"]), array(&one["dependsOn"]).iter().map(text).collect()))
            .collect();
        let mut reached = BTreeSet::new();
        let mut open = vec![text(&list["metadata"]["component"]["bom-ref"])];
        while let Some(one) = open.pop() {
            if reached.insert(one) {
                open.extend(&edges[one]);
            }
        }
        for component in array(&list["components"]).iter().filter(|one| text(&one["name"]) != "rust-std") {
            assert!(reached.contains(text(&component["bom-ref"])), "nothing needs {:?}", named(component));
        }
    }
}

#[tokio::test]
async fn what_packages_bring_along_is_listed_in_the_version_that_runs() {
    let list = list_of("highwater", LINUX);
    let brought: BTreeMap<&str, &str> = array(&list["components"])
        .iter()
        .flat_map(|component| array(&component["components"]))
        .map(|one| (text(&one["name"]), text(&one["version"])))
        .collect();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let sqlite: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&pool).await.unwrap();
    assert_eq!(brought["SQLite"], sqlite);
    assert_eq!(brought["Zstandard"], zstd::zstd_safe::version_string());
    for name in ["mimalloc", "IANA time zone database", "Swagger UI"] {
        assert!(brought.contains_key(name), "{brought:?}");
    }
    assert_eq!(list, list_of("highwater", LINUX), "the same sources, another list");
}
