void onMessage(M m) { try { repo.save(m);} catch (DuplicateKeyException e) { } }
