Log.Information("x");
