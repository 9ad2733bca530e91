//! `polity template`: what authors do.

use crate::new::pay;
use crate::support::repo;

#[test]
fn a_new_template_passes_its_own_test() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    let run = folder.polity(["template", "new", "templates/team-docs"]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    created the template pay/team-docs in templates/team-docs
      test it: polity template test templates/team-docs
      use it:  polity new ./templates/team-docs my-service
    ");
    let expected = ["README.md", "cases/default/answers.yaml", "cases/default/tree.snap", "files/README.md.tera", "template.yaml"];
    assert_eq!(folder.files("templates/team-docs"), expected);
    let run = folder.polity(["template", "test"]).exits(0);
    assert_eq!(run.stdout, "ok pay/team-docs default (3 files)\n1 passed, 0 failed\n");
    folder.polity(["new", "./templates/team-docs", "handbook", "--defaults"]).exits(0);
    assert_eq!(folder.read("handbook/README.md"), "# Handbook\n\nOwned by platform.\n");
    folder.polity(["template", "new", "templates/team-docs"]).exits(2);
    folder.polity(["template", "new", "templates/Team"]).exits(2);
    assert!(folder.polity(["template", "new", "."]).exits(2).stderr.contains("`.` is not a name for a template"));
    let far = folder.path("far/docs").display().to_string();
    let run = folder.run(&["template", "new", &far]).exits(0);
    assert!(run.stdout.contains("use it:  polity new [ROOT]/far/docs my-service\n"), "{run}");
}

#[test]
fn a_change_of_the_output_fails_until_it_is_accepted() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    folder.polity(["template", "new", "templates/docs"]).exits(0);
    let folder = folder.file("templates/docs/files/README.md.tera", "# changed\n");
    let run = folder.polity(["template", "test", "templates/docs"]).exits(1);
    assert!(run.stdout.starts_with("FAILED pay/docs default (3 files)\n  --- templates/docs/cases/default/tree.snap\n"), "{run}");
    assert!(run.stdout.contains("  `--accept` takes what is rendered now\n0 passed, 1 failed\n"), "{run}");
    folder.polity(["template", "test", "templates/docs", "--accept"]).exits(0);
    let run = folder.polity(["template", "test", "templates/docs", "--format", "json"]).exits(0);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&said["schema"], &said["cases"][0]["passed"]), (&"polity/template-test/1".into(), &true.into()));
}

#[test]
fn checks_run_in_the_rendered_folder() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    folder.polity(["template", "new", "templates/docs"]).exits(0);
    let manifest = folder.read("templates/docs/template.yaml");
    let folder = folder
        .file("templates/docs/template.yaml", format!("{manifest}checks:\n- [test, -f, README.md]\n- [sh, -c, 'echo broken; exit 7']\n"));
    let run = folder.polity(["template", "test", "templates/docs"]).exits(1);
    assert!(run.stdout.contains("  `sh -c echo broken; exit 7` failed, exit status: 7:\n  broken\n"), "{run}");
    folder.polity(["template", "test", "templates/docs", "--no-checks"]).exits(0);
}

#[test]
fn a_template_without_a_case_fails() {
    let folder = repo().file("t/template.yaml", "version: 1.0.0\ndescription: d\n");
    let run = folder.polity(["template", "test", "./t"]).exits(1);
    assert!(run.stdout.contains("the template has no case"), "{run}");
}

#[test]
fn templates_are_listed_and_shown() {
    let folder = pay();
    let run = folder.polity(["--registry", "reg", "template", "list"]).exits(0);
    assert!(run.stdout.contains("pay/base"), "{run}");
    assert!(run.stdout.contains("1.2.0  What every service has (layer)\n"), "{run}");
    let run = folder.polity(["--registry", "reg", "template", "show", "go"]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    pay/go 2.0.0
    A service in Go

    layers, lowest first:
      pay/base 1.2.0 (reg)
      pay/go 2.0.0 (reg)

    inputs:
      name: string, default {{ folder | kebab }}
          The name
      owner: string, required
          The team that answers
      port: integer, default 8080

    files:
      .gitignore (pay/base)
      .gitignore (pay/go)
      [[ name ]].go.tera (pay/go)
      logo.png (pay/go)
      polity.yaml.tera (pay/base)
    ");
    let run = folder.polity(["--registry", "reg", "template", "show", "pay/go", "--format", "json"]).exits(0);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&said["schema"], &said["inputs"][2]["default"]), (&"polity/template-show/1".into(), &8080.into()));
}

