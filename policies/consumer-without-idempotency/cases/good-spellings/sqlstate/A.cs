public void OnMessage(Order o) { try { Add(o); } catch (PostgresException e) when (e.SqlState == "23505") { } }
