//! What the demo's service is started with.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

#[test]
fn the_service_gets_nothing_of_the_users_environment() {
    let dir = tempfile::tempdir().unwrap();
    let (binary, log) = (dir.path().join("service"), dir.path().join("log"));
    std::fs::write(&binary, "#!/bin/sh\nenv\necho end\n").unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let service = start(&binary, dir.path(), &log).unwrap();
    let began = Instant::now();
    let said = loop {
        let said = std::fs::read_to_string(&log).unwrap();
        if said.ends_with("end\n") || began.elapsed() > START {
            break said;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    drop(service);
    assert!(said.contains("HTTP_ADDR=127.0.0.1:"), "{said}");
    // Cargo sets it for every test.
    assert!(!said.contains("CARGO_MANIFEST_DIR"), "{said}");
}
