package main

func main() {
	r := gin.Default()
	defer s.GracefulStop()
	r.Run(":8080")
}
