package main

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, os.Kill)
	signal.Notify(reload, syscall.SIGHUP)
	http.Serve(listener, nil)
}
