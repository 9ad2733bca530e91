x.AddEntityFrameworkOutbox<Db>(o => { o.UsePostgres(); o.UseBusOutbox(); });
