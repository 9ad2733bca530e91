//! From `layer.yaml`, or the section `policies:` of a `polity.yaml`, to a layer whose every entry knows its line.

use std::ops::Range;

use crate::config::{ConfigError, Demand, Format, Grade, LayerFile, Level, Node, PolicyRules, ServiceFile, Step, load};
use crate::finding::{Diagnostic, SourceText, nearest};

use super::{Entry, Layer, Strength, is_pattern, named};
use crate::policy::{Policy, patterns};

/// Parameters of a policy with the type of each, for the check of what a layer sets.
type Known<'a> = &'a [Policy];

impl Layer {
    /// Reads a `layer.yaml`; `name` is `namespace/id`.
    ///
    /// # Errors
    /// [`ConfigError`] that points at the first mistake.
    pub fn load(name: &str, source: SourceText) -> Result<Self, ConfigError> {
        let (file, root) = load::<LayerFile>(&source, Format::Yaml)?;
        for (key, text) in [("title", &file.title), ("owner", &file.owner)] {
            if text.trim().is_empty() {
                let span = root.span_of(&[Step::Key(key.to_owned())]);
                return Err(wrong(&source, span, format!("`{key}` is empty"), "write something here"));
            }
        }
        let max_waiver = file.max_waiver.map(|span| i64::try_from(span.0.as_secs() / 86_400).unwrap_or(i64::MAX));
        let entries = entries(&source, &root, &[], &file.mandatory, &file.default)?;
        Ok(Self { name: name.to_owned(), level: file.level, owner: Some(file.owner), max_waiver, entries, source, home: None })
    }

    /// The section `policies:` of the `polity.yaml` in a folder of the repository; `None` when it demands nothing.
    ///
    /// # Errors
    /// [`ConfigError`] that points at the first mistake.
    pub fn own(source: SourceText, home: String, file: &ServiceFile, root: &Node) -> Result<Option<Self>, ConfigError> {
        let Some(PolicyRules { mandatory, default, .. }) = &file.policies else { return Ok(None) };
        let above = [Step::Key("policies".to_owned())];
        let entries = entries(&source, root, &above, mandatory, default)?;
        let owner = file.service.as_ref().and_then(|service| service.owner.clone());
        let name = source.path().to_owned();
        Ok((!entries.is_empty()).then_some(Self {
            name,
            level: Level::Repository,
            owner,
            max_waiver: None,
            entries,
            source,
            home: Some(home),
        }))
    }

