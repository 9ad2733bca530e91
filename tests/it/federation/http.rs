//! A registry behind `git http-backend` on the loopback interface: published, fetched, cut, published meanwhile, and reconciled.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::offline::age;
use super::world::{World, said, world};

/// A web server of the world's repositories; gone with the value.
struct Web {
    port: u16,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Web {
    fn of(root: PathBuf, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ended = Arc::new(AtomicBool::new(false));
        let over = ended.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok).take_while(|_| !over.load(Ordering::SeqCst)) {
                let _ = answer(stream, &root);
            }
        });
        Self { port, ended, thread: Some(thread) }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// One request, by the interface of RFC 3875.
fn answer(mut stream: TcpStream, root: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut body) = (String::new(), Vec::new());
    reader.read_line(&mut first)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1").env("REMOTE_USER", "ana");
    command.env("REQUEST_METHOD", method).env("PATH_INFO", path).env("QUERY_STRING", query).env("CONTENT_LENGTH", "0");
    for (index, (key, value)) in [("safe.directory", "*"), ("http.receivepack", "true")].iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command.env("GIT_CONFIG_COUNT", "2");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match &*name.to_ascii_lowercase() {
            "content-length" => {
                body.resize(value.parse().unwrap(), 0);
                command.env("CONTENT_LENGTH", value);
            }
            "content-type" => drop(command.env("CONTENT_TYPE", value)),
            "content-encoding" => drop(command.env("HTTP_CONTENT_ENCODING", value)),
            "git-protocol" => drop(command.env("GIT_PROTOCOL", value)),
            _ => {}
        }
    }
    reader.read_exact(&mut body)?;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    child.stdin.take().unwrap().write_all(&body)?;
    let said = child.wait_with_output()?.stdout;
    let status = said.strip_prefix(b"Status: ").map_or("200 OK".to_owned(), |rest| {
        String::from_utf8_lossy(rest.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned()
    });
    stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n").as_bytes())?;
    stream.write_all(&said)
}

fn publish(world: &World, version: &str) -> crate::support::Run {
    world.edit(version);
    world.release("ana")
}

#[test]
fn what_is_published_while_a_web_server_is_gone_comes_later() {
    let world = world();
    let web = Web::of(world.repo.root().to_owned(), 0);
    let (port, url) = (web.port, format!("http://127.0.0.1:{}/pay.git", web.port));
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &url));
    said(world.sync(), 0, &format!("pay  fresh  1 release, 2 new statements, from {url}"));
    said(publish(&world, "0.2.0"), 0, &format!("pushed to {url}"));
    said(world.sync(), 0, "pay  fresh  2 releases, 2 new statements");
    drop(web);
    said(world.sync(), 4, &format!("unreachable {url}: git: unable to access"));
    age(&world, 21);
    let new = |dir: &str| world.machine("fresh", ".", &["new", "pay/greeting", dir, "--defaults", "--no-git"]).exits(0);
    let run = new("cut");
    assert!(run.stdout.contains("from pay/greeting 0.2.0\n") && run.stderr.contains("registries: pay STALE 21d\n"), "{run}");
    said(publish(&world, "0.3.0"), 0, "waits in the outbox");
    let _web = Web::of(world.repo.root().to_owned(), port);
    said(world.polity_in("pay", &["outbox", "push"]), 0, "pushed release pay/greeting 0.3.0");
    said(world.sync(), 0, "pay  fresh  3 releases, 2 new statements");
    assert!(new("back").stdout.contains("from pay/greeting 0.3.0\n"));
}
