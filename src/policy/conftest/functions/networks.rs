//! `net.cidr_…`: what is in which network. Addresses are numbers of 32 or 128 bits.
//! The engine's feature `net` has `cidr_contains`, `cidr_expand` and `cidr_is_valid` only; the others need the same reading of networks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeSet;

use regorus::Value as Rego;

use super::{Answer, Failure, Function, text};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("net.cidr_contains", 2, |args, _| Ok(Rego::from(contains(text(args, 0)?, text(args, 1)?)?))),
    ("net.cidr_contains_matches", 2, |args, _| matches(args)),
    ("net.cidr_expand", 1, |args, _| expand(text(args, 0)?)),
    ("net.cidr_intersects", 2, |args, _| Ok(Rego::from(intersect(text(args, 0)?, text(args, 1)?)?))),
    ("net.cidr_merge", 1, |args, _| merge(&args[0])),
    ("net.cidr_is_valid", 1, |args, _| Ok(Rego::from(text(args, 0).is_ok_and(|text| Network::read(text).is_ok())))),
];

/// The most addresses that are listed.
const MAX_ADDRESSES: u128 = 1 << 16;

/// An address: its value, and how many bits it has.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Address {
    value: u128,
    bits: u32,
}

impl Address {
    fn read(text: &str) -> Option<Self> {
        match text.parse().ok()? {
            IpAddr::V4(address) => Some(Self { value: u32::from(address).into(), bits: 32 }),
            IpAddr::V6(address) => Some(match address.to_ipv4_mapped() {
                Some(address) => Self { value: u32::from(address).into(), bits: 32 },
                None => Self { value: address.into(), bits: 128 },
            }),
        }
    }

    /// How many bits the network of an address has by its class (RFC 791, section 3.2); those of IPv6 have none.
    fn class(self) -> Option<u32> {
        (self.bits == 32).then_some(match self.value >> 24 {
            0..128 => 8,
            128..192 => 16,
            _ => 24,
        })
    }

    fn shown(self) -> String {
        match u32::try_from(self.value) {
            Ok(value) if self.bits == 32 => Ipv4Addr::from(value).to_string(),
            _ => Ipv6Addr::from(self.value).to_string(),
        }
    }
}

/// A network: its first and its last address.
#[derive(Clone, Copy)]
struct Network {
    first: Address,
    last: Address,
}

impl Network {
    fn read(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::from(format!("invalid CIDR address: {text}"));
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address = Address::read(address).ok_or_else(wrong)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|length| digits && *length <= address.bits).ok_or_else(wrong)?;
        let hosts = u128::MAX.checked_shr(128 - (address.bits - length)).unwrap_or(0);
        let at = |value| Address { value, bits: address.bits };
        Ok(Self { first: at(address.value & !hosts), last: at(address.value | hosts) })
    }

    /// The networks, each as large as can be, that have all addresses from the first to the last.
    fn parts(self) -> Vec<String> {
        let Self { mut first, last } = self;
        let mut found = Vec::new();
        loop {
            let size = |hosts: u32| u128::MAX.checked_shr(128 - hosts).unwrap_or(0);
            let fits = |hosts: &u32| first.value & size(*hosts) == 0 && first.value | size(*hosts) <= last.value;
            let hosts = (0..=first.bits).rev().find(|hosts| *hosts == 0 || fits(hosts)).unwrap_or_default();
            found.push(format!("{}/{}", first.shown(), first.bits - hosts));
            let end = first.value | size(hosts);
            if end >= last.value {
                return found;
            }
            first.value = end + 1;
        }
    }

    fn has(self, address: Address) -> bool {
        address.bits == self.first.bits && (self.first.value..=self.last.value).contains(&address.value)
    }
}

pub(super) fn contains(network: &str, other: &str) -> Result<bool, Failure> {
    let network = Network::read(network)?;
    if let Some(address) = Address::read(other) {
        return Ok(network.has(address));
    }
    let wrong = |_| Failure::from(format!("not a valid textual representation of an IP address or CIDR: {other}"));
    let other = Network::read(other).map_err(wrong)?;
    Ok(network.has(other.first) && network.has(other.last))
}

fn intersect(one: &str, other: &str) -> Result<bool, Failure> {
    let (one, other) = (Network::read(one)?, Network::read(other)?);
    Ok(one.has(other.first) || other.has(one.first))
}

fn expand(network: &str) -> Answer {
    let Network { first, last } = Network::read(network)?;
    if last.value - first.value >= MAX_ADDRESSES {
        return Err(Failure::Unsupported(format!("`{network}` has more than {MAX_ADDRESSES} addresses")));
    }
    let shown = (first.value..=last.value).map(|value| Rego::from(Address { value, ..first }.shown().as_str()));
    Ok(Rego::from(shown.collect::<BTreeSet<_>>()))
}

