fn a() {
    reqwest::get(address);
    client.get(address).timeout(LIMIT).send();
}
