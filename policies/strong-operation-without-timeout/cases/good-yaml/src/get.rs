async fn get(store: &Store) { store.read().await; }
