package main

func main() {
	ctx := ctrl.SetupSignalHandler()
	s := grpc.NewServer()
	go stop(ctx, s)
}
