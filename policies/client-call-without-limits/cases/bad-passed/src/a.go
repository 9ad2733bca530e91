package main

func a(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	http.Get(address)
}
