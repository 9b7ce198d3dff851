//! For Windows: the version that its properties show, and the texts of its event log records, as resources of the program.
#![expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by its environment")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=messages.mc");
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "windows" {
        return;
    }
    assert_eq!(target("ENV"), "gnu", "the Windows agent is built for x86_64-pc-windows-gnu: see agent/gpo/cargo");
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let out = Path::new(&out);
    // Writes messages.rc, and beside it what that names.
    run(Command::new("x86_64-w64-mingw32-windmc").args(["-r"]).arg(out).arg("-h").arg(out).arg("messages.mc"));
    let rc = out.join("program.rc");
    std::fs::write(&rc, resources()).expect("the folder of the build can be written");
    let object = out.join("program.o");
    run(Command::new("x86_64-w64-mingw32-windres").arg("-I").arg(out).arg(rc).args(["-O", "coff", "-o"]).arg(&object));
    println!("cargo:rustc-link-arg-bins={}", object.display());
}

fn run(command: &mut Command) {
    let done = command.status();
    assert!(
        done.as_ref().is_ok_and(|status| status.success()),
        "{command:?} failed: {done:?}; install gcc-mingw-w64-x86-64"
    );
}

fn resources() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let numbers = format!("{},0", version.split('-').next().unwrap_or_default().replace('.', ","));
    format!(
        r#"#include "messages.rc"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEOS 0x40004
FILETYPE 1
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904B0"
    BEGIN
      VALUE "CompanyName", "Highwater"
      VALUE "FileDescription", "Highwater Agent"
      VALUE "FileVersion", "{version}"
      VALUE "InternalName", "highwater-agent"
      VALUE "OriginalFilename", "highwater-agent.exe"
      VALUE "ProductName", "Highwater"
      VALUE "ProductVersion", "{version}"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x0409, 1200
  END
END
"#
    )
}
