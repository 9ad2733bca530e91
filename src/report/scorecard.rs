//! A check as a table: services down, policies across. JUnit, Markdown and HTML show it each in its way.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::finding::{Finding, Severity};
use crate::policy::{Evaluation, Policy, Service, SubjectKind, UNREADABLE, Verdict};

use super::Report;

/// The table.
pub(super) struct Scorecard<'a> {
    pub rows: Vec<Row<'a>>,
    /// The policies in byte order of their names; the engine's own findings have a column when there are any.
    pub columns: Vec<Column<'a>>,
    /// Whether the run fails for what could not be read.
    pub unread_fails: bool,
    cells: HashMap<(usize, usize), Cell>,
}

/// A service, or the repository as a whole.
pub(super) struct Row<'a> {
    pub root: &'a str,
    /// What people call it.
    pub title: String,
    pub owner: Option<&'a str>,
}

/// A policy; the engine itself has no manifest.
pub(super) struct Column<'a> {
    pub id: &'a str,
    pub policy: Option<&'a Policy>,
}

/// What one policy says about one service.
#[derive(Default)]
pub(super) struct Cell {
    /// The places of its findings in the report, those that do not count too.
    pub findings: Vec<usize>,
    /// The findings that something lets be.
    pub suppressed: usize,
    /// The findings that fail the run.
    pub failing: usize,
    pub errors: usize,
    pub warnings: usize,
    pub advice: usize,
    /// Why the policy has nothing to judge here.
    pub not_applicable: Option<String>,
    /// What could not be read, so that silence is no pass.
    pub unknown: Option<String>,
}

/// What a cell comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    Pass,
    NotApplicable,
    Unknown,
    Advice,
    Warning,
    Error,
}

impl<'a> Scorecard<'a> {
    pub fn new(report: &'a Report<'_>) -> Self {
        let rows = rows(report);
        let columns = columns(report);
        let row_of: HashMap<&str, usize> = rows.iter().enumerate().map(|(at, row)| (row.root, at)).collect();
        let column_of: HashMap<&str, usize> = columns.iter().enumerate().map(|(at, column)| (column.id, at)).collect();
        let mut cells: HashMap<_, Cell> = HashMap::new();
        for one in &report.outcome.evaluations {
            // A policy on the whole repository judges every service: its findings are told apart by their files.
            let all = one.subject == SubjectKind::Repository;
            let judged = rows.iter().enumerate().filter(|(_, row)| all || row.root == one.root);
            if let Some(column) = column_of.get(one.policy.as_str()) {
                for (row, _) in judged {
                    cells.entry((row, *column)).or_default().judge(one);
                }
            }
        }
        for (index, finding) in report.outcome.findings.iter().enumerate() {
            let row = row_of.get(finding.service.as_str()).or_else(|| row_of.get(""));
            if let Some((row, column)) = row.zip(column_of.get(finding.policy.as_str())) {
                cells.entry((*row, *column)).or_default().add(index, finding, report.bar.is_hit_by(finding));
            }
        }
        let unread_fails = report.outcome.findings.iter().any(|finding| finding.policy == UNREADABLE && report.bar.is_hit_by(finding));
        Self { rows, columns, unread_fails, cells }
    }

    /// The cell of a service and a policy; `None` when the policy does not look at it.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.cells.get(&(row, column))
    }

    /// The policies that a service holds, and those that have something to judge there.
    pub fn held(&self, row: usize) -> (usize, usize) {
        let standings = || self.cells(row).map(|(_, cell)| cell.standing());
        let held = standings().filter(|standing| *standing == Standing::Pass).count();
        (held, standings().filter(|standing| *standing != Standing::NotApplicable).count())
    }

    /// The cells of a service, with their columns.
    pub fn cells(&self, row: usize) -> impl Iterator<Item = (&Column<'a>, &Cell)> {
        self.columns.iter().enumerate().filter_map(move |(at, column)| Some((column, self.cell(row, at)?)))
    }
}

