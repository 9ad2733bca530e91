use reqwest::{blocking::Client, header};

fn a() {
    let client = Client::new();
}
