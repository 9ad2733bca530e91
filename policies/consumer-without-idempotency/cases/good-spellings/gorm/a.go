func handle(m Msg) { db.Clauses(clause.OnConflict{DoNothing: true}).Create(m.Order()) }
