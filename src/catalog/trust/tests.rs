//! The rules of trust together: attacks that must fail for the right reason, and the algebra of sets of statements.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use semver::Version;
use ssh_key::PrivateKey;
use ssh_key::private::Ed25519Keypair;

use super::*;
use crate::catalog::UnitKind;
use crate::tree::Digest;

const DAY: Duration = Duration::from_secs(86_400);

fn key(name: &str) -> PrivateKey {
    let seed = Digest::of(name.as_bytes());
    PrivateKey::from(Ed25519Keypair::from_seed(seed.as_str().as_bytes()[..32].try_into().unwrap()))
}

fn line(name: &str, options: &str) -> AllowedSigner {
    parse_signer(&format!("{name} {options} {}", key(name).public_key().to_openssh().unwrap())).unwrap().unwrap()
}

fn day(n: u32) -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z").unwrap().plus(DAY * n)
}

/// Ana, whose key ends on the 1st of February; Bob, whose key does not end.
fn trust(threshold: usize) -> Trust {
    let signers = vec![line("ana", "valid-before=\"20260201Z\""), line("bob", "valid-after=\"20260101Z\"")];
    Trust { federation: "acme".to_owned(), namespace: "pay".to_owned(), signers, threshold }
}

fn signed(body: Body, issued: Timestamp, seq: u64, authors: &[&str]) -> Signed {
    let signer = authors[0].to_owned();
    let statement = Statement { federation: "acme".to_owned(), namespace: "pay".to_owned(), seq, issued, signer, body };
    sign_all(statement, authors)
}

fn sign_all(statement: Statement, authors: &[&str]) -> Signed {
    let text = statement.to_text().unwrap();
    let signatures = authors.iter().map(|author| {
        let armor = sign(&key(author), text.as_bytes()).unwrap();
        let attestor = verify(&armor, text.as_bytes()).unwrap();
        (Digest::of(armor.as_bytes()), Attested { armor: armor.into(), attestor })
    });
    Signed { statement, signatures: signatures.collect(), text: text.into() }
}

fn release(version: &str, content: &str) -> Body {
    let (name, tree_digest) = ("api".to_owned(), Digest::of(content.as_bytes()));
    Body::Release(Release { kind: UnitKind::Template, name, version: version.to_owned(), tree_digest, requires: Vec::new() })
}

fn withdrawal(version: &str) -> Withdrawal {
    Withdrawal { kind: UnitKind::Template, name: "api".to_owned(), version: version.to_owned(), reason: "leaks".to_owned() }
}

/// Adds a checkpoint over everything that counts at its time.
fn checkpoint(set: &mut StatementSet, trust: &Trust, author: &str, at: Timestamp) -> Digest {
    let body = Body::Checkpoint(checkpoint_over(set, &judge(set, trust, at), at.plus(DAY * 30)));
    let checkpoint = signed(body, at, set.next_seq(), &[author]);
    let id = Digest::of(checkpoint.text.as_bytes());
    set.insert(checkpoint);
    id
}

fn set(signed: impl IntoIterator<Item = Signed>) -> StatementSet {
    let mut set = StatementSet::default();
    for signed in signed {
        set.insert(signed);
    }
    set
}

/// How version 1.0.0 of `api` stands at a time.
fn standing(set: &StatementSet, trust: &Trust, at: Timestamp) -> Standing {
    judge(set, trust, at).standing(&(UnitKind::Template, "api".to_owned()), &Version::new(1, 0, 0), None)
}

#[track_caller]
fn refused(set: &StatementSet, trust: &Trust, at: Timestamp, expected: &str) {
    let state = judge(set, trust, at);
    let reasons: Vec<_> = state.refused.values().map(ToString::to_string).collect();
    assert!(reasons.iter().any(|r| r.contains(expected)), "{reasons:?}");
    assert_eq!(standing(set, trust, at), Standing::Unknown);
}

fn released(content: &str) -> Standing {
    Standing::Released { tree: Digest::of(content.as_bytes()) }
}

#[test]
fn a_listed_key_releases() {
    let set = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]);
    assert_eq!(standing(&set, &trust(1), day(5)), released("x"));
}

