package a

func c() {
	ctx := context.Background()
	start(ctx)
}

func d(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	http.DefaultClient.Do(r)
}

func e() {
	ctx := context.Background()
	stop(ctx)
}
