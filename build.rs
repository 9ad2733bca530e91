//! Packs the project's own registry into the binary: `registry.yaml`, `templates/` and `policies/`.
//!
//! It writes all names and all bytes one after the other, and a table that says where each file lies; it does not read or judge what the
//! files say. It also has debug builds linked for a quick start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    link();
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for start in ["registry.yaml", "templates", "policies"] {
        println!("cargo::rerun-if-changed={start}");
        collect(&root.join(start), &mut files)?;
    }
    let mut named = Vec::new();
    for file in &files {
        let name = file.strip_prefix(&root).expect("every file lies below the root");
        named.push((name.to_str().expect("names of templates and policies are UTF-8"), file));
    }
    named.sort();
    let (mut names, mut bytes, mut rows) = (String::new(), Vec::new(), String::new());
    for (name, file) in named {
        let (at, start) = (names.len(), bytes.len());
        names.push_str(name);
        bytes.extend(fs::read(file)?);
        writeln!(rows, "    ({at}, {}, {}, {start}, {}),", names.len(), is_executable(file)?, bytes.len())
            .expect("a string can always grow");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("names.txt"), names)?;
    fs::write(out.join("files.bin"), bytes)?;
    let (open, close) = (r#"include_str!("names.txt"), include_bytes!("files.bin")"#, "])\n");
    fs::write(out.join("registry.rs"), format!("Packed::new({open}, &[\n{rows}{close}"))
}

/// Lets the tests, which start a debug build thousands of times, start it in half the time: at a fixed address 180,000 pointers need no
/// adjusting. Builds for users keep a random address.
fn link() {
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|found| found == value);
    if is("PROFILE", "debug") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        if path.exists() {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> io::Result<bool> {
    Ok(false)
}
