package main

func b() {
	ctx := context.Background()
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
}