#[test]
fn layers_that_do_not_fit_name_both_paths() {
    let folder = pay()
        .file("reg/templates/mid/template.yaml", "version: 1.0.0\ndescription: d\nrequires: [pay/base@1.0.0]\n")
        .file("reg/templates/top/template.yaml", "version: 1.0.0\ndescription: d\nrequires:\n- pay/mid@1.0.0\n- pay/base@2.0.0\n");
    let run = folder.polity(["--registry", "reg", "new", "top", "x", "--defaults"]).exits(3);
    assert!(run.stderr.contains("error: layers need different major versions of `pay/base`\n"), "{run}");
    assert!(run.stderr.contains("--> reg/templates/top/template.yaml:5:3\n"), "{run}");
    assert!(run.stderr.contains("::: reg/templates/mid/template.yaml:3:12\n"), "{run}");
    assert!(run.stderr.contains("`pay/top 1.0.0` → `pay/mid 1.0.0` needs 1.0.0"), "{run}");
    let folder = folder.file("reg/templates/top/template.yaml", "version: 1.0.0\ndescription: d\nrequires: [pay/bass@1.0.0]\n");
    let run = folder.polity(["--registry", "reg", "new", "top", "x", "--defaults"]).exits(3);
    assert!(
        run.stderr.contains("there is no template `pay/bass`") && run.stderr.contains("--> reg/templates/top/template.yaml:3:12\n"),
        "{run}"
    );
    let folder = folder.file("reg/templates/top/template.yaml", "version: 1.0.0\ndescription: d\nrequires: [pay/top@1.0.0]\n");
    let run = folder.polity(["--registry", "reg", "new", "top", "x", "--defaults"]).exits(3);
    assert!(run.stderr.contains("layers require each other: pay/top → pay/top"), "{run}");
}

#[test]
fn in_the_folder_of_a_registry_its_templates_go_by_their_names() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    folder.polity(["template", "new", "templates/team-docs"]).exits(0);
    for name in ["team-docs", "pay/team-docs", "templates/team-docs"] {
        let run = folder.polity(["template", "test", name]).exits(0);
        assert_eq!(run.stdout, "ok pay/team-docs default (3 files)\n1 passed, 0 failed\n");
    }
    let run = folder.polity(["template", "show", "team-docs"]).exits(0);
    assert!(run.stdout.starts_with("pay/team-docs 0.1.0\n"), "{run}");
    let run = folder.polity(["template", "list"]).exits(0);
    assert!(run.stdout.contains("pay/team-docs ") && run.stdout.contains("polity/rust-service "), "{run}");
    let run = folder.polity(["template", "test", "team-doc"]).exits(2);
    assert!(run.stderr.contains("there is no template `team-doc`"), "{run}");
    // What the folder of a registry without templates tests is nothing, not what polity brings.
    let run = repo().file("registry.yaml", "namespace: pay\n").polity(["template", "test"]).exits(0);
    assert_eq!(run.stdout, "0 passed, 0 failed\n");
}

#[test]
fn a_case_without_an_answer_is_named() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    folder.polity(["template", "new", "templates/docs"]).exits(0);
    let manifest = folder.read("templates/docs/template.yaml").replace("values:", "  team:\n    type: string\nvalues:");
    let folder = folder.file("templates/docs/template.yaml", manifest);
    insta::assert_snapshot!(folder.polity(["template", "test"]).exits(3), @r"
    exit: 3
    ----- stderr
    error: input `team` has no value in the case `default` of pay/docs
     |
     = help: give values in `templates/docs/cases/default/answers.yaml`
     = note: `team`: no help
    ");
}

#[test]
fn a_variable_that_nothing_defines_is_named_before_a_filter_too() {
    let folder = repo().file("registry.yaml", "namespace: pay\n");
    folder.polity(["template", "new", "templates/docs"]).exits(0);
    for (text, name, near) in
        [("{{ nam | title }}", "nam", "name"), ("{{ tilte }}", "tilte", "title"), ("{% for x in ownr %}{% endfor %}", "ownr", "owner")]
    {
        std::fs::write(folder.path("templates/docs/files/README.md.tera"), text).unwrap();
        let run = folder.polity(["template", "test"]).exits(3);
        assert!(run.stderr.contains(&format!("^ variable `{name}` is not defined\n")), "{run}");
        assert!(run.stderr.contains(&format!(" = help: did you mean `{near}`?\n")), "{run}");
    }
}

#[test]
fn a_condition_on_files_is_held_to_what_there_is() {
    let new = |when: &str| {
        let manifest = format!(
            "version: 1.0.0\ndescription: d\ninputs: {{store: {{type: string, default: x}}}}\nfiles:\n- {{path: a, when: \"{when}\"}}\n"
        );
        let folder = repo().file("t/template.yaml", manifest).file("t/files/a", "");
        folder.polity(["new", "./t", "out", "--defaults", "--no-git"])
    };
    for when in ["stroe == 'x'", "not stroe", "store == 'x' and stroe"] {
        let run = new(when).exits(3);
        assert!(run.stderr.starts_with("error: `stroe` is not known here\n --> ./t/template.yaml:5:"), "{run}");
        assert!(run.stderr.contains("help: did you mean `store`?"), "{run}");
    }
    assert!(new("").exits(3).stderr.contains("--> ./t/template.yaml:5:"));
    new("store == 'x'").exits(0);
    new("tier is defined and tier == 'edge' or (team is not defined)").exits(0);
}

