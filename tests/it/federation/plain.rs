//! A registry or mirror of plain files: a folder that a web server on the loopback interface serves, and one that lies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::world::{World, said, world};

/// A web server of one folder. What it is told to say in the place of a file goes before the file.
struct Web {
    port: u16,
    served: Arc<AtomicUsize>,
    lies: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    ended: Arc<AtomicBool>,
}

impl Web {
    fn of(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let web = Self { port, served: Arc::default(), lies: Arc::default(), ended: Arc::default() };
        let (served, lies, ended) = (web.served.clone(), web.lies.clone(), web.ended.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (served, lies, folder) = (served.clone(), lies.clone(), folder.clone());
                std::thread::spawn(move || {
                    served.fetch_add(1, Ordering::SeqCst);
                    answer(stream, &folder, &lies.lock().unwrap())
                });
            }
        });
        web
    }

    fn url(&self) -> String {
        format!("static+http://127.0.0.1:{}", self.port)
    }

    /// Says other bytes in the place of a file from now on; a whole answer when they begin with `HTTP/`.
    fn lie(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.lies.lock().unwrap().insert(name.to_owned(), bytes.into());
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn answer(mut stream: TcpStream, folder: &Path, lies: &BTreeMap<String, Vec<u8>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let path = lines.next().and_then(|line| Some(line.split(' ').nth(1)?.trim_start_matches('/').to_owned())).unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let body = match lies.get(&path) {
        Some(lie) if lie.starts_with(b"HTTP/") => return drop(stream.write_all(lie)),
        Some(lie) => Some(lie.clone()),
        None => std::fs::read(folder.join(&path)).ok(),
    };
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// The registry of `pay` and a mirror of it as plain files, served.
fn mirrored() -> (World, Web) {
    let world = world();
    mirror(&world);
    let web = Web::of(world.repo.path("site"));
    (world, web)
}

fn mirror(world: &World) {
    world.machine("mirror", ".", &["registry", "sync"]).exits(0);
    let run = world.machine("mirror", ".", &["registry", "mirror", "pay", "site"]).exits(0);
    assert!(run.stdout.starts_with("mirrored pay to site: "), "{run}");
}

/// Makes plain files the registry itself.
fn moved(world: &World, web: &Web) {
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &web.url()));
}

/// The name of the file that holds `text` below the mirror's objects.
fn object(text: &str) -> String {
    let digest = polity::tree::Digest::of(text.as_bytes());
    format!("objects/{}/{}", &digest.as_str()[..2], &digest.as_str()[2..])
}

#[test]
fn a_registry_without_git_is_synced_and_used() {
    let (world, web) = mirrored();
    moved(&world, &web);
    std::fs::remove_dir_all(world.repo.path("pay.git")).unwrap();
    said(world.sync(), 0, "pay  fresh  1 release, 2 new statements, from static+http://127.0.0.1:");
    world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
    world.machine("fresh", ".", &["registry", "verify"]).exits(0);
    // What is at hand is not fetched again: the file of the registry and that of the statements are.
    let before = web.served.load(Ordering::SeqCst);
    world.sync().exits(0);
    assert_eq!(web.served.load(Ordering::SeqCst) - before, 2);
    drop(web);
    said(world.sync(), 4, "unreachable static+http://127.0.0.1:");
    world.machine("fresh", ".", &["new", "pay/greeting", "y", "--defaults", "--no-git"]).exits(0);
}

#[test]
fn a_mirror_is_asked_when_the_registry_is_gone_and_brings_what_it_learnt() {
    let (world, web) = mirrored();
    world.federate(&format!("    mirrors: ['{}']\n", web.url()));
    world.edit("0.2.0");
    world.release("ana").exits(0);
    mirror(&world);
    std::fs::remove_dir_all(world.repo.path("pay.git")).unwrap();
    let run = world.sync().exits(0);
    assert!(run.stdout.contains("pay  fresh  2 releases, 4 new statements, from static+http://127.0.0.1:"), "{run}");
    assert!(run.stdout.contains("unreachable file://"), "{run}");
    let new = world.machine("fresh", ".", &["new", "pay/greeting@0.1", "x", "--defaults", "--dry-run"]).exits(0);
    assert!(new.stdout.contains("pay/greeting 0.1.0"), "an older release is there too: {new}");
    // The same files on a stick.
    said(world.machine("third", ".", &["registry", "sync", "pay", "--from", "site"]), 0, "2 releases, 4 new statements, from site");
}

