async fn today() -> Result<Prices, Error> {
    let client = reqwest::Client::builder().timeout(LIMIT).build()?;
    circuit_breaker.call(client.get(PRICES)).await
}
