fn c() -> Result<reqwest::Client> {
    let builder = if open { reqwest::Client::builder() } else { reqwest::ClientBuilder::new() };
    limited(builder)
}
