use reqwest::Client;

fn d() {
    Client::new().get(address).timeout(LIMIT).send();
}