#[test]
fn a_checkpoint_keeps_a_release_beyond_the_end_of_its_key() {
    let mut set = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]);
    refused(&set, &trust(1), day(40), "expired at 2026-02-01T00:00:00Z");
    checkpoint(&mut set, &trust(1), "bob", day(4));
    assert_eq!(standing(&set, &trust(1), day(400)), released("x"));
}

#[test]
fn an_expired_key_cannot_backdate() {
    // Somebody found Ana's old key in March, and claims to write in January.
    let mut set = set([signed(release("1.0.0", "evil"), day(3), 1, &["ana"])]);
    checkpoint(&mut set, &trust(1), "ana", day(4));
    refused(&set, &trust(1), day(60), "expired at 2026-02-01T00:00:00Z");
    // Not even when an honest checkpoint comes to stand above it.
    let honest = Checkpoint { previous: ids(&set, true), adds: ids(&set, false), statements: all_ids(&set), expires: day(99) };
    set.insert(signed(Body::Checkpoint(honest), day(60), 9, &["bob"]));
    refused(&set, &trust(1), day(61), "expired at 2026-02-01T00:00:00Z");
    assert_eq!(judge(&set, &trust(1), day(61)).checkpoint.unwrap().seq, 9, "the honest checkpoint itself counts");
}

fn ids(set: &StatementSet, checkpoints: bool) -> Vec<Digest> {
    set.iter().filter(|(_, s)| matches!(s.statement.body, Body::Checkpoint(_)) == checkpoints).map(|(id, _)| id.clone()).collect()
}

fn all_ids(set: &StatementSet) -> Digest {
    Digest::of(set.iter().map(|(id, _)| format!("{id}\n")).collect::<String>().as_bytes())
}

#[test]
fn what_an_expired_checkpoint_showed_stays_when_a_later_one_shows_that() {
    let trust = trust(1);
    let mut set = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]);
    checkpoint(&mut set, &trust, "ana", day(4));
    checkpoint(&mut set, &trust, "bob", day(20));
    checkpoint(&mut set, &trust, "bob", day(300));
    let state = judge(&set, &trust, day(301));
    assert_eq!((state.refused.len(), state.counted.len()), (0, 4));
    assert_eq!(standing(&set, &trust, day(301)), released("x"));
}

#[test]
fn what_was_judged_holds_until_a_key_begins_or_ends() {
    let mut all = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"]), signed(release("1.1.0", "y"), day(3), 2, &["bob"])]);
    checkpoint(&mut all, &trust(1), "bob", day(4));
    all.insert(signed(release("1.2.0", "z"), day(5), 4, &["ana"]));
    let judged = |at: u32| Judged::of(&all, &trust(1), day(at));
    // Bob's key begins on day 0, Ana's ends on day 31.
    assert!(judged(5).holds(day(0)) && judged(5).holds(day(30)) && !judged(5).holds(day(31)));
    assert!(judged(31).holds(day(400)) && !judged(31).holds(day(30)));
    for (one, other) in (0..40).flat_map(|one| (0..40).map(move |other| (one, other))) {
        if judged(one).holds(day(other)) {
            let (kept, anew) = (judged(one).state, judge(&all, &trust(1), day(other)));
            assert_eq!((kept.counted, kept.missing), (anew.counted, anew.missing), "day {one} and day {other}");
        }
    }
}

#[test]
fn strangers_and_misattribution_are_refused() {
    let stranger = signed(release("1.0.0", "x"), day(3), 1, &["eve"]);
    refused(&set([stranger]), &trust(1), day(5), "is not listed among the signers");
    let mut statement = signed(release("1.0.0", "x"), day(3), 1, &["ana"]).statement;
    statement.signer = "bob".to_owned();
    refused(&set([sign_all(statement.clone(), &["ana"])]), &trust(1), day(5), "no key of that principal signed it");
    statement.namespace = "web".to_owned();
    refused(&set([sign_all(statement.clone(), &["bob"])]), &trust(1), day(5), "speaks for `web`");
    statement.federation = "other".to_owned();
    refused(&set([sign_all(statement, &["bob"])]), &trust(1), day(5), "in the federation `other`");
}

