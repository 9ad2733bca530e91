fn b() {
    let client = reqwest::Client::new();
    client.get(address).timeout(LIMIT).send();
    // This one waits for 30 seconds.
    let blocking = reqwest::blocking::Client::new();
}
