//! The demo's running service: started on a free loopback port, and ended whatever happens to polity.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::net::{free_port, send};

/// Starts the service, waits for its standard input to close, then stops the service and passes on its exit code.
///
/// The shell in between holds the read end of a pipe from polity. The system closes the pipe when polity ends, even by
/// SIGKILL, so the service never outlives the demo. A signal to polity's process group does not reach it.
const KEEPER: &str = r#""$0" </dev/null & service=$!; read -r _; kill -TERM "$service"; wait "$service""#;
const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(15);

/// A service that runs as long as this value lives.
pub(super) struct Service {
    keeper: Child,
    port: u16,
}

/// Starts `binary` in `dir`, with its output in `log`.
pub(super) fn start(binary: &Path, dir: &Path, log: &Path) -> Result<Service, Error> {
    let doing = "start the service";
    let port = free_port().map_err(|e| Error::io(doing, e))?;
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::io(format!("create {}", folder.display()), e))?;
    }
    let output = File::create(log).map_err(|e| Error::io(format!("create {}", log.display()), e))?;
    let errors = output.try_clone().map_err(|e| Error::io(doing, e))?;
    let mut command = Command::new("sh");
    command.arg("-c").arg(KEEPER).arg(binary).current_dir(dir).stdin(Stdio::piped()).stdout(output).stderr(errors);
    // What the user has set for other services, such as `DATABASE_URL`, is not for this one.
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("HTTP_ADDR", format!("127.0.0.1:{port}")).env("DRAIN_DELAY_MS", "200");
    own_group(&mut command);
    let keeper = command.spawn().map_err(|e| Error::io(doing, e))?;
    Ok(Service { keeper, port })
}

/// Keeps Ctrl-C away from the keeper, so that the service drains instead of racing with polity.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

impl Service {
    /// The address of the service.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until `/readyz` answers 200.
    pub(super) fn wait_until_ready(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        let url = format!("{}/readyz", self.url());
        while began.elapsed() < START {
            if let Ok(Some(status)) = self.keeper.try_wait() {
                return Err(
                    Error::io("start the service", format!("it ended with {status}")).help("its log says why: target/demo/service.log")
                );
            }
            if send("GET", &url, &[], None, Duration::from_secs(2)).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(Error::io("start the service", format!("it was not ready within {} s", START.as_secs()))
            .help("its log says why: target/demo/service.log"))
    }

    /// Stops the service and expects exit code 0.
    pub(super) fn stop(mut self) -> Result<(), Error> {
        let status = self.end().map_err(|e| Error::io("stop the service", e))?;
        if status.success() { Ok(()) } else { Err(Error::io("stop the service", format!("it ended with {status}"))) }
    }

    /// Closes the pipe, waits, and kills what does not listen.
    fn end(&mut self) -> std::io::Result<ExitStatus> {
        drop(self.keeper.stdin.take());
        let began = Instant::now();
        while began.elapsed() < STOP {
            if let Some(status) = self.keeper.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.keeper.kill()?;
        self.keeper.wait()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nothing is left to tell the user here: the error that ended the demo is on its way.
        let _ = self.end();
    }
}

#[cfg(all(test, unix))]
mod tests;
