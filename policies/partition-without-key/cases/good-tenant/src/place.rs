fn place(home_region: &str) {}
