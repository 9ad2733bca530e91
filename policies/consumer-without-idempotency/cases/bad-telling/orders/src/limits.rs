const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);
