use reqwest::Client;

fn usual() -> Client {
    Client::default()
}
