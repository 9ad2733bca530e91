//! What a path says of a file: whether it is a test, an example, somebody else's code, made by a program, or a part of what runs.
//!
//! Nothing here reads a file.

use super::patterns;

/// Source files of the languages that services are written in.
pub(super) const CODE: &str = "**/*.{rs,go,java,kt,kts,scala,groovy,clj,cs,fs,vb,py,rb,php,ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte,ex,exs,erl,swift,dart,c,cc,cpp,h,hpp}";
/// Folders that hold the code of others.
const VENDORED: [&str; 8] = ["node_modules", "vendor", "third_party", "target", "dist", "bower_components", ".venv", "site-packages"];

/// Endings of files that programs make.
const MADE: [&str; 63] = [
    "png", "jpg", "jpeg", "gif", "webp", "ico", "icns", "bmp", "tif", "tiff", "svg", "pdf", "psd", "woff", "woff2", "ttf", "eot", "otf",
    "mp3", "mp4", "mov", "avi", "webm", "wav", "ogg", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "tar", "jar", "war", "class",
    "so", "dylib", "dll", "exe", "a", "o", "bin", "dat", "db", "sqlite", "sqlite3", "parquet", "wasm", "pyc", "lock", "sum", "map", "snap",
    "min.js", "min.css", "pb", "onnx", "npy", "bundle", "pack", "idx",
];

/// Lock files that are named like others.
const LOCK_FILES: [&str; 3] = ["package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json"];

/// Folders that hold tests.
const TEST_FOLDERS: [&str; 11] =
    ["test", "tests", "__tests__", "spec", "specs", "e2e", "testing", "testdata", "fixtures", "benches", "integration"];

/// Words of folders whose files run nowhere: what tests use, what examples show, what pages tell.
const ASIDE: [&str; 13] =
    ["test", "tests", "testdata", "testing", "fixture", "fixtures", "e2e", "example", "examples", "sample", "samples", "doc", "docs"];

/// Whether a file is source code.
pub(super) fn is_source(path: &str) -> bool {
    patterns::glob(CODE).is_ok_and(|code| code.is_match(path))
}

/// Whether a file is the code of others, or what a build made of this one.
pub(super) fn is_vendored(path: &str) -> bool {
    folders(path).any(|folder| VENDORED.contains(&folder))
}

/// Whether people of this repository write such files: no pictures, archives, binaries, lock files, minified code, or code of others.
/// What a build made counts when it is committed.
pub(super) fn is_written(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let made = |ending: &&str| name.strip_suffix(*ending).is_some_and(|stem| stem.ends_with('.'));
    let foreign = folders(path).any(|folder| VENDORED[..3].contains(&folder));
    !foreign && !MADE.iter().any(made) && !LOCK_FILES.contains(&name.as_str())
}

/// Whether a path is one of a test: by a folder, or by how its language names tests.
pub(super) fn is_test(path: &str) -> bool {
    let in_folder = folders(path).any(|folder| {
        let word = folder.to_ascii_lowercase();
        TEST_FOLDERS.contains(&word.as_str())
            || ["tests", "test"].iter().any(|end| word.ends_with(&format!(".{end}")) || folder.ends_with(&title(end)))
    });
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let marks = ["_test", "_tests", ".test", ".spec", "_spec", ".e2e", "Test", "Tests", "IT", "Spec"];
    in_folder || stem.starts_with("test_") || marks.iter().any(|mark| stem.ends_with(mark)) || matches!(stem, "tests" | "test" | "conftest")
}

fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').rev().skip(1)
}

/// Whether a file lies in a folder of data for tests. `test` and `tests` are no such names: environments are called so.
pub(super) fn is_test_data(path: &str) -> bool {
    const FOLDERS: [&str; 7] = ["__tests__", "testdata", "test-data", "test_data", "fixtures", "test-fixtures", "__fixtures__"];
    path.rsplit('/')
        .skip(1)
        .any(|folder| FOLDERS.contains(&folder.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase().as_str()))
}

/// Whether a file is of something that runs: it lies in no folder of tests, examples or documentation, and it is not the code of others.
pub(super) fn is_of_product(path: &str) -> bool {
    !folders(path).any(|folder| VENDORED[..3].contains(&folder) || is_aside(folder))
}

/// A word of the name decides: `k8s-examples`, `test_data`, `BasketTests`, `testdata2`.
fn is_aside(folder: &str) -> bool {
    let words = folder.split(['-', '_', '.', ' ']).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase());
    words.into_iter().any(|word| ASIDE.contains(&word.as_str())) || is_suite(folder)
}

/// `BasketTests`, and not `Latest` or `UNITTESTS`.
fn is_suite(folder: &str) -> bool {
    let stem = ["Tests", "Test"].iter().find_map(|end| folder.strip_suffix(end));
    stem.is_some_and(|stem| stem.ends_with(|c: char| c.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_code() {
        for path in [
            "tests/a.rs",
            "src/a_test.go",
            "web/a.spec.ts",
            "src/test/java/A.java",
            "AppTest.java",
            "Basket.UnitTests/A.cs",
            "a/Orders.Tests/A.cs",
            "test_a.py",
            "src/x/tests.rs",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in ["src/main.rs", "src/latest/a.go", "contest/a.py", "src/attest.ts", "src/Greatest.java", "src/protest.rs"] {
            assert!(!is_test(path), "{path}");
        }
        for path in ["a/logo.PNG", "Cargo.lock", "web/app.min.js", "package-lock.json", "a.tar.gz", "a/vendor/b.go"] {
            assert!(!is_written(path), "{path}");
        }
        assert!(is_written("src/main.rs") && is_written("png") && is_written("a.env") && is_written(".npmrc"));
        assert!(is_vendored("web/node_modules/a/b.js") && !is_vendored("web/vendor.js"));
    }

    #[test]
    fn data_of_tests_lies_in_folders_that_only_tests_have() {
        for path in ["testdata/a.yaml", "pkg/TestData/a/b.yaml", "__tests__/a.json", "x/test-fixtures/y.yaml", "fixtures/a", "testdata2/a"]
        {
            assert!(is_test_data(path), "{path}");
        }
        for path in ["overlays/test/a.yaml", "environments/tests/a.yaml", "testdata", "a/fixtures", "my-fixtures/a.yaml", "contest/a.yaml"]
        {
            assert!(!is_test_data(path), "{path}");
        }
    }

    #[test]
    fn what_runs_lies_in_no_folder_of_tests_examples_or_documentation() {
        for path in [
            "deploy/app.yaml",
            "app.yaml",
            "docs.yaml",
            "src/latest/Dockerfile",
            "contest/a.yaml",
            "attest/a.yaml",
            "doctor/a.yaml",
            "sampler/a.yaml",
            "UNITTESTS/a.yaml",
            "build/a.yaml",
        ] {
            assert!(is_of_product(path), "{path}");
        }
        for path in [
            "examples/app.yaml",
            "a/k8s-examples/b/app.yaml",
            "sample-manifests/app.yaml",
            "docs/operator/app.yaml",
            "old-docs/app.yaml",
            "overlays/test/app.yaml",
            "testdata2/app.yaml",
            "test_data/app.yaml",
            "BasketTests/Dockerfile",
            "AppTest/Dockerfile",
            "vendor/x/Dockerfile",
            "Examples/app.yaml",
        ] {
            assert!(!is_of_product(path), "{path}");
        }
    }
}
