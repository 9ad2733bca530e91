use reqwest::ClientBuilder;

fn made() {
    let client = ClientBuilder::new().build();
}
