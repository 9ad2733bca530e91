static readonly Counter Seen = Metrics.CreateCounter("seen", "seen", "user_id");
static readonly Counter Also = Metrics.CreateCounter("also", "also", new CounterConfiguration { LabelNames = new[] { "user_id" } });
_seen.Add(1, new TagList { { "user_id", id } });
