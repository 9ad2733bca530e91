fn long() {
    let one = reqwest::Client::builder().pool_max_idle_per_host(2).build();
    let two = reqwest::ClientBuilder::new().build();
    let three = reqwest::Client::new();
}
