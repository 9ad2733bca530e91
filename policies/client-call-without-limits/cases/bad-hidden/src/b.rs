use reqwest::Client;

fn b() { let c = Client::default(); }
