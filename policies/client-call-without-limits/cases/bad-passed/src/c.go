package main

func c(ctx context.Context) {
	use(ctx)
}

func d() {
	ctx := context.Background()
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	http.DefaultClient.Do(r)
}
