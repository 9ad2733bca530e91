fn a() { let c = reqwest::Client::default(); }
