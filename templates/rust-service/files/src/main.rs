//! Starts the service: configuration, telemetry, then the async runtime.

use std::process::ExitCode;
use std::time::Duration;

use service::config::Config;
use service::{run, telemetry};

/// The exit code for an environment that is not usable (EX_CONFIG of sysexits.h).
const CONFIG: u8 = 78;

fn main() -> ExitCode {
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => return fail(&error, CONFIG),
    };
    let telemetry = match telemetry::start(&config) {
        Ok(telemetry) => telemetry,
        Err(error) => return fail(&error, CONFIG),
    };
    let code = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let result = runtime.block_on(run::run(config));
            runtime.shutdown_timeout(Duration::from_millis(200));
            result.map_or_else(|error| fail(&error, 1), |()| ExitCode::SUCCESS)
        }
        Err(error) => fail(&error, 1),
    };
    telemetry.stop();
    code
}

/// Says why the service ends; this comes before or after telemetry, so it goes to standard error.
fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}
