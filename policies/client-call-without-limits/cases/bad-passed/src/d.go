package main

var ctx = context.Background()

func e() {
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	http.DefaultClient.Do(r)
}
