fn other() { assert!(read(as_tenant("b")).is_none()); }
