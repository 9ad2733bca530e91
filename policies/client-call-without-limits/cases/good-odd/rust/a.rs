use reqwest::Client;

fn a() {
    let client = Client::builder()
        .user_agent("orders")
        .timeout(LIMIT)
        .build();
}
