//! `polity gatekeeper test`: objects reviewed by constraints.

use serde_json::{Value, json};

use crate::cli::{GatekeeperPathArgs, OutputFormat};
use crate::commands::{Env, print, traces};
use crate::error::{Error, Exit};
use crate::policy::gatekeeper::{Action, Document, GatekeeperError, Inventory, Rulebook, Subject, Violation};
use crate::report::human::one_line;
use crate::report::json::pretty;

use super::documents;

/// Reviews the objects and prints what is said against them.
pub(super) fn run(args: &GatekeeperPathArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let read = documents::read(&env.cwd, &args.paths)?;
    let (templates, others): (Vec<_>, Vec<_>) = read.into_iter().partition(|document| document.kind() == "ConstraintTemplate");
    let (constraints, objects): (Vec<_>, Vec<_>) = others.into_iter().partition(|document| document.group() == "constraints.gatekeeper.sh");
    for (found, name) in [(&templates, "constraint template"), (&constraints, "constraint"), (&objects, "object")] {
        if found.is_empty() {
            // A review of nothing, or by nothing, would read as a pass.
            return Err(Error::config(format!("the given files hold no {name}")));
        }
    }
    let book = Rulebook::new(&templates, &constraints, traces::now())?;
    let reviews = review(&book, &objects)?;
    let denied = reviews.iter().flat_map(|review| &review.found).any(|violation| violation.action == Action::Deny);
    let text = match args.format {
        OutputFormat::Json => pretty(&as_json(&reviews)),
        OutputFormat::Human => human(&reviews, constraints.len(), env.quiet),
    };
    print(env, &text)?;
    Ok(if denied { Exit::Findings } else { Exit::Clean })
}

/// An object with what was said against it, and by how many constraints it was looked at.
struct Review {
    subject: Subject,
    applied: usize,
    found: Vec<Violation>,
}

fn review(book: &Rulebook, objects: &[Document]) -> Result<Vec<Review>, GatekeeperError> {
    let inventory = Inventory::of(objects.iter().map(|document| &document.value));
    let one = |document: &Document| {
        let subject = Subject::read(document)?;
        let (applied, found) = book.review(&subject, &inventory)?;
        Ok(Review { subject, applied, found })
    };
    objects.iter().map(one).collect()
}

fn human(reviews: &[Review], constraints: usize, quiet: bool) -> String {
    let mut out = String::new();
    for review in reviews {
        for violation in &review.found {
            let place = [review.subject.namespace.as_str(), review.subject.name.as_str()].join("/");
            let place = place.trim_start_matches('/');
            let (action, kind) = (violation.action.name(), &review.subject.kind);
            let said = format!("{}: {kind} {place} [{}] {}", review.subject.path, violation.constraint.1, violation.message);
            out += &format!("{action:6} {}\n", one_line(&said));
        }
    }
    if !quiet {
        let violations: usize = reviews.iter().map(|review| review.found.len()).sum();
        let idle = reviews.iter().filter(|review| review.applied == 0).count();
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        out += &format!("{}, {}, {}", count(reviews.len(), "object"), count(constraints, "constraint"), count(violations, "violation"));
        out += &format!("; no constraint applies to {}\n", count(idle, "object"));
    }
    out
}

fn as_json(reviews: &[Review]) -> Value {
    let violation = |one: &Violation| {
        let (kind, name) = &one.constraint;
        json!({"constraint": {"kind": kind, "name": name}, "action": one.action.name(), "message": one.message, "details": one.details})
    };
    let review = |review: &Review| {
        let Subject { path, kind, namespace, name, .. } = &review.subject;
        let found: Vec<_> = review.found.iter().map(violation).collect();
        json!({"file": path, "kind": kind, "namespace": namespace, "name": name, "constraints": review.applied, "violations": found})
    };
    json!({"schema": "polity/gatekeeper-test/1", "reviews": reviews.iter().map(review).collect::<Vec<_>>()})
}