#[test]
fn a_key_for_git_does_not_release() {
    let mut trust = trust(1);
    trust.signers[0] = line("ana", "namespaces=\"git,file\"");
    refused(&set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]), &trust, day(5), "not for `polity-statement-v1`");
    trust.signers[0] = line("ana", "namespaces=\"git,polity-*\"");
    assert_eq!(standing(&set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]), &trust, day(5)), released("x"));
}

#[test]
fn a_threshold_counts_people() {
    let mut two = trust(2);
    two.signers.push(AllowedSigner { principals: Patterns::new("ana"), ..line("ana-laptop", "") });
    refused(&set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]), &two, day(5), "1 of 2 signers agree");
    refused(&set([signed(release("1.0.0", "x"), day(3), 1, &["ana", "ana-laptop"])]), &two, day(5), "1 of 2 signers agree");
    let mut set = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"])]);
    let by_bob = sign_all(signed(release("1.0.0", "x"), day(3), 1, &["ana"]).statement, &["bob"]);
    assert!(set.insert(by_bob.clone()) && !set.insert(by_bob), "a second signature is new once");
    assert_eq!(standing(&set, &two, day(5)), released("x"));
}

#[test]
fn two_trees_of_one_version_fail_closed_but_for_what_is_locked() {
    let set = set([signed(release("1.0.0", "x"), day(3), 1, &["ana"]), signed(release("1.0.0", "y"), day(3), 1, &["bob"])]);
    let state = judge(&set, &trust(1), day(5));
    let (unit, version) = ((UnitKind::Template, "api".to_owned()), Version::new(1, 0, 0));
    let Standing::Equivocal { trees } = state.standing(&unit, &version, None) else { panic!("{state:?}") };
    assert_eq!(trees.len(), 2);
    assert_eq!(state.newest(&unit), None);
    assert_eq!(state.standing(&unit, &version, Some(&Digest::of(b"x"))), released("x"));
    assert!(matches!(state.standing(&unit, &version, Some(&Digest::of(b"z"))), Standing::Equivocal { .. }));
    assert_eq!(state.equivocations().len(), 1);
}

#[test]
fn withdrawn_versions_are_not_chosen() {
    let all =
        [("1.0.0", "a"), ("1.1.0", "b"), ("1.2.0", "c"), ("2.0.0-rc.1", "d")].map(|(v, c)| signed(release(v, c), day(3), 1, &["ana"]));
    let mut set = set(all);
    set.insert(signed(Body::Yank(withdrawal("1.2.0")), day(4), 2, &["ana"]));
    set.insert(signed(Body::Revoke(withdrawal("1.1.0")), day(4), 2, &["bob"]));
    let state = judge(&set, &trust(1), day(5));
    let unit = (UnitKind::Template, "api".to_owned());
    assert_eq!(state.newest(&unit).unwrap().0, &Version::new(1, 0, 0));
    let at = |minor| state.standing(&unit, &Version::new(1, minor, 0), None);
    assert_eq!(at(1), Standing::Revoked { reason: "leaks".to_owned() });
    assert_eq!(at(2), Standing::Yanked { tree: Digest::of(b"c"), reason: "leaks".to_owned() });
}

#[test]
fn what_a_checkpoint_names_cannot_be_withheld() {
    let mut full =
        set([signed(release("1.0.0", "x"), day(3), 1, &["bob"]), signed(Body::Revoke(withdrawal("1.0.0")), day(4), 2, &["bob"])]);
    checkpoint(&mut full, &trust(1), "bob", day(5));
    let hidden = full.iter().find(|(_, s)| matches!(s.statement.body, Body::Revoke(_))).map(|(id, _)| id.clone()).unwrap();
    let served = set(full.iter().filter(|(id, _)| **id != hidden).map(|(_, s)| s.clone()));
    assert_eq!(judge(&served, &trust(1), day(6)).missing, [hidden].into());
    assert!(judge(&full, &trust(1), day(6)).missing.is_empty());
}

