func handle(m Msg) { ok, _ := rdb.SetNX(ctx, m.ID, 1, ttl).Result(); if !ok { return } }
