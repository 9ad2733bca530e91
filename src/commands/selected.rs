//! The policies of a check: what the command line leaves in and out, and what is done for them before the files are known.

use std::collections::BTreeSet;

use crate::cli::CheckArgs;
use crate::error::Error;
use crate::finding::{calls, nearest};
use crate::policy::Policy;
use crate::policy::waivers::Run;

use super::locked::Pins;
use super::{Env, layers, policies, traces};

/// The policies of a run, what they are called, and the names of all that are at hand.
type Selected = (Vec<Policy>, Run, Vec<layers::Name>);

/// The same while the files are walked: what is surely evaluated is compiled for as long as that lasts. The shortest rules come first, so
/// that nobody waits for a long one when it is over.
pub(super) fn ahead(args: &CheckArgs, env: &Env<'_>, is_over: &dyn Fn() -> bool) -> Result<Selected, Error> {
    let selected = selected(args, env, None)?;
    // An earlier check may have left nothing to evaluate.
    if !traces::has(args, env) {
        let mut sure: Vec<_> = selected.0.iter().filter(|policy| !policy.file.described).collect();
        sure.sort_by_key(|policy| policy.rego().text().len());
        // Who evaluates the rule says what is wrong with it.
        sure.iter().take_while(|_| !is_over()).for_each(|policy| drop(policy.compile()));
    }
    Ok(selected)
}

/// The policies of this run, and the names of all that are at hand, whether or not this run leaves them out; what is skipped is said.
pub(super) fn selected(args: &CheckArgs, env: &Env<'_>, pins: Option<&Pins>) -> Result<Selected, Error> {
    let at_hand = policies::sources(env, &args.path, &args.policies, &[])?;
    let sources = pins.map_or(Ok(at_hand.clone()), |pins| pins.sources(env, at_hand))?;
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
    Ok((policies, Run { evaluated, known }, names))
}
