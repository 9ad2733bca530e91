//! A registry behind a real git server on the loopback interface; cutting the connection is killing the server.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::world::{World, said, world};

pub struct Daemon {
    child: Child,
    pub port: u16,
}

/// Starts `git daemon` for the world's repositories and waits until it answers.
pub fn serve(world: &World) -> Daemon {
    let port = polity::net::free_port().unwrap();
    // The real program, not its wrapper: killing the wrapper would leave the server running.
    let exec = String::from_utf8(Command::new("git").arg("--exec-path").output().unwrap().stdout).unwrap();
    let child = Command::new(format!("{}/git-daemon", exec.trim()))
        .args(["--reuseaddr", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1", &format!("--port={port}")])
        .arg(format!("--base-path={}", world.repo.root().display()))
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("PATH", format!("{}:{}", exec.trim(), std::env::var("PATH").unwrap()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "git daemon does not answer");
        std::thread::sleep(Duration::from_millis(10));
    }
    Daemon { child, port }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_cut_connection_stops_nothing_but_sync() {
    let world = world();
    let daemon = serve(&world);
    let url = format!("git://127.0.0.1:{}/pay.git", daemon.port);
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &url));
    said(world.sync(), 0, "pay  fresh  1 release, 2 new statements, from git://127.0.0.1:");
    drop(daemon);
    said(world.sync(), 4, "unreachable git://127.0.0.1:");
    let run = world.machine("fresh", ".", &["new", "pay/greeting", "x", "--defaults", "--no-git"]).exits(0);
    assert!(run.stderr.contains("registries: pay fresh"), "{run}");
    world.machine("fresh", ".", &["registry", "verify"]).exits(0);
}

#[test]
fn a_server_that_never_answers_costs_no_more_than_the_deadline() {
    let world = world();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("git://{}/pay.git", listener.local_addr().unwrap());
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &url));
    let began = Instant::now();
    said(world.machine("fresh", ".", &["registry", "sync", "--timeout", "1"]), 4, "no answer within 1 s");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_plain_connection_needs_signers() {
    let world = world();
    world.write("polity.federation.yaml", "federation: acme\nnamespaces:\n  pay: {url: 'http://127.0.0.1/x', signers: none}\n");
    said(world.sync(), 3, "namespace `pay` has neither signers nor an encrypted connection");
}
