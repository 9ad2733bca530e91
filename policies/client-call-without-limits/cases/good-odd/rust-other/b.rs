use aws_sdk_s3::Client;
use reqwest::Url;

fn a() {
    let client = Client::new();
}