/// The fewest networks that have the addresses of all. An address without a length stands for the network of its class, and keeps its own
/// form unless it is merged with another one.
fn merge(networks: &Rego) -> Answer {
    let networks = match networks {
        Rego::Array(items) => items.iter().collect::<Vec<_>>(),
        Rego::Set(items) => items.iter().collect(),
        _ => return Err("operand must be an array".into()),
    };
    let mut all = Vec::new();
    for network in networks {
        let text = network.as_string().map_err(|_| Failure::from("element must be string"))?;
        all.push(match Address::read(text) {
            Some(address) => {
                let wrong = || Failure::Unsupported(format!("`{text}` needs the length of its network"));
                let whole = format!("{}/{}", address.shown(), address.class().ok_or_else(wrong)?);
                (Network::read(&whole)?, Some(whole))
            }
            None => (Network::read(text)?, None),
        });
    }
    all.sort_by_key(|(network, _)| (network.first.bits, network.first.value));
    let mut merged: Vec<(Network, Option<String>)> = Vec::new();
    for (network, whole) in all {
        match merged.last_mut() {
            Some((last, shown)) if last.first.bits == network.first.bits && network.first.value <= last.last.value.saturating_add(1) => {
                last.last.value = last.last.value.max(network.last.value);
                *shown = None;
            }
            _ => merged.push((network, whole)),
        }
    }
    let shown = merged.into_iter().flat_map(|(network, whole)| whole.map_or_else(|| network.parts(), |whole| vec![whole]));
    Ok(Rego::from(shown.map(|text| Rego::from(text.as_str())).collect::<BTreeSet<_>>()))
}

/// The pairs of keys whose network contains the other's network or address.
fn matches(args: &[Rego]) -> Answer {
    let (networks, others) = (entries(&args[0])?, entries(&args[1])?);
    let mut found = BTreeSet::new();
    for (key, network) in &networks {
        for (other_key, other) in &others {
            if contains(network, other)? {
                found.insert(Rego::from(vec![key.clone(), other_key.clone()]));
            }
        }
    }
    Ok(Rego::from(found))
}

/// A text, or the texts of a collection; of an array among its elements the first element counts.
fn entries(value: &Rego) -> Result<Vec<(Rego, String)>, Failure> {
    let one = |key: Rego, value: &Rego| {
        let first = value.as_array().ok().and_then(|items| items.iter().next()).unwrap_or(value);
        let text = first.as_string().map_err(|_| Failure::from("element must be string or non-empty array"))?;
        Ok((key, text.to_string()))
    };
    match value {
        Rego::Array(items) => items.iter().enumerate().map(|(index, item)| one(Rego::from(index as u64), item)).collect(),
        Rego::Set(items) => items.iter_sorted().map(|item| one(item.clone(), item)).collect(),
        Rego::Object(members) => members.iter_sorted().map(|(key, item)| one(key.clone(), item)).collect(),
        other => Ok(vec![one(other.clone(), other)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, other: &str, expected: Option<bool>) {
        assert_eq!(contains(network, other).ok(), expected, "{network} and {other}");
    }

    #[test]
    fn a_network_contains_addresses_and_networks() {
        check("10.0.0.0/8", "10.1.2.3", Some(true));
        check("10.9.9.9/8", "10.0.0.0/8", Some(true));
        check("10.0.0.0/8", "10.0.0.0/7", Some(false));
        check("0.0.0.0/0", "255.255.255.255", Some(true));
        check("0.0.0.0/0", "::1", Some(false));
        check("10.0.0.0/8", "::ffff:10.0.0.1", Some(true));
        check("2001:db8::/32", "2001:db8:1::/48", Some(true));
        check("::/0", "ffff::/128", Some(true));
        for (network, other) in [("10.0.0.0", "10.0.0.1"), ("10.0.0.0/33", "10.0.0.1"), ("10.0.0.0/+8", "10.0.0.1"), ("10.0.0.0/8", "x")] {
            check(network, other, None);
        }
    }

    #[test]
    fn networks_are_merged() {
        for (networks, expected) in [
            (r#"["192.0.128.0/24", "192.0.129.0/24"]"#, r#"["192.0.128.0/23"]"#),
            (r#"["10.0.0.0/24", "10.0.2.0/24", "10.0.1.0/24"]"#, r#"["10.0.0.0/23","10.0.2.0/24"]"#),
            (r#"["10.0.0.5/24", "10.0.0.0/25", "::/1", "8000::/1"]"#, r#"["10.0.0.0/24","::/0"]"#),
            ("[]", "[]"),
        ] {
            let found = merge(&Rego::from_json_str(networks).unwrap()).ok().map(|merged| merged.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{networks}");
        }
        assert!(matches!(merge(&Rego::from(vec!["fe80::1".into()])), Err(Failure::Unsupported(_))));
    }

    #[test]
    fn networks_meet_and_are_listed() {
        assert_eq!(intersect("10.0.0.0/8", "10.1.0.0/16").ok(), Some(true));
        assert_eq!(intersect("10.0.0.0/8", "11.0.0.0/8").ok(), Some(false));
        let listed = expand("10.0.0.2/30").ok().map(|addresses| addresses.to_string());
        assert_eq!(listed.as_deref(), Some(r#"["10.0.0.0","10.0.0.1","10.0.0.2","10.0.0.3"]"#));
        assert!(matches!(expand("::/0"), Err(Failure::Unsupported(_))));
    }
}
