//! The service in this process, on a free loopback port, with a database of its own.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use service::config::Config;
use service::http::{App, router};
use service::lifecycle::{Lifecycle, Phase};
use service::store::Store;
use service::telemetry::{self, Telemetry};
use tokio::net::TcpListener;

use super::Api;
use super::database::Database;

/// A running service.
#[derive(Debug)]
pub struct Server {
    /// A client.
    pub api: Api,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its store.
    pub store: Store,
    /// Its phase.
    pub lifecycle: Lifecycle,
    _database: Database,
}

/// Starts a service that serves.
pub async fn start() -> Server {
    start_with(&[]).await
}

/// Starts a service with more variables.
pub async fn start_with(variables: &[(&str, &str)]) -> Server {
    let server = start_unprepared(variables).await;
    server.store.migrate().await.unwrap();
    server.lifecycle.enter(Phase::Serving);
    server
}

/// Starts a service whose store is not prepared yet.
pub async fn start_unprepared(variables: &[(&str, &str)]) -> Server {
    let database = Database::new().await;
    let config = config(&database.url(), variables);
    // One telemetry for all tests of this process; it exports nothing, but makes trace identifiers.
    static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();
    TELEMETRY.get_or_init(|| telemetry::start(&config).unwrap());
    let store = Store::new(&config.store);
    let lifecycle = Lifecycle::default();
    let app = App::new(store.clone(), lifecycle.clone(), config.limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = service::server::serve(
        listener,
        router(app),
        lifecycle.clone(),
        Duration::from_millis(300),
        Duration::from_secs(5),
    );
    tokio::spawn(serving);
    Server { api: Api::new(address), address, store, lifecycle, _database: database }
}

fn config(url: &str, variables: &[(&str, &str)]) -> Config {
    let lookup = |name: &str| {
        let base = [("DATABASE_URL", url), ("LOG_LEVEL", "off")];
        let mut all = variables.iter().chain(&base);
        all.find(|(key, _)| *key == name).map(|(_, value)| Ok((*value).to_owned()))
    };
    Config::from_lookup(&lookup).unwrap()
}

/// Sends bytes as they are, and reads until the service has answered.
pub async fn raw(address: SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    // A problem is short: it comes at once, or the service closes the connection.
    while !String::from_utf8_lossy(&answer).contains("trace_id") {
        match connection.read(&mut buffer).await.unwrap() {
            0 => break,
            count => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8(answer).unwrap()
}