#[test]
fn a_checkpoint_must_fit_what_it_covers() {
    let mut set = set([signed(release("1.0.0", "x"), day(3), 1, &["bob"])]);
    let wrong = Checkpoint { previous: Vec::new(), adds: ids(&set, false), statements: Digest::of(b""), expires: day(99) };
    set.insert(signed(Body::Checkpoint(wrong), day(4), 2, &["bob"]));
    let state = judge(&set, &trust(1), day(5));
    assert_eq!(state.refused.values().collect::<Vec<_>>(), [&Refusal::CheckpointDigest]);
    assert_eq!(state.checkpoint, None);
}

#[test]
fn checkpoints_that_grew_apart_are_joined() {
    let trust = trust(1);
    let mut left = set([signed(release("1.0.0", "x"), day(3), 1, &["bob"])]);
    let mut right = set([signed(release("1.1.0", "y"), day(3), 1, &["ana"])]);
    let (a, b) = (checkpoint(&mut left, &trust, "bob", day(4)), checkpoint(&mut right, &trust, "ana", day(4)));
    left.merge(&right);
    let joined = checkpoint(&mut left, &trust, "bob", day(6));
    let Body::Checkpoint(body) = &left.get(&joined).unwrap().statement.body else { panic!() };
    assert_eq!((body.previous.iter().collect::<std::collections::BTreeSet<_>>(), body.adds.len()), ([&a, &b].into(), 0));
    assert_eq!(judge(&left, &trust, day(99)).counted.len(), 5);
}

#[test]
fn files_are_read_back_and_others_are_named() {
    let trust = trust(1);
    let full = set([signed(release("1.0.0", "x"), day(3), 1, &["ana", "bob"]), signed(release("1.1.0", "y"), day(3), 2, &["bob"])]);
    let stranger = signed(release("2.0.0", "z"), day(3), 1, &["eve"]);
    let files: Vec<_> = full.iter().flat_map(|(_, s)| files(s)).chain(files(&stranger)).collect();
    let mut named: Vec<(&str, &[u8])> = files.iter().map(|(n, text)| (n.strip_prefix("statements/").unwrap(), text.as_bytes())).collect();
    let misnamed = format!("{}.json", Digest::of(b"something else"));
    named.extend([(misnamed.as_str(), &b"{}"[..]), ("README.md", b"hello"), ("x.json", b"{}")]);
    let (found, ignored) = gather(named.iter().copied(), &trust, &StatementSet::default());
    assert_eq!(found, full);
    let reasons = ignored.iter().map(|i| i.reason.as_str()).collect::<Vec<_>>().join("; ");
    for expected in
        ["is not listed", "not the digest of the content", "neither a statement", "is not a SHA-256 digest", "no signature of a listed key"]
    {
        assert!(reasons.contains(expected), "{expected}: {reasons}");
    }
    assert_eq!(gather(named.iter().copied(), &trust, &full).0, full, "what is known is taken over");
}

/// A few statements whose signatures are made once; sets are subsets of them.
fn pool() -> &'static [Signed] {
    static POOL: std::sync::OnceLock<Vec<Signed>> = std::sync::OnceLock::new();
    POOL.get_or_init(|| {
        let mut all = StatementSet::default();
        for (i, version) in ["1.0.0", "1.1.0", "1.2.0"].into_iter().enumerate() {
            let i = u32::try_from(i).unwrap();
            let body = signed(release(version, version), day(i), u64::from(i), &["ana"]);
            all.insert(sign_all(body.statement.clone(), &["bob"]));
            all.insert(body);
            checkpoint(&mut all, &trust(1), "bob", day(i + 1));
        }
        all.insert(signed(release("1.0.0", "other"), day(2), 9, &["bob"]));
        all.insert(signed(Body::Yank(withdrawal("1.1.0")), day(2), 9, &["ana"]));
        // Every signature alone, so that sets differ in signatures too.
        let single =
            |s: &Signed, (d, a): (&Digest, &Attested)| Signed { signatures: BTreeMap::from([(d.clone(), a.clone())]), ..s.clone() };
        all.iter().flat_map(|(_, s)| s.signatures.iter().map(move |pair| single(s, pair))).collect()
    })
}

