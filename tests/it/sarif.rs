//! The SARIF output, held to the standard's JSON schema.

use serde_json::Value;

use crate::support::{Repo, repo};

/// The schema of OASIS, with its licence beside it. One of its patterns, for languages, has a bracket too many, which is no
/// expression of ECMA-262 any more; reports carry no language.
pub fn schema() -> Value {
    let text = include_str!("sarif/sarif-schema-2.1.0.json");
    serde_json::from_str(&text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$")).unwrap()
}

const RULE: &str = r#"package polity

deny contains finding if {
	some path in repo.glob("**/*.txt")
	some hit in repo.matches(path, `TODO`)
	finding := {
		"message": "work is left",
		"path": path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"label": "here",
		"help": "do it",
		"note": "asked for",
		"also": [{"path": "gone.md", "label": "or there"}, {"path": "polity.yaml", "at": ["service"]}],
	}
}

deny contains {"message": "no place"} if not repo.exists("gone.md")

deny contains {"message": "seen"} if repo.yaml("broken.yaml")
"#;

fn sample() -> Repo {
    repo()
        .file(
            "rules/work-left/policy.yaml",
            "version: 1.0.0\ntitle: work is left\nseverity: warning\nowner: o\nsources: [https://example.org]\n",
        )
        .file("rules/work-left/policy.rego", RULE)
        .file("rules/work-left/README.md", "# work-left\n\n## Why\n\nBecause.\n")
        .file(".polityignore", "rules/\n")
        .file("polity.yaml", "service: {name: a}\n")
        .file("broken.yaml", "a: [\n")
        .file("ä b/x#1.txt", "é TODO\nTODO\nTODO\n")
}

fn sarif(folder: &Repo, args: &[&str]) -> Value {
    let args = [&["check", "--policies", "rules", "--format", "sarif"], args].concat();
    let output = folder.command(&args).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[track_caller]
pub fn valid(schema: &Value, report: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn reports_are_valid_by_the_standards_schema() {
    let schema = schema();
    let mut report = sarif(&sample(), &[]);
    assert!(report["runs"][0]["results"].as_array().unwrap().len() >= 5);
    valid(&schema, &report);
    valid(
        &schema,
        &sarif(
            &repo()
                .file("rules/work-left/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
                .file("rules/work-left/policy.rego", "package polity\ndeny contains 1 if false\n"),
            &[],
        ),
    );
    // The schema bites: otherwise the assertions above would mean nothing.
    report["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&report));
}

#[test]
fn a_result_says_where_and_belongs_to_a_rule() {
    let report = sarif(&sample(), &["--policy", "work-left"]);
    let run = &report["runs"][0];
    let result =
        run["results"].as_array().unwrap().iter().find(|r| r["message"]["text"].as_str().unwrap().starts_with("work is left")).unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "%C3%A4%20b/x%231.txt");
    assert_eq!((place["region"]["startLine"].as_u64(), place["region"]["startColumn"].as_u64()), (Some(1), Some(3)));
    assert_eq!(result["message"]["text"], "work is left: here\nhelp: do it\nnote: asked for");
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 2);
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((rule["id"].as_str(), rule["help"]["text"].as_str()), (Some("work-left"), Some("# work-left\n\n## Why\n\nBecause.\n")));
}

#[test]
fn fingerprints_stay_when_lines_move_and_are_unique() {
    let prints = |folder: &Repo| -> Vec<String> {
        let report = sarif(folder, &["--policy", "work-left"]);
        let results = report["runs"][0]["results"].as_array().unwrap().clone();
        let mut found: Vec<_> = results.iter().map(|r| r["partialFingerprints"]["polity/v1"].as_str().unwrap().to_owned()).collect();
        found.sort();
        found
    };
    let folder = sample();
    let before = prints(&folder);
    let mut unique = before.clone();
    unique.dedup();
    assert_eq!(unique.len(), before.len());
    let moved = folder.file("ä b/x#1.txt", "new\n\né TODO\nother\nTODO\nTODO\n");
    assert_eq!(prints(&moved), before);
}