    /// Holds what the layer says to the policies at hand: their names (all of them, as namespace and id), and of those that are loaded
    /// the parameters.
    ///
    /// # Errors
    /// A diagnostic that points at the first name or value that does not fit.
    pub fn fits(&self, names: &[(String, String)], policies: Known<'_>) -> Result<(), Box<Diagnostic>> {
        for entry in &self.entries {
            let name = &entry.demand.policy;
            let found: Vec<_> = names.iter().filter(|(namespace, id)| named(name, namespace, id)).collect();
            // A default that fits nothing loosens nothing; what is mandatory and holds nowhere would pass in silence.
            if found.is_empty() && (!is_pattern(name) || entry.strength == Strength::Mandatory) {
                let what =
                    if is_pattern(name) { "demands policies of which none is at hand" } else { "names a policy that is not at hand" };
                let diagnostic = Diagnostic::new(format!("layer `{}` {what}: `{name}`", self.name));
                let full: Vec<_> = names.iter().map(|(namespace, id)| format!("{namespace}/{id}")).collect();
                let near = nearest(name, names.iter().map(|(_, id)| id.as_str()).chain(full.iter().map(String::as_str)));
                let help = near.map_or("`polity policy list` shows what there is".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(Box::new(diagnostic.at(self.source.location(entry.span.clone(), "no such policy")).help(help)));
            }
            if found.len() > 1 && !is_pattern(name) {
                let full: Vec<_> = found.iter().map(|(namespace, id)| format!("`{namespace}/{id}`")).collect();
                let diagnostic = Diagnostic::new(format!("more than one policy is called `{name}`"));
                let place = self.source.location(entry.span.clone(), "which of them?");
                return Err(Box::new(diagnostic.at(place).help(format!("name one of them in full: {}", full.join(", ")))));
            }
            for policy in policies.iter().filter(|policy| named(name, &policy.namespace, &policy.id)) {
                self.fits_parameters(entry, policy)?;
            }
        }
        Ok(())
    }

    /// The default entries whose pattern fits none of the policies at hand.
    pub fn idle<'a>(&'a self, names: &'a [(String, String)]) -> impl Iterator<Item = &'a Entry> {
        let fits = |entry: &Entry| names.iter().any(|(namespace, id)| named(&entry.demand.policy, namespace, id));
        self.entries.iter().filter(move |entry| !fits(entry))
    }

    fn fits_parameters(&self, entry: &Entry, policy: &Policy) -> Result<(), Box<Diagnostic>> {
        for (parameter, value) in &entry.demand.parameters {
            let span = entry.parameters.get(parameter).map_or(entry.span.clone(), |(_, span)| span.clone());
            let Some(declared) = policy.file.parameters.get(parameter) else {
                let diagnostic = Diagnostic::new(format!("policy `{}` has no parameter `{parameter}`", policy.name()));
                let near = nearest(parameter, policy.file.parameters.keys().map(String::as_str));
                let help = near.map_or("`polity explain` shows its parameters".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(Box::new(diagnostic.at(self.source.location(span, "no such parameter")).help(help)));
            };
            if !declared.kind.accepts(value) {
                let title = format!("`{parameter}` of policy `{}` is not of type {}", policy.name(), declared.kind.word());
                return Err(Box::new(Diagnostic::new(title).at(self.source.location(span, "this value"))));
            }
        }
        Ok(())
    }
}

/// The entries of both lists, each with its line.
fn entries(source: &SourceText, root: &Node, above: &[Step], mandatory: &[Demand], default: &[Demand]) -> Result<Vec<Entry>, ConfigError> {
    let mut found = Vec::new();
    for (word, strength, demands) in [("mandatory", Strength::Mandatory, mandatory), ("default", Strength::Default, default)] {
        for (index, demand) in demands.iter().enumerate() {
            let at = |more: &[&str]| -> Vec<Step> {
                let key = |name: &&str| Step::Key((*name).to_owned());
                let here = [Step::Key(word.to_owned()), Step::Index(index)];
                above.iter().cloned().chain(here).chain(more.iter().map(key)).collect()
            };
            let span_of = |more: &[&str]| root.span_of(&at(more));
            sensible(source, strength, demand, &span_of)?;
            let origin = |span: &Range<usize>| format!("{}:{}", source.path(), source.position(span.start).line);
            let places = demand.parameters.keys().map(|name| {
                let span = span_of(&["parameters", name]);
                (name.clone(), (origin(&span), span))
            });
            let span = span_of(&["policy"]);
            found.push(Entry { strength, demand: demand.clone(), origin: origin(&span), parameters: places.collect(), span });
        }
    }
    Ok(found)
}

/// What the types cannot say.
fn sensible(
    source: &SourceText,
    strength: Strength,
    demand: &Demand,
    span_of: &dyn Fn(&[&str]) -> Range<usize>,
) -> Result<(), ConfigError> {
    let fail = |keys: &[&str], title: String, label: &str| Err(wrong(source, span_of(keys), title, label));
    if demand.policy.trim().is_empty() {
        return fail(&["policy"], "`policy` is empty".to_owned(), "name a policy");
    }
    let patterns = demand.scope.paths.iter().chain([&demand.policy].into_iter().filter(|name| is_pattern(name)));
    for pattern in patterns {
        if let Err(error) = patterns::glob(pattern) {
            return fail(&["policy"], format!("`{pattern}` is no pattern: {}", error.kind()), "in this entry");
        }
    }
    if let Some((path, because)) = demand.scope.paths.iter().find_map(|path| Some((path, never(path)?))) {
        return fail(&["scope", "paths"], format!("`{path}` fits no path: {because}"), "paths are relative, such as `sub` or `sub/**`");
    }
    if strength == Strength::Mandatory && demand.severity == Some(Grade::Off) {
        return fail(&["severity"], "a mandatory entry cannot switch a policy off".to_owned(), "write it under `default`");
    }
    if is_pattern(&demand.policy) && !demand.parameters.is_empty() {
        return fail(
            &["parameters"],
            "parameters belong to one policy, and this entry names a pattern".to_owned(),
            "not for several policies",
        );
    }
    if !demand.scope.paths.is_empty() && !demand.parameters.is_empty() {
        return fail(&["parameters"], "parameters cannot be scoped by paths".to_owned(), "set them without `paths`");
    }
    if demand.enforce_after.is_some() && demand.rollout.is_some() {
        return fail(&["enforce_after"], "`enforce_after` and `rollout` say two things".to_owned(), "leave one of them out");
    }
    let Some(stages) = demand.rollout else { return Ok(()) };
    let dates: Vec<_> = [stages.observe, stages.warn, Some(stages.deny)].into_iter().flatten().collect();
    if !dates.is_sorted() {
        return fail(&["rollout"], "stages of a rollout are out of order".to_owned(), "observe, then warn, then deny");
    }
    Ok(())
}

/// Why a pattern can fit no path of a file.
fn never(pattern: &str) -> Option<&'static str> {
    if pattern.starts_with('/') {
        return Some("it begins with `/`");
    }
    // A `/` at the end says that it is a folder.
    pattern
        .strip_suffix('/')
        .unwrap_or(pattern)
        .split('/')
        .any(|part| matches!(part, "" | "." | ".."))
        .then_some("a part of it is empty, `.` or `..`")
}

fn wrong(source: &SourceText, span: Range<usize>, title: String, label: &str) -> ConfigError {
    ConfigError(Box::new(Diagnostic::new(title).at(source.location(span, label))))
}