#[test]
fn a_default_satisfies_every_layer_that_declares_its_input() {
    let new = |lower: &str, upper: &str| {
        let manifest = |rest: &str| format!("version: 1.0.0\ndescription: d\n{rest}\n");
        let folder = repo()
            .file("reg/registry.yaml", "namespace: pay\n")
            .file("reg/templates/low/template.yaml", manifest(&format!("inputs: {{p: {lower}}}")))
            .file("reg/templates/top/template.yaml", manifest(&format!("requires: [pay/low@1.0.0]\ninputs: {{p: {upper}}}")));
        folder.polity(["--registry", "reg", "new", "top", "out", "--defaults", "--no-git"])
    };
    let run = new("{type: integer, default: 20}", "{type: integer, max: 5}").exits(3);
    insta::assert_snapshot!(run, @r"
    exit: 3
    ----- stderr
    error: default of `p` is not a valid answer
     --> reg/templates/low/template.yaml:3:29
      |
    3 | inputs: {p: {type: integer, default: 20}}
      |                             ^^^^^^^ is more than 5
      |
     ::: reg/templates/top/template.yaml:4:10
      |
    4 | inputs: {p: {type: integer, max: 5}}
      |          - this layer objects
      |
      = help: restate the default where the input is restated
    ");
    assert!(new("{type: integer, min: 10}", "{type: integer, default: 5}").exits(3).stderr.contains("is less than 10"));
    let run = new("{type: choice, choices: [a]}", "{type: choice, choices: [b]}").exits(3);
    assert!(run.stderr.contains("error: layers leave nothing to choose from for `p`\n --> reg/templates/top/template.yaml:4:28"), "{run}");
    new("{type: integer, default: 20}", "{type: integer, max: 5, default: 4}").exits(0);
}

#[test]
fn what_has_no_order_is_refused() {
    let folder = repo().file("t/template.yaml", "version: 1.0.0\ndescription: d\ninputs: {a: {type: string, default: x}}\n");
    for text in ["a\n{{ __tera_context }}\n", "a\n{% for k, v in __tera_context %}{{ k }}{% endfor %}\n"] {
        std::fs::create_dir_all(folder.path("t/files")).unwrap();
        std::fs::write(folder.path("t/files/x.tera"), text).unwrap();
        let run = folder.polity(["new", "./t", "out", "--defaults"]).exits(3);
        assert!(run.stderr.contains("--> ./t/files/x.tera:2:") && run.stderr.contains("`__tera_context` has no order"), "{run}");
    }
}

/// The templates inside the binary hold the laws that authors are held to; `.ci/run` runs their checks as well.
#[test]
fn the_embedded_templates_pass_their_tests() {
    let folder = repo();
    let run = folder.polity(["template", "test", "--no-checks"]).exits(0);
    assert!(run.stdout.contains("ok polity/service-base "), "{run}");
}

#[test]
fn what_a_manifest_says_of_nothing_is_a_finding() {
    let manifest = "version: 1.0.0
description: d
satisfies: [service-without-owner, polity/committed-secret, service-without-ownr, nope]
inputs:
  awake: {type: bool, default: false}
  name: {type: string, default: orders}
files:
- {path: docs/*.md, class: seeded}
- {path: REDME.md, class: seeded}
- {path: 'src/**', class: merged}
- {path: on-call.txt, when: awake}
- {path: polity.yaml, class: seeded}
";
    let folder = repo()
        .file("registry.yaml", "namespace: pay\n")
        .file("templates/t/template.yaml", manifest)
        .file("templates/t/files/README.md", "# x\n")
        .file("templates/t/files/docs/{{ name }}.md.tera", "# {{ name }}\n")
        .file("templates/t/files/on-call.txt", "call\n")
        .file("templates/t/cases/default/answers.yaml", "{}\n");
    let run = folder.polity(["template", "test", "--accept"]).exits(1);
    insta::assert_snapshot!(run, @r"
    exit: 1
    ----- stdout
    ok pay/t default (4 files)
    FAILED pay/t - (0 files)
      templates/t/template.yaml:9:4: `REDME.md` matches no file of the template
      templates/t/template.yaml:10:4: `src/**` matches no file of the template
      templates/t/template.yaml:3:61: there is no policy `service-without-ownr`; did you mean `service-without-owner`?
      templates/t/template.yaml:3:83: there is no policy `nope`
    1 passed, 1 failed
    ");
}
