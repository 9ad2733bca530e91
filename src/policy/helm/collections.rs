//! The functions of templates on lists and mappings. Their parts need not be known.

use std::sync::Arc;

use super::functions::{is_shown, known};
use super::value::{Members, Value, is_open};

/// The most items that a function counts up to.
const MAX_ITEMS: i64 = 1000;

/// What a function comes to; `None` where it is none of these, or nobody knows.
pub(super) fn collection(name: &str, arguments: &[Value]) -> Option<Value> {
    let name = name.strip_prefix("must").filter(|rest| rest.starts_with(char::is_uppercase)).map_or_else(|| name.to_owned(), lower_first);
    mapping(&name, arguments).or_else(|| list(&name, arguments)).or_else(|| item(&name, arguments))
}

fn lower_first(name: &str) -> String {
    name.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect()
}

fn mapping(name: &str, arguments: &[Value]) -> Option<Value> {
    Some(match (name, arguments) {
        ("dict", pairs) => {
            let pairs = pairs.chunks(2).map(|pair| Some((pair[0].as_text()?.to_owned(), pair.get(1).cloned().unwrap_or(Value::text("")))));
            Value::map(pairs.collect::<Option<_>>()?)
        }
        ("get", [map, key]) => match map.get(key.as_text()?) {
            Value::Null => Value::text(""),
            value => value,
        },
        ("set", [Value::Map(members), key, value]) => {
            let mut members = members.clone();
            Arc::make_mut(&mut members).insert(key.as_text()?.to_owned(), value.clone());
            Value::Map(members)
        }
        ("unset", [Value::Map(members), key]) => {
            let mut members = members.clone();
            Arc::make_mut(&mut members).remove(key.as_text()?);
            Value::Map(members)
        }
        ("hasKey", [Value::Map(members), key]) => {
            let has = members.contains_key(key.as_text()?);
            if !has && is_open(members) { Value::Unknown } else { Value::Bool(has) }
        }
        ("pick" | "omit", [Value::Map(members), keys @ ..]) if !is_open(members) => {
            let keys = keys.iter().map(Value::as_text).collect::<Option<Vec<_>>>()?;
            let wanted = |key: &str| keys.contains(&key) == (name == "pick");
            Value::map(members.iter().filter(|(key, _)| wanted(key)).map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        ("merge" | "mergeOverwrite", [first @ Value::Map(_), others @ ..]) => {
            let mut merged = first.clone();
            for other in others {
                merge(&mut merged, other, name == "mergeOverwrite")?;
            }
            merged
        }
        ("deepCopy", [value]) => value.clone(),
        ("dig", [keys @ .., default, whole]) => {
            let mut inner = whole.clone();
            for key in keys {
                inner = match &inner {
                    Value::Map(members) if members.contains_key(key.as_text()?) => inner.get(key.as_text()?),
                    map if is_shown(map) => return Some(default.clone()),
                    _ => return None,
                };
            }
            inner
        }
        ("keys", maps) => {
            let members = maps.iter().map(|map| map.as_map().filter(|members| !is_open(members))).collect::<Option<Vec<_>>>()?;
            Value::list(members.into_iter().flat_map(Members::keys).map(|key| Value::text(key.as_str())))
        }
        ("values", [Value::Map(members)]) if !is_open(members) => Value::list(members.values().cloned()),
        ("pluck", [key, maps @ ..]) => {
            let found = maps.iter().map(|map| Some(map.as_map()?.get(key.as_text()?).cloned())).collect::<Option<Vec<_>>>()?;
            Value::list(found.into_iter().flatten())
        }
        _ => return None,
    })
}

fn list(name: &str, arguments: &[Value]) -> Option<Value> {
    let items = |value: &Value| value.as_list().map(<[Value]>::to_vec);
    Some(Value::list(match (name, arguments) {
        ("list" | "tuple", items) => items.to_vec(),
        ("append" | "push", [list, item]) => items(list)?.into_iter().chain([item.clone()]).collect(),
        ("prepend", [list, item]) => [item.clone()].into_iter().chain(items(list)?).collect(),
        ("concat", lists) => lists.iter().map(items).collect::<Option<Vec<_>>>()?.concat(),
        ("rest", [list]) => items(list)?.into_iter().skip(1).collect(),
        ("initial", [list]) => items(list)?.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default(),
        ("reverse", [list]) => items(list)?.into_iter().rev().collect(),
        ("compact", [list]) => {
            let held = items(list)?.into_iter().map(|item| Some((item.holds()?, item))).collect::<Option<Vec<_>>>()?;
            held.into_iter().filter_map(|(holds, item)| holds.then_some(item)).collect()
        }
        ("uniq", [list]) => {
            let mut found: Vec<Value> = Vec::new();
            for item in known(&items(list)?)? {
                if !found.contains(item) {
                    found.push(item.clone());
                }
            }
            found
        }
        ("without", [list, others @ ..]) => {
            let others = known(others)?;
            known(&items(list)?)?.iter().filter(|item| !others.contains(item)).cloned().collect()
        }
        ("sortAlpha", [list]) => {
            let mut texts: Vec<_> = known(&items(list)?)?.iter().map(Value::print).collect();
            texts.sort_unstable();
            texts.into_iter().map(Value::text).collect()
        }
        ("slice", [list, from, to @ ..]) => {
            let items = items(list)?;
            let to = to.first().map_or(Some(items.len()), |to| Some(to.as_f64()? as usize))?;
            items.get(from.as_f64()? as usize..to)?.to_vec()
        }
        ("until", [count]) => count_up(0, count.as_f64()? as i64, 1)?,
        ("untilStep", [from, to, step]) => count_up(from.as_f64()? as i64, to.as_f64()? as i64, step.as_f64()? as i64)?,
        _ => return None,
    }))
}

fn count_up(from: i64, to: i64, step: i64) -> Option<Vec<Value>> {
    let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
    (to.saturating_sub(from) <= MAX_ITEMS).then(|| (from..to).step_by(step).map(Value::whole).collect())
}

/// Something about a list or a mapping.
fn item(name: &str, arguments: &[Value]) -> Option<Value> {
    Some(match (name, arguments) {
        ("first", [list]) => list.as_list()?.first().cloned().unwrap_or(Value::Null),
        ("last", [list]) => list.as_list()?.last().cloned().unwrap_or(Value::Null),
        ("len", [Value::Text(text)]) if !text.contains(super::value::HOLE) => Value::whole(i64::try_from(text.len()).ok()?),
        ("len", [Value::List(items)]) => Value::whole(i64::try_from(items.len()).ok()?),
        ("len", [Value::Map(members)]) if !is_open(members) => Value::whole(i64::try_from(members.len()).ok()?),
        ("has", [wanted, Value::Null]) if wanted.is_known() => Value::Bool(false),
        ("has", [wanted, list]) => {
            let items = list.as_list()?;
            let found = wanted.is_known() && items.contains(wanted);
            if found || (wanted.is_known() && list.is_known()) { Value::Bool(found) } else { Value::Unknown }
        }
        ("index", [whole, keys @ ..]) => keys.iter().try_fold(whole.clone(), |inner, key| {
            Some(match (&inner, key) {
                (Value::List(items), Value::Number(at)) => items.get(usize::try_from(at.as_i64()?).ok()?)?.clone(),
                (_, key) => inner.get(key.as_text()?),
            })
        })?,
        _ => return None,
    })
}

/// Puts the members of a mapping into another one, all the way down; `over` says which of two goes before. `None` where nobody knows them.
fn merge(into: &mut Value, from: &Value, over: bool) -> Option<()> {
    let Value::Map(members) = into else { return None };
    let from = match from {
        Value::Map(from) => from,
        Value::Null => return Some(()),
        _ => return None,
    };
    let members = Arc::make_mut(members);
    for (key, value) in from.iter() {
        match members.get_mut(key) {
            Some(inner @ Value::Map(_)) if matches!(value, Value::Map(_)) => merge(inner, value, over)?,
            // Go's merge takes what is empty for what is not there.
            Some(inner) if if over { value.holds() != Some(false) } else { inner.holds() == Some(false) } => *inner = value.clone(),
            Some(_) => {}
            None => drop(members.insert(key.clone(), value.clone())),
        }
    }
    Some(())
}
