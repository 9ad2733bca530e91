package main

func c(ctx context.Context) {
	send(request.WithContext(ctx))
}
