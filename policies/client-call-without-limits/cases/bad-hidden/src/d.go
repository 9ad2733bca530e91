package main

func d() {
	ctx := context.Background()
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
}
