async fn today() -> Result<Prices, Error> {
    let answer = reqwest::get("https://prices.example/today").await?;
    timeout(LIMIT, answer.json()).await
}
