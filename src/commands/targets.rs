//! The files that the results of a check go to: one result each, and none of those that polity reads.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::CheckArgs;
use crate::config::{BASELINE_FILE, FEDERATION_FILE, LOCK_FILE, SERVICE_FILE};
use crate::error::Error;

use super::Env;

/// The names of files by which polity goes, wherever they stand.
const OWN: [&str; 10] = [
    SERVICE_FILE,
    LOCK_FILE,
    FEDERATION_FILE,
    BASELINE_FILE,
    ".polityignore",
    "registry.yaml",
    "template.yaml",
    "policy.yaml",
    "policy.rego",
    "layer.yaml",
];

/// Refuses two results for one file, and a result in the place of a file by which polity goes.
pub(super) fn refuse(args: &CheckArgs, env: &Env<'_>) -> Result<(), Error> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for file in args.reports.iter().map(|(_, file)| file).chain(&args.output) {
        let full = env.cwd.join(file);
        // A device or a pipe takes one result after the other.
        if full.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            continue;
        }
        let real = real(&full);
        if is_own(&real) || is_own(&full) {
            let error = Error::usage(format!("`{}` is a file by which polity goes, and no place for a result", file.display()));
            return Err(error.help("name another file"));
        }
        if seen.contains(&real) {
            return Err(Error::usage(format!("two results are to go to `{}`", file.display())).help("name a file for each of them"));
        }
        seen.push(real);
    }
    Ok(())
}

/// Where a file lies, or would lie once its folders are made.
fn real(path: &Path) -> PathBuf {
    let plain = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = plain.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    // Parts such as `..` of a folder that is not there yet lead out of it all the same.
    let parts = there.map(|(above, real)| (real, plain.strip_prefix(above).unwrap_or(Path::new("")).to_owned()));
    parts.map_or(plain.clone(), |(real, rest)| {
        rest.components().fold(real, |mut path, part| {
            if part.as_os_str() == ".." {
                path.pop();
            } else {
                path.push(part);
            }
            path
        })
    })
}

fn is_own(path: &Path) -> bool {
    let is = |name: Option<&OsStr>, own: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(own));
    let is_yaml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml"));
    let is_waiver = is_yaml && path.parent().is_some_and(|folder| folder.components().any(|part| part.as_os_str() == "waivers"));
    is_waiver || OWN.iter().any(|own| is(path.file_name(), own))
}
