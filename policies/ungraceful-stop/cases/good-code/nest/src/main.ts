const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(3000);
