//! What a check asks of a folder: which policies, and by whose rules.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::error::Error;
use crate::finding::{calls, nearest};
use crate::policy::waivers::{self, Run};
use crate::policy::{Outcome, Policy, Repository, Rules, Whole, check_in};

use super::around::Around;
use super::check::{contract, policy_errors};
use super::locked::Pins;
use super::{Env, facts, layers, policies, traces};

/// The policies of a run, and what they are held by.
pub(super) struct Asked {
    pub(super) policies: Vec<Policy>,
    pub(super) run: Run,
    /// All policies that are at hand, whether or not this run leaves them out.
    names: Vec<layers::Name>,
    /// Releases that a lock holds fast.
    pub(super) pins: Option<Pins>,
    /// The whole repository around the checked folder, once somebody had to look around.
    pub(super) around: OnceCell<Around>,
    /// What a check of that repository says, once somebody had to know; nothing where that cannot be told.
    pub(super) whole: OnceCell<Option<Outcome>>,
}

/// A folder that is checked, and what is asked of it.
pub(super) struct Checked<'a, 'e> {
    pub(super) args: &'a CheckArgs,
    pub(super) env: &'a Env<'e>,
    pub(super) asked: &'a Asked,
    pub(super) rules: &'a Rules,
    pub(super) folder: &'a Path,
    pub(super) repository: &'a Arc<Repository>,
}

impl Asked {
    /// The policies that the command line chooses; what is skipped is said.
    pub(super) fn of(args: &CheckArgs, env: &Env<'_>, pins: Option<Pins>) -> Result<Self, Error> {
        let at_hand = policies::sources(env, &args.path, &args.policies, &[])?;
        let sources = pins.as_ref().map_or(Ok(at_hand.clone()), |pins| pins.sources(env, at_hand))?;
        let names = layers::names(&sources);
        let all = policies::compile(&policies::chosen(sources, &args.only)?)?;
        let is = |policy: &Policy, name: &String| calls(name, &policy.name());
        for name in &args.skip {
            if !all.iter().any(|policy| is(policy, name)) {
                let near = nearest(name, all.iter().map(|policy| policy.id.as_str()));
                let help = near.map_or("`polity policy list` shows what there is".to_owned(), |near| format!("did you mean `{near}`?"));
                return Err(Error::usage(format!("there is no policy `{name}` to skip")).help(help));
            }
            env.notice(format!("policy `{name}` was skipped, as `--skip` says"));
        }
        let known: BTreeSet<String> = names.iter().map(|(namespace, id)| format!("{namespace}/{id}")).collect();
        let policies: Vec<_> = all.into_iter().filter(|policy| !args.skip.iter().any(|name| is(policy, name))).collect();
        let evaluated = policies.iter().map(Policy::name).collect();
        Ok(Self { policies, run: Run { evaluated, known }, names, pins, around: OnceCell::new(), whole: OnceCell::new() })
    }

    /// The same while the files are walked: what is surely evaluated is compiled for as long as that lasts. The shortest rules come first, so that
    /// nobody waits for a long one when it is over.
    pub(super) fn ahead(args: &CheckArgs, env: &Env<'_>, is_over: &dyn Fn() -> bool) -> Result<Self, Error> {
        let asked = Self::of(args, env, None)?;
        // An earlier check may have left nothing to evaluate.
        if !traces::has(args, env) {
            let mut sure: Vec<_> = asked.policies.iter().filter(|policy| !policy.file.described).collect();
            sure.sort_by_key(|policy| policy.rego().text().len());
            // Who evaluates the rule says what is wrong with it.
            sure.iter().take_while(|_| !is_over()).for_each(|policy| drop(policy.compile()));
        }
        Ok(asked)
    }

    /// By what rules a folder is held.
    pub(super) fn rules(&self, args: &CheckArgs, env: &Env<'_>, repository: &Repository) -> Result<Rules, Error> {
        let today = layers::today(args.today);
        let mut rules = layers::rules(env, repository, &self.policies, &self.names, today, self.pins.as_ref())?;
        rules.facts = facts::facts(env, repository, &self.policies, today)?;
        if args.vacuity {
            facts::unmatched(env, repository, &rules);
        }
        Ok(rules)
    }

    /// What all policies say of a folder; those that look around see the `whole` repository that it lies in.
    pub(super) fn evaluate(&self, repository: &Arc<Repository>, whole: Option<Whole<'_>>, rules: &Rules) -> Result<Outcome, Error> {
        let mut outcome = check_in(&self.policies, repository, whole, contract, rules).map_err(policy_errors)?;
        waivers::apply(&mut outcome, repository, rules, &self.run);
        Ok(outcome)
    }
}
