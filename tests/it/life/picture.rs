//! The picture of the README: a terminal with what polity really said. `UPDATE_BOOK=1` draws it anew.

use std::fmt::Write as _;

use super::shelf::{Shelf, git, shelf};

const MANIFEST: &str = "inputs:
  name: {type: string, default: orders}
  port: {type: integer, default: 8080}
files:
- {path: README.md, class: merged}
";
const DOCKERFILE: &str = "FROM gcr.io/distroless/static
USER 10001
COPY {{ name }} /app/service
EXPOSE {{ port }}
ENTRYPOINT [\"/app/service\"]
";
const CI: &str = "on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
    - run: make test
";

/// A service whose owner and whose platform team both went on working.
fn lived() -> Shelf {
    let shelf = shelf(&[]);
    let readme = "# {{ name }}\n\nWhat it does.\n";
    shelf.version("1.2.0", MANIFEST, &[("Dockerfile.tera", DOCKERFILE), ("ci.yaml", CI), ("README.md.tera", readme)]);
    shelf.polity(&["new", "pay/go", "orders", "--defaults"]).exits(0);
    let edited = shelf.repo.read("orders/Dockerfile").replace("EXPOSE", "ENV TZ=UTC\nEXPOSE");
    shelf.write("orders/Dockerfile", edited);
    shelf.write("orders/ci.yaml", CI.replace("make test", "make fast"));
    let run = |args: &[&str]| git(&shelf.repo.path("orders"), shelf.repo.root(), args);
    run(&["commit", "-q", "-a", "-m", "Our time zone"]);
    let dockerfile = DOCKERFILE.replace("FROM gcr.io/distroless/static", "FROM gcr.io/distroless/static:nonroot").replace("10001", "65532");
    let ci = CI.replace("make test", "make test lint");
    shelf.version(
        "1.4.0",
        MANIFEST,
        &[("Dockerfile.tera", &dockerfile), ("ci.yaml", &ci), ("README.md.tera", readme), ("slo.yaml", "x\n")],
    );
    shelf
}

/// What a person sees who types these commands.
fn transcript() -> String {
    let shelf = lived();
    let mut text = String::new();
    for command in ["drift orders", "update orders", "blame orders/Dockerfile"] {
        let args: Vec<_> = command.split(' ').collect();
        let run = if command.starts_with("drift") { shelf.repo.run(&args) } else { shelf.polity(&args) };
        assert!(run.stderr.is_empty(), "{run}");
        let _ = writeln!(text, "$ polity {command}\n{}", run.stdout);
    }
    // The one thing that differs from run to run is the id of a commit, which holds the time.
    let head = git(&shelf.repo.path("orders"), shelf.repo.root(), &["rev-parse", "--short=8", "HEAD"]);
    text.trim_end().replace(head.trim(), "5c1e7a90")
}

/// A terminal as SVG.
fn drawn(text: &str) -> String {
    const LINE: usize = 18;
    let escaped = |line: &str| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let (width, height) = (widest * 8 + 32, text.lines().count() * LINE + 52);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">
<title>polity drift, update and blame in a terminal</title>
<style>text {{ font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre }} .p {{ fill: #a3be8c }} .b {{ fill: #bf616a }} .n {{ fill: #88c0d0 }}</style>
<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#2e3440\"/>
<circle cx=\"18\" cy=\"18\" r=\"5\" fill=\"#bf616a\"/><circle cx=\"36\" cy=\"18\" r=\"5\" fill=\"#ebcb8b\"/><circle cx=\"54\" cy=\"18\" r=\"5\" fill=\"#a3be8c\"/>
"
    );
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let class = match line {
            line if line.starts_with("$ ") => " class=\"p\"",
            line if line.contains("conflict  ") || line.starts_with("changed   managed") => " class=\"b\"",
            line if line.contains("  yours ") => " class=\"n\"",
            _ => "",
        };
        let _ = writeln!(svg, "<text x=\"16\" y=\"{}\"{class} xml:space=\"preserve\">{}</text>", number * LINE + 52, escaped(line));
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_shows_what_polity_says() {
    let text = transcript();
    insta::assert_snapshot!(text, @r#"
    $ polity drift orders
    orders from pay/go 1.2.0
      managed  2 of 2 files drifted (100 %)
      merged   0 of 2 files drifted (0 %)
    changed   managed  Dockerfile, 17 % of its lines
    changed   managed  ci.yaml, 29 % of its lines

    $ polity update orders
    updated orders: pay/go 1.2.0 → 1.4.0
      changed   Dockerfile
      changed   polity.lock
      changed   polity.yaml
      added     slo.yaml
      conflict  ci.yaml (both changed it)
    resolve the conflicts, `git add` the files and commit; `polity update --abort` takes it back

    $ polity blame orders/Dockerfile
       1  pay/go 1.4.0 Dockerfile.tera:1  FROM gcr.io/distroless/static:nonroot
       2  pay/go 1.4.0 Dockerfile.tera:2  USER 65532
       3  pay/go 1.4.0 Dockerfile.tera:3  COPY orders /app/service
       4  yours 5c1e7a90                  ENV TZ=UTC
       5  pay/go 1.4.0 Dockerfile.tera:4  EXPOSE 8080
       6  pay/go 1.4.0 Dockerfile.tera:5  ENTRYPOINT ["/app/service"]
    "#);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/book/src/pictures/life.svg");
    let svg = drawn(&text);
    if std::env::var_os("UPDATE_BOOK").is_some() {
        std::fs::write(path, &svg).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == svg,
        "the picture is out of date; run `UPDATE_BOOK=1 cargo test --test it picture`"
    );
}
