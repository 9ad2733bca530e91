static readonly Counter Seen = Metrics.CreateCounter("seen", "user_id", "plan");
span.AddTag("user_id", id);
