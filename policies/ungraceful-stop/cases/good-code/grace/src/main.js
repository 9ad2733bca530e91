import closeWithGrace from "close-with-grace";
server.listen(3000);
closeWithGrace({ delay: 500 }, close);
