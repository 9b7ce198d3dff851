//! Takes in what browsers load: embedded into the program, compressed; read from the folder by debug builds.
#![expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by its environment")]

use std::fs;
use std::path::Path;

fn main() {
    memory_serve::load_directory("../static");
    if !cfg!(debug_assertions) {
        forget_the_folder();
    }
}

/// Where the program was built is not in it: of files that are embedded no path is ever read, yet the library writes down whole ones.
fn forget_the_folder() {
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let written = Path::new(&out).join("memory_serve_assets.rs");
    let folder = fs::canonicalize("..").expect("cargo starts it in the package's folder");
    let path = format!("path: r\"{}/static/", folder.display());
    let code = fs::read_to_string(&written).expect("it was just written");
    assert!(code.contains(&path), "memory-serve writes its list in another form: see what is to be left out of it now");
    fs::write(&written, code.replace(&path, "path: r\"")).expect("the folder of the build can be written");
}