#[test]
fn a_mirror_that_lies_is_refused() {
    let (world, web) = mirrored();
    moved(&world, &web);
    let readme = world.repo.read("pay/templates/greeting/README.md");
    web.lie(&object(&readme), "rm -rf /\n");
    let run = world.sync().exits(1);
    let expected = format!("templates/greeting 0.1.0 is not to be had: {} holds other bytes, with the digest ", object(&readme));
    assert!(run.stdout.contains(&expected), "{run}");
    said(world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults"]), 2, "there is no template `pay/greeting`");
    assert!(!world.repo.path("x").exists());
    web.lie(&object(&readme), "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    said(world.sync(), 1, &format!("{} did not come", object(&readme)));
    web.lies.lock().unwrap().clear();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
}

#[test]
fn statements_are_believed_by_their_signatures_alone() {
    let (world, web) = mirrored();
    moved(&world, &web);
    let statements = world.repo.read("site/statements.jsonl");
    for (lie, code, expected) in [
        (statements.replace("greeting", "greetxng"), 3, "the name is not the digest of the content"),
        (statements.lines().filter(|line| !line.contains("checkpoint")).collect::<Vec<_>>().join("\n"), 3, "has no checkpoint"),
        ("<html>Welcome to the hotel</html>\n".to_owned(), 3, "statements.jsonl:1: expected value at line 1 column 1"),
        ("[\"../../../escape\", \"x\"]\n".to_owned(), 3, "statements.jsonl:1: `../../../escape` is not the name of a file"),
        (String::new(), 3, "has no checkpoint"),
    ] {
        web.lie("statements.jsonl", lie);
        said(world.sync(), code, expected);
    }
    web.lies.lock().unwrap().clear();
    web.lie("registry.yaml", "namespace: web\n");
    said(world.sync(), 3, "is the registry of the namespace `web`, not of `pay`");
    web.lie("registry.yaml", "namespace: pay\n");
    world.sync().exits(0);
    // Who publishes by plain files alone writes them after each release. An older state of them is a rollback.
    world.edit("0.2.0");
    said(world.release("ana"), 0, "`polity registry mirror pay DIR` writes what the web server is to hold");
    said(world.polity_in(".", &["registry", "mirror", "pay", "site"]), 0, "mirrored pay to site: 2 releases, 4 statements, ");
    said(world.sync(), 0, "2 releases, 2 new statements, from static+http://");
    web.lie("statements.jsonl", statements);
    said(world.sync(), 3, "serves an older history (rollback)");
}

#[test]
fn an_answer_leads_to_no_file_of_this_machine() {
    let (world, web) = mirrored();
    moved(&world, &web);
    let to = format!("file://{}", world.repo.path("site/statements.jsonl").display());
    web.lie("statements.jsonl", format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
    said(world.sync(), 3, "has no statements.jsonl");
}

#[test]
fn plain_files_need_signers() {
    let (world, web) = mirrored();
    let unsigned = format!("federation: acme\nnamespaces:\n  pay: {{url: {}/site, signers: none}}\n", world.repo.root().display());
    world.write("polity.federation.yaml", &unsigned);
    said(world.sync(), 3, "the namespace has no signers");
    said(world.machine("fresh", ".", &["registry", "mirror", "pay", "other"]), 3, "namespace `pay` has no signers");
    world.write("polity.federation.yaml", &unsigned.replace(&format!("{}/site", world.repo.root().display()), &web.url()));
    said(world.sync(), 3, "namespace `pay` has neither signers nor an encrypted connection");
    world.federate("");
    said(world.machine("empty", ".", &["registry", "mirror", "pay", "other"]), 3, "nothing is known of the namespace `pay`");
    assert!(!world.repo.path("other").exists());
}
