use reqwest::{
    header,
    Client,
};

fn short() -> Client {
    Client::new()
}

fn built() -> Client {
    Client::builder()
        .user_agent("orders")
        .build()
}