fn rows<'a>(report: &'a Report<'_>) -> Vec<Row<'a>> {
    let row = |root: &'a str| {
        let card = report.cards.get(root);
        let title = match (card.and_then(|card| card.name.clone()), root) {
            (Some(name), _) => name,
            (None, "") => "repository".to_owned(),
            (None, root) => root.to_owned(),
        };
        Row { root, title, owner: card.and_then(|card| card.owner.as_deref()) }
    };
    // What belongs to no service has a row where it was judged.
    let is_judged = |one: &Evaluation| one.subject == SubjectKind::Service && one.root.is_empty() && one.verdict != Verdict::NotApplicable;
    let is_shown = |service: &&Service| !service.is_rest || report.outcome.evaluations.iter().any(is_judged);
    let mut rows: Vec<_> = report.outcome.services.iter().filter(is_shown).map(|service| row(&service.root)).collect();
    // Findings outside of every service belong to the repository.
    let known: HashSet<&str> = rows.iter().map(|row| row.root).collect();
    let strays = report.outcome.findings.iter().any(|finding| !known.contains(finding.service.as_str()));
    if strays && !rows.iter().any(|row| row.root.is_empty()) {
        rows.insert(0, row(""));
    }
    rows
}

fn columns<'a>(report: &'a Report<'_>) -> Vec<Column<'a>> {
    let mut columns: BTreeMap<&str, Option<&Policy>> = report.policies.iter().map(|policy| (policy.shown.as_str(), Some(policy))).collect();
    for finding in &report.outcome.findings {
        columns.entry(&finding.policy).or_default();
    }
    columns.into_iter().map(|(id, policy)| Column { id, policy }).collect()
}

impl Cell {
    /// The number of findings that count.
    pub fn counting(&self) -> usize {
        self.errors + self.warnings + self.advice
    }

    fn judge(&mut self, evaluation: &Evaluation) {
        let reasons = || Some(evaluation.reasons.join("; "));
        match evaluation.verdict {
            Verdict::NotApplicable => self.not_applicable = reasons(),
            Verdict::Unknown => self.unknown = reasons(),
            // What was found may be waived; what could not be read is not known all the same.
            Verdict::Fail if !evaluation.reasons.is_empty() => self.unknown = reasons(),
            Verdict::Pass | Verdict::Fail => {}
        }
    }

    fn add(&mut self, index: usize, finding: &Finding, fails: bool) {
        self.findings.push(index);
        self.failing += usize::from(fails);
        if !finding.counts() {
            self.suppressed += 1;
            return;
        }
        *match finding.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Advice => &mut self.advice,
        } += 1;
    }

    pub fn standing(&self) -> Standing {
        match (self.errors, self.warnings, self.advice) {
            (0, 0, 0) if self.unknown.is_some() => Standing::Unknown,
            (0, 0, 0) if self.not_applicable.is_some() => Standing::NotApplicable,
            (0, 0, 0) => Standing::Pass,
            (0, 0, _) => Standing::Advice,
            (0, _, _) => Standing::Warning,
            _ => Standing::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_read_stays_unknown_when_all_that_was_found_is_waived() {
        for (verdict, reasons, expected) in [
            (Verdict::Fail, vec!["`a`: too large"], Standing::Unknown),
            (Verdict::Unknown, vec!["`a`: too large"], Standing::Unknown),
            (Verdict::Fail, vec![], Standing::Pass),
            (Verdict::NotApplicable, vec!["no manifest"], Standing::NotApplicable),
            (Verdict::Pass, vec![], Standing::Pass),
        ] {
            let reasons = reasons.into_iter().map(str::to_owned).collect();
            let (policy, root, evidence) = ("p".to_owned(), String::new(), [].into());
            let mut cell = Cell::default();
            cell.judge(&Evaluation { policy, subject: SubjectKind::Service, root, verdict, reasons, evidence });
            assert_eq!(cell.standing(), expected, "{verdict:?}");
        }
    }
}
