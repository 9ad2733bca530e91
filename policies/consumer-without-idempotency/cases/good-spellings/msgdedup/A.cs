services.AddMassTransit(x => x.AddEntityFrameworkOutbox<Db>(o => o.DuplicateDetectionWindow = TimeSpan.FromMinutes(1))); // Consume
