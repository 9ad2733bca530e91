docker build --build-context tools=../tools .
