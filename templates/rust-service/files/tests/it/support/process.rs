//! The binary as a process of its own: its log, its signals and its end.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Api;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running binary; it is killed when the test ends.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: Receiver<Value>,
    /// Where it listens.
    pub address: SocketAddr,
    /// A client.
    pub api: Api,
}

/// The command with nothing inherited but what it needs, and no pause in the drain.
pub fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));
    command.env_clear().env("HTTP_ADDR", "127.0.0.1:0").env("DRAIN_DELAY_MS", "0");
    command.envs(variables.iter().copied()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

impl Process {
    /// Starts the binary and waits until it serves.
    pub async fn start(database_url: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = command(&[("DATABASE_URL", database_url)]);
        let mut child = command.envs(variables.iter().copied()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the log is JSON: {line}"));
                let _ = sender.send(line);
            }
        });
        let listening: Value = log.recv_timeout(PATIENCE).expect("the service listens");
        let address = listening["address"].as_str().unwrap_or_else(|| panic!("{listening}")).parse().unwrap();
        let process = Self { child, log, address, api: Api::new(address) };
        process.until("/readyz", 200).await;
        process
    }

    /// Waits until a path is answered with a status.
    pub async fn until(&self, path: &str, status: u16) {
        let began = Instant::now();
        while self.api.try_send("GET", path, &[], "").await.is_none_or(|answer| answer.status != status) {
            assert!(began.elapsed() < PATIENCE, "{path} does not become {status}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, and how long it took.
    pub async fn ended(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "the service does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Everything that it logged; call it after the end.
    pub fn log(&self) -> Vec<Value> {
        self.log.iter().collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