/// A release and its revocation.
fn revocation() -> &'static [Signed] {
    static PAIR: std::sync::OnceLock<[Signed; 2]> = std::sync::OnceLock::new();
    PAIR.get_or_init(|| [release("1.1.0", "1.1.0"), Body::Revoke(withdrawal("1.1.0"))].map(|body| signed(body, day(2), 9, &["bob"])))
}

fn subset() -> impl Strategy<Value = StatementSet> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..9).prop_map(|picks| set(picks.iter().map(|i| i.get(pool()).clone())))
}

fn union(a: &StatementSet, b: &StatementSet) -> StatementSet {
    let mut union = a.clone();
    union.merge(b);
    union
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn merging_is_a_join(a in subset(), b in subset(), c in subset()) {
        prop_assert_eq!(union(&a, &b), union(&b, &a));
        prop_assert_eq!(union(&union(&a, &b), &c), union(&a, &union(&b, &c)));
        prop_assert_eq!(union(&a, &a), a.clone());
        prop_assert_eq!(union(&a, &b.beyond(&a)), union(&a, &b));
        prop_assert!(union(&a, &b).beyond(&a).beyond(&b).is_empty());
    }

    #[test]
    fn more_statements_never_take_back_a_withdrawal(a in subset(), b in subset(), at in 0u32..90) {
        let (unit, version) = ((UnitKind::Template, "api".to_owned()), Version::new(1, 1, 0));
        let mut small = a;
        for signed in revocation() {
            small.insert(signed.clone());
        }
        let large = union(&small, &b);
        for set in [small, large] {
            let revoked = matches!(judge(&set, &trust(1), day(at)).standing(&unit, &version, None), Standing::Revoked { .. });
            prop_assert!(revoked);
        }
    }

    /// Three replicas learn at their own pace, over links that lose and repeat messages; after one quiet round they are equal.
    #[test]
    fn three_replicas_end_equal(
        births in prop::collection::vec((0usize..3, any::<prop::sample::Index>()), 1..12),
        links in prop::collection::vec((0usize..3, 0usize..3, 0u8..3, any::<bool>()), 0..40),
    ) {
        let mut replicas = [StatementSet::default(), StatementSet::default(), StatementSet::default()];
        let mut births = births.into_iter();
        for (from, to, copies, whole) in links {
            if let Some((at, pick)) = births.next() {
                replicas[at].insert(pick.get(pool()).clone());
            }
            // A message is the whole set or one statement of it; it is lost (0 copies), arrives, or arrives twice.
            let message = if whole { replicas[from].clone() } else { set(replicas[from].iter().next().map(|(_, s)| s.clone())) };
            (0..copies).for_each(|_| replicas[to].merge(&message));
        }
        for (at, pick) in births {
            replicas[at].insert(pick.get(pool()).clone());
        }
        let everything = union(&union(&replicas[2], &replicas[0]), &replicas[1]);
        for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 1), (1, 2)] {
            let message = replicas[from].clone();
            replicas[to].merge(&message);
        }
        for replica in &replicas {
            prop_assert_eq!(replica, &everything);
            prop_assert_eq!(judge(replica, &trust(1), day(40)), judge(&everything, &trust(1), day(40)));
        }
    }
}

#[test]
fn a_later_deprecation_replaces_an_earlier_one() {
    let says = |successor: &str, seq| {
        let (name, successor) = ("api".to_owned(), successor.to_owned());
        let body = Deprecation { kind: UnitKind::Template, name, successor, reason: "moved".to_owned() };
        signed(Body::Deprecate(body), day(3), seq, &["ana"])
    };
    let unit = (UnitKind::Template, "api".to_owned());
    let successor = |all: Vec<Signed>| judge(&set(all), &trust(1), day(5)).deprecation(&unit).unwrap().successor.clone();
    assert_eq!(successor(vec![says("org/a", 4), says("org/z", 9)]), "org/z");
    assert_eq!(successor(vec![says("org/z", 4), says("org/a", 9)]), "org/a");
    let both = || vec![says("org/a", 4), says("org/z", 4)];
    assert_eq!(successor(both()), successor(both().into_iter().rev().collect()), "at the same time, whatever the order");
}
