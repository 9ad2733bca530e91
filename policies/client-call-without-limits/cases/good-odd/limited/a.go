func a() {
	ctx, c := context.WithTimeout(ctx, s)
	http.Get("x")
}
