func a() {
	ctx, c := context.WithTimeout(ctx, s)
	http.DefaultClient.Do(req.WithContext(ctx))
}
